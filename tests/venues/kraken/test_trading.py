import json
from decimal import Decimal
from urllib.parse import parse_qsl

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.errors import (
    InsufficientFunds,
    InvalidOrder,
    OrderNotFound,
    OutcomeUnknown,
    Unsupported,
    VenueError,
    WireError,
)
from argosy.model import (
    AmendOrder,
    AttachedExit,
    CancelOrder,
    ClientOrderId,
    InstrumentId,
    Liquidity,
    MarginMode,
    Nanos,
    OffsetUnit,
    OrderReport,
    OrderStatus,
    OrderType,
    PlaceOrder,
    PositionSide,
    SelfTradePrevention,
    Side,
    TimeInForce,
    Trigger,
    TriggerSource,
    VenueOrderId,
)
from argosy.ports import HttpRequest, HttpResponse
from argosy.venues.kraken.trading import KrakenTrading
from venues.kraken.samples import NOW, answer, captured, kraken, recorded, reply

BTC = InstrumentId("kraken:BTC/USD")
TXID = "OUF4EM-FRGI2-MQMWZD"
SECOND = 1_000_000_000


def trading() -> KrakenTrading:
    made = kraken().trading
    assert isinstance(made, KrakenTrading)
    return made


def an_order(**changes: object) -> PlaceOrder:
    parts: dict[str, object] = {
        "instrument": BTC,
        "client_id": ClientOrderId("desk-1"),
        "side": Side.BUY,
        "type": OrderType.LIMIT,
        "size": Decimal("0.01"),
        "price": Decimal(60000),
    }
    parts.update(changes)
    return PlaceOrder(**{name: value for name, value in parts.items() if value is not None})


def form(request: HttpRequest) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode(), strict_parsing=bool(request.body)))


BASE = {"pair": "XXBTZUSD", "type": "buy", "volume": "0.01", "cl_ord_id": "desk-1"}
MARGIN = {"margin_mode": MarginMode.CROSS, "leverage": Decimal(3)}
TRAIL = Trigger(offset=Decimal("1.5"), offset_unit=OffsetUnit.PERCENT)
AT_54000 = Trigger(price=Decimal(54000))

PLACED = [
    ({}, {"ordertype": "limit", "price": "60000"}),
    ({"type": OrderType.MARKET, "price": None}, {"ordertype": "market"}),
    (
        {"type": OrderType.MARKET, "price": None, "size": None, "quote_size": Decimal("100.50")},
        {"ordertype": "market", "volume": "100.5", "oflags": "viqc"},
    ),
    ({"post_only": True}, {"ordertype": "limit", "price": "60000", "oflags": "post"}),
    (
        {"time_in_force": TimeInForce.IOC},
        {"ordertype": "limit", "price": "60000", "timeinforce": "IOC"},
    ),
    (
        {"time_in_force": TimeInForce.FOK},
        {"ordertype": "limit", "price": "60000", "timeinforce": "FOK"},
    ),
    (
        {"time_in_force": TimeInForce.GTD, "expire_ns": Nanos(1_700_003_600 * SECOND + 5)},
        {
            "ordertype": "limit",
            "price": "60000",
            "timeinforce": "GTD",
            "expiretm": "1700003600",
        },
    ),
    (
        {"type": OrderType.STOP, "price": None, "trigger": AT_54000},
        {"ordertype": "stop-loss", "price": "54000"},
    ),
    (
        {"type": OrderType.STOP_LIMIT, "price": Decimal("53400.5"), "trigger": AT_54000},
        {"ordertype": "stop-loss-limit", "price": "54000", "price2": "53400.5"},
    ),
    (
        {
            "type": OrderType.TAKE_PROFIT,
            "price": None,
            "trigger": Trigger(price=Decimal(66000), source=TriggerSource.INDEX),
        },
        {"ordertype": "take-profit", "price": "66000", "trigger": "index"},
    ),
    (
        {"type": OrderType.TAKE_PROFIT_LIMIT, "trigger": Trigger(price=Decimal(66000))},
        {"ordertype": "take-profit-limit", "price": "66000", "price2": "60000"},
    ),
    (
        {"type": OrderType.TRAILING_STOP, "price": None, "trigger": TRAIL},
        {"ordertype": "trailing-stop", "price": "+1.5%"},
    ),
    (
        {
            "type": OrderType.TRAILING_STOP_LIMIT,
            "price": None,
            "trigger": Trigger(offset=Decimal(100)),
        },
        {"ordertype": "trailing-stop-limit", "price": "+100", "price2": "+0"},
    ),
    (
        {"type": OrderType.ICEBERG, "display_size": Decimal("0.001")},
        {"ordertype": "iceberg", "price": "60000", "displayvol": "0.001"},
    ),
    (MARGIN, {"ordertype": "limit", "price": "60000", "leverage": "3"}),
    (
        {"margin_mode": MarginMode.CROSS, "reduce_only": True},
        {"ordertype": "limit", "price": "60000", "leverage": "5", "reduce_only": "true"},
    ),
    (
        {"self_trade": SelfTradePrevention.CANCEL_BOTH},
        {"ordertype": "limit", "price": "60000", "stptype": "cancel-both"},
    ),
    (
        {"self_trade": SelfTradePrevention.CANCEL_MAKER},
        {"ordertype": "limit", "price": "60000", "stptype": "cancel-oldest"},
    ),
    (
        {"exit": AttachedExit(stop_loss=Decimal(54000), stop_loss_limit=Decimal(53900))},
        {
            "ordertype": "limit",
            "price": "60000",
            "close[ordertype]": "stop-loss-limit",
            "close[price]": "54000",
            "close[price2]": "53900",
        },
    ),
]


@pytest.mark.parametrize(("changes", "fields"), PLACED)
def test_add_order_says_exactly_what_is_meant(
    changes: dict[str, object], fields: dict[str, str]
) -> None:
    request = trading().place(an_order(**changes)).request
    assert (request.method, request.path) == ("POST", "/0/private/AddOrder")
    assert form(request) == {**BASE, **fields}
    assert request.signed
    assert not request.idempotent
    assert request.cost == {"trading/BTC/USD": 1}


REFUSED = [
    ({"client_id": "nineteen characters"}, InvalidOrder, "neither a UUID nor"),
    ({"client_id": "ümlaut"}, InvalidOrder, "neither a UUID nor"),
    ({"client_id": "1b4e28ba-2fa1-11d2-883f-0016d3cca42"}, InvalidOrder, "neither"),
    ({"price": Decimal("60000.05")}, InvalidOrder, "no multiple of 0.1"),
    ({"size": Decimal("0.000000001")}, InvalidOrder, "no multiple of 0.00000001"),
    ({"size": Decimal("0.00001")}, InvalidOrder, "under the minimum"),
    ({"leverage": Decimal(3)}, InvalidOrder, "say cross"),
    ({**MARGIN, "leverage": Decimal("2.5")}, InvalidOrder, "whole numbers"),
    ({**MARGIN, "leverage": Decimal(6)}, InvalidOrder, "2 to 5"),
    ({"margin_mode": MarginMode.ISOLATED}, Unsupported, "use cross"),
    ({"reduce_only": True}, InvalidOrder, "needs margin_mode cross"),
    ({"position_side": PositionSide.LONG}, Unsupported, "position_side net"),
    (
        {"type": OrderType.ICEBERG, "display_size": Decimal("0.0001")},
        InvalidOrder,
        "fifteenth",
    ),
    (
        {"type": OrderType.MARKET, "price": None, "size": None, "quote_size": Decimal(1)}
        | {"side": Side.SELL},
        Unsupported,
        "buying only",
    ),
    (
        {"type": OrderType.STOP, "price": None}
        | {"trigger": Trigger(price=Decimal(1), source=TriggerSource.MARK)},
        Unsupported,
        "last or index",
    ),
    (
        {"type": OrderType.TRAILING_STOP_LIMIT, "trigger": TRAIL},
        Unsupported,
        "leave price out",
    ),
    ({"type": OrderType.TWAP}, Unsupported, "emulated"),
    ({"type": OrderType.OCO}, Unsupported, "emulated"),
    (
        {"exit": AttachedExit(stop_loss=Decimal(1), take_profit=Decimal(2))},
        Unsupported,
        "one closing order",
    ),
    ({"instrument": InstrumentId("kraken:NOT/KNOWN")}, Unsupported, "learn"),
]


@pytest.mark.parametrize(("changes", "kind", "words"), REFUSED)
def test_what_kraken_would_not_take_is_refused_here(
    changes: dict[str, object], kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        trading().place(an_order(**changes))


@pytest.mark.parametrize(
    "client_id",
    ["1b4e28ba-2fa1-11d2-883f-0016d3cca427", "1b4e28ba2fa111d2883f0016d3cca427", "a" * 18],
)
def test_client_ids_that_kraken_takes(client_id: str) -> None:
    request = trading().place(an_order(client_id=client_id)).request
    assert form(request)["cl_ord_id"] == client_id


def test_tokenized_assets_are_said_to_be_such() -> None:
    order = an_order(instrument=InstrumentId("kraken:AAPLx/USD"))
    assert form(trading().place(order).request)["asset_class"] == "tokenized_asset"


def test_an_accepted_order_is_reported_with_its_intent() -> None:
    result = {"descr": {"order": "buy 0.01 XBTUSD @ limit 60000.0"}, "txid": [TXID]}
    report = trading().place(an_order(post_only=True)).read(reply(result))
    assert report == OrderReport(
        instrument=BTC,
        venue_id=VenueOrderId(TXID),
        status=OrderStatus.ACCEPTED,
        side=Side.BUY,
        type=OrderType.LIMIT,
        filled=Decimal(0),
        venue_ns=Nanos(0),
        received_ns=NOW,
        client_id=ClientOrderId("desk-1"),
        size=Decimal("0.01"),
        price=Decimal(60000),
        post_only=True,
    )


def test_answers_to_order_entry_sort_by_outcome() -> None:
    call = trading().place(an_order())
    with pytest.raises(InsufficientFunds):
        call.read(reply(None, "EOrder:Insufficient funds"))
    for response in (
        reply(None, "EService:Unavailable"),
        answer(b"<html>", 502),
        answer(b"<html>"),
        reply({}),
    ):
        with pytest.raises(OutcomeUnknown):
            call.read(response)


def test_batches() -> None:
    orders = [
        an_order(),
        an_order(client_id="desk-2", side=Side.SELL, price=Decimal(66000), **MARGIN),
    ]
    orders.append(an_order(client_id="desk-3", exit=AttachedExit(take_profit=Decimal(70000))))
    call = trading().place_many(orders)
    assert call.request.path == "/0/private/AddOrderBatch"
    assert call.request.cost == {"trading/BTC/USD": 1.5}
    body = json.loads(call.request.body)
    assert body["pair"] == "XXBTZUSD"
    assert body["orders"][1] == {
        "type": "sell",
        "ordertype": "limit",
        "volume": "0.01",
        "cl_ord_id": "desk-2",
        "price": "66000",
        "leverage": "3",
    }
    assert body["orders"][2]["close"] == {"ordertype": "take-profit", "price": "70000"}
    rows = [{"txid": TXID, "descr": {"order": ""}}, {"error": "EOrder:Insufficient funds"}]
    first, second, third = call.read(reply({"orders": [*rows, {"txid": "O2"}]}))
    assert isinstance(first, OrderReport)
    assert isinstance(second, InsufficientFunds)
    assert isinstance(third, OrderReport)
    assert third.venue_id == "O2"
    with pytest.raises(OutcomeUnknown):
        call.read(reply({"orders": rows}))
    with pytest.raises(Unsupported, match="one pair"):
        trading().place_many([an_order(), an_order(instrument=InstrumentId("kraken:AAPLx/USD"))])
    with pytest.raises(Unsupported, match="15 orders"):
        trading().place_many([an_order()] * 16)
    assert trading().place_many([an_order()]).request.path == "/0/private/AddOrder"


def test_amendments() -> None:
    amendment = AmendOrder(
        instrument=BTC,
        client_id=ClientOrderId("desk-1"),
        new_size=Decimal("0.02"),
        new_price=Decimal("61000.5"),
    )
    call = trading().amend(amendment)
    assert call.request.path == "/0/private/AmendOrder"
    assert form(call.request) == {
        "cl_ord_id": "desk-1",
        "order_qty": "0.02",
        "limit_price": "61000.5",
    }
    assert call.read(reply({"amend_id": "TTW6PD-RC36L-ZZSWNU"})) is None
    known = msgspec.structs.replace(
        amendment, venue_id=VenueOrderId(TXID), new_trigger_price=Decimal(5)
    )
    assert form(trading().amend(known).request)["txid"] == TXID
    with pytest.raises(InvalidOrder, match="limit_price"):
        trading().amend(msgspec.structs.replace(amendment, new_price=Decimal("0.05")))


def a_cancel(client_id: str = "desk-1", venue_id: str | None = None) -> CancelOrder:
    return CancelOrder(
        instrument=BTC,
        client_id=ClientOrderId(client_id),
        venue_id=None if venue_id is None else VenueOrderId(venue_id),
    )


def test_cancellations() -> None:
    call = trading().cancel(a_cancel())
    assert form(call.request) == {"cl_ord_id": "desk-1"}
    assert call.request.urgent
    assert call.read(reply({"count": 1})) is None
    with pytest.raises(OrderNotFound):
        call.read(reply({"count": 0}))
    with pytest.raises(OrderNotFound):
        call.read(reply(None, "EOrder:Unknown order"))
    assert form(trading().cancel(a_cancel(venue_id=TXID)).request) == {"txid": TXID}


def test_many_cancellations_whose_fate_is_told_by_number_only() -> None:
    call = trading().cancel_many([a_cancel(), a_cancel("desk-2", TXID)])
    assert call.request.path == "/0/private/CancelOrderBatch"
    assert json.loads(call.request.body) == {"cl_ord_ids": ["desk-1"], "orders": [TXID]}
    assert call.read(reply({"count": 2})) == [None, None]
    assert all(isinstance(one, OutcomeUnknown) for one in call.read(reply({"count": 1})))
    with pytest.raises(Unsupported):
        trading().cancel_many([a_cancel()] * 51)


def test_cancelling_all_and_the_dead_man_switch() -> None:
    (call,) = trading().cancel_all(None)
    assert (call.request.path, call.request.body) == ("/0/private/CancelAll", b"")
    assert call.read(reply({"count": 4})) == []
    with pytest.raises(Unsupported, match="cancel_many"):
        trading().cancel_all(BTC)
    after = trading().cancel_all_after(60)
    assert form(after.request) == {"timeout": "60"}
    stamps = {"currentTime": "2023-03-24T17:41:56Z", "triggerTime": "2023-03-24T17:42:56Z"}
    assert after.read(reply(stamps)) is None


@pytest.mark.parametrize(
    ("age_s", "cancel", "amend"),
    [(0, 8, 4), (7, 6, 3), (12, 5, 2), (20, 4, 1), (60, 2, 1), (200, 1, 1), (300, 0, 1)],
)
def test_young_orders_cost_more_to_touch(age_s: int, cancel: int, amend: int) -> None:
    desk = trading()
    placed = desk.place(an_order())
    placed.read(reply({"txid": [TXID]}))
    later = HttpResponse(
        status=200,
        body=b'{"error":[],"result":{"txid":["O2"]}}',
        received_ns=Nanos(NOW + age_s * SECOND),
    )
    desk.place(an_order(client_id="desk-2")).read(later)
    amendment = AmendOrder(
        instrument=BTC, client_id=ClientOrderId("desk-1"), new_size=Decimal("0.02")
    )
    assert desk.cancel(a_cancel()).request.cost == {"trading/BTC/USD": cancel}
    assert desk.amend(amendment).request.cost == {"trading/BTC/USD": amend}


def test_an_order_is_found_by_krakens_id_or_among_open_then_closed() -> None:
    rows = recorded("ccxt/response/kraken.json")["methods"]["fetchOrder"]
    body = answer(json.dumps(rows[0]["httpResponse"]).encode())
    call = trading().order(BTC, "desk-1", "OICRC3-KX7OB-QB2B2S")
    assert form(call.request) == {"txid": "OICRC3-KX7OB-QB2B2S"}
    report = call.read(body)
    assert report.status is OrderStatus.CANCELLED
    assert report.type is OrderType.TRAILING_STOP
    assert (report.instrument, report.reason) == ("kraken:SUI/USD", "User requested")
    assert (report.price, report.trigger_price) == (Decimal("4.0266"), Decimal("3.9864"))
    assert report.venue_ns == 1_752_768_899_330_147_000

    lookup = trading().order(BTC, "desk-1", None)
    assert lookup.request.path == "/0/private/OpenOrders"
    assert form(lookup.request) == {"cl_ord_id": "desk-1"}
    with pytest.raises(OutcomeUnknown):
        lookup.read(reply({"open": {}}))
    assert lookup.otherwise is not None
    assert lookup.otherwise.request.path == "/0/private/ClosedOrders"
    with pytest.raises(OrderNotFound):
        lookup.otherwise.read(reply({"closed": {}, "count": 0}))
    (row,) = rows[0]["httpResponse"]["result"].values()
    closed = {"closed": {"O9": {**row, "cl_ord_id": "desk-1", "status": "closed"}}, "count": 1}
    assert lookup.otherwise.read(reply(closed)).status is OrderStatus.FILLED


def test_open_orders() -> None:
    (call,) = trading().open_orders()
    first, second = call.read(answer(captured("http_open_orders.json")))
    assert first.instrument == "kraken:BTC/USDT"
    assert first.size == Decimal("0.5")
    assert second.type is OrderType.STOP
    assert second.side is Side.SELL


def test_fills_page_back_through_the_history() -> None:
    (call,) = trading().fills(NOW)
    assert form(call.request) == {"start": "1700000000"}
    assert call.request.cost == {"rest": 2}
    page = answer(captured("http_trades_history.json"))
    first, second = call.read(page)
    assert (first.liquidity, second.liquidity) == (Liquidity.MAKER, Liquidity.TAKER)
    assert (first.fee, first.fee_currency) == (Decimal("23.60"), "USDT")
    assert first.venue_ns == 1_688_585_840_892_100_000
    assert call.then is not None
    assert call.then(page) is None
    (row, *_) = msgspec.json.decode(page.body)["result"]["trades"].values()
    full = {"trades": {f"T{number}": row for number in range(50)}, "count": 70}
    older = call.then(reply(full))
    assert older is not None
    assert form(older.request) == {"start": "1700000000", "ofs": "50"}


@given(st.binary() | st.text().map(str.encode), st.sampled_from([200, 400, 500]))
def test_any_answer_is_read_or_refused(data: bytes, status: int) -> None:
    desk = trading()
    lookup = desk.order(BTC, "desk-1", None)
    calls = [
        desk.place(an_order()),
        desk.place_many([an_order(), an_order()]),
        desk.cancel(a_cancel()),
        desk.cancel_many([a_cancel()]),
        *desk.cancel_all(None),
        desk.cancel_all_after(1),
        lookup,
        lookup.otherwise,
        *desk.open_orders(),
        *desk.fills(None),
    ]
    for call in calls:
        assert call is not None
        with pytest.raises((WireError, VenueError, OutcomeUnknown)):
            call.read(answer(data, status))
