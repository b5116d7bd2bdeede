"""Constant-product amounts against published numbers, and what must always hold."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from argosy.dialects.uniswap_v2.amounts import (
    UNISWAP_FEE,
    PairFee,
    amount_in,
    amount_out,
    amounts_burnt,
    keeps_product,
    protocol_shares,
    shares_minted,
)

E18 = 10**18
RESERVE = st.integers(1, (1 << 112) - 1)
FEES = st.sampled_from([UNISWAP_FEE, PairFee(9_975, 10_000), PairFee(1, 1)])


@pytest.mark.parametrize(
    ("given_in", "entering", "leaving", "out"),
    [  # v2-core's swap tests, in units of 1e18
        (1, 5, 10, 1662497915624478906),
        (1, 10, 5, 453305446940074565),
        (2, 5, 10, 2851015155847869602),
        (2, 10, 5, 831248957812239453),
        (1, 10, 10, 906610893880149131),
        (1, 100, 100, 987158034397061298),
        (1, 1000, 1000, 996006981039903216),
    ],
)
def test_published_swaps(given_in, entering, leaving, out):
    found = amount_out(given_in * E18, entering * E18, leaving * E18, UNISWAP_FEE)
    assert found == out


def test_published_library_values():
    # v2-periphery's library tests
    assert amount_out(2, 100, 100, UNISWAP_FEE) == 1
    assert amount_in(1, 100, 100, UNISWAP_FEE) == 2


@given(st.integers(1, 1 << 112), RESERVE, RESERVE, FEES)
def test_the_pair_takes_what_it_quotes_and_no_unit_more_out(amount, entering, leaving, fee):
    out = amount_out(amount, entering, leaving, fee)
    assert 0 <= out < leaving

    def takes(out):
        after = (entering + amount, leaving - out)
        return keeps_product((entering, leaving), after, (amount, 0), fee)

    assert takes(out)
    assert not takes(out + 1)


@given(st.integers(1, 1 << 112), RESERVE, RESERVE, FEES)
def test_what_must_go_in_is_enough_and_at_most_a_unit_too_much(wanted, entering, leaving, fee):
    assume(wanted < leaving)
    needed = amount_in(wanted, entering, leaving, fee)
    assert amount_out(needed, entering, leaving, fee) >= wanted
    if needed > 2:
        assert amount_out(needed - 2, entering, leaving, fee) < wanted


@given(RESERVE, RESERVE, st.integers(1, 1 << 100), st.integers(1, 1 << 100))
def test_the_product_never_falls_and_two_swaps_are_no_better_than_one(
    entering, leaving, first, second
):
    one = amount_out(first, entering, leaving, UNISWAP_FEE)
    assume(one < leaving)
    after = (entering + first, leaving - one)
    assert after[0] * after[1] >= entering * leaving
    two = amount_out(second, *after, UNISWAP_FEE)
    # The fee of the first stays in the pair, and the second swaps against it.
    assert one + two <= amount_out(first + second, entering, leaving, UNISWAP_FEE)


@given(RESERVE, RESERVE, st.integers(1_001, 1 << 112), st.integers(1, 1 << 80))
def test_shares_come_back_as_no_more_than_was_put_in(reserve0, reserve1, supply, amount):
    put = (amount, amount * reserve1 // reserve0 + 1)
    try:
        shares = shares_minted(put, (reserve0, reserve1), supply)
        after = (reserve0 + put[0], reserve1 + put[1])
        back = amounts_burnt(shares, after, supply + shares)
    except ValueError:
        return  # it came to no share, or to nothing
    assert back[0] <= put[0]
    assert back[1] <= put[1]


def test_published_shares():
    # v2-core's mint and fee tests: 1 and 4 of 1e18 make 2e18 shares, 1000 of them burnt
    assert shares_minted((E18, 4 * E18), (0, 0), 0) == 2 * E18 - 1_000
    assert protocol_shares((E18, E18), 0, E18) == 0
    assert protocol_shares((E18, E18), E18 * E18, E18) == 0
    # 1000 and 1000 of 1e18, then 1e18 swapped in for 996006981039903216
    reserves = (1001 * E18, 1000 * E18 - 996006981039903216)
    assert protocol_shares(reserves, (1000 * E18) ** 2, 1000 * E18) == 249750499251388


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: amount_out(0, 1, 1, UNISWAP_FEE), "amount in is 0"),
        (lambda: amount_out(1, 0, 1, UNISWAP_FEE), "the pair is empty"),
        (lambda: amount_in(0, 5, 5, UNISWAP_FEE), "amount out is 0"),
        (lambda: amount_in(5, 5, 5, UNISWAP_FEE), "amount out is 5"),
        (lambda: shares_minted((1, 1), (0, 0), 0), "come to no share"),
        (lambda: amounts_burnt(6, (5, 5), 5), "there are 5"),
        (lambda: amounts_burnt(1, (5, 5), 10), "1 shares come to 0 and 0"),
    ],
)
def test_what_makes_no_sense_is_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call()
