"""Messages of the public channels of WebSocket v2 other than the book.

https://docs.kraken.com/api/docs/websocket-v2/ticker and its neighbours (read 2026-11-22)
"""

from decimal import Decimal
from typing import Any

from argosy.model.time import MINUTE
from argosy.sandbox.engine import Bar, BookSide, Listing, TradePrint
from argosy.sandbox.kraken.names import ASSET_DECIMALS
from argosy.sandbox.kraken.public import status_of
from argosy.sandbox.kraken.wire import decimal_number, encode, number, stamp
from argosy.sandbox.world import Venue

SNAPSHOT_TRADES = 50
SNAPSHOT_CANDLES = 300


def message(channel: str, kind: str, data: list[Any]) -> str:
    """One message of a channel."""
    return encode({"channel": channel, "type": kind, "data": data})


def trade_row(listing: Listing, print_: TradePrint) -> dict[str, Any]:
    """One public trade."""
    spec = listing.spec
    return {
        "symbol": spec.instrument.venue_symbol,
        "side": str(print_.taker_side),
        "price": number(spec.price_text(print_.price)),
        "qty": number(spec.size_text(print_.size)),
        "ord_type": "market" if print_.taker_is_market else "limit",
        "trade_id": print_.trade_id,
        "timestamp": stamp(print_.at_ns),
    }


def trades_snapshot(listing: Listing) -> str:
    """The last trades, oldest first."""
    prints = list(listing.tape.prints)[-SNAPSHOT_TRADES:]
    return message("trade", "snapshot", [trade_row(listing, print_) for print_ in prints])


def _best(listing: Listing, side: BookSide) -> tuple[Any, Any]:
    level, spec = side.best(), listing.spec
    if level is None:
        return number("0.0"), number("0.0")
    return number(spec.price_text(level.price)), number(spec.size_text(level.size))


def ticker(listing: Listing, kind: str, now_ns: int) -> str:
    """The ticker of a pair."""
    spec = listing.spec
    day = listing.tape.day(now_ns)
    last = listing.tape.minutes[-1].close if listing.tape.minutes else listing.last
    bar = day or Bar(0, last)
    bid, bid_qty = _best(listing, listing.book.bids)
    ask, ask_qty = _best(listing, listing.book.asks)
    change = spec.price(last - bar.open)
    percent = change / spec.price(bar.open) * 100 if bar.open else Decimal(0)
    row = {
        "symbol": spec.instrument.venue_symbol,
        "bid": bid,
        "bid_qty": bid_qty,
        "ask": ask,
        "ask_qty": ask_qty,
        "last": number(spec.price_text(last)),
        "volume": number(spec.size_text(bar.volume)),
        "vwap": decimal_number(bar.vwap(spec), spec.price_decimals),
        "low": number(spec.price_text(bar.low)),
        "high": number(spec.price_text(bar.high)),
        "change": decimal_number(change, spec.price_decimals),
        "change_pct": decimal_number(percent, 2),
        "timestamp": stamp(now_ns),
    }
    return message("ticker", kind, [row])


def candle_row(listing: Listing, bar: Bar, interval: int) -> dict[str, Any]:
    """One candle."""
    spec = listing.spec
    return {
        "symbol": spec.instrument.venue_symbol,
        "open": number(spec.price_text(bar.open)),
        "high": number(spec.price_text(bar.high)),
        "low": number(spec.price_text(bar.low)),
        "close": number(spec.price_text(bar.close)),
        "trades": bar.trades,
        "volume": number(spec.size_text(bar.volume)),
        "vwap": decimal_number(bar.vwap(spec), spec.price_decimals),
        "interval_begin": stamp(bar.open_ns, 9),
        "interval": interval,
        "timestamp": stamp(bar.open_ns + interval * MINUTE),
    }


def candles(listing: Listing, interval: int, kind: str) -> str:
    """The last candles (snapshot), or the running one (update)."""
    bars = listing.tape.bars(interval * MINUTE)
    bars = bars[-SNAPSHOT_CANDLES:] if kind == "snapshot" else bars[-1:]
    rows = [candle_row(listing, bar, interval) for bar in bars]
    return encode(
        {
            "channel": "ohlc",
            "type": kind,
            "timestamp": stamp(bars[-1].open_ns if bars else 0),
            "data": rows,
        }
    )


def pair_row(listing: Listing) -> dict[str, Any]:
    """One pair of the instrument channel."""
    spec = listing.spec
    instrument = spec.instrument
    row: dict[str, Any] = {
        "symbol": instrument.venue_symbol,
        "base": instrument.base,
        "quote": instrument.quote,
        "status": status_of(listing),
        "qty_precision": spec.size_decimals,
        "qty_increment": number(f"{instrument.size_increment:f}"),
        "price_precision": spec.price_decimals,
        "cost_precision": 5,
        "marginable": instrument.margin,
        "has_index": True,
        "cost_min": number(f"{instrument.min_notional or Decimal(0):f}"),
        "price_increment": number(f"{instrument.price_increment:f}"),
        "qty_min": number(f"{instrument.min_size or Decimal(0):f}"),
    }
    if instrument.margin:
        row |= {
            "margin_initial": number(f"{1 / spec.max_leverage:.2f}"),
            "position_limit_long": 250,
            "position_limit_short": 200,
        }
    return row


def instruments(listings: list[Listing], kind: str) -> str:
    """Assets and pairs."""
    currencies: dict[str, None] = {}
    if kind == "snapshot":
        for listing in listings:
            currencies[listing.spec.instrument.base] = None
            currencies[listing.spec.instrument.quote] = None
    assets = []
    for currency in currencies:
        decimals, shown = ASSET_DECIMALS.get(currency, (10, 5))
        assets.append(
            {
                "id": currency,
                "status": "enabled",
                "precision": decimals,
                "precision_display": shown,
                "borrowable": True,
                "collateral_value": number("1.00"),
                "margin_rate": number("0.020000"),
            }
        )
    data = {"assets": assets, "pairs": [pair_row(listing) for listing in listings]}
    return encode({"channel": "instrument", "type": kind, "data": data})


def status(venue: Venue, connection_id: int) -> str:
    """The status message that every connection begins with."""
    row = {
        "version": "2.0.0",
        "system": venue.status,
        "api_version": "v2",
        "connection_id": connection_id,
    }
    return message("status", "update", [row])
