"""Schedules on the sandbox's engine in virtual time: on time, to the lot, and no burst."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.execution.algorithms import scheduled
from argosy.execution.work import Change, Continue, Pause, Phase, Stop
from argosy.model import OrderStatus, Side
from argosy.model.money import floor_to
from execution.emulated.worlds import LATE, SPOT, World, order, paths

D = Decimal
EVEN = (D(1),) * 10


def begun(world: World, shares=EVEN, size="10", price=None, interval="1", side=Side.BUY, **more):
    kind = {"price": D(price)} if price else {}
    asked = order("limit" if price else "market", side, size=size, **kind)
    work = scheduled(asked, shares, D(interval), "twap", **more)
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


@given(st.integers(1, 400), st.integers(1, 400))
def test_shares_of_whole_lots_are_whole_lots(parts, lots) -> None:
    """A third of 9 is 3, not a lot less for want of digits."""
    size = D(parts * lots) / 100
    asked = order("market", Side.BUY, size=str(size))
    work = scheduled(asked, (D(1),) * parts, D(1), "twap")
    assert [floor_to(target * size, D("0.01")) for target in work.targets] == [
        D(number * lots) / 100 for number in range(1, parts + 1)
    ]
    assert work.targets[-1] == 1


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
    with pytest.raises(ValueError, match="only the limit"):
        work().receive(Change(size=D(2)), world.driver)
    world.driver.tell(work().id, Stop())
    assert work().status is OrderStatus.CANCELLED


# --- jitter ---------------------------------------------------------------------------------------


def placed_at(seed, jitter, trouble=None):
    """When each part was placed, in intervals of a second since the beginning."""
    world = World(seed=1, trouble=trouble)
    start_ns, times = world.clock.now_ns(), []
    place = world.engine.place

    def noted(account, request):
        times.append((world.clock.now_ns() - start_ns) / 10**9)
        return place(account, request)

    world.engine.place = noted
    work = begun(world, jitter=jitter, seed=seed)
    world.driver.advance(12 * 10**9)
    assert work().status is OrderStatus.FILLED
    return times


@settings(max_examples=25, deadline=None)
# Reports are up to 90 ms late, and a part waits for the one before: so there is room between them.
@given(seed=st.integers(0, 1 << 32), percent=st.integers(1, 90))
def test_jitter_is_late_by_its_share_at_most_and_repeatable(seed, percent) -> None:
    times = placed_at(seed, D(percent) / 100)
    assert len(times) == 10
    late = [when - number for number, when in enumerate(times)]
    assert all(0 <= one < percent / 100 for one in late)
    assert len(set(late)) > 1
    assert placed_at(seed, D(percent) / 100) == times
    assert placed_at(seed, D(percent) / 100, LATE) == times  # whatever restarts
    assert placed_at(seed + 1, D(percent) / 100) != times


# --- offered first --------------------------------------------------------------------------------


def test_a_part_is_offered_and_its_rest_is_taken() -> None:
    world = World()
    work = begun(world, shares=(D(1), D(1)), size="4", passive=True, post_only=True)
    (offered,) = world.account.open.values()
    assert world.spec.price(offered.limit) == D("99.5")  # the best bid
    assert work().filled == 0
    world.trade(Side.SELL, world.depth + 50)  # half a unit of ours, behind the house's
    assert work().filled == D("0.5")
    world.quote(200)
    world.driver.advance(10**9 - 1)
    assert work().filled == D("0.5")
    world.driver.advance(1)
    assert work().filled == 2  # the rest at the offer, then the second part is offered
    (offered,) = world.account.open.values()
    assert world.spec.size(offered.size) == 2
    world.driver.advance(10**9)
    assert work().status is OrderStatus.FILLED
    assert [fill.maker for fill in world.driver.fills] == [True, False, False]


@settings(max_examples=40, deadline=None)
@given(
    shares=st.lists(st.integers(0, 9), min_size=1, max_size=8).filter(any),
    lots=st.integers(2, 2000),
    path=paths(30, 2),
    seed=st.integers(0, 99),
    side=st.sampled_from(Side),
)
def test_offering_does_every_size_and_never_more(shares, lots, path, seed, side) -> None:
    world = World(seed=seed, trouble=LATE)
    work = begun(
        world, shares=tuple(map(D, shares)), size=str(D(lots) / 100), side=side, passive=True
    )
    for move, taker in path:
        world.quote(max(20, world.ticks + move))
        world.trade(taker, 10)
        world.driver.advance(3 * 10**8)
    world.driver.advance((len(shares) + 2) * 10**9)
    assert work().done
    assert not world.account.open
    filled = sum((size for _, _, size in world.fills()), D(0))
    assert filled == work().filled == D(lots) / 100
    assert all(placed.size >= D("0.02") for placed in world.driver.placed)


def test_nothing_is_offered_in_a_market_that_is_not_seen() -> None:
    world = World()
    work = begun(world, passive=True)
    assert len(world.account.open) == 1
    world.driver.lose(SPOT)
    assert not world.account.open
    world.driver.advance(3 * 10**9)
    assert work().filled == 0
    world.driver.restore(SPOT)
    world.driver.advance(0)
    assert work().filled == 1  # the rest of the first part, taken; the next is offered
    assert len(world.account.open) == 1


# --- against the market ---------------------------------------------------------------------------


def test_benchmarks_are_of_what_was_watched() -> None:
    world = World()
    work = begun(world, interval="20")
    world.driver.advance(2 * 10**9)
    world.quote(220)  # the mid is 110 from here on
    world.driver.advance(10**9)
    now = world.clock.now_ns
    assert work().progress(now()).market_twap == (100 * 2 + 110) / D(3)
    world.driver.tell(work().id, Pause())
    world.quote(600)
    world.driver.advance(50 * 10**9)
    world.quote(220)
    world.driver.tell(work().id, Continue())
    world.driver.advance(10**9)
    progress = work().progress(now())
    assert progress.market_twap == (100 * 2 + 110 * 2) / D(4)
    assert progress.arrival_mid == 100
    bought = [(price, size) for _, price, size in world.fills()]
    volume = sum(size for _, size in bought)
    assert progress.market_vwap == sum(price * size for price, size in bought) / volume
    assert progress.against_vwap_bps == 0
    assert progress.against_twap_bps > 0
    world.driver.tell(work().id, Stop())
    world.driver.advance(10**12)
    assert work().progress(now()).market_twap == progress.market_twap  # it has ended


def test_planned_is_what_is_done() -> None:
    for more in ({}, {"jitter": D("0.5"), "seed": 4}):
        world = World()
        shares = (D(1), D(7), D(0), D("0.01"), D(3))
        work = begun(world, shares=shares, size="1", **more)
        fresh = scheduled(order("market", Side.BUY), shares, D(1), "twap", **more)
        planned = fresh.planned(world.driver[SPOT])
        assert sum(part.size for part in planned) == 1
        world.driver.advance(6 * 10**9)
        assert [part.size for part in planned] == [sent.size for sent in world.driver.placed]
        assert [int(part.after_s) for part in planned] == [0, 1, 4]
        assert work().done


@pytest.mark.parametrize(
    ("shares", "interval", "more", "said"),
    [
        ((), "1", {}, "0 parts"),
        ((D(0),), "1", {}, "not all 0"),
        ((D(-1), D(2)), "1", {}, "at least 0"),
        ((D(1),), "0", {}, "above 0"),
        ((D(1),), "1", {"jitter": D("1.1")}, "between 0 and 1"),
    ],
)
def test_what_makes_no_schedule_says_so(shares, interval, more, said) -> None:
    with pytest.raises(ValueError, match=said):
        scheduled(order("market", size="1"), shares, D(interval), "twap", **more)
