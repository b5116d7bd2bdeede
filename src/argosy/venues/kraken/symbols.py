"""Kraken's names of assets and pairs, and ours. Remembers what was learned."""

import re
from collections.abc import Iterable
from decimal import Decimal

from argosy.books.provisional import increment_of
from argosy.errors import Unsupported, WireError
from argosy.model import Instrument, InstrumentId, InstrumentKind, VenueId, instrument_id

VENUE = "kraken"

# Kraken's first assets carry X (crypto) or Z (money) before their name; later ones do not.
# https://support.kraken.com/articles/360001206766 (2026-11-22)
_LEGACY = {
    "XETC": "ETC",
    "XETH": "ETH",
    "XICN": "ICN",
    "XLTC": "LTC",
    "XMLN": "MLN",
    "XNMC": "NMC",
    "XREP": "REP",
    "XXBT": "BTC",
    "XXDG": "DOGE",
    "XXLM": "XLM",
    "XXMR": "XMR",
    "XXRP": "XRP",
    "XXVN": "XVN",
    "XZEC": "ZEC",
    "ZAUD": "AUD",
    "ZCAD": "CAD",
    "ZEUR": "EUR",
    "ZGBP": "GBP",
    "ZJPY": "JPY",
    "ZKRW": "KRW",
    "ZUSD": "USD",
}
_RENAMED = {"XBT": "BTC", "XDG": "DOGE"}
_V1_NAMES = {ours: theirs for theirs, ours in _RENAMED.items()}

# Longest first: USDT before USD. Only for pairs that nobody taught us, such as delisted ones.
_QUOTES = ("USDT", "USDC", "DOGE", "USD", "EUR", "GBP", "CAD", "AUD", "CHF", "JPY", "AED", "XBT")
_MORE_QUOTES = ("BTC", "ETH", "DAI", "DOT", "SOL", "XDG")
_EARN = re.compile(r"(.+?)(?:\d{2})?\.([A-Z])$")


def asset(code: str) -> str:
    """Our name of an asset: 'XXBT' and 'XBT' -> 'BTC', 'ZUSD' -> 'USD', 'ADA' -> 'ADA'."""
    name = _LEGACY.get(code, code)
    return _RENAMED.get(name, name)


def altname(currency: str) -> str:
    """Kraken's own short name of a currency: 'BTC' -> 'XBT', 'ADA' -> 'ADA'."""
    return _V1_NAMES.get(currency, currency)


def holding(code: str) -> tuple[str, str]:
    """An asset and its account: 'XBT.F' -> ('BTC', 'earn.f'), 'ZUSD' -> ('USD', 'trading').

    Suffixes mark balances that earn (.B, .F, .M, .P, .S; some with a bond length, 'DOT28.S') or are
    tokens (.T): such a balance cannot be sold as it is.
    """
    found = _EARN.match(code)
    if found is None:
        return asset(code), "trading"
    name, suffix = found.groups()
    return asset(name), f"earn.{suffix.lower()}"


def from_ws_name(name: str) -> str:
    """A v1 or v2 symbol in our words: 'XBT/USD' and 'BTC/USD' -> 'BTC/USD'."""
    base, slash, quote = name.partition("/")
    if not slash or not base or not quote:
        raise ValueError(f"{name!r} is not a symbol like BTC/USD")
    return f"{asset(base)}/{asset(quote)}"


def v1_name(symbol: str) -> str:
    """A symbol as WebSocket v1 wrote it: 'BTC/USD' -> 'XBT/USD'."""
    base, _, quote = symbol.partition("/")
    return f"{altname(base)}/{altname(quote)}"


def instrument_of(name: str) -> InstrumentId:
    """The instrument a stream calls `name`; the name says all, so nothing is learned first."""
    return instrument_id(VENUE, from_ws_name(name))


def unlisted(name: str, levels: Iterable[tuple[Decimal, Decimal]]) -> Instrument:
    """A pair of a recording that lists none: by its name, and the digits its book is written with.

    Kraken pads with zeros, which its checksum counts: so these are the digits of the pair. Raises
    ValueError when the name is none.
    """
    symbol = from_ws_name(name)
    base, _, quote = symbol.partition("/")
    rows = list(levels)
    return Instrument(
        id=instrument_id(VENUE, symbol),
        venue=VenueId(VENUE),
        venue_symbol=symbol,
        kind=InstrumentKind.SPOT,
        base=base,
        quote=quote,
        price_increment=increment_of(price for price, _ in rows),
        size_increment=increment_of(size for _, size in rows),
    )


class Symbols:
    """Every instrument we were told of, by all the names Kraken has for it."""

    def __init__(self) -> None:
        self._by_id: dict[InstrumentId, Instrument] = {}
        self._by_code: dict[str, InstrumentId] = {}

    def learn(self, instruments: Iterable[Instrument]) -> None:
        """Remember instruments; those of other venues are passed over."""
        for instrument in instruments:
            if instrument.venue != VENUE:
                continue
            self._by_id[instrument.id] = instrument
            old = v1_name(instrument.venue_symbol)
            names = (instrument.venue_symbol, old, old.replace("/", ""))
            for name in (*names, instrument.venue_symbol.replace("/", "")):
                self._by_code[name] = instrument.id
            if instrument.venue_code:
                self._by_code[instrument.venue_code] = instrument.id

    def known(self) -> list[Instrument]:
        """All that was learned."""
        return list(self._by_id.values())

    def find(self, instrument: InstrumentId) -> Instrument | None:
        """The instrument, if it was learned."""
        return self._by_id.get(instrument)

    def need(self, instrument: InstrumentId) -> Instrument:
        """The instrument; Unsupported when Kraken does not list it, or nobody taught us."""
        found = self._by_id.get(instrument)
        if found is None:
            raise Unsupported(
                f"{instrument} is not known at {VENUE}: give learn() the instruments first"
            )
        return found

    def pair(self, code: str) -> InstrumentId:
        """The instrument that REST calls `code` ('XXBTZUSD', 'XBTUSD', 'XBT/USD').

        Raises WireError when the pair was never learned and its parts cannot be told apart.
        """
        found = self._by_code.get(code)
        if found is not None:
            return found
        try:
            return instrument_of(code if "/" in code else _split(code))
        except ValueError as e:
            raise WireError(f"kraken: pair {code!r} is not known; learn() the instruments") from e


def _split(code: str) -> str:
    """'XXBTZUSD' -> 'XXBT/ZUSD', 'SUIUSD' -> 'SUI/USD'; ValueError when it cannot be told."""
    if len(code) == 8 and code[:4] in _LEGACY and code[4:] in _LEGACY:
        return f"{code[:4]}/{code[4:]}"
    for quote in (*_QUOTES, *_MORE_QUOTES):
        if code.endswith(quote) and len(code) > len(quote):
            return f"{code.removesuffix(quote)}/{quote}"
    raise ValueError(f"{code!r} ends with no quote currency that is known")


def split_instrument(instrument: InstrumentId) -> tuple[str, str]:
    """The base and quote currencies of one of our ids: 'kraken:BTC/USD' -> ('BTC', 'USD')."""
    base, _, quote = instrument.removeprefix(f"{VENUE}:").partition("/")
    return base, quote
