"""One instrument's resting orders by price and time. Knows nothing of money."""

from bisect import bisect_left, insort
from collections.abc import Iterator

from argosy.model import Side
from argosy.sandbox.engine.orders import Order


class Level:
    """One price: its orders, oldest first, and what they show in sum."""

    __slots__ = ("house", "orders", "price", "size")

    def __init__(self, price: int) -> None:
        self.price = price
        self.size = 0
        self.orders: dict[int, Order] = {}
        self.house: Order | None = None  # the market's own order, of which there is one at most

    def first(self) -> Order:
        """The order with priority."""
        return next(iter(self.orders.values()))


class BookSide:
    """Levels of one side; `keys` is sorted so that the best is last."""

    __slots__ = ("keys", "levels", "sign")

    def __init__(self, sign: int) -> None:
        self.sign = sign  # 1 for bids, -1 for asks
        self.keys: list[int] = []
        self.levels: dict[int, Level] = {}

    def best(self) -> Level | None:
        """The best level, None when the side is empty."""
        return self.levels[self.keys[-1] * self.sign] if self.keys else None

    def best_price(self) -> int | None:
        """The best price, None when the side is empty."""
        return self.keys[-1] * self.sign if self.keys else None

    def __iter__(self) -> Iterator[Level]:
        """Levels, best first."""
        sign, levels = self.sign, self.levels
        return (levels[key * sign] for key in reversed(self.keys))

    def __len__(self) -> int:
        return len(self.keys)

    def level(self, price: int) -> Level:
        """The level at `price`, made when there is none."""
        found = self.levels.get(price)
        if found is None:
            found = self.levels[price] = Level(price)
            insort(self.keys, price * self.sign)
        return found

    def drop(self, price: int) -> None:
        """Remove the level at `price`."""
        del self.levels[price]
        keys = self.keys
        key = price * self.sign
        if keys[-1] == key:
            keys.pop()
        else:
            del keys[bisect_left(keys, key)]


class OrderBook:
    """Both sides of one instrument, and which levels changed since they were last taken."""

    __slots__ = ("asks", "bids", "dirty", "sequence")

    def __init__(self) -> None:
        self.bids = BookSide(1)
        self.asks = BookSide(-1)
        self.dirty: set[tuple[Side, int]] = set()
        self.sequence = 0

    def side(self, side: Side) -> BookSide:
        """Where orders of that side rest."""
        return self.bids if side is Side.BUY else self.asks

    def crosses(self, side: Side, limit: int | None) -> bool:
        """Whether an order of `side` at `limit` (None: any price) meets the other side."""
        other = self.asks if side is Side.BUY else self.bids
        best = other.best_price()
        if best is None:
            return False
        return limit is None or (best <= limit if side is Side.BUY else best >= limit)

    def add(self, order: Order) -> None:
        """Rest an order at its limit, last in its queue; `order.shown` is what the book shows."""
        assert order.limit is not None, "only orders with a price rest"
        level = self.side(order.side).level(order.limit)
        level.orders[order.number] = order
        level.size += order.shown
        if order.account.house:
            level.house = order
        self.dirty.add((order.side, order.limit))

    def remove(self, order: Order) -> None:
        """Take a resting order out."""
        assert order.limit is not None, "only orders with a price rest"
        side = self.side(order.side)
        level = side.levels[order.limit]
        del level.orders[order.number]
        level.size -= order.shown
        if level.house is order:
            level.house = None
        if not level.orders:
            side.drop(order.limit)
        self.dirty.add((order.side, order.limit))

    def resize(self, order: Order, shown: int, *, to_back: bool = False) -> None:
        """Change what an order shows, with or without losing its place."""
        assert order.limit is not None, "only orders with a price rest"
        level = self.side(order.side).levels[order.limit]
        level.size += shown - order.shown
        order.shown = shown
        if to_back:
            del level.orders[order.number]
            level.orders[order.number] = order
        self.dirty.add((order.side, order.limit))

    def rests(self, order: Order) -> bool:
        """Whether the order is in the book."""
        if order.limit is None:
            return False
        level = self.side(order.side).levels.get(order.limit)
        return level is not None and order.number in level.orders

    def fillable(self, side: Side, limit: int | None, size: int) -> bool:
        """Whether `size` could be filled at once, hidden parts included."""
        other = self.asks if side is Side.BUY else self.bids
        for level in other:
            if limit is not None and (
                level.price > limit if side is Side.BUY else level.price < limit
            ):
                break
            size -= sum(order.remaining for order in level.orders.values())
            if size <= 0:
                return True
        return size <= 0
