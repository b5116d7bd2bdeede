"""What using a venue on a chain costs once, in the currency that somebody counts in. Asks nobody:
prices are those of the books that are heard.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from argosy.books import VenueBook
from argosy.desk.link import VenueLink
from argosy.desk.pairs import Rates
from argosy.dialects.pools.samples import sample_name
from argosy.dialects.pools.swaps import gas_of
from argosy.model import Instrument, InstrumentId
from argosy.model.money import ZERO
from argosy.ports import Clock

_AGAIN_NS = 1_000_000_000  # a price of gas is good for so long


class Gas:
    """The cost of one swap, by instrument."""

    def __init__(
        self,
        clock: Clock,
        links: Mapping[str, VenueLink],
        books: Mapping[InstrumentId, VenueBook],
        rates: Rates,
    ) -> None:
        self._clock = clock
        self._links = links
        self._books = books
        self._rates = rates
        self._prices: dict[tuple[str, str], tuple[int, Decimal | None]] = {}

    def cost(self, instrument: InstrumentId, quote: str) -> Decimal | None:
        """In `quote` units; None while gas or its currency has no price, and for venues on none."""
        link = self._links[instrument.partition(":")[0]]
        if link.account is None or link.adapter.pools is None:
            return None
        board, account = link.adapter.pools.board, link.account
        spec = board.spec(instrument)
        posting = account.data_cost(sample_name(board.exchange, spec.family))
        spent = account.gas_cost(gas_of(spec), posting)
        price = self.price(link.account.info.native, quote)
        return None if spent is None or price is None else spent * price

    def of(self, instrument: InstrumentId, quote: str) -> Callable[[], Decimal] | None:
        """The same to be asked again and again; None for a venue that is on no chain."""
        link = self._links[instrument.partition(":")[0]]
        if link.account is None:
            return None
        return lambda: self.cost(instrument, quote) or ZERO

    def price(self, currency: str, quote: str) -> Decimal | None:
        """One unit of a currency, by the first live book that has it."""
        now_ns = self._clock.monotonic_ns()
        known = self._prices.get((currency, quote))
        if known is not None and now_ns < known[0]:
            return known[1]
        found = self._look(currency, quote)
        self._prices[currency, quote] = (now_ns + _AGAIN_NS, found)
        return found

    def _look(self, currency: str, quote: str) -> Decimal | None:
        if currency == quote:
            return Decimal(1)
        for book in self._books.values():
            about = book.about
            if about.base != currency or about.payoff is not None or not book.live:
                continue
            rate = self._rates.find(about.quote, quote)
            bid, ask = book.best_bid(), book.best_ask()
            if rate is not None and bid is not None and ask is not None:
                return (bid[0] + ask[0]) / 2 * rate.rate
        return None


def priced_by(
    native: str, instruments: Iterable[Instrument], quotes: Iterable[str]
) -> Instrument | None:
    """The pool that tells what a chain's own currency is worth; None where there is none."""
    alike = set(quotes)
    found = [one for one in instruments if one.base == native and one.quote in alike]
    found.sort(key=lambda one: ("@v3-500" not in one.id, one.id))
    return found[0] if found else None
