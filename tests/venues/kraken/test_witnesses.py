"""Kraken's adapter against bytes that others recorded: what ccxt sends, every recorded reply."""

import json
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest

from argosy.books import Shelf
from argosy.errors import Unsupported
from argosy.model import (
    AmendOrder,
    AttachedExit,
    MarginMode,
    Nanos,
    OffsetUnit,
    OrderType,
    Side,
    TimeInForce,
    Trigger,
    VenueOrderId,
)
from argosy.ports import FeedPlan, HttpRequest
from argosy.venues.kraken import wire, wire_rest, wire_v1
from argosy.venues.kraken.rest import unwrap
from argosy.venues.kraken.sign import KrakenSigner
from venues.kraken.samples import NOW, answer, captured, kraken, lines, recorded, recording
from venues.kraken.test_sign import CREDENTIALS
from venues.kraken.test_trading import a_cancel, an_order, trading

NONCE = 1_700_000_000_000
SELL = {"side": Side.SELL}
MARKET = {"type": OrderType.MARKET, "price": None}


def stop(kind: OrderType, trigger: int, price: object = None) -> dict[str, object]:
    return {**SELL, "type": kind, "price": price, "trigger": Trigger(price=Decimal(trigger))}


def trail(offset: int, unit: OffsetUnit) -> dict[str, object]:
    trigger = Trigger(offset=Decimal(offset), offset_unit=unit)
    return {**SELL, "type": OrderType.TRAILING_STOP, "price": None, "trigger": trigger}


# ccxt's case: what we say for the same, and why ours differs where it does ("-name": ccxt's only).
PLACED: dict[str, tuple[dict[str, object], dict[str, str]]] = {
    "spot limit buy": ({}, {}),
    "spot market buy": (MARKET, {}),
    "spot limit sell": (SELL, {}),
    "spot market sell": ({**MARKET, **SELL}, {}),
    "spot limit clientOrderId": ({"client_id": "myorder001"}, {}),
    "spot limit postOnly": ({"post_only": True}, {}),
    "spot limit IOC": ({"time_in_force": TimeInForce.IOC}, {}),
    "spot limit FOK": ({"time_in_force": TimeInForce.FOK}, {}),
    # GTC is the default and goes unsaid.
    "spot limit GTC": ({}, {"-timeinforce": "GTC"}),
    # ccxt sends its own names on; the document's is expiretm, in seconds.
    "spot limit GTD": (
        {"time_in_force": TimeInForce.GTD, "expire_ns": Nanos(1_700_003_600_000_000_000)},
        {
            "expiretm": "1700003600",
            "-goodTillDate": "1700003600000",
            "-expireTime": "1700003600000",
            "-goodTillTimeInSeconds": "3600",
        },
    ),
    "spot market buy with cost": ({**MARKET, "size": None, "quote_size": Decimal(100)}, {}),
    # No such field as marginMode is documented.
    "spot margin limit cross": (
        {"margin_mode": MarginMode.CROSS, "leverage": Decimal(3)},
        {"-marginMode": "cross"},
    ),
    "spot stopLossPrice market": (stop(OrderType.STOP, 54000), {}),
    "spot stopLossPrice limit": (stop(OrderType.STOP_LIMIT, 54000, Decimal(53400)), {}),
    "spot takeProfitPrice market": (stop(OrderType.TAKE_PROFIT, 66000), {}),
    "spot takeProfitPrice limit": (
        stop(OrderType.TAKE_PROFIT_LIMIT, 66000, Decimal(66000)),
        {},
    ),
    # `last` is the default trigger and goes unsaid; Kraken's trailing stops have no activation.
    "spot trailingPercent": (
        trail(1, OffsetUnit.PERCENT),
        {"-trigger": "last", "-trailingTriggerPrice": "60600.0", "-triggerDirection": "descending"},
    ),
    "spot trailingAmount": (
        trail(100, OffsetUnit.PRICE),
        {"-trigger": "last", "-trailingTriggerPrice": "60600.0", "-triggerDirection": "descending"},
    ),
    # ccxt loses the price that an iceberg needs.
    "spot iceberg displayvol": (
        {"type": OrderType.ICEBERG, "display_size": Decimal("0.001")},
        {"price": "60000"},
    ),
    # The documents write close[...], and one of them; ccxt's fields mean nothing to Kraken.
    "spot attached stopLoss+takeProfit": (
        {"exit": AttachedExit(stop_loss=Decimal(54000))},
        {
            "close[ordertype]": "stop-loss",
            "close[price]": "54000",
            "-stopLoss[triggerPrice]": "54000.0",
            "-stopLoss[type]": "market",
            "-takeProfit[triggerPrice]": "66000.0",
            "-takeProfit[type]": "market",
        },
    ),
}
# ccxt sends these as plain orders with fields that Kraken does not know: they would fill at once.
NOT_MEANT = {
    "spot stop market (triggerPrice)",
    "spot stop limit (triggerPrice)",
    "spot stopLossPrice+takeProfitPrice (OCO-like)",
    "spot margin limit isolated",
}


def theirs(method: str, case: str) -> tuple[str, dict[str, Any]]:
    """(path, fields) of one of ccxt's requests, nonce left out."""
    methods = recorded("ccxt/request/kraken.json")["methods"]
    found = next(one for one in methods[method] if one["description"] == case)
    text = found["output"]
    fields = json.loads(text) if text.startswith("{") else dict(parse_qsl(text))
    assert str(fields.pop("nonce")) == str(NONCE)
    return urlsplit(found["url"]).path, fields


def ours(request: HttpRequest) -> tuple[str, dict[str, Any]]:
    """The same of one of ours, as it is sent."""
    signed = KrakenSigner().sign(request, CREDENTIALS, NOW, NONCE)
    text = signed.body.decode()
    fields = json.loads(text) if text.startswith("{") else dict(parse_qsl(text))
    assert int(fields.pop("nonce")) == NONCE
    return signed.path, fields


@pytest.mark.parametrize("case", PLACED)
def test_orders_are_placed_as_ccxt_places_them(case: str) -> None:
    changes, differences = PLACED[case]
    path, fields = theirs("createOrder", case)
    for name, value in differences.items():
        if name.startswith("-"):
            assert str(fields.pop(name[1:])) == value
        else:
            assert name not in fields
            fields[name] = value
    fields.setdefault("cl_ord_id", "desk-1")  # every order of ours carries one
    assert ours(trading().place(an_order(**changes)).request) == (path, fields)


def test_every_order_of_ccxt_was_looked_at() -> None:
    cases = {
        one["description"]
        for one in recorded("ccxt/request/kraken.json")["methods"]["createOrder"]
        if "error" not in one
    }
    assert cases == PLACED.keys() | NOT_MEANT
    with pytest.raises(Unsupported):
        trading().place(an_order(margin_mode=MarginMode.ISOLATED))


def test_other_requests_are_as_ccxt_makes_them() -> None:
    desk = trading()
    path, fields = theirs("cancelOrder", "spot")
    assert ours(desk.cancel(a_cancel(venue_id="123456")).request) == (path, fields)
    path, fields = theirs("cancelOrder", "spot by clientOrderId")
    assert ours(desk.cancel(a_cancel("myorder001")).request) == (path, fields)
    path, fields = theirs("cancelOrders", "spot")
    many = [a_cancel("a", "123456"), a_cancel("b", "123457")]
    assert ours(desk.cancel_many(many).request) == (path, fields)
    path, fields = theirs("cancelAllOrders", "all")
    assert ours(desk.cancel_all(None)[0].request) == (path, fields)
    path, fields = theirs("fetchOpenOrders", "all")
    assert ours(desk.open_orders()[0].request) == (path, fields)
    amendment = AmendOrder(
        instrument=an_order().instrument,
        client_id=an_order().client_id,
        venue_id=VenueOrderId("123456"),
        new_size=Decimal("0.01"),
        new_price=Decimal(60000),
    )
    assert ours(desk.amend(amendment).request) == theirs("editOrder", "spot limit")
    path, fields = theirs("createOrders", "spot two limits")
    batch = [an_order(), an_order(side=Side.SELL, price=Decimal(66000))]
    for order in fields["orders"]:
        order["cl_ord_id"] = "desk-1"
    assert ours(desk.place_many(batch).request) == (path, fields)
    # QueryOrders knows orders by txid only: ccxt's userref and the "None" it sends find nothing.
    path, fields = theirs("fetchOrder", "spot by clientOrderId")
    assert (path, fields["txid"]) == ("/0/private/QueryOrders", "None")


DECODERS: dict[str, Any] = {
    "TradeBalance": wire_rest.trade_balance,
    "AddOrder": wire_rest.added,
    "AddOrderBatch": wire_rest.added_batch,
    "AssetPairs": wire_rest.asset_pairs,
    "BalanceEx": wire_rest.balances,
    "CancelAll": wire_rest.cancelled,
    "CancelAllOrdersAfter": wire_rest.cancel_after,
    "CancelOrder": wire_rest.cancelled,
    "CancelOrderBatch": wire_rest.cancelled,
    "ClosedOrders": wire_rest.closed_orders,
    "OHLC": wire_rest.ohlc,
    "OpenOrders": wire_rest.open_orders,
    "OpenPositions": wire_rest.positions,
    "QueryOrders": wire_rest.orders,
    "Time": wire_rest.server_time,
    "TradesHistory": wire_rest.trades_history,
    "TradeVolume": wire_rest.trade_volume,
}
# Methods that the adapter has no use for; their envelope is read all the same.
UNUSED = {
    "Assets",
    "Depth",
    "DepositAddresses",
    "DepositStatus",
    "Ledgers",
    "SystemStatus",
    "Ticker",
    "Trades",
    "WalletTransfer",
    "Withdraw",
    "WithdrawStatus",
}
CAPTURED = {
    "http_asset_pairs_tokenized.json": "AssetPairs",
    "http_ohlc.json": "OHLC",
    "http_open_orders.json": "OpenOrders",
    "http_order_book.json": "Depth",
    "http_server_time.json": "Time",
    "http_spot_trade_balance.json": "TradeBalance",
    "http_ticker.json": "Ticker",
    "http_trades_history.json": "TradesHistory",
}


def replies() -> list[tuple[str, bytes]]:
    """(method, body) of every recorded spot reply."""
    found = [(method, captured(name)) for name, method in CAPTURED.items()]
    for entries in recorded("ccxt/response/kraken.json")["methods"].values():
        for entry in entries:
            body = json.dumps(entry["httpResponse"]).encode()
            found.append((entry["path"].rpartition("/")[2], body))
    pairs = next(line for line in lines("feeds/KRAKEN.jsonl.zst") if line["t"] == "http")
    found.append(("AssetPairs", pairs["data"].encode()))
    return found


def test_every_recorded_reply_is_read_and_every_key_is_modelled() -> None:
    for method, body in replies():
        decoder = DECODERS.get(method, wire_rest.server_time)
        if method in UNUSED:
            assert wire.read(wire_rest.reply, body, method).error == []
            continue
        unwrap(decoder, answer(body), method)
        assert unknown_keys(json.loads(body)["result"], decoder.type) == set(), method


def test_every_captured_spot_reply_and_frame_is_covered() -> None:
    folder = recording("captures/kraken")
    spot = {path.name for path in folder.iterdir() if "futures" not in path.name}
    assert {name for name in spot if name.startswith("http_")} == CAPTURED.keys()
    for name in sorted(spot - CAPTURED.keys() - {"ws_amend_order_request.json"}):
        frame = captured(name)
        message = wire.read(wire.envelope, frame, name)
        assert unknown_keys(json.loads(frame), wire.Envelope) == set()
        if message.channel:
            decoder = FRAMES[message.channel]
            wire.read(decoder, message.data, name)
            assert unknown_keys(json.loads(frame)["data"], decoder.type) == set()
        elif message.success:
            wire.read(wire.batch_result, message.result, name)


FRAMES: dict[str, Any] = {
    "book": wire.books,
    "level3": wire.level3,
    "trade": wire.trades,
    "ticker": wire.tickers,
    "ohlc": wire.candles,
}


def test_every_key_of_the_recorded_v1_day_is_modelled() -> None:
    kinds = {"ticker": wire_v1.Ticker, "book": wire_v1.BookPart}
    for line in lines("feeds/KRAKEN.jsonl.zst"):
        if line["t"] != "recv":
            continue
        frame = json.loads(line["data"])
        if isinstance(frame, dict):
            assert unknown_keys(frame, wire_v1.Event) == set()
            continue
        kind = frame[-2].partition("-")[0]
        if kind in kinds:
            for part in frame[1:-2]:
                assert unknown_keys(part, kinds[kind]) == set()
        if kind == "book":
            _, _, parts = wire_v1.split(line["data"].encode())
            for each in parts:
                wire.read(wire_v1.book, each, "v1 book")


def test_v2_golden_rows_have_no_unknown_key() -> None:
    rows = recording("tardis/mappers_golden.jsonl").read_text(encoding="utf-8").splitlines()
    for row in (json.loads(text) for text in rows):
        if row["exchange"] == "kraken" and isinstance(row["raw"], dict):
            assert unknown_keys(row["raw"], wire.Envelope) == set()
            decoder = FRAMES[row["raw"]["channel"]]
            assert unknown_keys(row["raw"]["data"], decoder.type) == set()


def unknown_keys(value: Any, model: Any) -> set[str]:
    """Keys of JSON that a wire type has no field for. Shapes: structs, lists, dicts, unions."""
    info = msgspec.inspect.type_info(model)
    return _unknown(value, info)


def test_the_key_check_sees_what_is_missing() -> None:
    assert unknown_keys([{"symbol": "X/Y", "surprise": 1}], wire.trades.type) == {"surprise"}


def _unknown(value: Any, info: Any) -> set[str]:
    match info:
        case msgspec.inspect.UnionType(types=types):
            found = [_unknown(value, one) for one in types if _fits(value, one)]
            return min(found, key=len, default=set())
        case msgspec.inspect.StructType(fields=fields) if isinstance(value, dict):
            known = {field.encode_name: field.type for field in fields}
            missing = {name for name in value if name not in known}
            parts = (_unknown(value[name], known[name]) for name in value if name in known)
            return missing.union(*parts)
        case msgspec.inspect.ListType(item_type=item) if isinstance(value, list):
            return set().union(*(_unknown(one, item) for one in value))
        case msgspec.inspect.DictType(value_type=item) if isinstance(value, dict):
            return set().union(*(_unknown(one, item) for one in value.values()))
        case _:
            return set()


def _fits(value: Any, info: Any) -> bool:
    if isinstance(value, dict):
        return isinstance(info, msgspec.inspect.StructType | msgspec.inspect.DictType)
    if isinstance(value, list):
        return isinstance(info, msgspec.inspect.ListType)
    return False


def test_a_recording_needs_no_subscription_to_be_heard() -> None:
    feed = kraken().feed
    assert feed is not None
    made = feed.session(FeedPlan(url="ws_public", listen=True), Shelf())
    assert made.ready
    assert made.prepare() == ()
