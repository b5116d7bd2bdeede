"""What each source asks for more: convex cost curves as flat arrays, from ladders and pools.

This file is compiled by Cython and also runs as it stands. Floats only: exact figures are made
elsewhere from what was chosen here. Knows no venue, currency or time.
"""

from array import array

import cython

if cython.compiled:
    from cython.cimports.argosy.books.ladder import Ladder
    from cython.cimports.libc.math import expm1, log1p, pow  # noqa: A004
else:
    from math import expm1, log1p, pow  # noqa: A004

    from argosy.books.ladder import Ladder

SOURCES_MAX = 512
NONE = array("d", [0.0])
INFINITY = cython.declare(cython.double, float("inf"))


@cython.final
@cython.cclass
class Curves:
    """Cost curves of up to 512 sources, one side of a trade (`sign` +1 buys, -1 sells).

    Amounts are in units of a grid that the caller chose. A *key* is what one more unit costs: the
    net price when buying, minus the net price when selling. So keys rise along a curve on both
    sides, and the least total cost is sought on both. A curve is a row of segments: flat ones (a
    level of a book: the key holds for `size` units) and bent ones (a pool), on which the key after
    x units is `key * (1 - sign * x / reach) ** -bend`.
    """

    def __init__(self, sell: bool, sources: int = SOURCES_MAX, segments: int = 64) -> None:
        if not 0 <= sources <= SOURCES_MAX:
            raise ValueError(f"a route has {sources} sources; at most {SOURCES_MAX} are taken")
        self.sign = -1.0 if sell else 1.0
        self.places = sources
        self.count = 0
        self.segments = 0
        self.room = 0
        self.emitted = 0.0
        self.spent = 0.0
        self.stores = ()
        zeros = bytes(8 * (sources + 1))
        self.heads = (
            array("d", zeros),
            array("d", zeros),
            array("d", zeros),
            array("d", zeros),
            array("i", zeros),
        )
        if cython.compiled:
            doubles: cython.double[::1] = self.heads[0]
            self.fixed = cython.address(doubles[0])
            doubles = self.heads[1]
            self.least = cython.address(doubles[0])
            doubles = self.heads[2]
            self.most = cython.address(doubles[0])
            doubles = self.heads[3]
            self.lot = cython.address(doubles[0])
            ints: cython.int[::1] = self.heads[4]
            self.first = cython.address(ints[0])
        else:
            self.fixed, self.least, self.most, self.lot, self.first = self.heads
        self._grow(max(1, segments))

    # --- filling ----------------------------------------------------------------------------------

    def open(self, fixed: float, least: float, most: float, lot: float) -> int:
        """Begin a source: its fixed cost, least and most units when used at all, units of a lot.

        Returns its number. Segments that follow are its own, until `close`.

        Raises:
            ValueError: there are too many sources already.
        """
        if self.count == self.places:
            raise ValueError(f"{self.places} sources were to come, and are there already")
        at: cython.int = self.count
        self.fixed[at] = fixed
        self.least[at] = least
        self.most[at] = most
        self.lot[at] = lot
        self.first[at] = self.segments
        self.emitted = 0.0
        self.spent = 0.0
        return at

    def close(self) -> float:
        """End the source; returns the units it has, at most what was said when it was opened."""
        at: cython.int = self.count
        self.most[at] = min(self.most[at], self.emitted)
        self.count += 1
        self.first[self.count] = self.segments
        return self.most[at]

    def flat(self, key: float, size: float) -> None:
        """A segment on which every unit has one key."""
        self._emit(key, size, 0.0, 0.0)

    def bent(self, key: float, size: float, reach: float, bend: float) -> None:
        """A segment on which the key rises as a pool's does; `bend` is above 1, `reach` above 0.

        Raises:
            ValueError: the curve would end before the segment does.
        """
        if bend <= 1.0 or reach <= 0.0 or (self.sign > 0 and size >= reach):
            raise ValueError(f"no pool has bend {bend}, reach {reach} and {size} to give")
        self._emit(key, size, reach, bend)

    def ladder(
        self,
        side: Ladder,
        factor: cython.double,
        unit: cython.double,
        lot: cython.longlong,
        most: cython.longlong,
        limit: cython.double = INFINITY,
    ) -> None:
        """The levels of a book, up to `most` of its size steps and to the key `limit`.

        `factor` makes a scaled price a net price, `unit` is one lot in units of the grid, `lot` is
        in size steps. Sizes are cut to whole lots exactly: a lot that spans levels becomes a
        segment at its mean price, so no solution on the grid is lost and the curve stays convex.
        """
        done: cython.longlong = 0
        at: cython.longlong = 0
        end: cython.longlong
        part: cython.longlong
        pending: cython.double = 0.0
        key: cython.double
        b: cython.int
        i: cython.int
        room: cython.int = self.segments + (2 if lot > 1 else 1) * side.count  # at the very most
        if self.room < room:
            self._grow(max(2 * self.room, room))
        for b in range(side.blocks):
            start: cython.int = side.order[b] * side.block
            for i in range(start, start + side.counts[side.order[b]]):
                if done >= most:
                    return
                key = side.keys[i] * factor
                if key > limit:
                    return
                end = at + side.sizes[i]
                if end >= done + lot:
                    if at > done:  # the lot that began on levels before this one
                        part = done + lot - at
                        self._level((pending + key * part) / lot, unit)
                        done += lot
                    part = end - done
                    if lot > 1:
                        part = part // lot * lot
                    part = min(part, most - done)
                    if part > 0:
                        done += part
                        if lot > 1:
                            part = part // lot
                        self._level(key, part * unit)
                    pending = key * (end - done)
                else:
                    pending += key * (end - at)
                at = end

    def cost_of(self, source: int, units: float) -> float:
        """What `units` of a source cost, its fixed cost left out."""
        return self.cost(source, units)

    def marginal_of(self, source: int, units: float) -> float:
        """The key of the last of `units`."""
        return self.marginal(source, units)

    def amount_at(self, source: int, key: float) -> float:
        """How many units of a source have keys up to `key`."""
        j: cython.int = self.reached(self.first[source], self.first[source + 1], key)
        return self.amount(source, j, key)

    # --- the compiled part ------------------------------------------------------------------------

    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def _emit(
        self, key: cython.double, size: cython.double, reach: cython.double, bend: cython.double
    ) -> cython.int:
        j: cython.int = self.segments
        if j == self.room:
            self._grow(self.room * 2)
        self.keys[j] = key
        self.starts[j] = self.emitted
        self.costs[j] = self.spent
        self.reach[j] = reach
        self.bend[j] = bend
        self.sizes[j] = size
        self.emitted += size
        self.segments = j + 1
        self.spent += self.part(j, size)
        return 0

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    def _level(self, key: cython.double, size: cython.double) -> cython.int:
        """A flat segment, where there is room for it."""
        j: cython.int = self.segments
        self.keys[j] = key
        self.starts[j] = self.emitted
        self.costs[j] = self.spent
        self.reach[j] = 0.0
        self.bend[j] = 0.0
        self.sizes[j] = size
        self.emitted += size
        self.spent += key * size
        self.segments = j + 1
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def part(self, j: cython.int, x: cython.double) -> cython.double:
        """What the first `x` units of a segment cost."""
        bend: cython.double = self.bend[j]
        if bend == 0.0:
            return self.keys[j] * x
        reach: cython.double = self.reach[j]
        grown: cython.double = expm1((1.0 - bend) * log1p(-self.sign * x / reach))
        return self.sign * self.keys[j] * reach / (bend - 1.0) * grown

    @cython.cfunc
    @cython.exceptval(check=False)
    def reached(self, low: cython.int, high: cython.int, key: cython.double) -> cython.int:
        """The first segment in [low, high) that begins above `key`; `high` when none does."""
        middle: cython.int
        while low < high:
            middle = (low + high) >> 1
            if self.keys[middle] <= key:
                low = middle + 1
            else:
                high = middle
        return low

    @cython.cfunc
    @cython.exceptval(check=False)
    def amount(self, source: cython.int, j: cython.int, key: cython.double) -> cython.double:
        """Units with keys up to `key`, where `j` is the first segment that begins above it."""
        if j == self.first[source]:
            return 0.0
        j -= 1
        if self.bend[j] == 0.0:
            return self.starts[j] + self.sizes[j]
        # key and self.keys[j] have one sign; a sale at no price at all takes everything
        if self.sign < 0 and key >= 0.0:
            return self.starts[j] + self.sizes[j]
        ratio: cython.double = pow(self.keys[j] / key, 1.0 / self.bend[j])
        x: cython.double = self.sign * self.reach[j] * (1.0 - ratio)
        return self.starts[j] + min(max(x, 0.0), self.sizes[j])

    @cython.cfunc
    @cython.exceptval(check=False)
    def place(self, source: cython.int, x: cython.double) -> cython.int:
        """The segment that the last of `x` units is in."""
        low: cython.int = self.first[source]
        high: cython.int = self.first[source + 1]
        middle: cython.int
        while high - low > 1:
            middle = (low + high) >> 1
            if self.starts[middle] < x:
                low = middle
            else:
                high = middle
        return low

    @cython.cfunc
    @cython.exceptval(check=False)
    def cost(self, source: cython.int, x: cython.double) -> cython.double:
        """What `x` units cost, without the fixed cost."""
        if x <= 0.0 or self.first[source] == self.first[source + 1]:
            return 0.0
        j: cython.int = self.place(source, x)
        return self.costs[j] + self.part(j, min(x - self.starts[j], self.sizes[j]))

    @cython.cfunc
    @cython.exceptval(check=False)
    def marginal(self, source: cython.int, x: cython.double) -> cython.double:
        """The key of the last of `x` units."""
        if self.first[source] == self.first[source + 1]:
            return INFINITY
        j: cython.int = self.place(source, x)
        if self.bend[j] == 0.0:
            return self.keys[j]
        inside: cython.double = min(max(x - self.starts[j], 0.0), self.sizes[j])
        return self.keys[j] * pow(1.0 - self.sign * inside / self.reach[j], -self.bend[j])

    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def _grow(self, room: cython.int) -> cython.int:
        stores = tuple(NONE * room for _ in range(6))
        for new, old in zip(stores, self.stores, strict=False):
            new[: len(old)] = old
        self.stores = stores
        if cython.compiled:
            doubles: cython.double[::1] = stores[0]
            self.keys = cython.address(doubles[0])
            doubles = stores[1]
            self.starts = cython.address(doubles[0])
            doubles = stores[2]
            self.costs = cython.address(doubles[0])
            doubles = stores[3]
            self.sizes = cython.address(doubles[0])
            doubles = stores[4]
            self.reach = cython.address(doubles[0])
            doubles = stores[5]
            self.bend = cython.address(doubles[0])
        else:
            self.keys, self.starts, self.costs, self.sizes, self.reach, self.bend = stores
        self.room = room
        return 0
