"""Ladders of pools against the pools themselves, size by size."""

import random
from decimal import Decimal

import pytest

from argosy.books.amm import Units, ladder, quote_size, values
from argosy.dialects.uniswap_v2.side import PairSide
from argosy.dialects.uniswap_v3.pool import ConcentratedPool
from argosy.dialects.uniswap_v3.side import ConcentratedSide
from argosy.dialects.uniswap_v3.ticks import sqrt_price_at
from argosy.model import Side
from dialects.seeded import case

D = Decimal


def shown(levels, units, steps):
    """What taking so many size steps from a ladder comes to, in smallest quote units."""
    unit = D(1).scaleb(units.quote_decimals - units.price_decimals - units.size_decimals)
    value = D(0)
    for level in levels:
        taken = min(steps, level.size)
        value += taken * level.price * unit
        steps -= taken
    assert steps == 0
    return value


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("side", [Side.BUY, Side.SELL])
def test_a_ladder_is_never_better_than_its_pool_and_near_it(seed, side):
    rng = random.Random(seed)
    pool, units = case(rng, buy=side is Side.BUY)
    tolerance = rng.choice([D("0.0001"), D("0.001"), D("0.00002")])
    least, levels = ladder(pool, side, units, tolerance=tolerance, depth=D("0.2"))
    if not levels:
        return
    prices = [level.price for level in levels]
    assert prices == sorted(prices, reverse=side is Side.SELL)
    sign = 1 if side is Side.BUY else -1
    ends = []
    for level in levels:
        ends.append(level.size + (ends[-1] if ends else 0))
    assert least <= ends[0]
    sizes = {least, ends[-1], *(rng.randint(least, ends[-1]) for _ in range(300))}
    sizes |= {near for end in ends for near in (end - 1, end, end + 1) if least <= near <= ends[-1]}
    for steps in sizes:
        exact = pool.value(steps * units.step)
        over = sign * (shown(levels, units, steps) - exact)
        assert over >= 0, (steps, least, ends)
        assert over <= tolerance * exact, (steps, least, ends)


def test_most_ladders_are_there_and_short():
    lengths = []
    for seed in range(60):
        rng = random.Random(seed)
        pool, units = case(rng, buy=True)
        lengths.append(len(ladder(pool, Side.BUY, units)[1]))
    assert sum(length > 0 for length in lengths) > 40
    assert max(lengths) < 200


def pair(buy=True):
    return PairSide(100 * 10**18, 300_000 * 10**6, buy=buy)


UNITS = Units(base_decimals=18, quote_decimals=6, price_decimals=4, size_decimals=6)


def test_a_quote_is_the_pools_own_and_gas_comes_on_top():
    bought = quote_size(pair(), Side.BUY, D(1), UNITS, gas=D("2.5"))
    # 300000e6 * 1e18 * 1000 // (99e18 * 997) + 1, by a desk calculator
    assert bought.value == D("3039.421295")
    assert bought.total == D("3041.921295")
    assert bought.average == bought.total
    sold = quote_size(pair(False), Side.SELL, D(2), UNITS, gas=D("2.5"))
    # 2e18 * 997 * 300000e6 // (100e18 * 1000 + 2e18 * 997), by a desk calculator
    assert sold.value == D("5865.050885")
    assert sold.total == sold.value - D("2.5")
    assert sold.average == sold.total / 2


def test_what_a_pool_has_not_has_no_quote():
    assert quote_size(pair(), Side.BUY, D(100), UNITS) is None
    with pytest.raises(ValueError, match="above 0"):
        quote_size(pair(), Side.BUY, D(0), UNITS)
    with pytest.raises(ValueError, match="more than 18 decimals"):
        quote_size(pair(), Side.BUY, D("1e-19"), UNITS)


def test_an_empty_pool_has_no_ladder():
    assert ladder(PairSide(0, 0, buy=True), Side.BUY, UNITS) == (0, ())


def test_a_grid_too_coarse_for_the_tolerance_shows_nothing():
    coarse = Units(base_decimals=18, quote_decimals=6, price_decimals=0, size_decimals=6)
    assert ladder(pair(), Side.BUY, coarse, tolerance=D("0.0000001")) == (0, ())


@pytest.mark.parametrize("name", ["tolerance", "depth"])
@pytest.mark.parametrize("value", [D(0), D(1), D(-1)])
def test_tolerance_and_depth_are_fractions(name, value):
    with pytest.raises(ValueError, match=name):
        ladder(pair(), Side.BUY, UNITS, **{name: value})


@pytest.mark.parametrize("side", [Side.BUY, Side.SELL])
def test_a_ladder_ends_with_its_pool_and_spans_its_gaps(side):
    """Ranges at 0 and far away: the gap between them is a jump of price, its end the pool's."""
    pool = ConcentratedPool(fee=500, spacing=10)
    pool.initialise(sqrt_price_at(0))
    pool.modify(-100, 100, 10**20)
    pool.modify(1_000, 1_100, 10**20)
    pool.modify(-1_100, -1_000, 10**20)
    way = ConcentratedSide(pool, base=0, buy=side is Side.BUY)
    units = Units(base_decimals=18, quote_decimals=18, price_decimals=9, size_decimals=18)
    near = ladder(way, side, units, depth=D("0.05"))[1]
    far = ladder(way, side, units, depth=D("0.15"))[1]
    most = [sum(level.size for level in levels) for levels in (near, far)]
    for levels, size in zip((near, far), most, strict=True):
        exact = way.value(size)
        assert exact is not None
        over = (shown(levels, units, size) - exact) * (1 if side is Side.BUY else -1)
        assert 0 <= over * 10_000 <= exact
        assert way.value(size * 1_001 // 1_000) is None or size == most[0]
    # As much again lies beyond the gap, but for what it is worth there.
    assert D("1.9") < D(most[1]) / most[0] < D("2.1")


class Closing(PairSide):
    """A pair that stops taking orders above a size, which its curve does not know."""

    def value(self, base):
        return super().value(base) if base <= 10**18 else None


def test_a_pool_that_does_not_answer_ends_its_ladder():
    closing = Closing(100 * 10**18, 300_000 * 10**6, buy=True)
    levels = ladder(closing, Side.BUY, UNITS, depth=D("0.2"))[1]
    assert 0 < sum(level.size for level in levels) <= 10**6


def test_digits_are_not_below_zero():
    with pytest.raises(ValueError, match="quote_decimals is -1"):
        Units(base_decimals=6, quote_decimals=-1, price_decimals=2, size_decimals=2)


def test_sizes_finer_than_the_token_are_refused():
    with pytest.raises(ValueError, match="no pool can trade the rest"):
        Units(base_decimals=6, quote_decimals=6, price_decimals=2, size_decimals=8)


def test_levels_read_as_prices_and_sizes():
    least, levels = ladder(pair(), Side.BUY, UNITS, depth=D("0.01"))
    found = list(values(levels, UNITS))
    assert D(3009) < found[0][0] < D(3010)
    assert sum(size for _, size in found) == D(sum(level.size for level in levels)).scaleb(-6)
    assert least == 19  # 0.057 USDC: of which a millionth is less than a fifth of 0.0001
