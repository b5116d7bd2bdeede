"""Messages of the executions and balances channels of WebSocket v2.

https://docs.kraken.com/api/docs/websocket-v2/executions and balances (read 2026-11-22)
"""

from decimal import Decimal
from typing import Any

from argosy.sandbox.engine import (
    Account,
    FillEvent,
    Listing,
    Order,
    OrderEvent,
    OrderKind,
    State,
)
from argosy.sandbox.engine.accounts import LedgerEntry
from argosy.sandbox.ids import kraken_id
from argosy.sandbox.kraken.views import kind_of, ledger_kind, ticket_of
from argosy.sandbox.kraken.wire import CANCEL_REASONS, decimal_number, number, stamp

SNAPSHOT_TRADES = 50
# exec types that come even when a subscriber asked for no status changes
ENDS = {"new", "filled", "canceled", "expired", "trade"}


def _identity(order: Order) -> dict[str, Any]:
    ticket = ticket_of(order)
    row: dict[str, Any] = {"order_id": order.id}
    if order.client_id:
        row["cl_ord_id"] = order.client_id
    else:
        row["order_userref"] = 0 if ticket is None or ticket.userref is None else ticket.userref
    return row


def _sums(order: Order) -> dict[str, Any]:
    spec = order.spec
    return {
        "cum_qty": number(spec.size_text(order.filled)),
        "cum_cost": decimal_number(order.cost, 5),
        "avg_price": decimal_number(order.average_price or Decimal(0), spec.price_decimals),
        "fee_usd_equiv": decimal_number(order.fee, 5),
    }


def details(order: Order, exec_type: str, status: str, at_ns: int) -> dict[str, Any]:
    """Everything about an order, for pending_new and snapshots."""
    spec, ticket = order.spec, ticket_of(order)
    request = order.request
    tif = "GTC" if request is None else str(request.time_in_force).upper()
    row = _identity(order) | {
        "symbol": spec.instrument.venue_symbol,
        "order_qty": number(spec.size_text(order.size)),
        "time_in_force": tif,
        "exec_type": exec_type,
        "side": str(order.side),
        "order_type": kind_of(order),
        "order_status": status,
        "fee_ccy_pref": "fcib" if ticket is not None and ticket.fee_in_base else "fciq",
        "timestamp": stamp(at_ns),
        **_sums(order),
    }
    if order.limit is not None:
        row |= {
            "limit_price_type": "static",
            "limit_price": number(spec.price_text(order.limit)),
        }
    trigger = order.trigger
    if trigger is not None:
        row["stop_price"] = number(spec.price_text(order.trigger_price or 0))
        row["triggers"] = triggers(order)
    if ticket is not None and ticket.cash is not None:
        row["cash_order_qty"] = decimal_number(ticket.cash, 5)
    if order.post_only:
        row["post_only"] = True
    if order.reduce_only:
        row["reduce_only"] = True
    if order.is_margin:
        row["margin"] = True
    if order.display is not None:
        row["display_qty"] = number(spec.size_text(order.display))
    if order.expire_ns is not None:
        row["expire_time"] = stamp(order.expire_ns)
    if ticket is not None and ticket.start_ns is not None:
        row["effective_time"] = stamp(ticket.start_ns)
    return row


def triggers(order: Order) -> dict[str, Any]:
    """The triggers object."""
    trigger, spec = order.trigger, order.spec
    assert trigger is not None, "the caller looked"
    kind = "static"
    if trigger.offset is not None:
        kind = "pct" if trigger.offset_unit == "percent" else "quote"
    price = spec.price_text(order.trigger_price or 0)
    if trigger.offset is not None:
        price = f"{trigger.offset:f}"
    return {
        "reference": "index" if order.trigger_source == "index" else "last",
        "price": number(price),
        "price_type": kind,
        "actual_price": number(spec.price_text(order.trigger_price or 0)),
        "peak_price": number(spec.price_text(order.best_seen or 0)),
        "last_price": number(spec.price_text(order.trigger_price or 0)),
        "status": "triggered" if order.triggered else "untriggered",
        "timestamp": stamp(order.updated_ns),
    }


def trade(fill: FillEvent, *, snapshot: bool = False) -> dict[str, Any]:
    """One execution."""
    order, spec = fill.order, fill.order.spec
    cost = spec.price(fill.price) * spec.size(fill.size)
    row = _identity(order) | {
        "exec_id": fill.trade_id,
        "exec_type": "trade",
        "trade_id": fill.print_id,
        "symbol": spec.instrument.venue_symbol,
        "side": str(order.side),
        "last_qty": number(spec.size_text(fill.size)),
        "last_price": number(spec.price_text(fill.price)),
        "liquidity_ind": "m" if fill.maker else "t",
        "cost": decimal_number(cost, 5),
        "order_status": "filled" if snapshot and not order.remaining else "partially_filled",
        "order_type": kind_of(order),
        "timestamp": stamp(fill.at_ns),
        "fee_usd_equiv": decimal_number(fill.fee, 5),
        "fees": [{"asset": fill.fee_currency, "qty": decimal_number(fill.fee, 8)}],
    }
    if order.is_margin:
        row["margin"] = True
    if not snapshot:
        row |= _sums(order)
    return row


def rows_of(event: OrderEvent, listing: Listing) -> list[dict[str, Any]]:
    """The execution reports that an engine event makes."""
    order, at_ns = event.order, event.at_ns
    if event.kind is OrderKind.ACCEPTED:
        rows = [details(order, "pending_new", "pending_new", at_ns)]
        # a post-only order that would take goes from pending_new straight to canceled
        doomed = order.post_only and listing.book.crosses(order.side, order.limit)
        if not doomed and order.state is not State.SCHEDULED:
            rows.append(_brief(order, "new", "new", at_ns))
        return rows
    if event.kind is OrderKind.FILL:
        return [] if event.fill is None else [trade(event.fill)]
    if event.kind is OrderKind.FILLED:
        return [_brief(order, "filled", "filled", at_ns) | _sums(order)]
    if event.kind is OrderKind.CANCELLED:
        reason = "" if order.reason is None else CANCEL_REASONS.get(order.reason, "")
        ended = _brief(order, "canceled", "canceled", at_ns) | _sums(order)
        return [ended | {"reason": reason}]
    if event.kind is OrderKind.EXPIRED:
        return [_brief(order, "expired", "expired", at_ns) | _sums(order)]
    status = "partially_filled" if order.filled else "new"
    if event.kind is OrderKind.AMENDED:
        return [details(order, "amended", status, at_ns) | {"amended": True}]
    if event.kind is OrderKind.REFILLED:
        return [_brief(order, "iceberg_refill", status, at_ns)]
    triggered = _brief(order, "status", status, at_ns)
    if order.trigger is not None:
        triggered["triggers"] = triggers(order)
    return [triggered]


def _brief(order: Order, exec_type: str, status: str, at_ns: int) -> dict[str, Any]:
    return _identity(order) | {
        "symbol": order.spec.instrument.venue_symbol,
        "exec_type": exec_type,
        "order_status": status,
        "timestamp": stamp(at_ns),
    }


def executions_snapshot(account: Account, *, orders: bool, trades: bool) -> list[dict[str, Any]]:
    """Open orders and the last fills."""
    rows = []
    if orders:
        for order in account.open.values():
            status = "partially_filled" if order.filled else "new"
            kind = "pending_new" if order.state is State.SCHEDULED else "new"
            rows.append(details(order, kind, status, order.created_ns))
    if trades:
        newest = list(account.fills)[-SNAPSHOT_TRADES:]
        rows += [trade(fill, snapshot=True) for fill in newest]
    return rows


def balances_snapshot(account: Account) -> list[dict[str, Any]]:
    """Every currency."""
    rows = []
    for currency, holding in account.holdings.items():
        total = decimal_number(holding.total, 10)
        rows.append(
            {
                "asset": currency,
                "asset_class": "currency",
                "balance": total,
                "wallets": [{"type": "spot", "id": "main", "balance": total}],
            }
        )
    return rows


def ledger_row(entry: LedgerEntry) -> dict[str, Any]:
    """One movement of money."""
    kind = ledger_kind(entry)
    return {
        "ledger_id": kraken_id("L", entry.number),
        "ref_id": entry.ref or kraken_id("F", entry.number),
        "timestamp": stamp(entry.at_ns),
        "type": kind,
        "asset": entry.currency,
        "asset_class": "currency",
        "category": "trade" if kind in {"trade", "margin"} else kind,
        "wallet_type": "spot",
        "wallet_id": "main",
        "amount": decimal_number(entry.amount, 10),
        "fee": decimal_number(entry.fee, 10),
        "balance": decimal_number(entry.balance, 10),
    }
