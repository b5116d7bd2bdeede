"""A chain to act on from the command line: a node, a key, and where protocols stand. Without a URL
it is the chain of the sandbox that runs; else one that is started, and gone when the command ends.
"""

import asyncio
import contextlib
import os
import random
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from argosy.desk import state
from argosy.desk.onchain import exchanges_on
from argosy.desk.sandbox_limits import sandbox_signer, spending_folder
from argosy.desk.settings import ChainSettings, Settings, load
from argosy.desk.signing import guarded, limits_of, named, signer_of, vault_of
from argosy.dialects.evm.addresses import address_bytes
from argosy.dialects.evm.jsonrpc import quantity
from argosy.errors import ConfigError, Reverted
from argosy.model import ContractCall
from argosy.model.money import parse_decimal
from argosy.net.clock import SystemClock
from argosy.net.contracts import ContractClient, Done
from argosy.net.rpc import RpcClient, RpcNode
from argosy.net.tx import TxSender, TxSettings
from argosy.net.tx_database import TxDatabase, kept_at
from argosy.net.tx_signing import KeySigner
from argosy.ports import Deed, Explains, TxSigner
from argosy.sandbox.evm.accounts import private_key
from argosy.sandbox.told import find
from argosy.vault.guarded import GuardedSigner
from argosy.venues import catalog
from argosy.venues.catalog import Adapter

if TYPE_CHECKING:
    from argosy.sandbox.evm.local import EvmChain

SANDBOX_ID = 1337
SANDBOX_ROLE = "desk"
OWN_CHAIN = "on a sandbox chain of its own; it is gone when this command ends"
# Roles of a protocol's contracts, by their labels on the sandbox's chain.
_LABELS = {
    "aave": {
        "pool": "aave.pool",
        "provider": "aave.provider",
        "data": "aave.data",
        "oracle": "aave.oracle",
    },
    "lido": {"steth": "staking", "wsteth": "staking.wrapped", "queue": "staking.queue"},
    "opensea": {"seaport": "seaport"},
}


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """Which chain, with which key. Everything empty: the sandbox's, with its account `desk`."""

    url: str = ""
    key_env: str = ""  # the environment variable that holds the key, or "vault:NAME"
    owner: str = ""  # whose accounts are read; empty: the key's
    contracts: str = ""  # a file: what `argosy sandbox --chain --json` printed
    confirmations: int = 1
    folder: str = ""  # where a running sandbox says so; empty: the state folder of the settings
    note: Callable[[str], None] | None = None  # is told of a chain that is started


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a deed is, and what became of it."""

    words: str
    call: ContractCall
    approvals: tuple[ContractCall, ...] = ()  # those that are needed first
    dry_run: bool = False
    gas: int = 0  # what it would take; 0 where approvals must come first
    transaction: str = ""
    block: int = 0
    gas_cost: int = 0  # wei


class Place:
    """One chain, opened by `open_place`."""

    def __init__(
        self,
        client: ContractClient,
        chain_id: int,
        signer: GuardedSigner | None,
        owner: str,
        labels: Mapping[str, str],
    ) -> None:
        self.client = client
        self.chain_id = chain_id
        self.signer = signer
        self.labels = labels  # the sandbox's contracts; empty elsewhere
        self.clock = client.rpc.clock
        self._owner = owner.lower()
        self.sandbox: EvmChain | None = None  # where it was started for this command
        self.market = ""  # where the market of NFTs of the sandbox that runs listens

    @property
    def owner(self) -> str:
        """Whose accounts are meant. Raises ConfigError."""
        if self._owner:
            return self._owner
        if self.signer is None:
            raise ConfigError("whose account? give --owner ADDRESS, or a key by --key-env")
        return self.signer.address

    def protocol(self, name: str) -> Adapter:
        """A protocol's parts for this chain. Raises ConfigError where it is not known here."""
        if self.chain_id != SANDBOX_ID:
            return catalog.on_chain(name, self.chain_id)
        try:
            contracts = {role: self.labels[label] for role, label in _LABELS[name].items()}
        except KeyError as e:
            raise ConfigError(
                f"where is {e.args[0]} on this chain? give --contracts FILE with what"
                " `argosy sandbox --chain --json` printed"
            ) from None
        return catalog.on_chain(name, SANDBOX_ID, contracts)

    async def at_s(self) -> int:
        """The time of the newest block."""
        block = await self.client.rpc.call("eth_getBlockByNumber", "latest", False)
        return quantity(block.get("timestamp") if isinstance(block, dict) else None)

    async def carry_out(
        self, deed: Deed, who: Explains, *, dry_run: bool = False
    ) -> tuple[Told, Done | None]:
        """Do a deed, or say what it would be. Refusals come in the protocol's words; what the
        limits do not allow is Blocked.
        """
        needed = [each.call for each in deed.approvals if await self.client.ask(each.needed)]
        told = Told(words=deed.words, call=deed.call, approvals=tuple(needed), dry_run=dry_run)
        if self.signer is not None:  # nothing is approved for what would not be signed
            for call in (*needed, deed.call):
                self.signer.review(call)
        try:
            if dry_run:
                if not needed:
                    _, gas = await self.client.simulate(deed.call)
                    told = msgspec.structs.replace(told, gas=gas)
                return told, None
            id_ = f"{deed.words.split()[0]}-{self.clock.now_ns()}"
            done = await self.client.do(deed, id_=id_)
        except Reverted as e:
            raise who.explain(e) from e
        sent = done.transaction
        told = msgspec.structs.replace(
            told,
            transaction=sent.mined_hash,
            block=sent.block_number,
            gas_cost=done.gas_cost,
        )
        return told, done


@contextlib.asynccontextmanager
async def open_place(where: Where) -> AsyncIterator[Place]:
    """The chain and the key that are meant. Raises ConfigError, and what a node raises."""
    address_of(where.owner, "--owner")
    async with contextlib.AsyncExitStack() as stack:
        settings = load().settings
        kept = state.folder(settings.desk.state_folder)
        chain, found, told = None, None, None
        url = where.url
        if not url:
            found = find(Path(where.folder) if where.folder else kept)
            told = found.chain if found is not None else None
            if told is not None:
                url = told.rpc
            else:
                chain = await stack.enter_async_context(_started())
                url = chain.node.url
                if where.note is not None:
                    where.note(OWN_CHAIN)
        rng = random.Random()
        nodes = [RpcNode(name="node", url=url)]
        rpc = await stack.enter_async_context(
            RpcClient(chain="chain", nodes=nodes, clock=SystemClock(), rng=rng)
        )
        chain_id = quantity(await rpc.call("eth_chainId"))
        labels: Mapping[str, str] = {}
        if chain is not None:
            labels = chain.layout.contracts
        elif told is not None:
            labels = told.contracts
        elif chain_id == SANDBOX_ID:
            labels = _labels(where.contracts)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="argosy-")))
        key = _key(where, chain_id, settings)
        signer = None
        if key is not None and chain_id == SANDBOX_ID:
            spent = folder
            if chain is None:
                pid = None if found is None else found.pid
                spent = spending_folder(settings, url, pid, folder)
            client = ContractClient(rpc)
            signer = await sandbox_signer(key, settings, labels, client, chain_id, spent)
        elif key is not None:
            signer = _limited(key, chain_id, settings)
        sender = None
        if signer is not None:
            stack.callback(signer.close)
            base = folder if chain_id == SANDBOX_ID else kept
            store = stack.enter_context(_store(base / f"chain-{chain_id}-{signer.address}.db"))
            sender = TxSender(rpc, signer, store, TxSettings(confirmations=where.confirmations))
            await sender.open()
            stack.callback(sender.close)
        place = Place(ContractClient(rpc, sender), chain_id, signer, where.owner, labels)
        place.sandbox = chain
        place.market = told.opensea if told is not None else ""
        yield place


@contextlib.asynccontextmanager
async def _started() -> "AsyncIterator[EvmChain]":
    from argosy.sandbox.evm.local import EvmChain

    chain = EvmChain()
    try:
        await asyncio.to_thread(chain.start)
        yield chain
    finally:
        await asyncio.to_thread(chain.close)


def _labels(file: str) -> Mapping[str, str]:
    """Where the sandbox's contracts stand: as the file says, or as this version builds them."""
    if not file:
        from argosy.sandbox.evm.local import saved_layout

        layout = saved_layout()
        return layout.contracts if layout is not None else {}
    try:
        told: Any = msgspec.json.decode(Path(file).read_bytes())
        told = told.get("chain", told)
        return msgspec.convert(told["contracts"], dict[str, str])
    except (OSError, msgspec.MsgspecError, KeyError, AttributeError, TypeError) as e:
        raise ConfigError(
            f"{file} holds no contracts ({e}); give what `argosy sandbox --chain --json` printed"
        ) from e


def _key(where: Where, chain_id: int, settings: Settings) -> TxSigner | None:
    """The key that is named, not limited yet; else the sandbox's own, on its chain."""
    if not where.key_env:
        return KeySigner(private_key(SANDBOX_ROLE)) if chain_id == SANDBOX_ID else None
    if where.key_env.startswith("vault:"):
        return signer_of(where.key_env, "--key-env", vault_of(settings))
    key = os.environ.get(where.key_env, "")
    if not key:
        raise ConfigError(f"the environment variable {where.key_env} is not set; it must be a key")
    return KeySigner(key)


def _limited(key: TxSigner, chain_id: int, settings: Settings) -> GuardedSigner:
    """A key behind the limits that the settings (ARGOSY_CONFIG) have for a chain."""
    info = named(chain_id)
    reach = settings.chains.get(info.key, ChainSettings())
    limits = limits_of(info, exchanges_on(settings, info.key, None), reach.limits, sandbox=False)
    return guarded(key, limits, state.folder(settings.desk.state_folder), SystemClock())


def _store(path: Path) -> contextlib.AbstractContextManager[TxDatabase]:
    """Where transactions of a key on a chain are written down; before, a file had them."""
    return kept_at(f"sqlite:///{path}", SystemClock(), path.with_suffix(".jsonl"))


def amount_of(text: str, name: str = "amount") -> Decimal:
    """A number that somebody typed. Raises ConfigError."""
    try:
        return parse_decimal(text, name)
    except ValueError as e:
        raise ConfigError(str(e)) from None


def address_of(text: str, option: str) -> str:
    """An address that somebody typed, in small letters; nothing stays nothing. ConfigError."""
    try:
        return "0x" + address_bytes(text).hex() if text else ""
    except ValueError:
        raise ConfigError(
            f"{option} is {text[:60]!r}; an address is needed: 0x and 40 hexadecimal digits"
        ) from None
