"""The simulated node's answers beside those of a real one: the same fields, of the same types."""

import json
from functools import partial

import pytest

from argosy.sandbox.bitcoin.chain import COIN, Chain, ChainSettings
from argosy.sandbox.bitcoin.crowd import Crowd
from argosy.sandbox.bitcoin.encoding import (
    Tx,
    TxIn,
    TxOut,
    serialized,
    sha256d,
    txid,
    vsize,
    weight,
    wtxid,
)
from argosy.sandbox.bitcoin.node import Node
from net.bitcoin_worlds import daemon

# What litecoind alone has, and what the simulation leaves out: of wallets, of proofs, of its own.
OTHERS = {
    "ismweb", "mwebweight", "ancestormwebweight", "descendantmwebweight",  # Litecoin's own
    "softforks", "localaddresses", "networks", "localservices", "localservicesnames",
    "connections_in", "connections_out", "txinwitness",
    "fee", "modifiedfee", "ancestorfees", "descendantfees",  # deprecated
}  # fmt: skip


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    with daemon(tmp_path_factory.mktemp("litecoin")) as running:
        running.call("sendtoaddress", running.call("getnewaddress"), "1.5")
        yield running


@pytest.fixture(scope="module")
def simulated():
    crowd = Crowd(Chain(ChainSettings()))
    crowd.open()
    crowd.pay("miner", "person1", COIN, 5)
    return crowd.chain


def ask(chain, method, *params, old=True):
    body = json.dumps({"id": 1, "method": method, "params": params}).encode()
    told = json.loads(Node(chain, old=old).answer(body)[1])
    assert told["error"] is None, told
    return told["result"]


def shape(value):
    """Names and types, without what others have; of lists the first entry stands for all."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items() if name not in OTHERS}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return (
        "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value)
    )


@pytest.mark.parametrize(
    "method",
    ["getblockchaininfo", "getnetworkinfo", "getmempoolinfo", "getblockcount", "getbestblockhash"],
)
def test_how_things_are(real, simulated, method):
    assert shape(ask(simulated, method)) == shape(real.call(method))


def test_what_waits(real, simulated):
    (ours,) = ask(simulated, "getrawmempool", True).values()
    (theirs,) = real.call("getrawmempool", True).values()
    assert shape(ours) == shape(theirs)
    (name,) = ask(simulated, "getrawmempool")
    assert ask(simulated, "getmempoolentry", name) == ours
    assert shape(ask(simulated, "estimatesmartfee", 6)) == shape(real.call("estimatesmartfee", 6))


def test_transactions(real, simulated):
    (ours,), (theirs,) = ask(simulated, "getrawmempool"), real.call("getrawmempool")
    mine = ask(simulated, "getrawtransaction", ours, True)
    other = real.call("getrawtransaction", theirs, True)
    assert {name: shape(each) for name, each in mine.items() if name != "vout"} == {
        name: shape(each) for name, each in other.items() if name != "vout"
    }
    assert shape(mine["vout"]) == shape(other["vout"])
    raw = serialized(simulated.txs[ours]).hex()
    assert ask(simulated, "getrawtransaction", ours) == raw == mine["hex"]
    tested = ask(simulated, "testmempoolaccept", [raw])
    again = real.call("testmempoolaccept", [real.call("getrawtransaction", theirs)])
    assert shape(tested) == shape(again)
    assert tested[0]["reject-reason"] == again[0]["reject-reason"]


def test_unspent_outputs(real, simulated):
    ours = simulated.best[5].txids[0]
    newest = real.call("getblockhash", real.call("getblockcount"))
    theirs = real.call("getblock", newest)  # its reward cannot have been spent by its wallet yet
    for pool in (True, False):
        mine = ask(simulated, "gettxout", ours, 0, pool)
        assert shape(mine) == shape(real.call("gettxout", theirs["tx"][0], 0, pool))
    assert ask(simulated, "gettxout", ours, 1) is real.call("gettxout", "11" * 32, 0) is None
    (waiting,) = simulated.pool.values()
    place = (waiting.tx.inputs[0].txid, waiting.tx.inputs[0].index)
    assert ask(simulated, "gettxout", *place) is None
    assert ask(simulated, "gettxout", *place, False)["value"] > 0


def test_headers_and_blocks(real, simulated):
    for number in (0, 1, 50):
        ours = ask(simulated, "getblockhash", number)
        theirs = real.call("getblockhash", number)
        assert shape(ask(simulated, "getblockheader", ours)) == shape(
            real.call("getblockheader", theirs)
        )
        assert shape(ask(simulated, "getblock", ours, 1)) == shape(real.call("getblock", theirs, 1))
        one, other = ask(simulated, "getblock", ours, 2), real.call("getblock", theirs, 2)
        assert one.keys() == other.keys()
        assert one["tx"][0].keys() == other["tx"][0].keys()
        assert one["tx"][0]["vin"][0].keys() == other["tx"][0]["vin"][0].keys() - OTHERS


def test_new_nodes_tell_more(simulated):
    simulated.mine()
    block = ask(simulated, "getblock", simulated.tip.hash, 3, old=False)
    paid = block["tx"][1]
    assert paid["fee"] > 0
    assert paid["vin"][0]["prevout"]["value"] > 0
    assert "address" in paid["vout"][0]["scriptPubKey"]
    spent = sum(each["prevout"]["value"] for each in paid["vin"])
    assert round(spent - sum(each["value"] for each in paid["vout"]) - paid["fee"], 8) == 0
    assert (
        "prevout"
        not in ask(simulated, "getblock", simulated.tip.hash, 2, old=False)["tx"][1]["vin"][0]
    )


def test_raw_forms_are_what_the_objects_say(real):
    crowd = Crowd(Chain(ChainSettings()))
    crowd.open()
    waits = crowd.pay("miner", "person1", COIN, 5)
    simulated = crowd.chain
    ours, theirs = (each("getbestblockhash") for each in (partial(ask, simulated), real.call))
    for call, name in ((partial(ask, simulated), ours), (real.call, theirs)):
        told, raw = call("getblock", name, 1), call("getblock", name, 0)
        if call != real.call:  # Litecoin's have extension blocks
            assert len(raw) // 2 == told["size"]
        header = call("getblockheader", name, False)
        assert raw.startswith(header)
        assert sha256d(bytes.fromhex(header))[::-1].hex() == name
    told = ask(simulated, "getrawtransaction", waits.txid, 1)
    raw = told.pop("hex")
    assert ask(simulated, "decoderawtransaction", raw) == told
    (other,) = real.call("getrawmempool")
    decoded = real.call("decoderawtransaction", real.call("getrawtransaction", other))
    assert set(told) == set(decoded) - OTHERS
    more = ask(simulated, "getrawtransaction", waits.txid, 2, old=False)
    assert more["fee"] > 0
    assert all("prevout" in each for each in more["vin"])


def test_how_the_chain_branches(real, simulated):
    for method in ("getdifficulty", "getconnectioncount", "getchaintips"):
        assert shape(ask(simulated, method)) == shape(real.call(method))
    chain = Chain(ChainSettings())
    gone = chain.tip
    chain.reorganise(3)
    first, other = ask(chain, "getchaintips")
    assert (first["hash"], first["branchlen"], first["status"]) == (chain.tip.hash, 0, "active")
    assert other == {
        "height": gone.height,
        "hash": gone.hash,
        "branchlen": 3,
        "status": "valid-fork",
    }


def test_what_is_signed_keeps_its_signature():
    """A witness and an input's script are part of what is told, and of the fee; the id leaves the
    witness out. Its block says in the coinbase what all witnesses come to.
    """
    chain = Chain(ChainSettings())
    (place, coin) = min(chain.coins.items(), key=lambda each: each[1].height)
    spent = TxIn(*place, script=b"\x02ab", witness=(b"\x30" * 71, b"\x02" * 33))
    tx = Tx((spent,), (TxOut(coin.out.value - 500, b"\x00\x14" + bytes(20)),))
    name = ask(chain, "sendrawtransaction", serialized(tx).hex())
    assert name == txid(tx) != wtxid(tx)
    told = ask(chain, "getrawtransaction", name, 1, old=False)
    assert (told["hash"], told["hex"]) == (wtxid(tx), serialized(tx).hex())
    assert told["vin"][0]["txinwitness"] == ["30" * 71, "02" * 33]
    assert told["vin"][0]["scriptSig"] == {"asm": "25185", "hex": "026162"}
    assert told["vout"][0]["scriptPubKey"]["address"].startswith("bcrt1q")
    entry = ask(chain, "getmempoolentry", name)
    assert entry["wtxid"] == wtxid(tx)
    assert (entry["vsize"], entry["weight"]) == (vsize(tx), weight(tx)) == (113, 449)
    chain.mine()
    block = ask(chain, "getblock", chain.tip.hash, 2)
    assert block["weight"] == 3 * block["strippedsize"] + block["size"]
    assert block["size"] == len(ask(chain, "getblock", chain.tip.hash, 0)) // 2
    reward = block["tx"][0]
    assert reward["vin"][0]["txinwitness"] == ["00" * 32]
    root = sha256d(bytes(32) + bytes.fromhex(wtxid(tx))[::-1])
    wanted = "6a24aa21a9ed" + sha256d(root + bytes(32)).hex()
    assert reward["vout"][1]["scriptPubKey"]["hex"] == wanted
    assert ask(chain, "gettxout", reward["txid"], 1) is None  # nobody can ever spend it


def test_a_transaction_is_looked_for_in_a_block_that_is_named(real):
    chain = Chain(ChainSettings())
    gone = chain.tip
    name = gone.txids[0]
    told = ask(chain, "getrawtransaction", name, True, gone.hash)
    theirs = real.call("getbestblockhash")
    there = real.call("getblock", theirs)["tx"][0]
    other = real.call("getrawtransaction", there, True, theirs)
    assert {key: shape(each) for key, each in told.items() if key not in {"vin", "vout"}} == {
        key: shape(each) for key, each in other.items() if key not in {"vin", "vout"}
    }
    chain.reorganise(1)
    again = ask(chain, "getrawtransaction", name, True, gone.hash)
    assert (told["in_active_chain"], again["in_active_chain"]) == (True, False)
    assert (told["confirmations"], again["confirmations"]) == (1, 0)
    assert ask(chain, "getrawtransaction", name, False, gone.hash) == told["hex"]
    for params, words in (((name, 0, chain.tip.hash), "provided"), ((name, 0, name), "not found")):
        said = {"id": 1, "method": "getrawtransaction", "params": params}
        error = json.loads(Node(chain).answer(json.dumps(said).encode())[1])["error"]
        assert error["code"] == -5
        assert words in error["message"]
        wrong = real.call("getblockhash", 1) if words == "provided" else there
        with pytest.raises(RuntimeError, match=words):
            real.call("getrawtransaction", there, 0, wrong)
