"""Changes of what an address has in pools, as deeds: put liquidity in, take it out, collect fees;
and what a mined one came to. The chain's own currency goes in and comes out where a pool has its
wrapper. Signs and sends nothing.

Sources: NonfungiblePositionManager, PeripheryPayments and Multicall of v3-periphery; Router02 of
v2-periphery; read 2026-11-27.
"""

from collections.abc import Sequence
from decimal import Context, Decimal
from math import isqrt

import msgspec

from argosy.dialects.evm.addresses import ZERO_ADDRESS
from argosy.dialects.evm.erc20 import permissions
from argosy.dialects.evm.functions import Function
from argosy.dialects.pools.exchange import Exchange, Family, PoolSpec
from argosy.dialects.pools.liquidity import PoolPosition
from argosy.dialects.pools.router import MULTICALL, REFUND_ETH, UNWRAP_WETH9
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
from argosy.model import ContractCall
from argosy.ports import Approval, Deed

_MINT = "(address,address,uint24,int24,int24,uint256,uint256,uint256,uint256,address,uint256)"
MINT = Function(f"mint({_MINT})")
INCREASE = Function("increaseLiquidity((uint256,uint256,uint256,uint256,uint256,uint256))")
DECREASE = Function("decreaseLiquidity((uint256,uint128,uint256,uint256,uint256))")
COLLECT = Function("collect((uint256,address,uint128,uint128))")
BURN = Function("burn(uint256)")
SWEEP_TOKEN = Function("sweepToken(address,uint256,address)")
_V2_TERMS = "uint256,uint256,address,uint256"
ADD = Function(f"addLiquidity(address,address,uint256,uint256,{_V2_TERMS})")
ADD_ETH = Function(f"addLiquidityETH(address,uint256,{_V2_TERMS})")
REMOVE = Function(f"removeLiquidity(address,address,uint256,{_V2_TERMS})")
REMOVE_ETH = Function(f"removeLiquidityETH(address,uint256,{_V2_TERMS})")
_ALL = (1 << 128) - 1
_PLENTY = 1 << 120  # of the token that nobody limited
_PARTS = 10**12
_BRIEF = Context(prec=10)

Pair = tuple[int, int]


class Adding(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be put into a pool. Amounts of token 0 and 1, in smallest units."""

    spec: PoolSpec
    token_id: int = 0  # v3: 0 for a new position
    lower: int = 0
    upper: int = 0
    most: Pair  # what may be taken
    expected: Pair  # what is taken if nothing moves
    least: Pair  # less of either is refused
    liquidity: int  # that it makes if nothing moves; of v2 shares


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
    alone = 0 if sqrt_price <= low else 1 if sqrt_price >= high else None
    if not any(amounts) or (alone is not None and not amounts[alone]):
        needed = spec.token0 if alone == 0 else spec.token1
        what = "either token" if alone is None else f"{needed.currency} alone"
        raise ConfigError(f"{spec.instrument}: at its price this range takes {what}; give that")
    first = _PLENTY if amounts[0] is None else amounts[0]
    second = _PLENTY if amounts[1] is None else amounts[1]
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
    turned = _own(exchange, spec) == 0
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


# --- deeds ----------------------------------------------------------------------------------------


def add_deed(exchange: Exchange, adding: Adding, owner: str, deadline_s: int) -> Deed:
    """Put it in."""
    if adding.spec.family is Family.V2:
        return _add_to_pair(exchange, adding, owner, deadline_s)
    spec = adding.spec
    bounds = (*adding.most, *adding.least)
    if adding.token_id:
        step = INCREASE.data((adding.token_id, *bounds, deadline_s))
    else:
        tokens = (spec.token0.address, spec.token1.address)
        terms = (*tokens, spec.fee, adding.lower, adding.upper, *bounds, owner, deadline_s)
        step = MINT.data(terms)
    own = _own(exchange, spec)
    value = 0 if own is None else adding.most[own]
    manager = _manager(exchange)
    data = _several([step, REFUND_ETH.data()]) if value else step
    return Deed(
        call=ContractCall(to=manager, data=data, value=value, sender=owner),
        words=f"put {_words(spec, adding.expected)} into {spec.instrument}",
        approvals=_approvals(spec, adding.most, own, owner, manager),
        spends=_spends(spec, adding.most, own),
    )


def take_deed(exchange: Exchange, taken: Taking, owner: str, deadline_s: int) -> Deed:
    """Take it out, the fees with it; and burn the position's token where nothing is left."""
    position, spec = taken.position, taken.position.spec
    if spec.family is Family.V2:
        return _take_from_pair(exchange, taken, owner, deadline_s)
    token_id, own = position.token_id, _own(exchange, spec)
    steps = []
    if taken.liquidity:
        steps.append(DECREASE.data((token_id, taken.liquidity, *taken.least, deadline_s)))
    # The zero address leaves it with the contract, which then unwraps its part.
    steps.append(COLLECT.data((token_id, ZERO_ADDRESS if own is not None else owner, _ALL, _ALL)))
    if own is not None:
        other = spec.token1 if own == 0 else spec.token0
        steps.append(UNWRAP_WETH9.data(0, owner))
        steps.append(SWEEP_TOKEN.data(other.address, 0, owner))
    if taken.all:
        steps.append(BURN.data(token_id))
    what = "all" if taken.all else _words(spec, taken.expected)
    return Deed(
        call=ContractCall(to=_manager(exchange), data=_several(steps), sender=owner),
        words=f"take {what if taken.liquidity else 'the fees'} out of {position.name}",
    )


def _add_to_pair(exchange: Exchange, adding: Adding, owner: str, deadline_s: int) -> Deed:
    spec, own, router = adding.spec, _own(exchange, adding.spec), _router(exchange)
    if own is None:
        tokens = (spec.token0.address, spec.token1.address)
        data = ADD.data(*tokens, *adding.most, *adding.least, owner, deadline_s)
    else:
        token = spec.token1 if own == 0 else spec.token0
        least = (adding.least[1 - own], adding.least[own])
        data = ADD_ETH.data(token.address, adding.most[1 - own], *least, owner, deadline_s)
    value = 0 if own is None else adding.most[own]
    return Deed(
        call=ContractCall(to=router, data=data, value=value, sender=owner),
        words=f"put {_words(spec, adding.expected)} into {spec.instrument}",
        approvals=_approvals(spec, adding.most, own, owner, router),
        spends=_spends(spec, adding.most, own),
    )


def _take_from_pair(exchange: Exchange, taken: Taking, owner: str, deadline_s: int) -> Deed:
    spec, router = taken.position.spec, _router(exchange)
    own, shares = _own(exchange, spec), taken.liquidity
    if own is None:
        tokens = (spec.token0.address, spec.token1.address)
        data = REMOVE.data(*tokens, shares, *taken.least, owner, deadline_s)
    else:
        token = spec.token1 if own == 0 else spec.token0
        least = (taken.least[1 - own], taken.least[own])
        data = REMOVE_ETH.data(token.address, shares, *least, owner, deadline_s)
    return Deed(
        call=ContractCall(to=router, data=data, sender=owner),
        words=f"take {_words(spec, taken.expected)} out of {spec.instrument}",
        approvals=permissions(spec.address, owner, router, shares),
    )


def _approvals(
    spec: PoolSpec, amounts: Pair, own: int | None, owner: str, spender: str
) -> tuple[Approval, ...]:
    found: list[Approval] = []
    for at, token in enumerate((spec.token0, spec.token1)):
        if at != own and amounts[at]:
            found += permissions(token.address, owner, spender, amounts[at])
    return tuple(found)


def _spends(spec: PoolSpec, amounts: Pair, own: int | None) -> tuple[tuple[str, int], ...]:
    tokens = (spec.token0.address, spec.token1.address)
    return tuple(
        (ZERO_ADDRESS if at == own else tokens[at], amount)
        for at, amount in enumerate(amounts)
        if amount
    )


def _own(exchange: Exchange, spec: PoolSpec) -> int | None:
    """Which of the tokens wraps the chain's own currency."""
    wrapper = exchange.chain.wrapper.address
    if spec.token0.address == wrapper:
        return 0
    return 1 if spec.token1.address == wrapper else None


def _manager(exchange: Exchange) -> str:
    if exchange.v3 is None or not exchange.v3.positions:
        raise ConfigError(f"{exchange.venue} has no known contract of positions on this chain")
    return exchange.v3.positions.lower()


def _router(exchange: Exchange) -> str:
    assert exchange.v2 is not None
    return exchange.v2.router.lower()


def _several(steps: Sequence[str]) -> str:
    return MULTICALL.data([bytes.fromhex(step[2:]) for step in steps])


def _words(spec: PoolSpec, amounts: Pair) -> str:
    parts = [
        f"{_BRIEF.plus(Decimal(amount).scaleb(-token.decimals)).normalize():f} {token.currency}"
        for token, amount in zip((spec.token0, spec.token1), amounts, strict=True)
        if amount
    ]
    return " and ".join(parts)
