"""Participation on the sandbox's engine in virtual time: the rate, never ahead of it, no burst."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.execution.algorithms import participation
from argosy.execution.work import Change, Continue, Pause, Phase, Stop
from argosy.model import Nanos, OrderStatus, Side, TimeInForce
from argosy.model.time import MILLISECOND, SECOND
from argosy.testing.works import Trouble
from execution.emulated.worlds import LATE, SPOT, STEP_NS, World, order

D = Decimal
TARDY = Trouble(late_ns=90 * MILLISECOND, twice=0.5)
LEAST = D("0.02")  # of the world's instrument


def begun(world, size="10", rate="0.2", price=None, side=Side.BUY, over_s=600, max_part=None):
    now_ns = world.clock.now_ns()
    asked = order(
        "limit" if price else "market",
        side,
        size=size,
        time_in_force=TimeInForce.GTD,
        expire_ns=Nanos(now_ns + over_s * SECOND),
        **({"price": D(price)} if price else {}),
    )
    most = None if max_part is None else D(max_part)
    work = participation(asked, D(rate), begin_ns=Nanos(now_ns), max_part=most)
    world.driver.start(work)
    return lambda: world.driver.works[work.id]


def filled(world):
    return sum((size for _, _, size in world.fills()), D(0))


@settings(max_examples=60, deadline=None)
@given(
    takes=st.lists(st.tuples(st.integers(1, 400), st.sampled_from(Side)), min_size=5, max_size=40),
    rate=st.integers(1, 60),
    trouble=st.sampled_from([None, TARDY, LATE]),
    seed=st.integers(0, 99),
)
def test_it_follows_the_rate_and_is_never_ahead(takes, rate, trouble, seed):
    world = World(seed, trouble)
    work = begun(world, size="1000", rate=str(D(rate) / 100), max_part="5")
    share, others = D(rate) / 100, D(0)
    for size, side in takes:
        world.trade(side, size)
        others += D(size) / 100
        world.driver.advance(STEP_NS * 3)
        assert filled(world) * (1 - share) <= share * others
    world.driver.advance(300 * SECOND)  # reports come in, and what is owed is taken
    assert filled(world) * (1 - share) <= share * others
    if trouble is not LATE:  # restarts forgive
        assert (filled(world) + LEAST) * (1 - share) > share * others
    assert filled(world) == work().filled
    assert all(LEAST <= placed.size <= 5 for placed in world.driver.placed)


def test_own_fills_are_part_of_the_volume():
    world = World()
    work = begun(world, size="100", rate="0.2", max_part="100")
    world.trade(Side.SELL, 4000)  # 40 units
    world.driver.advance(10 * SECOND)
    assert work().filled == 10  # of the 50 that were traded in all
    assert work().marks.seen == 50
    assert work().progress(world.clock.now_ns()).expected == 10
    world.driver.advance(100 * SECOND)
    assert work().filled == 10  # nobody else traded


@settings(max_examples=40, deadline=None)
@given(size=st.integers(2, 900), rate=st.integers(1, 90), seed=st.integers(0, 99))
def test_every_size_is_done_to_the_lot_and_never_more(size, rate, seed):
    world = World(seed, LATE)
    work = begun(world, size=str(D(size) / 100), rate=str(D(rate) / 100))
    for _ in range(60):
        world.quote(200)
        world.trade(Side.BUY, 90_000)
        world.driver.advance(2 * SECOND)
    assert work().status is OrderStatus.FILLED
    assert filled(world) == work().filled == D(size) / 100
    assert all(placed.size >= LEAST for placed in world.driver.placed)


@pytest.mark.parametrize("gap", ["pause", "feed"])
def test_what_is_missed_is_not_made_up_in_a_burst(gap):
    world = World()
    work = begun(world, size="100", rate="0.5", max_part="2")
    world.trade(Side.SELL, 2000)  # 20 are owed, two of them taken at once
    assert work().filled == 2
    if gap == "pause":
        world.driver.tell(work().id, Pause())
        assert work().phase is Phase.PAUSED
    else:
        world.driver.lose(SPOT)
    for _ in range(10):
        world.trade(Side.SELL, 5000)
        world.driver.advance(SECOND)
    assert work().filled == 2
    if gap == "pause":
        world.driver.tell(work().id, Continue())
    else:
        world.driver.restore(SPOT)
    world.driver.advance(60 * SECOND)
    assert work().filled == 4  # one part, and the rest is forgiven
    world.trade(Side.SELL, 100)
    world.driver.advance(2 * SECOND)
    assert work().filled == 5


def test_volume_beyond_the_limit_does_not_count():
    world = World()
    work = begun(world, rate="0.5", price="100")  # asks stand at 100.5
    world.trade(Side.BUY, 300)
    world.driver.advance(5 * SECOND)
    assert not world.driver.placed
    world.quote(198)  # bids at 98.5, asks at 99.5
    world.driver.advance(5 * SECOND)
    assert work().filled == 0  # what was traded at 100.5 is not caught up
    world.trade(Side.BUY, 40)
    world.driver.advance(5 * SECOND)
    assert work().filled == D("0.4")
    world.driver.tell(work().id, Change(price=D(99)))
    world.trade(Side.SELL, 100)  # eligible; but there is nothing to take within the limit
    world.driver.advance(5 * SECOND)
    assert work().filled == D("0.4")
    assert len(world.driver.placed) == 1


def test_parts_keep_their_distance_and_their_size():
    world = World()
    work = begun(world, size="100", rate="0.5", max_part="3")
    world.trade(Side.SELL, 2000)
    done = []
    for _ in range(7):
        done.append(work().filled)
        world.driver.advance(SECOND)
    assert done == [3, 6, 9, 12, 15, 18, 20]


def test_it_ends_at_its_time_and_tells_what_is_left():
    world = World()
    work = begun(world, over_s=60)
    world.trade(Side.SELL, 1600)
    world.driver.advance(61 * SECOND)
    assert work().status is OrderStatus.EXPIRED
    assert work().filled == 4
    assert "6 was not done" in work().reason
    stopped = World()
    other = begun(stopped)
    stopped.driver.tell(other().id, Stop())
    assert other().status is OrderStatus.CANCELLED
    with pytest.raises(ValueError, match="only the limit"):
        begun(World())().receive(Change(size=D(1)), {})


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"rate": "0"}, "rate is 0"),
        ({"rate": "1"}, "rate is 1"),
        ({"max_part": "0"}, "max_part is 0"),
    ],
)
def test_what_is_no_participation_says_so(words, said):
    with pytest.raises(ValueError, match=said):
        begun(World(), **words)
    with pytest.raises(ValueError, match="needs an end"):
        participation(order("market"), D("0.1"), begin_ns=Nanos(1))
