"""Requests wait their turn, urgent ones first, and never break a limit."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.errors import ConfigError, NotSent
from argosy.model import Nanos
from argosy.model.time import SECOND
from argosy.net.limits import Limiter
from argosy.testing.clock import SimulatedClock, run_simulated
from argosy.venues.catalog import Bucket

ONE_A_SECOND = Bucket(kind="sliding", max=1, window_s=1)


async def _sent(limiter: Limiter, clock, log: list, name: str, cost: dict, **how) -> None:
    await limiter.acquire(cost, **how)
    log.append((name, clock.monotonic_ns() / SECOND))


async def test_first_come_first_served_and_urgent_ahead():
    clock = SimulatedClock()
    limiter = Limiter({"place": ONE_A_SECOND}, clock)
    log: list[tuple[str, float]] = []
    async with asyncio.TaskGroup() as group:
        for name in ("a", "b", "c"):
            group.create_task(_sent(limiter, clock, log, name, {"place": 1}))
        await clock.advance(0.5)
        group.create_task(_sent(limiter, clock, log, "cancel", {"place": 1}, urgent=True))
        await clock.advance(5)
    assert log == [("a", 0), ("cancel", 1), ("b", 2), ("c", 3)]


async def test_a_request_takes_from_all_its_buckets_or_none():
    clock = SimulatedClock()
    limiter = Limiter(
        {"fast": ONE_A_SECOND, "slow": Bucket(kind="sliding", max=1, window_s=10)}, clock
    )
    log: list[tuple[str, float]] = []
    async with asyncio.TaskGroup() as group:
        group.create_task(_sent(limiter, clock, log, "slow", {"slow": 1}))
        await clock.advance(0)
        group.create_task(_sent(limiter, clock, log, "both", {"fast": 1, "slow": 1}))
        await clock.advance(0)
        assert not limiter.try_acquire({"fast": 1})  # "both" is ahead of us for it
        await clock.advance(20)
    assert log == [("slow", 0), ("both", 10)]


async def test_suffixes_count_apart_accounts_too_unless_by_ip():
    clock = SimulatedClock()
    limiter = Limiter(
        {"place": ONE_A_SECOND, "public": Bucket(kind="sliding", max=1, window_s=1, scope="ip")},
        clock,
    )
    assert limiter.try_acquire({"place/BTC-USDT": 1}, account="a")
    assert limiter.try_acquire({"place/ETH-USDT": 1}, account="a")
    assert limiter.try_acquire({"place/BTC-USDT": 1}, account="b")
    assert not limiter.try_acquire({"place/BTC-USDT": 1}, account="a")
    assert limiter.try_acquire({"public": 1}, account="a")
    assert not limiter.try_acquire({"public": 1}, account="b")


async def test_suffixes_are_bounded_and_idle_ones_make_room():
    clock = SimulatedClock()
    limiter = Limiter({"place": ONE_A_SECOND}, clock, max_suffixes=3)
    cost = [{f"place/{i}": 1.0} for i in range(4)]
    for each in cost[:3]:
        await limiter.acquire(each)
        limiter.answered(each, {})
    with pytest.raises(NotSent, match="3 rate limits"):
        await limiter.acquire(cost[3])
    await clock.advance(1)
    await limiter.acquire(cost[3])


async def test_the_queue_is_bounded():
    clock = SimulatedClock()
    limiter = Limiter({"place": ONE_A_SECOND}, clock, max_waiting=2)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(limiter.acquire({"place": 1})) for _ in range(3)]
        await clock.advance(0)
        with pytest.raises(NotSent, match="2 requests wait"):
            await limiter.acquire({"place": 1})
        await clock.advance(3)
    assert all(task.done() for task in tasks)
    assert limiter.waiting == 0


async def test_one_who_gives_up_does_not_hold_up_the_others():
    clock = SimulatedClock()
    limiter = Limiter({"place": ONE_A_SECOND}, clock)
    log: list[tuple[str, float]] = []
    await limiter.acquire({"place": 1})
    async with asyncio.TaskGroup() as group:
        leaver = group.create_task(limiter.acquire({"place": 1}))
        await clock.advance(0)
        group.create_task(_sent(limiter, clock, log, "stays", {"place": 1}))
        await clock.advance(0)
        leaver.cancel()
        await clock.advance(2)
    assert log == [("stays", 1)]


async def test_what_can_never_be_admitted_and_unknown_names_are_refused():
    limiter = Limiter({"place": ONE_A_SECOND}, SimulatedClock())
    with pytest.raises(NotSent, match="above the limit"):
        await limiter.acquire({"place": 2})
    with pytest.raises(ConfigError, match=r"'plcae'.*place"):
        await limiter.acquire({"plcae": 1})


async def test_headers_correct_the_count_keeping_what_is_under_way():
    clock = SimulatedClock()
    bucket = Bucket(kind="window", max=10, window_s=60, used_header="X-Used")
    limiter = Limiter({"weight": bucket}, clock)
    await limiter.acquire({"weight": 1})
    await limiter.acquire({"weight": 3})  # still under way
    limiter.answered({"weight": 1}, {"x-used": "6"})
    assert not limiter.try_acquire({"weight": 2})  # 6 + 3 are used
    assert limiter.try_acquire({"weight": 1})
    limiter.answered({"weight": 1}, {"x-used": "rubbish"})
    limiter.answered({"weight": 3}, {"x-used": "nan"})
    assert not limiter.try_acquire({"weight": 1})


async def test_a_remaining_header_counts_from_the_top():
    bucket = Bucket(kind="sliding", max=10, window_s=60, remaining_header="x-left")
    limiter = Limiter({"weight": bucket}, SimulatedClock())
    await limiter.acquire({"weight": 1})
    limiter.answered({"weight": 1}, {"x-left": "2"})
    assert not limiter.try_acquire({"weight": 3})
    assert limiter.try_acquire({"weight": 2})


async def test_a_closed_bucket_opens_at_its_time():
    clock = SimulatedClock()
    limiter = Limiter({"a": ONE_A_SECOND, "b": ONE_A_SECOND}, clock)
    limiter.close({"a": 1}, Nanos(clock.now_ns() + 5 * SECOND))
    assert limiter.try_acquire({"b": 1})
    log: list[tuple[str, float]] = []
    async with asyncio.TaskGroup() as group:
        group.create_task(_sent(limiter, clock, log, "a", {"a": 1}))
        await clock.advance(10)
    assert log == [("a", 5)]
    limiter.close({}, Nanos(clock.now_ns() + SECOND))
    assert not limiter.try_acquire({"b": 1})
    await clock.advance(1)
    assert limiter.try_acquire({"b": 1})


ARRIVALS = st.lists(
    st.tuples(
        st.integers(0, 4_000),  # ms
        st.booleans(),
        st.dictionaries(st.sampled_from(["a", "b", "c"]), st.sampled_from([1, 2]), min_size=1),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(ARRIVALS)
def test_whatever_arrives_all_go_and_no_limit_breaks(arrivals: list):
    buckets = {
        "a": Bucket(kind="sliding", max=2, window_s=1),
        "b": Bucket(kind="window", max=3, window_s=2),
        "c": Bucket(kind="decay", max=4, decay_per_s=1),
    }

    async def main(clock) -> list[tuple[int, bool, int, dict]]:
        limiter = Limiter(buckets, clock)
        sent = []

        async def one(at_ms: int, urgent: bool, cost: dict) -> None:
            await clock.sleep(at_ms / 1000)
            arrived = clock.monotonic_ns()
            await limiter.acquire(cost, urgent=urgent)
            sent.append((arrived, urgent, clock.monotonic_ns(), cost))

        async with asyncio.TaskGroup() as group:
            for arrival in arrivals:
                group.create_task(one(*arrival))
        return sent

    sent = run_simulated(main)
    assert len(sent) == len(arrivals)
    slack = 1_000  # the loop's time is a float
    for *_, at, _cost in sent:
        inside = [c.get("a", 0) for *_, when, c in sent if at - SECOND + slack < when <= at]
        assert sum(inside) <= 2
    level, last = 0.0, 0
    for *_, at, cost in sent:
        level = max(0.0, level - (at - last) / SECOND) + cost.get("c", 0)
        last = at
        assert level <= 4 + 1e-5
    for early in sent:  # nobody is overtaken by an equal for the same bucket
        for late in sent:
            same = early[3].keys() & late[3].keys()
            if same and early[0] < late[0] and early[1] >= late[1]:
                assert early[2] <= late[2]
