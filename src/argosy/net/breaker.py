"""Stops asking a host that fails, and stops retries from making an outage worse. Sends nothing."""

from argosy.model.time import SECOND


class Breaker:
    """Closed until `threshold` failures in a row; then one probe each `cool_s`, which doubles to
    `cool_max_s` while probes fail. Times are monotonic nanoseconds.
    """

    def __init__(self, threshold: int = 5, cool_s: float = 1.0, cool_max_s: float = 60.0) -> None:
        self._threshold = threshold
        self._first_cool_ns = round(cool_s * SECOND)
        self._cool_max_ns = round(cool_max_s * SECOND)
        self._cool_ns = self._first_cool_ns
        self._failures = 0
        self._retry_ns = 0

    def allows(self, now_ns: int) -> bool:
        """Whether a request may go to the host; while open, True once per cool-down."""
        if not self.open:
            return True
        if now_ns < self._retry_ns:
            return False
        self._retry_ns = now_ns + self._cool_ns  # a probe that never reports back is not the last
        return True

    @property
    def open(self) -> bool:
        """Whether the host counts as failing."""
        return self._failures >= self._threshold

    def succeeded(self) -> None:
        """The host answered."""
        self._failures = 0
        self._cool_ns = self._first_cool_ns

    def failed(self, now_ns: int) -> None:
        """The host did not answer, or not sensibly."""
        if self.open:
            self._cool_ns = min(self._cool_ns * 2, self._cool_max_ns)
        self._failures += 1
        if self.open:
            self._retry_ns = now_ns + self._cool_ns


class RetryBudget:
    """Retries are at most a share of requests over time, with `burst` to begin with."""

    def __init__(self, share: float = 0.1, burst: float = 10.0) -> None:
        self._share = share
        self._burst = burst
        self._left = burst

    def request(self) -> None:
        """A request was made: it earns a part of a retry."""
        self._left = min(self._burst, self._left + self._share)

    def retry(self) -> bool:
        """Take one retry; False: there is none left, fail now."""
        if self._left < 1:
            return False
        self._left -= 1
        return True
