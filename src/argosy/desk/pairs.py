"""The universal books of a desk: which instruments belong to a pair, and how they convert."""

from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation

from argosy.books import Conversion, UniversalBook, VenueBook
from argosy.errors import ConfigError
from argosy.model import Instrument, InstrumentId, InstrumentKind, InstrumentStatus, Nanos
from argosy.model.time import SECOND

_MAX_RATE_AGE_NS = 60 * SECOND


def members_of(
    pair: str, instruments: Iterable[Instrument], quotes_alike: Iterable[str]
) -> list[Instrument]:
    """The spot instruments that trade a pair, in its own quote currency or one alike."""
    base, _, quote = pair.partition("/")
    quotes = set(quotes_alike) | {quote} if quote in set(quotes_alike) else {quote}
    return [
        instrument
        for instrument in instruments
        if instrument.kind is InstrumentKind.SPOT
        and instrument.base == base
        and instrument.quote in quotes
        and instrument.status is InstrumentStatus.TRADING
    ]


class Rates:
    """Conversion rates from live books or from settings; never a guess."""

    def __init__(self, conversions: dict[str, str], now_ns: Callable[[], int]) -> None:
        self.sources: dict[str, Decimal | InstrumentId] = {}
        for currency, text in conversions.items():
            self.sources[currency] = _source(currency, text)
        self._now_ns = now_ns
        self._books: dict[str, VenueBook] = {}

    def instruments(self) -> list[InstrumentId]:
        """The instruments whose books rates are read from."""
        return [source for source in self.sources.values() if isinstance(source, str)]

    def learn(self, book: VenueBook) -> None:
        """A book that rates may be read from; replaces the one of the same instrument."""
        self._books[book.instrument] = book

    def find(self, source: str, target: str, depth: int = 0) -> Conversion | None:
        """The rate now, or None while a book it needs is not live and fresh."""
        if source == target:
            return Conversion(
                source_currency=source,
                target_currency=target,
                rate=Decimal(1),
                origin="same currency",
                at_ns=Nanos(0),
            )
        setting = self.sources.get(source)
        if setting is None or depth > 3:
            return None
        if isinstance(setting, Decimal):
            return Conversion(
                source_currency=source,
                target_currency=target,
                rate=setting,
                origin=f"setting books.conversions.{source}",
                at_ns=Nanos(0),
            )
        book = self._books.get(setting)
        if book is None or not book.live:
            return None
        bid, ask = book.best_bid(), book.best_ask()
        if bid is None or ask is None or self._now_ns() - book.received_ns > _MAX_RATE_AGE_NS:
            return None
        rest = self.find(book.about.quote, target, depth + 1)
        if rest is None:
            return None
        via = "" if rest.rate == 1 and rest.origin == "same currency" else f" by {rest.origin}"
        return Conversion(
            source_currency=source,
            target_currency=target,
            rate=(bid[0] + ask[0]) / 2 * rest.rate,
            origin=f"{setting} mid{via}",
            at_ns=Nanos(book.received_ns),
        )


def _source(currency: str, text: str) -> Decimal | InstrumentId:
    if "/" in text and ":" in text:
        if text.partition(":")[2].split("/")[0] != currency:
            raise ConfigError(f"books.conversions.{currency} is {text!r}, no price of {currency}")
        return InstrumentId(text)
    try:
        rate = Decimal(text)
    except InvalidOperation:
        rate = Decimal(0)
    if not rate.is_finite() or rate <= 0:
        raise ConfigError(
            f"books.conversions.{currency} is {text!r}; give an instrument like kraken:USDT/USD"
            " or a rate above 0"
        )
    return rate


def universal_books(pairs: Iterable[str], max_age_s: float) -> dict[str, UniversalBook]:
    """An empty universal book for each pair."""
    return {pair: UniversalBook(pair, max_age_ns=round(max_age_s * SECOND)) for pair in pairs}
