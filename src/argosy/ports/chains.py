"""Contracts: questions to them, and changes that we want of them, as values. Sends nothing."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import msgspec

from argosy.errors import ArgosyError
from argosy.model import ContractCall

T = TypeVar("T")


class Reading(msgspec.Struct, Generic[T], frozen=True):
    """Questions to contracts, and what their answers mean. All are asked of one block.

    `read` gets as many answers as there are calls, in their order: 0x hex, or the exception that a
    call came to where `partial`. It returns the value, or raises WireError and what `partial`
    answers hold. `then` is asked with the value once there is one: the reading that it leads to,
    whose value counts, or None.
    """

    calls: tuple[ContractCall, ...]
    read: Callable[[Sequence[str | ArgosyError]], T]
    then: "Callable[[T], Reading[T] | None] | None" = None
    partial: bool = False  # a call that fails is an answer; else it ends the reading


class Deed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A change of a contract's state that we want: one transaction, and what must be true before.

    `approvals` are calls that let a contract take tokens (ERC-20 approve and the like), each with
    the reading that says whether it is needed; they are transactions of their own, sent before.
    `words` say what it does, for people and for the audit: "supply 10 WETH to Aave v3".
    """

    call: ContractCall
    words: str
    approvals: tuple["Approval", ...] = ()
    spends: tuple[tuple[str, int], ...] = ()  # (token address, most units) that leave us by it


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """A permission to take `amount` of a token, and how to see whether it is there already."""

    call: ContractCall
    needed: Reading[bool]
    token: str
    spender: str
    amount: int
