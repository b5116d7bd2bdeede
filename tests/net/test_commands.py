"""Commands that wait for an answer: answered, lost with their connection, or refused at once."""

import asyncio

import pytest

from argosy.errors import NotSent, OutcomeUnknown
from argosy.model import CommandDone, Nanos, VenueId
from argosy.net.commands import Commands


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
