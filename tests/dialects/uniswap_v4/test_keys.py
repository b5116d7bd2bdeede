"""Keys, hooks and fees of v4 pools."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.dialects.uniswap_v4.keys import DYNAMIC_FEE, Hook, PoolKey
from argosy.dialects.uniswap_v4.pool import (
    ManagedPool,
    combined_fee,
    provider_fee,
    unpacked_fee,
)

ETH = "0x" + "00" * 20
USDC = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"


def key(**more):
    about = {"currency0": ETH, "currency1": USDC, "fee": 500, "spacing": 10}
    return PoolKey(**{**about, **more})


def test_the_id_of_a_pool_that_everyone_knows():
    """ETH/USDC at 0.05 % on Ethereum, without hooks."""
    assert key().pool_id == "0x21c67e77068de97969ba93d4aab21826d33ca12bb9f565d8496e8fda8a82ca27"


@pytest.mark.parametrize(
    ("last", "flags", "predictable"),
    [
        ("0000", Hook(0), True),
        ("0040", Hook.AFTER_SWAP, True),
        ("0080", Hook.BEFORE_SWAP, False),
        ("0044", Hook.AFTER_SWAP | Hook.AFTER_SWAP_DELTA, False),
        ("e000", Hook.BEFORE_INITIALIZE, True),  # the two bits above mean nothing
        ("2c00", Hook.BEFORE_INITIALIZE | Hook.BEFORE_ADD_LIQUIDITY | Hook.AFTER_ADD_LIQUIDITY, 1),
    ],
)
def test_a_hooks_address_says_what_it_does(last, flags, predictable):
    found = key(hooks="0x" + "1f" * 18 + last)
    assert found.flags == flags
    assert found.predictable == bool(predictable)
    assert not found.dynamic
    assert key(fee=DYNAMIC_FEE).dynamic


def test_currencies_stand_in_order():
    with pytest.raises(ValueError, match="must be below"):
        key(currency0=USDC, currency1=ETH)
    with pytest.raises(ValueError, match="40 hexadecimal digits"):
        key(hooks="0x12")


@given(st.integers(0, 1_000), st.integers(0, 1_000_000))
def test_a_providers_fee_is_found_from_what_swaps_paid(protocol, provider):
    combined = combined_fee(protocol, provider)
    assert max(protocol, provider) <= combined <= min(protocol + provider, 1_000_000)
    found = provider_fee(protocol, combined)
    assert combined_fee(protocol, found) == combined
    assert abs(found - provider) <= 1  # two fees may come to the same


def test_fees_that_do_not_go_together_are_refused():
    with pytest.raises(ValueError, match="has no part of 148"):
        provider_fee(148, 0)
    assert unpacked_fee(1_000 | 25 << 12) == (1_000, 25)


def test_the_lowest_tick_is_counted_as_v4_counts_it():
    """v4-core rounds it down, v3 towards zero: one tick more where the spacing is not even."""
    assert ManagedPool(fee=0, spacing=1).most_per_tick() == ((1 << 128) - 1) // 1_774_545
    assert ManagedPool(fee=0, spacing=60).most_per_tick() == ((1 << 128) - 1) // 29_576
