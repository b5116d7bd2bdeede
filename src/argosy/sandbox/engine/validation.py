"""Turns a request into an order, or refuses it with the reason. Changes nothing."""

from decimal import Decimal

from argosy.model import InstrumentStatus, MarginMode, OrderType, Side, TimeInForce
from argosy.sandbox.engine import funds, matching
from argosy.sandbox.engine.accounts import Account
from argosy.sandbox.engine.conditionals import CONDITIONAL, TRAILING
from argosy.sandbox.engine.core import Core, Listing
from argosy.sandbox.engine.orders import Order, OrderRequest, State
from argosy.sandbox.engine.refusals import Reason, Refused

_CLOSED = frozenset(
    {
        InstrumentStatus.CANCEL_ONLY,
        InstrumentStatus.SUSPENDED,
        InstrumentStatus.EXPIRED,
        InstrumentStatus.PREOPEN,
    }
)


def build(core: Core, listing: Listing, account: Account, request: OrderRequest) -> Order:
    """The order that `request` makes, checked against the instrument, the account and its funds."""
    _check_status(listing, request)
    _check_parts(request)
    _check_account(core, account, listing, request)
    spec = listing.spec
    limit = None if request.price is None else spec.price_units(request.price)
    cost: Decimal | None = None
    if request.quote_size is not None:
        units, cost = matching.estimate(
            listing, account, request.side, quote=request.quote_size, limit=limit
        )
        if not units:
            raise Refused(
                Reason.MIN_SIZE, f"{request.quote_size} {spec.instrument.quote} buys nothing"
            )
    else:
        assert request.size is not None, "checked above"
        units = spec.size_units(request.size)
    number = core.next_number()
    order = Order(
        account=account,
        spec=spec,
        number=number,
        order_id=core.rules.order_id(number),
        side=request.side,
        order_type=request.type,
        size=units,
        price=limit,
        request=request,
        now_ns=core.now_ns(),
    )
    order.post_only = request.post_only
    order.reduce_only = request.reduce_only
    order.margin_mode = request.margin_mode
    if not spec.is_spot and order.margin_mode is MarginMode.CASH:
        order.margin_mode = MarginMode.CROSS
    order.expire_ns = request.expire_ns
    if request.display_size is not None:
        order.display = spec.size_units(request.display_size, "display_size")
    if request.trigger is not None and request.trigger.price is not None:
        order.trigger_price = spec.price_units(request.trigger.price, "trigger price")
    _set_leverage(core, order)
    _check_worth(core, listing, order, cost)
    return order


def _check_status(listing: Listing, request: OrderRequest) -> None:
    status = listing.status
    closed = (
        status in _CLOSED
        or (status is InstrumentStatus.POST_ONLY and not request.post_only)
        or (status is InstrumentStatus.LIMIT_ONLY and not matching.is_priced(request.type))
        or (status is InstrumentStatus.REDUCE_ONLY and not request.reduce_only)
    )
    if closed:
        raise Refused(Reason.INSTRUMENT_CLOSED, f"{listing.spec.id} is {status}")


def _check_parts(request: OrderRequest) -> None:
    kind = request.type
    immediate = request.time_in_force in {TimeInForce.IOC, TimeInForce.FOK}
    faults = {
        "either size or quote_size is needed": (request.size is None)
        == (request.quote_size is None),
        "quote_size goes with market orders": request.quote_size is not None
        and kind is not OrderType.MARKET,
        f"a {kind} order needs a price": matching.is_priced(kind) and request.price is None,
        f"a {kind} order takes no price": request.price is not None
        and kind in {OrderType.MARKET, OrderType.STOP, OrderType.TAKE_PROFIT},
        f"trigger does not fit a {kind} order": (kind in CONDITIONAL)
        != (request.trigger is not None),
        "gtd and expire_ns go together": (request.time_in_force is TimeInForce.GTD)
        != (request.expire_ns is not None),
        "post_only contradicts an immediate order": request.post_only
        and (immediate or kind is OrderType.MARKET),
        "an iceberg needs display_size": kind is OrderType.ICEBERG and request.display_size is None,
        "a twap needs slices and interval_ns": kind is OrderType.TWAP
        and not (request.slices and request.interval_ns),
    }
    for fault, present in faults.items():
        if present:
            raise Refused(Reason.INVALID, fault)
    trigger = request.trigger
    if trigger is not None and (kind in TRAILING) != (trigger.offset is not None):
        raise Refused(Reason.INVALID, f"a {kind} order triggers by the other kind of distance")


def _check_account(core: Core, account: Account, listing: Listing, request: OrderRequest) -> None:
    known = account.by_client_id.get(request.client_id) if request.client_id else None
    if known is not None and not (core.rules.client_id_reusable and known.state.final):
        raise Refused(
            Reason.DUPLICATE_CLIENT_ID, f"client id {request.client_id!r} is that of {known.id}"
        )
    count = sum(1 for order in account.open.values() if order.spec is listing.spec)
    if count >= core.rules.max_open_orders:
        raise Refused(
            Reason.TOO_MANY_ORDERS, f"{count} orders are open in {listing.spec.id} already"
        )


def _set_leverage(core: Core, order: Order) -> None:
    request, spec = order.request, order.spec
    assert request is not None, "only customers are checked"
    if not order.is_margin:
        return
    if spec.is_spot and not spec.instrument.margin:
        raise Refused(Reason.LEVERAGE, f"{spec.id} is not traded on margin")
    order.leverage = request.leverage or order.account.leverage_of(
        spec, core.rules.default_leverage
    )
    if not 1 <= order.leverage <= spec.max_leverage:
        raise Refused(
            Reason.LEVERAGE,
            f"{spec.id}: leverage {order.leverage} is not in 1..{spec.max_leverage}",
        )


def _check_worth(core: Core, listing: Listing, order: Order, cost: Decimal | None) -> None:
    request, spec = order.request, order.spec
    assert request is not None, "only customers are checked"
    price_units = order.limit or order.trigger_price or listing.last
    if price_units:
        spec.check_size(order.size, spec.price(price_units))
    if order.reduce_only and order.type not in CONDITIONAL:
        reducible = matching.reducible(order)
        if not reducible:
            raise Refused(Reason.REDUCE_ONLY, f"{spec.id}: there is no position to reduce")
        order.size = min(order.size, reducible)
    if order.display is not None and order.display > order.size:
        raise Refused(Reason.INVALID, "display_size is above the order's size")
    conditional = order.type in CONDITIONAL
    if order.type is OrderType.MARKET and not conditional:
        if not len(listing.book.side(order.side.opposite)):
            raise Refused(Reason.NO_LIQUIDITY, f"{spec.id}: nobody is on the other side")
        if cost is None:
            units, cost = matching.estimate(listing, order.account, order.side, size=order.size)
            if order.side is Side.BUY and units:
                cost = cost * order.size / units if units < order.size else cost
        funds.check(core, listing, order, cost)
        return
    if conditional:
        order.state = State.UNTRIGGERED
    funds.check(core, listing, order, None)
    order.state = State.OPEN
