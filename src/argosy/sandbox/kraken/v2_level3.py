"""The level3 channel of WebSocket v2: single orders in their queues.

https://docs.kraken.com/api/docs/websocket-v2/level3 and guides/spot-ws-l3-checksum-v2
(read 2026-11-22)
"""

import zlib
from itertools import islice
from typing import NamedTuple

from argosy.model import Side
from argosy.sandbox.engine import BookSide, Listing
from argosy.sandbox.ids import kraken_id
from argosy.sandbox.kraken.v2_books import CHECKED
from argosy.sandbox.kraken.wire import stamp

ORDER_DEPTHS = (10, 100, 1000)


class Resting(NamedTuple):
    """One order as the channel shows it."""

    number: int
    price: int
    size: int
    at_ns: int


Levels = dict[int, list[Resting]]


def orders_checksum(listing: Listing) -> int:
    """CRC32 over every order of the ten best asks, then bids, in queue order."""
    digits = "".join(
        f"{level.price}{order.shown}"
        for side in (listing.book.asks, listing.book.bids)
        for level in islice(side, CHECKED)
        for order in level.orders.values()
    )
    return zlib.crc32(digits.encode())


class OrderView:
    """What subscribers of one depth of one book's orders have seen."""

    def __init__(self, listing: Listing, depth: int) -> None:
        self.listing = listing
        self.depth = depth
        book = listing.book
        self._seen = {Side.BUY: self._top(book.bids), Side.SELL: self._top(book.asks)}

    def _top(self, side: BookSide) -> Levels:
        return {
            level.price: [
                Resting(order.number, level.price, order.shown, order.updated_ns)
                for order in level.orders.values()
            ]
            for level in islice(side, self.depth)
        }

    def snapshot(self, at_ns: int) -> str:
        """Every order in view."""
        rows = {
            side: [self._row(order) for queue in levels.values() for order in queue]
            for side, levels in self._seen.items()
        }
        return self._message("snapshot", rows, at_ns)

    def update(self, at_ns: int) -> str | None:
        """What changed since the last look; None when nothing in view did."""
        rows: dict[Side, list[str]] = {}
        for side in (Side.BUY, Side.SELL):
            book = self.listing.book.side(side)
            seen, now = self._seen[side], self._top(book)
            rows[side] = []
            for price, queue in seen.items():
                if price not in now and price not in book.levels:
                    rows[side] += [self._row(order, "delete") for order in queue]
            for price, queue in now.items():
                if seen.get(price) != queue:
                    rows[side] += self._queue(seen.get(price, []), queue)
            self._seen[side] = now
        if not rows[Side.BUY] and not rows[Side.SELL]:
            return None
        return self._message("update", rows, at_ns)

    def _queue(self, before: list[Resting], after: list[Resting]) -> list[str]:
        """The events that turn one level's queue into another."""
        then, now = {o.number: o for o in before}, {o.number: o for o in after}
        stayed = [o.number for o in before if o.number in now]
        if stayed != [o.number for o in after if o.number in then]:  # somebody went to the back
            return [self._row(o, "delete") for o in before] + [self._row(o, "add") for o in after]
        rows = [self._row(order, "delete") for order in before if order.number not in now]
        for order in after:
            old = then.get(order.number)
            if old is None:
                rows.append(self._row(order, "add"))
            elif old.size != order.size:
                rows.append(self._row(order, "modify"))
        return rows

    def _row(self, order: Resting, event: str = "") -> str:
        spec = self.listing.spec
        head = f'"event":"{event}",' if event else ""
        return (
            f'{{{head}"order_id":"{kraken_id("O", order.number)}",'
            f'"limit_price":{spec.price_text(order.price)},'
            f'"order_qty":{spec.size_text(order.size)},"timestamp":"{stamp(order.at_ns, 9)}"}}'
        )

    def _message(self, kind: str, rows: dict[Side, list[str]], at_ns: int) -> str:
        symbol = self.listing.spec.instrument.venue_symbol
        bids, asks = ",".join(rows[Side.BUY]), ",".join(rows[Side.SELL])
        return (
            f'{{"channel":"level3","type":"{kind}","data":[{{"symbol":"{symbol}",'
            f'"checksum":{orders_checksum(self.listing)},"bids":[{bids}],"asks":[{asks}],'
            f'"timestamp":"{stamp(at_ns)}"}}]}}'
        )
