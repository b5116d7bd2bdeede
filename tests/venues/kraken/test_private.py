import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.errors import (
    AuthFailed,
    InsufficientFunds,
    InvalidOrder,
    NotSent,
    OrderNotFound,
    OutcomeUnknown,
    StreamGap,
    Unsupported,
    VenueUnavailable,
    WireError,
)
from argosy.model import (
    AmendOrder,
    AttachedExit,
    Balance,
    CommandDone,
    Credentials,
    Fill,
    Liquidity,
    MarginMode,
    Nanos,
    OffsetUnit,
    OrderReport,
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
    Trigger,
    TriggerSource,
    VenueOrderId,
    VenueStatus,
)
from argosy.model.time import SECOND, parse_utc
from argosy.ports import Step
from argosy.venues.kraken.private import PrivateSession
from venues.kraken.samples import NOW, captured, kraken, recorded, reply
from venues.kraken.test_trading import BTC, REFUSED, TXID, a_cancel, an_order

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


LIMIT = {
    "order_type": "limit",
    "side": "buy",
    "cl_ord_id": "desk-1",
    "time_in_force": "gtc",
    "order_qty": Decimal("0.01"),
    "limit_price": Decimal(60000),
    "symbol": "BTC/USD",
    "token": TOKEN,
}
SENT: list[tuple[dict[str, object], dict[str, object]]] = [
    ({}, {}),
    (
        {"type": OrderType.MARKET, "price": None, "size": None, "quote_size": Decimal("100.50")},
        {
            "order_type": "market",
            "cash_order_qty": Decimal("100.5"),
            "order_qty": None,
            "limit_price": None,
        },
    ),
    ({"post_only": True}, {"post_only": True}),
    (
        {"time_in_force": TimeInForce.GTD, "expire_ns": Nanos(1_700_003_600_123_456_789)},
        {"time_in_force": "gtd", "expire_time": "2023-11-14T23:13:20.123Z"},
    ),
    ({"time_in_force": TimeInForce.FOK}, {"time_in_force": "fok"}),
    (
        {"type": OrderType.STOP, "price": None, "trigger": Trigger(price=Decimal(54000))},
        {
            "order_type": "stop-loss",
            "limit_price": None,
            "triggers": {"reference": "last", "price": 54000, "price_type": "static"},
        },
    ),
    (
        {
            "type": OrderType.TAKE_PROFIT_LIMIT,
            "trigger": Trigger(price=Decimal(66000), source=TriggerSource.INDEX),
        },
        {
            "order_type": "take-profit-limit",
            "triggers": {"reference": "index", "price": 66000, "price_type": "static"},
        },
    ),
    (
        {
            "type": OrderType.TRAILING_STOP_LIMIT,
            "price": None,
            "trigger": Trigger(offset=Decimal("1.5"), offset_unit=OffsetUnit.PERCENT),
        },
        {
            "order_type": "trailing-stop-limit",
            "limit_price": 0,
            "limit_price_type": "quote",
            "triggers": {"reference": "last", "price": Decimal("1.5"), "price_type": "pct"},
        },
    ),
    (
        {"type": OrderType.ICEBERG, "display_size": Decimal("0.001")},
        {"order_type": "iceberg", "display_qty": Decimal("0.001")},
    ),
    (
        {"margin_mode": MarginMode.CROSS, "reduce_only": True},
        {"margin": True, "reduce_only": True},
    ),
    ({"self_trade": SelfTradePrevention.CANCEL_TAKER}, {"stp_type": "cancel_newest"}),
    (
        {"exit": AttachedExit(take_profit=Decimal(70000))},
        {"conditional": {"order_type": "take-profit", "trigger_price": 70000}},
    ),
]


@pytest.mark.parametrize(("changes", "params"), SENT)
def test_add_order_says_exactly_what_is_meant(
    changes: dict[str, object], params: dict[str, object]
) -> None:
    frame = session().place(an_order(**changes), "c1", NOW)
    sent = json.loads(frame, parse_float=Decimal)
    wanted = {name: value for name, value in {**LIMIT, **params}.items() if value is not None}
    assert sent == {"method": "add_order", "params": wanted, "req_id": 1_000_001}


def test_numbers_are_written_with_all_their_digits() -> None:
    frame = session().place(an_order(size=Decimal("1E+3"), price=Decimal("60000.10")), "c", NOW)
    assert '"order_qty":1000,' in frame
    assert '"limit_price":60000.1,' in frame
    frame = session().place(an_order(size=Decimal("0.00010001")), "c", NOW)
    assert '"order_qty":0.00010001,' in frame


@pytest.mark.parametrize(("changes", "kind", "words"), REFUSED)
def test_what_kraken_would_not_take_is_refused_here(
    changes: dict[str, object], kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        session().place(an_order(**changes), "c1", NOW)


def test_a_leverage_goes_over_rest() -> None:
    with pytest.raises(Unsupported, match="REST"):
        session().place(an_order(margin_mode=MarginMode.CROSS, leverage=Decimal(3)), "c1", NOW)


def done(step: Step) -> list[CommandDone]:
    assert all(isinstance(event, CommandDone) for event in step.events)
    return [event for event in step.events if isinstance(event, CommandDone)]


def number(frame: str) -> int:
    found = json.loads(frame)["req_id"]
    assert isinstance(found, int)
    return found


def test_answers_end_the_commands_they_answer() -> None:
    made = session()
    first = number(made.place(an_order(), "c1", NOW))
    second = number(made.place(an_order(client_id="desk-2"), "c2", NOW))
    (ended,) = done(made.receive(failed("add_order", second, "EOrder:Insufficient funds"), NOW))
    assert ended.command_id == "c2"
    assert isinstance(ended.error, InsufficientFunds)
    (ended,) = done(made.receive(ok("add_order", first, {"order_id": TXID}), NOW))
    assert (ended.command_id, ended.venue_id, ended.error) == ("c1", TXID, None)
    assert made.receive(ok("add_order", first, {"order_id": TXID}), NOW).events == ()


def test_a_captured_failure_is_read() -> None:
    made = session()
    request = number(made.place(an_order(), "c1", NOW))
    frame = captured("ws_add_order_response_failure.json").replace(b"99", str(request).encode())
    (ended,) = done(made.receive(frame, NOW))
    assert isinstance(ended.error, InsufficientFunds)
    assert made.receive(captured("ws_add_order_response_failure.json"), NOW).events == ()


def test_service_faults_leave_an_order_unknown() -> None:
    made = session()
    request = number(made.place(an_order(), "c1", NOW))
    (ended,) = done(made.receive(failed("add_order", request, "EService:Unavailable"), NOW))
    assert isinstance(ended.error, OutcomeUnknown)
    request = number(made.place(an_order(), "c2", NOW))
    text = "EService:Market in post_only mode"
    (ended,) = done(made.receive(failed("add_order", request, text), NOW))
    assert isinstance(ended.error, VenueUnavailable)


def test_amending_as_captured() -> None:
    made = session()
    amendment = AmendOrder(
        instrument=BTC,
        client_id=an_order().client_id,
        venue_id=VenueOrderId("OABCDE-12345-FGHIJ"),
        new_size=Decimal("0.005"),
    )
    sent = json.loads(made.amend(amendment, "c1", NOW))
    theirs = json.loads(captured("ws_amend_order_request.json"))
    assert sent["method"] == theirs["method"]
    assert sent["params"] == {**theirs["params"], "token": TOKEN}
    result = {"amend_id": "TTW6PD-RC36L-ZZSWNU", "order_id": "OABCDE-12345-FGHIJ"}
    (ended,) = done(made.receive(ok("amend_order", sent["req_id"], result), NOW))
    assert ended.error is None


def test_cancelling_is_answered_once_for_each_order() -> None:
    made = session()
    frame = made.cancel_many([a_cancel("a"), a_cancel("b"), a_cancel("c")], ["1", "2", "3"], NOW)
    assert json.loads(frame)["params"] == {"cl_ord_id": ["a", "b", "c"], "token": TOKEN}
    request = number(frame)
    answers = [ok("cancel_order", request, {"order_id": "O", "cl_ord_id": name}) for name in "ba"]
    assert [done(made.receive(each, NOW))[0].command_id for each in answers] == ["2", "1"]
    (ended,) = done(made.receive(failed("cancel_order", request, "EOrder:Unknown order"), NOW))
    assert ended.command_id == "3"
    assert isinstance(ended.error, OrderNotFound)
    assert json.loads(made.cancel(a_cancel(venue_id=TXID), "4", NOW))["params"] == {
        "order_id": [TXID],
        "token": TOKEN,
    }
    with pytest.raises(Unsupported, match="not by both"):
        made.cancel_many([a_cancel("a"), a_cancel(venue_id=TXID)], ["1", "2"], NOW)


@pytest.mark.parametrize("bare", [True, False])
def test_batches_in_both_documented_forms(bare: bool) -> None:
    made = session()
    orders = [an_order(client_id="O-A"), an_order(client_id="O-B")]
    frame = made.place_many(orders, ["1", "2"], NOW)
    assert json.loads(frame)["params"]["symbol"] == "BTC/USD"
    body = json.loads(captured("ws_batch_add_response_partial.json"))
    rows = body["result"]["orders"]
    body = {**body, "req_id": number(frame), "result": rows if bare else {"orders": rows}}
    first, second = done(made.receive(json.dumps(body).encode(), NOW))
    assert (first.command_id, first.venue_id, first.error) == ("1", "O1", None)
    assert isinstance(second.error, InvalidOrder)


def test_a_batch_that_breaks_the_rules_is_rejected_whole() -> None:
    made = session()
    frame = made.place_many([an_order(), an_order(client_id="desk-2")], ["1", "2"], NOW)
    answers = done(made.receive(failed("batch_add", number(frame), "EOrder:Invalid price"), NOW))
    assert [type(each.error) for each in answers] == [InvalidOrder, InvalidOrder]


def test_cancelling_all_and_the_dead_man_switch() -> None:
    made = session()
    frame = made.cancel_all("c1", NOW)
    assert json.loads(frame)["params"] == {"token": TOKEN}
    (ended,) = done(made.receive(ok("cancel_all", number(frame), {"count": 1}), NOW))
    assert ended.command_id == "c1"
    frame = made.cancel_all_after(60, "c2", NOW)
    assert json.loads(frame)["params"] == {"timeout": 60, "token": TOKEN}
    times = {"currentTime": "2023-09-21T15:49:29Z", "triggerTime": "2023-09-21T15:51:09Z"}
    answer_frame = ok("cancel_all_orders_after", number(frame), times)
    assert done(made.receive(answer_frame, NOW))[0].error is None


def test_commands_without_an_answer_are_of_unknown_outcome() -> None:
    made = session()
    for channel, request in (("executions", 1), ("balances", 2)):
        made.receive(ok("subscribe", request, {"channel": channel}), NOW)
        made.receive(data(channel, 1, [], "snapshot"), NOW)
    made.place(an_order(), "c1", NOW)
    assert made.tick(Nanos(NOW + 15 * SECOND)).events == ()
    (ended,) = done(made.tick(Nanos(NOW + 15 * SECOND + 1)))
    assert isinstance(ended.error, OutcomeUnknown)
    made.place(an_order(), "c2", NOW)
    (ended,) = done(made.close(NOW))
    assert (ended.command_id, type(ended.error)) == ("c2", OutcomeUnknown)
    assert not made.ready


def test_pings_and_confirmations_are_awaited() -> None:
    made = session()
    with pytest.raises(StreamGap, match="did not confirm"):
        made.tick(Nanos(NOW + 11 * SECOND))
    made = session()
    for channel, request in (("executions", 1), ("balances", 2)):
        made.receive(ok("subscribe", request, {"channel": channel}), NOW)
        made.receive(data(channel, 1, [], "snapshot"), NOW)
    (ping,) = made.tick(Nanos(NOW + 20 * SECOND)).send
    assert json.loads(ping)["method"] == "ping"
    with pytest.raises(StreamGap, match="no ping"):
        made.tick(Nanos(NOW + 31 * SECOND))


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
