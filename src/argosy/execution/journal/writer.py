"""The journal as an event loop uses it: a thread writes, many intents become one commit.

Order is kept: what was handed in first is durable first. Whoever must not act before his entries
are durable awaits `commit`; what merely happened is handed to `tell`, and tried until it is kept.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from argosy.execution.journal.entries import Entry
from argosy.execution.journal.lease import LASTS_S, LeaseLost
from argosy.execution.journal.store import JournalFailed, Store

T = TypeVar("T")

MAX_WAITING = 100_000  # batches that wait for the disk; beyond it nothing new is taken in
_TOGETHER = 512  # batches that become one commit at most
_AGAIN_S = 0.25
_RENEW_S = LASTS_S / 3  # a holder that lives keeps the lease, whether it has to write or not


class _Batch:
    __slots__ = ("entries", "future", "loop", "must")

    def __init__(
        self,
        entries: Sequence[Entry],
        loop: asyncio.AbstractEventLoop | None,
        future: "asyncio.Future[None] | None",
        *,
        must: bool,
    ) -> None:
        self.entries = entries
        self.loop = loop
        self.future = future
        self.must = must  # what happened: tried until it is kept


class Journal:
    """A store with its writing thread. `close` waits until everything is written."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.problem = ""  # why the last commit failed; empty: it did not
        self.lost: LeaseLost | None = None
        self.commits = 0
        self.claims: set[str] = set()  # names that somebody in this process has for himself
        self._queue: queue.SimpleQueue[_Batch | None] = queue.SimpleQueue()
        self._handed = 0  # counted by the loop's thread
        self._answered = 0  # counted by the writing thread
        self._ended = False
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._write, name="argosy-journal", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Batches that are not durable yet."""
        return self._handed - self._answered

    async def commit(self, *entries: Entry) -> None:
        """Return once `entries` are durable, all of them or none.

        Raises:
            DuplicateIntent: a client id was used before.
            JournalFailed, LeaseLost: they are not durable; nothing may be sent.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._put(_Batch(entries, loop, future, must=False))
        await asyncio.shield(future)

    def tell(self, *entries: Entry) -> None:
        """Have `entries` written in their turn; they happened, and are tried until kept.

        Raises:
            JournalFailed: too many wait already: the disk has failed for long.
            LeaseLost: another process writes this journal.
        """
        self._put(_Batch(entries, None, None, must=True))

    async def read(self, look: Callable[[Store], T]) -> T:
        """Look something up in the store without keeping the loop waiting."""
        return await asyncio.to_thread(look, self.store)

    async def flushed(self) -> None:
        """Return once everything handed in so far is durable."""
        await self.commit()

    def close(self) -> None:
        """Write what waits, let go of the lease. What a failed disk does not take is given up."""
        self._closing.set()
        self._queue.put(None)
        self._thread.join(timeout=30)
        self.store.close()

    # --- the thread -------------------------------------------------------------------------------

    def _put(self, batch: _Batch) -> None:
        if self.lost is not None:
            raise LeaseLost(str(self.lost))
        if self._closing.is_set():
            raise JournalFailed("the journal is closed; nothing was sent")
        if self.waiting >= MAX_WAITING:
            raise JournalFailed(f"{self.waiting} entries wait for the journal: {self.problem}")
        self._handed += 1
        self._queue.put(batch)

    def _write(self) -> None:
        while not self._ended:
            try:
                first = self._queue.get(timeout=_RENEW_S)
            except queue.Empty:
                self._renew()
                continue
            if first is None:
                return
            self._keep([first, *self._more()])

    def _renew(self) -> None:
        """Nothing was written for a while: others see that we are there."""
        (problem,) = self.store.write([[]])
        if isinstance(problem, LeaseLost):
            self.lost = problem

    def _more(self) -> list[_Batch]:
        """Whatever waits, to a number."""
        found: list[_Batch] = []
        while len(found) < _TOGETHER:
            try:
                batch = self._queue.get_nowait()
            except queue.Empty:
                break
            if batch is None:
                self._ended = True
                break
            found.append(batch)
        return found

    def _keep(self, batches: list[_Batch]) -> None:
        while batches:
            problems = self.store.write([batch.entries for batch in batches])
            # Before anyone is told: who was answered may ask how the journal is.
            self.problem = next((str(problem) for problem in problems if problem), "")
            self.commits += not self.problem
            again: list[_Batch] = []
            for batch, problem in zip(batches, problems, strict=True):
                if isinstance(problem, LeaseLost):
                    self.lost = problem
                elif batch.must and isinstance(problem, JournalFailed):
                    again.append(batch)
                    continue
                self._answer(batch, problem)
            if not again:
                return
            if self._closing.wait(_AGAIN_S):
                for batch in again:
                    self._answer(batch, None)
                return
            batches = [*again, *self._more()]  # in order; intents among them fail at once

    def _answer(self, batch: _Batch, problem: Exception | None) -> None:
        self._answered += 1
        loop, future = batch.loop, batch.future
        if loop is None or future is None:
            return

        def tell() -> None:
            if not future.done():
                if problem is None:
                    future.set_result(None)
                else:
                    future.set_exception(problem)

        try:
            loop.call_soon_threadsafe(tell)
        except RuntimeError:  # the loop has ended: no one waits any more
            return
