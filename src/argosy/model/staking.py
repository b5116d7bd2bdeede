"""Liquid staking: a pool of ether, shares of it, and withdrawals that wait. Values only.

Ether amounts are Decimals in ether; shares and wrapped tokens likewise (both have 18 decimals).
"""

from decimal import Decimal

import msgspec

SECONDS_A_YEAR = 31_536_000


class ShareRate(msgspec.Struct, frozen=True, kw_only=True):
    """What one share was worth at a moment."""

    at_s: int  # seconds since 1970
    rate: Decimal  # ether a share


class StakingPool(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The pool as a whole."""

    pooled: Decimal  # ether
    shares: Decimal
    unfinalized: Decimal = Decimal(0)  # ether that waits in the withdrawal queue
    waiting: int = 0  # requests that wait

    def share_rate(self, at_s: int) -> ShareRate:
        """What a share is worth; `at_s` is the time of the block that it was read of."""
        rate = self.pooled / self.shares if self.shares else Decimal(1)
        return ShareRate(at_s=at_s, rate=rate)


class StakingPosition(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody has: rebasing tokens (by shares), and wrapped ones, which are shares."""

    owner: str
    staked: Decimal  # the rebasing token's balance: grows with rewards
    shares: Decimal
    wrapped: Decimal  # does not grow; each is a share
    wrapped_worth: Decimal  # in the rebasing token

    @property
    def worth(self) -> Decimal:
        """Both together, in ether as the pool counts it."""
        return self.staked + self.wrapped_worth


class WithdrawalRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One request in the withdrawal queue."""

    id: int
    owner: str
    amount: Decimal  # of the staking token when it was asked for: the most that is paid
    shares: Decimal
    at_s: int
    finalized: bool = False
    claimed: bool = False
    claimable: Decimal = Decimal(0)  # ether, once finalized
    hint: int = 0  # where the contract finds its rate, for claiming


def apr(before: ShareRate, after: ShareRate) -> Decimal:
    """The rate a year, as a fraction, from what a share was worth at two moments. Not compounded.

    Raises:
        ValueError: the second is not later than the first, or the first is worth nothing.
    """
    seconds = after.at_s - before.at_s
    if seconds <= 0 or before.rate <= 0:
        raise ValueError(f"a rate needs two moments, the second later: {before.at_s}, {after.at_s}")
    return (after.rate / before.rate - 1) * SECONDS_A_YEAR / seconds


def rewards(shares: Decimal, before: ShareRate, after: ShareRate) -> Decimal:
    """What so many shares gained between two moments, in ether; below 0 after a slashing."""
    return shares * (after.rate - before.rate)
