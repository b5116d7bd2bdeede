"""Calls of Permit2: allowances with an end, by call or by signature, and transfers under them.

Source: IAllowanceTransfer, ISignatureTransfer.
"""

from typing import Any

from argosy.dialects.evm.calls.entry import Context, Entry
from argosy.model.calls import Allowance, Note, TokenTransfer

DETAILS = "(address,uint160,uint48,uint48)"  # token, amount, expiration, nonce
SINGLE = f"({DETAILS},address,uint256)"  # details, spender, deadline of the signature
BATCH = f"({DETAILS}[],address,uint256)"
TRANSFER = "(address,address,uint160,address)"  # from, to, amount, token


def permitted(details: Any, spender: str, owner: str, at: Context) -> None:
    """Add an allowance that a signature gives."""
    token, amount, expiration, _ = details
    at.add(
        Allowance(
            token=token,
            spender=spender,
            amount=amount,
            owner=owner,
            permitted=True,
            by="permit2",
            deadline=expiration,
        )
    )


def moved(details: Any, at: Context) -> None:
    """Add a transfer under an allowance."""
    sender, recipient, amount, token = details
    at.add(TokenTransfer(token=token, sender=sender, recipient=recipient, amount=amount))


def _approve(values: Any, at: Context) -> None:
    token, spender, amount, expiration = values
    at.add(
        Allowance(token=token, spender=spender, amount=amount, by="permit2", deadline=expiration)
    )


def _permit(values: Any, at: Context) -> None:
    owner, (details, spender, _), _ = values
    permitted(details, spender, owner, at)


def _permit_batch(values: Any, at: Context) -> None:
    owner, (many, spender, _), _ = values
    for details in many:
        permitted(details, spender, owner, at)


def _move(values: Any, at: Context) -> None:
    moved(values, at)


def _move_batch(values: Any, at: Context) -> None:
    for details in values[0]:
        moved(details, at)


def _signed_move(values: Any, at: Context) -> None:
    ((token, _), _, _), (recipient, amount), owner, *_ = values
    at.add(TokenTransfer(token=token, sender=owner, recipient=recipient, amount=amount))


def _signed_moves(values: Any, at: Context) -> None:
    (allowed, _, _), wanted, owner, *_ = values
    for (token, _), (recipient, amount) in zip(allowed, wanted, strict=False):
        at.add(TokenTransfer(token=token, sender=owner, recipient=recipient, amount=amount))


def _lockdown(values: Any, at: Context) -> None:
    for token, spender in values[0]:
        at.add(Allowance(token=token, spender=spender, amount=0, by="permit2"))


def _nonces(values: Any, at: Context) -> None:
    token, _, nonce = values
    at.add(Note(what="signatures up to this nonce count no more", contract=token, number=nonce))


_FROM = "(address,uint256)"
_WITNESS = "address,bytes32,string,bytes"

PERMIT2_CALLS = (
    Entry("87517c45", "approve(address,address,uint160,uint48)", _approve),
    Entry("2b67b570", f"permit(address,{SINGLE},bytes)", _permit),
    Entry("2a2d80d1", f"permit(address,{BATCH},bytes)", _permit_batch),
    Entry("36c78516", "transferFrom(address,address,uint160,address)", _move),
    Entry("0d58b1db", f"transferFrom({TRANSFER}[])", _move_batch),
    Entry(
        "30f28b7a",
        f"permitTransferFrom(({_FROM},uint256,uint256),(address,uint256),address,bytes)",
        _signed_move,
    ),
    Entry(
        "edd9444b",
        f"permitTransferFrom(({_FROM}[],uint256,uint256),(address,uint256)[],address,bytes)",
        _signed_moves,
    ),
    Entry(
        "137c29fe",
        f"permitWitnessTransferFrom(({_FROM},uint256,uint256),(address,uint256),{_WITNESS})",
        _signed_move,
    ),
    Entry(
        "fe8ec1a7",
        f"permitWitnessTransferFrom(({_FROM}[],uint256,uint256),(address,uint256)[],{_WITNESS})",
        _signed_moves,
    ),
    Entry("cc53287f", "lockdown((address,address)[])", _lockdown),
    Entry("65d9723c", "invalidateNonces(address,address,uint48)", _nonces),
)
