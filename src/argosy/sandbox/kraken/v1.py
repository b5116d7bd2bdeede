"""WebSocket v1, public channels: book, trade, ticker, ohlc, spread. Frozen at Kraken, still served.

https://docs.kraken.com/api/docs/websocket-v1/book and its neighbours (read 2026-11-22)
"""

import json
import zlib
from collections.abc import Callable
from itertools import islice
from typing import Any

from argosy.model import InstrumentId, Side
from argosy.model.time import MINUTE, SECOND
from argosy.sandbox.engine import BookChange, Listing, TradePrint
from argosy.sandbox.kraken.names import Names, pair_ws
from argosy.sandbox.kraken.public import INTERVALS, ticker_row
from argosy.sandbox.kraken.v2_books import CHECKED, DEPTHS, DepthView
from argosy.sandbox.kraken.wire import encode, places
from argosy.sandbox.sockets import Connection
from argosy.sandbox.world import Venue

Key = tuple[str, InstrumentId, int]  # channel, instrument, depth or interval
HEARTBEAT = '{"event":"heartbeat"}'
LEAST_DECIMALS = 5  # v1 writes prices with five decimals at least


def price_text(listing: Listing, price: int) -> str:
    """A price in v1's decimals."""
    spec = listing.spec
    return places(spec.price(price), max(LEAST_DECIMALS, spec.price_decimals))


def stamp(at_ns: int) -> str:
    """Unix seconds to the microsecond, as text."""
    return f"{at_ns // SECOND}.{at_ns % SECOND // 1000:06d}"


def checksum(listing: Listing) -> str:
    """CRC32 of the ten best asks, then bids, over v1's own digits."""
    digits = "".join(
        price_text(listing, level.price).replace(".", "").lstrip("0") + str(level.size)
        for side in (listing.book.asks, listing.book.bids)
        for level in islice(side, CHECKED)
    )
    return str(zlib.crc32(digits.encode()))


class HubV1:
    """Hears the engine for every v1 connection."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self.sessions: dict[V1Session, None] = {}
        self._heard: dict[Key, dict[V1Session, None]] = {}
        self._views: dict[Key, DepthView] = {}
        self._channels: dict[Key, int] = {}
        venue.engine.on(BookChange, self._book)
        venue.engine.on(TradePrint, self._trade)

    def channel(self, key: Key) -> int:
        """The channel's number."""
        return self._channels.setdefault(key, 300 + len(self._channels))

    def view(self, key: Key) -> DepthView:
        """The book view of a channel."""
        if key not in self._views:
            self._views[key] = DepthView(self.venue.engine.listings[key[1]], key[2])
        return self._views[key]

    def add(self, key: Key, session: "V1Session") -> None:
        """Start telling."""
        self._heard.setdefault(key, {})[session] = None

    def drop(self, key: Key, session: "V1Session") -> None:
        """Stop telling."""
        heard = self._heard.get(key, {})
        heard.pop(session, None)
        if not heard:
            self._heard.pop(key, None)
            self._views.pop(key, None)

    def leave(self, session: "V1Session") -> None:
        """Forget a session."""
        self.sessions.pop(session, None)
        for key in [key for key, heard in self._heard.items() if session in heard]:
            self.drop(key, session)

    def frame(self, key: Key, *payload: object) -> str:
        """[channel number, payload..., channel name, pair]."""
        listing = self.venue.engine.listings[key[1]]
        name = f"{key[0]}-{key[2]}" if key[0] in {"book", "ohlc"} else key[0]
        return encode([self.channel(key), *payload, name, pair_ws(listing.spec)])

    def _tell(self, key: Key, make: Callable[[], str]) -> None:
        heard = self._heard.get(key)
        if heard:
            text = make()
            for session in tuple(heard):
                session.tell(text, key[0])

    def _book(self, event: BookChange) -> None:
        listing, now = self.venue.engine.listings[event.instrument], self.venue.now_ns()
        for key, view in tuple(self._views.items()):
            if key[1] != event.instrument:
                continue
            changed = view.changes()
            if changed is None:
                continue
            parts: list[dict[str, Any]] = [
                {name: rows(listing, changed[side], now)}
                for name, side in (("a", Side.SELL), ("b", Side.BUY))
                if changed[side]
            ]
            parts[-1]["c"] = checksum(listing)
            text = self.frame(key, *parts)
            for session in tuple(self._heard.get(key, ())):
                session.tell(text, "book")
        key = ("spread", event.instrument, 0)
        self._tell(key, lambda: self.frame(key, spread(listing, now)))

    def _trade(self, event: TradePrint) -> None:
        listing, now = self.venue.engine.listings[event.instrument], self.venue.now_ns()
        row = [
            price_text(listing, event.price),
            listing.spec.size_text(event.size),
            stamp(event.at_ns),
            "b" if event.taker_side is Side.BUY else "s",
            "m" if event.taker_is_market else "l",
            "",
        ]
        trade: Key = ("trade", event.instrument, 0)
        self._tell(trade, lambda: self.frame(trade, [row]))
        ticker: Key = ("ticker", event.instrument, 0)
        self._tell(ticker, lambda: self.frame(ticker, ticker_v1(listing, now)))
        for key in tuple(self._heard):
            if key[0] == "ohlc" and key[1] == event.instrument:
                text = self.frame(key, candle(listing, key[2], now))
                for session in tuple(self._heard[key]):
                    session.tell(text, "ohlc")

    def heartbeat(self) -> None:
        """One a second to whoever subscribed."""
        for session in tuple(self.sessions):
            if session.keys:
                session.tell(HEARTBEAT, "heartbeat")


def rows(listing: Listing, levels: list[tuple[int, int]], at_ns: int) -> list[list[str]]:
    """[price, volume, time] of each level."""
    spec = listing.spec
    return [[price_text(listing, p), spec.size_text(s), stamp(at_ns)] for p, s in levels]


def ticker_v1(listing: Listing, now_ns: int) -> dict[str, Any]:
    """REST's ticker, with whole lots as numbers and two opening prices."""
    row = ticker_row(listing, now_ns)
    for name in ("a", "b"):
        row[name][1] = int(row[name][1])
    row["o"] = [row["o"], row["o"]]
    return row


def spread(listing: Listing, at_ns: int) -> list[str]:
    """[bid, ask, time, bid volume, ask volume]."""
    bid, ask = listing.book.bids.best(), listing.book.asks.best()
    spec = listing.spec
    prices = [price_text(listing, level.price if level else 0) for level in (bid, ask)]
    sizes = [spec.size_text(level.size if level else 0) for level in (bid, ask)]
    return [*prices, stamp(at_ns), *sizes]


def candle(listing: Listing, interval: int, now_ns: int) -> list[Any]:
    """The running candle: [time, end, o, h, l, c, vwap, volume, count]."""
    bar = listing.tape.bars(interval * MINUTE)[-1]
    spec = listing.spec
    prices = [price_text(listing, p) for p in (bar.open, bar.high, bar.low, bar.close)]
    decimals = max(LEAST_DECIMALS, spec.price_decimals)
    return [
        stamp(now_ns),
        stamp(bar.open_ns + interval * MINUTE),
        *prices,
        places(bar.vwap(spec), decimals),
        spec.size_text(bar.volume),
        bar.trades,
    ]


class V1Session:
    """One v1 connection."""

    def __init__(self, connection: Connection, hub: HubV1, names: Names) -> None:
        self._connection = connection
        self._hub = hub
        self._names = names
        self.keys: set[Key] = set()

    def tell(self, text: str, channel: str) -> None:
        """Send a frame."""
        self._connection.send(text, channel)

    def opened(self) -> None:
        """SystemStatus comes first."""
        self._hub.sessions[self] = None
        body = {
            "connectionID": 8_628_615_390_848_610_000 + self._connection.number,
            "event": "systemStatus",
            "status": self._hub.venue.status,
            "version": "1.9.6",
        }
        self.tell(encode(body), "systemStatus")

    def closed(self) -> None:
        """Forget everything."""
        self._hub.leave(self)

    def operation(self, text: str) -> str:
        """The request's event."""
        try:
            return str(json.loads(text).get("event", ""))
        except (ValueError, AttributeError):
            return "malformed"

    def rate_limited(self, text: str) -> None:
        """Refuse a request."""
        del text
        self.tell(encode({"event": "error", "errorMessage": "Exceeded msg rate"}), "error")

    def receive(self, text: str) -> None:
        """Answer one request."""
        try:
            request = json.loads(text)
            event = request["event"]
        except (ValueError, TypeError, KeyError):
            self.tell(encode({"event": "error", "errorMessage": "Malformed request"}), "error")
            return
        reqid = {"reqid": request["reqid"]} if "reqid" in request else {}
        if event == "ping":
            self.tell(encode({"event": "pong", **reqid}), "pong")
            return
        subscription = request.get("subscription")
        pairs = request.get("pair")
        known = event in {"subscribe", "unsubscribe"}
        if not known or not isinstance(subscription, dict) or not isinstance(pairs, list):
            body = {"event": "error", "errorMessage": "Event(s) not found", **reqid}
            self.tell(encode(body), "error")
            return
        for pair in pairs:
            self._one(event, str(pair), subscription, reqid)

    def _one(
        self, event: str, pair: str, subscription: dict[str, Any], reqid: dict[str, Any]
    ) -> None:
        name = str(subscription.get("name", ""))
        listing = self._names.v1(pair)
        error, variant = "", 0
        if listing is None:
            error = f"Currency pair not supported {pair}"
        elif name == "book":
            variant = subscription.get("depth", 10)
            error = "" if variant in DEPTHS else "Subscription depth not supported"
        elif name == "ohlc":
            variant = subscription.get("interval", 1)
            error = "" if variant in INTERVALS else "Subscription ohlc interval not supported"
        elif name not in {"trade", "ticker", "spread"}:
            error = "Subscription name invalid"
        if error or listing is None:
            body = {
                "errorMessage": error,
                "event": "subscriptionStatus",
                "pair": pair,
                "status": "error",
                "subscription": subscription,
                **reqid,
            }
            self.tell(encode(body), "subscriptionStatus")
            return
        self._switch(event, (name, listing.spec.id, variant), listing, subscription | reqid)

    def _switch(self, event: str, key: Key, listing: Listing, extra: dict[str, Any]) -> None:
        on = event == "subscribe"
        name = f"{key[0]}-{key[2]}" if key[0] in {"book", "ohlc"} else key[0]
        reqid = {"reqid": extra.pop("reqid")} if "reqid" in extra else {}
        body = {
            "channelID": self._hub.channel(key),
            "channelName": name,
            "event": "subscriptionStatus",
            "pair": pair_ws(listing.spec),
            "status": "subscribed" if on else "unsubscribed",
            "subscription": extra,
            **reqid,
        }
        self.tell(encode(body), "subscriptionStatus")
        if not on:
            self.keys.discard(key)
            self._hub.drop(key, self)
            return
        self.keys.add(key)
        now = self._hub.venue.now_ns()
        if key[0] == "book":
            view = self._hub.view(key)
            book = {
                "as": rows(listing, view.levels(Side.SELL), now),
                "bs": rows(listing, view.levels(Side.BUY), now),
            }
            self.tell(self._hub.frame(key, book), "book")
        elif key[0] == "ticker":
            self.tell(self._hub.frame(key, ticker_v1(listing, now)), "ticker")
        elif key[0] == "spread":
            self.tell(self._hub.frame(key, spread(listing, now)), "spread")
        self._hub.add(key, self)
