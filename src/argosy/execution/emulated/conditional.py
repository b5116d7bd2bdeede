"""Orders that wait for a price: stops, take profits, if-touched orders and trailing stops."""

from decimal import Decimal
from typing import Self

import msgspec

from argosy.execution.emulated.order import Emulated
from argosy.execution.emulated.prices import Trail, followed, nearest_tick, reached, watched
from argosy.execution.turn import Turn
from argosy.execution.work import Change, Input, Market, Traded
from argosy.model import OrderType, Side, Trigger, TriggerSource


def price_of(event: Input, trigger: Trigger, side: Side, market: Market) -> Decimal | None:
    """What a trigger sees in an input: each trade by itself, else the price as it is now."""
    if trigger.source is TriggerSource.LAST and isinstance(event, Traded):
        return event.price if event.instrument == market.about.id else None
    return watched(trigger.source, side, market)


class Conditional(Emulated, frozen=True, kw_only=True, omit_defaults=True, tag="conditional"):
    """One order once its trigger is reached, for what it asked or what is left of it.

    Nothing fires on prices that may not be used. After a gap the price then decides, however far
    beyond the trigger: a stop takes what it gets, a stop-limit rests at its limit.
    """

    trail: Trail
    fired: bool = False

    def trigger_now(self) -> Decimal | None:
        """Where it fires, as it stands now."""
        return self.trail.price

    def waits(self) -> bool:
        """Until it fired."""
        return not self.fired

    def see(self, turn: Turn[Self], _event: Input) -> None:
        """Follow the price and look whether it reached the trigger."""
        market, trigger = turn.fresh, self.order.trigger
        assert trigger is not None, "the model demands one"
        if self.fired or market is None:
            return
        price = price_of(_event, trigger, self.side, market)
        if price is None:
            return
        trail = followed(trigger, self.side, self.trail, price, market.about)
        if trail is not self.trail:
            turn.learn(trail=trail)
        if reached(self.order.type, self.side, trail.price, price):
            turn.set(fired=True)

    def plan(self, turn: Turn[Self]) -> None:
        """Once fired: an order for what is left."""
        work = turn.work
        if work.fired and not work.live and work.left > 0 and turn.market is not None:
            turn.place(work.order_of(work.left, work.limit(turn.market)))

    def limit(self, market: Market) -> Decimal | None:
        """The limit of its order; None: at market."""
        order, trigger = self.order, self.order.trigger
        if order.type is not OrderType.TRAILING_STOP_LIMIT or order.price is not None:
            return order.price if order.type not in _AT_MARKET else None
        assert trigger is not None, "the model demands one"
        assert self.trail.price is not None, "it fired"
        offset = trigger.limit_offset or Decimal(0)
        away = offset if self.side is Side.BUY else -offset
        return nearest_tick(self.trail.price + away, market.about)

    def changed(self, change: Change) -> Self:
        """New size, limit or trigger, until it fired."""
        if self.fired:
            raise ValueError("it has fired: change the order that it placed")
        order, trigger = self.order, self.order.trigger
        assert trigger is not None, "the model demands one"
        if change.trigger_price is not None:
            if trigger.price is None:
                raise ValueError("a trailing stop has no trigger price of its own to change")
            trigger = msgspec.structs.replace(trigger, price=change.trigger_price)
        if change.price is not None and order.price is None:
            raise ValueError(f"a {order.type} order has no limit price to change")
        order = msgspec.structs.replace(
            order,
            size=change.size or order.size,
            price=change.price or order.price,
            trigger=trigger,
        )
        trail = self.trail if trigger.price is None else Trail(price=trigger.price, active=True)
        return self.having(order=order, size=order.size, trail=trail)


_AT_MARKET = frozenset(
    {
        OrderType.STOP,
        OrderType.TAKE_PROFIT,
        OrderType.MARKET_IF_TOUCHED,
        OrderType.TRAILING_STOP,
    }
)
