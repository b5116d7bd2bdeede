"""Offers for the tests of arbitrage, and the slow and certain answers to compare with."""

import random
from decimal import Decimal

import msgspec

from argosy.execution.arbitrage.values import Offer
from argosy.execution.routing.pools import Pool
from argosy.execution.routing.sources import BookSource
from argosy.model import InstrumentKind, Side
from execution.routing.making import book, options, random_books, values_of

NOW = 1_790_000_000_000_000_000
D = Decimal


def offer(name="a:BTC/USD", *, asks=(), bids=(), kind=InstrumentKind.SPOT, terms=None, **more):
    source = book(name, asks=asks, bids=bids, **(terms or {}))
    return of(source, kind=kind, **more)


def of(source: BookSource | Pool, **more) -> Offer:
    kind = InstrumentKind.POOL if isinstance(source, Pool) else InstrumentKind.SPOT
    given = {"venue": source.name, "base": "BTC", "quote": "USD", "kind": kind, **more}
    return Offer(source=source, **given)


def random_pair(rng: random.Random) -> tuple[Offer, Offer]:
    """A book to buy from and one to sell to, with any terms; about half of them pay."""
    buy, sell = random_books(rng, Side.BUY, 1)[0], random_books(rng, Side.SELL, 1)[0]
    for name, source in (("a:BTC/USD", buy), ("b:BTC/USD", sell)):
        source.name = name
        source.terms = msgspec.structs.replace(source.terms, penalty_bps=D(0), fixed_cost=D(0))
    return of(buy), of(sell)


def brute_pair(buy: Offer, sell: Offer, most: int = 60) -> tuple[int, Decimal] | None:
    """The best whole size and what it brings, over every size that both take; None: there is
    none.
    """
    costs = options(buy.source, Side.BUY, most)
    gains = options(sell.source, Side.SELL, most)
    terms, values = buy.source.terms, values_of(buy.source, Side.BUY, most)
    held = [size * worst * (1 + terms.taker_fee) for size, (_, worst) in enumerate(values)]
    found = [
        (-gains[size] - costs[size], size)
        for size in set(costs) & set(gains)
        if terms.quote_cap is None or held[size] <= terms.quote_cap
    ]
    if not found:
        return None
    best = max(profit for profit, _ in found)
    return min(size for profit, size in found if profit == best), best


def executed(leg, source: BookSource) -> tuple[Decimal, Decimal]:
    """(size, value) that an immediate order with the leg's side, size and limit would take."""
    buying = leg.side is Side.BUY
    values = values_of(source, leg.side, int(leg.size))
    size, value = Decimal(0), Decimal(0)
    for amount, (total, price) in enumerate(values):
        within = price <= leg.limit_price if buying else price >= leg.limit_price
        if amount and within:
            size, value = Decimal(amount), total
    return size, value
