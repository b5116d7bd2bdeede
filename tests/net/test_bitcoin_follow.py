"""Following a Bitcoin chain, its pool and transfers: simulated nodes, and a real litecoind."""

import pytest

from argosy.errors import StreamGap, VenueUnavailable
from argosy.model import HeadChanged
from argosy.model.bitcoin import CoinTransfer, MempoolChanged, TransferState
from argosy.net.bitcoin_follow import (
    BlockFollower,
    MempoolPoller,
    MempoolSettings,
    TransferFollower,
)
from argosy.sources.bitcoin.watch import WatchSettings
from net.bitcoin_worlds import COIN, Real, client, daemon, sandbox_node, simulated


@pytest.fixture(scope="module")
def litecoin(tmp_path_factory):
    with daemon(tmp_path_factory.mktemp("litecoin")) as running:
        yield running


@pytest.fixture(params=["new", "old", "litecoind"])
async def world(request):
    if request.param == "litecoind":
        yield Real(request.getfixturevalue("litecoin"))
    else:
        async with simulated(old=request.param == "old") as made:
            yield made


def transfers(events, state=None):
    found = [each for each in events if isinstance(each, CoinTransfer)]
    return [each for each in found if state is None or each.state is state]


async def test_blocks_are_told_and_undone_one_by_one(world):
    async with client(world.node) as rpc:
        follower = BlockFollower(rpc)
        first = await follower.poll()
        assert len(first.added) == 1
        assert await follower.poll() is None
        await world.mine(4)
        change = await follower.poll()
        assert [each.number for each in change.added] == [first.tip.number + n for n in range(1, 5)]
        assert change.added[0].parent == first.tip.hash
        old = change.added
        await world.reorganise(2)
        change = await follower.poll()
    assert [each.hash for each in change.dropped] == [old[3].hash, old[2].hash]
    assert [each.number for each in change.added] == [old[2].number + n for n in range(3)]
    assert change.added[0].parent == old[1].hash
    assert follower.tracker.confirmations(old[3].number, old[3].hash) == 0
    assert follower.tracker.confirmations(old[1].number, old[1].hash) == 4


async def test_what_comes_and_goes_in_the_pool_is_told_once(world):
    async with client(world.node) as rpc:
        await world.mine()
        poller = MempoolPoller(rpc)
        change = await poller.poll()
        assert (change.added, change.removed, change.untold) == ((), (), 0)
        address = await world.address()
        paid = [await world.pay(address, COIN), await world.pay(address, 2 * COIN)]
        change = await poller.poll()
        assert {each.txid for each in change.added} == set(paid) == poller.known
        change = await poller.poll()
        assert (change.added, change.removed) == ((), ())
        await world.mine()
        change = await poller.poll()
    assert change.added == ()
    assert set(change.removed) == set(paid)
    assert poller.known == frozenset()


async def test_a_pool_is_read_within_limits(world):
    async with client(world.node) as rpc:
        await world.mine()
        address = await world.address()
        poller = MempoolPoller(rpc, MempoolSettings(max_told=2, max_known=3, max_whole=0))
        paid = {await world.pay(address, COIN) for _ in range(4)}
        first = await poller.poll()  # too much to be read whole
        assert (first.added, first.untold) == ((), 4)
        second = await poller.poll()
        third = await poller.poll()
        assert [(len(each.added), each.untold) for each in (second, third)] == [(2, 2), (1, 1)]
        told = {each.txid for change in (second, third) for each in change.added}
        assert told < paid
        assert (await poller.poll()).untold == 1  # no room is left
        await world.mine()
        last = await poller.poll()
    assert set(last.removed) == told
    assert last.untold == 0


async def test_a_watched_address_from_waiting_to_confirmed_undone_and_confirmed(world):
    address = await world.address()
    settings = WatchSettings(addresses=frozenset({address}), labels={address: "ours"})
    async with client(world.node) as rpc:
        await world.mine()
        follower = TransferFollower(rpc, settings)
        await follower.poll()
        paid = await world.pay(address, 3 * COIN)
        (waiting,) = transfers(await follower.poll())
        assert (waiting.state, waiting.txid, waiting.watched) == ("waiting", paid, (address,))
        assert any(
            (each.address, each.label, each.value) == (address, "ours", 3 * COIN)
            for each in waiting.recipients
        )
        assert transfers(await follower.poll()) == []
        await world.mine()
        events = await follower.poll()
        (confirmed,) = transfers(events)
        assert confirmed.state is TransferState.CONFIRMED
        assert confirmed.block_hash == events[0].tip.hash
        assert [type(each) for each in events[:2]] == [HeadChanged, CoinTransfer]
        await world.mine()
        await follower.poll()

        # Two blocks are dropped: the one that had it, and the one after.
        await world.reorganise(2)
        events = [*await follower.poll(), *await follower.poll()]
        (undone,) = transfers(events, TransferState.UNDONE)
        assert (undone.txid, undone.block_hash) == (paid, confirmed.block_hash)
        again = transfers(events, TransferState.CONFIRMED)
        if not again:  # the new branch left it out: it waits again
            assert transfers(events, TransferState.WAITING)[0].txid == paid
            await world.mine()
            again = transfers(await follower.poll(), TransferState.CONFIRMED)
    assert [each.txid for each in again] == [paid]
    assert again[0].block_hash != confirmed.block_hash
    assert not transfers(events, TransferState.REMOVED)


async def test_coins_that_leave_a_watched_address_are_seen(world):
    address = await world.address()
    async with client(world.node) as rpc:
        await world.mine()
        follower = TransferFollower(rpc, WatchSettings(addresses=frozenset({address})))
        await follower.poll()
        paid = await world.pay(address, 2 * COIN)
        await world.mine()
        await follower.poll()
        spent = await world.spend(paid, address)
        (waiting,) = transfers(await follower.poll(), TransferState.WAITING)
        assert (waiting.txid, waiting.watched) == (spent, (address,))
        await world.mine()
        (confirmed,) = transfers(await follower.poll(), TransferState.CONFIRMED)
    assert confirmed.txid == spent
    assert [(each.address, each.value) for each in confirmed.senders] == [(address, 2 * COIN)]
    assert 0 < 2 * COIN - confirmed.value < 100_000  # the fee


async def test_large_transfers_are_told_with_labels(world):
    address = await world.address()
    settings = WatchSettings(threshold=20 * COIN, labels={address: "an exchange"})
    async with client(world.node) as rpc:
        await world.mine()
        follower = TransferFollower(rpc, settings)
        await follower.poll()
        small = await world.pay(await world.address(), COIN)
        large = await world.pay(address, 25 * COIN)
        told = {each.txid: each for each in transfers(await follower.poll())}
        assert told[large].state is TransferState.WAITING
        assert told[large].senders  # looked up
        if world.change_returns:
            assert [(each.txid, each.value) for each in told.values()] == [(large, 25 * COIN)]
        await world.mine()
        found = transfers(await follower.poll(), TransferState.CONFIRMED)
    told = {each.txid: each for each in found}
    assert large in told
    assert told[large].watched == ()
    assert ("an exchange", 25 * COIN) in [
        (each.label, each.value) for each in told[large].recipients
    ]
    if world.prevouts and world.change_returns:  # it is known, and not counted
        assert small not in told
        assert told[large].value == 25 * COIN
        assert told[large].senders


async def test_what_is_replaced_is_told_as_removed():
    async with simulated() as world, client(world.node) as rpc:
        address = await world.address()
        follower = TransferFollower(rpc, WatchSettings(addresses=frozenset({address})))
        await follower.poll()
        paid = await world.pay(address, COIN)
        await follower.poll()
        entry = world.sandbox.crowd.replace(paid)
        first, second = await follower.poll(), await follower.poll()
    assert [each.txid for each in transfers(first, TransferState.WAITING)] == [entry.txid]
    assert transfers(first, TransferState.REMOVED) == []  # it may have been mined just now
    assert [each.txid for each in transfers(second, TransferState.REMOVED)] == [paid]
    assert any(paid in each.removed for each in first if isinstance(each, MempoolChanged))


async def test_nothing_is_lost_or_doubled_where_a_node_fails_at_any_request():
    """The same story for each request that can fail: what is told adds up to the same."""
    told = []
    for failing in range(16):  # 0: none
        async with simulated() as world, client(world.node) as rpc:
            server = world.sandbox.nodes[0]
            address = await world.address()
            follower = TransferFollower(rpc, WatchSettings(addresses=frozenset({address})))
            await follower.poll()
            await _story(world, address)
            fail_at = server.asked + failing
            events = []
            for _ in range(4):
                events += await _poll(follower, server, fail_at if failing else 0)
            kinds = [(each.txid, each.state) for each in transfers(events)]
            added = [head.hash for e in events if isinstance(e, HeadChanged) for head in e.added]
            told.append((kinds, added))
    assert all(each == told[0] for each in told)
    assert len(told[0][0]) == 2


async def _story(world, address):
    await world.pay(address, COIN)
    await world.mine(2)
    await world.pay(address, 2 * COIN)


async def _poll(follower, server, fail_at):
    real = server.node.answer

    def answer(body):
        if server.asked in {fail_at, fail_at + 1}:  # it is asked twice
            return 500, b""
        return real(body)

    server.node.answer = answer
    try:
        return await follower.poll()
    except VenueUnavailable:
        return []
    finally:
        server.node.answer = real


async def test_the_tip_is_followed_from_node_to_node():
    async with simulated(nodes=2) as world:
        first, second = world.sandbox.nodes
        nodes = (sandbox_node(first.url, "first"), sandbox_node(second.url, "second"))
        async with client(*nodes) as rpc:
            follower = BlockFollower(rpc)
            await follower.poll()
            second.node.lag = 3
            await world.mine(2)
            assert len((await follower.poll()).added) == 2
            first.down = True
            assert await follower.poll() is None  # the other lags: nothing is undone
            second.node.lag = 0
            await world.mine()
            assert len((await follower.poll()).added) == 1
            await world.reorganise(2)
            change = await follower.poll()
    assert (len(change.dropped), len(change.added)) == (2, 3)


async def test_a_reorganisation_deeper_than_is_remembered_begins_anew():
    async with simulated() as world, client(world.node) as rpc:
        follower = TransferFollower(rpc, WatchSettings(), depth=4)
        await follower.poll()
        await world.mine(3)
        await follower.poll()
        await world.reorganise(5)
        with pytest.raises(StreamGap, match="joined to none"):
            await follower.poll()
        assert not any(isinstance(each, HeadChanged) for each in await follower.poll())
        await world.mine()
        assert isinstance((await follower.poll())[0], HeadChanged)
