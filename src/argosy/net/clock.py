"""Where real time comes from, and how far a venue's clock is from ours. Never sets a clock."""

import asyncio
import time
from collections import deque

from argosy.model import Nanos
from argosy.model.time import MILLISECOND, SECOND
from argosy.ports import Clock


class SystemClock:
    """The machine's clock. `now_ns` is the builtin itself: it is called once per frame."""

    now_ns = staticmethod(time.time_ns)  # noqa: TID251  # the one place that may read it
    monotonic_ns = staticmethod(time.monotonic_ns)

    @staticmethod
    async def sleep(seconds: float) -> None:
        """Let `seconds` pass."""
        await asyncio.sleep(seconds)


def _resolution_ns(venue_ns: int) -> int:
    """How coarse a venue writes its time: whole seconds, milliseconds, or finer."""
    if venue_ns % SECOND == 0:
        return SECOND
    return MILLISECOND if venue_ns % MILLISECOND == 0 else 1


class VenueClock:
    """The venue's time, told from its answers: a Clock for signing requests.

    Of the last samples the one with the shortest round trip counts, because its error is at most
    half of that. Once measured, time runs on the monotonic clock, so a step of the machine's clock
    does not move signed times. A venue that writes whole seconds is taken to be half a second on.
    """

    def __init__(self, clock: Clock, samples: int = 8) -> None:
        self._clock = clock
        self._samples: deque[tuple[int, int, int]] = deque(maxlen=samples)  # (round trip, mid, at)
        self._resolution_ns = SECOND
        self._offset_ns: int | None = None  # venue time minus our monotonic time
        self._error_ns = 0

    def observe(self, sent_ns: int, received_ns: int, venue_ns: Nanos) -> None:
        """Learn from one answer; `sent_ns` and `received_ns` are of the monotonic clock.

        Raises:
            ValueError: when the answer came before the question.
        """
        if received_ns < sent_ns:
            raise ValueError(f"received at {received_ns}, sent at {sent_ns}: not in this order")
        self._resolution_ns = min(self._resolution_ns, _resolution_ns(venue_ns))
        self._samples.append((received_ns - sent_ns, (sent_ns + received_ns) // 2, venue_ns))
        round_trip, middle, told = min(self._samples)
        self._offset_ns = told + self._resolution_ns // 2 - middle
        self._error_ns = (round_trip + self._resolution_ns) // 2

    def now_ns(self) -> Nanos:
        """The venue's wall clock as far as we know it; ours before the first sample."""
        if self._offset_ns is None:
            return self._clock.now_ns()
        return Nanos(self._clock.monotonic_ns() + self._offset_ns)

    def monotonic_ns(self) -> int:
        """Our own clock that never steps."""
        return self._clock.monotonic_ns()

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` pass."""
        await self._clock.sleep(seconds)

    @property
    def skew_ns(self) -> int:
        """Venue's clock minus ours, now; 0 before the first sample."""
        return self.now_ns() - self._clock.now_ns()

    @property
    def error_ns(self) -> int:
        """How far off `now_ns` may be, either way; 0 before the first sample."""
        return self._error_ns
