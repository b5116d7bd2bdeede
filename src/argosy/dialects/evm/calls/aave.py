"""Calls of Aave v3's pool (and forks' the same): supplied, borrowed, repaid, liquidated.

Source: IPool of Aave core v3 1.19.
"""

from typing import Any

from argosy.dialects.evm.calls.entry import Context, Entry
from argosy.model.calls import Allowance, LendingAction


def _supply(values: Any, at: Context) -> None:
    asset, amount, account, *_ = values
    at.add(LendingAction(kind="supply", asset=asset, amount=amount, account=account))


def _supply_permitted(values: Any, at: Context) -> None:
    asset, amount, _, _, deadline, *_ = values
    _allow(at, asset, amount, deadline)
    _supply(values, at)


def _withdraw(values: Any, at: Context) -> None:
    asset, amount, recipient = values
    at.add(LendingAction(kind="withdraw", asset=asset, amount=amount, recipient=recipient))


def _borrow(values: Any, at: Context) -> None:
    asset, amount, _, _, account = values
    at.add(LendingAction(kind="borrow", asset=asset, amount=amount, account=account))


def _repay(values: Any, at: Context) -> None:
    asset, amount, _, *account = values
    whose = account[0] if account else ""
    at.add(LendingAction(kind="repay", asset=asset, amount=amount, account=whose))


def _repay_permitted(values: Any, at: Context) -> None:
    asset, amount, _, _, deadline, *_ = values
    _allow(at, asset, amount, deadline)
    _repay(values, at)


def _allow(at: Context, asset: str, amount: int, deadline: int) -> None:
    at.add(
        Allowance(
            token=asset,
            spender=at.to,
            amount=amount,
            permitted=True,
            by="permit",
            deadline=deadline,
        )
    )


def _collateral(values: Any, at: Context) -> None:
    asset, on = values
    at.add(LendingAction(kind="collateral", asset=asset, on=on))


def _liquidate(values: Any, at: Context) -> None:
    collateral, asset, account, amount, _ = values
    at.add(
        LendingAction(
            kind="liquidate", asset=asset, amount=amount, account=account, collateral=collateral
        )
    )


def _flash_simple(values: Any, at: Context) -> None:
    recipient, asset, amount, *_ = values
    at.add(LendingAction(kind="flash_loan", asset=asset, amount=amount, recipient=recipient))


def _flash(values: Any, at: Context) -> None:
    recipient, assets, amounts, _, account, *_ = values
    for asset, amount in zip(assets, amounts, strict=False):
        at.add(
            LendingAction(
                kind="flash_loan",
                asset=asset,
                amount=amount,
                account=account,
                recipient=recipient,
            )
        )


def _category(values: Any, at: Context) -> None:
    at.add(LendingAction(kind="category", amount=values[0]))


_SIGNED = "uint256,uint8,bytes32,bytes32"

AAVE_CALLS = (
    Entry("617ba037", "supply(address,uint256,address,uint16)", _supply),
    Entry("e8eda9df", "deposit(address,uint256,address,uint16)", _supply),
    Entry(
        "02c205f0",
        f"supplyWithPermit(address,uint256,address,uint16,{_SIGNED})",
        _supply_permitted,
    ),
    Entry("69328dec", "withdraw(address,uint256,address)", _withdraw),
    Entry("a415bcad", "borrow(address,uint256,uint256,uint16,address)", _borrow),
    Entry("573ade81", "repay(address,uint256,uint256,address)", _repay),
    Entry("2dad97d4", "repayWithATokens(address,uint256,uint256)", _repay),
    Entry(
        "ee3e210b",
        f"repayWithPermit(address,uint256,uint256,address,{_SIGNED})",
        _repay_permitted,
    ),
    Entry("5a3b74b9", "setUserUseReserveAsCollateral(address,bool)", _collateral),
    Entry("00a718a9", "liquidationCall(address,address,address,uint256,bool)", _liquidate),
    Entry(
        "42b0b77c",
        "flashLoanSimple(address,address,uint256,bytes,uint16)",
        _flash_simple,
    ),
    Entry(
        "ab9c4b5d",
        "flashLoan(address,address[],uint256[],uint256[],address,bytes,uint16)",
        _flash,
    ),
    Entry("28530a47", "setUserEMode(uint8)", _category),
)
