"""Aave beyond the contract: where it stands, limits that are reached, liquidations, its words."""

from decimal import Decimal

import msgspec
import pytest

from argosy.dialects.evm.functions import Function
from argosy.errors import ConfigError, Reverted, Unsupported, WireError
from argosy.model import LendingAction, LendingKind, Reserve
from argosy.model.lending import apy, find
from argosy.venues import catalog
from argosy.venues.aave import errors, sums
from argosy.venues.aave.market import AaveLending
from argosy.venues.aave.rays import RAY, compounded, linear
from venues.aave.test_contract import aave
from venues.chains import client, set_price

D = Decimal


async def opened(it, lending, supplied="10", borrowed="15000"):
    """The desk with WETH supplied and USDC borrowed; returns (reserves, account)."""
    reserves = await it.ask(lending.markets())
    me = it.sender.address
    for number, (kind, symbol, amount) in enumerate(
        ((LendingKind.SUPPLY, "WETH", supplied), (LendingKind.BORROW, "USDC", borrowed))
    ):
        account = await it.ask(lending.account(me, reserves))
        reserve = find(reserves, symbol)
        action = LendingAction(kind=kind, asset=symbol, amount=D(amount))
        await it.do(lending.act(account, reserve, action), id_=f"open-{number}")
    return reserves, await it.ask(lending.account(me, reserves))


async def refusal(it, lending, kind, symbol, amount, **call):
    """How an action of the desk is refused."""
    reserves = await it.ask(lending.markets())
    account = await it.ask(lending.account(it.sender.address, reserves))
    action = LendingAction(kind=kind, asset=symbol, amount=D(amount))
    deed = lending.act(account, find(reserves, symbol), action)
    with pytest.raises(Reverted) as caught:
        await it.do(msgspec.structs.replace(deed, **call), id_=f"{kind.value}-{amount}")
    return lending.explain(caught.value)


async def test_it_finds_its_contracts_by_the_addresses_provider(evm):
    contracts = evm.layout.contracts
    given = aave(evm, data=contracts["aave.data"], oracle=contracts["aave.oracle"])
    async with client(evm) as it:
        reserves = await it.ask(given.markets())
        assert await it.ask(aave(evm).markets()) == reserves
        assert [each.symbol for each in reserves] == list(evm.layout.tokens)
        whale = evm.layout.accounts["whale_a"]
        assert await it.ask(aave(evm).account(whale, reserves)) == await it.ask(
            given.account(whale.upper().replace("X", "x"), reserves)
        )


def test_it_says_which_contracts_it_needs():
    with pytest.raises(ConfigError, match="pool"):
        AaveLending({})
    with pytest.raises(ConfigError, match="provider"):
        AaveLending({"pool": "0x" + "11" * 20, "data": "0x" + "11" * 20})


def test_it_knows_five_chains_and_says_so_of_others():
    assert set(catalog.venue("aave").contracts) == {1, 10, 137, 8453, 42161}
    assert catalog.on_chain("aave", 8453).lending is not None
    assert catalog.load("aave").lending is not None
    with pytest.raises(ConfigError, match=r"aave is not known on chain 5; known: 1, 10"):
        catalog.on_chain("aave", 5)


async def test_sums_of_positions_are_the_pools(evm):
    with evm.undone():
        async with client(evm) as it:
            reserves, account = await opened(it, aave(evm), "7.123456789", "1234.567891")
            whale = await it.ask(aave(evm).account(evm.layout.accounts["whale_a"], reserves))
            for each in (account, whale):
                computed = sums.summed(each.owner, each.positions)
                assert computed == each


async def test_caps_and_frozen_reserves_are_told_in_words(evm):
    owner = evm.layout.accounts["deployer"]
    configure = evm.contract("aave.configurator")
    weth, usdc = (evm.layout.tokens[symbol].address for symbol in ("WETH", "USDC"))
    lending = aave(evm)
    with evm.undone():
        async with client(evm) as it:
            await opened(it, lending)
            configure.send(owner, "setSupplyCap", weth, 1_400)
            configure.send(owner, "setBorrowCap", usdc, 515_001)
            reserves = await it.ask(lending.markets())
            assert find(reserves, "WETH").supply_cap == 1_400
            assert find(reserves, "USDC").borrow_cap == 515_001
            said = await refusal(it, lending, LendingKind.SUPPLY, "WETH", "100")
            assert (said.venue, said.code) == ("aave", "SUPPLY_CAP_EXCEEDED")
            assert "supplied of this token in all" in str(said)
            said = await refusal(it, lending, LendingKind.BORROW, "USDC", "100")
            assert said.code == "BORROW_CAP_EXCEEDED"
            configure.send(owner, "setReserveFreeze", weth, True)
            said = await refusal(it, lending, LendingKind.SUPPLY, "WETH", "1")
            assert said.code == "RESERVE_FROZEN"
            configure.send(owner, "setReservePause", usdc, True)
            said = await refusal(it, lending, LendingKind.REPAY, "USDC", "1")
            assert said.code == "RESERVE_PAUSED"
            reserves = await it.ask(lending.markets())
            assert find(reserves, "WETH").frozen
            assert find(reserves, "USDC").paused


async def test_what_a_token_refuses_is_told_in_words(evm):
    with evm.undone():
        async with client(evm) as it:
            said = await refusal(it, aave(evm), LendingKind.SUPPLY, "USDC", "1", approvals=())
            assert said.code == "ALLOWANCE"
            assert "approve it first" in str(said)
            said = await refusal(it, aave(evm), LendingKind.SUPPLY, "USDC", "999000000")
            assert said.code == "BALANCE"
            said = await refusal(it, aave(evm), LendingKind.REPAY, "USDC", "1")
            assert said.code == "NO_DEBT_OF_SELECTED_TYPE"
            said = await refusal(it, aave(evm), LendingKind.WITHDRAW, "WETH", "1")
            assert said.code == "NOT_ENOUGH_AVAILABLE_USER_BALANCE"


async def test_a_liquidation_is_read_from_its_logs(evm):
    pool, usdc, weth = (
        evm.layout.contracts[label] for label in ("aave.pool", "token.USDC", "token.WETH")
    )
    lending, rival = aave(evm), evm.layout.accounts["rival"]
    with evm.undone():
        async with client(evm) as it, client(evm, "rival") as other:
            reserves, account = await opened(it, lending)
            set_price(evm, "WETH", account.liquidation_price("WETH") * D("0.98"))
            evm.contract("token.USDC").send(rival, "approve", pool, 2**255)
            call = Function("liquidationCall(address,address,address,uint256,bool)")
            deed = lending.act(
                account,
                find(reserves, "USDC"),
                LendingAction(kind=LendingKind.BORROW, asset="USDC", amount=D(1)),
            )
            data = call.data(weth, usdc, account.owner, 2 * 10**9, False)
            done = await other.do(
                msgspec.structs.replace(
                    deed, call=msgspec.structs.replace(deed.call, data=data, sender=rival)
                ),
                id_="liquidate",
            )
            (event,) = (
                each for each in lending.events(done.logs) if each.kind is LendingKind.LIQUIDATION
            )
            assert (event.user, event.by) == (account.owner, rival)
            assert (event.asset, event.amount, event.collateral_asset) == (usdc, 2 * 10**9, weth)
            assert event.collateral_amount > 0
            said = lending.explain(await not_liquidated(other, deed, call, weth, usdc, account))
            assert said.code == "HEALTH_FACTOR_NOT_BELOW_THRESHOLD"


async def not_liquidated(other, deed, call, weth, usdc, account):
    data = call.data(weth, usdc, "0x" + "11" * 20, 1, False)
    sender = other.sender.address
    wrong = msgspec.structs.replace(deed.call, data=data, sender=sender)
    with pytest.raises(Reverted) as caught:
        await other.do(msgspec.structs.replace(deed, call=wrong), id_="too-soon")
    return caught.value


# What aggregators of selectors list for releases since 3.4: seen on the chains themselves.
@pytest.mark.parametrize(
    ("selector", "code"),
    [
        ("0x6679996d", "HealthFactorLowerThanLiquidationThreshold"),
        ("0x47bc4b2c", "NotEnoughAvailableUserBalance"),
        ("0x930bb771", "HealthFactorNotBelowThreshold"),
    ],
)
def test_custom_errors_of_newer_releases_are_known(selector, code):
    said = errors.explain(Reverted("execution reverted", data=selector))
    assert said.code == code
    assert len(str(said).split()) > 4


def test_a_refusal_that_is_not_known_stays_as_it_was():
    for data in ("", "0x", "0x12345678", "nonsense", "0x08c379a0" + "ff" * 40):
        error = Reverted("as the node said", data=data)
        assert errors.explain(error) is error


def test_an_account_in_e_mode_is_not_computed():
    reserve = Reserve(
        asset="0x" + "11" * 20, symbol="X", decimals=18, price=D(1), ltv=D("0.5"),
        threshold=D("0.6"), bonus=D("0.05"), supply_rate=D(0), borrow_rate=D(0), supplied=D(1),
        borrowed=D(0), liquidity=D(1),
    )  # fmt: skip
    account = msgspec.structs.replace(sums.summed("0x" + "22" * 20, ()), emode=1)
    action = LendingAction(kind=LendingKind.SUPPLY, asset="X", amount=D(1))
    lending = AaveLending({"pool": "0x" + "11" * 20, "provider": "0x" + "11" * 20})
    with pytest.raises(Unsupported, match="e-mode 1"):
        lending.after(account, reserve, action)
    plain = msgspec.structs.replace(account, emode=0)
    everything = LendingAction(kind=LendingKind.WITHDRAW, asset="X", amount=D(1))
    with pytest.raises(ConfigError, match="only 0 are supplied"):
        lending.after(plain, reserve, everything)
    for kind in (LendingKind.LIQUIDATION, LendingKind.BORROW):
        with pytest.raises(ConfigError):
            lending.act(plain, reserve, LendingAction(kind=kind, asset="X"))
    with pytest.raises(ConfigError, match="nothing is owed"):
        lending.act(plain, reserve, LendingAction(kind=LendingKind.REPAY, asset="X"))


def test_interest_is_simple_for_suppliers_and_compounds_for_borrowers():
    rate, year = RAY // 10, 31_536_000
    assert linear(rate, year) == RAY + rate
    exact = (1 + D("0.1") / year) ** year
    assert abs(D(compounded(rate, year)) / RAY / exact - 1) < D("1e-5")  # three terms of it
    assert compounded(rate, 0) == RAY
    assert compounded(rate, 1) == RAY + rate // year
    assert apy(D("0.1")) == exact - 1
    assert apy(D(0)) == 0


async def test_another_contract_at_the_address_is_told(evm):
    weth = evm.layout.contracts["token.WETH"]
    wrong = AaveLending({"pool": weth, "data": "0x" + "99" * 20, "oracle": weth})
    async with client(evm) as it:
        with pytest.raises((WireError, Reverted)):
            await it.ask(wrong.markets())
