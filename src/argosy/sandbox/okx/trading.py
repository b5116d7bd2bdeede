"""Placing, amending and cancelling orders, for REST and WebSocket alike: one row an order."""

from collections.abc import Callable
from decimal import Decimal

from argosy.model import Side
from argosy.sandbox.engine import (
    Account,
    Amendment,
    Listing,
    Order,
    OrderRequest,
    Reason,
    Refused,
)
from argosy.sandbox.okx import names
from argosy.sandbox.okx.args import Args, Row, ms
from argosy.sandbox.okx.codes import Fault, of_refusal
from argosy.sandbox.okx.exchange import Exchange
from argosy.sandbox.okx.limits import ACCOUNT_ORDERS
from argosy.sandbox.okx.requests import limit_price, order_request, within_band
from argosy.sandbox.okx.rows import client_id

BATCH = 20
ORDERS_PER_WINDOW = 60  # per user and instrument, each operation on its own
BATCHED_PER_WINDOW = 300
WINDOW_S = 2
SINGLE = {
    "batch-orders": "order",
    "cancel-batch-orders": "cancel-order",
    "amend-batch-orders": "amend-order",
}
_TOO_MANY = {
    "batch-orders": "51111",
    "cancel-batch-orders": "51406",
    "amend-batch-orders": "51501",
}
DATED = frozenset({"order", "batch-orders", "amend-order", "amend-batch-orders"})

Operation = Callable[[Exchange, Account, Args], Row]


def listing_of(exchange: Exchange, args: Args) -> Listing:
    """The instrument that a request names."""
    return exchange.names.listing(args.need("instId"))


def limited(exchange: Exchange, account: Account, listing: Listing, name: str) -> None:
    """Fault 50011 or 50061 when there were too many; options count by family."""
    if not exchange.options.rate_limits:
        return
    spec, now = listing.spec, exchange.now_ns()
    option = names.type_of(spec) == "OPTION"
    scope = names.family_of(spec) if option else spec.instrument.venue_symbol
    most = BATCHED_PER_WINDOW if "batch" in name else ORDERS_PER_WINDOW
    if not exchange.limiter.allow((account.name, name, scope), most, WINDOW_S, now):
        raise Fault("50011")
    counted = "cancel" not in name and not spec.is_spot  # spot and margin are exempt
    if counted and not exchange.limiter.allow(
        (account.name, "orders"), ACCOUNT_ORDERS, WINDOW_S, now
    ):
        raise Fault("50061")


def place(exchange: Exchange, account: Account, args: Args) -> Row:
    """POST /trade/order."""
    listing = listing_of(exchange, args)
    request = order_request(exchange, account, listing, args)
    if request.reduce_only:
        _check_direction(account, listing, request)
    try:
        order = exchange.engine.place(account, request)
    except Refused as refused:
        buying = request.side == "buy"
        instrument = listing.spec.instrument
        short = instrument.quote if buying else instrument.base
        currency = short if listing.spec.is_spot else listing.spec.money
        raise of_refusal(refused, currency=currency) from None
    return _answer(exchange, args, order)


def _check_direction(account: Account, listing: Listing, request: OrderRequest) -> None:
    """Fault 51170 for a reducing order in the direction of the position."""
    position = account.position(listing.spec, request.position_side)
    if position is None or not position.size:
        return
    if (position.size > 0) == (request.side is Side.BUY):
        raise Fault("51170")


def cancel(exchange: Exchange, account: Account, args: Args) -> Row:
    """POST /trade/cancel-order."""
    order = named(exchange, account, args, "51400")
    try:
        exchange.engine.cancel(order)
    except Refused as refused:
        raise of_refusal(refused, unknown="51400") from None
    return _answer(exchange, args, order)


def amend(exchange: Exchange, account: Account, args: Args) -> Row:
    """POST /trade/amend-order."""
    order = named(exchange, account, args, "51503")
    listing = exchange.engine.listings[order.spec.id]
    if not any(args.has(name) for name in ("newSz", "newPx", "newPxUsd", "newPxVol")):
        raise Fault("50015", "newSz", "newPx")
    price = None
    if args.has("newPx") or args.has("newPxUsd"):
        renamed = Args({"px": args.text("newPx"), "pxUsd": args.text("newPxUsd")})
        price = limit_price(exchange, listing, renamed)
        price = within_band(exchange, listing, order.side, price, args)
    size = args.number("newSz")
    exchange.amending = (args.text("reqId"), "1")
    try:
        if size is not None and order.filled and 0 < size <= order.spec.size(order.filled):
            exchange.engine.complete(order)
        else:
            _amend(exchange, order, size, price)
    except Refused as refused:
        exchange.amending = None
        if args.flag("cxlOnFail") and not order.state.final:
            exchange.engine.cancel(order)
        if refused.reason is Reason.INSUFFICIENT_FUNDS:
            raise Fault("51502") from None
        raise of_refusal(refused, unknown="51503") from None
    finally:
        exchange.amending = None
    row = _answer(exchange, args, order)
    return row | {"reqId": args.text("reqId")}


def _amend(exchange: Exchange, order: Order, size: Decimal | None, price: Decimal | None) -> None:
    """A post-only order whose new price would take is amended, then cancelled by the venue."""
    try:
        exchange.engine.amend(order, Amendment(size=size, price=price))
    except Refused as refused:
        if refused.reason is not Reason.POST_ONLY:
            raise
        exchange.engine.cancel(order, Reason.POST_ONLY)


def named(exchange: Exchange, account: Account, args: Args, missing: str) -> Order:
    """The order that ordId or clOrdId names, in that instrument; a Fault with code `missing`."""
    listing = listing_of(exchange, args)
    order_id, own_id = args.text("ordId"), args.text("clOrdId")
    if not order_id and not own_id:
        raise Fault("51003")
    order = exchange.find_order(account, order_id, own_id)
    if order is None or order.spec is not listing.spec:
        raise Fault(missing)
    return order


def _answer(exchange: Exchange, args: Args, order: Order) -> Row:
    return {
        "ordId": exchange.order_id(order),
        "clOrdId": client_id(order),
        "tag": args.text("tag"),
        "ts": ms(order.created_ns),
        "sCode": "0",
        "sMsg": "",
        "subCode": "",
    }


def refused_row(exchange: Exchange, args: Args, fault: Fault) -> Row:
    """The row of an operation that failed."""
    row: Row = {
        "ordId": args.text("ordId"),
        "clOrdId": args.text("clOrdId"),
        "tag": args.text("tag"),
        "ts": ms(exchange.now_ns()),
        "sCode": fault.code,
        "sMsg": fault.text,
        "subCode": "",
    }
    if args.has("reqId"):
        row["reqId"] = args.text("reqId")
    return row


def run(
    exchange: Exchange,
    account: Account,
    operation: Operation,
    name: str,
    items: list[Args],
    deadline_ms: str = "",
) -> tuple[str, str, list[Row]]:
    """Do one operation for each item: (code, msg, rows). Fault when none may be tried at all.

    After `deadline_ms` (expTime) places and amendments are not processed.
    """
    if deadline_ms and name in DATED:
        if not deadline_ms.isdecimal() or len(deadline_ms) > 20:
            raise Fault("51000", "expTime")
        if exchange.now_ns() // 1_000_000 > int(deadline_ms):
            raise Fault("50036")
    if not items:
        raise Fault("50000")
    if len(items) > BATCH:
        raise Fault(_TOO_MANY[name], str(BATCH))
    if len(items) == 1:
        name = SINGLE.get(name, name)  # a batch of one counts as a single order
    rows, failed = [], 0
    for args in items:
        try:
            limited(exchange, account, listing_of(exchange, args), name)
            rows.append(operation(exchange, account, args))
        except Fault as fault:
            if fault.code in {"50011", "50061"} and len(items) == 1:
                raise
            failed += 1
            rows.append(refused_row(exchange, args, fault))
    if not failed:
        return "0", "", rows
    if failed == len(items):
        return "1", "All operations failed", rows
    return "2", "Bulk operation partially succeeded", rows
