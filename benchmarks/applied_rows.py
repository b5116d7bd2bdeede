"""What following a pool costs: its state after a swap, from the swap's logs, for each family.

Ours is all of it: the log read, the swap done again and held against what the log says, fee growth
kept, the change undoable. The peer's is web3's decoding of the same logs alone. Before a row is
reported, both read the same values and our state is the one the swaps led to.
"""

import random
import statistics
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any, NamedTuple

from argosy.dialects.evm.logs import Events, Log
from argosy.dialects.uniswap_v2.amounts import UNISWAP_FEE, amount_out
from argosy.dialects.uniswap_v2.events import PAIR_EVENTS
from argosy.dialects.uniswap_v2.tracking import TrackedPair
from argosy.dialects.uniswap_v3.events import POOL_EVENTS
from argosy.dialects.uniswap_v3.pool import ConcentratedPool
from argosy.dialects.uniswap_v3.ticks import sqrt_price_at
from argosy.dialects.uniswap_v3.tracking import TrackedPool
from argosy.dialects.uniswap_v4.events import MANAGER_EVENTS
from argosy.dialects.uniswap_v4.keys import PoolKey
from argosy.dialects.uniswap_v4.pool import ManagedPool
from argosy.dialects.uniswap_v4.tracking import TrackedManagedPool
from benchmarks.route_rows import timed
from benchmarks.rows import Row, compared, skipped

GROUP = "pools"
SEED = 20_261_127
SWAPS = 2_000  # in a row, as of a busy pool: starting from cold caches is a small part
POOL = "0x" + "ab" * 20
SOMEONE = "0x" + "0" * 24 + "cd" * 20
RESERVES = (3_000 * 10**18, 10**13)
KEY = PoolKey(currency0="0x" + "11" * 20, currency1="0x" + "22" * 20, fee=500, spacing=10)
NOTE = "ours: read, held against the state, applied, undoable; web3's: decoded"


class Case(NamedTuple):
    """The logs of some swaps, what follows them, and what its state must be in the end."""

    name: str
    events: Events
    logs: Sequence[Log]
    follow: Callable[[], Any]
    state: Callable[[Any], object]
    wanted: object


def fill(pool: ConcentratedPool) -> None:
    """Give a pool a hundred initialised ticks around its price."""
    rng = random.Random(SEED)
    pool.initialise(sqrt_price_at(200_000))
    pool.modify(190_000, 210_000, 10**19)
    for _ in range(60):
        lower = 20_000 + rng.randint(-200, 200)
        pool.modify(lower * 10, (lower + rng.randint(1, 200)) * 10, 10 ** rng.randint(15, 19))


def pool_of() -> ConcentratedPool:
    """A v3 pool of 0.05 %."""
    pool = ConcentratedPool(fee=500, spacing=10)
    fill(pool)
    return pool


def managed_of() -> ManagedPool:
    """The same as a v4 pool."""
    pool = ManagedPool(fee=500, spacing=10)
    fill(pool)
    return pool


def v3_swaps() -> list[Log]:
    """Swaps of a v3 pool, one after the other."""
    return swaps(pool_of(), (topic_of(POOL_EVENTS, "Swap"), SOMEONE, SOMEONE), 1)


def log_at(place: int, topics: Sequence[str], values: Sequence[int], index: int = 0) -> Log:
    """A log of words, as a node tells of it, in a block of its own."""
    words = "".join((value % (1 << 256)).to_bytes(32, "big").hex() for value in values)
    return Log(
        address=POOL,
        topics=tuple(topics),
        data="0x" + words,
        block_number=hex(place),
        block_hash=hex(place),
        transaction_hash="0x" + "11" * 32,
        log_index=hex(index),
    )


def topic_of(events: Events, name: str) -> str:
    """The topic of an event by its name."""
    return next(t for t, each in events.by_topic.items() if each.signature.startswith(name + "("))


def swaps(pool: ConcentratedPool, topics: Sequence[str], sign: int, *more: int) -> list[Log]:
    """Swaps one after the other, there and back; amounts as the pool's (1) or the swapper's."""
    rng = random.Random(SEED)
    found = []
    for i in range(SWAPS):
        zero = pool.core.tick > 200_000
        amount = int(10 ** rng.uniform(10, 15 if zero else 21))
        quote, _ = pool.swap(amount, zero_for_one=zero, exact_in=True)
        came, went = sign * quote.amount_in, -sign * quote.amount_out
        amounts = (came, went) if zero else (went, came)
        values = (*amounts, quote.sqrt_price, quote.liquidity, quote.tick, *more)
        found.append(log_at(i, topics, values))
    return found


def _v2() -> Case:
    rng = random.Random(SEED)
    sync, swap = topic_of(PAIR_EVENTS, "Sync"), topic_of(PAIR_EVENTS, "Swap")
    reserves, logs = RESERVES, []
    for i in range(SWAPS):
        zero = bool(i % 2)
        amount = int(10 ** rng.uniform(15, 19) if zero else 10 ** rng.uniform(6, 10))
        inside = reserves if zero else reserves[::-1]
        out = amount_out(amount, *inside, UNISWAP_FEE)
        came, went = ((amount, 0), (0, out)) if zero else ((0, amount), (out, 0))
        reserves = (reserves[0] + came[0] - went[0], reserves[1] + came[1] - went[1])
        logs.append(log_at(i, (sync,), reserves))
        logs.append(log_at(i, (swap, SOMEONE, SOMEONE), (*came, *went), 1))

    def follow() -> TrackedPair:
        return TrackedPair(POOL, reserves=RESERVES)

    return Case("v2 pair's state, Sync and Swap", PAIR_EVENTS, logs, follow, _reserves, reserves)


def _reserves(tracked: Any) -> object:
    return tracked.reserves


def _core(tracked: Any) -> object:
    return tracked.pool.core


def _v3() -> Case:
    pool = pool_of()
    logs = swaps(pool, (topic_of(POOL_EVENTS, "Swap"), SOMEONE, SOMEONE), 1)

    def follow() -> TrackedPool:
        return TrackedPool(POOL, pool_of())

    return Case("v3 pool's state, Swap", POOL_EVENTS, logs, follow, _core, pool.core)


def _v4() -> Case:
    pool = managed_of()
    topics = (topic_of(MANAGER_EVENTS, "Swap"), KEY.pool_id, SOMEONE)
    logs = swaps(pool, topics, -1, 500)

    def follow() -> TrackedManagedPool:
        return TrackedManagedPool(POOL, KEY, managed_of())

    return Case("v4 pool's state, Swap", MANAGER_EVENTS, logs, follow, _core, pool.core)


def measure(repeats: int) -> list[Row]:
    """A row for each family: microseconds of one update."""
    return [_row(case, repeats) for case in (_v2(), _v3(), _v4())]


def _row(case: Case, repeats: int) -> Row:
    name = f"keep a {case.name}"
    tracked = case.follow()
    read = [tracked.apply(log) for log in case.logs]
    if case.state(tracked) != case.wanted:
        raise AssertionError(f"{name}: the state is another than the swaps led to")
    try:
        decode = by_web3(case.events, case.logs)
    except ImportError:
        decode = None
    told = [[getattr(event, each) for each in type(event).__struct_fields__] for event in read]
    if decode is not None and sorted(map(_plain, decode())) != sorted(map(_plain, told)):
        return skipped(GROUP, name, "web3", "web3 reads other values")
    ours, theirs = [], []

    for repeat in range(max(1, repeats)):
        follower = case.follow()
        ours.append(timed(lambda: [follower.apply(log) for log in case.logs], 1))  # noqa: B023
        if decode is not None and repeat % 3 == 0:
            theirs.append(timed(decode, 1))
    us = statistics.median(ours) * 1_000 / SWAPS
    if decode is None:
        return compared(GROUP, name, "us/update", us, note=NOTE)
    peers = statistics.median(theirs) * 1_000 / SWAPS
    return compared(GROUP, name, "us/update", us, "web3", version("web3"), peers, note=NOTE)


def _plain(values: Sequence[Any]) -> tuple[str, ...]:
    """Values whatever their order and case: web3 checksums addresses, and has bytes as bytes."""
    texts = ("0x" + each.hex() if isinstance(each, bytes) else str(each) for each in values)
    return tuple(sorted(text.lower() for text in texts))


def by_web3(events: Events, logs: Sequence[Log]) -> Callable[[], list[list[Any]]]:
    """What decodes the logs with web3. Raises ImportError without it."""
    from hexbytes import HexBytes
    from web3 import Web3

    found = []
    contracts = {
        topic: Web3().eth.contract(abi=[_abi(layout)]) for topic, layout in events.by_topic.items()
    }
    for i, log in enumerate(logs):
        receipt: Any = {
            "address": Web3.to_checksum_address(log.address),
            "topics": [HexBytes(topic) for topic in log.topics],
            "data": HexBytes(log.data),
            "blockNumber": i,
            "blockHash": HexBytes("0x" + "11" * 32),
            "transactionHash": HexBytes(log.transaction_hash or "0x"),
            "transactionIndex": 0,
            "logIndex": 0,
        }
        name = events.by_topic[log.topics[0]].signature.partition("(")[0]
        found.append((contracts[log.topics[0]].events[name](), receipt))
    return lambda: [list(event.process_log(each)["args"].values()) for event, each in found]


def _abi(layout: Any) -> dict[str, Any]:
    """An event's entry of a JSON ABI."""
    return {
        "anonymous": False,
        "name": layout.signature.partition("(")[0],
        "type": "event",
        "inputs": [
            {"name": name, "type": kind, "indexed": indexed}
            for name, kind, indexed in layout.declared
        ],
    }
