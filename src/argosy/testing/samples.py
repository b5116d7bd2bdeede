"""Orders that a venue should take, one for each type, flag and choice. Places none."""

from decimal import Decimal
from typing import Any

from argosy.model import (
    AttachedExit,
    CancelOrder,
    ClientOrderId,
    InstrumentId,
    MarginMode,
    OffsetUnit,
    OrderReport,
    OrderType,
    Peg,
    PlaceOrder,
    PositionSide,
    Side,
    TimeInForce,
    Trigger,
    TriggerSource,
)
from argosy.testing.contract import Facts

FLAGS = (
    "post_only",
    "reduce_only",
    "margin_mode",
    "leverage",
    "position_side",
    "attached_exit",
    "quote_size",
)
_FAR = Decimal("0.8")


def order(
    facts: Facts, kind: OrderType = OrderType.LIMIT, number: int = 1, **more: Any
) -> PlaceOrder:
    """A buying order of a type that rests or waits: far from `price` (the facts' by default)."""
    instrument: InstrumentId = more.pop("instrument", None) or facts.home(kind)
    size = facts.size if instrument == facts.instrument else facts.derivative_size
    price: Decimal = more.pop("near", facts.price)
    fields: dict[str, Any] = {
        "instrument": instrument,
        "client_id": ClientOrderId(facts.client_id(number)),
        "side": Side.BUY,
        "type": kind,
        "size": size,
    }
    fields.update(_parts(kind, price, size, instrument))
    fields.update(more)
    return PlaceOrder(**fields)


def _parts(
    kind: OrderType, price: Decimal, size: Decimal, instrument: InstrumentId
) -> dict[str, Any]:
    low, high = _round(price * _FAR), _round(price / _FAR)
    then = PlaceOrder(
        instrument=instrument,
        client_id=ClientOrderId("then"),
        side=Side.SELL,
        type=OrderType.LIMIT,
        size=size,
        price=high,
    )
    parts: dict[OrderType, dict[str, Any]] = {
        OrderType.LIMIT: {"price": low},
        # Buying stops wait above the market, buying take profits below.
        OrderType.STOP: {"trigger": Trigger(price=high)},
        OrderType.STOP_LIMIT: {"trigger": Trigger(price=high), "price": high + 10},
        OrderType.TAKE_PROFIT: {"trigger": Trigger(price=low)},
        OrderType.TAKE_PROFIT_LIMIT: {"trigger": Trigger(price=low), "price": low},
        OrderType.TRAILING_STOP: {"trigger": Trigger(offset=_round(price / 10))},
        OrderType.TRAILING_STOP_LIMIT: {"trigger": Trigger(offset=_round(price / 10))},
        OrderType.ICEBERG: {"price": low, "size": size * 4, "display_size": size},
        OrderType.TWAP: {"price": low, "size": size * 4, "slices": 4, "interval_s": 30},
        OrderType.OCO: {
            "exit": AttachedExit(take_profit=low, stop_loss=high),
        },
        OrderType.BRACKET: {
            "price": low,
            "exit": AttachedExit(take_profit=high, stop_loss=_round(low * _FAR)),
        },
        OrderType.MARKET_IF_TOUCHED: {"trigger": Trigger(price=low)},
        OrderType.LIMIT_IF_TOUCHED: {"trigger": Trigger(price=low), "price": low},
        OrderType.PEGGED: {"price": low, "peg": Peg()},
        OrderType.OTO: {"price": low, "then": then},
    }
    return parts.get(kind, {})


def _round(price: Decimal) -> Decimal:
    return price.quantize(Decimal(1))


def with_flag(facts: Facts, flag: str) -> PlaceOrder:
    """An order that uses one of venue.toml's flags where it makes most sense."""
    on = facts.derivative or facts.instrument
    far = _round(facts.price * _FAR)
    sensible: dict[str, dict[str, Any]] = {
        "post_only": {"post_only": True},
        "reduce_only": {"reduce_only": True, "margin_mode": MarginMode.CROSS, "instrument": on},
        "margin_mode": {"margin_mode": MarginMode.CROSS},
        "leverage": {"margin_mode": MarginMode.CROSS, "leverage": Decimal(2)},
        "position_side": {"position_side": PositionSide.LONG, "instrument": on},
        "attached_exit": {"exit": AttachedExit(stop_loss=_round(far / 2))},
    }
    if flag == "quote_size":
        return order(facts, OrderType.MARKET, size=None, quote_size=Decimal(100))
    return order(facts, **sensible[flag])


def with_time_in_force(facts: Facts, kind: TimeInForce, now_ns: int) -> PlaceOrder:
    """A limit order that stays so long; until an hour from now where it has an end."""
    end = now_ns + 3_600 * 10**9 if kind is TimeInForce.GTD else None
    return order(facts, time_in_force=kind, expire_ns=end)


def with_trigger(facts: Facts, source: TriggerSource) -> PlaceOrder:
    """A stop that watches a price."""
    high = _round(facts.price / _FAR)
    on = facts.home(OrderType.STOP)
    return order(facts, OrderType.STOP, instrument=on, trigger=Trigger(price=high, source=source))


def trailing_by_percent(facts: Facts) -> PlaceOrder:
    """A trailing stop at a relative distance."""
    trigger = Trigger(offset=Decimal(5), offset_unit=OffsetUnit.PERCENT)
    return order(facts, OrderType.TRAILING_STOP, trigger=trigger)


def cancel(placed: PlaceOrder | OrderReport) -> CancelOrder:
    """What cancels an order, by our id alone or also by the venue's."""
    venue_id = placed.venue_id if isinstance(placed, OrderReport) else None
    return CancelOrder(
        instrument=placed.instrument,
        client_id=placed.client_id or ClientOrderId(""),
        venue_id=venue_id or None,
        type=placed.type,
    )
