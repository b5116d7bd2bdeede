"""The client of a chain against real nodes, which die, lag, disagree and lose their answers."""

import contextlib

import msgspec
import pytest

from argosy.dialects.evm.jsonrpc import Ask
from argosy.errors import (
    ConfigError,
    NonceUsed,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Reverted,
    Underpriced,
    Unsupported,
    VenueError,
    WireError,
)
from argosy.net.audit import Ring, Tap
from argosy.net.chain_fees import GWEI
from argosy.net.clock import SystemClock
from argosy.net.rpc import Disagreement, RpcNode
from argosy.net.tx_signing import KeySigner
from argosy.ports import TxFields
from net.nodes import ask, client, node, receipt
from net.servers import Cut, answer, closed_port, raw_server
from net.test_tx_signing import KEY

NOBODY = "0x" + "00" * 20


def failing(code: int, message: str) -> bytes:
    error = {"code": code, "message": message}
    return answer(msgspec.json.encode({"jsonrpc": "2.0", "id": 1, "error": error}))


async def signed(url: str, **fields: str) -> tuple[bytes, str]:
    """A transaction signed by a node's own first account, and its hash; not sent."""
    sender = (await ask(url, "eth_accounts"))[0]
    told = {"from": sender, "to": NOBODY, "value": "0x1", "gas": "0x5208", "nonce": "0x0"}
    told |= {"maxFeePerGas": hex(10**11), "maxPriorityFeePerGas": hex(10**9)} | fields
    raw = await ask(url, "eth_signTransaction", told)
    from eth_hash.auto import keccak

    data = bytes.fromhex(raw[2:])
    return data, "0x" + keccak(data).hex()


async def test_a_node_answers_alone_and_in_batches():
    with node() as one:
        async with client(one.url) as rpc:
            assert await rpc.call("eth_chainId") == hex(1337)
            told = await rpc.batch([Ask("eth_blockNumber"), Ask("eth_nothing"), Ask("eth_chainId")])
    assert told[0] == "0x0"
    assert isinstance(told[1], Unsupported)
    assert told[2] == hex(1337)


async def test_a_batch_of_one_hands_over_the_refusal_as_any_batch_does():
    reverts = Ask("eth_call", ({"data": "0x60006000fd"}, "latest"))  # code that reverts at once
    with node() as one:
        async with client(one.url) as rpc:
            (alone,) = await rpc.batch([reverts])
            first, second = await rpc.batch([reverts, reverts])
            with pytest.raises(Reverted):
                await rpc.call(reverts.method, *reverts.params)
    for each in (alone, first, second):
        assert isinstance(each, Reverted)


async def test_a_long_batch_goes_in_several_requests():
    with node() as one:
        ring = Ring()
        tap = Tap(SystemClock(), [ring])
        async with client(one.url, tap=tap) as rpc:
            told = await rpc.batch([Ask("eth_chainId")] * 250)
    assert told == [hex(1337)] * 250
    assert len(ring.entries) == 3


async def test_where_a_node_dies_the_next_one_answers():
    with node() as first, node() as second:
        await ask(second.url, "evm_mine")
        async with client(first.url, second.url) as rpc:
            assert await rpc.call("eth_blockNumber") == "0x0"
            first.close()
            assert await rpc.call("eth_blockNumber") == "0x1"
            second.close()
            with pytest.raises((NotSent, OutcomeUnknown)):
                await rpc.call("eth_blockNumber")


async def test_what_changes_something_is_not_asked_of_another_once_it_left():
    """The answer is lost: it may have been done, so nobody else is told to do it."""
    with node() as good:
        async with raw_server(lambda *_: Cut()) as lossy, client(lossy.url, good.url) as rpc:
            with pytest.raises(OutcomeUnknown):
                await rpc.call("evm_mine")
            assert await ask(good.url, "eth_blockNumber") == "0x0"
            assert len(lossy.requests) == 1
            assert await rpc.call("eth_blockNumber") == "0x0"  # a question goes on to the next
    dead = f"http://127.0.0.1:{closed_port()}"
    with node() as good:
        async with client(dead, good.url) as rpc:
            await rpc.call("evm_mine")  # nothing left for the dead one
            assert await rpc.call("eth_blockNumber") == "0x1"


async def test_a_node_that_is_behind_is_asked_last():
    with node() as slow, node() as quick:
        async with client(slow.url, quick.url) as rpc:
            await ask(quick.url, "anvil_mine", "0x3")
            assert await rpc.heights() == {"node0": 0, "node1": 3}
            assert await rpc.call("eth_blockNumber") == "0x0"  # three behind is near enough
            await ask(slow.url, "evm_mine")
            await ask(quick.url, "anvil_mine", "0x4")
            await rpc.heights()
            assert await rpc.call("eth_blockNumber") == "0x7"
            await ask(slow.url, "anvil_mine", "0x6")
            await rpc.heights()
            await ask(slow.url, "evm_mine")
            assert await rpc.call("eth_blockNumber") == "0x8"  # it caught up


async def test_nodes_must_agree_where_that_is_asked_for():
    with node() as one, node() as two, node() as three:
        async with client(one.url, two.url, three.url) as rpc:
            assert await rpc.agreed("eth_blockNumber", quorum=3) == "0x0"
            await ask(one.url, "evm_mine")
            assert await rpc.agreed("eth_blockNumber", quorum=2) == "0x0"
            with pytest.raises(Disagreement, match="node0: 0x1"):
                await rpc.agreed("eth_blockNumber", quorum=3)
            two.close()
            with pytest.raises(Disagreement, match="node1: "):
                await rpc.agreed("eth_blockNumber", quorum=2)
            with pytest.raises(ConfigError, match="3 nodes; 4 cannot"):
                await rpc.agreed("eth_blockNumber", quorum=4)


async def test_nodes_agree_on_a_part_of_what_they_say():
    def parity(told):
        number = int(told, 16)
        if number == 1:
            raise WireError("one is none")
        return number % 2

    with node() as one, node() as two, node() as three:
        async with client(one.url, two.url, three.url) as rpc:
            await ask(one.url, "anvil_mine", "0x2")
            assert await rpc.agreed("eth_blockNumber", quorum=3, part=parity) == 0
            await ask(two.url, "evm_mine")
            with pytest.raises(Disagreement, match="node1: one is none"):
                await rpc.agreed("eth_blockNumber", quorum=3, part=parity)


async def test_a_contracts_refusal_is_final_and_carries_its_words():
    with node() as one, node() as other:
        sender = (await ask(one.url, "eth_accounts"))[0]
        fields = {"from": sender, "data": "0x600a600c600039600a6000f3600760005260206000fd"}
        sent = await ask(one.url, "eth_sendTransaction", fields)
        created = await receipt(one.url, sent)
        async with client(one.url, other.url) as rpc:
            with pytest.raises(Reverted) as caught:
                await rpc.call("eth_call", {"to": created["contractAddress"]}, "latest")
    assert int(caught.value.data, 16) == 7


async def test_a_limit_of_one_node_sends_us_to_the_next():
    with node() as good:
        async with (
            raw_server(lambda *_: failing(-32005, "limit exceeded")) as limited,
            client(limited.url, good.url) as rpc,
        ):
            assert await rpc.call("eth_chainId") == hex(1337)
        async with client(limited.url) as rpc:
            with pytest.raises((RateLimited, NotSent)):
                await rpc.call("eth_chainId")


async def test_other_answers_than_json_rpc_send_us_to_the_next():
    with node() as good:
        async with (
            raw_server(lambda *_: answer(b"<html>maintenance</html>")) as broken,
            client(broken.url, good.url) as rpc,
        ):
            assert await rpc.call("eth_chainId") == hex(1337)


async def test_a_providers_key_in_the_url_is_in_no_record():
    key = "k3y-0f-the-provider"
    ring = Ring()
    async with raw_server(lambda *_: failing(-32602, "no")) as server:
        nodes = [RpcNode(name="alpha", url=f"{server.url}/v3/{key}", secrets=(key,))]
        async with client(nodes=nodes, tap=Tap(SystemClock(), [ring])) as rpc:
            with pytest.raises(VenueError, match="alpha -32602"):
                await rpc.call("eth_call")
        assert key.encode() in server.requests[0]
    assert ring.entries
    assert key not in repr(ring.entries)


# --- signed transactions --------------------------------------------------------------------------


async def test_a_signed_transaction_is_sent_and_may_be_sent_again():
    with node(mine=False) as one:
        data, name = await signed(one.url)
        async with client(one.url) as rpc:
            await rpc.send_raw(data, name)
            await rpc.send_raw(data, name)  # "already imported" is as good
            assert (await rpc.call("eth_getTransactionByHash", name))["hash"] == name
            other, its_name = await signed(one.url, value="0x2")
            with pytest.raises(Underpriced):
                await rpc.send_raw(other, its_name)
            await rpc.call("evm_mine")
            with pytest.raises(NonceUsed):
                await rpc.send_raw(other, its_name)


async def test_one_node_that_takes_it_is_enough_and_a_lost_answer_is_no_refusal():
    with node() as good:
        data, name = await signed(good.url)
        async with raw_server(lambda *_: Cut()) as lossy:
            async with client(lossy.url) as rpc:
                with pytest.raises(OutcomeUnknown):
                    await rpc.send_raw(data, name)
            async with client(lossy.url, good.url) as rpc:
                await rpc.send_raw(data, name)
                assert (await receipt(good.url, name))["status"] == "0x1"
        dead = f"http://127.0.0.1:{closed_port()}"
        async with client(dead) as rpc:
            with pytest.raises(NotSent):
                await rpc.send_raw(data, name)


async def test_closing_twice_does_no_harm():
    with node() as one, contextlib.closing(one):
        rpc = client(one.url)
        async with rpc:
            await rpc.call("eth_chainId")
        with pytest.raises(NotSent):
            await rpc.call("eth_chainId")


async def test_a_relay_alone_is_handed_transactions():
    with node(mine=False) as public, node(mine=False) as private:
        relay = RpcNode(name="relay", url=private.url)
        async with client(public.url, relay=relay) as rpc:
            fields = TxFields(
                chain_id=1337,
                nonce=0,
                to="0x" + "ab" * 20,
                value=1,
                data="0x",
                gas=21_000,
                max_fee=10 * GWEI,
                priority_fee=GWEI,
            )
            raw, name = KeySigner(KEY).sign(fields)
            await rpc.send_raw(raw, name)
            assert await rpc.call("eth_getTransactionByHash", name) is None
            assert (await ask(private.url, "eth_getTransactionByHash", name))["hash"] == name


async def test_what_no_node_has_is_unsupported():
    with node() as one:
        async with client(one.url) as rpc:
            with pytest.raises(Unsupported, match="eth_doesNotExist"):
                await rpc.call("eth_doesNotExist")
