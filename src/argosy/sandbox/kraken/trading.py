"""Kraken's private REST methods that change orders.

https://docs.kraken.com/api/docs/category/rest-api/trading (read 2026-11-22)
"""

import json
from decimal import Decimal
from typing import Any

import msgspec

from argosy.model import Permission, Side
from argosy.model.time import Nanos, format_utc
from argosy.sandbox.engine import Account, Amendment, Listing, Order
from argosy.sandbox.keys import ApiKey
from argosy.sandbox.kraken import views
from argosy.sandbox.kraken.desk import Desk
from argosy.sandbox.kraken.intake import Distance, Ticket, decimal_of, distance, moment
from argosy.sandbox.kraken.names import Names
from argosy.sandbox.kraken.private import Method
from argosy.sandbox.kraken.public import Parameters, whole
from argosy.sandbox.kraken.wire import INVALID, KrakenError

BATCH_MIN, BATCH_MAX, CANCEL_MAX = 2, 15, 50


def yes(parameters: Parameters, name: str) -> bool:
    """A boolean parameter."""
    return parameters.get(name, "").lower() in {"true", "1"}


def ticket_of(listing: Listing, parameters: Parameters, now_ns: int) -> Ticket:
    """Read AddOrder's form."""
    side_text, kind = parameters.get("type", ""), parameters.get("ordertype", "")
    if side_text not in {"buy", "sell"}:
        raise KrakenError(f"{INVALID}:type")
    flags = set(filter(None, parameters.get("oflags", "").split(",")))
    volume_text = parameters.get("volume", "")
    volume = decimal_of(volume_text, "volume") if volume_text else None
    trailing = kind.startswith("trailing")
    limit, trigger = _prices(kind, parameters)
    if trailing and trigger is not None and not trigger.sign:
        raise KrakenError(f"{INVALID}:price")
    leverage = parameters.get("leverage", "none").partition(":")[0]
    display = parameters.get("displayvol", "")
    userref = parameters.get("userref", "")
    tif = parameters.get("timeinforce", "GTC").lower() or "gtc"
    if tif not in {"gtc", "ioc", "gtd", "fok"}:
        raise KrakenError(f"{INVALID}:timeinforce")
    expire_ns = moment(parameters.get("expiretm", ""), now_ns, "expiretm")
    cash = "viqc" in flags
    return Ticket(
        listing=listing,
        side=Side(side_text),
        kind=kind,
        volume=None if cash else volume,
        cash=volume if cash else None,
        limit=limit,
        trigger=trigger,
        index=parameters.get("trigger", "last") == "index",
        time_in_force="gtd" if expire_ns is not None and tif == "gtc" else tif,
        expire_ns=expire_ns,
        start_ns=moment(parameters.get("starttm", ""), now_ns, "starttm"),
        post_only="post" in flags,
        reduce_only=yes(parameters, "reduce_only"),
        leverage=None if leverage in {"none", "", "0"} else decimal_of(leverage, "leverage"),
        display=decimal_of(display, "displayvol") if display else None,
        stp=parameters.get("stptype", "") or "cancel-newest",
        userref=whole(parameters, "userref", 0) if userref else None,
        client_id=parameters.get("cl_ord_id", ""),
        fee_in_base="fcib" in flags,
        close_kind=parameters.get("close[ordertype]", ""),
        close_price=_optional(parameters, "close[price]"),
        close_price2=_optional(parameters, "close[price2]"),
    )


def _optional(parameters: Parameters, name: str) -> Distance | None:
    text = parameters.get(name, "")
    return distance(text, name) if text and text != "0" else None


def _prices(kind: str, parameters: Parameters) -> tuple[Distance | None, Distance | None]:
    """(limit, trigger): which of price and price2 means what depends on the type."""
    price, price2 = _optional(parameters, "price"), _optional(parameters, "price2")
    if kind in {"limit", "iceberg"}:
        return price, None
    if kind in {"market", "settle-position"}:
        return None, None
    return price2, price


def flatten(body: dict[str, Any], head: str = "") -> Parameters:
    """A JSON body as the form it stands for: {"close": {"price": 1}} -> close[price]=1."""
    found: Parameters = {}
    for name, value in body.items():
        label = f"{head}[{name}]" if head else name
        if isinstance(value, dict):
            found |= flatten(value, label)
        elif isinstance(value, bool):
            found[label] = "true" if value else "false"
        elif isinstance(value, list):
            found[label] = json.dumps(value, default=str)
        elif value is not None:
            found[label] = f"{value:f}" if isinstance(value, Decimal) else str(value)
    return found


class Trading:
    """The methods under /0/private that place, change and cancel."""

    def __init__(self, desk: Desk, names: Names) -> None:
        self._desk = desk
        self._names = names
        trade = Permission.TRADE
        self.methods: dict[str, Method] = {
            "AddOrder": Method(self.add_order, trade, 0),
            "AddOrderBatch": Method(self.add_order_batch, trade, 0),
            "AmendOrder": Method(self.amend_order, trade, 0),
            "EditOrder": Method(self.edit_order, trade, 0),
            "CancelOrder": Method(self.cancel_order, trade, 0),
            "CancelOrderBatch": Method(self.cancel_order_batch, trade, 0),
            "CancelAll": Method(self.cancel_all, trade, 0),
            "CancelAllOrdersAfter": Method(self.cancel_after, trade, 0),
        }

    def _account(self, key: ApiKey) -> Account:
        return self._desk.venue.account(key.account)

    def _listing(self, parameters: Parameters) -> Listing:
        found = self._names.rest(parameters.get("pair", ""))
        if found is None:
            raise KrakenError("EQuery:Unknown asset pair")
        return found

    def add_order(self, key: ApiKey, parameters: Parameters) -> Any:
        """AddOrder."""
        self._desk.deadline(parameters.get("deadline", ""))
        ticket = ticket_of(self._listing(parameters), parameters, self._desk.venue.now_ns())
        validate = yes(parameters, "validate")
        order = self._desk.place(self._account(key), ticket, validate=validate)
        answer: dict[str, Any] = {"descr": _described(order)}
        if not validate:
            answer["txid"] = [order.id]
        return answer

    def add_order_batch(self, key: ApiKey, parameters: Parameters) -> Any:
        """AddOrderBatch: parameters are judged together, funds order by order."""
        self._desk.deadline(parameters.get("deadline", ""))
        orders = _list(parameters, "orders")
        batch = BATCH_MIN <= len(orders) <= BATCH_MAX
        if not batch or not all(isinstance(order, dict) for order in orders):
            raise KrakenError(f"{INVALID}:orders")
        listing = self._listing(parameters)
        now = self._desk.venue.now_ns()
        tickets = [ticket_of(listing, flatten(order), now) for order in orders]
        validate = yes(parameters, "validate")
        results: list[dict[str, Any]] = []
        for ticket in tickets:
            try:
                order = self._desk.place(self._account(key), ticket, validate=validate)
            except KrakenError as refused:
                results.append({"error": str(refused)})
            else:
                result: dict[str, Any] = {"descr": _described(order)}
                if not validate:
                    result["txid"] = order.id
                results.append(result)
        return {"orders": results}

    def _named(self, key: ApiKey, parameters: Parameters) -> Order:
        return self._desk.find(
            self._account(key),
            txid=parameters.get("txid", ""),
            client_id=parameters.get("cl_ord_id", ""),
        )

    def amend_order(self, key: ApiKey, parameters: Parameters) -> Any:
        """AmendOrder."""
        self._desk.deadline(parameters.get("deadline", ""))
        order = self._named(key, parameters)
        listing = self._desk.venue.engine.listings[order.spec.id]

        def price(name: str) -> Decimal | None:
            found = _optional(parameters, name)
            return None if found is None else found.price(listing, listing.last, order.side)

        def size(name: str) -> Decimal | None:
            text = parameters.get(name, "")
            return decimal_of(text, name) if text else None

        change = Amendment(
            size=size("order_qty"),
            price=price("limit_price"),
            trigger_price=price("trigger_price"),
            display_size=size("display_qty"),
            post_only=yes(parameters, "post_only") or None,
        )
        return {"amend_id": self._desk.amend(order, change)}

    def edit_order(self, key: ApiKey, parameters: Parameters) -> Any:
        """EditOrder: cancels and places anew under another id."""
        self._desk.deadline(parameters.get("deadline", ""))
        order = self._named(key, parameters)
        old = views.ticket_of(order)
        if old is None or old.close_kind:
            raise KrakenError("EOrder:Invalid order")
        changed = edited(old, parameters, order)
        new = self._desk.edit(order, changed)
        price, price2 = views.prices(new)
        return {
            "status": "ok",
            "txid": new.id,
            "originaltxid": order.id,
            "volume": new.spec.size_text(new.size),
            "price": price,
            "price2": price2,
            "orders_cancelled": 1,
            "descr": _described(new),
        }

    def cancel_order(self, key: ApiKey, parameters: Parameters) -> Any:
        """CancelOrder by txid, userref or cl_ord_id."""
        account, txid = self._account(key), parameters.get("txid", "")
        if txid and txid.lstrip("-").isdigit():
            orders = self._desk.by_userref(account, int(txid))
            if not orders:
                raise KrakenError("EOrder:Unknown order")
        elif txid or parameters.get("cl_ord_id"):
            orders = [self._named(key, parameters)]
        else:
            raise KrakenError(f"{INVALID}:txid")
        for order in orders:
            self._desk.cancel(order)
        return {"count": len(orders)}

    def cancel_order_batch(self, key: ApiKey, parameters: Parameters) -> Any:
        """CancelOrderBatch by `orders` (txid or userref) and `cl_ord_ids`."""
        account = self._account(key)
        wanted = _list(parameters, "orders") if "orders" in parameters else []
        clients = _list(parameters, "cl_ord_ids") if "cl_ord_ids" in parameters else []
        if not 0 < len(wanted) + len(clients) <= CANCEL_MAX:
            raise KrakenError(f"{INVALID}:orders")
        found: list[Order] = []
        for item in wanted:
            text = str(item.get("txid", "")) if isinstance(item, dict) else str(item)
            if text.lstrip("-").isdigit():
                found += self._desk.by_userref(account, int(text))
            elif text in account.open:
                found.append(account.open[text])
        for item in clients:
            text = str(item.get("cl_ord_id", "")) if isinstance(item, dict) else str(item)
            order = account.by_client_id.get(text)
            if order is not None and not order.state.final:
                found.append(order)
        for order in found:
            self._desk.cancel(order)
        return {"count": len(found)}

    def cancel_all(self, key: ApiKey, parameters: Parameters) -> Any:
        """CancelAll."""
        del parameters
        return {"count": self._desk.cancel_all(self._account(key))}

    def cancel_after(self, key: ApiKey, parameters: Parameters) -> Any:
        """CancelAllOrdersAfter."""
        if "timeout" not in parameters:
            raise KrakenError(f"{INVALID}:timeout")
        timeout = whole(parameters, "timeout", 0)
        now, due = self._desk.cancel_after(self._account(key), timeout)
        return {
            "currentTime": format_utc(Nanos(now), 0),
            "triggerTime": "0" if due is None else format_utc(Nanos(due), 0),
        }


def edited(old: Ticket, parameters: Parameters, order: Order) -> Ticket:
    """The ticket that an edit makes of an old one."""
    price, price2 = _optional(parameters, "price"), _optional(parameters, "price2")
    plain = old.kind in {"limit", "iceberg"}
    new_limit, new_trigger = (price, None) if plain else (price2, price)
    volume = parameters.get("volume", "")
    display = parameters.get("displayvol", "")
    remaining = order.spec.size(order.remaining)
    return msgspec.structs.replace(
        old,
        volume=decimal_of(volume, "volume") if volume else remaining,
        limit=new_limit or old.limit,
        trigger=new_trigger or old.trigger,
        display=decimal_of(display, "displayvol") if display else old.display,
        post_only="post" in parameters.get("oflags", "") or old.post_only,
        client_id="",
    )


def _described(order: Order) -> dict[str, str]:
    described = {"order": views.sentence(order)}
    close = views.close_sentence(order)
    if close:
        described["close"] = close
    return described


def _list(parameters: Parameters, name: str) -> list[Any]:
    try:
        found = json.loads(parameters.get(name, ""), parse_float=Decimal)
    except ValueError:
        raise KrakenError(f"{INVALID}:{name}") from None
    if not isinstance(found, list):
        raise KrakenError(f"{INVALID}:{name}")
    return found
