"""A block's receipts as JSON-RPC has them. Only WireError, or VenueUnavailable for a block that the
node has no more, comes out of reading. Source: Ethereum JSON-RPC, eth_getBlockReceipts.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from argosy.dialects.evm.jsonrpc import hash_of, quantity
from argosy.dialects.evm.logs import Log
from argosy.dialects.evm.trades import Receipt
from argosy.errors import VenueUnavailable, WireError
from argosy.model import Head

MOST_TRANSACTIONS = 20_000  # of a block


class BlockReceipts(msgspec.Struct, frozen=True, kw_only=True):
    """A block's receipts in order; of those that failed, the logs are empty."""

    head: Head
    receipts: tuple[Receipt, ...]
    failed: frozenset[str] = frozenset()  # transactions that were reverted


class _Told(msgspec.Struct, rename="camel"):
    transaction_hash: str
    transaction_index: str
    block_hash: str
    from_: str = msgspec.field(name="from")
    to: str | None = None
    status: str | None = None
    effective_gas_price: str | None = None
    logs: tuple[Log, ...] = ()


def read_receipts(told: Any, head: Head) -> BlockReceipts:
    """Receipts as JSON-RPC has them. Raises as BlockReader.read."""
    if told is None or (isinstance(told, list) and None in told):
        raise VenueUnavailable(f"{head.chain} has no receipts of block {head.hash}")
    try:
        rows = msgspec.convert(told, list[_Told])
    except msgspec.ValidationError as e:
        raise WireError(f"no receipts of block {head.number}: {e}") from e
    if len(rows) > MOST_TRANSACTIONS:
        raise WireError(f"block {head.number} has more than {MOST_TRANSACTIONS} transactions")
    return BlockReceipts(
        head=head,
        receipts=tuple(_receipt(row, head) for row in rows),
        failed=frozenset(row.transaction_hash.lower() for row in rows if row.status == "0x0"),
    )


def _receipt(row: _Told, head: Head) -> Receipt:
    if row.block_hash.lower() != head.hash:
        raise WireError(f"a receipt of block {row.block_hash[:80]} for block {head.hash}")
    price = quantity(row.effective_gas_price or "0x0")
    return Receipt(
        transaction=hash_of(row.transaction_hash),
        position=quantity(row.transaction_index),
        sender=row.from_.lower(),
        contract=(row.to or "").lower(),
        priority_fee=max(0, price - head.base_fee),
        logs=_in_order(row.logs),
    )


def _in_order(logs: Sequence[Log]) -> tuple[Log, ...]:
    for log in logs:
        log.place()  # raises where it has none
    return tuple(sorted(logs, key=Log.place))
