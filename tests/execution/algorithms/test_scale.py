"""Ladders on the sandbox's engine: sizes to the lot, nothing lost in pauses and restarts."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.execution.algorithms import scale
from argosy.execution.work import Change, Continue, Pause, Phase, Stop
from argosy.model import Nanos, OrderStatus, Side, TimeInForce
from argosy.model.money import on_grid
from argosy.model.time import SECOND
from execution.emulated.worlds import ABOUT, LATE, SPOT, World, order, paths

D = Decimal
LEAST = D("0.02")  # of the world's instrument


def ladder(first="99", last="95", count=5, size="5", side=Side.BUY, about=ABOUT, terms=(), **more):
    asked = order("limit", side, size=size, price=D(last), **dict(terms))
    return scale(asked, about, first=D(first), last=D(last), count=count, **more)


def resting(world):
    spec = world.spec
    return sorted((spec.price(o.limit), spec.size(o.size - o.filled)) for o in open_(world))


def open_(world):
    return world.account.open.values()


@settings(max_examples=200)
@given(
    count=st.integers(1, 30),
    lots=st.integers(1, 5000),
    percent=st.integers(1, 1000),
    shape=st.sampled_from(["linear", "geometric"]),
    least=st.integers(1, 5),
    side=st.sampled_from(Side),
)
def test_sizes_sum_to_the_whole_in_lots_each_large_enough(count, lots, percent, shape, least, side):
    about = msgspec.structs.replace(ABOUT, min_size=D(least) / 100)
    asked = {"first": "60", "last": "90", "count": count, "size": str(D(lots) / 100)}
    if count * least > lots:
        with pytest.raises(ValueError, match="fewer steps"):
            ladder(**asked, about=about)
        return
    factor = D(percent) / 100
    work = ladder(**asked, about=about, factor=factor, shape=shape, side=side)
    sizes = [step.size for step in work.steps]
    assert sum(sizes) == work.size
    assert all(on_grid(size, D("0.01")) and size >= about.min_size for size in sizes)
    assert all(on_grid(step.price, D("0.5")) for step in work.steps)
    growing = sizes if factor >= 1 else sizes[::-1]
    assert all(after - before >= D("-0.01") for before, after in zip(growing, growing[1:]))  # noqa: B905, RUF007


def test_shapes_are_what_they_say():
    even = ladder(size="10")
    assert [(step.price, step.size) for step in even.steps] == [
        (price, 2) for price in (99, 98, 97, 96, 95)
    ]
    linear = ladder(size="15", factor=D(5))
    assert [step.size for step in linear.steps] == [1, 2, 3, 4, 5]
    geometric = ladder(size="31", factor=D(16), shape="geometric")
    assert [step.size for step in geometric.steps] == [1, 2, 4, 8, 16]
    raised = ladder(size="0.12", factor=D(50), shape="geometric")
    assert [step.size for step in raised.steps] == [D("0.02")] * 4 + [D("0.04")]


@settings(max_examples=50, deadline=None)
@given(
    path=paths(40),
    takes=st.lists(st.integers(1, 200), min_size=40, max_size=40),
    trouble=st.sampled_from([None, LATE]),
    pauses=st.sets(st.integers(0, 39)),
    seed=st.integers(0, 99),
    side=st.sampled_from(Side),
    post_only=st.booleans(),
)
def test_it_rests_for_what_it_lacks_and_never_more(
    path, takes, trouble, pauses, seed, side, post_only
):
    world = World(seed, trouble)
    prices = ("99", "95") if side is Side.BUY else ("101", "105")
    work = ladder(*prices, size="4.37", side=side, terms={"post_only": post_only}, factor=D(3))
    world.driver.start(work)
    now = lambda: world.driver.works[work.id]  # noqa: E731
    for number, ((move, taker), size) in enumerate(zip(path, takes, strict=False)):
        if number in pauses and not now().done:
            world.driver.tell(work.id, Pause())
        world.quote(max(20, world.ticks + move))
        world.trade(taker, size)
        world.driver.advance(SECOND // 5)
        if now().phase is Phase.PAUSED:
            assert not open_(world)
            world.driver.tell(work.id, Continue())
        out = sum((world.spec.size(o.size - o.filled) for o in open_(world)), D(0))
        filled = sum((one for _, _, one in world.fills()), D(0))
        assert filled + out <= D("4.37")
    assert not post_only or all(fill.maker for fill in world.driver.fills)
    world.quote(60 if side is Side.BUY else 400)
    for _ in range(20):  # those that would take wait: the market has to come to them
        world.quote(300 if side is Side.BUY else 60)
        world.driver.advance(SECOND)
        world.quote(100 if side is Side.BUY else 400)
        world.driver.advance(SECOND)
    filled = sum((one for _, _, one in world.fills()), D(0))
    assert now().filled == filled
    assert now().done
    assert filled > D("4.37") - LEAST
    worst = max if side is Side.BUY else min
    assert worst([price for _, price, _ in world.fills()]) == D(prices[0]) or not post_only


def test_a_pause_withdraws_and_what_is_too_little_joins_its_neighbour():
    world = World()
    work = ladder()
    world.driver.start(work)
    assert resting(world) == [(D(price), 1) for price in (95, 96, 97, 98, 99)]
    world.trade(Side.SELL, 2 * world.depth + 99)  # the house first; then 0.99 of our 99
    assert resting(world)[-1] == (99, D("0.01"))
    world.quote(200)
    world.driver.tell(work.id, Pause())
    assert not open_(world)
    world.driver.tell(work.id, Continue())
    assert resting(world) == [(95, 1), (96, 1), (97, 1), (98, D("1.01"))]
    assert world.driver.works[work.id].left == 0
    world.driver.tell(work.id, Stop())
    assert world.driver.works[work.id].reason == "cancelled by the desk; 4.01 was not done"


def test_a_step_that_would_take_waits_for_the_market():
    world = World()
    work = ladder("102", "98", terms={"post_only": True})
    world.driver.start(work)
    assert [price for price, _ in resting(world)] == [98, 99, 100]
    world.quote(206)
    world.driver.advance(SECOND)
    assert [price for price, _ in resting(world)] == [98, 99, 100, 101, 102]
    assert not world.fills()


def test_it_ends_at_its_time_and_takes_no_change():
    world = World()
    until = Nanos(world.clock.now_ns() + 5 * SECOND)
    work = ladder(terms={"time_in_force": TimeInForce.GTD, "expire_ns": until})
    world.driver.start(work)
    with pytest.raises(ValueError, match="takes no changes"):
        world.driver.tell(work.id, Change(price=D(1)))
    world.driver.advance(6 * SECOND)
    assert world.driver.works[work.id].status is OrderStatus.EXPIRED
    assert not open_(world)
    progress = world.driver.works[work.id].progress(world.clock.now_ns())
    assert (progress.expected, progress.ahead, progress.market_twap) == (None, None, 100)


def test_planned_is_what_is_placed():
    world = World()
    work = ladder(size="15", factor=D(5))
    planned = work.planned(world.driver[SPOT])
    world.driver.start(work)
    assert [(p.price, p.size) for p in planned] == [
        (sent.price, sent.size) for sent in world.driver.placed
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"count": 0}, "0 steps"),
        ({"count": 101}, "101 steps"),
        ({"count": 12}, "only 9 prices"),
        ({"size": "0.05"}, "fewer steps"),
        ({"size": "5.005"}, "no multiple of 0.01"),
        ({"factor": D(0)}, "above 0"),
        ({"first": "-1"}, "above 0"),
    ],
)
def test_what_makes_no_ladder_says_so(words, said):
    with pytest.raises(ValueError, match=said):
        ladder(**words)
