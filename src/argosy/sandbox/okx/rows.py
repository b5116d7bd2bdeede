"""Orders, fills and bills as OKX writes them. Changes nothing.

Source: https://www.okx.com/docs-v5/en/#order-book-trading-trade (read 2026-11-22).
"""

from argosy.model import MarginMode, OrderType, TimeInForce
from argosy.model.money import plain
from argosy.sandbox.engine import EntryKind, FillEvent, LedgerEntry, Order, Reason, State
from argosy.sandbox.okx import names
from argosy.sandbox.okx.args import Args, Row, ms
from argosy.sandbox.okx.exchange import ALGOS, Exchange, Wanted
from argosy.sandbox.okx.positions import short

CANCEL_SOURCES = {
    Reason.USER: ("1", "Order canceled by user"),
    Reason.DEAD_MAN: ("20", "Cancel all after triggered"),
    Reason.POST_ONLY: ("31", "The post-only order will take liquidity in taker orders"),
    Reason.SELF_TRADE: ("32", "Self trade prevention"),
    Reason.FILL_OR_KILL: ("13", "FOK order was canceled due to incompletely filled"),
    Reason.UNFILLED: ("14", "IOC order was partially canceled due to incompletely filled"),
    Reason.NO_LIQUIDITY: ("14", "IOC order was partially canceled due to incompletely filled"),
    Reason.LIQUIDATION: ("3", "Risk cancellation was triggered"),
    Reason.REDUCE_ONLY: ("23", "Reduce-only order was canceled as the position was closed"),
    Reason.INSUFFICIENT_FUNDS: ("0", "Order canceled by system"),
}
_ALGO_TEXTS = (
    *("activePx", "amendPxOnTriggerType", "callbackRatio", "callbackSpread", "ccy", "chaseType"),
    *("chaseVal", "closeFraction", "maxChaseType", "maxChaseVal", "ordPx", "pxLimit", "pxSpread"),
    *("pxVar", "quickMgnType", "slOrdPx", "slTriggerPx", "szLimit", "tag", "tgtCcy"),
    *("timeInterval", "tpOrdPx", "tpTriggerPx", "triggerPx"),
)
_TRAILING = frozenset({OrderType.TRAILING_STOP, OrderType.TRAILING_STOP_LIMIT})
_SOURCES = {
    "trigger": "6",
    "conditional": "7",
    "oco": "7",
    "iceberg": "13",
    "twap": "13",
    "move_order_stop": "25",
    "chase": "34",
}
_NAMED = frozenset({"trigger", "conditional", "oco", "move_order_stop"})  # their orders say algoId


def wanted_args(order: Order) -> Args:
    """What the order's own request said; nothing for orders that the venue placed itself."""
    extra = None if order.request is None else order.request.extra
    own = order.parent is None or order.type in ALGOS
    return extra.args if isinstance(extra, Wanted) and own else Args({})


def client_id(order: Order) -> str:
    """The clOrdId; an algo's own id is not one."""
    return "" if order.client_id.startswith("algo:") else order.client_id


def td_mode(order: Order) -> str:
    """cash, cross or isolated."""
    return "cash" if order.margin_mode is MarginMode.CASH else order.margin_mode.value


def state(order: Order) -> str:
    """live, partially_filled, filled or canceled."""
    if order.state is State.FILLED or not order.remaining:
        return "filled"
    if order.state.final:
        return "canceled"
    return "partially_filled" if order.filled else "live"


def order_type(order: Order) -> str:
    """The ordType of what rests or traded."""
    asked = wanted_args(order).text("ordType")
    if asked and order.type not in ALGOS:
        return asked
    if order.limit is None:
        return "market"
    if order.post_only:
        return "post_only"
    tif = TimeInForce.GTC if order.request is None else order.request.time_in_force
    return {TimeInForce.IOC: "ioc", TimeInForce.FOK: "fok"}.get(tif, "limit")


def order_row(exchange: Exchange, order: Order, *, stream: bool = False) -> Row:
    """An order as REST shows it, or with `stream` as the orders channel does."""
    spec = order.spec
    args = wanted_args(order)
    algo = exchange.algo_of(order)
    fill = exchange.last_fills.get(order.number)
    status = state(order)
    source, reason = CANCEL_SOURCES.get(order.reason or Reason.USER, ("0", ""))
    if status != "canceled":
        source, reason = "", ""
    average = order.average_price
    asked_size = args.text("sz") if order.request and order.request.quote_size else ""
    row: Row = {
        "accFillSz": names.size(spec, order.filled),
        "algoClOrdId": algo.client_id if algo is not None and algo.kind in _NAMED else "",
        "algoId": algo.id if algo is not None and algo.kind in _NAMED else "",
        "attachAlgoClOrdId": "",
        "attachAlgoOrds": [attached_row(item) for item in args.rows("attachAlgoOrds")],
        "avgPx": "" if average is None else short(average),
        "cTime": ms(order.created_ns),
        "cancelSource": source,
        "cancelSourceReason": reason,
        "category": "full_liquidation" if order.liquidation else "normal",
        "ccy": args.text("ccy"),
        "clOrdId": client_id(order),
        "fee": plain(-order.fee),
        "feeCcy": order.fee_currency,
        "fillPx": "" if fill is None else names.price(spec, fill.price),
        "fillSz": "0" if fill is None else names.size(spec, fill.size),
        "fillTime": "" if fill is None else ms(fill.at_ns),
        "instId": spec.instrument.venue_symbol,
        "instType": names.type_of_order(order),
        "isTpLimit": "false",
        "lever": plain(order.leverage) if order.is_margin else "",
        "linkedAlgoOrd": {"algoId": ""},
        "ordId": exchange.order_id(order),
        "ordType": order_type(order),
        "pnl": "0" if fill is None else plain(fill.realised),
        "posSide": "" if not order.is_margin else order.position_side.value,
        "px": names.price(spec, order.limit),
        "pxType": "",
        "pxUsd": args.text("pxUsd"),
        "pxVol": args.text("pxVol"),
        "quickMgnType": "",
        "rebate": "0",
        "rebateCcy": spec.money,
        "reduceOnly": "true" if order.reduce_only else "false",
        "side": order.side.value,
        "slOrdPx": "",
        "slTriggerPx": "",
        "slTriggerPxType": "",
        "source": "" if algo is None else _SOURCES.get(algo.kind, ""),
        "state": status,
        "stpId": "",
        "stpMode": args.text("stpMode", "cancel_maker"),
        "sz": asked_size or names.size(spec, order.size),
        "tag": args.text("tag"),
        "tdMode": td_mode(order),
        "tgtCcy": args.text("tgtCcy", "quote_ccy" if asked_size else ""),
        "tpOrdPx": "",
        "tpTriggerPx": "",
        "tpTriggerPxType": "",
        "tradeId": "" if fill is None else str(fill.print_id),
        "tradeQuoteCcy": spec.instrument.quote if spec.is_spot else "",
        "uTime": ms(order.updated_ns),
    }
    if stream:
        row |= stream_parts(exchange, order, fill)
    return row


def stream_parts(exchange: Exchange, order: Order, fill: FillEvent | None) -> Row:
    """What the orders channel has beyond REST."""
    spec = order.spec
    listing = exchange.engine.listings[order.spec.id]
    request_id, amend_source = exchange.amending or ("", "")
    return {
        "avgPx": "0" if order.average_price is None else short(order.average_price),
        "lever": plain(order.leverage) if order.is_margin else "0",
        "amendResult": "0" if exchange.amending else "",
        "amendSource": amend_source,
        "code": "0",
        "execType": "" if fill is None else ("M" if fill.maker else "T"),
        "fillFee": "0" if fill is None else plain(-fill.fee),
        "fillFeeCcy": "" if fill is None else fill.fee_currency,
        "fillFwdPx": "",
        "fillIdxPx": "" if fill is None else plain(exchange.names.index_price(listing)),
        "fillMarkPx": "" if fill is None else plain(listing.mark_price),
        "fillMarkVol": "",
        "fillNotionalUsd": _usd(exchange, order, fill),
        "fillPnl": "0" if fill is None else plain(fill.realised),
        "fillPxUsd": "",
        "fillPxVol": "",
        "instIdCode": exchange.names.codes[spec.instrument.venue_symbol],
        "lastPx": names.price(spec, listing.last),
        "msg": "",
        "notionalUsd": _worth_usd(exchange, order),
        "reqId": request_id,
    }


def _worth_usd(exchange: Exchange, order: Order) -> str:
    spec = order.spec
    mark = exchange.engine.listings[spec.id].mark_price
    if not mark:
        return ""
    return short(spec.notional(mark, spec.size(order.size)) * exchange.names.usd(spec.money))


def _usd(exchange: Exchange, order: Order, fill: FillEvent | None) -> str:
    if fill is None:
        return ""
    spec = order.spec
    worth = spec.notional(spec.price(fill.price), spec.size(fill.size))
    return short(worth * exchange.names.usd(spec.money))


def attached_row(args: Args) -> Row:
    """One attached take profit / stop loss, as the order shows it."""
    kept = (
        "attachAlgoClOrdId",
        "tpTriggerPx",
        "tpTriggerPxType",
        "tpOrdPx",
        "tpOrdKind",
        "slTriggerPx",
        "slTriggerPxType",
        "slOrdPx",
        "sz",
        "amendPxOnTriggerType",
    )
    row: Row = {"attachAlgoId": "", "failCode": "", "failReason": ""}
    for name in kept:
        row[name] = args.text(name)
    return row


def fill_row(exchange: Exchange, fill: FillEvent) -> Row:
    """GET /trade/fills."""
    order, spec = fill.order, fill.order.spec
    listing = exchange.engine.listings[spec.id]
    return {
        "billId": fill.trade_id.rjust(18, "7"),
        "clOrdId": client_id(order),
        "execType": "M" if fill.maker else "T",
        "fee": plain(-fill.fee),
        "feeCcy": fill.fee_currency,
        "feeRate": "",
        "fillFwdPx": "",
        "fillIdxPx": plain(exchange.names.index_price(listing)),
        "fillMarkPx": "" if spec.is_spot else plain(listing.mark_price),
        "fillMarkVol": "",
        "fillPnl": plain(fill.realised),
        "fillPx": names.price(spec, fill.price),
        "fillPxUsd": "",
        "fillPxVol": "",
        "fillSz": names.size(spec, fill.size),
        "fillTime": ms(fill.at_ns),
        "instId": spec.instrument.venue_symbol,
        "instType": names.type_of_order(order),
        "ordId": exchange.order_id(order),
        "posSide": order.position_side.value,
        "side": order.side.value,
        "subType": "",
        "tag": wanted_args(order).text("tag"),
        "tradeId": str(fill.print_id),
        "tradeQuoteCcy": spec.instrument.quote if spec.is_spot else "",
        "ts": ms(fill.at_ns),
    }


_FILL_PRICES = (
    "fillFwdPx",
    "fillIdxPx",
    "fillMarkPx",
    "fillMarkVol",
    "fillPxUsd",
    "fillPxVol",
)
_BILLS = {
    EntryKind.DEPOSIT: ("1", "11"),
    EntryKind.WITHDRAWAL: ("1", "12"),
    EntryKind.TRADE: ("2", "1"),
    EntryKind.MARGIN: ("2", "5"),
    EntryKind.FUNDING: ("8", "173"),
    EntryKind.LIQUIDATION: ("5", "108"),
    EntryKind.TRANSFER: ("1", "11"),
}


def bill_row(exchange: Exchange, entry: LedgerEntry, fill: FillEvent | None) -> Row:
    """GET /account/bills; `fill` is what moved the money, where a trade did."""
    kind, sub = _BILLS[entry.kind]
    if entry.amount < 0:
        sub = {"11": "12", "1": "2"}.get(sub, sub)
    elif sub == "173":
        sub = "174"
    change = entry.amount - entry.fee
    row: Row = {
        "bal": plain(entry.balance),
        "balChg": plain(change),
        "billId": str(entry.number + 620_000_000_000_000_000),
        "ccy": entry.currency,
        "clOrdId": "",
        "earnAmt": "",
        "earnApr": "",
        "execType": "",
        "fee": plain(-entry.fee),
        **dict.fromkeys(_FILL_PRICES, ""),
        "fillTime": "",
        "from": "6" if sub == "11" else "",
        "instId": "",
        "instType": "",
        "interest": "0",
        "mgnMode": "",
        "notes": "",
        "ordId": "",
        "pnl": plain(entry.amount) if entry.kind is EntryKind.MARGIN else "0",
        "posBal": "0",
        "posBalChg": "0",
        "px": "",
        "subType": sub,
        "sz": plain(abs(entry.amount)),
        "tag": "",
        "to": "18" if sub == "11" else "",
        "tradeId": "",
        "ts": ms(entry.at_ns),
        "type": kind,
    }
    if fill is not None:
        shown = fill_row(exchange, fill)
        row |= {name: shown[name] for name in _FILL_PRICES}
        for name in ("clOrdId", "execType", "fillTime", "instId", "instType", "ordId", "tradeId"):
            row[name] = shown[name]
        row["px"], row["sz"] = shown["fillPx"], shown["fillSz"]
        row["mgnMode"] = td_mode(fill.order)
    return row


def algo_row(exchange: Exchange, order: Order) -> Row:
    """GET /trade/order-algo and the orders-algo channel, for any order of the algo."""
    algo = exchange.algo_of(order)
    assert algo is not None, "only algos come here"
    first, args = algo.orders[0], algo.args
    spec = first.spec
    fired = algo.fired
    working = first if algo.kind not in _NAMED else fired
    found = [exchange.order_id(each) for each in first.children] if working is first else []
    if algo.kind == "iceberg":  # the engine rests it as one order that shows a part
        found = [exchange.order_id(first)]
    shown: Row = {name: args.text(name) for name in _ALGO_TEXTS}
    shown |= _levels(algo.kind, algo.orders)
    average = None if working is None else working.average_price
    done = 0 if working is None else working.size if working is fired else working.filled
    return shown | {
        "actualPx": "" if average is None else short(average),
        "actualSide": "" if fired is None or algo.kind == "trigger" else _side_of(fired),
        "actualSz": names.size(spec, done),
        "algoClOrdId": algo.client_id,
        "algoId": algo.id,
        "attachAlgoOrds": [attached_row(item) for item in args.rows("attachAlgoOrds")],
        "cTime": ms(first.created_ns),
        "clOrdId": client_id(algo.parent) if algo.parent is not None else "",
        "amendResult": "0" if exchange.amending else "",
        "count": "1" if algo.kind in {"iceberg", "twap"} else "",
        "failCode": "51008" if algo.state == "order_failed" else "",
        "notionalUsd": _worth_usd(exchange, first),
        "pTime": ms(exchange.now_ns()),
        "reqId": exchange.amending[0] if exchange.amending else "",
        "tradeQuoteCcy": spec.instrument.quote if spec.is_spot else "",
        "instId": spec.instrument.venue_symbol,
        "instType": names.type_of_order(first),
        "isTradeBorrowMode": "",
        "last": names.price(spec, exchange.engine.listings[spec.id].last),
        "lever": plain(first.leverage) if first.is_margin else "",
        "linkedOrd": {"ordId": "" if algo.parent is None else algo.parent.id},
        "moveTriggerPx": _moved(first),
        "ordId": exchange.order_id(fired) if fired is not None else "",
        "ordIdList": [exchange.order_id(fired)] if fired is not None else found,
        "ordType": algo.kind,
        "posSide": first.position_side.value if first.is_margin else "",
        "reduceOnly": "true" if first.reduce_only else "false",
        "side": first.side.value,
        "slTriggerPxType": args.text("slTriggerPxType", "last" if shown["slTriggerPx"] else ""),
        "state": algo.state,
        "sz": names.size(spec, first.size),
        "tdMode": td_mode(first),
        "tpTriggerPxType": args.text("tpTriggerPxType", "last" if shown["tpTriggerPx"] else ""),
        "triggerPxType": args.text("triggerPxType", "last" if shown["triggerPx"] else ""),
        "triggerTime": "" if fired is None else ms(fired.updated_ns),
        "uTime": ms(max(order.updated_ns for order in algo.orders)),
    }


def _levels(kind: str, orders: list[Order]) -> Row:
    """Triggers and prices as they are now, amendments included."""
    found: Row = {}
    for order in orders:
        if order.trigger_price is None or order.type in _TRAILING:
            continue
        side = "trigger" if kind == "trigger" else _side_of(order)
        limit = names.price(order.spec, order.price) or "-1"
        if side == "trigger":
            found |= {"triggerPx": names.price(order.spec, order.trigger_price), "ordPx": limit}
        else:
            trigger = names.price(order.spec, order.trigger_price)
            found |= {f"{side}TriggerPx": trigger, f"{side}OrdPx": limit}
    return found


def _moved(order: Order) -> str:
    if order.type in _TRAILING:
        return names.price(order.spec, order.trigger_price)
    return ""


def _side_of(order: Order) -> str:
    profits = {OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_LIMIT}
    return "tp" if order.type in profits else "sl"
