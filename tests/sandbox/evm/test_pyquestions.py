"""What clients ask the node without anvil beside the usual: blocks by hash, what is inside of them,
wrong questions. Found by running web3.py against it.
"""

import contextlib
import http.client

import msgspec
import pytest
from eth_account import Account

pytest.importorskip("eth_tester", reason="py-evm needs an extra: pip install 'argosy[chain-slow]'")
from argosy.sandbox.evm.accounts import private_key
from argosy.sandbox.evm.link import ChainError, Link
from argosy.sandbox.evm.node import NodeSettings, SlowNode

NOBODY = "0x" + "11" * 20
OWNER = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"
GWEI = 10**9


@pytest.fixture
def link():
    """A node whose blocks are made by hand."""
    with SlowNode(NodeSettings(mine=False)) as node, Link(node.url) as found:
        yield found


def said(link, body):
    place = link.url.removeprefix("http://")
    with contextlib.closing(http.client.HTTPConnection(place)) as connection:
        connection.request("POST", "/", body)
        return msgspec.json.decode(connection.getresponse().read())


def signed(**more):
    fields = {"chainId": 1337, "nonce": 0, "to": NOBODY, "value": 1, "gas": 60_000}
    fields |= {"maxFeePerGas": 9 * GWEI, "maxPriorityFeePerGas": GWEI}
    return Account.sign_transaction(fields | more, private_key("deployer")).raw_transaction.hex()


def test_states_are_asked_for_by_a_blocks_hash(link):
    link.call("eth_sendTransaction", {"from": OWNER, "to": NOBODY, "value": "0x7"})
    before = link.call("eth_getBlockByNumber", "latest", False)["hash"]
    link.call("evm_mine")
    after = link.call("eth_getBlockByNumber", "latest", False)["hash"]
    for at, amount in (
        (before, "0x0"),
        (after, "0x7"),
        ({"blockHash": before, "requireCanonical": True}, "0x0"),
        ({"blockHash": after}, "0x7"),
        ({"blockNumber": "0x0"}, "0x0"),
        ({"blockNumber": "latest"}, "0x7"),
    ):
        assert link.call("eth_getBalance", NOBODY, at) == amount, at
    assert link.call("eth_getTransactionCount", OWNER, before) == "0x0"
    assert link.call("eth_call", {"to": NOBODY}, {"blockHash": before}) == "0x"
    with pytest.raises(ChainError, match="unknown block"):
        link.call("eth_getBalance", NOBODY, "0x" + "00" * 32)


def test_a_transaction_with_an_access_list_is_told_with_it(link):
    listed = [{"address": NOBODY, "storageKeys": ["0x" + f"{7:064x}", "0x" + "00" * 32]}]
    raw = "0x" + signed(accessList=listed)
    name = link.call("eth_sendRawTransaction", raw)
    for _ in range(2):  # waiting, and in a block
        assert link.call("eth_getTransactionByHash", name)["accessList"] == listed
        assert link.call("eth_getRawTransactionByHash", name) == raw
        link.call("evm_mine")
    block = link.call("eth_getBlockByNumber", "0x1", True)
    assert block["transactions"][0]["accessList"] == listed
    assert link.call("eth_getRawTransactionByHash", "0x" + "00" * 32) is None


def test_what_is_in_a_block_is_asked_for_by_its_place(link):
    sent = [link.call("eth_sendTransaction", {"from": OWNER, "to": NOBODY}) for _ in range(2)]
    link.call("evm_mine")
    block = link.call("eth_getBlockByNumber", "0x1", True)
    for by, which in (("Number", "0x1"), ("Hash", block["hash"])):
        assert link.call(f"eth_getBlockTransactionCountBy{by}", which) == "0x2"
        assert link.call(f"eth_getUncleCountByBlock{by}", which) == "0x0"
        for place, name in enumerate(sent):
            found = link.call(f"eth_getTransactionByBlock{by}AndIndex", which, hex(place))
            assert found == block["transactions"][place]
            raw = link.call(f"eth_getRawTransactionByBlock{by}AndIndex", which, hex(place))
            assert raw == link.call("eth_getRawTransactionByHash", name)
        assert link.call(f"eth_getTransactionByBlock{by}AndIndex", which, "0x2") is None
    assert link.call("eth_getBlockTransactionCountByNumber", "0x9") is None
    assert link.call("eth_getTransactionByBlockNumberAndIndex", "0x9", "0x0") is None


def test_gas_is_estimated_on_a_state_that_is_put_otherwise(link):
    broke = "0x" + "22" * 20
    asked = {"from": broke, "to": NOBODY, "value": hex(10**30)}
    for method in ("eth_estimateGas", "eth_call"):
        with pytest.raises(ChainError, match="insufficient funds"):
            link.call(method, asked, "latest")
    rich = {broke: {"balance": hex(10**31)}}
    assert link.call("eth_estimateGas", asked, "latest", rich) == hex(21_000)
    assert link.call("eth_call", asked, "latest", rich) == "0x"


def test_wrong_questions_have_their_codes(link):
    assert said(link, "{")["error"]["code"] == -32700
    assert said(link, "7")["error"]["code"] == -32600
    assert said(link, '{"id": 4}') == {
        "jsonrpc": "2.0",
        "id": 4,
        "error": {"code": -32600, "message": "invalid request"},
    }
    block = link.call("eth_getBlockByNumber", "latest", False)["hash"]
    link.call("evm_mine")
    for code, method, *params in (
        (-32601, "eth_nonsense"),
        (-32602, "eth_getBalance"),
        (-32602, "eth_blockNumber", 1),
        (-32602, "eth_getLogs", {"blockHash": block, "fromBlock": "0x0"}),
        (-32602, "eth_getLogs", {"fromBlock": "0x1", "toBlock": "0x0"}),
        (-32602, "eth_feeHistory", "0x1", "latest", [90, 10]),
        (-32602, "eth_feeHistory", "0x1", "latest", [101]),
    ):
        with pytest.raises(ChainError) as refused:
            link.call(method, *params)
        assert refused.value.code == code, method
    assert link.call("eth_getLogs", {"blockHash": block, "fromBlock": None}) == []
    assert "reward" not in link.call("eth_feeHistory", "0x1", "latest")


def test_what_never_changes_is_answered(link):
    for method, params, answer in (
        ("eth_syncing", (), False),
        ("eth_coinbase", (), "0x" + "00" * 20),
        ("eth_blobBaseFee", (), "0x1"),
        ("net_listening", (), True),
        ("net_peerCount", (), "0x0"),
        (
            "web3_sha3",
            ("0x",),
            "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
        ),
    ):
        assert link.call(method, *params) == answer
