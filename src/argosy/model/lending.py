"""Lending: what a pool of loans offers, what an account has in it, and what happened. Values only.

Amounts are Decimals in the token's own unit, prices and sums in the market's base currency (USD on
Aave). Rates are fractions a year as the protocol counts them (an APR); `apy` compounds them.
"""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum

import msgspec

SECONDS_A_YEAR = 31_536_000  # as Aave counts: 365 days

ONE = Decimal(1)


def apy(apr: Decimal) -> Decimal:
    """What a rate a year comes to when it is compounded every second.

    (1 + APR / seconds) ** seconds - 1. Source: https://aave.com/docs/aave-v3 (2026-11-27).
    """
    return (ONE + apr / SECONDS_A_YEAR) ** SECONDS_A_YEAR - ONE


class Reserve(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One token of a lending market."""

    asset: str  # the token's address, lower case
    symbol: str
    decimals: int
    price: Decimal  # the market's own oracle, base currency a token
    ltv: Decimal  # of its worth, how much can be borrowed against it
    threshold: Decimal  # of its worth, how much may be owed before a liquidation
    bonus: Decimal  # what a liquidator gets above the worth: 0.05 is 5 %
    supply_rate: Decimal  # APR
    borrow_rate: Decimal  # APR, variable
    supplied: Decimal
    borrowed: Decimal
    liquidity: Decimal  # what can be withdrawn or borrowed now
    supply_cap: Decimal | None = None  # tokens; None: none
    borrow_cap: Decimal | None = None
    reserve_factor: Decimal = Decimal(0)  # of the borrowers' interest, the protocol's part
    can_be_collateral: bool = False
    can_be_borrowed: bool = False
    active: bool = True
    frozen: bool = False  # nothing new: withdraw and repay only
    paused: bool = False
    supply_token: str = ""  # the token that stands for what was supplied
    debt_token: str = ""
    supply_index: int = 0  # in rays (1e27): how a unit supplied at the start has grown
    borrow_index: int = 0
    updated_s: int = 0  # when the indices were last written, seconds since 1970

    @property
    def utilisation(self) -> Decimal:
        """How much of what was supplied is lent out: 0 to 1."""
        whole = self.liquidity + self.borrowed
        return self.borrowed / whole if whole else Decimal(0)

    @property
    def supply_apy(self) -> Decimal:
        """The supply rate, compounded."""
        return apy(self.supply_rate)

    @property
    def borrow_apy(self) -> Decimal:
        """The borrow rate, compounded."""
        return apy(self.borrow_rate)


class LendingPosition(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an account has and owes of one token, interest included."""

    asset: str
    symbol: str
    decimals: int
    price: Decimal
    ltv: Decimal
    threshold: Decimal
    supplied: Decimal = Decimal(0)
    borrowed: Decimal = Decimal(0)
    collateral: bool = False  # whether what is supplied secures loans
    supply_interest: Decimal = Decimal(0)  # since the account last moved this supply
    borrow_interest: Decimal = Decimal(0)  # since the account last moved this debt


class LendingAccount(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An account in one lending market. Sums are in the base currency."""

    owner: str
    collateral: Decimal
    debt: Decimal
    available: Decimal  # what could still be borrowed
    ltv: Decimal  # of the collateral, how much can be borrowed
    threshold: Decimal  # of the collateral, how much may be owed
    health: Decimal | None  # below 1 it can be liquidated; None: nothing is owed
    positions: tuple[LendingPosition, ...] = ()
    emode: int = 0  # category of higher limits for like assets; 0: none

    @property
    def loan_to_value(self) -> Decimal:
        """What is owed over the collateral; 0 without collateral."""
        return self.debt / self.collateral if self.collateral else Decimal(0)

    def position(self, asset: str) -> LendingPosition | None:
        """The position in a token, by address or symbol."""
        for each in self.positions:
            if asset in {each.asset, each.symbol} or asset.lower() == each.asset:
                return each
        return None

    def liquidation_price(self, asset: str) -> Decimal | None:
        """At which price of one token the health factor is 1, all other prices as they are.

        None where no price of it alone does that. A price above today's is of a token that is owed.
        """
        fixed, moving = Decimal(0), Decimal(0)
        for each in self.positions:
            secured = each.supplied * each.threshold if each.collateral else Decimal(0)
            net = secured - each.borrowed
            if asset.lower() in {each.asset, each.symbol.lower()}:
                moving += net
            else:
                fixed += net * each.price
        if not moving or not self.debt:
            return None
        price = -fixed / moving
        return price if price > 0 else None


class LendingKind(StrEnum):
    """What can be done with a lending market, and what can be done to one."""

    SUPPLY = "supply"
    WITHDRAW = "withdraw"
    BORROW = "borrow"
    REPAY = "repay"
    COLLATERAL_ON = "collateral_on"
    COLLATERAL_OFF = "collateral_off"
    LIQUIDATION = "liquidation"


class LendingAction(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One wanted change. `amount` None: all of it (withdraw and repay only)."""

    kind: LendingKind
    asset: str
    amount: Decimal | None = None


class LendingEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that happened in a market, in the token's smallest units."""

    kind: LendingKind
    asset: str  # of a liquidation: the debt that was paid
    user: str  # whose position it is
    amount: int = 0
    by: str = ""  # who did it or got it, where that is another one
    collateral_asset: str = ""  # of a liquidation
    collateral_amount: int = 0
    rate: Decimal | None = None  # of a new loan: its APR


def find(reserves: Sequence[Reserve], name: str) -> Reserve | None:
    """A reserve by its symbol (any case) or address."""
    wanted = name.lower()
    for each in reserves:
        if wanted in {each.asset, each.symbol.lower()}:
            return each
    return None
