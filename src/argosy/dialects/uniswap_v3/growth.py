# cython: annotation_typing=False
"""Fees per unit of liquidity: how a pool keeps them, and what a position is owed.

Source: Uniswap v3 core white paper, 6.2.2, 6.3 and 6.4. Growth is Q128.128 and wraps around at 256
bits, as the contracts' does: only differences mean something. Compiled by Cython; it also runs as
it stands.
"""

from typing import NamedTuple

from argosy.dialects.uniswap_v3.ticks import Q128

WRAP = 1 << 256
_MASK = WRAP - 1


class Tick(NamedTuple):
    """What is kept of an initialised tick."""

    gross: int  # liquidity of positions that end here
    net: int  # what liquidity changes by on the way up
    outside0: int = 0  # growth on the other side of it than the price
    outside1: int = 0

    def flipped(self, growth0: int, growth1: int) -> "Tick":
        """The tick after the price passed it."""
        return Tick(
            self.gross,
            self.net,
            (growth0 - self.outside0) % WRAP,
            (growth1 - self.outside1) % WRAP,
        )


NO_TICK = Tick(0, 0)


def grown(growth: int, fees: int, liquidity: int) -> int:
    """Growth after `fees` for `liquidity` (above 0)."""
    return growth + (fees << 128) // liquidity & _MASK


def growth_inside(
    low: Tick, high: Tick, lower: int, upper: int, tick: int, growth0: int, growth1: int
) -> tuple[int, int]:
    """Growth between two ticks, of both tokens, where the pool's tick is `tick`."""
    below = (low.outside0, low.outside1)
    if tick < lower:
        below = (growth0 - low.outside0, growth1 - low.outside1)
    above = (high.outside0, high.outside1)
    if tick >= upper:
        above = (growth0 - high.outside0, growth1 - high.outside1)
    return (growth0 - below[0] - above[0]) % WRAP, (growth1 - below[1] - above[1]) % WRAP


def fees_owed(liquidity: int, inside: int, inside_last: int) -> int:
    """What a position has earned of one token since growth inside it was `inside_last`."""
    return liquidity * ((inside - inside_last) % WRAP) // Q128
