"""Orders that the engine works itself by placing children: TWAP and chase."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial

from argosy.model import OrderType, Side, TimeInForce
from argosy.sandbox.engine import lifecycle
from argosy.sandbox.engine.core import Core, Listing
from argosy.sandbox.engine.events import OrderEvent, OrderKind
from argosy.sandbox.engine.orders import Order, OrderRequest, State
from argosy.sandbox.engine.refusals import Reason, Refused

Place = Callable[[Order, OrderRequest], Order]  # (parent, request) -> child


def start(core: Core, listing: Listing, order: Order, place: Place) -> None:
    """Begin working a TWAP or CHASE order."""
    order.state = State.WORKING
    if order.type is OrderType.CHASE:
        listing.chasers[order.number] = order
        core.ready.append(partial(chase, core, listing, order, place))
        return
    core.ready.append(partial(_slice, core, listing, order, place))


def _child(order: Order, size: int, price: int | None, *, post_only: bool) -> OrderRequest:
    request = order.request
    assert request is not None, "algorithms are placed by customers"
    spec = order.spec
    return OrderRequest(
        instrument=spec.id,
        side=order.side,
        type=OrderType.MARKET if price is None else OrderType.LIMIT,
        size=spec.size(size),
        price=None if price is None else spec.price(price),
        time_in_force=TimeInForce.GTC if post_only or price is None else TimeInForce.IOC,
        post_only=post_only,
        reduce_only=order.reduce_only,
        margin_mode=order.margin_mode,
        leverage=order.leverage,
        position_side=order.position_side,
        self_trade=request.self_trade,
    )


def _slice(core: Core, listing: Listing, order: Order, place: Place, done: int = 0) -> None:
    """Place the next TWAP child and plan the one after it; refusals skip a slice."""
    request = order.request
    if order.state.final or request is None:
        return
    slices, interval_ns = request.slices or 1, request.interval_ns or 1
    lot = order.spec.lot
    share = max(lot, order.size // slices // lot * lot)
    last = done + 1 >= slices
    size = order.remaining if last else min(share, order.remaining)
    try:
        place(order, _child(order, size, order.limit, post_only=False))
    except Refused:
        pass  # this slice gets nothing
    if last:
        lifecycle.finish(core, listing, order, State.CANCELLED, Reason.UNFILLED)
        return
    core.at(core.now_ns() + interval_ns, partial(_slice, core, listing, order, place, done + 1))


def chase(core: Core, listing: Listing, order: Order, place: Place) -> None:
    """Keep the child at the best price of its own side, never beyond the order's limit."""
    if order.state.final:
        return
    best = listing.book.side(order.side).best_price()
    if best is None:
        return
    if order.limit is not None:
        best = min(best, order.limit) if order.side is Side.BUY else max(best, order.limit)
    child = order.children[-1] if order.children else None
    if child is not None and not child.state.final:
        if child.limit == best:
            return
        lifecycle.finish(core, listing, child, State.CANCELLED, Reason.USER)
    try:
        place(order, _child(order, order.remaining, best, post_only=True))
    except Refused as refused:
        lifecycle.finish(core, listing, order, State.CANCELLED, refused.reason)
    del order.children[:-1]


def child_filled(core: Core, listing: Listing, event: OrderEvent) -> None:
    """Count a child's execution into its parent."""
    parent, fill = event.order.parent, event.fill
    if parent is None or fill is None or parent.state is not State.WORKING:
        return
    spec = parent.spec
    parent.filled += fill.size
    parent.cost += spec.price(fill.price) * spec.size(fill.size)
    parent.fee += fill.fee or Decimal(0)
    parent.fee_currency = fill.fee_currency
    parent.updated_ns = core.now_ns()
    core.emit(OrderEvent(OrderKind.FILL, parent, parent.updated_ns))
    if not parent.remaining:
        lifecycle.finish(core, listing, parent, State.FILLED, None)


def stop_children(core: Core, listing: Listing, order: Order) -> None:
    """A working order that ended takes its live children along."""
    if order.type not in {OrderType.TWAP, OrderType.CHASE}:
        return
    for child in tuple(order.children):
        lifecycle.finish(core, listing, child, State.CANCELLED, Reason.USER)


lifecycle.ENDINGS.append(stop_children)
