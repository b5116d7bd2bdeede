"""Market events: what the market did. Values only; nothing here reads a clock or a socket."""

from decimal import Decimal
from enum import StrEnum

import msgspec

from argosy.model.instruments import InstrumentId, InstrumentStatus, VenueId
from argosy.model.money import finite
from argosy.model.time import Nanos


class Side(StrEnum):
    """Which side of a trade or an order."""

    BUY = "buy"
    SELL = "sell"

    @property
    def opposite(self) -> "Side":
        """The other side."""
        return Side.SELL if self is Side.BUY else Side.BUY


class MarketEvent(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", omit_defaults=True):
    """What every market event has."""

    instrument: InstrumentId
    venue_ns: Nanos  # when the venue says it happened; 0 where it does not say
    received_ns: Nanos  # when we read the bytes


class Trade(MarketEvent, frozen=True, kw_only=True, tag="trade", omit_defaults=True):
    """One execution, told from the taker's side."""

    venue_trade_id: str
    taker_side: Side
    price: Decimal  # quote per base; may be negative (spreads)
    size: Decimal  # > 0; base units, or contracts
    trades: int = 1  # fills that the venue folded into this one

    def __post_init__(self) -> None:
        finite(self.price, "trade price")
        if finite(self.size, "trade size") <= 0:
            raise ValueError(f"trade size is {self.size}; it must be above 0")


class Ticker(MarketEvent, frozen=True, kw_only=True, tag="ticker", omit_defaults=True):
    """Best prices and the day's figures. Absent figures are None, never 0."""

    bid: Decimal | None = None
    bid_size: Decimal | None = None
    ask: Decimal | None = None
    ask_size: Decimal | None = None
    last: Decimal | None = None
    last_size: Decimal | None = None
    open_24h: Decimal | None = None
    high_24h: Decimal | None = None
    low_24h: Decimal | None = None
    volume_24h: Decimal | None = None  # base units, or contracts
    quote_volume_24h: Decimal | None = None
    vwap_24h: Decimal | None = None


class Candle(MarketEvent, frozen=True, kw_only=True, tag="candle", omit_defaults=True):
    """Open, high, low, close and volume of one interval."""

    interval_s: int
    open_ns: Nanos  # start of the interval
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal  # base units, or contracts
    quote_volume: Decimal | None = None
    trades: int | None = None
    closed: bool = False  # whether the interval is over


class FundingRate(MarketEvent, frozen=True, kw_only=True, tag="funding_rate", omit_defaults=True):
    """Funding of a perpetual, a rate per interval: above 0, longs pay shorts."""

    rate: Decimal
    funding_ns: Nanos  # when it is paid
    next_rate: Decimal | None = None
    next_funding_ns: Nanos | None = None


class MarkPrice(MarketEvent, frozen=True, kw_only=True, tag="mark_price"):
    """The price that margin is counted at."""

    price: Decimal


class IndexPrice(MarketEvent, frozen=True, kw_only=True, tag="index_price"):
    """The price of the underlying, from the venue's basket."""

    price: Decimal


class OpenInterest(MarketEvent, frozen=True, kw_only=True, tag="open_interest", omit_defaults=True):
    """Contracts outstanding."""

    size: Decimal  # contracts
    base_size: Decimal | None = None


class Liquidation(MarketEvent, frozen=True, kw_only=True, tag="liquidation"):
    """A forced close: side is that of the closing order."""

    side: Side
    price: Decimal
    size: Decimal


class OptionGreeks(MarketEvent, frozen=True, kw_only=True, tag="option_greeks", omit_defaults=True):
    """An option's sensitivities and volatilities (1 = 100 % a year), as the venue computes them."""

    delta: Decimal
    gamma: Decimal
    vega: Decimal
    theta: Decimal
    mark_iv: Decimal | None = None
    bid_iv: Decimal | None = None
    ask_iv: Decimal | None = None
    underlying_price: Decimal | None = None
    mark_price: Decimal | None = None


class InstrumentChanged(
    MarketEvent, frozen=True, kw_only=True, tag="instrument_changed", omit_defaults=True
):
    """The venue changed what it accepts for an instrument."""

    status: InstrumentStatus


class Level(msgspec.Struct, frozen=True, array_like=True):
    """One price level; size 0 in an update removes it."""

    price: Decimal
    size: Decimal


class TopOfBook(msgspec.Struct, frozen=True, kw_only=True):
    """The best prices of one book at a moment, both above 0."""

    bid: Decimal
    ask: Decimal

    @property
    def mid(self) -> Decimal:
        """Halfway between them."""
        return (self.bid + self.ask) / 2


class BookSnapshot(MarketEvent, frozen=True, kw_only=True, tag="book_snapshot", omit_defaults=True):
    """A whole book; bids best (highest) first, asks best (lowest) first.

    Books in motion live in `argosy.books`; this is for people, files and tests.
    """

    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    sequence: int | None = None


class BookUpdate(MarketEvent, frozen=True, kw_only=True, tag="book_update", omit_defaults=True):
    """Levels that changed, as the venue sent them. For files and tests; see BookSnapshot."""

    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    sequence: int | None = None
    checksum_ok: bool | None = None  # None where the format has no checksum


class GapReason(StrEnum):
    """Why a book or stream can no longer be trusted."""

    SEQUENCE = "sequence"
    CHECKSUM = "checksum"
    CROSSED = "crossed"
    OVERFLOW = "overflow"
    DISCONNECTED = "disconnected"
    MALFORMED = "malformed"
    STALE = "stale"


class BookGap(MarketEvent, frozen=True, kw_only=True, tag="book_gap", omit_defaults=True):
    """A book lost continuity: it is out of use until its next snapshot."""

    reason: GapReason
    detail: str = ""


class VenueStatus(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="event",
    tag="venue_status",
    omit_defaults=True,
):
    """The venue said how it is: online, maintenance, a restart ahead."""

    venue: VenueId
    status: str
    received_ns: Nanos
    detail: str = ""
    reconnect: bool = False  # it will close this connection soon: open another first
