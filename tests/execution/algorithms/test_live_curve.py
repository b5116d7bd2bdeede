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


def test_a_busy_day_is_still_done_by_the_curve():
    world = World()
    work = begun(world, (4, 4, 4, 4), size="100")
    done = []
    for _ in range(4):
        done.append(work().filled)
        trades(world, 40)  # ten times the usual, but evenly
    assert done == [25, 50, 75, 100]


def test_what_was_traded_last_moves_what_comes_next():
    """By hand: twice the usual in the first part, nothing in the second; half of news fades."""
    world = World()
    work = begun(world, (4, 4, 4, 4), size="100")
    trades(world, 8)
    assert work().filled == 50  # the day is like that: half of it will be over
    trades(world, 0)
    # The day is as usual now (8 of 8); lately two thirds of it were traded: (8 / 2) of (4 / 2 + 4).
    coming = [4 * (1 - D(1) / 3 / 2), 4 * (1 - D(1) / 3 / 4)]
    assert all(abs(a - b) < D("1e-20") for a, b in zip(work().forecast(), coming, strict=True))
    assert abs(work().filled - 100 * (8 + coming[0]) / (8 + sum(coming))) <= D("0.01")
    trades(world, 4)
    assert work().status is OrderStatus.FILLED


def test_own_fills_are_no_news():
    world = World()
    work = begun(world, (4, 4), size="1000")
    assert work().marks.seen == 500
    trades(world, 4)
    assert work().traded == 4


def test_a_part_that_was_not_watched_is_taken_as_the_day_was():
    world = World()
    work = begun(world, (4, 4, 4, 4), size="100")
    trades(world, 8)
    world.driver.tell(work().id, Pause())
    trades(world, 80)
    world.driver.tell(work().id, Continue())
    assert (work().traded, work().missed, work().day()) == (8, 4, 2)
    assert work().filled == 75
    trades(world, 80)
    assert (work().traded, work().missed) == (88, 4)  # this one was watched in full


def test_an_odd_part_does_not_turn_everything():
    world = World()
    work = begun(world, (1,) * 12, persistence="0.1")
    for _ in range(8):
        trades(world, 0)
    assert work().forecast() == [0] * 4  # nothing at all was traded: the curve decides
    assert work().target(9) == D(9) / 12
    trades(world, 90)
    assert work().day() == 10
    assert work().recent / work().recent_usual > 80
    assert work().forecast()[0] == 10 + 40 * D("0.1")  # counted as five times the day


@given(
    volumes=st.lists(st.integers(1, 9), min_size=2, max_size=12),
    traded=st.lists(st.integers(0, 50), min_size=12, max_size=12),
    unit=st.sampled_from(["0.001", "1", "7000"]),
)
@settings(max_examples=40, deadline=None)
def test_only_the_shape_of_the_curve_counts(volumes, traded, unit):
    done = []
    for factor in ("1", unit):
        world = World()
        begun(world, [D(factor) * volume for volume in volumes])
        for volume in traded[: len(volumes) - 1]:
            trades(world, volume)
        done.append([round(size, 2) for _, _, size in world.fills()])
    assert all(abs(a - b) <= D("0.01") for a, b in zip(*done, strict=True))


def test_without_persistence_it_is_the_plain_schedule():
    world = World()
    work = begun(world, (4, 1, 1, 4), persistence="0")
    done = []
    for volume in (9, 30, 0, 2):
        done.append(work().filled)
        trades(world, volume)
    assert done == [4, 5, 6, 10]


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
