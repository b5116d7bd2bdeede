"""What transactions wanted to swap that came to nothing: those that were reverted, or that wait.
They have no logs; what is told is what their calldata asked for. Pure.
"""

from collections.abc import Collection, Iterable, Sequence

from argosy.dialects.evm.calldata import read_call
from argosy.errors import WireError
from argosy.model import PendingTransaction
from argosy.model.calls import Swap
from argosy.model.trades import WishedSwap

_ALL = 1 << 255  # an amount from here on means all that a router holds
_MOST = 2_000  # of a block, or of what waits
_NOWHERE = -1


def reverted_swaps(
    transactions: Sequence[PendingTransaction], failed: Collection[str]
) -> list[WishedSwap]:
    """Of a block's transactions, in order, what those in `failed` wanted of one pool."""
    found: list[WishedSwap] = []
    for position, each in enumerate(transactions):
        if each.hash in failed:
            found += _wished(each, position)
    return found[:_MOST]


def waiting_swaps(
    waiting: Iterable[PendingTransaction], senders: Collection[str]
) -> list[WishedSwap]:
    """What those of `senders` want of one pool and have not got yet."""
    found: list[WishedSwap] = []
    for each in waiting:
        if each.sender in senders:
            found += _wished(each, _NOWHERE)
    return found[:_MOST]


def _wished(transaction: PendingTransaction, position: int) -> list[WishedSwap]:
    try:
        call = read_call(transaction.to, transaction.data, transaction.value)
    except WireError:
        return []  # anybody may send anything
    return [
        WishedSwap(
            transaction=transaction.hash,
            position=position,
            sender=transaction.sender,
            contract=transaction.to,
            protocol=swap.protocol,
            given=swap.path[0],
            taken=swap.path[1],
            amount_in=swap.amount if swap.exact_in else swap.limit,
            amount_out=swap.limit if swap.exact_in else swap.amount,
        )
        for swap in call.actions
        if isinstance(swap, Swap) and len(swap.path) == 2 and 0 < swap.amount < _ALL
    ]
