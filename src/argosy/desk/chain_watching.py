"""What the commands about a chain do: watch it for a while, look back over blocks, forecast gas."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Collection
from typing import Any

import msgspec

from argosy.analytics.mev import Sandwich, SandwichAttempt
from argosy.desk.chain_source import OpenChain
from argosy.dialects.evm.jsonrpc import quantity, read_head
from argosy.errors import ConfigError
from argosy.model import Head
from argosy.model.calls import NATIVE, Swap, TokenTransfer
from argosy.net.chain_fees import HISTORY_BLOCKS, PERCENTILES, read_history
from argosy.net.gas_forecast import GasForecast, forecast
from argosy.net.rpc import RpcClient
from argosy.net.watch.events import BlockWatched, PendingDecoded, WatchEvent
from argosy.net.watch.feed import ChainWatch, WatchSettings
from argosy.net.watch.lens import BlockLens, attempts_of, sandwiches_of
from argosy.net.watch.tokens import TokenBook

EVENTS = ("pending", "ended", "again", "block", "undone", "gap")
ACTIONS = (
    "swap",
    "liquidity",
    "allowance",
    "transfer",
    "wrap",
    "nft_order",
    "lending",
    "note",
    "unknown",
)
_QUEUE = 10_000  # events that nobody has looked at yet
_MOST_BLOCKS = 10_000
_HEADS = 20

Tell = Callable[[WatchEvent, TokenBook], None]


def check_kinds(kinds: Collection[str]) -> frozenset[str]:
    """Kinds of events and of actions. Raises ConfigError for what is neither."""
    wrong = set(kinds) - {*EVENTS, *ACTIONS}
    if wrong:
        raise ConfigError(
            f"{min(wrong)!r} is no kind; events are {', '.join(EVENTS)};"
            f" actions of pending transactions {', '.join(ACTIONS)}"
        )
    return frozenset(kinds)


def wanted(event: WatchEvent, kinds: Collection[str]) -> bool:
    """Whether an event is of these kinds; of none, all are. An action's kind means pending ones."""
    if not kinds or str(event.__struct_config__.tag) in kinds:
        return True
    if isinstance(event, PendingDecoded) and event.call is not None:
        return any(kind in kinds for kind in event.call.kinds)
    return False


async def watch_chain(
    chain: OpenChain,
    tell: Tell,
    *,
    kinds: Collection[str] = (),
    seconds: float = 0,
    count: int = 0,
) -> int:
    """Tell every event of these kinds, until so many were told or so long (0: until cancelled).
    Returns how many were told.
    """
    queue: asyncio.Queue[WatchEvent] = asyncio.Queue(_QUEUE)

    def hear(event: WatchEvent) -> None:
        if wanted(event, kinds):
            with contextlib.suppress(asyncio.QueueFull):  # whoever reads is too slow
                queue.put_nowait(event)

    settings = WatchSettings(lens=chain.lens)
    rng = chain.rng
    watch = ChainWatch(chain.client, hear, rng=rng, ws_url=chain.ws_url, settings=settings)
    told = 0
    async with asyncio.TaskGroup() as group:
        task = group.create_task(watch.run())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds or None):
                while not count or told < count:
                    event = await queue.get()
                    await _learn(event, watch.lens.tokens)
                    tell(event, watch.lens.tokens)
                    told += 1
        task.cancel()
    return told


async def _learn(event: WatchEvent, tokens: TokenBook) -> None:
    """The names of what an event speaks of."""
    if isinstance(event, PendingDecoded) and event.call is not None:
        named: set[str] = set()
        for action in event.call.actions:
            if isinstance(action, Swap):
                named |= {action.path[0], action.path[-1]}
            elif isinstance(action, TokenTransfer):
                named.add(action.token)
        await tokens.learn_names(named - {NATIVE})
    elif isinstance(event, BlockWatched) and event.mev:
        await _learn_pools((each.pool for each in event.mev), tokens)


async def _learn_pools(pools: Any, tokens: TokenBook) -> None:
    pools = list(pools)
    await tokens.learn_pools(pools)
    known = [tokens.pools[pool] for pool in pools if pool in tokens.pools]
    await tokens.learn_names(token for pair in known for token in pair)


# --- looking back -------------------------------------------------------------------------------


class SandwichReport(msgspec.Struct, frozen=True, kw_only=True):
    """The sandwiches of some blocks, and those that did not come off."""

    first: int
    last: int
    blocks: int
    trades: int
    sandwiches: tuple[Sandwich, ...]
    attackers: dict[str, int]
    attempts: tuple[SandwichAttempt, ...] = ()


async def look_back(
    chain: OpenChain, blocks: int, progress: Callable[[float], None] | None = None
) -> tuple[SandwichReport, TokenBook]:
    """The sandwiches of the newest `blocks` blocks; of a sandbox chain, of as many new ones.

    Raises:
        ConfigError: too many blocks, or none.
    """
    if not 1 <= blocks <= _MOST_BLOCKS:
        raise ConfigError(f"--blocks is {blocks}; it must be 1 to {_MOST_BLOCKS}")
    client = chain.client
    lens = BlockLens(client, chain.lens)
    if chain.crowd is None:
        tip = quantity(await client.call("eth_blockNumber"))
        numbers = list(range(max(0, tip - blocks + 1), tip + 1))
    found: list[Sandwich] = []
    attempts: list[SandwichAttempt] = []
    trades = first = last = 0
    for done in range(blocks):
        if chain.crowd is not None:
            await chain.step()
            head = await _head(client, "latest")
        elif done < len(numbers):
            head = await _head(client, hex(numbers[done]))
        else:
            break
        told = await lens.look(await lens.fetch(head), {})
        first, last = first or head.number, head.number
        trades += len(told.trades)
        found += sandwiches_of(told)
        attempts += attempts_of(told)
        if progress is not None:
            progress(done + 1)
    pools = [each.pool for each in found] + [each.pool for each in attempts]
    await _learn_pools(pools, lens.tokens)
    report = SandwichReport(
        first=first,
        last=last,
        blocks=last - first + 1,
        trades=trades,
        sandwiches=tuple(found),
        attackers=dict(Counter(each.attacker for each in found).most_common()),
        attempts=tuple(attempts),
    )
    return report, lens.tokens


async def _head(client: RpcClient, block: str) -> Head:
    told = await client.call("eth_getBlockByNumber", block, False)
    return read_head(told, client.chain, client.clock.now_ns())


# --- gas ------------------------------------------------------------------------------------------


async def gas_outlook(chain: OpenChain, seconds: float = 0) -> GasForecast:
    """The forecast after the newest block; `seconds`: first see for so long what waits."""
    client = chain.client
    watch: ChainWatch | None = None
    if seconds:
        settings = WatchSettings(lens=chain.lens, blocks=False)
        watch = ChainWatch(client, _ignore, rng=chain.rng, ws_url=chain.ws_url, settings=settings)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(watch.run())
            await client.clock.sleep(seconds)
            task.cancel()
    tip = await _head(client, "latest")
    heads = [
        await _head(client, hex(number))
        for number in range(max(0, tip.number - _HEADS + 1), tip.number)
    ]
    told = await client.call("eth_feeHistory", hex(HISTORY_BLOCKS), "latest", list(PERCENTILES))
    waiting = watch.mempool.waiting() if watch is not None else ()
    return forecast([*heads, tip], read_history(told), waiting)


def _ignore(event: WatchEvent) -> None:
    """What waits is kept by the watch itself."""
