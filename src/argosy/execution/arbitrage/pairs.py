"""Scans offers two by two: spot against spot or pool, and legs that are held for what they carry.

Carry is what is expected, not what is locked in: funding rates change. Dated futures end at spot.
"""

import math
from collections.abc import Iterator, Sequence
from decimal import Decimal

import msgspec

from argosy.execution.arbitrage.two_leg import WANTED, Charges, judge, net_factor
from argosy.execution.arbitrage.values import BPS, YEAR_NS, Kind, Offer, Opportunity
from argosy.model import InstrumentKind, Side
from argosy.model.money import ZERO, finite

_HOUR_NS = 3_600 * 10**9
_SPOT = {InstrumentKind.SPOT, InstrumentKind.POOL}


class Assumptions(msgspec.Struct, frozen=True, kw_only=True):
    """What a scan counts beside prices, fees and balances. Raises ValueError naming a bad figure.

    `floor_bps`: pairs whose best prices are worse than this, all charges counted, are left out, but
    for the nearest of each kind and base.
    """

    floor_bps: Decimal = ZERO
    conversion_bps: Decimal = ZERO  # for turning one quote currency into another
    withdrawal: Decimal = ZERO  # once an opportunity, to bring back what it moved
    holding_ns: int = 7 * 24 * _HOUR_NS  # perpetuals are thought to be held this long
    exit_costs: bool = True  # whether held legs are charged taker fees for the way out
    delivery_bps: Decimal = ZERO  # what a future charges when it expires
    financing: Decimal = ZERO  # what the capital costs, as a fraction a year
    most: Decimal = WANTED  # base units

    def __post_init__(self) -> None:
        for name in ("conversion_bps", "withdrawal", "delivery_bps", "financing"):
            if finite(getattr(self, name), name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must not be below 0")
        finite(self.floor_bps, "floor_bps")
        if self.most <= 0:
            raise ValueError(f"most is {self.most} base units; it must be above 0")
        if self.holding_ns <= 0:
            raise ValueError(f"holding_ns is {self.holding_ns}; it must be above 0")


USUAL = Assumptions()


class _Pair(msgspec.Struct, frozen=True):
    kind: Kind
    buy: Offer
    sell: Offer
    charges: Charges
    holding_ns: int = 0
    # What is earned a year by holding, as shares of each leg's value; below 0 is paid.
    buy_earns: Decimal = ZERO
    sell_earns: Decimal = ZERO


def scan_pairs(
    offers: Sequence[Offer],
    assume: Assumptions = USUAL,
    *,
    quote: str,
    now_ns: int,
    kinds: frozenset[Kind] = frozenset(Kind),
) -> list[Opportunity]:
    """Every pair of offers of one base that pays or nearly does, of the kinds wanted, unsorted."""
    bases: dict[str, list[Offer]] = {}
    for offer in offers:
        bases.setdefault(offer.base, []).append(offer)
    found: list[Opportunity] = []
    for group in bases.values():
        tops = {offer.name: (_top(offer, Side.BUY), _top(offer, Side.SELL)) for offer in group}
        near: dict[Kind, tuple[Decimal, _Pair]] = {}
        chosen: list[_Pair] = []
        reached: set[Kind] = set()
        for pair in _pairs(group, assume, now_ns, kinds):
            ask, bid = tops[pair.buy.name][0], tops[pair.sell.name][1]
            if ask is None or bid is None:
                continue
            paid = ask * net_factor(pair.buy, Side.BUY, pair.charges.buy)
            got = bid * net_factor(pair.sell, Side.SELL, pair.charges.sell)
            if paid <= 0:
                continue
            apart = (got / paid - 1) * BPS
            if apart >= assume.floor_bps:
                chosen.append(pair)
                reached.add(pair.kind)
            elif pair.kind not in near or apart > near[pair.kind][0]:
                near[pair.kind] = (apart, pair)
        chosen += [pair for kind, (_, pair) in near.items() if kind not in reached]
        for pair in chosen:
            seen = judge(
                pair.kind,
                pair.buy,
                pair.sell,
                pair.charges,
                quote=quote,
                now_ns=now_ns,
                most=assume.most,
            )
            if seen is not None:
                found.append(_carried(seen, pair))
    return found


# --- which pairs, and what they are charged -------------------------------------------------------


def _pairs(
    group: Sequence[Offer], assume: Assumptions, now_ns: int, kinds: frozenset[Kind]
) -> Iterator[_Pair]:
    own = {offer.name: _own(offer, assume) for offer in group}
    once = {"withdrawal": assume.withdrawal} if assume.withdrawal else {}
    for buy in group:
        for sell in group:
            if buy is sell:
                continue
            kind = _kind(buy, sell)
            if kind is None or kind not in kinds:
                continue
            gas = buy.source.terms.fixed_cost + sell.source.terms.fixed_cost
            charges = Charges(
                buy=own[buy.name], sell=own[sell.name], once=once | ({"gas": gas} if gas else {})
            )
            if kind in {Kind.CROSS, Kind.POOL}:
                yield _Pair(kind, buy, sell, charges)
            else:
                yield _held(kind, buy, sell, charges, assume, now_ns)


def _kind(buy: Offer, sell: Offer) -> Kind | None:
    both = {buy.kind, sell.kind}
    if both <= _SPOT:
        return Kind.POOL if InstrumentKind.POOL in both else Kind.CROSS
    if both == {InstrumentKind.PERPETUAL}:
        return Kind.FUNDING if buy.funding and sell.funding else None
    if InstrumentKind.SPOT not in both:
        return None
    if InstrumentKind.PERPETUAL in both:
        return Kind.PERPETUAL if buy.funding or sell.funding else None
    return Kind.DATED if InstrumentKind.FUTURE in both else None


def _own(offer: Offer, assume: Assumptions) -> dict[str, Decimal]:
    """What an offer is charged in any pair."""
    if not offer.converted or not assume.conversion_bps:
        return {}
    return {"conversion": assume.conversion_bps / BPS}


def _held(
    kind: Kind, buy: Offer, sell: Offer, charges: Charges, assume: Assumptions, now_ns: int
) -> _Pair:
    """A pair that is held: charged for its way out, for its money, and paid or charged funding."""
    dated = next((each for each in (buy, sell) if each.expiry_ns is not None), None)
    holding_ns = assume.holding_ns
    if dated is not None:
        assert dated.expiry_ns is not None
        holding_ns = max(1, dated.expiry_ns - now_ns)
    until_ns = now_ns + holding_ns
    shares: list[dict[str, Decimal]] = []
    earns: list[Decimal] = []
    for offer, longs in ((buy, 1), (sell, -1)):
        share: dict[str, Decimal] = {}
        if offer is dated and assume.delivery_bps:
            share["delivery"] = assume.delivery_bps / BPS
        elif offer is not dated and assume.exit_costs:
            share["exit"] = offer.source.terms.taker_fee
        if offer.funding is not None:
            share["funding"] = offer.funding.expected(now_ns, until_ns) * longs
        earns.append(-offer.funding.per_year() * longs if offer.funding is not None else ZERO)
        shares.append(share)
    if assume.financing:
        shares[0]["financing"] = assume.financing * holding_ns / YEAR_NS
        earns[0] -= assume.financing
    whole = charges.plus(Charges(buy=shares[0], sell=shares[1]))
    return _Pair(kind, buy, sell, whole, holding_ns, earns[0], earns[1])


def _carried(seen: Opportunity, pair: _Pair) -> Opportunity:
    """With what holding makes of it."""
    if not pair.holding_ns or not seen.capital:
        return seen
    break_even_ns: int | None = None
    if pair.kind is not Kind.DATED:
        held = ("funding", "financing")
        need = sum((cost for name, cost in seen.costs.items() if name not in held), ZERO)
        need -= seen.gross
        buying, selling = (leg.value * leg.rate for leg in seen.legs)
        a_year = buying * pair.buy_earns + selling * pair.sell_earns
        if need <= 0:
            break_even_ns = 0
        elif a_year > 0:
            break_even_ns = math.ceil(need / a_year * YEAR_NS)
    return msgspec.structs.replace(
        seen,
        holding_ns=pair.holding_ns,
        annualised=seen.net / seen.capital * YEAR_NS / pair.holding_ns,
        break_even_ns=break_even_ns,
    )


def _top(offer: Offer, side: Side) -> Decimal | None:
    """The best price of one side, in the offer's own quote currency."""
    taken = offer.source.take(side, offer.source.terms.lot)
    return taken.worst_price if taken.size and taken.worst_price > 0 else None
