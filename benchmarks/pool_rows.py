"""What a pool costs to read and to ask: a log read, a quote over many ticks, a ladder.

Reading is measured against eth-abi and web3 on the same logs, where they are installed; before a
row is reported, both read the same values.
"""

import random
import statistics
from collections.abc import Callable
from importlib.metadata import version

from argosy.books.amm import Units, ladder
from argosy.dialects.evm.logs import Log
from argosy.dialects.uniswap_v3.events import POOL_EVENTS
from argosy.dialects.uniswap_v3.side import ConcentratedSide
from argosy.model import Side
from benchmarks.applied_rows import by_web3, pool_of, v3_swaps
from benchmarks.route_rows import timed
from benchmarks.rows import Row, compared, skipped

GROUP = "pools"
SEED = 20_261_127
READ = 400
READING = "read a v3 Swap from its log"
TYPES = ["int256", "int256", "uint160", "uint128", "int24"]
NAMES = ["amount0", "amount1", "sqrt_price", "liquidity", "tick"]


def measure(repeats: int) -> list[Row]:
    """Rows for reading, quoting and showing a pool."""
    logs = v3_swaps()[:READ]
    ours = _median(lambda: [POOL_EVENTS.read(log) for log in logs], repeats) / len(logs)
    return [
        compared(GROUP, READING, "us/log", ours, note="every word checked, indexed ones too"),
        _reading(logs, ours, repeats, "eth-abi", _by_eth_abi),
        _reading(logs, ours, repeats, "web3", _by_web3),
        *_alone(repeats),
    ]


def _reading(
    logs: list[Log],
    ours: float,
    repeats: int,
    peer: str,
    make: Callable[[list[Log]], Callable[[], list[tuple[int, ...]]]],
) -> Row:
    try:
        read = make(logs)
    except ImportError:
        return skipped(GROUP, READING, peer, f"{peer} is not installed beside us")
    events = [POOL_EVENTS.read(log) for log in logs]
    values = [tuple(getattr(event, each) for each in NAMES) for event in events]
    if read() != values:
        return skipped(GROUP, READING, peer, f"{peer} reads other values")
    theirs = _median(read, max(1, repeats // 3)) / len(logs)
    return compared(GROUP, READING, "us/log", ours, peer, version(peer), theirs)


def _by_eth_abi(logs: list[Log]) -> Callable[[], list[tuple[int, ...]]]:
    from eth_abi import decode

    return lambda: [tuple(decode(TYPES, bytes.fromhex(log.data[2:]))) for log in logs]


def _by_web3(logs: list[Log]) -> Callable[[], list[tuple[int, ...]]]:
    read = by_web3(POOL_EVENTS, logs)
    return lambda: [tuple(values[-len(NAMES) :]) for values in read()]


def _alone(repeats: int) -> list[Row]:
    pool = pool_of()
    ticks = len(pool.order)
    rng = random.Random(SEED)
    amounts = [int(10 ** rng.uniform(10, 16)) for _ in range(200)]

    def quote() -> None:
        for amount in amounts:
            pool.quote(amount, zero_for_one=True, exact_in=True)

    def changed() -> None:
        for amount in amounts:
            pool.set_shares(0, 0)  # any change makes the way anew
            pool.quote(amount, zero_for_one=True, exact_in=True)

    def show() -> None:
        pool.set_shares(0, 0)
        ladder(ConcentratedSide(pool, base=1, buy=True), Side.BUY, units)

    units = Units(base_decimals=18, quote_decimals=6, price_decimals=4, size_decimals=6)
    about = f"{ticks} initialised ticks"
    return [
        compared(
            GROUP,
            f"quote, unchanged pool, {about}",
            "us/quote",
            _median(quote, repeats) / len(amounts),
            note="to the last unit; the contract's quoter by RPC is a node's round trip",
        ),
        compared(
            GROUP, f"quote after a change, {about}", "us/quote", _median(changed, repeats) / 200
        ),
        compared(GROUP, f"ladder of one side, {about}", "us/ladder", _median(show, repeats)),
    ]


def _median(work: Callable[[], object], repeats: int) -> float:
    """Microseconds of one call."""
    return statistics.median(timed(work, 1) for _ in range(max(1, repeats))) * 1_000
