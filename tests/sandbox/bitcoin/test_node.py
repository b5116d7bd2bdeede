"""The simulated node's answers beside those of a real one: the same fields, of the same types."""

import json

import pytest

from argosy.sandbox.bitcoin.chain import COIN, Chain, ChainSettings
from argosy.sandbox.bitcoin.crowd import Crowd
from argosy.sandbox.bitcoin.encoding import serialized
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
