"""What the simulated OKX remembers of its markets: the day's figures and funding rates."""

from collections import deque

from argosy.model.money import plain
from argosy.model.time import SECOND
from argosy.sandbox.engine import Bar, FundingEvent, Listing
from argosy.sandbox.okx.args import Row, ms
from argosy.sandbox.okx.names import Names

KEPT = 400


class Days:
    """The last 24 hours of each listing, summed again at most once a second."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, Bar | None]] = {}

    def of(self, listing: Listing, now_ns: int) -> Bar | None:
        """The day as one candle; None when nothing traded."""
        known = self._known.get(listing.spec.id)
        if known is None or abs(now_ns - known[0]) >= SECOND:
            known = self._known[listing.spec.id] = (now_ns, listing.tape.day(now_ns))
        return known[1]


class FundingLog:
    """Funding rates that were paid, per swap."""

    def __init__(self, table: Names) -> None:
        self._symbols = {listing.spec.id: name for name, listing in table.listings.items()}
        self._paid: dict[str, deque[Row]] = {}

    def hear(self, event: FundingEvent) -> None:
        """Write one payment down."""
        symbol = self._symbols[event.instrument]
        self._paid.setdefault(symbol, deque(maxlen=KEPT)).append(
            {
                "formulaType": "withRate",
                "fundingRate": plain(event.rate),
                "fundingTime": ms(event.at_ns),
                "instId": symbol,
                "instType": "SWAP",
                "method": "current_period",
                "realizedRate": plain(event.rate),
            }
        )

    def rows(self, symbol: str) -> list[Row]:
        """Oldest first."""
        return list(self._paid.get(symbol, ()))
