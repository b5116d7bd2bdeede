"""An account in an Aave market: the pool's own sums, and each position with its interest.

Source: https://aave.com/docs/aave-v3/smart-contracts/pool, getUserAccountData (2026-11-27).
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from argosy.dialects.evm.erc20 import tokens
from argosy.errors import WireError
from argosy.model import ContractCall, LendingAccount, LendingPosition, Reserve
from argosy.ports import Reading
from argosy.venues.aave import wire
from argosy.venues.aave.rays import ray_div, ray_mul

_NO_DEBT = (1 << 256) - 1  # the health factor of who owes nothing


def read_positions(
    pool: str, data: str, oracle: str, owner: str, reserves: Sequence[Reserve]
) -> Reading[Any]:
    """The account; `then` asks for the interest of what there is."""
    assets = [each.asset for each in reserves]
    calls = (
        ContractCall(to=pool, data=wire.ACCOUNT_DATA.data(owner)),
        ContractCall(to=pool, data=wire.EMODE.data(owner)),
        ContractCall(to=oracle, data=wire.ASSET_PRICES.data(assets)),
        ContractCall(to=oracle, data=wire.PRICE_UNIT.data()),
        *(ContractCall(to=data, data=wire.USER_RESERVE.data(each, owner)) for each in assets),
    )

    def read(told: Sequence[Any]) -> LendingAccount:
        prices, unit = wire.ASSET_PRICES.one(told[2]), wire.PRICE_UNIT.one(told[3])
        if len(prices) != len(assets) or unit <= 0:
            raise WireError(f"{len(prices)} prices for {len(assets)} tokens, in 1/{unit}")
        positions = []
        for reserve, price, answer in zip(reserves, prices, told[4:], strict=True):
            lent, stable, owed, *_, used = wire.USER_RESERVE.read(answer)
            if lent or stable or owed:
                positions.append(
                    LendingPosition(
                        asset=reserve.asset,
                        symbol=reserve.symbol,
                        decimals=reserve.decimals,
                        price=Decimal(price) / unit,
                        ltv=reserve.ltv,
                        threshold=reserve.threshold,
                        supplied=tokens(lent, reserve.decimals),
                        borrowed=tokens(stable + owed, reserve.decimals),
                        collateral=used,
                    )
                )
        return _account(owner, wire.ACCOUNT_DATA.read(told[0]), unit, positions, told[1])

    def then(account: LendingAccount) -> Reading[LendingAccount] | None:
        known = {each.asset: each for each in reserves}
        return _interest(pool, account, known) if account.positions else None

    return Reading(calls, read, then)


def _account(
    owner: str, sums: Sequence[int], unit: int, positions: Sequence[LendingPosition], emode: str
) -> LendingAccount:
    collateral, debt, available, threshold, ltv, health = sums
    return LendingAccount(
        owner=owner,
        collateral=Decimal(collateral) / unit,
        debt=Decimal(debt) / unit,
        available=Decimal(available) / unit,
        ltv=tokens(ltv, 4),
        threshold=tokens(threshold, 4),
        health=None if health == _NO_DEBT else tokens(health, 18),
        positions=tuple(positions),
        emode=wire.EMODE.one(emode),
    )


def _interest(
    pool: str, account: LendingAccount, reserves: dict[str, Reserve]
) -> Reading[LendingAccount]:
    """What each position gained since its owner last moved it: scaled amount times both indices."""
    owner = account.owner
    calls = []
    for each in account.positions:
        reserve = reserves[each.asset]
        calls += [
            ContractCall(to=pool, data=wire.INCOME_INDEX.data(each.asset)),
            ContractCall(to=pool, data=wire.DEBT_INDEX.data(each.asset)),
            ContractCall(to=reserve.supply_token, data=wire.PREVIOUS_INDEX.data(owner)),
            ContractCall(to=reserve.debt_token, data=wire.PREVIOUS_INDEX.data(owner)),
        ]

    def read(told: Sequence[Any]) -> LendingAccount:
        positions = []
        for number, each in enumerate(account.positions):
            income, debt, lent_at, owed_at = (
                wire.INCOME_INDEX.one(answer) for answer in told[number * 4 : number * 4 + 4]
            )
            positions.append(
                msgspec.structs.replace(
                    each,
                    supply_interest=_gained(each.supplied, each.decimals, income, lent_at),
                    borrow_interest=_gained(each.borrowed, each.decimals, debt, owed_at),
                )
            )
        return msgspec.structs.replace(account, positions=tuple(positions))

    return Reading(tuple(calls), read)


def _gained(amount: Decimal, decimals: int, index: int, before: int) -> Decimal:
    if not amount or not index or not before:
        return Decimal(0)
    whole = int(amount.scaleb(decimals))
    principal = ray_mul(ray_div(whole, index), before)
    return tokens(max(0, whole - principal), decimals)
