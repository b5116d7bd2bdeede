"""Impermanent loss: the closed form, ranges against both, and fees kept apart."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.analytics.liquidity import against_holding, holdings, loss_at, pair_without_fees

D = Decimal
PRICES = st.decimals(min_value="0.001", max_value="100000", places=6)


@given(entry=PRICES, price=PRICES)
def test_without_ends_it_is_the_closed_form(entry, price):
    ratio = price / entry
    closed = 2 * ratio.sqrt() / (1 + ratio) - 1
    assert abs(loss_at(entry, price) - closed) < D("1e-40")


def test_a_fourfold_price_loses_a_fifth():
    assert abs(loss_at(D(100), D(400)) - D("-0.2")) < D("1e-50")
    assert loss_at(D(100), D(100)) == 0


@given(entry=PRICES, price=PRICES)
def test_a_very_wide_range_is_as_no_range(entry, price):
    wide = loss_at(entry, price, D("1e-30"), D("1e30"))
    assert abs(wide - loss_at(entry, price)) < D("1e-9")


@given(price=st.decimals(min_value="50", max_value="200", places=3))
def test_a_range_never_gains_and_loses_more_the_narrower_it_is(price):
    wide, narrow = (loss_at(D(100), price, *ends) for ends in ((D(50), D(200)), (D(90), D(110))))
    assert narrow <= wide <= loss_at(D(100), price) + D("1e-50") <= D("1e-49")


def test_beyond_a_range_one_token_is_left():
    base, quote = holdings(D(10), D(300), D(90), D(110))
    assert base == 0
    assert quote == D(10) * (D(110).sqrt() - D(90).sqrt())
    assert holdings(D(10), D(5), D(90), D(110))[1] == 0


def test_fees_are_apart_and_net_counts_them():
    seen = against_holding((D(1), D(100)), (D("0.5"), D(200)), (D("0.01"), D(3)), D(400))
    assert (seen.held, seen.worth, seen.fees) == (500, 400, 7)
    assert (seen.loss, seen.loss_share, seen.net) == (-100, D("-0.2"), -93)


@pytest.mark.parametrize("price", ["100", "400"])
def test_what_a_pair_earned_is_beyond_its_product(price):
    base, quote = pair_without_fees((D(1), D(100)), D(price))
    assert abs(base * quote - 100) < D("1e-50")
    assert abs(quote / base - D(price)) < D("1e-50")
