"""Splits a trade over sources at the least cost, by branch and bound, and says what it proved.

This file is compiled by Cython and also runs as it stands. Floats only; what it proves, it proves
of the curves it was given. Never reads a book, a clock or a setting.
"""

from array import array

import cython

if cython.compiled:
    from cython.cimports.argosy.execution.routing.curves import Curves
    from cython.cimports.argosy.execution.routing.relaxed import Relaxed
    from cython.cimports.libc.math import fabs, floor
    from cython.cimports.libc.string import memcpy
else:
    from math import fabs, floor

    from argosy.execution.routing.curves import Curves
    from argosy.execution.routing.relaxed import Relaxed

INFINITY = cython.declare(cython.double, float("inf"))
FREE = cython.declare(cython.double, 0.0)  # as in relaxed.py
USED = cython.declare(cython.double, 1.0)
OUT = cython.declare(cython.double, 2.0)
NEAR = cython.declare(cython.double, 1e-6)
COARSE = cython.declare(cython.double, 1e-6)  # of all that is bought: a lot worth branching on


@cython.final
@cython.cclass
class Search:
    """One search over `curves`. Fill `target` units at the least cost, or, with `spend`, get the
    most units for a cost of `target`. Filling more always comes before filling cheaper.

    Branches on sources that the relaxed problem uses for less than pays their fixed cost (in or
    out), and on amounts between lots (down or up). Depth first; at most `nodes_max` nodes. Plans
    within `tolerance` (relative) of the best are not told apart.

    After `run`: `found` has the units of each source, `best_value` the cost (with `spend`: minus
    the units), `best_missing` what could not be filled, `bound` what no plan that fills as much
    can beat, `root_value` the same bound before any branching.
    """

    def __init__(
        self, curves: Curves, target: float, spend: bool, nodes_max: int, tolerance: float
    ) -> None:
        n: cython.int = max(1, curves.count)
        i: cython.int
        self.node = Relaxed(curves, target, spend)
        self.nodes_max = nodes_max
        self.tolerance = tolerance
        self.nodes = 0
        self.depth = 0
        # What is bought is whole units of the grid where every lot is: better is a unit better.
        self.step = 1.0 - NEAR if spend else 0.0
        for i in range(curves.count):
            if curves.lot[i] < 1.0 - NEAR:
                self.step = 0.0
        self.best_value = INFINITY
        self.best_missing = INFINITY
        self.leaf_bound = INFINITY
        self.open_bound = INFINITY
        self.root_value = INFINITY
        self.record = 5 * n + 2
        self.found = array("d", bytes(8 * n))
        self.tried = array("d", bytes(8 * n))
        self.deep = ()
        if cython.compiled:
            doubles: cython.double[::1] = self.found
            self.best = cython.address(doubles[0])
            doubles = self.tried
            self.y = cython.address(doubles[0])
        else:
            self.best = self.found
            self.y = self.tried
        self._deepen(32)

    def run(self) -> None:
        """Search until the best is proven or the node limit is reached."""
        i: cython.int
        if self.node.n == 0 or self.node.target <= 0.0:
            return
        self.node.root()
        for i in range(self.node.n):
            self._single(i)
        self._push(-INFINITY, 0.0)
        while self.depth > 0 and self.nodes < self.nodes_max:
            self._pop()
            if self._hopeless():
                continue
            self.nodes += 1
            if not self.node.relax():
                continue
            if self.nodes == 1:
                self.root_value = self.node.value
            if not self._hopeless():
                self._branch()
        # What was left unexplored bounds what could still be better.
        while self.depth > 0:
            self._pop()
            if not self._hopeless() and self.node.value < self.open_bound:
                self.open_bound = self.node.value

    @property
    def exhausted(self) -> bool:
        """Whether nothing that could be better was left unexplored."""
        return self.open_bound == INFINITY

    @property
    def bound(self) -> float:
        """No plan that fills as much costs less (with `spend`: minus the units, none gets more)."""
        return min(self.open_bound, self.leaf_bound, self.best_value)

    # --- branch and bound -------------------------------------------------------------------------

    @cython.cfunc
    @cython.exceptval(check=False)
    def _hopeless(self) -> cython.bint:
        """Whether the bound at hand cannot lead to anything better than the best found."""
        if self.node.missing > self.best_missing + self.node.slack:
            return True
        if self.node.missing < self.best_missing - self.node.slack:
            return False
        least: cython.double = max(self.tolerance * fabs(self.best_value), self.step)
        return self.node.value >= self.best_value - least

    @cython.cfunc
    @cython.exceptval(check=False)
    def _offer(self, x: cython.pointer[cython.double]) -> cython.int:
        """Keep a feasible plan when it is better: fills more, or as much for less."""
        curves: Curves = self.node.curves
        units: cython.double = 0.0
        cost: cython.double = 0.0
        i: cython.int
        for i in range(self.node.n):
            if x[i] > 0.0:
                units += x[i]
                cost += curves.fixed[i] + curves.cost(i, x[i])
        missing: cython.double = 0.0 if self.node.spend else self.node.target - units
        value: cython.double = -units if self.node.spend else cost
        more: cython.bint = missing < self.best_missing - self.node.slack
        same: cython.bint = missing <= self.best_missing + self.node.slack
        if more or (same and value < self.best_value):
            self.best_missing = missing
            self.best_value = value
            for i in range(self.node.n):
                self.best[i] = x[i]
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def _single(self, i: cython.int) -> cython.int:
        """Offer the plan that uses one source alone."""
        curves: Curves = self.node.curves
        k: cython.int
        for k in range(self.node.n):
            self.y[k] = 0.0
        if self.node.kind[i] == OUT:
            return 0
        x: cython.double = self.node.hi[i]
        if self.node.spend:
            x = self._afford(i, 0.0, self.node.target - curves.fixed[i])
        if x >= curves.least[i] and x > 0.0:
            self.y[i] = x
            self._offer(self.y)
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def _afford(self, i: cython.int, had: cython.double, money: cython.double) -> cython.double:
        """The most units of a source, on its lots, that cost `money` more than `had` units do."""
        curves: Curves = self.node.curves
        low: cython.double = had
        high: cython.double = self.node.hi[i]
        money += curves.cost(i, had)
        if money < 0.0:
            return 0.0
        middle: cython.double
        step: cython.int
        if curves.cost(i, high) > money:
            for step in range(100):
                middle = 0.5 * (low + high)
                if middle <= low or middle >= high:
                    break
                if curves.cost(i, middle) <= money:
                    low = middle
                else:
                    high = middle
        else:
            low = high
        lot: cython.double = curves.lot[i]
        return floor(low / lot + 1e-12) * lot if lot > 0.0 else low

    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def _branch(self) -> cython.int:
        """The relaxed solution at hand: offer it, or open the two nodes that exclude it."""
        i: cython.int = self.node.split
        value: cython.double = self.node.value
        missing: cython.double = self.node.missing
        if i >= 0:
            if self.nodes < 64 or self.nodes % 16 == 0:
                self._round()
            inside: cython.bint = self.node.x[i] >= 0.5 * self.node.ex[i]
            self._child(i, inside, value, missing)
            return 0
        i = self._off_grid()
        if i < 0:
            self._offer(self.node.x)
            return 0
        at: cython.double = self.node.x[i]
        self._round()
        lot: cython.double = self.node.curves.lot[i]
        if self.node.spend and lot <= COARSE * -value:
            # Within a lot, and a fine one, of what can be had: taken, and said in the bound.
            self.leaf_bound = min(self.leaf_bound, value)
            return 0
        low: cython.double = floor(at / lot) * lot
        keep_lo: cython.double = self.node.lo[i]
        keep_hi: cython.double = self.node.hi[i]
        keep_kind: cython.double = self.node.kind[i]
        if low + lot <= keep_hi:
            self.node.kind[i] = USED
            self.node.lo[i] = max(keep_lo, low + lot)
            self._push(value, missing)
            self.node.lo[i] = keep_lo
            self.node.kind[i] = keep_kind
        if low >= keep_lo:
            self.node.hi[i] = low
            if keep_kind == FREE:
                self.node.hull(i)
            self._push(value, missing)
        return 0

    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def _child(
        self, i: cython.int, inside: cython.bint, value: cython.double, missing: cython.double
    ) -> cython.int:
        """Open the nodes with a source in and out, the likelier one on top."""
        turn: cython.int
        for turn in range(2):
            if inside == (turn == 1):
                self.node.kind[i] = USED
                self.node.lo[i] = self.node.curves.least[i]
            else:
                self.node.kind[i] = OUT
                self.node.lo[i] = 0.0
            self._push(value, missing)
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def _off_grid(self) -> cython.int:
        """A source whose amount is not on its lots, or -1."""
        i: cython.int
        lots: cython.double
        for i in range(self.node.n):
            if self.node.x[i] > 0.0 and self.node.lotted(i):
                lots = self.node.x[i] / self.node.curves.lot[i]
                if fabs(lots - floor(lots + 0.5)) > NEAR:
                    return i
        return -1

    @cython.cfunc
    @cython.exceptval(check=False)
    def _round(self) -> cython.int:
        """Offer the relaxed solution on lots and least sizes; what is left goes where cheap."""
        curves: Curves = self.node.curves
        i: cython.int
        turn: cython.int
        lot: cython.double
        left: cython.double = self.node.target
        for i in range(self.node.n):
            self.y[i] = self.node.x[i]
            if self.node.x[i] > 0.0 and self.node.lotted(i):
                lot = curves.lot[i]
                self.y[i] = floor(self.node.x[i] / lot + NEAR) * lot
            if self.y[i] < curves.least[i]:
                self.y[i] = 0.0
            if self.y[i] > 0.0:
                left -= (
                    curves.fixed[i] + curves.cost(i, self.y[i]) if self.node.spend else self.y[i]
                )
        i = self.node.split
        if self.node.spend and left < 0.0 and i >= 0 and self.y[i] > 0.0:
            left += curves.fixed[i] + curves.cost(i, self.y[i])  # its whole fixed cost is too much
            self.y[i] = 0.0
        if left < -self.node.slack:
            return 0
        for turn in range(64):
            best: cython.int = -1
            best_key: cython.double = INFINITY
            key: cython.double
            for i in range(self.node.n):
                if self.node.kind[i] == OUT or (self.y[i] == 0.0 and curves.fixed[i] > 0.0):
                    continue
                if self.y[i] == 0.0 and curves.least[i] > 0.0:
                    continue
                lot = curves.lot[i] if self.node.lotted(i) else self.node.slack
                if self.y[i] + lot > self.node.hi[i] or (
                    not self.node.spend and lot > left + self.node.slack
                ):
                    continue
                key = (curves.cost(i, self.y[i] + lot) - curves.cost(i, self.y[i])) / lot
                if self.node.spend and key * lot > left:
                    continue
                if key < best_key:
                    best_key = key
                    best = i
            if best < 0:
                break
            left -= self._top_up(best, left)
        return self._offer(self.y)

    @cython.cfunc
    @cython.exceptval(check=False)
    def _top_up(self, i: cython.int, left: cython.double) -> cython.double:
        """Give a source what fits of `left`, up to the end of its segment; returns what it took."""
        curves: Curves = self.node.curves
        had: cython.double = self.y[i]
        lot: cython.double = curves.lot[i]
        if self.node.spend:
            self.y[i] = self._afford(i, had, left)
            return curves.cost(i, self.y[i]) - curves.cost(i, had)
        if not self.node.lotted(i):
            self.y[i] = min(had + left, self.node.hi[i])
            return self.y[i] - had
        j: cython.int = curves.place(i, had + lot)
        room: cython.double = max(lot, curves.starts[j] + curves.sizes[j] - had)
        room = min(room, left + self.node.slack, self.node.hi[i] - had)
        self.y[i] = had + floor(room / lot + NEAR) * lot
        return self.y[i] - had

    # --- open nodes -------------------------------------------------------------------------------

    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def _deepen(self, depth: cython.int) -> cython.int:
        """Room for `depth` open nodes."""
        store = array("d", bytes(8 * self.record * depth))
        if self.deep:
            store[: len(self.deep)] = self.deep
        self.deep = store
        self.depth_room = depth
        if cython.compiled:
            doubles: cython.double[::1] = store
            self.stack = cython.address(doubles[0])
        else:
            self.stack = store
        return 0

    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def _push(self, value: cython.double, missing: cython.double) -> cython.int:
        """Keep the node at hand open, with the bound it has from its parent."""
        if self.depth == self.depth_room:
            self._deepen(2 * self.depth_room)
        at: cython.int = self.depth * self.record
        size: cython.int = 5 * self.node.n
        if cython.compiled:
            memcpy(cython.address(self.stack[at]), self.node.node, size * 8)
        else:
            self.stack[at : at + size] = array("d", self.node.node[:size])
        self.stack[at + size] = value
        self.stack[at + size + 1] = missing
        self.depth += 1
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def _pop(self) -> cython.int:
        """Take the latest open node, and its parent's bound into value and missing."""
        self.depth -= 1
        at: cython.int = self.depth * self.record
        size: cython.int = 5 * self.node.n
        if cython.compiled:
            memcpy(self.node.node, cython.address(self.stack[at]), size * 8)
        else:
            self.node.node[:size] = self.stack[at : at + size]
        self.node.value = self.stack[at + size]
        self.node.missing = self.stack[at + size + 1]
        return 0
