"""Aave v3's market: its reserves, an account, what can be done, and what happened. Sends nothing.

Source: https://aave.com/docs/aave-v3/smart-contracts/view-contracts and .../pool (2026-11-27).
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from argosy.dialects.evm.erc20 import BALANCE_OF, permissions, tokens, units
from argosy.errors import ConfigError, Reverted, WireError
from argosy.model import (
    ContractCall,
    LendingAccount,
    LendingAction,
    LendingEvent,
    LendingKind,
    Log,
    Reserve,
)
from argosy.ports import Approval, Deed, Reading
from argosy.venues.aave import errors, sums, wire
from argosy.venues.aave.positions import read_positions

_MOST_RESERVES = 128  # the contract's own limit
_A_DAY_S = 86_400
_CAN = {
    LendingKind.SUPPLY: "supply {} to Aave v3",
    LendingKind.WITHDRAW: "withdraw {} from Aave v3",
    LendingKind.BORROW: "borrow {} from Aave v3 at the variable rate",
    LendingKind.REPAY: "repay {} to Aave v3",
    LendingKind.COLLATERAL_ON: "use {} as collateral on Aave v3",
    LendingKind.COLLATERAL_OFF: "no longer use {} as collateral on Aave v3",
}
_PER_RESERVE = 6  # questions for each reserve


class AaveLending:
    """One chain's market. `contracts` has `pool`, and `provider` or both of `data` and `oracle`."""

    def __init__(self, contracts: Mapping[str, str]) -> None:
        self._contracts = {role: address.lower() for role, address in contracts.items()}
        if "pool" not in self._contracts:
            raise ConfigError("Aave needs the address of its pool")
        if not {"data", "oracle"} <= self._contracts.keys() and "provider" not in self._contracts:
            raise ConfigError("Aave needs its addresses provider, or data provider and oracle")
        self._pool = self._contracts["pool"]

    def explain(self, error: Reverted) -> Reverted:
        """A refusal in words."""
        return errors.explain(error)

    # --- reading ----------------------------------------------------------------------------------

    def markets(self) -> Reading[tuple[Reserve, ...]]:
        """Every reserve. Data provider and oracle are asked for first where they are not given."""
        return self._located(self._listed)

    def _located(self, then: Any) -> Reading[Any]:
        """A reading that begins with where data provider and oracle are today."""
        known = self._contracts
        if {"data", "oracle"} <= known.keys():
            return then(known["data"], known["oracle"])  # type: ignore[no-any-return]
        provider = known["provider"]
        calls = (
            ContractCall(to=provider, data=wire.DATA_PROVIDER.data()),
            ContractCall(to=provider, data=wire.PRICE_ORACLE.data()),
        )

        def read(told: Sequence[Any]) -> tuple[str, str]:
            return str(wire.DATA_PROVIDER.one(told[0])), str(wire.PRICE_ORACLE.one(told[1]))

        return Reading(calls, read, lambda where: then(*where))

    def _listed(self, data: str, oracle: str) -> Reading[Any]:
        calls = (
            ContractCall(to=data, data=wire.ALL_RESERVES.data()),
            ContractCall(to=oracle, data=wire.PRICE_UNIT.data()),
        )

        def read(told: Sequence[Any]) -> tuple[list[tuple[str, str]], int]:
            listed = wire.ALL_RESERVES.one(told[0])
            unit = wire.PRICE_UNIT.one(told[1])
            if len(listed) > _MOST_RESERVES or unit <= 0:
                raise WireError(f"{len(listed)} reserves, priced in units of 1/{unit}")
            return [(str(symbol), str(asset)) for symbol, asset in listed], unit

        return Reading(calls, read, lambda found: self._reserves(data, oracle, *found))

    def _reserves(
        self, data: str, oracle: str, listed: Sequence[tuple[str, str]], unit: int
    ) -> Reading[Any]:
        """Everything of each, in three steps: the third needs the supply tokens of the second."""
        assets = [asset for _, asset in listed]
        asked = (
            wire.CONFIGURATION,
            wire.CAPS,
            wire.PAUSED,
            wire.RESERVE_DATA,
            wire.RESERVE_TOKENS,
        )
        prices = ContractCall(to=oracle, data=wire.ASSET_PRICES.data(assets))
        calls = tuple(
            ContractCall(to=data, data=each.data(asset)) for asset in assets for each in asked
        )

        def read(told: Sequence[Any]) -> list[Any]:
            found = wire.ASSET_PRICES.one(told[0])
            if len(found) != len(assets):
                raise WireError(f"{len(found)} prices for {len(assets)} tokens")
            rows = []
            for number, (symbol, asset) in enumerate(listed):
                at = 1 + number * len(asked)
                parts = [each.read(told[at + n]) for n, each in enumerate(asked)]
                rows.append((symbol, asset, found[number], parts))
            return rows

        return Reading((prices, *calls), read, lambda rows: _liquid(rows, unit))

    def account(self, owner: str, reserves: Sequence[Reserve]) -> Reading[LendingAccount]:
        """An account's sums as the pool tells them, and its positions."""
        owner = owner.lower()
        return self._located(
            lambda data, oracle: read_positions(self._pool, data, oracle, owner, reserves)
        )

    # --- acting -----------------------------------------------------------------------------------

    def act(self, account: LendingAccount, reserve: Reserve, action: LendingAction) -> Deed:
        """The transaction of an action."""
        kind, owner, asset = action.kind, account.owner.lower(), reserve.asset
        if kind not in _CAN:
            raise ConfigError(f"{kind.value} is nothing that an owner does")
        everything = action.amount is None
        if everything and kind in {LendingKind.SUPPLY, LendingKind.BORROW}:
            raise ConfigError(f"how much {reserve.symbol} to {kind.value}? an amount is needed")
        amount = (
            wire.ALL
            if action.amount is None
            else units(action.amount, reserve.decimals, reserve.symbol)
        )
        approvals: tuple[Approval, ...] = ()
        spends = 0
        if kind is LendingKind.SUPPLY:
            data = wire.SUPPLY.data(asset, amount, owner, wire.NO_REFERRAL)
            spends = amount
        elif kind is LendingKind.WITHDRAW:
            data = wire.WITHDRAW.data(asset, amount, owner)
        elif kind is LendingKind.BORROW:
            data = wire.BORROW.data(asset, amount, wire.VARIABLE, wire.NO_REFERRAL, owner)
        elif kind is LendingKind.REPAY:
            data = wire.REPAY.data(asset, amount, wire.VARIABLE, owner)
            spends = self._owed(account, reserve) if everything else amount
        else:
            data = wire.USE_AS_COLLATERAL.data(asset, kind is LendingKind.COLLATERAL_ON)
        if spends:
            approvals = permissions(asset, owner, self._pool, spends)
        switch = kind in {LendingKind.COLLATERAL_ON, LendingKind.COLLATERAL_OFF}
        what = f"{'all' if everything else action.amount} {reserve.symbol}"
        return Deed(
            call=ContractCall(to=self._pool, data=data, sender=owner),
            words=_CAN[kind].format(reserve.symbol if switch else what),
            approvals=approvals,
            spends=((asset, spends),) if spends else (),
        )

    @staticmethod
    def _owed(account: LendingAccount, reserve: Reserve) -> int:
        """What repaying all can take: the debt, and interest while it waits for up to a day."""
        position = account.position(reserve.asset)
        if position is None or not position.borrowed:
            raise ConfigError(f"nothing is owed of {reserve.symbol}")
        owed = units(position.borrowed, reserve.decimals, reserve.symbol)
        return sums.with_interest(owed, reserve.borrow_rate, _A_DAY_S)

    def after(
        self,
        account: LendingAccount,
        reserve: Reserve,
        action: LendingAction,
        *,
        seconds: int = 0,
        reserves: Sequence[Reserve] = (),
    ) -> LendingAccount:
        """The account after an action, to the unit but for interest that is rounded twice."""
        known = {each.asset: each for each in (*reserves, reserve)}
        return sums.after(account, reserve, action, seconds, known)

    def events(self, logs: Sequence[Log]) -> tuple[LendingEvent, ...]:
        """What the pool's logs tell."""
        found = (wire.EVENTS.read(log) for log in logs if log.address == self._pool)
        return tuple(each for each in found if each is not None)


def _liquid(rows: Sequence[Any], unit: int) -> Reading[tuple[Reserve, ...]]:
    """The last step: what the supply tokens hold, and all of it as values."""
    calls = tuple(
        ContractCall(to=asset, data=BALANCE_OF.data(parts[4][0])) for _, asset, _, parts in rows
    )

    def read(told: Sequence[Any]) -> tuple[Reserve, ...]:
        return tuple(
            _reserve(row, BALANCE_OF.one(answer), unit)
            for row, answer in zip(rows, told, strict=True)
        )

    return Reading(calls, read)


def _reserve(row: Any, liquidity: int, unit: int) -> Reserve:
    symbol, asset, price, (settings, caps, paused, data, addresses) = row
    decimals, ltv, threshold, bonus, factor, collateral, borrowing, _, active, frozen = settings
    if decimals > 77 or max(ltv, threshold, bonus, factor) >= 1 << 16:
        raise WireError(f"{symbol}: settings are {settings}")
    return Reserve(
        asset=asset.lower(),
        symbol=symbol,
        decimals=decimals,
        price=Decimal(price) / unit,
        ltv=tokens(ltv, 4),
        threshold=tokens(threshold, 4),
        bonus=tokens(max(0, bonus - 10_000), 4),
        reserve_factor=tokens(factor, 4),
        supply_rate=tokens(data[5], 27),
        borrow_rate=tokens(data[6], 27),
        supplied=tokens(data[2], decimals),
        borrowed=tokens(data[3] + data[4], decimals),
        liquidity=tokens(liquidity, decimals),
        supply_cap=Decimal(caps[1]) if caps[1] else None,
        borrow_cap=Decimal(caps[0]) if caps[0] else None,
        can_be_collateral=collateral,
        can_be_borrowed=borrowing,
        active=active,
        frozen=frozen,
        paused=paused[0],
        supply_token=addresses[0].lower(),
        debt_token=addresses[2].lower(),
        supply_index=data[9],
        borrow_index=data[10],
        updated_s=data[11],
    )
