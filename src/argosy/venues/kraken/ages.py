"""How much of Kraken's per-pair engine counter a request takes, which depends on an order's age.

https://docs.kraken.com/exchange/guides/general/ratelimits (2026-11-22). Reads no clock: the latest
answer's time serves, so ages are never overstated and costs never understated.
"""

from collections import OrderedDict

from argosy.model import Nanos
from argosy.model.time import SECOND

_MOST_REMEMBERED = 10_000

# (younger than so many seconds, so much more)
_CANCEL = ((5, 8), (10, 6), (15, 5), (45, 4), (90, 2), (300, 1))
_AMEND = ((5, 3), (10, 2), (15, 1))
PLACE = 1.0


class OrderAges:
    """When orders were placed or last amended, by client id and venue id."""

    def __init__(self) -> None:
        self._since: OrderedDict[str, Nanos] = OrderedDict()
        self._latest = Nanos(0)

    def touched(self, at: Nanos, *ids: str | None) -> None:
        """An order was placed or amended at `at`."""
        self.seen(at)
        for name in ids:
            if name:
                self._since[name] = at
                self._since.move_to_end(name)
        while len(self._since) > _MOST_REMEMBERED:
            self._since.popitem(last=False)

    def seen(self, at: Nanos) -> None:
        """Some answer came at `at`."""
        self._latest = max(self._latest, at)

    def cancel_cost(self, *ids: str | None) -> float:
        """What a cancellation takes; nothing for orders older than five minutes or unknown ones."""
        return float(self._penalty(_CANCEL, ids))

    def amend_cost(self, *ids: str | None) -> float:
        """What an amendment takes: one, and more for a young order."""
        return 1.0 + self._penalty(_AMEND, ids)

    def _penalty(self, steps: tuple[tuple[int, int], ...], ids: tuple[str | None, ...]) -> int:
        since = max(
            (self._since[name] for name in ids if name and name in self._since), default=None
        )
        if since is None:
            return 0
        age = self._latest - since
        return next((cost for seconds, cost in steps if age < seconds * SECOND), 0)


def batch_cost(orders: int) -> float:
    """What a batch of new orders takes: half of them."""
    return max(PLACE, orders / 2)
