"""A v3 pool kept in step with its logs, each of which is held against what the state predicts.

A log that does not follow from the state means that others were lost: StreamGap, and the pool is to
be read anew. Removed logs take back what they did.
"""

from typing import Any

from argosy.dialects.evm.history import History
from argosy.dialects.evm.logs import Log
from argosy.dialects.uniswap_v3.events import (
    POOL_EVENTS,
    Burn,
    CollectProtocol,
    Flash,
    Initialize,
    Mint,
    SetFeeProtocol,
    Swap,
)
from argosy.dialects.uniswap_v3.pool import ConcentratedPool, Undo
from argosy.dialects.uniswap_v3.walk import Taken, Walk
from argosy.errors import StreamGap, WireError

UNLIMITED = 1 << 255


class TrackedPool:
    """One pool's state and the history of its logs."""

    def __init__(self, address: str, pool: ConcentratedPool, *, block_number: int = -1) -> None:
        """`pool` is as it was at the end of `block_number`; by default before its first log."""
        self.address = address.lower()
        self.pool = pool
        self.history: History[Undo] = History()
        self.history.start(block_number)

    def apply(self, log: Log) -> Any | None:
        """Take a log in; returns its event, or None when it changes nothing we keep.

        Raises:
            WireError: it is malformed or another contract's; the state is untouched.
            StreamGap: it does not follow; the pool must be read anew.
        """
        if log.address.lower() != self.address:
            raise WireError(f"a log of {log.address} for the pool {self.address}")
        event = POOL_EVENTS.read(log)
        if event is None or type(event) not in _CHANGES:
            return event
        if log.removed:
            for undo in self.history.revert(log):
                self.pool.restore(undo)
            return event
        if not self.history.is_news(log):
            return event
        try:
            undo = _CHANGES[type(event)](self.pool, event)
        except ValueError as e:
            raise StreamGap(f"{self.address}: {event} is impossible now: {e}") from e
        self.history.record(log, undo)
        return event


def _initialize(pool: ConcentratedPool, event: Initialize) -> Undo:
    undo = pool.initialise(event.sqrt_price)
    if pool.core.tick != event.tick:
        tick = pool.core.tick
        pool.restore(undo)
        raise ValueError(f"price {event.sqrt_price} is at tick {tick}, not {event.tick}")
    return undo


def _modify(pool: ConcentratedPool, event: Mint | Burn, sign: int) -> Undo:
    amount0, amount1, undo = pool.modify(event.lower, event.upper, sign * event.liquidity)
    if (amount0, amount1) != (event.amount0, event.amount1):
        pool.restore(undo)
        raise ValueError(f"it comes to {amount0} and {amount1} here")
    return undo


def _mint(pool: ConcentratedPool, event: Mint) -> Undo:
    return _modify(pool, event, 1)


def _burn(pool: ConcentratedPool, event: Burn) -> Undo:
    return _modify(pool, event, -1)


def _swap(pool: ConcentratedPool, event: Swap) -> Undo:
    zero_for_one = event.amount0 > 0 or (event.amount0 == 0 and event.amount1 <= 0)
    way = pool.way(zero_for_one=zero_for_one)
    given, out = event.amount0, -event.amount1
    if not zero_for_one:
        given, out = event.amount1, -event.amount0
    taken = explain_swap(way, given, out, event.sqrt_price, event.liquidity, event.tick)
    return pool.settle(way, taken)[1]


def explain_swap(
    way: Walk, given: int, out: int, sqrt_price: int, liquidity: int, tick: int
) -> Taken:
    """The swap that a log tells of: exact in, exact out, or ended by its price limit.

    Raises:
        ValueError: none of them leads to what the log says.
    """
    if given < 0 or out < 0:
        raise ValueError(f"{given} in and {out} out is no swap")
    tries: list[tuple[int, bool, int | None]] = [
        (given, True, None),
        (out, False, None),
        (UNLIMITED, True, sqrt_price),
        (UNLIMITED, False, sqrt_price),
    ]
    for amount, exact_in, limit in tries:
        try:
            taken = way.take(amount, exact_in=exact_in, limit=limit)
        except ValueError:  # a limit that is not ahead of the price: not this one
            continue
        quote = taken.quote
        if (quote.amount_in, quote.amount_out, quote.sqrt_price, quote.liquidity, quote.tick) == (
            given,
            out,
            sqrt_price,
            liquidity,
            tick,
        ):
            return taken
    raise ValueError(f"no swap of {given} in and {out} out leads to this price and liquidity")


def _flash(pool: ConcentratedPool, event: Flash) -> Undo:
    return pool.pay(event.paid0, event.paid1)


def _shares(pool: ConcentratedPool, event: SetFeeProtocol) -> Undo:
    return pool.set_shares(event.new0, event.new1)


def _collect(pool: ConcentratedPool, event: CollectProtocol) -> Undo:
    return pool.collect_protocol(event.amount0, event.amount1)


_CHANGES: dict[type, Any] = {
    Initialize: _initialize,
    Mint: _mint,
    Burn: _burn,
    Swap: _swap,
    Flash: _flash,
    SetFeeProtocol: _shares,
    CollectProtocol: _collect,
}
