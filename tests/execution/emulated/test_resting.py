"""Icebergs, pegged orders, and limit orders that are taken back: GTD, IOC, reduce-only."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.execution.emulated import Declared, Iceberg
from argosy.execution.emulated.iceberg import share
from argosy.execution.work import Change, Pause, Reprice, Stop
from argosy.model import (
    MarginMode,
    OffsetUnit,
    OrderStatus,
    Peg,
    PegTo,
    Side,
    TimeInForce,
)
from argosy.model.time import MILLISECOND, SECOND
from argosy.testing.works import Trouble, request_of
from execution.emulated.worlds import (
    ABOUT,
    BARE,
    LATE,
    STEP_NS,
    SWAP,
    World,
    order,
    paths,
    worked,
)

D = Decimal
sizes = st.lists(st.integers(1, 40), min_size=1, max_size=40)


# --- iceberg --------------------------------------------------------------------------------------


def iceberg(**more):
    return order("iceberg", price=D(101), display_size=D("0.3"), **more)


@given(takes=st.lists(st.integers(1, 30), min_size=1, max_size=30), seed=st.integers(0, 9))
def test_iceberg_as_the_native_one_while_takers_take_what_they_see(takes, seed):
    """Where no taker is larger than what shows, and waits for the refill, fills are the same."""
    there, here = World(), World(seed, LATE)
    there.native(iceberg())
    here.driver.start(worked(here, iceberg()))
    for size in takes:
        for world in (there, here):
            world.quote(202)  # ours is the best offer
            shown = [o.shown for o in world.account.open.values()]
            world.trade(Side.BUY, min([size, *shown]))
            world.driver.advance(STEP_NS)
        assert [o.shown for o in here.account.open.values()] == [
            o.shown for o in there.account.open.values()
        ]
    assert here.fills() == there.fills()


@given(path=paths(), takes=sizes, seed=st.integers(0, 99), trouble=st.sampled_from([None, LATE]))
def test_iceberg_shows_no_more_than_it_may_and_refills_when_done(path, takes, seed, trouble):
    world = World(seed, trouble)
    asked = iceberg(size="2.17", display_variance=D("0.4"))
    work = worked(world, asked, seed=seed)
    world.driver.start(work)
    for step, size in zip(path, takes, strict=False):
        world.quote(max(10, world.ticks + step[0]))
        world.trade(step[1], size)
        world.driver.advance(STEP_NS)
        shown = list(world.account.open.values())
        assert len(shown) <= 1
        assert all(world.spec.size(o.size) <= D("0.42") for o in shown)
    world.quote(300)
    world.driver.advance(60 * STEP_NS)
    assert sum(size for _, _, size in world.fills()) == D("2.17")
    assert world.driver.works[work.id].status is OrderStatus.FILLED
    assert all(placed.size >= ABOUT.min_size for placed in world.driver.placed)
    slices = [placed.size for placed in world.driver.placed]
    again = World()
    again.driver.start(worked(again, asked, seed=seed))
    again.quote(300)
    again.driver.advance(60 * STEP_NS)
    assert [placed.size for placed in again.driver.placed] == slices


@given(
    size=st.integers(2, 300),
    display=st.integers(1, 300),
    variance=st.none() | st.decimals("0.01", "0.99", places=2),
    seed=st.integers(),
)
def test_no_slice_is_too_small_and_none_leaves_too_little(size, display, variance, seed):
    asked = order(
        "iceberg",
        size=str(D(size) / 100),
        price=D(101),
        display_size=D(display) / 100,
        display_variance=variance,
    )
    work = worked(World(), asked, seed=seed)
    first = work.slice_size(ABOUT)
    rest = work.size - first
    assert first >= ABOUT.min_size
    assert rest == 0 or rest >= ABOUT.min_size
    most = max(ABOUT.min_size, asked.display_size * (1 + (variance or 0)))
    assert first <= most or first < 2 * ABOUT.min_size


def test_shares_are_spread_and_repeatable():
    shares = [share(7, number) for number in range(400)]
    assert shares == [share(7, number) for number in range(400)]
    assert -1 <= min(shares) < D("-0.9")
    assert D("0.9") < max(shares) < 1
    assert abs(sum(shares)) < 60  # the sum of 400 such numbers has a deviation of 11.5


def test_a_slice_that_may_not_take_is_tried_again():
    world = World()
    asked = iceberg(post_only=True)
    world.quote(206)  # bids at 102.5: our 101 would take
    world.driver.start(worked(world, asked))
    assert not world.fills()
    world.quote(200)
    world.driver.advance(4 * SECOND)
    assert len(world.account.open) == 1


# --- pegged ---------------------------------------------------------------------------------------


def pegged(side=Side.BUY, limit=None, *, post_only=True, **peg):
    return order("pegged", side, price=limit, post_only=post_only, peg=Peg(**peg))


def resting(world):
    return [world.spec.price(o.limit) for o in world.account.open.values()]


@given(
    path=paths(),
    side=st.sampled_from(Side),
    to=st.sampled_from(PegTo),
    offset=st.integers(-3, 5),
    limit=st.none() | st.integers(190, 210).map(lambda ticks: D(ticks) / 2),
    trouble=st.sampled_from([None, LATE]),
    amends=st.booleans(),
)
def test_pegged_keeps_its_distance_and_never_takes(path, side, to, offset, limit, trouble, amends):
    world = World(1, trouble)
    asked = pegged(
        side, limit, to=to, offset=D(offset), offset_unit=OffsetUnit.TICKS, min_interval_ms=0
    )
    declared = Declared(types=BARE.types, flags=("post_only",), prices=BARE.prices, amends=amends)
    work = worked(world, asked, declared)
    world.driver.start(work)
    for step in path:
        world.quote(max(20, world.ticks + step[0]))
        world.driver.advance(STEP_NS * 4)
        prices = resting(world)
        assert len(prices) <= 1
        if limit is not None:
            assert all(p <= limit if side is Side.BUY else p >= limit for p in prices)
    assert all(fill.maker for fill in world.driver.fills)


def test_pegged_follows_as_far_and_as_often_as_it_may():
    world = World()
    work = worked(world, pegged(min_move_ticks=2, min_interval_ms=1000))
    world.driver.start(work)
    assert resting(world) == [D("99.5")]
    world.quote(201)  # one tick up: not worth it
    world.driver.advance(2 * SECOND)
    assert resting(world) == [D("99.5")]
    world.quote(203)
    assert resting(world) == [D(101)]  # the last change was two seconds ago
    world.quote(207)
    assert resting(world) == [D(101)]
    world.driver.advance(999 * MILLISECOND)
    assert resting(world) == [D(101)]
    world.driver.advance(MILLISECOND)
    assert resting(world) == [D(103)]


def test_pegged_does_not_follow_itself():
    """A tick better than the best of its side: alone there, it stays where it is."""
    world = World()
    world.quote(200, spread=5)
    offset = {"offset": D(-1), "offset_unit": OffsetUnit.TICKS, "min_interval_ms": 0}
    world.driver.start(worked(world, pegged(**offset)))
    world.driver.advance(SECOND)
    assert resting(world) == [D(98)]
    world.quote(202, spread=5)  # others come to 98.5
    world.driver.advance(SECOND)
    assert resting(world) == [D(99)]


def test_pegged_is_withdrawn_once_prices_are_too_old():
    world = World()
    world.driver.start(worked(world, pegged(stale_s=3)))
    world.driver.lose(world.instrument)
    world.driver.advance(2 * SECOND)
    assert resting(world) == [D("99.5")]
    world.driver.advance(SECOND)
    assert not resting(world)
    world.quote(210)
    world.driver.restore(world.instrument)
    world.driver.advance(SECOND)
    assert resting(world) == [D("104.5")]


def test_pegged_amends_where_it_can_and_replaces_what_does_not_follow():
    world = World()
    declared = Declared(types=BARE.types, flags=("post_only",), amends=True)
    work = worked(world, pegged(min_interval_ms=100), declared)
    world.driver.start(work)
    world.driver.advance(SECOND)
    world.quote(204)
    world.driver.advance(SECOND)
    assert resting(world) == [D("101.5")]
    assert len(world.driver.placed) == 1
    deaf = World()
    act = deaf.driver._act
    deaf.driver._act = lambda action: None if isinstance(action, Reprice) else act(action)
    deaf.driver.start(worked(deaf, pegged(min_interval_ms=100), declared))
    deaf.driver.advance(SECOND)
    deaf.quote(204)
    deaf.driver.advance(SECOND)
    assert resting(deaf) == [D("101.5")]
    assert len(deaf.driver.placed) == 2


def test_a_chase_is_pegged_to_the_best_of_its_side():
    world = World()
    world.driver.start(worked(world, order("chase", Side.BUY)))
    world.driver.advance(SECOND)
    world.quote(208)
    world.driver.advance(SECOND)
    assert resting(world) == [D("103.5")]
    world.driver.tell("work1", Change(price=D(104)))
    world.quote(220)
    world.driver.advance(SECOND)
    assert resting(world) == [D(104)]
    with pytest.raises(ValueError, match="only the limit"):
        world.driver.tell("work1", Change(size=D(1)))
    world.driver.tell("work1", Pause())
    assert not resting(world)


# --- taken back -----------------------------------------------------------------------------------

NO_GTD = Declared(types=("market", "limit"), time_in_force=("gtc",))


@given(path=paths(), steps=st.integers(1, 20), away=st.integers(-4, 4), seed=st.integers(0, 9))
def test_gtd_as_the_native_one(path, steps, away, seed):
    there, here = World(), World(seed, LATE)
    asked = order(
        "limit",
        price=D(100) + D(away) / 2,
        time_in_force=TimeInForce.GTD,
        expire_ns=there.clock.now_ns() + steps * STEP_NS - STEP_NS // 2,
    )
    there.native(asked)
    here.driver.start(worked(here, asked, NO_GTD))
    for world in (there, here):
        world.walk(path)
        world.driver.advance(30 * STEP_NS)
    assert here.fills() == there.fills()
    status = here.driver.works[asked.client_id].status
    filled = sum(size for _, _, size in here.fills()) == 1
    assert status is (OrderStatus.FILLED if filled else OrderStatus.EXPIRED)
    assert not here.account.open


@given(away=st.integers(-6, 6), size=st.integers(2, 50), seed=st.integers(0, 9))
def test_ioc_as_the_native_one(away, size, seed):
    there, here = World(depth=10), World(seed, LATE, depth=10)
    asked = order(
        "limit", size=str(D(size) / 100), price=D(100) + D(away) / 2,
        time_in_force=TimeInForce.IOC,
    )  # fmt: skip
    there.native(asked)
    here.driver.start(worked(here, asked, NO_GTD))
    here.driver.advance(STEP_NS)
    assert here.fills() == there.fills()
    assert not here.account.open
    assert here.driver.works[asked.client_id].done


def test_an_ioc_may_fill_until_its_cancellation_arrives():
    """The bound: it stands for as long as a cancellation takes, for its size and no more."""
    world = World(trouble=Trouble(reach_ns=STEP_NS))
    asked = order("limit", price=D(101), time_in_force=TimeInForce.IOC)
    world.driver.start(worked(world, asked, NO_GTD))
    assert world.driver.works[asked.client_id].live
    world.driver.advance(STEP_NS)
    assert not world.account.open
    assert world.driver.works[asked.client_id].status is OrderStatus.CANCELLED


def test_reduce_only_is_cut_to_the_position():
    world = World(instrument=SWAP)
    world.engine.place(
        world.account,
        request_of(order("market", Side.BUY, SWAP, size="3")),
    )
    world.driver.run()
    declared = Declared(types=("market", "limit"), flags=("margin_mode",), positions=True)
    asked = order(
        "market", Side.SELL, SWAP, size="5", reduce_only=True, margin_mode=MarginMode.CROSS
    )
    world.driver.start(worked(world, asked, declared))
    assert world.driver[SWAP].position == 0
    done = world.driver.works[asked.client_id]
    assert (done.status, done.filled, done.reason) == (
        OrderStatus.CANCELLED,
        D(3),
        "no position to reduce",
    )


def test_stopping_withdraws():
    world = World()
    asked = iceberg()
    world.driver.start(worked(world, asked))
    assert isinstance(world.driver.works[asked.client_id], Iceberg)
    world.driver.tell(asked.client_id, Stop("enough"))
    assert not world.account.open
    assert world.driver.works[asked.client_id].reason == "enough"


def test_kraken_s_iceberg_comes_in_steps_of_what_it_displays():
    """Kraken's support page (read 2026-11): the display size is filled, then revealed again in the
    same steps, until the whole is done; it may be no less than a fifteenth of the whole.
    """
    world = World()
    asked = order("iceberg", size="1.5", price=D(101), display_size=D("0.1"))
    world.driver.start(worked(world, asked))
    shown = []
    for _ in range(15):
        (resting_order,) = world.account.open.values()
        shown.append(world.spec.size(resting_order.size))
        world.quote(202, spread=2)
        world.trade(Side.BUY, 10)  # a taker of exactly what is shown
        world.driver.advance(STEP_NS)
    assert shown == [D("0.1")] * 15
    assert sum(size for _, _, size in world.fills()) == D("1.5")
    assert world.driver.works[asked.client_id].status is OrderStatus.FILLED


def test_a_peg_that_was_filled_in_part_and_would_have_taken_goes_on():
    """The market comes nearer while an amendment is on its way: the venue takes the order out."""
    world = World()
    declared = Declared(types=BARE.types, flags=("post_only",), amends=True)
    work = worked(world, pegged(min_interval_ms=100), declared)
    world.driver.start(work)
    world.driver.advance(SECOND)
    (resting_order,) = world.account.open.values()
    listing = world.engine.listings[world.instrument]
    for level in list(listing.book.side(Side.BUY)):
        if level.house is not None:
            world.engine.quote(world.instrument, Side.BUY, level.price, 0)
    world.trade(Side.SELL, 40)
    assert 0 < world.driver.works[work.id].filled < 1
    world.engine.cancel(resting_order)  # as the venue does where it would take
    world.engine.settle_down()
    world.driver.run()
    world.quote(200)
    world.driver.advance(4 * SECOND)
    assert not world.driver.works[work.id].done
    assert len(world.account.open) == 1
