"""One public OKX connection as a state machine: subscriptions, pings, notices, books and events.

https://www.okx.com/docs-v5/en/#overview-websocket (read 2026-11). Does no I/O.
"""

from collections.abc import Sequence

from argosy.books import BookReader
from argosy.errors import WireError
from argosy.model import GapReason, InstrumentId, Nanos
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
from argosy.venues.okx.decode import read_data, read_levels
from argosy.venues.okx.formats import DEEP, DEEP_ALIKE, SNAPSHOTS, TOP, format_at
from argosy.venues.okx.names import Names, guess_instrument
from argosy.venues.okx.resync import BookRecovery
from argosy.venues.okx.streams import StreamArg, stream_arg
from argosy.venues.okx.upkeep import Pinger, Subscriptions, notice, read_message, status
from argosy.venues.okx.wire import Message

# How the venue writes the head of a book frame; other orders of keys take the slower way below.
_DEEP_HEAD = b'{"arg":{"channel":"books",'
_TOP_HEADS = (b'{"arg":{"channel":"bbo-tbt",', b'{"arg":{"channel":"books5",')
_SHARED = {"liquidation-orders", "opt-summary", "instruments", "index-tickers"}


class MarketSession:
    """One connection to the public or the business URL."""

    def __init__(self, plan: FeedPlan, books: BookShelf, names: Names, info: VenueInfo) -> None:
        self.plan = plan
        self._names = names
        self._deep = BookReader(format_at(info.formats, plan.as_of_ns), books)
        self._top = BookReader(TOP, books)
        self._recovery = BookRecovery(self._deep)
        self._pinger = Pinger()
        self._subscriptions = Subscriptions(info.feed.subscribe_batch)
        self._streams: dict[StreamArg, None] = {}  # in order
        self._wanted: dict[str, set[InstrumentId]] = {}
        self._listened: set[tuple[str, str]] = set()
        for subscription in plan.subscriptions:
            self._add(subscription)

    def _add(self, subscription: Subscription) -> None:
        arg = stream_arg(subscription, self._names)
        self._streams[arg] = None
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
        self._pinger.heard_ns = now_ns
        if self.plan.listen:
            return NOTHING
        return Step(send=self._subscriptions.ask(list(self._streams), now_ns))

    def receive(self, frame: bytes, received_ns: Nanos) -> Step:
        """What a frame means."""
        self._pinger.heard_ns = received_ns
        if frame.startswith(_DEEP_HEAD):
            deep = self._deep
            if self.plan.listen:
                return self._read_book(deep, frame, received_ns)
            step: Step = deep.read(frame, received_ns)
            in_sync: bool = deep.gap is None and deep.unsynced is None
            return step if in_sync else self._recover(step, frame, received_ns)
        if frame.startswith(_TOP_HEADS):
            return self._read_book(self._top, frame, received_ns)
        if frame == b"pong":
            return NOTHING
        message = read_message(frame)
        if message.event:
            return self._event(message, received_ns)
        channel = message.arg.channel if message.arg is not None else ""
        if channel in DEEP_ALIKE if self.plan.listen else channel == DEEP:
            return self._recover(
                self._read_book(self._deep, frame, received_ns), frame, received_ns
            )
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
        send = (
            *self._pinger.due(now_ns),
            *self._subscriptions.again(now_ns),
            *self._recovery.tick(now_ns, self._heard_books()),
        )
        return Step(send=send) if send else NOTHING

    def close(self, now_ns: Nanos) -> Step:
        """The connection is gone: its books leave use."""
        return Step(
            tuple(
                event
                for reader in (self._deep, self._top)
                for event in reader.lost(GapReason.DISCONNECTED, now_ns).events
            )
        )

    @property
    def ready(self) -> bool:
        """Whether every subscription was confirmed and every book had its snapshot."""
        return self._subscriptions.complete and self._deep.ready and self._top.ready

    # --- books --------------------------------------------------------------------------------

    def _recover(self, step: Step, frame: bytes, now_ns: Nanos) -> Step:
        """What follows from a frame that left its book out of sync, if it did."""
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
        """Attach the book of a recorded frame when it is the first of its instrument."""
        message = read_message(frame)
        arg = message.arg
        if arg is None or (arg.channel, arg.inst_id) in self._listened:
            return False
        instrument = self._names.find(arg.inst_id)
        if instrument is None:  # the recording has no list of instruments
            instrument = guess_instrument(arg.inst_id, read_levels(message))
        self._listened.add((arg.channel, arg.inst_id))
        reader.attach(arg.inst_id, instrument, 0)
        return True

    def _heard_books(self) -> dict[str, int]:
        return {
            symbol.decode(): book.received_ns
            for symbol, book in self._deep.books.items()
            if book.live
        }

    def _event(self, message: Message, now_ns: Nanos) -> Step:
        """Answers to subscriptions, and notices."""
        if message.event == "subscribe":
            arg = self._subscriptions.confirmed(message)
            if arg is not None and arg.channel == DEEP:
                self._recovery.acked(arg.inst_id)
            return NOTHING
        if message.event == "notice":
            return notice(message, now_ns)
        if message.event in {"error", "channel-conn-count-error"}:
            self._subscriptions.refused(message)
            return Step((status("error", f"{message.code}: {message.msg or ''}", now_ns),))
        return NOTHING
