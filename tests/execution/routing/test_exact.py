"""Pools that answer to the last unit, as the router takes them."""

import random
from decimal import Decimal

import pytest

from argosy.dialects.uniswap_v2.side import PairSide
from argosy.dialects.uniswap_v3.side import ConcentratedSide
from argosy.dialects.uniswap_v3.ticks import sqrt_price_at
from argosy.execution.routing import ExactPool, WeightedPool, split
from argosy.model import Side
from dialects.seeded import concentrated
from execution.routing.making import book, dec, terms


def pair(name="pair", base=100, quote=10_000, **more):
    """100 of a token of 18 digits at 100 of one of 6."""
    reserves = (base * 10**18, quote * 10**6)
    return ExactPool(
        name=name,
        terms=terms(**{"lot": "1e-18", **more}),
        buy=PairSide(*reserves, buy=True),
        sell=PairSide(*reserves, buy=False),
        base_decimals=18,
        quote_decimals=6,
    )


def ranged(rng, name="ranged", **more):
    """A concentrated pool at about 100, its base token 0 or 1."""
    token = rng.choice([0, 1])
    raw = Decimal(100).scaleb(6 - 18)
    tick = round((1 if token == 0 else -1) * float(raw.log10()) / 4.342727686e-5)
    pool = concentrated(rng, tick)
    return ExactPool(
        name=name,
        terms=terms(**{"lot": "1e-12", **more}),
        buy=ConcentratedSide(pool, base=token, buy=True),
        sell=ConcentratedSide(pool, base=token, buy=False),
        base_decimals=18,
        quote_decimals=6,
    ), pool


def test_the_plan_has_the_contracts_own_figure():
    bought = split([pair()], Side.BUY, size=dec(3)).parts[0]
    assert bought.value == Decimal(10**10 * 3 * 1000 // (97 * 997) + 1).scaleb(-6)
    sold = split([pair()], Side.SELL, size=dec(3)).parts[0]
    assert sold.value == Decimal(3 * 997 * 10**10 // (100 * 1000 + 3 * 997)).scaleb(-6)


@pytest.mark.parametrize("side", [Side.BUY, Side.SELL])
@pytest.mark.parametrize("seed", range(20))
def test_the_curve_is_the_exact_figure_but_for_rounding(seed, side):
    """Stretch by stretch, and half way, the reals the search sees are what the contract gives."""
    rng = random.Random(seed)
    source, _ = ranged(rng)
    sign = 1 if side is Side.BUY else -1
    size = value = Decimal(0)
    rounding = Decimal((source.buy if sign > 0 else source.sell).rounding(10_000)).scaleb(-6)
    for stretch in source.stretches(side):
        for part in (stretch.size / 2, stretch.size):
            at = (size + part).quantize(Decimal("1e-12"))
            if at <= 0:
                continue
            found = source.take(side, at)
            real = value + stretch.value(at - size, sign)
            assert abs(found.value - real) <= rounding + real * Decimal("1e-11")
        size += stretch.size
        value += stretch.value(stretch.size, sign)
    assert size > 0


@pytest.mark.parametrize("side", [Side.BUY, Side.SELL])
@pytest.mark.parametrize("seed", range(20))
def test_splits_with_books_are_proven_and_paid_to_the_unit(seed, side):
    rng = random.Random(seed)
    first, pool = ranged(rng, fixed_cost=rng.choice([0, 1, 5]))
    step = 1 if side is Side.BUY else -1
    best = 100 + step * rng.randint(-3, 3)
    levels = [(best + step * k, rng.randint(1, 5)) for k in range(5)]
    sources = [
        first,
        pair(fixed_cost=rng.choice([0, 2])),
        book("book", lot="1e-9", **{"asks" if step > 0 else "bids": levels}),
    ]
    found = split(sources, side, size=dec(rng.randint(1, 20)), nodes_max=100_000)
    assert found.missing <= dec("1e-9")
    # A contract's rounding is in the plan and not in the bound: the gap is that, and no more.
    units = sum(each.buy.rounding(99) + each.sell.rounding(99) for each in sources[:2])
    assert found.proof.gap <= Decimal(units).scaleb(-6) + abs(found.net_value) * Decimal("1e-9")
    assert found.proof.nodes < 100_000
    for part in found.parts:
        if part.source == "book":
            continue
        source = next(each for each in sources if each.name == part.source)
        assert part.value == source.take(side, part.size).value
        assert part.net_value == part.value
    ranged_part = next((part for part in found.parts if part.source == "ranged"), None)
    if ranged_part:
        raw = int(ranged_part.size.scaleb(18))
        zero = first.buy.way.zero_for_one if side is Side.BUY else first.sell.way.zero_for_one
        quote = pool.quote(raw, zero_for_one=zero, exact_in=side is Side.SELL)
        exact = quote.amount_in if side is Side.BUY else quote.amount_out
        assert ranged_part.value == Decimal(exact).scaleb(-6)


def test_it_is_taken_as_the_pool_of_reals_is():
    reals = WeightedPool(
        name="reals",
        terms=terms(lot="1e-18"),
        fee=dec("0.003"),
        base_reserve=dec(100),
        quote_reserve=dec(10_000),
    )
    for side in Side:
        exact = split([pair()], side, size=dec(7)).parts[0]
        real = split([reals], side, size=dec(7)).parts[0]
        assert abs(exact.value - real.value) <= dec("0.000001")
        assert exact.worst_price == pytest.approx(real.worst_price, rel=dec("1e-9"))
        sign = 1 if side is Side.BUY else -1
        assert sign * (exact.value - real.value) >= 0  # the contract rounds in its own favour


def test_gas_leaves_out_a_pool_that_is_hardly_better():
    cheap = book("book", lot="1e-9", asks=[("100.5", 50)])
    assert [p.source for p in split([pair(), cheap], Side.BUY, size=dec("0.05")).parts] == ["pair"]
    dear = pair(fixed_cost=1)
    assert [p.source for p in split([dear, cheap], Side.BUY, size=dec("0.05")).parts] == ["book"]


@pytest.mark.parametrize("money", ["0.000002", "1", "333.333333", "100000"])
def test_what_is_affordable_is_paid_with_what_there_is(money):
    capped = pair(quote_cap=money)
    found = split([capped], Side.BUY, size=dec(99))
    spent = sum(part.value for part in found.parts)
    assert spent <= dec(money)
    if dec(money) >= 1:
        assert spent >= dec(money) - dec("0.000002")


@pytest.mark.parametrize("seed", range(20))
def test_ranges_too_are_paid_with_what_there_is(seed):
    """Their rounding is several units: on small money the curve alone would overspend."""
    rng = random.Random(seed)
    for money in ("0.00001", "0.0123", "7"):
        source, _ = ranged(rng, quote_cap=money)
        parts = split([source], Side.BUY, size=dec(99)).parts
        assert sum(part.value for part in parts) <= dec(money)


def test_more_than_there_is_is_missing():
    rng = random.Random(4)
    source, _ = ranged(rng)
    found = split([source], Side.BUY, size=dec(10) ** 9)
    assert found.missing > 0
    assert found.parts[0].size > 0
    empty = pair(base=0, quote=0)
    assert split([empty], Side.SELL, size=dec(1)).alone[0].reason == "it is empty"
    assert empty.take(Side.BUY, dec(1)).size == 0


def test_a_lot_finer_than_the_token_is_refused():
    with pytest.raises(ValueError, match="has 18 decimals"):
        pair(lot="1e-19")


def test_a_pool_at_its_very_edge_is_taken_from_the_other_side():
    rng = random.Random(9)
    pool = concentrated(rng, 0, ranges=0)
    pool.swap(1 << 200, zero_for_one=True, exact_in=True, limit=sqrt_price_at(-5_000))
    assert pool.core.liquidity == 0
    buy = ConcentratedSide(pool, base=0, buy=True)
    sell = ConcentratedSide(pool, base=0, buy=False)
    assert buy.value(10**6) is not None
    assert sell.value(10**6) is None
    assert sell.bends() == []
    with pytest.raises(ValueError, match="base is 2"):
        ConcentratedSide(pool, base=2, buy=True)
