"""What can be written to the journal. Values only; several of them make one transaction."""

import msgspec

from argosy.model import (
    ClientOrderId,
    Fill,
    Nanos,
    OrderReport,
    PlaceOrder,
    TopOfBook,
    VenueId,
)

# Kinds of history rows that hold a TopOfBook: what the book was as an order was decided, filled
# (with the id of the trade) and done.
ARRIVAL = "arrival"
FILL = "fill"
END = "end"


class Intended(msgspec.Struct, frozen=True, kw_only=True):
    """An order is about to be sent. Refused when its client id was ever used before."""

    venue: VenueId
    order: PlaceOrder
    report: OrderReport  # pending, as the ledger has it
    at_ns: Nanos
    work: str = ""  # the id of the work whose child it is
    quote: TopOfBook | None = None  # the venue's own book as it was decided


class OrderKnown(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an order now, merged. Orders that are not ours are kept under the venue's
    id. An order that triggered goes on under another venue id: the report names the latest.
    """

    venue: VenueId
    report: OrderReport
    at_ns: Nanos
    quote: TopOfBook | None = None  # the book when a final report was heard


class CancelIntended(msgspec.Struct, frozen=True, kw_only=True):
    """A cancellation or amendment is about to be sent: for the history, nothing waits for it."""

    venue: VenueId
    client_id: ClientOrderId
    what: str
    at_ns: Nanos


class FillKnown(msgspec.Struct, frozen=True, kw_only=True):
    """A fill; one told before (same venue, instrument and trade) changes nothing."""

    venue: VenueId
    fill: Fill
    at_ns: Nanos
    quote: TopOfBook | None = None  # the book when it was heard of


class WorkSaved(msgspec.Struct, frozen=True, kw_only=True):
    """A work as it is now, encoded by whoever knows the types of works."""

    id: str
    kind: str
    done: bool
    body: bytes  # JSON
    at_ns: Nanos


class TransferIntended(msgspec.Struct, frozen=True, kw_only=True):
    """Funds are about to be moved. Refused when its id was ever used for a transfer before."""

    id: str
    body: bytes  # JSON, encoded by whoever knows the type
    at_ns: Nanos


class TransferKnown(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer as it is known to be now."""

    id: str
    state: str
    done: bool
    body: bytes  # JSON
    at_ns: Nanos


class TransactionKnown(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction of an address on a chain as it is now; what was signed is about to be sent.
    Refused when its id, or its nonce, is that of another one.
    """

    chain: str
    address: str
    id: str
    nonce: int
    state: str  # net.tx_journal has them
    final: bool
    body: bytes  # JSON, encoded by whoever knows the type
    at_ns: Nanos
    before: bool = False  # kept elsewhere until now: one that is here already stands


class Marked(msgspec.Struct, frozen=True, kw_only=True):
    """A named value to remember: when a venue was last reconciled."""

    name: str
    value: str


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """A line for the history of an order or work: evidence, decisions, alarms."""

    about: str
    kind: str
    body: bytes  # JSON
    at_ns: Nanos


Entry = (
    Intended
    | OrderKnown
    | CancelIntended
    | FillKnown
    | WorkSaved
    | TransferIntended
    | TransferKnown
    | TransactionKnown
    | Marked
    | Noted
)
