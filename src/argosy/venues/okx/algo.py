"""OKX's algo orders: stops, take-profits, OCO, trailing, iceberg, TWAP, chase. Sends nothing.

https://www.okx.com/docs-v5/en/#order-book-trading-algo-trading-post-place-algo-order (2026-11).
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from argosy.errors import Unsupported
from argosy.model import (
    AmendOrder,
    CancelOrder,
    Instrument,
    InstrumentKind,
    OffsetUnit,
    OrderType,
    PlaceOrder,
    TimeInForce,
)
from argosy.model.money import ceil_to, plain
from argosy.venues.okx.orders import (
    AT_MARKET,
    attached,
    check_common,
    check_source,
    checked_id,
    on_margin,
    position_side,
    text_of,
    trade_mode,
)
from argosy.venues.okx.wire_trade import AlgoAmendment, AlgoCancellation, NewAlgo

_STOPS = {OrderType.STOP, OrderType.STOP_LIMIT}
_PROFITS = {OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_LIMIT}
Fields = dict[str, Any]


def new_algo(order: PlaceOrder, instrument: Instrument) -> NewAlgo:
    """Arguments of an algo order; raises Unsupported or InvalidOrder."""
    check_common(order, instrument)
    if instrument.kind is InstrumentKind.OPTION:
        raise Unsupported(f"OKX has no {order.type} orders for options")
    if order.post_only or order.time_in_force is not TimeInForce.GTC:
        raise Unsupported(f"OKX takes neither post_only nor ioc nor fok on a {order.type} order")
    if order.self_trade is not None:
        raise Unsupported(f"OKX takes no self-trade prevention on a {order.type} order")
    build = _BUILDERS.get(order.type)
    if build is None:
        raise Unsupported(f"OKX has no {order.type} orders")
    fields = build(order, instrument)
    if order.exit is not None and fields["ord_type"] not in {"trigger", "oco"}:
        raise Unsupported(f"OKX attaches no exits to a {order.type} order")
    cash_spot = instrument.kind is InstrumentKind.SPOT and not on_margin(order, instrument)
    at_market = AT_MARKET in {fields.get(k) for k in ("tp_ord_px", "sl_ord_px", "order_px")}
    return NewAlgo(
        inst_id=instrument.venue_symbol,
        td_mode=trade_mode(order, instrument),
        side=order.side.value,
        sz=text_of(order.size),
        algo_cl_ord_id=checked_id(order.client_id),
        ccy=instrument.quote if on_margin(order, instrument) else "",
        pos_side=position_side(order, instrument),
        tgt_ccy="base_ccy" if cash_spot and at_market else "",
        reduce_only=order.reduce_only,
        **fields,
    )


def _conditional(order: PlaceOrder, _: Instrument) -> Fields:
    """One-way stop loss or take profit, refused by the venue when its price was passed already; as
    a plain trigger order where exits hang on it, which a conditional cannot carry.
    """
    assert order.trigger is not None  # PlaceOrder saw to that
    check_source(order.trigger.source)
    price = text_of(order.price) or AT_MARKET
    trigger, source = text_of(order.trigger.price), order.trigger.source.value
    if order.exit is not None:
        return {
            "ord_type": "trigger",
            "trigger_px": trigger,
            "order_px": price,
            "trigger_px_type": source,
            "attach_algo_ords": attached(order.exit),
        }
    side = "sl" if order.type in _STOPS else "tp"
    return {
        "ord_type": "conditional",
        f"{side}_trigger_px": trigger,
        f"{side}_ord_px": price,
        f"{side}_trigger_px_type": source,
    }


def _oco(order: PlaceOrder, _: Instrument) -> Fields:
    levels = order.exit
    if levels is None or levels.take_profit is None or levels.stop_loss is None:
        raise Unsupported("an oco order needs exit.take_profit and exit.stop_loss")
    (algo,) = attached(levels)
    return {
        "ord_type": "oco",
        "tp_trigger_px": algo.tp_trigger_px,
        "tp_ord_px": algo.tp_ord_px,
        "tp_trigger_px_type": algo.tp_trigger_px_type,
        "sl_trigger_px": algo.sl_trigger_px,
        "sl_ord_px": algo.sl_ord_px,
        "sl_trigger_px_type": algo.sl_trigger_px_type,
    }


def _trailing(order: PlaceOrder, _: Instrument) -> Fields:
    """CallbackRatio is a fraction (1 % = 0.01), callbackSpread a distance in price."""
    trigger = order.trigger
    assert trigger is not None  # PlaceOrder saw to that
    assert trigger.offset is not None
    if trigger.source != "last":
        raise Unsupported("OKX's trailing stops follow the last price only")
    if trigger.offset_unit is OffsetUnit.TICKS or trigger.activation_against:
        raise Unsupported(
            "OKX takes trailing distances in price or percent, starting to the order's gain"
        )
    fields: Fields = {"ord_type": "move_order_stop", "active_px": text_of(trigger.activation_price)}
    if trigger.offset_unit is OffsetUnit.PERCENT:
        fields["callback_ratio"] = plain(trigger.offset / 100)
    else:
        fields["callback_spread"] = plain(trigger.offset)
    return fields


def _iceberg(order: PlaceOrder, instrument: Instrument) -> Fields:
    """Each slice rests one tick behind the best price, never beyond the limit."""
    if order.display_variance is not None:
        raise Unsupported("OKX's icebergs show equal parts: leave display_variance out")
    return {
        "ord_type": "iceberg",
        "sz_limit": text_of(order.display_size),
        "px_limit": text_of(order.price),
        "px_spread": plain(instrument.price_increment),
    }


def _twap(order: PlaceOrder, instrument: Instrument) -> Fields:
    """SzLimit is the largest slice: the size over `slices`, rounded up to the lot."""
    if order.slices is None or order.interval_s is None or order.price is None:
        raise Unsupported("OKX's TWAP orders need slices, interval_s and a price they stop at")
    if order.slices < 1 or order.interval_s < 1:
        raise Unsupported(
            f"slices {order.slices} and interval_s {order.interval_s} must be above 0"
        )
    assert order.size is not None  # quote_size goes with market orders only
    slice_size = ceil_to(order.size / Decimal(order.slices), instrument.size_increment)
    return {
        "ord_type": "twap",
        "sz_limit": plain(slice_size),
        "px_limit": plain(order.price),
        "px_spread": plain(instrument.price_increment),
        "time_interval": str(order.interval_s),
    }


def _chase(order: PlaceOrder, instrument: Instrument) -> Fields:
    """Follows the best price at no distance, without end."""
    if instrument.kind not in {InstrumentKind.PERPETUAL, InstrumentKind.FUTURE}:
        raise Unsupported(f"OKX chases on futures and perpetuals only, not on {instrument.id}")
    if order.price is not None:
        raise Unsupported("OKX's chase orders take no price")
    return {"ord_type": "chase", "chase_type": "distance", "chase_val": "0"}


_BUILDERS: Mapping[OrderType, Callable[[PlaceOrder, Instrument], Fields]] = {
    OrderType.STOP: _conditional,
    OrderType.STOP_LIMIT: _conditional,
    OrderType.TAKE_PROFIT: _conditional,
    OrderType.TAKE_PROFIT_LIMIT: _conditional,
    OrderType.OCO: _oco,
    OrderType.TRAILING_STOP: _trailing,
    OrderType.ICEBERG: _iceberg,
    OrderType.TWAP: _twap,
    OrderType.CHASE: _chase,
}


def algo_amendment(order: AmendOrder, instrument: Instrument) -> AlgoAmendment:
    """Arguments that change a stop or a take profit; OKX changes no other algo orders."""
    if order.type in _STOPS:
        side = "sl"
    elif order.type in _PROFITS:
        side = "tp"
    else:
        raise Unsupported(f"OKX cannot amend a {order.type} order: cancel it and place another")
    prices = {
        f"new_{side}_trigger_px": text_of(order.new_trigger_price),
        f"new_{side}_ord_px": text_of(order.new_price),
    }
    return AlgoAmendment(
        inst_id=instrument.venue_symbol,
        algo_id=order.venue_id or "",
        algo_cl_ord_id="" if order.venue_id else checked_id(order.client_id),
        new_sz=text_of(order.new_size),
        **prices,
    )


def algo_cancellation(order: CancelOrder, instrument: Instrument) -> AlgoCancellation:
    """Arguments that cancel an algo order."""
    return AlgoCancellation(
        inst_id=instrument.venue_symbol,
        algo_id=order.venue_id or "",
        algo_cl_ord_id="" if order.venue_id else checked_id(order.client_id),
    )
