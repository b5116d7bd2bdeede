"""Asking nodes of a Bitcoin chain: simulated new ones, simulated old ones, and a real litecoind."""

from decimal import Decimal

import pytest

from argosy.errors import (
    AuthFailed,
    ConfigError,
    NotKnown,
    NotSent,
    OutcomeUnknown,
    TransactionRefused,
    Unsupported,
    VenueUnavailable,
    WireError,
)
from argosy.model import Credentials
from argosy.net.bitcoin_node import BitcoinNode
from argosy.ports import Call, HttpRequest
from argosy.sandbox.bitcoin.encoding import Tx, TxIn, TxOut, serialized, txid
from argosy.sandbox.bitcoin.scripts import pay_to
from net.bitcoin_worlds import COIN, Real, client, daemon, sandbox_node, simulated

NOBODY = "11" * 32
DEAD = "http://127.0.0.1:1"


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


# --- any node -------------------------------------------------------------------------------------


async def test_blocks_are_found_by_hash_and_number(world):
    async with client(world.node, network="regtest") as rpc:
        tip = await rpc.tip()
        assert await rpc.hash_at(tip.number) == tip.hash
        assert await rpc.hash_at(tip.number + 1) is None
        before = await rpc.head(tip.parent)
        assert before is not None
        assert (before.number, before.hash) == (tip.number - 1, tip.parent)
        first = await rpc.head(await rpc.hash_at(0))
        assert first is not None
        assert (first.number, first.parent) == (0, "")
        assert await rpc.head(NOBODY) is None
        assert await rpc.block(NOBODY) is None
        info = await rpc.ask(lambda each: each.network_info())
        assert info.version > 200_000
        assert await rpc.ask(lambda each: each.block_count()) == tip.number
        (state,) = await rpc.states()
        assert (state.name, state.height, state.problem) == ("node", tip.number, "")


async def test_a_payment_waits_and_is_mined(world):
    address = await world.address()
    async with client(world.node) as rpc:
        await world.mine()  # whatever waited from before
        paid = await world.pay(address, 3 * COIN // 2)
        pool = await rpc.mempool_state()
        assert pool.count == 1
        assert pool.floor == 1
        assert await rpc.mempool_ids() == [paid]
        (entry,) = await rpc.mempool_entries([paid, NOBODY])
        (whole,) = await rpc.ask(lambda each: each.mempool())
        assert (whole.txid, whole.fee, whole.vsize) == (entry.txid, entry.fee, entry.vsize)
        assert entry.txid == paid
        assert entry.vsize == pool.vsize
        assert entry.rate == entry.package_rate >= 1
        (waiting,) = await rpc.transactions([paid, NOBODY])
        assert not waiting.block_hash
        assert not waiting.mined
        assert 3 * COIN // 2 in [out.value for out in waiting.outputs if out.address == address]
        await world.mine()
        assert (await rpc.mempool_state()).count == 0
        tip = await rpc.tip()
        block = await rpc.block(tip.hash)
    assert block is not None
    assert (block.number, block.parent) == (tip.number, tip.parent)
    assert block.transaction_count == len(block.transactions) == 2
    mined = block.transactions[1]
    assert (mined.txid, mined.outputs) == (paid, waiting.outputs)
    assert (mined.block_hash, mined.block_number) == (block.hash, block.number)
    assert block.transactions[0].mined
    # New coins and fees, exactly.
    assert block.transactions[0].value == 50 * COIN + entry.fee
    if world.prevouts:
        assert mined.fee == entry.fee
        assert sum(each.value or 0 for each in mined.inputs) - mined.value == entry.fee
        assert all(each.address for each in mined.inputs)
    else:
        assert mined.fee is None
        assert [each.value for each in mined.inputs] == [None]


async def test_what_waits_for_another_is_known_to(world):
    address = await world.address()
    async with client(world.node) as rpc:
        await world.mine()
        first = await world.pay(address, COIN)
        second = await world.spend(first, address)
        entries = {each.txid: each for each in await rpc.mempool_entries([first, second])}
        waiting = await rpc.with_spent(await rpc.transactions([first, second]))
    spends = {each.txid: each for each in waiting}
    parent, child = entries[first], entries[second]
    assert spends[first].fee == parent.fee
    assert spends[second].fee == child.fee
    assert [(each.address, each.value) for each in spends[second].inputs] == [(address, COIN)]
    assert (parent.depends, child.depends) == ((), (first,))
    assert child.ancestor_fee == parent.fee + child.fee
    assert child.ancestor_vsize == parent.vsize + child.vsize
    assert child.package_rate == Decimal(child.ancestor_fee) / child.ancestor_vsize


async def test_a_transaction_is_tested_sent_and_sent_again(world):
    raw, name = await world.raw(COIN)
    async with client(world.node) as rpc:
        tested = await rpc.test(raw)
        assert (tested.txid, tested.accepted, tested.reason) == (name, True, "")
        assert (tested.fee or 0) >= (tested.vsize or 0) > 0
        assert name not in await rpc.mempool_ids()
        await rpc.send(raw, name)
        assert name in await rpc.mempool_ids()
        await rpc.send(raw, name)  # the same bytes: the same transaction
        tested = await rpc.test(raw)
        assert (tested.accepted, tested.reason) == (False, "txn-already-in-mempool")
        await world.mine()
        await rpc.send(raw, name)  # in a block by now: as good as taken
        raw, name = await world.raw(COIN)
        with pytest.raises(WireError, match=f"took {NOBODY} for {name}"):
            await rpc.send(raw, NOBODY)
        await world.mine()


async def test_what_a_node_does_not_take(world):
    missing = Tx((TxIn(NOBODY, 0),), (TxOut(COIN, pay_to("nobody")),))
    async with client(world.node) as rpc:
        with pytest.raises(TransactionRefused) as refused:
            await rpc.send(serialized(missing), txid(missing))
        assert refused.value.code == "-25"
        with pytest.raises(TransactionRefused) as refused:
            await rpc.send(b"\x00", NOBODY)
        assert refused.value.code == "-22"
        assert (await rpc.test(serialized(missing))).reason == "missing-inputs"


async def test_fees_are_forecast_by_what_waits_where_the_node_cannot(world):
    async with client(world.node) as rpc:
        await world.mine()
        await world.pay(await world.address(), COIN)
        forecast = await rpc.fee_forecast((1, 6))
    assert forecast.source == "mempool"
    assert forecast.rates == ((1, Decimal(1)), (6, Decimal(1)))  # there is room for all
    assert forecast.rate(1) == forecast.rate(100) == forecast.floor == 1


async def test_wrong_questions_are_refused(world):
    async with client(world.node) as rpc:
        with pytest.raises(NotKnown, match="Block not found"):
            await rpc.ask(lambda each: each.head(NOBODY))
        with pytest.raises(NotKnown, match="out of range"):
            await rpc.ask(lambda each: each.block_hash(10**6))

        def unheard_of(each):
            known = each.block_count()
            body = known.request.body.replace(b"getblockcount", b"getsome")
            return Call(HttpRequest(method="POST", path="", host="rpc", body=body), known.read)

        with pytest.raises(Unsupported, match="it has no getblockcount"):
            await rpc.ask(unheard_of)
        assert await rpc.ask(lambda each: each.block_count()) > 100


async def test_a_wrong_password_is_told_and_not_shown(world):
    wrong = BitcoinNode(
        name="node", url=world.node.url, login=Credentials(key="someone", secret="hunter2hunter2")
    )
    assert "hunter2" not in repr(wrong)
    async with client(wrong) as rpc:
        with pytest.raises(AuthFailed) as failed:
            await rpc.tip()
        (state,) = await rpc.states()
    assert "rpcauth" in str(failed.value)
    for shown in (str(failed.value), repr(failed.value), state.problem, repr(state)):
        assert "hunter2" not in shown
        assert "someone" not in shown


async def test_a_node_of_another_network_is_refused(world):
    async with client(world.node, network="main") as rpc:
        with pytest.raises(ConfigError, match="'regtest', and not of 'main'"):
            await rpc.ask(lambda each: each.block_count())


# --- nodes that fail ------------------------------------------------------------------------------


async def test_a_dead_node_is_passed_over_and_rested(world):
    dead = BitcoinNode(name="dead", url=DEAD)
    async with client(dead, world.node) as rpc:
        tip = await rpc.tip()
        assert await rpc.hash_at(tip.number) == tip.hash
        states = {each.name: each for each in await rpc.states()}
    assert states["node"].problem == ""
    assert "no connection" in states["dead"].problem
    async with client(dead) as rpc:
        with pytest.raises(NotSent):
            await rpc.tip()


async def test_a_wrong_password_at_one_node_does_not_stop_the_others(world):
    wrong = BitcoinNode(
        name="wrong", url=world.node.url, login=Credentials(key="a", secret="hunter2hunter2")
    )
    async with client(wrong, world.node) as rpc:
        assert (await rpc.tip()).number > 100
        states = {each.name: each for each in await rpc.states()}
    assert "refuses user and password" in states["wrong"].problem


async def test_a_node_that_lags_is_asked_last():
    async with simulated(nodes=2) as world:
        lagging, good = world.sandbox.nodes
        lagging.node.lag = 5
        nodes = (sandbox_node(lagging.url, "lagging"), sandbox_node(good.url, "good"))
        async with client(*nodes) as rpc:
            tip = await rpc.tip()
            assert tip.hash == world.sandbox.chain.tip.hash
            asked = lagging.asked
            assert await rpc.ask(lambda each: each.block_count()) == tip.number
            assert lagging.asked == asked
            lagging.node.lag = 0
            await rpc.states()
            await rpc.ask(lambda each: each.block_count())
            assert lagging.asked == asked + 2


async def test_a_block_that_one_node_has_not_yet_is_found_at_another():
    async with simulated(nodes=2) as world:
        lagging, good = world.sandbox.nodes
        lagging.node.lag = 1
        nodes = (sandbox_node(lagging.url, "lagging"), sandbox_node(good.url, "good"))
        async with client(*nodes) as rpc:
            tip = await rpc.tip()  # one block is no lag to speak of: the first stays preferred
            assert tip.hash == world.sandbox.chain.tip.hash
            assert (await rpc.block(tip.hash)).number == tip.number
            good.down = True
            with pytest.raises(OutcomeUnknown):  # who knows whether the other has it
                await rpc.block(tip.hash)


async def test_a_node_that_dies_is_found_again_when_it_is_back():
    async with simulated(nodes=2) as world:
        first, second = world.sandbox.nodes
        nodes = (sandbox_node(first.url, "first"), sandbox_node(second.url, "second"))
        async with client(*nodes) as rpc:
            await rpc.hash_at(0)
            assert (first.asked, second.asked) == (1, 0)
            first.down = True
            await rpc.hash_at(0)
            assert (first.asked, second.asked) == (3, 1)  # tried twice, then the other
            await rpc.hash_at(0)
            assert (first.asked, second.asked) == (3, 2)  # it rests
            second.down = True
            first.down = False
            assert await rpc.hash_at(0) == world.sandbox.chain.best[0].hash
            states = {each.name: each.problem for each in await rpc.states()}
    assert states["first"] == ""
    assert "no answer" in states["second"]


@pytest.mark.parametrize(
    ("status", "kind"),
    [(503, VenueUnavailable), (500, VenueUnavailable), (403, AuthFailed)],
)
async def test_statuses_without_a_body(status, kind):
    async with simulated() as world:
        world.sandbox.nodes[0].status = status
        async with client(world.node) as rpc:
            with pytest.raises(kind):
                await rpc.tip()


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"null",
        b"<html>",
        b"[]",
        b'{"result":null,"error":null,"id":1}',
        b'{"result":7,"error":null,"id":2}',
        b'{"result":{"blocks":-1},"error":null,"id":1}',
        b'{"result":"\xff","error":null,"id":1}',
        b'{"result":' + b"[" * 100_000,
    ],
)
async def test_malformed_answers_are_wire_errors(garbage):
    async with simulated() as world:
        world.sandbox.nodes[0].garbage = garbage
        async with client(world.node) as rpc:
            for ask in (rpc.tip, rpc.mempool_state, rpc.fee_forecast):
                with pytest.raises(WireError):
                    await ask()
            with pytest.raises(WireError):
                await rpc.transactions([NOBODY, "22" * 32])


async def test_sending_where_one_node_does_not_answer():
    async with simulated(nodes=2) as world:
        first, second = world.sandbox.nodes
        nodes = (sandbox_node(first.url, "first"), sandbox_node(second.url, "second"))
        raw, name = await world.raw(COIN)
        async with client(*nodes) as rpc:
            first.down = True
            await rpc.send(raw, name)
            assert name in world.sandbox.chain.pool
            missing = Tx((TxIn(NOBODY, 0),), (TxOut(COIN, pay_to("nobody")),))
            with pytest.raises(OutcomeUnknown):  # the other may have taken it
                await rpc.send(serialized(missing), txid(missing))


async def test_a_node_that_has_seen_enough_blocks_forecasts_by_itself():
    async with simulated() as world:
        for _ in range(40):
            world.sandbox.crowd.step()
        async with client(world.node) as rpc:
            forecast = await rpc.fee_forecast((1, 3, 6))
    assert forecast.source == "node"
    assert [blocks for blocks, _ in forecast.rates] == [1, 3, 6]
    rates = [rate for _, rate in forecast.rates]
    assert rates == sorted(rates, reverse=True)
    assert rates[0] > rates[-1] >= forecast.floor
    assert forecast.rate(2) == rates[0]
    assert forecast.rate(5) == rates[1]
