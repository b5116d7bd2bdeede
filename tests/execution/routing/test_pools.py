import itertools
import math
import random
from decimal import Decimal

import pytest

from argosy.execution.routing.pools import Range, RangedPool, WeightedPool
from argosy.execution.routing.split import split
from argosy.model import Side
from execution.routing.making import book, dec, random_pool, terms


def product(base=10, quote=1000, fee="0.003", name="pool", **more):
    return WeightedPool(
        name=name,
        terms=terms(lot="1e-12", **more),
        fee=dec(fee),
        base_reserve=dec(base),
        quote_reserve=dec(quote),
    )


def test_a_constant_product_keeps_its_product():
    pool = product()
    for size in (dec("0.5"), dec(3), dec("9.9")):
        paid = pool.take(Side.BUY, size).value * dec("0.997")
        assert abs((10 - size) * (1000 + paid) - 10_000) < dec("1e-40")
        got = pool.take(Side.SELL, size).value
        assert abs((10 + size * dec("0.997")) * (1000 - got) - 10_000) < dec("1e-40")


def test_a_weighted_pool_keeps_its_weighted_product():
    pool = WeightedPool(
        name="pool",
        terms=terms(lot="1e-12"),
        fee=dec("0.002"),
        base_reserve=dec(40),
        quote_reserve=dec(1000),
        base_weight=dec("0.8"),
        quote_weight=dec("0.2"),
    )
    before = dec(40) ** dec("0.8") * dec(1000) ** dec("0.2")
    paid = pool.take(Side.BUY, dec(3)).value * dec("0.998")
    after = dec(37) ** dec("0.8") * (1000 + paid) ** dec("0.2")
    assert abs(after - before) < dec("1e-40")
    assert pool.take(Side.BUY, dec("1e-9")).value / dec("1e-9") == pytest.approx(
        dec(100) / dec("0.998"), rel=dec("1e-9")
    )


def test_a_range_is_a_constant_product_of_virtual_reserves():
    """One wide range is a constant product pool: L = sqrt(x y), price = y / x."""
    wide = RangedPool(
        name="pool",
        terms=terms(lot="1e-12"),
        fee=dec("0.003"),
        price=dec(100),
        ranges=(Range(dec("1e-12"), dec("1e16"), dec(100)),),
    )
    for side, size in itertools.product(Side, (dec("0.5"), dec(3))):
        same = product().take(side, size)
        found = wide.take(side, size)
        assert abs(found.value - same.value) < dec("1e-40")
        assert abs(found.worst_price - same.worst_price) < dec("1e-40")


def test_crossing_a_gap_jumps_to_the_next_range():
    pool = RangedPool(
        name="pool",
        terms=terms(lot="1e-12"),
        fee=dec(0),
        price=dec(100),
        ranges=(Range(dec(81), dec(121), dec(990)), Range(dec(144), dec(169), dec(1000))),
    )
    first = 990 * (dec(1) / 10 - dec(1) / 11)
    assert abs(pool.take(Side.BUY, first).value - 990) < dec("1e-40")  # L * (11 - 10)
    beyond = pool.take(Side.BUY, first + dec("1e-9"))
    assert beyond.worst_price == pytest.approx(dec(144), rel=dec("1e-6"))
    assert beyond.levels == 2
    everything = pool.take(Side.BUY, dec(1000))
    assert abs(everything.value - 990 - 1000) < dec("1e-40")
    assert everything.size < 1000


def test_pools_that_make_no_sense_are_named():
    with pytest.raises(ValueError, match="fee is 1; give a fraction"):
        product(fee=1)
    with pytest.raises(ValueError, match="base_reserve is 0"):
        product(base=0)
    with pytest.raises(ValueError, match="does not follow one that ends at 20"):
        RangedPool(
            name="p", terms=terms(), fee=dec(0), price=dec(9),
            ranges=(Range(dec(10), dec(20), dec(1)), Range(dec(15), dec(30), dec(1))),
        )  # fmt: skip


def test_caps_and_least_sizes_of_pools_hold():
    tight = product(quote_cap=500, taker_fee="0.001")
    found = split([tight], Side.BUY, size=dec(9))
    paid = found.parts[0].value * dec("1.001")
    assert paid <= 500
    assert paid == pytest.approx(dec(500), rel=dec("1e-9"))
    least = product(min_notional=500)
    assert split([least], Side.BUY, size=dec(1)).alone[0].reason == "not worth its least value 500"
    assert split([least], Side.BUY, size=dec(4)).filled == 4
    limit = split([product()], Side.BUY, size=dec(9), limit_net_price=dec(200))
    assert limit.parts[0].worst_price == pytest.approx(dec(200), rel=dec("1e-9"))


def witness(sources, side, size):
    """Least cost by trying every set of sources, each by bisection on the price, in floats."""
    buy = side is Side.BUY
    sign = 1 if buy else -1
    curves = []
    for source in sources:
        if hasattr(source, "stretches"):
            parts = [
                (float(p.price), float(p.size), float(p.reach), float(p.bend))
                for p in source.stretches(side)
            ]
        else:
            ladder = source.asks if buy else source.bids
            step = float(source.step)
            tick = 10.0**-source.price_decimals
            parts = [(p * tick, s * step, 0.0, 0.0) for p, s in ladder.levels()]
        factor = float(source.terms.net(buy) * source.terms.judged(buy))
        curves.append((parts, factor, float(source.terms.fixed_cost)))

    def at(parts, factor, price):
        total = value = 0.0
        for start, room, reach, bend in parts:
            if sign * start * factor > sign * price:
                break
            if bend:
                x = sign * reach * (1 - (start * factor / price) ** (1 / bend))
                x = min(max(x, 0.0), room)
                value += (
                    sign * start * reach / (bend - 1) * ((1 - sign * x / reach) ** (1 - bend) - 1)
                )
            else:
                x = room
                value += start * x
            total += x
        return total, value * factor

    best = math.inf
    for used in itertools.product((False, True), repeat=len(curves)):
        chosen = [curve for curve, use in zip(curves, used, strict=True) if use]
        low, high = 1e-9, 1e6
        if sum(at(p, f, high if buy else low)[0] for p, f, _ in chosen) < size:
            continue
        for _ in range(200):
            middle = (low + high) / 2
            if (sum(at(p, f, middle)[0] for p, f, _ in chosen) >= size) == buy:
                high = middle
            else:
                low = middle
        inner = low if buy else high  # takes less than the size; what is left has this price
        found = [at(p, f, inner) for p, f, _ in chosen]
        left = size - sum(x for x, _ in found)
        cost = sign * (sum(v for _, v in found) + left * inner) + sum(c for _, _, c in chosen)
        best = min(best, cost)
    return best


@pytest.mark.parametrize("seed", range(12))
def test_books_and_pools_together_are_split_at_the_least_cost(seed):
    rng = random.Random(seed)
    for _ in range(25):
        side = rng.choice([Side.BUY, Side.SELL])
        sources = []
        for i in range(rng.randint(1, 3)):
            gas = rng.choice([0, 0, 20, 100])
            sources.append(random_pool(rng, f"pool{i}", fixed_cost=gas))
        for i in range(rng.randint(1, 3)):
            step = 1 if side is Side.BUY else -1
            start = rng.randint(85, 115)
            levels = [(start + step * k, rng.randint(1, 9)) for k in range(rng.randint(1, 8))]
            sources.append(
                book(
                    f"book{i}",
                    lot="1e-9",
                    taker_fee=Decimal(rng.randint(0, 30)) / 10_000,
                    fixed_cost=rng.choice([0, 10]),
                    **{"asks" if step > 0 else "bids": levels},
                )
            )
        size = rng.randint(1, 30)
        want = witness(sources, side, size)
        found = split(sources, side, size=Decimal(size), nodes_max=1_000_000)
        if math.isinf(want):
            assert found.missing > 0
            continue
        sign = 1 if side is Side.BUY else -1
        assert found.missing <= dec("1e-9")
        assert math.isclose(sign * found.judged_value, want, rel_tol=1e-9)
        assert found.proof.proven


@pytest.mark.parametrize("seed", range(40))
def test_the_money_a_size_costs_buys_that_size(seed):
    rng = random.Random(seed)
    sources = [random_pool(rng, f"pool{i}", fixed_cost=rng.choice([0, 30])) for i in range(2)]
    levels = [(rng.randint(80, 120), rng.randint(1, 9)) for _ in range(6)]
    sources.append(book("book", lot="1e-9", taker_fee="0.001", fixed_cost=8, asks=levels))
    bought = split(sources, Side.BUY, size=Decimal(rng.randint(1, 20)), nodes_max=1_000_000)
    spent = split(sources, Side.BUY, spend=bought.net_value, nodes_max=1_000_000)
    assert spent.net_value <= bought.net_value
    assert spent.filled == pytest.approx(bought.filled, rel=dec("1e-9"))
    assert spent.proof.proven
