"""Questions for blocks, transactions and accounts, of the node without anvil."""

import pytest

pytest.importorskip("eth_tester", reason="py-evm needs an extra: pip install 'argosy[chain-slow]'")
from argosy.sandbox.evm.link import ChainError, Link
from argosy.sandbox.evm.node import NodeSettings, SlowNode

NOBODY = "0x" + "11" * 20


def test_a_state_is_named_by_number_word_and_hash(slow):
    link, desk = slow.link, slow.layout.accounts["desk"]
    token, data = slow.layout.tokens["DAI"].address, slow.contract("token.DAI").data("decimals")
    head = link.call("eth_getBlockByNumber", "latest", False)
    count = link.call("eth_getTransactionCount", desk)
    code = link.call("eth_getCode", token)
    for at in (head["number"], head["hash"], {"blockHash": head["hash"]}):
        assert link.call("eth_getTransactionCount", desk, at) == count
        assert link.call("eth_getCode", token, at) == code
        assert int(link.call("eth_call", {"to": token, "data": data}, at), 16) == 18
    before = {"blockNumber": "0x0"}  # before it was there
    assert link.call("eth_getCode", token, before) == "0x"
    with pytest.raises(ChainError, match="unknown block 0x99"):
        link.call("eth_getBalance", desk, {"blockHash": "0x" + "99" * 32})
    with pytest.raises(ChainError, match="is no block") as refused:
        link.call("eth_getBalance", desk, 7)
    assert refused.value.code == -32602


def test_who_sends_and_waits_is_told_when_there_is_no_block():
    with SlowNode(NodeSettings(mine=False)) as node, Link(node.url) as link:
        gwei = 10**9
        fields = {"from": link.call("eth_accounts")[0], "to": NOBODY}
        fields |= {"maxFeePerGas": hex(100 * gwei), "maxPriorityFeePerGas": hex(gwei)}
        signed = link.call("eth_signTransaction", fields)
        with pytest.raises(ChainError, match="it waits for a block") as refused:
            link.call("eth_sendRawTransactionSync", signed)
        assert refused.value.code == 4
        name = refused.value.data
        assert link.call("eth_getRawTransactionByHash", name) == signed
        link.call("evm_mine")
        assert link.call("eth_getRawTransactionByHash", name) == signed
        assert link.call("eth_getTransactionByBlockNumberAndIndex", "0x1", "0x0")["hash"] == name
        assert link.call("eth_getTransactionByBlockNumberAndIndex", "0x1", "0x1") is None
        assert link.call("eth_getBlockTransactionCountByNumber", "0x1") == "0x1"
        assert link.call("eth_getBlockTransactionCountByNumber", "0x9") is None
        again = link.call("eth_signTransaction", fields)
        link.call("evm_setAutomine", True)
        assert link.call("eth_sendRawTransactionSync", again)["status"] == "0x1"
