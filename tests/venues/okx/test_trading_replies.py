"""What OKX's answers to order requests become."""

from decimal import Decimal
from typing import Any

import pytest

from argosy.errors import (
    AuthFailed,
    DuplicateOrder,
    InsufficientFunds,
    InvalidOrder,
    OrderNotFound,
    OrderRejected,
    OutcomeUnknown,
    RateLimited,
    VenueUnavailable,
    WireError,
    WouldTake,
)
from argosy.model import (
    AmendOrder,
    CancelOrder,
    ClientOrderId,
    InstrumentId,
    OrderReport,
    OrderStatus,
    OrderType,
    PlaceOrder,
    Side,
    Trigger,
)
from argosy.ports import Call
from argosy.venues.catalog import Adapter
from venues.okx.samples import NOW, raw, reply

D = Decimal
SPOT = InstrumentId("okx:BTC/USDT")


def order(client_id: str = "abc1", **fields: Any) -> PlaceOrder:
    return PlaceOrder(
        instrument=SPOT,
        client_id=ClientOrderId(client_id),
        side=Side.BUY,
        size=D(1),
        **({"type": OrderType.LIMIT, "price": D(60000)} | fields),
    )


def ack(**fields: str) -> dict[str, str]:
    return {"ordId": "77", "clOrdId": "abc1", "tag": "", "sCode": "0", "sMsg": ""} | fields


def test_placed(okx: Adapter) -> None:
    report = okx.trading.place(order()).read(reply([ack(ts="1695190491421")]))
    assert (report.venue_id, report.client_id) == ("77", "abc1")
    assert report.status is OrderStatus.ACCEPTED
    assert report.venue_ns == 1695190491421 * 1_000_000
    assert (report.size, report.price, report.filled) == (D(1), D(60000), D(0))


def test_algo_placed(okx: Adapter) -> None:
    stop = order(type=OrderType.STOP, trigger=Trigger(price=D(5)), price=None)
    answer = reply(
        [{"algoId": "12", "clOrdId": "", "algoClOrdId": "abc1", "sCode": "0", "sMsg": ""}]
    )
    report = okx.trading.place(stop).read(answer)
    assert (report.venue_id, report.trigger_price) == ("12", D(5))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("51000", InvalidOrder),
        ("51001", InvalidOrder),
        ("51006", InvalidOrder),
        ("51008", InsufficientFunds),
        ("51016", DuplicateOrder),
        ("51020", InvalidOrder),
        ("51119", InsufficientFunds),
        ("51121", InvalidOrder),
        ("51127", InsufficientFunds),
        ("51131", InsufficientFunds),
        ("51169", InvalidOrder),
        ("51400", OrderNotFound),
        ("51503", OrderNotFound),
        ("51603", OrderNotFound),
        ("51511", WouldTake),
        ("51777", OrderRejected),
        ("54084", InvalidOrder),
        ("50011", RateLimited),
        ("50061", RateLimited),
        ("50001", VenueUnavailable),
        ("50013", VenueUnavailable),
        ("50102", AuthFailed),
        ("50111", AuthFailed),
        ("50113", AuthFailed),
        ("50110", AuthFailed),
        ("50004", OutcomeUnknown),
        ("50026", OutcomeUnknown),
        ("51054", OutcomeUnknown),
    ],
)
def test_refusals(okx: Adapter, code: str, kind: type[Exception]) -> None:
    call = okx.trading.place(order())
    with pytest.raises(kind) as whole:
        call.read(reply([], code=code, msg="why"))
    assert type(whole.value) is kind
    assert code in str(whole.value)
    assert "why" in str(whole.value)
    item = ack(ordId="", sCode=code, sMsg="because")
    with pytest.raises(kind, match="because"):
        call.read(reply([item], code="1", msg="All operations failed"))


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b"<html>bad gateway</html>", 502, OutcomeUnknown),
        (b"", 504, OutcomeUnknown),
        (b"slow down", 429, RateLimited),
        (b'{"code":"50011","msg":"Too Many Requests"}', 429, RateLimited),
        (b'{"code":50026,"msg":"System error","data":null}', 500, OutcomeUnknown),
        (b"<html>", 200, WireError),
        (b'{"code":"0","data":[]}', 200, WireError),
        (b'{"code":"0","data":[{},{}]}', 200, WireError),
        (b'{"code":"1","data":[],"msg":"Operation failed."}', 200, OrderRejected),
    ],
)
def test_answers_that_are_none(
    okx: Adapter, body: bytes, status: int, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        okx.trading.place(order()).read(raw(body, status))


def test_reads_that_time_out_changed_nothing(okx: Adapter) -> None:
    call = okx.trading.order(SPOT, "abc1", None)
    with pytest.raises(VenueUnavailable):
        call.read(reply([], code="50004", msg="timeout"))
    with pytest.raises(VenueUnavailable):
        call.read(raw(b"", 503))


def test_batch_tells_each(okx: Adapter) -> None:
    call = okx.trading.place_many([order(), order("abc2"), order("abc3")])
    rows = [
        ack(),
        ack(ordId="", clOrdId="abc2", sCode="51008", sMsg="Insufficient balance"),
        ack(ordId="", clOrdId="abc3", sCode="50026", sMsg="System error"),
    ]
    first, second, third = call.read(
        reply(rows, code="2", msg="Bulk operation partially succeeded")
    )
    assert isinstance(first, OrderReport)
    assert isinstance(second, InsufficientFunds)
    assert isinstance(third, OutcomeUnknown)
    with pytest.raises(WireError, match="1 answers to 3 orders"):
        call.read(reply([ack()]))
    with pytest.raises(RateLimited):
        call.read(reply([], code="50011", msg="slow"))


def test_changes_and_cancellations(okx: Adapter) -> None:
    trading = okx.trading
    change = AmendOrder(instrument=SPOT, client_id=ClientOrderId("abc1"), new_size=D(2))
    cancel = CancelOrder(instrument=SPOT, client_id=ClientOrderId("abc1"))
    assert trading.amend(change).read(reply([ack(reqId="b1")])) is None
    assert trading.cancel(cancel).read(reply([ack()])) is None
    with pytest.raises(OrderNotFound):
        trading.cancel(cancel).read(reply([ack(sCode="51400", sMsg="gone")], code="1"))
    done, gone = trading.cancel_many([cancel, cancel]).read(
        reply([ack(), ack(sCode="51401", sMsg="cancelled already")], code="2")
    )
    assert done is None
    assert isinstance(gone, OrderNotFound)
    (amended,) = trading.amend_many([change]).read(reply([ack()]))
    assert amended is None
    answer = reply([{"triggerTime": "1587971460", "tag": "", "ts": "1587971400"}])
    assert trading.cancel_all_after(60).read(answer) is None


def row(ident: str, **fields: str) -> dict[str, str]:
    return {
        "instId": "BTC-USDT", "ordId": ident, "state": "live", "side": "buy", "ordType": "limit",
        "sz": "1", "px": "5", "accFillSz": "0", "cTime": "1618235248028", "uTime": "1618235248029",
    } | fields  # fmt: skip


def algo_row(ident: str, **fields: str) -> dict[str, str]:
    return {
        "instId": "BTC-USDT", "algoId": ident, "state": "live", "side": "sell",
        "ordType": "conditional", "sz": "1", "slTriggerPx": "4", "slOrdPx": "-1",
    } | fields  # fmt: skip


def run(call: Call[list[Any]], answers: dict[str, list[Any]]) -> list[Any]:
    """What whoever runs calls does: follow the chain and join the lists."""
    found: list[Any] = []
    following: Call[list[Any]] | None = call
    while following is not None:
        answer = answers[following.request.path].pop(0)
        found += following.read(answer)
        following = following.then(answer) if following.then is not None else None
    return found


def test_open_orders_page_on(okx: Adapter) -> None:
    pages = [
        reply([row(str(i)) for i in range(100)]),
        reply([row(str(i)) for i in range(100, 130)]),
    ]
    call = okx.trading.open_orders()[0]
    following = call.then(pages[0])
    assert dict(following.request.query) == {"limit": "100", "after": "99"}
    found = run(call, {"/api/v5/trade/orders-pending": pages})
    assert [report.venue_id for report in found] == [str(i) for i in range(130)]


def test_cancel_all_sweeps_until_nothing_is_left(okx: Adapter) -> None:
    ordinary = okx.trading.cancel_all(SPOT)[0]
    assert dict(ordinary.request.query) == {"instId": "BTC-USDT", "limit": "20"}
    found = run(
        ordinary,
        {
            "/api/v5/trade/orders-pending": [
                reply([row("1"), row("2")]), reply([row("3")]), reply([]),
            ],
            "/api/v5/trade/cancel-batch-orders": [
                reply([ack(ordId="1"), ack(ordId="2")]), reply([ack(ordId="3")]),
            ],
        },
    )  # fmt: skip
    assert found == ["1", "2", "3"]
    algos = okx.trading.cancel_all(None)[1]
    found = run(
        algos,
        {
            "/api/v5/trade/orders-algo-pending": [reply([algo_row("8")]), reply([])],
            "/api/v5/trade/cancel-algos": [reply([{"algoId": "8", "sCode": "0", "sMsg": ""}])],
        },
    )
    assert found == ["8"]


def test_a_sweep_that_gets_nowhere_ends(okx: Adapter) -> None:
    refused = reply([ack(sCode="51400", sMsg="gone")], code="1")
    found = run(
        okx.trading.cancel_all(None)[0],
        {
            "/api/v5/trade/orders-pending": [reply([row("1")])],
            "/api/v5/trade/cancel-batch-orders": [refused],
        },
    )
    assert found == []


def test_order_reports(okx: Adapter) -> None:
    call = okx.trading.order(SPOT, "abc1", None)
    report = call.read(reply([row("1", state="partially_filled", accFillSz="0.4", avgPx="4.9")]))
    assert report.status is OrderStatus.PARTIALLY_FILLED
    assert (report.filled, report.average_price, report.price) == (D("0.4"), D("4.9"), D(5))
    assert report.received_ns == NOW
    assert report.created_ns == 1618235248028 * 1_000_000
    by_quote = row("1", ordType="market", tgtCcy="quote_ccy", sz="100", px="", state="filled")
    report = call.read(reply([by_quote]))
    assert (report.size, report.quote_size, report.price) == (None, D(100), None)
    taken = row("1", ordType="post_only", state="canceled", cancelSource="31")
    report = call.read(reply([taken]))
    assert (report.status, report.post_only) == (OrderStatus.CANCELLED, True)
    assert report.reason == "post-only would have taken"
    for answer in (reply([]), reply([], code="51603", msg="Order does not exist")):
        with pytest.raises(OrderNotFound):
            okx.trading.order(SPOT, "abc1", None, OrderType.LIMIT).read(answer)
    with pytest.raises(WireError, match="state"):
        call.read(reply([row("1", state="dancing")]))


def test_an_order_of_unknown_type_is_looked_for_among_algo_orders(okx: Adapter) -> None:
    call = okx.trading.order(SPOT, "stop1", None)
    with pytest.raises(OutcomeUnknown, match="algo"):
        call.read(reply([], code="51603", msg="Order does not exist"))
    assert call.otherwise.request.path == "/api/v5/trade/order-algo"
    assert call.otherwise.request.query == (("algoClOrdId", "stop1"),)
    assert call.otherwise.read(reply([algo_row("8")])).venue_id == "8"
    with pytest.raises(OrderNotFound):
        call.otherwise.read(reply([], code="51603", msg="Order does not exist"))
    assert call.otherwise.then(reply([algo_row("8")])) is None


@pytest.mark.parametrize("venue_id", [None, "8"])
def test_a_triggered_order_is_told_by_what_it_became(okx: Adapter, venue_id: str | None) -> None:
    """One report, whichever id it is asked by: ours, and the fills of the order it goes on as."""
    call = okx.trading.order(SPOT, "stop1", venue_id).otherwise
    triggered = reply([algo_row("8", state="effective", ordId="99", algoClOrdId="stop1")])
    told = call.read(triggered)
    assert (told.venue_id, told.former_id, told.client_id) == ("99", "8", "stop1")
    assert told.status is OrderStatus.ACCEPTED
    following = call.then(triggered)
    assert following.request.path == "/api/v5/trade/order"
    assert dict(following.request.query) == {"instId": "BTC-USDT", "ordId": "99"}
    done = following.read(reply([row("99", clOrdId="", state="filled", accFillSz="1")]))
    assert (done.venue_id, done.former_id, done.client_id) == ("99", "8", "stop1")
    assert (done.status, done.filled) == (OrderStatus.FILLED, D(1))
    assert following.then is None
    assert following.read(reply([], code="51603", msg="Order does not exist")) == told
    with pytest.raises(WireError, match="told of 98"):
        following.read(reply([row("98")]))


def test_slices_are_no_orders_of_ours_and_their_fills_are_the_parents(okx: Adapter) -> None:
    orders, *algos = okx.trading.open_orders()
    iceberg, chase = row("21", clOrdId="", source="13"), row("41", clOrdId="", source="34")
    named = row("22", clOrdId="", source="13", algoId="20", algoClOrdId="berg1")
    assert [one.venue_id for one in orders.read(reply([row("1"), iceberg, chase, named]))] == ["1"]
    berg = algo_row("20", ordType="iceberg", actualSz="0.2", algoClOrdId="berg1")
    (told,) = algos[3].read(reply([berg | {"ordIdList": ["21", "22"]}]))
    assert (told.venue_id, told.client_id, told.filled) == ("20", "berg1", D("0.2"))
    became = algo_row("8", state="effective", ordId="99", algoClOrdId="stop1")
    okx.trading.order(SPOT, "stop1", None).otherwise.read(reply([became]))
    (fills,) = okx.trading.fills(None)
    fill = {"instId": "BTC-USDT", "side": "buy", "fillPx": "5", "fillSz": "0.1", "ts": "1",
            "clOrdId": ""}  # fmt: skip
    found = fills.read(reply([fill | {"ordId": i, "tradeId": i} for i in ("21", "22", "99", "7")]))
    assert [(one.venue_order_id, one.client_id) for one in found] == [
        ("20", "berg1"),
        ("20", "berg1"),
        ("99", "stop1"),
        ("7", None),
    ]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, (OrderStatus.ACCEPTED, OrderType.STOP, D(4), None)),
        ({"slOrdPx": "3.9"}, (OrderStatus.ACCEPTED, OrderType.STOP_LIMIT, D(4), D("3.9"))),
        (
            {"slTriggerPx": "", "tpTriggerPx": "9", "tpOrdPx": "-1"},
            (OrderStatus.ACCEPTED, OrderType.TAKE_PROFIT, D(9), None),
        ),
        ({"state": "canceled"}, (OrderStatus.CANCELLED, OrderType.STOP, D(4), None)),
        ({"state": "order_failed"}, (OrderStatus.REJECTED, OrderType.STOP, D(4), None)),
        ({"state": "effective"}, (OrderStatus.ACCEPTED, OrderType.STOP, D(4), None)),
        (
            {"ordType": "twap", "state": "effective", "actualSz": "1", "pxLimit": "6"},
            (OrderStatus.FILLED, OrderType.TWAP, None, D(6)),
        ),
        (
            {"ordType": "move_order_stop", "activePx": "7"},
            (OrderStatus.ACCEPTED, OrderType.TRAILING_STOP, D(7), None),
        ),
        ({"ordType": "chase"}, (OrderStatus.ACCEPTED, OrderType.CHASE, None, None)),
    ],
)
def test_algo_reports(okx: Adapter, fields: dict[str, str], expected: tuple[Any, ...]) -> None:
    call = okx.trading.order(SPOT, "abc1", None, OrderType.STOP)
    report = call.read(reply([algo_row("8", **fields)]))
    assert (report.status, report.type, report.trigger_price, report.price) == expected


def test_fills(okx: Adapter) -> None:
    (call,) = okx.trading.fills(None)
    rows = [
        {
            "instId": "BTC-USDT", "ordId": "6", "tradeId": "74", "side": "buy", "fillPx": "51858",
            "fillSz": "0.0019", "fee": fee, "feeCcy": "BTC", "execType": "M", "clOrdId": "abc1",
            "ts": "1708587373362", "fillTime": "1708587373361", "billId": "9",
        }
        for fee in ("-0.0000019", "0.0000002")
    ]  # fmt: skip
    paid, rebate = call.read(reply(rows))
    assert (paid.fee, paid.fee_currency) == (D("0.0000019"), "BTC")
    assert rebate.fee == D("-0.0000002")
    assert (paid.liquidity, paid.client_id) == ("maker", "abc1")
    assert paid.venue_ns == 1708587373361 * 1_000_000
    assert call.then(reply(rows)) is None
    assert dict(call.then(reply(rows * 50)).request.query) == {"limit": "100", "after": "9"}
