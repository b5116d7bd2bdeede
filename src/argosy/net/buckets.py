"""The arithmetic of rate limits: fixed window, sliding window, decaying counter. Holds no clock.

Costs are counted in whole 10^-15 parts, so that sums and decay are exact whatever the order.
"""

from collections import deque
from fractions import Fraction
from typing import Protocol

from argosy.errors import ConfigError
from argosy.model.time import SECOND
from argosy.venues.catalog import Bucket

_PART = 10**15


def _parts(cost: float) -> int:
    return int(Fraction(str(cost)) * _PART)


class Count(Protocol):
    """One bucket's count. All times are of one monotonic clock, in nanoseconds, and never fall."""

    def free_at_ns(self, cost: float, now_ns: int) -> int:
        """The first moment from `now_ns` on at which `cost` is admitted, if nothing else comes."""
        ...

    def take(self, cost: float, now_ns: int) -> None:
        """Count `cost`; the caller has asked whether it is admitted."""
        ...

    def correct(self, used: float, now_ns: int) -> None:
        """The venue says this much is used."""
        ...

    def empty(self, now_ns: int) -> bool:
        """Whether nothing is counted."""
        ...


class FixedWindow:
    """At most `max` in a window that its first request opens."""

    __slots__ = ("_max", "_opened_ns", "_used", "_window_ns")

    def __init__(self, maximum: float, window_s: float) -> None:
        self._max = _parts(maximum)
        self._window_ns = round(window_s * SECOND)
        self._opened_ns = 0
        self._used = 0

    def _roll(self, now_ns: int) -> None:
        if self._used and now_ns >= self._opened_ns + self._window_ns:
            self._used = 0

    def free_at_ns(self, cost: float, now_ns: int) -> int:
        self._roll(now_ns)
        if self._used + _parts(cost) <= self._max:
            return now_ns
        return self._opened_ns + self._window_ns

    def take(self, cost: float, now_ns: int) -> None:
        self._roll(now_ns)
        if not self._used:
            self._opened_ns = now_ns
        self._used += _parts(cost)

    def correct(self, used: float, now_ns: int) -> None:
        self._roll(now_ns)
        if not self._used:
            self._opened_ns = now_ns  # the venue's began earlier; a late end is the safe one
        self._used = _parts(used)

    def empty(self, now_ns: int) -> bool:
        self._roll(now_ns)
        return self._used == 0


class SlidingWindow:
    """At most `max` in any `window_s`; a request counts until exactly that long after it."""

    __slots__ = ("_max", "_taken", "_used", "_window_ns")

    def __init__(self, maximum: float, window_s: float) -> None:
        self._max = _parts(maximum)
        self._window_ns = round(window_s * SECOND)
        self._taken: deque[tuple[int, int]] = deque()
        self._used = 0

    def _roll(self, now_ns: int) -> None:
        while self._taken and self._taken[0][0] + self._window_ns <= now_ns:
            self._used -= self._taken.popleft()[1]

    def free_at_ns(self, cost: float, now_ns: int) -> int:
        self._roll(now_ns)
        over = self._used + _parts(cost) - self._max
        if over <= 0:
            return now_ns
        for taken_ns, part in self._taken:
            over -= part
            if over <= 0:
                return taken_ns + self._window_ns
        return now_ns + self._window_ns

    def take(self, cost: float, now_ns: int) -> None:
        self._roll(now_ns)
        part = _parts(cost)
        if part and self._taken and self._taken[-1][0] == now_ns:
            part += self._taken.pop()[1]
            self._used -= part - _parts(cost)
        if part:
            self._taken.append((now_ns, part))
            self._used += part

    def correct(self, used: float, now_ns: int) -> None:
        self._roll(now_ns)
        difference = _parts(used) - self._used
        if difference > 0:  # someone else used it, we do not know when: as late as possible
            self.take(difference / _PART, now_ns)
        while difference < 0 and self._taken:
            taken_ns, part = self._taken.popleft()
            keep = max(0, part + difference)
            self._used -= part - keep
            difference += part - keep
            if keep:
                self._taken.appendleft((taken_ns, keep))

    def empty(self, now_ns: int) -> bool:
        self._roll(now_ns)
        return not self._taken


class Decay:
    """A counter that falls by `decay_per_s`; with its cost it must stay at or under `max`."""

    __slots__ = ("_at_ns", "_fall", "_level", "_max")

    def __init__(self, maximum: float, decay_per_s: float) -> None:
        self._max = _parts(maximum)
        self._fall = (
            _parts(decay_per_s) // SECOND
        )  # parts a nanosecond: exact to a millionth a second
        self._level = 0
        self._at_ns = 0

    def _roll(self, now_ns: int) -> None:
        self._level = max(0, self._level - (now_ns - self._at_ns) * self._fall)
        self._at_ns = now_ns

    def free_at_ns(self, cost: float, now_ns: int) -> int:
        self._roll(now_ns)
        over = self._level + _parts(cost) - self._max
        return now_ns if over <= 0 else now_ns - (-over // self._fall)

    def take(self, cost: float, now_ns: int) -> None:
        self._roll(now_ns)
        self._level += _parts(cost)

    def correct(self, used: float, now_ns: int) -> None:
        self._roll(now_ns)
        self._level = _parts(used)

    def empty(self, now_ns: int) -> bool:
        self._roll(now_ns)
        return self._level == 0


def start_count(bucket: Bucket) -> Count:
    """The counter of a bucket of venue.toml. Raises ConfigError where its figures make none."""
    if bucket.max <= 0:
        raise ConfigError(f"a rate limit's max is {bucket.max}; it must be above 0")
    if bucket.kind == "decay":
        if bucket.decay_per_s < 1e-6:
            raise ConfigError(f"decay_per_s is {bucket.decay_per_s}; it must be above 0")
        return Decay(bucket.max, bucket.decay_per_s)
    if bucket.window_s <= 0:
        raise ConfigError(f"window_s is {bucket.window_s}; it must be above 0")
    if bucket.kind == "sliding":
        return SlidingWindow(bucket.max, bucket.window_s)
    return FixedWindow(bucket.max, bucket.window_s)
