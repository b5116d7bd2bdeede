"""Commands that wait for an answer: answered, lost with their connection, or refused at once."""

import asyncio
from typing import Any

import pytest

from argosy.errors import InvalidOrder, NotSent, OutcomeUnknown, Unsupported
from argosy.model import CommandDone, Nanos, VenueId
from argosy.net.clock import SystemClock
from argosy.net.commands import Commands
from argosy.net.limits import Limiter
from argosy.venues.catalog import Bucket
from net.running import PRIVATE, running
from net.servers import closed_port
from net.sessions import Venue, until, venue


def done(command_id: str) -> CommandDone:
    return CommandDone(venue=VenueId("test"), command_id=command_id, received_ns=Nanos(1))


async def test_answers_find_their_commands():
    commands = Commands()
    one, two = commands.expect("1", "a"), commands.expect("2", "a")
    commands.done(done("2"))
    commands.done(done("unheard of"))
    assert (await two).command_id == "2"
    assert not one.done()
    assert commands.waiting_on("a") == 1
    commands.forget("1")
    commands.forget("2")
    assert len(commands) == 0
    one.cancel()


async def test_only_what_went_over_a_lost_connection_is_unknown():
    commands = Commands()
    one, two = commands.expect("1", "a"), commands.expect("2", "b")
    commands.lost("a", "dropped")
    with pytest.raises(OutcomeUnknown, match="dropped"):
        await one
    assert not two.done()
    two.cancel()
    await asyncio.sleep(0)


async def test_ids_are_used_once_and_their_number_is_bounded():
    commands = Commands(max_pending=1)
    future = commands.expect("1", "a")
    with pytest.raises(NotSent, match="under way"):
        commands.expect("1", "a")
    with pytest.raises(NotSent, match="1 commands wait"):
        commands.expect("2", "a")
    future.cancel()


# --- over a real connection ---


def _trading(there: Venue, reply: str) -> None:
    def text(peer: Any, text: str) -> None:
        word, _, command_id = text.partition(" ")
        if word == "subscribe":
            peer.say("ok")
        elif reply == "drop":
            peer.drop()
        elif reply:
            peer.say(f"{reply} {command_id}")

    there.on_text = text


async def test_commands_get_their_answers():
    async with venue() as there:
        _trading(there, "done")
        async with running(there.url, plan=PRIVATE) as it:
            done = await asyncio.gather(*(it.runner.place(None, f"c{i}") for i in range(20)))
            assert [each.command_id for each in done] == [f"c{i}" for i in range(20)]
            _trading(there, "refuse")
            with pytest.raises(InvalidOrder):
                await it.runner.cancel(None, "x")
            with pytest.raises(Unsupported):
                await it.runner.amend("odd", "y")


async def test_commands_count_in_the_venues_buckets_and_cancels_go_first():
    clock = SystemClock()
    limiter = Limiter({"orders": Bucket(kind="sliding", max=1, window_s=0.2)}, clock)
    cost = {"orders/BTC": 1.0}
    async with venue() as there:
        _trading(there, "done")
        async with running(there.url, plan=PRIVATE, limiter=limiter) as it:
            await it.runner.place(None, "a", cost=cost)
            with pytest.raises(NotSent, match="no room"):
                await it.runner.place(None, "never", cost=cost, timeout_s=0.02)
            async with asyncio.TaskGroup() as group:
                group.create_task(it.runner.place(None, "b", cost=cost))
                await asyncio.sleep(0)
                group.create_task(it.runner.cancel(None, "c", cost=cost))
        assert there.peers[0].received == ["subscribe", "place a", "place c", "place b"]


async def test_a_command_without_answer_is_unknown():
    async with venue() as there:
        _trading(there, "")
        async with running(there.url, plan=PRIVATE) as it:
            with pytest.raises(OutcomeUnknown, match=r"within 0.05 s"):
                await it.runner.place(None, "a", timeout_s=0.05)
            waiting = asyncio.get_running_loop().create_task(it.runner.place(None, "b"))
            await until(lambda: "place b" in there.peers[0].received)
            with pytest.raises(NotSent, match="under way"):
                await it.runner.place(None, "b")
            there.peers[0].drop()
            with pytest.raises(OutcomeUnknown, match="connection lost"):
                await waiting


async def test_a_command_with_no_connection_is_not_sent():
    async with running(f"ws://127.0.0.1:{closed_port()}/", ready=False, plan=PRIVATE) as it:
        await until(lambda: it.runner.stats.failures)
        with pytest.raises(NotSent, match="not ready"):
            await it.runner.place(None, "a")


async def test_a_command_under_way_at_a_hand_over_still_gets_its_answer():
    async with venue() as there:
        _trading(there, "")
        async with running(there.url, plan=PRIVATE) as it:
            waiting = asyncio.get_running_loop().create_task(it.runner.place(None, "a"))
            await until(lambda: "place a" in there.peers[0].received)
            it.runner.renew()
            await until(lambda: it.runner.stats.handovers == 1)
            await asyncio.sleep(0.1)
            there.peers[0].say("done a")
            assert (await waiting).command_id == "a"
            await until(lambda: not there.peers[0].open)


async def test_stopping_leaves_pending_commands_unknown():
    async with venue() as there:
        _trading(there, "")
        async with running(there.url, plan=PRIVATE) as it:
            waiting = asyncio.get_running_loop().create_task(it.runner.place(None, "a"))
            await until(lambda: "place a" in there.peers[0].received)
        with pytest.raises(OutcomeUnknown):
            await waiting
