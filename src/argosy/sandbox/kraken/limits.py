"""Kraken's two counters: calls per key, and the trading engine's per key and pair. Pro tier.

https://docs.kraken.com/api/docs/guides/spot-rest-ratelimits and spot-ratelimits (read 2026-11-22)
"""

from argosy.model.time import SECOND
from argosy.sandbox.kraken.wire import KrakenError
from argosy.sandbox.world import Venue

CALLS_MAX, CALLS_DECAY = 20, 1.0
TRADES_MAX, TRADES_DECAY = 180, 3.75
_AMEND = ((5, 3), (10, 2), (15, 1))
_EDIT = ((5, 6), (10, 5), (15, 4), (45, 2), (90, 1))
_CANCEL = ((5, 8), (10, 6), (15, 5), (45, 4), (90, 2), (300, 1))
AGES = {"amend": _AMEND, "edit": _EDIT, "cancel": _CANCEL}


class Limits:
    """Counts and refuses. `Venue.limits` False: counts only."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._counters: dict[tuple[str, str], tuple[float, int]] = {}

    def call(self, key: str, cost: int) -> None:
        """Count a REST call of a key."""
        if cost:
            self._count((key, ""), cost, CALLS_MAX, CALLS_DECAY, "EAPI:Rate limit exceeded")

    def trade(self, account: str, pair: str, cost: int) -> None:
        """Count an order operation of an account in a pair."""
        error = "EOrder:Rate limit exceeded"
        self._count((account, pair), cost, TRADES_MAX, TRADES_DECAY, error)

    def value(self, account: str, pair: str) -> float:
        """The trading counter now."""
        return self._decayed((account, pair), TRADES_DECAY)

    def _decayed(self, what: tuple[str, str], decay: float) -> float:
        value, at_ns = self._counters.get(what, (0.0, 0))
        return max(0.0, value - decay * (self._venue.now_ns() - at_ns) / SECOND)

    def _count(self, what: tuple[str, str], cost: int, most: int, decay: float, error: str) -> None:
        value = self._decayed(what, decay) + cost
        if self._venue.limits and value > most:
            raise KrakenError(error)
        self._counters[what] = (value, self._venue.now_ns())


def surcharge(kind: str, age_ns: int) -> int:
    """What an amend, edit or cancel costs on top, by the order's age."""
    age_s = age_ns / SECOND
    for limit_s, cost in AGES[kind]:
        if age_s < limit_s:
            return cost
    return 0
