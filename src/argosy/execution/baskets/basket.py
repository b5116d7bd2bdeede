"""A basket: legs that go on side by side, none far ahead of the others, all of it or as agreed.

Legging risk is what is held while some legs are done and others are not. `max_ahead` bounds it: no
leg's filled share may lead the slowest leg's by more, but for the least size a venue takes.
"""

from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Self

import msgspec

from argosy.execution.baskets.leg import BasketLeg, Style, least_step
from argosy.execution.emulated.prices import least_size
from argosy.execution.turn import FIRST_WAIT_NS, MAX_TRIES, Turn, Worked
from argosy.execution.work import Child, Input, Market
from argosy.model import InstrumentId, Nanos, OrderStatus
from argosy.model.money import ZERO, plain
from argosy.model.time import SECOND

LEGS_MAX = 50
LONGEST_WAIT = 4  # doublings of the first wait: four seconds
UNDO = "undo"  # the role of an order that takes back, before the leg's number
FINISH = "finish"  # of one that completes a leg at any price


class OnFailure(StrEnum):
    """What becomes of what is filled when a leg cannot be done, or all is stopped."""

    KEEP = "keep"
    UNWIND = "unwind"  # all or nothing: it is taken back at market
    COMPLETE = "complete"  # the other way: what is missing is taken at market


class Basket(Worked, frozen=True, kw_only=True, omit_defaults=True, tag="basket"):
    """Legs as one instruction. It begins once every leg has prices that may be used.

    Stopping it counts as failure, but that `complete` is not done then: what is filled is kept.
    """

    name: str = ""
    legs: tuple[BasketLeg, ...]
    max_ahead: Decimal = Decimal(1)
    on_failure: OnFailure = OnFailure.KEEP
    slippage: Decimal = Decimal("0.005")  # of the price: how far limits are from the best offer
    within_ns: int = 60 * SECOND
    begun_ns: Nanos = Nanos(0)
    failed: bool = False  # ended by itself, not by whoever placed it
    mending: bool = False  # what is filled is being taken back, or what is missing taken

    def __post_init__(self) -> None:
        if not 1 <= len(self.legs) <= LEGS_MAX:
            raise ValueError(f"{len(self.legs)} legs; 1 to {LEGS_MAX} make a basket")
        if not 0 < self.max_ahead <= 1:
            raise ValueError(f"max_ahead is {self.max_ahead}; it must be above 0 and at most 1")
        if not 0 <= self.slippage < 1:
            raise ValueError(f"slippage is {self.slippage}; it must be at least 0 and below 1")
        if self.within_ns <= 0:
            raise ValueError(f"within is {self.within_ns} ns; it must be above 0")
        for number, leg in enumerate(self.legs):
            if leg.size <= 0:
                raise ValueError(f"leg {number + 1}: size is {leg.size}; it must be above 0")
            if leg.style is Style.REST and leg.price is None:
                raise ValueError(f"leg {number + 1} rests: it needs a price")

    @property
    def trades(self) -> tuple[InstrumentId, ...]:
        """The instruments of its legs."""
        return tuple(dict.fromkeys(leg.instrument for leg in self.legs))

    @property
    def touched(self) -> bool:
        """Whether any leg was filled."""
        return any(leg.filled for leg in self.legs)

    @property
    def ahead(self) -> Decimal:
        """By how much the first leg's share leads the last one's."""
        shares = [leg.share for leg in self.legs]
        return max(shares) - min(shares)

    def completed(self) -> OrderStatus | None:
        """Filled once every leg is; cancelled where what is left of one cannot be placed."""
        if not all(leg.done for leg in self.legs):
            return None
        whole = all(leg.filled >= leg.size for leg in self.legs)
        return OrderStatus.FILLED if whole else OrderStatus.CANCELLED

    def times(self) -> Iterator[Nanos]:
        """Its deadline, and when legs try again."""
        if self.begun_ns:
            yield Nanos(self.begun_ns + self.within_ns)
        for leg in self.legs:
            if leg.again_ns and not leg.stuck:
                yield leg.again_ns

    def farewell(self) -> str:
        """Why it ended, and what it leaves behind."""
        told = [self.reason] if self.reason else []
        undone = self.on_failure is OnFailure.UNWIND and self.completed() is None
        for leg in self.legs:
            held = leg.filled - leg.undone
            if undone and leg.side.value == "buy":
                held -= leg.filled * leg.fee_in_base
            if undone and leg.filled:
                what = f"{plain(held)} not taken back" if held > 0 else "taken back"
                told.append(f"{leg.instrument}: {what}" + (f" ({leg.stuck})" if leg.stuck else ""))
            elif leg.filled < leg.size:
                why = ", less than can be placed" if leg.done else ""
                told.append(f"{leg.instrument}: {plain(leg.size - leg.filled)} missing{why}")
        return "; ".join(told)

    # --- children ---------------------------------------------------------------------------------

    def counted(self, before: Child, after: Child) -> Self:
        """With what a child filled in its leg."""
        filled, value = after.filled - before.filled, after.value - before.value
        kind, number = _role(after)
        leg = self.legs[number]
        if kind == UNDO:
            return self.with_leg(
                number, undone=leg.undone + filled, undone_value=leg.undone_value + value
            )
        return self.with_leg(number, filled=leg.filled + filled, value=leg.value + value)

    def heard(self, turn: Turn[Self], before: Child, after: Child) -> None:
        """After a child that filled nothing its leg waits, longer each time, and then gives up."""
        number = _role(after)[1]
        leg = turn.work.legs[number]
        if after.filled > before.filled and leg.tries:
            turn.set(legs=turn.work.with_leg(number, tries=0).legs)
        if not after.status.final or after.withdrawing or after.status is OrderStatus.FILLED:
            return
        # An immediate order that finds nothing is asked for again until the time is over.
        counts = after.status is OrderStatus.REJECTED or (self.mending and not after.filled)
        leg = turn.work.legs[number]
        tries = leg.tries + 1 if counts else leg.tries
        stuck = f"nothing filled in {tries} tries" if self.mending and tries > MAX_TRIES else ""
        wait_ns = FIRST_WAIT_NS << min(leg.tries, LONGEST_WAIT)
        changed = turn.work.with_leg(
            number, tries=tries, stuck=stuck, again_ns=Nanos(turn.now_ns + wait_ns)
        )
        turn.set(legs=changed.legs)

    def declined(self, turn: Turn[Self], child: Child, reason: str, *, again: bool) -> None:
        """Refused for good, or too often: the basket fails."""
        leg = turn.work.legs[_role(child)[1]]
        if not again or leg.tries > MAX_TRIES:
            turn.work.fail(turn, f"{child.instrument}: {reason}")

    def lost(self, turn: Turn[Self], child: Child, reason: str) -> None:
        """An immediate order's rest was not there; a resting one that is gone is a failure."""
        if turn.work.legs[_role(child)[1]].style is Style.REST:
            turn.work.fail(turn, f"{child.instrument}: {reason or child.status.value}")

    def fail(self, turn: Turn[Self], reason: str) -> None:
        """Withdraw what rests; what follows is done in `wind_up`."""
        turn.set(failed=True)
        turn.stop(OrderStatus.CANCELLED, reason)

    # --- going on ---------------------------------------------------------------------------------

    def see(self, turn: Turn[Self], _event: Input) -> None:
        """Begin once every leg has prices, with limits from them; end when the time is over."""
        if self.begun_ns:
            if turn.now_ns >= self.begun_ns + self.within_ns:
                self.fail(turn, "its time is over")
            return
        markets = [turn.look_fresh(leg.instrument) for leg in self.legs]
        if all(market is not None and market.mid is not None for market in markets):
            legs = tuple(
                leg.begun(market, self.slippage)
                for leg, market in zip(self.legs, markets, strict=True)
                if market is not None
            )
            turn.set(begun_ns=turn.now_ns, legs=legs)

    def plan(self, turn: Turn[Self]) -> None:
        """An order for each leg that may go on."""
        if not self.begun_ns or turn.work.ending is not None:
            return
        slowest = min(leg.share for leg in self.legs)
        for number, leg in enumerate(self.legs):
            market = turn.look_fresh(leg.instrument)
            if market is None or turn.now_ns < leg.again_ns or turn.work.ending is not None:
                continue
            size = self._next(turn.work, number, market, slowest)
            left = leg.size - leg.filled
            if 0 < left < least_size(market.about, leg.limit) and not turn.work.live_in(number):
                turn.set(legs=turn.work.with_leg(number, dust=left).legs)
            elif size > 0:
                turn.place(leg.order(size, self.id), str(number))

    @staticmethod
    def _next(work: "Basket", number: int, market: Market, slowest: Decimal) -> Decimal:
        leg = work.legs[number]
        open_size = work.open_size(str(number))
        if leg.style is Style.TAKE and open_size:
            return ZERO
        share = slowest + work.max_ahead
        if leg.share <= slowest:
            share = max(share, leg.share + least_step(market.about, leg))
        return leg.next_size(market.about, open_size, share)

    def busy(self) -> bool:
        """While something is to be taken back or completed that can be."""
        return self.ending is not None and self._to_mend and self.completed() is None

    @property
    def _to_mend(self) -> bool:
        if self.on_failure is OnFailure.COMPLETE:
            missing = any(not leg.done and not leg.stuck for leg in self.legs)
            return self.failed and self.touched and missing
        if self.on_failure is OnFailure.UNWIND:
            return any(leg.filled > leg.undone and not leg.stuck for leg in self.legs)
        return False

    def wind_up(self, turn: Turn[Self]) -> None:
        """Once nothing is live: take back, or complete, at market."""
        if not self._to_mend:
            return
        if not self.mending:
            fresh = tuple(leg.having(tries=0, again_ns=Nanos(0)) for leg in self.legs)
            turn.set(mending=True, legs=fresh)
        for number, leg in enumerate(turn.work.legs):
            market = turn.look(leg.instrument)
            if leg.stuck or market is None or turn.now_ns < leg.again_ns:
                continue
            if self.on_failure is OnFailure.COMPLETE:
                left = leg.size - leg.filled
                size = left if left >= least_size(market.about, market.mid) else ZERO
                wanted, role, order = left, FINISH, leg.market_order
            else:
                size = leg.to_undo(market.about)
                wanted, role, order = leg.filled - leg.undone, UNDO, leg.undo_order
            if size > 0:
                turn.place(order(size, self.id), f"{role} {number}")
            elif wanted > 0:
                rest = turn.work.with_leg(number, stuck="less than can be placed")
                turn.set(legs=rest.legs)

    # --- within -----------------------------------------------------------------------------------

    def with_leg(self, number: int, **changes: object) -> Self:
        """The basket with one leg changed."""
        legs = list(self.legs)
        legs[number] = msgspec.structs.replace(legs[number], **changes)
        return self.having(legs=tuple(legs))

    def live_in(self, number: int) -> bool:
        """Whether a leg has an order out."""
        return any(_role(child)[1] == number for child in self.live)

    def open_size(self, role: str) -> Decimal:
        """What live children of a role may still fill."""
        return sum((child.left for child in self.live if child.role == role), ZERO)


def _role(child: Child) -> tuple[str, int]:
    """What a child is for, and its leg."""
    kind, _, number = child.role.rpartition(" ")
    return kind, int(number)
