"""Almgren and Chriss's Table 1, and what must hold of every schedule."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.execution.algorithms import trajectory

PAPER = {
    "size": 1e6,
    "periods": 5,
    "horizon": 5.0,
    "volatility": 0.95,
    "temporary": 2.5e-6,
    "permanent": 2.5e-7,
    "fixed": 0.0625,
}
TABLE = [  # lambda, kappa, half-life, expected cost, deviation
    (0.0, 0.0, math.inf, 662_500.00, 1_040_672.86),
    (1e-7, 0.194629, 5.1380, 670_057.46, 961_622.90),
    (1e-6, 0.607076, 1.6472, 911_226.99, 603_430.67),
    (2e-6, 0.846297, 1.1816, 1_140_715.17, 449_367.65),
    (-2e-7, -0.276562, math.inf, 717_958.10, 1_258_654.32),
]
HELD = {  # after each period, in thousands
    0.0: (1000, 800, 600, 400, 200, 0),
    1e-7: (1000, 757.8824, 544.5643, 351.9397, 172.6888, 0),
    1e-6: (1000, 541.9556, 289.8542, 147.8975, 62.1418, 0),
    2e-6: (1000, 428.5988, 182.9328, 76.2957, 27.6434, 0),
    -2e-7: (1000, 910.0564, 750.9486, 534.7686, 277.9463, 0),
}


@pytest.mark.parametrize(("aversion", "kappa", "half_life", "cost", "deviation"), TABLE)
def test_table_1(aversion, kappa, half_life, cost, deviation) -> None:
    found = trajectory(risk_aversion=aversion, **PAPER)
    assert found.kappa == pytest.approx(kappa, abs=6e-7)
    assert found.half_life == pytest.approx(half_life, abs=6e-5)
    assert found.expected_cost == pytest.approx(cost, abs=0.006)
    assert found.deviation == pytest.approx(deviation, abs=0.006)
    assert [round(one / 1000, 4) for one in found.holdings] == pytest.approx(list(HELD[aversion]))


@given(st.floats(1e-9, 1e-4), st.floats(1.01, 20), st.integers(2, 60))
def test_more_aversion_costs_more_and_varies_less(low: float, factor: float, periods: int) -> None:
    terms = PAPER | {"periods": periods}
    calm, bold = (trajectory(risk_aversion=one, **terms) for one in (low * factor, low))
    assert calm.expected_cost >= bold.expected_cost * (1 - 1e-9)
    assert calm.deviation <= bold.deviation * (1 + 1e-9)
    for found in (calm, bold):
        assert found.holdings[0] == pytest.approx(1e6)
        assert abs(found.holdings[-1]) < 1e-3
        assert list(found.holdings) == sorted(found.holdings, reverse=True)
        assert found.done[-1] == pytest.approx(1)


@pytest.mark.parametrize(
    "wrong", [{"size": 0}, {"periods": 0}, {"temporary": 1e-8}, {"risk_aversion": -1e-3}]
)
def test_what_has_no_schedule_says_so(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"above 0|no best schedule|not above"):
        trajectory(**{"risk_aversion": 1e-6, **PAPER, **wrong})
