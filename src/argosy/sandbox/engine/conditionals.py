"""Orders that wait for a price: stops, take profits, trailing stops, pairs, attached exits."""

from decimal import Decimal
from functools import partial

from argosy.model import OffsetUnit, OrderType, Side, TriggerSource
from argosy.sandbox.engine import funds, lifecycle, matching
from argosy.sandbox.engine.core import Core, Listing
from argosy.sandbox.engine.events import OrderEvent, OrderKind
from argosy.sandbox.engine.orders import Order, State
from argosy.sandbox.engine.refusals import Reason, Refused

STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT})
PROFITS = frozenset({OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_LIMIT})
TRAILING = frozenset({OrderType.TRAILING_STOP, OrderType.TRAILING_STOP_LIMIT})
CONDITIONAL = STOPS | PROFITS | TRAILING


def arm(core: Core, listing: Listing, order: Order) -> None:
    """Let an order wait for its trigger."""
    order.state = State.UNTRIGGERED
    listing.conditionals[order.number] = order
    trigger = order.trigger
    assert trigger is not None, "checked when it was placed"
    if order.type in TRAILING:
        order.trailing_active = trigger.activation_price is None
        _trail(listing, order)
    funds.hold(core, listing, order)


def watch(core: Core, listing: Listing) -> None:
    """Look whether a price set something off; what did runs in core.ready."""
    for order in tuple(listing.conditionals.values()):
        if order.type in TRAILING:
            _trail(listing, order)
        if _fires(listing, order):
            del listing.conditionals[order.number]
            core.ready.append(partial(fire, core, listing, order))


def _fires(listing: Listing, order: Order) -> bool:
    now = listing.reference(order.trigger_source)
    if not now or order.trigger_price is None:
        return False
    rising = (order.side is Side.BUY) != (order.type in PROFITS)
    return now >= order.trigger_price if rising else now <= order.trigger_price


def _trail(listing: Listing, order: Order) -> None:
    """Follow the best price seen; a trail starts at its activation price, where it has one."""
    trigger = order.trigger
    assert trigger is not None, "trailing orders have one"
    now = listing.reference(trigger.source)
    if not now:
        return
    spec = order.spec
    selling = order.side is Side.SELL
    if not order.trailing_active:
        assert trigger.activation_price is not None, "else it would be active"
        start = trigger.activation_price / spec.price_unit
        if (now < start) if selling else (now > start):
            return
        order.trailing_active = True
    better = order.best_seen is None or (
        now > order.best_seen if selling else now < order.best_seen
    )
    if not better:
        return
    order.best_seen = now
    best = spec.price(now)
    assert trigger.offset is not None, "trailing orders have one"
    away = trigger.offset
    if trigger.offset_unit is OffsetUnit.PERCENT:
        away = best * trigger.offset / 100
    order.trigger_price = spec.nearest_price(best - away if selling else best + away)


def fire(core: Core, listing: Listing, order: Order) -> None:
    """Make a waiting order a live one."""
    if order.state is not State.UNTRIGGERED:
        return
    order.triggered = True
    if order.linked is not None:
        pair, order.linked = order.linked, None
        pair.linked = None
        lifecycle.finish(core, listing, pair, State.CANCELLED, Reason.LINKED)
    spec = order.spec
    if order.type is OrderType.TRAILING_STOP_LIMIT:
        assert order.trigger_price is not None, "it fired"
        offset = Decimal(0)
        if order.request is not None and order.request.limit_offset is not None:
            offset = order.request.limit_offset
        away = offset if order.side is Side.BUY else -offset
        order.limit = spec.nearest_price(spec.price(order.trigger_price) + away)
    order.state = State.OPEN
    order.updated_ns = core.now_ns()
    core.emit(OrderEvent(OrderKind.TRIGGERED, order, order.updated_ns))
    try:
        if order.reduce_only:
            order.size = min(order.size, order.filled + matching.reducible(order))
            if not order.remaining:
                raise Refused(Reason.REDUCE_ONLY, "there is no position left to reduce")
        cost = None
        if order.limit is None:
            _, cost = matching.estimate(listing, order.account, order.side, size=order.remaining)
        funds.check(core, listing, order, cost)
    except Refused as refused:
        lifecycle.finish(core, listing, order, State.CANCELLED, refused.reason)
        return
    matching.enter(core, listing, order)


def drop_pair(core: Core, listing: Listing, order: Order) -> None:
    """The other of a pair goes when one ended."""
    pair = order.linked
    if pair is not None:
        order.linked = pair.linked = None
        lifecycle.finish(core, listing, pair, State.CANCELLED, Reason.LINKED)


def source_of(text: str) -> TriggerSource:
    """'last', 'mark' or 'index'; Refused(INVALID) for anything else."""
    if text not in {TriggerSource.LAST, TriggerSource.MARK, TriggerSource.INDEX}:
        raise Refused(Reason.INVALID, f"there is no trigger price {text!r}")
    return TriggerSource(text)


lifecycle.ENDINGS.append(drop_pair)
