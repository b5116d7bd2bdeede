"""Faults at every point of a feed's life, seeded: it always comes back, whole and alone."""

import asyncio
import random
from typing import Any

import pytest

from argosy.errors import NotSent, OutcomeUnknown, VenueError
from argosy.model import CommandDone
from net.running import PRIVATE, running
from net.sessions import ok, until, venue

FAULTS = ("drop", "close", "gap", "bug x", "bad", "renew", "resync")


def _strike(fault: str, it: Any, peer: Any) -> None:
    if fault == "drop":
        peer.drop()
    elif fault == "close":
        peer.transport.send_close()
    elif fault == "resync":
        it.runner.resync()
    else:
        peer.say(fault)


@pytest.mark.parametrize("seed", range(8))
async def test_after_any_faults_one_live_connection_remains(seed: int):
    rng = random.Random(seed)
    async with venue() as there, running(there.url) as it:
        for _ in range(25):
            open_peers = [peer for peer in there.peers if peer.open]
            if open_peers:
                _strike(rng.choice(FAULTS), it, rng.choice(open_peers))
            await asyncio.sleep(rng.choice([0, 0, 0.002, 0.01]))
        await asyncio.sleep(0.2)  # hand-overs and their drains come to an end
        await until(lambda: it.runner.ready and sum(peer.open for peer in there.peers) == 1)
        assert it.runner.shelf.only.live
        for peer in there.peers:
            peer.say("trade 999")
        await until(lambda: 999 in it.trades())
        await asyncio.sleep(0.02)
        assert it.trades().count(999) == 1
        assert len(it.runner._open) == 1
        assert it.runner._calls == 0


@pytest.mark.parametrize("nth", range(1, 8))
async def test_a_hand_over_with_a_drop_at_every_frame_ends_in_one_of_the_two(nth: int):
    """The second connection gets: book 0, trade 1..4, ok; it breaks before the nth of these."""
    frames = ["book 0", "trade 1", "trade 2", "trade 3", "trade 4", "ok"]
    async with venue() as there, running(there.url) as it:
        first = it.runner.shelf.only

        def second(peer: Any, text: str) -> None:
            for number, frame in enumerate(frames, 1):
                if number == nth:
                    peer.transport.disconnect()
                    return
                peer.say(frame)

        there.on_text = second
        it.runner.renew()
        await until(lambda: len(there.peers) == 2)
        if nth <= len(frames):
            await until(lambda: not there.peers[1].open)
            await asyncio.sleep(0.02)
            there.on_text = ok
            assert it.runner.shelf.only is first
            assert it.trades() == []  # the second's events are not told before it is in use
        else:
            await until(lambda: it.runner.stats.handovers == 1)
            assert it.trades() == [1, 2, 3, 4]
        assert it.runner.ready
        assert not it.gaps()


@pytest.mark.parametrize("seed", range(6))
async def test_every_command_ends_as_exactly_what_happened(seed: int):
    """Whatever breaks: 'not sent' was never received, and an answer is the venue's own."""
    rng = random.Random(seed)
    received: set[str] = set()

    def text(peer: Any, text: str) -> None:
        word, _, command_id = text.partition(" ")
        if word == "subscribe":
            peer.say("ok")
            return
        received.add(command_id)
        chance = rng.random()
        if chance < 0.6:
            peer.say(f"done {command_id}")
        elif chance < 0.8:
            peer.say(f"refuse {command_id}")
        elif chance < 0.9:
            peer.drop()

    endings: dict[str, str] = {}

    async def command(runner: Any, command_id: str) -> None:
        try:
            done = await runner.place(None, command_id, timeout_s=0.3)
            assert isinstance(done, CommandDone)
            assert done.command_id == command_id
            endings[command_id] = "done"
        except (VenueError, NotSent, OutcomeUnknown) as e:
            endings[command_id] = type(e).__name__

    async with venue() as there:
        there.on_text = text
        async with running(there.url, plan=PRIVATE) as it, asyncio.TaskGroup() as group:
            for number in range(60):
                group.create_task(command(it.runner, f"c{number}"))
                if rng.random() < 0.1:
                    it.runner.renew()
                await asyncio.sleep(rng.choice([0, 0.001, 0.01]))
        assert len(it.runner._commands) == 0
    assert len(endings) == 60
    for command_id, ending in endings.items():
        if ending == "NotSent":
            assert command_id not in received
        elif ending in {"done", "InvalidOrder"}:
            assert command_id in received
    assert {"done", "OutcomeUnknown"} <= set(endings.values())
