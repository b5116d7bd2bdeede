"""Bitcoin's clients and libraries that others wrote, against the simulated node and our reading."""

import asyncio
import json
from pathlib import Path

import pytest

from argosy.sandbox.bitcoin.chain import ChainSettings
from argosy.sandbox.bitcoin.server import PASSWORD, USER
from net.bitcoin_worlds import client, simulated
from thirdparty.environment import python_with, run

HERE = Path(__file__).parent
pytestmark = [pytest.mark.thirdparty, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def python():
    return python_with(
        "bitcoin", "bitcoin.rpc, bitcoinrpc.authproxy, bitcoinrpc.bitcoin_rpc, embit"
    )


def plain(tx):
    return {
        "txid": tx.txid,
        "weight": tx.weight,
        "vsize": tx.vsize,
        "fee": tx.fee,
        "inputs": [[each.txid, each.index, each.value] for each in tx.inputs],
        "outputs": [[each.value, each.address] for each in tx.outputs],
    }


async def test_the_node_and_our_reading_are_what_libraries_say(python, tmp_path):
    async with simulated(nodes=2, chain=ChainSettings(blocks=150, block_vsize=8_000)) as world:
        world.sandbox.nodes[1].node.old = True
        crowd = world.sandbox.crowd
        for _ in range(30):
            crowd.step()
        while len(crowd.chain.pool) < 20:
            crowd.pay("miner", "exchange", 10_000_000, 3)
        async with client(world.node) as reader:
            tip = await reader.tip()
            names = [await reader.hash_at(n) for n in range(tip.number + 1)]
            blocks = [await reader.block(name) for name in names]
        setup = tmp_path / "setup.json"
        setup.write_text(
            json.dumps(
                {
                    "url": world.node.url,
                    "old_url": world.sandbox.nodes[1].url,
                    "user": USER,
                    "password": PASSWORD,
                    "blocks": [
                        {"hash": b.hash, "transactions": [plain(tx) for tx in b.transactions]}
                        for b in blocks
                    ],
                }
            )
        )
        done = await asyncio.to_thread(run, python, str(HERE / "bitcoin_clients.py"), str(setup))
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    assert len(json.loads(done.stdout.splitlines()[-1])["done"]) == 5
