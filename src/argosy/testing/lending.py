"""The contract of Lending: markets, accounts, every action with its event, computed health factors
that are the chain's, refusals in words. Changes only the chain that it is given.
"""

import random
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from decimal import Decimal

import msgspec
import pytest

from argosy.errors import ConfigError, Reverted
from argosy.model import LendingAccount, LendingAction, LendingKind, Reserve
from argosy.model.lending import find
from argosy.net.contracts import ContractClient
from argosy.ports import Lending
from argosy.testing.readings import survives

_NOBODY = "0x" + "d1" * 20
_CLOSE = Decimal("1e-8")


class LendingWorld(msgspec.Struct, frozen=True, kw_only=True):
    """A market on a chain that may be changed. The client's account has both tokens, and nothing
    in the market. `collateral` and `loan` are a symbol and an amount that the market can bear.
    """

    client: ContractClient
    lending: Lending
    collateral: tuple[str, Decimal]
    loan: tuple[str, Decimal]
    pass_time: Callable[[int], Awaitable[None]]  # seconds, and a block
    set_price: Callable[[str, Decimal], Awaitable[None]]  # of a symbol
    too_large: frozenset[str] = frozenset()  # codes of the refusal of too large a loan
    too_thin: frozenset[str] = frozenset()  # codes of the refusal of leaving too little collateral


class LendingContract:
    """Subclass it with `world`."""

    def world(self) -> AbstractAsyncContextManager[LendingWorld]:
        """A fresh world."""
        raise NotImplementedError

    def act(
        self, world: LendingWorld, kind: LendingKind, amount: Decimal | None
    ) -> tuple[str, LendingAction]:
        """An action on the token that it is about in this world."""
        own = {LendingKind.BORROW, LendingKind.REPAY}
        symbol = (world.loan if kind in own else world.collateral)[0]
        return symbol, LendingAction(kind=kind, asset=symbol, amount=amount)

    async def do(
        self, world: LendingWorld, kind: LendingKind, amount: Decimal | None
    ) -> tuple[LendingAccount, LendingAccount]:
        """(the account as computed, as it is afterwards); the event is checked on the way."""
        symbol, action = self.act(world, kind, amount)
        reserves = await world.client.ask(world.lending.markets())
        reserve = find(reserves, symbol)
        assert reserve is not None
        before = await self.account(world, reserves)
        expected = world.lending.after(before, reserve, action)
        deed = world.lending.act(before, reserve, action)
        assert symbol in deed.words
        number = len(world.client.sender.transactions) if world.client.sender else 0
        done = await world.client.do(deed, id_=f"lending-{number}")
        told = [each for each in world.lending.events(done.logs) if each.kind is kind]
        assert [(each.asset, each.user) for each in told] == [(reserve.asset, before.owner)]
        if amount is not None:
            assert told[0].amount == int(amount.scaleb(reserve.decimals))
        return expected, await self.account(world, reserves)

    async def account(
        self, world: LendingWorld, reserves: tuple[Reserve, ...] | None = None
    ) -> LendingAccount:
        """Ours."""
        assert world.client.sender is not None
        found = reserves
        if found is None:
            found = await world.client.ask(world.lending.markets())
        return await world.client.ask(world.lending.account(world.client.sender.address, found))

    async def opened(self, world: LendingWorld) -> LendingAccount:
        """An account with collateral and a loan."""
        await self.do(world, LendingKind.SUPPLY, world.collateral[1])
        return (await self.do(world, LendingKind.BORROW, world.loan[1]))[1]

    async def test_markets_are_told_whole(self) -> None:
        """LE-01 Every reserve has a name of its own and figures that fit together."""
        async with self.world() as world:
            reserves = await world.client.ask(world.lending.markets())
            assert len({each.asset for each in reserves}) == len(reserves) > 0
            for each in reserves:
                assert each.price > 0
                assert 0 <= each.ltv <= each.threshold < 1
                assert 0 <= each.utilisation <= 1
                assert each.supply_apy >= each.supply_rate >= 0
                assert each.borrow_apy >= each.borrow_rate >= each.supply_rate
                assert each.supplied >= 0
                assert each.liquidity >= 0
            assert find(reserves, world.loan[0].lower()) is not None
            assert find(reserves, "no such token") is None

    async def test_who_has_nothing_has_nothing(self) -> None:
        """LE-02 An account that was never here is empty."""
        async with self.world() as world:
            reserves = await world.client.ask(world.lending.markets())
            found = await world.client.ask(world.lending.account(_NOBODY, reserves))
            assert found.collateral == found.debt == 0
            assert found.health is None
            assert found.positions == ()
            assert found.liquidation_price(world.collateral[0]) is None

    async def test_what_is_supplied_secures_loans(self) -> None:
        """LE-03 After a supply it is there, and something can be borrowed against it."""
        async with self.world() as world:
            expected, after = await self.do(world, LendingKind.SUPPLY, world.collateral[1])
            position = after.position(world.collateral[0])
            assert position is not None
            assert position.supplied == world.collateral[1]
            assert position.collateral
            assert after.available > 0
            assert after == msgspec.structs.replace(expected, positions=after.positions)

    async def test_the_health_factor_is_the_computed_one(self) -> None:
        """LE-04 After a loan the chain says the health factor that was computed before it."""
        async with self.world() as world:
            await self.do(world, LendingKind.SUPPLY, world.collateral[1])
            expected, after = await self.do(world, LendingKind.BORROW, world.loan[1])
            assert after.health is not None
            assert expected.health is not None
            assert abs(after.health / expected.health - 1) < _CLOSE
            assert after.debt > 0
            assert after.loan_to_value < after.ltv

    async def test_too_large_a_loan_is_refused_in_words(self) -> None:
        """LE-05 A loan beyond the collateral is refused before it is sent, with code and words."""
        async with self.world() as world:
            account = await self.opened(world)
            reserves = await world.client.ask(world.lending.markets())
            reserve = find(reserves, world.loan[0])
            assert reserve is not None
            amount = (account.available / reserve.price * 2).quantize(
                Decimal(1).scaleb(-reserve.decimals)
            )
            _, action = self.act(world, LendingKind.BORROW, amount)
            deed = world.lending.act(account, reserve, action)
            with pytest.raises(Reverted) as caught:
                await world.client.do(deed, id_="too-large")
            said = world.lending.explain(caught.value)
            assert said.code in world.too_large
            assert len(str(said).split()) > 5
            assert (await self.account(world)).debt - account.debt < 1

    async def test_collateral_that_is_needed_stays(self) -> None:
        """LE-06 Withdrawing what secures a loan, or no longer using it so, is refused in words."""
        async with self.world() as world:
            account = await self.opened(world)
            reserves = await world.client.ask(world.lending.markets())
            reserve = find(reserves, world.collateral[0])
            assert reserve is not None
            for kind in (LendingKind.WITHDRAW, LendingKind.COLLATERAL_OFF):
                _, action = self.act(world, kind, None)
                computed = world.lending.after(account, reserve, action)
                assert computed.health is not None
                assert computed.health < 1
                with pytest.raises(Reverted) as caught:
                    await world.client.do(
                        world.lending.act(account, reserve, action), id_=kind.value
                    )
                assert world.lending.explain(caught.value).code in world.too_thin

    async def test_everything_can_be_paid_back_and_taken_out(self) -> None:
        """LE-07 Though interest grows meanwhile, repaying all leaves no debt, and withdrawing all
        leaves nothing.
        """
        async with self.world() as world:
            opened = await self.opened(world)
            await world.pass_time(30 * 86_400)
            grown = await self.account(world)
            assert grown.debt > opened.debt
            position = grown.position(world.loan[0])
            assert position is not None
            assert position.borrow_interest == position.borrowed - world.loan[1]
            _, after = await self.do(world, LendingKind.REPAY, None)
            assert after.debt == 0
            assert after.health is None
            _, empty = await self.do(world, LendingKind.WITHDRAW, None)
            assert empty.positions == ()

    async def test_collateral_can_be_switched(self) -> None:
        """LE-08 What secures nothing lets nothing be borrowed, and can be switched on again."""
        async with self.world() as world:
            _, supplied = await self.do(world, LendingKind.SUPPLY, world.collateral[1])
            expected, off = await self.do(world, LendingKind.COLLATERAL_OFF, None)
            assert off.available == expected.available == 0
            expected, on = await self.do(world, LendingKind.COLLATERAL_ON, None)
            assert on.available == expected.available == supplied.available

    async def test_amounts_are_the_tokens_own(self) -> None:
        """LE-09 No amount, one of nothing, or one finer than the token is no deed."""
        async with self.world() as world:
            reserves = await world.client.ask(world.lending.markets())
            account = await self.account(world, reserves)
            reserve = find(reserves, world.collateral[0])
            assert reserve is not None
            finer = Decimal(1).scaleb(-reserve.decimals - 1)
            for amount in (Decimal(0), Decimal(-1), finer, Decimal("NaN"), None):
                _, action = self.act(world, LendingKind.SUPPLY, amount)
                with pytest.raises(ConfigError):
                    world.lending.act(account, reserve, action)

    async def test_interest_is_computed_as_it_grows(self) -> None:
        """LE-10 The health factor after a time without doing anything is the chain's then."""
        async with self.world() as world:
            opened = await self.opened(world)
            reserves = await world.client.ask(world.lending.markets())
            reserve = find(reserves, world.collateral[0])
            assert reserve is not None
            seconds = 200 * 86_400
            await world.pass_time(seconds)
            now = await self.account(world)
            _, action = self.act(world, LendingKind.COLLATERAL_ON, None)
            computed = world.lending.after(
                opened, reserve, action, seconds=seconds, reserves=reserves
            )
            assert now.health is not None
            assert computed.health is not None
            assert now.health < (opened.health or 0)
            assert abs(now.health / computed.health - 1) < _CLOSE * 100  # blocks add seconds

    async def test_the_liquidation_price_is_where_health_is_one(self) -> None:
        """LE-11 Just below it the account can be liquidated, just above it not."""
        async with self.world() as world:
            opened = await self.opened(world)
            price = opened.liquidation_price(world.collateral[0])
            assert price is not None
            await world.set_price(world.collateral[0], price * Decimal("1.0001"))
            above = (await self.account(world)).health
            await world.set_price(world.collateral[0], price * Decimal("0.9999"))
            below = (await self.account(world)).health
            assert above is not None
            assert below is not None
            assert below < 1 < above
            assert above - below < Decimal("0.001")

    async def test_nonsense_is_a_wire_error(self) -> None:
        """LE-12 Whatever a node answers, nothing but WireError comes out."""
        async with self.world() as world:
            reserves = await world.client.ask(world.lending.markets())
            rng = random.Random(1)
            survives(world.lending.markets(), rng)
            survives(world.lending.account(_NOBODY, reserves), rng)
