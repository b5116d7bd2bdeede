"""The chain as the command runs it: blocks come by themselves, and a stranger may take part."""

import asyncio
import json

import pytest

from argosy.sandbox.evm.link import Link
from argosy.sandbox.evm.live import LiveChain
from argosy.sandbox.run import _told
from argosy.sandbox.server import Sandbox, SandboxSettings
from sandbox.evm.chains import missing


@pytest.fixture(autouse=True)
def there_is_a_chain():
    if why := missing():
        pytest.skip(why)


async def test_blocks_come_and_strangers_transactions_get_into_them():
    async with LiveChain(seed=3, every_s=0.01) as live:
        layout = live.chain.layout

        def wait_for(sent: str) -> dict:
            with Link(live.chain.node.url) as link:
                return link.receipt(sent)

        def ask(method: str, *params: object):
            with Link(live.chain.node.url) as link:
                return link.call(method, *params)

        task = asyncio.get_running_loop().create_task(live.run())
        router = layout.contracts["uniswap_v2.router"]
        # No call of the router: an actor that reads what waits must not stumble over it. No more
        # must it over an old-style transaction, which has but one price for its gas.
        fields = {"from": layout.accounts["rival"], "to": router, "data": "0x38ed1739ff"}
        fields |= {"gas": hex(100_000), "gasPrice": hex(300 * 10**9)}
        sent = await asyncio.to_thread(ask, "eth_sendTransaction", fields)
        receipt = await asyncio.to_thread(wait_for, sent)
        assert receipt["status"] == "0x0"
        first = int(receipt["blockNumber"], 16)
        while int(await asyncio.to_thread(ask, "eth_blockNumber"), 16) < first + 3:
            assert not task.done()
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        node = live.chain.node
    assert not node.alive


async def test_it_tells_people_and_programs_where_it_is():
    settings = SandboxSettings(
        venues=("kraken", "uniswap"), tls=False, market=None, tick_s=0, block_s=60
    )
    async with Sandbox(settings) as sandbox:
        told = json.loads(_told(sandbox, {}, as_json=True))
        shown = _told(sandbox, {}, as_json=False)
    assert set(told) == {"chain", "kraken", "uniswap"}
    assert told["uniswap"]["endpoints"]["rpc"] == told["chain"]["rpc"]
    assert told["chain"]["chain_id"] == 1337
    assert told["chain"]["contracts"]["aave.pool"] in shown
    assert told["chain"]["rpc"] in shown
    assert told["chain"]["lost"] == []
