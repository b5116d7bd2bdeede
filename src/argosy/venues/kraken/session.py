"""What Kraken's two public stream formats share: subscriptions and their confirmation, pings,
resynchronisation of single books. Knows no wire format, does no I/O.
"""

from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import cast

import msgspec

from argosy.books import BookFormat, BookReader
from argosy.errors import StreamGap, WireError
from argosy.model import GapReason, Instrument, InstrumentId, Nanos, VenueId, VenueStatus
from argosy.model.time import SECOND
from argosy.ports import (
    NOTHING,
    BookShelf,
    Channel,
    FeedPlan,
    HttpResponse,
    SessionCall,
    Step,
    Subscription,
)
from argosy.venues.catalog import FeedLimits
from argosy.venues.kraken.reference import INTERVALS_S
from argosy.venues.kraken.symbols import VENUE, Symbols, unlisted

DEPTHS = (10, 25, 100, 500, 1000)
USUAL_DEPTH = 10
CONFIRM_WITHIN_NS = 10 * SECOND
MOST_ASKED = 3  # times, before the connection is given up
PING_EVERY_NS = 20 * SECOND
PONG_WITHIN_NS = 10 * SECOND
CALM_NS = 10 * SECOND  # a book lost again sooner than this waits before it is asked for again
_LONGEST_WAIT_NS = 60 * SECOND
_MOST_REQUESTS = 10_000


class Stream(msgspec.Struct, frozen=True):
    """One stream of one pair, in the words of the format that carries it."""

    channel: str
    symbol: str = ""
    option: int = 0  # books: depth; candles: minutes


class Asked(msgspec.Struct):
    """What became of asking for a stream."""

    at_ns: Nanos
    times: int = 1
    confirmed: bool = False
    refused: bool = False


class Resync(msgspec.Struct):
    """A book that lost its continuity, and when it may be asked for again."""

    lost_ns: Nanos
    wait_ns: int = 0
    due_ns: Nanos | None = None


class PublicSession(ABC):
    """A FeedSession without the words."""

    names: dict[Channel, str]
    form: BookFormat

    def __init__(
        self, plan: FeedPlan, shelf: BookShelf, symbols: Symbols, limits: FeedLimits
    ) -> None:
        self.plan = plan
        self._symbols = symbols
        self._batch = limits.subscribe_batch
        self._reader = BookReader(self.form, shelf)
        self._asked: dict[Stream, Asked] = {}
        self._requests: OrderedDict[int, tuple[str, int]] = OrderedDict()
        self._resyncs: dict[str, Resync] = {}
        self._depths: dict[str, int] = {}  # of attached books, by the format's symbol
        self._last_id = 0
        self._pinged_ns: Nanos | None = None
        self._ping_due_ns: Nanos | None = None
        # v1 had no instrument channel: what a format lacks is not asked for.
        wanted = [one for one in plan.subscriptions if one.channel in self.names]
        self._streams = [self._stream(one) for one in wanted]
        for stream in self._streams:
            if stream.channel == self.names[Channel.BOOK]:
                self._attach(stream.symbol, stream.option, needed=True)

    # --- the words ----------------------------------------------------------------------------

    @abstractmethod
    def symbol_of(self, instrument: Instrument) -> str:
        """What the format calls an instrument."""

    @abstractmethod
    def instrument_of(self, symbol: str) -> InstrumentId:
        """The instrument of a symbol; ValueError when it is none."""

    @abstractmethod
    def subscribe_frame(
        self, channel: str, option: int, symbols: Sequence[str], request: int, *, stop: bool
    ) -> str:
        """The frame that subscribes to, or stops, streams of one channel."""

    @abstractmethod
    def ping_frame(self, request: int) -> str:
        """The frame that asks for a pong."""

    @abstractmethod
    def receive(self, frame: bytes, received_ns: Nanos) -> Step:
        """What a frame means."""

    # --- FeedSession --------------------------------------------------------------------------

    def prepare(self) -> Sequence[SessionCall]:
        """Nothing: public streams need no token."""
        return ()

    def answer(self, tag: str, response: HttpResponse) -> Step:
        """Nothing was asked for."""
        del tag, response
        return NOTHING

    def open(self, now_ns: Nanos) -> Step:
        """Subscribe to all of the plan."""
        if self.plan.listen:
            return NOTHING
        self._ping_due_ns = Nanos(now_ns + PING_EVERY_NS)
        return Step(send=self._subscribe(self._streams, now_ns))

    def tick(self, now_ns: Nanos) -> Step:
        """Ping, ask again for what was not confirmed, resync books whose wait is over.

        Raises StreamGap when the venue does not answer; a recording (as_of_ns) need not.
        """
        if self.plan.listen or self.plan.as_of_ns is not None:
            return NOTHING
        send: list[str] = []
        if self._pinged_ns is not None and now_ns - self._pinged_ns > PONG_WITHIN_NS:
            raise StreamGap("kraken answered no ping", reason=GapReason.STALE)
        if self._ping_due_ns is not None and now_ns >= self._ping_due_ns:
            send.append(self.ping_frame(self._next_id()))
            self._pinged_ns = now_ns
            self._ping_due_ns = Nanos(now_ns + PING_EVERY_NS)
        late = [
            stream
            for stream, asked in self._asked.items()
            if not (asked.confirmed or asked.refused) and now_ns - asked.at_ns > CONFIRM_WITHIN_NS
        ]
        for stream in late:
            if self._asked[stream].times >= MOST_ASKED:
                raise StreamGap(
                    f"kraken confirmed no subscription to {stream.channel} {stream.symbol}",
                    reason=GapReason.STALE,
                )
        send.extend(self._subscribe(late, now_ns))
        for symbol, resync in self._resyncs.items():
            if resync.due_ns is not None and now_ns >= resync.due_ns:
                resync.due_ns = None
                send.extend(self._again(symbol, now_ns))
        return Step(send=tuple(send)) if send else NOTHING

    def close(self, now_ns: Nanos) -> Step:
        """Every book leaves use."""
        return self._reader.lost(GapReason.DISCONNECTED, now_ns)

    @property
    def ready(self) -> bool:
        """Whether every subscription was confirmed and every book is live."""
        if not self._reader.ready:
            return False
        if self.plan.listen:
            return True
        return all(
            stream in self._asked and self._asked[stream].confirmed for stream in self._streams
        )

    # --- for the formats ------------------------------------------------------------------------

    def read_book(
        self,
        frame: bytes,
        symbol: str | None,
        depth: int,
        at: Nanos,
        levels: Iterable[tuple[Decimal, Decimal]] | None = None,
    ) -> Step:
        """One pass over a book frame. `symbol` and `depth` are given where the frame was parsed
        already: its book is then attached first, if the instrument is known, or if it is a
        recording's and `levels` tell its digits.
        """
        if symbol is not None and symbol not in self._depths:
            self._attach(symbol, depth or USUAL_DEPTH, needed=False, levels=levels)
        step: Step = self._reader.read(frame, at)
        lost = cast("InstrumentId | None", self._reader.gap)
        return step if lost is None else self._lost(lost, step, at)

    def carries(self, symbol: str) -> bool:
        """Whether a book of this symbol is attached."""
        return symbol in self._depths

    def confirm(self, stream: Stream, at: Nanos) -> None:
        """The venue confirmed a stream; recordings confirm those that we never asked for."""
        asked = self._asked.setdefault(stream, Asked(at))
        asked.confirmed = True
        asked.refused = False
        if stream.channel == self.names[Channel.BOOK] and stream.option:
            self._attach(stream.symbol, stream.option, needed=False)
            # A server that carries another depth than asked for confirms our stream all the same.
            for mine in self._asked:
                if (mine.channel, mine.symbol) == (stream.channel, stream.symbol):
                    self._asked[mine].confirmed = True

    def refuse(self, stream: Stream, reason: str, at: Nanos) -> Step:
        """The venue refused a stream: it stays unready, and somebody is told."""
        text = reason.lower()
        asked = self._asked.setdefault(stream, Asked(at))
        if "already subscribed" in text:
            asked.confirmed = True
            return NOTHING
        if "rate" in text and ("exceed" in text or "limit" in text):
            return NOTHING  # asked again when its time is up
        asked.refused = True
        return Step(
            (
                VenueStatus(
                    venue=VenueId(VENUE),
                    status="subscription_refused",
                    received_ns=at,
                    detail=f"{stream.channel} {stream.symbol}: {reason}",
                ),
            )
        )

    def ponged(self) -> None:
        """The venue answered a ping."""
        self._pinged_ns = None

    def requested(self, request: int | None) -> tuple[str, int] | None:
        """(channel, option) of one of our requests."""
        return None if request is None else self._requests.get(request)

    # --- inside ---------------------------------------------------------------------------------

    def _stream(self, wanted: Subscription) -> Stream:
        channel = self.names[wanted.channel]
        if wanted.channel is Channel.INSTRUMENTS or wanted.instrument is None:
            return Stream(channel)
        symbol = self.symbol_of(self._symbols.need(wanted.instrument))
        if wanted.channel is Channel.BOOK:
            return Stream(channel, symbol, depth_for(wanted.depth))
        if wanted.channel is Channel.CANDLES:
            return Stream(channel, symbol, (wanted.interval_s or INTERVALS_S[0]) // 60)
        return Stream(channel, symbol)

    def _attach(
        self,
        symbol: str,
        depth: int,
        *,
        needed: bool,
        levels: Iterable[tuple[Decimal, Decimal]] | None = None,
    ) -> None:
        if self._depths.get(symbol) == depth:
            return
        try:
            instrument = self._symbols.find(self.instrument_of(symbol))
        except ValueError as e:
            raise WireError(f"kraken book: {e}") from e
        if instrument is None and self.plan.listen and levels is not None:
            instrument = unlisted(symbol, levels)
        if instrument is None:
            if needed:
                raise AssertionError(f"{symbol} was learned a moment ago")
            return
        self._reader.attach(symbol, instrument, depth)
        self._depths[symbol] = depth

    def _subscribe(self, streams: Sequence[Stream], now_ns: Nanos) -> tuple[str, ...]:
        groups: dict[tuple[str, int], list[str]] = {}
        for stream in streams:
            groups.setdefault((stream.channel, stream.option), []).append(stream.symbol)
            asked = self._asked.get(stream)
            if asked is None:
                self._asked[stream] = Asked(now_ns)
            else:
                asked.at_ns = now_ns
                asked.times += 1
        frames = []
        for (channel, option), symbols in groups.items():
            for start in range(0, len(symbols), self._batch):
                request = self._next_id(channel, option)
                batch = [symbol for symbol in symbols[start : start + self._batch] if symbol]
                frames.append(self.subscribe_frame(channel, option, batch, request, stop=False))
        return tuple(frames)

    def _lost(self, lost: InstrumentId, step: Step, at: Nanos) -> Step:
        """A book lost its continuity: ask for it anew, alone, and not in a hurry if it repeats."""
        if self.plan.listen:
            return step
        symbol = self.symbol_of(self._symbols.need(lost))
        before = self._resyncs.get(symbol)
        if before is not None and before.due_ns is not None:
            return step
        if before is None or at - before.lost_ns > CALM_NS + before.wait_ns:
            self._resyncs[symbol] = Resync(at)
            return Step(step.events, self._again(symbol, at))
        wait = min(max(SECOND, before.wait_ns * 2), _LONGEST_WAIT_NS)
        self._resyncs[symbol] = Resync(at, wait, Nanos(at + wait))
        return step

    def _again(self, symbol: str, now_ns: Nanos) -> tuple[str, ...]:
        channel = self.names[Channel.BOOK]
        depth = self._depths[symbol]
        stream = Stream(channel, symbol, depth)
        self._asked[stream] = Asked(now_ns)
        stop = self.subscribe_frame(channel, depth, [symbol], self._next_id(), stop=True)
        request = self._next_id(channel, depth)
        return stop, self.subscribe_frame(channel, depth, [symbol], request, stop=False)

    def _next_id(self, channel: str = "", option: int = 0) -> int:
        self._last_id += 1
        if channel:
            self._requests[self._last_id] = (channel, option)
            if len(self._requests) > _MOST_REQUESTS:
                self._requests.popitem(last=False)
        return self._last_id


def depth_for(wanted: int | None) -> int:
    """The smallest depth on offer that has `wanted` levels; 1000 is the most there is."""
    if wanted is None:
        return USUAL_DEPTH
    return next((depth for depth in DEPTHS if depth >= wanted), DEPTHS[-1])
