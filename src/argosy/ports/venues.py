"""What venues can do, one Protocol per capability. Nothing is sent here: they return calls."""

from collections.abc import Iterable, Sequence
from typing import Literal, Protocol, runtime_checkable

from argosy.model import (
    AmendOrder,
    Balance,
    CancelOrder,
    Candle,
    Credentials,
    DepositAddress,
    FeeRates,
    Fill,
    Instrument,
    InstrumentId,
    KeyInfo,
    MarginSummary,
    Nanos,
    Network,
    OrderReport,
    PlaceOrder,
    Position,
    Quote,
    Transfer,
    TransferRequest,
)
from argosy.ports.rest import Call, HttpResponse
from argosy.ports.streams import BookView, CommandSession, FeedPlan, FeedSession, Subscription


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
