"""The book channel of WebSocket v2: depth views, their changes, the CRC32.

https://docs.kraken.com/api/docs/guides/spot-ws-book-v2 (read 2026-11-22)
"""

import zlib
from itertools import islice

from argosy.model import Side
from argosy.sandbox.engine import BookSide, Listing, Spec
from argosy.sandbox.kraken.wire import stamp

DEPTHS = (10, 25, 100, 500, 1000)
CHECKED = 10  # levels a side in the checksum, whatever the depth


def checksum(listing: Listing) -> int:
    """CRC32 of the ten best asks, then the ten best bids: digits without point or leading zeros."""
    # the units are the digits: 45283.5 is 452835 units of the last decimal
    digits = "".join(
        f"{level.price}{level.size}"
        for side in (listing.book.asks, listing.book.bids)
        for level in islice(side, CHECKED)
    )
    return zlib.crc32(digits.encode())


def _rows(spec: Spec, levels: list[tuple[int, int]]) -> str:
    return ",".join(
        f'{{"price":{spec.price_text(price)},"qty":{spec.size_text(size)}}}'
        for price, size in levels
    )


class DepthView:
    """What subscribers of one depth of one book have seen."""

    def __init__(self, listing: Listing, depth: int) -> None:
        self.listing = listing
        self.depth = depth
        self._seen: dict[Side, dict[int, int]] = {}
        self.refresh()

    def _top(self, side: BookSide) -> dict[int, int]:
        return {level.price: level.size for level in islice(side, self.depth)}

    def refresh(self) -> None:
        """Start from the book as it is."""
        book = self.listing.book
        self._seen = {Side.BUY: self._top(book.bids), Side.SELL: self._top(book.asks)}

    def snapshot(self, at_ns: int) -> str:
        """The whole view."""
        bids, asks = (list(self._seen[side].items()) for side in (Side.BUY, Side.SELL))
        return self._message("snapshot", bids, asks, at_ns)

    def update(self, at_ns: int) -> str | None:
        """What changed since the last look; None when nothing in view did.

        Levels that only fell out of the depth are not deleted: clients cut their own books.
        """
        book = self.listing.book
        changed: dict[Side, list[tuple[int, int]]] = {}
        for side in (Side.BUY, Side.SELL):
            levels = book.side(side)
            seen, now = self._seen[side], self._top(levels)
            if seen == now:
                changed[side] = []
                continue
            rows = [(price, 0) for price in seen if price not in now and price not in levels.levels]
            rows += [(price, size) for price, size in now.items() if seen.get(price) != size]
            changed[side] = rows
            self._seen[side] = now
        if not changed[Side.BUY] and not changed[Side.SELL]:
            return None
        return self._message("update", changed[Side.BUY], changed[Side.SELL], at_ns)

    def _message(
        self, kind: str, bids: list[tuple[int, int]], asks: list[tuple[int, int]], at_ns: int
    ) -> str:
        spec = self.listing.spec
        return (
            f'{{"channel":"book","type":"{kind}","data":[{{"symbol":"{spec.instrument.venue_symbol}",'
            f'"bids":[{_rows(spec, bids)}],"asks":[{_rows(spec, asks)}],'
            f'"checksum":{checksum(self.listing)},"timestamp":"{stamp(at_ns)}"}}]}}'
        )
