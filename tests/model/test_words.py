"""Words, costs against a benchmark, and other small parts of the model."""

from decimal import Decimal

import pytest

from argosy.model import Side, TopOfBook
from argosy.model.orders import cost_bps, word

D = Decimal


def test_words() -> None:
    assert word(Side, "BUY", "side") is Side.BUY
    with pytest.raises(ValueError, match="one of buy, sell"):
        word(Side, "hold", "side")


def test_costs_and_mids() -> None:
    assert cost_bps(Side.BUY, D(101), D(100)) == D(100)
    assert cost_bps(Side.SELL, D(101), D(100)) == D(-100)
    assert cost_bps(Side.BUY, None, D(100)) is None
    assert TopOfBook(bid=D(99), ask=D(101)).mid == D(100)
