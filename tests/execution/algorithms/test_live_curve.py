"""VWAP by a curve that learns: by hand, on the engine, and through gaps."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.execution.algorithms import live_curve, scheduled
from argosy.execution.work import Continue, Pause
from argosy.model import OrderStatus, Side
from argosy.model.time import SECOND
from execution.emulated.worlds import LATE, World, order

D = Decimal


def begun(world, volumes, size="10", persistence="0.5", **more):
    volumes = tuple(D(volume) for volume in volumes)
    plain = scheduled(order("market", Side.BUY, size=size), volumes, D(1), "vwap", **more)
    work = live_curve(plain, volumes, D(persistence))
    world.driver.start(work)
    return lambda: world.driver.works[work.id]


def trades(world, units):
    """The house trades so much in a part that has begun; the part goes by."""
    world.quote(200)
    if units:
        world.trade(Side.SELL, int(D(units) * 100))
    world.driver.advance(SECOND)


def test_an_ordinary_day_is_done_by_the_curve():
    world = World()
    work = begun(world, (4, 1, 1, 4))
    done = []
    for volume in (4, 1, 1, 4):
        done.append(work().filled)
        trades(world, volume)
    assert done == [4, 5, 6, 10]


def test_what_was_traded_moves_the_rest():
    """By hand: twice the usual in the first part, fading by half with each part after."""
    world = World()
    work = begun(world, (4, 4, 4, 4), size="100")
    assert work().filled == 25
    trades(world, 8)
    # Forecast: 4 * 1.5, 4 * 1.25, 4 * 1.125, and 8 are past: 14 of 23.5 by the end of part two.
    assert work().target(2) == D(14) / D("23.5")
    assert work().filled == D("59.57")
    trades(world, 0)
    # 8 in the past; recent (8 / 2 + 0) of usual (4 / 2 + 4): two thirds, fading.
    coming = [4 * (1 - D(1) / 3 / 2), 4 * (1 - D(1) / 3 / 4)]
    assert abs(work().target(3) - (8 + coming[0]) / (8 + sum(coming))) < D("1e-20")
    assert abs(work().filled - 100 * work().target(3)) <= D("0.01")
    trades(world, 4)
    assert work().status is OrderStatus.FILLED


def test_own_fills_are_no_news():
    world = World()
    work = begun(world, (4, 4), size="1000")
    assert work().marks.seen == 500
    trades(world, 4)
    assert work().past == 4


def test_a_part_that_was_not_watched_is_taken_as_forecast():
    world = World()
    work = begun(world, (4, 4, 4, 4), size="100")
    trades(world, 8)
    world.driver.tell(work().id, Pause())
    trades(world, 80)
    world.driver.tell(work().id, Continue())
    assert work().past == 8 + 6
    assert work().recent == 8
    trades(world, 80)
    assert work().past == 14 + 80  # this one was watched in full


def test_an_odd_part_does_not_turn_everything():
    world = World()
    work = begun(world, (1, 1, 1, 1), persistence="1")
    trades(world, 900)
    assert work().forecast() == [5, 5, 5]
    other = World()
    quiet = begun(other, (9, 9, 9), persistence="1")
    trades(other, 0)
    assert quiet().forecast() == [D(9) / 5] * 2


@settings(max_examples=60, deadline=None)
@given(
    volumes=st.lists(st.integers(0, 9), min_size=1, max_size=12).filter(any),
    traded=st.lists(st.integers(0, 50), min_size=12, max_size=12),
    lots=st.integers(2, 4000),
    passive=st.booleans(),
    trouble=st.sampled_from([None, LATE]),
    seed=st.integers(0, 99),
)
def test_every_size_is_done_to_the_lot_and_never_more(
    volumes, traded, lots, passive, trouble, seed
):
    world = World(seed=seed, trouble=trouble)
    work = begun(world, volumes, size=str(D(lots) / 100), passive=passive)
    for volume in traded[: len(volumes)]:
        trades(world, volume)
    world.driver.advance(3 * SECOND)
    assert work().status is OrderStatus.FILLED
    filled = sum((size for _, _, size in world.fills()), D(0))
    assert filled == work().filled == D(lots) / 100
    assert all(placed.size >= D("0.02") for placed in world.driver.placed)


def test_what_makes_no_live_curve_says_so():
    plain = scheduled(order("market"), (D(1), D(2)), D(1), "vwap")
    with pytest.raises(ValueError, match="1 volumes for 2 parts"):
        live_curve(plain, (D(1),))
    with pytest.raises(ValueError, match="between 0 and 1"):
        live_curve(plain, (D(1), D(2)), D(2))
