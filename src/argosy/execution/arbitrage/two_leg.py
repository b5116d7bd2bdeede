"""The size at which buying here and selling there pays most: both books walked, exactly.

What a lot more brings falls from lot to lot, so the best size is where it reaches nothing. Floats
find the place on the router's curves; Decimals price it, and look at the lots beside it.
"""

import math
from collections.abc import Callable, Mapping
from decimal import Decimal

import msgspec

from argosy.execution.arbitrage.values import (
    Kind,
    Offer,
    Opportunity,
    identity,
    in_bps,
    leg_of,
    shown,
)
from argosy.execution.routing.curves import Curves
from argosy.execution.routing.pools import Pool
from argosy.execution.routing.sources import BookSource, Source, Taken, Terms
from argosy.model import Nanos, Side
from argosy.model.money import ZERO, decimals_of

WANTED = Decimal(10) ** 15  # base units; more than there is of anything traded
CLIMB_MAX = 64  # lots looked at exactly, on either side of what floats found
_INFINITY = float("inf")


class Charges(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a trade costs besides taker fees, by kind: shares of each leg's value, and amounts paid
    once in the scan's quote currency. A share below 0 is earned.
    """

    buy: Mapping[str, Decimal] = {}
    sell: Mapping[str, Decimal] = {}
    once: Mapping[str, Decimal] = {}

    def plus(self, other: "Charges") -> "Charges":
        """Both."""
        return Charges(
            buy=added(self.buy, other.buy),
            sell=added(self.sell, other.sell),
            once=added(self.once, other.once),
        )


FREE = Charges()


class Sized(msgspec.Struct, frozen=True, kw_only=True):
    """The best size of a pair, priced; `reason` says why there is none or why it may not be."""

    bought: Taken | None = None
    sold: Taken | None = None
    limited_by: str = ""
    reason: str = ""


def net_factor(offer: Offer, side: Side, shares: Mapping[str, Decimal]) -> Decimal:
    """What turns a value in the offer's quote into the scan's, with fee and shares: what is paid
    for a buy, what is got for a sale.
    """
    terms = offer.source.terms
    taken = terms.taker_fee + sum(shares.values(), ZERO)
    return terms.rate * (1 + taken if side is Side.BUY else 1 - taken)


def best_size(buy: Offer, sell: Offer, charges: Charges = FREE, *, most: Decimal = WANTED) -> Sized:
    """The size up to `most` that pays most, on lots that both take, within balances and limits. A
    balance must pay for all of a buy at its limit price: so much of it a venue holds.

    Where nothing pays, the least that could be traded, so that it can be told what is missing.
    """
    paid = net_factor(buy, Side.BUY, charges.buy)
    got = net_factor(sell, Side.SELL, charges.sell)
    lot = common_lot(buy.source.terms.lot, sell.source.terms.lot)
    asks, asks_reason = _curve(buy.source, Side.BUY, paid, lot, most)
    bids, bids_reason = _curve(sell.source, Side.SELL, got, lot, most)
    if asks_reason or bids_reason:
        which, reason = (buy, asks_reason) if asks_reason else (sell, bids_reason)
        return Sized(reason=f"{which.name}: {reason}")
    least = max(1, *(math.ceil(side.heads[1][0] - 1e-9) for side in (asks, bids)))
    ends = [math.floor(side.heads[2][0] + 1e-6) for side in (asks, bids)]
    cap = buy.source.terms.quote_cap
    if cap is not None:
        ends[0] = last(lambda lots: _held(buy, lots * lot) <= cap, ends[0])
    end = min(ends)
    if end < least:
        thin = buy if ends[0] < least else sell
        return Sized(reason=f"{thin.name}: less than the least size, {shown(least * lot)}")
    best = _crossing(asks, bids, end)

    def profit(lots: int) -> Decimal:
        size = lots * lot
        return (
            sell.source.take(Side.SELL, size).value * got
            - buy.source.take(Side.BUY, size).value * paid
        )

    best = min(max(_climbed(profit, best, end), least), end)
    size = best * lot
    narrow = buy if ends[0] <= ends[1] else sell
    limited = "prices"
    if best == end:
        limited = _cap(narrow, Side.BUY if narrow is buy else Side.SELL, size, lot, most)
    return Sized(
        bought=buy.source.take(Side.BUY, size),
        sold=sell.source.take(Side.SELL, size),
        limited_by=limited,
    )


def judge(
    kind: Kind,
    buy: Offer,
    sell: Offer,
    charges: Charges = FREE,
    *,
    quote: str,
    now_ns: int,
    most: Decimal = WANTED,
) -> Opportunity | None:
    """A pair as an opportunity at its best size; None where there is nothing to trade at all.

    Where balances allow none of it, it is sized as if they did, and says so.
    """
    sized = best_size(buy, sell, charges, most=most)
    why = sized.reason
    if sized.bought is None:
        sized = best_size(_unbound(buy), _unbound(sell), charges, most=most)
        if sized.reason:
            why = sized.reason
    if sized.bought is None or sized.sold is None or not sized.bought.size:
        return None
    bought, sold = sized.bought, sized.sold
    buying, selling = buy.source.terms.rate * bought.value, sell.source.terms.rate * sold.value
    gross = selling - buying
    costs = _costs(buy, sell, buying, selling, charges)
    net = gross - sum(costs.values(), ZERO)
    once = sum(charges.once.values(), ZERO)
    at_limits = (
        net_factor(sell, Side.SELL, charges.sell) * sold.worst_price * sold.size
        - net_factor(buy, Side.BUY, charges.buy) * bought.worst_price * bought.size
        - once
    )
    if net <= 0:
        spent = f"{shown(in_bps(gross - net, buying), 2)} bps"
        earns = f"{shown(in_bps(gross, buying), 2)} bps"
        why = f"costs are {spent}, the prices are {earns} apart"
    return Opportunity(
        id=identity(kind, ((Side.BUY, buy.name), (Side.SELL, sell.name))),
        kind=kind,
        legs=(leg_of(buy, Side.BUY, bought), leg_of(sell, Side.SELL, sold)),
        quote=quote,
        size=bought.size,
        gross=gross,
        costs=costs,
        net=net,
        net_at_limits=at_limits,
        capital=buying,
        bps=in_bps(net, buying),
        limited_by=sized.limited_by,
        seen_ns=Nanos(now_ns),
        why_not=why or blocked(buy, sell),
    )


def common_lot(first: Decimal, second: Decimal) -> Decimal:
    """The least size that is a whole number of both lots."""
    if first == second:
        return first
    digits = max(decimals_of(first), decimals_of(second))
    both = math.lcm(int(first.scaleb(digits)), int(second.scaleb(digits)))
    return Decimal(both).scaleb(-digits)


def with_terms(source: Source, terms: Terms) -> Source:
    """The same source on other terms."""
    if isinstance(source, Pool):
        return msgspec.structs.replace(source, terms=terms)
    assert isinstance(source, BookSource), "there are books and pools"
    return BookSource(
        source.name,
        terms,
        bids=source.bids,
        asks=source.asks,
        price_decimals=source.price_decimals,
        size_decimals=source.size_decimals,
        multiplier=source.multiplier,
    )


def blocked(*offers: Offer) -> str:
    """Why no order can go to one of these; empty: they can."""
    return "; ".join(dict.fromkeys(offer.blocked for offer in offers if offer.blocked))


def added(one: Mapping[str, Decimal], other: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Amounts by kind, of both."""
    return {
        name: one.get(name, ZERO) + other.get(name, ZERO) for name in dict.fromkeys((*one, *other))
    }


def last(holds: Callable[[int], bool], most: int) -> int:
    """The largest number up to `most` for which it holds, as it does for all below."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low


# --- within ---------------------------------------------------------------------------------------


def _curve(
    source: Source, side: Side, factor: Decimal, lot: Decimal, most: Decimal
) -> tuple[Curves, str]:
    """One side as a curve on the common lots, and why it cannot be used."""
    terms = source.terms
    buying = side is Side.BUY
    curves = Curves(not buying, 1)
    if factor <= 0:
        return curves, "what it charges is more than it is worth"
    fee = 1 + terms.taker_fee if buying else 1 - terms.taker_fee
    with_all = msgspec.structs.replace(terms, lot=lot, rate=factor / fee)
    adjusted = with_terms(source, with_all)
    reason = adjusted.load(curves, side, lot, most, judge=False, limit=_INFINITY)
    return curves, reason


def _held(offer: Offer, size: Decimal) -> Decimal:
    """What a venue holds for a buy: all of it at its limit, and the fee."""
    return offer.source.take(Side.BUY, size).worst_price * size * (1 + offer.source.terms.taker_fee)


def _unbound(offer: Offer) -> Offer:
    """The same without the bounds of balances."""
    free = msgspec.structs.replace(offer.source.terms, base_cap=None, quote_cap=None)
    return msgspec.structs.replace(offer, source=with_terms(offer.source, free))


def _crossing(asks: Curves, bids: Curves, end: int) -> int:
    """How many lots have a bid above their ask, all charges counted, by floats."""
    low, high = 0, end
    while low < high:
        middle = (low + high + 1) // 2
        # Half a lot back: inside a level's segment, and the mean price of a lot on a pool's curve.
        at = middle - 0.5
        if -bids.marginal_of(0, at) > asks.marginal_of(0, at):
            low = middle
        else:
            high = middle - 1
    return low


def _climbed(profit: Callable[[int], Decimal], lots: int, end: int) -> int:
    """The best of the lots around, exactly."""
    here = profit(lots)
    for step in (1, -1):
        for _ in range(CLIMB_MAX):
            beside = lots + step
            if not 0 <= beside <= end or (there := profit(beside)) <= here:
                break
            lots, here = beside, there
    return lots


def _cap(offer: Offer, side: Side, size: Decimal, lot: Decimal, most: Decimal) -> str:
    """What bounds the side that ends first."""
    terms = offer.source.terms
    if size + lot > most:
        return "the size asked for"
    if terms.max_size is not None and size + lot > terms.max_size:
        return f"{offer.name}: its most size"
    if side is Side.SELL and terms.base_cap is not None and size + lot > terms.base_cap:
        return f"{offer.name}: balance of {offer.base}"
    if side is Side.BUY and terms.quote_cap is not None:
        there = offer.source.take(side, size + lot).size > size
        if there and _held(offer, size + lot) > terms.quote_cap:
            return f"{offer.name}: balance of {offer.quote}"
    return f"{offer.name}: no more is there"


def _costs(
    buy: Offer, sell: Offer, buying: Decimal, selling: Decimal, charges: Charges
) -> dict[str, Decimal]:
    fees = buying * buy.source.terms.taker_fee + selling * sell.source.terms.taker_fee
    costs: dict[str, Decimal] = {"fees": fees}
    for value, shares in ((buying, charges.buy), (selling, charges.sell)):
        for kind, share in shares.items():
            costs[kind] = costs.get(kind, ZERO) + value * share
    return dict(added(costs, charges.once))
