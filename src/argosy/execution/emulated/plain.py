"""A limit order that is taken back: after a date (GTD), or at once (IOC)."""

from typing import Self

import msgspec

from argosy.execution.emulated.order import Emulated
from argosy.execution.turn import Turn
from argosy.model import OrderStatus, TimeInForce


class Plain(Emulated, frozen=True, kw_only=True, omit_defaults=True, tag="plain"):
    """One order, withdrawn when its time came.

    Immediate-or-cancel is an order withdrawn in the same breath. It stands in the book until the
    cancellation arrives: what it fills in that moment counts, and may be as maker.
    """

    sent: bool = False

    def plan(self, turn: Turn[Self]) -> None:
        """The order; for IOC once, and its cancellation behind it."""
        work = turn.work
        if work.live or work.left <= 0:
            return
        immediate = work.order.time_in_force is TimeInForce.IOC
        if immediate and work.sent:
            turn.stop(OrderStatus.CANCELLED, "the rest was not there to be taken")
            return
        order = work.order_of(work.left, work.order.price)
        if immediate:
            order = msgspec.structs.replace(order, time_in_force=TimeInForce.GTC)
        if turn.place(order):
            turn.set(sent=True)
            if immediate:
                turn.withdraw()
