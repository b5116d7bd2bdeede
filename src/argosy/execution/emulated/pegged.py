"""A limit order that keeps its distance from the best price or the mid."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Self

from argosy.execution.emulated.order import Emulated
from argosy.execution.emulated.prices import distance, passive_tick
from argosy.execution.turn import Turn
from argosy.execution.work import Change, Child, Input, Market, Reprice
from argosy.model import Nanos, Peg, PegTo, Side
from argosy.model.time import MILLISECOND, SECOND


class Pegged(Emulated, frozen=True, kw_only=True, omit_defaults=True, tag="pegged"):
    """One resting order whose price follows. With `amends` it is amended in place, else replaced.

    It moves when what it wants is `min_move_ticks` away, not more often than its interval allows.
    While it alone is the best price of its side it does not follow itself: it stays. Once prices
    are unusable for `stale_s` it is withdrawn until they are back.
    """

    amends: bool = False
    wanted: Decimal | None = None  # the price last asked for
    moved_ns: Nanos = Nanos(0)  # when
    stale_ns: Nanos = Nanos(0)  # since when prices are unusable; 0: they are usable

    @property
    def kind(self) -> str:
        """Pegged, or a chase."""
        return self.order.type.value

    @property
    def peg(self) -> Peg:
        """The terms, made up for a chase: the best price of its own side."""
        return self.order.peg or Peg()

    def times(self) -> Iterator[Nanos]:
        """When it may move again, and when prices have been unusable for too long."""
        if self.moved_ns:
            yield Nanos(self.moved_ns + self.peg.min_interval_ms * MILLISECOND)
        if self.stale_ns:
            yield Nanos(self.stale_ns + self.peg.stale_s * SECOND)

    def see(self, turn: Turn[Self], _event: Input) -> None:
        """Since when prices are unusable."""
        if turn.fresh is None and not self.stale_ns:
            turn.set(stale_ns=turn.now_ns)
        elif turn.fresh is not None and self.stale_ns:
            turn.set(stale_ns=Nanos(0))

    def plan(self, turn: Turn[Self]) -> None:
        """An order at the wanted price, or none while there is no price to go by."""
        work, market = turn.work, turn.fresh
        if market is None:
            if work.stale_ns and turn.now_ns >= work.stale_ns + work.peg.stale_s * SECOND:
                turn.withdraw()
            return
        child = work.live[-1] if work.live else None
        price = work.price(market, child)
        if price is None or turn.now_ns < work.moved_ns + work.peg.min_interval_ms * MILLISECOND:
            return
        if child is None:
            if work.left > 0 and turn.place(work.order_of(work.left, price)):
                turn.set(wanted=price, moved_ns=turn.now_ns)
        elif not child.withdrawing and work.far(child, price, market):
            work.move(turn, child, price)

    def move(self, turn: Turn[Self], child: Child, price: Decimal) -> None:
        """Amend in place; where that did not do it, or cannot, withdraw and place anew."""
        stuck = self.wanted is not None and child.price != self.wanted
        if self.amends and not stuck:
            turn.actions.append(Reprice(client_id=child.client_id, price=price))
        else:
            turn.withdraw(child)
        # What is placed anew keeps the interval from the last placing: the gap is no rest.
        turn.set(wanted=price, moved_ns=turn.now_ns if self.amends and not stuck else self.moved_ns)

    def far(self, child: Child, price: Decimal, market: Market) -> bool:
        """Whether an order is too far from where it should be."""
        assert child.price is not None, "it is a limit order"
        return abs(child.price - price) >= self.peg.min_move_ticks * market.about.price_increment

    def price(self, market: Market, child: Child | None) -> Decimal | None:
        """Where to rest now; None where there is nothing to go by."""
        peg, side, about = self.peg, self.side, market.about
        own, other = (market.bid, market.ask) if side is Side.BUY else (market.ask, market.bid)
        own_size = market.bid_size if side is Side.BUY else market.ask_size
        alone = (
            child is not None
            and own == child.price
            and (own_size is None or own_size <= child.left)
        )
        if alone and peg.to is not PegTo.MARKET:
            return None
        anchor = {PegTo.PRIMARY: own, PegTo.MARKET: other, PegTo.MID: market.mid}[peg.to]
        if anchor is None:
            return None
        away = distance(peg.offset, peg.offset_unit, anchor, about)
        tick = about.price_increment
        price = passive_tick(anchor - away if side is Side.BUY else anchor + away, side, about)
        nearest = min if side is Side.BUY else max
        if self.order.post_only and other is not None:
            price = nearest(price, other - tick if side is Side.BUY else other + tick)
        if self.order.price is not None:
            price = nearest(price, self.order.price)
        return price if price > 0 else None

    def lost(self, turn: Turn[Self], child: Child, reason: str) -> None:
        """An order that may not take and would have is tried again; else all ends, as it did."""
        self.left_the_book(turn, child, reason)

    def changed(self, change: Change) -> Self:
        """A new limit; nothing else."""
        return self.repriced(change)
