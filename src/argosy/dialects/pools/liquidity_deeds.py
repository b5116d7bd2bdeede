"""Changes of what an address has in pools, as deeds: put liquidity in, take it out, collect fees.
The chain's own currency goes in and comes out where a pool has its wrapper. Sends nothing.

Sources: NonfungiblePositionManager, PeripheryPayments and Multicall of v3-periphery; Router02 of
v2-periphery; read 2026-11-27. Those of v4 are in `v4_deeds`.
"""

from collections.abc import Sequence

from argosy.dialects.evm.addresses import ZERO_ADDRESS
from argosy.dialects.evm.erc20 import permissions
from argosy.dialects.evm.functions import Function
from argosy.dialects.pools.exchange import Exchange, Family, PoolSpec
from argosy.dialects.pools.providing import Adding, Pair, Taking, in_words, spends_of
from argosy.dialects.pools.router import MULTICALL, REFUND_ETH, UNWRAP_WETH9
from argosy.dialects.pools.v4_deeds import add_managed, take_managed
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


def add_deed(exchange: Exchange, adding: Adding, owner: str, deadline_s: int) -> Deed:
    """Put it in."""
    if adding.spec.family is Family.V4:
        return add_managed(exchange, adding, owner, deadline_s)
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
    own = exchange.own_side(spec)
    value = 0 if own is None else adding.most[own]
    manager = _manager(exchange)
    data = _several([step, REFUND_ETH.data()]) if value else step
    return Deed(
        call=ContractCall(to=manager, data=data, value=value, sender=owner),
        words=f"put {in_words(spec, adding.expected)} into {spec.instrument}",
        approvals=_approvals(spec, adding.most, own, owner, manager),
        spends=spends_of(spec, adding.most, own),
    )


def take_deed(exchange: Exchange, taken: Taking, owner: str, deadline_s: int) -> Deed:
    """Take it out, the fees with it; and burn the position's token where nothing is left."""
    position, spec = taken.position, taken.position.spec
    if spec.family is Family.V4:
        return take_managed(exchange, taken, owner, deadline_s)
    if spec.family is Family.V2:
        return _take_from_pair(exchange, taken, owner, deadline_s)
    token_id, own = position.token_id, exchange.own_side(spec)
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
    what = "all" if taken.all else in_words(spec, taken.expected)
    return Deed(
        call=ContractCall(to=_manager(exchange), data=_several(steps), sender=owner),
        words=f"take {what if taken.liquidity else 'the fees'} out of {position.name}",
    )


def _add_to_pair(exchange: Exchange, adding: Adding, owner: str, deadline_s: int) -> Deed:
    spec, own, router = adding.spec, exchange.own_side(adding.spec), _router(exchange)
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
        words=f"put {in_words(spec, adding.expected)} into {spec.instrument}",
        approvals=_approvals(spec, adding.most, own, owner, router),
        spends=spends_of(spec, adding.most, own),
    )


def _take_from_pair(exchange: Exchange, taken: Taking, owner: str, deadline_s: int) -> Deed:
    spec, router = taken.position.spec, _router(exchange)
    own, shares = exchange.own_side(spec), taken.liquidity
    if own is None:
        tokens = (spec.token0.address, spec.token1.address)
        data = REMOVE.data(*tokens, shares, *taken.least, owner, deadline_s)
    else:
        token = spec.token1 if own == 0 else spec.token0
        least = (taken.least[1 - own], taken.least[own])
        data = REMOVE_ETH.data(token.address, shares, *least, owner, deadline_s)
    return Deed(
        call=ContractCall(to=router, data=data, sender=owner),
        words=f"take {in_words(spec, taken.expected)} out of {spec.instrument}",
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


def _manager(exchange: Exchange) -> str:
    if exchange.v3 is None or not exchange.v3.positions:
        raise ConfigError(f"{exchange.venue} has no known contract of positions on this chain")
    return exchange.v3.positions.lower()


def _router(exchange: Exchange) -> str:
    assert exchange.v2 is not None
    return exchange.v2.router.lower()


def _several(steps: Sequence[str]) -> str:
    return MULTICALL.data([bytes.fromhex(step[2:]) for step in steps])
