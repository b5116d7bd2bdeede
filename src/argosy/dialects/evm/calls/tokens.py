"""Calls of tokens: ERC-20 and its permits, ERC-721 and ERC-1155, the wrapper of the chain's coin.

Source: EIP-20, EIP-721, EIP-1155, EIP-2612, the contracts of Dai and WETH9. `transferFrom` and
`approve` are the same of ERC-20 and ERC-721: the amount may be an id.
"""

from typing import Any

from argosy.dialects.evm.calls.entry import Context, Entry
from argosy.model.calls import EVERYTHING, NATIVE, Allowance, Note, TokenTransfer, Wrap


def _transfer(values: Any, at: Context) -> None:
    recipient, amount = values
    at.add(TokenTransfer(token=at.to, recipient=recipient, amount=amount))


def _transfer_from(values: Any, at: Context) -> None:
    sender, recipient, amount = values
    at.add(TokenTransfer(token=at.to, sender=sender, recipient=recipient, amount=amount))


def _approve(values: Any, at: Context) -> None:
    spender, amount = values
    at.add(Allowance(token=at.to, spender=spender, amount=amount))


def _increase(values: Any, at: Context) -> None:
    spender, amount = values
    at.add(Allowance(token=at.to, spender=spender, amount=amount, by="increaseAllowance"))


def _permit(values: Any, at: Context) -> None:
    owner, spender, amount, deadline, *_ = values
    at.add(
        Allowance(
            token=at.to,
            spender=spender,
            amount=amount,
            owner=owner,
            permitted=True,
            by="permit",
            deadline=deadline,
        )
    )


def _permit_all(values: Any, at: Context) -> None:
    owner, spender, _, deadline, allowed, *_ = values
    at.add(
        Allowance(
            token=at.to,
            spender=spender,
            amount=EVERYTHING if allowed else 0,
            owner=owner,
            permitted=True,
            by="permit",
            deadline=deadline,
        )
    )


def _approve_all(values: Any, at: Context) -> None:
    spender, allowed = values
    at.add(
        Allowance(
            token=at.to,
            spender=spender,
            amount=EVERYTHING if allowed else 0,
            everything=allowed,
            by="setApprovalForAll",
        )
    )


def _nft(values: Any, at: Context) -> None:
    sender, recipient, token_id, *_ = values
    at.add(
        TokenTransfer(token=at.to, sender=sender, recipient=recipient, amount=1, token_id=token_id)
    )


def _nft_many(values: Any, at: Context) -> None:
    sender, recipient, token_id, amount, _ = values
    at.add(
        TokenTransfer(
            token=at.to, sender=sender, recipient=recipient, amount=amount, token_id=token_id
        )
    )


def _wrap(values: Any, at: Context) -> None:  # noqa: ARG001 - it has none
    at.add(Wrap(wrap=True, amount=at.value, token=at.to))


def _unwrap(values: Any, at: Context) -> None:
    at.add(Wrap(wrap=False, amount=values[0], token=at.to))


def _burn(values: Any, at: Context) -> None:
    """Of a token so many units, of a contract of positions the one with this id: who knows."""
    at.add(Note(what="burn", contract=at.to, number=values[0]))


TOKEN_CALLS = (
    Entry("a9059cbb", "transfer(address,uint256)", _transfer),
    Entry("23b872dd", "transferFrom(address,address,uint256)", _transfer_from),
    Entry("095ea7b3", "approve(address,uint256)", _approve),
    Entry("39509351", "increaseAllowance(address,uint256)", _increase),
    Entry(
        "d505accf",
        "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)",
        _permit,
    ),
    Entry(
        "8fcbaf0c",
        "permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32)",
        _permit_all,
    ),
    Entry("a22cb465", "setApprovalForAll(address,bool)", _approve_all),
    Entry("42842e0e", "safeTransferFrom(address,address,uint256)", _nft),
    Entry("b88d4fde", "safeTransferFrom(address,address,uint256,bytes)", _nft),
    Entry("f242432a", "safeTransferFrom(address,address,uint256,uint256,bytes)", _nft_many),
    Entry("d0e30db0", "deposit()", _wrap),
    Entry("2e1a7d4d", "withdraw(uint256)", _unwrap),
    Entry("42966c68", "burn(uint256)", _burn),
)


def coin(to: str, value: int) -> TokenTransfer:
    """A plain payment of the chain's coin."""
    return TokenTransfer(token=NATIVE, recipient=to, amount=value)
