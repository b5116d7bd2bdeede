"""Triggers and grids: which price a trigger watches, when it is reached, how a trail follows."""

from decimal import Decimal

import msgspec

from argosy.execution.work import Market
from argosy.model import Instrument, OffsetUnit, OrderType, PlaceOrder, Side, Trigger, TriggerSource
from argosy.model.money import ceil_to, floor_to

PROFITS = frozenset(
    {
        OrderType.TAKE_PROFIT,
        OrderType.TAKE_PROFIT_LIMIT,
        OrderType.MARKET_IF_TOUCHED,
        OrderType.LIMIT_IF_TOUCHED,
    }
)


class Trail(msgspec.Struct, frozen=True, omit_defaults=True):
    """A trigger as it stands: its price now; for a trailing one, the best price seen."""

    price: Decimal | None = None
    best: Decimal | None = None
    active: bool = False


def sources_of(order: PlaceOrder) -> frozenset[TriggerSource]:
    """The prices that an order's trigger and its exits watch."""
    of = [part.source for part in (order.trigger, order.exit) if part is not None]
    return frozenset(of)


def started(trigger: Trigger) -> Trail:
    """A trigger that has seen no price."""
    return Trail(price=trigger.price, active=trigger.activation_price is None)


def watched(source: TriggerSource, side: Side, market: Market) -> Decimal | None:
    """The price that a trigger of an order of `side` watches; None while there is none."""
    if source is TriggerSource.LAST:
        return market.last
    if source is TriggerSource.MARK:
        return market.mark
    if source is TriggerSource.INDEX:
        return market.index
    if source is TriggerSource.MID:
        return market.mid
    return market.bid if side is Side.SELL else market.ask


def reached(kind: OrderType, side: Side, at: Decimal | None, price: Decimal) -> bool:
    """Whether `price` sets off a trigger at `at`: a stop on the way to a loss, others to a gain."""
    if at is None:
        return False
    rising = (side is Side.BUY) != (kind in PROFITS)
    return price >= at if rising else price <= at


def followed(
    trigger: Trigger, side: Side, trail: Trail, price: Decimal, about: Instrument
) -> Trail:
    """A trailing trigger after one more price; any other stays as it is.

    The distance counts from the best price seen since it was active; the trigger is the tick
    nearest to that.
    """
    if trigger.offset is None:
        return trail
    selling = side is Side.SELL
    if not trail.active:
        start = trigger.activation_price
        assert start is not None, "else it would be active"
        upward = selling != trigger.activation_against
        if (price < start) if upward else (price > start):
            return trail
        trail = msgspec.structs.replace(trail, active=True)
    if trail.best is not None and (price <= trail.best if selling else price >= trail.best):
        return trail
    away = distance(trigger.offset, trigger.offset_unit, price, about)
    at = nearest_tick(price - away if selling else price + away, about)
    return Trail(price=at, best=price, active=True)


def distance(offset: Decimal, unit: OffsetUnit, price: Decimal, about: Instrument) -> Decimal:
    """An offset in quote units."""
    if unit is OffsetUnit.PERCENT:
        return price * offset / 100
    return offset * about.price_increment if unit is OffsetUnit.TICKS else offset


def nearest_tick(price: Decimal, about: Instrument) -> Decimal:
    """The tick nearest to `price`, one at least."""
    tick = about.price_increment
    return max(Decimal(1), (price / tick).to_integral_value()) * tick


def passive_tick(price: Decimal, side: Side, about: Instrument) -> Decimal:
    """The tick at `price`, else the next one away from the market; one at least."""
    tick = about.price_increment
    return max(tick, floor_to(price, tick) if side is Side.BUY else ceil_to(price, tick))


def least_size(about: Instrument, price: Decimal | None) -> Decimal:
    """The smallest order that the venue takes at `price` (None: its worth is not looked at)."""
    least = max(about.size_increment, about.min_size or about.size_increment)
    if about.min_notional is not None and price is not None and price > 0:
        one = about.notional(price, Decimal(1))
        least = max(least, ceil_to(about.min_notional / one, about.size_increment))
    return least


def part_of(wanted: Decimal, left: Decimal, least: Decimal, about: Instrument) -> Decimal:
    """The most of `wanted` that can be placed, `least` at least, leaving of `left` no rest that
    could not be; all of `left` where it cannot be parted.
    """
    size = max(least, floor_to(wanted, about.size_increment))
    if size < left < size + least:
        size = floor_to(left - least, about.size_increment)
    return size if least <= size < left else left
