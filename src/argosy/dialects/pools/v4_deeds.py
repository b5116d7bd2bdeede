"""Changes of liquidity in v4 pools, as deeds: plans of actions for the manager of positions, which
takes tokens through Permit2. Signs and sends nothing.

Source: PositionManager, Actions and CalldataDecoder of v4-periphery 1.0.3, AllowanceTransfer of
Permit2; read 2026-11-27. A position pays its fees out with every change of it.
"""

from collections.abc import Sequence

from argosy.dialects.evm.addresses import ZERO_ADDRESS
from argosy.dialects.evm.erc20 import permissions
from argosy.dialects.evm.functions import Function, encode
from argosy.dialects.evm.outgoing import PERMIT2_APPROVE
from argosy.dialects.pools import functions as f
from argosy.dialects.pools.exchange import PERMIT2, Exchange, PoolSpec
from argosy.dialects.pools.providing import Adding, Taking, in_words, spends_of
from argosy.errors import ConfigError
from argosy.model import ContractCall
from argosy.ports import Approval, Deed, Reading

MODIFY = Function("modifyLiquidities(bytes,uint256)")
INCREASE, DECREASE, MINT, BURN = 0x00, 0x01, 0x02, 0x03
TAKE_PAIR, CLOSE, SWEEP = 0x11, 0x12, 0x14
KEY = "(address,address,uint24,int24,address)"
TYPES = {
    INCREASE: ("uint256", "uint256", "uint128", "uint128", "bytes"),
    DECREASE: ("uint256", "uint256", "uint128", "uint128", "bytes"),
    MINT: (KEY, "int24", "int24", "uint256", "uint128", "uint128", "address", "bytes"),
    BURN: ("uint256", "uint128", "uint128", "bytes"),
    TAKE_PAIR: ("address", "address", "address"),
    CLOSE: ("address",),
    SWEEP: ("address", "address"),
}
_FOREVER = (1 << 256) - 1
_NO_DATA = b""  # for hooks, which no pool of ours has

_Step = tuple[int, tuple[object, ...]]


def manager_of(exchange: Exchange) -> str:
    """The contract that keeps v4 positions. Raises ConfigError where none is known."""
    if exchange.v4 is None or not exchange.v4.positions:
        raise ConfigError(f"{exchange.venue} has no known contract of v4 positions on this chain")
    return exchange.v4.positions.lower()


def add_managed(exchange: Exchange, adding: Adding, owner: str, deadline_s: int) -> Deed:
    """Put it in."""
    spec, manager = adding.spec, manager_of(exchange)
    if adding.token_id:
        terms = (adding.token_id, adding.liquidity, *adding.most, _NO_DATA)
        steps: list[_Step] = [(INCREASE, terms)]
    else:
        key, ticks = _key(spec), (adding.lower, adding.upper)
        steps = [(MINT, (key, *ticks, adding.liquidity, *adding.most, owner, _NO_DATA))]
    tokens = (spec.token0.address, spec.token1.address)
    steps += [(CLOSE, (token,)) for token in tokens]  # paid, or where fees are more, taken
    own = exchange.own_side(spec)
    if own is not None:
        steps.append((SWEEP, (ZERO_ADDRESS, owner)))  # what was sent along and is not needed
    approvals: list[Approval] = []
    for at, token in enumerate(tokens):
        if at != own and adding.most[at]:
            approvals += _allowed(token, owner, manager, adding.most[at], deadline_s)
    return Deed(
        call=ContractCall(
            to=manager,
            data=_plan(steps, deadline_s),
            value=0 if own is None else adding.most[own],
            sender=owner,
        ),
        words=f"put {in_words(spec, adding.expected)} into {spec.instrument}",
        approvals=tuple(approvals),
        spends=spends_of(spec, adding.most, own),
    )


def take_managed(exchange: Exchange, taken: Taking, owner: str, deadline_s: int) -> Deed:
    """Take it out, the fees with it; and burn the position's token where nothing is left."""
    position, spec = taken.position, taken.position.spec
    if taken.all:
        step: _Step = (BURN, (position.token_id, *taken.least, _NO_DATA))
    else:
        step = (DECREASE, (position.token_id, taken.liquidity, *taken.least, _NO_DATA))
    both = (spec.token0.address, spec.token1.address)
    what = "all" if taken.all else in_words(spec, taken.expected)
    return Deed(
        call=ContractCall(
            to=manager_of(exchange),
            data=_plan([step, (TAKE_PAIR, (*both, owner))], deadline_s),
            sender=owner,
        ),
        words=f"take {what if taken.liquidity else 'the fees'} out of {position.name}",
    )


def _key(spec: PoolSpec) -> tuple[str, str, int, int, str]:
    key = spec.key
    assert key is not None, f"{spec.instrument} is of v4"
    return (key.currency0, key.currency1, key.fee, key.spacing, key.hooks)


def _plan(steps: Sequence[_Step], deadline_s: int) -> str:
    inputs = [encode(TYPES[action], values) for action, values in steps]
    actions = bytes(action for action, _ in steps)
    return MODIFY.data(encode(("bytes", "bytes[]"), (actions, inputs)), deadline_s)


def _allowed(
    token: str, owner: str, manager: str, amount: int, until_s: int
) -> tuple[Approval, ...]:
    """Permit2 may take the token, for good; the manager may through it, so much and until then."""
    asked = ContractCall(to=PERMIT2, data=f.PERMIT2_ALLOWANCE.data(owner, token, manager))

    def short(told: Sequence[object]) -> bool:
        allowed, expires_s, _ = f.PERMIT2_ALLOWANCE.read(str(told[0]))
        return bool(allowed < amount or expires_s < until_s)

    call = ContractCall(
        to=PERMIT2, data=PERMIT2_APPROVE.data(token, manager, amount, until_s), sender=owner
    )
    through = Approval(
        call=call, needed=Reading((asked,), short), token=token, spender=manager, amount=amount
    )
    return (*permissions(token, owner, PERMIT2, amount, grant=_FOREVER), through)
