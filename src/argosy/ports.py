"""One small Protocol per capability. Venues implement them without doing any I/O: an adapter says
what to send and what a received frame means; `argosy.net` sends and receives.

A venue that lacks a capability lacks the class; nothing raises "not implemented". Each Protocol
has a contract suite of the same name in `argosy.testing` that every adapter passes.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Generic, Literal, Protocol, TypeVar, runtime_checkable
from urllib.parse import urlencode

import msgspec

from argosy.model import (
    AmendOrder,
    Balance,
    BookGap,
    CancelOrder,
    Candle,
    ChainEvent,
    CommandDone,
    Credentials,
    DepositAddress,
    FeeRates,
    Fill,
    Instrument,
    InstrumentId,
    KeyInfo,
    MarginSummary,
    MarketEvent,
    Nanos,
    Network,
    OrderReport,
    PlaceOrder,
    Position,
    Quote,
    Transfer,
    TransferRequest,
    VenueStatus,
)

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Clock(Protocol):
    """Where time comes from: `argosy.net` has the real one, `argosy.testing` the simulated."""

    def now_ns(self) -> Nanos:
        """Wall clock, UTC, nanoseconds."""
        ...

    def monotonic_ns(self) -> int:
        """A clock that never steps, for durations."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` pass."""
        ...


# --- REST -----------------------------------------------------------------------------------------


class HttpRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request as the venue's documents write it, before the host is put before it.

    `query` is kept in order and is encoded by the adapter's own rules when it signs; `body` is the
    exact bytes. `cost` maps a rate-limit bucket of venue.toml to what this request takes of it; a
    bucket that is counted per something carries that after a slash ("orders/BTC-USDT").
    """

    method: str
    path: str
    host: str = "rest"  # a role named in venue.toml
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    signed: bool = False
    idempotent: bool = True  # safe to send again when the answer was lost
    urgent: bool = False  # cancels go before everything else that waits for a limit
    cost: Mapping[str, float] = msgspec.field(default_factory=dict)

    def __repr__(self) -> str:
        """What it is for, without what may hold a secret: query, headers and body."""
        return f"HttpRequest({self.method} {self.host} {self.path}, signed={self.signed})"

    __str__ = __repr__


def target(request: HttpRequest) -> str:
    """Path and query exactly as they are sent: what a signature over them must cover.

    The query is encoded as an HTML form is (space as "+"). A venue with other rules puts its query
    into `path` itself.
    """
    return f"{request.path}?{urlencode(request.query)}" if request.query else request.path


class HttpResponse(msgspec.Struct, frozen=True, kw_only=True):
    """What came back. Header names are lower case."""

    status: int
    body: bytes
    received_ns: Nanos
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)


class Call(msgspec.Struct, Generic[T], frozen=True):
    """A request and how to read its answer.

    `read` returns the value; or raises VenueError (the venue said no), WireError (it broke its
    format), RateLimited, VenueUnavailable, or OutcomeUnknown (the answer leaves open what
    happened). It never raises anything else, whatever the bytes.

    `otherwise` is to be made when `read` raised OutcomeUnknown: it asks elsewhere, and its answer
    counts. `then` is asked with the answer once `read` returned: the call that it leads to (the
    next page, the cancellation of what was listed, the order that a triggered one became), or None
    when that was the last; it raises what `read` raises. Whoever runs calls follows the chain: of
    lists he joins all, of other values the last counts.
    """

    request: HttpRequest
    read: Callable[[HttpResponse], T]
    then: "Callable[[HttpResponse], Call[T] | None] | None" = None
    otherwise: "Call[T] | None" = None


@runtime_checkable
class Signer(Protocol):
    """How a venue signs a request. Pure: time and nonce come in."""

    def sign(
        self, request: HttpRequest, credentials: Credentials, now_ns: Nanos, nonce: int
    ) -> HttpRequest:
        """The same request with what the venue wants for authentication.

        `nonce` is above every nonce used with this key before. Called anew for each attempt.
        """
        ...


# --- streams --------------------------------------------------------------------------------------


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


# --- capabilities ---------------------------------------------------------------------------------


@runtime_checkable
class MarketReference(Protocol):
    """What is traded, and plain public REST data."""

    def instruments(self) -> Sequence[Call[list[Instrument]]]:
        """The calls that together list every instrument."""
        ...

    def learn(self, instruments: Iterable[Instrument]) -> None:
        """Remember instruments: frames need their symbols, increments and codes."""
        ...

    def recognise(self, url: str, response: HttpResponse) -> list[Instrument]:
        """Instruments from a recorded reply to `url`; empty when that is no list of instruments."""
        ...

    def server_time(self) -> Call[Nanos]:
        """The venue's clock, for measuring skew."""
        ...

    def candles(
        self, instrument: InstrumentId, interval_s: int, since_ns: Nanos | None, limit: int
    ) -> Call[list[Candle]]: ...


@runtime_checkable
class MarketFeed(Protocol):
    """The public streams."""

    def plans(self, subscriptions: Iterable[Subscription]) -> list[FeedPlan]:
        """Spread subscriptions over connections within the limits; may raise Unsupported."""
        ...

    def session(self, plan: FeedPlan, books: "BookShelf") -> FeedSession:
        """The state machine for one connection. Books it carries live in `books`."""
        ...


class BookShelf(Protocol):
    """Where sessions find the books they feed: `argosy.books.Shelf`."""

    def book(self, instrument: Instrument) -> BookView:
        """The book of an instrument, made on first use."""
        ...


@runtime_checkable
class Trading(Protocol):
    """Orders over REST. Every read of a refused order raises an OrderRejected."""

    def place(self, order: PlaceOrder) -> Call[OrderReport]: ...
    def place_many(self, orders: Sequence[PlaceOrder]) -> Call[list[OrderReport | Exception]]:
        """One request, one result per order, in order: a report, or why it was refused."""
        ...

    def amend(self, order: AmendOrder) -> Call[None]: ...
    def cancel(self, order: CancelOrder) -> Call[None]: ...
    def cancel_many(self, orders: Sequence[CancelOrder]) -> Call[list[Exception | None]]: ...
    def cancel_all(self, instrument: InstrumentId | None) -> Sequence[Call[list[str]]]:
        """Calls that cancel all of one instrument or of every one; they return venue order ids."""
        ...

    def cancel_all_after(self, seconds: int) -> Call[None]:
        """Dead-man switch: all is cancelled in `seconds` unless told again; 0 disarms."""
        ...

    def order(
        self, instrument: InstrumentId, client_id: str, venue_id: str | None
    ) -> Call[OrderReport]:
        """One order, open or done; OrderNotFound when the venue does not know it."""
        ...

    def open_orders(self) -> Sequence[Call[list[OrderReport]]]: ...
    def fills(self, since_ns: Nanos | None) -> Sequence[Call[list[Fill]]]: ...


@runtime_checkable
class PrivateFeed(Protocol):
    """The private streams: orders, fills, balances, positions, and order entry where it exists."""

    def private_plans(self) -> list[FeedPlan]: ...
    def private_session(self, plan: FeedPlan, credentials: Credentials) -> CommandSession: ...


@runtime_checkable
class Account(Protocol):
    """What we hold and may do."""

    def balances(self) -> Sequence[Call[list[Balance]]]: ...
    def positions(self) -> Sequence[Call[list[Position]]]: ...
    def margin(self) -> Call[MarginSummary]:
        """What all positions need and what backs them; zeros where there are none."""
        ...

    def fees(self, instrument: InstrumentId) -> Call[FeeRates]: ...
    def key_info(self, credentials: Credentials) -> Call[KeyInfo]: ...


Ways = Literal["in", "out", "both"]


@runtime_checkable
class Transfers(Protocol):
    """Moving funds: out of a venue, into it, and between accounts of ours there.

    Reads of a refused one raise TransferRejected, InsufficientFunds or DuplicateOrder; what is not
    known to have been refused is OutcomeUnknown, to be looked up by `lookup` and never sent again.
    """

    def balances(self) -> Sequence[Call[list[Balance]]]:
        """Of the account that withdrawals leave: the first of `accounts`."""
        ...

    def networks(self, currency: str, ways: Ways = "both") -> Call[list[Network]]:
        """The networks of a currency (the pages of the call joined).

        Ways "in" may be asked for by a key that may not withdraw; of ways "out" alone, what they
        say of deposits need not be told.
        """
        ...

    def deposit_address(self, network: Network) -> Call[DepositAddress]:
        """Where to send to, of networks that take deposits; made at the venue where none is yet."""
        ...

    def quote(self, request: TransferRequest) -> Call[Quote]:
        """What withdrawing would cost now. AddressRefused where the venue would not send there."""
        ...

    def withdraw(self, request: TransferRequest) -> Call[Transfer]:
        """Send funds out, once. Never idempotent: a lost answer is looked up."""
        ...

    def lookup(self, request: TransferRequest, since_ns: Nanos) -> Call[list[Transfer]]:
        """What the venue has that may be this request, since a time (pages joined).

        By our id alone where the venue keeps it. Where it does not, everything of the same
        currency, address and amount: which of them is ours is for the caller to tell. Raises
        Unsupported where the venue cannot say.
        """
        ...

    def withdrawals(self, since_ns: Nanos) -> Call[list[Transfer]]:
        """Of every currency, newest first (pages joined)."""
        ...

    def deposits(self, since_ns: Nanos) -> Call[list[Transfer]]:
        """Of every currency, newest first (pages joined)."""
        ...

    def cancel_withdrawal(self, withdrawal: Transfer) -> Call[None]:
        """Ask to cancel; what became of it the withdrawal's state tells."""
        ...

    def accounts(self) -> Sequence[str]:
        """Accounts of ours between which `transfer` moves; withdrawals leave the first of them."""
        ...

    def transfer(self, request: TransferRequest) -> Call[Transfer]:
        """Move funds between two accounts of ours here, once. Never idempotent."""
        ...
