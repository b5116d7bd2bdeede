"""Any input in any phase: nothing is raised, nothing is placed twice, and it ends when told to."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.execution import works
from argosy.execution.emulated import KINDS
from argosy.execution.work import (
    FeedLost,
    Moved,
    Resumed,
    Traded,
)
from argosy.model import (
    AttachedExit,
    Peg,
    Side,
    TimeInForce,
    Trigger,
)
from argosy.testing.works import Trouble
from execution.emulated.inputs import endure
from execution.emulated.worlds import BARE, SPOT, STEP_NS, World, order, paths, worked

D = Decimal
BOTH = AttachedExit(take_profit=D(102), stop_loss=D(98))
RESTING = AttachedExit(take_profit=D(102), trail=D(2), take_profit_rests=True)
ORDERS = {
    "stop": order("stop", trigger=Trigger(price=D(98))),
    "trailing": order("trailing_stop_limit", trigger=Trigger(offset=D(2), limit_offset=D(1))),
    "touched": order("limit_if_touched", price=D(99), trigger=Trigger(price=D(101))),
    "iceberg": order("iceberg", price=D(101), display_size=D("0.3"), display_variance=D("0.2")),
    "pegged": order("pegged", Side.BUY, peg=Peg(min_interval_ms=100), post_only=True),
    "oco": order("oco", exit=RESTING),
    "bracket": order("bracket", Side.BUY, price=D(100), exit=RESTING),
    "bracket at market": order("bracket", Side.BUY, exit=BOTH),
    "oto": order("oto", Side.BUY, then=order("limit", price=D(101))),
    "gtd": order(
        "limit", price=D(101), time_in_force=TimeInForce.GTD, expire_ns=1_790_000_002_000_000_000
    ),
    "market": order("market", Side.BUY, exit=BOTH),
}


@pytest.mark.parametrize("name", ORDERS)
@settings(max_examples=60)
@given(data=st.data())
def test_nothing_is_raised_and_the_end_is_the_end(name, data):
    endure(worked(World(), ORDERS[name], TAKING), data)


TAKING = msgspec.structs.replace(BARE, time_in_force=("gtc",))


@pytest.mark.parametrize("name", ORDERS)
@settings(max_examples=40)
@given(path=paths(30), seed=st.integers(0, 99))
def test_restarts_at_any_step_change_nothing(name, path, seed):
    """Written and read back after each input, and told so before any: the same fills."""
    worlds = [World(seed, trouble) for trouble in (Trouble(), Trouble(restarts=0.5))]
    for world in worlds:
        world.driver.start(worked(world, ORDERS[name], TAKING))
        world.walk(path)
        world.driver.advance(30 * STEP_NS)
    assert worlds[0].fills() == worlds[1].fills()
    first, second = (world.driver.works["work1"] for world in worlds)
    assert (first.status, first.filled) == (second.status, second.filled)


def test_nothing_changes_without_a_reason():
    """The very same value where an input says nothing: it need not be written."""
    world = World()
    world.driver.start(worked(world, ORDERS["stop"]))
    work = world.driver.works["work1"]
    for event in (Moved(SPOT), Resumed(), FeedLost(SPOT), Traded(SPOT, D(100), D(1))):
        assert work.receive(event, world.driver).work is work
    trailing = World()
    trailing.driver.start(worked(trailing, ORDERS["trailing"]))
    moved = trailing.driver.works["work1"].receive(Traded(SPOT, D(105), D(1)), trailing.driver)
    assert moved.soft
    assert moved.work.trail.best == 105


def test_every_kind_has_a_name_of_its_own():
    assert len({kind.__struct_config__.tag for kind in KINDS}) == len(KINDS)
    assert set(KINDS) <= set(works.KINDS)
    with pytest.raises(ValueError, match="there is no work 'x'"):
        works.decode("x", b"{}")
