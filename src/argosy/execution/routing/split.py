"""Splits one trade over books and pools at the least total cost, and says what that proves.

The search works in floats; sizes, prices and costs that come out are exact Decimals, computed from
the sources again. No I/O.
"""

import math
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from argosy.execution.routing.curves import Curves
from argosy.execution.routing.search import Search
from argosy.execution.routing.sources import BookSource, Source, Taken
from argosy.model import Side
from argosy.model.money import ZERO, finite, floor_to

NODES_MAX = 5_000
TOLERANCE = 1e-12  # plans that differ by less, relatively, count as equal
PROVEN_WITHIN = Decimal("1e-9")
DUST = Decimal("1e-9")  # of a size: what floats may lose


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What one source contributes."""

    source: str
    size: Decimal  # base units, on its lots
    value: Decimal  # sum of price times size, in its own quote units
    net_value: Decimal  # in the route's quote: fee and conversion included, fixed cost not
    fixed_cost: Decimal
    penalty: Decimal  # what it was judged worse by; nobody pays it
    worst_price: Decimal  # its own price of the last unit: the limit price to send
    levels: int


class Alone(msgspec.Struct, frozen=True, kw_only=True):
    """What one source would do by itself. `reason` says why it can do nothing, or is empty."""

    source: str
    filled: Decimal = ZERO
    net_value: Decimal | None = None  # fixed cost included
    judged_value: Decimal | None = None  # with its penalty: what plans are compared by
    reason: str = ""


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """How good the plan is known to be. Figures in the route's quote, but for spending: base.

    No plan that fills as much is better than `bound`. `rounding_at_most` is what lots, least sizes
    and whole fixed costs cost against trading in any fraction, at most. `proven`: the gap to the
    bound is closed, to floating accuracy (1e-9 of the figure).
    """

    proven: bool
    bound: Decimal
    gap: Decimal
    rounding_at_most: Decimal
    nodes: int
    nodes_max: int


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """A trade split over sources. `missing` is what could not be filled at all.

    `net_value` is paid (buy) or received (sell) in all, fixed costs included. `judged_value` has
    the penalties in it too; it is what was minimised, or for a sale maximised.
    """

    side: Side
    size: Decimal | None  # None: a quote amount was to be spent
    spend: Decimal | None
    filled: Decimal
    missing: Decimal  # base units; quote units that are left when spending
    net_value: Decimal
    judged_value: Decimal
    parts: tuple[Part, ...]
    alone: tuple[Alone, ...]
    best_alone: Alone | None  # what fills most, then costs least
    proof: Proof

    @property
    def average_net_price(self) -> Decimal | None:
        """Per base unit, everything included; None when nothing is filled."""
        return self.net_value / self.filled if self.filled else None


def split(
    sources: Sequence[Source],
    side: Side,
    *,
    size: Decimal | None = None,
    spend: Decimal | None = None,
    limit_net_price: Decimal | None = None,
    nodes_max: int = NODES_MAX,
) -> Split:
    """Split a trade of `size` base units, or a buy for `spend` quote units, over sources.

    Fills as much as can be filled, at the least cost: net of fees, conversions, penalties and fixed
    costs, on every source's lots and within its limits. Never worse than the best source alone.
    Nothing is taken whose net price is worse than `limit_net_price` (fixed costs left out). When
    spending, penalties do not count: what is bought is the most that the money buys.

    Raises:
        ValueError: sizes that are not above 0, both or neither of size and spend, a spend on a
            sale, two sources of one name.
    """
    _check(sources, side, size, spend, limit_net_price)
    return _Splitting(sources, side, size, spend, limit_net_price, nodes_max).run()


def _check(
    sources: Sequence[Source],
    side: Side,
    size: Decimal | None,
    spend: Decimal | None,
    limit_net_price: Decimal | None,
) -> None:
    if (size is None) == (spend is None):
        raise ValueError("give either a size or an amount to spend")
    if spend is not None and side is not Side.BUY:
        raise ValueError("a sale is given by its size; spend is for buying")
    for name, given in (("size", size), ("spend", spend), ("limit_net_price", limit_net_price)):
        if given is not None and finite(given, name) <= 0:
            raise ValueError(f"{name} is {given}; it must be above 0")
    names = [source.name for source in sources]
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"sources need names of their own; {', '.join(twice)} is there twice")


class _Splitting:
    """The steps of one split."""

    def __init__(
        self,
        sources: Sequence[Source],
        side: Side,
        size: Decimal | None,
        spend: Decimal | None,
        limit: Decimal | None,
        nodes_max: int,
    ) -> None:
        self.sources = sources
        self.side = side
        self.buy = side is Side.BUY
        self.size = size
        self.spend = spend
        self.limit = limit
        self.nodes_max = nodes_max
        self.unit = grid([source.terms.lot for source in sources if isinstance(source, BookSource)])
        self.reasons: list[str] = []

    def run(self) -> Split:
        unit = self.unit
        ladders = [
            source.asks if self.buy else source.bids
            for source in self.sources
            if isinstance(source, BookSource)
        ]
        curves = Curves(not self.buy, len(self.sources), sum(map(len, ladders)))
        limit = math.inf
        if self.limit is not None:
            limit = float(self.limit) * float(unit) * (1 if self.buy else -1)
            limit += abs(limit) * 1e-12  # a level exactly at the limit is within it
        for source in self.sources:
            wanted = self.size
            if wanted is None:  # no more than the money buys at its best price, or all there is
                wanted = Decimal(10) ** 30
            self.reasons.append(
                source.load(curves, self.side, unit, wanted, judge=self.spend is None, limit=limit)
            )
        if self.spend is not None:
            target = float(self.spend)
        else:
            assert self.size is not None
            fine = grid([source.terms.lot for source in self.sources])
            target = min(float(floor_to(self.size, fine) / unit), sum(curves.heads[2]))
        search = Search(curves, target, self.spend is not None, self.nodes_max, TOLERANCE)
        search.run()
        sizes = self._on_lots(search)
        takes = [
            source.take(self.side, amount) if amount > 0 else None
            for source, amount in zip(self.sources, sizes, strict=True)
        ]
        parts = self._within_budget(self._parts(takes))
        alone = self._alone(curves, target)
        best = self._best(alone)
        only = best and self._better_alone(best, parts)
        if only:
            parts = only
        return self._answer(parts, alone, best, search)

    def _on_lots(self, search: Search) -> list[Decimal]:
        """The search's floats as exact multiples of lots that do not exceed the size."""
        sizes = []
        for source, found in zip(self.sources, search.found, strict=False):
            lot = source.terms.lot
            lots = found / float(lot / self.unit)
            whole = round(lots) if self.spend is None or lots < 1e9 else math.floor(lots)
            sizes.append(whole * lot)
        if self.size is None or not any(sizes):
            return sizes
        # What floats lost on the finest lots is settled exactly.
        over = sum(sizes, ZERO) - self.size
        if over > 0 or 0 < -over <= self.size * DUST:
            at = min(
                (i for i, amount in enumerate(sizes) if amount > 0),
                key=lambda i: self.sources[i].terms.lot,
            )
            terms = self.sources[at].terms
            moved = sizes[at] - floor_to(sizes[at] - over, terms.lot)
            sizes[at] = min(sizes[at] - moved, terms.size_cap(self.buy, self.size))
        return sizes

    def _parts(self, takes: Sequence[Taken | None]) -> tuple[Part, ...]:
        return tuple(
            self._part(source, taken)
            for source, taken in zip(self.sources, takes, strict=True)
            if taken is not None and taken.size > 0
        )

    def _part(self, source: Source, taken: Taken) -> Part:
        terms = source.terms
        net = taken.value * terms.net(self.buy)
        penalty = abs(net * terms.judged(self.buy) - net) if self.spend is None else ZERO
        return Part(
            source=source.name,
            size=taken.size,
            value=taken.value,
            net_value=net,
            fixed_cost=terms.fixed_cost,
            penalty=penalty,
            worst_price=taken.worst_price,
            levels=taken.levels,
        )

    def _within_budget(self, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        """Give back lots until what is spent is within the money, exactly."""
        if self.spend is None:
            return parts
        by_name = {source.name: source for source in self.sources}
        while (over := self._net(parts) - self.spend) > 0:
            part = min(parts, key=lambda part: by_name[part.source].terms.lot)
            source = by_name[part.source]
            lot = source.terms.lot
            price = part.worst_price * source.terms.net(self.buy)
            less = part.size - max(lot, floor_to(over / price, lot) + lot)
            kept = [each for each in parts if each is not part]
            if less > 0 and less >= source.terms.min_size:
                kept.append(self._part(source, source.take(self.side, less)))
            parts = tuple(kept)
        return parts

    def _net(self, parts: Sequence[Part]) -> Decimal:
        net = sum((part.net_value for part in parts), ZERO)
        fixed = sum((part.fixed_cost for part in parts), ZERO)
        return net + fixed if self.buy else net - fixed

    def _judged(self, parts: Sequence[Part]) -> Decimal:
        penalties = sum((part.penalty for part in parts), ZERO)
        net = self._net(parts)
        return net + penalties if self.buy else net - penalties

    # --- one source alone -------------------------------------------------------------------------

    def _alone(self, curves: Curves, target: float) -> tuple[Alone, ...]:
        found = []
        for i, source in enumerate(self.sources):
            reason = self.reasons[i]
            part = None if reason else self._single(i, source, curves, target)
            if part is None:
                why = reason or f"its least size is {source.terms.min_size}, or costs too much"
                found.append(Alone(source=source.name, reason=why))
                continue
            found.append(
                Alone(
                    source=source.name,
                    filled=part.size,
                    net_value=self._net([part]),
                    judged_value=self._judged([part]),
                )
            )
        return tuple(found)

    def _single(self, i: int, source: Source, curves: Curves, target: float) -> Part | None:
        lot = source.terms.lot
        units = curves.heads[2][i]
        if self.spend is not None:
            units = affordable_units(curves, i, target - float(source.terms.fixed_cost))
        else:
            units = min(units, target)
        lots = units / float(lot / self.unit)
        size = math.floor(lots * (1 + 1e-15) + 1e-6) * lot
        if self.size is not None:
            size = min(size, floor_to(self.size, lot))
        if size <= 0 or float(size / self.unit) < curves.heads[1][i] * (1 - 1e-12):
            return None
        parts = self._within_budget((self._part(source, source.take(self.side, size)),))
        return parts[0] if parts else None

    def _best(self, alone: Sequence[Alone]) -> Alone | None:
        usable = [each for each in alone if each.judged_value is not None]
        sign = -1 if self.buy else 1
        return max(
            usable,
            key=lambda each: (each.filled, sign * (each.judged_value or ZERO)),
            default=None,
        )

    def _better_alone(self, best: Alone, parts: tuple[Part, ...]) -> tuple[Part, ...] | None:
        """The best source alone, where floats took something a hair worse for the optimum."""
        filled = sum((part.size for part in parts), ZERO)
        assert best.judged_value is not None
        sign = 1 if self.buy else -1
        if best.filled < filled or (
            best.filled == filled and sign * best.judged_value >= sign * self._judged(parts)
        ):
            return None
        source = next(source for source in self.sources if source.name == best.source)
        return (self._part(source, source.take(self.side, best.filled)),)

    # --- the answer -------------------------------------------------------------------------------

    def _answer(
        self,
        parts: tuple[Part, ...],
        alone: tuple[Alone, ...],
        best: Alone | None,
        search: Search,
    ) -> Split:
        filled = sum((part.size for part in parts), ZERO)
        net = self._net(parts)
        judged = self._judged(parts)
        if self.spend is not None:
            missing = self.spend - net
            figure = -filled
            scale = self.unit
        else:
            assert self.size is not None
            missing = self.size - filled
            figure = judged if self.buy else -judged
            scale = Decimal(1)
        bound = min(as_decimal(search.bound) * scale, figure) if parts else figure
        root = min(as_decimal(search.root_value) * scale, figure) if parts else figure
        gap = figure - bound
        sign = 1 if self.buy and self.spend is None else -1
        return Split(
            side=self.side,
            size=self.size,
            spend=self.spend,
            filled=filled,
            missing=missing,
            net_value=net,
            judged_value=judged,
            parts=parts,
            alone=alone,
            best_alone=best,
            proof=Proof(
                proven=search.exhausted and gap <= abs(figure) * PROVEN_WITHIN,
                bound=sign * bound,
                gap=gap,
                rounding_at_most=figure - root,
                nodes=search.nodes,
                nodes_max=search.nodes_max,
            ),
        )


def grid(lots: Sequence[Decimal]) -> Decimal:
    """The coarsest step that all lots are multiples of; 1 when there are none."""
    if not lots:
        return Decimal(1)
    places = max(0, *(-int(lot.normalize().as_tuple().exponent) for lot in lots))
    return Decimal(math.gcd(*(int(lot.scaleb(places)) for lot in lots))).scaleb(-places)


def affordable_units(curves: Curves, source: int, money: float) -> float:
    """The most units of a source that cost no more than `money`, its fixed cost left out."""
    low, high = 0.0, curves.heads[2][source]
    if curves.cost_of(source, high) <= money:
        return high
    for _ in range(100):
        middle = 0.5 * (low + high)
        if middle <= low or middle >= high:
            break
        if curves.cost_of(source, middle) <= money:
            low = middle
        else:
            high = middle
    return low


def as_decimal(value: float) -> Decimal:
    """A float's shortest decimal; the largest there are for infinities."""
    if math.isinf(value):
        return Decimal("1e300") if value > 0 else Decimal("-1e300")
    return Decimal(repr(value))
