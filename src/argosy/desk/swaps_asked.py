"""What is asked of swaps over several pools, and what is told of them."""

from decimal import Decimal

import msgspec

from argosy.dialects.pools.paths import HOPS_MAX


class SwapAsk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A swap in words: an exact amount of `give` for as much of `get` as there is."""

    give: str
    get: str
    amount: str
    venue: str = "uniswap"
    slippage_bps: str = ""  # empty: as the chain's settings say
    hops: int = HOPS_MAX
    id: str = ""  # the same one is never carried out twice; empty: a new one
    dry_run: bool = True


class SwapPath(msgspec.Struct, frozen=True, kw_only=True):
    """One way, and what it gives now."""

    pools: str
    gets: Decimal
    gas: Decimal | None  # in the chain's own currency


class SwapDone(msgspec.Struct, frozen=True, kw_only=True):
    """What was found at a block; and what a swap came to."""

    id: str
    give: str
    get: str
    amount: Decimal
    block: int
    paths: tuple[SwapPath, ...]  # what gives most after gas first; the first is gone
    least: Decimal  # that is accepted
    trial: str = ""  # whether the tokens on the way can be sold again, or why nobody knows
    got: Decimal | None = None  # None: a dry run
    gas: Decimal | None = None
    transaction: str = ""
    problem: str = ""  # of a dry run: why it would not go through, as far as that is known
    repeated: bool = False  # the id was known: nothing was sent. What it came to is told, no plan
