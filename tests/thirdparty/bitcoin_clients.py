"""python-bitcoinrpc, bitcoinrpc, python-bitcoinlib and embit, unmodified, against the simulated
Bitcoin node: what it says is what libraries make of its bytes, and it takes what they sign.

Runs in an environment of its own; argv[1] is a JSON file with the node's address and login, and
with blocks as argosy.sources.bitcoin read them.
"""

import asyncio
import importlib.metadata
import json
import sys
from decimal import Decimal
from pathlib import Path

import bitcoin
import bitcoin.rpc
from bitcoin.core import COIN, CBlock, CheckBlock, CTransaction, b2lx, b2x, lx, x
from bitcoin.core.script import CScript
from bitcoin.wallet import CBitcoinAddress, CBitcoinAddressError
from bitcoinrpc.authproxy import AuthServiceProxy, JSONRPCException
from bitcoinrpc.bitcoin_rpc import BitcoinRPC, RPCError
from embit import ec, networks, script
from embit.transaction import Transaction, TransactionInput, TransactionOutput

SETUP = json.loads(Path(sys.argv[1]).read_text())
PLACE = SETUP["url"].removeprefix("http://")
URL = f"http://{SETUP['user']}:{SETUP['password']}@{PLACE}"
NODE = AuthServiceProxy(URL)
NETWORK = networks.NETWORKS["regtest"]
KEY = ec.PrivateKey(bytes([7]) * 32)
DONE = []
bitcoin.SelectParams("regtest")


def refused(ask, kind):
    try:
        answer = ask()
    except kind as e:
        return e
    raise AssertionError(f"{answer} in place of {kind.__name__}")


def satoshi(coins):
    return int(coins * COIN)


def wide(tx):
    """A transaction's bytes without witnesses, and its weight, by python-bitcoinlib."""
    whole = len(tx.serialize())
    bare = len(CTransaction(tx.vin, tx.vout, tx.nLockTime, tx.nVersion).serialize())
    return 3 * bare + whole


def address_of(raw):
    """An output's address by both libraries, which must agree where both know the form."""
    try:
        theirs = script.Script(raw).address(NETWORK)
    except script.ScriptError:
        theirs = None
    theirs = theirs or ""
    try:
        other = str(CBitcoinAddress.from_scriptPubKey(CScript(raw)))
    except CBitcoinAddressError:
        other = ""  # it knows no taproot
    assert other in {theirs, ""}
    return theirs


def talking():
    height = NODE.getblockcount()
    assert NODE.getblockhash(height) == NODE.getbestblockhash()
    # It asks as JSON-RPC 2.0 and wants an "error" in each answer, which nodes give before 28.0.
    several = [["getblockhash", n] for n in range(3)]
    refused(lambda: NODE.batch_([[*each] for each in several]), KeyError)
    old = AuthServiceProxy(URL.replace(PLACE, SETUP["old_url"].removeprefix("http://")))
    assert old.batch_(several) == [NODE.getblockhash(n) for n in range(3)]
    why = refused(lambda: NODE.getblockhash(10**6), JSONRPCException)
    assert (why.code, why.message) == (-8, "Block height out of range")
    assert refused(lambda: NODE.getrawtransaction("00" * 32), JSONRPCException).code == -5
    assert refused(NODE.nonsense, JSONRPCException).code == -32601
    assert refused(lambda: NODE.sendrawtransaction("00"), JSONRPCException).code == -22
    wrong = AuthServiceProxy(URL.replace(SETUP["password"], "wrong"))
    refused(wrong.getblockcount, JSONRPCException)
    assert isinstance(NODE.getnetworkinfo()["relayfee"], Decimal)
    DONE.append("python-bitcoinrpc: questions, lists of them, refusals")


async def typed():
    async with BitcoinRPC.from_config(SETUP["url"], (SETUP["user"], SETUP["password"])) as node:
        info = await node.getblockchaininfo()
        name = await node.getbestblockhash()
        assert (info["blocks"], info["bestblockhash"]) == (await node.getblockcount(), name)
        assert await node.getblockhash(info["blocks"]) == name
        assert (await node.getdifficulty()) == info["difficulty"]
        assert (await node.getchaintips())[0]["hash"] == name
        assert await node.getconnectioncount() == (await node.getnetworkinfo())["connections"]
        assert (await node.getmempoolinfo())["loaded"] is True
        whole = await node.getblock(name, 2)
        assert [each["txid"] for each in whole["tx"]] == (await node.getblock(name, 1))["tx"]
        raw = await node.getblock(name, 0)
        assert raw.startswith(await node.getblockheader(name, False))
        header = await node.getblockheader(name)
        assert header.items() <= whole.items()
        first = whole["tx"][0]["txid"]
        assert (await node.getrawtransaction(first))["hex"] == whole["tx"][0]["hex"]
        assert await node.getrawtransaction(first, False) == whole["tx"][0]["hex"]
        (why,) = await asyncio.gather(node.getblockhash(10**6), return_exceptions=True)
        assert isinstance(why, RPCError)
        assert why.error["code"] == -8
    DONE.append("bitcoinrpc: what its methods promise")


def transaction(raw, told, spent):
    """One transaction as the node tells it, beside what two libraries read in its bytes."""
    tx, other = CTransaction.deserialize(x(raw)), Transaction.from_string(raw)
    assert b2lx(tx.GetTxid()) == other.txid().hex() == told["txid"]
    assert b2lx(tx.GetHash()) == told["hash"]
    assert len(tx.serialize()) == len(other.serialize()) == told["size"]
    assert (wide(tx), (wide(tx) + 3) // 4) == (told["weight"], told["vsize"])
    for place, (out, said) in enumerate(zip(tx.vout, told["vout"], strict=True)):
        assert satoshi(said["value"]) == out.nValue == other.vout[place].value
        assert said["scriptPubKey"]["hex"] == b2x(out.scriptPubKey)
        assert said["scriptPubKey"].get("address", "") == address_of(bytes(out.scriptPubKey))
        spent[told["txid"], place] = out.nValue
    if not tx.is_coinbase():
        for entry, said in zip(tx.vin, told["vin"], strict=True):
            assert (said["txid"], said["vout"]) == (b2lx(entry.prevout.hash), entry.prevout.n)
            assert satoshi(said["prevout"]["value"]) == spent[said["txid"], said["vout"]]
        paid = sum(spent[b2lx(each.prevout.hash), each.prevout.n] for each in tx.vin)
        assert satoshi(told["fee"]) == paid - sum(each.nValue for each in tx.vout) > 0
    return tx


def read_by_argosy(tx, ours, spent):
    """The same as argosy.sources.bitcoin read it."""
    assert ours["txid"] == b2lx(tx.GetTxid())
    assert (ours["weight"], ours["vsize"]) == (wide(tx), (wide(tx) + 3) // 4)
    outputs = [[each.nValue, address_of(bytes(each.scriptPubKey))] for each in tx.vout]
    assert ours["outputs"] == outputs
    if tx.is_coinbase():
        assert [each[0] for each in ours["inputs"]] == [""]
        return
    inputs = [
        [b2lx(each.prevout.hash), each.prevout.n, spent[b2lx(each.prevout.hash), each.prevout.n]]
        for each in tx.vin
    ]
    assert ours["inputs"] == inputs
    assert ours["fee"] == sum(each[2] for each in inputs) - sum(each.nValue for each in tx.vout)


def blocks():
    """Every block: proof of work, merkle root, size, transactions, links."""
    node, spent, before = bitcoin.rpc.Proxy(service_url=URL), {}, bytes(32)
    mine = {each["hash"]: each["transactions"] for each in SETUP["blocks"]}
    count = 0
    for height in range(node.getblockcount() + 1):
        name = node.getblockhash(height)
        block = node.getblock(name)
        assert isinstance(block, CBlock)
        CheckBlock(block, cur_time=block.nTime)
        assert (block.GetHash(), block.hashPrevBlock) == (name, before)
        before = name
        told = NODE.getblock(b2lx(name), 3)
        raw = block.serialize()
        assert len(raw) == told["size"]
        assert told["weight"] == 3 * told["strippedsize"] + told["size"]
        assert told["merkleroot"] == b2lx(block.hashMerkleRoot)
        assert (told["time"], told["nonce"], told["version"]) == (
            block.nTime,
            block.nNonce,
            block.nVersion,
        )
        assert int(told["bits"], 16) == block.nBits
        read = [transaction(each["hex"], each, spent) for each in told["tx"]]
        assert [each.serialize() for each in read] == [each.serialize() for each in block.vtx]
        heights = b"" if height == 0 else CScript([height])
        assert bytes(block.vtx[0].vin[0].scriptSig).startswith(heights)
        for tx, ours in zip(block.vtx, mine.get(b2lx(name), []), strict=bool(mine.get(b2lx(name)))):
            read_by_argosy(tx, ours, spent)
            count += 1
    assert count > 100
    DONE.append("python-bitcoinlib, embit: every block, as the node and we tell it")
    return spent


def waiting(spent):
    pool = NODE.getrawmempool(True)
    assert len(pool) > 5
    for name in sorted(pool, key=lambda name: pool[name]["ancestorcount"]):
        entry, told = pool[name], NODE.getrawtransaction(name, 2)
        tx = transaction(told["hex"], told, spent)
        assert (entry["vsize"], entry["weight"]) == (told["vsize"], told["weight"])
        assert entry["wtxid"] == b2lx(tx.GetHash())
        assert entry["fees"]["base"] == told["fee"]
        (tested,) = NODE.testmempoolaccept([told["hex"]])
        assert (tested["txid"], tested["reject-reason"]) == (name, "txn-already-in-mempool")
    DONE.append("what waits: ids, sizes and fees")


def own_coins():
    """Coins of ours by each kind of address: nobody checks who may spend the miner's."""
    ripe = range(NODE.getblockcount() - 100, 0, -1)
    rewards = (NODE.getblock(NODE.getblockhash(height), 1)["tx"][0] for height in ripe)
    reward = next(each for each in rewards if NODE.gettxout(each, 0) is not None)
    scripts = [script.p2pkh(KEY), script.p2wpkh(KEY), script.p2sh(script.p2wpkh(KEY))]
    scripts += [script.p2tr(KEY), script.p2wsh(script.p2pkh(KEY))]
    spend = TransactionInput(bytes.fromhex(reward), 0)
    outputs = [TransactionOutput(8 * COIN, each) for each in scripts]
    tx = Transaction(vin=[spend], vout=outputs)
    assert NODE.sendrawtransaction(tx.serialize().hex()) == tx.txid().hex()
    told = NODE.getrawtransaction(tx.txid().hex(), 1)
    kinds = ("pubkeyhash", "witness_v0_keyhash", "scripthash")
    kinds += ("witness_v1_taproot", "witness_v0_scripthash")
    for each, kind, said in zip(scripts, kinds, told["vout"], strict=True):
        assert said["scriptPubKey"]["type"] == kind
        assert said["scriptPubKey"]["address"] == each.address(NETWORK)
    NODE.generate(1)
    return tx


def signed(tx):
    """A spend of the first four, each signed as its kind is."""
    name = tx.txid()
    public = KEY.get_public_key()
    change = TransactionOutput(31 * COIN, script.p2wpkh(KEY))
    made = Transaction(vin=[TransactionInput(name, n) for n in range(4)], vout=[change])
    values = [8 * COIN] * 4
    legacy = KEY.sign(made.sighash_legacy(0, script.p2pkh(KEY))).serialize() + b"\x01"
    made.vin[0].script_sig = script.Script(
        bytes([len(legacy)]) + legacy + bytes([33]) + public.sec()
    )
    made.vin[2].script_sig = script.Script(b"\x16" + script.p2wpkh(KEY).data)
    for place in (1, 2):
        digest = made.sighash_segwit(place, script.p2pkh(KEY), 8 * COIN)
        made.vin[place].witness = script.Witness(
            [KEY.sign(digest).serialize() + b"\x01", public.sec()]
        )
    digest = made.sighash_taproot(3, [each.script_pubkey for each in tx.vout[:4]], values)
    made.vin[3].witness = script.Witness([KEY.taproot_tweak().schnorr_sign(digest).serialize()])
    return made


def sending():
    paid = own_coins()
    made = signed(paid)
    node, raw = bitcoin.rpc.Proxy(service_url=URL), made.serialize().hex()
    theirs = CTransaction.deserialize(x(raw))
    name = b2lx(theirs.GetTxid())
    (tested,) = NODE.testmempoolaccept([raw])
    assert (tested["allowed"], tested["txid"]) == (True, name)
    assert tested["vsize"] == (wide(theirs) + 3) // 4
    assert satoshi(tested["fees"]["base"]) == COIN
    assert node.sendrawtransaction(theirs) == theirs.GetTxid()
    assert made.txid().hex() == name != b2lx(theirs.GetHash())
    entry = NODE.getmempoolentry(name)
    assert (entry["wtxid"], entry["vsize"]) == (b2lx(theirs.GetHash()), tested["vsize"])
    assert NODE.getrawtransaction(name) == raw
    told = NODE.getrawtransaction(name, 2)
    assert told["vin"][0]["scriptSig"]["hex"] == made.vin[0].script_sig.data.hex()
    assert [len(each.get("txinwitness", ())) for each in told["vin"]] == [0, 2, 2, 1]
    decoded = NODE.decoderawtransaction(raw)
    assert (
        decoded.items() <= told.items()
        or decoded["vin"][0]["scriptSig"] == told["vin"][0]["scriptSig"]
    )
    NODE.generate(1)
    block = node.getblock(lx(NODE.getbestblockhash()))
    CheckBlock(block, cur_time=block.nTime)  # the commitment to witnesses, too
    assert theirs.GetTxid() in [each.GetTxid() for each in block.vtx]
    assert b2lx(block.vtx[0].GetTxid()) == NODE.getblock(b2lx(block.GetHash()))["tx"][0]
    out = node.gettxout(bitcoin.core.COutPoint(theirs.GetTxid(), 0))
    assert out["txout"] == theirs.vout[0]
    again = refused(lambda: NODE.sendrawtransaction(raw), JSONRPCException)
    assert again.code == -27
    DONE.append("signed transactions of four kinds: taken, ids and sizes as the libraries say")


talking()
asyncio.run(typed())
waiting(blocks())
sending()
versions = ("python-bitcoinrpc", "bitcoinrpc", "python-bitcoinlib", "embit")
print(json.dumps({each: importlib.metadata.version(each) for each in versions} | {"done": DONE}))
