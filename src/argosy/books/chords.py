"""A pool's curve in floats, and how far a chord of it may go: where a pool's levels end.

This file is compiled by Cython and also runs as it stands. What it says is near enough to choose
levels by; what they show is made from exact figures elsewhere (`argosy.books.amm`).
"""

from array import array
from collections.abc import Sequence
from math import sqrt

import cython

if cython.compiled:
    from cython.cimports.libc.math import fabs
else:
    fabs = abs

STEPS_MAX = 1 << 61  # size steps that are looked at: books keep sizes in 64 bits
NEAR = cython.declare(cython.longlong, 64)  # how near to the widest a level's width is sought


@cython.final
@cython.cclass
class Chords:
    """The stretches of a curve, with what they add up to.

    `stretches` are (price, size, reach) as PoolSide.bends gives them; `step` is a size step in the
    same units, and `chord` how far a chord may be from its curve, as a part of its value.
    """

    def __init__(
        self,
        stretches: Sequence[tuple[float, float, float]],
        buy: bool,
        step: float,
        chord: float,
    ) -> None:
        self.sign = 1.0 if buy else -1.0
        self.step = step
        self.chord = chord
        self.width = 0  # of the level before
        self.value = 0.0
        self.price = 0.0
        self.used = 0
        kept = [each for each in stretches if each[1] > 0]
        self.count = len(kept)
        zeros = bytes(8 * (len(kept) + 1))
        self.stores = tuple([array("d", zeros) for _ in range(5)])
        if cython.compiled:
            doubles: cython.double[::1] = self.stores[0]
            self.prices = cython.address(doubles[0])
            doubles = self.stores[1]
            self.sizes = cython.address(doubles[0])
            doubles = self.stores[2]
            self.reaches = cython.address(doubles[0])
            doubles = self.stores[3]
            self.starts = cython.address(doubles[0])
            doubles = self.stores[4]
            self.costs = cython.address(doubles[0])
        else:
            self.prices, self.sizes, self.reaches, self.starts, self.costs = self.stores
        i: cython.int
        for i, (price, size, reach) in enumerate(kept):
            self.prices[i] = price
            self.sizes[i] = size
            self.reaches[i] = reach
            self.starts[i + 1] = self.starts[i] + self.sizes[i]
            self.costs[i + 1] = self.costs[i] + self._part(i, self.sizes[i])

    def at(self, x: float) -> tuple[float, float, int]:
        """(value, price of the last unit, stretches used) of the first `x` base units."""
        self._find(x)
        return self.value, self.price, self.used

    def until(self, price: float) -> float:
        """Base units whose price is not worse than `price`."""
        x: cython.double = 0.0
        within: cython.double
        worst: cython.double = price
        i: cython.int
        for i in range(self.count):
            if self.sign * self.prices[i] > self.sign * worst:
                break
            within = self.sign * self.reaches[i] * (1.0 - sqrt(self.prices[i] / worst))
            x += min(max(within, 0.0), self.sizes[i])
            if within < self.sizes[i]:
                break
        return x

    def next_end(self, done: int, least: int, end: int) -> int:
        """How far the next level may go, in size steps: to where its chord is as far off as it may
        be. It begins at `done`, ends at `least` at the earliest, and at `end` at the latest.
        """
        low: cython.longlong
        high: cython.longlong
        middle: cython.longlong
        guess: cython.int = 0
        parts: cython.longlong
        began: cython.longlong = done
        last: cython.longlong = end
        self._find(began * self.step)
        before: cython.double = self.value
        first: cython.double = self.price
        if self._fits(before, first, began, last):
            return end
        low = max(began + 1, cython.cast(cython.longlong, least))
        high = last
        while high - low > max(1, (low - began) // NEAR):
            guess += 1
            middle = 0
            if guess <= 3:  # they widen slowly
                parts = 17 if guess == 1 else 15 if guess == 2 else 20
                middle = began + self.width // 16 * parts
            if middle <= low or middle >= high:
                middle = low + (high - low) // 2
            if self._fits(before, first, began, middle):
                low = middle
            else:
                high = middle
        self.width = low - began
        return low

    # --- within -----------------------------------------------------------------------------------

    @cython.cfunc
    @cython.exceptval(check=False)
    def _part(self, at: cython.int, x: cython.double) -> cython.double:
        return self.prices[at] * x / (1.0 - self.sign * x / self.reaches[at])

    @cython.cfunc
    @cython.exceptval(check=False)
    def _find(self, x: cython.double) -> cython.int:
        """Set value, price and stretches used for the first `x` base units."""
        low: cython.int = 0
        high: cython.int = self.count - 1
        middle: cython.int
        while low < high:
            middle = (low + high) // 2
            if self.starts[middle + 1] < x:
                low = middle + 1
            else:
                high = middle
        inside: cython.double = min(max(x - self.starts[low], 0.0), self.sizes[low])
        left: cython.double = 1.0 - self.sign * inside / self.reaches[low]
        self.value = self.costs[low] + self.prices[low] * inside / left
        self.price = self.prices[low] / (left * left)
        self.used = low + 1
        return low

    @cython.cfunc
    @cython.exceptval(check=False)
    def _fits(
        self,
        before: cython.double,
        first: cython.double,
        done: cython.longlong,
        upto: cython.longlong,
    ) -> cython.bint:
        """Whether a chord from `done` to `upto` is near enough to the curve."""
        self._find(upto * self.step)
        width: cython.double = (upto - done) * self.step
        slope: cython.double = (self.value - before) / width
        if done == 0:
            return fabs(slope - first) <= self.chord * first
        # No convex curve between these tangents is further from its chord than their crossing. What
        # is as good as flat fits.
        off: cython.double = fabs((self.price - slope) * (slope - first)) * width
        return off <= self.chord * before * (fabs(self.price - first) + 1e-12 * first)
