"""Pools that the router can take from: constant product, weighted product, ranges of liquidity.

What a pool gives is computed as reals; a contract rounds to its token's last digit in its own
favour. Sources: Uniswap v2 core and v3 core white papers, Balancer white paper.
"""

from decimal import Decimal

import msgspec

from argosy.books.amm import Stretch
from argosy.execution.routing.curves import Curves
from argosy.execution.routing.sources import Taken, Terms, plain_size
from argosy.model import Side
from argosy.model.money import ZERO, ceil_to, finite, floor_to

NEARLY_ALL = Decimal("0.999999999")  # of what a pool holds: beyond, prices are no prices


class Pool(msgspec.Struct, frozen=True, kw_only=True):
    """What all pools have. `fee` is the fraction of the input that the pool keeps."""

    name: str
    terms: Terms
    fee: Decimal

    def stretches(self, side: Side) -> tuple[Stretch, ...]:
        """The curve of one side of a trade, best price first."""
        raise NotImplementedError

    def load(
        self,
        curves: Curves,
        side: Side,
        unit: Decimal,
        wanted: Decimal,
        *,
        judge: bool,
        limit: float,
    ) -> str:
        """See Source."""
        terms = self.terms
        buy = side is Side.BUY
        sign = 1 if buy else -1
        parts = self.stretches(side)
        whole = sum((part.size for part in parts), ZERO)
        most = terms.size_cap(buy, min(wanted, whole))
        if buy and terms.quote_cap is not None:
            most = self._affordable(parts, terms.quote_cap / (1 + terms.taker_fee), most)
        least = ceil_to(terms.min_size, terms.lot)
        if terms.min_notional:
            least = max(least, self._enough(side, most))
        reason = ""
        worthless = least > most >= ceil_to(terms.min_size, terms.lot)
        if most <= 0:
            reason = "size, balance or limit is below its lot" if whole > 0 else "it is empty"
        elif worthless:
            reason = f"not worth its least value {terms.min_notional}"
        elif least > most:
            reason = f"its least size is {plain_size(least)}"
        scale = float(terms.net(buy) * (terms.judged(buy) if judge else 1)) * float(unit)
        curves.open(
            float(terms.fixed_cost),
            float(least / unit),
            float(most / unit),
            float(terms.lot / unit),
        )
        left = float(most / unit) if not reason else 0.0
        for part in parts:
            key = sign * float(part.price) * scale
            size = min(left, float(part.size / unit))
            if size <= 0 or key >= limit:
                break
            reach, bend = float(part.reach / unit), float(part.bend)
            if limit < float("inf"):
                size = min(size, sign * reach * (1 - (key / limit) ** (1 / bend)))
            curves.bent(key, size, reach, bend)
            left -= size
        if curves.close() <= 0 and not reason:
            reason = "nothing within the limit price"
        return reason

    def take(self, side: Side, size: Decimal) -> Taken:
        """See Source."""
        sign = 1 if side is Side.BUY else -1
        left = size
        value = worst = ZERO
        count = 0
        for part in self.stretches(side):
            x = min(left, part.size)
            if x <= 0:
                break
            value += part.value(x, sign)
            worst = part.price_after(x, sign)
            left -= x
            count += 1
        return Taken(size - left, value, worst, count)

    def _affordable(self, parts: tuple[Stretch, ...], money: Decimal, most: Decimal) -> Decimal:
        size = ZERO
        for part in parts:
            whole = part.value(part.size, 1)
            if whole > money:
                reach, bend = part.reach, part.bend
                grown = 1 + money * (bend - 1) / (part.price * reach)
                size += reach * (1 - grown ** (1 / (1 - bend)))
                break
            money -= whole
            size += part.size
        return min(most, floor_to(size * (1 - Decimal("1e-15")), self.terms.lot))

    def _enough(self, side: Side, most: Decimal) -> Decimal:
        """The least size on its lots that is worth the least notional; above `most`: none is."""
        lot = self.terms.lot
        low, high = 0, int(most / lot) + 1
        while low < high:
            middle = (low + high) // 2
            if self.take(side, middle * lot).value >= self.terms.min_notional:
                high = middle
            else:
                low = middle + 1
        return low * lot


class WeightedPool(Pool, frozen=True, kw_only=True):
    """A two-token pool that keeps base ** base_weight * quote ** quote_weight constant.

    Equal weights, the default, are the constant product pool (Uniswap v2).
    """

    base_reserve: Decimal
    quote_reserve: Decimal
    base_weight: Decimal = Decimal("0.5")
    quote_weight: Decimal = Decimal("0.5")

    def __post_init__(self) -> None:
        for name in ("base_reserve", "quote_reserve", "base_weight", "quote_weight"):
            if finite(getattr(self, name), name) <= 0:
                raise ValueError(f"{self.name}: {name} is {getattr(self, name)}; above 0 is needed")
        _check_fee(self.name, self.fee)

    def stretches(self, side: Side) -> tuple[Stretch, ...]:
        """See Pool."""
        ratio = self.base_weight / self.quote_weight
        price = self.quote_reserve / self.base_reserve * ratio
        kept = 1 - self.fee
        if side is Side.BUY:
            whole = self.base_reserve * NEARLY_ALL
            return (Stretch(price / kept, whole, self.base_reserve, 1 + ratio),)
        # A sale never drains the other token; what a pool of this size is for ends far before.
        whole = self.base_reserve * 1_000_000_000
        return (Stretch(price * kept, whole, self.base_reserve / kept, 1 + ratio),)


class Range(msgspec.Struct, frozen=True):
    """Liquidity between two prices (quote per base): L of the Uniswap v3 paper, in real units."""

    lower: Decimal
    upper: Decimal
    liquidity: Decimal


class RangedPool(Pool, frozen=True, kw_only=True):
    """A pool of concentrated liquidity (Uniswap v3). Ranges may leave gaps, never overlap."""

    price: Decimal
    ranges: tuple[Range, ...]  # rising

    def __post_init__(self) -> None:
        _check_fee(self.name, self.fee)
        if finite(self.price, "price") <= 0:
            raise ValueError(f"{self.name}: price is {self.price}; it must be above 0")
        end = ZERO
        for each in self.ranges:
            if not (end <= each.lower < each.upper and each.lower > 0 and each.liquidity >= 0):
                raise ValueError(
                    f"{self.name}: range {each.lower} to {each.upper} with liquidity"
                    f" {each.liquidity} does not follow one that ends at {end}"
                )
            end = each.upper

    def stretches(self, side: Side) -> tuple[Stretch, ...]:
        """See Pool."""
        kept = 1 - self.fee
        buy = side is Side.BUY
        found = []
        for each in self.ranges if buy else reversed(self.ranges):
            if each.liquidity == 0:
                continue
            if buy:
                start, end = max(each.lower, self.price), each.upper
            else:
                start, end = min(each.upper, self.price), each.lower
            if (end - start) * (1 if buy else -1) <= 0:
                continue
            reach = each.liquidity / start.sqrt()
            size = abs(reach - each.liquidity / end.sqrt())
            if buy:
                found.append(Stretch(start / kept, size, reach, Decimal(2)))
            else:
                found.append(Stretch(start * kept, size / kept, reach / kept, Decimal(2)))
        return tuple(found)


def _check_fee(name: str, fee: Decimal) -> None:
    if not 0 <= finite(fee, "fee") < 1:
        raise ValueError(f"{name}: fee is {fee}; give a fraction, 0.003 for 0.3 %")
