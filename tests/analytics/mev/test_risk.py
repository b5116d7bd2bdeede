"""The risk of being sandwiched: against trying every size, and what a safe limit leaves."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.analytics.mev import sandwich_risk
from argosy.dialects.evm.trade_curves import PairCurve


def play(curve: PairCurve, amount: int, front: int) -> tuple[int, int]:
    bought, after = curve.swap(front, forward=True)
    if not bought:
        return 0, -front
    theirs, after = after.swap(amount, forward=True)
    return theirs, after.swap(bought, forward=False)[0] - front


@settings(max_examples=40)
@given(
    st.integers(10**12, 10**15),
    st.integers(10**12, 10**15),
    st.integers(1, 3_000),
    st.integers(0, 500),
)
def test_no_size_pays_more_than_the_one_found(reserve0, reserve1, parts, slippage_bps):
    curve, amount = PairCurve(reserve0, reserve1), reserve0 * parts // 10_000
    quoted, _ = curve.swap(amount, forward=True)
    limit = quoted * (10_000 - slippage_bps) // 10_000
    risk = sandwich_risk(curve, amount, limit, forward=True, most=reserve0)
    best = 0
    for part in range(1, 400):
        theirs, profit = play(curve, amount, reserve0 * part // 2_000)
        if theirs >= limit:
            best = max(best, profit)
    unit = reserve0 // reserve1 + 2  # rounding makes the profit jump by what a unit got is worth
    assert max(0, risk.profit) >= best - 2 * unit
    if risk.exposed:
        theirs, profit = play(curve, amount, risk.front)
        assert theirs == risk.worst >= limit
        assert profit == risk.profit


def test_slippage_is_what_is_taken():
    curve = PairCurve(10**24, 10**24)
    amount, cost = 10**22, 10**19
    quoted, _ = curve.swap(amount, forward=True)
    loose = sandwich_risk(curve, amount, quoted * 98 // 100, forward=True, cost=cost)
    tight = sandwich_risk(curve, amount, quoted * 9_999 // 10_000, forward=True, cost=cost)
    assert loose.exposed
    assert loose.worst == pytest.approx(quoted * 98 // 100, rel=1e-9)
    assert loose.loss > 0
    assert not tight.exposed
    assert (tight.front, tight.worst) == (0, quoted)
    assert loose.safe_limit > loose.limit
    safe = sandwich_risk(curve, amount, loose.safe_limit, forward=True, cost=cost)
    assert not safe.exposed
    near = loose.safe_limit - quoted // 2_000
    assert sandwich_risk(curve, amount, near, forward=True, cost=cost).exposed


def test_where_an_attack_costs_nothing_only_the_whole_quote_is_safe():
    curve = PairCurve(10**24, 10**24)
    quoted, _ = curve.swap(10**22, forward=True)  # it moves the price more than two fees
    risk = sandwich_risk(curve, 10**22, quoted * 9_999 // 10_000, forward=True)
    assert risk.exposed
    assert risk.safe_limit == quoted


def test_what_an_attack_costs_makes_small_swaps_safe():
    curve = PairCurve(10**24, 10**24)
    quoted, _ = curve.swap(10**22, forward=True)
    limit = quoted * 98 // 100
    free = sandwich_risk(curve, 10**22, limit, forward=True)
    dear = sandwich_risk(curve, 10**22, limit, forward=True, cost=free.profit)
    assert not dear.exposed
    assert dear.safe_limit == limit


def test_the_other_way_and_a_poor_attacker():
    curve = PairCurve(10**24, 10**20)
    quoted, _ = curve.swap(10**18, forward=False)
    risk = sandwich_risk(curve, 10**18, quoted * 95 // 100, forward=False)
    poor = sandwich_risk(curve, 10**18, quoted * 95 // 100, forward=False, most=10**17)
    assert risk.front > poor.front == 10**17
    assert risk.profit > poor.profit


def test_a_swap_that_the_pool_cannot_do():
    with pytest.raises(ValueError, match="reserves are 0"):
        sandwich_risk(PairCurve(0, 0), 5, 1, forward=True)
