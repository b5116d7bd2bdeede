"""The chain that one starts: a node with everything on it, built once and loaded from then on."""

import contextlib
import gzip
import hashlib
import importlib.util
import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import msgspec

from argosy.errors import ConfigError
from argosy.sandbox.evm.anvil import find_anvil
from argosy.sandbox.evm.contract import Contract
from argosy.sandbox.evm.deploy import build
from argosy.sandbox.evm.layout import Layout
from argosy.sandbox.evm.link import ChainError, Link
from argosy.sandbox.evm.node import Node, NodeSettings, SlowNode
from argosy.sandbox.evm.ours import at
from argosy.sandbox.evm.packages import cache_folder
from argosy.sandbox.evm.pynode import LOST

_LOG = logging.getLogger(__name__)
_HERE = Path(__file__).parent
_KEPT_STATES = 6


class EvmChain:
    """`with EvmChain() as chain: chain.node.url, chain.layout, chain.contract("token.WETH")`.

    Blocking: under asyncio open it in a thread. `loaded` says whether the state was in the cache.
    """

    def __init__(self, settings: NodeSettings | None = None, *, cache: Path | None = None) -> None:
        self.settings = settings or NodeSettings()
        self.loaded = False
        self.lost: tuple[str, ...] = ()  # what this chain lacks, for want of anvil
        self.layout: Layout
        self.link: Link
        self.node: Node
        self._cache = cache or cache_folder() / "states"

    def start(self) -> None:
        """Load the saved state, or build it first. Without anvil: py-evm, and `lost` says at what
        cost.

        Raises:
            ConfigError: no node, no contracts, or a stage that failed.
        """
        try:
            find_anvil()
        except ConfigError as e:
            self._start_slow(e)
        else:
            self._start(Node)

    def _start_slow(self, why: ConfigError) -> None:
        if importlib.util.find_spec("eth_tester") is None:
            raise ConfigError(f"{why}; or, slower: pip install 'argosy[chain-slow]'") from why
        self.lost = LOST
        _LOG.warning("no anvil (%s): py-evm runs in its place. %s", why, "; ".join(LOST))
        self._start(SlowNode)

    def _start(self, kind: type[Node]) -> None:
        folder = _folder(self._cache, self.settings, kind)
        state, layout = folder / "state", folder / "layout.json"
        self.loaded = state.exists() and layout.exists()
        if self.loaded:
            os.utime(folder)  # the last one to be forgotten
        else:
            self._build(kind, folder)
        self.layout = msgspec.json.decode(layout.read_bytes(), type=Layout)
        self.node = kind(msgspec.structs.replace(self.settings, state=str(state)))
        self.node.start()
        self.link = Link(self.node.url)

    def _build(self, kind: type[Node], folder: Path) -> None:
        empty = msgspec.structs.replace(self.settings, mine=True, state="")
        with kind(empty) as node, Link(node.url) as link:
            found = build(link)
            dump = gzip.decompress(bytes.fromhex(link.call("anvil_dumpState")[2:]))
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in (("state", dump), ("layout.json", msgspec.json.encode(found))):
            fresh = folder / f"{name}.{os.getpid()}"
            fresh.write_bytes(content)
            fresh.replace(folder / name)
        self._forget_old()

    def _forget_old(self) -> None:
        """States that nobody used for long: of other versions of this code."""
        states = sorted(self._cache.iterdir(), key=os.path.getmtime, reverse=True)
        for folder in states[_KEPT_STATES:]:
            shutil.rmtree(folder, ignore_errors=True)  # another one may be at it, too

    def contract(self, label: str) -> Contract:
        """A contract by its label in the layout; KeyError where there is none."""
        return at(self.link, self.layout.artifacts[label], self.layout.contracts[label])

    @contextlib.contextmanager
    def undone(self) -> Iterator[None]:
        """What is done within is undone at its end: `with chain.undone(): ...`.

        anvil (1.7, 2026-11) takes mined transactions out of its pool a moment after their block, by
        sender and nonce. Reverted too soon, it takes out the next ones that have the same: they are
        never mined. So this waits until its pool is empty.

        Raises:
            ChainError: something waits that is not mined, or the state is gone.
        """
        before = self.link.call("evm_snapshot")
        try:
            yield
        finally:
            self.link.settle_pool()
            if not self.link.call("evm_revert", before):
                raise ChainError("the state before is gone: somebody reverted to an earlier one")

    def close(self) -> None:
        """End the node."""
        if hasattr(self, "link"):
            self.link.close()
        if hasattr(self, "node"):
            self.node.close()

    def __enter__(self) -> "EvmChain":
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def saved_layout(cache: Path | None = None) -> Layout | None:
    """Where everything stands on a chain of this version that runs elsewhere, as addresses do not
    depend on how its node was started; None where none was built on this machine.
    """
    folder = cache or cache_folder() / "states"
    for settings in (NodeSettings(), NodeSettings(mine=False, block_s=0)):
        for kind in (Node, SlowNode):
            layout = _folder(folder, settings, kind) / "layout.json"
            if layout.exists():
                return msgspec.json.decode(layout.read_bytes(), type=Layout)
    return None


def _folder(cache: Path, settings: NodeSettings, kind: type[Node]) -> Path:
    return cache / f"{fingerprint(settings)}-{kind.__name__.lower()}"


def fingerprint(settings: NodeSettings) -> str:
    """Names a state by all that it is made of: contracts, the code that deploys, the settings."""
    digest = hashlib.sha256()
    for file in sorted((*_HERE.glob("*.py"), *_HERE.glob("*.toml"), _HERE.parent / "prices.py")):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    genesis = (settings.chain_id, settings.accounts, settings.balance_eth, settings.genesis_s)
    digest.update(repr((*genesis, settings.block_s)).encode())
    return digest.hexdigest()[:20]
