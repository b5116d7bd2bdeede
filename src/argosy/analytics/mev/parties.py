"""Whether two transactions are the same party's, and which. Pure.

The same signer is the same party. So is the same contract, unless many use it: a router says
nothing about who calls it. Which those are is told, and seen where a block's others use it too.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Protocol


class Acted(Protocol):
    """A trade or a move of liquidity."""

    @property
    def sender(self) -> str:
        """Who signed."""
        ...

    @property
    def contract(self) -> str:
        """What was called."""
        ...


_SHARED_BY = 3  # signers of one block that make a contract one that many use


def shared_contracts(acts: Iterable[Acted], known: Collection[str] = ()) -> frozenset[str]:
    """The contracts that say nothing about who calls them."""
    callers: dict[str, set[str]] = defaultdict(set)
    for act in acts:
        callers[act.contract].add(act.sender)
    crowded = {contract for contract, who in callers.items() if len(who) >= _SHARED_BY}
    return frozenset(crowded) | frozenset(known)


def party(one: Acted, other: Acted, shared: frozenset[str]) -> str:
    """Who did both: the signer, or the contract that both went through; empty: two parties."""
    if one.sender == other.sender:
        return one.sender
    if one.contract == other.contract and one.contract not in shared:
        return one.contract
    return ""


def is_of(act: Acted, who: str) -> bool:
    """Whether something was done by this party."""
    return who in {act.sender, act.contract}
