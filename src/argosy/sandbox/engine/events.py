"""What the engine tells its listeners. Orders and accounts inside events are live objects: a
listener reads them during the call and keeps what it formatted, not the object's fields.
"""

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from argosy.model import InstrumentId, InstrumentStatus, Side
from argosy.sandbox.engine.accounts import Account, LedgerEntry
from argosy.sandbox.engine.orders import Order
from argosy.sandbox.engine.positions import Position


class LevelChange(NamedTuple):
    """A level's new total; size 0 removes it. Ints in the spec's units."""

    side: Side
    price: int
    size: int
    orders: int


class BookChange(NamedTuple):
    """Levels that one operation changed; `sequence` rises by one per instrument and event."""

    instrument: InstrumentId
    sequence: int
    at_ns: int
    changes: tuple[LevelChange, ...]


class RestingKind(StrEnum):
    """What happened to an order in the book."""

    ADD = "add"
    MODIFY = "modify"
    DELETE = "delete"


class RestingChange(NamedTuple):
    """One resting order of a book (level 3). `size` is what the book shows of it."""

    instrument: InstrumentId
    kind: RestingKind
    order: Order
    price: int
    size: int
    at_ns: int


class TradePrint(NamedTuple):
    """One execution as the public sees it."""

    instrument: InstrumentId
    trade_id: int  # running number of the instrument
    price: int
    size: int
    taker_side: Side
    taker_is_market: bool
    at_ns: int


class FillEvent(NamedTuple):
    """One execution of an account's order."""

    order: Order
    trade_id: str  # the venue's kind of id, unique per account side
    print_id: int
    price: int
    size: int
    fee: Decimal
    fee_currency: str
    maker: bool
    realised: Decimal  # profit taken, positions only
    at_ns: int


class OrderKind(StrEnum):
    """What happened to an order."""

    ACCEPTED = "accepted"
    TRIGGERED = "triggered"
    AMENDED = "amended"
    REFILLED = "refilled"  # an iceberg shows its next part
    FILL = "fill"
    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class OrderEvent(NamedTuple):
    """An order changed; `fill` stands with FILL only."""

    kind: OrderKind
    order: Order
    at_ns: int
    fill: FillEvent | None = None


class BalanceEvent(NamedTuple):
    """A currency of an account changed: `entry` when money moved, None when only a hold did."""

    account: Account
    currency: str
    entry: LedgerEntry | None
    at_ns: int


class PositionEvent(NamedTuple):
    """A position changed (size 0: closed)."""

    account: Account
    position: Position
    at_ns: int


class ReferenceEvent(NamedTuple):
    """Mark or index price of an instrument moved."""

    instrument: InstrumentId
    mark: int
    index_price: int
    at_ns: int


class FundingEvent(NamedTuple):
    """Funding of a perpetual was paid."""

    instrument: InstrumentId
    rate: Decimal
    at_ns: int


class LiquidationEvent(NamedTuple):
    """A position is being closed by force; `order` is the closing order."""

    account: Account
    order: Order
    at_ns: int


class StatusEvent(NamedTuple):
    """An instrument's status changed."""

    instrument: InstrumentId
    status: InstrumentStatus
    at_ns: int


Event = (
    BookChange
    | RestingChange
    | TradePrint
    | OrderEvent
    | FillEvent
    | BalanceEvent
    | PositionEvent
    | ReferenceEvent
    | FundingEvent
    | LiquidationEvent
    | StatusEvent
)
