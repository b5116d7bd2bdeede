"""One private connection: login, order and account events, order entry."""

import json
from decimal import Decimal
from typing import Any

import pytest

from argosy.errors import (
    AuthFailed,
    InsufficientFunds,
    NotSent,
    OrderNotFound,
    OutcomeUnknown,
    RateLimited,
    Unsupported,
    WireError,
)
from argosy.model import (
    AmendOrder,
    Balance,
    CancelOrder,
    ClientOrderId,
    CommandDone,
    Fill,
    InstrumentId,
    Nanos,
    OrderReport,
    OrderStatus,
    OrderType,
    PlaceOrder,
    Position,
    Side,
    Trigger,
    VenueOrderId,
    VenueStatus,
)
from argosy.model.time import SECOND
from argosy.ports import NOTHING, Channel, FeedPlan, Subscription
from argosy.venues.catalog import Adapter
from argosy.venues.okx.private import COMMANDS_MAX, PrivateSession
from venues.okx.samples import CREDENTIALS

D = Decimal
SPOT = InstrumentId("okx:BTC/USDT")
T0 = Nanos(1_700_000_000 * SECOND)


def at(seconds: float) -> Nanos:
    return Nanos(T0 + round(seconds * SECOND))


def encoded(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode()


def started(okx: Adapter, plan: int = 0) -> PrivateSession:
    session = okx.private.private_session(okx.private.private_plans()[plan], CREDENTIALS)
    session.open(T0)
    login = session.receive(encoded({"event": "login", "code": "0", "msg": "", "connId": "a"}), T0)
    for text in login.send:
        for arg in json.loads(text)["args"]:
            session.receive(encoded({"event": "subscribe", "arg": arg, "connId": "a"}), T0)
    return session


@pytest.fixture
def session(okx: Adapter) -> PrivateSession:
    return started(okx)


def order(client_id: str = "abc1", **fields: Any) -> PlaceOrder:
    return PlaceOrder(
        instrument=SPOT,
        client_id=ClientOrderId(client_id),
        side=Side.BUY,
        size=D(1),
        **({"type": OrderType.LIMIT, "price": D(5)} | fields),
    )


# --- login ----------------------------------------------------------------------------------------


def test_logs_in_then_subscribes(okx: Adapter) -> None:
    main, algo = okx.private.private_plans()
    assert (main.url, algo.url) == ("ws_private", "ws_business")
    assert main.private
    assert algo.private
    session = okx.private.private_session(main, CREDENTIALS)
    assert session.prepare() == ()
    (login,) = session.open(T0).send
    assert json.loads(login)["op"] == "login"
    assert not session.ready
    step = session.receive(encoded({"event": "login", "code": "0", "msg": "", "connId": "a"}), T0)
    (text,) = step.send
    assert json.loads(text)["args"] == [
        {"channel": "orders", "instType": "ANY"},
        {"channel": "account"},
        {"channel": "positions", "instType": "ANY"},
    ]
    assert not session.ready
    assert started(okx).ready
    assert "secret" not in repr(vars(session))


def test_algo_orders_ride_on_the_business_url(okx: Adapter) -> None:
    session = started(okx, 1)
    assert session.ready
    with pytest.raises(Unsupported, match="ws_private"):
        session.place(order(), "c1", T0)


def test_algo_advance_is_optional(okx: Adapter) -> None:
    session = okx.private.private_session(okx.private.private_plans()[1], CREDENTIALS)
    session.open(T0)
    session.receive(encoded({"event": "login", "code": "0", "msg": "", "connId": "a"}), T0)
    arg = {"channel": "orders-algo", "instType": "ANY"}
    session.receive(encoded({"event": "subscribe", "arg": arg}), T0)
    assert not session.ready
    text = "Wrong URL or channel:algo-advance,instType:ANY doesn't exist."
    session.receive(encoded({"event": "error", "code": "60018", "msg": text}), T0)
    assert session.ready


@pytest.mark.parametrize("event", ["login", "error"])
def test_a_login_refused_is_told(okx: Adapter, event: str) -> None:
    session = okx.private.private_session(okx.private.private_plans()[0], CREDENTIALS)
    session.open(T0)
    answer = {"event": event, "code": "60009", "msg": "Login failed.", "connId": "a"}
    step = session.receive(encoded(answer), T0)
    (status,) = step.events
    assert isinstance(status, VenueStatus)
    assert (status.status, status.detail) == ("login_failed", "60009: Login failed.")
    assert not session.ready
    with pytest.raises(NotSent):
        session.place(order(), "c1", T0)


def test_what_is_not_private(okx: Adapter) -> None:
    plan = FeedPlan(
        url="ws_private", private=True, subscriptions=(Subscription(channel=Channel.TRADES),)
    )
    with pytest.raises(Unsupported, match="trades"):
        okx.private.private_session(plan, CREDENTIALS)


def test_pings_and_notices(session: PrivateSession) -> None:
    assert session.tick(at(20)).send == ("ping",)
    assert session.receive(b"pong", at(21)) == NOTHING
    notice = {"event": "notice", "code": "64008", "msg": "soon", "connId": "a"}
    assert session.receive(encoded(notice), at(22)).reconnect
    counts = {"event": "channel-conn-count", "channel": "orders", "connCount": "2", "connId": "a"}
    assert session.receive(encoded(counts), at(23)) == NOTHING


# --- order entry ----------------------------------------------------------------------------------


def answer(session: PrivateSession, ident: str, **fields: Any) -> tuple[CommandDone, ...]:
    message = {"id": ident, "op": "order", "code": "0", "msg": "", "data": []} | fields
    return session.receive(encoded(message), at(1)).events


def item(**fields: str) -> dict[str, str]:
    return {"ordId": "77", "clOrdId": "abc1", "tag": "", "sCode": "0", "sMsg": ""} | fields


def test_place(session: PrivateSession) -> None:
    text = session.place(order(), "c1", T0)
    assert json.loads(text) == {
        "id": "c1",
        "op": "order",
        "args": [
            {
                "instIdCode": 10459,
                "tdMode": "cash",
                "side": "buy",
                "ordType": "limit",
                "sz": "1",
                "px": "5",
                "clOrdId": "abc1",
            }
        ],
        "expTime": "1700000010000",
    }
    (done,) = answer(session, "c1", data=[item()], inTime="1", outTime="2")
    assert (done.command_id, done.venue_id, done.error) == ("c1", "77", None)
    assert answer(session, "c1", data=[item()]) == ()  # once


def test_amend_and_cancel(session: PrivateSession) -> None:
    change = AmendOrder(instrument=SPOT, client_id=ClientOrderId("abc1"), new_price=D(6))
    found = json.loads(session.amend(change, "c2", T0))
    assert (found["op"], found["args"]) == (
        "amend-order", [{"instIdCode": 10459, "clOrdId": "abc1", "newPx": "6"}],
    )  # fmt: skip
    cancel = CancelOrder(
        instrument=SPOT, client_id=ClientOrderId("abc1"), venue_id=VenueOrderId("7")
    )
    found = json.loads(session.cancel(cancel, "c3", T0))
    assert (found["op"], found["args"]) == ("cancel-order", [{"instIdCode": 10459, "ordId": "7"}])
    assert "expTime" not in found  # a cancellation is welcome however late
    gone = item(sCode="51400", sMsg="gone")
    (done,) = answer(session, "c3", op="cancel-order", code="1", data=[gone])
    assert isinstance(done.error, OrderNotFound)


def test_batches_answer_for_each(session: PrivateSession) -> None:
    text = session.place_many([order("a1"), order("a2")], ["c1", "c2"], T0)
    assert json.loads(text)["op"] == "batch-orders"
    rows = [item(clOrdId="a1"), item(ordId="", clOrdId="a2", sCode="51008", sMsg="poor")]
    one, two = answer(session, "c1", op="batch-orders", code="2", data=rows)
    assert (one.command_id, one.error) == ("c1", None)
    assert two.command_id == "c2"
    assert isinstance(two.error, InsufficientFunds)
    with pytest.raises(Unsupported, match="20"):
        session.place_many([order()] * 21, [str(i) for i in range(21)], T0)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("50011", RateLimited),
        ("60011", AuthFailed),
        ("50004", OutcomeUnknown),
        ("50026", OutcomeUnknown),
        ("51008", InsufficientFunds),
    ],
)
def test_a_whole_request_refused(session: PrivateSession, code: str, kind: type[Exception]) -> None:
    session.place(order(), "c1", T0)
    (done,) = answer(session, "c1", code=code, msg="no")
    assert isinstance(done.error, kind)
    session.place(order(), "c2", T0)
    error = {"id": "c2", "event": "error", "code": code, "msg": "no", "connId": "a"}
    (done,) = session.receive(encoded(error), at(1)).events
    assert isinstance(done.error, kind)


def test_command_ids_that_okx_does_not_take_are_mapped(session: PrivateSession) -> None:
    for command_id in ("place:1-2", "x" * 40):
        wire = json.loads(session.place(order(), command_id, T0))["id"]
        assert wire.isalnum()
        assert len(wire) <= 32
        (done,) = answer(session, wire, data=[item()])
        assert done.command_id == command_id


def test_nobody_knows_what_became_of_unanswered_commands(session: PrivateSession) -> None:
    session.place(order(), "c1", T0)
    session.receive(b"pong", at(30))
    assert session.tick(at(30)).events == ()
    (done,) = session.tick(at(31)).events
    assert isinstance(done.error, OutcomeUnknown)
    session.place(order("abc2"), "c2", at(32))
    (done,) = session.close(at(33)).events
    assert (done.command_id, type(done.error)) == ("c2", OutcomeUnknown)
    assert not session.ready


def test_answers_that_do_not_fit_leave_the_command_open(session: PrivateSession) -> None:
    session.place(order(), "c1", T0)
    for rows in ([], [item(), item()]):
        with pytest.raises(WireError):
            answer(session, "c1", data=rows)
    (done,) = session.close(at(1)).events
    assert isinstance(done.error, OutcomeUnknown)


def test_what_the_stream_does_not_carry(session: PrivateSession) -> None:
    with pytest.raises(Unsupported, match="REST"):
        session.place(order(type=OrderType.STOP, price=None, trigger=Trigger(price=D(4))), "c1", T0)
    uncoded = PlaceOrder(
        instrument=InstrumentId("okx:BTC/USDC:USDC"), client_id=ClientOrderId("a"),
        side=Side.BUY, type=OrderType.LIMIT, size=D(1), price=D(1),
    )  # fmt: skip
    with pytest.raises(Unsupported, match="instIdCode"):
        session.place(uncoded, "c1", T0)


def test_unanswered_commands_are_bounded(session: PrivateSession) -> None:
    for i in range(COMMANDS_MAX):
        session.place(order(), f"c{i}", T0)
    with pytest.raises(NotSent, match="unanswered"):
        session.place(order(), "more", T0)


# --- events ---------------------------------------------------------------------------------------

ORDER = {
    "instType": "SPOT", "instId": "BTC-USDT", "ordId": "31", "clOrdId": "abc1", "side": "buy",
    "ordType": "limit", "sz": "1", "px": "5", "state": "live", "accFillSz": "0", "fillSz": "0",
    "fillPx": "", "tradeId": "", "fee": "0", "feeCcy": "BTC", "uTime": "1700000000500",
    "cTime": "1700000000000", "category": "normal", "execType": "",
}  # fmt: skip


def pushed(session: PrivateSession, channel: str, *rows: Any) -> list[Any]:
    message = {"arg": {"channel": channel, "instType": "ANY", "uid": "1"}, "data": list(rows)}
    return list(session.receive(encoded(message), at(1)).events)


def test_an_orders_life(session: PrivateSession) -> None:
    (report,) = pushed(session, "orders", ORDER)
    assert isinstance(report, OrderReport)
    assert (report.status, report.client_id) == (OrderStatus.ACCEPTED, "abc1")
    first = ORDER | {
        "state": "partially_filled", "accFillSz": "0.4", "fillSz": "0.4", "fillPx": "5",
        "tradeId": "1", "fee": "-0.0004", "execType": "M", "fillTime": "1700000000400",
    }  # fmt: skip
    fill, report = pushed(session, "orders", first)
    assert isinstance(fill, Fill)
    assert (fill.size, fill.fee, fill.liquidity) == (D("0.4"), D("0.0004"), "maker")
    assert report.filled == D("0.4")
    second = first | {"state": "filled", "accFillSz": "1", "fillSz": "0.6", "tradeId": "2",
                      "fee": "-0.001", "execType": "T"}  # fmt: skip
    fill, report = pushed(session, "orders", second)
    assert (fill.size, fill.fee) == (D("0.6"), D("0.0006"))  # fee is the order's sum
    assert report.status is OrderStatus.FILLED
    said = second | {"ordId": "32", "tradeId": "3", "fillFee": "0.0001", "fillFeeCcy": "USDT"}
    fill, _ = pushed(session, "orders", said)
    assert (fill.fee, fill.fee_currency) == (D("-0.0001"), "USDT")  # a rebate


def test_orders_that_algo_orders_made_keep_our_id(session: PrivateSession) -> None:
    made = ORDER | {"clOrdId": "", "algoClOrdId": "stop1", "algoId": "8"}
    (report,) = pushed(session, "orders", made)
    assert (report.client_id, report.former_id) == ("stop1", "8")


EXECUTION = {
    "tradeId": "77", "fillSz": "0.1", "fillPx": "5", "fillFee": "-0.1", "fillFeeCcy": "USDT",
    "fillTime": "1700000000500",
}  # fmt: skip


@pytest.mark.parametrize("said", [{"source": "13"}, {"source": "34"}, {"category": "twap"}])
def test_slices_are_told_as_fills_of_their_parent(okx: Adapter, said: dict[str, str]) -> None:
    piece = ORDER | {"clOrdId": "", "ordId": "21"} | said
    assert pushed(started(okx, 0), "orders", piece) == []
    (fill,) = pushed(started(okx, 0), "orders", piece | EXECUTION)
    assert (fill.venue_order_id, fill.client_id) == ("21", None)  # nobody told whose it is
    named = piece | EXECUTION | {"algoId": "20", "algoClOrdId": "berg1"}
    (fill,) = pushed(started(okx, 0), "orders", named)
    assert (fill.venue_order_id, fill.client_id, fill.size) == ("20", "berg1", D("0.1"))
    (fill,) = pushed(started(okx, 0), "orders", piece | EXECUTION)  # told above, remembered here
    assert (fill.venue_order_id, fill.client_id) == ("20", "berg1")


def test_the_algo_stream_says_whose_a_slice_is(okx: Adapter) -> None:
    row = ALGO | {"ordType": "twap", "algoClOrdId": "twap1", "actualSz": "0.4", "ordIdList": ["21"]}
    (report,) = pushed(started(okx, 1), "algo-advance", row | {"state": "live"})
    assert (report.venue_id, report.client_id, report.filled) == ("8", "twap1", D("0.4"))
    piece = ORDER | EXECUTION | {"clOrdId": "", "ordId": "21", "source": "13"}
    (fill,) = pushed(started(okx, 0), "orders", piece)
    assert (fill.venue_order_id, fill.client_id) == ("8", "twap1")


def test_a_refused_amendment_is_told(session: PrivateSession) -> None:
    refused = ORDER | {"amendResult": "-1", "code": "51512", "msg": "Failed to amend"}
    (report,) = pushed(session, "orders", refused)
    assert (report.status, report.reason) == (OrderStatus.ACCEPTED, "51512: Failed to amend")


ALGO = {
    "instId": "BTC-USDT", "algoId": "8", "algoClOrdId": "stop1", "state": "effective",
    "side": "sell", "ordType": "conditional", "sz": "1", "slTriggerPx": "4", "slOrdPx": "-1",
    "ordIdList": ["99"], "failCode": "0",
}  # fmt: skip


def test_algo_orders(okx: Adapter) -> None:
    for channel in ("orders-algo", "algo-advance"):
        (goes_on,) = pushed(started(okx, 1), channel, ALGO)
        assert (goes_on.venue_id, goes_on.former_id, goes_on.client_id) == ("99", "8", "stop1")
        assert (goes_on.status, goes_on.type) == (OrderStatus.ACCEPTED, OrderType.STOP)
        (live,) = pushed(started(okx, 1), channel, ALGO | {"state": "live"})
        assert (live.venue_id, live.former_id, live.client_id) == ("8", None, "stop1")


def test_balances(session: PrivateSession) -> None:
    detail = {
        "ccy": "USDT", "availBal": "90", "frozenBal": "10", "cashBal": "100", "liab": "-3",
        "interest": "0.1", "eq": "100", "uTime": "1700000000500", "availEq": "90",
    }  # fmt: skip
    (balance,) = pushed(session, "account", {"uTime": "1", "totalEq": "5", "details": [detail]})
    assert isinstance(balance, Balance)
    assert (balance.total, balance.free, balance.held) == (D(100), D(90), D(10))
    assert (balance.borrowed, balance.interest) == (D(3), D("0.1"))


def test_positions(session: PrivateSession) -> None:
    row = {
        "instType": "SWAP", "instId": "BTC-USDT-SWAP", "pos": "5", "posSide": "short",
        "posId": "3", "avgPx": "60000", "mgnMode": "isolated", "margin": "12", "lever": "10",
        "upl": "-1.5", "liqPx": "", "uTime": "1700000000500", "imr": "",
    }  # fmt: skip
    (found,) = pushed(session, "positions", row)
    assert isinstance(found, Position)
    assert (found.size, found.side, found.margin_mode) == (D(-5), "short", "isolated")
    assert (found.initial_margin, found.unrealised_pnl) == (D(12), D("-1.5"))
    (net,) = pushed(session, "positions", row | {"posSide": "net", "pos": "-5", "mgnMode": "cross"})
    assert (net.size, net.side) == (D(-5), "net")
    margin = row | {"instType": "MARGIN", "instId": "BTC-USDT", "posSide": "net", "pos": "300"}
    (short,) = pushed(session, "positions", margin | {"posCcy": "USDT", "liab": "-0.01"})
    assert (short.instrument, short.size) == (SPOT, D("-0.01"))
    (long,) = pushed(session, "positions", margin | {"posCcy": "BTC", "pos": "0.02"})
    assert long.size == D("0.02")
    both = {"pTime": "1", "eventType": "filled", "balData": [], "posData": [row]}
    assert pushed(session, "balance_and_position", both) == [found]


def test_the_fills_channel_says_nothing_new(session: PrivateSession) -> None:
    row = {"instId": "BTC-USDT", "fillSz": "1", "fillPx": "5", "tradeId": "1", "ordId": "31"}
    assert pushed(session, "fills", row) == []
