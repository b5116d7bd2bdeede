"""Which of OKX's names means which of our instruments, and back. State: what was learnt.

An instrument nobody listed is still recognised by the shape of its name, so that a fill on it is
never dropped. https://www.okx.com/docs-v5/en/#public-data-rest-api-get-instruments (read 2026-11)
"""

import re
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from argosy.books.provisional import increment_of
from argosy.errors import Unsupported, WireError
from argosy.model import (
    Instrument,
    InstrumentId,
    InstrumentKind,
    OptionRight,
    Payoff,
    VenueId,
    instrument_id,
)
from argosy.model.time import parse_utc
from argosy.venues.okx.values import shown

VENUE = "okx"
_STABLE = {"USDT", "USDC", "USDG", "EUR"}  # quotes that contracts are settled in
_NAME = re.compile(
    r"(?P<base>[A-Za-z0-9$]{1,20})-(?P<quote>[A-Z0-9]{2,10})(?P<um>_UM[A-Z0-9_]*)?"
    r"(?:-(?:(?P<swap>SWAP)|(?P<expiry>\d{6})(?:-(?P<strike>[0-9.]{1,20})-(?P<right>[CP]))?))?",
    re.ASCII,
)
INST_TYPES = {
    InstrumentKind.SPOT: "SPOT",
    InstrumentKind.PERPETUAL: "SWAP",
    InstrumentKind.FUTURE: "FUTURES",
    InstrumentKind.OPTION: "OPTION",
}


def named(symbol: str) -> bool:
    """Whether a name has a shape we know."""
    return _NAME.fullmatch(symbol) is not None


def guess_id(symbol: str) -> InstrumentId:
    """The instrument id that an OKX name stands for, by its shape; WireError when it has none.

    BTC-USDT, BTC-USDT-SWAP, BTC-USD-261225, BTC-USD-261225-100000-C; "_UM" contracts are quoted in
    USD and settled in USDC.
    """
    found = _NAME.fullmatch(symbol)
    if found is None:
        raise WireError(f"okx: {shown(symbol)} is no instrument's name")
    base, quote = found["base"], found["quote"]
    text = f"{base}/{quote}"
    if found["swap"] or found["expiry"]:
        settle = "USDC" if found["um"] else (quote if quote in _STABLE else base)
        text += f":{settle}"
    if found["expiry"]:
        text += f"-{found['expiry']}"
    if found["strike"]:
        text += f"-{found['strike']}-{found['right']}"
    return instrument_id(VENUE, text)


def guess_instrument(symbol: str, levels: Iterable[tuple[Decimal, Decimal]]) -> Instrument:
    """An instrument by the shape of its name and the digits of its book; WireError for no name.

    For recordings that list none. Contract sizes are not in a name: they stand at 1.
    """
    about = guess_id(symbol)
    found = _NAME.fullmatch(symbol)
    assert found is not None  # guess_id has seen to it
    rows = list(levels)
    kind, settle, payoff = InstrumentKind.SPOT, None, None
    if found["swap"] or found["expiry"]:
        kind = InstrumentKind.PERPETUAL if found["swap"] else InstrumentKind.FUTURE
        settle = about.partition(":")[2].partition(":")[2].split("-")[0]
        payoff = Payoff.INVERSE if settle == found["base"] else Payoff.LINEAR
    expiry_ns = None
    if found["expiry"]:
        day = found["expiry"]
        try:
            expiry_ns = parse_utc(f"20{day[:2]}-{day[2:4]}-{day[4:]}T08:00:00Z")
        except ValueError as e:
            raise WireError(f"okx: {shown(symbol)} has no such day in it") from e
    return Instrument(
        id=about,
        venue=VenueId(VENUE),
        venue_symbol=symbol,
        kind=InstrumentKind.OPTION if found["strike"] else kind,
        base=found["base"],
        quote=found["quote"],
        settle=settle,
        payoff=payoff,
        expiry_ns=expiry_ns,
        strike=Decimal(found["strike"]) if found["strike"] else None,
        right=(
            (OptionRight.CALL if found["right"] == "C" else OptionRight.PUT)
            if found["strike"]
            else None
        ),
        price_increment=increment_of((price for price, _ in rows), spare=3),
        size_increment=increment_of((size for _, size in rows), spare=3),
    )


class Names:
    """Instruments by their OKX name and by our id. One object shared by a venue's capabilities."""

    def __init__(self) -> None:
        self._by_id: dict[InstrumentId, Instrument] = {}
        self._by_symbol: dict[str, Instrument] = {}

    def learn(self, instruments: Iterable[Instrument]) -> None:
        """Remember instruments. One that was listed as margin stays so."""
        for instrument in instruments:
            known = self._by_id.get(instrument.id)
            if known is not None and known.venue_symbol != instrument.venue_symbol:
                continue  # two contracts of one id: an order must never go to the other
            if known is not None and known.margin and not instrument.margin:
                instrument = msgspec.structs.replace(
                    instrument, margin=True, max_leverage=known.max_leverage
                )
            self._by_id[instrument.id] = instrument
            self._by_symbol[instrument.venue_symbol] = instrument

    def instrument(self, instrument: InstrumentId) -> Instrument:
        """A known instrument; Unsupported for any other."""
        try:
            return self._by_id[instrument]
        except KeyError:
            raise Unsupported(
                f"{instrument} is not listed at OKX, or its instruments were not loaded yet"
            ) from None

    def find(self, symbol: str) -> Instrument | None:
        """The instrument of an OKX name, when it was learnt."""
        return self._by_symbol.get(symbol)

    def id_of(self, symbol: str) -> InstrumentId:
        """Our id for an OKX name, learnt or not; WireError when it is no name."""
        known = self._by_symbol.get(symbol)
        return known.id if known is not None else guess_id(symbol)

    def of_index(self, index: str) -> list[InstrumentId]:
        """The derivatives that an index ("BTC-USD") prices, when they were learnt."""
        return [i.id for i in self._by_id.values() if index_of(i) == index]


def inst_type(instrument: Instrument) -> str:
    """OKX's word for the kind."""
    return INST_TYPES[instrument.kind]


def family(instrument: Instrument) -> str:
    """The instFamily of a derivative: 'BTC-USD', 'BTC-USD_UM'."""
    return instrument.venue_symbol.rsplit("-", _TAIL[instrument.kind])[0]


_TAIL = {
    InstrumentKind.SPOT: 0,
    InstrumentKind.PERPETUAL: 1,
    InstrumentKind.FUTURE: 1,
    InstrumentKind.OPTION: 3,
}


def index_of(instrument: Instrument) -> str:
    """The index that prices an instrument. USDC contracts follow the USD index since 2023-04."""
    quote = "USD" if instrument.quote == "USDC" else instrument.quote
    return f"{instrument.base}-{quote}"


def bucket_key(instrument: Instrument) -> str:
    """What order limits are counted by: the instrument, options by their family."""
    if instrument.kind is InstrumentKind.OPTION:
        return family(instrument)
    return instrument.venue_symbol
