"""An account's sums from its positions, as the pool computes them, and after an action. Pure.

Source: GenericLogic.calculateUserAccountData of @aave/core-v3 1.19.3.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from argosy.dialects.evm.erc20 import tokens, units
from argosy.errors import ConfigError, Unsupported
from argosy.model import (
    LendingAccount,
    LendingAction,
    LendingKind,
    LendingPosition,
    Reserve,
)
from argosy.venues.aave.rays import RAY, compounded, linear, percent_mul, ray_mul, wad_div

PRICE_DIGITS = 8  # of the base currency on every core market
_REPLACE = msgspec.structs.replace
ZERO = Decimal(0)


def _whole(value: Decimal, digits: int) -> int:
    return int(value.scaleb(digits).to_integral_value())


def summed(
    owner: str, positions: Sequence[LendingPosition], emode: int = 0, digits: int = PRICE_DIGITS
) -> LendingAccount:
    """The sums of positions, each cut as the contract cuts it."""
    collateral = debt = weighted_ltv = weighted_threshold = 0
    for each in positions:
        price, unit = _whole(each.price, digits), 10**each.decimals
        threshold = _whole(each.threshold, 4)
        if each.collateral and threshold and each.supplied:
            worth = _whole(each.supplied, each.decimals) * price // unit
            collateral += worth
            weighted_ltv += worth * _whole(each.ltv, 4)
            weighted_threshold += worth * threshold
        if each.borrowed:
            debt += _whole(each.borrowed, each.decimals) * price // unit
    ltv = weighted_ltv // collateral if collateral else 0
    threshold = weighted_threshold // collateral if collateral else 0
    health = wad_div(percent_mul(collateral, threshold), debt) if debt else None
    return LendingAccount(
        owner=owner,
        collateral=tokens(collateral, digits),
        debt=tokens(debt, digits),
        available=tokens(max(0, percent_mul(collateral, ltv) - debt), digits),
        ltv=tokens(ltv, 4),
        threshold=tokens(threshold, 4),
        health=None if health is None else tokens(health, 18),
        positions=tuple(positions),
        emode=emode,
    )


def grown(position: LendingPosition, reserve: Reserve, seconds: int) -> LendingPosition:
    """A position after so much time at the reserve's rates of now."""
    if not seconds:
        return position
    digits = position.decimals
    lent = ray_mul(
        _whole(position.supplied, digits), linear(_whole(reserve.supply_rate, 27), seconds)
    )
    owed = ray_mul(
        _whole(position.borrowed, digits), compounded(_whole(reserve.borrow_rate, 27), seconds)
    )
    return _REPLACE(position, supplied=tokens(lent, digits), borrowed=tokens(owed, digits))


def changed(position: LendingPosition, reserve: Reserve, action: LendingAction) -> LendingPosition:
    """A position after an action.

    Raises:
        ConfigError: the amount is none, or more than is there; the action is not one of an owner.
    """
    kind, amount = action.kind, action.amount
    if amount is not None:
        units(amount, position.decimals, position.symbol)
    if kind is LendingKind.SUPPLY and amount is not None:
        first = not position.supplied and reserve.ltv > 0
        used = position.collateral or (first and reserve.can_be_collateral)
        return _REPLACE(position, supplied=position.supplied + amount, collateral=used)
    if kind is LendingKind.BORROW and amount is not None:
        return _REPLACE(position, borrowed=position.borrowed + amount)
    if kind is LendingKind.WITHDRAW:
        left = position.supplied - (position.supplied if amount is None else amount)
        if left < 0:
            raise ConfigError(
                f"withdraw {amount} {position.symbol}: only {position.supplied} are supplied"
            )
        return _REPLACE(position, supplied=left, collateral=position.collateral and left > 0)
    if kind is LendingKind.REPAY:
        paid = position.borrowed if amount is None else min(amount, position.borrowed)
        return _REPLACE(position, borrowed=position.borrowed - paid)
    if kind in {LendingKind.COLLATERAL_ON, LendingKind.COLLATERAL_OFF}:
        return _REPLACE(position, collateral=kind is LendingKind.COLLATERAL_ON)
    raise ConfigError(f"{kind.value} of {amount} {position.symbol} is nothing that can be done")


def empty(reserve: Reserve) -> LendingPosition:
    """Nothing of a token yet."""
    return LendingPosition(
        asset=reserve.asset,
        symbol=reserve.symbol,
        decimals=reserve.decimals,
        price=reserve.price,
        ltv=reserve.ltv,
        threshold=reserve.threshold,
    )


def after(
    account: LendingAccount,
    reserve: Reserve,
    action: LendingAction,
    seconds: int,
    reserves: Mapping[str, Reserve],
    digits: int = PRICE_DIGITS,
) -> LendingAccount:
    """The account once time has passed and an action is done."""
    if account.emode:
        raise Unsupported(
            f"{account.owner} is in e-mode {account.emode}, whose limits are not computed here"
        )
    positions = {
        each.asset: grown(each, reserves[each.asset], seconds) if seconds else each
        for each in account.positions
    }
    mine = positions.get(reserve.asset, empty(reserve))
    positions[reserve.asset] = changed(mine, reserve, action)
    left = [each for each in positions.values() if each.supplied or each.borrowed]
    return summed(account.owner, left, digits=digits)


def with_interest(owed: int, rate: Decimal, seconds: int) -> int:
    """A debt after so many seconds, in the token's smallest units, rounded up by one."""
    return owed * compounded(_whole(rate, 27), seconds) // RAY + 1
