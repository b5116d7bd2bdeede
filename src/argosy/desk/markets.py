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
    Nanos,
    Side,
    Trade,
    TriggerSource,
    split_id,
)
from argosy.model.money import ZERO
from argosy.model.time import SECOND
from argosy.ports import BookChanged, Channel, Clock, Event

_TOLD_S = 30  # a mark or index price that is older is none: venues tell it every few seconds
_CHANNELS = {
    TriggerSource.MARK: Channel.MARK_PRICE,
    TriggerSource.INDEX: Channel.INDEX_PRICE,
}


class _Told:
    """A price that the venue works out, and when it told it."""

    def __init__(self, price: Decimal | None = None, at_ns: int = 0) -> None:
        self._price = price
        self._at_ns = at_ns

    def price_at(self, now_ns: int) -> Decimal | None:
        """The price, unless it is too old to go by."""
        return self._price if now_ns - self._at_ns <= _TOLD_S * SECOND else None


_LOOK = 16  # levels of a book, at first


class _Watched:
    """One instrument's prices as they come."""

    def __init__(self, about: Instrument) -> None:
        self.about = about
        self.book: VenueBook | None = None
        self.top: tuple[object, ...] = ()
        self.last: Decimal | None = None
        self.mark = _Told()
        self.index = _Told()
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
        position: Callable[[InstrumentId], Decimal | None],
        depths: Mapping[str, int],
    ) -> None:
        self.tell: Callable[[InstrumentId, Input], None] = lambda _id, _input: None
        self._clock = clock
        self._links = links
        self._watched: dict[InstrumentId, _Watched] = {}
        self._position = position
        self._depths = depths
        self._books = books  # the book in use of each instrument

    # --- what works read --------------------------------------------------------------------------

    def __getitem__(self, instrument: InstrumentId) -> Market:
        return self._market(self._watched[instrument])

    def _market(self, watched: _Watched) -> Market:
        now_ns = self._clock.now_ns()
        bid, bid_size, ask, ask_size = _best(watched.book) if not watched.stale else (None,) * 4
        return Market(
            about=watched.about,
            now_ns=now_ns,
            bid=bid,
            bid_size=bid_size,
            ask=ask,
            ask_size=ask_size,
            last=watched.last,
            mark=watched.mark.price_at(now_ns),
            index=watched.index.price_at(now_ns),
            volume=watched.volume,
            depth=None if watched.book is None else partial(size_within, watched.book),
            position=self._position(watched.about.id),
            stale=watched.stale,
        )

    @property
    def now_ns(self) -> Nanos:
        """The desk's clock."""
        return self._clock.now_ns()

    def __iter__(self) -> Iterator[InstrumentId]:
        return iter(self._watched)

    def __len__(self) -> int:
        return len(self._watched)

    # --- who watches what -------------------------------------------------------------------------

    def watch(self, work: Work) -> None:
        """Watch what a work needs; what the desk does not hear of it yet is subscribed to.

        Raises:
            ConfigError: an instrument or a price that the venue does not tell, or it is not
                connected yet.
        """
        for instrument in work.watches:
            self._hear(instrument, work.sources)
            if instrument not in self._watched:
                self._watched[instrument] = self._seen(instrument)
            self._watched[instrument].deep |= work.watches_depth

    def glance(self, instrument: InstrumentId) -> Market:
        """An instrument as it is now, watched or not; ConfigError as `watch` raises it. One that
        was not heard yet has no prices the first time.
        """
        self._hear(instrument, frozenset())
        return self._market(self._watched.get(instrument) or self._seen(instrument))

    def _link(self, instrument: InstrumentId) -> VenueLink:
        venue = split_id(instrument)[0]
        link = self._links.get(venue)
        if link is None:
            raise ConfigError(f"no venue {venue!r} on this desk")
        return link

    def _hear(self, instrument: InstrumentId, sources: frozenset[TriggerSource]) -> None:
        link = self._link(instrument)
        channels = [Channel.BOOK, Channel.TRADES]
        for source in sources:
            channel = _CHANNELS.get(source)
            if channel is None:
                continue
            if channel.value not in link.adapter.info.channels:
                raise ConfigError(f"{link.id} tells no {source} price")
            channels.append(channel)
        link.hear(instrument, channels, self._depths.get(link.id))

    def _seen(self, instrument: InstrumentId) -> _Watched:
        watched = _Watched(self._link(instrument).instruments[instrument])
        watched.book = self._books.get(instrument)
        watched.stale = self._why_stale(watched, self._clock.now_ns())
        return watched

    def watch_again(self, work: Work) -> bool:
        """Watch what a restored work needs; False while its venue is not connected yet."""
        return not self.lacking(work)

    def lacking(self, work: Work) -> str:
        """Why a work cannot see prices now; empty: it can."""
        try:
            self.watch(work)
        except ConfigError as e:
            return str(e)
        return next((self._watched[name].stale for name in work.watches), "")

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
                watched.mark = _Told(event.price, event.received_ns)
            else:
                watched.index = _Told(event.price, event.received_ns)
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
            return "no book yet"
        if not book.live:
            return "the book is not in sync"
        link = self._links[split_id(watched.about.id)[0]]
        age_ns = now_ns - max(link.heard_of_ns(watched.about.id), book.received_ns)
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
