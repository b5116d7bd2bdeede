import itertools
import math
import random

import pytest

from argosy.execution.routing.placing import Placement, place_at_one

# The paper's parameters for one venue: R. Cont, A. Kukanov (2017), section 3.
ONE = {"half_spread": 0.02, "fee": 0.003, "rebate": 0.002, "impact": 0.0005}
QUEUE, SIZE, MEAN = 2000, 1000, 2500


def poisson_below(x: float, mean: float = MEAN) -> float:
    return math.fsum(
        math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(int(x) + 1)
    )


def poisson_quantile(share: float, mean: float = MEAN) -> float:
    total, k = 0.0, -1
    while total < share:
        k += 1
        total += math.exp(k * math.log(mean) - mean - math.lgamma(k + 1))
    return float(k)


@pytest.mark.parametrize(
    ("underfill", "wanted"),
    [
        (0.02, (0, 1000)),
        (0.05, (485, 515)),
        (0.10, (517, 483)),
        (0.26, (550, 450)),
        (1.0, (585, 415)),
        (5.0, (618, 382)),
    ],
)
def test_one_venue_is_split_as_in_the_paper(underfill, wanted):
    found = place_at_one(SIZE, QUEUE, poisson_quantile, poisson_below, underfill=underfill, **ONE)
    assert found == wanted


def test_at_extremes_all_is_taken_or_all_waits():
    def sure(x):
        return 1.0

    assert place_at_one(10, 0, lambda q: 0.0, sure, underfill=9.0, **ONE) == (10, 0.0)
    assert place_at_one(10, 0, lambda q: 0.0, lambda x: 0.0, underfill=9.0, **ONE) == (0.0, 10)


def placement(rng, venues, samples, size=100.0, **more):
    return Placement(
        size,
        [rng.uniform(0, 100) for _ in range(venues)],
        [[rng.expovariate(1 / 120) for _ in range(samples)] for _ in range(venues)],
        **{
            "half_spread": 0.02,
            "fee": 0.003,
            "rebates": [rng.uniform(0, 0.004) for _ in range(venues)],
            "impact": 0.0005,
            "underfill": 0.1,
            "overfill": 0.1,
            **more,
        },
    )


@pytest.mark.parametrize("seed", range(6))
def test_no_grid_point_is_better(seed):
    rng = random.Random(seed)
    asked = placement(rng, 2, 60, underfill=rng.uniform(0.02, 0.5), overfill=rng.uniform(0.02, 0.5))
    market, limits = asked.place(0.05)
    best = asked.cost(market, limits)
    steps = [4.0 * k for k in range(26)]
    grid = min(asked.cost(m, [a, b]) for m, a, b in itertools.product(steps, repeat=3))
    assert best <= grid + 1e-12
    assert asked.slopes(market, limits, 0.05) >= -1e-12


def test_many_samples_of_one_venue_come_to_the_closed_form():
    rng = random.Random(5)
    flows = sorted(rng.gauss(MEAN, 50) for _ in range(4001))
    asked = Placement(
        SIZE,
        [QUEUE],
        [flows],
        half_spread=0.02,
        fee=0.003,
        rebates=[0.002],
        impact=0.0005,
        underfill=0.26,
        overfill=0.24,
    )
    market, (limit,) = asked.place(0.01)
    below = lambda x: sum(flow <= x for flow in flows) / len(flows)  # noqa: E731
    quantile = lambda q: flows[math.ceil(q * len(flows)) - 1]  # noqa: E731
    exact = place_at_one(SIZE, QUEUE, quantile, below, underfill=0.26, **ONE)
    assert market + limit == pytest.approx(SIZE, abs=0.02)
    assert limit == pytest.approx(exact[1], abs=0.05)


@pytest.mark.parametrize("seed", range(3))
def test_an_inside_optimum_meets_the_papers_condition(seed):
    """P(A < S) = (h + f + overfill + impact) / (underfill + overfill + impact), M inside."""
    rng = random.Random(seed)
    asked = placement(rng, 3, 2000, underfill=0.12, overfill=0.1)
    market, limits = asked.place(0.01)
    assert 1 < market < 99
    wanted = (0.02 + 0.003 + 0.1 + 0.0005) / (0.12 + 0.1 + 0.0005)
    short = asked.shortfall(market, limits)
    least = asked.shortfall(market + 0.02, limits)
    most = asked.shortfall(max(0.0, market - 0.02), limits)
    assert least - 1e-9 <= wanted <= most + 1e-9 or short == pytest.approx(wanted, abs=0.002)


def test_what_does_not_fit_is_named():
    figures = {
        "half_spread": 1, "fee": 0, "rebates": [0.0], "impact": 0, "underfill": 1, "overfill": 1,
    }  # fmt: skip
    with pytest.raises(ValueError, match="size is 0"):
        Placement(0, [1], [[1]], **figures)
    with pytest.raises(ValueError, match="at least one outflow"):
        Placement(1, [1], [[]], **figures)
    with pytest.raises(ValueError, match="of the same moments"):
        Placement(1, [1, 2], [[1], [1, 2]], **{**figures, "rebates": [0.0, 0.0]})
    assert Placement(2, [1], [[1, 4]], **figures).expected(0, 2.0) == 1.0
