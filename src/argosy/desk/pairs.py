"""The universal books of a desk: which instruments belong to a pair, and how they convert."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation

import msgspec

from argosy.books import Conversion, UniversalBook, VenueBook
from argosy.errors import ConfigError
from argosy.model import (
    IndexPrice,
    Instrument,
    InstrumentId,
    InstrumentKind,
    InstrumentStatus,
    Nanos,
    Payoff,
)
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
        if instrument.kind in {InstrumentKind.SPOT, InstrumentKind.POOL}
        and instrument.base == base
        and instrument.quote in quotes
        and instrument.status is InstrumentStatus.TRADING
    ]


def derivatives_of(
    pair: str,
    instruments: Iterable[Instrument],
    quotes_alike: Iterable[str],
    kinds: Iterable[str],
) -> list[Instrument]:
    """The linear perpetuals and futures of a pair, of the kinds wanted."""
    base, _, quote = pair.partition("/")
    alike = set(quotes_alike)
    quotes = alike | {quote} if quote in alike else {quote}
    return [
        instrument
        for instrument in instruments
        if instrument.kind.value in set(kinds)
        and instrument.payoff is Payoff.LINEAR
        and instrument.base == base
        and instrument.quote in quotes
        and instrument.status is InstrumentStatus.TRADING
    ]


class IndexRate(msgspec.Struct, frozen=True):
    """A currency's rate in USD by a venue's indices: the price of one thing in USD, over its price
    in the currency.
    """

    in_usd: InstrumentId  # the instruments that the indices price
    in_currency: InstrumentId


class Rates:
    """Conversion rates from live books, indices or settings; never a guess."""

    def __init__(self, conversions: dict[str, str], now_ns: Callable[[], int]) -> None:
        self.sources: dict[str, Decimal | InstrumentId] = {}
        for currency, text in conversions.items():
            self.sources[currency] = _source(currency, text)
        self._now_ns = now_ns
        self._books: dict[str, VenueBook] = {}
        self._stand_ins: dict[str, InstrumentId | IndexRate] = {}
        self._indices: dict[InstrumentId, IndexPrice] = {}

    def instruments(self) -> list[InstrumentId]:
        """The instruments whose books rates are read from."""
        sources = (*self.sources.values(), *self._stand_ins.values())
        return [source for source in sources if isinstance(source, str)]

    def indexed(self) -> list[InstrumentId]:
        """The instruments whose indices rates are read from."""
        found = [one for one in self._stand_ins.values() if isinstance(one, IndexRate)]
        return [ident for one in found for ident in (one.in_usd, one.in_currency)]

    def stand_in(
        self,
        currency: str,
        venue: str,
        listed: Mapping[InstrumentId, Instrument],
        index_rates: Mapping[str, tuple[str, str]],
    ) -> None:
        """A venue in place of a source that this desk has not: its own pair with USD, else its
        indices. The first venue that has either stays.
        """
        if currency in self._stand_ins:
            return
        pair = InstrumentId(f"{venue}:{currency}/USD")
        if pair in listed and listed[pair].status is InstrumentStatus.TRADING:
            self._stand_ins[currency] = pair
            return
        ids = [InstrumentId(f"{venue}:{symbol}") for symbol in index_rates.get(currency, ())]
        if len(ids) == 2 and all(ident in listed for ident in ids):
            self._stand_ins[currency] = IndexRate(ids[0], ids[1])

    def index(self, price: IndexPrice) -> None:
        """An index that rates may be read from."""
        self._indices[price.instrument] = price

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
        setting = self._stand_ins.get(source, self.sources.get(source))
        if setting is None or depth > 3:
            return None
        if isinstance(setting, IndexRate):
            return self._by_index(setting, source, target, depth)
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
        mid = (bid[0] + ask[0]) / 2
        rest = self.find(book.about.quote, target, depth + 1)
        return _chained(source, mid, f"{setting} mid", book.received_ns, rest)

    def _by_index(self, by: IndexRate, source: str, target: str, depth: int) -> Conversion | None:
        above, below = self._indices.get(by.in_usd), self._indices.get(by.in_currency)
        if above is None or below is None or not below.price:
            return None
        at_ns = min(above.received_ns, below.received_ns)
        if self._now_ns() - at_ns > _MAX_RATE_AGE_NS:
            return None
        rest = self.find("USD", target, depth + 1)
        origin = f"index of {by.in_usd} over {by.in_currency}"
        return _chained(source, above.price / below.price, origin, at_ns, rest)


def _chained(
    source: str, rate: Decimal, origin: str, at_ns: int, rest: Conversion | None
) -> Conversion | None:
    """A rate to some currency and the `rest` of the way; None where that is not known."""
    if rest is None:
        return None
    via = "" if rest.rate == 1 and rest.origin == "same currency" else f" by {rest.origin}"
    return Conversion(
        source_currency=source,
        target_currency=rest.target_currency,
        rate=rate * rest.rate,
        origin=f"{origin}{via}",
        at_ns=Nanos(at_ns),
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
