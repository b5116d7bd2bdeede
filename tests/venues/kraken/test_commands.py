"""Order entry over the private stream: what is sent, and which answer ends which command."""

import json
from decimal import Decimal

import pytest

from argosy.errors import (
    InsufficientFunds,
    InvalidOrder,
    OrderNotFound,
    OutcomeUnknown,
    StreamGap,
    Unsupported,
    VenueUnavailable,
)
from argosy.model import (
    AmendOrder,
    AttachedExit,
    CommandDone,
    MarginMode,
    Nanos,
    OffsetUnit,
    OrderType,
    SelfTradePrevention,
    TimeInForce,
    Trigger,
    TriggerSource,
    VenueOrderId,
)
from argosy.model.time import SECOND
from argosy.ports import Step
from venues.kraken.samples import NOW, captured
from venues.kraken.test_private import TOKEN, data, failed, ok, session
from venues.kraken.test_trading import BTC, REFUSED, TXID, a_cancel, an_order

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
