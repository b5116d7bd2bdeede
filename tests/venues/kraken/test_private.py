"""The private stream: token, orders, fills, balances, lost messages."""

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.errors import (
    AuthFailed,
    NotSent,
    StreamGap,
    WireError,
)
from argosy.model import (
    Balance,
    Credentials,
    Fill,
    Liquidity,
    Nanos,
    OrderReport,
    OrderStatus,
    OrderType,
    Side,
    VenueOrderId,
    VenueStatus,
)
from argosy.model.time import SECOND, parse_utc
from argosy.venues.kraken.private import PrivateSession
from venues.kraken.samples import NOW, kraken, recorded, reply
from venues.kraken.test_broken_replies import STRANGE, paths, put
from venues.kraken.test_trading import BTC, TXID, an_order

CREDENTIALS = Credentials(key="key", secret="c2VjcmV0")
TOKEN = "WSTOKEN"


def session(*, opened: bool = True) -> PrivateSession:
    private = kraken().private
    assert private is not None
    (plan,) = private.private_plans()
    assert plan.private
    assert plan.url == "ws_private"
    made = private.private_session(plan, CREDENTIALS)
    assert isinstance(made, PrivateSession)
    if opened:
        made.answer("token", reply({"token": TOKEN, "expires": 900}))
        made.open(NOW)
    return made


def ok(method: str, req_id: int, result: object) -> bytes:
    return json.dumps(
        {"method": method, "req_id": req_id, "result": result, "success": True}
    ).encode()


def failed(method: str, req_id: int, error: str) -> bytes:
    return json.dumps(
        {"method": method, "req_id": req_id, "error": error, "success": False}
    ).encode()


def data(channel: str, sequence: int, rows: list[object], kind: str = "update") -> bytes:
    return json.dumps(
        {"channel": channel, "type": kind, "data": rows, "sequence": sequence}
    ).encode()


def test_a_token_is_fetched_first_and_shown_to_nobody() -> None:
    made = session(opened=False)
    token, balances = made.prepare()
    assert (token.tag, token.request.path) == ("token", "/0/private/GetWebSocketsToken")
    assert (balances.tag, balances.request.path) == ("balances", "/0/private/BalanceEx")
    assert token.request.signed
    with pytest.raises(StreamGap, match="token"):
        made.open(NOW)
    with pytest.raises(NotSent):
        made.place(an_order(), "c1", NOW)
    with pytest.raises(AuthFailed):
        made.answer("token", reply(None, "EGeneral:Permission denied"))
    made.answer("token", reply({"token": TOKEN, "expires": 900}))
    assert TOKEN not in repr(made)


def test_subscribing_says_what_ccxt_says_and_asks_for_past_trades() -> None:
    made = session(opened=False)
    made.answer("token", reply({"token": TOKEN, "expires": 900}))
    executions, balances = (json.loads(frame) for frame in made.open(NOW).send)
    theirs = recorded("ccxt/ws/kraken_subscribe.json")["methods"]
    wanted = theirs["watchOrders"][0]["message"]
    assert executions == {**wanted, "params": {**wanted["params"], "snap_trades": True}}
    wanted = theirs["watchBalance"][0]["message"]
    assert balances["params"] == {**wanted["params"], "snapshot": True}


NEW = {
    "order_id": TXID,
    "cl_ord_id": "desk-1",
    "symbol": "BTC/USD",
    "order_qty": 0.02,
    "cum_cost": 0.0,
    "time_in_force": "GTC",
    "exec_type": "pending_new",
    "side": "sell",
    "order_type": "limit",
    "limit_price_type": "static",
    "limit_price": 26500.0,
    "stop_price": 0.0,
    "order_status": "pending_new",
    "fee_usd_equiv": 0.0,
    "fee_ccy_pref": "fciq",
    "timestamp": "2023-09-22T10:33:05.709950Z",
}
TRADE = {
    "order_id": TXID,
    "exec_id": "TGBB7L-HT5LX-J3BZ4A",
    "exec_type": "trade",
    "trade_id": 62887576,
    "symbol": "BTC/USD",
    "side": "sell",
    "last_qty": 0.005,
    "last_price": 26599.9,
    "liquidity_ind": "t",
    "cost": 132.9995,
    "order_status": "partially_filled",
    "order_type": "limit",
    "cum_qty": 0.005,
    "avg_price": 26599.9,
    "timestamp": "2023-09-22T10:33:05.709982Z",
    "fee_usd_equiv": 0.3458,
    "fees": [{"asset": "USD", "qty": 0.3458}],
}


def test_an_orders_life_from_updates_that_repeat_only_what_changed() -> None:
    made = session()
    made.receive(ok("subscribe", 1, {"channel": "executions", "maxratecount": 125}), NOW)
    assert not made.ready
    made.receive(ok("subscribe", 2, {"channel": "balances", "snapshot": True}), NOW)
    assert made.receive(data("executions", 1, [], "snapshot"), NOW).events == ()
    made.receive(data("balances", 1, [], "snapshot"), NOW)
    assert made.ready

    (report,) = made.receive(data("executions", 2, [NEW]), NOW).events
    assert isinstance(report, OrderReport)
    assert (report.status, report.side, report.client_id) == (
        OrderStatus.ACCEPTED,
        Side.SELL,
        "desk-1",
    )
    assert (report.price, report.trigger_price) == (Decimal("26500.0"), None)

    fill, report = made.receive(data("executions", 3, [TRADE]), NOW).events
    assert fill == Fill(
        instrument=BTC,
        venue_order_id=VenueOrderId(TXID),
        venue_trade_id="TGBB7L-HT5LX-J3BZ4A",
        side=Side.SELL,
        price=Decimal("26599.9"),
        size=Decimal("0.005"),
        fee=Decimal("0.3458"),
        fee_currency="USD",
        liquidity=Liquidity.TAKER,
        venue_ns=parse_utc("2023-09-22T10:33:05.709982Z"),
        received_ns=NOW,
        client_id=report.client_id if isinstance(report, OrderReport) else None,
    )
    assert isinstance(report, OrderReport)
    assert (report.status, report.filled) == (OrderStatus.PARTIALLY_FILLED, Decimal("0.005"))

    canceled = {
        "order_id": TXID,
        "exec_type": "canceled",
        "order_status": "canceled",
        "cum_qty": 0.005,
        "reason": "User requested",
        "cancel_reason": "User requested",
        "timestamp": "2023-09-22T10:33:06.0Z",
    }
    (report,) = made.receive(data("executions", 4, [canceled]), NOW).events
    assert isinstance(report, OrderReport)
    assert (report.status, report.reason) == (OrderStatus.CANCELLED, "User requested")
    assert (report.size, report.side, report.client_id) == (Decimal("0.02"), Side.SELL, "desk-1")


def test_amendments_and_the_end_of_an_order() -> None:
    made = session()
    made.receive(data("executions", 1, [NEW], "snapshot"), NOW)
    amended = {**NEW, "exec_type": "amended", "order_status": "new", "order_qty": 0.03}
    (report,) = made.receive(data("executions", 2, [amended]), NOW).events
    assert isinstance(report, OrderReport)
    assert (report.size, report.status) == (Decimal("0.03"), OrderStatus.ACCEPTED)
    filled = {**TRADE, "exec_type": "filled", "order_status": "filled", "cum_qty": 0.03}
    (report,) = made.receive(data("executions", 3, [filled]), NOW).events
    assert isinstance(report, OrderReport)
    assert (report.status, report.filled) == (OrderStatus.FILLED, Decimal("0.03"))


def test_a_snapshots_trades_are_fills_only() -> None:
    rows = [{**TRADE, "order_status": "filled"}, NEW]
    fill, report = session().receive(data("executions", 1, rows, "snapshot"), NOW).events
    assert isinstance(fill, Fill)
    assert isinstance(report, OrderReport)
    assert report.status is OrderStatus.ACCEPTED


def test_conditional_orders_show_their_triggers() -> None:
    row = {
        **NEW,
        "order_type": "stop-loss-limit",
        "triggers": {"price": 0.2, "price_type": "static", "reference": "index"},
        "trigger": "index",
        "stop_price": 0.2,
        "limit_price": 0.19,
    }
    (report,) = session().receive(data("executions", 1, [row], "snapshot"), NOW).events
    assert isinstance(report, OrderReport)
    assert report.type is OrderType.STOP_LIMIT
    assert (report.trigger_price, report.price) == (Decimal("0.2"), Decimal("0.19"))


@pytest.mark.parametrize("channel", ["executions", "balances"])
def test_a_lost_message_breaks_the_connection(channel: str) -> None:
    made = session()
    made.receive(data(channel, 1, [], "snapshot"), NOW)
    made.receive(data(channel, 2, []), NOW)
    with pytest.raises(StreamGap, match="message 4 after 2"):
        made.receive(data(channel, 4, []), NOW)


def test_a_refused_subscription_breaks_the_connection() -> None:
    with pytest.raises(StreamGap, match="ESession:Invalid session"):
        session().receive(failed("subscribe", 1, "ESession:Invalid session"), NOW)


def test_balances_keep_what_rest_said_is_held() -> None:
    made = session()
    held = {"ZUSD": {"balance": "1000", "hold_trade": "250"}}
    (known,) = made.answer("balances", reply(held)).events
    assert isinstance(known, Balance)
    assert (known.currency, known.free) == ("USD", Decimal(750))
    wallets = [
        {"type": "spot", "id": "main", "balance": 1200.5},
        {"type": "earn", "id": "flex", "balance": 7},
    ]
    row = {"asset": "USD", "asset_class": "currency", "balance": 1207.5, "wallets": wallets}
    spot, earn = made.receive(data("balances", 1, [row], "snapshot"), NOW).events
    assert isinstance(spot, Balance)
    assert isinstance(earn, Balance)
    assert (spot.total, spot.free, spot.account) == (
        Decimal("1200.5"),
        Decimal("950.5"),
        "trading",
    )
    assert (earn.total, earn.held, earn.account) == (7, 0, "earn.flex")
    entry = {
        "ledger_id": "DATKX6-PEHL6-KD",
        "ref_id": "R",
        "timestamp": "2023-09-22T10:33:05.710082Z",
        "type": "trade",
        "asset": "USD",
        "asset_class": "currency",
        "category": "trade",
        "wallet_type": "spot",
        "wallet_id": "main",
        "amount": -1,
        "fee": 0,
        "balance": 1199.5,
    }
    (after,) = made.receive(data("balances", 2, [entry]), NOW).events
    assert isinstance(after, Balance)
    assert (after.total, after.held) == (Decimal("1199.5"), Decimal(250))
    later = Nanos(NOW + 9 * SECOND)
    made.receive(ok("subscribe", 1, {"channel": "executions"}), later)
    made.receive(ok("subscribe", 2, {"channel": "balances"}), later)
    made.receive(data("executions", 1, [], "snapshot"), later)
    assert made.tick(later).calls == ()
    (call,) = made.tick(Nanos(NOW + 15 * SECOND)).calls
    assert (call.tag, call.request.path) == ("balances", "/0/private/BalanceEx")
    assert made.tick(Nanos(NOW + 16 * SECOND)).calls == ()
    (told,) = made.answer("balances", reply(None, "EGeneral:Permission denied")).events
    assert isinstance(told, VenueStatus)


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"{}x",
        b'{"channel":"surprise"}',
        b'{"channel":"executions","type":"update","data":[]}',
        data("executions", 1, [{"exec_type": "canceled", "order_id": "UNKNOWN"}]),
        data("executions", 1, [{**NEW, "side": "left"}]),
        data("executions", 1, [{**NEW, "order_type": "guess"}]),
        data("executions", 1, [{**NEW, "timestamp": "yesterday"}]),
        data("executions", 1, [{**NEW, "order_status": "lost"}]),
        data("executions", 1, [{**TRADE, "last_qty": None}]),
        data("balances", 1, [{"asset": "USD"}]),
    ],
)
def test_nonsense_is_a_wire_error(frame: bytes) -> None:
    with pytest.raises(WireError):
        session().receive(frame, NOW)


PIECES = [
    data("executions", 1, [NEW, TRADE]),
    data("balances", 1, [{"asset": "USD", "balance": 1}], "snapshot"),
    ok("add_order", 1_000_001, {"order_id": TXID}),
    failed("add_order", 1_000_001, "EOrder:Insufficient funds"),
]


@settings(max_examples=300)
@given(st.sampled_from(PIECES), st.data())
def test_broken_frames_give_wire_errors_or_events(piece: bytes, choose: st.DataObject) -> None:
    frame = bytearray(piece)
    for _ in range(choose.draw(st.integers(1, 4))):
        at = choose.draw(st.integers(0, len(frame) - 1))
        frame[at : at + choose.draw(st.integers(0, 3))] = choose.draw(st.binary(max_size=3))
    made = session()
    made.place(an_order(), "c1", NOW)
    try:
        made.receive(bytes(frame), NOW)
    except (WireError, StreamGap):
        pass


ROWS: list[tuple[str, list[object]]] = [
    ("executions", [NEW, TRADE]),
    ("balances", [{"asset": "USD", "balance": 1, "wallets": [{"type": "spot", "balance": 1}]}]),
]


@settings(max_examples=400)
@given(st.sampled_from(ROWS), st.sampled_from(["snapshot", "update"]), st.data())
def test_rows_with_a_strange_part_give_wire_errors_or_events(
    piece: tuple[str, list[object]], kind: str, choose: st.DataObject
) -> None:
    value = json.loads(data(piece[0], 1, piece[1], kind))
    for _ in range(choose.draw(st.integers(1, 3))):
        value = put(value, choose.draw(st.sampled_from(paths(value))), choose.draw(STRANGE))
    try:
        session().receive(json.dumps(value).encode(), NOW)
    except (WireError, StreamGap):
        pass
