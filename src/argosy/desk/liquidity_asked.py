"""Liquidity of pools as the API and the commands word it: what is asked for, and what is shown."""

from decimal import Decimal

import msgspec

from argosy.analytics.liquidity import against_holding, pair_without_fees
from argosy.dialects.pools.exchange import Family, PoolSpec
from argosy.dialects.pools.liquidity import PoolPosition, price_of
from argosy.dialects.pools.provided import Entry
from argosy.dialects.uniswap_v3.ticks import sqrt_price_at, usable_ticks


class OpenAsk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Liquidity for a pool, in words: of one amount or both, between two prices."""

    instrument: str  # "uniswap:ETH/USDC@v3-500"
    base: str = ""  # empty: what the other amount needs
    quote: str = ""
    lower: str = ""  # prices in quote per base; empty: as far as there are prices
    upper: str = ""
    slippage_bps: str = ""  # empty: as the chain's settings say
    id: str = ""  # the same one is never carried out twice; empty: a new one
    dry_run: bool = True


class AddAsk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """More liquidity for a position that is there."""

    position: str  # "uniswap:ETH/USDC@v3-500#17", or a v2 pair's instrument
    base: str = ""
    quote: str = ""
    slippage_bps: str = ""
    id: str = ""
    dry_run: bool = True


class TakeAsk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a position back, its fees with it. 0 percent: the fees alone."""

    position: str
    percent: str = "100"
    slippage_bps: str = ""
    id: str = ""
    dry_run: bool = True


class PositionView(msgspec.Struct, frozen=True, kw_only=True):
    """A position as it is now. Amounts in base and quote, values in quote."""

    position: str
    instrument: str
    price: Decimal
    lower: Decimal | None  # None: no end, as all v2 pairs, and full ranges
    upper: Decimal | None
    in_range: bool
    base: Decimal
    quote: Decimal
    base_fees: Decimal  # due; a v2 pair's are within base and quote
    quote_fees: Decimal
    value: Decimal  # fees and all
    share: Decimal  # of the liquidity that works at the price of now
    held: Decimal | None = None  # what was put in would be worth; None: not by this desk
    loss: Decimal | None = None  # impermanent: fees apart, where they are told apart
    net: Decimal | None = None  # against holding, fees counted that are due


class LiquidityDone(msgspec.Struct, frozen=True, kw_only=True):
    """What would be done, or was. Amounts in base and quote: put in, or taken out."""

    id: str
    position: str
    words: str
    lower: Decimal | None
    upper: Decimal | None
    base: Decimal  # expected; of a transaction that is done, what came of it
    quote: Decimal
    base_fees: Decimal  # beside that
    quote_fees: Decimal
    least_base: Decimal  # less is refused; fees are not counted
    least_quote: Decimal
    most_base: Decimal | None = None  # more is refused; None: what is taken out
    most_quote: Decimal | None = None
    gas: Decimal | None = None  # in the chain's own currency; None: a dry run
    transaction: str = ""
    problem: str = ""  # of a dry run: why it would not go through, as far as that is known
    repeated: bool = False  # the id was known: nothing was sent; bounds and range are as asked now


def sides(spec: PoolSpec, amounts: tuple[int | Decimal, int | Decimal]) -> tuple[Decimal, Decimal]:
    """Amounts of token 0 and 1 as base and quote."""
    told = (
        Decimal(amounts[0]).scaleb(-spec.token0.decimals),
        Decimal(amounts[1]).scaleb(-spec.token1.decimals),
    )
    return told if spec.base == 0 else (told[1], told[0])


def ends_of(spec: PoolSpec, lower: int, upper: int) -> tuple[Decimal | None, Decimal | None]:
    """The prices of a range's ends; None where there is no end: v2, and as far as ticks go."""
    if spec.family is Family.V2:
        return None, None
    first, second = (
        None if at in usable_ticks(spec.spacing) else price_of(spec, sqrt_price_at(at))
        for at in (lower, upper)
    )
    return (first, second) if spec.base == 0 else (second, first)


def shown(position: PoolPosition, entry: Entry | None) -> PositionView:
    """A position for people, against what it was put in for where that is known."""
    spec, price = position.spec, position.price
    base, quote = sides(spec, position.amounts)
    fees = sides(spec, position.fees)
    lower, upper = ends_of(spec, position.lower, position.upper)
    working = position.liquidity if position.in_range else 0
    view = PositionView(
        position=position.name,
        instrument=spec.instrument,
        price=price,
        lower=lower,
        upper=upper,
        in_range=position.in_range,
        base=base,
        quote=quote,
        base_fees=fees[0],
        quote_fees=fees[1],
        value=(base + fees[0]) * price + quote + fees[1],
        share=Decimal(working) / position.whole if position.whole else Decimal(0),
    )
    if entry is None or entry.liquidity != position.liquidity:
        return view  # somebody else had a hand in it: nothing that is told would be right
    put_in = sides(spec, (entry.amount0, entry.amount1))
    now = (base, quote)
    if spec.family is Family.V2:
        now, fees = _v2_apart(put_in, now, price)
    seen = against_holding(put_in, now, fees, price)
    return msgspec.structs.replace(view, held=seen.held, loss=seen.loss, net=seen.net)


def _v2_apart(
    put_in: tuple[Decimal, Decimal], now: tuple[Decimal, Decimal], price: Decimal
) -> tuple[tuple[Decimal, Decimal], tuple[Decimal, Decimal]]:
    """What a share would hold without fees, and its fees."""
    bare = pair_without_fees(put_in, price)
    return bare, (now[0] - bare[0], now[1] - bare[1])
