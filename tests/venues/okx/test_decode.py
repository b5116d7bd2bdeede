"""The data of public channels as events."""

from typing import Any

import pytest

from argosy.books import Shelf
from argosy.errors import WireError
from argosy.model import (
    Candle,
    FundingRate,
    IndexPrice,
    InstrumentChanged,
    InstrumentStatus,
    Liquidation,
    MarkPrice,
    OpenInterest,
    OptionGreeks,
    Side,
    Ticker,
    Trade,
)
from argosy.ports import Channel, FeedPlan
from argosy.venues.catalog import Adapter
from venues.okx.feeds import BTC, SWAP, T0, D, Feed, frame, sub


def heard(okx: Adapter, channel: str, data: list[Any], **arg: str) -> list[Any]:
    session = okx.feed.session(FeedPlan(url="ws_public", listen=True), Shelf())
    return list(session.receive(frame(channel, data, **arg), T0).events)


def test_trades(okx: Adapter) -> None:
    row = {
        "instId": "BTC-USDT", "tradeId": "130639474", "px": "42219.9", "sz": "0.12060306",
        "side": "buy", "ts": "1630048897897", "count": "3", "source": "0", "seqId": 1,
    }  # fmt: skip
    (trade,) = heard(okx, "trades", [row], instId="BTC-USDT")
    assert isinstance(trade, Trade)
    assert (trade.taker_side, trade.price, trade.size) == (Side.BUY, D("42219.9"), D("0.12060306"))
    assert (trade.trades, trade.venue_trade_id) == (3, "130639474")
    assert len(heard(okx, "trades-all", [row, row], instId="BTC-USDT")) == 2
    for broken in ({"side": "up"}, {"px": ""}, {"sz": "0"}, {"ts": "x"}, {"instId": "?"}):
        with pytest.raises(WireError):
            heard(okx, "trades", [row | broken])


def test_tickers(okx: Adapter) -> None:
    row = {
        "instType": "SPOT", "instId": "BTC-USDT", "last": "9999.99", "lastSz": "0.1",
        "askPx": "", "askSz": "0", "bidPx": "8888.88", "bidSz": "5", "vol24h": "2", "ts": "1",
        "volCcy24h": "20000", "open24h": "9000", "high24h": "10000", "low24h": "8888.88",
    }  # fmt: skip
    (spot,) = heard(okx, "tickers", [row])
    assert isinstance(spot, Ticker)
    assert (spot.bid, spot.ask, spot.ask_size) == (D("8888.88"), None, None)
    assert (spot.volume_24h, spot.quote_volume_24h) == (D(2), D(20000))
    (swap,) = heard(okx, "tickers", [row | {"instId": "BTC-USDT-SWAP"}])
    assert swap.quote_volume_24h is None  # volCcy24h of a contract is in base coins


def test_prices_and_rates(okx: Adapter) -> None:
    swap = {"instId": "BTC-USDT-SWAP", "instType": "SWAP", "ts": "1597026383085"}
    (rate,) = heard(okx, "funding-rate", [swap | {
        "fundingRate": "0.0001", "fundingTime": "1703088000000", "nextFundingRate": "",
        "nextFundingTime": "1703116800000", "method": "current_period", "settState": "settled",
    }])  # fmt: skip
    assert isinstance(rate, FundingRate)
    assert (rate.rate, rate.next_rate) == (D("0.0001"), None)
    assert rate.funding_ns == 1703088000000 * 1_000_000
    (mark,) = heard(okx, "mark-price", [swap | {"markPx": "42310.6"}])
    assert isinstance(mark, MarkPrice)
    (interest,) = heard(okx, "open-interest", [swap | {"oi": "5000", "oiCcy": "555.55"}])
    assert isinstance(interest, OpenInterest)
    assert (interest.size, interest.base_size) == (D(5000), D("555.55"))
    limits = {"buyLmt": "300", "sellLmt": "200", "enabled": True}
    assert heard(okx, "price-limit", [swap | limits]) == []


def test_an_index_prices_every_instrument_on_it(okx: Adapter) -> None:
    row = {"instId": "BTC-USDT", "idxPx": "4400", "ts": "1597026383085"}
    found = heard(okx, "index-tickers", [row])
    assert {type(event) for event in found} == {IndexPrice}
    assert {event.instrument for event in found} == {BTC, SWAP}
    feed = Feed(okx, sub(Channel.INDEX_PRICE, SWAP))
    (only,) = feed.session.receive(frame("index-tickers", [row], instId="BTC-USDT"), T0).events
    assert only.instrument == SWAP


def test_liquidations_of_what_was_asked_for(okx: Adapter) -> None:
    details = [{"side": "sell", "posSide": "long", "bkPx": "30", "sz": "7", "ts": "1", "ccy": ""}]
    rows = [{"instId": i, "instType": "SWAP", "details": details} for i in
            ("BTC-USDT-SWAP", "XRP-USDT-SWAP")]  # fmt: skip
    assert len(heard(okx, "liquidation-orders", rows, instType="SWAP")) == 2
    feed = Feed(okx, sub(Channel.LIQUIDATIONS, SWAP))
    message = frame("liquidation-orders", rows, instType="SWAP")
    (event,) = feed.session.receive(message, T0).events
    assert isinstance(event, Liquidation)
    assert (event.instrument, event.side, event.price, event.size) == (SWAP, Side.SELL, D(30), D(7))


def test_greeks(okx: Adapter) -> None:
    row = {
        "instId": "BTC-USD-261225-100000-C", "ts": "1597026383085", "delta": "0.5", "gamma": "0.1",
        "theta": "-0.001", "vega": "0.003", "markVol": "0.53", "bidVol": "", "askVol": "0.55",
        "fwdPx": "92150.50", "deltaBS": "0.4", "volLv": "0",
    }  # fmt: skip
    (event,) = heard(okx, "opt-summary", [row], instFamily="BTC-USD")
    assert isinstance(event, OptionGreeks)
    assert (event.delta, event.theta, event.mark_iv) == (D("0.5"), D("-0.001"), D("0.53"))
    assert (event.bid_iv, event.underlying_price) == (None, D("92150.50"))
    assert heard(okx, "opt-summary", [row | {"delta": ""}]) == []


def test_instruments_that_change(okx: Adapter) -> None:
    row = {
        "instType": "SWAP", "instId": "BTC-USDT-SWAP", "settleCcy": "USDT", "ctVal": "0.01",
        "ctMult": "1", "tickSz": "0.01", "lotSz": "1", "state": "suspend",
    }  # fmt: skip
    (event,) = heard(okx, "instruments", [row], instType="SWAP")
    assert isinstance(event, InstrumentChanged)
    assert event.status is InstrumentStatus.SUSPENDED
    assert heard(okx, "instruments", [row | {"instType": "EVENTS", "instId": "a b"}]) == []


def test_candles(okx: Adapter) -> None:
    row = ["1597026360000", "8533.02", "8553.74", "8527.17", "8548.26", "45247", "529", "5529", "0"]
    for name in ("candle1m", "candle1D", "candle1Dutc"):
        (event,) = heard(okx, name, [row], instId="BTC-USDT")
        assert isinstance(event, Candle)
        assert event.interval_s == (60 if name == "candle1m" else 86400)
        assert not event.closed
    with pytest.raises(WireError, match="interval"):
        heard(okx, "candle1M", [row], instId="BTC-USDT")
    with pytest.raises(WireError, match="parts"):
        heard(okx, "candle1m", [row[:4]], instId="BTC-USDT")


def test_channels_nobody_modelled_are_left_alone(okx: Adapter) -> None:
    assert heard(okx, "adl-warning", [{"anything": 1}]) == []
    with pytest.raises(WireError, match="arg"):
        okx.feed.session(FeedPlan(url="ws_public", listen=True), Shelf()).receive(b"{}", T0)
