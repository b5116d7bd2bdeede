"""Algorithms given anything in any phase, and processes that end at any step."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.execution import works
from argosy.execution.algorithms import (
    KINDS,
    live_curve,
    participation,
    scale,
    scheduled,
    sniper,
)
from argosy.model import Nanos, Side, TimeInForce
from argosy.testing.works import Trouble
from execution.emulated.inputs import endure
from execution.emulated.worlds import ABOUT, STEP_NS, World, order, paths

D = Decimal
UNTIL = {"time_in_force": TimeInForce.GTD, "expire_ns": Nanos(1_790_000_002_000_000_000)}
SHARES = (D(3), D(1), D(0), D(2))
LIMITED = order("limit", Side.BUY, price=D(100), size="2")
PLAIN = scheduled(LIMITED, SHARES, D("0.5"), "vwap")
WORKS = {
    "twap": scheduled(order("market"), SHARES, D("0.5"), "twap", jitter=D("0.4"), seed=3),
    "offered": scheduled(LIMITED, SHARES, D("0.5"), "twap", passive=True, post_only=True),
    "live curve": live_curve(PLAIN, SHARES),
    "pov": participation(
        order("limit", Side.BUY, price=D(101), **UNTIL), D("0.3"), begin_ns=Nanos(1)
    ),
    "sniper": sniper(order("limit", Side.BUY, price=D(99), **UNTIL), D("0.3")),
    "scale": scale(
        order("limit", Side.BUY, price=D(95), post_only=True, **UNTIL),
        ABOUT, first=D(101), last=D(95), count=4,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WORKS)
@settings(max_examples=60)
@given(data=st.data())
def test_nothing_is_raised_and_the_end_is_the_end(name, data):
    endure(WORKS[name], data)


@pytest.mark.parametrize("name", ["twap", "offered", "sniper", "scale"])
@settings(max_examples=40, deadline=None)
@given(path=paths(30), seed=st.integers(0, 99))
def test_restarts_at_any_step_change_nothing(name, path, seed):
    """Those that count volume forgive what a restart missed; the others do the same."""
    worlds = [World(seed, trouble) for trouble in (Trouble(), Trouble(restarts=0.5))]
    for world in worlds:
        world.driver.start(WORKS[name])
        world.walk(path)
        world.driver.advance(30 * STEP_NS)
    assert worlds[0].fills() == worlds[1].fills()
    first, second = (world.driver.works["work1"] for world in worlds)
    assert (first.status, first.filled) == (second.status, second.filled)


def test_every_kind_has_a_name_of_its_own_and_is_read_back():
    assert len({kind.__struct_config__.tag for kind in works.KINDS}) == len(works.KINDS)
    assert set(KINDS) <= set(works.KINDS)
    assert {type(work) for work in WORKS.values()} == set(KINDS)
