"""A v4 pool from the manager's logs: its own only, with fees that hooks set and no log tells."""

import random

import msgspec
import pytest

from argosy.dialects.uniswap_v3.ticks import sqrt_price_at, tick_at
from argosy.dialects.uniswap_v4.events import MANAGER_EVENTS
from argosy.dialects.uniswap_v4.keys import DYNAMIC_FEE, PoolKey
from argosy.dialects.uniswap_v4.pool import ManagedPool
from argosy.dialects.uniswap_v4.tracking import TrackedManagedPool
from argosy.errors import StreamGap
from dialects.writing import POOL, Writer


def key(fee=3_000):
    return PoolKey(currency0="0x" + "00" * 20, currency1="0x" + "22" * 20, fee=fee, spacing=60)


def story(seed, about):
    """A pool to which things happen, the logs of them, and its states after each."""
    rng = random.Random(seed)
    fee = 0 if about.dynamic else about.fee
    pool = ManagedPool(fee=fee, spacing=60)
    write = Writer(MANAGER_EVENTS)
    logs, states = [], []

    def tell(event, **values):
        logs.append(write(event, pool_id=about.pool_id, **values))
        states.append((pool.core, dict(pool.ticks)))

    price = sqrt_price_at(-7) + 3
    pool.initialise(price)
    tell("Initialize", fee=about.fee, spacing=60, sqrt_price=price, tick=tick_at(price))
    for _ in range(50):
        kind = rng.random()
        if len(logs) < 4 or kind < 0.2:
            lower = rng.randint(-60, 0) * 60
            upper, delta = rng.randint(1, 60) * 60, rng.randint(1, 10**20)
            pool.modify(lower, upper, delta)
            tell("ModifyLiquidity", lower=lower, upper=upper, delta=delta)
        elif kind < 0.3:
            pool.pay(5, 10**15)
            tell("Donate", amount0=5, amount1=10**15)
        elif kind < 0.4:
            shares = rng.randint(0, 1_000), rng.randint(0, 1_000)
            pool.set_shares(*shares)
            tell("ProtocolFeeUpdated", packed=shares[0] | shares[1] << 12)
        else:
            if about.dynamic:
                pool.set_fee(rng.choice([0, 100, 25_000]))
            zero = pool.core.tick > rng.randint(-500, 500)
            exact_in = rng.random() < 0.5
            quote, _ = pool.swap(10 ** rng.randint(1, 18), zero_for_one=zero, exact_in=exact_in)
            given, out = -quote.amount_in, quote.amount_out
            tell(
                "Swap",
                amount0=given if zero else out,
                amount1=out if zero else given,
                sqrt_price=quote.sqrt_price,
                liquidity=quote.liquidity,
                tick=quote.tick,
                fee=pool.swap_fee(zero_for_one=zero),
            )
    return logs, states


@pytest.mark.parametrize("fee", [0, 3_000, DYNAMIC_FEE])
@pytest.mark.parametrize("seed", range(8))
def test_logs_alone_lead_to_the_state(seed, fee):
    about = key(fee)
    logs, states = story(seed, about)
    tracked = TrackedManagedPool(POOL, about)
    for log, (core, ticks) in zip(logs, states, strict=True):
        assert tracked.apply(log) is not None
        ours = tracked.pool.core
        if about.dynamic:  # two fees may come to the same swap fee; what is earned is the same
            assert abs(ours.fee - core.fee) <= 1
            ours = ours._replace(fee=core.fee)
        assert (ours, tracked.pool.ticks) == (core, ticks)
    for log, (core, ticks) in zip(reversed(logs[1:]), reversed(states[:-1]), strict=True):
        tracked.apply(msgspec.structs.replace(log, removed=True))
        assert tracked.pool.core._replace(fee=core.fee) == core
        assert tracked.pool.ticks == ticks


def test_other_pools_logs_are_passed_over():
    logs, _ = story(1, key(500))
    tracked = TrackedManagedPool(POOL, key())
    assert [tracked.apply(log) for log in logs] == [None] * len(logs)
    assert tracked.pool.core.sqrt_price == 0


def test_a_swap_whose_fee_cannot_be_is_a_gap():
    about = key()
    logs, states = story(2, about)
    tracked = TrackedManagedPool(POOL, about)
    for log in logs:
        tracked.apply(log)
    write = Writer(MANAGER_EVENTS)
    write.block = 1_000
    tracked.apply(write("ProtocolFeeUpdated", pool_id=about.pool_id, packed=500 | 500 << 12))
    with pytest.raises(StreamGap, match="no part of 500"):
        tracked.apply(write("Swap", pool_id=about.pool_id, amount0=-5, amount1=1, fee=7))
    assert tracked.pool.core._replace(share0=0, share1=0) == states[-1][0]._replace(
        share0=0, share1=0
    )
