"""What the explorer tells of parts of blocks and transactions, and what it takes."""

import aiohttp
import pytest

from argosy.sandbox.bitcoin.chain import Chain, ChainSettings
from argosy.sandbox.bitcoin.encoding import Tx, TxIn, TxOut, parsed, serialized, txid
from argosy.sandbox.bitcoin.explorer import Explorer
from argosy.sandbox.bitcoin.parts import Malformed, NotThere
from argosy.sandbox.bitcoin.scripts import pay_to
from argosy.sandbox.bitcoin.server import BitcoinSandbox


@pytest.fixture
def explorer():
    return Explorer(Chain(ChainSettings()))


def spend(chain, fee=1_000, name=""):
    """A transaction of the miner's oldest coin, or of what a waiting one pays."""
    if name:
        place, value = (name, 0), chain.txs[name].outputs[0].value
    else:
        place = next(iter(chain.coins))
        value = chain.coins[place].out.value
    return Tx((TxIn(*place),), (TxOut(value - fee, pay_to("somebody")),))


def test_a_block_that_is_no_part_of_the_chain_is_told_as_such(explorer):
    chain = explorer.chain
    gone, kept = chain.tip, chain.best[-2]
    assert explorer.get(f"block/{gone.hash}/status") == {
        "in_best_chain": True,
        "height": gone.height,
    }
    assert explorer.get(f"block/{kept.hash}/status")["next_best"] == gone.hash
    chain.reorganise(1)
    assert explorer.get(f"block/{gone.hash}/status") == {"in_best_chain": False}
    assert explorer.get(f"block/{kept.hash}/status")["next_best"] == chain.best[gone.height].hash
    assert explorer.get(f"block/{gone.hash}/raw") == gone.raw
    assert len(explorer.get("blocks")) == 10
    assert len(explorer.get("v1/blocks")) == 15
    assert [each["height"] for each in explorer.get("v1/blocks/1")] == [1, 0]


def test_who_spends_an_output_and_what_hangs_together(explorer):
    chain = explorer.chain
    parent = chain.submit(spend(chain))
    place = (parent.tx.inputs[0].txid, 0)
    told = explorer.get(f"tx/{place[0]}/outspend/0")
    assert told == {
        "spent": True,
        "txid": parent.txid,
        "vin": 0,
        "status": {"confirmed": False},
    }
    assert explorer.get(f"tx/{parent.txid}/outspends") == [{"spent": False}]
    child = chain.submit(spend(chain, 5_000, parent.txid))
    package = explorer.get(f"v1/cpfp/{child.txid}")
    assert [each["txid"] for each in package["ancestors"]] == [parent.txid]
    assert package["effectiveFeePerVsize"] == 6_000 / (parent.vsize + child.vsize)
    below = explorer.get(f"v1/cpfp/{parent.txid}")["descendants"]
    assert [(each["txid"], each["fee"]) for each in below] == [(child.txid, 5_000)]
    chain.mine()
    assert explorer.get(f"tx/{parent.txid}/outspend/0")["status"]["confirmed"] is True
    assert explorer.get(f"v1/cpfp/{child.txid}") == {"ancestors": []}
    assert explorer.get(f"tx/{child.txid}/raw") == serialized(child.tx)
    assert explorer.get(f"tx/{child.txid}/merkle-proof")["pos"] == 2


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("block-height/x", Malformed),
        ("block-height/999", NotThere),
        ("block/{tip}/txs/7", Malformed),
        ("block/{tip}/txs/25", Malformed),
        ("block/{tip}/txid/1", NotThere),
        ("block/{tip}/nonsense", NotThere),
        ("tx/{tx}/nonsense", NotThere),
        ("tx/{tx}/outspend/x", Malformed),
        ("v1/nonsense", NotThere),
        ("tx/" + "00" * 32 + "/hex", NotThere),
    ],
)
def test_what_there_is_not(explorer, path, kind):
    tip = explorer.chain.tip
    with pytest.raises(kind):
        explorer.get(path.format(tip=tip.hash, tx=tip.txids[0]))


def test_a_waiting_transaction_has_no_proof(explorer):
    waiting = explorer.chain.submit(spend(explorer.chain))
    with pytest.raises(NotThere, match="unconfirmed"):
        explorer.get(f"tx/{waiting.txid}/merkle-proof")


async def test_it_takes_transactions_and_gives_bytes():
    async with BitcoinSandbox() as sandbox, aiohttp.ClientSession() as session:
        place = next(
            place
            for place, coin in sandbox.chain.coins.items()
            if coin.height and coin.height < 10 and sandbox.chain.free(place)
        )
        tx = Tx((TxIn(*place),), (TxOut(10**8, pay_to("somebody")),))
        async with session.post(f"{sandbox.api}/tx", data=serialized(tx).hex()) as answer:
            assert (answer.status, await answer.text()) == (200, txid(tx))
        async with session.get(f"{sandbox.api}/tx/{txid(tx)}/raw") as answer:
            assert answer.content_type == "application/octet-stream"
            assert parsed(await answer.read()) == tx
        for body, words in (("zz", "-22"), (serialized(spend(sandbox.chain, -1)).hex(), "-26")):
            async with session.post(f"{sandbox.api}/tx", data=body) as answer:
                assert answer.status == 400
                assert f'RPC error: {{"code":{words},' in await answer.text()
        sandbox.too_many = True
        async with session.post(f"{sandbox.api}/tx", data="zz") as answer:
            assert answer.status == 429
