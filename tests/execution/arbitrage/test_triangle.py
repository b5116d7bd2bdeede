"""Cycles of three currencies: against every combination of lots there is, and what bounds them."""

import random
from decimal import Decimal

import pytest

from argosy.execution.arbitrage.pairs import Assumptions
from argosy.execution.arbitrage.triangle import Step, judge_cycle, scan_triangles
from argosy.execution.arbitrage.values import Kind
from argosy.model import Side
from execution.arbitrage.offers import NOW, D, of, offer
from execution.routing.making import book, values_of

ANY = Assumptions(floor_bps=D(-100_000))


def market(name, base, quote, *, bids=(), asks=(), venue="a", fee_in_base=False, **terms):
    return offer(
        f"{venue}:{name}",
        bids=bids,
        asks=asks,
        terms=terms,
        venue=venue,
        base=base,
        quote=quote,
        fee_in_base=fee_in_base,
    )


def random_cycle(rng: random.Random) -> tuple[Step, Step, Step]:
    """Money into X, X into Y, Y into money, each leg a buy or a sale of whole lots."""
    while True:
        steps = _random_steps(rng)
        if any(step.offer.quote == "USD" for step in steps):
            return tuple(steps)


def _random_steps(rng: random.Random) -> list[Step]:
    steps = []
    worth = {"USD": 1, "X": rng.choice([2, 5]), "Y": rng.choice([1, 3])}
    for spends, gets in (("USD", "X"), ("X", "Y"), ("Y", "USD")):
        buys = rng.random() < 0.5
        base, quote = (gets, spends) if buys else (spends, gets)
        price = D(worth[base]) / worth[quote] * D(rng.randint(88, 104) + (0 if buys else 8)) / 100
        price = round(price, 3)
        levels = []
        for _ in range(rng.randint(1, 3)):
            levels.append((price, rng.randint(1, 8)))
            price = round(price * (1 + D(rng.randint(1, 4)) / 100 * (1 if buys else -1)), 3)
        terms = {
            "lot": rng.choice([1, 1, 2, 3]),
            "taker_fee": D(rng.randint(0, 30)) / 10_000,
            "min_size": rng.choice([0, 0, 0, 2, 4]),
        }
        if rng.random() < 0.2:
            terms["quote_cap" if buys else "base_cap"] = rng.randint(3, 30)
        source = book(f"a:{base}/{quote}", **{"asks" if buys else "bids": levels}, **terms)
        made = of(
            source, venue="a", base=base, quote=quote, fee_in_base=buys and rng.random() < 0.3
        )
        steps.append(Step(made, Side.BUY if buys else Side.SELL))
    return steps


def amounts(step: Step) -> dict[int, tuple[Decimal, Decimal]]:
    """(what goes in, what comes out) of each size that the leg takes; nothing of it as well."""
    source, terms = step.offer.source, step.offer.source.terms
    found = {}
    for size, (value, _) in enumerate(values_of(source, step.side, 40)):
        if not size or size % terms.lot or size < terms.min_size:
            continue
        fee = terms.taker_fee
        if step.side is Side.SELL:
            if terms.base_cap is None or size <= terms.base_cap:
                found[size] = (D(size), value * (1 - fee))
            continue
        spent, got = value * (1 + fee), D(size)
        if step.offer.fee_in_base:
            spent, got = value, size * (1 - fee)
        if terms.quote_cap is None or spent <= terms.quote_cap:
            found[size] = (spent, got)
    return found


def brute(cycle) -> Decimal | None:
    first, second, third = (amounts(step) for step in cycle)
    values = [
        out - spent
        for spent, x in first.values()
        for needed, y in second.values()
        if needed <= x
        for wanted, out in third.values()
        if wanted <= y
    ]
    return max(values, default=None)


@pytest.mark.parametrize("start", range(0, 3000, 1000))
def test_no_combination_of_lots_is_better(start):
    paying = 0
    for seed in range(start, start + 1000):
        cycle = random_cycle(random.Random(seed))
        found = judge_cycle(cycle, quote="USD", now_ns=NOW)
        best = brute(cycle)
        if best is None or best <= 0:
            assert found is None or not found.executable, seed
            continue
        paying += 1
        assert found is not None, seed
        assert found.executable, (seed, found.why_not)
        assert abs(found.net - best) <= D("1e-9"), (seed, found.net, best)
        assert found.gap == 0
        assert found.net_at_limits <= found.net
    assert paying > 100


def test_its_legs_are_paid_for_by_each_other():
    """Executed in turn at its own sizes, nothing runs out, and the money is what was said."""
    for seed in range(1000):
        cycle = random_cycle(random.Random(seed))
        found = judge_cycle(cycle, quote="USD", now_ns=NOW)
        if found is None or not found.executable:
            continue
        holds = {"USD": D(10**6), "X": D(0), "Y": D(0)}
        for step, leg in zip(cycle, found.legs, strict=True):
            spent, got = amounts(step)[int(leg.size)]
            holds[step.spends] -= spent
            holds[step.gets] += got
            assert min(holds.values()) >= 0, seed
        assert holds["USD"] - 10**6 == found.net, seed


def test_a_bound_that_was_not_reached_is_told():
    cycle = (
        Step(market("X/USD", "X", "USD", asks=((D("1"), 10**6),), lot="0.01"), Side.BUY),
        Step(market("Y/X", "Y", "X", asks=((D("1.00003"), 10**6),), lot="0.01"), Side.BUY),
        Step(market("Y/USD", "Y", "USD", bids=((D("1.0001"), 10**6),), lot="0.01"), Side.SELL),
    )
    whole = judge_cycle(cycle, quote="USD", now_ns=NOW)
    some = judge_cycle(cycle, quote="USD", now_ns=NOW, evaluations=1)
    assert whole.net <= some.net + some.gap
    assert whole.gap >= 0


def test_both_ways_round_within_one_venue_and_across():
    offers = [
        market("X/USD", "X", "USD", bids=((10, 5),), asks=((11, 5),)),
        market("Y/X", "Y", "X", bids=((2, 5),), asks=((D("2.1"), 5),)),
        market("Y/USD", "Y", "USD", bids=((25, 5),), asks=((26, 5),), venue="b"),
    ]
    assert scan_triangles(offers, quote="USD", now_ns=NOW) == []
    (found,) = scan_triangles(offers, quote="USD", now_ns=NOW, across=True)
    assert found.kind is Kind.TRIANGLE
    assert found.words == "buy a:X/USD, buy a:Y/X, sell b:Y/USD"
    # 5 X buy 2 Y (4.2 X of it), which fetch 50.
    assert [leg.size for leg in found.legs] == [5, 2, 2]
    assert found.net == 50 - 55 or not found.executable
    everything = scan_triangles(offers, ANY, quote="USD", now_ns=NOW, across=True)
    assert len({each.id for each in everything}) == 2


def test_a_cycle_that_pays():
    offers = [
        market("X/USD", "X", "USD", bids=((10, 5),), asks=((11, 5),), lot="0.1"),
        market("Y/X", "Y", "X", bids=((2, 5),), asks=((D("2.1"), 5),), lot="0.1"),
        market("Y/USD", "Y", "USD", bids=((25, 5),), asks=((26, 5),), lot="0.1"),
    ]
    (found,) = scan_triangles(offers, quote="USD", now_ns=NOW)
    assert found.executable
    # With all 5 X: 2.3 Y for 4.83 of them. But 4.2 X buy 2 Y with nothing left over, and earn more.
    assert [leg.size for leg in found.legs] == [D("4.2"), D(2), D(2)]
    assert found.net == 50 - D("46.2") > D("2.3") * 25 - D("4.9") * 11
    with pytest.raises(ValueError, match="begins in X"):
        judge_cycle((Step(offers[0], Side.SELL), Step(offers[2], Side.BUY)), quote="", now_ns=NOW)


def test_empty_books_make_no_cycle():
    offers = [
        market("X/USD", "X", "USD"),
        market("Y/X", "Y", "X", bids=((2, 5),)),
        market("Y/USD", "Y", "USD", asks=((25, 5),)),
    ]
    assert scan_triangles(offers, ANY, quote="USD", now_ns=NOW) == []
