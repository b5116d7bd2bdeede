"""Schedules on the sandbox's engine in virtual time: on time, to the lot, and no burst."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.execution.algorithms import scheduled
from argosy.execution.work import Change, Continue, Pause, Phase, Stop
from argosy.model import OrderStatus, Side
from execution.emulated.worlds import LATE, SPOT, World, order

D = Decimal
EVEN = (D(1),) * 10


def begun(world: World, shares=EVEN, size="10", price=None, interval="1", side=Side.BUY):
    kind = {"price": D(price)} if price else {}
    asked = order("limit" if price else "market", side, size=size, **kind)
    work = scheduled(asked, shares, D(interval), "twap")
    world.driver.start(work)
    return lambda: world.driver.works[work.id]


@pytest.mark.parametrize("trouble", [None, LATE])
def test_equal_parts_on_time(trouble) -> None:
    world = World(trouble=trouble)
    work = begun(world)
    done = []
    for _ in range(10):
        world.driver.advance(5 * 10**8)
        done.append(work().filled)
        world.driver.advance(5 * 10**8)
    assert done == [D(number) for number in range(1, 11)]
    assert work().status is OrderStatus.FILLED
    assert sum(size for _, _, size in world.fills()) == 10


def test_a_volume_curve_is_followed() -> None:
    world = World()
    work = begun(world, shares=(D(4), D(1), D(1), D(4)))
    done = []
    for _ in range(4):
        world.driver.advance(5 * 10**8)
        done.append(work().filled)
        world.driver.advance(5 * 10**8)
    assert done == [4, 5, 6, 10]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=12).filter(any),
    st.integers(2, 4000),
    st.integers(0, 99),
)
def test_every_size_is_done_to_the_lot_and_never_more(shares, lots, seed) -> None:
    world = World(seed=seed, trouble=LATE)
    size = D(lots) / 100
    work = begun(world, shares=tuple(map(D, shares)), size=str(size))
    for _ in range(len(shares) + 3):
        world.driver.advance(10**9)
    assert work().done
    filled = sum((size for _, _, size in world.fills()), D(0))
    assert filled == work().filled == size
    assert all(placed.size >= D("0.02") for placed in world.driver.placed)  # the least there is


def test_nothing_is_taken_beyond_the_limit_and_the_rest_is_told() -> None:
    world = World(price=100)
    work = begun(world, price="99")  # the market asks above 100
    for _ in range(13):
        world.driver.advance(10**9)
    assert work().done
    assert work().filled == 0
    assert work().status is OrderStatus.EXPIRED
    assert not world.fills()
    assert "10 was not done" in work().reason


def test_a_pause_is_not_made_up_for_in_one_go() -> None:
    world = World()
    work = begun(world)
    world.driver.advance(5 * 10**8)
    world.driver.tell(work().id, Pause())
    world.driver.advance(6 * 10**9)
    assert work().filled == 1
    assert work().phase is Phase.PAUSED
    world.driver.tell(work().id, Continue())
    world.driver.advance(10**8)
    assert work().filled == 3  # two parts at most
    for _ in range(6):
        world.driver.advance(10**9)
    assert work().done


def test_lost_prices_send_nothing() -> None:
    world = World()
    work = begun(world)
    world.driver.advance(5 * 10**8)
    world.driver.lose(SPOT)
    world.driver.advance(2 * 10**9)
    assert work().filled == 1
    world.driver.restore(SPOT)
    world.driver.advance(10**8)
    assert work().filled == 3


def test_stop_change_and_progress() -> None:
    world = World()
    work = begun(world, price="200")
    world.driver.advance(5 * 10**8)
    progress = work().progress(world.clock.now_ns())
    assert (progress.filled, progress.expected, progress.ahead) == (1, 1, 0)
    assert progress.arrival_mid == 100
    assert progress.cost_bps == 50  # bought half a unit above the middle
    world.driver.tell(work().id, Change(price=D(50)))
    world.driver.advance(2 * 10**9)
    assert work().filled == 1
    with pytest.raises(ValueError, match="new price only"):
        work().receive(Change(size=D(2)), world.driver)
    world.driver.tell(work().id, Stop())
    assert work().status is OrderStatus.CANCELLED


@pytest.mark.parametrize(
    ("shares", "interval", "said"),
    [
        ((), "1", "0 parts"),
        ((D(0),), "1", "not all 0"),
        ((D(-1), D(2)), "1", "at least 0"),
        ((D(1),), "0", "above 0"),
    ],
)
def test_what_makes_no_schedule_says_so(shares, interval, said) -> None:
    with pytest.raises(ValueError, match=said):
        scheduled(order("market", size="1"), shares, D(interval), "twap")
