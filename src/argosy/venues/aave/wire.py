"""Aave v3's contracts: functions and events, one to one with its sources.

Sources: https://aave.com/docs/aave-v3/smart-contracts (pool, view contracts), read 2026-11-27; the
interfaces of @aave/core-v3 1.19.3. The stable rate is gone since 3.2; its fields are 0 there.
"""

from decimal import Decimal

from argosy.dialects.evm.functions import Function
from argosy.dialects.evm.logs import Events, Layout
from argosy.model import LendingEvent, LendingKind

VARIABLE = 2  # interest rate mode
ALL = (1 << 256) - 1  # withdraw and repay: everything
RAY = 10**27
NO_REFERRAL = 0

# Addresses provider.
DATA_PROVIDER = Function("getPoolDataProvider()", "address")
PRICE_ORACLE = Function("getPriceOracle()", "address")

# Data provider.
ALL_RESERVES = Function("getAllReservesTokens()", "(string,address)[]")
CONFIGURATION = Function(
    "getReserveConfigurationData(address)",
    "uint256",  # decimals
    "uint256",  # ltv, basis points
    "uint256",  # liquidation threshold, basis points
    "uint256",  # liquidation bonus, basis points, 10 500 is 5 %
    "uint256",  # reserve factor, basis points
    "bool",  # usage as collateral enabled
    "bool",  # borrowing enabled
    "bool",  # stable rate enabled
    "bool",  # active
    "bool",  # frozen
)
CAPS = Function("getReserveCaps(address)", "uint256", "uint256")  # borrow, supply: whole tokens
PAUSED = Function("getPaused(address)", "bool")
RESERVE_DATA = Function(
    "getReserveData(address)",
    "uint256",  # unbacked
    "uint256",  # accrued to treasury, scaled
    "uint256",  # supplied in all
    "uint256",  # stable debt
    "uint256",  # variable debt
    "uint256",  # liquidity rate, ray
    "uint256",  # variable borrow rate, ray
    "uint256",  # stable borrow rate
    "uint256",  # average stable borrow rate
    "uint256",  # liquidity index, ray
    "uint256",  # variable borrow index, ray
    "uint40",  # last update, seconds
)
RESERVE_TOKENS = Function("getReserveTokensAddresses(address)", "address", "address", "address")
USER_RESERVE = Function(
    "getUserReserveData(address,address)",
    "uint256",  # supplied, with interest
    "uint256",  # stable debt
    "uint256",  # variable debt, with interest
    "uint256",  # principal of the stable debt
    "uint256",  # scaled variable debt
    "uint256",  # stable rate
    "uint256",  # liquidity rate
    "uint40",  # stable rate last updated
    "bool",  # used as collateral
)

# Oracle.
ASSET_PRICES = Function("getAssetsPrices(address[])", "uint256[]")
PRICE_UNIT = Function("BASE_CURRENCY_UNIT()", "uint256")

# Pool.
ACCOUNT_DATA = Function("getUserAccountData(address)", *(["uint256"] * 6))
EMODE = Function("getUserEMode(address)", "uint256")
INCOME_INDEX = Function("getReserveNormalizedIncome(address)", "uint256")
DEBT_INDEX = Function("getReserveNormalizedVariableDebt(address)", "uint256")
SUPPLY = Function("supply(address,uint256,address,uint16)")
WITHDRAW = Function("withdraw(address,uint256,address)", "uint256")
BORROW = Function("borrow(address,uint256,uint256,uint16,address)")
REPAY = Function("repay(address,uint256,uint256,address)", "uint256")
USE_AS_COLLATERAL = Function("setUserUseReserveAsCollateral(address,bool)")

# Supply and debt tokens: the index when the holder last moved any.
PREVIOUS_INDEX = Function("getPreviousIndex(address)", "uint256")


def _other(who: str, user: str) -> str:
    return "" if who == user else who


def _supplied(
    reserve: str,
    user: str,
    behalf: str,
    amount: int,
    referral: int,  # noqa: ARG001
) -> LendingEvent:
    return LendingEvent(
        kind=LendingKind.SUPPLY,
        asset=reserve,
        user=behalf,
        amount=amount,
        by=_other(user, behalf),
    )


def _withdrawn(reserve: str, user: str, to: str, amount: int) -> LendingEvent:
    return LendingEvent(
        kind=LendingKind.WITHDRAW, asset=reserve, user=user, amount=amount, by=_other(to, user)
    )


def _borrowed(
    reserve: str,
    user: str,
    behalf: str,
    amount: int,
    mode: int,  # noqa: ARG001
    rate: int,
    referral: int,  # noqa: ARG001
) -> LendingEvent:
    return LendingEvent(
        kind=LendingKind.BORROW,
        asset=reserve,
        user=behalf,
        amount=amount,
        by=_other(user, behalf),
        rate=Decimal(rate).scaleb(-27),
    )


def _repaid(
    reserve: str,
    user: str,
    repayer: str,
    amount: int,
    by_supply: int,  # noqa: ARG001
) -> LendingEvent:
    return LendingEvent(
        kind=LendingKind.REPAY,
        asset=reserve,
        user=user,
        amount=amount,
        by=_other(repayer, user),
    )


def _liquidated(
    collateral: str,
    debt: str,
    user: str,
    covered: int,
    seized: int,
    liquidator: str,
    as_supply: int,  # noqa: ARG001
) -> LendingEvent:
    return LendingEvent(
        kind=LendingKind.LIQUIDATION,
        asset=debt,
        user=user,
        amount=covered,
        by=liquidator,
        collateral_asset=collateral,
        collateral_amount=seized,
    )


def _secures(reserve: str, user: str) -> LendingEvent:
    return LendingEvent(kind=LendingKind.COLLATERAL_ON, asset=reserve, user=user)


def _secures_no_more(reserve: str, user: str) -> LendingEvent:
    return LendingEvent(kind=LendingKind.COLLATERAL_OFF, asset=reserve, user=user)


EVENTS = Events(
    Layout(
        "Supply",
        _supplied,
        (
            ("reserve", "address", True),
            ("user", "address", False),
            ("behalf", "address", True),
            ("amount", "uint256", False),
            ("referral", "uint16", True),
        ),
    ),
    Layout(
        "Withdraw",
        _withdrawn,
        (
            ("reserve", "address", True),
            ("user", "address", True),
            ("to", "address", True),
            ("amount", "uint256", False),
        ),
    ),
    Layout(
        "Borrow",
        _borrowed,
        (
            ("reserve", "address", True),
            ("user", "address", False),
            ("behalf", "address", True),
            ("amount", "uint256", False),
            ("mode", "uint8", False),
            ("rate", "uint256", False),
            ("referral", "uint16", True),
        ),
    ),
    Layout(
        "Repay",
        _repaid,
        (
            ("reserve", "address", True),
            ("user", "address", True),
            ("repayer", "address", True),
            ("amount", "uint256", False),
            ("by_supply", "bool", False),
        ),
    ),
    Layout(
        "LiquidationCall",
        _liquidated,
        (
            ("collateral", "address", True),
            ("debt", "address", True),
            ("user", "address", True),
            ("covered", "uint256", False),
            ("seized", "uint256", False),
            ("liquidator", "address", False),
            ("as_supply", "bool", False),
        ),
    ),
    Layout(
        "ReserveUsedAsCollateralEnabled",
        _secures,
        (("reserve", "address", True), ("user", "address", True)),
    ),
    Layout(
        "ReserveUsedAsCollateralDisabled",
        _secures_no_more,
        (("reserve", "address", True), ("user", "address", True)),
    ),
)
