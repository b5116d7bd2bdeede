"""Buys at several venues and sells at several others at once, as far as any of it pays.

Everything offered is bought up to one price and everything bid is sold down to it. The router then
splits each side over lots, least sizes and gas, and proves its split.
"""

import math
from collections.abc import Sequence
from decimal import Decimal
from functools import reduce

import msgspec

from argosy.execution.arbitrage.pairs import USUAL, Assumptions
from argosy.execution.arbitrage.two_leg import blocked, common_lot, with_terms
from argosy.execution.arbitrage.values import (
    BPS,
    Kind,
    Offer,
    Opportunity,
    OpportunityLeg,
    identity,
    in_bps,
    leg_of,
)
from argosy.execution.routing.curves import Curves
from argosy.execution.routing.sources import Source, Taken
from argosy.execution.routing.split import Part, Split, split
from argosy.model import Nanos, Side
from argosy.model.money import ZERO

ROUNDS_MAX = 4  # times that sources which gas leaves out are left out, and the size sought anew
HALVINGS = 120


def sweep(
    offers: Sequence[Offer], assume: Assumptions = USUAL, *, quote: str, now_ns: int
) -> Opportunity | None:
    """The best trade over all spot offers and pools of one base at once; None where none pays.

    `gap` is what a better split of it could bring more, at the most.
    """
    asks = [_adjusted(offer, Side.BUY, assume) for offer in offers]
    bids = [_adjusted(offer, Side.SELL, assume) for offer in offers]
    bound: Decimal | None = None
    for _ in range(ROUNDS_MAX):
        size, profit = _meeting(asks, bids, assume.most)
        if bound is None:
            bound = Decimal(repr(profit))
        sides = _fitted(asks, bids, size)
        if sides is None:
            return None
        bought, sold = sides
        used = [{part.source for part in each.parts} for each in sides]
        if [len(each) for each in used] == [len(asks), len(bids)]:
            break
        asks = [source for source in asks if source.name in used[0]]
        bids = [source for source in bids if source.name in used[1]]
    return _opportunity(offers, bought.parts, sold.parts, assume, bound, quote, now_ns)


# --- within ---------------------------------------------------------------------------------------


def _adjusted(offer: Offer, side: Side, assume: Assumptions) -> Source:
    """With its conversion charged, and no penalty."""
    terms = offer.source.terms
    share = assume.conversion_bps / BPS if offer.converted else ZERO
    rate = terms.rate * (1 + share if side is Side.BUY else 1 - share)
    return with_terms(offer.source, msgspec.structs.replace(terms, rate=rate, penalty_bps=ZERO))


def _fitted(
    asks: Sequence[Source], bids: Sequence[Source], size: Decimal
) -> tuple[Split, Split] | None:
    """Both sides split over the size, or over the most below it that both can fill."""
    for _ in range(ROUNDS_MAX):
        if size <= 0:
            return None
        bought, sold = split(asks, Side.BUY, size=size), split(bids, Side.SELL, size=size)
        if bought.filled == sold.filled:
            return (bought, sold) if bought.filled else None
        size = min(bought.filled, sold.filled)  # least sizes stand in the way of the last of it
    return None


def _unit(offers: Sequence[Offer]) -> Decimal:
    return reduce(common_lot, (offer.source.terms.lot for offer in offers))


def _meeting(
    asks: Sequence[Source], bids: Sequence[Source], most: Decimal
) -> tuple[Decimal, float]:
    """The size at which what is asked meets what is bid, and what it brings before fixed costs."""
    if not asks or not bids:
        return ZERO, 0.0
    unit = reduce(common_lot, (source.terms.lot for source in (*asks, *bids)))
    sides: list[Curves] = []
    for side, sources in ((Side.BUY, asks), (Side.SELL, bids)):
        curves = Curves(side is Side.SELL, len(sources))
        for source in sources:
            source.load(curves, side, unit, most, judge=False, limit=float("inf"))
        sides.append(curves)
    offered, wanted = sides

    def amount(curves: Curves, key: float) -> float:
        return math.fsum(curves.amount_at(i, key) for i in range(curves.count))

    low, high = _ends(offered, wanted)
    if low >= high:
        return ZERO, 0.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        if amount(offered, middle) >= amount(wanted, -middle):
            high = middle
        else:
            low = middle
    lots = min(amount(offered, high), amount(wanted, -low), float(most / unit))
    profit = -_least(wanted, -low, lots) - _least(offered, high, lots)
    return math.floor(lots + 1e-6) * unit, profit


def _ends(offered: Curves, wanted: Curves) -> tuple[float, float]:
    """The lowest ask and the highest bid, as keys of a buy."""
    low = min((offered.marginal_of(i, 0.0) for i in range(offered.count)), default=float("inf"))
    high = max((-wanted.marginal_of(i, 0.0) for i in range(wanted.count)), default=0.0)
    return low, high


def _least(curves: Curves, key: float, lots: float) -> float:
    """What `lots` cost when taken in the order of their keys, up to about `key`."""
    left, total = lots, 0.0
    for i in range(curves.count):
        taken = curves.amount_at(i, key)
        total += curves.cost_of(i, taken)
        left -= taken
    return total + left * key  # what is too much or missing is of the last price


def _opportunity(
    offers: Sequence[Offer],
    bought: Sequence[Part],
    sold: Sequence[Part],
    assume: Assumptions,
    bound: Decimal | None,
    quote: str,
    now_ns: int,
) -> Opportunity | None:
    by_name = {offer.name: offer for offer in offers}
    legs: list[OpportunityLeg] = []
    money = {Side.BUY: ZERO, Side.SELL: ZERO}
    costs = {"fees": ZERO}
    limits = ZERO
    for side, parts in ((Side.BUY, bought), (Side.SELL, sold)):
        sign = 1 if side is Side.BUY else -1
        for part in parts:
            offer = by_name[part.source]
            terms = offer.source.terms
            worth = part.value * terms.rate
            legs.append(
                leg_of(offer, side, Taken(part.size, part.value, part.worst_price, part.levels))
            )
            money[side] += worth
            share = terms.taker_fee
            costs["fees"] += worth * terms.taker_fee
            if offer.converted and assume.conversion_bps:
                share += assume.conversion_bps / BPS
                costs["conversion"] = (
                    costs.get("conversion", ZERO) + worth * assume.conversion_bps / BPS
                )
            if part.fixed_cost:
                costs["gas"] = costs.get("gas", ZERO) + part.fixed_cost
            limits -= sign * part.worst_price * part.size * terms.rate * (1 + sign * share)
    if assume.withdrawal:
        costs["withdrawal"] = assume.withdrawal
    gross = money[Side.SELL] - money[Side.BUY]
    net = gross - sum(costs.values(), ZERO)
    if net <= 0:
        return None
    size = sum((part.size for part in bought), ZERO)
    limited = "the size asked for" if size + _unit(offers) > assume.most else "prices"
    once = costs.get("gas", ZERO) + costs.get("withdrawal", ZERO)
    return Opportunity(
        id=identity(Kind.SWEEP, ((leg.side, leg.instrument) for leg in legs)),
        kind=Kind.SWEEP,
        legs=tuple(legs),
        quote=quote,
        size=size,
        gross=gross,
        costs=costs,
        net=net,
        net_at_limits=limits - once,
        capital=money[Side.BUY],
        bps=in_bps(net, money[Side.BUY]),
        limited_by=limited,
        seen_ns=Nanos(now_ns),
        why_not=blocked(*(by_name[leg.instrument] for leg in legs)),
        gap=max(ZERO, (bound or ZERO) - net - costs.get("withdrawal", ZERO)),
    )
