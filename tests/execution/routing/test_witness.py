"""HiGHS, by way of scipy, as a witness: mixed-integer programs for lots, least sizes, fixed costs,
and linear programs where there are none of these.
"""

import math
import random
from decimal import Decimal

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from argosy.execution.routing.split import split
from argosy.model import Side
from execution.routing.making import book, options, random_books


def program(sources, side, size):
    """The most that can be filled and its least cost: one binary for each allowed size.

    Sizes are whole, so a source is a choice among the costs of its allowed sizes: exact for lots,
    least sizes, caps and fixed costs alike, and solved by means that share nothing with ours.
    """
    choices = [sorted(options(source, side, size).items()) for source in sources]
    flat = [(i, taken, cost) for i, found in enumerate(choices) for taken, cost in found]
    if not flat:
        return 0, Decimal(0)
    taken = np.array([float(each[1]) for each in flat])
    cost = np.array([float(each[2]) for each in flat])
    one = np.zeros((len(sources), len(flat)))
    for k, (i, _, _) in enumerate(flat):
        one[i, k] = 1.0
    rules = [LinearConstraint(one, -np.inf, 1.0), LinearConstraint(taken, -np.inf, size)]
    whole = {"integrality": np.ones(len(flat)), "bounds": Bounds(0, 1)}
    exact = {"options": {"mip_rel_gap": 0.0}}
    most = milp(-taken, constraints=rules, **whole, **exact)
    filled = round(-most.fun)
    rules.append(LinearConstraint(taken, filled, filled))
    least = milp(cost, constraints=rules, **whole, **exact)
    assert least.success
    used = [k for k, on in enumerate(least.x) if on > 0.5]
    return filled, sum((flat[k][2] for k in used), Decimal(0))


@pytest.mark.parametrize("seed", range(40))
def test_a_mixed_integer_program_finds_nothing_better(seed):
    rng = random.Random(1000 + seed)
    side = rng.choice([Side.BUY, Side.SELL])
    sources = random_books(rng, side, rng.randint(6, 12))
    size = rng.randint(30, 150)
    found = split(sources, side, size=Decimal(size), nodes_max=1_000_000)
    filled, cost = program(sources, side, size)
    sign = 1 if side is Side.BUY else -1
    assert found.filled == filled
    assert math.isclose(sign * found.judged_value, cost, rel_tol=1e-9, abs_tol=1e-9)
    assert found.proof.proven


@pytest.mark.parametrize("seed", range(20))
def test_a_linear_program_finds_the_same_on_deep_books(seed):
    rng = random.Random(seed)
    side = rng.choice([Side.BUY, Side.SELL])
    step = 1 if side is Side.BUY else -1
    sources, costs, sizes = [], [], []
    for i in range(8):
        price = 60_000 + rng.randint(-50, 50)
        levels = []
        for _ in range(200):
            levels.append((Decimal(price) / 10, Decimal(rng.randint(1, 10**6)) / 10**6))
            price += step * rng.randint(1, 9)
        fee = Decimal(rng.randint(0, 40)) / 10_000
        key = "asks" if side is Side.BUY else "bids"
        sources.append(book(f"v{i}", lot="0.000001", taker_fee=fee, **{key: levels}))
        costs += [float(step * p * (1 + step * fee)) for p, _ in levels]
        sizes += [float(s) for _, s in levels]
    size = Decimal(int(sum(sizes) * rng.uniform(0.01, 0.99) * 10**6)) / 10**6
    found = split(sources, side, size=size)
    want = linprog(
        costs, A_eq=[[1.0] * len(costs)], b_eq=[float(size)], bounds=[(0, s) for s in sizes]
    )
    assert found.missing == 0
    assert math.isclose(step * found.judged_value, want.fun, rel_tol=1e-9)
    assert found.proof.proven
