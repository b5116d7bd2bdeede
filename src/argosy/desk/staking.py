"""What `argosy stake` does: one function each. Knows a chain by its Place alone."""

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum

import msgspec

from argosy.desk.place import Place, Told, Where, amount_of, open_place
from argosy.dialects.evm.jsonrpc import quantity
from argosy.errors import ConfigError, VenueUnavailable
from argosy.model import ShareRate, StakingPool, StakingPosition, WithdrawalRequest
from argosy.model.staking import apr
from argosy.ports import Deed, Staking

PROTOCOL = "lido"


class StakingVerb(StrEnum):
    """What can be done."""

    STAKE = "stake"
    WRAP = "wrap"
    UNWRAP = "unwrap"
    WITHDRAW = "withdraw"
    WITHDRAW_WRAPPED = "withdraw_wrapped"


class PoolTold(msgspec.Struct, frozen=True, kw_only=True):
    """The pool, what a share is worth, and the rate a year since an earlier block."""

    pool: StakingPool
    now: ShareRate
    before: ShareRate | None = None
    apr: Decimal | None = None


class StakerTold(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody has, and has asked for."""

    position: StakingPosition
    requests: tuple[WithdrawalRequest, ...]


class Staked(msgspec.Struct, frozen=True, kw_only=True):
    """What an action is, and what is there afterwards."""

    deed: Told
    staker: StakerTold | None = None  # None: nothing was sent


def _staking(place: Place) -> Staking:
    staking = place.protocol(PROTOCOL).staking
    assert staking is not None
    return staking


async def _rate(place: Place, staking: Staking, block: int) -> tuple[StakingPool, ShareRate]:
    told = await place.client.rpc.call("eth_getBlockByNumber", hex(block), False)
    at_s = quantity(told.get("timestamp") if isinstance(told, dict) else None)
    pool = await place.client.ask(staking.pool(), block)
    return pool, pool.share_rate(at_s)


async def pool(where: Where, blocks: int = 0) -> PoolTold:
    """The pool now; with `blocks`, also its rate a year since so many blocks ago."""
    async with open_place(where) as place:
        staking = _staking(place)
        tip = quantity(await place.client.rpc.call("eth_blockNumber"))
        found, now = await _rate(place, staking, tip)
        if not blocks:
            return PoolTold(pool=found, now=now)
        if not 0 < blocks <= tip:
            raise ConfigError(f"the chain has {tip} blocks; it cannot be asked {blocks} back")
        try:
            _, before = await _rate(place, staking, tip - blocks)
        except VenueUnavailable as e:
            raise VenueUnavailable(
                f"the node has no state as old as block {tip - blocks}; ask about fewer blocks than"
                f" {blocks}, or a node that keeps old state (an archive)"
            ) from e
        try:
            yearly = apr(before, now)
        except ValueError as e:
            raise ConfigError(str(e)) from None
        return PoolTold(pool=found, now=now, before=before, apr=yearly)


async def account(where: Where) -> StakerTold:
    """What somebody has staked, wrapped and asked back."""
    async with open_place(where) as place:
        return await _account(place, _staking(place))


async def _account(place: Place, staking: Staking) -> StakerTold:
    return StakerTold(
        position=await place.client.ask(staking.position(place.owner)),
        requests=await place.client.ask(staking.requests(place.owner)),
    )


async def act(where: Where, verb: StakingVerb, amount: str, *, dry_run: bool = False) -> Staked:
    """Stake, wrap, unwrap, or ask for a withdrawal."""
    wanted = amount_of(amount)
    async with open_place(where) as place:
        staking, owner = _staking(place), place.owner
        deeds: dict[StakingVerb, Callable[[], Deed]] = {
            StakingVerb.STAKE: lambda: staking.stake(wanted, owner),
            StakingVerb.WRAP: lambda: staking.wrap(wanted, owner),
            StakingVerb.UNWRAP: lambda: staking.unwrap(wanted, owner),
            StakingVerb.WITHDRAW: lambda: staking.request_withdrawal(wanted, owner),
            StakingVerb.WITHDRAW_WRAPPED: lambda: staking.request_withdrawal(
                wanted, owner, wrapped=True
            ),
        }
        return await _done(place, staking, deeds[verb](), dry_run=dry_run)


async def claim(where: Where, *, dry_run: bool = False) -> Staked:
    """Take the ether of every request that is finalized."""
    async with open_place(where) as place:
        staking = _staking(place)
        asked = await place.client.ask(staking.requests(place.owner))
        ready = [each for each in asked if each.finalized and not each.claimed]
        deed = staking.claim(ready, place.owner)
        return await _done(place, staking, deed, dry_run=dry_run)


async def _done(place: Place, staking: Staking, deed: Deed, *, dry_run: bool) -> Staked:
    told, done = await place.carry_out(deed, staking, dry_run=dry_run)
    if done is None:
        return Staked(deed=told)
    return Staked(deed=told, staker=await _account(place, staking))
