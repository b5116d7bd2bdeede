# cython: annotation_typing=False
"""A v3 pool kept in step with its logs, each of which is held against what the state predicts.

A log that does not follow from the state means that others were lost: StreamGap, and the pool is to
be read anew. Removed logs take back what they did. Compiled by Cython; it also runs as it stands.
"""

from collections.abc import Callable, Mapping
from typing import Any

import cython

if not cython.compiled:
    from argosy.dialects.evm.history import History
    from argosy.dialects.uniswap_v3.pool import ConcentratedPool
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
from argosy.dialects.uniswap_v3.pool import Undo
from argosy.dialects.uniswap_v3.walk import Taken, Walk
from argosy.errors import StreamGap, WireError

UNLIMITED = 1 << 255

Changes = Mapping[type, Callable[[Any, Any], Undo]]


class TrackedPool:
    """One pool's state and the history of its logs."""

    events = POOL_EVENTS

    def __init__(self, address: str, pool: ConcentratedPool, *, block_number: int = -1) -> None:
        """`pool` is as it was at the end of `block_number`; by default before its first log."""
        self.address = address.lower()
        self.pool = pool
        self.history = History()
        self.history.start(block_number)
        self._events = self.events
        self._changes = self.changes()

    def apply(self, log: Log) -> Any | None:
        """Take a log in; returns its event, or None when it is none of this pool's.

        Raises:
            WireError: it is malformed or another contract's; the state is untouched.
            StreamGap: it does not follow; the pool must be read anew.
        """
        address = log.address
        if address != self.address and address.lower() != self.address:
            raise WireError(f"a log of {address} for {self.address}")
        if not self.concerns(log):
            return None
        event = self._events.read(log)
        if event is None:
            return None
        change = self._changes.get(type(event))
        if change is None:
            return event  # it moves nothing that is kept here
        if log.removed:
            for undo in self.history.revert(log):
                self.pool.restore(undo)
            return event
        if not self.history.is_news(log):
            return event
        try:
            undo = change(self.pool, event)
        except ValueError as e:
            raise StreamGap(f"{self.address}: {event} is impossible now: {e}") from e
        self.history.record(log, undo)
        return event

    def concerns(self, log: Log) -> bool:  # noqa: ARG002  # a v3 pool's logs are all its own
        """Whether a log of this address is about this pool."""
        return True

    def changes(self) -> Changes:
        """What changes the pool, by event; each raises ValueError where it is impossible."""
        return _CHANGES


def initialise_at(pool: ConcentratedPool, sqrt_price: int, tick: int) -> Undo:
    """Give a pool its first price; ValueError when that is not at the tick that was told."""
    undo = pool.initialise(sqrt_price)
    found = pool.core.tick
    if found != tick:
        pool.restore(undo)
        raise ValueError(f"price {sqrt_price} is at tick {found}, not {tick}")
    return undo


def _initialize(pool: ConcentratedPool, event: Initialize) -> Undo:
    return initialise_at(pool, event.sqrt_price, event.tick)


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
    undo = pool.glide(event.amount0, event.amount1, event.sqrt_price, event.liquidity, event.tick)
    if undo is not None:
        return undo
    zero_for_one = goes_down(pool, event.amount0, event.amount1, event.sqrt_price)
    way = pool.way(zero_for_one=zero_for_one)
    taken = explain_swap(
        way, event.amount0, event.amount1, event.sqrt_price, event.liquidity, event.tick
    )
    return pool.settle(way, taken)[1]


def goes_down(pool: ConcentratedPool, came0: int, came1: int, sqrt_price: int) -> bool:
    """Whether token 0 is what came in; through nothing but emptiness only the price says so."""
    if came0 == came1 == 0:
        return sqrt_price < pool.core.sqrt_price
    return came0 > 0


def explain_swap(
    way: Walk, came0: int, came1: int, sqrt_price: int, liquidity: int, tick: int
) -> Taken:
    """The swap that a log tells of: exact in, exact out, or ended by its price limit.

    `came0` and `came1` are what came into the pool, below 0 what went out.

    Raises:
        ValueError: none of them leads to what the log says.
    """
    given, out = (came0, -came1) if way.zero_for_one else (came1, -came0)
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


_CHANGES: Changes = {
    Initialize: _initialize,
    Mint: _mint,
    Burn: _burn,
    Swap: _swap,
    Flash: _flash,
    SetFeeProtocol: _shares,
    CollectProtocol: _collect,
}
