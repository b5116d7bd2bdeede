"""How an order ends, and what its end sets off: its pair goes, its exits come."""

from collections.abc import Callable

from argosy.sandbox.engine import funds
from argosy.sandbox.engine.core import Core, Listing
from argosy.sandbox.engine.events import OrderEvent, OrderKind, RestingKind
from argosy.sandbox.engine.orders import Order, State
from argosy.sandbox.engine.refusals import Reason

_KIND = {
    State.FILLED: OrderKind.FILLED,
    State.CANCELLED: OrderKind.CANCELLED,
    State.EXPIRED: OrderKind.EXPIRED,
}
# Called with (core, listing, order) for every order that ended; the engine's parts add themselves.
ENDINGS: list[Callable[[Core, Listing, Order], None]] = []


def finish(core: Core, listing: Listing, order: Order, state: State, reason: Reason | None) -> None:
    """End an order: out of the book, holds freed, listeners told. A final order stays as it is."""
    if order.state.final:
        return
    if order.limit is not None and listing.book.rests(order):
        core.resting(listing, RestingKind.DELETE, order)
        listing.book.remove(order)
        core.touched[listing.spec.id] = listing
    order.shown = 0
    if order.account.house:
        order.state = state
        return
    listing.conditionals.pop(order.number, None)
    listing.chasers.pop(order.number, None)
    order.state = state
    order.reason = reason
    order.updated_ns = core.now_ns()
    order.account.open.pop(order.id, None)
    funds.hold(core, listing, order)
    core.emit(OrderEvent(_KIND[state], order, order.updated_ns))
    for ending in ENDINGS:
        ending(core, listing, order)
