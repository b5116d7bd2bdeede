"""Transactions, tips, streams and blocks on the node that is there without anvil."""

import inspect

import pytest

from argosy.sandbox.evm import local
from argosy.sandbox.evm.node import NodeSettings, SlowNode
from net import test_blocks, test_contracts, test_heads, test_rpc_stream, test_tx
from net.watch import test_feed as watch
from sandbox.evm.chains import missing, no_anvil

pytest.importorskip("eth_tester", reason="py-evm needs an extra: pip install 'argosy[chain-slow]'")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
MODULES = (test_blocks, test_contracts, test_heads, test_rpc_stream, test_tx)
LEFT_OUT = {
    "test_what_is_stuck_pays_more_by_itself_up_to_the_cap",  # only anvil can be told the base fee
    "test_a_crash_at_every_step_neither_doubles_nor_loses",  # dozens of nodes: long
}
CASES = [
    (module, name)
    for module in MODULES
    for name, test in vars(module).items()
    if name.startswith("test_")
    and "node(" in inspect.getsource(test)
    and not hasattr(test, "pytestmark")
    and name not in LEFT_OUT
]


def slow(**settings):
    return SlowNode(NodeSettings(**settings))


@pytest.mark.parametrize(("module", "name"), CASES, ids=[name for _, name in CASES])
async def test_the_same(module, name, request, monkeypatch):
    monkeypatch.setattr(module, "node", slow, raising=True)
    test = getattr(module, name)
    wanted = inspect.signature(test).parameters
    await test(**{each: request.getfixturevalue(each) for each in wanted})


@pytest.mark.parametrize("stream", [True, False])
async def test_a_mempool_is_watched(stream, monkeypatch):
    if why := missing():
        pytest.skip(why)
    monkeypatch.setattr(local, "find_anvil", no_anvil)
    await watch.test_a_reorganisation_undoes_what_was_told(stream)
    await watch.test_replaced_and_dropped()
