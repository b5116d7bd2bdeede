"""Where the sandbox takes time from: the machine's clock, or one that tests move by hand."""

import time
from typing import Protocol


class SandboxClock(Protocol):
    """Wall time in nanoseconds, UTC."""

    def now_ns(self) -> int:
        """Nanoseconds since 1970."""
        ...


class WallClock:
    """The machine's clock."""

    def now_ns(self) -> int:
        """Nanoseconds since 1970."""
        return time.time_ns()  # noqa: TID251 - this is the clock that everything else is given


class ManualClock:
    """Stands still until it is moved."""

    def __init__(self, start_ns: int = 1_790_000_000_000_000_000) -> None:
        self._now_ns = start_ns

    def now_ns(self) -> int:
        """Nanoseconds since 1970."""
        return self._now_ns

    def advance(self, nanos: int) -> None:
        """Move on by `nanos` (>= 0)."""
        assert nanos >= 0, "time does not run backwards"
        self._now_ns += nanos
