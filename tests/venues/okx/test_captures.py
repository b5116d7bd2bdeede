"""Every captured reply and frame, and peers' readings of the same kind, through the decoders. Each
JSON key is modelled or listed as ignored.
"""

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from argosy.books import Shelf
from argosy.model import (
    AmendOrder,
    CancelOrder,
    ClientOrderId,
    Fill,
    InstrumentId,
    OrderReport,
    OrderType,
    PlaceOrder,
    Side,
    Trigger,
)
from argosy.model.time import parse_utc
from argosy.ports import BookChanged, FeedPlan
from argosy.venues.catalog import Adapter, load
from argosy.venues.okx import wire, wire_account, wire_funding, wire_trade
from argosy.venues.okx.envelope import read_rows
from argosy.venues.okx.formats import FORMATS
from argosy.venues.okx.lineage import Lineage
from argosy.venues.okx.reports import algo_report, fill, order_report
from venues.okx.samples import CREDENTIALS, NOW, raw, reply

pytestmark = pytest.mark.recordings
D = Decimal
MODULES = (wire, wire_trade, wire_account, wire_funding)
IGNORED = {kind: keys for module in MODULES for kind, keys in module.IGNORED.items()}


def unknown_keys(value: dict[str, Any], kind: type) -> set[str]:
    """Keys that `kind` neither models nor lists as ignored, nested types included."""
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    found = set(value) - set(fields) - IGNORED[kind]
    for key, field in fields.items():
        (inner,) = [t for t in getattr(field.type, "__args__", ()) if t in IGNORED] or (None,)
        for item in value.get(key) or () if inner else ():
            found |= unknown_keys(item, inner)
    return {f"{kind.__name__}.{key}" if "." not in key else key for key in found}


def test_every_type_says_what_it_ignores() -> None:
    read = {
        kind
        for module in MODULES
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, wire.Wire) and kind is not wire.Wire
    }
    assert read == set(IGNORED)
    for kind in read:
        modelled = {field.encode_name for field in msgspec.structs.fields(kind)}
        assert not modelled & IGNORED[kind], kind


# --- captures -------------------------------------------------------------------------------------

SPREADS = "spread trading is not one of our capabilities"
TIERS = "position tiers are not one of our capabilities"
# file -> the type of its rows, or why it has none
CAPTURES: dict[str, type | str] = {
    "common_optional_string_to_u64.json": "no message: see test_empty_and_null_numbers",
    "http_get_account_positions-history.json": "closed positions are not one of our capabilities",
    "http_get_candlesticks_full.json": "arrays: see test_candles",
    "http_get_instruments_futures.json": wire.InstrumentRow,
    "http_get_mark_price.json": wire.MarkPriceRow,
    "http_get_option_summary.json": wire.GreeksRow,
    "http_get_order_book.json": wire.BookRow,
    "http_get_orders_algo_pending.json": wire_trade.AlgoRow,
    "http_get_orders_algo_pending_close_fraction.json": wire_trade.AlgoRow,
    "http_get_orders_history.json": wire_trade.OrderRow,
    "http_get_position_tiers.json": TIERS,
    "http_get_spread_orders.json": SPREADS,
    "http_get_spread_trades.json": SPREADS,
    "http_place_order_response.json": wire_trade.Ack,
    "http_set_position_mode_response.json": wire_account.PositionModeRow,
    "http_transaction_detail.json": wire_trade.FillRow,
    "ws_books_update.json": "levels: see test_a_captured_book",
    "ws_candle.json": "arrays: see test_candles",
    "ws_funding_rate.json": wire.FundingRow,
    "ws_instruments.json": wire.InstrumentRow,
    "ws_opt_summary.json": wire.GreeksRow,
    "ws_orders.json": wire_trade.OrderRow,
    "ws_orders_ioc.json": wire_trade.OrderRow,
    "ws_orders_liquidation.json": wire_trade.OrderRow,
    "ws_orders_option.json": wire_trade.OrderRow,
    "ws_sprd_orders.json": SPREADS,
    "ws_tickers.json": wire.TickerRow,
}


@pytest.fixture
def captures(recordings: Path) -> Callable[[str], Any]:
    return lambda name: json.loads((recordings / "captures/okx" / name).read_text())


def test_every_capture_is_accounted_for(recordings: Path) -> None:
    assert {path.name for path in (recordings / "captures/okx").iterdir()} == set(CAPTURES)


@pytest.mark.parametrize(
    ("name", "kind"), [(n, k) for n, k in CAPTURES.items() if not isinstance(k, str)]
)
def test_every_key_is_known(captures: Callable[[str], Any], name: str, kind: type) -> None:
    message = captures(name)
    rows = message if isinstance(message, list) else message.get("data", [message])
    assert rows
    for row in rows:
        assert not unknown_keys(row, kind)
        assert msgspec.json.decode(json.dumps(row), type=kind)
    if isinstance(message, dict) and "arg" in message:
        assert not unknown_keys(message["arg"], wire.Arg)
        assert not {k for k in message if k not in {"arg", "data", "action"}}


def pushed(okx: Adapter, message: Any) -> list[Any]:
    session = okx.private.private_session(okx.private.private_plans()[0], CREDENTIALS)
    return list(session.receive(json.dumps(message).encode(), NOW).events)


def heard(okx: Adapter, message: Any) -> list[Any]:
    session = okx.feed.session(FeedPlan(url="ws_public", listen=True), Shelf())
    return list(session.receive(json.dumps(message).encode(), NOW).events)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ws_orders", ("okx:BTC/USDT:USDT", "0.03", "0.021776769", "filled")),
        ("ws_orders_ioc", ("okx:BTC/USDT", "0.02", "0.1002", "partially_filled")),
        ("ws_orders_liquidation", ("okx:BTC/USDT:USDT", "0.5", "20.0", "filled")),
        ("ws_orders_option", ("okx:BTC/USD:BTC-250328-50000-C", "1", "0.0003", "filled")),
    ],
)
def test_order_pushes(
    okx: Adapter, captures: Any, name: str, expected: tuple[str, str, str, str]
) -> None:
    instrument, size, fee, state = expected
    execution, report = pushed(okx, captures(f"{name}.json"))
    assert isinstance(execution, Fill)
    assert isinstance(report, OrderReport)
    assert (execution.instrument, report.instrument) == (instrument, instrument)
    assert (execution.size, execution.fee) == (D(size), D(fee))
    assert report.status == state
    if name.endswith("liquidation"):
        assert report.reason == "full_liquidation"
        assert report.client_id is None


def test_market_frames(okx: Adapter, captures: Any) -> None:
    (ticker,) = heard(okx, captures("ws_tickers.json"))
    assert (ticker.bid, ticker.ask) == (D("8888.88"), D("9999.99"))
    (rate,) = heard(okx, captures("ws_funding_rate.json"))
    assert (rate.rate, rate.next_rate) == (D("0.0001"), D("0.0002"))
    (changed,) = heard(okx, captures("ws_instruments.json"))
    assert (changed.instrument, changed.status) == ("okx:BTC/USDT:USDT", "trading")
    rows = captures("ws_opt_summary.json")
    call, put = heard(
        okx, {"arg": {"channel": "opt-summary", "instFamily": "BTC-USD"}, "data": rows}
    )
    assert (call.delta, put.delta) == (D("0.5234"), D("-0.4766"))
    assert call.instrument == "okx:BTC/USD:BTC-250328-92000-C"


def test_a_captured_book(okx: Adapter, captures: Any) -> None:
    """An update with a checksum of its own book; as a snapshot it must not pass for that book."""
    message = captures("ws_books_update.json")
    assert set(message["data"][0]) < set(FORMATS["books-seq"].roles)
    message["arg"]["instId"] = "ETH-USDT"  # our listing's BTC-USDT has coarser prices
    shelf = Shelf()
    session = okx.feed.session(FeedPlan(url="ws_public", listen=True), shelf)
    text = json.dumps(message, separators=(",", ":")).encode()
    assert session.receive(text, NOW).events == ()  # no snapshot before it
    message["action"] = "snapshot"
    message["data"][0]["checksum"] = 0
    (event,) = session.receive(json.dumps(message, separators=(",", ":")).encode(), NOW).events
    assert isinstance(event, BookChanged)
    bids, asks = event.book.levels(400)
    assert (len(bids), len(asks)) == (8, 8)
    assert (bids[0], asks[0]) == ((D("8476.97"), D(256)), (D("8476.98"), D(415)))


def test_candles(okx: Adapter, captures: Any, recordings: Path) -> None:
    (candle,) = heard(okx, captures("ws_candle.json"))
    assert (candle.interval_s, candle.closed, candle.open) == (86400, True, D("8533.02"))
    call = okx.reference.candles(InstrumentId("okx:BTC/USDT:USDT"), 60, None, 10)
    body = (recordings / "captures/okx/http_get_candlesticks_full.json").read_bytes()
    assert [c.close for c in call.read(raw(body))] == [D("102806.1"), D("102820.4")]


def test_rest_orders_and_fills(okx: Adapter, captures: Any) -> None:
    names = okx.trading._names
    for name, kind, read in (
        ("http_get_orders_history.json", wire_trade.OrderRow, order_report),
        ("http_get_orders_algo_pending.json", wire_trade.AlgoRow, algo_report),
        ("http_get_orders_algo_pending_close_fraction.json", wire_trade.AlgoRow, algo_report),
    ):
        (row,) = read_rows(reply(captures(name)["data"]), kind, name)
        report = read(row, names, NOW)
        assert report.instrument == "okx:BTC/USDT:USDT"
    assert (report.type, report.trigger_price, report.size) == (OrderType.STOP, D(50000), None)
    assert report.reduce_only
    row = msgspec.convert(captures("http_transaction_detail.json"), wire_trade.FillRow)
    assert fill(row, names, NOW, Lineage()).fee == D("-0.042")
    placed = reply([captures("http_place_order_response.json")])
    order = PlaceOrder(
        instrument=InstrumentId("okx:BTC/USDT"), client_id=ClientOrderId("a"), side=Side.BUY,
        type=OrderType.LIMIT, size=D(1), price=D(1),
    )  # fmt: skip
    assert okx.trading.place(order).read(placed).venue_id == "12345678901234567890"
    mode = reply(captures("http_set_position_mode_response.json")["data"])
    assert okx.account.set_position_mode(long_short=True).read(mode) == "long_short_mode"
    (book,) = read_rows(reply(captures("http_get_order_book.json")["data"]), wire.BookRow, "a book")
    assert book.seq_id is None  # of before the ids: no stream can be joined to it


def test_empty_and_null_numbers(captures: Any) -> None:
    from argosy.venues.okx.values import number_or_none

    texts = [row["value"] for row in captures("common_optional_string_to_u64.json")]
    assert [number_or_none(text, "x") for text in texts] == [D(12345), None, None]


# --- a peer's readings ----------------------------------------------------------------------------


@pytest.fixture
def peer(recordings: Path) -> dict[str, Any]:
    return json.loads((recordings / "ccxt/response/okx.json").read_text())["methods"]


PEER_ROWS: dict[str, type] = {
    "fetchOrder": wire_trade.OrderRow,
    "fetchClosedOrders": wire_trade.OrderRow,
    "fetchCanceledOrders": wire_trade.OrderRow,
    "fetchMyTrades": wire_trade.FillRow,
    "fetchOrderTrades": wire_trade.FillRow,
    "fetchTradingFee": wire_account.FeeRow,
    "fetchOrderBook": wire.BookRow,
    "fetchTrades": wire.TradeRow,
    "fetchTicker": wire.TickerRow,
    "fetchTickers": wire.TickerRow,
    "fetchFundingRate": wire.FundingRow,
    "fetchOpenInterest": wire.OpenInterestRow,
    "fetchPosition": wire_account.PositionRow,
    "fetchMarkPrice": wire.MarkPriceRow,
    "fetchLeverage": wire_account.LeverageRow,
    "fetchPositions": wire_account.PositionRow,
    "setLeverage": wire_account.LeverageRow,
    "setPositionMode": wire_account.PositionModeRow,
    "fetchGreeks": wire.GreeksRow,
    "cancelAllOrdersAfter": wire_trade.CancelAfterRow,
    "fetchTime": wire.ServerTime,
    "fetchMarkets": wire.InstrumentRow,
    "fetchAccounts": wire_account.ConfigRow,
    "createOrder": wire_trade.Ack,
    "createOrders": wire_trade.Ack,
    "editOrder": wire_trade.Ack,
    "cancelOrder": wire_trade.Ack,
    "cancelOrders": wire_trade.Ack,
}


def test_every_key_of_the_peers_replies_is_known(peer: dict[str, Any]) -> None:
    for method, kind in PEER_ROWS.items():
        for case in peer[method]:
            for row in case["httpResponse"]["data"]:
                assert not unknown_keys(row, kind), method
    ordinary, triggers = peer["fetchOpenOrders"]
    assert not unknown_keys(ordinary["httpResponse"]["data"][0], wire_trade.OrderRow)
    assert not unknown_keys(triggers["httpResponse"]["data"][0], wire_trade.AlgoRow)
    trading, funding = peer["fetchBalance"]
    assert not unknown_keys(trading["httpResponse"]["data"][0], wire_account.BalanceRow)
    assert not unknown_keys(funding["httpResponse"]["data"][0], wire_account.FundingBalanceRow)


def answers(peer: dict[str, Any], method: str) -> Iterator[tuple[Any, Any]]:
    for case in peer[method]:
        yield raw(json.dumps(case["httpResponse"]).encode()), case["parsedResponse"]


def test_orders_read_as_the_peer_reads_them(okx: Adapter, peer: dict[str, Any]) -> None:
    btc = InstrumentId("okx:BTC/USDT")
    ((response, parsed),) = answers(peer, "fetchOrder")
    report = okx.trading.order(btc, "a", "1").read(response)
    assert report.venue_id == parsed["id"]
    assert (float(report.filled), float(report.average_price)) == (
        parsed["filled"],
        parsed["average"],
    )
    assert report.quote_size == 100
    (ordinary, listed), (triggers, _) = answers(peer, "fetchOpenOrders")
    (report,) = okx.trading.open_orders()[0].read(ordinary)
    assert (report.venue_id, float(report.price)) == (listed[0]["id"], listed[0]["price"])
    (report,) = okx.trading.open_orders()[2].read(triggers)
    assert (report.trigger_price, report.type) == (D(100), OrderType.STOP)
    ((response, parsed),) = answers(peer, "fetchMyTrades")
    (execution,) = okx.trading.fills(None)[0].read(response)
    (theirs,) = parsed
    assert execution.venue_trade_id == theirs["id"]
    assert float(execution.fee) == theirs["fee"]["cost"]
    assert execution.fee_currency == theirs["fee"]["currency"]
    assert execution.liquidity == theirs["takerOrMaker"]


def test_account_reads_as_the_peer_reads_it(okx: Adapter, peer: dict[str, Any]) -> None:
    (trading, parsed), (funding, held) = answers(peer, "fetchBalance")
    (balance,) = okx.account.balances()[0].read(trading)
    assert float(balance.free) == pytest.approx(parsed["USDT"]["free"])
    assert float(balance.total) == pytest.approx(parsed["USDT"]["total"])
    (balance,) = okx.account.funding_balances()[0].read(funding)
    assert float(balance.total) == held["ETH"]["total"]
    ((response, parsed),) = answers(peer, "fetchTradingFee")
    rates = okx.account.fees(InstrumentId("okx:BTC/USDT")).read(response)
    assert (float(rates.maker), float(rates.taker)) == (parsed["maker"], parsed["taker"])
    ((response, parsed),) = answers(peer, "fetchPosition")
    (position,) = okx.account.positions()[0].read(response)
    assert (float(position.size), position.side) == (parsed["contracts"], parsed["side"])
    assert float(position.entry_price) == parsed["entryPrice"]
    ((response, _),) = answers(peer, "fetchAccounts")
    assert "withdraw" in okx.account.key_info(CREDENTIALS).read(response).permissions
    ((response, parsed),) = answers(peer, "fetchTime")
    assert okx.reference.server_time().read(response) == parsed * 1_000_000


def test_the_other_replies_read(okx: Adapter, peer: dict[str, Any]) -> None:
    btc = InstrumentId("okx:BTC/USDT")
    change = AmendOrder(instrument=btc, client_id=ClientOrderId("a"), new_size=D(1))
    cancel = CancelOrder(instrument=btc, client_id=ClientOrderId("a"))
    order = PlaceOrder(
        instrument=btc, client_id=ClientOrderId("a"), side=Side.BUY, type=OrderType.STOP,
        size=D(1), trigger=Trigger(price=D(1)),
    )  # fmt: skip
    limit = msgspec.structs.replace(order, type=OrderType.LIMIT, trigger=None, price=D(2))
    (batch, _), (algo, _) = answers(peer, "createOrder")
    assert len(okx.trading.place_many([limit, limit]).read(batch)) == 2
    assert okx.trading.place(order).read(algo).venue_id == "12345689"
    ((response, _),) = answers(peer, "editOrder")
    assert okx.trading.amend(change).read(response) is None
    for response, _ in answers(peer, "cancelOrder"):
        assert okx.trading.cancel(cancel).read(response) is None
    ((response, _),) = answers(peer, "cancelOrders")
    assert okx.trading.cancel_many([cancel, cancel]).read(response) == [None, None]
    ((response, parsed),) = answers(peer, "fetchOHLCV")
    candles = okx.reference.candles(btc, 60, None, 2).read(response)
    assert {float(c.high) for c in candles} == {row[2] for row in parsed}
    ((response, _),) = answers(peer, "fetchMarkets")
    (spot,) = okx.reference.recognise("/api/v5/public/instruments", response)
    assert (spot.id, spot.margin) == (btc, True)
    ((response, _),) = answers(peer, "cancelAllOrdersAfter")
    assert okx.trading.cancel_all_after(60).read(response) is None


# --- another peer's normalisation of recorded streams -------------------------------------------


def golden(recordings: Path) -> Iterator[dict[str, Any]]:
    with (recordings / "tardis/mappers_golden.jsonl").open() as file:
        for line in file:
            case = json.loads(line)
            if case["exchange"].startswith("okex") and "arg" in case["raw"]:
                yield case


def test_recorded_streams_read_as_another_peer_reads_them(recordings: Path) -> None:
    seen: dict[str, int] = {}
    for case in golden(recordings):
        message = case["raw"]
        channel = message["arg"]["channel"]
        assert not unknown_keys(message["arg"], wire.Arg), channel
        kind = {
            "trades": wire.TradeRow, "trades-all": wire.TradeRow, "tickers": wire.TickerRow,
            "mark-price": wire.MarkPriceRow, "index-tickers": wire.IndexRow,
            "open-interest": wire.OpenInterestRow, "funding-rate": wire.FundingRow,
            "opt-summary": wire.GreeksRow, "liquidation-orders": wire.LiquidationRow,
            "price-limit": wire.PriceLimitRow,
        }.get(channel)  # fmt: skip
        if kind is None:
            continue
        for row in message["data"]:
            assert not unknown_keys(row, kind), channel
        events = heard(load("okx"), message)
        seen[channel] = seen.get(channel, 0) + len(events)
        theirs = [
            n for n in case["normalized"] if n["type"] in {"trade", "liquidation", "option_summary"}
        ]
        for ours, their in zip(events, theirs, strict=bool(theirs)):
            for mine, other in (
                ("price", "price"), ("size", "amount"), ("taker_side", "side"), ("delta", "delta"),
                ("vega", "vega"), ("mark_iv", "markIV"), ("bid_iv", "bestBidIV"),
                ("underlying_price", "underlyingPrice"),
            ):  # fmt: skip
                value = getattr(ours, mine, None)
                if value is not None and their.get(other) is not None:
                    plain = float(value) if isinstance(value, Decimal) else str(value)
                    assert plain == their[other], (channel, mine)
            at = parse_utc(their["timestamp"])
            assert ours.venue_ns // 1_000_000 == at // 1_000_000
    assert {"trades", "mark-price", "open-interest", "tickers"} <= set(seen)
