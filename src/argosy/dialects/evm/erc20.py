"""Tokens: amounts in their unit, balances, and permissions to take them. ERC-20 and ERC-721.

Sources: EIP-20, EIP-721; that Tether's approve refuses to change a permission that is not 0:
https://etherscan.io/token/0xdac17f958d2ee523a2206206994597c13d831ec7#code (read 2026-11-27).
"""

from decimal import ROUND_DOWN, Decimal

from argosy.dialects.evm.functions import Function
from argosy.errors import ConfigError, WireError
from argosy.model import ContractCall
from argosy.model.money import PRECISION_DIGITS
from argosy.ports import Approval, Reading

BALANCE_OF = Function("balanceOf(address)", "uint256")
ALLOWANCE = Function("allowance(address,address)", "uint256")
APPROVE = Function("approve(address,uint256)")  # what it returns differs; nothing is read
OWNER_OF = Function("ownerOf(uint256)", "address")
APPROVED_FOR_ALL = Function("isApprovedForAll(address,address)", "bool")
APPROVE_FOR_ALL = Function("setApprovalForAll(address,bool)")
_MOST = 10**PRECISION_DIGITS
_FROM_NOTHING = {"0xdac17f958d2ee523a2206206994597c13d831ec7"}  # Tether on mainnet


def units(amount: Decimal, decimals: int, symbol: str) -> int:
    """An amount in the token's smallest unit.

    Raises:
        ConfigError: it is not above 0, finer than the token, or more than any token has.
    """
    if amount.is_finite() and amount.adjusted() + decimals >= PRECISION_DIGITS:
        raise ConfigError(f"amount is {amount:.6g} {symbol}, more than any token has")
    scaled = amount.scaleb(decimals) if amount.is_finite() else Decimal(0)
    if scaled <= 0 or scaled != scaled.to_integral_value(ROUND_DOWN):
        raise ConfigError(
            f"amount is {amount} {symbol}; a number above 0 with at most {decimals} digits"
            " after the point is needed"
        )
    return int(scaled)


def tokens(amount: int, decimals: int) -> Decimal:
    """So many smallest units in the token's own unit, exactly. Raises WireError for what is more
    than any token has, which could not be computed with exactly.
    """
    if amount >= _MOST:
        raise WireError(f"an amount of {amount} units, more than any token has")
    return Decimal(amount).scaleb(-decimals)


def permissions(
    token: str, owner: str, spender: str, amount: int, *, grant: int = 0
) -> tuple[Approval, ...]:
    """What lets `spender` take `amount` of a token: one approval, two where the token wants the old
    one taken back first. `grant`: approve so much at once, where it has to be done at all.
    """
    asked = ContractCall(to=token, data=ALLOWANCE.data(owner, spender))

    def approval(value: int, needed: Reading[bool]) -> Approval:
        call = ContractCall(to=token, data=APPROVE.data(spender, value), sender=owner)
        return Approval(call=call, needed=needed, token=token, spender=spender, amount=value)

    short = Reading((asked,), lambda told: ALLOWANCE.one(str(told[0])) < amount)
    wanted = approval(grant or amount, short)
    if token not in _FROM_NOTHING:
        return (wanted,)
    stale = Reading((asked,), lambda told: 0 < ALLOWANCE.one(str(told[0])) < amount)
    return (approval(0, stale), wanted)


def permission_for_all(collection: str, owner: str, operator: str) -> Approval:
    """What lets `operator` move every token that `owner` has of a collection."""
    asked = ContractCall(to=collection, data=APPROVED_FOR_ALL.data(owner, operator))
    return Approval(
        call=ContractCall(to=collection, data=APPROVE_FOR_ALL.data(operator, True), sender=owner),
        needed=Reading((asked,), lambda told: not APPROVED_FOR_ALL.one(str(told[0]))),
        token=collection,
        spender=operator,
        amount=1,
    )
