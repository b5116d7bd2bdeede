"""What was found in a block, with its evidence. Amounts in smallest units of the pool's tokens."""

from typing import Literal

import msgspec

from argosy.model.trades import PoolTrade


class Victim(msgspec.Struct, frozen=True, kw_only=True):
    """A swap that somebody traded around. `fair_out` is what it would have got without them, where
    the pool's curve tells.
    """

    trade: PoolTrade
    fair_out: int | None = None

    @property
    def loss(self) -> int | None:
        """What it lost, in the token it got; None: not known."""
        return None if self.fair_out is None else max(0, self.fair_out - self.trade.amount_out)


class Sandwich(msgspec.Struct, frozen=True, kw_only=True, tag_field="mev", tag="sandwich"):
    """Somebody bought before others' swaps and sold after them, in one pool of one block."""

    block: int
    pool: str
    protocol: str
    attacker: str  # who signed, or the contract that both went through
    front: PoolTrade
    back: PoolTrade
    victims: tuple[Victim, ...]

    @property
    def spent(self) -> int:
        """What the first part cost, in the token that it gave."""
        return self.front.amount_in

    @property
    def returned(self) -> int:
        """What the second part brought, in the same token."""
        return self.back.amount_out

    @property
    def kept(self) -> int:
        """What was bought and not sold again, in the other token; below 0: more was sold."""
        return self.front.amount_out - self.back.amount_in

    @property
    def profit(self) -> int:
        """In the token given first, before gas; what was kept beside it is counted at the price of
        the second part.
        """
        worth = self.kept * self.back.amount_out // self.back.amount_in
        return self.returned - self.spent + worth


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One half of an attempt. What was not done has the amounts that its calldata asked for."""

    transaction: str
    position: int  # the transaction's place in the block; below 0: it waits
    index: int  # the log's place in the block; below 0: there is none
    sender: str
    contract: str
    forward: bool  # token 0 was given
    amount_in: int
    amount_out: int
    outcome: Literal["done", "reverted", "missing"]


class SandwichAttempt(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="mev", tag="sandwich_attempt"
):
    """A sandwich that did not come off: `reason` says what of it did not happen. Its victims are
    those who traded between, with their loss where a first part was there; it may be nobody.
    """

    block: int
    pool: str
    protocol: str
    attacker: str
    front: Part
    back: Part
    victims: tuple[Victim, ...]
    reason: str

    @property
    def place(self) -> tuple[int, int]:
        """Where in the block its first part is, or was meant to be."""
        return (self.front.position, self.front.index)


class FrontRun(msgspec.Struct, frozen=True, kw_only=True, tag_field="mev", tag="front_run"):
    """A swap that was seen later than another one of its pool and direction, and came before it."""

    block: int
    pool: str
    runner: PoolTrade
    victim: Victim
    later_ns: int  # by how much it was seen later


class BackRun(msgspec.Struct, frozen=True, kw_only=True, tag_field="mev", tag="back_run"):
    """A swap right after another one of its pool, the other way, by somebody else: it takes what
    that one left. `cycle`: within one transaction that ended with more than it began with.
    """

    block: int
    pool: str
    leader: PoolTrade
    runner: PoolTrade
    cycle: bool


class JustInTime(msgspec.Struct, frozen=True, kw_only=True, tag_field="mev", tag="just_in_time"):
    """Liquidity that was there for others' swaps of one block alone, and earned their fees."""

    block: int
    pool: str
    provider: str
    added: str  # transactions
    removed: str
    liquidity: int
    ticks: tuple[int, int]
    served: tuple[PoolTrade, ...]


Mev = Sandwich | SandwichAttempt | FrontRun | BackRun | JustInTime
