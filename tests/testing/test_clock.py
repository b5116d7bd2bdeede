"""Simulated time is deterministic and never waits."""

import asyncio
import time

from argosy.testing.clock import START_NS, LoopClock, SimulatedClock, run_simulated


async def test_sleepers_wake_in_order_at_their_own_time():
    clock = SimulatedClock()
    seen: list[tuple[str, int]] = []

    async def sleeper(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        seen.append((name, clock.monotonic_ns()))
        await clock.sleep(seconds)
        seen.append((name, clock.monotonic_ns()))

    async with asyncio.TaskGroup() as group:
        group.create_task(sleeper("slow", 3))
        group.create_task(sleeper("fast", 1))
        await clock.advance(10)
    assert seen == [
        ("fast", 1_000_000_000),
        ("fast", 2_000_000_000),
        ("slow", 3_000_000_000),
        ("slow", 6_000_000_000),
    ]
    assert clock.now_ns() == START_NS + 10_000_000_000
    assert clock.sleepers == 0


async def test_a_cancelled_sleeper_is_passed_over():
    clock = SimulatedClock()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(clock.sleep(1))
        await asyncio.sleep(0)
        task.cancel()
    await clock.advance(2)
    assert clock.monotonic_ns() == 2_000_000_000


def test_a_program_in_virtual_time_ends_at_once():
    async def main(clock: LoopClock) -> list[int]:
        marks = []

        async def each(seconds: float) -> None:
            await clock.sleep(seconds)
            marks.append(clock.monotonic_ns() // 1_000_000_000)

        async with asyncio.TaskGroup() as group:
            for seconds in (86_400, 60, 3_600):
                group.create_task(each(seconds))
        try:
            async with asyncio.timeout(5):
                await clock.sleep(1_000_000)
        except TimeoutError:
            marks.append(clock.monotonic_ns() // 1_000_000_000)
        return marks

    began = time.monotonic()
    assert run_simulated(main) == [60, 3_600, 86_400, 86_405]
    assert time.monotonic() - began < 5
