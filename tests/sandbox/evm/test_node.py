"""The node's life: ours alone, and gone when we are, however we end."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from argosy.errors import ConfigError
from argosy.sandbox.evm.anvil import find_anvil
from argosy.sandbox.evm.link import ChainError, Link
from argosy.sandbox.evm.node import Node, NodeSettings, SlowNode

ROOT = Path(__file__).resolve().parents[3]
OWNER = """
import sys, time
from argosy.sandbox.evm.node import Node
node = Node()
node.start()
print(node.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module", autouse=True)
def anvil():
    try:
        return find_anvil()
    except ConfigError as e:
        pytest.skip(f"no anvil on this machine: {e}")


def gone(pid: int) -> bool:
    """Whether a process ends within some seconds."""
    for _ in range(200):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        state = Path(f"/proc/{pid}/stat")
        if state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z":
            return True  # nobody reaps it here, but it runs no more
        time.sleep(0.05)
    return False


def test_two_nodes_are_two_chains():
    with Node() as one, Node() as other, Link(one.url) as link, Link(other.url) as second:
        assert one.url != other.url
        assert link.call("eth_chainId") == hex(1337)
        link.call("evm_mine")
        assert second.call("eth_blockNumber") == "0x0"
        assert link.call("eth_blockNumber") == "0x1"


def test_blocks_keep_their_distance_whatever_the_clock_says():
    settings = NodeSettings(genesis_s=1_700_000_000, block_s=12)
    with Node(settings) as node, Link(node.url) as link:
        link.batch([("evm_mine", ())] * 3)
        latest = link.call("eth_getBlockByNumber", "latest", False)
        assert int(latest["timestamp"], 16) == 1_700_000_000 + 3 * 12


def test_states_are_kept_for_128_blocks_and_none_on_the_disk(tmp_path, monkeypatch):
    """Left to itself anvil writes them into the home folder, and a killed one leaves them there."""
    monkeypatch.setenv("HOME", str(tmp_path))
    with Node() as node, Link(node.url) as link:
        owner = link.call("eth_accounts")[0]
        for _ in range(12):
            link.call("anvil_mine", hex(100))
        for depth in (1, 127):
            assert link.call("eth_getBalance", owner, hex(1200 - depth)) == hex(10**24)
        with pytest.raises(ChainError, match="BlockOutOfRange"):
            link.call("eth_getBalance", owner, hex(1200 - 200))
    assert not list(tmp_path.rglob("*state*"))


def test_closed_it_is_gone_and_says_so():
    node = Node()
    node.start()
    pid, link = node.pid, Link(node.url)
    node.close()
    node.close()  # once more does no harm
    assert gone(pid)
    with pytest.raises(ChainError, match="does not answer"):
        link.call("eth_chainId")


@pytest.mark.skipif(sys.platform == "win32", reason="nobody watches there; see Node")
def test_killed_without_a_word_we_leave_no_node_behind():
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), *sys.path])}
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True, env=environment
    )
    with owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        os.kill(pid, 0)  # it runs
        owner.send_signal(signal.SIGKILL)
        owner.wait()
    assert gone(pid)


def test_a_program_that_does_not_listen_is_an_error_with_its_words(tmp_path):
    program = tmp_path / "anvil"
    program.write_text("#!/bin/sh\necho 'port is taken'\nexit 1\n")
    program.chmod(0o755)
    with pytest.raises(ConfigError, match="port is taken"):
        Node(binary=program).start()


def test_a_node_whose_state_is_gone_is_an_error_with_its_words(tmp_path):
    pytest.importorskip("eth_tester", reason="an extra: pip install 'argosy[chain-slow]'")
    with pytest.raises(ConfigError, match=r"did not start listening: .*FileNotFoundError"):
        SlowNode(NodeSettings(state=str(tmp_path / "gone"))).start()


def test_a_binary_that_is_named_and_missing_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setenv("ANVIL_BIN", str(tmp_path / "none"))
    with pytest.raises(ConfigError, match="ANVIL_BIN names"):
        find_anvil()
