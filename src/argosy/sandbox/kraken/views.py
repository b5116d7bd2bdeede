"""How Kraken's REST shows orders, trades and ledger entries.

https://docs.kraken.com/api/docs/rest-api/get-open-orders and get-trade-history (read 2026-11-22)
"""

from decimal import Decimal
from typing import Any

from argosy.model import OrderType, Side
from argosy.sandbox.engine import Account, EntryKind, FillEvent, LedgerEntry, Order, State
from argosy.sandbox.ids import kraken_id
from argosy.sandbox.kraken.intake import Distance, Ticket
from argosy.sandbox.kraken.names import asset_code, pair_alt, pair_key
from argosy.sandbox.kraken.wire import CANCEL_REASONS, places, seconds

STATUS = {
    State.SCHEDULED: "pending",
    State.UNTRIGGERED: "open",
    State.OPEN: "open",
    State.WORKING: "open",
    State.FILLED: "closed",
    State.CANCELLED: "canceled",
    State.EXPIRED: "expired",
}
KINDS = {
    OrderType.LIMIT: "limit",
    OrderType.MARKET: "market",
    OrderType.ICEBERG: "iceberg",
    OrderType.STOP: "stop-loss",
    OrderType.STOP_LIMIT: "stop-loss-limit",
    OrderType.TAKE_PROFIT: "take-profit",
    OrderType.TAKE_PROFIT_LIMIT: "take-profit-limit",
    OrderType.TRAILING_STOP: "trailing-stop",
    OrderType.TRAILING_STOP_LIMIT: "trailing-stop-limit",
}


def ticket_of(order: Order) -> Ticket | None:
    """What the order was placed with; None for those the venue made."""
    extra = None if order.request is None else order.request.extra
    return extra if isinstance(extra, Ticket) and order.parent is None else None


def kind_of(order: Order) -> str:
    """Kraken's ordertype."""
    ticket = ticket_of(order)
    return KINDS[order.type] if ticket is None else ticket.kind


def _written(distance: Distance | None) -> str:
    if distance is None:
        return "0"
    return f"{distance.sign}{distance.value:f}{'%' if distance.percent else ''}"


def prices(order: Order) -> tuple[str, str]:
    """(price, price2) as Kraken means them for the order's type."""
    spec = order.spec
    limit = "0" if order.limit is None else spec.price_text(order.limit)
    trigger = "0" if order.trigger_price is None else spec.price_text(order.trigger_price)
    kind = kind_of(order)
    if kind.startswith("trailing"):
        ticket = ticket_of(order)
        if ticket is None:
            return trigger, "0"
        return _written(ticket.trigger), _written(ticket.limit)
    if kind in {"stop-loss", "take-profit"}:
        return trigger, "0"
    return (trigger, limit) if kind.endswith("-limit") else (limit, "0")


def sentence(order: Order) -> str:
    """'buy 1.25000000 XBTUSD @ limit 27500.0'."""
    kind = kind_of(order)
    price, price2 = prices(order)
    text = f"{order.side} {order.spec.size_text(order.size)} {pair_alt(order.spec)} @ {kind}"
    if kind != "market":
        text += f" {price}"
    if price2 != "0":
        text += f" -> limit {price2}"
    if order.is_margin:
        text += f" with {order.leverage:f}:1 leverage"
    return text


def close_sentence(order: Order) -> str:
    """'close position @ stop-loss 20000.0'; '' without a conditional close."""
    ticket = ticket_of(order)
    if ticket is None or not ticket.close_kind:
        return ""
    text = f"close position @ {ticket.close_kind} {_written(ticket.close_price)}"
    if ticket.close_price2 is not None:
        text += f" -> limit {_written(ticket.close_price2)}"
    return text


def order_flags(order: Order) -> str:
    """'fciq', 'post,fcib', 'viqc,fciq'."""
    ticket = ticket_of(order)
    flags = ["post"] if order.post_only else []
    if ticket is not None and ticket.cash is not None:
        flags.append("viqc")
    flags.append("fcib" if ticket is not None and ticket.fee_in_base else "fciq")
    return ",".join(flags)


def order_view(order: Order, *, trades: bool = False) -> dict[str, Any]:
    """One order as OpenOrders, ClosedOrders and QueryOrders have it."""
    spec = order.spec
    ticket = ticket_of(order)
    price, price2 = prices(order)
    average = order.average_price or Decimal(0)
    stop = 0 if order.trigger_price is None else order.trigger_price
    limit = order.limit if order.triggered and order.limit is not None else 0
    view: dict[str, Any] = {
        "refid": None if order.parent is None else order.parent.id,
        "userref": None if ticket is None else ticket.userref,
        "status": STATUS[order.state],
        "opentm": seconds(order.created_ns),
        "starttm": 0 if ticket is None or ticket.start_ns is None else seconds(ticket.start_ns),
        "expiretm": 0 if order.expire_ns is None else seconds(order.expire_ns),
        "descr": {
            "pair": pair_alt(spec),
            "aclass": "forex",
            "type": str(order.side),
            "ordertype": kind_of(order),
            "price": price,
            "price2": price2,
            "leverage": f"{order.leverage:f}:1" if order.is_margin else "none",
            "order": sentence(order),
            "close": close_sentence(order),
        },
        "vol": spec.size_text(order.size),
        "vol_exec": spec.size_text(order.filled),
        "cost": places(order.cost, 5),
        "fee": places(order.fee, 5),
        "price": places(average, spec.price_decimals),
        "stopprice": places(spec.price(stop), 5),
        "limitprice": places(spec.price(limit), 5),
        "misc": "liquidated" if order.liquidation else "",
        "oflags": order_flags(order),
    }
    if order.client_id:
        view["cl_ord_id"] = order.client_id
        del view["userref"]
    if order.trigger is not None:
        view["trigger"] = str(order.trigger_source)
    if order.reduce_only:
        view["reduce_only"] = True
    if trades:
        view["trades"] = [f.trade_id for f in order.account.fills if f.order is order]
    if order.state.final:
        view["closetm"] = seconds(order.updated_ns)
        view["reason"] = None if order.reason is None else CANCEL_REASONS.get(order.reason)
    return view


def trade_view(fill: FillEvent) -> dict[str, Any]:
    """One execution as TradesHistory and QueryTrades have it."""
    order, spec = fill.order, fill.order.spec
    cost = spec.price(fill.price) * spec.size(fill.size)
    position = order.account.position(spec) if order.is_margin else None
    return {
        "ordertxid": order.id,
        "postxid": kraken_id("T", 0 if position is None else position.number),
        "pair": pair_key(spec),
        "aclass": "forex",
        "time": seconds(fill.at_ns),
        "type": str(order.side),
        "ordertype": kind_of(order),
        "price": places(spec.price(fill.price), 5),
        "cost": places(cost, 5),
        "fee": places(fill.fee, 5),
        "vol": spec.size_text(fill.size),
        "margin": places(cost / order.leverage if order.is_margin else Decimal(0), 5),
        "leverage": f"{order.leverage:f}" if order.is_margin else "0",
        "misc": "",
        "trade_id": fill.print_id,
        "maker": fill.maker,
        "ledgers": [],
    }


_LEDGER = {
    EntryKind.TRADE: "trade",
    EntryKind.MARGIN: "margin",
    EntryKind.DEPOSIT: "deposit",
    EntryKind.WITHDRAWAL: "withdrawal",
    EntryKind.TRANSFER: "transfer",
    EntryKind.FUNDING: "rollover",
    EntryKind.LIQUIDATION: "adjustment",
}


def ledger_kind(entry: LedgerEntry) -> str:
    """Kraken's ledger type."""
    return _LEDGER[entry.kind]


def ledger_view(entry: LedgerEntry) -> dict[str, Any]:
    """One entry as Ledgers has it."""
    return {
        "refid": entry.ref or kraken_id("F", entry.number),
        "time": seconds(entry.at_ns),
        "type": ledger_kind(entry),
        "subtype": "",
        "aclass": "currency",
        "asset": asset_code(entry.currency),
        "amount": places(entry.amount, 10),
        "fee": places(entry.fee, 10),
        "balance": places(entry.balance, 10),
    }


def positions_view(account: Account) -> dict[str, dict[str, Any]]:
    """OpenPositions: margin positions by id."""
    found = {}
    for position in account.positions.values():
        if not position.size:
            continue
        spec = position.spec
        cost = abs(position.basis)
        side = Side.BUY if position.size > 0 else Side.SELL
        found[kraken_id("T", position.number)] = {
            "ordertxid": kraken_id("O", position.number),
            "posstatus": "open",
            "pair": pair_key(spec),
            "time": seconds(position.opened_ns),
            "type": str(side),
            "ordertype": "market",
            "cost": places(cost, 5),
            "fee": "0.00000",
            "vol": places(abs(position.size), spec.size_decimals),
            "vol_closed": places(Decimal(0), spec.size_decimals),
            "margin": places(cost / position.leverage, 5),
            "terms": "0.0100% per 4 hours",
            "rollovertm": str(position.opened_ns // 10**9 + 4 * 3600),
            "misc": "",
            "oflags": "",
        }
    return found
