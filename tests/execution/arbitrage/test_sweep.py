"""Many venues at once: published cases, closed forms, and against every split there is."""

import itertools
import random

import msgspec
import pytest

from argosy.execution.arbitrage.pairs import Assumptions
from argosy.execution.arbitrage.sweep import sweep
from argosy.execution.routing.pools import WeightedPool
from argosy.execution.routing.sources import Terms
from argosy.model import Side
from execution.arbitrage.offers import NOW, D, of, offer
from execution.routing.making import options, random_books


def swept(*offers, **more):
    return sweep(offers, quote="USD", now_ns=NOW, **more)


def pool(name, base, quote, weights=("0.5", "0.5"), gas="0"):
    return of(
        WeightedPool(
            name=name,
            terms=Terms(lot=D("0.000001"), fixed_cost=D(gas)),
            fee=D(0),
            base_reserve=D(base),
            quote_reserve=D(quote),
            base_weight=D(weights[0]),
            quote_weight=D(weights[1]),
        )
    )


THREE = [
    pool("large", 10**6, 10**6),
    pool("small", 10**3, 2 * 10**3),
    pool("skewed", 10**4, 2 * 10**4, ("0.4", "0.6")),
]


def test_the_published_case_of_three_pools():
    """CFMMRouter.jl, examples/arbitrage.jl: 456.31985; solved anew with cvxpy and Clarabel."""
    found = swept(*THREE)
    assert found.net == pytest.approx(D("456.31985"), rel=D("3e-7"))
    assert found.gap < D("1e-6") * found.net
    sizes = {leg.instrument: (leg.side, float(leg.size)) for leg in found.legs}
    assert sizes["large"] == (Side.BUY, pytest.approx(2263.18, abs=0.5))
    assert sizes["small"] == (Side.SELL, pytest.approx(411.02, abs=0.5))
    assert sizes["skewed"] == (Side.SELL, pytest.approx(1852.15, abs=0.5))


def test_gas_leaves_out_what_does_not_earn_it():
    alone = swept(THREE[0], THREE[2])
    found = swept(THREE[0], pool("small", 10**3, 2 * 10**3, gas="1000"), THREE[2])
    assert found.net == alone.net
    small = swept(THREE[0], pool("small", 10**3, 2 * 10**3, gas="5"), THREE[2])
    assert small.costs["gas"] == 5
    assert small.net > alone.net


def test_no_split_of_whole_lots_is_better():
    paying = 0
    for seed in range(400):
        rng = random.Random(seed)
        offers = []
        for name, side in zip("abcd", (Side.BUY, Side.BUY, Side.SELL, Side.SELL), strict=True):
            source = random_books(rng, side, 1)[0]
            source.name = name
            source.terms = msgspec.structs.replace(
                source.terms,
                lot=D(1),
                penalty_bps=D(0),
                fixed_cost=D(0),
                min_size=D(0),
                min_notional=D(0),
            )
            offers.append(of(source))
        found = swept(*offers)
        sides = []
        for pair, side in ((offers[:2], Side.BUY), (offers[2:], Side.SELL)):
            costs = [{0: D(0), **options(each.source, side, 60)} for each in pair]
            least = {}
            for (a, x), (b, y) in itertools.product(*(each.items() for each in costs)):
                least[a + b] = min(least.get(a + b, x + y), x + y)
            sides.append(least)
        best = max(-sides[0][size] - sides[1][size] for size in set(sides[0]) & set(sides[1]))
        assert (found.net if found else D(0)) == pytest.approx(best, abs=D("1e-9")), seed
        if found is not None:
            paying += 1
            assert found.gap < D("1e-6")
            assert found.net == found.gross - sum(found.costs.values())
            assert found.net_at_limits <= found.net
            bought = sum(leg.size for leg in found.legs if leg.side is Side.BUY)
            assert bought == sum(leg.size for leg in found.legs if leg.side is Side.SELL)
    assert paying > 100


def test_least_sizes_and_fixed_costs_leave_a_gap_that_bounds_what_was_missed():
    for seed in range(150):
        rng = random.Random(seed)
        buys, sells = random_books(rng, Side.BUY, 2), random_books(rng, Side.SELL, 2)
        offers = []
        for name, source in zip("abcd", (*buys, *sells), strict=True):
            source.name = name
            source.terms = msgspec.structs.replace(source.terms, penalty_bps=D(0))
            offers.append(of(source))
        found = swept(*offers)
        if found is None:
            continue
        sides = []
        for pair, side in ((offers[:2], Side.BUY), (offers[2:], Side.SELL)):
            costs = [{0: D(0), **options(each.source, side, 60)} for each in pair]
            least = {}
            for (a, x), (b, y) in itertools.product(*(each.items() for each in costs)):
                least[a + b] = min(least.get(a + b, x + y), x + y)
            sides.append(least)
        best = max(-sides[0][size] - sides[1][size] for size in set(sides[0]) & set(sides[1]))
        assert found.net <= best + D("1e-9"), seed
        assert best <= found.net + found.gap + D("1e-6"), seed


def test_conversions_and_withdrawals_are_charged():
    offers = (
        offer("a", asks=((100, 5),)),
        offer("b", asks=((101, 5),), converted=True, quote="USDT"),
        offer("c", bids=((110, 8),)),
    )
    found = swept(*offers, assume=Assumptions(conversion_bps=D(10), withdrawal=D(2)))
    assert found.size == 8
    assert found.costs == {"fees": 0, "conversion": D("0.303"), "withdrawal": 2}
    assert found.net == 880 - 500 - 303 - D("0.303") - 2
    assert swept(offer("a", asks=((100, 5),)), offer("c", bids=((99, 8),))) is None
