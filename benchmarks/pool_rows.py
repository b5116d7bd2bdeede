"""What a pool costs to follow and to ask: a log read, a log applied, a quote over many ticks.

Reading is measured against eth-abi and web3 on the same logs, where they are installed; before a
row is reported, both read the same values.
"""

import random
import statistics
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from argosy.books.amm import Units, ladder
from argosy.dialects.evm.logs import Log
from argosy.dialects.uniswap_v3.events import POOL_EVENTS
from argosy.dialects.uniswap_v3.pool import ConcentratedPool
from argosy.dialects.uniswap_v3.side import ConcentratedSide
from argosy.dialects.uniswap_v3.ticks import sqrt_price_at
from argosy.dialects.uniswap_v3.tracking import TrackedPool
from argosy.model import Side
from benchmarks.route_rows import timed
from benchmarks.rows import Row, compared, skipped

GROUP = "pools"
SEED = 20_261_127
SWAPS = 400
READING = "read a v3 Swap from its log"
POOL = "0x" + "ab" * 20
TYPES = ["int256", "int256", "uint160", "uint128", "int24"]
NAMES = ["amount0", "amount1", "sqrt_price", "liquidity", "tick"]
ABI = {
    "anonymous": False,
    "name": "Swap",
    "type": "event",
    "inputs": [
        {"indexed": True, "name": "sender", "type": "address"},
        {"indexed": True, "name": "recipient", "type": "address"},
        *(
            {"indexed": False, "name": name, "type": kind}
            for name, kind in zip(NAMES, TYPES, strict=True)
        ),
    ],
}


def pool_of() -> ConcentratedPool:
    """A pool of 0.05 % with a hundred initialised ticks around its price."""
    rng = random.Random(SEED)
    pool = ConcentratedPool(fee=500, spacing=10)
    pool.initialise(sqrt_price_at(200_000))
    pool.modify(190_000, 210_000, 10**19)
    for _ in range(60):
        lower = 20_000 + rng.randint(-200, 200)
        pool.modify(lower * 10, (lower + rng.randint(1, 200)) * 10, 10 ** rng.randint(15, 19))
    return pool


def swaps() -> list[Log]:
    """Swaps one after the other, as a node tells of them."""
    rng = random.Random(SEED)
    pool = pool_of()
    topic = next(topic for topic, each in POOL_EVENTS.by_topic.items() if "Swap" in each.signature)
    found = []
    for i in range(SWAPS):
        zero = pool.core.tick > 200_000
        amount = int(10 ** rng.uniform(10, 15 if zero else 21))
        quote, _ = pool.swap(amount, zero_for_one=zero, exact_in=True)
        came, went = quote.amount_in, -quote.amount_out
        values = (
            came if zero else went,
            went if zero else came,
            quote.sqrt_price,
            quote.liquidity,
            quote.tick,
        )
        words = "".join((value % (1 << 256)).to_bytes(32, "big").hex() for value in values)
        someone = "0x" + "0" * 24 + "cd" * 20
        found.append(
            Log(
                address=POOL,
                topics=(topic, someone, someone),
                data="0x" + words,
                block_number=hex(i),
                block_hash=hex(i),
                transaction_hash="0x" + "11" * 32,
                log_index="0x0",
            )
        )
    return found


def measure(repeats: int) -> list[Row]:
    """Rows for reading, applying, quoting and showing a pool."""
    logs = swaps()
    ours = _median(lambda: [POOL_EVENTS.read(log) for log in logs], repeats) / len(logs)
    return [
        compared(GROUP, READING, "us/log", ours, note="every word checked, indexed ones too"),
        _reading(logs, ours, repeats, "eth-abi", _by_eth_abi),
        _reading(logs, ours, repeats, "web3", _by_web3),
        *_alone(logs, repeats),
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
    from hexbytes import HexBytes
    from web3 import Web3

    event = Web3().eth.contract(abi=[ABI]).events.Swap()
    receipts: list[Any] = [
        {
            "address": Web3.to_checksum_address(log.address),
            "topics": [HexBytes(topic) for topic in log.topics],
            "data": HexBytes(log.data),
            "blockNumber": i,
            "blockHash": HexBytes("0x" + "11" * 32),
            "transactionHash": HexBytes(log.transaction_hash or "0x"),
            "transactionIndex": 0,
            "logIndex": 0,
        }
        for i, log in enumerate(logs)
    ]

    def read() -> list[tuple[int, ...]]:
        found = (event.process_log(each)["args"] for each in receipts)
        return [tuple(args[name] for name in NAMES) for args in found]

    return read


def _alone(logs: list[Log], repeats: int) -> list[Row]:
    pool = pool_of()
    ticks = len(pool.order)
    rng = random.Random(SEED)
    amounts = [int(10 ** rng.uniform(10, 16)) for _ in range(200)]

    def apply() -> None:
        tracked = TrackedPool(POOL, pool_of())
        for log in logs:
            tracked.apply(log)

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
    spent = _median(apply, repeats) - _median(pool_of, repeats)
    about = f"{ticks} initialised ticks"
    return [
        compared(
            GROUP,
            "apply a v3 Swap to the pool's state",
            "us/log",
            spent / len(logs),
            note="read, swapped again, held against what the log says, fee growth kept, undoable",
        ),
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
