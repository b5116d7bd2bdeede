"""Nonces only rise: whatever the clock does, whenever we die."""

import asyncio
from pathlib import Path

import pytest

from argosy.errors import ConfigError
from argosy.net.nonces import Nonces
from argosy.testing.clock import SimulatedClock


async def test_they_rise_over_steps_of_the_clock():
    clock = SimulatedClock()
    nonces = Nonces(clock)
    seen = [await nonces.next()]
    clock.step_wall(-1_000)
    seen += [await nonces.next(), await nonces.next()]
    clock.step_wall(2_000)
    seen.append(await nonces.next())
    assert seen == sorted(set(seen))
    assert seen[-1] == clock.now_ns()


async def test_they_rise_over_restarts_even_when_the_clock_fell_back(tmp_path: Path):
    path = tmp_path / "nonce"
    clock = SimulatedClock()
    seen: list[int] = []
    for _ in range(5):  # five lives, each ended without a word
        nonces = Nonces(clock, path)
        seen += [await nonces.next() for _ in range(3)]
        clock.step_wall(-100)
    assert seen == sorted(set(seen))


async def test_they_rise_under_concurrent_use(tmp_path: Path):
    nonces = Nonces(SimulatedClock(), tmp_path / "nonce")
    seen = await asyncio.gather(*(nonces.next() for _ in range(200)))
    assert seen == sorted(set(seen))


async def test_the_mark_is_written_once_a_minute_at_most(tmp_path: Path):
    path = tmp_path / "nonce"
    clock = SimulatedClock()
    nonces = Nonces(clock, path)
    marks = set()
    for _ in range(120):
        nonce = await nonces.next()
        marks.add(path.read_text())
        assert nonce < int(path.read_text())
        await clock.advance(1)
    assert len(marks) <= 3


def test_a_damaged_file_is_told(tmp_path: Path):
    path = tmp_path / "nonce"
    path.write_text("half a num")
    with pytest.raises(ConfigError, match="half a num"):
        Nonces(SimulatedClock(), path)
