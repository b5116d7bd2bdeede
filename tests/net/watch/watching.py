"""A sandbox chain with a watch on it, for the tests of this folder."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from typing import Any

from argosy.net.clock import SystemClock
from argosy.net.rpc import RpcClient, RpcNode, RpcSettings
from argosy.net.watch.feed import ChainWatch, WatchSettings
from argosy.sandbox.evm.local import EvmChain
from argosy.sandbox.evm.node import NodeSettings
from net.nodes import FAST
from net.sessions import until
from sandbox.evm.chains import chain_or_skip

GWEI = 10**9


def waiting_chain() -> EvmChain:
    """A chain whose blocks are made by hand; not started yet."""
    chain_or_skip()
    return EvmChain(NodeSettings(mine=False))


class Watched:
    """What a watch tells, and ways to wait for it."""

    def __init__(self, chain: EvmChain, watch: ChainWatch, events: list[Any]) -> None:
        self.chain = chain
        self.watch = watch
        self.events = events

    def of(self, kind: type) -> list[Any]:
        return [each for each in self.events if isinstance(each, kind)]

    async def until(self, condition: Any) -> None:
        await until(condition)

    async def call(self, method: str, *params: object) -> Any:
        return await asyncio.to_thread(self.chain.link.call, method, *params)

    async def mine(self) -> None:
        """A block, and wait until it was told of."""
        from argosy.net.watch.events import BlockWatched

        await self.call("evm_mine")
        head = await self.call("eth_getBlockByNumber", "latest", False)
        await until(lambda: any(b.head.hash == head["hash"] for b in self.of(BlockWatched)))

    async def send(self, role: str, to: str, data: str = "0x", **more: Any) -> str:
        """A transaction of a role's; returns its hash."""
        fields = {
            "from": self.chain.layout.accounts[role],
            "to": to,
            "data": data,
            "value": hex(more.get("value", 0)),
            "gas": hex(more.get("gas", 300_000)),
            "maxPriorityFeePerGas": hex(more.get("tip", GWEI)),
            "maxFeePerGas": hex(more.get("fee", 100 * GWEI)),
        }
        if "nonce" in more:
            fields["nonce"] = hex(more["nonce"])
        return await self.call("eth_sendTransaction", fields)


@contextlib.asynccontextmanager
async def watched(
    chain: EvmChain,
    settings: WatchSettings | None = None,
    *,
    stream: bool = True,
    rpc: RpcSettings = FAST,
) -> AsyncIterator[Watched]:
    """A watch that stands: the first block was told."""
    from argosy.net.watch.events import BlockWatched

    events: list[Any] = []
    nodes = [RpcNode(name="node", url=chain.node.url)]
    clock, rng = SystemClock(), random.Random(1)
    async with RpcClient(
        chain="sandbox", nodes=nodes, clock=clock, rng=rng, settings=rpc
    ) as client:
        watch = ChainWatch(
            client,
            events.append,
            rng=rng,
            ws_url=chain.node.ws_url if stream else "",
            settings=settings or WatchSettings(poll_s=0.02, batch_s=0.002),
        )
        task = asyncio.get_running_loop().create_task(watch.run())
        try:
            found = Watched(chain, watch, events)
            await until(lambda: task.done() or bool(found.of(BlockWatched)))
            if stream:
                await asyncio.sleep(0.05)  # the stream's subscriptions
            yield found
            assert not task.done(), task.exception()
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
