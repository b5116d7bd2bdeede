"""From Kraken's order parameters, REST or WebSocket, to a request the engine takes.

https://docs.kraken.com/api/docs/rest-api/add-order and websocket-v2/add_order (read 2026-11-22)
"""

import decimal
from decimal import Decimal

import msgspec

from argosy.model import (
    MarginMode,
    OffsetUnit,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
    Trigger,
    TriggerSource,
)
from argosy.model.money import parse_decimal
from argosy.model.time import SECOND
from argosy.sandbox.engine import ExitRequest, Listing, OrderRequest
from argosy.sandbox.kraken.names import pair_alt
from argosy.sandbox.kraken.wire import INVALID, KrakenError

TYPES = {
    "limit": OrderType.LIMIT,
    "market": OrderType.MARKET,
    "iceberg": OrderType.ICEBERG,
    "stop-loss": OrderType.STOP,
    "stop-loss-limit": OrderType.STOP_LIMIT,
    "take-profit": OrderType.TAKE_PROFIT,
    "take-profit-limit": OrderType.TAKE_PROFIT_LIMIT,
    "trailing-stop": OrderType.TRAILING_STOP,
    "trailing-stop-limit": OrderType.TRAILING_STOP_LIMIT,
    "settle-position": OrderType.MARKET,
}
TRAILING = {"trailing-stop", "trailing-stop-limit"}
TRIGGERED = {"stop-loss", "stop-loss-limit", "take-profit", "take-profit-limit"}
STP = {
    "cancel-newest": SelfTradePrevention.CANCEL_TAKER,
    "cancel-oldest": SelfTradePrevention.CANCEL_MAKER,
    "cancel-both": SelfTradePrevention.CANCEL_BOTH,
}


class Distance(msgspec.Struct, frozen=True):
    """A price as written: plain, or relative with a sign and perhaps a percentage."""

    value: Decimal
    sign: str = ""  # "", "+", "-", "#"
    percent: bool = False

    def price(self, listing: Listing, reference: int, side: Side) -> Decimal:
        """The absolute price it stands for, on the tick grid when it was relative."""
        if not self.sign:
            return self.value
        base = listing.spec.price(reference)
        away = base * self.value / 100 if self.percent else self.value
        down = self.sign == "-" or (self.sign == "#" and side is Side.BUY)
        return listing.spec.price(listing.spec.nearest_price(base - away if down else base + away))


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """Kraken's order parameters with their types, whichever way they came."""

    listing: Listing
    side: Side
    kind: str  # Kraken's ordertype
    volume: Decimal | None = None
    cash: Decimal | None = None
    limit: Distance | None = None
    trigger: Distance | None = None
    index: bool = False
    time_in_force: str = "gtc"
    expire_ns: int | None = None
    start_ns: int | None = None
    post_only: bool = False
    reduce_only: bool = False
    leverage: Decimal | None = None
    display: Decimal | None = None
    stp: str = "cancel-newest"
    userref: int | None = None
    client_id: str = ""
    fee_in_base: bool | None = None
    close_kind: str = ""
    close_price: Distance | None = None
    close_price2: Distance | None = None


def decimal_of(text: object, name: str) -> Decimal:
    """A number above or below 0; raises 'EGeneral:Invalid arguments:<name>'."""
    try:
        return parse_decimal(str(text), name)
    except (ValueError, decimal.DecimalException):
        raise KrakenError(f"{INVALID}:{name}") from None


def distance(text: str, name: str) -> Distance:
    """'37500', '+5', '-5%', '#2'."""
    sign = text[:1] if text[:1] in {"+", "-", "#"} else ""
    percent = text.endswith("%")
    digits = text[len(sign) : -1] if percent else text[len(sign) :]
    value = decimal_of(digits, name)
    if value < 0 or (percent and not sign):
        raise KrakenError(f"{INVALID}:{name}")
    return Distance(value, sign, percent)


def request_of(ticket: Ticket) -> OrderRequest:
    """What the engine is asked; raises KrakenError for what only Kraken forbids."""
    kind, listing = ticket.kind, ticket.listing
    if kind not in TYPES:
        raise KrakenError(f"{INVALID}:ordertype")
    if ticket.volume is None and ticket.cash is None:
        raise KrakenError(f"{INVALID}:volume")
    _check(ticket)
    source = TriggerSource.INDEX if ticket.index else TriggerSource.LAST
    reference = listing.reference(source)
    limit = None
    if ticket.limit is not None and kind not in TRAILING and kind in _LIMITED:
        limit = _priced(listing, ticket.limit.price(listing, reference, ticket.side))
    tif = TimeInForce(ticket.time_in_force)
    return OrderRequest(
        instrument=listing.spec.id,
        side=ticket.side,
        type=TYPES[kind],
        size=None if ticket.cash is not None else ticket.volume,
        quote_size=ticket.cash,
        price=limit,
        client_id=ticket.client_id,
        time_in_force=tif if kind != "market" or tif is TimeInForce.GTC else TimeInForce.IOC,
        expire_ns=ticket.expire_ns if tif is TimeInForce.GTD else None,
        start_ns=ticket.start_ns,
        post_only=ticket.post_only,
        reduce_only=ticket.reduce_only or kind == "settle-position",
        trigger=_trigger(ticket, source, reference),
        limit_offset=None if ticket.limit is None else _signed(ticket.limit, ticket.side),
        display_size=ticket.display,
        margin_mode=MarginMode.CASH if ticket.leverage is None else MarginMode.CROSS,
        leverage=ticket.leverage,
        self_trade=STP[ticket.stp],
        exits=_exits(ticket),
        fee_in_base=bool(ticket.fee_in_base),
        extra=ticket,
    )


_LIMITED = {"limit", "iceberg", "stop-loss-limit", "take-profit-limit"}


def _check(ticket: Ticket) -> None:
    kind = ticket.kind
    if kind in _LIMITED | {"trailing-stop-limit"} and ticket.limit is None:
        raise KrakenError(f"{INVALID}:price")
    if kind in TRIGGERED | TRAILING and ticket.trigger is None:
        raise KrakenError(f"{INVALID}:price")
    if ticket.stp not in STP:
        raise KrakenError(f"{INVALID}:stptype")
    if ticket.client_id and ticket.userref is not None:
        raise KrakenError(f"{INVALID}:cl_ord_id")
    if len(ticket.client_id) > 36:
        raise KrakenError(f"{INVALID}:cl_ord_id")
    if ticket.volume is not None and ticket.volume <= 0:
        raise KrakenError(f"{INVALID}:volume")
    if kind == "iceberg":
        shown, whole = ticket.display, ticket.volume
        if shown is None or whole is None or shown * 15 < whole:
            raise KrakenError(f"{INVALID}:displayvol")
    if ticket.cash is not None and (kind != "market" or ticket.leverage is not None):
        raise KrakenError(f"{INVALID}:oflags")
    if ticket.time_in_force == "gtd" and ticket.expire_ns is None:
        raise KrakenError(f"{INVALID}:expiretm")


def _priced(listing: Listing, price: Decimal) -> Decimal:
    spec = listing.spec
    if price <= 0:
        raise KrakenError(f"{INVALID}:price")
    exponent = price.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > spec.price_decimals:
        raise KrakenError(
            f"EOrder:Invalid price:{pair_alt(spec)} price can only be specified up to "
            f"{spec.price_decimals} decimals."
        )
    return price


def _trigger(ticket: Ticket, source: TriggerSource, reference: int) -> Trigger | None:
    if ticket.trigger is None or ticket.kind not in TRIGGERED | TRAILING:
        return None
    if ticket.kind in TRAILING:
        unit = OffsetUnit.PERCENT if ticket.trigger.percent else OffsetUnit.PRICE
        return Trigger(offset=ticket.trigger.value, offset_unit=unit, source=source)
    price = ticket.trigger.price(ticket.listing, reference, ticket.side)
    return Trigger(price=_priced(ticket.listing, price), source=source)


def _signed(limit: Distance, side: Side) -> Decimal | None:
    """A trailing limit's distance from its trigger: positive is the way that fills sooner."""
    if not limit.sign:
        return None
    up = limit.sign == "+" or (limit.sign == "#" and side is Side.SELL)
    return limit.value if up == (side is Side.BUY) else -limit.value


def _exits(ticket: Ticket) -> tuple[ExitRequest, ...]:
    kind, first, second = ticket.close_kind, ticket.close_price, ticket.close_price2
    if not kind:
        return ()
    if kind not in TYPES or first is None or kind in {"market", "settle-position", "iceberg"}:
        raise KrakenError(f"{INVALID}:close")
    listing = ticket.listing
    exit_side = ticket.side.opposite
    if kind == "limit":
        price = _priced(listing, first.price(listing, listing.last, exit_side))
        return (ExitRequest(type=OrderType.LIMIT, price=price),)
    if kind in TRAILING:
        unit = OffsetUnit.PERCENT if first.percent else OffsetUnit.PRICE
        trigger = Trigger(offset=first.value, offset_unit=unit)
        return (ExitRequest(type=TYPES[kind], trigger=trigger),)
    trigger = Trigger(price=_priced(listing, first.price(listing, listing.last, exit_side)))
    limit = None
    if kind.endswith("-limit"):
        if second is None:
            raise KrakenError(f"{INVALID}:close")
        limit = _priced(listing, second.price(listing, listing.last, exit_side))
    return (ExitRequest(type=TYPES[kind], trigger=trigger, price=limit),)


def moment(text: str, now_ns: int, name: str) -> int | None:
    """'0' or '' -> None; '+30' -> in thirty seconds; else unix seconds."""
    if text in {"", "0"}:
        return None
    if text.startswith("+"):
        return now_ns + int(decimal_of(text[1:], name) * SECOND)
    return int(decimal_of(text, name) * SECOND)
