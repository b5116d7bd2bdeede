"""Pools that answer to the last unit: the search uses their curve, the plan their own figure."""

from decimal import Decimal

from argosy.books.amm import PoolSide, Stretch
from argosy.execution.routing.pools import Pool
from argosy.execution.routing.sources import Taken
from argosy.model import Side
from argosy.model.money import ZERO, decimals_of, floor_to

BEND = Decimal(2)
SHY = 1 - Decimal("1e-12")  # of what a curve of floats says there is


class ExactPool(Pool, frozen=True, kw_only=True):
    """A pool behind two `PoolSide`s, one to buy its base token, one to sell it.

    Its fee is in their figures. Gas is `terms.fixed_cost`, in the route's quote. Valid until the
    pool changes: make another one then, it costs nothing.

    Raises:
        ValueError: the lot is finer than the base token.
    """

    buy: PoolSide
    sell: PoolSide
    base_decimals: int
    quote_decimals: int
    fee: Decimal = ZERO

    def __post_init__(self) -> None:
        if decimals_of(self.terms.lot) > self.base_decimals:
            raise ValueError(
                f"{self.name}: lot is {self.terms.lot}; its token has {self.base_decimals} decimals"
            )

    def stretches(self, side: Side) -> tuple[Stretch, ...]:
        """See Pool."""
        pool = self.buy if side is Side.BUY else self.sell
        unit = Decimal(1).scaleb(-self.base_decimals)
        worth = Decimal(1).scaleb(self.base_decimals - self.quote_decimals)
        return tuple(
            Stretch(
                Decimal(repr(price)) * worth,
                Decimal(repr(size)) * unit * SHY,
                Decimal(repr(reach)) * unit,
                BEND,
            )
            for price, size, reach in pool.bends()
        )

    def take(self, side: Side, size: Decimal) -> Taken:
        """See Source; the value is the contract's, to the last unit."""
        about = super().take(side, size)
        # What the curve lost to floats is no loss: lots are whole.
        size = min(size, floor_to(about.size / SHY**2, self.terms.lot))
        while size > 0:
            value = self._value(side, size)
            if value is not None:
                return Taken(size, value, about.worst_price, about.levels)
            size = min(floor_to(size * SHY, self.terms.lot), size - self.terms.lot)
        return Taken(ZERO, ZERO, ZERO, 0)

    def _value(self, side: Side, size: Decimal) -> Decimal | None:
        pool = self.buy if side is Side.BUY else self.sell
        found = pool.value(int(size.scaleb(self.base_decimals)))
        return None if found is None else Decimal(found).scaleb(-self.quote_decimals)

    def _affordable(self, parts: tuple[Stretch, ...], money: Decimal, most: Decimal) -> Decimal:
        size = super()._affordable(parts, money, most)
        less = self.terms.lot
        while size > 0:
            value = self._value(Side.BUY, size)
            if value is not None and value <= money:
                break
            size = max(size - less, ZERO)
            less *= 2
        # The search is in floats: what it chooses may be a hair more than it was allowed.
        return floor_to(size * SHY, self.terms.lot)
