"""Asks a chain's nodes for a whole block: its transactions, and their receipts by
eth_getBlockReceipts or, where a node has that not, one by one. Reads nothing itself.
"""

from typing import Any

import msgspec

from argosy.dialects.evm.jsonrpc import Ask, hash_of, read_pending
from argosy.dialects.evm.receipts import MOST_TRANSACTIONS, BlockReceipts, read_receipts
from argosy.errors import Unsupported, VenueUnavailable, WireError
from argosy.model import Head, PendingTransaction
from argosy.net.rpc import RpcClient


class WholeBlock(msgspec.Struct, frozen=True, kw_only=True):
    """A block: its transactions in order, and what became of them."""

    transactions: tuple[PendingTransaction, ...]
    receipts: BlockReceipts


class BlockReader:
    """Asks a chain's nodes for what happened in a block."""

    def __init__(self, client: RpcClient) -> None:
        self._client = client
        self._whole = True  # whether the nodes know eth_getBlockReceipts

    async def read(self, head: Head) -> WholeBlock:
        """This very block, whatever the tip is meanwhile.

        Raises:
            VenueUnavailable: the node has no such block (any more): follow the tip again.
            WireError: an answer of another form, or of another block.
            And what RpcClient.batch raises.
        """
        asks = [Ask("eth_getBlockByHash", (head.hash, True))]
        if self._whole:
            asks.append(Ask("eth_getBlockReceipts", (head.hash,)))
        block, *rows = await self._client.batch(asks)
        if rows and isinstance(rows[0], Unsupported):
            self._whole = False
            rows = []
        for told in (block, *rows):
            if isinstance(told, Exception):
                raise told
        transactions = self._transactions(block, head)
        told = rows[0] if rows else await self._one_by_one(transactions)
        return WholeBlock(transactions=transactions, receipts=read_receipts(told, head))

    def _transactions(self, block: Any, head: Head) -> tuple[PendingTransaction, ...]:
        if block is None:
            raise VenueUnavailable(f"{head.chain} has no block {head.hash} any more")
        rows = block.get("transactions") if isinstance(block, dict) else None
        if not isinstance(rows, list) or hash_of(block.get("hash")) != head.hash:
            raise WireError(f"{str(block)[:80]!r} is not block {head.hash}")
        if len(rows) > MOST_TRANSACTIONS:
            raise WireError(f"block {head.number} has more than {MOST_TRANSACTIONS} transactions")
        now_ns = self._client.clock.now_ns()
        return tuple([read_pending(row, head.chain, now_ns) for row in rows])

    async def _one_by_one(self, transactions: tuple[PendingTransaction, ...]) -> list[Any]:
        asks = [Ask("eth_getTransactionReceipt", (each.hash,)) for each in transactions]
        rows = await self._client.batch(asks)
        for row in rows:
            if isinstance(row, Exception):
                raise row
        return rows
