"""Follows a chain's tip, and notices when blocks that were there are not any more. Believes nothing
but parent hashes: nodes that reorganise need not say so.
"""

from collections.abc import Awaitable, Callable

from argosy.dialects.evm.jsonrpc import read_head
from argosy.errors import StreamGap, WireError
from argosy.model import Head, HeadChanged
from argosy.net.rpc import RpcClient


class HeadTracker:
    """The last `depth` blocks as one chain. Pure: `fetch` finds a block by its hash.

    A reorganisation deeper than that cannot be told block by block: then `push` raises StreamGap
    and begins anew, and whatever was read from this chain must be read again.
    """

    def __init__(self, chain: str, depth: int = 128) -> None:
        self.chain = chain
        self.depth = depth
        self._blocks: list[Head] = []  # oldest first, each the parent of the next

    @property
    def tip(self) -> Head | None:
        """The newest block; None before the first."""
        return self._blocks[-1] if self._blocks else None

    def at(self, number: int) -> Head | None:
        """The block of this number in the chain as it is now, if it is remembered."""
        if not self._blocks or not 0 <= number - self._blocks[0].number < len(self._blocks):
            return None
        return self._blocks[number - self._blocks[0].number]

    def confirmations(self, number: int, block_hash: str) -> int:
        """How many blocks stand on this one, itself included; 0: it is not part of the chain."""
        block = self.at(number)
        if block is None or block.hash != block_hash:
            return 0
        return self._blocks[-1].number - number + 1

    async def push(
        self, head: Head, fetch: Callable[[str], Awaitable[Head | None]]
    ) -> HeadChanged | None:
        """A node says that this is its tip. Returns what changed; None where it is known already.

        Blocks between are fetched by their hashes. A tip that is lower than ours and part of our
        chain is a node that lags, and changes nothing.

        Raises:
            StreamGap: it is not joined to what we know; the tracker begins anew from it.
            WireError: a block's parent has not the number before it.
        """
        if not self._blocks:
            self._blocks = [head]
            return HeadChanged(chain=self.chain, added=(head,))
        if self._knows(head):
            return None
        branch = [head]
        while not self._knows_hash(branch[-1].number - 1, branch[-1].parent):
            parent = None
            if len(branch) <= self.depth and branch[-1].number > 0:
                parent = await fetch(branch[-1].parent)
            if parent is None:
                self._blocks = [head]
                raise StreamGap(f"block {head.number} of {self.chain} is joined to none we know")
            if parent.number != branch[-1].number - 1 or parent.hash != branch[-1].parent:
                raise WireError(f"the parent of block {branch[-1].number} is told to be another")
            branch.append(parent)
        keep = branch[-1].number - self._blocks[0].number
        dropped = tuple(reversed(self._blocks[keep:]))
        added = tuple(reversed(branch))
        self._blocks = [*self._blocks[:keep], *added][-self.depth :]
        return HeadChanged(chain=self.chain, added=added, dropped=dropped)

    def _knows(self, head: Head) -> bool:
        return self._knows_hash(head.number, head.hash)

    def _knows_hash(self, number: int, block_hash: str) -> bool:
        block = self.at(number)
        return block is not None and block.hash == block_hash


class HeadFollower:
    """A tracker that asks a chain's nodes. Call `poll` as often as blocks come, or after each head
    that a stream told.
    """

    def __init__(self, client: RpcClient, depth: int = 128) -> None:
        self.tracker = HeadTracker(client.chain, depth)
        self._client = client

    async def poll(self) -> HeadChanged | None:
        """Ask for the tip; returns what changed. Raises as HeadTracker.push, RpcClient.call do."""
        told = await self._client.call("eth_getBlockByNumber", "latest", False)
        return await self.tracker.push(self._read(told), self._fetch)

    async def _fetch(self, block_hash: str) -> Head | None:
        told = await self._client.call("eth_getBlockByHash", block_hash, False)
        return None if told is None else self._read(told)

    def _read(self, told: object) -> Head:
        return read_head(told, self._client.chain, self._client.clock.now_ns())
