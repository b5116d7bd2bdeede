"""Asks the nodes of a Bitcoin chain over JSON-RPC, one after another where one fails. Limits,
retries, outcomes and audit are those of `net.http`, for each node. Holds no keys and signs nothing.
"""

import asyncio
import random
import ssl
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeVar

import msgspec

from argosy.errors import ArgosyError, ConfigError, NotKnown, OutcomeUnknown, Unsupported, WireError
from argosy.model import Head
from argosy.model.bitcoin import (
    BitcoinBlock,
    BitcoinTransaction,
    FeeForecast,
    MempoolState,
    TransactionCheck,
    WaitingTransaction,
)
from argosy.net.audit import Tap
from argosy.net.bitcoin_node import TRY_NEXT, BitcoinNode, Node
from argosy.net.http import HttpSettings
from argosy.ports import Call, Clock
from argosy.sources.bitcoin.errors import AlreadyMined, NoMethod
from argosy.sources.bitcoin.fees import projected
from argosy.sources.bitcoin.rpc import Rpc
from argosy.sources.bitcoin.watch import spending

T = TypeVar("T")
K = TypeVar("K")
TARGETS = (1, 2, 3, 6, 12, 24, 144)  # blocks


class BitcoinSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How patient a client is, and how much it asks at once."""

    http: HttpSettings = HttpSettings(attempts=2, timeout_s=30)  # of each node, before the next
    network: str = ""  # "main", "test", "signet", "regtest": any other node is refused; empty: any
    max_batch: int = 100
    max_spent: int = 10_000  # outputs looked up at once for what waits
    max_lag: int = 2  # blocks behind the best node; beyond them a node is asked last
    max_projected: int = 20_000  # entries of a pool to forecast fees from, where the node cannot


class NodeState(msgspec.Struct, frozen=True, kw_only=True):
    """How a node is."""

    name: str
    height: int  # the last that was heard; 0: nothing yet
    problem: str = ""  # what it failed with; empty: it answered


class BitcoinClient:
    """One chain's nodes, most preferred first. Use as an async context manager."""

    def __init__(
        self,
        *,
        nodes: Sequence[BitcoinNode],
        clock: Clock,
        rng: random.Random,
        chain: str = "bitcoin",
        tap: Tap | None = None,
        settings: BitcoinSettings | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        if not nodes or len({node.name for node in nodes}) != len(nodes):
            raise ConfigError(f"{chain} needs at least one node, and each a name of its own")
        self.chain = chain
        self.clock = clock
        self.settings = settings or BitcoinSettings()
        self._nodes = [
            Node(
                node,
                chain=chain,
                network=self.settings.network,
                place=place,
                clock=clock,
                rng=rng,
                tap=tap,
                settings=self.settings.http,
                tls=tls,
            )
            for place, node in enumerate(nodes)
        ]

    async def __aenter__(self) -> "BitcoinClient":
        for node in self._nodes:
            await node.http.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        for node in self._nodes:
            await node.http.__aexit__()

    # --- asking -----------------------------------------------------------------------------------

    async def ask(self, make: Callable[[Rpc], Call[T]], asks: int = 1) -> T:
        """Ask the best node, then the next: `await client.ask(lambda rpc: rpc.network_info())`.

        Raises:
            NotKnown: every node answered, and none has it.
            AuthFailed, NotSent, OutcomeUnknown, VenueUnavailable, RateLimited, WireError,
                Unsupported: of the last node that failed, where none could answer.
            VenueError: a node refused for certain.
            ConfigError: a node is of another network.
        """
        unsure: ArgosyError | None = None
        unknown: NotKnown | None = None
        for node in self._order():
            try:
                return await node.ask(make(node.rpc), asks)
            except NotKnown as e:
                unknown = e
            except TRY_NEXT as e:
                unsure = e
        failure = unsure or unknown
        assert failure is not None, "there is at least one node"
        raise failure

    async def _found(self, make: Callable[[Rpc], Call[T]]) -> T | None:
        try:
            return await self.ask(make)
        except NotKnown:
            return None

    async def _everyone(self, make: Callable[[Rpc], Call[T]]) -> list[tuple[Node, T | ArgosyError]]:
        """Each node's result, or what it failed with."""

        async def one(node: Node) -> T | ArgosyError:
            try:
                return await node.ask(make(node.rpc))
            except ArgosyError as e:
                node.problem = str(e)
                return e

        async with asyncio.TaskGroup() as group:
            tasks = [(node, group.create_task(one(node))) for node in self._nodes]
        return [(node, task.result()) for node, task in tasks]

    def _order(self) -> list[Node]:
        """As preferred; those that failed just now or lag behind come last."""
        best = max(node.height for node in self._nodes)
        now_ns = self.clock.monotonic_ns()

        def rank(node: Node) -> tuple[bool, bool, int]:
            lags = bool(node.height) and node.height < best - self.settings.max_lag
            return (now_ns < node.rested_ns, lags, node.place)

        return sorted(self._nodes, key=rank)

    async def states(self) -> list[NodeState]:
        """Ask every node how far it is; who lags is asked last from now on."""
        for node, told in await self._everyone(lambda rpc: rpc.chain_info()):
            if not isinstance(told, ArgosyError):
                node.take(told)
        return [
            NodeState(name=node.name, height=node.height, problem=node.problem)
            for node in self._nodes
        ]

    # --- blocks -----------------------------------------------------------------------------------

    async def tip(self) -> Head:
        """The newest block of the chain with the most work that any node knows.

        Raises as `ask` does where no node answered.
        """
        best: tuple[int, int] | None = None  # (work, less preferred)
        tip_hash = ""
        failure: ArgosyError | None = None
        for node, told in await self._everyone(lambda rpc: rpc.chain_info()):
            if isinstance(told, ArgosyError):
                failure = told
                continue
            node.take(told)
            if best is None or (node.work, -node.place) > best:
                best, tip_hash = (node.work, -node.place), told.bestblockhash
        if best is None:
            assert failure is not None, "there is at least one node"
            raise failure
        return await self.ask(lambda rpc: rpc.head(tip_hash))

    async def head(self, block_hash: str) -> Head | None:
        """A block's header; None: no node has it."""
        return await self._found(lambda rpc: rpc.head(block_hash))

    async def block(self, block_hash: str) -> BitcoinBlock | None:
        """A block with its transactions; None: no node has it."""
        return await self._found(lambda rpc: rpc.block(block_hash))

    async def hash_at(self, number: int) -> str | None:
        """The hash of the best chain's block of that number; None: there is none yet."""
        return await self._found(lambda rpc: rpc.block_hash(number))

    # --- what waits -------------------------------------------------------------------------------

    async def mempool_state(self) -> MempoolState:
        """How full the pool of the best node is."""
        return await self.ask(lambda rpc: rpc.mempool_info())

    async def mempool_ids(self) -> list[str]:
        """The txids of all that waits at the best node."""
        return await self.ask(lambda rpc: rpc.mempool_ids())

    async def mempool_entries(self, txids: Sequence[str]) -> list[WaitingTransaction]:
        """Some of what waits, without what does not any more."""
        return await self._many(txids, lambda rpc, some: rpc.mempool_entries(some))

    async def transactions(self, txids: Sequence[str]) -> list[BitcoinTransaction]:
        """Transactions, without those that the node does not have: it needs -txindex for those of
        blocks.
        """
        return await self._many(txids, lambda rpc, some: rpc.transactions(some))

    async def with_spent(self, waiting: Sequence[BitcoinTransaction]) -> list[BitcoinTransaction]:
        """The same transactions with what they spend, as far as the node knows it: of blocks by the
        unspent outputs, of what waits by that. Above `max_spent` outputs the rest is left as it is.
        """
        places = [
            (each.txid, each.index)
            for transaction in waiting
            for each in transaction.inputs
            if each.value is None and each.txid
        ][: self.settings.max_spent]
        told = await self._many(places, lambda rpc, some: rpc.unspent(some))
        known = {p: out for p, out in zip(places, told, strict=True) if out is not None}
        parents = {place[0] for place in places if place not in known}
        for parent in await self.transactions(sorted(parents)):
            known |= {(parent.txid, out.index): out for out in parent.outputs}
        return [spending(each, known) for each in waiting]

    async def _many(
        self,
        wanted: Sequence[K],
        make: Callable[[Rpc, Sequence[K]], Call[list[T | ArgosyError]]],
    ) -> list[T]:
        found: list[T] = []
        for start in range(0, len(wanted), self.settings.max_batch):
            some = wanted[start : start + self.settings.max_batch]
            told = await self.ask(lambda rpc, some=some: make(rpc, some), len(some))  # type: ignore[misc]
            for each in told:
                if not isinstance(each, ArgosyError):
                    found.append(each)
                elif isinstance(each, NoMethod):
                    raise Unsupported(str(each))
                elif not isinstance(each, NotKnown):
                    raise each
        return found

    async def fee_forecast(self, targets: Sequence[int] = TARGETS) -> FeeForecast:
        """The rates to be mined within so many blocks, by the node's experience; where it has too
        little, by what waits. `rates` is empty where that is too much to read.
        """
        pool = await self.mempool_state()
        told = await self.ask(lambda rpc: rpc.fee_rates(targets), len(targets))
        rates: list[tuple[int, Decimal]] = []
        for target, rate in zip(targets, told, strict=True):
            if isinstance(rate, ArgosyError):
                raise rate
            if rate is not None:
                rates.append((target, max(rate, pool.floor)))
        if rates:
            return FeeForecast(
                chain=self.chain,
                rates=tuple(sorted(rates)),
                floor=pool.floor,
                source="node",
                received_ns=pool.received_ns,
            )
        waiting: list[WaitingTransaction] = []
        if pool.count > self.settings.max_projected:
            targets = ()
        elif pool.count:
            waiting = await self.ask(lambda rpc: rpc.mempool())
        return projected(
            waiting,
            targets,
            chain=self.chain,
            floor=pool.floor,
            received_ns=pool.received_ns,
        )

    # --- sending ----------------------------------------------------------------------------------

    async def test(self, raw: bytes) -> TransactionCheck:
        """Whether a node would take a signed transaction; it is given to nobody."""
        return await self.ask(lambda rpc: rpc.test(raw))

    async def send(self, raw: bytes, expected: str) -> None:
        """Hand a signed transaction, whose id is `expected`, to every node; done when any has it.
        The same bytes can be sent again at any time: they are the same transaction.

        Raises:
            WireError: a node took it for another one.
            TransactionRefused: nobody takes it, and at least one said why.
            OutcomeUnknown: it may be with a node that did not answer.
            NotSent: it reached nobody.
        """
        failures: list[ArgosyError] = []
        for _, told in await self._everyone(lambda rpc: rpc.send(raw)):
            if isinstance(told, AlreadyMined):
                return
            if isinstance(told, ArgosyError):
                failures.append(told)
            elif told != expected:
                raise WireError(f"{self.chain} took {expected} for {told}")
            else:
                return
        for each in failures:
            if isinstance(each, OutcomeUnknown | WireError):
                raise OutcomeUnknown(f"{self.chain}: {each}") from each
        for each in failures:
            if not isinstance(each, TRY_NEXT):
                raise each
        raise failures[0]
