"""Reads a recording through a venue's own sessions: normalised events, and a summary of them."""

from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import msgspec

from argosy.books import Shelf, VenueBook
from argosy.errors import ArgosyError, StreamGap, Unsupported, WireError
from argosy.model import BookGap, GapReason, MarketEvent
from argosy.net import recording
from argosy.net.recording import Broken, Entry
from argosy.ports import BookChanged, Event, FeedPlan, FeedSession, HttpResponse, Step
from argosy.venues.catalog import Adapter

_PROBLEMS_KEPT = 20


class BookSummary(msgspec.Struct, kw_only=True, omit_defaults=False):
    """How one instrument's book ended."""

    bids: int  # levels
    asks: int
    best_bid: Decimal | None
    best_ask: Decimal | None
    live: bool
    updates: int
    snapshots: int
    gaps: int
    checksums_right: int
    checksums_wrong: int


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Something that could not be read."""

    line: int
    reason: str


class Summary(msgspec.Struct, kw_only=True):
    """What a recording held."""

    venue: str
    file: str
    frames: int = 0
    events: dict[str, int] = msgspec.field(default_factory=dict)
    ignored: int = 0  # frames that say nothing about the market: acknowledgements, heartbeats
    errors: int = 0  # frames and lines that could not be read
    gaps: int = 0
    checksums_right: int = 0
    checksums_wrong: int = 0
    instruments: dict[str, BookSummary] = msgspec.field(default_factory=dict)
    problems: list[Problem] = msgspec.field(default_factory=list)  # the first few errors


def kind_of(event: Event) -> str:
    """The name an event goes by in JSON."""
    return str(event.__struct_config__.tag or type(event).__name__.lower())


class Decoding:
    """One pass over one recording. Iterate `events`; `summary` is whole afterwards."""

    def __init__(
        self, adapter: Adapter, path: Path, progress: Callable[[int], None] | None = None
    ) -> None:
        if adapter.feed is None or adapter.reference is None:
            raise Unsupported(f"{adapter.info.id} has no public streams to decode")
        self.summary = Summary(venue=adapter.info.id, file=path.name)
        self.shelf = Shelf()
        self.addresses: dict[str, str] = {}  # of each recorded connection
        self.began_ns = 0
        self._feed = adapter.feed
        self._reference = adapter.reference
        self._path = path
        self._sessions: dict[str, FeedSession] = {}
        self._counts: Counter[str] = Counter()
        self._progress = progress

    def events(self) -> Iterator[Event]:
        """Every event in the recording's order; a book's change as the levels that changed."""
        for entry in recording.read(self._path, self._broken):
            if self._progress is not None and entry.line % 1000 == 0:
                self._progress(entry.line)
            if entry.kind == "http":
                self._learn(entry)
            elif entry.kind == "connect":
                self.addresses[entry.conn] = entry.url
                self._sessions[entry.conn] = self._session(entry)
            elif entry.kind == "recv":
                yield from self._frame(entry)
        self._finish()

    def _learn(self, entry: Entry) -> None:
        response = HttpResponse(status=entry.status, body=entry.data, received_ns=entry.at_ns)
        try:
            self._reference.learn(self._reference.recognise(entry.url, response))
        except ArgosyError as e:
            self._problem(entry.line, str(e))

    def _session(self, entry: Entry) -> FeedSession:
        self.began_ns = self.began_ns or entry.at_ns
        plan = FeedPlan(url="ws_public", listen=True, as_of_ns=entry.at_ns)
        session = self._feed.session(plan, self.shelf)
        session.open(entry.at_ns)
        return session

    def _frame(self, entry: Entry) -> Iterator[Event]:
        session = self._sessions.get(entry.conn)
        if session is None:
            session = self._sessions[entry.conn] = self._session(entry)
        self.summary.frames += 1
        try:
            step = session.receive(entry.data, entry.at_ns)
        except (WireError, StreamGap) as e:
            self._problem(entry.line, str(e))
            return
        if not step.events:
            self.summary.ignored += 1
        yield from self._normalised(step, entry.line)

    def _normalised(self, step: Step, line: int) -> Iterator[Event]:
        for event in step.events:
            found: Event = event
            if isinstance(event, BookChanged):
                assert isinstance(event.book, VenueBook)
                found = event.book.last_change()
            elif isinstance(event, BookGap):
                self.summary.gaps += 1
                if event.reason is GapReason.MALFORMED:
                    self._problem(line, event.detail)
            self._counts[kind_of(found)] += 1
            yield found

    def _broken(self, broken: Broken) -> None:
        self._problem(broken.line, broken.reason)

    def _problem(self, line: int, reason: str) -> None:
        self.summary.errors += 1
        if len(self.summary.problems) < _PROBLEMS_KEPT:
            self.summary.problems.append(Problem(line=line, reason=reason))

    def _finish(self) -> None:
        self.summary.events = dict(sorted(self._counts.items()))
        self.summary.instruments = books_of(self.shelf)
        for book in self.summary.instruments.values():
            self.summary.checksums_right += book.checksums_right
            self.summary.checksums_wrong += book.checksums_wrong


def books_of(shelf: Shelf) -> dict[str, BookSummary]:
    """How every book on a shelf stands."""
    found = {}
    for name, book in sorted(shelf.books.items()):
        bid, ask = book.best_bid(), book.best_ask()
        found[name] = BookSummary(
            bids=len(book.bids),
            asks=len(book.asks),
            best_bid=bid[0] if bid else None,
            best_ask=ask[0] if ask else None,
            live=book.live,
            updates=book.updates,
            snapshots=book.snapshots,
            gaps=book.gaps,
            checksums_right=book.checksums_right,
            checksums_wrong=book.checksums_wrong,
        )
    return found


def instruments_of(event: Event) -> str | None:
    """The instrument an event is about."""
    return event.instrument if isinstance(event, MarketEvent) else None
