"""Transfers of tokens out of a block's logs. Source: EIP-20; logs of ERC-721 have one topic more,
and are left out.
"""

from collections.abc import Iterable
from typing import NamedTuple

from argosy.dialects.evm.logs import Events, Layout, Log
from argosy.errors import WireError


class Transfer(NamedTuple):
    """Tokens that moved, in smallest units."""

    token: str
    sender: str
    recipient: str
    amount: int
    transaction: str
    place: int  # of its log in the block


class _Event(NamedTuple):
    sender: str
    recipient: str
    amount: int


TRANSFERS = Events(
    Layout(
        "Transfer",
        _Event,
        [
            ("sender", "address", True),
            ("recipient", "address", True),
            ("amount", "uint256", False),
        ],
    )
)


def read_transfers(logs: Iterable[Log]) -> list[Transfer]:
    """The transfers among logs; what only looks like one is left out."""
    found = []
    for log in logs:
        try:
            event = TRANSFERS.read(log)
            place = log.place()[1]
        except WireError:
            continue
        if event is not None:
            found.append(
                Transfer(
                    token=log.address.lower(),
                    sender=event.sender,
                    recipient=event.recipient,
                    amount=event.amount,
                    transaction=(log.transaction_hash or "").lower(),
                    place=place,
                )
            )
    return found
