# cython: annotation_typing=False
"""A v4 pool kept in step with the pool manager's logs; those of other pools are passed over.

A hook may set another fee for every swap and tells no log: the fee is read from the swaps.
Compiled by Cython; it also runs as it stands.
"""

import cython

if not cython.compiled:
    from argosy.dialects.uniswap_v3.tracking import TrackedPool, goes_down
from argosy.dialects.evm.logs import Log
from argosy.dialects.uniswap_v3.pool import Undo
from argosy.dialects.uniswap_v3.tracking import Changes, explain_swap, initialise_at
from argosy.dialects.uniswap_v4.events import (
    MANAGER_EVENTS,
    Donate,
    Initialize,
    ModifyLiquidity,
    ProtocolFeeUpdated,
    Swap,
)
from argosy.dialects.uniswap_v4.keys import PoolKey
from argosy.dialects.uniswap_v4.pool import ManagedPool, provider_fee, unpacked_fee


class TrackedManagedPool(TrackedPool):
    """One pool's state and the history of its logs."""

    events = MANAGER_EVENTS

    def __init__(
        self,
        manager: str,
        key: PoolKey,
        pool: ManagedPool | None = None,
        *,
        block_number: int = -1,
    ) -> None:
        """`pool` is as it was at the end of `block_number`; by default before its first log."""
        fee = 0 if key.dynamic else key.fee
        super().__init__(
            manager, pool or ManagedPool(fee=fee, spacing=key.spacing), block_number=block_number
        )
        self.key = key
        self.pool_id = key.pool_id

    def concerns(self, log: Log) -> bool:
        """See TrackedPool."""
        topics = log.topics
        if len(topics) < 2:
            return False
        pool_id = topics[1]
        return pool_id == self.pool_id or pool_id.lower() == self.pool_id

    def changes(self) -> Changes:
        """See TrackedPool."""
        return _CHANGES


def _initialize(pool: ManagedPool, event: Initialize) -> Undo:
    return initialise_at(pool, event.sqrt_price, event.tick)


def _modify(pool: ManagedPool, event: ModifyLiquidity) -> Undo:
    return pool.modify(event.lower, event.upper, event.delta)[2]


def _swap(pool: ManagedPool, event: Swap) -> Undo:
    came0, came1 = -event.amount0, -event.amount1
    undone = pool.glide(came0, came1, event.sqrt_price, event.liquidity, event.tick, event.fee)
    if undone is not None:
        return undone
    zero_for_one = goes_down(pool, came0, came1, event.sqrt_price)
    fee = pool.core.fee
    if pool.swap_fee(zero_for_one=zero_for_one) != event.fee:
        core = pool.core
        fee = provider_fee(core.share0 if zero_for_one else core.share1, event.fee)
    way = pool.way(zero_for_one=zero_for_one, fee=event.fee)
    taken = explain_swap(way, came0, came1, event.sqrt_price, event.liquidity, event.tick)
    undo = pool.settle(way, taken)[1]
    if fee != pool.core.fee:
        pool.set_fee(fee)  # the undo of before takes it back too
    return undo


def _donate(pool: ManagedPool, event: Donate) -> Undo:
    return pool.pay(event.amount0, event.amount1)


def _shares(pool: ManagedPool, event: ProtocolFeeUpdated) -> Undo:
    return pool.set_shares(*unpacked_fee(event.packed))


_CHANGES: Changes = {
    Initialize: _initialize,
    ModifyLiquidity: _modify,
    Swap: _swap,
    Donate: _donate,
    ProtocolFeeUpdated: _shares,
}
