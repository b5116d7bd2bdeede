"""Pools as books see them: exact prices of a size, bent curves, and ladders that never flatter.

A pool is asked in the smallest units of its tokens; here that becomes base and quote units. Knows
no venue and no protocol: what a pool is, its dialect says (`PoolSide`).
"""

import math
from collections.abc import Iterator, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Protocol

import msgspec

from argosy.model import Side
from argosy.model.money import ZERO, finite

LEVELS_MAX = 2_000
_NEAR = 64  # how near to the widest a level's width is sought


class Stretch(msgspec.Struct, frozen=True):
    """A part of a pool's curve for one side of a trade, as reals.

    The price after x base units is `price * (1 -+ x / reach) ** -bend`, pool fee included.
    """

    price: Decimal
    size: Decimal
    reach: Decimal
    bend: Decimal

    def value(self, x: Decimal, sign: int) -> Decimal:
        """Quote units for the first `x` base units."""
        grown = (1 - sign * x / self.reach) ** (1 - self.bend) - 1
        return self.price * self.reach / (self.bend - 1) * grown * sign

    def price_after(self, x: Decimal, sign: int) -> Decimal:
        """The price of the last of `x` units."""
        return self.price * (1 - sign * x / self.reach) ** -self.bend


class PoolSide(Protocol):
    """One side of a pool, buying or selling its base token, in smallest units."""

    def value(self, base: int) -> int | None:
        """Quote units paid for exactly `base` (buying) or got for it (selling), to the last unit.

        None when the pool has not as much.
        """
        ...

    def bends(self) -> Sequence[tuple[float, float, float]]:
        """The curve as reals, best first: (price, size, reach) of stretches with bend 2.

        Smallest units throughout; price is with the pool's fee. They may end where prices are
        no prices any more.
        """
        ...

    def rounding(self, stretches: int) -> int:
        """By how many quote units `value` may differ from the curve, this many stretches deep."""
        ...


class PoolQuote(msgspec.Struct, frozen=True, kw_only=True):
    """What a size comes to at a pool; `total` is paid (buy) or kept (sell), gas included."""

    side: Side
    size: Decimal  # base units
    value: Decimal  # quote units, the pool's fee included, to the token's last digit
    gas: Decimal  # quote units, paid once
    total: Decimal
    average: Decimal  # total per base unit


class PoolLevel(msgspec.Struct, frozen=True, array_like=True):
    """A level of a pool's ladder, scaled by the instrument's decimals."""

    price: int
    size: int


class Units(msgspec.Struct, frozen=True, kw_only=True):
    """Digits of the pool's tokens, and of the instrument's prices and sizes."""

    base_decimals: int
    quote_decimals: int
    price_decimals: int
    size_decimals: int

    def __post_init__(self) -> None:
        for name in ("base_decimals", "quote_decimals", "price_decimals", "size_decimals"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must not be below 0")
        if self.size_decimals > self.base_decimals:
            raise ValueError(
                f"sizes have {self.size_decimals} decimals, the base token only"
                f" {self.base_decimals}; no pool can trade the rest"
            )

    @property
    def step(self) -> int:
        """Smallest base units of one size step."""
        return int(10 ** (self.base_decimals - self.size_decimals))

    def raw_base(self, size: Decimal) -> int:
        """A size in smallest units. Raises ValueError when it has digits the token has not."""
        scaled = finite(size, "size").scaleb(self.base_decimals)
        if scaled != scaled.to_integral_value():
            raise ValueError(f"size {size} has more than {self.base_decimals} decimals")
        return int(scaled)

    def quote_value(self, raw: int) -> Decimal:
        """Smallest quote units as a Decimal."""
        return Decimal(raw).scaleb(-self.quote_decimals)


def quote_size(
    pool: PoolSide, side: Side, size: Decimal, units: Units, *, gas: Decimal = ZERO
) -> PoolQuote | None:
    """What taking `size` base units comes to; None when the pool has not as much.

    `gas` is what using it costs at all, in quote units.

    Raises:
        ValueError: a size that is not above 0, or finer than the token.
    """
    raw = units.raw_base(size)
    if raw <= 0:
        raise ValueError(f"size is {size}; it must be above 0")
    found = pool.value(raw)
    if found is None:
        return None
    value = units.quote_value(found)
    total = value + gas if side is Side.BUY else value - gas
    return PoolQuote(side=side, size=size, value=value, gas=gas, total=total, average=total / size)


def ladder(
    pool: PoolSide,
    side: Side,
    units: Units,
    *,
    tolerance: Decimal = Decimal("0.0001"),
    depth: Decimal = Decimal("0.05"),
    levels_max: int = LEVELS_MAX,
) -> tuple[int, tuple[PoolLevel, ...]]:
    """A pool as levels, best first, and the least size (in size steps) that they are right for.

    Taking any size of whole steps, from the least one on, costs by the levels never less (buying),
    or brings never more (selling), than the pool's own figure, and is within `tolerance` of it.
    Prices go as far as `depth` from the best one. As few levels as that takes: they widen outwards.
    A ladder ends early where the prices' grid or the tokens' digits are too coarse for the
    tolerance; it is empty when they always are.

    Raises:
        ValueError: a tolerance or depth outside (0, 1).
    """
    for name, value in (("tolerance", tolerance), ("depth", depth)):
        if not 0 < finite(value, name) < 1:
            raise ValueError(f"{name} is {value}; a fraction between 0 and 1 is needed")
    curve = _Curve(pool.bends(), buy=side is Side.BUY)
    if not curve.stretches:
        return 0, ()
    return _Builder(pool, curve, side, units, tolerance, levels_max).run(float(depth))


class _Curve:
    """The stretches in floats, with what they add up to."""

    def __init__(self, stretches: Sequence[tuple[float, float, float]], *, buy: bool) -> None:
        self.sign = 1.0 if buy else -1.0
        self.stretches = [each for each in stretches if each[1] > 0]
        self.starts = [0.0]
        self.costs = [0.0]
        for at, (_, size, _) in enumerate(self.stretches):
            self.starts.append(self.starts[-1] + size)
            self.costs.append(self.costs[-1] + self._part(at, size))

    def _part(self, at: int, x: float) -> float:
        price, _, reach = self.stretches[at]
        return price * x / (1.0 - self.sign * x / reach)

    def at(self, x: float) -> tuple[float, float, int]:
        """(value, price of the last unit, stretches used) of the first `x` base units."""
        low, high = 0, len(self.stretches) - 1
        while low < high:
            middle = (low + high) // 2
            if self.starts[middle + 1] < x:
                low = middle + 1
            else:
                high = middle
        price, size, reach = self.stretches[low]
        inside = min(max(x - self.starts[low], 0.0), size)
        value = self.costs[low] + self._part(low, inside)
        return value, price * (1.0 - self.sign * inside / reach) ** -2, low + 1

    def until(self, price: float) -> float:
        """Base units whose price is not worse than `price`."""
        x = 0.0
        for start, size, reach in self.stretches:
            if self.sign * start > self.sign * price:
                break
            within = self.sign * reach * (1.0 - math.sqrt(start / price))
            x += min(max(within, 0.0), size)
            if within < size:
                break
        return x


class _Builder:
    """Chords of the curve, each as wide as the tolerance lets it be.

    The exact figure E differs from the convex curve C (concave when selling) by at most the
    rounding R, which grows with depth. A level whose ends show at least C + R shows that all along,
    so at least E. About half the tolerance is for how far a chord is from its curve, a quarter each
    for the grid of prices and for R.
    """

    def __init__(
        self,
        pool: PoolSide,
        curve: _Curve,
        side: Side,
        units: Units,
        tolerance: Decimal,
        levels_max: int,
    ) -> None:
        self.pool = pool
        self.curve = curve
        self.sign = 1 if side is Side.BUY else -1
        self.units = units
        self.step = units.step
        self.tolerance = tolerance
        self.chord = float(tolerance) * 0.45
        self.levels_max = levels_max
        self._width = 0  # of the level before
        # What one unit of price times one size step is in smallest quote units: an exact fraction.
        exponent = units.quote_decimals - units.price_decimals - units.size_decimals
        self.unit = Decimal(1).scaleb(exponent)

    def run(self, depth: float) -> tuple[int, tuple[PoolLevel, ...]]:
        best = self.curve.at(0.0)[1]
        # Floats may see a hair more at the end of a pool than there is.
        whole = self.curve.until(best * (1.0 + self.sign * depth)) * (1.0 - 1e-12)
        end = int(whole / self.step)
        least, needed = 0, self._least(best, self.pool.rounding(1))
        while least < needed:  # where the first level goes decides how much rounding there is
            least = needed
            if least > end:
                return 0, ()
            ends, margins = self._ends(least, end)
            needed = self._least(best, margins[0])
        levels: list[PoolLevel] = []
        shown = ZERO  # what the levels so far come to
        for i, upto in enumerate(ends):
            points = [upto] if levels else sorted({least, upto})
            last = levels[-1].price if levels else 0
            margin = self.sign * margins[i]
            made = self._level(ends[i - 1] if levels else 0, points, shown, margin, last)
            if made is None:
                break
            price, shown = made
            levels.append(PoolLevel(price, upto - (ends[i - 1] if i else 0)))
        return (least, tuple(levels)) if levels else (0, ())

    def _ends(self, least: int, end: int) -> tuple[list[int], list[int]]:
        """Where the levels end, and the rounding that each end must cover.

        Where a level ends the next one starts, so that is the rounding one level on.
        """
        ends: list[int] = []
        while len(ends) < self.levels_max and (not ends or ends[-1] < end):
            ends.append(self._next(ends[-1] if ends else 0, least, end))
        depths = [self.curve.at(float(upto * self.step))[2] for upto in ends]
        margins = [self.pool.rounding(depth) for depth in depths]
        return ends, [*margins[1:], margins[-1]]

    def _least(self, best: float, rounding: int) -> int:
        """The size from which on rounding is within a fifth of the tolerance."""
        return max(1, math.ceil(rounding / (best * self.step) / (self.chord * 0.4)))

    def _next(self, done: int, least: int, end: int) -> int:
        """How far the next level may go: to where its chord is as far off as it may be."""
        before, first, _ = self.curve.at(float(done * self.step))
        if self._chord_fits(before, first, done, end):
            return end
        low, high = max(done + 1, least), end
        guesses = [done + self._width * part // 16 for part in (20, 15, 17)]  # they widen slowly
        while high - low > max(1, (low - done) // _NEAR):
            middle = guesses.pop() if guesses else 0
            if not low < middle < high:
                middle = (low + high) // 2
            if self._chord_fits(before, first, done, middle):
                low = middle
            else:
                high = middle
        self._width = low - done
        return low

    def _chord_fits(self, before: float, first: float, done: int, upto: int) -> bool:
        value, last, _ = self.curve.at(float(upto * self.step))
        width = float((upto - done) * self.step)
        slope = (value - before) / width
        if done == 0:
            return abs(slope - first) <= self.chord * first
        # No convex curve between these tangents is further from its chord than their crossing. What
        # is as good as flat fits.
        off = abs((last - slope) * (slope - first)) * width
        return off <= self.chord * before * (abs(last - first) + 1e-12 * first)

    def _level(
        self, done: int, points: Sequence[int], shown: Decimal, margin: int, last_price: int
    ) -> tuple[int, Decimal] | None:
        """(price, what the levels come to then); None where that is not within the tolerance."""
        sign = self.sign
        needed = []
        exact: int | None = None
        for point in points:
            exact = self.pool.value(point * self.step)
            if exact is None:
                return None
            needed.append((exact + margin - shown) / ((point - done) * self.unit))
        assert exact is not None  # there is a point
        bound = max(needed) if sign > 0 else min(needed)
        rounding = ROUND_CEILING if sign > 0 else ROUND_FLOOR
        price = int(bound.to_integral_value(rounding=rounding))
        if last_price:
            price = max(price, last_price) if sign > 0 else min(price, last_price)
        after = shown + price * (points[-1] - done) * self.unit
        fine = price * self.tolerance >= 4  # a step of price is within its quarter
        if not fine or price >= 1 << 63 or abs(after - exact) > self.tolerance * exact:
            return None
        return price, after


def values(levels: Sequence[PoolLevel], units: Units) -> Iterator[tuple[Decimal, Decimal]]:
    """Levels as (price, size) in quote per base unit and base units."""
    for level in levels:
        yield (
            Decimal(level.price).scaleb(-units.price_decimals),
            Decimal(level.size).scaleb(-units.size_decimals),
        )
