"""Asks a chain's nodes for a block's receipts: by eth_getBlockReceipts, where a node has it not one
by one. Reads nothing itself.
"""

from argosy.dialects.evm.jsonrpc import Ask, hash_of
from argosy.dialects.evm.receipts import BlockReceipts, read_receipts
from argosy.errors import Unsupported, VenueUnavailable
from argosy.model import Head
from argosy.net.rpc import RpcClient


class BlockReader:
    """Asks a chain's nodes for what happened in a block."""

    def __init__(self, client: RpcClient) -> None:
        self._client = client
        self._whole = True  # whether the nodes know eth_getBlockReceipts

    async def read(self, head: Head) -> BlockReceipts:
        """The receipts of this very block, whatever the tip is meanwhile.

        Raises:
            VenueUnavailable: the node has no such block (any more): follow the tip again.
            WireError: an answer of another form, or of another block.
            And what RpcClient.call raises.
        """
        if self._whole:
            try:
                told = await self._client.call("eth_getBlockReceipts", head.hash)
                return read_receipts(told, head)
            except Unsupported:
                self._whole = False
        block = await self._client.call("eth_getBlockByHash", head.hash, False)
        if not isinstance(block, dict) or not isinstance(block.get("transactions"), list):
            raise VenueUnavailable(f"{head.chain} has no block {head.hash} any more")
        hashes = [hash_of(each) for each in block["transactions"]]
        asks = [Ask("eth_getTransactionReceipt", (each,)) for each in hashes]
        rows = await self._client.batch(asks)
        for row in rows:
            if isinstance(row, Exception):
                raise row
        return read_receipts(rows, head)
