"""What the commands run: it goes on over trouble, and stops where only a person can help."""

import asyncio
import contextlib

import pytest

from argosy.desk.bitcoin import status, watch
from argosy.errors import AuthFailed, ConfigError
from argosy.model import HeadChanged
from argosy.model.bitcoin import CoinTransfer
from argosy.sources.bitcoin.watch import WatchSettings
from net.bitcoin_worlds import COIN, sandbox_node, simulated
from net.sessions import until


@contextlib.asynccontextmanager
async def watching(world, settings):
    told: list[object] = []
    trouble: list[str] = []
    task = asyncio.get_running_loop().create_task(
        watch([world.node], settings, tell=told.append, trouble=trouble.append, every_s=0.01)
    )
    try:
        await until(lambda: told)
        yield told, trouble
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_status_has_it_all():
    async with simulated() as world:
        found = await status([world.node], "regtest")
        assert found.tip.hash == world.sandbox.chain.tip.hash
        assert (found.mempool.count, found.fees.source) == (0, "mempool")
        assert [node.height for node in found.nodes] == [found.tip.number]


async def test_trouble_is_told_and_what_was_missed_is_told_then():
    async with simulated() as world:
        address = await world.address()
        settings = WatchSettings(addresses=frozenset({address}))
        async with watching(world, settings) as (told, trouble):
            world.sandbox.nodes[0].status = 503
            await until(lambda: trouble)
            await world.pay(address, COIN)
            await world.mine()
            world.sandbox.nodes[0].status = 0
            await until(lambda: any(isinstance(each, CoinTransfer) for each in told))
    assert "trying again" in trouble[0]
    assert [each.state for each in told if isinstance(each, CoinTransfer)] == ["confirmed"]


async def test_after_a_deep_reorganisation_it_begins_anew():
    async with simulated() as world, watching(world, WatchSettings()) as (told, trouble):
        before = len([each for each in told if isinstance(each, HeadChanged)])
        await world.mine(3)
        await world.reorganise(10)  # deeper than the history it looked up
        await until(lambda: trouble)
        await until(lambda: len([e for e in told if isinstance(e, HeadChanged)]) > before)
        heads = [each for each in told if isinstance(each, HeadChanged)]
        assert heads[-1].tip.hash == world.sandbox.chain.tip.hash
    assert "beginning anew" in trouble[0]


async def test_what_only_a_person_can_mend_ends_it():
    async with simulated() as world:
        wrong = sandbox_node(world.sandbox.nodes[0].url, password="hunter2hunter2")
        with pytest.raises(AuthFailed):
            await watch([wrong], WatchSettings(), tell=print, trouble=print)
        with pytest.raises(ConfigError, match="regtest"):
            await watch([world.node], WatchSettings(), network="main", tell=print, trouble=print)
