"""Changing an order in place: it keeps its id, and its place in the queue where that is fair."""

from decimal import Decimal

import msgspec

from argosy.sandbox.engine import funds, lifecycle, matching
from argosy.sandbox.engine.conditionals import TRAILING
from argosy.sandbox.engine.core import Core, Listing
from argosy.sandbox.engine.events import OrderEvent, OrderKind, RestingKind
from argosy.sandbox.engine.orders import Order, State
from argosy.sandbox.engine.refusals import Reason, Refused


class Amendment(msgspec.Struct, frozen=True, kw_only=True):
    """What to change. `size` is the whole new size, fills so far included."""

    size: Decimal | None = None
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    display_size: Decimal | None = None
    post_only: bool | None = None


def amend(core: Core, listing: Listing, order: Order, change: Amendment) -> None:
    """Apply `change` or raise Refused with nothing changed; emits AMENDED, then may trade."""
    spec = order.spec
    if order.state not in {State.OPEN, State.UNTRIGGERED}:
        raise Refused(Reason.UNKNOWN_ORDER, f"{order.id} is {order.state} and cannot be amended")
    size = order.size if change.size is None else spec.size_units(change.size)
    limit = order.limit if change.price is None else spec.price_units(change.price)
    trigger = order.trigger_price
    if change.trigger_price is not None:
        if trigger is None or order.type in TRAILING:
            raise Refused(Reason.INVALID, f"{order.id} has no trigger price to amend")
        trigger = spec.price_units(change.trigger_price, "trigger price")
    display = order.display
    if change.display_size is not None:
        display = spec.size_units(change.display_size, "display_size")
    if change.price is not None and order.limit is None:
        raise Refused(Reason.INVALID, f"{order.id} has no limit price to amend")
    if size <= order.filled:
        raise Refused(Reason.LOT, f"{order.id} already filled {spec.size(order.filled)}")
    price_units = limit or trigger or listing.last
    spec.check_size(size, spec.price(price_units))
    post_only = order.post_only if change.post_only is None else change.post_only
    if post_only and change.price is not None and listing.book.crosses(order.side, limit):
        raise Refused(Reason.POST_ONLY, f"{order.id} would take at {change.price}")
    _check_funds(core, listing, order, (size, limit, trigger))
    _apply(core, listing, order, size=size, limit=limit, display=display)
    order.trigger_price, order.post_only = trigger, post_only
    funds.hold(core, listing, order)


def _check_funds(
    core: Core,
    listing: Listing,
    order: Order,
    wanted: tuple[int, int | None, int | None],
) -> None:
    was = (order.size, order.limit, order.trigger_price)
    order.size, order.limit, order.trigger_price = wanted
    try:
        funds.check(core, listing, order, None)
    finally:
        order.size, order.limit, order.trigger_price = was


def _apply(
    core: Core,
    listing: Listing,
    order: Order,
    *,
    size: int,
    limit: int | None,
    display: int | None,
) -> None:
    now = order.updated_ns = core.now_ns()
    book = listing.book
    resting = book.rests(order)
    keeps_place = limit == order.limit and size <= order.size
    if resting and keeps_place:
        order.size, order.display = size, display
        shown = order.remaining if display is None else min(display, order.remaining)
        book.resize(order, shown)
        core.touched[listing.spec.id] = listing
        core.resting(listing, RestingKind.MODIFY, order)
        core.emit(OrderEvent(OrderKind.AMENDED, order, now))
        return
    if resting:
        core.resting(listing, RestingKind.DELETE, order)
        book.remove(order)
        core.touched[listing.spec.id] = listing
    order.size, order.limit, order.display = size, limit, display
    order.price = limit
    core.emit(OrderEvent(OrderKind.AMENDED, order, now))
    if resting:
        matching.match(core, listing, order)
        if not order.state.final:
            matching.rest(core, listing, order)


def cancel(core: Core, listing: Listing, order: Order, reason: Reason) -> None:
    """Cancel; Refused(UNKNOWN_ORDER) when it is final already."""
    if order.state.final:
        raise Refused(Reason.UNKNOWN_ORDER, f"{order.id} is {order.state} already")
    lifecycle.finish(core, listing, order, State.CANCELLED, reason)
