"""REST endpoints of /api/v5/trade: what they take apart and put together around `trading`."""

from argosy.model.time import SECOND
from argosy.sandbox.engine import Account, Order, Refused
from argosy.sandbox.okx import algos, names, rows, trading
from argosy.sandbox.okx.account import close_side
from argosy.sandbox.okx.args import Args, Row, ms
from argosy.sandbox.okx.call import Answer, Call, between, paged
from argosy.sandbox.okx.codes import Fault, of_refusal
from argosy.sandbox.okx.exchange import Exchange
from argosy.sandbox.okx.limits import ACCOUNT_ORDERS
from argosy.sandbox.okx.trading import Operation

ALGO_BATCH = 10


def operation(name: str, do: Operation, call: Call) -> Answer:
    """One of place, cancel, amend, over one or many items."""
    if "batch" not in name and len(call.items) > 1:
        raise Fault("50002")
    return Answer(*trading.run(call.exchange, call.account, do, name, call.items, call.deadline_ms))


def place(call: Call) -> Answer:
    """POST /trade/order."""
    return operation("order", trading.place, call)


def place_batch(call: Call) -> Answer:
    """POST /trade/batch-orders."""
    return operation("batch-orders", trading.place, call)


def cancel(call: Call) -> Answer:
    """POST /trade/cancel-order."""
    return operation("cancel-order", trading.cancel, call)


def cancel_batch(call: Call) -> Answer:
    """POST /trade/cancel-batch-orders."""
    return operation("cancel-batch-orders", trading.cancel, call)


def amend(call: Call) -> Answer:
    """POST /trade/amend-order."""
    return operation("amend-order", trading.amend, call)


def amend_batch(call: Call) -> Answer:
    """POST /trade/amend-batch-orders."""
    return operation("amend-batch-orders", trading.amend, call)


def close_position(call: Call) -> list[Row]:
    """POST /trade/close-position: at market; `autoCxl` cancels the closing orders first."""
    args, account, exchange = call.args, call.account, call.exchange
    listing = exchange.names.listing(args.need("instId"))
    args.choice("mgnMode", frozenset({"cross", "isolated"}))
    side = close_side(call)
    position = account.position(listing.spec, side)
    if position is None or not position.size:
        raise Fault("51023")
    if args.flag("autoCxl"):
        for order in tuple(account.open.values()):
            if order.spec is listing.spec and order.reduce_only:
                exchange.engine.cancel(order)
    try:
        exchange.engine.close_position(account, listing.spec.id, side)
    except Refused as refused:
        raise of_refusal(refused) from None
    return [
        {
            "clOrdId": args.text("clOrdId"),
            "instId": args.text("instId"),
            "posSide": side.value,
            "tag": args.text("tag"),
        }
    ]


def cancel_all_after(exchange: Exchange, account: Account, args: Args) -> Row:
    """POST /trade/cancel-all-after: 0 stops it, else 10 to 120 seconds."""
    args.need("timeOut")
    seconds = args.whole("timeOut", 0)
    if seconds and not 10 <= seconds <= 120:
        raise Fault("51000", "timeOut")
    due = exchange.engine.dead_man(account, seconds * SECOND)
    return {"triggerTime": ms(due) or "0", "tag": args.text("tag"), "ts": ms(exchange.now_ns())}


def mass_cancel(exchange: Exchange, account: Account, args: Args) -> Row:
    """POST /trade/mass-cancel: every order of an option family."""
    if args.need("instType") != "OPTION":
        raise Fault("51000", "instType")
    found = exchange.names.of_type("OPTION", args.need("instFamily"))
    exchange.engine.cancel_all(account, [listing.spec.id for listing in found])
    return {"result": bool(found)}


def rest_mass_cancel(call: Call) -> list[Row]:
    """POST /trade/mass-cancel."""
    return [mass_cancel(call.exchange, call.account, call.args)]


def rate_limit(call: Call) -> list[Row]:
    """GET /trade/account-rate-limit: the lowest tier, with no fill ratio yet."""
    return [
        {
            "accRateLimit": str(ACCOUNT_ORDERS),
            "fillRatio": "",
            "mainFillRatio": "",
            "nextAccRateLimit": str(ACCOUNT_ORDERS),
            "ts": ms(call.exchange.now_ns()),
        }
    ]


def rest_cancel_all_after(call: Call) -> list[Row]:
    """POST /trade/cancel-all-after."""
    return [cancel_all_after(call.exchange, call.account, call.args)]


def order(call: Call) -> list[Row]:
    """GET /trade/order."""
    found = trading.named(call.exchange, call.account, call.args, "51603")
    return [rows.order_row(call.exchange, found)]


def _orders(call: Call, *, final: bool) -> list[Order]:
    exchange, account, args = call.exchange, call.account, call.args
    kept = account.orders if final else account.open
    return [
        order
        for order in tuple(kept.values())
        if exchange.is_order(order) and order.state.final == final and _fits(args, order)
    ]


def _fits(args: Args, order: Order) -> bool:
    spec = order.spec
    shown = {
        "instType": names.type_of_order(order),
        "instFamily": names.family_of(spec),
        "uly": names.family_of(spec),
        "instId": spec.instrument.venue_symbol,
        "state": rows.state(order),
    }
    if any(args.text(name, value) != value for name, value in shown.items()):
        return False
    kinds = args.text("ordType")
    return not kinds or rows.order_type(order) in kinds.split(",")


def pending(call: Call) -> list[Row]:
    """GET /trade/orders-pending, paged by ordId."""
    found = [rows.order_row(call.exchange, order) for order in _orders(call, final=False)]
    found.sort(key=lambda row: int(str(row["ordId"])))
    return paged(call.args, found, "ordId")


def history(call: Call) -> list[Row]:
    """GET /trade/orders-history and orders-history-archive, paged by ordId."""
    call.args.choice("instType", names.ALL_TYPES)
    found = [rows.order_row(call.exchange, order) for order in _orders(call, final=True)]
    found.sort(key=lambda row: int(str(row["ordId"])))
    return paged(call.args, between(call.args, found, "cTime"), "ordId")


def fills(call: Call) -> list[Row]:
    """GET /trade/fills and fills-history, paged by billId."""
    args, exchange = call.args, call.exchange
    found = [rows.fill_row(exchange, fill) for fill in call.account.fills]
    kept = [
        row
        for row in found
        if all(
            args.text(name, str(row[name])) == row[name]
            for name in ("instType", "instId", "ordId", "subType")
        )
    ]
    return paged(args, between(args, kept, "ts"), "billId")


# --- algos ---


def place_algo(call: Call) -> Answer:
    """POST /trade/order-algo."""
    return _each_algo(call, algos.place, 1)


def cancel_algos(call: Call) -> Answer:
    """POST /trade/cancel-algos and cancel-advance-algos."""
    return _each_algo(call, algos.cancel, ALGO_BATCH)


def amend_algos(call: Call) -> Answer:
    """POST /trade/amend-algos."""
    return _each_algo(call, algos.amend, ALGO_BATCH)


def _each_algo(call: Call, do: Operation, most: int) -> Answer:
    if len(call.items) > most:
        raise Fault("50025", "orders", str(most))
    found, failed = [], 0
    for args in call.items:
        try:
            found.append(do(call.exchange, call.account, args))
        except Fault as fault:
            failed += 1
            found.append(algos.refused_row(args, fault))
    if not failed:
        return Answer("0", "", found)
    if failed == len(found):
        return Answer("1", "All operations failed", found)
    return Answer("2", "Bulk operation partially succeeded", found)


def algo(call: Call) -> list[Row]:
    """GET /trade/order-algo."""
    found = algos.named(call.exchange, call.account, call.args, "51603")
    return [rows.algo_row(call.exchange, found.orders[0])]


def algos_pending(call: Call) -> list[Row]:
    """GET /trade/orders-algo-pending."""
    return _algos(call, live=True)


def algos_history(call: Call) -> list[Row]:
    """GET /trade/orders-algo-history: state or algoId is asked for."""
    if not call.args.has("state") and not call.args.has("algoId"):
        raise Fault("50015", "state", "algoId")
    return _algos(call, live=False)


def _algos(call: Call, *, live: bool) -> list[Row]:
    args, exchange = call.args, call.exchange
    kinds = set(args.need("ordType").split(","))
    if not kinds <= algos.KINDS:
        raise Fault("51000", "ordType")
    found = [
        rows.algo_row(exchange, each.orders[0])
        for each in exchange.algos(call.account)
        if each.kind in kinds and (each.state == "live") == live
    ]
    kept = [
        row
        for row in found
        if all(
            args.text(name, str(row[name])) == row[name]
            for name in ("instType", "instId", "algoId", "algoClOrdId", "state")
        )
    ]
    return paged(args, kept, "algoId")
