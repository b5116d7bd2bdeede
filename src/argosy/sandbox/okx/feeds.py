"""Public streams, shared by their subscribers: what to push first, what later. Sends nothing."""

import zlib
from collections import deque
from collections.abc import Callable
from itertools import islice

import msgspec

from argosy.model import Side
from argosy.sandbox.engine import BookSide, Listing, TradePrint
from argosy.sandbox.okx import market, names
from argosy.sandbox.okx.args import Row, ms
from argosy.sandbox.okx.exchange import Exchange

CHECKED = 25  # levels a side that the legacy checksum covers
BUFFERED = 5_000  # prints kept for a stream between two pushes


class Push(msgspec.Struct, frozen=True):
    """One frame's payload: `action` only where the channel has one."""

    data: list[Row] | list[list[str]]
    action: str = ""


class Feed:
    """A stream that looks every `interval_s` whether there is something to push."""

    interval_s = 0.1

    def __init__(self) -> None:
        self.due_s = 0.0

    def first(self) -> list[Push]:
        """What a new subscriber gets at once."""
        return []

    def next(self, now_s: float) -> list[Push]:
        """What everybody gets now; called when due. `now_s` is the loop's clock."""
        del now_s
        return []


class BookFeed(Feed):
    """books, books-l2-tbt, books50-l2-tbt: a snapshot, then what changed in the top levels."""

    def __init__(self, exchange: Exchange, listing: Listing, depth: int, interval_s: float) -> None:
        super().__init__()
        self.interval_s = interval_s
        self._exchange, self._listing, self._depth = exchange, listing, depth
        self._sent: dict[Side, dict[int, tuple[int, int]]] = {}
        self._seen = -1  # the book's sequence at the last look
        self._sequence = 0  # the last seqId pushed
        self._pushed_s = 0.0
        self._look()

    def first(self) -> list[Push]:
        """The state as of the last push, so that the next update fits."""
        if not self._exchange.options.initial_snapshot:
            return []
        row = self._row(self._sent, previous=-1)
        return [Push([row], "snapshot")]

    def next(self, now_s: float) -> list[Push]:
        """The changes since the last push; nothing, or an empty one when it was quiet for long."""
        if self._listing.book.sequence != self._seen:
            before, previous = self._sent, self._sequence
            self._look()
            changed = {side: _changes(before[side], self._sent[side]) for side in Side}
            if changed[Side.BUY] or changed[Side.SELL]:
                self._pushed_s = now_s
                return [Push([self._row(changed, previous)], "update")]
            self._sequence = previous
        if not self._pushed_s:
            self._pushed_s = now_s
        if now_s - self._pushed_s < self._exchange.options.book_heartbeat_s:
            return []
        self._pushed_s = now_s
        row = self._row({side: {} for side in Side}, previous=self._sequence)
        return [Push([row], "update")]

    def _look(self) -> None:
        book = self._listing.book
        self._seen = book.sequence
        self._sequence = self._exchange.sequence(self._listing)
        self._sent = {Side.BUY: self._top(book.bids), Side.SELL: self._top(book.asks)}

    def _top(self, side: BookSide) -> dict[int, tuple[int, int]]:
        return {level.price: (level.size, len(level.orders)) for level in islice(side, self._depth)}

    def _row(self, sides: dict[Side, dict[int, tuple[int, int]]], previous: int) -> Row:
        return {
            "asks": self._levels(sides[Side.SELL], reverse=False),
            "bids": self._levels(sides[Side.BUY], reverse=True),
            "ts": ms(self._exchange.now_ns()),
            "checksum": self._checksum() if self._exchange.options.checksum else 0,
            "prevSeqId": previous,
            "seqId": self._sequence,
        }

    def _levels(self, side: dict[int, tuple[int, int]], *, reverse: bool) -> list[list[str]]:
        spec = self._listing.spec
        return [
            [names.price(spec, price), names.size(spec, side[price][0]), "0", str(side[price][1])]
            for price in sorted(side, reverse=reverse)
        ]

    def _checksum(self) -> int:
        """CRC32, signed, of the best 25 levels as the venue made it before 2026-06-23."""
        bids = self._levels(self._sent[Side.BUY], reverse=True)[:CHECKED]
        asks = self._levels(self._sent[Side.SELL], reverse=False)[:CHECKED]
        parts: list[str] = []
        for rank in range(CHECKED):
            for side in (bids, asks):
                if rank < len(side):
                    parts += side[rank][:2]
        value = zlib.crc32(":".join(parts).encode())
        return value - (1 << 32) if value >= 1 << 31 else value


def _changes(
    before: dict[int, tuple[int, int]], after: dict[int, tuple[int, int]]
) -> dict[int, tuple[int, int]]:
    changed = {price: level for price, level in after.items() if before.get(price) != level}
    changed.update({price: (0, 0) for price in before if price not in after})
    return changed


class TopFeed(Feed):
    """books5 and bbo-tbt: the best levels whole, whenever they changed."""

    def __init__(self, exchange: Exchange, listing: Listing, depth: int, interval_s: float) -> None:
        super().__init__()
        self.interval_s = interval_s
        self._exchange, self._listing, self._depth = exchange, listing, depth
        self._seen = -1
        self._last: tuple[object, object] = (None, None)
        self._pushed_s = 0.0

    def first(self) -> list[Push]:
        """The levels now."""
        return [Push([self._row()])]

    def next(self, now_s: float) -> list[Push]:
        """The levels, when they changed or were quiet for long."""
        self._pushed_s = self._pushed_s or now_s
        quiet = now_s - self._pushed_s < self._exchange.options.book_heartbeat_s
        if quiet and self._listing.book.sequence == self._seen:
            return []
        self._seen = self._listing.book.sequence
        row = self._row()
        if quiet and (row["asks"], row["bids"]) == self._last:
            return []
        self._last, self._pushed_s = (row["asks"], row["bids"]), now_s
        return [Push([row])]

    def _row(self) -> Row:
        now, sequence = self._exchange.now_ns(), self._exchange.sequence(self._listing)
        row = market.book(self._listing, self._depth, now, sequence)
        if self._depth == 1:
            return row
        return row | {"instId": self._listing.spec.instrument.venue_symbol}


class TradeFeed(Feed):
    """trades and trades-all; the first joins prints of one moment, price and side."""

    interval_s = 0.01

    def __init__(self, exchange: Exchange, listing: Listing, *, joined: bool) -> None:
        super().__init__()
        self._exchange, self._listing, self._joined = exchange, listing, joined
        self._prints: deque[TradePrint] = deque(maxlen=BUFFERED)

    def hear(self, print_: TradePrint) -> None:
        """Keep a print for the next push."""
        self._prints.append(print_)

    def next(self, now_s: float) -> list[Push]:
        """One frame per trade."""
        del now_s
        pushes: list[Push] = []
        sequence = self._exchange.sequence(self._listing)
        while self._prints:
            first = self._prints.popleft()
            count = 1
            while self._joined and self._prints and _joins(first, self._prints[0]):
                more = self._prints.popleft()
                first = more._replace(size=first.size + more.size)
                count += 1
            if self._joined:
                row = market.trade(self._listing.spec, first, stream=True, sequence=sequence)
                row["count"] = str(count)
            else:
                row = market.trade(self._listing.spec, first)
            pushes.append(Push([row]))
        return pushes


def _joins(one: TradePrint, other: TradePrint) -> bool:
    same = (one.price, one.taker_side) == (other.price, other.taker_side)
    return same and other.at_ns - one.at_ns < 1_000_000


class RowFeed(Feed):
    """Rows made anew at every look, pushed when they changed or after `quiet_s`."""

    def __init__(
        self, make: Callable[[], list[Row]], interval_s: float, quiet_s: float = 1e9
    ) -> None:
        super().__init__()
        self.interval_s = interval_s
        self._make, self._quiet_s = make, quiet_s
        self._last: list[Row] = []
        self._pushed_s = 0.0

    def first(self) -> list[Push]:
        """The rows now, each in a frame."""
        rows = self._make()
        return [Push(rows)] if rows else []

    def next(self, now_s: float) -> list[Push]:
        """The rows that changed in more than their time."""
        rows = self._make()
        bare = [{name: value for name, value in row.items() if name != "ts"} for row in rows]
        quiet = now_s - self._pushed_s < self._quiet_s
        if quiet and bare == self._last:
            return []
        fresh = [row for row, old in zip(rows, bare, strict=True) if old not in self._last]
        self._last, self._pushed_s = bare, now_s
        shown = fresh if quiet else rows
        return [Push(shown)] if shown else []


class CandleFeed(Feed):
    """candle*: the running bar once a second when it changed, and each bar's end."""

    interval_s = 0.5

    def __init__(self, exchange: Exchange, listing: Listing, bar: str, width: int) -> None:
        super().__init__()
        self._exchange, self._listing, self._bar, self._width = exchange, listing, bar, width
        self._last: list[str] = []

    def first(self) -> list[Push]:
        """The running bar."""
        rows = self._rows()
        return [Push(rows[-1:])] if rows else []

    def next(self, now_s: float) -> list[Push]:
        """The bar when it changed; the one before, confirmed, when a new one began."""
        del now_s
        rows = self._rows()
        if not rows or rows[-1] == self._last:
            return []
        began = bool(self._last) and rows[-1][0] != self._last[0]
        self._last = rows[-1]
        ended = [Push([rows[-2]])] if began and len(rows) > 1 else []
        return [*ended, Push([rows[-1]])]

    def _rows(self) -> list[list[str]]:
        now, spec = self._exchange.now_ns(), self._listing.spec
        width = market.BARS[self._bar]
        found = market.bars(self._listing, self._bar, now)[-2:]
        rows = [market.candle(spec, bar, width, now) for bar in found]
        return rows if self._width == 9 else [[*row[:5], row[8]] for row in rows]


class EventFeed(Feed):
    """Rows that something else puts in: liquidation-orders, instruments, status."""

    interval_s = 0.05

    def __init__(self, first: Callable[[], list[Row]] | None = None) -> None:
        super().__init__()
        self._first = first
        self._rows: deque[Row] = deque(maxlen=BUFFERED)

    def put(self, row: Row) -> None:
        """Push a row at the next look."""
        self._rows.append(row)

    def first(self) -> list[Push]:
        """All there is, where the channel begins so."""
        rows = self._first() if self._first is not None else []
        return [Push(rows)] if rows else []

    def next(self, now_s: float) -> list[Push]:
        """What was put in."""
        del now_s
        rows = list(self._rows)
        self._rows.clear()
        return [Push(rows)] if rows else []
