"""Shortfall: numbers worked by hand, and parts that sum to the paper portfolio's lead."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.analytics import Execution, shortfall
from argosy.model import Side

D = Decimal
PRICES = {"decision": D(100), "arrival_bid": D(101), "arrival_ask": D(103), "end": D(110)}


def test_by_hand():
    fills = [Execution(price=D(104), size=D(6), mid=D("102.5"), fee=D(1))]
    cost = shortfall(Side.BUY, D(10), fills, **PRICES)
    parts = (cost.delay, cost.spread, cost.timing, cost.impact, cost.fees, cost.opportunity)
    assert parts == (12, 6, 3, 3, 1, 40)
    assert cost.total == 65


def test_more_filled_than_ordered():
    with pytest.raises(ValueError, match="7 was filled of an order for 6"):
        shortfall(Side.BUY, D(6), [Execution(price=D(1), size=D(7), mid=D(1))], **PRICES)


ROWS = st.lists(st.tuples(*[st.integers(1, 200)] * 3, st.integers(-5, 5)), max_size=8)


@given(st.sampled_from(Side), ROWS, st.integers(0, 50))
def test_parts_sum_to_the_whole(side, rows, left):
    fills = [Execution(price=D(p), size=D(s), mid=D(m), fee=D(f)) for p, s, m, f in rows]
    size = sum(row[1] for row in rows) + left or 1
    cost = shortfall(side, D(size), fills, **PRICES)
    paper = size * (110 - 100)
    real = sum(s * (110 - p) for p, s, _, _ in rows)
    sign = 1 if side is Side.BUY else -1
    assert cost.total == sign * (paper - real) + sum(row[3] for row in rows)
