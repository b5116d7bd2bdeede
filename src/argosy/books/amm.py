"""Pools as books see them: exact prices of a size, bent curves, and ladders that never flatter.

A pool is asked in the smallest units of its tokens; here that becomes base and quote units. Knows
no venue and no protocol: what a pool is, its dialect says (`PoolSide`).
"""

import math
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Protocol

import msgspec

from argosy.books.chords import STEPS_MAX, Chords
from argosy.model import Side
from argosy.model.money import ZERO, finite

LEVELS_MAX = 2_000


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
    Prices go as far as `depth` from the best one, and sizes as far as 64 bits hold with room to
    spare. As few levels as that takes: they widen outwards.
    A ladder ends early where the prices' grid or the tokens' digits are too coarse for the
    tolerance; it is empty when they always are.

    Raises:
        ValueError: a tolerance or depth outside (0, 1).
    """
    for name, value in (("tolerance", tolerance), ("depth", depth)):
        if not 0 < finite(value, name) < 1:
            raise ValueError(f"{name} is {value}; a fraction between 0 and 1 is needed")
    chord = float(tolerance) * 0.45
    curve = Chords(pool.bends(), side is Side.BUY, float(units.step), chord)
    if not curve.count:
        return 0, ()
    return _Builder(pool, curve, side, units, tolerance, levels_max).run(float(depth))


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
        curve: Chords,
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
        self.chord = float(tolerance) * 0.45
        self.levels_max = levels_max
        # Figures are in smallest quote units times `scale`, in which one unit of price times one
        # size step is `unit`: so all of them are whole, and exact.
        exponent = units.quote_decimals - units.price_decimals - units.size_decimals
        self.unit = 10 ** max(exponent, 0)
        self.scale = 10 ** max(-exponent, 0)
        self.part, self.whole = tolerance.as_integer_ratio()

    def run(self, depth: float) -> tuple[int, tuple[PoolLevel, ...]]:
        best = self.curve.at(0.0)[1]
        # Floats may see a hair more at the end of a pool than there is.
        whole = self.curve.until(best * (1.0 + self.sign * depth)) * (1.0 - 1e-12)
        end = min(int(whole / self.step), STEPS_MAX)
        least, needed = 0, self._least(best, self.pool.rounding(1))
        while least < needed:  # where the first level goes decides how much rounding there is
            least = needed
            if least > end:
                return 0, ()
            ends, margins = self._ends(least, end)
            needed = self._least(best, margins[0])
        levels: list[PoolLevel] = []
        shown = 0  # what the levels so far come to, scaled
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
            ends.append(self.curve.next_end(ends[-1] if ends else 0, least, end))
        depths = [self.curve.at(float(upto * self.step))[2] for upto in ends]
        margins = [self.pool.rounding(depth) for depth in depths]
        return ends, [*margins[1:], margins[-1]]

    def _least(self, best: float, rounding: int) -> int:
        """The size from which on rounding is within a fifth of the tolerance."""
        return max(1, math.ceil(rounding / (best * self.step) / (self.chord * 0.4)))

    def _level(
        self, done: int, points: Sequence[int], shown: int, margin: int, last_price: int
    ) -> tuple[int, int] | None:
        """(price, what the levels come to then); None where that is not within the tolerance."""
        buys = self.sign > 0
        price: int | None = None
        exact = 0
        for point in points:
            found = self.pool.value(point * self.step)
            if found is None:
                return None
            exact = found * self.scale
            needed, size = exact + margin * self.scale - shown, (point - done) * self.unit
            bound = -(-needed // size) if buys else needed // size  # in the pool's favour
            price = bound if price is None else max(price, bound) if buys else min(price, bound)
        assert price is not None  # there is a point
        if last_price:
            price = max(price, last_price) if buys else min(price, last_price)
        after = shown + price * (points[-1] - done) * self.unit
        fine = price * self.part >= 4 * self.whole  # a step of price is within its quarter
        near = abs(after - exact) * self.whole <= self.part * exact
        return (price, after) if fine and near and price < 1 << 63 else None


def values(levels: Sequence[PoolLevel], units: Units) -> Iterator[tuple[Decimal, Decimal]]:
    """Levels as (price, size) in quote per base unit and base units."""
    for level in levels:
        yield (
            Decimal(level.price).scaleb(-units.price_decimals),
            Decimal(level.size).scaleb(-units.size_decimals),
        )
