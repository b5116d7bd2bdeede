"""A trade over sources with whole and fixed costs relaxed: the bound that branching works with.

This file is compiled by Cython and also runs as it stands. Floats only.
"""

from array import array

import cython

if cython.compiled:
    from cython.cimports.argosy.execution.routing.curves import Curves
    from cython.cimports.libc.math import fabs, floor
else:
    from math import fabs, floor

    from argosy.execution.routing.curves import Curves

INFINITY = cython.declare(cython.double, float("inf"))
FREE = cython.declare(cython.double, 0.0)  # unused, or used with all it costs to use it
USED = cython.declare(cython.double, 1.0)  # its fixed cost is paid
OUT = cython.declare(cython.double, 2.0)
NEAR = cython.declare(cython.double, 1e-6)  # of a lot: nearer than this is on the grid
SMALL_LOT = cython.declare(cython.double, 1e-11)  # of what can be taken: no lot to floats


@cython.final
@cython.cclass
class Relaxed:
    """The relaxed problem at one node: fill `target` units at the least cost, or, with `spend`, get
    the most units for a cost of `target`.

    A source that costs something to use at all, or has a least size, is relaxed to the convex hull
    of its cost: its best average price (`ea`) up to the size where that is reached (`ex`), its own
    curve beyond, up to `hi`. The rest is convex and separable: solved by bisection on the key that
    the marginal unit has everywhere. The last fraction of a step of one source may then lie inside
    the straight part of its hull: that source is `split`, and the node is to be branched on it.
    """

    def __init__(self, curves: Curves, target: float, spend: bool) -> None:
        self.curves = curves
        self.n = curves.count
        self.target = target
        self.spend = spend
        self.slack = max(target * 1e-12, 0.0 if spend else 1e-3)
        self.split = -1
        self.value = INFINITY
        self.missing = 0.0
        n: cython.int = max(1, self.n)
        self.stores = (
            array("d", bytes(40 * n)),
            array("d", bytes(8 * n)),
            array("i", bytes(12 * n)),
        )
        if cython.compiled:
            doubles: cython.double[::1] = self.stores[0]
            self.node = cython.address(doubles[0])
            self.kind = self.node
            self.lo = self.node + n
            self.hi = self.node + 2 * n
            self.ex = self.node + 3 * n
            self.ea = self.node + 4 * n
            doubles = self.stores[1]
            self.x = cython.address(doubles[0])
            ints: cython.int[::1] = self.stores[2]
            self.jl = cython.address(ints[0])
            self.jm = self.jl + n
            self.jh = self.jl + 2 * n
        else:
            node = memoryview(self.stores[0])
            self.node = node
            self.kind, self.lo, self.hi, self.ex, self.ea = (
                node[k * n : (k + 1) * n] for k in range(5)
            )
            self.x = self.stores[1]
            ints = memoryview(self.stores[2])
            self.jl, self.jm, self.jh = (ints[k * n : (k + 1) * n] for k in range(3))

    @cython.cfunc
    @cython.exceptval(check=False)
    def root(self) -> cython.int:
        i: cython.int
        curves: Curves = self.curves
        hi: cython.double
        lot: cython.double
        for i in range(self.n):
            hi = curves.most[i]
            if not self.spend:
                hi = min(hi, self.target)
            lot = curves.lot[i]
            if lot > 0.0:
                hi = floor(hi / lot + NEAR) * lot
            self.hi[i] = hi
            self.lo[i] = 0.0
            self.kind[i] = FREE
            self.hull(i)
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def hull(self, i: cython.int) -> cython.int:
        """Where a source's average cost is least, and what it is then, for its present `hi`."""
        curves: Curves = self.curves
        hi: cython.double = self.hi[i]
        least: cython.double = curves.least[i]
        fixed: cython.double = curves.fixed[i]
        if hi <= 0.0 or hi < least:
            self.kind[i] = OUT
            return 0
        if fixed == 0.0 and least == 0.0:
            self.kind[i] = USED
            return 0
        x: cython.double = least
        low: cython.int = curves.first[i]
        high: cython.int = curves.first[i + 1]
        middle: cython.int
        if fixed > 0.0:
            first: cython.int = low
            while low < high:  # the first segment that begins beyond the best average
                middle = (low + high) >> 1
                if fixed + curves.costs[middle] > curves.starts[middle] * curves.keys[middle]:
                    low = middle + 1
                else:
                    high = middle
            if low > first and curves.bend[low - 1] != 0.0:
                x = self._inside(i, low - 1)
            elif low < curves.first[i + 1]:
                x = curves.starts[low]
            else:
                x = hi
            x = min(max(x, least), hi)
        self.ex[i] = x
        self.ea[i] = (fixed + curves.cost(i, x)) / x
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def _inside(self, i: cython.int, j: cython.int) -> cython.double:
        """Where on a bent segment the average cost equals the marginal one."""
        curves: Curves = self.curves
        low: cython.double = curves.starts[j]
        high: cython.double = curves.starts[j] + curves.sizes[j]
        middle: cython.double
        fixed: cython.double = curves.fixed[i]
        step: cython.int
        for step in range(100):
            middle = 0.5 * (low + high)
            if middle <= low or middle >= high:
                break
            if fixed + curves.cost(i, middle) > middle * curves.marginal(i, middle):
                low = middle
            else:
                high = middle
        return high

    @cython.cfunc
    @cython.exceptval(check=False)
    def lotted(self, i: cython.int) -> cython.bint:
        """Whether a source's lots are large enough to matter here."""
        return self.curves.lot[i] > SMALL_LOT * self.hi[i]

    @cython.cfunc
    @cython.exceptval(check=False)
    def _supply(self, i: cython.int, j: cython.int, key: cython.double) -> cython.double:
        """Units that the relaxed source gives at a marginal key."""
        x: cython.double
        if self.kind[i] == OUT:
            return 0.0
        if self.kind[i] == FREE:
            if key < self.ea[i]:
                return 0.0
            x = self.curves.amount(i, j, key)
            return min(max(x, self.ex[i]), self.hi[i])
        x = self.curves.amount(i, j, key)
        return min(max(x, self.lo[i]), self.hi[i])

    @cython.cfunc
    @cython.exceptval(check=False)
    def _uses(self, i: cython.int, x: cython.double) -> cython.double:
        """What `x` units of a source take of the target."""
        if not self.spend:
            return x
        if x <= 0.0 and self.kind[i] != USED:
            return 0.0
        return self.curves.fixed[i] + self.curves.cost(i, x)

    @cython.cfunc
    @cython.exceptval(check=False)
    def relax(self) -> cython.bint:
        """Solve the node's relaxed problem into x, value, missing and split; False: infeasible."""
        curves: Curves = self.curves
        i: cython.int
        low: cython.double = INFINITY
        high: cython.double = -INFINITY
        least: cython.double = 0.0
        whole: cython.double = 0.0
        self.split = -1
        self.missing = 0.0
        for i in range(self.n):
            self.x[i] = 0.0
            if self.kind[i] == OUT:
                continue
            self.jl[i] = curves.first[i]
            first: cython.double = curves.keys[curves.first[i]]
            last: cython.double = curves.marginal(i, self.hi[i])
            if self.kind[i] == FREE:
                first = self.ea[i]
                last = max(last, first)
                whole += self._uses(i, self.hi[i])
            else:
                least += self._uses(i, self.lo[i])
                whole += self._uses(i, self.hi[i])
            self.jh[i] = curves.reached(curves.first[i], curves.first[i + 1], last)
            low = min(low, first)
            high = max(high, last)
        if least > self.target + self.slack:
            return False
        if whole <= self.target + self.slack:
            for i in range(self.n):
                if self.kind[i] != OUT:
                    self.x[i] = self.hi[i]
            self.missing = 0.0 if self.spend else max(0.0, self.target - whole)
            return self._price()
        for i in range(self.n):
            if self.kind[i] != OUT:
                self.jh[i] = curves.reached(self.jl[i], curves.first[i + 1], high)
        low -= fabs(low) * 1e-9 + 1e-300
        self._bisect(low, high)
        return self._price()

    @cython.cfunc
    @cython.exceptval(check=False)
    def _bisect(self, low: cython.double, high: cython.double) -> cython.int:
        """Close in on the key at which the sources give the target, and share what lies on it."""
        curves: Curves = self.curves
        i: cython.int
        step: cython.int
        middle: cython.double
        total: cython.double
        for step in range(200):
            middle = 0.5 * (low + high)
            if middle <= low or middle >= high:
                break
            total = 0.0
            for i in range(self.n):
                if self.kind[i] != OUT:
                    self.jm[i] = curves.reached(self.jl[i], self.jh[i], middle)
                    total += self._uses(i, self._supply(i, self.jm[i], middle))
            if total >= self.target:
                high = middle
                for i in range(self.n):
                    self.jh[i] = self.jm[i]
            else:
                low = middle
                for i in range(self.n):
                    self.jl[i] = self.jm[i]
            if self._narrow(low, high):
                break
        return self._share(low, high)

    @cython.cfunc
    @cython.exceptval(check=False)
    def _narrow(self, low: cython.double, high: cython.double) -> cython.bint:
        """Whether at most one step, and no bend, is left between two keys."""
        i: cython.int
        steps: cython.int = 0
        for i in range(self.n):
            if self.kind[i] == OUT:
                continue
            steps += self.jh[i] - self.jl[i]
            if self.kind[i] == FREE and low < self.ea[i] <= high:
                steps += 1
            if steps > 1:
                return False
            if self.jh[i] > self.curves.first[i] and self.curves.bend[self.jh[i] - 1] != 0.0:
                return False
        return True

    @cython.cfunc
    @cython.exceptval(check=False)
    def _share(self, low: cython.double, high: cython.double) -> cython.int:
        """Take all below the key, and of what lies on it as much as is left of the target."""
        i: cython.int
        left: cython.double = self.target
        more: cython.double
        step: cython.double
        for i in range(self.n):
            if self.kind[i] != OUT:
                self.x[i] = self._supply(i, self.jl[i], low)
                left -= self._uses(i, self.x[i])
        for i in range(self.n):
            if self.kind[i] == OUT or (self.kind[i] == FREE and self.x[i] == 0.0):
                continue
            more = self._supply(i, self.jh[i], high)
            step = self._uses(i, more) - self._uses(i, self.x[i])
            if step > 0.0 and left > 0.0:
                self.x[i] += (more - self.x[i]) * min(1.0, left / step)
                left -= min(step, left)
        for i in range(self.n):
            if self.kind[i] != FREE or self.x[i] > 0.0 or left <= 0.0:
                continue
            more = self._supply(i, self.jh[i], high)
            if more <= 0.0:
                continue
            if self._uses(i, more) <= left:
                self.x[i] = more
                left -= self._uses(i, more)
                continue
            step = self._uses(i, self.ex[i])
            if step <= left:
                self.x[i] = self.ex[i]
                more = (more - self.ex[i]) / (self._uses(i, more) - step)
                self.x[i] += more * (left - step)
            else:
                self.x[i] = self.ex[i] * left / step
                self.split = i
            left = 0.0
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def _price(self) -> cython.bint:
        """The relaxed value of x."""
        i: cython.int
        curves: Curves = self.curves
        value: cython.double = 0.0
        for i in range(self.n):
            if self.kind[i] == OUT:
                continue
            if self.spend:
                value -= self.x[i]
            elif i == self.split:
                value += self.ea[i] * self.x[i]
            elif self.x[i] > 0.0 or self.kind[i] == USED:
                value += curves.fixed[i] + curves.cost(i, self.x[i])
        self.value = value
        return True
