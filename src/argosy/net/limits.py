"""Keeps requests within a venue's rate limits, counting as the venue does. Never drops a request
that may still be sent in its turn; refuses, as NotSent, what can not.
"""

import asyncio
import bisect
import contextlib
import itertools
from collections.abc import Mapping

from argosy.errors import ConfigError, NotSent
from argosy.model import Nanos
from argosy.model.time import SECOND
from argosy.net.buckets import Count, start_count
from argosy.ports import Clock
from argosy.venues.catalog import Bucket


class _State:
    """One bucket, or one suffix of it, and who waits for it."""

    __slots__ = ("closed_until_ns", "count", "pending", "queue")

    def __init__(self, bucket: Bucket) -> None:
        self.count: Count = start_count(bucket)
        self.closed_until_ns = 0
        self.pending = 0.0  # cost sent whose answer is still out
        self.queue: list[_Waiter] = []

    def free_at_ns(self, cost: float, now_ns: int) -> int:
        """When `cost` may be taken: now or later."""
        return max(self.closed_until_ns, self.count.free_at_ns(cost, now_ns), now_ns)

    def idle(self, now_ns: int) -> bool:
        """Whether forgetting it changes nothing."""
        return (
            not self.queue
            and self.pending <= 0
            and self.closed_until_ns <= now_ns
            and self.count.empty(now_ns)
        )


class _Waiter:
    __slots__ = ("order", "parts", "turn")

    def __init__(self, order: tuple[bool, int], parts: list[tuple[_State, float]]) -> None:
        self.order = order
        self.parts = parts
        self.turn = asyncio.Event()

    def first(self) -> bool:
        return all(state.queue[0] is self for state, _ in self.parts)


def _order(waiter: _Waiter) -> tuple[bool, int]:
    return waiter.order


class Limiter:
    """All of one venue's limits. One object per venue, so that keys share what is counted by IP.

    A cost key names a bucket, with a suffix after a slash where the bucket is counted per
    something. Requests go first come, first served per bucket; urgent ones before the rest.
    """

    def __init__(
        self,
        buckets: Mapping[str, Bucket],
        clock: Clock,
        *,
        max_waiting: int = 1_000,
        max_suffixes: int = 1_024,
    ) -> None:
        self._buckets = dict(buckets)
        self._clock = clock
        self._max_waiting = max_waiting
        self._max_states = max(max_suffixes, len(self._buckets))
        self._states: dict[tuple[str, str], _State] = {}
        self._numbers = itertools.count()
        self._closed_until_ns = 0
        self.waiting = 0

    async def acquire(
        self, cost: Mapping[str, float], *, account: str = "", urgent: bool = False
    ) -> None:
        """Wait until every bucket admits its cost, and take it from all of them at once.

        Raises:
            NotSent: too many wait already, or the cost can never be admitted.
            ConfigError: a bucket that venue.toml does not name.
        """
        if self.try_acquire(cost, account=account):
            return
        if self.waiting >= self._max_waiting:
            raise NotSent(f"{self.waiting} requests wait for rate limits already; try again later")
        waiter = _Waiter((not urgent, next(self._numbers)), self._parts(cost, account))
        for state, _ in waiter.parts:
            bisect.insort(state.queue, waiter, key=_order)
        self.waiting += 1
        try:
            await self._wait(waiter)
        finally:
            self.waiting -= 1
            for state, _ in waiter.parts:
                state.queue.remove(waiter)
                if state.queue:
                    state.queue[0].turn.set()

    def try_acquire(self, cost: Mapping[str, float], *, account: str = "") -> bool:
        """Take the cost if that is possible now and nobody waits for the same."""
        parts = self._parts(cost, account)
        now_ns = self._clock.monotonic_ns()
        if any(state.queue for state, _ in parts) or self._free_at_ns(parts, now_ns) > now_ns:
            return False
        self._take(parts, now_ns)
        return True

    async def _wait(self, waiter: _Waiter) -> None:
        # Only the first in all of its queues watches the clock; the others wait to become that.
        # Nobody is admitted by another's waking: what is counted now is sent now.
        while True:
            if not waiter.first():
                waiter.turn.clear()
                await waiter.turn.wait()
                continue
            now_ns = self._clock.monotonic_ns()
            free_ns = self._free_at_ns(waiter.parts, now_ns)
            if free_ns <= now_ns:
                self._take(waiter.parts, now_ns)
                return
            await self._clock.sleep((free_ns - now_ns) / SECOND)

    def _free_at_ns(self, parts: list[tuple[_State, float]], now_ns: int) -> int:
        free_ns = max(self._closed_until_ns, now_ns)
        for state, cost in parts:
            free_ns = max(free_ns, state.free_at_ns(cost, now_ns))
        return free_ns

    @staticmethod
    def _take(parts: list[tuple[_State, float]], now_ns: int) -> None:
        for state, cost in parts:
            state.count.take(cost, now_ns)
            state.pending += cost

    def _parts(self, cost: Mapping[str, float], account: str) -> list[tuple[_State, float]]:
        parts = []
        for key, part in cost.items():
            name = key.partition("/")[0]
            bucket = self._buckets.get(name)
            if bucket is None:
                known = ", ".join(sorted(self._buckets)) or "none"
                raise ConfigError(f"no rate limit {name!r} in venue.toml; there are: {known}")
            if part > bucket.max:
                raise NotSent(f"{key} would take {part}, above the limit's whole {bucket.max}")
            parts.append((self._state(key, bucket, account), part))
        return parts

    def _state(self, key: str, bucket: Bucket, account: str) -> _State:
        index = (key, account if bucket.scope == "key" else "")
        state = self._states.get(index)
        if state is None:
            if len(self._states) >= self._max_states:
                self._forget_idle()
            state = self._states[index] = _State(bucket)
        return state

    def _forget_idle(self) -> None:
        now_ns = self._clock.monotonic_ns()
        for index in [index for index, state in self._states.items() if state.idle(now_ns)]:
            del self._states[index]
        if len(self._states) >= self._max_states:
            raise NotSent(f"{len(self._states)} rate limits are counted already; try again later")

    # --- what answers teach -----------------------------------------------------------------------

    def answered(
        self, cost: Mapping[str, float], headers: Mapping[str, str], *, account: str = ""
    ) -> None:
        """A request ended. Its headers, when it has any, set the count to the venue's own.

        What is still under way may or may not be in the venue's figure; it is added, to be safe.
        """
        now_ns = self._clock.monotonic_ns()
        for key, part in cost.items():
            bucket = self._buckets[key.partition("/")[0]]
            state = self._states.get((key, account if bucket.scope == "key" else ""))
            if state is None:
                continue
            state.pending = max(0.0, state.pending - part)
            used = _number(headers.get(bucket.used_header.lower()))
            left = _number(headers.get(bucket.remaining_header.lower()))
            if used is None and left is not None:
                used = max(0.0, bucket.max - left)
            if used is not None:
                state.count.correct(used + state.pending, now_ns)

    def close(
        self, cost: Mapping[str, float], until_ns: Nanos, *, account: str = "", all_: bool = False
    ) -> None:
        """Admit nothing to these buckets before `until_ns` (wall clock); all_ or no cost: to any"""
        monotonic_ns = until_ns - self._clock.now_ns() + self._clock.monotonic_ns()
        parts = []
        if not all_:
            with contextlib.suppress(NotSent):  # no room to count one more suffix: close them all
                parts = self._parts(cost, account)
        if not parts:
            self._closed_until_ns = max(self._closed_until_ns, monotonic_ns)
        for state, _ in parts:
            state.closed_until_ns = max(state.closed_until_ns, monotonic_ns)


def _number(text: str | None) -> float | None:
    """A header's figure; None for what is not a plain number (then our own count stands)."""
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < 1e12 else None
