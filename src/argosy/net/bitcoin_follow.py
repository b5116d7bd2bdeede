"""Follows a Bitcoin chain by asking: its tip over reorganisations, its pool of what waits, and the
transfers that are watched. Call `poll` as often as news are wanted.
"""

from collections.abc import Sequence

import msgspec

from argosy.errors import StreamGap
from argosy.model import Head, HeadChanged
from argosy.model.bitcoin import BitcoinEvent, MempoolChanged, WaitingTransaction
from argosy.net.bitcoin import BitcoinClient
from argosy.net.heads import HeadTracker
from argosy.sources.bitcoin.watch import TransferWatch, WatchSettings


class BlockFollower:
    """The tip, by parent hashes alone. The first `poll` tells the tip alone; some blocks below it
    are looked up and not told, so that a reorganisation, or a node that lags, is seen as such.
    """

    def __init__(self, client: BitcoinClient, depth: int = 144, history: int = 6) -> None:
        self.tracker = HeadTracker(client.chain, depth)
        self._client = client
        self._history = min(history, depth - 1)

    async def poll(self) -> HeadChanged | None:
        """Ask for the tip; returns what changed. Raises as HeadTracker.push and `tip` do."""
        tip = await self._client.tip()
        if self.tracker.tip is not None:
            return await self.tracker.push(tip, self._client.head)
        below = [tip]
        while len(below) <= self._history and below[-1].parent:
            parent = await self._client.head(below[-1].parent)
            if parent is None:
                break
            below.append(parent)
        for head in reversed(below):
            await self.tracker.push(head, self._client.head)  # each joins the one before
        return HeadChanged(chain=self._client.chain, added=(tip,))


class MempoolSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of a pool is read and remembered."""

    max_known: int = 300_000  # txids; Bitcoin's pool, full, holds about that many
    max_whole: int = 5_000  # a pool up to this is read whole the first time
    max_told: int = (
        2_000  # entries that are read each time; the rest is counted, and read next time
    )


class MempoolPoller:
    """What came into the pool, and what left it, since it was asked the last time."""

    def __init__(self, client: BitcoinClient, settings: MempoolSettings | None = None) -> None:
        self.settings = settings or MempoolSettings()
        self._client = client
        self._known: set[str] = set()
        self._began = False

    @property
    def known(self) -> frozenset[str]:
        """The txids that were told as waiting, and not as gone."""
        return frozenset(self._known)

    async def poll(self) -> MempoolChanged:
        """Ask. What is over a limit is counted in `untold`, and told later where there is room."""
        if not self._began:
            return await self._first()
        waiting = set(await self._client.mempool_ids())
        removed = tuple(sorted(self._known - waiting))
        room = max(0, self.settings.max_known - len(self._known) + len(removed))
        fresh = sorted(waiting - self._known)
        wanted = fresh[: min(room, self.settings.max_told)]
        added = await self._client.mempool_entries(wanted)
        self._known.difference_update(removed)
        self._known.update(each.txid for each in added)
        return self._changed(added, removed, len(fresh) - len(added))

    async def _first(self) -> MempoolChanged:
        state = await self._client.mempool_state()
        added: Sequence[WaitingTransaction] = ()
        untold = state.count
        if state.count <= self.settings.max_whole:
            told = await self._client.ask(lambda rpc: rpc.mempool())
            added = told[: min(self.settings.max_known, self.settings.max_whole)]
            untold = len(told) - len(added)
        self._began = True
        self._known = {each.txid for each in added}
        return self._changed(added, (), untold)

    def _changed(
        self, added: Sequence[WaitingTransaction], removed: tuple[str, ...], untold: int
    ) -> MempoolChanged:
        return MempoolChanged(
            chain=self._client.chain,
            added=tuple(added),
            removed=removed,
            untold=untold,
            received_ns=self._client.clock.now_ns(),
        )


class TransferFollower:
    """Blocks and what waits, read for the transfers that are watched.

    Blocks are read first. What left the pool is told as removed only at the next look, once the
    blocks of that are read: it may have been mined a moment ago. A look that fails half way is
    taken up again by the next one: nothing is told twice, nothing is left out.
    """

    def __init__(
        self,
        client: BitcoinClient,
        settings: WatchSettings,
        *,
        mempool: MempoolSettings | None = None,
        depth: int = 144,
        max_pending: int = 100_000,
    ) -> None:
        self.watch = TransferWatch(settings)
        self._client = client
        self._blocks = BlockFollower(client, depth)
        self._pool = MempoolPoller(client, mempool)
        self._depth = depth
        self._max_pending = max_pending
        self._pending: list[BitcoinEvent | HeadChanged] = []  # found, and not returned yet
        self._unread: list[Head] = []  # blocks of the chain whose transactions were not read yet
        self._fresh: list[str] = []  # txids that wait, and were not read yet
        self._left: list[str] = []

    async def poll(self) -> list[BitcoinEvent | HeadChanged]:
        """Look. Returns HeadChanged, CoinTransfer and MempoolChanged, in the order to take them.

        Raises as BlockFollower.poll and BitcoinClient.ask do; after StreamGap begin anew, for what
        was told before may be undone.
        """
        change = await self._blocks.poll()
        if change is not None:
            self._take(change)
        await self._read_blocks()
        self._tell(*self.watch.left(self._left, self._client.clock.now_ns()))
        self._left.clear()
        pool = await self._pool.poll()
        if pool.added or pool.removed or pool.untold:
            self._tell(pool)
        self._left += pool.removed
        self._fresh += [each.txid for each in pool.added]
        found = await self._client.transactions(self._fresh)
        waiting = [each for each in found if not each.block_hash]
        for transaction in await self._client.with_spent(waiting):
            self._tell(*self.watch.waits(transaction))
        self._fresh.clear()
        told, self._pending = self._pending, []
        return told

    def _take(self, change: HeadChanged) -> None:
        self._tell(change)
        unread = {each.hash for each in self._unread}
        gone = {each.hash for each in change.dropped}
        for each in change.dropped:
            if each.hash not in unread:
                self._tell(*self.watch.undo(each.hash, self._client.clock.now_ns()))
        self._unread = [each for each in self._unread if each.hash not in gone]
        self._unread += change.added
        if len(self._unread) > self._depth:
            self._unread, lost = [], len(self._unread)
            raise StreamGap(f"{lost} blocks of {self._client.chain} came, and could not be read")

    async def _read_blocks(self) -> None:
        while self._unread:
            block = await self._client.block(self._unread[0].hash)
            if block is None:  # dropped meanwhile: the next look will say so
                return
            self._tell(*self.watch.block(block))
            self._unread.pop(0)

    def _tell(self, *events: BitcoinEvent | HeadChanged) -> None:
        self._pending += events
        if len(self._pending) > self._max_pending:
            self._pending = []
            raise StreamGap(f"more than {self._max_pending} events of {self._client.chain} wait")
