"""How many requests OKX takes: sliding windows by user or address, some per instrument."""

from collections import deque

from argosy.model.time import SECOND

ACCOUNT_ORDERS = 1_000  # new and amended orders in two seconds, over all instruments: else 50061
MAX_KEYS = 10_000


class Limiter:
    """Counts what happened within each key's window."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, ...], deque[int]] = {}

    def allow(
        self, key: tuple[str, ...], most: int, seconds: float, now_ns: int, cost: int = 1
    ) -> bool:
        """Whether `cost` more fit into `most` per `seconds`; counts them when they do."""
        if len(self._seen) > MAX_KEYS:
            self._seen.clear()
        seen = self._seen.setdefault(key, deque())
        since = now_ns - int(seconds * SECOND)
        while seen and seen[0] <= since:
            seen.popleft()
        if len(seen) + cost > most:
            return False
        seen.extend([now_ns] * cost)
        return True
