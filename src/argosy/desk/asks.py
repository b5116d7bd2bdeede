"""Orders as people and programs ask for them: words in, checked commands out."""

import random
import uuid
from decimal import Decimal

import msgspec

from argosy.errors import ConfigError, InvalidOrder
from argosy.model import (
    AttachedExit,
    ClientOrderId,
    Instrument,
    InstrumentId,
    MarginMode,
    Nanos,
    OffsetUnit,
    OrderType,
    Peg,
    PegTo,
    PlaceOrder,
    PositionSide,
    SelfTradePrevention,
    Side,
    TimeInForce,
    Trigger,
    TriggerSource,
)
from argosy.model.money import ZERO, on_grid, parse_decimal, plain
from argosy.model.orders import word
from argosy.model.time import SECOND

_LONGEST_S = 10 * 365 * 86_400


class OrderAsk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order in words. Numbers are decimal strings; what is left out is left to the defaults."""

    instrument: str
    side: str
    size: str = ""
    quote_size: str = ""
    type: str = "limit"
    price: str = ""
    time_in_force: str = "gtc"
    expire_in_s: float | None = None
    post_only: bool = False
    reduce_only: bool = False
    trigger_price: str = ""
    trigger_by: str = "last"
    trailing: str = ""  # "50" in quote units, "1.5%" or "20 ticks"
    activation_price: str = ""
    display_size: str = ""
    margin: str = "cash"
    leverage: str = ""
    position_side: str = "net"
    self_trade: str = ""
    take_profit: str = ""
    take_profit_limit: str = ""
    take_profit_rests: bool = False
    stop_loss: str = ""
    stop_loss_limit: str = ""
    exit_trailing: str = ""  # instead of stop_loss: "50", "1.5%" or "20 ticks"
    display_variance: str = ""  # iceberg: 0.2 varies its slices by a fifth
    peg: str = ""  # pegged: primary, market or mid
    peg_offset: str = ""  # "0.5" or "2 ticks"; above 0 is away from the market
    then: "OrderAsk | None" = None  # OTO: what follows its fills
    client_id: str = ""


class AmendAsk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change of an order, by our id or the venue's."""

    order: str
    size: str = ""
    price: str = ""
    trigger_price: str = ""


class CancelAsk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A cancellation, by our id or the venue's; or of everything at a venue."""

    order: str = ""
    venue: str = ""
    instrument: str = ""


def new_client_id(rng: random.Random) -> ClientOrderId:
    """An id no one had before and that every venue takes: 32 hexadecimal digits."""
    return ClientOrderId(uuid.UUID(int=rng.getrandbits(128), version=4).hex)


def command(ask: OrderAsk, now_ns: Nanos, client_id: ClientOrderId) -> PlaceOrder:
    """The order an ask describes. ConfigError naming the word that cannot be understood."""
    in_s = ask.expire_in_s
    if in_s is not None and not 0 < in_s < _LONGEST_S:
        raise ConfigError(f"order: expire_in_s is {in_s}; it must be above 0 and under ten years")
    try:
        return PlaceOrder(
            instrument=InstrumentId(ask.instrument),
            client_id=ClientOrderId(ask.client_id) or client_id,
            side=word(Side, ask.side, "side"),
            type=word(OrderType, ask.type, "type"),
            size=number(ask.size, "size"),
            quote_size=number(ask.quote_size, "quote_size"),
            price=number(ask.price, "price"),
            time_in_force=word(TimeInForce, ask.time_in_force, "time_in_force"),
            expire_ns=(None if in_s is None else Nanos(now_ns + round(in_s * SECOND))),
            post_only=ask.post_only,
            reduce_only=ask.reduce_only,
            trigger=_trigger(ask),
            display_size=number(ask.display_size, "display_size"),
            margin_mode=word(MarginMode, ask.margin, "margin"),
            leverage=number(ask.leverage, "leverage"),
            position_side=word(PositionSide, ask.position_side, "position_side"),
            self_trade=(
                word(SelfTradePrevention, ask.self_trade, "self_trade") if ask.self_trade else None
            ),
            exit=_exit(ask),
            display_variance=number(ask.display_variance, "display_variance"),
            peg=_peg(ask),
            then=_then(ask, now_ns, client_id),
        )
    except ValueError as e:
        raise ConfigError(f"order: {e}") from None


def number(text: str, name: str) -> Decimal | None:
    return parse_decimal(text, name) if text else None


def distance_in_words(text: str, name: str) -> tuple[Decimal | None, OffsetUnit]:
    """A distance in words: "50", "1.5%" or "20 ticks"."""
    if text.endswith("%"):
        return number(text[:-1].strip(), name), OffsetUnit.PERCENT
    if text.endswith(("ticks", "tick")):
        return number(text.partition("tick")[0].strip(), name), OffsetUnit.TICKS
    return number(text, name), OffsetUnit.PRICE


def _trigger(ask: OrderAsk) -> Trigger | None:
    if not ask.trigger_price and not ask.trailing:
        return None
    offset, unit = distance_in_words(ask.trailing, "trailing")
    return Trigger(
        price=number(ask.trigger_price, "trigger_price"),
        source=word(TriggerSource, ask.trigger_by, "trigger_by"),
        offset=offset,
        offset_unit=unit,
        activation_price=number(ask.activation_price, "activation_price"),
    )


def _exit(ask: OrderAsk) -> AttachedExit | None:
    if not ask.take_profit and not ask.stop_loss and not ask.exit_trailing:
        return None
    trail, unit = distance_in_words(ask.exit_trailing, "exit_trailing")
    return AttachedExit(
        take_profit=number(ask.take_profit, "take_profit"),
        take_profit_limit=number(ask.take_profit_limit, "take_profit_limit"),
        take_profit_rests=ask.take_profit_rests,
        stop_loss=number(ask.stop_loss, "stop_loss"),
        stop_loss_limit=number(ask.stop_loss_limit, "stop_loss_limit"),
        trail=trail,
        trail_unit=unit,
    )


def _peg(ask: OrderAsk) -> Peg | None:
    if not ask.peg:
        return None
    offset, unit = distance_in_words(ask.peg_offset, "peg_offset")
    return Peg(to=word(PegTo, ask.peg, "peg"), offset=offset or ZERO, offset_unit=unit)


def _then(ask: OrderAsk, now_ns: Nanos, client_id: ClientOrderId) -> PlaceOrder | None:
    if ask.then is None:
        return None
    if ask.then.then is not None:
        raise ValueError("what follows may not have an order that follows it in turn")
    return command(ask.then, now_ns, client_id)


def check(order: PlaceOrder, instrument: Instrument) -> None:
    """Refuse what the venue is known to refuse, before anything is sent.

    Raises:
        InvalidOrder: a price or size off the grid, or a size outside the instrument's bounds.
    """

    def refuse(what: str) -> InvalidOrder:
        return InvalidOrder(f"{instrument.id}: {what}")

    if order.price is not None and not on_grid(order.price, instrument.price_increment):
        step = plain(instrument.price_increment)
        raise refuse(f"price {plain(order.price)} is no multiple of {step}")
    for name, size in (("size", order.size), ("display_size", order.display_size)):
        if size is not None and not on_grid(size, instrument.size_increment):
            step = plain(instrument.size_increment)
            raise refuse(f"{name} {plain(size)} is no multiple of {step}")
    if order.size is None:
        return
    if instrument.min_size is not None and order.size < instrument.min_size:
        raise refuse(f"size {plain(order.size)} is below the least, {plain(instrument.min_size)}")
    if instrument.max_size is not None and order.size > instrument.max_size:
        raise refuse(f"size {plain(order.size)} is above the most, {plain(instrument.max_size)}")
