"""What names a v4 pool, and what its hooks may do: both are read from the key itself.

Source: Uniswap v4 core white paper, and IHooks: the lowest 14 bits of a hook's address say what it
is called for.
"""

from enum import IntFlag

import msgspec

from argosy.dialects.evm.addresses import ZERO_ADDRESS, address_bytes
from argosy.dialects.evm.keccak import keccak256

DYNAMIC_FEE = 0x80_0000  # in place of a fee: the hook sets it


class Hook(IntFlag):
    """What a hook is called for, and whether it may change amounts (`_DELTA`)."""

    AFTER_REMOVE_LIQUIDITY_DELTA = 1
    AFTER_ADD_LIQUIDITY_DELTA = 1 << 1
    AFTER_SWAP_DELTA = 1 << 2
    BEFORE_SWAP_DELTA = 1 << 3
    AFTER_DONATE = 1 << 4
    BEFORE_DONATE = 1 << 5
    AFTER_SWAP = 1 << 6
    BEFORE_SWAP = 1 << 7
    AFTER_REMOVE_LIQUIDITY = 1 << 8
    BEFORE_REMOVE_LIQUIDITY = 1 << 9
    AFTER_ADD_LIQUIDITY = 1 << 10
    BEFORE_ADD_LIQUIDITY = 1 << 11
    AFTER_INITIALIZE = 1 << 12
    BEFORE_INITIALIZE = 1 << 13


class PoolKey(msgspec.Struct, frozen=True, kw_only=True):
    """A pool's key. The zero address stands for the chain's own currency, and for no hooks."""

    currency0: str
    currency1: str
    fee: int  # millionths, or DYNAMIC_FEE
    spacing: int
    hooks: str = ZERO_ADDRESS

    def __post_init__(self) -> None:
        if not address_bytes(self.currency0) < address_bytes(self.currency1):
            raise ValueError(f"currency 0 {self.currency0} must be below {self.currency1}")
        address_bytes(self.hooks)

    @property
    def pool_id(self) -> str:
        """The id that the pool manager's logs have as their second topic."""
        words = (
            int.from_bytes(address_bytes(self.currency0), "big"),
            int.from_bytes(address_bytes(self.currency1), "big"),
            self.fee,
            self.spacing,
            int.from_bytes(address_bytes(self.hooks), "big"),
        )
        return "0x" + keccak256(b"".join(word.to_bytes(32, "big") for word in words)).hex()

    @property
    def dynamic(self) -> bool:
        """Whether the hook sets the fee."""
        return self.fee == DYNAMIC_FEE

    @property
    def flags(self) -> Hook:
        """What its hooks are called for."""
        return Hook(int.from_bytes(address_bytes(self.hooks)[-2:], "big") & 0x3FFF)

    @property
    def predictable(self) -> bool:
        """Whether a quote from the state alone is what a swap comes to.

        A hook that runs before a swap may set its fee, move liquidity or take over altogether; one
        that runs after may keep a part of what comes out.
        """
        return not self.flags & (Hook.BEFORE_SWAP | Hook.AFTER_SWAP_DELTA)
