"""Kraken's public streams in the format of WebSocket v1, for archives and replays. Does no I/O.

https://docs.kraken.com/exchange/api-reference/spot-websocket-v1 (2026-11-22)
"""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from argosy.books import BookFormat, Checksum, Continuity, Role
from argosy.errors import WireError
from argosy.model import (
    Candle,
    Instrument,
    InstrumentId,
    MarketEvent,
    Nanos,
    Side,
    Ticker,
    Trade,
    VenueId,
    VenueStatus,
)
from argosy.model.time import SECOND, parse_seconds
from argosy.ports import NOTHING, Channel, Step
from argosy.venues.kraken import wire_v1
from argosy.venues.kraken.session import PublicSession, Stream
from argosy.venues.kraken.symbols import VENUE, instrument_of, v1_name
from argosy.venues.kraken.wire import read

CHANNELS = {
    Channel.BOOK: "book",
    Channel.TRADES: "trade",
    Channel.TICKER: "ticker",
    Channel.CANDLES: "ohlc",
}
# Updates carry a checksum, snapshots none. Prices are padded with zeros beyond the pair's decimals
# (0.000022900 on a pair of eight), and the checksum counts them: the snapshot sets the scale.
BOOK = BookFormat(
    roles={
        "as": Role.SNAPSHOT_ASKS,
        "bs": Role.SNAPSHOT_BIDS,
        "a": Role.ASKS,
        "b": Role.BIDS,
        "c": Role.CHECKSUM,
    },
    continuity=Continuity.NONE,
    checksum=Checksum.KRAKEN,
    time_index=2,
    symbol_last=True,
    scale_from_snapshot=True,
    truncate=True,
)
_SIDES = {"b": Side.BUY, "s": Side.SELL}
_TAIL = 64  # bytes that hold a frame's channel name and pair


class V1Session(PublicSession):
    """One connection of WebSocket v1."""

    names = CHANNELS
    form = BOOK

    def symbol_of(self, instrument: Instrument) -> str:
        """XBT/USD."""
        return v1_name(instrument.venue_symbol)

    def instrument_of(self, symbol: str) -> InstrumentId:
        """ValueError when it is none."""
        return instrument_of(symbol)

    def subscribe_frame(
        self, channel: str, option: int, symbols: Sequence[str], request: int, *, stop: bool
    ) -> str:
        """Subscribe or unsubscribe."""
        subscription: dict[str, object] = {"name": channel}
        if channel == "book":
            subscription["depth"] = option
        elif channel == "ohlc":
            subscription["interval"] = option
        body = {
            "event": "unsubscribe" if stop else "subscribe",
            "reqid": request,
            "pair": list(symbols),
            "subscription": subscription,
        }
        return msgspec.json.encode(body).decode()

    def ping_frame(self, request: int) -> str:
        """The application's ping."""
        return msgspec.json.encode({"event": "ping", "reqid": request}).decode()

    def receive(self, frame: bytes, received_ns: Nanos) -> Step:
        """One frame. Raises WireError."""
        try:
            if not frame.startswith(b"["):
                return self._event(read(wire_v1.event, frame, "v1 event"), received_ns)
            if b'"book-' in frame[-_TAIL:]:
                return self._book(frame, received_ns)
            name, pair, payloads = wire_v1.split(frame)
            if len(payloads) != 1:
                raise WireError(f"kraken v1 {name}: {len(payloads)} payloads; one is documented")
            events = _events(name, pair, payloads[0], received_ns)
        except (ValueError, ArithmeticError) as e:
            raise WireError(f"kraken v1: {e}") from e
        return Step(tuple(events)) if events else NOTHING

    def _book(self, frame: bytes, at: Nanos) -> Step:
        """The pair is the frame's last word: '..."book-1000","XBT/USD"]'."""
        head, _, pair = frame.rstrip(b"] \r\n").rstrip(b'"').rpartition(b'"')
        symbol = pair.decode()
        if not self.carries(symbol):
            depth = head.rpartition(b"book-")[2].partition(b'"')[0]
            if not depth.isdigit() or len(depth) > 5:
                raise WireError(f"kraken v1 book: no depth in {frame[-_TAIL:]!r}")
            return self.read_book(frame, symbol, int(depth), at, _NO_DIGITS)
        return self.read_book(frame, None, 0, at)

    def _event(self, event: wire_v1.Event, at: Nanos) -> Step:
        match event.event:
            case "heartbeat":
                return NOTHING
            case "pong":
                self.ponged()
                return NOTHING
            case "systemStatus":
                return _told(event.status, "", at)
            case "subscriptionStatus":
                return self._subscription(event, at)
            case "error":
                return _told("error", event.errorMessage, at)
            case _:
                raise WireError(f"kraken v1: event {event.event!r} is not documented")

    def _subscription(self, event: wire_v1.Event, at: Nanos) -> Step:
        about = event.subscription
        if about is None:
            return _told("error", event.errorMessage, at)
        stream = Stream(about.name, event.pair, about.depth or about.interval or 0)
        if event.status == "subscribed":
            self.confirm(stream, at)
            return NOTHING
        if event.status == "error":
            asked = self.requested(event.reqid)
            if asked is not None:
                stream = Stream(asked[0], event.pair, asked[1])
            return self.refuse(stream, event.errorMessage or "no reason given", at)
        return NOTHING  # unsubscribed


# v1 books take their scale from their own snapshot, so nothing needs to be read off beforehand.
_NO_DIGITS: tuple[tuple[Decimal, Decimal], ...] = ()


def _told(status: str, detail: str, at: Nanos) -> Step:
    told = VenueStatus(venue=VenueId(VENUE), status=status, received_ns=at, detail=detail)
    return Step((told,))


def _events(name: str, pair: str, payload: msgspec.Raw, at: Nanos) -> list[MarketEvent]:
    instrument = instrument_of(pair)
    kind, _, option = name.partition("-")
    match kind:
        case "trade":
            rows = read(wire_v1.trades, payload, "v1 trade")
            return [_trade(instrument, row, at) for row in rows]
        case "ticker":
            return [_ticker(instrument, read(wire_v1.ticker, payload, "v1 ticker"), at)]
        case "spread":
            found = _spread(instrument, read(wire_v1.spread, payload, "v1 spread"), at)
            return [] if found is None else [found]
        case "ohlc":
            minutes = int(option or "1")
            return [_candle(instrument, minutes, read(wire_v1.ohlc, payload, "v1 ohlc"), at)]
        case _:
            raise WireError(f"kraken v1: channel {name!r} is not documented")


def _trade(instrument: InstrumentId, row: wire_v1.Trade, at: Nanos) -> Trade:
    """v1 numbered no trades: the id is empty."""
    if row.side not in _SIDES:
        raise WireError(f"kraken v1 trade: side {row.side!r}; b or s")
    return Trade(
        instrument=instrument,
        venue_ns=parse_seconds(row.time),
        received_ns=at,
        venue_trade_id="",
        taker_side=_SIDES[row.side],
        price=row.price,
        size=row.volume,
    )


def _ticker(instrument: InstrumentId, row: wire_v1.Ticker, at: Nanos) -> Ticker:
    return Ticker(
        instrument=instrument,
        venue_ns=Nanos(0),
        received_ns=at,
        bid=row.b[0] or None,
        bid_size=row.b[2] if row.b[0] else None,
        ask=row.a[0] or None,
        ask_size=row.a[2] if row.a[0] else None,
        last=row.c[0] or None,
        last_size=row.c[1] if row.c[0] else None,
        open_24h=row.o[1] or None,
        high_24h=row.h[1] or None,
        low_24h=row.l[1] or None,
        volume_24h=row.v[1],
        vwap_24h=row.p[1] or None,
    )


def _spread(instrument: InstrumentId, row: wire_v1.Spread, at: Nanos) -> Ticker | None:
    if not row.bid and not row.ask:
        return None
    return Ticker(
        instrument=instrument,
        venue_ns=parse_seconds(row.timestamp),
        received_ns=at,
        bid=row.bid or None,
        bid_size=row.bid_volume if row.bid else None,
        ask=row.ask or None,
        ask_size=row.ask_volume if row.ask else None,
    )


def _candle(instrument: InstrumentId, minutes: int, row: wire_v1.Ohlc, at: Nanos) -> Candle:
    """The candle that forms; it ends at etime."""
    interval_s = minutes * 60
    return Candle(
        instrument=instrument,
        venue_ns=parse_seconds(row.time),
        received_ns=at,
        interval_s=interval_s,
        open_ns=Nanos(parse_seconds(row.etime) - interval_s * SECOND),
        open=row.open,
        high=row.high,
        low=row.low,
        close=row.close,
        volume=_positive(row.volume),
        trades=row.count,
    )


def _positive(volume: Decimal) -> Decimal:
    if volume < 0:
        raise ValueError(f"volume {volume}")
    return volume
