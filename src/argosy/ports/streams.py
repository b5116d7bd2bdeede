"""Streams: what can be subscribed to, and a connection's protocol as a state machine."""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

import msgspec

from argosy.model import (
    AmendOrder,
    Balance,
    BookGap,
    CancelOrder,
    ChainEvent,
    CommandDone,
    Fill,
    InstrumentId,
    MarketEvent,
    Nanos,
    OrderReport,
    PlaceOrder,
    Position,
    VenueStatus,
)
from argosy.model.bitcoin import BitcoinEvent
from argosy.ports.rest import HttpRequest, HttpResponse


class Channel(StrEnum):
    """What can be subscribed to. Public ones need an instrument, private ones may go without."""

    BOOK = "book"
    TRADES = "trades"
    TICKER = "ticker"
    CANDLES = "candles"
    FUNDING = "funding"
    MARK_PRICE = "mark_price"
    INDEX_PRICE = "index_price"
    OPEN_INTEREST = "open_interest"
    LIQUIDATIONS = "liquidations"
    GREEKS = "greeks"
    INSTRUMENTS = "instruments"
    ORDERS = "orders"
    FILLS = "fills"
    BALANCES = "balances"
    POSITIONS = "positions"


class Subscription(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One stream of one instrument."""

    channel: Channel
    instrument: InstrumentId | None = None
    depth: int | None = None  # books: levels a side; None: the venue's usual
    interval_s: int | None = None  # candles


class BookChanged(msgspec.Struct, frozen=True):
    """A book took an update. One object per book, sent again and again: read the book, now."""

    instrument: InstrumentId
    book: "BookView"


class BookView(Protocol):
    """What anyone may read of a live book. Prices and sizes as Decimal; see `argosy.books`."""

    instrument: InstrumentId

    @property
    def live(self) -> bool:
        """Whether it may be used: in sync, and fed by an open connection."""
        ...

    @property
    def venue_ns(self) -> int:
        """When the venue says the last update happened; 0: it does not say."""
        ...

    @property
    def received_ns(self) -> int:
        """When the last update was read."""
        ...

    def levels(
        self, limit: int
    ) -> tuple[list[tuple[Decimal, Decimal]], list[tuple[Decimal, Decimal]]]:
        """Up to `limit` levels a side, best first: (bids, asks) of (price, size)."""
        ...


Event = (
    MarketEvent
    | BookChanged
    | BookGap
    | VenueStatus
    | OrderReport
    | Fill
    | Balance
    | Position
    | CommandDone
    | ChainEvent
    | BitcoinEvent
)


class Step(msgspec.Struct, frozen=True):
    """What follows from a frame, or from time passing."""

    events: tuple[Event, ...] = ()
    send: tuple[str, ...] = ()  # text frames to send on this connection, in order
    calls: tuple["SessionCall", ...] = ()  # REST calls whose answers the session wants
    reconnect: bool = False  # open a second connection, then close this one


class SessionCall(msgspec.Struct, frozen=True):
    """A REST request made for a session: net hands the answer to `session.answer(tag, ...)`."""

    tag: str
    request: HttpRequest


NOTHING = Step()


class FeedPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One connection: where it goes and what it carries. A feed's sharding makes these."""

    url: str  # a role named in venue.toml: "ws_public"
    subscriptions: tuple[Subscription, ...] = ()
    private: bool = False
    listen: bool = False  # send nothing, take whatever comes: for recordings
    as_of_ns: Nanos | None = None  # speak the format of that day (venue.toml); None: today's


class FeedSession(Protocol):
    """One connection's protocol as a state machine: login, subscriptions, heartbeats, frames.

    One object lives as long as one connection. No method does I/O; none raises anything but
    WireError (quarantine the frame, go on) and StreamGap (close, connect anew).
    """

    plan: FeedPlan

    def prepare(self) -> Sequence[SessionCall]:
        """REST calls that must be answered before the connection is opened (tokens)."""
        ...

    def answer(self, tag: str, response: HttpResponse) -> Step:
        """An answer to a call of `prepare` or of a Step. May raise VenueError."""
        ...

    def open(self, now_ns: Nanos) -> Step:
        """The connection stands: what to send first."""
        ...

    def receive(self, frame: bytes, received_ns: Nanos) -> Step:
        """What a frame means."""
        ...

    def tick(self, now_ns: Nanos) -> Step:
        """Time passed (called about every second): pings, time-outs of subscriptions, staleness."""
        ...

    def close(self, now_ns: Nanos) -> Step:
        """The connection is gone: its books are out of use from here on (a BookGap each)."""
        ...

    @property
    def ready(self) -> bool:
        """Whether every subscription was confirmed and every book had its snapshot."""
        ...


class CommandSession(FeedSession, Protocol):
    """A session that also carries orders.

    Each returns the frame to send; the answer comes as a CommandDone event with the same
    command_id. Raises Unsupported for what this venue's stream does not carry (use REST).
    """

    def place(self, order: PlaceOrder, command_id: str, now_ns: Nanos) -> str: ...
    def amend(self, order: AmendOrder, command_id: str, now_ns: Nanos) -> str: ...
    def cancel(self, order: CancelOrder, command_id: str, now_ns: Nanos) -> str: ...
