"""What happened in pools, as a block's logs tell it, in one form for all families. Amounts are in
smallest units, addresses hex text in lower case.
"""

from typing import Protocol

import msgspec


class Curve(Protocol):
    """A pool's price at one moment: what a swap would give, and the pool after it. Immutable."""

    def swap(self, amount_in: int, *, forward: bool) -> tuple[int, "Curve"]:
        """What comes out for `amount_in`; `forward`: token 0 is given.

        Raises:
            ValueError: it cannot tell, or the pool cannot do it.
        """
        ...


class PoolTrade(msgspec.Struct, frozen=True, kw_only=True):
    """A swap in one pool. Several of a transaction's may belong together."""

    pool: str  # its address; of v4 its id
    protocol: str
    block: int
    position: int  # the transaction's place in the block
    index: int  # the log's place in the block
    transaction: str
    sender: str  # who signed the transaction
    contract: str  # what it called
    forward: bool  # token 0 was given
    amount_in: int
    amount_out: int
    priority_fee: int = 0  # wei a unit of gas, for who built the block

    @property
    def place(self) -> tuple[int, int]:
        """Where in the chain: block and log."""
        return (self.block, self.index)


class LiquidityMove(msgspec.Struct, frozen=True, kw_only=True):
    """Liquidity put into a concentrated pool (above 0), or taken out of it, between two ticks."""

    pool: str
    protocol: str
    block: int
    position: int
    index: int
    transaction: str
    sender: str
    contract: str
    liquidity: int
    ticks: tuple[int, int]
    amounts: tuple[int, int] = (0, 0)  # v3: put in, or due from then on


class BlockTrades(msgspec.Struct, frozen=True, kw_only=True):
    """All that happened in the pools of a block, in order."""

    number: int
    hash: str
    trades: tuple[PoolTrade, ...]
    moves: tuple[LiquidityMove, ...] = ()


class WishedSwap(msgspec.Struct, frozen=True, kw_only=True):
    """A swap in one pool that a transaction asked for and that did not happen, by its calldata. So
    the pool is not told, only its tokens.
    """

    transaction: str
    position: int  # the transaction's place in the block; below 0: it is in none
    sender: str
    contract: str  # what was called
    protocol: str
    given: str  # tokens
    taken: str
    amount_in: int  # exactly, or at most
    amount_out: int  # at least, or exactly
