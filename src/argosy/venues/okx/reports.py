"""Reads OKX's orders, algo orders and fills into our reports, from REST and streams. No state.

https://www.okx.com/docs-v5/en/#order-book-trading-trade-ws-order-channel (read 2026-11).
"""

from collections.abc import Mapping
from decimal import Decimal

from argosy.errors import WireError
from argosy.model import (
    ClientOrderId,
    Fill,
    Liquidity,
    Nanos,
    OrderReport,
    OrderStatus,
    OrderType,
    PositionSide,
    TimeInForce,
    VenueOrderId,
)
from argosy.venues.okx.decode import side_of
from argosy.venues.okx.lineage import SLICED, Lineage, is_slice, made_by
from argosy.venues.okx.names import Names
from argosy.venues.okx.values import (
    decoding,
    number,
    number_or_none,
    number_or_zero,
    positive_or_none,
    shown,
    stamp,
    stamp_or_none,
    truth,
)
from argosy.venues.okx.wire import Text
from argosy.venues.okx.wire_trade import AlgoRow, FillRow, OrderRow

_STATES: Mapping[str, OrderStatus] = {
    "live": OrderStatus.ACCEPTED,
    "partially_filled": OrderStatus.PARTIALLY_FILLED,
    "filled": OrderStatus.FILLED,
    "canceled": OrderStatus.CANCELLED,
    "mmp_canceled": OrderStatus.CANCELLED,
}
_ALGO_STATES: Mapping[str, OrderStatus] = {
    "live": OrderStatus.ACCEPTED,
    "pause": OrderStatus.ACCEPTED,
    "effective": OrderStatus.ACCEPTED,  # triggered: an ordinary order carries on
    "partially_effective": OrderStatus.ACCEPTED,
    "canceled": OrderStatus.CANCELLED,
    "order_failed": OrderStatus.REJECTED,
    "partially_failed": OrderStatus.ACCEPTED,
}
_LIMIT = (OrderType.LIMIT, TimeInForce.GTC, False)
# ordType -> (type, time in force, post only)
_TYPES: Mapping[str, tuple[OrderType, TimeInForce, bool]] = {
    "market": (OrderType.MARKET, TimeInForce.GTC, False),
    "limit": _LIMIT,
    "post_only": (OrderType.LIMIT, TimeInForce.GTC, True),
    "fok": (OrderType.LIMIT, TimeInForce.FOK, False),
    "ioc": (OrderType.LIMIT, TimeInForce.IOC, False),
    "optimal_limit_ioc": (OrderType.MARKET, TimeInForce.IOC, False),
    "mmp": _LIMIT,
    "mmp_and_post_only": (OrderType.LIMIT, TimeInForce.GTC, True),
    "op_fok": (OrderType.LIMIT, TimeInForce.FOK, False),
    "elp": (OrderType.LIMIT, TimeInForce.GTC, True),
}
_ALGO_TYPES: Mapping[str, OrderType] = {
    "oco": OrderType.OCO,
    "move_order_stop": OrderType.TRAILING_STOP,
    "iceberg": OrderType.ICEBERG,
    "smart_iceberg": OrderType.ICEBERG,
    "twap": OrderType.TWAP,
    "chase": OrderType.CHASE,
}
# https://www.okx.com/docs-v5/en/#order-book-trading-trade-get-order-details, cancelSource
_CANCELLED_BY: Mapping[str, str] = {
    "0": "cancelled by the system",
    "1": "cancelled by the user",
    "2": "pre reduce-only",
    "3": "forced liquidation",
    "6": "auto-deleveraging",
    "7": "contract delivered",
    "9": "insufficient balance",
    "13": "fill or kill: not wholly fillable",
    "14": "immediate or cancel: the rest",
    "15": "price outside the limits",
    "17": "position was closed",
    "20": "cancel-all-after ran out",
    "21": "exit triggered or position closed",
    "22": "reduce-only: position too small",
    "23": "reduce-only: position too small",
    "27": "price difference between sides too large",
    "31": "post-only would have taken",
    "32": "self-trade prevention",
    "33": "too many matches for one taker",
    "36": "linked stop loss triggered",
}


def _ours(text: Text) -> ClientOrderId | None:
    return ClientOrderId(text) if text else None


def _position_side(word: Text) -> PositionSide:
    if word in {"long", "short"}:
        return PositionSide(word)
    return PositionSide.NET


def cancel_reason(row: OrderRow) -> str:
    """Why an order ended or did not change, in the venue's words or by its code."""
    if row.amend_result == "-1" or (row.code and row.code != "0"):
        return f"{row.code or ''}: {row.msg or 'amendment failed'}".removeprefix(": ")
    if row.cancel_source_reason:
        return row.cancel_source_reason
    if not row.cancel_source:
        return row.category if row.category and row.category != "normal" else ""
    return _CANCELLED_BY.get(row.cancel_source, f"cancelSource {row.cancel_source}")


def order_report(row: OrderRow, names: Names, now_ns: Nanos) -> OrderReport:
    """An ordinary order's state. One that an algo order goes on as carries our id of that algo
    order, and its venue id as the former; a slice of an algo order carries neither.
    """
    with decoding(f"order {shown(row.ord_id)}"):
        state = _STATES.get(row.state)
        if state is None:
            raise WireError(f"okx: order state {shown(row.state)} is not one we know")
        kind, tif, post_only = _TYPES.get(row.ord_type, _LIMIT)
        by_quote = row.tgt_ccy == "quote_ccy" and kind is OrderType.MARKET
        size = positive_or_none(row.sz, "sz")
        client_id, former_id = _ours(row.cl_ord_id), None
        if not is_slice(row):
            client_id = client_id or _ours(row.algo_cl_ord_id)
            former_id = VenueOrderId(row.algo_id) if row.algo_id else None
        created = stamp_or_none(row.c_time, "cTime")
        return OrderReport(
            instrument=names.id_of(row.inst_id),
            venue_id=VenueOrderId(row.ord_id),
            former_id=former_id,
            client_id=client_id,
            status=state,
            side=side_of(row.side),
            type=kind,
            filled=number_or_zero(row.acc_fill_sz, "accFillSz"),
            venue_ns=stamp(row.u_time, "uTime") or created or Nanos(0),
            received_ns=now_ns,
            size=None if by_quote else size,
            quote_size=size if by_quote else None,
            price=number_or_none(row.px, "px") if kind is OrderType.LIMIT else None,
            average_price=positive_or_none(row.avg_px, "avgPx"),
            time_in_force=tif,
            post_only=post_only,
            reduce_only=truth(row.reduce_only),
            reason=cancel_reason(row),
            created_ns=created,
            position_side=_position_side(row.pos_side),
        )


def _algo_shape(row: AlgoRow) -> tuple[OrderType, Text, Text]:
    """(type, trigger price, limit price) of an algo order."""
    if row.ord_type == "conditional":
        if row.sl_trigger_px:
            at_market = row.sl_ord_px in {"-1", "", None}
            kind = OrderType.STOP if at_market else OrderType.STOP_LIMIT
            return kind, row.sl_trigger_px, row.sl_ord_px
        at_market = row.tp_ord_px in {"-1", "", None}
        kind = OrderType.TAKE_PROFIT if at_market else OrderType.TAKE_PROFIT_LIMIT
        return kind, row.tp_trigger_px, row.tp_ord_px
    if row.ord_type == "trigger":
        at_market = row.ord_px in {"-1", "", None}
        return OrderType.STOP if at_market else OrderType.STOP_LIMIT, row.trigger_px, row.ord_px
    kind = _ALGO_TYPES.get(row.ord_type, OrderType.STOP)
    trigger = row.sl_trigger_px if row.ord_type == "oco" else row.active_px
    return kind, trigger, row.px_limit


def algo_report(row: AlgoRow, names: Names, now_ns: Nanos) -> OrderReport:
    """An algo order's state, once triggered under the id of the order it goes on as. Iceberg, TWAP
    and chase orders stay what they are, and are filled when their slices are.
    """
    with decoding(f"algo order {shown(row.algo_id)}"):
        state = _ALGO_STATES.get(row.state)
        if state is None:
            raise WireError(f"okx: algo order state {shown(row.state)} is not one we know")
        kind, trigger, limit = _algo_shape(row)
        size = positive_or_none(row.sz, "sz")
        sliced = row.ord_type in SLICED
        goes_on = None if sliced else goes_on_as(row)
        filled = number_or_zero(row.actual_sz, "actualSz") if sliced else Decimal(0)
        if sliced and row.state == "effective" and size is not None and filled >= size:
            state = OrderStatus.FILLED
        reason = f"failed: {row.fail_code}" if row.fail_code not in {"", "0", None} else ""
        if row.state == "effective" and not sliced:
            reason = "triggered"
        created = stamp_or_none(row.c_time, "cTime")
        return OrderReport(
            instrument=names.id_of(row.inst_id),
            venue_id=goes_on or VenueOrderId(row.algo_id),
            former_id=VenueOrderId(row.algo_id) if goes_on else None,
            client_id=_ours(row.algo_cl_ord_id),
            status=state,
            side=side_of(row.side),
            type=kind,
            filled=filled,
            venue_ns=stamp(row.u_time, "uTime") or created or Nanos(0),
            received_ns=now_ns,
            size=None if row.tgt_ccy == "quote_ccy" else size,
            quote_size=size if row.tgt_ccy == "quote_ccy" else None,
            price=None if limit == "-1" else number_or_none(limit, "price"),
            average_price=positive_or_none(row.actual_px, "actualPx") if sliced else None,
            trigger_price=positive_or_none(trigger, "trigger price"),
            reduce_only=truth(row.reduce_only),
            reason=reason,
            created_ns=created,
            position_side=_position_side(row.pos_side),
        )


def goes_on_as(row: AlgoRow) -> VenueOrderId | None:
    """The order that a triggered algo order became; None: not triggered, or it works by slices."""
    if row.state != "effective" or row.ord_type in SLICED:
        return None
    return next(iter(made_by(row)), None)


def liquidity(word: Text) -> Liquidity:
    """execType: "M" maker, "T" taker; forced fills may leave it out and count as taker."""
    return Liquidity.MAKER if word == "M" else Liquidity.TAKER


def owner(
    order_id: str, client_id: Text, lineage: Lineage
) -> tuple[VenueOrderId, ClientOrderId | None]:
    """Whose an execution is, by the venue's id and ours: a slice's is its algo order's."""
    parent = lineage.parent(order_id)
    if parent is None:
        return VenueOrderId(order_id), _ours(client_id)
    venue_id = parent.algo_id if parent.sliced else VenueOrderId(order_id)
    return venue_id, _ours(client_id) or parent.client_id


def fill(row: FillRow, names: Names, now_ns: Nanos, lineage: Lineage) -> Fill:
    """One execution; OKX writes what we pay below 0, we above."""
    with decoding(f"fill {shown(row.trade_id)}"):
        order_id, client_id = owner(row.ord_id, row.cl_ord_id, lineage)
        return Fill(
            instrument=names.id_of(row.inst_id),
            venue_order_id=order_id,
            venue_trade_id=row.trade_id,
            side=side_of(row.side),
            price=number(row.fill_px, "fillPx"),
            size=number(row.fill_sz, "fillSz"),
            fee=-number_or_zero(row.fee, "fee"),
            fee_currency=row.fee_ccy or "",
            liquidity=liquidity(row.exec_type),
            venue_ns=stamp(row.fill_time, "fillTime") or stamp(row.ts, "ts"),
            received_ns=now_ns,
            client_id=client_id,
        )
