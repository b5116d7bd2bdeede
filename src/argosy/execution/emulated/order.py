"""What all emulated orders have in common: their terms, and how they show as one order."""

from decimal import Decimal
from typing import Self

import msgspec

from argosy.execution.emulated.prices import sources_of
from argosy.execution.measured import Benchmarks, Planned, Progress
from argosy.execution.turn import Turn, Worked
from argosy.execution.work import Change, Child, Input, Market, Phase
from argosy.model import (
    InstrumentId,
    Nanos,
    OrderReport,
    OrderStatus,
    OrderType,
    PlaceOrder,
    Side,
    TimeInForce,
    TriggerSource,
    VenueOrderId,
)
from argosy.model.money import ZERO, plain


class Emulated(Worked, frozen=True, kw_only=True, omit_defaults=True):
    """An order that is worked here. `order` is what was asked for, in full.

    What its children filled, of its own side and instrument, is in `filled` and `value`.
    """

    instrument: InstrumentId
    side: Side
    size: Decimal
    order: PlaceOrder
    filled: Decimal = ZERO
    value: Decimal = ZERO
    by_position: bool = False  # reduce_only is kept here, by the position that the desk knows
    marks: Benchmarks | None = None  # what the market did meanwhile; None: it is not measured

    @property
    def trades(self) -> tuple[InstrumentId, ...]:
        """Its one instrument."""
        return (self.instrument,)

    @property
    def sources(self) -> frozenset[TriggerSource]:
        """What its trigger and its exits watch."""
        return sources_of(self.order)

    @property
    def left(self) -> Decimal:
        """What is neither filled nor being filled by a live child."""
        return self.size - self.filled - sum((child.left for child in self.live), ZERO)

    @property
    def ends_ns(self) -> Nanos | None:
        """When the order expires."""
        return self.order.expire_ns

    @property
    def touched(self) -> bool:
        """Whether anything was filled."""
        return self.filled > 0

    def complete(self) -> bool:
        """Whether it has done all it was asked for."""
        return self.filled >= self.size

    def completed(self) -> OrderStatus | None:
        """Filled; or cancelled, where an exit made it complete with less."""
        if not self.complete():
            return None
        return OrderStatus.FILLED if self.filled >= self.size else OrderStatus.CANCELLED

    def counted(self, before: Child, after: Child) -> Self:
        """With what a child's report added, where it is of the order's own side."""
        if after.side is not self.side or after.instrument != self.instrument:
            return self
        return self.having(
            filled=self.filled + after.filled - before.filled,
            value=self.value + after.value - before.value,
        )

    def trigger_now(self) -> Decimal | None:
        """The price it waits for now, if it waits for one."""
        return None

    def changed(self, _change: Change) -> Self:
        """With new terms; ValueError for one that it cannot take."""
        raise ValueError(f"a {self.order.type} order that is worked here takes no changes")

    def repriced(self, change: Change) -> Self:
        """With a new limit; ValueError for any other change."""
        if change.price is None or change.size is not None or change.trigger_price is not None:
            raise ValueError(f"of a {self.kind} only the limit (price) can be changed")
        return self.having(order=msgspec.structs.replace(self.order, price=change.price))

    def with_rest(self) -> str:
        """Why it ended, and how much of it was not done."""
        left = self.size - self.filled
        if left <= 0 or not self.reason:
            return self.reason
        return f"{self.reason}; {plain(left)} was not done"

    def too_little(self, turn: Turn[Self], least: Decimal) -> bool:
        """End where what is left could not be placed; whether that is so. `least`: that could."""
        if turn.work.live or turn.work.left >= least:
            return False
        turn.stop(OrderStatus.CANCELLED, "the rest is too little to be placed")
        return True

    def left_the_book(self, turn: Turn[Self], child: Child, reason: str) -> None:
        """A resting child ended at the venue. One that may not take, and would have (as it was
        placed, or amended after it was filled in part), is tried again; else all ends, as it did.
        """
        if self.order.post_only:
            turn.refused(reason)
        else:
            turn.stop(child.status, reason)

    # --- how it does ------------------------------------------------------------------------------

    def planned(self, _market: Market) -> tuple[Planned, ...]:
        """The orders that it means to send, if it is left alone and each is filled."""
        return (Planned(size=self.size, price=self.order.price),)

    def expected(self, _now_ns: Nanos) -> Decimal | None:
        """What should be filled by now; None where time does not say."""
        return None

    def parts_at(self, _now_ns: Nanos) -> tuple[int, int]:
        """How many parts should have begun by now, and of how many."""
        return 0, 0

    def progress(self, now_ns: Nanos) -> Progress | None:
        """How far it is, and what it cost; None where it is not measured."""
        if self.marks is None:
            return None
        return self.marks.progress(
            self.side,
            self.filled,
            self.value,
            self.expected(now_ns),
            self.parts_at(now_ns),
            now_ns,
        )

    def measure(self, turn: Turn[Self], event: Input) -> None:
        """Take note of the market while it may act."""
        if self.marks is None or not turn.now_ns:
            return
        if self.phase is Phase.STOPPING or self.paused:
            marks = self.marks.settled(turn.now_ns)
        else:
            marks = self.marks.observed(event, self.instrument, turn.fresh, turn.now_ns)
        if marks is not self.marks:
            turn.learn(marks=marks)

    def ended(self, turn: Turn[Self]) -> None:
        """The mid's time counts up to now."""
        if turn.work.marks is not None:
            turn.learn(marks=turn.work.marks.settled(turn.now_ns))

    # --- as an order ------------------------------------------------------------------------------

    def taking(self, size: Decimal, price: Decimal | None) -> PlaceOrder:
        """An order that takes what is there and leaves nothing in the book."""
        order = self.order_of(size, price)
        if order.type is OrderType.LIMIT:
            order = msgspec.structs.replace(order, time_in_force=TimeInForce.IOC, post_only=False)
        return order

    def report(self, now_ns: Nanos) -> OrderReport:
        """The work as the order that was asked for."""
        order = self.order
        return OrderReport(
            instrument=self.instrument,
            venue_id=VenueOrderId(""),
            client_id=self.id,
            status=self.status,
            side=self.side,
            type=order.type,
            size=self.size,
            filled=self.filled,
            average_price=self.value / self.filled if self.filled else None,
            price=order.price,
            trigger_price=self.trigger_now() or (order.trigger.price if order.trigger else None),
            time_in_force=order.time_in_force,
            post_only=order.post_only,
            reduce_only=order.reduce_only,
            position_side=order.position_side,
            venue_ns=now_ns,
            received_ns=now_ns,
            reason=self.reason,
            created_ns=self.created_ns,
        )

    def fitted(self, turn: Turn[Self], order: PlaceOrder) -> PlaceOrder | None:
        """With reduce_only kept here a child is cut to the position; without one the work ends."""
        if not self.by_position:
            return order
        position = None if turn.market is None else turn.market.position
        size = ZERO
        if position is not None and (position > 0) != (order.side is Side.BUY):
            size = min(order.size or ZERO, abs(position))
        if size > 0:
            return msgspec.structs.replace(order, size=size)
        known = position is not None
        why = "no position to reduce" if known else "reduce_only, and the position is not known"
        turn.stop(OrderStatus.CANCELLED, why)
        return None

    def order_of(
        self, size: Decimal, price: Decimal | None, *, side: Side | None = None
    ) -> PlaceOrder:
        """A market or limit order with this one's account terms. Its time in force is that asked
        for, where an order can be placed with it: those until a date are cancelled from here.
        """
        order = self.order
        tif = order.time_in_force
        priced = price is not None
        return PlaceOrder(
            instrument=self.instrument,
            client_id=self.id,
            side=side or self.side,
            type=OrderType.LIMIT if priced else OrderType.MARKET,
            size=size,
            price=price,
            time_in_force=TimeInForce.GTC if tif is TimeInForce.GTD or not priced else tif,
            post_only=order.post_only and priced,
            reduce_only=order.reduce_only and not self.by_position,
            margin_mode=order.margin_mode,
            leverage=order.leverage,
            position_side=order.position_side,
            self_trade=order.self_trade,
        )
