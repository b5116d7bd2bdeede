"""The published cases of G. Angeris' cfmm-routing-code and of CFMMRouter.jl, and random networks.

Their optima were computed with cvxpy 1.9.3 and Clarabel, whose tolerance shows in the last digits.
"""

import math
import random

import pytest

from argosy.execution.routing.markets import Concentrated, Flat, GeometricMean
from argosy.execution.routing.networks import Network, route_network, solve


def pool(tokens, reserves, kept, weights=()):
    return GeometricMean(tokens=tokens, reserves=reserves, kept=kept, weights=weights)


def both_ways(tokens, size, kept):
    return Flat(tokens=tokens, price=1, size=size, opposite=size, kept=kept)


ARBITRAGE = Network(
    values=(1.5, 10, 2, 3),
    have=(0,) * 4,
    markets=(
        pool((0, 1, 2, 3), (4,) * 4, 0.998, (4, 3, 2, 1)),
        pool((0, 1), (10, 1), 0.997),
        pool((1, 2), (1, 5), 0.997),
        pool((2, 3), (40, 50), 0.997),
        both_ways((2, 3), 10, 0.999),
    ),
)
LIQUIDATION = Network(
    values=(0, 0, 0, 0, 1),
    have=(2, 1, 3, 5, 0),
    markets=(
        pool((0, 1, 2, 3, 4), (4,) * 5, 0.998, (5, 4, 3, 2, 1)),
        pool((0, 1), (10, 1), 0.997),
        pool((2, 3), (1, 5), 0.997),
        pool((3, 4), (40, 50), 0.997),
        both_ways((3, 4), 10, 0.999),
    ),
)
THREE_POOLS = Network(
    values=(1, 1),
    have=(0, 0),
    markets=(
        pool((0, 1), (1e6, 1e6), 1),
        pool((0, 1), (1e3, 2e3), 1),
        pool((0, 1), (1e4, 2e4), 1, (0.4, 0.6)),
    ),
)


def two_asset(have):
    return Network(
        values=(0, 0, 1),
        have=(have, 0, 0),
        markets=(
            pool((0, 1, 2), (3, 0.2, 1), 0.98, (3, 2, 1)),
            pool((0, 1), (10, 1), 0.99),
            pool((1, 2), (1, 10), 0.96),
            pool((0, 2), (20, 50), 0.97),
            both_ways((0, 2), 10, 0.99),
        ),
    )


def check(network, found):
    """Every trade is one its market allows, no token is short, and the value is what is said."""
    net = [0.0] * len(network.values)
    for market, flow in zip(network.markets, found.flows, strict=True):
        for token, amount in zip(market.tokens, flow, strict=True):
            net[token] += amount
        if isinstance(market, GeometricMean):
            before = after = 0.0
            for reserve, share, amount in zip(market.reserves, market.shares(), flow, strict=True):
                left = reserve - amount if amount > 0 else reserve - amount * market.kept
                assert left > 0
                before += share * math.log(reserve)
                after += share * math.log(left)
            assert after >= before - 1e-9
        elif isinstance(market, Flat):
            first, second = flow
            assert -market.opposite / market.price / market.kept - 1e-9 <= first
            assert first <= market.size + 1e-9
            # Priced as sold, or worse by what going both ways costs.
            lost = -second - first * market.price
            assert lost >= -1e-9 * max(1.0, market.size)
    assert found.net == pytest.approx(net, abs=1e-12)
    scale = max(1.0, *(abs(each) for flow in found.flows for each in flow))
    for have, amount in zip(network.have, net, strict=True):
        assert have + amount >= -1e-9 * scale
    assert found.value <= found.bound + 1e-9 * scale


@pytest.mark.parametrize(
    ("network", "optimum"),
    [
        (ARBITRAGE, 21.4998088),
        (LIQUIDATION, 15.8830109),
        (two_asset(0), 6.2330004),
        (two_asset(1), 7.2938790),
        (two_asset(10), 16.3881962),
        (two_asset(20), 26.3181290),
        (two_asset(50), 44.1820207),
        (THREE_POOLS, 456.31985),
    ],
)
def test_published_optima(network, optimum):
    found = route_network(network)
    assert found.value == pytest.approx(optimum, rel=3e-7)
    assert found.gap <= 1e-8 * found.value
    check(network, found)


def test_published_trades():
    assert route_network(ARBITRAGE).net == pytest.approx((0, 1.1749899, 0, 3.2499699), abs=1e-4)
    found = route_network(LIQUIDATION)
    assert found.net == pytest.approx((-2, -1, -3, -5, 15.8830109), abs=1e-6)
    # The optimum of the three pools is so flat that the published trades are off by 0.4.
    trades = [(-2268.31, 2263.18), (582.59, -411.02), (2142.04, -1852.15)]
    for flow, (second, first) in zip(route_network(THREE_POOLS).flows, trades, strict=True):
        assert flow == pytest.approx((first, second), abs=0.5)


def test_two_prices_by_golden_section_say_the_same():
    """With two tokens the dual has one free price: minimised here the plain way."""

    def dual(price):
        return sum(market.profit((price, 1.0)) for market in THREE_POOLS.markets)

    low, high = 1.0, 1.1
    for _ in range(200):
        third = (high - low) / 3
        if dual(low + third) < dual(high - third):
            high -= third
        else:
            low += third
    found = route_network(THREE_POOLS)
    assert found.bound == pytest.approx(dual(low), rel=1e-9)


def test_a_product_pool_at_other_prices_is_exact():
    flow, _ = pool((0, 1), (1, 1), 1).flow((2, 1), 0)
    assert flow == pytest.approx([1 - math.sqrt(0.5), 1 - math.sqrt(2)], rel=1e-15)
    assert pool((0, 1), (1, 1), 1).flow((1, 1), 0)[0] == [0, 0]
    assert pool((0, 1), (1, 1), 0.9).flow((1.05, 1), 0)[0] == [0, 0]


# CFMMRouter.jl's pool: price 15, ranges below 30, 20, 10, 5 with liquidity 1, 2, 1.5, 0.
RANGES = ((5.0, 10.0, 1.5), (10.0, 20.0, 2.0), (20.0, 30.0, 1.0))


def ranged(kept):
    return Concentrated(tokens=(0, 1), price=15.0, ranges=RANGES, kept=kept)


@pytest.mark.parametrize("kept", [1.0, 0.997])
@pytest.mark.parametrize("price", [16.0, 14.0, 25.0, 7.5, 4.0, 35.0])
def test_a_pool_of_ranges_ends_at_our_price_or_drained(kept, price):
    market = ranged(kept)
    (first, second), _ = market.flow((price, 1.0), 0)
    assert market.profit((price, 1.0)) > 0
    if price > 30 or price < 5:
        held = (market.depth(0), market.depth(1))
        assert (first, second)[price < 5] == pytest.approx(held[price < 5], rel=1e-12)
        return
    # One more unit at the margin costs our price: the flows' slopes against each other.
    step = price * 1e-6
    more, _ = market.flow((price + step, 1.0), 0)
    less, _ = market.flow((price - step, 1.0), 0)
    assert -(more[1] - less[1]) / (more[0] - less[0]) == pytest.approx(price, rel=1e-6)


def test_a_pool_of_ranges_stands_still_near_its_price():
    assert ranged(1.0).flow((15.0, 1.0), 0)[0] == [0, 0]
    assert ranged(0.997).flow((15.0 * (1 + 0.997) / 2, 1.0), 0)[0] == [0, 0]


@pytest.mark.parametrize("kept", [1.0, 0.99])
@pytest.mark.parametrize("make", [ranged, lambda kept: pool((0, 1, 2), (4, 5, 6), kept, (1, 2, 3))])
def test_slopes_of_flows_are_what_differences_say(make, kept):
    market = make(kept)
    rng = random.Random(4)
    for _ in range(20):
        prices = [rate * rng.uniform(0.6, 1.5) for rate in market.rates()]
        _, bends = market.flow(prices, 0)
        for j in range(len(prices)):
            up, down = list(prices), list(prices)
            step = prices[j] * 1e-6
            up[j] += step
            down[j] -= step
            above, below = market.flow(up, 0)[0], market.flow(down, 0)[0]
            for i in range(len(prices)):
                slope = (above[i] - below[i]) / (2 * step)
                assert bends[i][j] == pytest.approx(slope, rel=1e-4, abs=1e-7)


@pytest.mark.parametrize("seed", range(60))
def test_random_networks_close_their_gap(seed):
    rng = random.Random(seed)
    tokens = rng.randint(2, 6)
    markets = []
    for _ in range(rng.randint(1, 12)):
        some = tuple(rng.sample(range(tokens), 2))
        kept = rng.choice([1.0, 0.999, 0.997, 0.99])
        kind = rng.random()
        if kind < 0.5:
            markets.append(pool(some, (rng.uniform(1, 1e4), rng.uniform(1, 1e4)), kept))
        elif kind < 0.8:
            markets.append(
                Flat(tokens=some, price=rng.uniform(0.5, 2), size=rng.uniform(1, 50), kept=kept)
            )
        else:
            markets.append(
                Concentrated(tokens=some, price=rng.uniform(6, 29), ranges=RANGES, kept=kept)
            )
    have = tuple(rng.choice([0.0, rng.uniform(0, 20)]) for _ in range(tokens))
    values = tuple(rng.uniform(0.5, 2) for _ in range(tokens))
    network = Network(values=values, have=have, markets=tuple(markets))
    found = route_network(network)
    check(network, found)
    assert found.gap <= 1e-6 * max(1.0, found.value)
    assert found.value >= -1e-6  # doing nothing is always allowed


def test_a_book_and_a_pool_meet_at_one_price():
    """A level of a book is a flat market: it fills until the pool's price is its own."""
    network = Network(
        values=(0, 1),
        have=(10, 0),
        markets=(
            pool((0, 1), (100, 10_000), 1),
            Flat(tokens=(1, 0), price=1 / 95, size=10_000),  # takes token 0 at 95
        ),
    )
    found = route_network(network)
    sold = 100 * (math.sqrt(100 / 95) - 1)
    assert -found.flows[0][0] == pytest.approx(sold, rel=1e-6)
    assert found.value == pytest.approx(10_000 - 10_000 / (1 + sold / 100) + 95 * (10 - sold))


def test_what_makes_no_sense_is_named():
    with pytest.raises(ValueError, match="one of each a token"):
        Network(values=(1, 1), have=(0,), markets=())
    with pytest.raises(ValueError, match="every value is 0"):
        Network(values=(0, 0), have=(0, 1), markets=())
    with pytest.raises(ValueError, match="have has -1"):
        Network(values=(0, 1), have=(0, -1), markets=())
    with pytest.raises(ValueError, match="a market has tokens"):
        Network(values=(0, 1), have=(0, 1), markets=(pool((0, 2), (1, 1), 1),))
    with pytest.raises(ValueError, match="kept is 0; give 1 minus the fee"):
        pool((0, 1), (1, 1), 0)
    with pytest.raises(ValueError, match="two or more different"):
        pool((1, 1), (1, 1), 1)
    with pytest.raises(ValueError, match="must be above 0"):
        pool((0, 1), (1, 0), 1)
    with pytest.raises(ValueError, match="does not follow"):
        Concentrated(tokens=(0, 1), price=1, ranges=((1, 3, 1), (2, 4, 1)))
    with pytest.raises(ValueError, match="no level has price 0"):
        Flat(tokens=(0, 1), price=0, size=1)


def test_the_linear_solver_solves():
    rng = random.Random(1)
    rows = [[rng.gauss(0, 1) for _ in range(5)] for _ in range(5)]
    matrix = [[sum(a * b for a, b in zip(r, s, strict=True)) for s in rows] for r in rows]
    want = [rng.gauss(0, 1) for _ in range(5)]
    right = [sum(a * b for a, b in zip(row, want, strict=True)) for row in matrix]
    assert solve(right, matrix) == pytest.approx(want, rel=1e-6)
