"""One public OKX connection as a state machine: subscriptions, pings, notices, books and events.

https://www.okx.com/docs-v5/en/#overview-websocket (read 2026-11). Does no I/O.
"""

from collections.abc import Sequence

import msgspec

from argosy.books import BookReader
from argosy.errors import StreamGap, Unsupported, WireError
from argosy.model import GapReason, InstrumentId, Nanos, VenueId, VenueStatus
from argosy.model.time import SECOND
from argosy.ports import (
    NOTHING,
    BookShelf,
    Channel,
    Event,
    FeedPlan,
    HttpResponse,
    SessionCall,
    Step,
    Subscription,
)
from argosy.venues.catalog import VenueInfo
from argosy.venues.okx.decode import read_data
from argosy.venues.okx.formats import DEEP, SNAPSHOTS, TOP, format_at
from argosy.venues.okx.names import VENUE, Names
from argosy.venues.okx.resync import BookRecovery
from argosy.venues.okx.streams import StreamArg, operations, stream_arg
from argosy.venues.okx.values import decoding
from argosy.venues.okx.wire import Message

PING_AFTER_S = 20  # of silence; the venue closes after 30
CONFIRM_WITHIN_S = 15
SUBSCRIBE_TRIES = 3
_message = msgspec.json.Decoder(Message)
# How the venue writes the head of a book frame; other orders of keys take the slower way below.
_DEEP_HEAD = b'{"arg":{"channel":"books",'
_TOP_HEADS = (b'{"arg":{"channel":"bbo-tbt",', b'{"arg":{"channel":"books5",')
_SHARED = {"liquidation-orders", "opt-summary", "instruments", "index-tickers"}


def read_message(frame: bytes) -> Message:
    """Any frame but "pong", as its envelope. Raises WireError."""
    with decoding("a stream frame"):
        return _message.decode(frame)


def status(word: str, detail: str, now_ns: Nanos, *, reconnect: bool = False) -> VenueStatus:
    """What the venue says about itself or about what we asked."""
    return VenueStatus(
        venue=VenueId(VENUE), status=word, received_ns=now_ns, detail=detail, reconnect=reconnect
    )


class MarketSession:
    """One connection to the public or the business URL."""

    def __init__(self, plan: FeedPlan, books: BookShelf, names: Names, info: VenueInfo) -> None:
        self.plan = plan
        self._names = names
        self._batch = info.feed.subscribe_batch
        self._deep = BookReader(format_at(info.formats, plan.as_of_ns), books)
        self._top = BookReader(TOP, books)
        self._recovery = BookRecovery(self._deep)
        self._streams: dict[StreamArg, list[Subscription]] = {}
        self._wanted: dict[str, set[InstrumentId]] = {}
        self._waiting: dict[StreamArg, tuple[int, Nanos]] = {}  # tries, and when last
        self._refused: set[StreamArg] = set()
        self._next_id = 1
        self._heard_ns = Nanos(0)
        self._pinged = False
        self._listened: set[tuple[str, str]] = set()
        for subscription in plan.subscriptions:
            self._add(subscription)

    def _add(self, subscription: Subscription) -> None:
        arg = stream_arg(subscription, self._names)
        self._streams.setdefault(arg, []).append(subscription)
        assert subscription.instrument is not None  # stream_arg asked for it
        self._wanted.setdefault(arg.channel, set()).add(subscription.instrument)
        if subscription.channel is Channel.BOOK:
            instrument = self._names.instrument(subscription.instrument)
            reader = self._deep if arg.channel == DEEP else self._top
            reader.attach(arg.inst_id, instrument, 0)
            if arg.channel == DEEP:
                self._recovery.watch(arg.inst_id, instrument.id)

    def prepare(self) -> Sequence[SessionCall]:
        """Nothing: public streams need no token."""
        return ()

    def answer(self, tag: str, response: HttpResponse) -> Step:
        """A book's snapshot that a Step asked for."""
        return self._recovery.answer(tag, response)

    def open(self, now_ns: Nanos) -> Step:
        """Subscribe to everything the plan carries."""
        self._heard_ns = now_ns
        if self.plan.listen:
            return NOTHING
        return Step(send=self._subscribe(list(self._streams), now_ns))

    def receive(self, frame: bytes, received_ns: Nanos) -> Step:
        """What a frame means."""
        self._heard_ns = received_ns
        if frame.startswith(_DEEP_HEAD):
            return self._read_deep(frame, received_ns)
        if frame.startswith(_TOP_HEADS):
            return self._read_book(self._top, frame, received_ns)
        if frame == b"pong":
            self._pinged = False
            return NOTHING
        message = read_message(frame)
        if message.event:
            return self._event(message, received_ns)
        channel = message.arg.channel if message.arg is not None else ""
        if channel == DEEP:
            return self._read_deep(frame, received_ns)
        if channel in SNAPSHOTS:
            return self._read_book(self._top, frame, received_ns)
        events: Sequence[Event] = read_data(message, self._names, received_ns)
        if channel in _SHARED and not self.plan.listen:
            wanted = self._wanted.get(channel, set())
            events = [e for e in events if getattr(e, "instrument", None) in wanted]
        return Step(events=tuple(events)) if events else NOTHING

    def tick(self, now_ns: Nanos) -> Step:
        """Pings, subscriptions that were not confirmed, books to bring back."""
        if self.plan.listen:
            return NOTHING
        send: list[str] = []
        if now_ns - self._heard_ns >= PING_AFTER_S * SECOND and not self._pinged:
            self._pinged = True
            send.append("ping")
        late = [
            arg
            for arg, (_, at_ns) in self._waiting.items()
            if now_ns - at_ns > CONFIRM_WITHIN_S * SECOND
        ]
        if any(self._waiting[arg][0] >= SUBSCRIBE_TRIES for arg in late):
            raise StreamGap("okx did not confirm a subscription", reason=GapReason.STALE)
        send += self._subscribe(late, now_ns)
        send += self._recovery.tick(now_ns, self._silent_since())
        return Step(send=tuple(send)) if send else NOTHING

    def close(self, now_ns: Nanos) -> Step:
        """The connection is gone: its books leave use."""
        events = [
            event
            for reader in (self._deep, self._top)
            for event in reader.lost(GapReason.DISCONNECTED, now_ns).events
        ]
        return Step(events=tuple(events))

    @property
    def ready(self) -> bool:
        """Whether every subscription was confirmed and every book had its snapshot."""
        return not (self._waiting or self._refused) and self._deep.ready and self._top.ready

    # --- books --------------------------------------------------------------------------------

    def _read_deep(self, frame: bytes, now_ns: Nanos) -> Step:
        step = self._read_book(self._deep, frame, now_ns)
        if self.plan.listen:
            return step
        lost: InstrumentId | None = self._deep.gap
        if lost is not None:
            return Step(events=step.events, send=self._recovery.lost(lost, now_ns))
        unsynced: InstrumentId | None = self._deep.unsynced
        if unsynced is not None:
            return self._recovery.unsynced(unsynced, frame, now_ns)
        return step

    def _read_book(self, reader: BookReader, frame: bytes, now_ns: Nanos) -> Step:
        try:
            return reader.read(frame, now_ns)
        except WireError:
            if not self.plan.listen or not self._listen_to(reader, frame):
                raise
            return reader.read(frame, now_ns)

    def _listen_to(self, reader: BookReader, frame: bytes) -> bool:
        """Attach the book of a recorded frame when it is the first of a known instrument."""
        arg = read_message(frame).arg
        if arg is None or (arg.channel, arg.inst_id) in self._listened:
            return False
        try:
            instrument = self._names.instrument(self._names.id_of(arg.inst_id))
        except Unsupported:
            return False
        self._listened.add((arg.channel, arg.inst_id))
        reader.attach(arg.inst_id, instrument, 0)
        return True

    def _silent_since(self) -> dict[str, int]:
        return {
            symbol.decode(): book.received_ns
            for symbol, book in self._deep.books.items()
            if book.live
        }

    # --- subscriptions ------------------------------------------------------------------------

    def _subscribe(self, args: list[StreamArg], now_ns: Nanos) -> tuple[str, ...]:
        frames = operations("subscribe", args, self._batch, self._next_id)
        self._next_id += len(frames)
        for arg in args:
            self._waiting[arg] = (self._waiting.get(arg, (0, now_ns))[0] + 1, now_ns)
        return tuple(text for _, text, _ in frames)

    def _event(self, message: Message, now_ns: Nanos) -> Step:
        """Answers to subscriptions, and notices."""
        if message.event == "subscribe" and message.arg is not None:
            arg = StreamArg(
                channel=message.arg.channel,
                inst_id=message.arg.inst_id,
                inst_type=message.arg.inst_type,
                inst_family=message.arg.inst_family,
            )
            self._waiting.pop(arg, None)
            if arg.channel == DEEP:
                self._recovery.acked(arg.inst_id)
            return NOTHING
        detail = f"{message.code}: {message.msg or ''}"
        if message.event == "notice":
            leaving = str(message.code) == "64008"
            word = "service_upgrade" if leaving else "notice"
            return Step((status(word, detail, now_ns, reconnect=leaving),), reconnect=leaving)
        if message.event in {"error", "channel-conn-count-error"}:
            text = message.msg or ""
            for arg in list(self._waiting):
                if arg.channel in text and arg.inst_id and arg.inst_id in text:
                    del self._waiting[arg]
                    self._refused.add(arg)
            return Step((status("error", detail, now_ns),))
        return NOTHING
