"""Simulated time: a clock that a test moves, and a loop whose time jumps. Never waits for real."""

import asyncio
import heapq
import itertools
import math
import selectors
from collections.abc import Awaitable, Callable
from typing import TypeVar

from argosy.model import Nanos
from argosy.model.time import SECOND

T = TypeVar("T")

START_NS = Nanos(1_700_000_000 * SECOND)
_SETTLE_ROUNDS = 20  # loop turns after a wake-up, for what it started to reach its next wait


class SimulatedClock:
    """A clock that stands still until told to move; sleepers wake in the order of their time."""

    def __init__(self, start_ns: Nanos = START_NS) -> None:
        self._now_ns = int(start_ns)
        self._monotonic_ns = 0
        self._numbers = itertools.count()
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []

    def now_ns(self) -> Nanos:
        """Wall clock, UTC, nanoseconds."""
        return Nanos(self._now_ns)

    def monotonic_ns(self) -> int:
        """Simulated nanoseconds since this clock was made."""
        return self._monotonic_ns

    @property
    def sleepers(self) -> int:
        """How many wait for time to pass."""
        return sum(not future.done() for _, _, future in self._sleepers)

    async def sleep(self, seconds: float) -> None:
        """Wait until `advance` has moved time by `seconds` (rounded up to a nanosecond)."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        wake_ns = self._monotonic_ns + math.ceil(seconds * SECOND)
        heapq.heappush(self._sleepers, (wake_ns, next(self._numbers), future))
        await future

    def step_wall(self, seconds: float) -> None:
        """Move the wall clock alone, as a clock that was set does."""
        self._now_ns += round(seconds * SECOND)

    async def advance(self, seconds: float) -> None:
        """Move time, waking each sleeper at its own moment and letting it run before the next."""
        await self._settle()
        end_ns = self._monotonic_ns + math.ceil(seconds * SECOND)
        while self._sleepers and self._sleepers[0][0] <= end_ns:
            wake_ns, _, future = heapq.heappop(self._sleepers)
            if future.done():  # the sleeper was cancelled
                continue
            self._move(wake_ns)
            future.set_result(None)
            await self._settle()
        self._move(end_ns)

    def _move(self, to_ns: int) -> None:
        self._now_ns += to_ns - self._monotonic_ns
        self._monotonic_ns = to_ns

    @staticmethod
    async def _settle() -> None:
        for _ in range(_SETTLE_ROUNDS):
            await asyncio.sleep(0)


class _JumpingSelector(selectors.DefaultSelector):
    """Instead of waiting for a timer, moves the loop's time to it."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready: list[tuple[selectors.SelectorKey, int]] = super().select(
            0 if timeout is not None else None
        )
        if not ready and timeout is not None:
            self.now += max(timeout, 0.0)
        return ready


class _JumpingLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


class LoopClock:
    """A Clock on the running loop's time: under `run_simulated` it jumps from timer to timer."""

    def __init__(self, start_ns: Nanos = START_NS) -> None:
        self._start_ns = start_ns

    def now_ns(self) -> Nanos:
        """Wall clock, UTC, nanoseconds."""
        return Nanos(self._start_ns + self.monotonic_ns())

    @staticmethod
    def monotonic_ns() -> int:
        """The loop's time in nanoseconds."""
        return round(asyncio.get_running_loop().time() * SECOND)

    @staticmethod
    async def sleep(seconds: float) -> None:
        """Let `seconds` of loop time pass."""
        await asyncio.sleep(seconds)


def run_simulated(main: Callable[[LoopClock], Awaitable[T]], start_ns: Nanos = START_NS) -> T:
    """Run `main(clock)` in virtual time: every sleep and time-out passes at once, in order.

    For programs without sockets: a real socket's answer takes real time, which does not pass here.
    """

    async def started() -> T:
        return await main(LoopClock(start_ns))

    with asyncio.Runner(loop_factory=_JumpingLoop) as runner:
        return runner.run(started())
