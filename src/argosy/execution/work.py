"""A work: an order that we work ourselves, as a value that turns into the next one. Does no I/O.

Emulated order types and algorithms are works. A work takes one input at a time and answers with its
next self and the actions that follow. Whoever runs it commits both in one transaction before
anything is sent, so a crash at any moment loses and doubles nothing: child ids derive from the
work's own id and a number, and a child whose sending is in doubt is looked up, never sent again.
"""

import hashlib
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Protocol, Self, TypeVar

import msgspec

from argosy.model import (
    ClientOrderId,
    Instrument,
    InstrumentId,
    Nanos,
    OrderReport,
    OrderStatus,
    PlaceOrder,
    Side,
    TriggerSource,
)
from argosy.model.money import ZERO

MAX_CHILDREN = 10_000  # orders that one work may place in its life
MAX_LIVE = 100  # children that are not final, at once


def child_id(work: ClientOrderId, number: int) -> ClientOrderId:
    """The client id of a work's `number`-th child: the same whenever it is asked for.

    32 hexadecimal digits in the form of a version 4 UUID, which every venue takes.
    """
    digest = bytearray(hashlib.blake2b(f"{work}/{number}".encode(), digest_size=16).digest())
    digest[6] = digest[6] & 0x0F | 0x40
    digest[8] = digest[8] & 0x3F | 0x80
    return ClientOrderId(digest.hex())


# What a taker of a side finds at a price or better, in size; looking no further than `most` of it.
Depth = Callable[[Side, Decimal, Decimal], Decimal]


class Market(msgspec.Struct, frozen=True, kw_only=True):
    """One instrument as a work may see it. `stale`: why prices may not be used; empty: they may.

    `volume` is what was traded since the desk has watched (base units or contracts), all takers.
    """

    about: Instrument
    now_ns: Nanos
    bid: Decimal | None = None
    bid_size: Decimal | None = None
    ask: Decimal | None = None
    ask_size: Decimal | None = None
    last: Decimal | None = None
    mark: Decimal | None = None
    index: Decimal | None = None
    volume: Decimal = ZERO
    position: Decimal | None = None  # what the account holds of it, short below 0; None: unknown
    stale: str = ""
    depth: Depth | None = None  # beyond the best prices; None: nothing is known of that

    def within(self, side: Side, limit: Decimal, most: Decimal) -> Decimal:
        """What a taker of `side` finds at `limit` or better, up to `most`."""
        if self.stale:
            return ZERO
        if self.depth is not None:
            return self.depth(side, limit, most)
        price, size = (self.ask, self.ask_size) if side is Side.BUY else (self.bid, self.bid_size)
        if price is None or size is None:
            return ZERO
        return min(size, most) if (price <= limit if side is Side.BUY else price >= limit) else ZERO

    @property
    def mid(self) -> Decimal | None:
        """Halfway between best bid and offer; None where a side is empty."""
        return None if self.bid is None or self.ask is None else (self.bid + self.ask) / 2


class Markets(Protocol):
    """The markets a work may look at, and the time."""

    @property
    def now_ns(self) -> Nanos:
        """The desk's clock."""
        ...

    def get(self, instrument: InstrumentId, /) -> Market | None:
        """An instrument's market; None where nothing is known of it."""
        ...


# --- inputs ---------------------------------------------------------------------------------------


class Began(msgspec.Struct, frozen=True):
    """The work is durable and may act: once in its life."""


class Resumed(msgspec.Struct, frozen=True):
    """The process started again, or the journal was read back: children are as last known, time
    has passed. Plans are to be made anew; nothing that was due meanwhile is caught up in a burst.
    """


class Moved(msgspec.Struct, frozen=True):
    """The best of a book (any of it, for who watches the depth), a mark or index price changed;
    read it from the markets.
    """

    instrument: InstrumentId


class Traded(msgspec.Struct, frozen=True):
    """A trade at the venue. Each one is told, in order, so that no extreme is missed."""

    instrument: InstrumentId
    price: Decimal
    size: Decimal


class FeedLost(msgspec.Struct, frozen=True):
    """Prices of an instrument may not be used from here on: `Market.stale` says why."""

    instrument: InstrumentId


class FeedBack(msgspec.Struct, frozen=True):
    """Prices may be used again. What they did meanwhile was not seen."""

    instrument: InstrumentId


class ChildReport(msgspec.Struct, frozen=True):
    """A child's state as merged so far: fills are never taken back, what is final stays final."""

    report: OrderReport


class ChildRefused(msgspec.Struct, frozen=True):
    """A child is final and never stood: the venue refused it, or it never reached the venue."""

    client_id: ClientOrderId
    reason: str
    funds: bool = False  # refused for want of funds: asking again at once is no use


class Due(msgspec.Struct, frozen=True):
    """The time asked for with `Wake` has come; it may come late, never early."""


class Pause(msgspec.Struct, frozen=True):
    """Place nothing more until told; resting children are withdrawn."""


class Continue(msgspec.Struct, frozen=True):
    """Go on after a pause."""


class Stop(msgspec.Struct, frozen=True):
    """Cancel the work: withdraw every child, then end. Fills that race count."""

    reason: str = "cancelled by the desk"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """New terms. A work that cannot take one raises ValueError, naming it, and stays as it is."""

    size: Decimal | None = None
    price: Decimal | None = None
    trigger_price: Decimal | None = None


class Launched(msgspec.Struct, frozen=True):
    """What a `Launch` asked for has begun, or with a `problem` never will."""

    run: ClientOrderId
    problem: str = ""


Input = (
    Began
    | Resumed
    | Moved
    | Traded
    | FeedLost
    | FeedBack
    | ChildReport
    | ChildRefused
    | Due
    | Pause
    | Continue
    | Stop
    | Change
    | Launched
)


# --- actions --------------------------------------------------------------------------------------


class Place(msgspec.Struct, frozen=True):
    """Send a child. Its client id is `child_id(work, number)`."""

    order: PlaceOrder


class Withdraw(msgspec.Struct, frozen=True):
    """Cancel a child."""

    client_id: ClientOrderId


class Reprice(msgspec.Struct, frozen=True, kw_only=True):
    """Amend a child in place where the venue can; the runner replaces it nowhere by itself."""

    client_id: ClientOrderId
    price: Decimal | None = None
    size: Decimal | None = None


class Wake(msgspec.Struct, frozen=True):
    """Tell `Due` at this time. The latest one asked for holds."""

    at_ns: Nanos


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """Begin something else under the id `run`: an order, an algorithm, a route, a basket.

    It may be asked for again after a restart: whoever launches looks whether `run` has begun, and
    begins nothing after `not_after_ns`.
    """

    run: ClientOrderId
    what: str
    ask: str  # its terms in words, JSON
    not_after_ns: Nanos


Action = Place | Withdraw | Reprice | Wake | Launch


# --- children and the work itself -----------------------------------------------------------------


class Child(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A child as the work keeps it."""

    client_id: ClientOrderId
    instrument: InstrumentId
    side: Side
    size: Decimal
    price: Decimal | None = None
    role: str = ""  # what it is to the work: "slice", "take_profit", "hedge", ...
    status: OrderStatus = OrderStatus.PENDING
    filled: Decimal = ZERO
    value: Decimal = ZERO  # sum of price times size of its fills
    withdrawing: bool = False

    @property
    def left(self) -> Decimal:
        """What it may still fill."""
        return ZERO if self.status.final else max(ZERO, self.size - self.filled)


class Phase(StrEnum):
    """Where a work is."""

    NEW = "new"
    WAITING = "waiting"  # for a trigger, a time or a price
    WORKING = "working"
    PAUSED = "paused"
    STOPPING = "stopping"  # children are being withdrawn; then it ends
    DONE = "done"


class Work(msgspec.Struct, frozen=True, kw_only=True, tag_field="work", omit_defaults=True):
    """What all works have: an id, a phase, children. A subclass says how it answers inputs.

    `live` holds children that are not final. `children` counts those ever placed, so it numbers the
    next one.
    """

    watches_depth: ClassVar[bool] = False  # is told each change of the book, not of its best only

    id: ClientOrderId
    created_ns: Nanos = Nanos(0)
    phase: Phase = Phase.NEW
    status: OrderStatus = OrderStatus.PENDING
    reason: str = ""
    children: int = 0
    live: tuple[Child, ...] = ()

    def receive(self, event: Input, markets: Markets) -> "Outcome":
        """The next self, and what follows. Never raises, but ValueError for a Change."""
        raise NotImplementedError

    @classmethod
    def type_tag(cls) -> str:
        """The name by which the journal knows this type of work."""
        return str(cls.__struct_config__.tag)

    @property
    def kind(self) -> str:
        """What it is, for people: "twap", "bracket", ..."""
        return self.type_tag()

    @property
    def trades(self) -> tuple[InstrumentId, ...]:
        """The instruments that it places orders in."""
        return ()

    @property
    def watches(self) -> tuple[InstrumentId, ...]:
        """The instruments whose prices it wants."""
        return self.trades

    @property
    def sources(self) -> frozenset[TriggerSource]:
        """Which prices it goes by, besides the last and the book's."""
        return frozenset()

    @property
    def done(self) -> bool:
        """Whether nothing more can happen."""
        return self.phase is Phase.DONE

    def having(self, **changes: object) -> Self:
        """The same with other values."""
        return msgspec.structs.replace(self, **changes)

    def child(self, client_id: ClientOrderId) -> Child | None:
        """A live child by its id."""
        return next((child for child in self.live if child.client_id == client_id), None)

    def counted(self, _before: Child, _after: Child) -> Self:
        """With what a child's report added to its fills."""
        return self

    def report(self, _now_ns: Nanos) -> OrderReport | None:
        """The work as one order, for whoever placed it; None where it is more than an order."""
        return None


W = TypeVar("W", bound=Work)


class Outcome(msgspec.Struct, frozen=True):
    """A work after an input, and what is to be done, in order. `soft`: the change need not be
    durable at once (a new extreme price): it is saved within a moment, or with the next action.
    """

    work: Work
    actions: tuple[Action, ...] = ()
    soft: bool = False


# --- what every work does with its children -------------------------------------------------------


def placed(work: W, order: PlaceOrder, role: str = "") -> tuple[W, Place]:
    """The work with a new child, and the action that sends it. `order.client_id` is set here.

    Raises ValueError when the work has placed its fill of children: a loop, or terms far too fine.
    """
    if work.children >= MAX_CHILDREN or len(work.live) >= MAX_LIVE:
        raise ValueError(f"{work.id} has placed {work.children} orders; that is a loop")
    client_id = child_id(work.id, work.children)
    order = msgspec.structs.replace(order, client_id=client_id)
    if order.size is None:
        raise ValueError("a child needs a size")
    child = Child(
        client_id=client_id,
        instrument=order.instrument,
        side=order.side,
        size=order.size,
        price=order.price,
        role=role,
    )
    return work.having(children=work.children + 1, live=(*work.live, child)), Place(order)


def reported(work: W, event: ChildReport | ChildRefused) -> tuple[W, Child | None]:
    """The work with what a child's report says: fills counted once, final children let go.

    Also returns the child as it is now; None when the report is of no live child.
    """
    if isinstance(event, ChildRefused):
        before = work.child(event.client_id)
        if before is None:
            return work, None
        after = msgspec.structs.replace(before, status=OrderStatus.REJECTED)
    else:
        report = event.report
        before = work.child(report.client_id) if report.client_id is not None else None
        if before is None:
            return work, None
        filled = max(before.filled, report.filled)
        value = before.value
        if filled > before.filled and report.average_price is not None:
            value = report.average_price * filled
        elif filled > before.filled and before.price is not None:
            value += (filled - before.filled) * before.price
        after = msgspec.structs.replace(
            before,
            status=report.status,
            filled=filled,
            value=value,
            size=report.size if report.size is not None else before.size,
            price=report.price if report.price is not None else before.price,
        )
    live = tuple(after if child is before else child for child in work.live)
    if after.status.final:
        live = tuple(child for child in live if child is not after)
    return work.having(live=live).counted(before, after), after


def withdrawn(work: W, *ids: ClientOrderId) -> tuple[W, tuple[Withdraw, ...]]:
    """The work with children marked as being withdrawn (all of them when none is named), and the
    actions; a child that is being withdrawn already is not asked for twice.
    """
    chosen = [
        child
        for child in work.live
        if (not ids or child.client_id in ids) and not child.withdrawing
    ]
    live = tuple(
        msgspec.structs.replace(child, withdrawing=True) if child in chosen else child
        for child in work.live
    )
    return work.having(live=live), tuple(Withdraw(child.client_id) for child in chosen)
