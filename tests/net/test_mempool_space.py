"""mempool.space's REST and stream over real sockets, on the simulated explorer, held against a node
of the same chain.
"""

import asyncio
import contextlib
import random
from decimal import Decimal

import pytest

from argosy.errors import NotKnown, RateLimited, VenueError, WireError
from argosy.model import Head, HeadChanged
from argosy.model.bitcoin import (
    BitcoinTransaction,
    FeeForecast,
    MempoolState,
    ProjectedBlocks,
    TransactionNews,
    TransferState,
)
from argosy.net.clock import SystemClock
from argosy.net.feed import FeedRunner, FeedSettings
from argosy.net.heads import HeadTracker
from argosy.net.http import HttpClient, HttpSettings
from argosy.net.limits import Limiter
from argosy.ports import FeedPlan
from argosy.sources.mempool_space.rest import Explorer
from argosy.sources.mempool_space.session import ExplorerSession, Wanted
from argosy.venues.catalog import Bucket, Endpoints, FeedLimits
from net.bitcoin_worlds import COIN, client, simulated
from net.sessions import Shelf, until

ASK = Explorer()


def rest(world) -> HttpClient:
    clock = SystemClock()
    return HttpClient(
        venue="mempool.space",
        endpoints=Endpoints(roles={"rest": (world.sandbox.api,)}),
        limiter=Limiter(
            {"calls": Bucket(kind="sliding", scope="ip", max=10_000, window_s=1)}, clock
        ),
        clock=clock,
        rng=random.Random(1),
        settings=HttpSettings(attempts=1),
    )


@contextlib.asynccontextmanager
async def streaming(world, wanted: Wanted, *, ready: bool = True):
    events: list[object] = []
    states: list[str] = []
    runner = FeedRunner(
        venue="mempool.space",
        plan=FeedPlan(url="ws"),
        endpoints=Endpoints(roles={"ws": (world.sandbox.ws,)}),
        limits=FeedLimits(connects_per_window=1000, messages_per_s=1000),
        make_session=lambda _: ExplorerSession(wanted),
        make_shelf=Shelf,
        clock=SystemClock(),
        rng=random.Random(1),
        deliver=events.append,
        settings=FeedSettings(backoff_s=0.005, backoff_max_s=0.02, tick_s=0.02),
        on_state=lambda state, why: states.append(f"{state} {why}"),
    )
    task = asyncio.get_running_loop().create_task(runner.run())
    try:
        if ready:
            await until(lambda: runner.ready)
        yield events, states, runner
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await asyncio.sleep(0.005)


def of(events, kind):
    return [each for each in events if isinstance(each, kind)]


# --- REST -----------------------------------------------------------------------------------------


async def test_explorer_and_node_tell_the_same():
    async with simulated() as world, client(world.node) as rpc, rest(world) as http:
        for _ in range(10):
            world.sandbox.crowd.step()
        tip = await rpc.tip()
        assert await http.call(ASK.tip_height()) == tip.number
        assert await http.call(ASK.tip_hash()) == tip.hash
        block = await rpc.block(tip.hash)
        told = await http.call(ASK.block(tip.hash))
        assert (told.number, told.parent, told.size) == (block.number, block.parent, block.size)
        assert told.transaction_count == len(block.transactions)
        for each in block.transactions[1:]:
            same = await http.call(ASK.transaction(each.txid))
            assert (same.inputs, same.fee, same.vsize) == (each.inputs, each.fee, each.vsize)
            assert [out.value for out in same.outputs] == [out.value for out in each.outputs]
            assert (same.block_hash, same.block_number) == (each.block_hash, each.block_number)
            status = await http.call(ASK.status(each.txid))
            assert (status.block_hash, status.state) == (tip.hash, TransferState.CONFIRMED)
        pool, state = await rpc.mempool_state(), await http.call(ASK.mempool())
        assert (pool.count, pool.vsize, pool.total_fee) == (
            state.count,
            state.vsize,
            state.total_fee,
        )
        recent = await http.call(ASK.recent())
        entries = {each.txid: each for each in await rpc.ask(lambda each: each.mempool())}
        assert recent
        assert (await http.call(ASK.status(recent[0].txid))).state is TransferState.WAITING
        assert all(entries[each.txid].fee == each.fee for each in recent)


async def test_fees_and_projected_blocks():
    async with simulated() as world, rest(world) as http:
        quiet = await http.call(ASK.fees())
        assert quiet.rates == ((1, Decimal(1)), (3, Decimal(1)), (6, Decimal(1)))
        for _ in range(60):
            world.sandbox.crowd._act()
        blocks = await http.call(ASK.mempool_blocks())
        pool = world.sandbox.chain.pool.values()
        assert len(blocks.blocks) > 1
        assert sum(each.transaction_count for each in blocks.blocks) == len(pool)
        assert sum(each.total_fee for each in blocks.blocks) == sum(each.fee for each in pool)
        assert all(each.vsize <= 4_000 for each in blocks.blocks[:7])
        medians = [each.median_rate for each in blocks.blocks]
        assert medians == sorted(medians, reverse=True)
        busy = await http.call(ASK.fees())
    assert busy.source == "mempool.space"
    assert busy.rate(1) > busy.floor == 1
    assert busy.rate(1) >= busy.rate(3) >= busy.rate(6)


async def test_an_address_over_several_pages():
    async with simulated() as world, rest(world) as http:
        address = world.sandbox.crowd.address("miner")
        mined = await http.call(ASK.address(address))
        world.sandbox.crowd.pay("miner", "exchange", COIN, 3)
        state = await http.call(ASK.address(address))
        pages = await http.collect([ASK.address_transactions(address)])
        unspent = await http.call(ASK.unspent(address))
    assert state.waiting_count == 1
    assert state.waiting_spent - state.waiting_received > COIN
    assert (state.balance, mined.waiting_count) == (mined.balance, 0)
    assert len(pages) == state.transaction_count + 1 > 100
    assert len({each.txid for each in pages}) == len(pages)
    assert [each.block_number is None for each in pages].count(True) == 1
    assert pages[0].block_number is None
    whole = sum(each.value for each in unspent)
    assert whole == state.balance + state.waiting_received - state.waiting_spent
    assert any(not each.block_hash for each in unspent)


async def test_what_the_explorer_does_not_know_or_take():
    async with simulated() as world, rest(world) as http:
        with pytest.raises(NotKnown, match="Transaction not found"):
            await http.call(ASK.transaction("11" * 32))
        with pytest.raises(NotKnown, match="Block not found"):
            await http.call(ASK.block("11" * 32))
        with pytest.raises(VenueError, match="Invalid Bitcoin address") as refused:
            await http.call(ASK.address("nosuch"))
        assert refused.value.code == "400"
        world.sandbox.too_many = True
        with pytest.raises(RateLimited) as limited:
            await http.call(ASK.fees())
        assert "<html>" not in str(limited.value)
        assert limited.value.retry_at_ns is not None


# --- the stream -----------------------------------------------------------------------------------


async def test_the_stream_begins_with_how_things_are():
    async with simulated() as world, streaming(world, Wanted()) as (events, _, _):
        chain = world.sandbox.chain
        heads = of(events, Head)
        assert [each.number for each in heads] == [each.height for each in chain.best[-8:]]
        assert len({each.hash for each in heads}) == 8  # though init and want both tell them
        assert of(events, ProjectedBlocks)
        assert of(events, MempoolState)[-1].floor == 1
        assert of(events, FeeForecast)[-1].source == "mempool.space"


async def test_blocks_and_reorganisations_make_one_chain():
    async def nothing(_name):
        raise AssertionError("the stream told all of it")

    async with simulated() as world, streaming(world, Wanted(stats=False)) as (events, _, _):
        chain = world.sandbox.chain
        await world.mine(2)
        await world.reorganise(2)
        await until(lambda: of(events, Head)[-1].hash == chain.tip.hash)
        tracker = HeadTracker("bitcoin")
        changes = [await tracker.push(each, nothing) for each in of(events, Head)]
    assert tracker.tip.hash == chain.tip.hash
    dropped = [head for each in changes if isinstance(each, HeadChanged) for head in each.dropped]
    assert len(dropped) == 2
    assert not of(events, MempoolState)


@pytest.mark.parametrize("several", [False, True])
async def test_watched_addresses_are_told_waiting_and_confirmed(several):
    async with simulated() as world:
        address = await world.address()
        addresses = (address, world.sandbox.crowd.address("exchange"))[: 2 if several else 1]
        wanted = Wanted(blocks=False, mempool_blocks=False, stats=False, addresses=addresses)
        async with streaming(world, wanted) as (events, _, _):
            paid = await world.pay(address, COIN)
            await world.pay(await world.address(), COIN)
            await world.mine()
            await until(lambda: len(of(events, BitcoinTransaction)) >= 2)
    first, second = of(events, BitcoinTransaction)
    assert first.txid == second.txid == paid
    assert (first.block_hash, second.block_hash) == ("", world.sandbox.chain.tip.hash)
    assert any(out.address == address and out.value == COIN for out in first.outputs)
    assert first.fee == second.fee
    assert len(events) == 2


async def test_what_was_replaced_at_a_watched_address_is_told_as_removed():
    async with simulated() as world:
        address = await world.address()
        async with streaming(world, Wanted(addresses=(address,))) as (events, _, _):
            paid = await world.pay(address, COIN)
            entry = world.sandbox.crowd.replace(paid)
            await until(lambda: of(events, TransactionNews))
    (news,) = of(events, TransactionNews)
    assert (news.txid, news.state) == (paid, TransferState.REMOVED)
    assert [each.txid for each in of(events, BitcoinTransaction)] == [paid, entry.txid]


async def test_a_tracked_transaction_waits_is_replaced_or_confirmed():
    async with simulated() as world:
        paid = await world.pay(await world.address(), COIN)
        async with streaming(world, Wanted(transaction=paid)) as (events, _, _):
            entry = world.sandbox.crowd.replace(paid)
            await until(lambda: any(each.replaced_by for each in of(events, TransactionNews)))
        waiting, *_, removed = of(events, TransactionNews)
        assert (waiting.txid, waiting.state, waiting.block_ahead) == (paid, "waiting", 0)
        assert (removed.txid, removed.replaced_by) == (paid, entry.txid)
        assert of(events, BitcoinTransaction)[0].txid == paid
        async with streaming(world, Wanted(transaction=entry.txid)) as (events, _, _):
            await world.mine()
            await until(lambda: of(events, TransactionNews)[-1:])
            await until(lambda: of(events, TransactionNews)[-1].state == "confirmed")


async def test_too_many_addresses_end_the_connection_with_the_reason():
    async with simulated() as world:
        addresses = tuple(world.sandbox.crowd.address(f"n{n}") for n in range(11))
        async with streaming(world, Wanted(addresses=addresses), ready=False) as (
            _,
            states,
            runner,
        ):
            await until(lambda: any(each.startswith("lost") for each in states))
            assert "a maximum of 10 addresses" in " ".join(states)
            assert not runner.ready


async def test_a_lost_connection_is_made_anew():
    async with simulated() as world, streaming(world, Wanted()) as (events, states, runner):
        world.sandbox.stream.cut()
        await until(lambda: any(each.startswith("lost") for each in states))
        await until(lambda: runner.ready)
        await world.mine()
        await until(lambda: of(events, Head)[-1].hash == world.sandbox.chain.tip.hash)


async def test_other_answers_are_wire_errors():
    async with simulated() as world, rest(world) as http:
        explorer = world.sandbox.explorer
        for answer in ("no json", [], {"fastestFee": -1}, {"fastestFee": "NaN"}, 7):
            explorer.get = lambda path, after="", answer=answer: answer
            for call in (ASK.fees(), ASK.mempool_blocks(), ASK.block("11" * 32), ASK.tip_hash()):
                if answer == [] and call.request.path.endswith("mempool-blocks"):
                    continue  # nothing waits
                with pytest.raises(WireError):
                    await http.call(call)
