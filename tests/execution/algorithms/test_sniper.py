"""The sniper on the sandbox's engine: nothing shown, enough taken, no order into the void."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.execution.algorithms import sniper
from argosy.execution.work import Market, Pause, Phase
from argosy.model import Nanos, OrderReport, OrderStatus, Side, TimeInForce
from argosy.model.time import SECOND
from argosy.testing.works import Trouble
from execution.emulated.worlds import ABOUT, DEEP, LATE, STEP_NS, World, order, paths

D = Decimal
LEAST = D("0.02")  # of the world's instrument


def begun(world, size="10", price="100", min_size=None, side=Side.BUY, **more):
    asked = order("limit", side, size=size, price=D(price), **more)
    work = sniper(asked, None if min_size is None else D(min_size))
    world.driver.start(work)
    return lambda: world.driver.works[work.id]


def test_it_fires_once_the_whole_is_there():
    world = World(depth=400)  # 4 units at each level
    work = begun(world)  # asks at 100.5 and above
    assert work().phase is Phase.WAITING
    world.quote(198)  # 99.5, 100: 8 units within the limit
    world.driver.advance(SECOND)
    assert not world.driver.placed
    world.quote(197)  # 99, 99.5, 100: 12
    assert work().status is OrderStatus.FILLED
    assert [(placed.size, placed.price) for placed in world.driver.placed] == [(10, 100)]
    assert [placed.time_in_force for placed in world.driver.placed] == [TimeInForce.IOC]


def test_it_takes_part_after_part_of_the_size_it_asks_for():
    world = World(depth=300)
    work = begun(world, min_size="5")
    world.quote(199)  # 3 units at 100
    world.driver.advance(SECOND)
    assert work().filled == 0
    world.quote(198)
    assert work().filled == 6
    world.driver.advance(SECOND)
    assert len(world.driver.placed) == 1  # nothing is left there
    world.quote(198)
    assert work().filled == 10  # all that it lacks, though that is less than 5


@settings(max_examples=60, deadline=None)
@given(
    path=paths(40),
    lots=st.integers(2, 900),
    part=st.integers(1, 100),
    depth=st.integers(1, 200),
    side=st.sampled_from(Side),
    trouble=st.sampled_from([None, LATE, Trouble(reach_ns=STEP_NS, late_ns=STEP_NS, restarts=0.1)]),
    seed=st.integers(0, 99),
)
def test_it_never_rests_and_never_pays_more(path, lots, part, depth, side, trouble, seed):
    world = World(seed, trouble, depth=depth)
    size = D(lots) / 100
    least = max(D("0.01"), (size * part / 100).quantize(D("0.01")))
    work = begun(world, size=str(size), min_size=str(least), side=side)
    world.walk(path, after=lambda _: not_resting(world))
    world.depth = DEEP
    for _ in range(4):
        world.quote(100 if side is Side.BUY else 400)
        world.driver.advance(20 * SECOND)  # after misses it waits for up to 16 s
        not_resting(world)
    assert work().done
    filled = sum((one for _, _, one in world.fills()), D(0))
    assert work().filled == filled > size - LEAST  # a miss may leave too little to be placed
    assert (work().status is OrderStatus.FILLED) == (filled == size)
    assert all(price <= 100 if side is Side.BUY else price >= 100 for _, price, _ in world.fills())
    assert not any(fill.maker for fill in world.driver.fills)
    assert all(placed.size >= LEAST for placed in world.driver.placed)


def not_resting(world):
    assert not world.account.open


def test_an_offer_that_is_never_there_is_asked_for_less_and_less():
    world = World(depth=100)
    work = begun(world, size="1")
    world.driver._act = lambda action: world.driver._at(
        0, lambda: world.driver._refuse_all(action)
    )  # the offer is gone whenever an order arrives
    missed = []

    def miss(action):
        missed.append(world.clock.now_ns())
        world.driver._merge(action.order.client_id, gone(action.order))

    world.driver._refuse_all = miss
    world.quote(199)
    world.driver.advance(60 * SECOND)
    waits = [after - before for before, after in pairwise(missed)]
    assert waits[:5] == [SECOND // 2, SECOND, 2 * SECOND, 4 * SECOND, 8 * SECOND]
    assert work().misses == 6
    assert len(missed) <= 9


def gone(placed):
    return OrderReport(
        instrument=placed.instrument,
        venue_id="O1",
        client_id=placed.client_id,
        status=OrderStatus.CANCELLED,
        side=placed.side,
        type=placed.type,
        size=placed.size,
        filled=D(0),
        venue_ns=Nanos(1),
        received_ns=Nanos(1),
    )


def test_it_ends_at_its_time_and_pauses_when_told():
    world = World()
    until = Nanos(world.clock.now_ns() + 5 * SECOND)
    work = begun(world, time_in_force=TimeInForce.GTD, expire_ns=until)
    world.driver.tell(work().id, Pause())
    world.quote(190)
    assert not world.driver.placed
    world.driver.advance(6 * SECOND)
    assert work().status is OrderStatus.EXPIRED
    assert work().reason == "its time came; 10 was not done"


def test_without_the_depth_the_best_price_decides():
    work = sniper(order("limit", Side.BUY, size="2", price=D(100)), D(1))
    market = Market(about=ABOUT, now_ns=Nanos(1), ask=D(100), ask_size=D("1.5"))
    assert work.worth_taking(market) == D("1.5")
    for ask, size in ((D(101), D(9)), (D(100), D("0.9")), (None, None)):
        poor = Market(about=ABOUT, now_ns=Nanos(1), ask=ask, ask_size=size)
        assert work.worth_taking(poor) is None


@pytest.mark.parametrize("least", ["0", "11"])
def test_what_makes_no_sniper_says_so(least):
    with pytest.raises(ValueError, match="min_size is"):
        begun(World(), min_size=least)
    with pytest.raises(ValueError, match="limit price"):
        sniper(order("market"))
