"""The engine, order type by order type."""

from decimal import Decimal

import pytest

from argosy.model import (
    InstrumentStatus,
    MarginMode,
    OffsetUnit,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
    Trigger,
    TriggerSource,
)
from argosy.sandbox.engine import (
    Amendment,
    BookChange,
    ExitRequest,
    OrderEvent,
    OrderRequest,
    Reason,
    Refused,
    State,
)
from sandbox.engine.bench import INVERSE, LINEAR, SPOT, Bench

D = Decimal
SECOND = 1_000_000_000


def limit(side, price, size, **more):
    return OrderRequest(
        instrument=more.pop("instrument", SPOT),
        side=Side(side),
        type=more.pop("type", OrderType.LIMIT),
        size=D(size),
        price=D(price),
        **more,
    )


def market(side, size, **more):
    return OrderRequest(
        instrument=more.pop("instrument", SPOT),
        side=Side(side),
        type=OrderType.MARKET,
        size=D(size),
        **more,
    )


def stop(side, price, size, kind=OrderType.STOP, **more):
    return OrderRequest(
        instrument=SPOT,
        side=Side(side),
        type=kind,
        size=D(size),
        trigger=Trigger(price=D(price), source=more.pop("source", TriggerSource.LAST)),
        price=more.pop("limit_price", None),
        **more,
    )


def test_two_customers_trade_at_the_makers_price(bench):
    maker = bench.engine.place(bench.ann, limit("sell", "100", "1"))
    taker = bench.engine.place(bench.bob, limit("buy", "101", "1"))
    assert (maker.state, taker.state) == (State.FILLED, State.FILLED)
    assert taker.average_price == D(100)
    assert bench.bob.holding("BTC").total == D(101)
    assert bench.bob.holding("USD").total == D(1_000_000) - 100 - D("0.2")
    assert bench.ann.holding("USD").total == D(1_000_000) + 100 - D("0.1")
    assert bench.ann.holding("BTC").held == 0


def test_older_orders_trade_first_and_amending_up_loses_the_place(bench):
    first = bench.engine.place(bench.ann, limit("sell", "100", "1"))
    second = bench.engine.place(bench.ann, limit("sell", "100", "1"))
    bench.engine.amend(first, Amendment(size=D("0.5")))  # down: keeps its place
    bench.engine.place(bench.bob, market("buy", "0.5"))
    assert first.state is State.FILLED
    third = bench.engine.place(bench.ann, limit("sell", "100", "1"))
    bench.engine.amend(second, Amendment(size=D("1.5")))  # up: goes behind
    bench.engine.place(bench.bob, market("buy", "1"))
    assert third.state is State.FILLED
    assert second.filled == 0


def test_holds_follow_the_order(bench):
    order = bench.engine.place(bench.ann, limit("buy", "100", "2"))
    assert bench.ann.holding("USD").held == D(200) * D("1.002")
    bench.engine.place(bench.bob, market("sell", "1"))
    assert bench.ann.holding("USD").held == D(100) * D("1.002")
    bench.engine.cancel(order)
    assert bench.ann.holding("USD").held == 0
    with pytest.raises(Refused) as refused:
        bench.engine.cancel(order)
    assert refused.value.reason is Reason.UNKNOWN_ORDER


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (limit("buy", "100.25", "1"), Reason.TICK),
        (limit("buy", "100", "1.0001"), Reason.LOT),
        (limit("buy", "100", "0.001"), Reason.MIN_SIZE),
        (limit("buy", "100", "1001"), Reason.MAX_SIZE),
        (limit("buy", "100", "0.004"), Reason.MIN_NOTIONAL),
        (limit("buy", "10000", "101"), Reason.INSUFFICIENT_FUNDS),
        (limit("sell", "100", "100.5"), Reason.INSUFFICIENT_FUNDS),
        (market("buy", "1"), Reason.NO_LIQUIDITY),
        (market("buy", "1", price=D(3)), Reason.INVALID),
        (limit("buy", "100", "1", post_only=True, time_in_force=TimeInForce.IOC), Reason.INVALID),
        (limit("buy", "100", "1", reduce_only=True), Reason.REDUCE_ONLY),
        (
            limit("buy", "100", "1", margin_mode=MarginMode.CROSS, leverage=D(9)),
            Reason.LEVERAGE,
        ),
    ],
)
def test_what_is_refused(bench, request_, reason):
    if reason is Reason.MIN_NOTIONAL:
        bench.engine.listings[SPOT].spec.min_notional = D(1)
    with pytest.raises(Refused) as refused:
        bench.engine.place(bench.ann, request_)
    assert refused.value.reason is reason
    assert not bench.ann.orders
    assert bench.ann.holding("USD").held == 0


def test_client_ids_are_unique_while_open(bench):
    order = bench.engine.place(bench.ann, limit("buy", "100", "1", client_id="a"))
    with pytest.raises(Refused) as refused:
        bench.engine.place(bench.ann, limit("buy", "100", "1", client_id="a"))
    assert refused.value.reason is Reason.DUPLICATE_CLIENT_ID
    bench.engine.place(bench.bob, limit("buy", "100", "1", client_id="a"))
    bench.engine.cancel(order)
    again = bench.engine.place(bench.ann, limit("buy", "100", "1", client_id="a"))
    assert bench.engine.find(bench.ann, client_id="a") is again


def test_post_only_ioc_and_fok(bench):
    bench.engine.place(bench.ann, limit("sell", "100", "1"))
    post = bench.engine.place(bench.bob, limit("buy", "100", "1", post_only=True))
    assert (post.state, post.reason) == (State.CANCELLED, Reason.POST_ONLY)
    fok = bench.engine.place(bench.bob, limit("buy", "100", "2", time_in_force=TimeInForce.FOK))
    assert (fok.state, fok.reason, fok.filled) == (State.CANCELLED, Reason.FILL_OR_KILL, 0)
    ioc = bench.engine.place(bench.bob, limit("buy", "100", "2", time_in_force=TimeInForce.IOC))
    assert (ioc.state, ioc.reason, ioc.filled) == (State.CANCELLED, Reason.UNFILLED, 1000)
    assert bench.bob.holding("USD").held == 0


def test_gtd_expires(bench):
    until = bench.clock.now_ns() + 5 * SECOND
    order = bench.engine.place(
        bench.ann,
        limit("buy", "100", "1", time_in_force=TimeInForce.GTD, expire_ns=until),
    )
    bench.clock.advance(5 * SECOND)
    bench.engine.settle_down()
    assert order.state is State.EXPIRED


def test_market_by_quote_size_spends_no_more(bench):
    bench.quote(SPOT, Side.SELL, "100", "1")
    bench.quote(SPOT, Side.SELL, "200", "1")
    order = bench.engine.place(
        bench.ann,
        OrderRequest(instrument=SPOT, side=Side.BUY, type=OrderType.MARKET, quote_size=D("150.15")),
    )
    assert order.state is State.FILLED
    assert order.cost == D(150)
    assert order.filled == 1250


def test_iceberg_shows_a_part_and_queues_anew(bench):
    iceberg = bench.engine.place(
        bench.ann, limit("sell", "100", "3", type=OrderType.ICEBERG, display_size=D(1))
    )
    other = bench.engine.place(bench.ann, limit("sell", "100", "1"))
    assert bench.depth()[Side.SELL] == [("100.0", "2.000")]
    bench.engine.place(bench.bob, market("buy", "1.5"))
    assert iceberg.filled == 1000
    assert other.filled == 500  # the refilled part went behind it
    bench.engine.place(bench.bob, market("buy", "2.5"))
    assert iceberg.state is State.FILLED


def test_stop_and_take_profit_fire_on_their_own_side(bench):
    for price, size in (("99", "10"), ("98", "10")):
        bench.quote(SPOT, Side.BUY, price, size)
    bench.quote(SPOT, Side.SELL, "101", "10")
    loss = bench.engine.place(bench.ann, stop("sell", "99", "1"))
    gain = bench.engine.place(
        bench.ann,
        stop("sell", "101", "1", OrderType.TAKE_PROFIT_LIMIT, limit_price=D("100.5")),
    )
    assert (loss.state, gain.state) == (State.UNTRIGGERED, State.UNTRIGGERED)
    assert bench.ann.holding("BTC").held == 2
    bench.engine.place(bench.bob, market("buy", "1"))  # last 101
    assert gain.state is State.OPEN
    assert bench.depth()[Side.SELL][0] == ("100.5", "1.000")
    bench.engine.place(bench.bob, market("sell", "1"))  # last 99
    assert loss.state is State.FILLED
    assert loss.triggered


def test_triggers_by_mark_price(bench):
    bench.marks("100")
    bench.quote(SPOT, Side.SELL, "120", "5")
    order = bench.engine.place(bench.ann, stop("buy", "110", "1", source=TriggerSource.MARK))
    bench.marks("109.5")
    assert order.state is State.UNTRIGGERED
    bench.marks("110")
    assert order.average_price == D(120)


def test_trailing_stop_follows_and_fires(bench):
    bench.marks("100")
    bench.quote(SPOT, Side.BUY, "50", "5")
    order = bench.engine.place(
        bench.ann,
        OrderRequest(
            instrument=SPOT,
            side=Side.SELL,
            type=OrderType.TRAILING_STOP,
            size=D(1),
            trigger=Trigger(
                offset=D(10), offset_unit=OffsetUnit.PERCENT, source=TriggerSource.MARK
            ),
        ),
    )
    for price, trigger in (("100", 90), ("200", 180), ("190", 180)):
        bench.marks(price)
        assert order.trigger_price == trigger * 10
    bench.marks("180")
    assert order.average_price == D(50)


def test_trailing_stop_limit_rests_at_its_offset(bench):
    bench.marks("100")
    order = bench.engine.place(
        bench.ann,
        OrderRequest(
            instrument=SPOT,
            side=Side.BUY,
            type=OrderType.TRAILING_STOP_LIMIT,
            size=D(1),
            trigger=Trigger(offset=D(5), source=TriggerSource.MARK),
            limit_offset=D(2),
        ),
    )
    bench.marks("80")
    bench.marks("85")
    assert bench.depth()[Side.BUY] == [("87.0", "1.000")]
    assert order.state is State.OPEN


def test_of_a_pair_one_cancels_the_other(bench):
    bench.marks("100")
    bench.quote(SPOT, Side.BUY, "90", "5")
    gain, loss = bench.engine.place_pair(
        bench.ann,
        stop("sell", "120", "1", kind=OrderType.TAKE_PROFIT, source=TriggerSource.MARK),
        stop("sell", "95", "1", source=TriggerSource.MARK),
    )
    assert bench.ann.holding("BTC").held == 1  # not twice
    bench.marks("95")
    assert loss.state is State.FILLED
    assert (gain.state, gain.reason) == (State.CANCELLED, Reason.LINKED)
    assert bench.ann.holding("BTC").held == 0


def test_exits_come_once_the_parent_is_filled(bench):
    bench.quote(SPOT, Side.SELL, "100", "5")
    exits = (
        ExitRequest(type=OrderType.TAKE_PROFIT, trigger=Trigger(price=D(120))),
        ExitRequest(type=OrderType.STOP, trigger=Trigger(price=D(80))),
    )
    parent = bench.engine.place(bench.ann, market("buy", "1", exits=exits))
    assert [child.state for child in parent.children] == [State.UNTRIGGERED] * 2
    assert parent.children[0].linked is parent.children[1]


@pytest.mark.parametrize(
    ("policy", "maker_lives", "taker_lives"),
    [
        (SelfTradePrevention.CANCEL_TAKER, True, False),
        (SelfTradePrevention.CANCEL_MAKER, False, True),
        (SelfTradePrevention.CANCEL_BOTH, False, False),
    ],
)
def test_nobody_trades_with_himself(bench, policy, maker_lives, taker_lives):
    maker = bench.engine.place(bench.ann, limit("sell", "100", "1"))
    taker = bench.engine.place(bench.ann, limit("buy", "100", "1", self_trade=policy))
    assert maker.state is (State.OPEN if maker_lives else State.CANCELLED)
    assert taker.state is (State.OPEN if taker_lives else State.CANCELLED)
    assert not bench.ann.fills


def test_twap_places_its_slices(bench):
    bench.quote(SPOT, Side.SELL, "100", "10")
    order = bench.engine.place(
        bench.ann,
        limit("buy", "100", "1", type=OrderType.TWAP, slices=4, interval_ns=SECOND),
    )
    filled = []
    for _ in range(4):
        filled.append(order.filled)
        bench.clock.advance(SECOND)
        bench.engine.settle_down()
    assert filled == [250, 500, 750, 1000]
    assert order.state is State.FILLED
    assert len(order.children) == 4


def test_chase_stays_at_the_best_price(bench):
    bench.quote(SPOT, Side.BUY, "90", "1")
    bench.quote(SPOT, Side.SELL, "100", "1")
    order = bench.engine.place(
        bench.ann, OrderRequest(instrument=SPOT, side=Side.BUY, type=OrderType.CHASE, size=D(1))
    )
    assert bench.depth()[Side.BUY][0] == ("90.0", "2.000")
    bench.quote(SPOT, Side.BUY, "95", "1")
    assert bench.depth()[Side.BUY][0] == ("95.0", "2.000")
    bench.quote(SPOT, Side.BUY, "95", "0")
    bench.engine.place(bench.bob, market("sell", "1"))
    assert order.state is State.FILLED


def test_the_dead_man_cancels_everything(bench):
    order = bench.engine.place(bench.ann, limit("buy", "100", "1"))
    bench.engine.dead_man(bench.ann, 10 * SECOND)
    bench.clock.advance(9 * SECOND)
    bench.engine.dead_man(bench.ann, 10 * SECOND)
    bench.clock.advance(9 * SECOND)
    bench.engine.settle_down()
    assert order.state is State.OPEN
    bench.clock.advance(SECOND)
    bench.engine.settle_down()
    assert (order.state, order.reason) == (State.CANCELLED, Reason.DEAD_MAN)


def test_status_decides_what_is_taken(bench):
    bench.engine.set_status(SPOT, InstrumentStatus.POST_ONLY)
    with pytest.raises(Refused):
        bench.engine.place(bench.ann, limit("buy", "100", "1"))
    order = bench.engine.place(bench.ann, limit("buy", "100", "1", post_only=True))
    bench.engine.set_status(SPOT, InstrumentStatus.CANCEL_ONLY)
    with pytest.raises(Refused):
        bench.engine.place(bench.ann, limit("buy", "100", "1", post_only=True))
    bench.engine.cancel(order)


def test_linear_and_inverse_profit(bench):
    bench.marks("100")
    for instrument in (LINEAR, INVERSE):
        bench.ann.leverage[instrument] = D(5)
    for instrument in (LINEAR, INVERSE):
        bench.quote(instrument, Side.SELL, "100", "1000")
        bench.engine.place(bench.ann, market("buy", "100", instrument=instrument))
        bench.quote(instrument, Side.SELL, "100", "0")
        bench.quote(instrument, Side.BUY, "125", "1000")
        bench.engine.place(bench.ann, market("sell", "100", instrument=instrument))
    fees = D(100) * D("0.01") * (100 + 125) * D("0.002")
    assert bench.ann.holding("USDT").total == 1_000_000 + 25 - fees
    # 100 contracts of 100 USD: 10_000 / 100 - 10_000 / 125 = 20 coins
    fees = (D(10_000) / 100 + D(10_000) / 125) * D("0.002")
    assert bench.ann.holding("BTC").total == 100 + 20 - fees


def test_funding_goes_from_longs_to_shorts(bench):
    bench.marks("100")
    bench.engine.place(bench.ann, limit("sell", "100", "100", instrument=LINEAR))
    bench.engine.place(bench.bob, limit("buy", "100", "100", instrument=LINEAR))
    before = [account.holding("USDT").total for account in (bench.ann, bench.bob)]
    bench.engine.listings[LINEAR].funding_rate = D("0.0001")
    bench.clock.advance(8 * 3600 * SECOND)
    bench.engine.settle_down()
    after = [account.holding("USDT").total for account in (bench.ann, bench.bob)]
    assert after[0] - before[0] == D("0.01") == before[1] - after[1]


def test_liquidation_closes_at_the_computed_price(bench):
    bench.marks("100")
    poor = bench.engine.open_account("poor")
    bench.engine.deposit(poor, "USDT", D(100))
    poor.leverage[LINEAR] = D(10)
    bench.quote(LINEAR, Side.SELL, "100", "900")
    bench.engine.place(poor, market("buy", "900", instrument=LINEAR))
    position = poor.position(bench.engine.listings[LINEAR].spec)
    price = bench.engine.liquidation_price(poor, position)
    assert D(80) < price < D(95)
    bench.quote(LINEAR, Side.BUY, "80", "900")
    bench.marks(str(int(price) + 1))
    assert position.size == 900
    bench.marks(str(int(price)))
    assert position.size == 0
    assert poor.holding("USDT").total == 0  # what was owed, the house made good


def test_reduce_only_never_opens(bench):
    bench.marks("100")
    bench.quote(LINEAR, Side.SELL, "100", "10")
    bench.quote(LINEAR, Side.BUY, "99", "100")
    bench.engine.place(bench.ann, market("buy", "10", instrument=LINEAR))
    order = bench.engine.place(bench.ann, market("sell", "50", instrument=LINEAR, reduce_only=True))
    assert order.filled == 10
    assert bench.ann.position(order.spec).size == 0


def test_spot_on_margin_moves_a_position(bench):
    bench.marks("100")
    bench.quote(SPOT, Side.SELL, "100", "10")
    bench.engine.place(bench.ann, market("buy", "10", margin_mode=MarginMode.CROSS, leverage=D(5)))
    assert bench.ann.holding("BTC").total == 100
    assert bench.ann.position(bench.engine.listings[SPOT].spec).size == 10
    assert bench.engine.available(bench.ann, "USD") == D(1_000_000) - 2 - 200


def test_events_tell_a_whole_life(bench):
    kinds, books = [], []
    bench.engine.on(OrderEvent, lambda event: kinds.append(event.kind.value))
    off = bench.engine.on(BookChange, books.append)
    bench.quote(SPOT, Side.SELL, "100", "1")
    bench.engine.place(bench.ann, limit("buy", "100", "2"))
    assert kinds == ["accepted", "fill"]
    assert [change.size for change in books[-1].changes] == [1000, 0]
    off()
    bench.engine.cancel_all(bench.ann)
    assert kinds[-1] == "cancelled"
    assert [book.sequence for book in books] == [1, 2]


def test_the_house_meets_customers_it_crosses():
    bench = Bench()
    order = bench.engine.place(bench.ann, limit("buy", "100", "1"))
    bench.quote(SPOT, Side.SELL, "99", "3")
    assert order.state is State.FILLED
    assert order.average_price == D(100)
    assert bench.depth()[Side.SELL] == [("99.0", "2.000")]
