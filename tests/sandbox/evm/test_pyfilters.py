"""Filters of the node without anvil: what came since, once, of other branches too."""

import pytest

pytest.importorskip("eth_tester", reason="py-evm needs an extra: pip install 'argosy[chain-slow]'")
from argosy.sandbox.evm.link import ChainError, Link
from argosy.sandbox.evm.node import NodeSettings, SlowNode
from argosy.sandbox.evm.pyfilters import MOST

NOBODY = "0x" + "11" * 20
LOGS = "0x60006000a000"  # logs nothing at all


@pytest.fixture
def waiting():
    """A node whose blocks are made by hand."""
    with SlowNode(NodeSettings(mine=False)) as node, Link(node.url) as link:
        yield link


def called(link):
    link.call("eth_sendTransaction", {"from": link.call("eth_accounts")[0], "to": NOBODY})
    link.call("evm_mine")


def hashes(link, *numbers):
    return [link.call("eth_getBlockByNumber", hex(each), False)["hash"] for each in numbers]


def test_blocks_and_logs_are_told_once_and_those_of_another_branch_too(waiting):
    waiting.call("anvil_setCode", NOBODY, LOGS)
    blocks = waiting.call("eth_newBlockFilter")
    logs = waiting.call("eth_newFilter", {"address": NOBODY})
    late = waiting.call("eth_newFilter", {"address": NOBODY, "fromBlock": "0x4"})
    for _ in range(2):
        called(waiting)
    names = hashes(waiting, 1, 2)
    assert waiting.call("eth_getFilterChanges", blocks) == names
    assert [each["blockHash"] for each in waiting.call("eth_getFilterChanges", logs)] == names
    assert waiting.call("eth_getFilterChanges", logs) == []
    waiting.call("anvil_reorg", 2, [])
    waiting.call("anvil_setCode", NOBODY, LOGS)  # went with the blocks after it
    waiting.call("evm_mine")
    assert waiting.call("eth_getFilterChanges", blocks) == hashes(waiting, 1, 2, 3)
    called(waiting)
    (log,) = waiting.call("eth_getFilterChanges", late)
    assert log["blockNumber"] == "0x4"
    assert waiting.call("eth_getFilterLogs", late) == [log]


def test_what_is_no_filter_is_refused(waiting):
    blocks = waiting.call("eth_newBlockFilter")
    with pytest.raises(ChainError, match="not one of logs"):
        waiting.call("eth_getFilterLogs", blocks)
    with pytest.raises(ChainError, match="nothing to come"):
        waiting.call("eth_newFilter", {"blockHash": hashes(waiting, 0)[0]})
    assert waiting.call("eth_uninstallFilter", blocks) is True
    with pytest.raises(ChainError, match="filter not found"):
        waiting.call("eth_getFilterChanges", blocks)


def test_of_very_many_those_that_nobody_asks_go(waiting):
    first, second = (waiting.call("eth_newBlockFilter") for _ in range(2))
    waiting.call("eth_getFilterChanges", first)
    waiting.batch([("eth_newBlockFilter", ())] * (MOST - 1))
    assert waiting.call("eth_getFilterChanges", first) == []
    with pytest.raises(ChainError, match="filter not found"):
        waiting.call("eth_getFilterChanges", second)


def test_what_is_mined_at_once_came_too(waiting):
    waiting.call("evm_setAutomine", True)
    arrived = waiting.call("eth_newPendingTransactionFilter")
    fields = {"from": waiting.call("eth_accounts")[0], "to": NOBODY}
    sent = waiting.call("eth_sendTransaction", fields)
    assert waiting.call("eth_getFilterChanges", arrived) == [sent]
