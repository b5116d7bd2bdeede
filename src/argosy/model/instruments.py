"""Instruments: what can be traded, in the words traders know from ccxt, prefixed by venue."""

from decimal import Decimal
from enum import StrEnum
from typing import NewType

import msgspec

from argosy.model.money import finite
from argosy.model.time import Nanos

VenueId = NewType("VenueId", str)  # "kraken", "okx"
InstrumentId = NewType("InstrumentId", str)  # "kraken:BTC/USD", "okx:BTC/USDT:USDT"


class InstrumentKind(StrEnum):
    """What kind of contract it is. Margin is spot with leverage: see Instrument.margin."""

    SPOT = "spot"
    PERPETUAL = "perpetual"
    FUTURE = "future"
    OPTION = "option"
    POOL = "pool"


class Payoff(StrEnum):
    """How a derivative's profit is counted."""

    LINEAR = "linear"  # in the quote currency, proportional to price
    INVERSE = "inverse"  # in the base currency, proportional to 1/price
    QUANTO = "quanto"  # in a third currency at a fixed rate


class OptionRight(StrEnum):
    """What the holder of an option may do."""

    CALL = "call"
    PUT = "put"


class InstrumentStatus(StrEnum):
    """Whether orders are taken."""

    TRADING = "trading"
    POST_ONLY = "post_only"
    LIMIT_ONLY = "limit_only"
    CANCEL_ONLY = "cancel_only"
    REDUCE_ONLY = "reduce_only"
    PREOPEN = "preopen"
    SUSPENDED = "suspended"
    EXPIRED = "expired"


class Instrument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One tradable thing at one venue.

    Sizes are in base units for spot and pools, in contracts otherwise; one contract is
    `contract_size` of the base currency (linear, quanto, every option) or of the quote currency
    (inverse perpetuals and futures).
    Raises ValueError when the parts do not fit together.
    """

    id: InstrumentId
    venue: VenueId
    venue_symbol: str  # the venue's own name for it, as its streams say it
    kind: InstrumentKind
    base: str
    quote: str
    price_increment: Decimal  # > 0; the finest step: some venues coarsen it with price
    size_increment: Decimal  # > 0
    settle: str | None = None  # derivatives only
    payoff: Payoff | None = None  # derivatives only
    contract_size: Decimal = Decimal(1)
    margin: bool = False  # spot that can be traded on borrowed funds
    max_leverage: Decimal | None = None
    min_size: Decimal | None = None
    max_size: Decimal | None = None
    max_market_size: Decimal | None = None
    min_notional: Decimal | None = None  # in quote units
    expiry_ns: Nanos | None = None
    strike: Decimal | None = None
    right: OptionRight | None = None
    status: InstrumentStatus = InstrumentStatus.TRADING
    venue_code: str | None = None  # a second name the venue wants elsewhere (REST, numeric id)
    listed_ns: Nanos | None = None

    def __post_init__(self) -> None:
        for name in ("price_increment", "size_increment", "contract_size"):
            if finite(getattr(self, name), name) <= 0:
                raise ValueError(f"{self.id}: {name} is {getattr(self, name)}; it must be above 0")
        derivative = self.kind not in {InstrumentKind.SPOT, InstrumentKind.POOL}
        if derivative != (self.settle is not None and self.payoff is not None):
            need = "needs" if derivative else "cannot have"
            raise ValueError(f"{self.id}: a {self.kind} {need} settle and payoff")
        if (self.kind in {InstrumentKind.FUTURE, InstrumentKind.OPTION}) != (
            self.expiry_ns is not None
        ):
            raise ValueError(f"{self.id}: expiry_ns does not fit a {self.kind}")
        if (self.kind is InstrumentKind.OPTION) != (
            self.strike is not None and self.right is not None
        ):
            raise ValueError(f"{self.id}: strike and right do not fit a {self.kind}")

    @property
    def symbol(self) -> str:
        """The symbol without its venue: 'BTC/USDT:USDT'."""
        return self.id.partition(":")[2]

    @property
    def _in_quote_units(self) -> bool:
        return self.payoff is Payoff.INVERSE and self.kind is not InstrumentKind.OPTION

    def notional(self, price: Decimal, size: Decimal) -> Decimal:
        """Value of `size` at `price`: in quote units, for inverse contracts too; for options the
        premium, in the currency their price is in.
        """
        if self._in_quote_units:
            return size * self.contract_size
        return price * size * self.contract_size

    def base_size(self, size: Decimal, price: Decimal) -> Decimal:
        """`size` in base units at `price` (which only inverse contracts need)."""
        if self._in_quote_units:
            return size * self.contract_size / price
        return size * self.contract_size


def instrument_id(venue: str, symbol: str) -> InstrumentId:
    """Join a venue and a ccxt symbol; ValueError when either is empty or malformed."""
    if not venue or ":" in venue or not symbol or "/" not in symbol:
        raise ValueError(
            f"{venue!r} and {symbol!r} do not make an instrument id like 'kraken:BTC/USD'"
        )
    return InstrumentId(f"{venue}:{symbol}")


def split_id(instrument: InstrumentId) -> tuple[VenueId, str]:
    """'okx:BTC/USDT:USDT' -> ('okx', 'BTC/USDT:USDT'); ValueError when it is no such id."""
    venue, colon, symbol = instrument.partition(":")
    if not venue or not colon or "/" not in symbol:
        raise ValueError(f"{instrument!r} is not an instrument id like 'kraken:BTC/USD'")
    return VenueId(venue), symbol
