"""What must hold whatever customers and the market do."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.model import MarginMode, OrderType, Side, TimeInForce, Trigger
from argosy.sandbox.engine import Amendment, FillEvent, OrderRequest, Refused, TradePrint
from sandbox.engine.bench import INVERSE, LINEAR, SPOT, Bench

D = Decimal
prices = st.integers(180, 220).map(lambda ticks: D(ticks) / 2)
sides = st.sampled_from(list(Side))
instruments = st.sampled_from([SPOT, LINEAR, INVERSE])
orders = st.tuples(
    st.just("place"),
    instruments,
    st.integers(0, 1),
    sides,
    prices,
    st.integers(2, 60),
    st.sampled_from(
        ["limit", "market", "post", "ioc", "fok", "iceberg", "stop", "profit", "reduce", "margin"]
    ),
)
quotes = st.tuples(st.just("quote"), instruments, sides, prices, st.integers(0, 80))
others = st.tuples(
    st.sampled_from(["cancel", "amend", "take", "mark"]),
    instruments,
    st.integers(0, 50),
    sides,
    prices,
    st.integers(2, 60),
)


def request(instrument, side, price, size, kind):
    size = D(size) if instrument is not SPOT else D(size) / 100
    more = {"type": OrderType.LIMIT, "price": price}
    if kind == "market":
        more = {"type": OrderType.MARKET}
    elif kind == "post":
        more["post_only"] = True
    elif kind in {"ioc", "fok"}:
        more["time_in_force"] = TimeInForce(kind)
    elif kind == "iceberg":
        more |= {"type": OrderType.ICEBERG, "display_size": size / 2 if size % 2 == 0 else size}
    elif kind in {"stop", "profit"}:
        chosen = OrderType.STOP if kind == "stop" else OrderType.TAKE_PROFIT
        more = {"type": chosen, "trigger": Trigger(price=price)}
    elif kind == "reduce":
        more["reduce_only"] = True
    elif kind == "margin":
        more |= {"margin_mode": MarginMode.CROSS, "leverage": D(3)}
    return OrderRequest(instrument=instrument, side=side, size=size, **more)


def play(bench, action):
    engine, what = bench.engine, action[0]
    if what == "place":
        _, instrument, who, side, price, size, kind = action
        account = (bench.ann, bench.bob)[who]
        engine.place(account, request(instrument, side, price, size, kind))
    elif what == "quote":
        _, instrument, side, price, size = action
        spec = engine.listings[instrument].spec
        engine.quote(instrument, side, spec.price_units(price), size * spec.lot * 10)
    elif what == "take":
        engine.take(action[1], action[3], action[5] * 10)
    elif what == "mark":
        spec = engine.listings[action[1]].spec
        units = spec.price_units(action[4])
        engine.set_reference(action[1], mark=units, index=units)
    else:
        alive = [o for a in (bench.ann, bench.bob) for o in a.open.values()]
        if alive:
            order = alive[action[2] % len(alive)]
            if what == "cancel":
                engine.cancel(order)
            else:
                size = D(action[5]) if order.spec.id is not SPOT else D(action[5]) / 100
                engine.amend(order, Amendment(size=size, price=action[4]))
    engine.settle_down()


def worth(bench, currency):
    """Everything of a currency that anybody has, open profits included."""
    core = bench.engine.core
    total = D(0)
    for account in (*core.accounts.values(), core.house, core.fees):
        held = account.holdings.get(currency)
        total += held.total if held else 0
        for position in account.positions.values():
            if position.spec.money == currency:
                total += position.unrealised(core.listings[position.spec.id].mark_price)
    return total


def check_books(bench):
    for listing in bench.engine.listings.values():
        book = listing.book
        bid, ask = book.bids.best_price(), book.asks.best_price()
        assert bid is None or ask is None or bid < ask
        for side in Side:
            prices_ = [level.price for level in book.side(side)]
            assert prices_ == sorted(prices_, reverse=side is Side.BUY)
            for level in book.side(side):
                assert level.orders
                assert level.size == sum(o.shown for o in level.orders.values())
                assert all(o.shown > 0 and not o.state.final for o in level.orders.values())


def check_accounts(bench):
    for account in (bench.ann, bench.bob):
        held = dict.fromkeys(account.holdings, D(0))
        for order in account.open.values():
            assert not order.state.final
            assert 0 <= order.filled < order.size
            held[order.held_currency] += order.held
        for currency, holding in account.holdings.items():
            assert holding.held == held[currency]
        for order in account.orders.values():
            fills = [f for f in account.fills if f.order is order]
            assert order.filled == sum(f.size for f in fills)
            assert order.fee == sum(f.fee for f in fills)
            if order.limit is not None and order.type is not OrderType.MARKET:
                for fill in fills:
                    assert fill.price > 0


@settings(max_examples=120, deadline=None)
@given(st.lists(st.one_of(orders, quotes, others), min_size=5, max_size=60))
def test_nothing_is_made_or_lost(actions):
    bench = Bench()
    bench.marks("100")
    start = {currency: worth(bench, currency) for currency in ("USD", "USDT", "BTC")}
    for action in actions:
        try:
            play(bench, action)
        except Refused:
            bench.engine.settle_down()
        check_books(bench)
    check_accounts(bench)
    for currency, before in start.items():
        assert abs(worth(bench, currency) - before) < D("1e-40")
    sizes = sum(
        (
            p.size
            for a in (*bench.engine.accounts.values(), bench.engine.core.house)
            for p in a.positions.values()
        ),
        D(0),
    )
    assert sizes == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(prices, st.integers(1, 40)), min_size=2, max_size=25), prices)
def test_price_then_time(resting, limit):
    bench = Bench()
    placed = []
    for number, (price, size) in enumerate(resting):
        order = bench.engine.place(bench.ann, request(SPOT, Side.SELL, price, size, "limit"))
        placed.append((price, number, order))
    heard = []
    bench.engine.on(FillEvent, lambda fill: heard.append(fill) if fill.maker else None)
    prints = []
    bench.engine.on(TradePrint, prints.append)
    bench.engine.place(bench.bob, request(SPOT, Side.BUY, limit, 300, "limit"))
    expected = [
        order.id for price, _, order in sorted(placed, key=lambda p: p[:2]) if price <= limit
    ]
    assert [fill.order.id for fill in heard] == expected[: len(heard)]
    assert all(fill.price <= limit * 10 for fill in heard)
    assert [print_.size for print_ in prints] == [fill.size for fill in heard]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_seed_makes_the_same_world(seed):
    from argosy.sandbox.clock import ManualClock
    from argosy.sandbox.world import World, WorldSettings

    worlds = []
    for _ in range(2):
        clock = ManualClock()
        world = World(WorldSettings(seed=seed), clock)
        for _ in range(40):
            clock.advance(100_000_000)
            world.advance()
        worlds.append(
            [world.book(v, i, 5) for v, i in (("kraken", "BTC/USD"), ("okx", "ETH/USDT"))]
        )
    assert worlds[0] == worlds[1]


def test_the_venues_agree_within_some_basis_points():
    from argosy.sandbox.clock import ManualClock
    from argosy.sandbox.world import World, WorldSettings

    clock = ManualClock()
    world = World(WorldSettings(), clock)
    for _ in range(600):
        clock.advance(100_000_000)
        world.advance()
    ours, theirs = (world.book(v, "BTC/USDT") for v in ("kraken", "okx"))
    assert min(len(ours.bids), len(ours.asks), len(theirs.bids), len(theirs.asks)) > 200
    assert abs(ours.bids[0].price / theirs.bids[0].price - 1) < D("0.001")
    assert world.venues["kraken"].listing("BTC/USDT").prints > 20
