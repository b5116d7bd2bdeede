"""The prices works see, from the desk's own feeds, with the reason when they may not be used."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import partial

from argosy.books import VenueBook
from argosy.desk.link import VenueLink
from argosy.errors import ConfigError
from argosy.execution.work import FeedBack, FeedLost, Input, Market, Moved, Traded, Work
from argosy.model import (
    BookGap,
    IndexPrice,
    Instrument,
    InstrumentId,
    MarkPrice,
    Side,
    Trade,
    split_id,
)
from argosy.model.money import ZERO
from argosy.model.time import SECOND
from argosy.ports import BookChanged, Clock, Event

_LOOK = 16  # levels of a book, at first


class _Watched:
    """One instrument's prices as they come."""

    def __init__(self, about: Instrument) -> None:
        self.about = about
        self.book: VenueBook | None = None
        self.top: tuple[object, ...] = ()
        self.last: Decimal | None = None
        self.mark: Decimal | None = None
        self.index: Decimal | None = None
        self.volume = ZERO
        self.deep = False  # someone watches more of the book than its best
        self.stale = "not heard of yet"


class MarketWatch(Mapping[InstrumentId, Market]):
    """Markets by instrument, for those that works watch. `tell` hears what works must know."""

    def __init__(
        self,
        clock: Clock,
        links: Mapping[str, VenueLink],
        books: Mapping[InstrumentId, VenueBook],
        position: Callable[[InstrumentId], Decimal | None] = lambda _id: None,
    ) -> None:
        self.tell: Callable[[InstrumentId, Input], None] = lambda _id, _input: None
        self._clock = clock
        self._links = links
        self._watched: dict[InstrumentId, _Watched] = {}
        self._position = position
        self._books = books  # the book in use of each instrument

    # --- what works read --------------------------------------------------------------------------

    def __getitem__(self, instrument: InstrumentId) -> Market:
        watched = self._watched[instrument]
        bid, bid_size, ask, ask_size = _best(watched.book) if not watched.stale else (None,) * 4
        return Market(
            about=watched.about,
            now_ns=self._clock.now_ns(),
            bid=bid,
            bid_size=bid_size,
            ask=ask,
            ask_size=ask_size,
            last=watched.last,
            mark=watched.mark,
            index=watched.index,
            volume=watched.volume,
            depth=None if watched.book is None else partial(size_within, watched.book),
            position=self._position(instrument),
            stale=watched.stale,
        )

    def __iter__(self) -> Iterator[InstrumentId]:
        return iter(self._watched)

    def __len__(self) -> int:
        return len(self._watched)

    # --- who watches what -------------------------------------------------------------------------

    @staticmethod
    def needed(work: Work) -> tuple[InstrumentId, ...]:
        """The instruments whose prices a work wants."""
        return tuple(dict.fromkeys(getattr(work, "instruments", None) or (work.instrument,)))

    def watch(self, work: Work) -> None:
        """Watch what a work needs. ConfigError: an instrument that this desk has no prices of."""
        for instrument in self.needed(work):
            if instrument in self._watched:
                self._watched[instrument].deep |= work.watches_depth
                continue
            venue = split_id(instrument)[0]
            link = self._links.get(venue)
            if link is None:
                raise ConfigError(f"no venue {venue!r} on this desk")
            about = link.instruments.get(instrument)
            if about is None:
                raise ConfigError(f"{venue} lists no {instrument} ({link.detail or 'connected'})")
            if not link.hears(instrument):
                raise ConfigError(
                    f"this desk hears no prices of {instrument}, so it could never act on them;"
                    " add its pair to desk.pairs"
                )
            watched = self._watched[instrument] = _Watched(about)
            watched.book = self._books.get(instrument)
            watched.deep = work.watches_depth
            watched.stale = self._why_stale(watched, self._clock.now_ns())

    def watch_again(self, work: Work) -> bool:
        """Watch what a restored work needs; False while its venue is not connected yet."""
        return not self.lacking(work)

    def lacking(self, work: Work) -> str:
        """Why a work cannot see prices now; empty: it can."""
        try:
            self.watch(work)
        except ConfigError as e:
            return str(e)
        return next((self._watched[name].stale for name in self.needed(work)), "")

    # --- events -----------------------------------------------------------------------------------

    def event(self, event: Event) -> None:
        """Take in a market event."""
        if type(event) is BookChanged:
            watched = self._watched.get(event.instrument)
            if watched is None:
                return
            book = event.book
            assert isinstance(book, VenueBook)
            watched.book = book
            top = (book.bids.best(), book.asks.best())
            if watched.stale:
                self._refresh(watched, self._clock.now_ns())
            if top != watched.top or watched.deep:
                watched.top = top
                if not watched.stale:
                    self.tell(event.instrument, Moved(event.instrument))
        elif type(event) is Trade:
            watched = self._watched.get(event.instrument)
            if watched is not None:
                watched.last = event.price
                watched.volume += event.size
                self.tell(event.instrument, Traded(event.instrument, event.price, event.size))
        elif type(event) is MarkPrice or type(event) is IndexPrice:
            watched = self._watched.get(event.instrument)
            if watched is None:
                return
            if type(event) is MarkPrice:
                watched.mark = event.price
            else:
                watched.index = event.price
            self.tell(event.instrument, Moved(event.instrument))
        elif type(event) is BookGap:
            watched = self._watched.get(event.instrument)
            if watched is not None:
                self._refresh(watched, self._clock.now_ns())

    def tick(self, now_ns: int) -> None:
        """Time passed: prices grow stale without a frame."""
        for watched in self._watched.values():
            self._refresh(watched, now_ns)

    def _refresh(self, watched: _Watched, now_ns: int) -> None:
        before, watched.stale = watched.stale, self._why_stale(watched, now_ns)
        about = watched.about.id
        if watched.stale and not before:
            self.tell(about, FeedLost(about))
        elif before and not watched.stale:
            self.tell(about, FeedBack(about))

    def _why_stale(self, watched: _Watched, now_ns: int) -> str:
        book = watched.book
        if book is None:
            return "no book yet: this desk subscribes to the instruments of desk.pairs"
        if not book.live:
            return "the book is not in sync"
        link = self._links[split_id(watched.about.id)[0]]
        age_ns = now_ns - max(link.heard_ns, book.received_ns)
        if age_ns > link.settings.max_age_s * SECOND:
            return f"not heard of for {age_ns // SECOND} s"
        return ""


def _best(
    book: VenueBook | None,
) -> tuple[Decimal | None, Decimal | None, Decimal | None, Decimal | None]:
    if book is None:
        return None, None, None, None
    bids, asks = book.levels(1)
    bid, bid_size = bids[0] if bids else (None, None)
    ask, ask_size = asks[0] if asks else (None, None)
    return bid, bid_size, ask, ask_size


def size_within(book: VenueBook, side: Side, limit: Decimal, most: Decimal) -> Decimal:
    """What a taker of `side` finds at `limit` or better, up to `most`; looked for level by level,
    a few at a time: books are thousands deep, and the answer is near the best as a rule.
    """
    buying = side is Side.BUY
    ladder = book.asks if buying else book.bids
    price, wanted = limit.scaleb(book.price_decimals), int(most.scaleb(book.size_decimals))
    count = _LOOK
    while True:
        levels = ladder.levels(count)
        found = sum(size for at, size in levels if (at <= price if buying else at >= price))
        inside = bool(levels) and (levels[-1][0] <= price if buying else levels[-1][0] >= price)
        if found >= wanted or len(levels) < count or not inside:
            return Decimal(min(found, wanted)).scaleb(-book.size_decimals)
        count *= 4
