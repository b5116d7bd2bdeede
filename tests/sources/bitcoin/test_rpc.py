"""Questions to a node and its answers: exact bytes, exact amounts, and whatever else may come."""

import functools
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.errors import ArgosyError, NotKnown, VenueError, WireError
from argosy.sources.bitcoin.rpc import Rpc
from argosy.testing.damage import bad_bytes
from sources.broken import broken
from sources.samples import NOW, answer, lived, node_answer, node_calls

RPC = Rpc("bitcoin", "mine")
NAMES = sorted(node_calls(lived().chain))


@functools.cache
def sample(name: str, *, old: bool = False):
    chain = lived().chain
    call = node_calls(chain)[name](RPC)
    return call, node_answer(chain, call, old=old)


def outcome(call, response):
    """What reading comes to; nothing but our errors may."""
    try:
        return call.read(response)
    except (WireError, VenueError) as e:
        return e


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("name", [n for n in NAMES if n not in {"test", "send"}])
def test_every_answer_of_a_node_is_read(name, old):
    call, response = sample(name, old=old)
    value = call.read(response)
    if isinstance(value, list):
        assert value
        assert not any(isinstance(each, ArgosyError) for each in value)


def test_questions_are_asked_as_documented():
    def body(call):
        assert (call.request.method, call.request.path) == ("POST", "")
        assert call.request.idempotent
        return json.loads(call.request.body)

    assert body(RPC.head("aa")) == {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "getblockheader",
        "params": ["aa", True],
    }
    asked = body(RPC.fee_rates((1, 6)))
    assert [(each["id"], each["method"], each["params"]) for each in asked] == [
        (1, "estimatesmartfee", [1]),
        (2, "estimatesmartfee", [6]),
    ]
    for call, method, params in (
        (RPC.chain_info(), "getblockchaininfo", []),
        (RPC.network_info(), "getnetworkinfo", []),
        (RPC.block_count(), "getblockcount", []),
        (RPC.block_hash(7), "getblockhash", [7]),
        (RPC.block("aa"), "getblock", ["aa", 3]),
        (RPC.mempool(), "getrawmempool", [True]),
        (RPC.mempool_ids(), "getrawmempool", [False]),
        (RPC.mempool_info(), "getmempoolinfo", []),
        (RPC.send(b"\x01\xff"), "sendrawtransaction", ["01ff"]),
        (RPC.test(b"\x01\xff"), "testmempoolaccept", [["01ff"]]),
    ):
        told = body(call)
        assert (told["method"], told["params"]) == (method, params)
    (told,) = body(RPC.transactions(["aa"]))
    assert (told["method"], told["params"]) == ("getrawtransaction", ["aa", True])
    (told,) = body(RPC.unspent([("aa", 3)]))
    assert (told["method"], told["params"]) == ("gettxout", ["aa", 3, False])
    (told,) = body(RPC.mempool_entries(["aa"]))
    assert (told["method"], told["params"]) == ("getmempoolentry", ["aa"])


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_answers_with_a_value_changed_come_to_our_errors_alone(name, data):
    call, response = sample(name)
    outcome(call, answer(data.draw(broken(response.body))))


@pytest.mark.parametrize("name", NAMES)
def test_any_bytes_come_to_our_errors_alone(name):
    call, response = sample(name)
    for body in bad_bytes([response.body], 300):
        for status in (200, 500):
            outcome(call, answer(body, status))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b'{"id":1}', b'{"id":1,"result":'])
def test_what_is_no_answer_is_a_wire_error(name, body):
    call, _ = sample(name)
    with pytest.raises(WireError):
        call.read(answer(body))


def test_a_result_under_another_id_is_a_wire_error():
    with pytest.raises(WireError, match="another id"):
        RPC.block_count().read(answer(b'{"id":2,"result":5,"error":null}'))
    call = RPC.fee_rates((1, 2))
    one, two = '{"id":1,"result":{"blocks":1}}', '{"id":2,"result":{"blocks":2}}'
    assert call.read(answer(f"[{two},{one}]".encode())) == [None, None]
    for body in (f"[{one}]", f"[{one},{one}]", f"[{one},{two},{two}]", one):
        with pytest.raises(WireError):
            call.read(answer(body.encode()))


def test_another_block_than_was_asked_for_is_a_wire_error():
    chain = lived().chain
    call = RPC.head(chain.best[3].hash)
    other = node_answer(chain, RPC.head(chain.best[4].hash))
    with pytest.raises(WireError, match="it answers with"):
        call.read(other)


def test_amounts_are_read_to_the_last_satoshi():
    entry = {
        "vsize": 141,
        "time": 1,
        "ancestorsize": 141,
        "fees": {"base": "X", "ancestor": "X"},
        "depends": [],
        "bip125-replaceable": False,
    }
    call = RPC.mempool_entries(["ab"])

    def read(amount: str):
        told = json.dumps([{"id": 1, "result": entry}]).replace('"X"', amount)
        return call.read(answer(told.encode()))[0]

    assert read("20999999.97690000").fee == 2_099_999_997_690_000
    assert read("0.00000001").fee == 1
    assert read("1e-8").fee == 1
    assert read("0.29").fee == 29_000_000  # a float times 10^8 would be 28999999.999999996
    assert read("0.29").replaceable is False
    assert read("0.29").received_ns == NOW
    for wrong in ("0.000000001", "-0.1", "1e30", "1e-999999", "0.1234567890123456789012345"):
        with pytest.raises(WireError):
            read(wrong)


def test_fees_that_were_taken_off_leave_nothing_not_less():
    fees = '{"base":0.00001,"ancestor":-0.00002}'
    entry = f'{{"vsize":9,"time":1,"ancestorsize":9,"fees":{fees}}}'
    told = f'[{{"id":1,"result":{entry}}}]'.encode()
    (waiting,) = RPC.mempool_entries(["ab"]).read(answer(told))
    assert (waiting.fee, waiting.ancestor_fee) == (1_000, 0)


def test_what_was_not_looked_at_is_not_accepted():
    told = {"id": 1, "result": [{"txid": "ab" * 32}]}
    check = RPC.test(b"x").read(answer(json.dumps(told).encode()))
    assert (check.accepted, check.reason) == (False, "it was not looked at")


def test_what_waits_no_more_stands_as_not_known():
    told = b'[{"id":1,"result":null,"error":{"code":-5,"message":"Transaction not in mempool"}}]'
    (each,) = RPC.mempool_entries(["ab"]).read(answer(told))
    assert isinstance(each, NotKnown)
    assert (each.venue, each.code) == ("mine", "-5")


def test_a_bare_multisig_is_nobodys_address_and_a_new_field_is_ignored():
    chain = lived().chain
    call = RPC.block(chain.tip.hash)
    told = json.loads(node_answer(chain, call, old=True).body)
    script = told["result"]["tx"][0]["vout"][0]["scriptPubKey"]
    script["addresses"] = ["one", "two"]
    told["result"]["something new"] = {"a": 1}
    block = call.read(answer(json.dumps(told).encode()))
    assert block.transactions[0].outputs[0].address == ""
    assert block.transactions[0].mined


def test_rates_are_satoshi_a_virtual_byte():
    told = b'[{"id":1,"result":{"feerate":0.00012345,"blocks":2}}]'
    assert RPC.fee_rates((2,)).read(answer(told)) == [Decimal("12.345")]
