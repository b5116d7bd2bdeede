"""What all emulated orders have in common: their terms, and the answer to one input in the making.

A type says what it sees in an input (`see`) and which children it wants now (`plan`); asked twice
it wants nothing more. Pausing, stopping, expiry, refusals and wake-ups are the same for all.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Generic, Self, TypeVar

import msgspec

from argosy.execution.measured import Benchmarks, Planned, Progress
from argosy.execution.work import (
    Action,
    Began,
    Change,
    Child,
    ChildRefused,
    ChildReport,
    Continue,
    Due,
    Input,
    Market,
    Markets,
    Outcome,
    Pause,
    Phase,
    Resumed,
    Stop,
    Wake,
    Work,
    placed,
    reported,
    withdrawn,
)
from argosy.model import (
    Nanos,
    OrderReport,
    OrderStatus,
    OrderType,
    PlaceOrder,
    Side,
    TimeInForce,
)
from argosy.model.money import ZERO, plain
from argosy.model.time import MILLISECOND

MAX_TRIES = 8  # refusals in a row, after which an order ends
FIRST_WAIT_NS = 250 * MILLISECOND  # before the second try; doubled each time


class Emulated(Work, frozen=True, kw_only=True, omit_defaults=True):
    """An order type that the venue lacks. `order` is what was asked for, in full."""

    order: PlaceOrder
    by_position: bool = False  # reduce_only is kept here, by the position that the desk knows
    paused: bool = False
    ending: OrderStatus | None = None  # what it is once its children are gone
    tries: int = 0  # refusals in a row
    again_ns: Nanos = Nanos(0)  # nothing is placed before
    wake_ns: Nanos = Nanos(0)  # asked for and not come yet
    marks: Benchmarks | None = None  # what the market did meanwhile; None: it is not measured

    def report(self, now_ns: Nanos) -> OrderReport:
        """The work as the order that was asked for."""
        report = super().report(now_ns)
        trigger = self.order.trigger
        return msgspec.structs.replace(
            report,
            type=self.order.type,
            price=self.order.price,
            trigger_price=self.trigger_now() or (trigger.price if trigger else None),
            time_in_force=self.order.time_in_force,
            post_only=self.order.post_only,
            reduce_only=self.order.reduce_only,
            position_side=self.order.position_side,
        )

    # --- what a type says -------------------------------------------------------------------------

    def trigger_now(self) -> Decimal | None:
        """The price it waits for now, if it waits for one."""
        return None

    def see(self, turn: "Turn[Self]", _event: Input) -> None:
        """Take in prices. Not called while paused or stopping."""

    def plan(self, turn: "Turn[Self]") -> None:
        """Place and withdraw what is wanted now. Not called while paused or stopping."""
        raise NotImplementedError

    def lost(self, turn: "Turn[Self]", child: Child, reason: str) -> None:
        """A child ended that was neither filled nor withdrawn by us: the whole ends, as it did."""
        turn.stop(child.status, reason)

    def times(self) -> Iterator[Nanos]:
        """When it wants to be woken besides expiry and new tries."""
        return iter(())

    def changed(self, _change: Change) -> Self:
        """With new terms; ValueError for one that it cannot take."""
        raise ValueError(f"a {self.order.type} order that is worked here takes no changes")

    def repriced(self, change: Change) -> Self:
        """With a new limit; ValueError for any other change."""
        if change.price is None or change.size is not None or change.trigger_price is not None:
            raise ValueError(f"of a {self.kind} only the limit (price) can be changed")
        return self.having(order=msgspec.structs.replace(self.order, price=change.price))

    def planned(self, _market: Market) -> tuple[Planned, ...]:
        """The orders that it means to send, if it is left alone and each is filled."""
        return (Planned(size=self.size, price=self.order.price),)

    def expected(self, _now_ns: Nanos) -> Decimal | None:
        """What should be filled by now; None where time does not say."""
        return None

    def parts_at(self, _now_ns: Nanos) -> tuple[int, int]:
        """How many parts should have begun by now, and of how many."""
        return 0, 0

    def heard(self, turn: "Turn[Self]", before: Child, after: Child) -> None:
        """A child changed; what the work's own side filled is counted already."""

    def waits(self) -> bool:
        """Whether it has yet to be set off."""
        return False

    def farewell(self) -> str:
        """What is told at its end: why, and what is left undone."""
        return self.reason

    def with_rest(self) -> str:
        """Why it ended, and how much of it was not done."""
        left = self.size - self.filled
        if left <= 0 or not self.reason:
            return self.reason
        return f"{self.reason}; {plain(left)} was not done"

    def complete(self) -> bool:
        """Whether it has done all it was asked for."""
        return self.filled >= self.size

    # --- the same for all -------------------------------------------------------------------------

    def receive(self, event: Input, markets: Markets) -> Outcome:
        """The next self, and what follows. Raises nothing but ValueError for a Change."""
        if self.done:
            return Outcome(self)
        if isinstance(event, Change):
            return Outcome(self.changed(event))
        turn = Turn(self, markets.get(self.instrument))
        turn.take(event)
        return turn.outcome()

    def progress(self, now_ns: Nanos) -> Progress | None:
        """How far it is, and what it cost; None where it is not measured."""
        if self.marks is None:
            return None
        return self.marks.progress(self, self.expected(now_ns), self.parts_at(now_ns), now_ns)

    def taking(self, size: Decimal, price: Decimal | None) -> PlaceOrder:
        """An order that takes what is there and leaves nothing in the book."""
        order = self.order_of(size, price)
        if order.type is OrderType.LIMIT:
            order = msgspec.structs.replace(order, time_in_force=TimeInForce.IOC, post_only=False)
        return order

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


W = TypeVar("W", bound=Emulated)


class Turn(Generic[W]):
    """One input being answered: `work` as it has become, and the actions so far.

    `market` is None where nothing is known of the instrument; `now_ns` is 0 then.
    """

    def __init__(self, work: W, market: Market | None) -> None:
        self.work = work
        self.market = market
        self.now_ns = Nanos(0) if market is None else market.now_ns
        self.actions: list[Action] = []
        self._before = work
        self._hard = False

    @property
    def fresh(self) -> Market | None:
        """The market, where its prices may be used."""
        return None if self.market is None or self.market.stale else self.market

    # --- changing ---------------------------------------------------------------------------------

    def set(self, **changes: object) -> None:
        """Change the work; durable before anything is sent."""
        self.work = self.work.having(**changes)
        self._hard = True

    def learn(self, **changes: object) -> None:
        """Change what may be saved a moment later."""
        self.work = self.work.having(**changes)

    def place(self, order: PlaceOrder, role: str = "") -> bool:
        """Send a child; whether one is sent. With reduce_only kept here it is cut to the position,
        and the work ends where there is none.
        """
        work = self.work
        if self.now_ns < work.again_ns:
            return False
        if work.by_position:
            size = min(order.size or ZERO, self._reducible(order.side))
            if size <= 0:
                self.stop(OrderStatus.CANCELLED, self._no_position())
                return False
            order = msgspec.structs.replace(order, size=size)
        try:
            self.work, action = placed(work, order, role)
        except ValueError as e:
            self.stop(OrderStatus.CANCELLED, str(e))
            return False
        self.actions.append(action)
        self._hard = True
        return True

    def _reducible(self, side: Side) -> Decimal:
        position = None if self.market is None else self.market.position
        if position is None or (position > 0) == (side is Side.BUY):
            return ZERO
        return abs(position)

    def _no_position(self) -> str:
        known = self.market is not None and self.market.position is not None
        return "no position to reduce" if known else "reduce_only, and the position is not known"

    def withdraw(self, *children: Child) -> None:
        """Cancel these, or all when none is named; those being withdrawn are left alone."""
        self.work, actions = withdrawn(self.work, *(child.client_id for child in children))
        if actions:
            self.actions += actions
            self._hard = True

    def too_little(self, least: Decimal) -> bool:
        """End where what is left could not be placed; whether that is so. `least`: that could."""
        if self.work.live or self.work.left >= least:
            return False
        self.stop(OrderStatus.CANCELLED, "the rest is too little to be placed")
        return True

    def stop(self, status: OrderStatus, reason: str) -> None:
        """Withdraw everything; once that is through, the work ends with this status."""
        if self.work.phase is Phase.STOPPING:
            return
        self.set(phase=Phase.STOPPING, ending=status, reason=reason, paused=False)
        self.withdraw()

    # --- taking in --------------------------------------------------------------------------------

    def take(self, event: Input) -> None:
        """Everything that follows from an input."""
        if isinstance(event, Began):
            self.set(phase=Phase.WAITING, status=OrderStatus.ACCEPTED)
        elif isinstance(event, Due | Resumed):
            self.learn(wake_ns=Nanos(0))
        elif isinstance(event, Stop):
            self.stop(OrderStatus.CANCELLED, event.reason)
        elif isinstance(event, ChildReport | ChildRefused):
            self._hear(event)
        elif isinstance(event, Pause) and not self._stopping and not self.work.paused:
            self.set(paused=True)
            self.withdraw()
        elif isinstance(event, Continue) and self.work.paused:
            self.set(paused=False)
        if self.work.phase is Phase.NEW:
            return
        self._expire()
        self._measure(event)
        if not self._stopping and not self.work.paused:
            self.work.see(self, event)
            self.work.plan(self)
        if not self.work.live:
            self._end()

    @property
    def _stopping(self) -> bool:
        return self.work.phase is Phase.STOPPING

    def _measure(self, event: Input) -> None:
        work = self.work
        if work.marks is None or not self.now_ns:
            return
        if self._stopping or work.paused:
            marks = work.marks.settled(self.now_ns)
        else:
            marks = work.marks.observed(event, work.instrument, self.fresh, self.now_ns)
        if marks is not work.marks:
            self.learn(marks=marks)

    def _expire(self) -> None:
        expire_ns = self.work.order.expire_ns
        if expire_ns is not None and self.now_ns >= expire_ns:
            self.stop(OrderStatus.EXPIRED, "its time came")

    def _hear(self, event: ChildReport | ChildRefused) -> None:
        client_id = event.client_id if isinstance(event, ChildRefused) else event.report.client_id
        before = None if client_id is None else self.work.child(client_id)
        work, after = reported(self.work, event)
        if before is None or after is None or work == self.work:
            return
        self.work = work
        self._hard = True
        self.work.heard(self, before, after)
        if after.filled > before.filled and self.work.tries:
            self.set(tries=0, again_ns=Nanos(0), reason="")
        if not after.status.final or after.status is OrderStatus.FILLED or self._stopping:
            return
        if isinstance(event, ChildRefused):
            self.refused(event.reason, again=not event.funds and not after.withdrawing)
        elif after.status is OrderStatus.REJECTED:
            self.refused(event.report.reason, again=not after.withdrawing)
        elif not after.withdrawing:
            self.work.lost(self, after, event.report.reason)

    def refused(self, reason: str, *, again: bool = True) -> None:
        """A child never stood. It is tried again, waiting longer each time, or all ends."""
        work = self.work
        if not again or work.tries >= MAX_TRIES:
            status = OrderStatus.CANCELLED if work.filled else OrderStatus.REJECTED
            self.stop(status, reason)
            return
        wait_ns = FIRST_WAIT_NS << work.tries
        self.set(tries=work.tries + 1, again_ns=Nanos(self.now_ns + wait_ns), reason=reason)

    def left_the_book(self, child: Child, reason: str) -> None:
        """A resting child ended at the venue. One that may not take, and would have, is tried
        again; else all ends, as it did.
        """
        if self.work.order.post_only and not child.filled:
            self.refused(reason)
        else:
            self.stop(child.status, reason)

    # --- answering --------------------------------------------------------------------------------

    def _end(self) -> None:
        work = self.work
        status = work.ending or OrderStatus.CANCELLED
        if work.complete():
            status = OrderStatus.FILLED if work.filled >= work.size else OrderStatus.CANCELLED
        elif not self._stopping:
            return
        self.set(phase=Phase.DONE, status=status, reason=work.farewell())
        if work.marks is not None:
            self.learn(marks=work.marks.settled(self.now_ns))

    def outcome(self) -> Outcome:
        """The next self and what follows; the very same self where nothing changed."""
        work = self.work
        if not work.done:
            phase = work.phase
            if work.paused:
                phase = Phase.PAUSED
            elif phase not in {Phase.NEW, Phase.STOPPING}:
                phase = Phase.WAITING if work.waits() else Phase.WORKING
            status = work.status
            if work.filled and status is OrderStatus.ACCEPTED:
                status = OrderStatus.PARTIALLY_FILLED
            if (phase, status) != (work.phase, work.status):
                self.set(phase=phase, status=status)
            self._wake()
        if self.work == self._before and not self.actions:
            return Outcome(self._before)
        return Outcome(self.work, tuple(self.actions), soft=not self._hard)

    def _wake(self) -> None:
        work, now_ns = self.work, self.now_ns
        if not now_ns or work.phase is Phase.NEW:
            return
        wanted = [work.again_ns, *work.times()]
        if work.order.expire_ns is not None:
            wanted.append(work.order.expire_ns)
        ahead = [at_ns for at_ns in wanted if at_ns > now_ns]
        if not ahead or (now_ns < work.wake_ns <= min(ahead)):
            return
        self.set(wake_ns=min(ahead))
        self.actions.append(Wake(min(ahead)))
