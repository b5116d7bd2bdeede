import math
import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.execution.routing.split import grid, split
from argosy.model import Side
from execution.routing.making import book, brute, dec, random_books

SIDES = st.sampled_from([Side.BUY, Side.SELL])


def test_the_cheapest_levels_net_of_fees_are_taken_first():
    a = book("a", asks=[(100, 2), (102, 5)], taker_fee="0.001")
    b = book("b", asks=[(101, 3), (103, 5)], taker_fee="0.0001")
    found = split([a, b], Side.BUY, size=Decimal(6))
    assert {part.source: (part.size, part.worst_price) for part in found.parts} == {
        "a": (Decimal(3), Decimal(102)),
        "b": (Decimal(3), Decimal(101)),
    }
    assert found.net_value == dec("302") * dec("1.001") + 303 * dec("1.0001")
    assert found.average_net_price == found.net_value / 6
    assert found.missing == 0
    assert found.proof.proven
    assert (found.best_alone.source, found.best_alone.filled) == ("a", 6)
    assert found.best_alone.net_value == 608 * dec("1.001")


def test_a_fixed_cost_is_paid_only_where_it_pays():
    near = book("near", asks=[(100, 5), (110, 100)])
    pool = book("pool", asks=[(101, 100)], fixed_cost=30)
    small = split([near, pool], Side.BUY, size=Decimal(6))
    assert [part.source for part in small.parts] == ["near"]
    large = split([near, pool], Side.BUY, size=Decimal(20))
    assert {part.source: part.size for part in large.parts} == {"near": 5, "pool": 15}
    assert large.net_value == 500 + 15 * 101 + 30


def test_a_least_size_is_met_by_taking_from_the_cheaper_venue():
    cheap = book("cheap", asks=[(100, 10)])
    dear = book("dear", asks=[(101, 10)], min_size=4)
    found = split([cheap, dear], Side.BUY, size=Decimal(12))
    assert {part.source: part.size for part in found.parts} == {"cheap": 8, "dear": 4}
    assert found.proof.proven


def test_what_a_route_cannot_fill_is_missing():
    found = split([book("a", asks=[(100, 3)])], Side.BUY, size=Decimal(5))
    assert (found.filled, found.missing) == (3, 2)
    none = split([book("a", asks=[(100, 3)])], Side.SELL, size=Decimal(5))
    assert (none.filled, none.missing, none.parts, none.best_alone) == (0, 5, (), None)
    assert none.alone[0].reason == "nothing on this side"
    assert none.average_net_price is None


def test_a_limit_price_is_held_and_levels_at_it_are_taken():
    a = book("a", asks=[("100.1", 3), ("100.2", 3)], taker_fee="0.001")
    at = dec("100.1") * dec("1.001")
    found = split([a], Side.BUY, size=Decimal(5), limit_net_price=at)
    assert found.filled == 3
    found = split([a], Side.BUY, size=Decimal(5), limit_net_price=at - dec("1e-9"))
    assert found.alone[0].reason == "nothing within the limit price"
    sale = book("a", bids=[(100, 3), (99, 3)])
    assert split([sale], Side.SELL, size=Decimal(5), limit_net_price=Decimal(100)).filled == 3


def test_spending_buys_the_most_within_the_money():
    a = book("a", asks=[(100, 2), (102, 5)], lot="0.001")
    b = book("b", asks=[(101, 3)], fixed_cost=10, lot="0.001")
    found = split([a, b], Side.BUY, spend=Decimal(600))
    assert found.net_value <= 600
    assert {part.source: part.size for part in found.parts} == {"a": dec("5.921")}
    assert found.missing == 600 - found.net_value
    assert found.proof.bound >= found.filled
    assert found.proof.gap <= Decimal("0.001")


def test_figures_that_make_no_sense_are_named():
    a = book("a", asks=[(100, 2)])
    with pytest.raises(ValueError, match="either a size or an amount"):
        split([a], Side.BUY)
    with pytest.raises(ValueError, match="spend is for buying"):
        split([a], Side.SELL, spend=Decimal(1))
    with pytest.raises(ValueError, match="size is 0"):
        split([a], Side.BUY, size=Decimal(0))
    with pytest.raises(ValueError, match="a is there twice"):
        split([a, a], Side.BUY, size=Decimal(1))
    for name, value, said in (
        ("lot", 0, "lot is 0; it must be above 0"),
        ("fixed_cost", -1, "fixed_cost is -1; it must not be below 0"),
        ("max_size", -1, "max_size is -1; it must not be below 0"),
        ("taker_fee", 2, "taker_fee is 2; give a fraction"),
        ("penalty_bps", 10000, "penalty_bps is 10000; it must be below"),
    ):
        with pytest.raises(ValueError, match=said):
            book("a", **{name: value})
    with pytest.raises(ValueError, match="must be above 0"):
        book("a", asks=[(0, 1)])


def test_a_size_beyond_all_measure_takes_all_there_is():
    a = book("a", asks=[(100, 3), (101, 4)], fixed_cost=5)
    b = book("b", asks=[(90, 2)], lot=2)
    found = split([a, b], Side.BUY, size=Decimal(10) ** 30)
    assert (found.filled, found.net_value) == (9, 704 + 5 + 180)
    assert found.missing == Decimal(10) ** 30 - 9
    assert found.proof.proven


def test_a_price_of_nothing_is_not_routed():
    odd = book("odd", asks=[(5, 1)], bids=[(3, 1), (1, 2)])
    odd.bids.set(-2, 5)
    sale = split([odd], Side.SELL, size=Decimal(8))
    assert (sale.filled, sale.net_value) == (3, 5)
    odd.asks.set(-1, 5)
    assert (
        split([odd], Side.BUY, size=Decimal(1)).alone[0].reason == "its best price is not above 0"
    )


def test_a_size_that_no_lots_make_is_filled_as_far_as_they_go():
    a = book("a", asks=[(100, 50)], lot=2)
    b = book("b", asks=[(100, 50)], lot=6)
    found = split([a, b], Side.BUY, size=dec("9.5"))
    assert (found.filled, found.missing) == (8, dec("1.5"))
    assert grid([dec("0.5"), dec("0.2"), dec(3)]) == dec("0.1")
    assert grid([]) == 1


def test_the_node_limit_is_honest():
    rng = random.Random(3)
    books = [
        book(f"v{i}", asks=[(100 + i % 3, rng.randint(3, 9))], fixed_cost=rng.randint(20, 80))
        for i in range(24)
    ]
    full = split(books, Side.BUY, size=Decimal(60), nodes_max=1_000_000)
    cut = split(books, Side.BUY, size=Decimal(60), nodes_max=2)
    assert full.proof.proven
    assert not cut.proof.proven
    assert cut.proof.nodes == 2
    assert cut.filled == full.filled == 60
    assert cut.proof.bound <= full.net_value <= cut.net_value
    assert cut.proof.gap == cut.judged_value - cut.proof.bound > 0


@pytest.mark.parametrize("seed", range(20))
def test_brute_force_finds_nothing_better(seed):
    rng = random.Random(seed)
    for _ in range(100):
        side = rng.choice([Side.BUY, Side.SELL])
        sources = random_books(rng, side, rng.randint(1, 6))
        size = rng.randint(1, 50)
        found = split(sources, side, size=Decimal(size), nodes_max=1_000_000)
        filled, cost = brute(sources, side, size)
        sign = 1 if side is Side.BUY else -1
        assert found.filled == filled
        assert math.isclose(sign * found.judged_value, cost, rel_tol=1e-9, abs_tol=1e-9)
        assert found.proof.proven
        check(found, sources)
        best = found.best_alone
        if best is not None:
            assert best.filled <= found.filled
            if best.filled == found.filled:
                assert sign * found.judged_value <= sign * best.judged_value


def check(found, sources):
    """The plan adds up and stands on every source's grid and within its terms."""
    by_name = {source.name: source for source in sources}
    buy = found.side is Side.BUY
    net = Decimal(0)
    for part in found.parts:
        source = by_name[part.source]
        about = source.terms
        assert part.size % about.lot == 0
        assert part.size >= about.min_size
        assert about.max_size is None or part.size <= about.max_size
        taken = source.take(found.side, part.size)
        assert (taken.size, taken.value) == (part.size, part.value)
        assert taken.worst_price == part.worst_price
        if buy and about.quote_cap is not None:
            assert part.value * (1 + about.taker_fee) <= about.quote_cap
        net += part.value * about.net(buy) + (part.fixed_cost if buy else -part.fixed_cost)
    assert net == found.net_value
    assert sum((part.size for part in found.parts), Decimal(0)) == found.filled


@given(st.integers(0, 2**32), SIDES, st.integers(1, 40), st.integers(1, 10))
def test_more_is_never_cheaper_on_average_without_fixed_costs(seed, side, size, more):
    rng = random.Random(seed)
    key = "asks" if side is Side.BUY else "bids"
    sources = [
        book(
            f"v{i}",
            taker_fee=Decimal(rng.randint(0, 60)) / 10_000,
            **{key: [(rng.randint(80, 120), rng.randint(1, 9)) for _ in range(5)]},
        )
        for i in range(4)
    ]
    small = split(sources, side, size=Decimal(size))
    large = split(sources, side, size=Decimal(size + more))
    sign = 1 if side is Side.BUY else -1
    slack = abs(small.average_net_price) * Decimal("1e-12")
    assert sign * large.average_net_price >= sign * small.average_net_price - slack


@given(st.integers(0, 2**32), SIDES, st.integers(1, 40))
def test_one_venue_more_is_never_worse(seed, side, size):
    rng = random.Random(seed)
    sources = random_books(rng, side, 5)
    few = split(sources[:-1], side, size=Decimal(size))
    many = split(sources, side, size=Decimal(size))
    assert many.filled >= few.filled
    if many.filled == few.filled:
        sign = 1 if side is Side.BUY else -1
        slack = abs(few.judged_value) * Decimal("1e-12")
        assert sign * many.judged_value <= sign * few.judged_value + slack


@given(st.integers(0, 2**32), SIDES, st.integers(1, 40))
def test_the_order_of_venues_does_not_matter(seed, side, size):
    rng = random.Random(seed)
    sources = random_books(rng, side, 5)
    found = split(sources, side, size=Decimal(size))
    rng.shuffle(sources)
    again = split(sources, side, size=Decimal(size))
    assert again.filled == found.filled
    assert math.isclose(again.judged_value, found.judged_value, rel_tol=1e-12)


@given(st.integers(0, 2**32), st.integers(1, 4000))
def test_no_size_costs_less_than_the_money_buys(seed, money):
    rng = random.Random(seed)
    sources = [source for source in random_books(rng, Side.BUY, 4) if source.terms.penalty_bps == 0]
    found = split(sources, Side.BUY, spend=Decimal(money), nodes_max=1_000_000)
    assert found.net_value <= money
    assert found.proof.proven
    for more in range(1, 4):
        size = int(found.filled) + more
        filled, cost = brute(sources, Side.BUY, size)
        assert filled < size or cost > money
    check(found, sources)
