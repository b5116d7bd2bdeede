"""One venue's book of one instrument: two ladders, and where they stand in the stream.

This file is compiled by Cython and also runs as it stands. It knows no wire format.
"""

from decimal import Decimal
from enum import IntEnum

import cython

if cython.compiled:
    from cython.cimports.argosy.books.checksums import KrakenSum
    from cython.cimports.argosy.books.ladder import Ladder
else:
    from argosy.books.checksums import KrakenSum
    from argosy.books.ladder import Ladder
from argosy.model import BookSnapshot, BookUpdate, Instrument, Level, Nanos
from argosy.model.money import decimals_of
from argosy.ports import BookChanged, Step


class BookState(IntEnum):
    """Whether a book can be used."""

    EMPTY = 0  # no snapshot yet
    LIVE = 1
    GAP = 2  # lost continuity; out of use until the next snapshot


@cython.final
@cython.cclass
class VenueBook:
    """A live book. Prices and sizes inside are int64, scaled by the instrument's own decimals.

    Fed by a BookReader; everyone else only reads. Satisfies ports.BookView.
    """

    def __init__(self, about: Instrument) -> None:
        self.instrument = about.id
        self.about = about
        self.bids = Ladder(True)
        self.asks = Ladder(False)
        self.price_decimals = decimals_of(about.price_increment)
        self.size_decimals = decimals_of(about.size_increment)
        self.depth = 0
        self.state = 0
        self.bridging = False
        self.verify = True
        self.sequence = 0
        self.venue_ns = 0
        self.received_ns = 0
        self.updates = 0
        self.snapshots = 0
        self.gaps = 0
        self.checksums_right = 0
        self.checksums_wrong = 0
        self.kraken_sum = KrakenSum()
        self.reader = None
        self.changed = Step((BookChanged(about.id, self),))

    @property
    def live(self) -> bool:
        """Whether it may be used: it has had its snapshot, no gap since, and is not crossed."""
        return self.state == 1 and not self._crossed()

    @property
    def crossed(self) -> bool:
        """Whether its best bid is not below its best ask; such a book is not served."""
        return bool(self._crossed())

    def levels(
        self, limit: int = 0
    ) -> tuple[list[tuple[Decimal, Decimal]], list[tuple[Decimal, Decimal]]]:
        """Up to `limit` levels a side (0: all), best first: (bids, asks) of (price, size)."""
        return self._decimal(self.bids.levels(limit)), self._decimal(self.asks.levels(limit))

    def best_bid(self) -> tuple[Decimal, Decimal] | None:
        """(price, size) of the best bid, or None."""
        found = self._decimal(self.bids.levels(1))
        return found[0] if found else None

    def best_ask(self) -> tuple[Decimal, Decimal] | None:
        """(price, size) of the best ask, or None."""
        found = self._decimal(self.asks.levels(1))
        return found[0] if found else None

    def snapshot(self, limit: int = 0) -> BookSnapshot:
        """The book as a frozen value."""
        bids, asks = self.levels(limit)
        return BookSnapshot(
            instrument=self.instrument,
            venue_ns=Nanos(self.venue_ns),
            received_ns=Nanos(self.received_ns),
            bids=tuple(Level(*level) for level in bids),
            asks=tuple(Level(*level) for level in asks),
            sequence=self.sequence or None,
        )

    def last_change(self) -> BookSnapshot | BookUpdate:
        """What the latest frame changed, as a value. Ask before the reader reads the next frame.

        Raises:
            LookupError: when the reader has gone on to another book.
        """
        if self.reader is None:
            raise LookupError(f"{self.instrument} has read no frame yet")
        change: BookSnapshot | BookUpdate = self.reader.last_change(self)
        return change

    def lose(self) -> None:
        """A gap: out of use and empty until the next snapshot."""
        self.gaps += 1
        self.empty(2)

    def leave(self) -> None:
        """No longer fed: out of use and empty."""
        self.empty(0)

    def _decimal(self, levels: list[tuple[int, int]]) -> list[tuple[Decimal, Decimal]]:
        prices: int = -self.price_decimals
        sizes: int = -self.size_decimals
        return [
            (Decimal(price).scaleb(prices), Decimal(size).scaleb(sizes)) for price, size in levels
        ]

    def __repr__(self) -> str:
        state = BookState(self.state).name.lower()
        return f"VenueBook({self.instrument!r}, {state}, {len(self.bids)}x{len(self.asks)})"

    @cython.cfunc
    @cython.exceptval(check=False)
    def _crossed(self) -> cython.bint:
        bids: Ladder = self.bids
        asks: Ladder = self.asks
        if bids.count == 0 or asks.count == 0:
            return False
        bid: cython.longlong = -bids.keys[bids.order[0] * bids.block]
        ask: cython.longlong = asks.keys[asks.order[0] * asks.block]
        return bid >= ask

    @cython.cfunc
    @cython.exceptval(check=False)
    def empty(self, state: cython.int) -> cython.int:
        """Drop every level and take a state: what a gap does."""
        bids: Ladder = self.bids
        asks: Ladder = self.asks
        bids.wipe()
        asks.wipe()
        self.state = state
        self.bridging = False
        return 0


def _grid(about: Instrument) -> tuple[Decimal, Decimal]:
    return about.price_increment, about.size_increment


class Shelf:
    """The books of one connection or one venue, by instrument. Satisfies ports.BookShelf."""

    def __init__(self) -> None:
        self.books: dict[str, VenueBook] = {}

    def book(self, instrument: Instrument) -> VenueBook:
        """The book of an instrument, made on first use, and anew where its increments changed: a
        book keeps the scale it was made with.
        """
        found = self.books.get(instrument.id)
        if found is None or _grid(found.about) != _grid(instrument):
            found = self.books[instrument.id] = VenueBook(instrument)
        return found

    def __len__(self) -> int:
        return len(self.books)
