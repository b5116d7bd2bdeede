"""The bounded queue between a feed and whoever consumes its events. Never grows beyond its size."""

import asyncio
from collections import deque
from collections.abc import Callable

from argosy.errors import StreamGap
from argosy.model import GapReason
from argosy.ports import BookChanged, Event


class EventQueue:
    """One consumer's events, in order.

    A BookChanged that still waits is not queued again: it is one object per book, and the book is
    read when the consumer gets to it. When the queue is full everything in it is dropped: `get`
    raises StreamGap once, and `on_overflow` lets the feed start anew from snapshots.
    """

    def __init__(self, size: int = 10_000, on_overflow: Callable[[], None] | None = None) -> None:
        self._events: deque[Event] = deque()
        self._books: set[int] = set()  # ids of the BookChanged objects that wait
        self._size = size
        self._waiter: asyncio.Future[None] | None = None
        self._gap: StreamGap | None = None
        self.on_overflow = on_overflow
        self.dropped = 0
        self.conflated = 0

    def __len__(self) -> int:
        return len(self._events)

    def put(self, event: Event) -> None:
        """Add an event; called on the hot path."""
        if type(event) is BookChanged:
            key = id(event)
            if key in self._books:
                self.conflated += 1
                return
            self._books.add(key)
        if len(self._events) >= self._size:
            self._overflow()
        self._events.append(event)
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def _overflow(self) -> None:
        lost = len(self._events)
        self._events.clear()
        self._books.clear()
        self.dropped += lost
        self._gap = StreamGap(
            f"the consumer fell behind: {lost} events were dropped", reason=GapReason.OVERFLOW
        )
        if self.on_overflow is not None:
            self.on_overflow()

    def get_nowait(self) -> Event | None:
        """The next event; None when there is none. Raises StreamGap once after an overflow."""
        if self._gap is not None:
            gap, self._gap = self._gap, None
            raise gap
        if not self._events:
            return None
        event = self._events.popleft()
        if type(event) is BookChanged:
            self._books.discard(id(event))
        return event

    async def get(self) -> Event:
        """The next event, waiting for it. One consumer at a time.

        Raises:
            StreamGap: events were dropped before the next one; what they built must be rebuilt.
        """
        while (event := self.get_nowait()) is None:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return event
