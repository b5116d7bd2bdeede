"""Take profit and stop loss for what is held: one cancels the other (OCO), and brackets.

One rule keeps both from exiting more than there is: an exit is sent only for what is neither
exited nor in the hands of another live exit. So when the stop is reached while a take profit
rests, that one is withdrawn first, and the stop is sent for what it did not fill.
"""

from decimal import Decimal
from typing import Self

import msgspec

from argosy.execution.emulated.conditional import price_of
from argosy.execution.emulated.order import Emulated
from argosy.execution.emulated.prices import (
    Trail,
    followed,
    least_size,
    nearest_tick,
    reached,
    started,
)
from argosy.execution.turn import Turn
from argosy.execution.work import Change, Child, Input, Market
from argosy.model import (
    AttachedExit,
    OrderType,
    PlaceOrder,
    Side,
    TimeInForce,
    Trigger,
)
from argosy.model.money import ZERO, floor_to

ENTRY = "entry"
PROFIT = "take_profit"
LOSS = "stop_loss"
MAX_RESTING = 5  # take profits of one bracket, before they are put together into one


class Exits(Emulated, frozen=True, kw_only=True, omit_defaults=True):
    """What OCO and bracket share: two exits, of which one may act."""

    stop: Trail = Trail()
    fired: str = ""  # which exit was set off
    exited: Decimal = ZERO

    @property
    def levels(self) -> AttachedExit:
        """The terms of the exits."""
        assert self.order.exit is not None, "checked when it was chosen"
        return self.order.exit

    @property
    def exit_side(self) -> Side:
        """The side of the exits."""
        return self.side

    def held(self) -> Decimal:
        """What there is to exit, exits so far included."""
        return self.size

    def settled(self) -> bool:
        """Whether no more comes to be exited."""
        return True

    def trigger_now(self) -> Decimal | None:
        """Where the stop is."""
        return self.stop.price

    def stop_trigger(self) -> Trigger | None:
        """The stop's trigger; None where there is no stop."""
        levels = self.levels
        if levels.trail is not None:
            return Trigger(offset=levels.trail, offset_unit=levels.trail_unit, source=levels.source)
        if levels.stop_loss is None:
            return None
        return Trigger(price=levels.stop_loss, source=levels.source)

    def see(self, turn: Turn[Self], _event: Input) -> None:
        """Look whether one of the two is reached, once something is held."""
        market, levels, side = turn.fresh, self.levels, self.exit_side
        if self.fired or market is None or self.held() <= self.exited:
            return
        trigger = self.stop_trigger()
        price = price_of(
            _event, trigger or Trigger(price=Decimal(1), source=levels.source), side, market
        )
        if price is None:
            return
        if trigger is not None:
            stop = self.stop if self.stop.price or self.stop.best else started(trigger)
            stop = followed(trigger, side, stop, price, market.about)
            if stop != self.stop:
                turn.learn(stop=stop)
            if reached(OrderType.STOP, side, stop.price, price):
                turn.set(fired=LOSS)
                return
        if not levels.take_profit_rests and reached(
            OrderType.TAKE_PROFIT, side, levels.take_profit, price
        ):
            turn.set(fired=PROFIT)

    def plan(self, turn: Turn[Self]) -> None:
        """Before one is set off, a resting take profit; after that, that one alone."""
        work, market = turn.work, turn.market
        if market is None:
            return
        if work.fired:
            others = [child for child in work.live if child.role != work.fired]
            turn.withdraw(*others) if others else None
            work = turn.work
            price = work.fired_limit(market)
            if not others:
                work.cover(turn, market, work.fired, price)
        elif work.levels.take_profit_rests:
            assert work.levels.take_profit is not None, "the model demands it"
            work.cover(turn, market, PROFIT, nearest_tick(work.levels.take_profit, market.about))

    def fired_limit(self, market: Market) -> Decimal | None:
        """The limit of the exit that was set off; None: at market."""
        levels = self.levels
        limit = levels.stop_loss_limit if self.fired == LOSS else levels.take_profit_limit
        return None if limit is None else nearest_tick(limit, market.about)

    def need(self, market: Market) -> Decimal:
        """What no exit covers yet."""
        covered = sum((child.left for child in self.live if child.role != ENTRY), ZERO)
        return floor_to(self.held() - self.exited - covered, market.about.size_increment)

    def cover(self, turn: Turn[Self], market: Market, role: str, price: Decimal | None) -> None:
        """An exit for what none covers. What is too small waits for more, or for those that rest
        to be put together with it.
        """
        need = self.need(market)
        if need <= 0:
            return
        out = [child for child in self.live if child.role == role]
        enough = need >= least_size(market.about, price or market.last or market.mid)
        if enough and len(out) < MAX_RESTING:
            turn.place(self.exit_order(need, price), role)
        elif out and (enough or self.settled()):
            turn.withdraw(*out)

    def exit_order(self, size: Decimal, price: Decimal | None) -> PlaceOrder:
        """An exit as it is sent."""
        order = self.order_of(size, price, side=self.exit_side)
        return msgspec.structs.replace(order, time_in_force=TimeInForce.GTC, post_only=False)

    def heard(self, turn: Turn[Self], before: Child, after: Child) -> None:
        """Count what exits filled; more than there was is told, and left to the desk."""
        if after.role == ENTRY or after.filled == before.filled:
            return
        turn.set(exited=self.exited + after.filled - before.filled)
        work = turn.work
        if work.exited > work.held():
            turn.set(reason=f"{work.exited - work.held()} more was exited than held")

    def changed(self, change: Change) -> Self:
        """New prices (price: take profit, trigger_price: stop), until one of them is set off."""
        if self.fired:
            raise ValueError(f"its {self.fired} was set off already")
        if change.size is not None:
            raise ValueError("the size of exits follows what is held")
        levels = self.levels
        if change.trigger_price is not None and levels.stop_loss is None:
            raise ValueError("it has no stop price of its own to change")
        if change.price is not None and (levels.take_profit is None or levels.take_profit_rests):
            raise ValueError("it has no waiting take profit to change")
        levels = msgspec.structs.replace(
            levels,
            take_profit=change.price or levels.take_profit,
            stop_loss=change.trigger_price or levels.stop_loss,
        )
        return self.having(order=msgspec.structs.replace(self.order, exit=levels), stop=Trail())


class Oco(Exits, frozen=True, kw_only=True, omit_defaults=True, tag="oco"):
    """Take profit and stop loss for a size; whichever is reached first goes for what is left."""

    def waits(self) -> bool:
        """Until one is set off, unless its take profit rests."""
        return not self.fired and not self.live


class Bracket(Exits, frozen=True, kw_only=True, omit_defaults=True, tag="bracket"):
    """An entry, and exits for each part of it as it fills.

    A reached exit withdraws the rest of the entry. An entry that ends short of its size leaves the
    exits of what it filled. `fee_in_base` is the share of the entry that its fee takes out of it.
    """

    fee_in_base: Decimal = ZERO
    exits_reduce: bool = False  # the venue takes reduce_only with the exits
    entered: bool = False  # the entry is over
    through: bool = False  # and all of it is exited that can be

    @property
    def exit_side(self) -> Side:
        """The other side."""
        return self.side.opposite

    def held(self) -> Decimal:
        """What came in, less its fee."""
        return self.filled * (1 - self.fee_in_base)

    def settled(self) -> bool:
        """Whether the entry is over."""
        return self.entered

    def waits(self) -> bool:
        """It works from the start."""
        return False

    def complete(self) -> bool:
        """In and out again."""
        return self.through

    def plan(self, turn: Turn[Self]) -> None:
        """The entry once; then exits for what it filled."""
        entry = next((child for child in self.live if child.role == ENTRY), None)
        if self.filled >= self.size and entry is None and not self.entered:
            turn.set(entered=True)
        elif entry is None and not self.entered and not self.fired:
            turn.place(self.order_of(self.size - self.filled, self.order.price), ENTRY)
        elif entry is None and self.fired and not self.entered:
            turn.set(entered=True)
        super(Bracket, turn.work).plan(turn)
        work = turn.work
        if work.entered and not work.live and turn.market is not None:
            need = work.need(turn.market)
            if need < least_size(turn.market.about, turn.market.last or turn.market.mid):
                reason = f"{need} is too little to be exited" if need > 0 else work.reason
                turn.set(through=True, reason=reason)

    def exit_order(self, size: Decimal, price: Decimal | None) -> PlaceOrder:
        """An exit, which reduces only where the venue knows that."""
        order = super().exit_order(size, price)
        return msgspec.structs.replace(order, reduce_only=self.exits_reduce)

    def lost(self, turn: Turn[Self], child: Child, reason: str) -> None:
        """An entry that ended with something filled leaves its exits; anything else ends all."""
        if child.role == ENTRY and turn.work.filled:
            turn.set(entered=True, reason=reason)
        else:
            turn.stop(child.status, reason)

    def farewell(self) -> str:
        """What is left without exits is told."""
        bare = self.held() - self.exited
        if self.through or bare <= 0:
            return self.reason
        return f"{self.reason}; {bare} is held without exits" if self.reason else ""
