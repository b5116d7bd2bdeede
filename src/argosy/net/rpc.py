"""Asks the nodes of an EVM chain over JSON-RPC: one after another where one fails, several at once
where they must agree. Limits, retries, outcomes and audit are those of `net.http`, for each node.
"""

import asyncio
import random
import ssl
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from argosy.dialects.evm.jsonrpc import AlreadyKnown, Ask, body, hash_of, quantity, read_answers
from argosy.errors import (
    ArgosyError,
    ConfigError,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Unsupported,
    VenueError,
    VenueUnavailable,
    WireError,
)
from argosy.model.time import SECOND
from argosy.net.audit import Tap
from argosy.net.http import HttpClient, HttpSettings
from argosy.net.limits import Limiter
from argosy.ports import Call, Clock, HttpRequest, HttpResponse
from argosy.venues.catalog import Bucket, Endpoints

# After these another node may know better; what a node answers for certain counts at once.
_TRY_NEXT = (NotSent, OutcomeUnknown, VenueUnavailable, RateLimited, WireError, Unsupported)
_CHANGING = ("eth_sendTransaction", "personal_", "miner_", "admin_", "evm_", "anvil_", "hardhat_")
_BUCKET = "calls"
_REST_S, _REST_MAX_S = 1.0, 60.0  # a node that failed is asked last for so long; doubles


class RpcNode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One node: whose it is, where, and how many calls a second it takes (0: no limit)."""

    name: str
    url: str
    calls_per_s: float = 0
    secrets: tuple[str, ...] = ()  # parts of the URL that no log may show: a provider's key


class RpcSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How patient a client is, and how much it asks at once."""

    http: HttpSettings = HttpSettings(attempts=2, timeout_s=10)  # of each node, before the next
    max_batch: int = 100
    max_lag: int = 3  # blocks behind the best node; beyond them a node is asked last


class Disagreement(ArgosyError):
    """Too few nodes gave the same answer: one lags, lies, or is on another fork. Trust none."""


class _Node:
    """A node, its client, and what is known of it."""

    def __init__(self, config: RpcNode, http: HttpClient, place: int, clock: Clock) -> None:
        self.name = config.name
        self.clock = clock
        self.http = http
        self.place = place  # in the owner's order of preference
        self.height = 0
        self.failures = 0  # in a row
        self.rested_ns = 0  # monotonic: until then it is asked last, as it failed

    async def ask(
        self, asks: Sequence[Ask], *, batch: bool, cost: Mapping[str, float]
    ) -> list[Any]:
        changing = any(ask.method.startswith(_CHANGING) for ask in asks)
        request = HttpRequest(
            method="POST",
            path="",
            host="rpc",
            headers=(("Content-Type", "application/json"),),
            body=body(asks, batch=batch),
            idempotent=not changing,
            cost=cost,
        )

        def read(response: HttpResponse) -> list[Any]:
            results = read_answers(response.body, asks, self.name)
            if len(results) == 1 and isinstance(results[0], VenueError | WireError):
                raise results[0]
            return results

        try:
            results = await self.http.call(Call(request, read))
            if len(results) == 1 and isinstance(results[0], Unsupported):
                raise results[0]  # no answer of a venue: the client would take it for a defect
        except _TRY_NEXT as e:
            if not isinstance(e, Unsupported):
                self.failures += 1
                rest_s = min(_REST_S * 2 ** (self.failures - 1), _REST_MAX_S)
                self.rested_ns = self.clock.monotonic_ns() + round(rest_s * SECOND)
            raise
        self.failures = self.rested_ns = 0
        return results


class RpcClient:
    """One chain's nodes, most preferred first. Use as an async context manager."""

    def __init__(
        self,
        *,
        chain: str,
        nodes: Sequence[RpcNode],
        clock: Clock,
        rng: random.Random,
        tap: Tap | None = None,
        settings: RpcSettings | None = None,
        tls: ssl.SSLContext | None = None,
        relay: RpcNode | None = None,
    ) -> None:
        """`relay`: who alone is handed transactions, in private, in place of the nodes."""
        if not nodes or len({node.name for node in nodes}) != len(nodes):
            raise ConfigError(f"{chain} needs at least one node, and each a name of its own")
        self.chain = chain
        self.settings = settings or RpcSettings()
        self.clock = clock
        self._tls = tls
        self._nodes = [self._made(node, place, clock, rng, tap) for place, node in enumerate(nodes)]
        self._relay = None if relay is None else self._made(relay, 0, clock, rng, tap)
        self._limited = {node.name for node in (*nodes, relay) if node and node.calls_per_s}

    def _made(
        self, node: RpcNode, place: int, clock: Clock, rng: random.Random, tap: Tap | None
    ) -> _Node:
        buckets = {}
        if node.calls_per_s:
            most = max(1.0, node.calls_per_s)
            buckets[_BUCKET] = Bucket(kind="sliding", scope="ip", max=most, window_s=1)
        http = HttpClient(
            venue=node.name,
            endpoints=Endpoints(roles={"rpc": (node.url,)}),
            limiter=Limiter(buckets, clock),
            clock=clock,
            rng=rng,
            tap=tap,
            settings=self.settings.http,
            tls=self._tls,
        )
        for secret in node.secrets:
            http.hide(secret)
        return _Node(node, http, place, clock)

    @property
    def _clients(self) -> list[HttpClient]:
        relay = [] if self._relay is None else [self._relay]
        return [node.http for node in (*self._nodes, *relay)]

    async def __aenter__(self) -> "RpcClient":
        for http in self._clients:
            await http.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        for http in self._clients:
            await http.__aexit__()

    # --- one answer -------------------------------------------------------------------------------

    async def call(self, method: str, *params: Any) -> Any:
        """Ask the best node, then the next; returns the result as JSON has it.

        Raises:
            VenueError: a node refused for certain (Reverted, NonceUsed, ...).
            NotSent, OutcomeUnknown, VenueUnavailable, RateLimited, WireError, Unsupported: of the
                last node, where none could answer. A call that changes something goes to another
                node only where nothing was sent.
        """
        return (await self._ask([Ask(method, params)], batch=False))[0]

    async def batch(self, asks: Sequence[Ask]) -> list[Any]:
        """Ask many things in few requests. In the order asked: a result, or the exception that
        `call` would raise for it. Raises as `call` does where a whole request came to nothing.
        """
        found: list[Any] = []
        for start in range(0, len(asks), self.settings.max_batch):
            part = asks[start : start + self.settings.max_batch]
            try:
                found += await self._ask(part, batch=True)
            except VenueError as e:  # the answer to the only thing that was asked
                if len(part) > 1 or isinstance(e, _TRY_NEXT):
                    raise
                found.append(e)
        return found

    async def _ask(self, asks: Sequence[Ask], *, batch: bool) -> list[Any]:
        changing = any(ask.method.startswith(_CHANGING) for ask in asks)
        last: Exception | None = None
        for node in self._order():
            try:
                return await node.ask(asks, batch=batch, cost=self._cost(node, len(asks)))
            except NotSent as e:
                last = e
            except _TRY_NEXT as e:
                if changing and not isinstance(e, Unsupported):
                    raise
                last = e
        assert last is not None, "there is at least one node"
        raise last

    def _cost(self, node: _Node, asks: int) -> dict[str, float]:
        return {_BUCKET: asks} if node.name in self._limited else {}

    def _order(self) -> list[_Node]:
        """As preferred; those that failed just now or lag behind come last."""
        best = max(node.height for node in self._nodes)
        now_ns = self.clock.monotonic_ns()

        def rank(node: _Node) -> tuple[bool, bool, int]:
            lags = bool(node.height) and node.height < best - self.settings.max_lag
            return (now_ns < node.rested_ns, lags, node.place)

        return sorted(self._nodes, key=rank)

    # --- several nodes ----------------------------------------------------------------------------

    async def agreed(
        self,
        method: str,
        *params: Any,
        quorum: int = 2,
        part: Callable[[Any], Any] | None = None,
    ) -> Any:
        """Ask every node at once, and return what `quorum` of them say alike. `part`: of each
        answer this must be alike, and is returned; it may raise WireError.

        Raises:
            Disagreement: fewer do; says how many answered what.
            ConfigError: there are not that many nodes.
        """
        if quorum > len(self._nodes):
            raise ConfigError(f"{self.chain} has {len(self._nodes)} nodes; {quorum} cannot agree")
        told = await self._everyone(Ask(method, params))
        if part is not None:
            told = {name: _part(each, part) for name, each in told.items()}
        answers = {name: each for name, each in told.items() if not isinstance(each, Exception)}
        votes = Counter(_canonical(each) for each in answers.values())
        if votes and votes.most_common(1)[0][1] >= quorum:
            winner = votes.most_common(1)[0][0]
            return next(each for each in answers.values() if _canonical(each) == winner)
        heard = "; ".join(f"{name}: {str(each)[:80]}" for name, each in told.items())
        raise Disagreement(f"{method} on {self.chain}: no {quorum} nodes say the same ({heard})")

    async def heights(self) -> dict[str, int]:
        """The newest block of each node that answers; who lags is asked last from now on."""
        found = {}
        for name, told in (await self._everyone(Ask("eth_blockNumber"))).items():
            if not isinstance(told, Exception):
                found[name] = quantity(told)
        for node in self._nodes:
            node.height = found.get(node.name, node.height)
        return found

    async def send_raw(self, signed: bytes, expected: str) -> None:
        """Hand a signed transaction, whose hash is `expected`, to every node, or to the relay
        alone; done when any has it.
        The same bytes can be sent again at any time: they are the same transaction.

        Raises:
            WireError: a node took it for another one.
            TransactionRefused, InsufficientFunds: nobody takes it, and at least one said why.
            OutcomeUnknown: it may be with a node that did not answer.
            NotSent: it reached nobody.
        """
        ask = Ask("eth_sendRawTransaction", ("0x" + signed.hex(),))
        told = await self._everyone(ask, None if self._relay is None else [self._relay])
        failures = []
        for each in told.values():
            if isinstance(each, AlreadyKnown):
                return
            if not isinstance(each, Exception):
                if hash_of(each) != expected:
                    raise WireError(f"{self.chain} took {expected} for {each}")
                return
            failures.append(each)
        for kind in (OutcomeUnknown, WireError):
            for each in failures:
                if isinstance(each, kind):
                    raise OutcomeUnknown(f"{self.chain}: {each}") from each
        for each in failures:
            if not isinstance(each, _TRY_NEXT):
                raise each
        raise failures[0]

    async def _everyone(self, ask: Ask, nodes: Sequence[_Node] | None = None) -> dict[str, Any]:
        """Each node's result, or what it failed with."""

        async def one(node: _Node) -> Any:
            try:
                return (await node.ask([ask], batch=False, cost=self._cost(node, 1)))[0]
            except ArgosyError as e:
                return e

        async with asyncio.TaskGroup() as group:
            asked = self._nodes if nodes is None else nodes
            tasks = {node.name: group.create_task(one(node)) for node in asked}
        return {name: task.result() for name, task in tasks.items()}


def _part(told: Any, part: Callable[[Any], Any]) -> Any:
    if isinstance(told, Exception):
        return told
    try:
        return part(told)
    except WireError as e:
        return e


def _canonical(value: Any) -> bytes:
    """Equal for equal JSON, whatever the order of its keys and the case of its hex."""
    return msgspec.json.encode(value, order="sorted").lower()
