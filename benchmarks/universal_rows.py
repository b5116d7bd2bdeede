"""What an update of one venue costs the universal book, with few and with many venues.

Every venue carries the same updates, one step apart. Best price: the CPU of reading frames and
keeping the best, less that of reading them alone, for ours and for cryptofeed's NBBO alike. View:
a merged book of 20 levels a side, against merging the venues' levels anew in Python.
"""

import gc
import itertools
import statistics
import time
from collections.abc import Callable
from decimal import Decimal
from heapq import merge
from typing import Any

from argosy.books import Shelf
from argosy.books.frames import BookReader
from argosy.books.universal import UniversalBook
from benchmarks.contenders import NotMeasured
from benchmarks.ours import OKX, instrument
from benchmarks.peer_cryptofeed import Cryptofeed, _finish, _idle
from benchmarks.rewrite import okx_there_and_back
from benchmarks.rows import Row, compared, skipped
from benchmarks.streams import Stream

GROUP = "universal book"
DEPTH = 20


class _Venues:
    """Our books of one pair at many venues, and the universal book over them."""

    def __init__(self, stream: Stream, count: int, updates: int) -> None:
        pair = stream.pairs[0]
        shelf = Shelf()
        self.book = UniversalBook(pair.symbol)
        self.fees = [Decimal(10 + i) / 10_000 for i in range(count)]
        self.readers = []
        self.books = []
        for i in range(count):
            reader = BookReader(OKX, shelf)
            self.books.append(reader.attach(pair.wire, instrument(f"venue{i}", pair)))
            self.readers.append(reader)
            self.book.add(self.books[-1], taker_fee=self.fees[i], heard_ns=lambda: 1)
        self.opening = stream.opening[0]
        frames = list(itertools.islice(okx_there_and_back(stream), updates // count + 1))
        self.steps = [(i % count, frames[i // count]) for i in range(updates)]

    def open(self) -> None:
        for reader in self.readers:
            reader.read(self.opening, 1)
        self.book.refresh(1)

    def read(self) -> None:
        readers = self.readers
        for number, frame in self.steps:
            readers[number].read(frame, 1)

    def read_and_keep(self) -> None:
        readers = self.readers
        changed = self.book.changed
        for number, frame in self.steps:
            readers[number].read(frame, 1)
            changed(number)

    def view(self) -> None:
        view = self.book.view
        for _ in range(200):
            view(1, DEPTH)

    def naive(self) -> None:
        for _ in range(200):
            self.merged()

    def merged(self) -> tuple[list[tuple[Decimal, Decimal]], list[tuple[Decimal, Decimal]]]:
        """The merged sides as anyone would write it: (net price, size), best first."""
        bids = []
        asks = []
        for book, fee in zip(self.books, self.fees, strict=True):
            book_bids, book_asks = book.levels(DEPTH)
            bids.append([(price * (1 - fee), size) for price, size in book_bids])
            asks.append([(price * (1 + fee), size) for price, size in book_asks])
        return (
            list(itertools.islice(merge(*bids, key=lambda x: x[0], reverse=True), DEPTH)),
            list(itertools.islice(merge(*asks, key=lambda x: x[0]), DEPTH)),
        )

    def wrong(self) -> str:
        """Empty when the merged books agree."""
        view = self.book.view(1, DEPTH)
        for ours, plain in zip((view.bids, view.asks), self.merged(), strict=True):
            if [level.net_price for level in ours] != [price for price, _ in plain]:
                return f"best {ours[0].net_price if ours else None}, not {plain[0][0]}"
        return ""


class _Named:
    """What NBBO reads of a book, under a venue's name: all books here are of one exchange class."""

    __slots__ = ("book", "exchange", "symbol")

    def __init__(self, book: Any, exchange: str) -> None:
        self.book = book.book
        self.symbol = book.symbol
        self.exchange = exchange


def _named(exchange: str, listener: Any) -> Any:
    async def tell(book: Any, receipt: float) -> None:
        await listener(_Named(book, exchange), receipt)

    return tell


class _Nbbo:
    """cryptofeed's books of one pair under as many names, and its NBBO over them."""

    def __init__(self, stream: Stream, steps: list[tuple[int, bytes]], count: int) -> None:
        self.feeds = [Cryptofeed(stream) for _ in range(count)]
        from cryptofeed.defines import L2_BOOK
        from cryptofeed.nbbo import NBBO

        self.heard: list[tuple[object, ...]] = []

        async def take(*best: object) -> None:
            self.heard[:] = [best]

        self.nbbo = NBBO(take, list(self.feeds[0].names.values()))
        self.channel = L2_BOOK
        self.steps = [(number, frame.decode()) for number, frame in steps]
        self.version = self.feeds[0].version

    def open(self) -> None:
        for feed in self.feeds:
            feed.open()

    def listen(self, on: bool) -> None:
        for i, feed in enumerate(self.feeds):
            told = _named(f"VENUE{i}", self.nbbo if on else _idle)
            feed.feed.callbacks[self.channel] = [told]

    def read(self) -> None:
        _finish(self._read())

    async def _read(self) -> None:
        handlers = [feed.feed.message_handler for feed in self.feeds]
        for number, text in self.steps:
            await handlers[number](text, None, 0.0)


def _timed(work: Callable[[], None]) -> float:
    gc.collect()
    gc.disable()
    try:
        began = time.thread_time_ns()
        work()
        return (time.thread_time_ns() - began) / 1000
    finally:
        gc.enable()


def measure(stream: Stream, repeats: int, updates: int) -> list[Row]:
    """Rows for 2, 8 and 32 venues."""
    return [row for count in (2, 8, 32) for row in _measure(stream, count, repeats, updates)]


def _measure(stream: Stream, count: int, repeats: int, updates: int) -> list[Row]:
    venues = _Venues(stream, count, updates)
    best_name = f"universal book, best price after an update, {count} venues"
    view_name = f"universal book, {DEPTH} levels a side, {count} venues"
    nbbo: _Nbbo | None = None
    why = ""
    try:
        nbbo = _Nbbo(stream, venues.steps, count)
    except (NotMeasured, ImportError) as e:
        why = str(e)
    found: dict[str, list[float]] = {"best": [], "nbbo": [], "view": [], "naive": []}
    for _ in range(repeats):
        venues.open()
        alone = _timed(venues.read)
        venues.open()
        found["best"].append((_timed(venues.read_and_keep) - alone) / updates)
        found["view"].append(_timed(venues.view) / 200)
        found["naive"].append(_timed(venues.naive) / 200)
        if nbbo is not None:
            nbbo.open()
            nbbo.listen(False)
            alone = _timed(nbbo.read)
            nbbo.open()
            nbbo.listen(True)
            found["nbbo"].append((_timed(nbbo.read) - alone) / updates)
    wrong = venues.wrong()
    if wrong:
        return [skipped(GROUP, view_name, "", f"the merged books differ: {wrong}")]
    middle = {who: statistics.median(values) for who, values in found.items() if values}
    note = "with and without it over the same frames, the difference; ours nets fees, NBBO does not"
    rows = []
    if nbbo is None:
        rows.append(skipped(GROUP, best_name, "cryptofeed NBBO", why))
    rows.append(
        compared(
            GROUP,
            best_name,
            "us/update",
            middle["best"],
            "" if nbbo is None else "cryptofeed NBBO",
            "" if nbbo is None else nbbo.version,
            middle.get("nbbo"),
            note=note,
        )
    )
    rows.append(
        compared(
            GROUP,
            view_name,
            "us/view",
            middle["view"],
            "plain re-merge",
            "Python",
            middle["naive"],
            note="levels as Decimal values net of fees; heapq.merge over the same books",
        )
    )
    return rows
