"""Kraken's orders and trades as ours. Translates only."""

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
    PlaceOrder,
    Side,
    TimeInForce,
    VenueOrderId,
)
from argosy.model.money import ZERO, parse_decimal
from argosy.model.time import SECOND
from argosy.venues.kraken import wire_rest
from argosy.venues.kraken.orders import OUR_TYPES
from argosy.venues.kraken.symbols import Symbols, split_instrument

_STATUS = {
    "pending": OrderStatus.ACCEPTED,
    "open": OrderStatus.ACCEPTED,
    "closed": OrderStatus.FILLED,
    "canceled": OrderStatus.CANCELLED,
    "expired": OrderStatus.EXPIRED,
}
_LATEST_S = 10**11  # a time beyond the year 5000 is no time


def nanos(seconds: Decimal) -> Nanos:
    """Unix seconds to nanoseconds, exactly. Raises ValueError for what is no time."""
    if not 0 <= seconds < _LATEST_S:
        raise ValueError(f"{seconds} is no time in unix seconds")
    return Nanos(int(seconds * SECOND))


def side(word: str) -> Side:
    """Raises WireError for another word than buy or sell."""
    try:
        return Side(word)
    except ValueError:
        raise WireError(f"kraken: side {word!r}") from None


def order_type(word: str) -> OrderType:
    """Raises WireError for a type that Kraken does not document."""
    try:
        return OUR_TYPES[word]
    except KeyError:
        raise WireError(f"kraken: order type {word!r}") from None


def time_in_force(word: str) -> TimeInForce:
    """GTC where Kraken says nothing."""
    try:
        return TimeInForce(word.lower() or "gtc")
    except ValueError:
        raise WireError(f"kraken: time in force {word!r}") from None


def of_intent(order: PlaceOrder) -> OrderReport:
    """A report with all that an order asked for, and nothing yet of what happened."""
    return OrderReport(
        instrument=order.instrument,
        venue_id=VenueOrderId(""),
        status=OrderStatus.PENDING,
        side=order.side,
        type=order.type,
        filled=ZERO,
        venue_ns=Nanos(0),
        received_ns=Nanos(0),
        client_id=order.client_id,
        size=order.size,
        quote_size=order.quote_size,
        price=order.price,
        trigger_price=order.trigger.price if order.trigger else None,
        time_in_force=order.time_in_force,
        post_only=order.post_only,
        reduce_only=order.reduce_only,
    )


def of_order(symbols: Symbols, txid: str, row: wire_rest.Order, at: Nanos) -> OrderReport:
    """An order of OpenOrders, ClosedOrders or QueryOrders. Raises WireError."""
    status = _STATUS.get(row.status)
    if status is None:
        raise WireError(f"kraken: order status {row.status!r}")
    if status is OrderStatus.ACCEPTED and row.vol_exec > 0:
        status = OrderStatus.PARTIALLY_FILLED
    kind = order_type(row.descr.ordertype)
    flags = row.oflags.split(",")
    by_value = "viqc" in flags
    first, second = _fixed(row.descr.price), _fixed(row.descr.price2)
    triggered = kind not in {OrderType.MARKET, OrderType.LIMIT, OrderType.ICEBERG}
    stop = row.stopprice or None
    tif = row.timeinforce or ("gtd" if row.expiretm else "")
    return OrderReport(
        instrument=symbols.pair(row.descr.pair),
        venue_id=VenueOrderId(txid),
        status=status,
        side=side(row.descr.type),
        type=kind,
        filled=row.vol_exec,
        venue_ns=nanos(row.closetm if row.closetm is not None else row.opentm),
        received_ns=at,
        client_id=ClientOrderId(row.cl_ord_id) if row.cl_ord_id else None,
        size=None if by_value else row.vol,
        quote_size=row.vol if by_value else None,
        price=(second or row.limitprice or None) if triggered else first,
        average_price=row.price if row.price and row.vol_exec > 0 else None,
        trigger_price=(first or stop) if triggered else None,
        time_in_force=time_in_force(tif),
        post_only="post" in flags,
        reduce_only=bool(row.reduce_only),
        reason=row.reason or "",
        created_ns=nanos(row.opentm),
    )


def of_trade(symbols: Symbols, txid: str, row: wire_rest.TradeRow, at: Nanos) -> Fill:
    """A fill of TradesHistory; its fee is in the quote currency. Raises WireError."""
    instrument = symbols.pair(row.pair)
    return Fill(
        instrument=instrument,
        venue_order_id=VenueOrderId(row.ordertxid),
        venue_trade_id=txid,
        side=side(row.type),
        price=row.price,
        size=row.vol,
        fee=row.fee,
        fee_currency=split_instrument(instrument)[1],
        liquidity=Liquidity.MAKER if row.maker else Liquidity.TAKER,
        venue_ns=nanos(row.time),
        received_ns=at,
    )


def _fixed(text: str) -> Decimal | None:
    """A fixed price above 0; None for none and for relative ones ('+1.0000%')."""
    if not text or text[0] in "+-#" or text.endswith("%"):
        return None
    return parse_decimal(text, "price") or None
