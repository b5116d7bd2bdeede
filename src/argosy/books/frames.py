"""Feeds books from raw frames: finds the book, keeps its continuity, applies, verifies.

This file is compiled by Cython and also runs as it stands. What a venue's keys mean comes in as a
BookFormat; nothing here knows a venue, opens a socket or reads a clock.
"""

from collections import deque
from decimal import Decimal

import cython

if cython.compiled:
    from cython.cimports.argosy.books.book import VenueBook
    from cython.cimports.argosy.books.checksums import KrakenSum, okx
    from cython.cimports.argosy.books.ladder import Ladder
    from cython.cimports.argosy.books.scan import FrameScanner
    from cython.cimports.libc.string import memcmp
else:
    from argosy.books.book import VenueBook
    from argosy.books.checksums import KrakenSum, okx
    from argosy.books.ladder import Ladder
    from argosy.books.scan import FrameScanner
from argosy.books.formats import BookFormat
from argosy.errors import WireError
from argosy.model import BookGap, BookSnapshot, BookUpdate, GapReason, Instrument, Level, Nanos
from argosy.ports import NOTHING, BookShelf, Step

BOOK_LEVELS_MAX = cython.declare(cython.int, 200_000)  # a side
PENDING_MAX = 2_000  # frames kept while a snapshot is on its way

SYMBOL_SEEN = cython.declare(cython.int, 1 << 1)
SEQUENCE_SEEN = cython.declare(cython.int, 1 << 7)
PREVIOUS_SEEN = cython.declare(cython.int, 1 << 8)
FIRST_SEEN = cython.declare(cython.int, 1 << 9)
CHECKSUM_SEEN = cython.declare(cython.int, 1 << 10)

LIVE = cython.declare(cython.int, 1)  # as in argosy.books.book.BookState
GAP = cython.declare(cython.int, 2)

# Continuity, as in argosy.books.formats.
BY_PREVIOUS = cython.declare(cython.int, 1)
BY_RANGE = cython.declare(cython.int, 2)
BY_RANGE_PREVIOUS = cython.declare(cython.int, 3)
BY_PLUS_ONE = cython.declare(cython.int, 4)
BY_RISING = cython.declare(cython.int, 5)

APPLY = cython.declare(cython.int, 0)
IGNORE = cython.declare(cython.int, 1)
LOST = cython.declare(cython.int, 2)


@cython.final
@cython.cclass
class BookReader(FrameScanner):
    """The books of one connection, by the venue's own symbols, and how to read their frames."""

    def __init__(self, form: BookFormat, shelf: BookShelf) -> None:
        FrameScanner.__init__(self, form)
        self.shelf = shelf
        self.books = {}
        self.pending = {}
        self.gap = None
        self.unsynced = None
        self.current = None
        self.last_symbol = b""
        self.last_book = None
        self.continuity = int(form.continuity)
        self.checksum = int(form.checksum)
        self.always_snapshot = form.always_snapshot
        self.truncate = form.truncate
        self.scale_from_snapshot = form.scale_from_snapshot

    def attach(self, symbol: str, instrument: Instrument, depth: int = 0) -> VenueBook:
        """Feed the frames that carry `symbol` into the instrument's book, `depth` levels a side.

        Depth 0 means unlimited (up to a bound that protects memory).
        """
        book = self.shelf.book(instrument)
        if not isinstance(book, VenueBook):
            raise TypeError(f"{type(book).__name__} is no book that frames can be read into")
        book.depth = depth
        book.reader = self
        self.books[symbol.encode()] = book
        self.last_book = None
        return book

    def detach(self, symbol: str) -> None:
        """Forget a symbol; its book leaves use."""
        book = self.books.pop(symbol.encode(), None)
        self.pending.pop(symbol.encode(), None)
        self.last_book = None
        if book is not None:
            book.leave()

    def buffer(self, symbol: str) -> None:
        """Keep updates of a book that waits for a snapshot by request; see `read_reply`."""
        self.pending[symbol.encode()] = deque()

    @property
    def ready(self) -> bool:
        """Whether every attached book is live."""
        return all(book.state == 1 for book in self.books.values())

    def read(self, data: bytes, received_ns: int) -> Step:
        """Apply one frame. Returns the book's change, its gap, or nothing.

        A gap empties the book and sets `gap`; updates are then ignored until a snapshot. An update
        for a book that never had a snapshot sets `unsynced`.

        Raises:
            WireError: malformed, and no attached book is known to be concerned.
        """
        self.gap = None
        self.unsynced = None
        self.current = None
        p: cython.p_const_uchar = data
        try:
            self.scan(p, len(data))
        except WireError as e:
            if self.seen & SYMBOL_SEEN:
                known = self.books.get(data[self.symbol_at : self.symbol_at + self.symbol_length])
                if known is not None:
                    return self._lose(known, GapReason.MALFORMED, str(e), received_ns)
            raise
        if not self.seen & SYMBOL_SEEN:
            raise WireError("a book frame without its symbol")
        return self._take(self._find(data), data, received_ns)

    def read_reply(self, symbol: str, data: bytes, received_ns: int) -> Step:
        """Take a snapshot that was asked for by request, then the updates kept meanwhile.

        Raises:
            WireError: the reply is malformed.
        """
        self.gap = None
        self.unsynced = None
        p: cython.p_const_uchar = data
        self.scan(p, len(data))
        key = symbol.encode()
        book = self.books[key]
        self.snapshot = True
        step = self._take(book, data, received_ns)
        if self.gap is not None:
            return step
        book.bridging = True
        for frame, at_ns in self.pending.pop(key, ()):
            later = self.read(frame, at_ns)
            if self.gap is not None:
                return later
        return book.changed

    def lost(self, reason: GapReason, now_ns: int) -> Step:
        """The connection is gone: every attached book leaves use at once."""
        events = []
        for book in self.books.values():
            events.extend(self._lose(book, reason, "", now_ns).events)
        self.gap = None
        self.pending.clear()
        return Step(tuple(events))

    def last_change(self, book: VenueBook) -> BookSnapshot | BookUpdate:
        """The levels of the frame just read, as a value; LookupError when it was another book's."""
        if self.current is not book:
            raise LookupError(f"the latest frame was not one of {book.instrument}")
        prices = -book.price_decimals
        sizes = -book.size_decimals
        bids = tuple(
            Level(
                Decimal(self.bid_prices[i]).scaleb(prices), Decimal(self.bid_sizes[i]).scaleb(sizes)
            )
            for i in range(self.bid_count)
        )
        asks = tuple(
            Level(
                Decimal(self.ask_prices[i]).scaleb(prices), Decimal(self.ask_sizes[i]).scaleb(sizes)
            )
            for i in range(self.ask_count)
        )
        kind = BookSnapshot if self.snapshot else BookUpdate
        return kind(
            instrument=book.instrument,
            venue_ns=Nanos(book.venue_ns),
            received_ns=Nanos(book.received_ns),
            bids=bids,
            asks=asks,
            sequence=self.sequence if self.seen & SEQUENCE_SEEN else None,
        )

    def _lose(self, book: VenueBook, reason: GapReason, detail: str, now_ns: int) -> Step:
        """Take a book out of use and say so."""
        self.gap = book.instrument
        self.current = None
        book.lose()
        return Step(
            (
                BookGap(
                    instrument=book.instrument,
                    venue_ns=Nanos(book.venue_ns),
                    received_ns=Nanos(now_ns),
                    reason=reason,
                    detail=detail,
                ),
            )
        )

    # --- the compiled part ------------------------------------------------------------------------

    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def named(self, p: cython.p_const_uchar) -> cython.int:
        """Know the book of the frame being read, so that its levels are read in its decimals."""
        if self.last_book is not None and len(self.last_symbol) == self.symbol_length:
            if cython.compiled:
                known: cython.p_const_uchar = self.last_symbol
                if memcmp(cython.address(p[self.symbol_at]), known, self.symbol_length) == 0:
                    return 0
            elif p[self.symbol_at : self.symbol_at + self.symbol_length] == self.last_symbol:
                return 0
        symbol: bytes = p[self.symbol_at : self.symbol_at + self.symbol_length]
        self.last_book = self.books.get(symbol)
        if self.last_book is not None:
            self.last_symbol = symbol
            self._expect(self.last_book)
        return 0

    @cython.cfunc
    def _find(self, data: bytes) -> VenueBook:
        """The book of the symbol in the latest frame."""
        p: cython.p_const_uchar = data
        self.named(p)
        if self.last_book is None:
            symbol = data[self.symbol_at : self.symbol_at + self.symbol_length]
            raise WireError(f"a book frame for {symbol!r}, which was not subscribed to")
        return self.last_book

    @cython.cfunc
    @cython.exceptval(check=False)
    def _expect(self, book: VenueBook) -> cython.int:
        """Read numbers with the decimals of this book, unless its next snapshot sets them."""
        price: cython.int = -1 if self.scale_from_snapshot else book.price_decimals
        size: cython.int = -1 if self.scale_from_snapshot else book.size_decimals
        if price != self.usual_price_decimals or size != self.usual_size_decimals:
            self.off_usual = self.bid_count + self.ask_count > 0  # those were read with others
            self.usual_price_decimals = price
            self.usual_size_decimals = size
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def _judge(self, book: VenueBook) -> cython.int:
        """Whether an update follows on what the book has."""
        rule: cython.int = self.continuity
        if rule == BY_PREVIOUS:
            if not self.seen & PREVIOUS_SEEN or not self.seen & SEQUENCE_SEEN:
                return APPLY  # formats of before the ids
            if self.previous == book.sequence:
                return APPLY
            if book.bridging:
                if self.sequence <= book.sequence:
                    return IGNORE
                if self.previous < book.sequence:
                    return APPLY
            return LOST
        if rule == BY_RANGE or (rule == BY_RANGE_PREVIOUS and book.bridging):
            if not self.seen & FIRST_SEEN or not self.seen & SEQUENCE_SEEN:
                return LOST
            if rule == BY_RANGE:
                if self.sequence <= book.sequence:
                    return IGNORE
                return APPLY if self.first <= book.sequence + 1 else LOST
            if self.sequence < book.sequence:
                return IGNORE
            return APPLY if self.first <= book.sequence else LOST
        if rule == BY_RANGE_PREVIOUS:
            return APPLY if self.seen & PREVIOUS_SEEN and self.previous == book.sequence else LOST
        if rule == BY_PLUS_ONE:
            return APPLY if self.sequence == book.sequence + 1 else LOST
        return APPLY

    @cython.cfunc
    def _take(self, book: VenueBook, data: bytes, received_ns: cython.longlong) -> object:
        """Apply the scanned frame to its book: all of it, or nothing and a gap."""
        snapshot: cython.bint = self.snapshot or self.always_snapshot
        self.snapshot = snapshot
        verdict: cython.int
        if snapshot:
            if (
                self.continuity == BY_RISING
                and book.state == LIVE
                and self.seen & SEQUENCE_SEEN
                and self.sequence < book.sequence
            ):
                return NOTHING
        else:
            if book.state != LIVE:
                return self._wait(book, data, received_ns)
            verdict = self._judge(book)
            if verdict == IGNORE:
                return NOTHING
            if verdict == LOST:
                detail = f"have {book.sequence}, got {self.previous}..{self.sequence}"
                return self._lose(book, GapReason.SEQUENCE, detail, received_ns)
        try:
            if snapshot and self.scale_from_snapshot and self.bid_count + self.ask_count > 0:
                book.price_decimals = self.widest(0)
                book.size_decimals = self.widest(8)
            self.scale(book.price_decimals, book.size_decimals)
        except WireError as e:
            return self._lose(book, GapReason.MALFORMED, str(e), received_ns)
        if snapshot:
            book.empty(LIVE)
            book.snapshots += 1
        self._put(book)
        book.updates += 1
        book.bridging = False
        if self.seen & SEQUENCE_SEEN:
            book.sequence = self.sequence
        if self.time_ns != 0:
            book.venue_ns = self.time_ns
        book.received_ns = received_ns
        if self.checksum != 0 and self.seen & CHECKSUM_SEEN and not self._checksum_right(book):
            detail = f"said {self.checksum_said}"
            return self._lose(book, GapReason.CHECKSUM, detail, received_ns)
        bids: Ladder = book.bids
        asks: Ladder = book.asks
        if bids.count > BOOK_LEVELS_MAX or asks.count > BOOK_LEVELS_MAX:
            return self._lose(book, GapReason.OVERFLOW, "too many levels", received_ns)
        self.current = book
        return book.changed

    def _wait(self, book: VenueBook, data: bytes, received_ns: int) -> Step:
        """An update for a book that is not live: keep it where a snapshot was asked for."""
        self.unsynced = book.instrument
        symbol = data[self.symbol_at : self.symbol_at + self.symbol_length]
        kept = self.pending.get(symbol)
        if kept is not None:
            if len(kept) >= PENDING_MAX:
                del self.pending[symbol]
                return self._lose(book, GapReason.OVERFLOW, "no snapshot came", received_ns)
            kept.append((data, received_ns))
        return NOTHING

    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def _put(self, book: VenueBook) -> cython.int:
        """Put the scaled levels into the ladders."""
        bids: Ladder = book.bids
        asks: Ladder = book.asks
        bids.put_many(self.bid_prices, self.bid_sizes, self.bid_count)
        asks.put_many(self.ask_prices, self.ask_sizes, self.ask_count)
        if self.truncate and book.depth > 0:
            if bids.count > book.depth:
                bids.drop_worst(book.depth)
            if asks.count > book.depth:
                asks.drop_worst(book.depth)
        return 0

    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def _checksum_right(self, book: VenueBook) -> cython.bint:
        """Compare the venue's checksum with the book's; an OKX checksum of 0 means none."""
        if not book.verify:
            return True
        if self.checksum == 1:
            kept: KrakenSum = book.kraken_sum
            right: cython.bint = kept.of(book.bids, book.asks) == self.checksum_said
        elif self.checksum_said == 0:
            return True
        else:
            right = (
                okx(book.bids, book.asks, book.price_decimals, book.size_decimals)
                == self.checksum_said
            )
        if right:
            book.checksums_right += 1
        else:
            book.checksums_wrong += 1
        return right
