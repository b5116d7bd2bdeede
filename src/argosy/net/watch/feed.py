"""Watches a chain live: waiting transactions decoded as they come, their fates, what blocks bring.
Reorganisations undo what was told. Streams where the node has them, else questions now and then.
"""

import asyncio
import contextlib
import random
from collections import OrderedDict, deque
from collections.abc import Callable

import msgspec

from argosy.dialects.evm.jsonrpc import Ask, read_pending
from argosy.errors import ArgosyError, StreamGap, Unsupported, VenueUnavailable, WireError
from argosy.model import Head, HeadChanged, Instrument, Nanos, PendingTransaction
from argosy.model.time import SECOND
from argosy.net.blocks import WholeBlock
from argosy.net.feed import FeedRunner, FeedSettings
from argosy.net.heads import HeadFollower
from argosy.net.rpc import RpcClient
from argosy.net.rpc_stream import ChainSession, Watch
from argosy.net.watch.events import BlockUndone, BlockWatched, WatchEvent, WatchGap
from argosy.net.watch.lens import BlockLens, LensSettings
from argosy.net.watch.mempool import MOST_WAITING, Mempool, Mined
from argosy.ports import BookShelf, BookView, Event, FeedPlan
from argosy.venues.catalog import Endpoints, FeedLimits

_BLOCKS_KEPT = 128
_TRIES, _PAUSE_S = 3, 0.25  # of reading a block
_SILENT_HEADS_S = 5.0  # the tip is asked for as often even where a stream tells heads


class WatchSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How a chain is watched."""

    pending: bool = True  # also what waits
    blocks: bool = True  # also what blocks bring
    whole: bool = True  # ask streams for whole transactions; else, and of nodes that refuse, hashes
    poll_s: float = 1.0  # how often a node without streams is asked
    batch_s: float = 0.02  # how long hashes gather before their transactions are asked for
    drop_after_s: float = 60.0  # after so long it is asked whether a node still has one
    most_waiting: int = MOST_WAITING
    most_unasked: int = 5_000  # hashes whose transactions are still to be asked for
    lens: LensSettings = LensSettings()


class ChainWatch:
    """One chain watched through its nodes; `ws_url`: a node's streams, empty where there are none.

    `deliver` takes every event, in order, on the loop's own time: it must be quick.
    """

    def __init__(
        self,
        client: RpcClient,
        deliver: Callable[[WatchEvent], None],
        *,
        rng: random.Random,
        ws_url: str = "",
        settings: WatchSettings | None = None,
    ) -> None:
        self.settings = settings or WatchSettings()
        self.mempool = Mempool(self.settings.most_waiting)
        self.lens = BlockLens(client, self.settings.lens)
        self.trouble = ""  # the last that went wrong, and is tried again
        self.missed = 0  # hashes that were not asked for, as too many came
        self._client = client
        self._deliver = deliver
        self._rng = rng
        self._ws_url = ws_url
        self._whole = self.settings.whole
        self._follower = HeadFollower(client)
        self._told: OrderedDict[str, BlockWatched] = OrderedDict()
        self._hashes: deque[PendingTransaction] = deque()
        self._asked: set[str] = set()
        self._heads = asyncio.Event()
        self._unasked = asyncio.Event()

    @property
    def tip(self) -> Head | None:
        """The newest block that is known."""
        return self._follower.tracker.tip

    async def run(self) -> None:
        """Watch until cancelled. Trouble with nodes is waited out; ConfigError is raised."""
        self._heads.set()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._stream() if self._ws_url else self._poll())
            group.create_task(self._follow())
            if self.settings.pending:
                group.create_task(self._fetch())

    # --- where news come from ---------------------------------------------------------------------

    async def _stream(self) -> None:
        runner = FeedRunner(
            venue=self._client.chain,
            plan=FeedPlan(url="ws"),
            endpoints=Endpoints(roles={"ws": (self._ws_url,)}),
            limits=FeedLimits(connects_per_window=60, messages_per_s=100),
            make_session=self._session,
            make_shelf=_NoBooks,
            clock=self._client.clock,
            rng=self._rng,
            deliver=self._hear,
            settings=FeedSettings(tick_s=1),
            on_state=self._state,
        )
        await runner.run()

    def _session(self, shelf: BookShelf) -> ChainSession:  # noqa: ARG002 - it has no books
        watches = [Watch(kind="newHeads")]
        if self.settings.pending:
            watches.append(Watch(kind="newPendingTransactions", whole=self._whole))
        return ChainSession(self._client.chain, watches)

    def _state(self, state: str, why: str) -> None:
        if state == "ready":
            self._heads.set()  # what came before the subscription
        elif state == "lost":
            self.trouble = why
            if "refuses newPendingTransactions" in why:
                self._whole = False
            self._deliver(WatchGap(why=why or "the stream was lost"))

    def _hear(self, event: Event) -> None:
        if isinstance(event, PendingTransaction):
            self.pending(event)
        elif isinstance(event, Head):
            self._heads.set()

    async def _poll(self) -> None:
        """A node without streams: its filter for waiting transactions, asked now and then."""
        number = None
        while True:
            self._heads.set()
            if self.settings.pending:
                try:
                    if number is None:
                        number = await self._client.call("eth_newPendingTransactionFilter")
                    told = await self._client.call("eth_getFilterChanges", number)
                    now_ns = self._client.clock.now_ns()
                    for each in told if isinstance(told, list) else ():
                        self.pending(read_pending(each, self._client.chain, now_ns))
                except ArgosyError as e:
                    number = None  # nodes forget filters
                    self.trouble = str(e)
            await self._client.clock.sleep(self.settings.poll_s)

    def pending(self, transaction: PendingTransaction) -> None:
        """A transaction waits: whole, or its hash, whose transaction is asked for then."""
        if transaction.sender:
            self._tell(self.mempool.add(transaction, self._client.clock.now_ns()))
        elif self.mempool.is_news(transaction.hash) and transaction.hash not in self._asked:
            if len(self._hashes) >= self.settings.most_unasked:
                self.missed += 1
                return
            self._asked.add(transaction.hash)
            self._hashes.append(transaction)
            self._unasked.set()

    def _tell(self, events: list[WatchEvent]) -> None:
        for event in events:
            self._deliver(event)

    # --- whole transactions -----------------------------------------------------------------------

    async def _fetch(self) -> None:
        """Ask for the transactions of hashes, many at once."""
        while True:
            await self._unasked.wait()
            self._unasked.clear()
            await self._client.clock.sleep(self.settings.batch_s)
            while self._hashes:
                wanted = [self._hashes.popleft() for _ in range(min(100, len(self._hashes)))]
                await self._ask_for(wanted)
                self._asked.difference_update(each.hash for each in wanted)

    async def _ask_for(self, wanted: list[PendingTransaction]) -> None:
        asks = [Ask("eth_getTransactionByHash", (each.hash,)) for each in wanted]
        try:
            rows = await self._client.batch(asks)
        except ArgosyError as e:
            self.trouble = str(e)
            self.missed += len(wanted)
            return
        for heard, row in zip(wanted, rows, strict=True):
            if not isinstance(row, dict) or row.get("blockHash") is not None:
                continue  # gone, or mined meanwhile: its block tells
            try:
                whole = read_pending(row, self._client.chain, heard.received_ns)
            except WireError as e:
                self.trouble = str(e)
                continue
            self._tell(self.mempool.add(whole, self._client.clock.now_ns()))

    # --- blocks -----------------------------------------------------------------------------------

    async def _follow(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_SILENT_HEADS_S):
                    await self._heads.wait()
            self._heads.clear()
            try:
                changed = await self._follower.poll()
            except StreamGap as e:
                self._forget(str(e))
                if self.tip is not None:
                    await self._block(self.tip)
            except ArgosyError as e:
                self.trouble = str(e)
                await self._client.clock.sleep(_PAUSE_S)
                self._heads.set()
            else:
                if changed is not None:
                    await self._changed(changed)

    async def _changed(self, changed: HeadChanged) -> None:
        for head in changed.dropped:
            told = self._told.pop(head.hash, None)
            if told is not None:
                self._deliver(BlockUndone(block=told))
            self._tell(self.mempool.undo(head.hash))
        for head in changed.added:
            await self._block(head)
        await self._look_up()

    async def _block(self, head: Head) -> None:
        try:
            block = await self._read(head)
            now_ns = self._client.clock.now_ns()
            seen_ns = {
                each.hash: waited.received_ns
                for each in block.transactions
                if (waited := self.mempool.get(each.hash)) is not None
            }
            failed = block.receipts.failed
            mined = [
                Mined(each.hash, each.sender, each.nonce, each.hash in failed)
                for each in block.transactions
            ]
            self._tell(self.mempool.block(head.number, head.hash, mined, now_ns))
            if not self.settings.blocks:
                return
            told = await self.lens.look(block, seen_ns, self.mempool.waiting())
        except ArgosyError as e:
            self.trouble = str(e)
            told = BlockWatched(head=head, transactions=0, failed=0, problem=str(e)[:300])
        self._told[head.hash] = told
        while len(self._told) > _BLOCKS_KEPT:
            self._told.popitem(last=False)
        self._deliver(told)

    async def _read(self, head: Head) -> WholeBlock:
        for _ in range(_TRIES - 1):
            try:
                return await self.lens.fetch(head)
            except (VenueUnavailable, WireError):  # a node that lags behind the one that told
                await self._client.clock.sleep(_PAUSE_S)
        return await self.lens.fetch(head)

    async def _look_up(self) -> None:
        """Ask whether the node still has what waits since long."""
        now_ns = self._client.clock.now_ns()
        before_ns = Nanos(now_ns - round(self.settings.drop_after_s * SECOND))
        names = self.mempool.stale(before_ns)
        if not names:
            return
        try:
            rows = await self._client.batch(
                [Ask("eth_getTransactionByHash", (name,)) for name in names]
            )
        except ArgosyError as e:
            self.trouble = str(e)
            return
        answers = [
            (name, row is not None)
            for name, row in zip(names, rows, strict=True)
            if not isinstance(row, Exception)
        ]
        self._tell(self.mempool.looked_up(answers, self._client.clock.now_ns()))

    def _forget(self, why: str) -> None:
        """The chain is joined to nothing that is known: what was told of blocks is void."""
        for block in reversed(self._told.values()):
            self._deliver(BlockUndone(block=block))
            self._tell(self.mempool.undo(block.head.hash))
        self._told.clear()
        self._deliver(WatchGap(why=why))


class _NoBooks:
    """A chain has no order books: a shelf that stays empty."""

    def book(self, instrument: Instrument) -> BookView:
        """There is none."""
        raise Unsupported(f"a chain has no book of {instrument.id}")
