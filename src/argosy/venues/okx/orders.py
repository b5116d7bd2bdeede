"""Turns our order commands into OKX's order arguments, for REST and stream alike. Sends nothing.

https://www.okx.com/docs-v5/en/#order-book-trading-trade-post-place-order (read 2026-11).
"""

import re
from collections.abc import Mapping
from decimal import Decimal

from argosy.errors import InvalidOrder, Unsupported
from argosy.model import (
    AmendOrder,
    AttachedExit,
    CancelOrder,
    Instrument,
    InstrumentKind,
    MarginMode,
    OrderType,
    PlaceOrder,
    PositionSide,
    SelfTradePrevention,
    TimeInForce,
    TriggerSource,
)
from argosy.model.money import plain
from argosy.venues.okx.names import VENUE
from argosy.venues.okx.wire_trade import Amendment, AttachedAlgo, Cancellation, NewOrder

_CLIENT_ID = re.compile(r"[A-Za-z0-9]{1,32}", re.ASCII)
AT_MARKET = "-1"
STP: Mapping[SelfTradePrevention, str] = {
    SelfTradePrevention.CANCEL_MAKER: "cancel_maker",
    SelfTradePrevention.CANCEL_TAKER: "cancel_taker",
    SelfTradePrevention.CANCEL_BOTH: "cancel_both",
}
ALGO_TYPES = frozenset(OrderType) - {OrderType.MARKET, OrderType.LIMIT}


def text_of(value: Decimal | None) -> str:
    """A number as OKX wants it, or '' for none."""
    return "" if value is None else plain(value)


def checked_id(client_id: str) -> str:
    """A client id that OKX takes; InvalidOrder otherwise."""
    if _CLIENT_ID.fullmatch(client_id) is None:
        raise InvalidOrder(
            f"client_id {client_id!r} is not 1 to 32 letters and digits, which is all OKX takes",
            venue=VENUE,
        )
    return client_id


def trade_mode(order: PlaceOrder, instrument: Instrument) -> str:
    """TdMode. Contracts have no cash mode: what is not isolated is cross."""
    if instrument.kind is InstrumentKind.SPOT:
        if order.margin_mode is not MarginMode.CASH and not instrument.margin:
            raise Unsupported(f"{instrument.id} is not traded on margin at OKX")
        return order.margin_mode.value
    return "isolated" if order.margin_mode is MarginMode.ISOLATED else "cross"


def on_margin(order: PlaceOrder, instrument: Instrument) -> bool:
    """Whether it is spot bought on borrowed funds."""
    return instrument.kind is InstrumentKind.SPOT and order.margin_mode is not MarginMode.CASH


def position_side(order: PlaceOrder, instrument: Instrument) -> str:
    """posSide: only accounts in long/short mode, and only contracts, have sides."""
    if order.position_side is PositionSide.NET:
        return ""
    if instrument.kind not in {InstrumentKind.PERPETUAL, InstrumentKind.FUTURE}:
        raise Unsupported(f"OKX keeps no long and short positions of {instrument.id}")
    return order.position_side.value


def check_common(order: PlaceOrder, instrument: Instrument) -> None:
    """What OKX takes on no order at all; raises Unsupported."""
    if order.time_in_force is TimeInForce.GTD:
        raise Unsupported("OKX has no good-till-date orders")
    if order.leverage is not None:
        raise Unsupported("OKX sets leverage per instrument: use set_leverage, not the order")
    spot = instrument.kind is InstrumentKind.SPOT
    if order.reduce_only and spot and not on_margin(order, instrument):
        raise Unsupported("OKX takes reduce_only on margin and contracts, not on cash spot")
    if order.reduce_only and order.position_side is not PositionSide.NET:
        raise Unsupported("in long/short mode OKX's orders say by position_side what they reduce")
    if order.quote_size is not None and not spot:
        raise Unsupported(f"OKX sizes {instrument.kind} orders in contracts, not in quote units")


def order_type(order: PlaceOrder, instrument: Instrument) -> str:
    """OrdType for market and limit orders."""
    contract = instrument.kind in {InstrumentKind.PERPETUAL, InstrumentKind.FUTURE}
    if order.type is OrderType.MARKET:
        if instrument.kind is InstrumentKind.OPTION:
            raise Unsupported("OKX has no market orders for options: use a limit with ioc")
        if order.time_in_force is TimeInForce.FOK:
            raise Unsupported("OKX has no fill-or-kill market orders")
        if order.time_in_force is TimeInForce.IOC and contract:
            return "optimal_limit_ioc"  # the rest is cancelled instead of resting as a limit
        return "market"
    if order.post_only:
        return "post_only"
    return {TimeInForce.IOC: "ioc", TimeInForce.FOK: "fok"}.get(order.time_in_force, "limit")


def size_and_unit(order: PlaceOrder, instrument: Instrument) -> tuple[str, str]:
    """(sz, tgtCcy). Cash spot market orders always say their unit: OKX's default for buys is quote.

    Margin orders have no choice of unit: market buys count quote, all others base.
    """
    quote = order.quote_size is not None
    size = text_of(order.quote_size if quote else order.size)
    if instrument.kind is not InstrumentKind.SPOT or order.type is not OrderType.MARKET:
        return size, ""
    if not on_margin(order, instrument):
        return size, "quote_ccy" if quote else "base_ccy"
    if quote != (order.side == "buy"):
        unit = "quote_size" if order.side == "buy" else "size"
        raise Unsupported(f"OKX sizes market {order.side}s on margin by {unit}: use it, or a limit")
    return size, ""


def check_source(source: TriggerSource) -> None:
    """Raise Unsupported for prices that OKX does not trigger on."""
    if source not in {TriggerSource.LAST, TriggerSource.MARK, TriggerSource.INDEX}:
        raise Unsupported(f"OKX triggers on last, mark or index, not on {source}")


def attached(levels: AttachedExit | None) -> tuple[AttachedAlgo, ...]:
    """attachAlgoOrds: the exits that the venue places once the order fills."""
    if levels is None:
        return ()
    if levels.trail is not None or levels.take_profit_rests:
        raise Unsupported("Argosy attaches no trailing and no resting exits at OKX: emulate them")
    check_source(levels.source)
    profit, loss = levels.take_profit is not None, levels.stop_loss is not None
    return (
        AttachedAlgo(
            tp_trigger_px=text_of(levels.take_profit),
            tp_ord_px=(text_of(levels.take_profit_limit) or AT_MARKET) if profit else "",
            tp_trigger_px_type=levels.source.value if profit else "",
            sl_trigger_px=text_of(levels.stop_loss),
            sl_ord_px=(text_of(levels.stop_loss_limit) or AT_MARKET) if loss else "",
            sl_trigger_px_type=levels.source.value if loss else "",
        ),
    )


def code_of(instrument: Instrument) -> int:
    """instIdCode, which order entry over a stream needs since 2026-03; Unsupported without one."""
    if instrument.venue_code is None:
        raise Unsupported(f"{instrument.id} was listed without instIdCode: use REST")
    return int(instrument.venue_code)


def new_order(order: PlaceOrder, instrument: Instrument, *, by_code: bool = False) -> NewOrder:
    """Arguments of a market or limit order; raises Unsupported or InvalidOrder."""
    check_common(order, instrument)
    size, unit = size_and_unit(order, instrument)
    return NewOrder(
        inst_id="" if by_code else instrument.venue_symbol,
        inst_id_code=code_of(instrument) if by_code else 0,
        td_mode=trade_mode(order, instrument),
        side=order.side.value,
        ord_type=order_type(order, instrument),
        sz=size,
        cl_ord_id=checked_id(order.client_id),
        ccy=instrument.quote if on_margin(order, instrument) else "",
        pos_side=position_side(order, instrument),
        px=text_of(order.price),
        tgt_ccy=unit,
        reduce_only=order.reduce_only,
        stp_mode="" if order.self_trade is None else STP[order.self_trade],
        attach_algo_ords=attached(order.exit),
    )


def amendment(order: AmendOrder, instrument: Instrument, *, by_code: bool = False) -> Amendment:
    """Arguments that change an order; its venue id is preferred, as client ids can be reused."""
    if order.new_trigger_price is not None:
        raise Unsupported(f"a {order.type} order has no trigger price to change")
    return Amendment(
        inst_id="" if by_code else instrument.venue_symbol,
        inst_id_code=code_of(instrument) if by_code else 0,
        ord_id=order.venue_id or "",
        cl_ord_id="" if order.venue_id else checked_id(order.client_id),
        new_sz=text_of(order.new_size),
        new_px=text_of(order.new_price),
    )


def cancellation(
    order: CancelOrder, instrument: Instrument, *, by_code: bool = False
) -> Cancellation:
    """Arguments that cancel an order."""
    return Cancellation(
        inst_id="" if by_code else instrument.venue_symbol,
        inst_id_code=code_of(instrument) if by_code else 0,
        ord_id=order.venue_id or "",
        cl_ord_id="" if order.venue_id else checked_id(order.client_id),
    )
