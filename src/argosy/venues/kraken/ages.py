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
_MOST_OWED = 40.0  # the counter's limit is 60: no placement may cost more than that


class OrderAges:
    """When orders were placed or last amended, by client id and venue id."""

    def __init__(self) -> None:
        self._since: OrderedDict[str, Nanos] = OrderedDict()
        self._latest = Nanos(0)
        self._owed: dict[str, float] = {}

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

    def cancelling(self, pair: str, *ids: str | None) -> None:
        """A cancellation is sent. It must not wait for a counter, so what it takes of the pair's is
        owed by the next placement; nothing for orders older than five minutes, or unknown ones.
        """
        owed = self._owed.get(pair, 0.0) + self._penalty(_CANCEL, ids)
        if owed:
            self._owed[pair] = min(owed, _MOST_OWED)

    def place_cost(self, pair: str, orders: int = 1) -> float:
        """What a placement, or a batch, takes: with what cancellations left to pay."""
        alone = PLACE if orders == 1 else max(PLACE, orders / 2)
        return alone + self._owed.pop(pair, 0.0)

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
