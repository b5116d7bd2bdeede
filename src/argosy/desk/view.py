"""What anyone looking at a running desk may see: values, and the port the desk shows them through.

Holds no state and no secrets: nothing here can carry a key, a signature or an address with one.
"""

from collections.abc import AsyncIterator
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

import msgspec

from argosy.books.universal import CostQuote, UniversalView
from argosy.model import Nanos, Side, Trade, VenueId


class Environment(StrEnum):
    """Where a venue's numbers come from; the page says it in words, always."""

    SANDBOX = "sandbox"
    LIVE = "live"
    REPLAY = "replay"


class VenueState(StrEnum):
    """Whether a venue's numbers may be used. Only `live` ones may."""

    CONNECTING = "connecting"
    LIVE = "live"
    STALE = "stale"
    DISCONNECTED = "disconnected"
    CLOSED = "closed"


class VenueHealth(msgspec.Struct, frozen=True, kw_only=True):
    """How one venue is doing. Figures that are not known yet are None, never 0."""

    id: VenueId
    name: str
    environment: Environment
    state: VenueState
    latency_p50_ms: float | None = None  # from the venue's stamp to our reading of the bytes
    latency_p99_ms: float | None = None
    frames_per_s: float | None = None
    gaps: int = 0
    reconnects: int = 0
    last_received_ns: Nanos | None = None
    detail: str = ""  # for people: why it is not live


class DeskView(Protocol):
    """What the page and its API read of a running desk. Reading never changes anything.

    All but `changes` answer at once from memory. Pairs are those that `pairs()` lists; any other
    raises KeyError.
    """

    def venues(self) -> list[VenueHealth]:
        """Every configured venue, in a fixed order."""
        ...

    def pairs(self) -> list[str]:
        """The pairs that have a universal book ("BTC/USD"), the most important first."""
        ...

    def universal(self, pair: str, depth: int) -> UniversalView:
        """The book: `depth` levels a side, of *each* venue, so that a cheap one hides none."""
        ...

    def trades(self, pair: str, limit: int) -> list[Trade]:
        """The latest trades of all instruments in the book, newest first."""
        ...

    def cost(self, pair: str, side: Side, size: Decimal) -> CostQuote:
        """What taking `size` (> 0, base units) would cost now."""
        ...

    def changes(self) -> AsyncIterator[frozenset[str]]:
        """Yield what changed since the last time, one bounded set for any number of changes.

        Topics: "venues", "book:BTC/USD", "trades:BTC/USD". Several readers may iterate at once.
        """
        ...


VENUES_TOPIC = "venues"


def book_topic(pair: str) -> str:
    """The topic under which a pair's universal book changes."""
    return f"book:{pair}"


def trades_topic(pair: str) -> str:
    """The topic under which a pair's trades arrive."""
    return f"trades:{pair}"
