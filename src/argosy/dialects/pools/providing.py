"""Plans of changes of what an address has in pools: how much an amount makes, what is taken at most
and what comes back at least. `liquidity_deeds` makes transactions of them. Values only.

Sources: NonfungiblePositionManager and LiquidityAmounts of v3-periphery, Router02 of v2-periphery,
PositionManager of v4-periphery; read 2026-11-27.
"""

from decimal import Context, Decimal
from math import isqrt

import msgspec

from argosy.dialects.evm.addresses import ZERO_ADDRESS
from argosy.dialects.pools.exchange import Exchange, Family, PoolSpec
from argosy.dialects.pools.liquidity import PoolPosition
from argosy.dialects.uniswap_v2.amounts import shares_minted
from argosy.dialects.uniswap_v3.positions import amounts_of, liquidity_for
from argosy.dialects.uniswap_v3.prices import ceil_div
from argosy.dialects.uniswap_v3.ticks import (
    MAX_SQRT_PRICE,
    MIN_SQRT_PRICE,
    sqrt_price_at,
    tick_at,
)
from argosy.errors import ConfigError

_PLENTY = 1 << 120  # of the token that nobody limited
_PARTS = 10**12
_BRIEF = Context(prec=10)

Pair = tuple[int, int]


class Adding(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be put into a pool. Amounts of token 0 and 1, in smallest units."""

    spec: PoolSpec
    token_id: int = 0  # v3, v4: 0 for a new position
    lower: int = 0
    upper: int = 0
    most: Pair  # what may be taken
    expected: Pair  # what is taken if nothing moves
    least: Pair  # less of either is refused
    liquidity: int  # that it makes if nothing moves; of v2 shares; v4 makes that or nothing
    fees: Pair = (0, 0)  # that a v4 position pays out with it


class Taking(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be taken out of a position; its fees come along."""

    position: PoolPosition
    liquidity: int  # 0: fees alone
    expected: Pair  # fees apart
    least: Pair

    @property
    def all(self) -> bool:
        """Whether nothing is left: the position's token is burnt."""
        return self.liquidity == self.position.liquidity


# --- planning -------------------------------------------------------------------------------------


def adding_to_range(
    spec: PoolSpec,
    sqrt_price: int,
    ticks: Pair,
    amounts: tuple[int | None, int | None],
    *,
    slippage: Decimal,
    token_id: int = 0,
) -> Adding:
    """As much as the amounts suffice for between two ticks; None: whatever the other one needs.

    `slippage` is how far the price may move before it is refused, a fraction.

    Raises:
        ConfigError: the amounts come to nothing there.
    """
    low, high = sqrt_price_at(ticks[0]), sqrt_price_at(ticks[1])
    first, second = _offered(spec, sqrt_price, (low, high), amounts)
    needed_of = _at(liquidity_for(first, second, low, high, sqrt_price), ticks, sqrt_price, up=True)
    most = (
        needed_of[0] if amounts[0] is None else first,
        needed_of[1] if amounts[1] is None else second,
    )
    liquidity = liquidity_for(*most, low, high, sqrt_price)
    expected = _at(liquidity, ticks, sqrt_price, up=True)
    if not liquidity:
        raise ConfigError(f"{spec.instrument}: these amounts come to no liquidity in this range")
    ends = [
        _at(liquidity_for(*most, low, high, at), ticks, at, up=False)
        for at in _moved(sqrt_price, slippage)
    ]
    return Adding(
        spec=spec,
        token_id=token_id,
        lower=ticks[0],
        upper=ticks[1],
        most=most,
        expected=expected,
        least=(min(end[0] for end in ends), min(end[1] for end in ends)),
        liquidity=liquidity,
    )


def adding_to_managed(
    spec: PoolSpec,
    sqrt_price: int,
    ticks: Pair,
    amounts: tuple[int | None, int | None],
    *,
    slippage: Decimal,
    position: PoolPosition | None = None,
) -> Adding:
    """The same for a v4 pool, whose manager takes whatever a fixed liquidity needs.

    One amount is what it needs at the price of now, and may come to a little more where that moves;
    both are never exceeded, for which something is left of each. Raises as `adding_to_range`.
    """
    low, high = sqrt_price_at(ticks[0]), sqrt_price_at(ticks[1])
    offered = _offered(spec, sqrt_price, (low, high), amounts)
    moved = _moved(sqrt_price, slippage)
    bounding = moved if None not in amounts and low < sqrt_price < high else [sqrt_price]
    liquidity = min(liquidity_for(*offered, low, high, at) for at in bounding)
    expected = _at(liquidity, ticks, sqrt_price, up=True)
    if not liquidity:
        raise ConfigError(f"{spec.instrument}: these amounts come to no liquidity in this range")
    ends = [_at(liquidity, ticks, at, up=True) for at in moved]
    # Where one token is put in alone, the other one is not taken, however the price moves.
    most = [max(end[at] for end in ends) if expected[at] else 0 for at in (0, 1)]
    least = [min(end[at] for end in ends) for at in (0, 1)]
    return Adding(
        spec=spec,
        token_id=0 if position is None else position.token_id,
        lower=ticks[0],
        upper=ticks[1],
        most=(most[0], most[1]),
        expected=expected,
        least=(least[0], least[1]),
        liquidity=liquidity,
        fees=(0, 0) if position is None else position.fees,
    )


def _offered(
    spec: PoolSpec, sqrt_price: int, ends: Pair, amounts: tuple[int | None, int | None]
) -> Pair:
    """Both amounts, plenty in place of None. ConfigError where the range does not take them."""
    low, high = ends
    alone = 0 if sqrt_price <= low else 1 if sqrt_price >= high else None
    if not any(amounts) or (alone is not None and not amounts[alone]):
        needed = spec.token0 if alone == 0 else spec.token1
        what = "either token" if alone is None else f"{needed.currency} alone"
        raise ConfigError(f"{spec.instrument}: at its price this range takes {what}; give that")
    first, second = (_PLENTY if each is None else each for each in amounts)
    return first, second


def adding_to_pair(
    exchange: Exchange,
    position: PoolPosition,
    amounts: tuple[int | None, int | None],
    *,
    slippage: Decimal,
) -> Adding:
    """As much as the amounts suffice for at the pair's reserves. Raises as `adding_to_range`."""
    spec = position.spec
    if not any(amounts):
        raise ConfigError(f"{spec.instrument}: give an amount of either token")
    # The router looks at one token first: at the other one where that is the chain's currency.
    turned = exchange.own_side(spec) == 0
    first, second = amounts[::-1] if turned else amounts
    of_first, of_second = position.reserves[::-1] if turned else position.reserves
    if first is None:
        assert second is not None
        first = ceil_div(second * of_first, of_second)
    fitting = first * of_second // of_first
    if second is None:
        second = fitting
    expected = (first, fitting)
    if fitting > second:
        expected = (second * of_first // of_second, second)
    most = (first, second)
    if turned:
        expected, most = expected[::-1], most[::-1]
    try:
        shares = shares_minted(expected, position.reserves, position.whole)
    except ValueError as e:
        raise ConfigError(f"{position.spec.instrument}: {e}") from None
    return Adding(
        spec=position.spec,
        most=most,
        expected=expected,
        least=_less(expected, slippage),
        liquidity=shares,
    )


def taking(position: PoolPosition, part: Decimal, *, slippage: Decimal) -> Taking:
    """A part (0 to 1) of a position; 0 takes the fees alone.

    Raises:
        ConfigError: a part that is none, or nothing is there.
    """
    if not part.is_finite() or not 0 <= part <= 1:
        raise ConfigError(f"{position.name}: a part of {part} is none; 0 to 1 are possible")
    liquidity = int(position.liquidity * part)
    if position.spec.family is Family.V2:
        if not liquidity:
            raise ConfigError(f"{position.name}: there is nothing to take; fees are in the shares")
        expected = (
            liquidity * position.balances[0] // position.whole,
            liquidity * position.balances[1] // position.whole,
        )
        return Taking(
            position=position,
            liquidity=liquidity,
            expected=expected,
            least=_less(expected, slippage),
        )
    if part and not liquidity and position.liquidity:
        raise ConfigError(f"{position.name}: {part} of it is nothing")
    ticks = (position.lower, position.upper)
    ends = [_at(liquidity, ticks, at, up=False) for at in _moved(position.sqrt_price, slippage)]
    return Taking(
        position=position,
        liquidity=liquidity,
        expected=_at(liquidity, ticks, position.sqrt_price, up=False),
        least=(min(end[0] for end in ends), min(end[1] for end in ends)),
    )


def _at(liquidity: int, ticks: Pair, sqrt_price: int, *, up: bool) -> Pair:
    return amounts_of(liquidity, *ticks, sqrt_price, tick_at(sqrt_price), up=up)


def _moved(sqrt_price: int, slippage: Decimal) -> list[int]:
    """The square-root prices where the price has moved by so much, down and up, and now."""
    by = int(slippage * _PARTS)
    squared = sqrt_price * sqrt_price
    down, up = (isqrt(squared * parts // _PARTS) for parts in (_PARTS - by, _PARTS + by))
    return [max(down, MIN_SQRT_PRICE), sqrt_price, min(up, MAX_SQRT_PRICE - 1)]


def _less(amounts: Pair, slippage: Decimal) -> Pair:
    return int(amounts[0] * (1 - slippage)), int(amounts[1] * (1 - slippage))


# --- in words -------------------------------------------------------------------------------------


def in_words(spec: PoolSpec, amounts: Pair) -> str:
    """Amounts of token 0 and 1, for people: "2 ETH and 6000 USDC"."""
    parts = [
        f"{_BRIEF.plus(Decimal(amount).scaleb(-token.decimals)).normalize():f} {token.currency}"
        for token, amount in zip((spec.token0, spec.token1), amounts, strict=True)
        if amount
    ]
    return " and ".join(parts)


def spends_of(spec: PoolSpec, amounts: Pair, own: int | None) -> tuple[tuple[str, int], ...]:
    """What leaves us, by token; `own` is which of them is the chain's own currency."""
    tokens = (spec.token0.address, spec.token1.address)
    return tuple(
        (ZERO_ADDRESS if at == own else tokens[at], amount)
        for at, amount in enumerate(amounts)
        if amount
    )
