"""What a call lets go: tokens that leave, permissions that are given, and who receives. Read from
calldata strictly: what is not written exactly as the ABI writes it is no call that we know.

Sources: EIP-20, EIP-721, EIP-1155, Permit2 (AllowanceTransfer); read 2026-11-27.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from argosy.dialects.evm.addresses import ZERO_ADDRESS
from argosy.dialects.evm.functions import SELECTOR_BYTES, Function, decode, encode
from argosy.errors import WireError

NATIVE = ZERO_ADDRESS  # the chain's own currency, in place of a token
EVERY_ITEM = -1  # an allowance for all items of a collection

APPROVE = Function("approve(address,uint256)")
TRANSFER = Function("transfer(address,uint256)")
TRANSFER_FROM = Function("transferFrom(address,address,uint256)")
INCREASE = Function("increaseAllowance(address,uint256)")
DECREASE = Function("decreaseAllowance(address,uint256)")
APPROVE_ALL = Function("setApprovalForAll(address,bool)")
SAFE_TRANSFER = Function("safeTransferFrom(address,address,uint256)")
SAFE_TRANSFER_DATA = Function("safeTransferFrom(address,address,uint256,bytes)")
SAFE_TRANSFER_MANY = Function("safeTransferFrom(address,address,uint256,uint256,bytes)")
SAFE_BATCH = Function("safeBatchTransferFrom(address,address,uint256[],uint256[],bytes)")
PERMIT = Function("permit(address,address,uint256,uint256,uint8,bytes32,bytes32)")
DEPOSIT, WITHDRAW = Function("deposit()"), Function("withdraw(uint256)")
PERMIT2_APPROVE = Function("approve(address,address,uint160,uint48)")

_TOKENS = (
    APPROVE, TRANSFER, TRANSFER_FROM, INCREASE, DECREASE, APPROVE_ALL, SAFE_TRANSFER,
    SAFE_TRANSFER_DATA, SAFE_TRANSFER_MANY, SAFE_BATCH, PERMIT,
)  # fmt: skip


class Allowance(msgspec.Struct, frozen=True, kw_only=True):
    """A permission for somebody to take a token of ours."""

    token: str
    spender: str
    amount: int  # EVERY_ITEM: all there are
    expires_s: int | None = None  # None: it does not end by itself


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """What a call lets go. Addresses in lower case, amounts in smallest units, at most."""

    words: str
    spends: tuple[tuple[str, int], ...] = ()  # (token or NATIVE, amount)
    allowances: tuple[Allowance, ...] = ()
    receivers: tuple[str, ...] = ()  # who gets what leaves, or what comes out of it


def exactly(function: Function, call: bytes) -> tuple[Any, ...]:
    """A call's arguments. Raises WireError where it is not written just so."""
    values = function.arguments(call)
    return _same(values, function.types, call[SELECTOR_BYTES:], function.name)


def exact_values(types: Sequence[str], data: bytes, what: str) -> tuple[Any, ...]:
    """Values of an encoding. Raises WireError where it is not written just so."""
    return _same(decode(types, data), types, data, what)


def _same(values: tuple[Any, ...], types: Sequence[str], data: bytes, what: str) -> tuple[Any, ...]:
    try:
        again = encode(types, values)
    except ValueError as e:
        raise WireError(f"{what}: {e}") from e
    if again != data:  # dirty bits, overlapping parts, something behind: read otherwise by others
        raise WireError(f"{what}: its arguments are not written as the ABI writes them")
    return values


def token_call(owner: str, token: str, call: bytes) -> Outgoing | None:
    """A call of a token, or of a collection of items; None: it is none of theirs.

    Raises:
        WireError: it is one, and malformed.
    """
    head = call[:SELECTOR_BYTES]
    function = next((each for each in _TOKENS if each.selector == head), None)
    if function is None:
        return None
    values = exactly(function, call)
    if function in {APPROVE, INCREASE, APPROVE_ALL}:
        spender, amount = values
        if function is APPROVE_ALL:
            amount = EVERY_ITEM if amount else 0
        given = Allowance(token=token, spender=spender, amount=amount)
        return Outgoing(words=f"{function.name} to {spender}", allowances=(given,))
    if function is DECREASE:
        return Outgoing(words="decreaseAllowance")
    if function is PERMIT:
        given = Allowance(token=token, spender=values[1], amount=values[2], expires_s=values[3])
        return Outgoing(words=f"permit to {values[1]}", allowances=(given,))
    if function is TRANSFER:
        return _moved(function, token, owner, owner, *values)
    if function is SAFE_TRANSFER_MANY:
        return _moved(function, token, owner, values[0], values[1], values[3])
    if function is SAFE_BATCH:
        return _moved(function, token, owner, values[0], values[1], sum(values[3]))
    return _moved(function, token, owner, *values[:3])


def _moved(
    function: Function, token: str, owner: str, source: str, receiver: str, amount: int
) -> Outgoing:
    return Outgoing(
        words=f"{function.name} to {receiver}",
        spends=((token, amount),) if source == owner else (),
        receivers=(receiver,),
    )


def wrapper_call(call: bytes) -> Outgoing | None:
    """Wrapping and unwrapping the chain's own currency, which stays ours; None: another call."""
    if call == DEPOSIT.selector:
        return Outgoing(words="wrap")
    if call[:SELECTOR_BYTES] == WITHDRAW.selector:
        exactly(WITHDRAW, call)
        return Outgoing(words="unwrap")
    return None


def permit2_call(call: bytes) -> Outgoing:
    """A call of Permit2. Raises WireError for all but giving a permission."""
    token, spender, amount, expires_s = exactly(PERMIT2_APPROVE, call)
    given = Allowance(token=token, spender=spender, amount=amount, expires_s=expires_s)
    return Outgoing(words=f"Permit2 approve to {spender}", allowances=(given,))
