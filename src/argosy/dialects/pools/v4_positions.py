"""Positions in v4 pools: what an address has there, and what a change of one came to, to the unit.
The pool manager's logs tell liquidity alone: amounts and fees follow from the state around the
block. Readings and values; sends nothing.

Source: PositionManager, PositionInfoLibrary and StateView of v4-periphery 1.0.3, Position and Pool
of v4-core 1.0.2; read 2026-11-27.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from argosy.dialects.evm.erc20 import OWNER_OF
from argosy.dialects.evm.functions import Function
from argosy.dialects.evm.logs import log_of
from argosy.dialects.pools import functions as f
from argosy.dialects.pools.exchange import Exchange, Family, PoolSpec
from argosy.dialects.pools.liquidity import PoolPosition, PoolState
from argosy.dialects.pools.v4_deeds import KEY, manager_of
from argosy.dialects.uniswap_v3.growth import fees_owed
from argosy.dialects.uniswap_v3.positions import amounts_of
from argosy.dialects.uniswap_v3.ticks import MAX_SQRT_PRICE, MAX_TICK, MIN_SQRT_PRICE, MIN_TICK
from argosy.dialects.uniswap_v4.events import MANAGER_EVENTS, ModifyLiquidity, Swap
from argosy.errors import ArgosyError, WireError
from argosy.model import ContractCall, Log
from argosy.ports import Reading

POOL_AND_INFO = Function("getPoolAndPositionInfo(uint256)", KEY, "uint256")
GROWTH_INSIDE = Function("getFeeGrowthInside(bytes32,int24,int24)", "uint256", "uint256")
POSITION = Function(
    "getPositionInfo(bytes32,address,int24,int24,bytes32)", "uint128", "uint256", "uint256"
)
_PER_POSITION = 4  # calls


class _Place(msgspec.Struct, frozen=True):
    """A position as its manager keeps it."""

    token_id: int
    spec: PoolSpec
    lower: int
    upper: int


class Kept(msgspec.Struct, frozen=True):
    """A position as the pool manager keeps it: growth inside it as of its last change."""

    liquidity: int
    last: tuple[int, int]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A change of a position. Amounts of token 0 and 1, in smallest units."""

    spec: PoolSpec
    token_id: int
    lower: int
    upper: int
    liquidity: int  # below 0 was taken out
    place: int  # of its log in the block


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """What it came to: put in or taken out, and the fees that were paid out with it."""

    change: Change
    amounts: tuple[int, int]
    fees: tuple[int, int]


# --- looking --------------------------------------------------------------------------------------


def managed_state(exchange: Exchange, spec: PoolSpec) -> Reading[PoolState]:
    """Where a v4 pool stands."""
    call = ContractCall(to=_view(exchange), data=f.V4_SLOT0.data(_id(spec)))
    return Reading((call,), lambda told: _state(spec, _text(told[0])))


def managed_positions(
    exchange: Exchange, specs: Iterable[PoolSpec], owner: str, token_ids: Iterable[int]
) -> Reading[list[PoolPosition]]:
    """Those of the tokens that the address has, in known pools; others are left out."""
    manager, view, ids = manager_of(exchange), _view(exchange), sorted(token_ids)
    known = {spec.name: spec for spec in specs if spec.family is Family.V4}

    # Each step's answer is a list, and only the last one's is the value.
    def placed(told: Sequence[str | ArgosyError]) -> list[Any]:
        found = []
        for at, token_id in enumerate(ids):
            holder, info = told[2 * at : 2 * at + 2]
            if isinstance(holder, ArgosyError):
                continue  # it is burnt, or there never was one
            if str(OWNER_OF.one(holder)).lower() == owner.lower():
                place = _placed(token_id, _text(info), known)
                found += [] if place is None else [place]
        return found

    def standing(places: list[Any]) -> Reading[Any] | None:
        if not places:
            return None
        calls = [call for place in places for call in _state_calls(place, manager, view)]

        def read(told: Sequence[str | ArgosyError]) -> list[Any]:
            texts = [_text(each) for each in told]
            return [
                _position(place, texts[at * _PER_POSITION : (at + 1) * _PER_POSITION])
                for at, place in enumerate(places)
            ]

        return Reading(tuple(calls), read)

    calls = [
        ContractCall(to=manager, data=function.data(token_id))
        for token_id in ids
        for function in (OWNER_OF, POOL_AND_INFO)
    ]
    return Reading(tuple(calls), placed, standing, partial=True)


def _placed(token_id: int, answer: str, known: dict[str, PoolSpec]) -> _Place | None:
    key, info = POOL_AND_INFO.read(answer)
    lower, upper = (_signed24(info >> shift) for shift in (8, 32))
    for spec in known.values():
        own = spec.key
        if own is not None and key == (
            own.currency0,
            own.currency1,
            own.fee,
            own.spacing,
            own.hooks,
        ):
            if not MIN_TICK <= lower < upper <= MAX_TICK:
                raise WireError(f"position {token_id} is told to be from {lower} to {upper}")
            return _Place(token_id, spec, lower, upper)
    return None


def _signed24(word: int) -> int:
    low = word & 0xFF_FFFF
    return low - (1 << 24) if low >> 23 else low


def _state_calls(place: _Place, manager: str, view: str) -> list[ContractCall]:
    pool, ends = _id(place.spec), (place.lower, place.upper)
    data = (
        f.V4_SLOT0.data(pool),
        f.V4_LIQUIDITY.data(pool),
        GROWTH_INSIDE.data(pool, *ends),
        POSITION.data(pool, manager, *ends, place.token_id.to_bytes(32, "big")),
    )
    return [ContractCall(to=view, data=each) for each in data]


def _position(place: _Place, told: Sequence[str]) -> PoolPosition:
    state = _state(place.spec, told[0])
    inside = GROWTH_INSIDE.read(told[2])
    kept = _kept(told[3])
    return PoolPosition(
        spec=place.spec,
        token_id=place.token_id,
        lower=place.lower,
        upper=place.upper,
        liquidity=kept.liquidity,
        whole=f.V4_LIQUIDITY.one(told[1]),
        sqrt_price=state.sqrt_price,
        amounts=_amounts(place, kept.liquidity, state, up=False),
        fees=_fees(kept, (inside[0], inside[1])),
    )


# --- what a change came to ------------------------------------------------------------------------


def changes_in(exchange: Exchange, specs: Iterable[PoolSpec], logs: Sequence[Log]) -> list[Change]:
    """The changes of positions in known pools that a transaction's logs tell of."""
    manager = manager_of(exchange)
    known = {spec.name: spec for spec in specs if spec.family is Family.V4}
    found = []
    for log in logs:
        if exchange.v4 is None or log.address.lower() != exchange.v4.manager.lower():
            continue
        event = MANAGER_EVENTS.read(log_of(log))
        if not isinstance(event, ModifyLiquidity) or event.sender != manager:
            continue
        spec = known.get(event.pool_id)
        if spec is not None:
            found.append(
                Change(
                    spec=spec,
                    token_id=int(event.salt, 16),
                    lower=event.lower,
                    upper=event.upper,
                    liquidity=event.delta,
                    place=log.index,
                )
            )
    return found


def kept(exchange: Exchange, change: Change) -> Reading[Kept]:
    """What the pool manager keeps of a changed position; nothing, where there was none yet."""
    place = _Place(change.token_id, change.spec, change.lower, change.upper)
    call = _state_calls(place, manager_of(exchange), _view(exchange))[3]
    return Reading((call,), lambda told: _kept(_text(told[0])))


def pool_logs_filter(exchange: Exchange, spec: PoolSpec, block: int) -> dict[str, Any]:
    """What `eth_getLogs` is asked for: all that a pool did in a block."""
    assert exchange.v4 is not None
    return {
        "address": exchange.v4.manager,
        "topics": [None, spec.name],
        "fromBlock": hex(block),
        "toBlock": hex(block),
    }


def came_to(
    change: Change, state: PoolState, before: Kept, after: Kept, logs: Sequence[Log]
) -> Changed:
    """What a change came to. `state` and `before` are of the end of the block before its own,
    `after` of the end of its own, `logs` what the pool did in that block.

    Nothing but the position's own change moves what is kept of growth inside it: `after` tells
    growth at that very moment. The price is that of the last swap before it.

    Raises:
        WireError: the position was changed twice in the block, or the state is not this change's.
    """
    for log in sorted(logs, key=lambda each: each.index):
        event = MANAGER_EVENTS.read(log_of(log))
        if isinstance(event, Swap) and log.index < change.place:
            state = PoolState(event.sqrt_price, event.tick)
    if before.liquidity + change.liquidity != after.liquidity:
        raise WireError(
            f"position {change.token_id} of {change.spec.instrument} had {before.liquidity} and"
            f" {change.liquidity} came to it, but it has {after.liquidity}"
        )
    place = _Place(change.token_id, change.spec, change.lower, change.upper)
    amounts = _amounts(place, abs(change.liquidity), state, up=change.liquidity > 0)
    return Changed(change=change, amounts=amounts, fees=_fees(before, after.last))


# --- within ---------------------------------------------------------------------------------------


def _view(exchange: Exchange) -> str:
    assert exchange.v4 is not None
    return exchange.v4.state_view


def _id(spec: PoolSpec) -> bytes:
    return bytes.fromhex(spec.name[2:])


def _state(spec: PoolSpec, answer: str) -> PoolState:
    sqrt_price, tick, *_ = f.V4_SLOT0.read(answer)
    if not MIN_SQRT_PRICE <= sqrt_price < MAX_SQRT_PRICE:
        raise WireError(f"{spec.instrument} is told to be at the root {sqrt_price}: no price")
    return PoolState(sqrt_price, tick)


def _kept(answer: str) -> Kept:
    liquidity, last0, last1 = POSITION.read(answer)
    return Kept(liquidity, (last0, last1))


def _fees(kept: Kept, inside: tuple[int, int]) -> tuple[int, int]:
    if not kept.liquidity:
        return (0, 0)
    first, second = (fees_owed(kept.liquidity, inside[at], kept.last[at]) for at in (0, 1))
    return first, second


def _amounts(place: _Place, liquidity: int, state: PoolState, *, up: bool) -> tuple[int, int]:
    try:
        return amounts_of(liquidity, place.lower, place.upper, state.sqrt_price, state.tick, up=up)
    except ValueError as e:
        raise WireError(f"position {place.token_id} of {place.spec.instrument}: {e}") from e


def _text(answer: str | ArgosyError) -> str:
    if isinstance(answer, ArgosyError):
        raise answer
    return answer
