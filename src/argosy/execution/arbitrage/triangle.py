"""Round three currencies and back with more: the size that pays most, on every instrument's lots.

Given the lots of one leg, the best lots of the others follow: as few as supply it, as many as it
supplies. So only one leg's lots are searched, and a bound without lots says when to stop.
"""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

import msgspec

from argosy.execution.arbitrage.pairs import USUAL, Assumptions
from argosy.execution.arbitrage.two_leg import WANTED, blocked, last, with_terms
from argosy.execution.arbitrage.values import (
    BPS,
    Kind,
    Offer,
    Opportunity,
    identity,
    in_bps,
    leg_of,
)
from argosy.execution.routing.curves import Curves
from argosy.execution.routing.sources import Taken
from argosy.model import InstrumentKind, Nanos, Side
from argosy.model.money import ZERO, ceil_to

EVALUATIONS_MAX = 600  # sizes priced exactly; where that was not enough, `gap` says how much
PARALLEL_MAX = 3  # instruments looked at between two currencies, the best prices first
_SAFE = 1e-12  # of what is spent: what floats may be off
_NOTHING = float("-inf")


class Step(msgspec.Struct, frozen=True):
    """One leg of a cycle: an offer and the side of it that is taken."""

    offer: Offer
    side: Side

    @property
    def spends(self) -> str:
        """The currency that goes in."""
        return self.offer.quote if self.side is Side.BUY else self.offer.base

    @property
    def gets(self) -> str:
        """The currency that comes out."""
        return self.offer.base if self.side is Side.BUY else self.offer.quote


def scan_triangles(
    offers: Sequence[Offer],
    assume: Assumptions = USUAL,
    *,
    quote: str,
    now_ns: int,
    across: bool = False,
) -> list[Opportunity]:
    """Every cycle of three currencies that pays, and the nearest to paying where none does.

    Within one venue each, or with `across` over all of them. Spot books only. What is left over of
    a currency on the way counts as nothing.
    """
    found: list[Opportunity] = []
    near: tuple[Decimal, tuple[Step, ...]] | None = None
    venues = sorted({offer.venue for offer in offers})
    groups = [offers] if across else [[o for o in offers if o.venue == v] for v in venues]
    for group in groups:
        for cycle in _cycles([each for each in group if each.kind is InstrumentKind.SPOT]):
            rate = _rate(cycle)
            if rate is None:
                continue
            if (rate - 1) * BPS >= assume.floor_bps:
                seen = judge_cycle(cycle, quote=quote, now_ns=now_ns)
                found += [] if seen is None else [seen]
            elif near is None or rate > near[0]:
                near = (rate, cycle)
    if not found and near is not None:
        seen = judge_cycle(near[1], quote=quote, now_ns=now_ns)
        found += [] if seen is None else [seen]
    return found


def judge_cycle(
    cycle: tuple[Step, ...], *, quote: str, now_ns: int, evaluations: int = EVALUATIONS_MAX
) -> Opportunity | None:
    """A cycle at its best size; None where there is nothing to trade.

    Raises:
        ValueError: the currency it begins in is no leg's quote, so what it is worth is not known.
    """
    legs = [_Leg(step) for step in cycle]
    why = next((leg.reason for leg in legs if leg.reason), "")
    if why:
        legs = [_Leg(step, bound=False) for step in cycle]
        if any(leg.reason for leg in legs):
            return None
    found = _best(legs, evaluations)
    if found is None:
        return None
    lots, gap = found
    taken = [leg.taken(count) for leg, count in zip(legs, lots, strict=True)]
    rate = _worth(cycle)
    spent = legs[0].needs(lots[0])
    net = (legs[-1].gives(lots[-1]) - spent) * rate
    fees = ZERO
    for step, part in zip(cycle, taken, strict=True):
        terms = step.offer.source.terms
        fees += part.value * terms.taker_fee * terms.rate
    least = _at_limits(legs, taken) * rate
    if net <= 0:
        why = why or f"it comes back with {in_bps(net, spent * rate):.2f} bps"
    caps = [leg for leg, count in zip(legs, lots, strict=True) if count == leg.most]
    return Opportunity(
        id=identity(Kind.TRIANGLE, ((step.side, step.offer.name) for step in cycle)),
        kind=Kind.TRIANGLE,
        legs=tuple(
            leg_of(step.offer, step.side, part) for step, part in zip(cycle, taken, strict=True)
        ),
        quote=quote,
        size=taken[0].size,
        gross=net + fees,
        costs={"fees": fees},
        net=net,
        net_at_limits=least,
        capital=spent * rate,
        bps=in_bps(net, spent * rate),
        limited_by=f"{caps[0].name}: balance, or no more is there" if caps else "prices",
        seen_ns=Nanos(now_ns),
        why_not=why or blocked(*(step.offer for step in cycle)),
        gap=gap * rate,
    )


# --- cycles ---------------------------------------------------------------------------------------


def _cycles(offers: Sequence[Offer]) -> Iterator[tuple[Step, Step, Step]]:
    """Each cycle once, beginning in a currency whose worth is known, as a leg's quote."""
    between: dict[tuple[str, str], list[tuple[Decimal, Step]]] = {}
    for offer in offers:
        for side in Side:
            step = Step(offer, side)
            rate = _rate((step,))
            if rate is not None:
                between.setdefault((step.spends, step.gets), []).append((rate, step))
    best = {
        key: [step for _, step in sorted(found, key=lambda each: -each[0])[:PARALLEL_MAX]]
        for key, found in between.items()
    }
    for (a, b), firsts in best.items():
        for c in {gets for spends, gets in best if spends == b} - {a}:
            # Of its three rotations, the one that begins with its least name.
            if a != min(a, b, c) or (c, a) not in best:
                continue
            for first in firsts:
                for second in best[b, c]:
                    for third in best[c, a]:
                        yield _turned((first, second, third))


def _turned(cycle: tuple[Step, Step, Step]) -> tuple[Step, Step, Step]:
    quotes = [step.offer.quote for step in cycle]
    known = sorted(range(3), key=lambda k: (-quotes.count(cycle[k].spends), k))
    k = known[0]
    a, b, c = (*cycle[k:], *cycle[:k])
    return a, b, c


def _worth(cycle: tuple[Step, ...]) -> Decimal:
    """What a unit of the currency it begins in is worth in the scan's."""
    start = cycle[0].spends
    for step in cycle:
        if step.offer.quote == start:
            return step.offer.source.terms.rate
    raise ValueError(f"the cycle begins in {start}, which is the quote of none of its instruments")


def _rate(cycle: tuple[Step, ...]) -> Decimal | None:
    """What one unit comes back as, at the best prices; None where a book is empty."""
    rate = Decimal(1)
    for step in cycle:
        terms = step.offer.source.terms
        top = step.offer.source.take(step.side, terms.lot)
        if not top.size or top.worst_price <= 0:
            return None
        if step.side is Side.SELL:
            rate *= top.worst_price * (1 - terms.taker_fee)
        else:
            rate /= top.worst_price * (1 + terms.taker_fee)
    return rate


# --- the best lots --------------------------------------------------------------------------------


class _Leg:
    """What some lots of one leg need and give, exactly and, for the bound, without lots."""

    def __init__(self, step: Step, *, bound: bool = True) -> None:
        self.step = step
        self.name = step.offer.name
        self.buys = step.side is Side.BUY
        self.source = step.offer.source
        terms = self.source.terms
        self.lot = terms.lot
        fee = terms.taker_fee
        # A buyer's fee is paid beside the price, or taken out of what was bought.
        in_base = self.buys and step.offer.fee_in_base
        self.paid = Decimal(1) if in_base else 1 + fee
        self.kept = (1 - fee if in_base else Decimal(1)) if self.buys else 1 - fee
        caps = {} if bound else {"base_cap": None, "quote_cap": None}
        plain = msgspec.structs.replace(
            terms, rate=Decimal(1), taker_fee=self.paid - 1 if self.buys else fee, **caps
        )
        self.curve = Curves(not self.buys, 1)
        adjusted = with_terms(self.source, plain)
        said = adjusted.load(
            self.curve, step.side, self.lot, WANTED, judge=False, limit=float("inf")
        )
        self.reason = f"{self.name}: {said}" if said else ""
        self.least = max(1, round(self.curve.heads[1][0]))
        self.most = int(self.curve.heads[2][0] + 1e-6)
        self.lot_f, self.kept_f = float(self.lot), float(self.kept)

    def taken(self, lots: int) -> Taken:
        return self.source.take(self.step.side, lots * self.lot)

    def needs(self, lots: int) -> Decimal:
        """What goes in."""
        return self.taken(lots).value * self.paid if self.buys else lots * self.lot

    def gives(self, lots: int) -> Decimal:
        """What comes out."""
        return (lots * self.lot if self.buys else self.taken(lots).value) * self.kept

    def fits(self, amount: Decimal) -> int:
        """The most lots that an amount going in is enough for."""
        if not self.buys:
            return min(self.most, int(amount / self.lot))
        return last(lambda lots: self.needs(lots) <= amount, self.most)

    def covers(self, amount: Decimal) -> int:
        """The least lots that give an amount; one too many where none do."""
        if self.buys:
            return max(self.least, int(ceil_to(amount / self.kept, self.lot) / self.lot))
        return max(self.least, last(lambda lots: self.gives(lots) < amount, self.most) + 1)

    def needs_f(self, lots: float) -> float:
        return self.curve.cost_of(0, lots) if self.buys else lots * self.lot_f

    def gives_f(self, lots: float) -> float:
        return lots * self.lot_f * self.kept_f if self.buys else -self.curve.cost_of(0, lots)

    def fits_f(self, amount: float) -> float:
        if not self.buys:
            return min(float(self.most), amount / self.lot_f)
        return _last_f(lambda lots: self.needs_f(lots) <= amount, self.most)

    def covers_f(self, amount: float) -> float | None:
        """None where all there is does not give it."""
        lots = amount / (self.lot_f * self.kept_f)
        if not self.buys:
            lots = _last_f(lambda some: self.gives_f(some) < amount, self.most)
            if self.gives_f(self.most) < amount * (1 - _SAFE):
                return None
        return None if lots > self.most * (1 + _SAFE) else lots


def _last_f(holds: Callable[[float], bool], most: float) -> float:
    low, high = 0.0, float(most)
    if holds(high):
        return high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return high


def _around(legs: Sequence[_Leg], k: int, lots: int) -> tuple[int, ...] | None:
    """The best lots of all legs when leg `k` has so many; None where that cannot be done."""
    found = [0] * len(legs)
    found[k] = lots
    for j in range(k - 1, -1, -1):
        found[j] = legs[j].covers(legs[j + 1].needs(found[j + 1]))
    for j in range(k + 1, len(legs)):
        found[j] = legs[j].fits(legs[j - 1].gives(found[j - 1]))
    fit = all(leg.least <= count <= leg.most for leg, count in zip(legs, found, strict=True))
    return tuple(found) if fit else None


def _bound(legs: Sequence[_Leg], k: int, lots: float) -> tuple[float, float]:
    """(what it brings, what is spent) when leg `k` has so many lots and the others need none."""
    need, gain = legs[k].needs_f(lots), legs[k].gives_f(lots)
    for leg in reversed(legs[:k]):
        some = leg.covers_f(need)
        if some is None:
            return _NOTHING, 0.0
        need = leg.needs_f(some)
    for leg in legs[k + 1 :]:
        gain = leg.gives_f(leg.fits_f(gain))
    return gain - need, need


def _best(legs: Sequence[_Leg], evaluations: int) -> tuple[tuple[int, ...], Decimal] | None:
    """The lots that bring most, and what others might bring more; None: nothing can be traded."""
    k = max(range(len(legs)), key=lambda at: _bound(legs, at, 1.0)[1])  # the coarsest lots
    end = legs[0].most
    for before, leg in pairwise(legs[: k + 1]):
        end = leg.fits(before.gives(end))
    start = _first(lambda lots: _enough(legs, k, lots), end)
    if start > end:
        return None
    low, high = start, end
    while low < high:  # the bound rises, then falls
        middle = (low + high) // 2
        if _bound(legs, k, middle)[0] < _bound(legs, k, middle + 1)[0]:
            low = middle + 1
        else:
            high = middle
    best: tuple[Decimal, tuple[int, ...]] | None = None
    left, missed = evaluations, _NOTHING
    for path in (range(low, end + 1), range(low - 1, start - 1, -1)):
        for lots in path:
            most, spent = _bound(legs, k, lots)
            if best is not None and most + _SAFE * spent <= float(best[0]):
                break
            if not left:
                missed = max(missed, most)
                break
            left -= 1
            found = _around(legs, k, lots)
            if found is None:
                continue
            value = legs[-1].gives(found[-1]) - legs[0].needs(found[0])
            if best is None or value > best[0]:
                best = (value, found)
        left = max(left, evaluations // 2)
    if best is None:
        return None
    gap = ZERO if missed == _NOTHING else max(ZERO, Decimal(repr(missed)) - best[0])
    return best[1], gap


def _enough(legs: Sequence[_Leg], k: int, lots: int) -> bool:
    """Whether leg `k` and those after it have their least sizes."""
    if lots < legs[k].least:
        return False
    for before, leg in pairwise(legs[k:]):
        lots = leg.fits(before.gives(lots))
        if lots < leg.least:
            return False
    return True


def _first(holds: Callable[[int], bool], most: int) -> int:
    """The least number from 1 for which it holds, as it does for all above; most + 1: none."""
    return last(lambda lots: not holds(lots), most) + 1


def _at_limits(legs: Sequence[_Leg], taken: Sequence[Taken]) -> Decimal:
    """What comes back less what goes in, filled at the limits; a leg passes on what it got."""
    spent = there = ZERO
    for k, (leg, part) in enumerate(zip(legs, taken, strict=True)):
        value = part.worst_price * part.size
        needs, gives = (value * leg.paid, part.size) if leg.buys else (part.size, value)
        if k == 0:
            spent = there = needs
        there = gives * leg.kept * min(Decimal(1), there / needs)
    return there - spent
