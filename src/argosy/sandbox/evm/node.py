"""Runs anvil, a real Ethereum node, for the sandbox: on a free loopback port, owned by this
process, and gone when it is, however it ends. Never uses a node that somebody else started.
"""

import atexit
import re
import shutil
import subprocess
import sys
import threading
from collections import deque
from pathlib import Path
from types import TracebackType

import msgspec

from argosy.errors import ConfigError
from argosy.sandbox.evm.anvil import find_anvil
from argosy.sandbox.evm.link import Link

CHAIN_ID = 1337  # not anvil's 31337: Permit2's published bytecode has a wrong signing domain there
GENESIS_S = 1_790_000_000  # the sandbox's time begins here: the same blocks on every run
BLOCK_S = 12
START_TIMEOUT_S = 15
# Blocks whose state can be asked for, as of most real nodes. Left to itself anvil (1.7, 2026-11)
# writes older ones to the disk, over 2 MB a block, and leaves them there when it is killed.
_STATES_KEPT = 128
_BLOCKS_KEPT = 10_000  # blocks whose transactions, receipts and logs can be asked for
_LISTENING = re.compile(r"Listening on (127\.0\.0\.1:\d+)")
# Reads a line or the end of its input: a line means that all is in order, the end that its parent
# is gone without a word (killed, crashed), and then the node goes too.
_WATCH = 'read -r _ || kill -9 "$1"'


class NodeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How a node runs. Times in seconds of the chain's own clock."""

    chain_id: int = CHAIN_ID
    accounts: int = 20  # unlocked, of the public test mnemonic, worth nothing anywhere
    balance_eth: int = 1_000_000  # of each
    mine: bool = True  # a block for each transaction; else by `evm_mine` alone
    genesis_s: int = GENESIS_S
    block_s: int = BLOCK_S  # between blocks, whatever the wall clock says; 0: the wall clock
    order: str = "fees"  # which waiting transactions come first: "fees" or "fifo"
    port: int = 0  # 0: a free one
    state: str = ""  # a state that was saved, to begin with


class Node:
    """A running node: `with Node() as node: node.url`. Blocking: use a thread under asyncio."""

    def __init__(self, settings: NodeSettings | None = None, binary: Path | None = None) -> None:
        self.settings = settings or NodeSettings()
        self.binary = binary
        self.url = ""
        self.ws_url = ""
        self.output: deque[str] = deque(maxlen=200)  # its last lines, for errors
        self._process: subprocess.Popen[str] | None = None
        self._watcher: subprocess.Popen[str] | None = None
        self._drain: threading.Thread | None = None
        self._listening = threading.Event()

    @property
    def pid(self) -> int:
        """The node's process."""
        assert self._process is not None, "it was started"
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start, and return when it answers.

        Raises:
            ConfigError: there is no binary, or it did not come up; with its last words.
        """
        command = self._command()
        self._process = subprocess.Popen(  # noqa: S603 - our own words, and no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # an interrupt of the terminal is for us; we end it in order
        )
        atexit.register(self.close)
        self._watch()
        self._drain = threading.Thread(target=self._read, name="node-output", daemon=True)
        self._drain.start()
        if not self._listening.wait(START_TIMEOUT_S) or not self.url:
            said = " ".join(self.output)[-400:]
            self.close()
            raise ConfigError(f"{command[0]} did not start listening: {said or 'it said nothing'}")
        self._prepare()

    def _command(self) -> list[str]:
        return [str(self.binary or find_anvil()), *_arguments(self.settings)]

    def _prepare(self) -> None:
        if self.settings.block_s:
            self._set_pace(self.settings.block_s)

    def _watch(self) -> None:
        shell = shutil.which("sh")
        if shell is None or sys.platform == "win32":
            return  # there atexit alone ends the node: a hard kill of ours leaves it running
        assert self._process is not None
        self._watcher = subprocess.Popen(  # noqa: S603 - our own words
            [shell, "-c", _WATCH, "argosy-watch", str(self._process.pid)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

    def _read(self) -> None:
        """Take the node's output for as long as it has any, so that it never waits for a reader."""
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.output.append(line.strip())
            if not self._listening.is_set() and (found := _LISTENING.search(line)):
                self.url, self.ws_url = f"http://{found[1]}", f"ws://{found[1]}"
                self._listening.set()
        self._listening.set()  # it is gone: nobody needs to wait any longer

    def _set_pace(self, block_s: int) -> None:
        """Blocks follow each other at this distance, from the last one on."""
        with Link(self.url) as link:
            latest = int(link.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
            link.call("evm_setTime", latest)  # after loading a state it would be the wall clock's
            link.call("anvil_setBlockTimestampInterval", block_s)

    def close(self) -> None:
        """End the node and wait until it is gone; once is enough, more do no harm."""
        process, self._process = self._process, None
        watcher, self._watcher = self._watcher, None
        if process is not None:
            process.kill()  # it keeps nothing that a gentler end would save
            process.wait()
            if self._drain is not None:
                self._drain.join(5)
            if process.stdout is not None:
                process.stdout.close()
        if watcher is not None:
            assert watcher.stdin is not None
            try:
                watcher.stdin.write("done\n")
                watcher.stdin.close()
            except OSError:
                watcher.kill()
            watcher.wait()
        atexit.unregister(self.close)

    def __enter__(self) -> "Node":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class SlowNode(Node):
    """The same with py-evm in place of anvil; `pynode.LOST` says what that costs."""

    def _command(self) -> list[str]:
        settings = self.settings
        words = [sys.executable, "-m", "argosy.sandbox.evm.pynode"]
        for name in ("port", "chain_id", "accounts", "balance_eth", "block_s", "genesis_s"):
            words += [f"--{name}", str(getattr(settings, name))]
        words += ["--order", settings.order]
        if settings.state:
            words += ["--state", settings.state]
        if not settings.mine:
            words.append("--no-mining")
        return words

    def _prepare(self) -> None:
        """Nothing has to be set."""


def _arguments(settings: NodeSettings) -> list[str]:
    words = ["--host", "127.0.0.1", "--port", str(settings.port), "--color", "never"]
    words += ["--chain-id", str(settings.chain_id), "--accounts", str(settings.accounts)]
    words += ["--balance", str(settings.balance_eth), "--order", settings.order]
    words += ["--gas-limit", "30000000", "--no-request-size-limit"]
    words += ["--prune-history", str(_STATES_KEPT)]
    words += ["--transaction-block-keeper", str(_BLOCKS_KEPT)]
    if settings.state:
        words += ["--load-state", settings.state]
    elif settings.block_s:
        words += ["--timestamp", str(settings.genesis_s)]
    if not settings.mine:
        words.append("--no-mining")
    return words
