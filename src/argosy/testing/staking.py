"""The contract of Staking: shares and rewards, wrapping, the queue from request to claim, refusals
in words. Changes only the chain that it is given.
"""

import random
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from decimal import Decimal

import msgspec
import pytest

from argosy.errors import ConfigError, Reverted
from argosy.model import StakingPosition
from argosy.model.staking import apr, rewards
from argosy.net.contracts import ContractClient, Done
from argosy.ports import Deed, Staking
from argosy.testing.readings import survives

_NOBODY = "0x" + "d1" * 20
_DUST = Decimal("5e-18")  # shares are cut to a wei at each turn


class StakingWorld(msgspec.Struct, frozen=True, kw_only=True):
    """A pool on a chain that may be changed. The client's account has more than 10 ether."""

    client: ContractClient
    staking: Staking
    reward: Callable[[Decimal], Awaitable[None]]  # ether for all holders
    finalize: Callable[[int], Awaitable[None]]  # requests up to this id
    now_s: Callable[[], Awaitable[int]]  # the chain's time
    unfinalized: frozenset[str] = frozenset()  # codes of the refusal to claim too early


class StakingContract:
    """Subclass it with `world`."""

    def world(self) -> AbstractAsyncContextManager[StakingWorld]:
        """A fresh world."""
        raise NotImplementedError

    def owner(self, world: StakingWorld) -> str:
        """Us."""
        assert world.client.sender is not None
        return world.client.sender.address

    async def do(self, world: StakingWorld, deed: Deed) -> Done:
        """Do it under an id of its own."""
        assert world.client.sender is not None
        return await world.client.do(deed, id_=f"staking-{len(world.client.sender.transactions)}")

    async def position(self, world: StakingWorld) -> StakingPosition:
        """Ours."""
        return await world.client.ask(world.staking.position(self.owner(world)))

    async def test_what_is_staked_is_there(self) -> None:
        """ST-01 Staked ether is there as so many tokens, and the pool is larger by it."""
        async with self.world() as world:
            pool, before = await world.client.ask(world.staking.pool()), await self.position(world)
            await self.do(world, world.staking.stake(Decimal(2), self.owner(world)))
            after, grown = await self.position(world), await world.client.ask(world.staking.pool())
            assert abs(after.staked - before.staked - 2) < _DUST
            assert grown.pooled == pool.pooled + 2
            assert grown.shares - pool.shares == after.shares - before.shares

    async def test_rewards_grow_what_is_staked_and_not_what_is_wrapped(self) -> None:
        """ST-02 A reward raises the share rate; the gain and the rate a year follow from two."""
        async with self.world() as world:
            owner = self.owner(world)
            await self.do(world, world.staking.stake(Decimal(4), owner))
            await self.do(world, world.staking.wrap(Decimal(1), owner))
            before = await self.position(world)
            first = (await world.client.ask(world.staking.pool())).share_rate(await world.now_s())
            await world.reward(Decimal(3))
            second = (await world.client.ask(world.staking.pool())).share_rate(
                await world.now_s() + 86_400
            )
            after = await self.position(world)
            assert after.wrapped == before.wrapped
            assert after.wrapped_worth > before.wrapped_worth
            assert after.shares == before.shares
            gained = rewards(before.shares + before.wrapped, first, second)
            assert abs(after.worth - before.worth - gained) < _DUST
            assert apr(first, second) > 0
            with pytest.raises(ValueError, match="two moments"):
                apr(second, first)

    async def test_wrapping_and_back_loses_nothing(self) -> None:
        """ST-03 Wrapped tokens are worth what was wrapped, and come back as that."""
        async with self.world() as world:
            owner = self.owner(world)
            await self.do(world, world.staking.stake(Decimal(4), owner))
            before = await self.position(world)
            await self.do(world, world.staking.wrap(Decimal(3), owner))
            wrapped = await self.position(world)
            assert abs(wrapped.wrapped_worth - before.wrapped_worth - 3) < _DUST
            assert abs(wrapped.worth - before.worth) < _DUST
            got = wrapped.wrapped - before.wrapped
            await self.do(world, world.staking.unwrap(got, owner))
            after = await self.position(world)
            assert after.wrapped == before.wrapped
            assert abs(after.staked - before.staked) < _DUST

    async def test_a_withdrawal_waits_and_is_claimed(self) -> None:
        """ST-04 A request waits, is finalized, then claimed once for what it was of."""
        async with self.world() as world:
            owner, client = self.owner(world), world.client
            await self.do(world, world.staking.stake(Decimal(4), owner))
            await self.do(world, world.staking.request_withdrawal(Decimal(3), owner))
            pool = await client.ask(world.staking.pool())
            (asked,) = await client.ask(world.staking.requests(owner))
            assert asked.amount == 3
            assert not asked.finalized
            assert not asked.claimed
            assert pool.waiting == 1
            assert pool.unfinalized == 3
            with pytest.raises(ConfigError, match="not finalized"):
                world.staking.claim([asked], owner)
            await world.reward(Decimal(1))  # what waits gains nothing
            await world.finalize(asked.id)
            (ready,) = await client.ask(world.staking.requests(owner))
            assert ready.finalized
            assert abs(ready.claimable - 3) < _DUST
            balance = await self.ether(world)
            done = await self.do(world, world.staking.claim([ready], owner))
            got = await self.ether(world) - balance + done.gas_cost
            assert Decimal(got).scaleb(-18) == ready.claimable
            assert await client.ask(world.staking.requests(owner)) == ()
            with pytest.raises(ConfigError, match="claimed"):
                world.staking.claim([msgspec.structs.replace(ready, claimed=True)], owner)
            with pytest.raises(ConfigError, match="no request"):
                world.staking.claim([], owner)

    async def ether(self, world: StakingWorld) -> int:
        """Our balance in wei."""
        told = await world.client.rpc.call("eth_getBalance", self.owner(world), "latest")
        return int(told, 16)

    async def test_large_withdrawals_are_several_requests(self) -> None:
        """ST-05 What is above the limit of one request is asked for in several."""
        async with self.world() as world:
            owner = self.owner(world)
            await self.do(world, world.staking.stake(Decimal(2_500), owner))
            await self.do(world, world.staking.request_withdrawal(Decimal(2_400), owner))
            found = await world.client.ask(world.staking.requests(owner))
            assert len(found) == 3
            assert sum(each.amount for each in found) == 2_400

    async def test_wrapped_tokens_can_be_withdrawn(self) -> None:
        """ST-06 A request of wrapped tokens is of what they are worth."""
        async with self.world() as world:
            owner = self.owner(world)
            await self.do(world, world.staking.stake(Decimal(4), owner))
            await self.do(world, world.staking.wrap(Decimal(2), owner))
            wrapped = (await self.position(world)).wrapped
            deed = world.staking.request_withdrawal(wrapped, owner, wrapped=True)
            await self.do(world, deed)
            (asked,) = await world.client.ask(world.staking.requests(owner))
            assert abs(asked.amount - 2) < _DUST

    async def test_claiming_too_early_is_refused_in_words(self) -> None:
        """ST-07 The contract refuses it as well, and says so in words."""
        async with self.world() as world:
            owner = self.owner(world)
            await self.do(world, world.staking.stake(Decimal(1), owner))
            await self.do(world, world.staking.request_withdrawal(Decimal(1), owner))
            (asked,) = await world.client.ask(world.staking.requests(owner))
            early = msgspec.structs.replace(asked, finalized=True, hint=1)
            with pytest.raises(Reverted) as caught:
                await self.do(world, world.staking.claim([early], owner))
            said = world.staking.explain(caught.value)
            assert said.code in world.unfinalized
            assert len(str(said).split()) > 5

    async def test_amounts_are_the_tokens_own(self) -> None:
        """ST-08 Nothing, less than nothing, or finer than a wei is no deed."""
        async with self.world() as world:
            owner = self.owner(world)
            for amount in (Decimal(0), Decimal(-1), Decimal("1e-19"), Decimal("Infinity")):
                for deed in (
                    world.staking.stake,
                    world.staking.wrap,
                    world.staking.unwrap,
                    world.staking.request_withdrawal,
                ):
                    with pytest.raises(ConfigError):
                        deed(amount, owner)

    async def test_nonsense_is_a_wire_error(self) -> None:
        """ST-09 Whatever a node answers, nothing but WireError comes out."""
        async with self.world() as world:
            rng = random.Random(2)
            for reading in (
                world.staking.pool(),
                world.staking.position(_NOBODY),
                world.staking.requests(_NOBODY),
            ):
                survives(reading, rng)
