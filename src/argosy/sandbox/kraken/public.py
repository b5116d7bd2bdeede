"""Kraken's public REST methods.

https://docs.kraken.com/api/docs/category/rest-api/market-data (read 2026-11-22)
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from argosy.model import InstrumentStatus
from argosy.model.time import MINUTE, SECOND, Nanos, format_utc
from argosy.sandbox.engine import BookSide, Listing, Spec
from argosy.sandbox.kraken.names import (
    ASSET_DECIMALS,
    Names,
    asset_alt,
    asset_code,
    asset_of,
    pair_alt,
    pair_key,
    pair_ws,
)
from argosy.sandbox.kraken.wire import INVALID, KrakenError, places, seconds
from argosy.sandbox.world import Venue

Parameters = dict[str, str]
INTERVALS = (1, 5, 15, 30, 60, 240, 1440, 10080, 21600)
_STATUS = {
    InstrumentStatus.TRADING: "online",
    InstrumentStatus.SUSPENDED: "cancel_only",
    InstrumentStatus.EXPIRED: "delisted",
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed")


def status_of(listing: Listing) -> str:
    """A pair's status in Kraken's words."""
    return _STATUS.get(listing.status, str(listing.status))


def whole(parameters: Parameters, name: str, default: int) -> int:
    """An integer parameter."""
    text = parameters.get(name, "")
    if not text:
        return default
    try:
        return int(text)
    except ValueError:
        raise KrakenError(f"{INVALID}:{name}") from None


class Public:
    """The methods under /0/public."""

    def __init__(self, venue: Venue, names: Names) -> None:
        self._venue = venue
        self._names = names
        self.methods: dict[str, Callable[[Parameters], Any]] = {
            "Time": self.time,
            "SystemStatus": self.system_status,
            "Assets": self.assets,
            "AssetPairs": self.asset_pairs,
            "Ticker": self.ticker,
            "OHLC": self.ohlc,
            "Depth": self.depth,
            "Trades": self.trades,
            "Spread": self.spread,
        }

    def _listing(self, parameters: Parameters) -> Listing:
        if "pair" not in parameters:
            raise KrakenError(INVALID)
        found = self._names.rest(parameters["pair"])
        if found is None:
            raise KrakenError("EQuery:Unknown asset pair")
        return found

    def _listings(self, parameters: Parameters) -> list[Listing]:
        names = parameters.get("pair", "")
        if not names:
            return list(self._venue.engine.listings.values())
        return [self._listing({"pair": name}) for name in names.split(",")]

    def time(self, parameters: Parameters) -> Any:
        """Time."""
        del parameters
        now = self._venue.now_ns() // SECOND
        stamp = format_utc(Nanos(now * SECOND), 0)
        month = _MONTHS[int(stamp[5:7]) - 1]
        day = _DAYS[now // 86_400 % 7]
        text = f"{day}, {int(stamp[8:10]):2d} {month} {stamp[2:4]} {stamp[11:19]} +0000"
        return {"unixtime": now, "rfc1123": text}

    def system_status(self, parameters: Parameters) -> Any:
        """SystemStatus."""
        del parameters
        return {
            "status": self._venue.status,
            "timestamp": format_utc(Nanos(self._venue.now_ns()), 0),
        }

    def currencies(self) -> list[str]:
        """Every currency of every pair."""
        found: dict[str, None] = {}
        for spec in self._venue.specs():
            found[spec.instrument.base] = None
            found[spec.instrument.quote] = None
        return list(found)

    def assets(self, parameters: Parameters) -> Any:
        """Assets."""
        known = self.currencies()
        wanted = parameters.get("asset", "")
        if wanted:
            chosen = [asset_of(name, known) for name in wanted.split(",")]
            if None in chosen:
                raise KrakenError("EQuery:Unknown asset")
            known = [currency for currency in chosen if currency is not None]
        found = {}
        for currency in known:
            decimals, shown = ASSET_DECIMALS.get(currency, (10, 5))
            found[asset_code(currency)] = {
                "aclass": "currency",
                "altname": asset_alt(currency),
                "decimals": decimals,
                "display_decimals": shown,
                "status": "enabled",
            }
        return found

    def asset_pairs(self, parameters: Parameters) -> Any:
        """AssetPairs."""
        listings = self._listings(parameters)
        return {pair_key(listing.spec): _pair(listing) for listing in listings}

    def ticker(self, parameters: Parameters) -> Any:
        """Ticker."""
        now = self._venue.now_ns()
        return {pair_key(item.spec): _ticker(item, now) for item in self._listings(parameters)}

    def ohlc(self, parameters: Parameters) -> Any:
        """OHLC: up to 720 candles, the running one last."""
        listing = self._listing(parameters)
        interval = whole(parameters, "interval", 1)
        if interval not in INTERVALS:
            raise KrakenError(f"{INVALID}:interval")
        since = whole(parameters, "since", 0)
        spec = listing.spec
        rows = []
        for bar in listing.tape.bars(interval * MINUTE)[-720:]:
            start = bar.open_ns // SECOND
            if start < since:
                continue
            vwap = bar.vwap(spec) if bar.volume else Decimal(0)
            texts = [spec.price_text(p) for p in (bar.open, bar.high, bar.low, bar.close)]
            rows.append(
                [
                    start,
                    *texts,
                    places(vwap, spec.price_decimals),
                    spec.size_text(bar.volume),
                    bar.trades,
                ]
            )
        last = rows[-2][0] if len(rows) > 1 else since
        return {pair_key(spec): rows, "last": last}

    def depth(self, parameters: Parameters) -> Any:
        """Depth."""
        listing = self._listing(parameters)
        count = min(max(whole(parameters, "count", 100), 1), 500)
        at = self._venue.now_ns() // SECOND
        spec, book = listing.spec, listing.book
        return {
            pair_key(spec): {
                "asks": _levels(spec, book.asks, count, at),
                "bids": _levels(spec, book.bids, count, at),
            }
        }

    def trades(self, parameters: Parameters) -> Any:
        """Trades; `last` is the id (ns) to go on from."""
        listing = self._listing(parameters)
        count = min(max(whole(parameters, "count", 1000), 1), 1000)
        since = whole(parameters, "since", 0)
        if 0 < since < 10**12:
            since *= SECOND
        prints = [p for p in listing.tape.prints if p.at_ns > since]
        prints = prints[:count] if since else prints[-count:]
        spec = listing.spec
        rows = [
            [
                places(spec.price(p.price), 5),
                spec.size_text(p.size),
                seconds(p.at_ns, 7),
                "b" if p.taker_side == "buy" else "s",
                "m" if p.taker_is_market else "l",
                "",
                p.trade_id,
            ]
            for p in prints
        ]
        last = prints[-1].at_ns if prints else since or self._venue.now_ns()
        return {pair_key(spec): rows, "last": str(last)}

    def spread(self, parameters: Parameters) -> Any:
        """Spread: the current best prices only; no history is kept."""
        listing = self._listing(parameters)
        spec, now = listing.spec, self._venue.now_ns() // SECOND
        bid, ask = listing.book.bids.best_price(), listing.book.asks.best_price()
        rows = []
        if bid is not None and ask is not None:
            rows = [[now, spec.price_text(bid), spec.price_text(ask)]]
        return {pair_key(spec): rows, "last": now}


def _levels(spec: Spec, side: BookSide, count: int, at: int) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for level in side:
        if len(rows) == count:
            break
        rows.append([places(spec.price(level.price), 5), spec.size_text(level.size), at])
    return rows


def _pair(listing: Listing) -> dict[str, Any]:
    spec = listing.spec
    instrument = spec.instrument
    top = int(spec.max_leverage)
    leverages = list(range(2, top + 1)) if instrument.margin else []
    return {
        "altname": pair_alt(spec),
        "wsname": pair_ws(spec),
        "aclass_base": "currency",
        "base": asset_code(instrument.base),
        "aclass_quote": "currency",
        "quote": asset_code(instrument.quote),
        "lot": "unit",
        "cost_decimals": 5,
        "pair_decimals": spec.price_decimals,
        "lot_decimals": spec.size_decimals,
        "lot_multiplier": 1,
        "leverage_buy": leverages,
        "leverage_sell": leverages,
        "fees": [[0, float(spec.taker_rate * 100)]],
        "fees_maker": [[0, float(spec.maker_rate * 100)]],
        "fee_volume_currency": "ZUSD",
        "margin_call": 80,
        "margin_stop": 40,
        "ordermin": f"{instrument.min_size:f}",
        "costmin": f"{instrument.min_notional:f}",
        "tick_size": f"{instrument.price_increment:f}",
        "status": status_of(listing),
        "long_position_limit": 250,
        "short_position_limit": 200,
    }


def _ticker(listing: Listing, now_ns: int) -> dict[str, Any]:
    spec = listing.spec
    day = listing.tape.day(now_ns)
    midnight = now_ns - now_ns % (86_400 * SECOND)
    today = listing.tape.bars(1440 * MINUTE, midnight)
    bars = [today[-1] if today else None, day]
    last = listing.tape.minutes[-1].close if listing.tape.minutes else listing.last

    def best(side: BookSide) -> list[str]:
        level = side.best()
        if level is None:
            return ["0.00000", "0", "0.000"]
        size = spec.size(level.size)
        return [places(spec.price(level.price), 5), str(int(size)), places(size, 3)]

    def price(units: int) -> str:
        return places(spec.price(units), 5)

    size = listing.tape.prints[-1].size if listing.tape.prints else spec.min_size
    return {
        "a": best(listing.book.asks),
        "b": best(listing.book.bids),
        "c": [price(last), spec.size_text(size)],
        "v": [spec.size_text(bar.volume if bar else 0) for bar in bars],
        "p": [places(bar.vwap(spec) if bar else Decimal(0), 5) for bar in bars],
        "t": [bar.trades if bar else 0 for bar in bars],
        "l": [price(bar.low if bar else last) for bar in bars],
        "h": [price(bar.high if bar else last) for bar in bars],
        "o": price(bars[0].open if bars[0] else last),
    }
