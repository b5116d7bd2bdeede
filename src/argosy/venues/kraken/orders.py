"""What Kraken can express of an order, checked once for REST and for the stream. Sends nothing.

https://docs.kraken.com/api-reference/trading/add-order (2026-11-22)
"""

import re
from decimal import Decimal

from argosy.errors import InvalidOrder, Unsupported
from argosy.model import (
    AttachedExit,
    Instrument,
    MarginMode,
    OffsetUnit,
    OrderType,
    PlaceOrder,
    PositionSide,
    SelfTradePrevention,
    Side,
    TriggerSource,
)
from argosy.model.money import on_grid, plain
from argosy.venues.kraken.symbols import VENUE

TYPES = {
    OrderType.MARKET: "market",
    OrderType.LIMIT: "limit",
    OrderType.STOP: "stop-loss",
    OrderType.STOP_LIMIT: "stop-loss-limit",
    OrderType.TAKE_PROFIT: "take-profit",
    OrderType.TAKE_PROFIT_LIMIT: "take-profit-limit",
    OrderType.TRAILING_STOP: "trailing-stop",
    OrderType.TRAILING_STOP_LIMIT: "trailing-stop-limit",
    OrderType.ICEBERG: "iceberg",
}
OUR_TYPES = {theirs: ours for ours, theirs in TYPES.items()}
# An old way of closing a margin position: it settles at market.
OUR_TYPES["settle-position"] = OrderType.MARKET

SELF_TRADE = {
    SelfTradePrevention.CANCEL_TAKER: "cancel-newest",
    SelfTradePrevention.CANCEL_MAKER: "cancel-oldest",
    SelfTradePrevention.CANCEL_BOTH: "cancel-both",
}
TRIGGERS = {TriggerSource.LAST: "last", TriggerSource.INDEX: "index"}
_RESTING = {OrderType.LIMIT, OrderType.ICEBERG}
_USUAL_LEVERAGE = Decimal(5)
_LARGEST_ICEBERG = 15  # an iceberg shows at least this part of its size

# https://docs.kraken.com/exchange/guides/general/clordid (2026-11-22): a UUID with or without
# dashes, or up to 18 characters of free ASCII text.
CLIENT_ID = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
    r"|[0-9a-fA-F]{32}|[!-~]{1,18}"
)


def check_client_id(client_id: str) -> str:
    """The id, or InvalidOrder when Kraken would not take it."""
    if CLIENT_ID.fullmatch(client_id) is None:
        raise _invalid(
            f"client_id {client_id!r} is neither a UUID nor 1 to 18 ASCII characters without blanks"
        )
    return client_id


def check(order: PlaceOrder, instrument: Instrument) -> None:
    """Raise Unsupported for what Kraken has not, InvalidOrder for what it would refuse."""
    check_client_id(order.client_id)
    _check_kind(order)
    _check_margin(order, instrument)
    _check_exit(order.exit)
    for name, value, step in (
        ("size", order.size, instrument.size_increment),
        ("display_size", order.display_size, instrument.size_increment),
        ("price", order.price, instrument.price_increment),
        ("trigger price", _trigger_price(order), instrument.price_increment),
    ):
        if value is not None and not on_grid(value, step):
            raise _invalid(
                f"{name} {plain(value)} is no multiple of {plain(step)} ({order.instrument})"
            )
    if (
        order.size is not None
        and instrument.min_size is not None
        and order.size < instrument.min_size
    ):
        raise _invalid(
            f"size {plain(order.size)} is under the minimum of {plain(instrument.min_size)} "
            f"({order.instrument})"
        )
    if order.display_size is not None and order.size is not None:
        _check_display(order.display_size, order.size)


def _trigger_price(order: PlaceOrder) -> Decimal | None:
    return None if order.trigger is None else order.trigger.price


def _check_kind(order: PlaceOrder) -> None:
    if order.type not in TYPES:
        raise Unsupported(f"Kraken has no {order.type} orders: let them be emulated")
    if order.post_only and order.type not in _RESTING:
        raise Unsupported(f"Kraken takes post_only with limit orders only, not with {order.type}")
    if order.quote_size is not None and order.side is Side.SELL:
        raise Unsupported("Kraken takes quote_size for buying only: give a size")
    if order.position_side is not PositionSide.NET:
        raise Unsupported("Kraken keeps no long and short positions apart: use position_side net")
    if order.display_variance is not None:
        raise Unsupported("Kraken's icebergs show equal parts: leave display_variance out")
    if order.trigger is None:
        return
    if order.trigger.offset_unit is OffsetUnit.TICKS:
        raise Unsupported("Kraken takes trailing distances in price or percent, not in ticks")
    if order.trigger.limit_offset:
        raise Unsupported("limits away from Kraken's trailing trigger are not sent: leave it out")
    if order.trigger.source not in TRIGGERS:
        raise Unsupported(f"Kraken triggers on last or index, not on {order.trigger.source}")
    if order.trigger.activation_price is not None:
        raise Unsupported("Kraken's trailing stops start at once: no activation_price")
    if order.type is OrderType.TRAILING_STOP_LIMIT and order.price is not None:
        raise Unsupported(
            "Kraken's trailing_stop_limit takes no fixed price, only a distance from the trigger: "
            "leave price out for a limit at the trigger"
        )


def _check_margin(order: PlaceOrder, instrument: Instrument) -> None:
    if order.margin_mode is MarginMode.ISOLATED:
        raise Unsupported("Kraken's spot margin is backed by the whole account: use cross")
    if order.margin_mode is MarginMode.CASH:
        if order.leverage is not None:
            raise _invalid(f"leverage {plain(order.leverage)} with margin_mode cash: say cross")
        if order.reduce_only:
            raise _invalid("reduce_only needs margin_mode cross: cash orders have no position")
        return
    if not instrument.margin:
        raise Unsupported(f"{instrument.id} cannot be traded on margin")
    if order.leverage is None:
        return
    most = instrument.max_leverage
    if (
        order.leverage % 1 != 0
        or order.leverage < 2
        or (most is not None and order.leverage > most)
    ):
        upper = "?" if most is None else plain(most)
        raise _invalid(
            f"leverage {plain(order.leverage)}: Kraken takes 2 to {upper}, whole numbers"
        )


def _check_exit(attached: AttachedExit | None) -> None:
    if attached is None:
        return
    if attached.take_profit is not None and attached.stop_loss is not None:
        raise Unsupported("Kraken attaches one closing order, not both: let the other be emulated")
    if attached.trail is not None or attached.take_profit_rests:
        raise Unsupported("Kraken attaches no trailing and no resting exits: let them be emulated")
    if attached.source is not TriggerSource.LAST:
        raise Unsupported("Kraken's attached exits trigger on the last price only")


def _check_display(shown: Decimal, size: Decimal) -> None:
    if shown > size or shown * _LARGEST_ICEBERG < size:
        raise _invalid(
            f"display_size {plain(shown)} must be from a fifteenth of {plain(size)} up to all of it"
        )


def leverage_of(order: PlaceOrder, instrument: Instrument) -> Decimal | None:
    """The leverage to ask for; None for a cash order. Without one, what Kraken's stream takes for
    `margin`: the most that the pair has, up to five.
    """
    if order.margin_mode is MarginMode.CASH:
        return None
    if order.leverage is not None:
        return order.leverage
    return min(instrument.max_leverage or _USUAL_LEVERAGE, _USUAL_LEVERAGE)


def exit_parts(attached: AttachedExit) -> tuple[str, Decimal, Decimal | None]:
    """(order type, trigger price, limit price) of the closing order."""
    if attached.stop_loss is not None:
        limit = attached.stop_loss_limit
        return ("stop-loss-limit" if limit is not None else "stop-loss"), attached.stop_loss, limit
    assert attached.take_profit is not None  # the model demands one of them
    limit = attached.take_profit_limit
    kind = "take-profit-limit" if limit is not None else "take-profit"
    return kind, attached.take_profit, limit


def offset_of(order: PlaceOrder) -> tuple[Decimal, bool]:
    """A trailing order's distance, and whether it is in percent."""
    assert order.trigger is not None  # the model demands it
    assert order.trigger.offset is not None
    if order.trigger.offset <= 0:
        raise _invalid(f"trailing offset {plain(order.trigger.offset)} must be above 0")
    return order.trigger.offset, order.trigger.offset_unit is OffsetUnit.PERCENT


def is_trailing(kind: OrderType) -> bool:
    """Whether the trigger follows the market."""
    return kind in {OrderType.TRAILING_STOP, OrderType.TRAILING_STOP_LIMIT}


def is_tokenized(instrument: Instrument) -> bool:
    """Whether it is a tokenized asset (AAPLx), which requests must say. Kraken's other assets are
    written in capitals.
    """
    return instrument.base.endswith("x") and instrument.base[:-1].isupper()


def _invalid(message: str) -> InvalidOrder:
    return InvalidOrder(message, venue=VENUE)
