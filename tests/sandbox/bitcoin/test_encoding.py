"""Bitcoin's bytes, held against what everybody knows of the first block, and a real node."""

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.sandbox.bitcoin import encoding, scripts
from argosy.sandbox.bitcoin.encoding import (
    Tx,
    TxIn,
    TxOut,
    Undecodable,
    header,
    merkle_root,
    parsed,
    serialized,
    sha256d,
    shown,
    txid,
    var_int,
)
from argosy.sandbox.bitcoin.scripts import address_of, pay_to
from net.bitcoin_worlds import daemon

# https://en.bitcoin.it/wiki/Genesis_block
WORDS = b"The Times 03/Jan/2009 Chancellor on brink of second bailout for banks"
KEY = bytes.fromhex(
    "04678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb6"
    "49f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5f"
)
FIRST_TX = "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b"
FIRST_BLOCK = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"

TXS = st.builds(
    Tx,
    st.lists(
        st.builds(
            TxIn,
            st.binary(min_size=32, max_size=32).map(bytes.hex),
            st.integers(0, 2**32 - 1),
            st.just(b""),
            st.integers(0, 2**32 - 1),
            st.binary(max_size=300),
            st.lists(st.binary(max_size=80), max_size=3).map(tuple),
        ),
        min_size=1,
        max_size=300,
    ).map(tuple),
    st.lists(
        st.builds(TxOut, st.integers(0, 21 * 10**14), st.binary(max_size=40)),
        min_size=1,
        max_size=5,
    ).map(tuple),
    st.sampled_from([1, 2]),
    st.integers(0, 2**32 - 1),
)


def test_the_first_block_of_all():
    script = b"\x04\xff\xff\x00\x1d\x01\x04" + var_int(len(WORDS)) + WORDS
    coinbase = Tx(
        (TxIn(coinbase=script, sequence=0xFFFFFFFF),),
        (TxOut(50 * 10**8, b"\x41" + KEY + b"\xac"),),
        version=1,
    )
    assert txid(coinbase) == FIRST_TX
    data = struct.pack("<i", 1) + bytes(32) + merkle_root([FIRST_TX])
    data += struct.pack("<III", 1231006505, 0x1D00FFFF, 2083236893)
    assert shown(sha256d(data)) == FIRST_BLOCK


@given(TXS)
def test_a_transaction_is_read_back(tx):
    assert parsed(serialized(tx)) == tx


@given(TXS, st.data())
def test_other_bytes_are_undecodable_or_another_transaction(tx, data):
    whole = serialized(tx)
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(Undecodable):
        parsed(whole[:cut])
    with pytest.raises(Undecodable):
        parsed(whole + b"\x00")


@given(st.binary(max_size=300))
def test_any_bytes_are_undecodable_or_a_transaction(data):
    with contextlib.suppress(Undecodable):
        assert parsed(data).inputs


def test_a_header_is_under_its_target():
    data, nonce = header("00" * 32, bytes(32), 1)
    assert len(data) == 80
    assert int.from_bytes(sha256d(data), "little") <= encoding._TARGET
    assert data[-4:] == struct.pack("<I", nonce)


def test_scripts_without_an_address():
    assert address_of(b"\x6a\x04abcd") == address_of(b"") == ""
    assert [scripts.kind(script) for script in (pay_to("a"), b"\x6a\x01a", b"\x51")] == [
        "pubkeyhash",
        "nulldata",
        "nonstandard",
    ]


@pytest.fixture(scope="module")
def litecoin(tmp_path_factory):
    with daemon(tmp_path_factory.mktemp("litecoin")) as running:
        yield running


def test_a_real_node_reads_our_transactions_and_addresses_the_same(litecoin):
    tx = Tx(
        (TxIn("ab" * 32, 3), TxIn("cd" * 32, 0)), (TxOut(5, pay_to("a")), TxOut(7, b"\x6a\x01a"))
    )
    told = litecoin.call("decoderawtransaction", serialized(tx).hex())
    assert told["txid"] == txid(tx)
    assert told["vsize"] == len(serialized(tx))
    assert [each["vout"] for each in told["vin"]] == [3, 0]
    for name in ("a", "b", "somebody else"):
        address = address_of(pay_to(name))
        assert litecoin.call("validateaddress", address)["scriptPubKey"] == pay_to(name).hex()


def test_a_real_nodes_blocks_hash_as_ours_do(litecoin):
    for number in (0, 1, 50):
        name = litecoin.call("getblockhash", number)
        raw = bytes.fromhex(litecoin.call("getblock", name, 0))
        told = litecoin.call("getblock", name, 1)
        assert shown(sha256d(raw[:80])) == name
        assert merkle_root(told["tx"]) == raw[36:68]


SCRIPTS = {
    "pubkeyhash": pay_to("a"),
    "scripthash": b"\xa9\x14" + bytes(range(20)) + b"\x87",
    "witness_v0_keyhash": b"\x00\x14" + bytes(range(20)),
    "witness_v0_scripthash": b"\x00\x20" + bytes(range(32)),
    "witness_v1_taproot": b"\x51\x20" + bytes(range(32)),
    "witness_unknown": b"\x53\x04" + bytes(range(4)),
    "nulldata": b"\x6a\x04\x01\x02\x03\x84",
    "nonstandard": b"\x51\x4f\x01\x85\x4c\x05hello\xae\x00",
}


def test_a_real_node_names_scripts_the_same(litecoin):
    for kind, script in SCRIPTS.items():
        assert scripts.kind(script) == kind
        told = litecoin.call("decodescript", script.hex())
        assert told["type"] == kind
        if kind != "nonstandard":
            assert told["asm"] == scripts.words(script)
    assert scripts.words(SCRIPTS["nonstandard"]) == "1 -1 -5 68656c6c6f OP_CHECKMULTISIG 0"
    assert scripts.words(b"\x05abc") == "[error]"


@pytest.mark.parametrize("witnessed", [True, False])
def test_a_real_node_weighs_transactions_the_same(litecoin, witnessed):
    items = (b"\x30" * 71, b"\x02" * 33) if witnessed else ()
    inputs = (TxIn("ab" * 32, 3, script=b"\x02ab"), TxIn("cd" * 32, 0, witness=items))
    tx = Tx(inputs, tuple(TxOut(n, script) for n, script in enumerate(SCRIPTS.values())))
    told = litecoin.call("decoderawtransaction", serialized(tx).hex(), witnessed)
    assert told["txid"] == txid(tx)
    assert told["hash"] == encoding.wtxid(tx)
    assert (told["txid"] == told["hash"]) is not witnessed
    assert (told["size"], told["vsize"]) == (len(serialized(tx)), encoding.vsize(tx))
    assert told["weight"] == encoding.weight(tx)
    assert parsed(serialized(tx)) == tx


def test_a_coinbase_says_its_height():
    for height, script in ((0, "00"), (1, "51"), (16, "60"), (17, "0111"), (128, "028000")):
        data = encoding.coinbase(height, 5, (TxOut(1, b""),), ()).inputs[0].coinbase
        assert data.hex() == script + "0405000000"
