"""Order entry over WebSocket v2.

https://docs.kraken.com/api/docs/websocket-v2/add_order and its neighbours (read 2026-11-22)
"""

from decimal import Decimal
from typing import Any, Protocol

import msgspec

from argosy.model import Side
from argosy.model.time import Nanos, format_utc, parse_utc
from argosy.sandbox.engine import Account, Amendment, Listing, Order
from argosy.sandbox.kraken import views
from argosy.sandbox.kraken.desk import Desk
from argosy.sandbox.kraken.intake import TRAILING, Distance, Ticket, decimal_of
from argosy.sandbox.kraken.names import Names
from argosy.sandbox.kraken.wire import INVALID, KrakenError

BATCH_MIN, BATCH_ADD_MAX, BATCH_CANCEL_MAX = 2, 15, 50
Params = dict[str, Any]


class Reply(Protocol):
    """Sends one response."""

    def __call__(
        self,
        method: str,
        req_id: Any,
        *,
        result: Any = None,
        error: str = "",
        more: dict[str, Any] | None = None,
    ) -> None:
        """A result, or an error."""
        ...


def _distance(params: Params, name: str, kind_name: str) -> Distance | None:
    """A price with its type: static, pct or quote (both relative to the reference)."""
    if params.get(name) is None:
        return None
    value = decimal_of(params[name], name)
    kind = params.get(kind_name, "static")
    if kind == "static":
        return Distance(value)
    if kind not in ("pct", "quote"):
        raise KrakenError(f"{INVALID}:{kind_name}")
    return Distance(abs(value), "-" if value < 0 else "+", kind == "pct")


def _time(params: Params, name: str) -> int | None:
    if not params.get(name):
        return None
    try:
        return parse_utc(str(params[name]))
    except ValueError:
        raise KrakenError(f"{INVALID}:{name}") from None


def _number(params: Params, name: str) -> Decimal | None:
    return None if params.get(name) is None else decimal_of(params[name], name)


def _object(params: Params, name: str) -> Params:
    found = params.get(name) or {}
    if not isinstance(found, dict):
        raise KrakenError(f"{INVALID}:{name}")
    return found


def ticket_of(listing: Listing, params: Params) -> Ticket:
    """Read add_order's params."""
    if params.get("side") not in ("buy", "sell"):
        raise KrakenError(f"{INVALID}:side")
    kind = str(params.get("order_type", ""))
    triggers = _object(params, "triggers")
    trigger = _distance(triggers, "price", "price_type")
    if kind in TRAILING and trigger is not None and not trigger.sign:
        trigger = Distance(trigger.value, "+")
    close = _object(params, "conditional")
    close_limit = _distance(close, "limit_price", "limit_price_type")
    close_trigger = _distance(close, "trigger_price", "trigger_price_type")
    close_kind = str(close.get("order_type", ""))
    tif = str(params.get("time_in_force", "gtc")).lower()
    if tif not in {"gtc", "gtd", "ioc", "fok"}:
        raise KrakenError(f"{INVALID}:time_in_force")
    userref = params.get("order_userref")
    margin = params.get("margin") is True
    return Ticket(
        listing=listing,
        side=Side(params["side"]),
        kind=kind,
        volume=_number(params, "order_qty"),
        cash=_number(params, "cash_order_qty"),
        limit=_distance(params, "limit_price", "limit_price_type"),
        trigger=trigger,
        index=triggers.get("reference", "last") == "index",
        time_in_force=tif,
        expire_ns=_time(params, "expire_time"),
        start_ns=_time(params, "effective_time"),
        post_only=params.get("post_only") is True,
        reduce_only=params.get("reduce_only") is True,
        leverage=listing.spec.max_leverage if margin else None,
        display=_number(params, "display_qty"),
        stp=str(params.get("stp_type", "cancel_newest")).replace("_", "-"),
        userref=userref if isinstance(userref, int) else None,
        client_id=str(params.get("cl_ord_id") or ""),
        fee_in_base=params.get("fee_preference") == "base",
        close_kind=close_kind,
        close_price=close_limit if close_kind == "limit" else close_trigger,
        close_price2=None if close_kind == "limit" else close_limit,
    )


def identity(order: Order) -> dict[str, Any]:
    """How responses name an order."""
    ticket = views.ticket_of(order)
    named: dict[str, Any] = {"order_id": order.id}
    if order.client_id:
        named["cl_ord_id"] = order.client_id
    if ticket is not None and ticket.userref is not None:
        named["order_userref"] = ticket.userref
    return named


class Orders:
    """The request methods; each answers through `reply` or raises KrakenError."""

    def __init__(self, desk: Desk, names: Names, reply: Reply) -> None:
        self._desk = desk
        self._names = names
        self._reply = reply
        self.methods = {
            "add_order": self._add,
            "amend_order": self._amend,
            "edit_order": self._edit,
            "cancel_order": self._cancel,
            "cancel_all": self._cancel_all,
            "cancel_all_orders_after": self._cancel_after,
            "batch_add": self._batch_add,
            "batch_cancel": self._batch_cancel,
        }

    def _listing(self, params: Params) -> Listing:
        symbol = str(params.get("symbol", ""))
        found = self._names.v2(symbol)
        if found is None:
            raise KrakenError(f"Currency pair not supported {symbol}")
        return found

    def _add(self, account: Account, params: Params, req_id: Any) -> None:
        self._desk.deadline(str(params.get("deadline") or ""))
        ticket = ticket_of(self._listing(params), params)
        validate = params.get("validate") is True
        order = self._desk.place(account, ticket, validate=validate)
        result = {} if validate else identity(order)
        self._reply("add_order", req_id, result=result)

    def _find(self, account: Account, params: Params) -> Order:
        txid, client = params.get("order_id"), params.get("cl_ord_id")
        if not txid and not client:
            raise KrakenError(f"{INVALID}:order_id")
        return self._desk.find(account, txid=str(txid or ""), client_id=str(client or ""))

    def _amend(self, account: Account, params: Params, req_id: Any) -> None:
        self._desk.deadline(str(params.get("deadline") or ""))
        order = self._find(account, params)
        listing = self._desk.venue.engine.listings[order.spec.id]

        def price(name: str) -> Decimal | None:
            found = _distance(params, name, f"{name}_type")
            return None if found is None else found.price(listing, listing.last, order.side)

        change = Amendment(
            size=_number(params, "order_qty"),
            price=price("limit_price"),
            trigger_price=price("trigger_price"),
            display_size=_number(params, "display_qty"),
            post_only=True if params.get("post_only") is True else None,
        )
        amend_id = self._desk.amend(order, change)
        self._reply("amend_order", req_id, result={"amend_id": amend_id} | identity(order))

    def _edit(self, account: Account, params: Params, req_id: Any) -> None:
        self._desk.deadline(str(params.get("deadline") or ""))
        order = self._find(account, params)
        old = views.ticket_of(order)
        if old is None or old.close_kind:
            raise KrakenError("EOrder:Invalid order")
        triggers = _object(params, "triggers")
        remaining = order.spec.size(order.remaining)
        userref = params.get("order_userref", old.userref)
        ticket = msgspec.structs.replace(
            old,
            volume=_number(params, "order_qty") or remaining,
            limit=_distance(params, "limit_price", "limit_price_type") or old.limit,
            trigger=_distance(triggers, "price", "price_type") or old.trigger,
            display=_number(params, "display_qty") or old.display,
            userref=userref if isinstance(userref, int) else None,
            client_id="",
        )
        new = self._desk.edit(order, ticket)
        result = {"order_id": new.id, "original_order_id": order.id}
        self._reply("edit_order", req_id, result=result)

    def _wanted(self, account: Account, params: Params) -> list[tuple[dict[str, Any], list[Order]]]:
        """What a cancellation names: (how it named it, the open orders that are meant)."""
        found: list[tuple[dict[str, Any], list[Order]]] = []
        for txid in _many(params, "order_id"):
            order = account.open.get(str(txid))
            found.append(({"order_id": txid}, [order] if order else []))
        for client in _many(params, "cl_ord_id"):
            order = account.by_client_id.get(str(client))
            alive = order is not None and not order.state.final
            found.append(({"cl_ord_id": client}, [order] if order and alive else []))
        for userref in _many(params, "order_userref"):
            if isinstance(userref, int):
                orders = self._desk.by_userref(account, userref)
                found.append(({"order_userref": userref}, orders))
        if not found:
            raise KrakenError(f"{INVALID}:order_id")
        return found

    def _cancel(self, account: Account, params: Params, req_id: Any) -> None:
        """One response for each order."""
        for named, orders in self._wanted(account, params):
            if not orders:
                self._reply("cancel_order", req_id, error="EOrder:Unknown order", more=named)
            for order in orders:
                try:
                    self._desk.cancel(order)
                except KrakenError as error:
                    self._reply("cancel_order", req_id, error=str(error), more=named)
                else:
                    self._reply("cancel_order", req_id, result=named | {"order_id": order.id})

    def _cancel_all(self, account: Account, params: Params, req_id: Any) -> None:
        del params
        self._reply("cancel_all", req_id, result={"count": self._desk.cancel_all(account)})

    def _cancel_after(self, account: Account, params: Params, req_id: Any) -> None:
        timeout = params.get("timeout")
        if not isinstance(timeout, int):
            raise KrakenError(f"{INVALID}:timeout")
        now, due = self._desk.cancel_after(account, timeout)
        result = {
            "currentTime": format_utc(Nanos(now), 0),
            "triggerTime": "0" if due is None else format_utc(Nanos(due), 0),
        }
        self._reply("cancel_all_orders_after", req_id, result=result)

    def _batch_add(self, account: Account, params: Params, req_id: Any) -> None:
        """Parameters are judged together; what the engine refuses fails alone."""
        self._desk.deadline(str(params.get("deadline") or ""))
        orders = params.get("orders")
        if not isinstance(orders, list) or not BATCH_MIN <= len(orders) <= BATCH_ADD_MAX:
            raise KrakenError(f"{INVALID}:orders")
        listing = self._listing(params)
        if not all(isinstance(order, dict) for order in orders):
            raise KrakenError(f"{INVALID}:orders")
        tickets = [ticket_of(listing, order) for order in orders]
        results: list[dict[str, Any]] = []
        for ticket in tickets:
            try:
                order = self._desk.place(account, ticket, validate=params.get("validate") is True)
                results.append(identity(order))
            except KrakenError as error:
                named = {"cl_ord_id": ticket.client_id} if ticket.client_id else {}
                results.append(named | {"success": False, "error": str(error)})
        self._reply("batch_add", req_id, result=results)

    def _batch_cancel(self, account: Account, params: Params, req_id: Any) -> None:
        names = params.get("orders")
        clients = _many(params, "cl_ord_id")
        count = (len(names) if isinstance(names, list) else 0) + len(clients)
        if not BATCH_MIN <= count <= BATCH_CANCEL_MAX:
            raise KrakenError(f"{INVALID}:orders")
        texts = [name for name in names or [] if isinstance(name, str)]
        numbers = [name for name in names or [] if isinstance(name, int)]
        merged = {"order_id": texts, "cl_ord_id": clients, "order_userref": numbers}
        cancelled = 0
        for _, orders in self._wanted(account, merged):
            for order in orders:
                self._desk.cancel(order)
                cancelled += 1
        self._reply("batch_cancel", req_id, more={"orders_cancelled": cancelled})


def _many(params: Params, name: str) -> list[Any]:
    found = params.get(name)
    if found is None:
        return []
    return found if isinstance(found, list) else [found]
