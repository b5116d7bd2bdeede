"""One triggers the other: what follows is never for more than was filled."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from argosy.execution.emulated import How, choose
from argosy.execution.work import Stop
from argosy.model import OrderStatus, Side, TimeInForce
from argosy.model.time import MILLISECOND
from argosy.testing.works import Trouble
from execution.emulated.worlds import BARE, SPOT, STEP_NS, World, order, paths, worked

D = Decimal


def one_then(size="1", then_price="100.5", then="1", **more):
    following = order("limit", Side.SELL, price=D(then_price), size=then)
    return order("oto", Side.BUY, size=size, then=following, **more)


def bought_and_sold(world):
    sums = {side: sum((s for w, _, s in world.fills() if w is side), D(0)) for side in Side}
    return sums[Side.BUY], sums[Side.SELL]


@given(
    path=paths(),
    reach=st.integers(0, 250),
    late=st.integers(0, 400),
    seed=st.integers(0, 9),
    then=st.integers(2, 150),
    data=st.data(),
)
def test_never_more_follows_than_was_filled(path, reach, late, seed, then, data):
    trouble = Trouble(
        reach_ns=reach * MILLISECOND, late_ns=late * MILLISECOND, twice=0.5, restarts=0.2
    )
    world = World(seed, trouble)
    work = worked(world, one_then(then_price="101", then=str(D(then) / 100)))
    world.driver.start(work)
    for move, side in path:
        world.quote(max(10, world.ticks + move))
        world.trade(side, data.draw(st.integers(1, 60)))
        world.driver.advance(STEP_NS)
        bought, sold = bought_and_sold(world)
        out = sum(
            (world.spec.size(o.remaining) for o in world.account.open.values() if o.side == "sell"),
            D(0),
        )
        assert sold + out <= min(bought, D(then) / 100)
    world.quote(300)
    world.driver.advance(30 * STEP_NS)
    bought, sold = bought_and_sold(world)
    done = world.driver.works[work.id]
    assert (bought, sold) == (1, min(bought, D(then) / 100))
    assert (done.status, done.followed) == (OrderStatus.FILLED, sold)


def test_a_first_order_that_ends_short_leaves_what_follows():
    world = World(depth=50)
    world.quote(200)
    first = one_then(
        size="2", then="2", then_price="100", price=D(101), time_in_force=TimeInForce.IOC
    )
    world.driver.start(worked(world, first))
    work = world.driver.works[first.client_id]
    assert work.filled > 0
    world.quote(210)
    world.driver.advance(STEP_NS)
    bought, sold = bought_and_sold(world)
    assert bought == sold


def test_stopping_withdraws_both():
    world = World()
    world.driver.start(worked(world, one_then(then_price="120")))
    assert len(world.account.open) == 1
    world.driver.tell("work1", Stop())
    assert not world.account.open
    assert world.driver.works["work1"].status is OrderStatus.CANCELLED


def test_what_follows_must_be_native_and_at_the_same_instrument():
    stop = order("oto", Side.BUY, then=order("chase"))
    assert "what follows is not native" in choose(stop, BARE, now_ns=1).reason
    other = order("oto", Side.BUY, then=order("market", instrument="test:ETH/USD"))
    refused = choose(other, BARE, now_ns=1)
    assert refused.how is How.UNSUPPORTED
    assert str(SPOT) in refused.reason
