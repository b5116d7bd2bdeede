"""A v4 pool: v3's mathematics, a protocol fee that comes first, and fees that may change.

Source: Uniswap v4 core white paper, 3 and 4. Protocol fees are millionths of the input, one for
either direction (`share0` for token 0 coming in), and are owed by the pool manager per currency;
`owed0` and `owed1` count this pool's part.
"""

from argosy.dialects.uniswap_v3.pool import ConcentratedPool, Undo
from argosy.dialects.uniswap_v3.steps import MILLION, V4
from argosy.dialects.uniswap_v3.ticks import MAX_TICK, MIN_TICK

PROTOCOL_FEE_MAX = 1_000


def combined_fee(protocol: int, provider: int) -> int:
    """What a swap pays in all: the protocol's part first, the provider's of the rest; rounded up.

    All in millionths.
    """
    return protocol + provider - protocol * provider // MILLION


def provider_fee(protocol: int, combined: int) -> int:
    """The provider's fee that comes to `combined` with the protocol's.

    Raises:
        ValueError: no fee does.
    """
    near = (combined - protocol) * MILLION // (MILLION - protocol)
    for fee in range(max(near - 2, 0), near + 3):
        if combined_fee(protocol, fee) == combined:
            return fee
    raise ValueError(f"a swap fee of {combined} has no part of {protocol} for the protocol")


def unpacked_fee(packed: int) -> tuple[int, int]:
    """The protocol's fees as the manager packs them: (token 0 coming in, token 1 coming in)."""
    return packed & 0xFFF, packed >> 12


class ManagedPool(ConcentratedPool):
    """The state of one v4 pool."""

    rules = V4

    def swap_fee(self, *, zero_for_one: bool) -> int:
        """See ConcentratedPool."""
        core = self.core
        return combined_fee(core.share0 if zero_for_one else core.share1, core.fee)

    def most_per_tick(self) -> int:
        """See ConcentratedPool; v4 rounds the lowest tick down, and so counts one more at most."""
        ticks = MAX_TICK // self.spacing - MIN_TICK // self.spacing + 1
        return ((1 << 128) - 1) // ticks

    def pay(self, paid0: int, paid1: int) -> Undo:
        """A donation, all of it to the liquidity of now. Raises ValueError when there is none."""
        return self._earn(paid0, paid1)
