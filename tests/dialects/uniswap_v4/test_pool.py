"""What a v4 pool does differently from a v3 one, by numbers that need no contract."""

import random

import pytest

from argosy.dialects.uniswap_v3.steps import MILLION, V3, V4, compute_step
from argosy.dialects.uniswap_v3.ticks import Q96, sqrt_price_at
from argosy.dialects.uniswap_v4.pool import ManagedPool


def test_a_last_step_takes_in_exactly_what_its_fee_leaves():
    """v4-core's SwapMath: the input is used up; v3's is what the price moved by needs."""
    rng = random.Random(1)
    other = 0
    for _ in range(2_000):
        price = sqrt_price_at(rng.randint(-300_000, 300_000))
        target = price * rng.choice([2, 3]) if rng.random() < 0.5 else price // 2
        liquidity, amount = 10 ** rng.randint(1, 20), 10 ** rng.randint(1, 20)
        fee = rng.choice([0, 100, 3_000])
        v4 = compute_step(price, target, liquidity, amount, fee, exact_in=True, rules=V4)
        v3 = compute_step(price, target, liquidity, amount, fee, exact_in=True, rules=V3)
        assert (v4.price, v4.amount_out) == (v3.price, v3.amount_out)
        if v4.price != target:
            assert v4.amount_in == amount * (MILLION - fee) // MILLION
            assert v4.amount_in + v4.fee == v3.amount_in + v3.fee == amount
            other += v4 != v3
    assert other > 10


def pool(protocol, fee=3_000):
    found = ManagedPool(fee=fee, spacing=60)
    found.initialise(Q96)
    found.modify(-60_000, 60_000, 10**24)
    found.set_shares(protocol, 0)
    return found


def test_the_protocol_takes_its_part_of_all_that_comes_in():
    """A thousandth of 10**18 is the protocol's; 0.3 % of the rest is the providers'."""
    shared = pool(1_000)
    assert shared.swap_fee(zero_for_one=True) == 3_997  # 1000 + 3000 - 3, by the white paper
    assert shared.swap_fee(zero_for_one=False) == 3_000
    shared.swap(10**18, zero_for_one=True, exact_in=True)
    assert shared.core.owed0 == 10**15
    assert shared.core.growth0 == (3_997 - 1_000) * 10**12 * (1 << 128) // 10**24
    shared.swap(10**18, zero_for_one=False, exact_in=True)
    assert shared.core.owed1 == 0


def test_where_providers_earn_nothing_the_whole_fee_is_the_protocols():
    free = pool(250, fee=0)
    free.swap(10**18, zero_for_one=True, exact_in=True)
    assert free.core.owed0 == 250 * 10**12
    assert free.core.growth0 == 0


def test_a_donation_is_the_providers_alone():
    given = pool(1_000)
    given.pay(10**18, 0)
    assert given.core.owed0 == 0
    assert given.core.growth0 == 10**18 * (1 << 128) // 10**24
    with pytest.raises(ValueError, match="no liquidity"):
        ManagedPool(fee=1, spacing=1).pay(1, 1)
