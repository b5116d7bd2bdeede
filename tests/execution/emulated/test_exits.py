"""OCO and brackets: one exit acts, never for more than is held, whatever races."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.execution.emulated import Declared
from argosy.execution.work import Change, Continue, Pause, Phase, Stop
from argosy.model import (
    AttachedExit,
    MarginMode,
    OrderStatus,
    OrderType,
    Side,
    TimeInForce,
    Trigger,
    TriggerSource,
)
from argosy.model.time import MILLISECOND
from argosy.sandbox.engine import OrderRequest
from argosy.testing.works import Trouble
from execution.emulated.worlds import BARE, LATE, SPOT, STEP_NS, SWAP, World, order, paths, worked

D = Decimal
RACES = st.builds(
    Trouble,
    reach_ns=st.integers(0, 250).map(lambda ms: ms * MILLISECOND),
    late_ns=st.integers(0, 400).map(lambda ms: ms * MILLISECOND),
    twice=st.just(0.5),
    restarts=st.just(0.2),
)


def exit_at(profit, loss, **more):
    return AttachedExit(take_profit=D(profit), stop_loss=D(loss), **more)


def pair(world, profit, loss, size="1"):
    """The engine's own OCO of two triggers."""
    legs = [
        OrderRequest(
            instrument=SPOT,
            side=Side.SELL,
            type=kind,
            size=D(size),
            trigger=Trigger(price=D(price)),
        )
        for kind, price in ((OrderType.TAKE_PROFIT, profit), (OrderType.STOP, loss))
    ]
    return world.engine.place_pair(world.account, *legs)


def net(world):
    """Bought less sold by the account."""
    return sum((size if side is Side.BUY else -size for side, _, size in world.fills()), D(0))


def flow(world, path, sizes):
    """A walk whose takers are of many sizes, so that orders fill in parts."""
    for (move, side), size in zip(path, sizes, strict=False):
        world.quote(max(10, world.ticks + move))
        world.trade(side, size)
        world.driver.advance(STEP_NS)


@given(path=paths(), up=st.integers(1, 10), down=st.integers(1, 10), seed=st.integers(0, 9))
def test_oco_as_the_native_pair(path, up, down, seed):
    profit, loss = 101 + D(up) / 2, 100 - D(down) / 2
    there, here = World(), World(seed, LATE)
    pair(there, profit, loss)
    here.driver.start(worked(here, order("oco", exit=exit_at(profit, loss))))
    for world in (there, here):
        world.walk(path)
        world.driver.advance(STEP_NS)
    assert here.fills() == there.fills()


@given(path=paths(), up=st.integers(1, 10), down=st.integers(1, 10), trouble=RACES, data=st.data())
def test_oco_never_exits_more_than_there_is(path, up, down, trouble, data):
    """A resting take profit and a stop, with orders and reports under way for up to four steps."""
    sizes = data.draw(st.lists(st.integers(1, 90), min_size=len(path), max_size=len(path)))
    world = World(3, trouble)
    exits = exit_at(101 + D(up) / 2, 100 - D(down) / 2, take_profit_rests=True)
    work = worked(world, order("oco", exit=exits))
    world.driver.start(work)
    for step, size in zip(path, sizes, strict=True):
        flow(world, [step], [size])
        assert -net(world) <= 1
        assert len(world.account.open) <= 1, "two exits stand at once"
    world.driver.advance(20 * STEP_NS)
    done = world.driver.works[work.id]
    if done.fired:
        assert -net(world) == 1
        assert done.status is OrderStatus.FILLED
        assert done.exited == 1
    assert done.filled == -net(world)


def test_the_stop_goes_for_what_a_resting_take_profit_did_not_fill():
    world = World(depth=100)
    work = worked(world, order("oco", exit=exit_at(102, 98, take_profit_rests=True)))
    world.driver.start(work)
    world.quote(204, levels=1)  # offers at 102.5: ours at 102 is the best
    world.trade(Side.BUY, 40)
    assert world.fills() == [(Side.SELL, D(102), D("0.4"))]
    world.walk([(-10, Side.SELL)])
    assert world.fills()[1:] == [(Side.SELL, D("96.5"), D("0.6"))]
    assert world.driver.works[work.id].status is OrderStatus.FILLED


def test_a_take_profit_that_fills_while_it_is_being_withdrawn():
    """The stop is reached; before the cancellation arrives the whole take profit fills."""
    world = World(trouble=Trouble(reach_ns=5 * STEP_NS))
    work = worked(world, order("oco", exit=exit_at(102, 98, take_profit_rests=True)))
    world.driver.start(work)
    world.driver.advance(6 * STEP_NS)
    world.quote(190)
    world.trade(Side.SELL)  # the stop is reached: its withdrawal is under way
    assert world.driver.works[work.id].fired == "stop_loss"
    world.quote(220)  # bids above the take profit
    world.driver.advance(30 * STEP_NS)
    assert world.fills() == [(Side.SELL, D(102), D(1))]
    assert world.driver.works[work.id].status is OrderStatus.FILLED
    assert len(world.driver.placed) == 1


@given(path=paths(), up=st.integers(1, 10), down=st.integers(1, 10), seed=st.integers(0, 9))
def test_bracket_at_market_is_entry_and_oco(path, up, down, seed):
    profit, loss = 101 + D(up) / 2, 100 - D(down) / 2
    there, here = World(), World(seed, LATE)
    there.native(order("market", Side.BUY))
    pair(there, profit, loss)
    here.driver.start(worked(here, order("bracket", Side.BUY, exit=exit_at(profit, loss))))
    here.driver.advance(STEP_NS)  # the entry's report comes late: then the exits are watched
    there.driver.advance(STEP_NS)
    for world in (there, here):
        world.walk(path)
        world.driver.advance(STEP_NS)
    assert here.fills() == there.fills()


@given(
    path=paths(),
    trouble=RACES,
    rests=st.booleans(),
    trail=st.booleans(),
    stop_at=st.none() | st.integers(3, 30),
    data=st.data(),
)
def test_a_bracket_never_exits_more_than_came_in(path, trouble, rests, trail, stop_at, data):
    sizes = data.draw(st.lists(st.integers(1, 60), min_size=len(path), max_size=len(path)))
    world = World(5, trouble)
    more = {"trail": D(3)} if trail else {"stop_loss": D(97)}
    exits = AttachedExit(take_profit=D("101.5"), take_profit_rests=rests, **more)
    work = worked(world, order("bracket", Side.BUY, price=D("99.5"), exit=exits))
    world.driver.start(work)
    for number, step in enumerate(zip(path, sizes, strict=True)):
        flow(world, [step[0]], [step[1]])
        assert 0 <= net(world) <= 1, "more was exited than came in"
        if number == stop_at:
            world.driver.tell(work.id, Stop())
    world.driver.advance(30 * STEP_NS)
    done = world.driver.works[work.id]
    entered = sum((size for side, _, size in world.fills() if side is Side.BUY), D(0))
    assert done.filled == entered
    assert done.exited == entered - net(world)
    if done.fired and stop_at is None:
        assert done.done
        assert net(world) < D("0.02"), "a reached exit leaves nothing that can be placed"


def test_exits_follow_each_part_of_the_entry():
    world = World(depth=10_000)
    exits = exit_at(103, 97, take_profit_rests=True)
    work = worked(world, order("bracket", Side.BUY, price=D("99.5"), exit=exits))
    world.driver.start(work)
    world.quote(199)  # bids at 99 and below: ours is the best
    world.trade(Side.SELL, 30)
    world.trade(Side.SELL, 1)  # too small an exit to be placed: it waits for more
    resting = [(o.side, world.spec.size(o.remaining)) for o in world.account.open.values()]
    assert resting == [(Side.BUY, D("0.69")), (Side.SELL, D("0.30"))]
    world.trade(Side.SELL, 9)
    sells = [o for o in world.account.open.values() if o.side is Side.SELL]
    assert sum(world.spec.size(o.remaining) for o in sells) == D("0.40")
    world.quote(190)  # the house offers below our bid: it fills
    world.trade(Side.SELL)  # and the stop is reached
    world.driver.advance(STEP_NS)
    assert net(world) == 0
    assert world.driver.works[work.id].phase is Phase.DONE


def test_many_parts_are_put_together():
    world = World(depth=10_000)
    exits = exit_at(103, 90, take_profit_rests=True)
    work = worked(world, order("bracket", Side.BUY, price=D("99.5"), exit=exits))
    world.driver.start(work)
    world.quote(199)
    for _ in range(20):
        world.trade(Side.SELL, 3)
    sells = [o for o in world.account.open.values() if o.side is Side.SELL]
    assert len(sells) <= 5
    assert sum(world.spec.size(o.remaining) for o in sells) == D("0.60")


def test_what_the_fee_took_is_not_sold():
    world = World()
    asked = order("bracket", Side.BUY, exit=exit_at(102, 98))
    world.driver.start(worked(world, asked, fee_in_base=D("0.004")))
    world.walk([(-10, Side.SELL)])
    assert [(side, size) for side, _, size in world.fills()] == [
        (Side.BUY, D(1)),
        (Side.SELL, D("0.99")),
    ]
    done = world.driver.works[asked.client_id]
    assert done.status is OrderStatus.FILLED
    assert done.reason == ""


def test_a_refused_entry_ends_it_and_a_stopped_one_tells_what_is_bare():
    world = World()
    asked = order("bracket", Side.BUY, size="10000000", exit=exit_at(102, 98))
    world.driver.start(worked(world, asked))
    assert world.driver.works[asked.client_id].status is OrderStatus.REJECTED
    world = World()
    asked = order("bracket", Side.BUY, exit=exit_at(102, 98))
    world.driver.start(worked(world, asked))
    world.driver.tell(asked.client_id, Stop())
    done = world.driver.works[asked.client_id]
    assert done.status is OrderStatus.CANCELLED
    assert done.reason.endswith("1.00 is held without exits")


def test_an_entry_that_ends_short_leaves_its_exits():
    world = World(depth=10_000)
    bare = Declared(types=BARE.types, time_in_force=("gtc", "ioc"), prices=BARE.prices)
    asked = order(
        "limit",
        Side.BUY,
        price=D(110),
        size="400",
        time_in_force=TimeInForce.IOC,
        exit=exit_at(120, 90),
    )
    world.quote(200)
    world.driver.start(worked(world, asked, bare))
    assert net(world) == D(300)  # three levels of 100
    assert world.driver.works[asked.client_id].entered
    world.depth = 20_000
    world.walk([(-30, Side.SELL)])
    assert net(world) == 0
    done = world.driver.works[asked.client_id]
    assert done.status is OrderStatus.CANCELLED
    assert done.exited == 300


def test_exits_of_margin_orders_reduce_only():
    world = World(instrument=SWAP)
    asked = order(
        "bracket",
        Side.BUY,
        SWAP,
        exit=exit_at(102, 98),
        margin_mode=MarginMode.CROSS,
    )
    declared = Declared(types=BARE.types, flags=("reduce_only", "margin_mode"), prices=BARE.prices)
    world.driver.start(worked(world, asked, declared))
    world.walk([(-10, Side.SELL)])
    assert [placed.reduce_only for placed in world.driver.placed] == [False, True]
    assert net(world) == 0


def test_paused_exits_are_withdrawn_and_come_back():
    world = World()
    work = worked(world, order("oco", exit=exit_at(102, 98, take_profit_rests=True)))
    world.driver.start(work)
    world.driver.tell(work.id, Pause())
    assert not world.account.open
    world.driver.tell(work.id, Continue())
    assert len(world.account.open) == 1


def test_exits_change_until_one_is_set_off():
    world = World()
    work = worked(world, order("oco", exit=exit_at(105, 95)))
    world.driver.start(work)
    world.driver.tell(work.id, Change(price=D(110), trigger_price=D(90)))
    world.walk([(-10, Side.SELL), (20, Side.BUY)])
    assert not world.fills()
    with pytest.raises(ValueError, match="follows what is held"):
        world.driver.tell(work.id, Change(size=D(2)))
    world.walk([(-40, Side.SELL)])
    assert net(world) == -1


def test_exits_by_mark():
    world = World()
    work = worked(world, order("oco", exit=exit_at(105, 95, source=TriggerSource.MARK)))
    world.driver.start(work)
    world.reference(90, 100)
    assert world.fills() == [(Side.SELL, D("99.5"), D(1))]
