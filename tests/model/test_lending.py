"""Lending values: rates compounded, utilisation, where liquidation is."""

from decimal import Decimal

from msgspec.structs import replace

from argosy.model import LendingAccount, LendingPosition, Reserve
from argosy.model.lending import apy, find

D = Decimal
RESERVE = Reserve(
    asset="0x" + "11" * 20, symbol="WETH", decimals=18, price=D(2_000), ltv=D("0.8"),
    threshold=D("0.825"), bonus=D("0.05"), supply_rate=D("0.01"), borrow_rate=D("0.05"),
    supplied=D(100), borrowed=D(25), liquidity=D(75),
)  # fmt: skip
COLLATERAL = LendingPosition(
    asset=RESERVE.asset, symbol="WETH", decimals=18, price=D(2_000), ltv=D("0.8"),
    threshold=D("0.8"), supplied=D(10), collateral=True,
)  # fmt: skip
DEBT = LendingPosition(
    asset="0x" + "22" * 20, symbol="USDC", decimals=6, price=D(1), ltv=D("0.77"),
    threshold=D("0.8"), borrowed=D(8_000),
)  # fmt: skip


def account(*positions, debt=DEBT.borrowed):
    return LendingAccount(
        owner="0x" + "33" * 20, collateral=D(20_000), debt=debt, available=D(8_000), ltv=D("0.8"),
        threshold=D("0.8"), health=D(2), positions=positions,
    )  # fmt: skip


def test_rates_are_compounded_each_second():
    assert apy(D(0)) == 0
    assert abs(apy(D("0.05")) - D("0.0512710963")) < D("1e-9")  # e ** 0.05 - 1, nearly
    assert RESERVE.supply_apy == apy(D("0.01"))
    assert RESERVE.borrow_apy == apy(D("0.05"))


def test_utilisation_is_what_is_lent_out():
    assert RESERVE.utilisation == D("0.25")
    assert replace(RESERVE, borrowed=D(0), liquidity=D(0)).utilisation == 0


def test_the_liquidation_price_of_collateral_and_of_debt():
    both = account(COLLATERAL, DEBT)
    assert both.liquidation_price("weth") == 1_000  # 10 x 0.8 x 1000 = 8000
    assert both.liquidation_price("USDC") == 2  # 8000 x 2 = 10 x 0.8 x 2000
    assert both.liquidation_price("DAI") is None
    assert account(COLLATERAL, debt=D(0)).liquidation_price("WETH") is None
    unused = account(replace(COLLATERAL, collateral=False), DEBT)
    assert unused.liquidation_price("WETH") is None
    hedged = account(
        COLLATERAL, replace(DEBT, symbol="WETH", asset=COLLATERAL.asset, borrowed=D(1))
    )
    assert hedged.liquidation_price("WETH") is None  # one price moves both alike


def test_sums():
    assert account().loan_to_value == D("0.4")
    assert replace(account(), collateral=D(0)).loan_to_value == 0


def test_positions_and_reserves_are_found_by_name_or_address():
    both = account(COLLATERAL, DEBT)
    assert both.position("WETH") == both.position(COLLATERAL.asset.upper()) == COLLATERAL
    assert both.position("DAI") is None
    assert find((RESERVE,), "weth") == find((RESERVE,), RESERVE.asset) == RESERVE
    assert find((RESERVE,), "dai") is None
