"""Kraken's public streams in the format of WebSocket v2. Does no I/O.

https://docs.kraken.com/exchange/api-reference/spot-websocket-v2 (2026-11-22)
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from argosy.books import BookFormat, Checksum, Continuity, Role
from argosy.errors import Unsupported, WireError
from argosy.model import (
    Candle,
    Instrument,
    InstrumentChanged,
    InstrumentId,
    InstrumentStatus,
    MarketEvent,
    Nanos,
    Side,
    Ticker,
    Trade,
    VenueId,
    VenueStatus,
)
from argosy.model.time import format_utc, parse_utc
from argosy.ports import NOTHING, BookShelf, Channel, FeedPlan, FeedSession, Step, Subscription
from argosy.venues.catalog import FeedLimits, VenueInfo
from argosy.venues.kraken import wire
from argosy.venues.kraken.market_v1 import V1Session
from argosy.venues.kraken.reference import INTERVALS_S, STATUS
from argosy.venues.kraken.replay import ReplaySession
from argosy.venues.kraken.session import DEPTHS, PublicSession, Stream, depth_for
from argosy.venues.kraken.symbols import VENUE, Symbols, instrument_of

CHANNELS = {
    Channel.BOOK: "book",
    Channel.TRADES: "trade",
    Channel.TICKER: "ticker",
    Channel.CANDLES: "ohlc",
    Channel.INSTRUMENTS: "instrument",
}
# Numbers are sent with the digits the checksum counts; levels that fall out of the subscribed depth
# are not announced: we drop them. https://docs.kraken.com/exchange/guides/websockets/book-v2
BOOK = BookFormat(
    roles={
        "symbol": Role.SYMBOL,
        "type": Role.KIND,
        "bids": Role.BIDS,
        "asks": Role.ASKS,
        "checksum": Role.CHECKSUM,
        "timestamp": Role.TIME_ISO,
    },
    continuity=Continuity.NONE,
    checksum=Checksum.KRAKEN,
    price_key="price",
    size_key="qty",
    truncate=True,
)
_BOOK_HEAD = b'{"channel":"book"'


class KrakenFeed:
    """A MarketFeed; recordings are read as WebSocket v1 or v2, as their frames show."""

    def __init__(self, info: VenueInfo, symbols: Symbols) -> None:
        self._limits: FeedLimits = info.feed
        self._symbols = symbols
        self._old_until = next((one.until for one in info.formats if one.name == "v1"), "")

    def plans(self, subscriptions: Iterable[Subscription]) -> list[FeedPlan]:
        """One connection for each two hundred subscriptions.

        Raises Unsupported for channels, depths and intervals that Kraken has not.
        """
        wanted: dict[Subscription, None] = {}
        depths: dict[InstrumentId, int] = {}
        for one in subscriptions:
            self._check(one)
            if one.channel is Channel.BOOK and one.instrument is not None:
                depth = depth_for(one.depth)
                if depths.setdefault(one.instrument, depth) != depth:
                    raise Unsupported(f"{one.instrument}: two books of different depth")
            wanted[one] = None
        every = list(wanted)
        size = self._limits.subscriptions_per_connection
        return [
            FeedPlan(url="ws_public", subscriptions=tuple(every[start : start + size]))
            for start in range(0, len(every), size)
        ]

    def session(self, plan: FeedPlan, books: BookShelf) -> FeedSession:
        """The state machine for one connection: today's format, or that of a recording."""

        def make(old: bool) -> FeedSession:  # one of two
            kind = V1Session if old else V2Session
            return kind(plan, books, self._symbols, self._limits)

        if plan.as_of_ns is None and not plan.listen:
            return make(False)
        return ReplaySession(plan, make, starts_old=self._is_old(plan.as_of_ns))

    def _is_old(self, at: Nanos | None) -> bool:
        return at is not None and format_utc(at, 0)[:10] <= self._old_until

    def _check(self, one: Subscription) -> None:
        if one.channel not in CHANNELS:
            raise Unsupported(f"Kraken spot has no public {one.channel} stream")
        if one.channel is Channel.INSTRUMENTS:
            return
        if one.instrument is None:
            raise Unsupported(f"Kraken's {one.channel} stream needs an instrument")
        self._symbols.need(one.instrument)
        if one.depth is not None and not 0 < one.depth <= DEPTHS[-1]:
            raise Unsupported(f"Kraken's books have up to {DEPTHS[-1]} levels, not {one.depth}")
        if one.channel is Channel.CANDLES and one.interval_s not in INTERVALS_S:
            raise Unsupported(f"Kraken has no candles of {one.interval_s} s; it has {INTERVALS_S}")


class V2Session(PublicSession):
    """One connection of WebSocket v2."""

    names = CHANNELS
    form = BOOK

    def __init__(
        self, plan: FeedPlan, shelf: BookShelf, symbols: Symbols, limits: FeedLimits
    ) -> None:
        super().__init__(plan, shelf, symbols, limits)
        self._statuses: dict[InstrumentId, InstrumentStatus] = {
            one.id: one.status for one in symbols.known()
        }

    def symbol_of(self, instrument: Instrument) -> str:
        """Ours are theirs: BTC/USD."""
        return instrument.venue_symbol

    def instrument_of(self, symbol: str) -> InstrumentId:
        """ValueError when it is none."""
        return instrument_of(symbol)

    def subscribe_frame(
        self, channel: str, option: int, symbols: Sequence[str], request: int, *, stop: bool
    ) -> str:
        """Subscribe or unsubscribe."""
        params: dict[str, object] = {"channel": channel}
        if symbols:
            params["symbol"] = list(symbols)
        if channel == "book":
            params["depth"] = option
        elif channel == "ohlc":
            params["interval"] = option
        elif channel == "ticker":
            params["event_trigger"] = "bbo"  # with each change of the best prices, not of trades
        if not stop:
            params["snapshot"] = channel != "trade"  # past trades are no news
        return wire.frame("unsubscribe" if stop else "subscribe", params, request)

    def ping_frame(self, request: int) -> str:
        """The application's ping, which any traffic-less connection needs within a minute."""
        return wire.frame("ping", {}, request)

    def receive(self, frame: bytes, received_ns: Nanos) -> Step:
        """One frame. Raises WireError."""
        if frame.startswith(_BOOK_HEAD):
            try:
                return self.read_book(frame, None, 0, received_ns)
            except WireError:
                if not self.plan.listen:
                    raise
        message = wire.read(wire.envelope, frame, "v2 frame")
        try:
            if message.channel:
                return self._data(message, frame, received_ns)
            return self._reply(message, received_ns)
        except (ValueError, ArithmeticError) as e:
            raise WireError(f"kraken {message.channel or message.method}: {e}") from e

    def _data(self, message: wire.Envelope, frame: bytes, at: Nanos) -> Step:
        match message.channel:
            case "heartbeat":
                return NOTHING
            case "book":
                return self._book(message, frame, at)
            case "trade":
                rows = wire.read(wire.trades, message.data, "trade")
                old = message.type == "snapshot"
                return _step([] if old else [_trade(row, at) for row in rows])
            case "ticker":
                found = wire.read(wire.tickers, message.data, "ticker")
                return _step([one for row in found if (one := _ticker(row, at)) is not None])
            case "ohlc":
                return _step(_candles(message, at))
            case "status":
                return Step(tuple(_status(row, at) for row in _statuses(message)))
            case "instrument":
                return self._instruments(message, at)
            case "level3":
                wire.read(wire.level3, message.data, "level3")
                return NOTHING  # single orders have no place in the model; levels come by `book`
            case _:
                raise WireError(f"kraken: channel {message.channel!r} is not documented")

    def _book(self, message: wire.Envelope, frame: bytes, at: Nanos) -> Step:
        """A book frame whose keys come in another order, or one of a recording."""
        rows = wire.read(wire.books, message.data, "book")
        if len(rows) != 1:
            raise WireError(f"kraken book: {len(rows)} books in a frame; one is documented")
        depth = max(len(rows[0].bids), len(rows[0].asks))
        if not self.carries(rows[0].symbol) and self.plan.listen:
            if message.type != "snapshot":
                return NOTHING
            levels = [(level.price, level.qty) for level in (*rows[0].bids, *rows[0].asks)]
            return self.read_book(frame, rows[0].symbol, depth_for(depth), at, levels)
        return self.read_book(frame, None, 0, at)

    def _reply(self, message: wire.Envelope, at: Nanos) -> Step:
        match message.method:
            case "pong":
                self.ponged()
                return NOTHING
            case "subscribe" if message.success:
                result = wire.read(wire.subscribed, message.result, "subscribe")
                option = result.depth or result.interval or 0
                asked = self.requested(message.req_id)
                if not option and asked is not None:
                    option = asked[1]
                self.confirm(Stream(result.channel, result.symbol, option), at)
                return NOTHING
            case "subscribe":
                channel, option = self.requested(message.req_id) or ("", 0)
                stream = Stream(channel, message.symbol, option)
                return self.refuse(stream, message.error or "no reason given", at)
            case "unsubscribe":
                return NOTHING
            case "" if message.error is not None:
                return _complaint(message.error, at)
            case _ if message.success is False:
                return _complaint(f"{message.method}: {message.error}", at)
            case _:
                raise WireError(f"kraken: method {message.method!r} is not documented")

    def _instruments(self, message: wire.Envelope, at: Nanos) -> Step:
        events: list[MarketEvent] = []
        for pair in wire.read(wire.instruments, message.data, "instrument").pairs:
            status = STATUS.get(pair.status, InstrumentStatus.SUSPENDED)
            name = instrument_of(pair.symbol)
            if self._statuses.get(name) is not status:
                self._statuses[name] = status
                events.append(
                    InstrumentChanged(
                        instrument=name, venue_ns=Nanos(0), received_ns=at, status=status
                    )
                )
        return _step(events)


def _statuses(message: wire.Envelope) -> list[wire.Status]:
    return wire.read(wire.statuses, message.data, "status")


def _status(row: wire.Status, at: Nanos) -> VenueStatus:
    return VenueStatus(venue=VenueId(VENUE), status=row.system, received_ns=at)


def _complaint(text: str, at: Nanos) -> Step:
    status = VenueStatus(venue=VenueId(VENUE), status="error", received_ns=at, detail=text)
    return Step((status,))


def _step(events: Sequence[MarketEvent]) -> Step:
    return Step(tuple(events)) if events else NOTHING


def _trade(row: wire.Trade, at: Nanos) -> Trade:
    return Trade(
        instrument=instrument_of(row.symbol),
        venue_ns=parse_utc(row.timestamp),
        received_ns=at,
        venue_trade_id=str(row.trade_id),
        taker_side=Side(row.side),
        price=row.price,
        size=row.qty,
    )


def _ticker(row: wire.Ticker, at: Nanos) -> Ticker | None:
    """None when there is nothing in it: pairs that never traded send zeros dated 1970."""
    ticker = Ticker(
        instrument=instrument_of(row.symbol),
        venue_ns=parse_utc(row.timestamp) if row.timestamp else Nanos(0),
        received_ns=at,
        bid=row.bid or None,
        bid_size=row.bid_qty if row.bid else None,
        ask=row.ask or None,
        ask_size=row.ask_qty if row.ask else None,
        last=row.last or None,
        open_24h=_open(row),
        high_24h=row.high or None,
        low_24h=row.low or None,
        volume_24h=row.volume,
        vwap_24h=row.vwap or None,
    )
    return None if ticker.bid is ticker.ask is ticker.last is None else ticker


def _open(row: wire.Ticker) -> Decimal | None:
    return row.last - row.change if row.last and row.change is not None else None


def _candles(message: wire.Envelope, at: Nanos) -> list[Candle]:
    """Of a snapshot, all but each pair's last are over; an update is of the one that forms."""
    rows = wire.read(wire.candles, message.data, "ohlc")
    newest = {row.symbol: row.interval_begin for row in rows}
    past = message.type == "snapshot"
    return [
        Candle(
            instrument=instrument_of(row.symbol),
            venue_ns=parse_utc(message.timestamp) if message.timestamp else Nanos(0),
            received_ns=at,
            interval_s=row.interval * 60,
            open_ns=parse_utc(row.interval_begin),
            open=row.open,
            high=row.high,
            low=row.low,
            close=row.close,
            volume=row.volume,
            trades=row.trades,
            closed=past and row.interval_begin != newest[row.symbol],
        )
        for row in rows
    ]
