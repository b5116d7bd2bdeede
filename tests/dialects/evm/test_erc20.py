"""Amounts in a token's unit, and permissions: those that are needed, in the order they are."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.dialects.evm.erc20 import APPROVE, permission_for_all, permissions, tokens, units
from argosy.dialects.evm.functions import unhex
from argosy.errors import ConfigError, WireError

TOKEN, OWNER, SPENDER = ("0x" + pair * 20 for pair in ("11", "22", "33"))
TETHER = "0xdac17f958d2ee523a2206206994597c13d831ec7"


@given(st.integers(1, 10**40), st.integers(0, 30))
def test_units_and_back_is_the_same(amount, decimals):
    assert units(tokens(amount, decimals), decimals, "X") == amount


@pytest.mark.parametrize("amount", ["0", "-1", "0.0000001", "NaN", "Infinity"])
def test_what_a_token_cannot_express_is_told(amount):
    with pytest.raises(ConfigError, match="X; a number above 0 with at most 6 digits"):
        units(Decimal(amount), 6, "X")


@pytest.mark.parametrize("amount", ["1e54", "1e100000"])
def test_more_than_any_token_has_is_refused_in_short(amount):
    with pytest.raises(ConfigError, match=r"amount is 1\.?0*e\+\d+ X, more than any token has"):
        units(Decimal(amount), 6, "X")


def test_more_than_any_token_has_is_a_broken_answer():
    with pytest.raises(WireError, match="more than any token has"):
        tokens(10**60, 18)


def word(number):
    return f"0x{number:064x}"


def test_an_approval_is_needed_where_less_is_allowed():
    (one,) = permissions(TOKEN, OWNER, SPENDER, 100)
    assert (one.token, one.spender, one.amount) == (TOKEN, SPENDER, 100)
    assert APPROVE.arguments(unhex(one.call.data)) == (SPENDER, 100)
    assert one.call.sender == OWNER
    assert [one.needed.read([word(n)]) for n in (0, 99, 100, 2**255)] == [True, True, False, False]


def test_tether_takes_the_old_permission_back_first():
    reset, wanted = permissions(TETHER, OWNER, SPENDER, 100)
    assert (reset.amount, wanted.amount) == (0, 100)
    assert [reset.needed.read([word(n)]) for n in (0, 99, 100)] == [False, True, False]
    assert [wanted.needed.read([word(n)]) for n in (0, 99, 100)] == [True, True, False]


def test_a_permission_for_a_collection():
    one = permission_for_all(TOKEN, OWNER, SPENDER)
    assert [one.needed.read([word(n)]) for n in (0, 1)] == [True, False]
