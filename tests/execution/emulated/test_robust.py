"""Any input in any phase: nothing is raised, nothing is placed twice, and it ends when told to."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.execution import works
from argosy.execution.emulated import KINDS
from argosy.execution.work import (
    Began,
    Change,
    ChildRefused,
    ChildReport,
    Continue,
    Due,
    FeedBack,
    FeedLost,
    Market,
    Moved,
    Pause,
    Phase,
    Place,
    Resumed,
    Stop,
    Traded,
    Withdraw,
)
from argosy.model import (
    AttachedExit,
    OrderReport,
    OrderStatus,
    OrderType,
    Peg,
    Side,
    TimeInForce,
    Trigger,
)
from argosy.testing.works import Trouble
from execution.emulated.worlds import ABOUT, BARE, SPOT, STEP_NS, Seen, World, order, paths, worked

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
some = st.integers(190, 210).map(lambda ticks: D(ticks) / 2)
maybe = st.none() | some
markets = st.none() | st.builds(
    Market,
    about=st.just(ABOUT),
    now_ns=st.integers(1_790_000_000_000_000_000, 1_790_000_003_000_000_000),
    bid=maybe,
    bid_size=maybe,
    ask=maybe,
    ask_size=maybe,
    last=maybe,
    mark=maybe,
    index=maybe,
    stale=st.sampled_from(["", "lost"]),
)
plain_inputs = st.one_of(
    st.sampled_from(
        [
            Began(),
            Resumed(),
            Due(),
            Pause(),
            Continue(),
            Moved(SPOT),
            FeedLost(SPOT),
            FeedBack(SPOT),
        ]
    ),
    st.builds(Traded, st.sampled_from([SPOT, "test:ETH/USD"]), some, some),
)


def of_child(data, child):
    """A report or refusal of a child, plausible or not."""
    if data.draw(st.booleans()) and child.status is OrderStatus.PENDING:
        return ChildRefused(child.client_id, "no", data.draw(st.booleans()))
    status = data.draw(st.sampled_from(OrderStatus))
    share = D(4) if status is OrderStatus.FILLED else D(data.draw(st.integers(0, 4)))
    return ChildReport(
        OrderReport(
            instrument=child.instrument,
            venue_id="O1",
            client_id=child.client_id,
            status=status,
            side=child.side,
            type=OrderType.LIMIT,
            size=child.size,
            filled=(child.size * share / 4).quantize(D("0.01")),
            average_price=D(100),
            venue_ns=1,
            received_ns=1,
        )
    )


@pytest.mark.parametrize("name", ORDERS)
@settings(max_examples=60)
@given(data=st.data())
def test_nothing_is_raised_and_the_end_is_the_end(name, data):
    work = worked(World(), ORDERS[name], TAKING)
    ids, tag = set(), type(work).__struct_config__.tag
    for _ in range(data.draw(st.integers(1, 25))):
        market = data.draw(markets)
        seen = Seen.of(market)
        kind = data.draw(st.integers(0, 9))
        if work.live and kind < 5:
            event = of_child(data, data.draw(st.sampled_from(work.live)))
        elif kind == 9:
            event = Change(size=D(2), price=data.draw(maybe), trigger_price=data.draw(maybe))
        else:
            event = data.draw(plain_inputs)
        if isinstance(event, Traded) and event.instrument == SPOT and market is not None:
            seen = Seen.of(msgspec.structs.replace(market, last=event.price))
        before = work
        try:
            outcome = work.receive(event, seen)
        except ValueError:
            assert isinstance(event, Change)
            continue
        work = works.decode(tag, msgspec.json.encode(outcome.work))
        assert work == outcome.work
        for action in outcome.actions:
            if isinstance(action, Place):
                assert action.order.client_id not in ids
                assert not before.paused or isinstance(event, Continue)
                assert action.order.size > 0
                ids.add(action.order.client_id)
        assert not (before.done and (outcome.actions or outcome.work is not before))
        again = work.receive(Moved(SPOT), seen).work.receive(Moved(SPOT), seen)
        assert not [a for a in again.actions if isinstance(a, Place)], "asked twice it wants more"
    outcome = work.receive(Stop(), Seen())
    assert outcome.work.phase in {Phase.STOPPING, Phase.DONE}
    withdrawn = {a.client_id for a in outcome.actions if isinstance(a, Withdraw)}
    assert withdrawn == {c.client_id for c in work.live if not c.withdrawing}
    work = outcome.work
    for child in work.live:
        work = work.receive(ChildRefused(child.client_id, "gone"), Seen()).work
    assert work.done
    assert work.status.final


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
