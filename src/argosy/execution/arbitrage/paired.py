"""Two legs traded together, as a work: both at once or the harder one first, then made even.

Never hedges on a guess: while what became of an order is not known, it waits. What one leg has more
than the other is made up for on the missing leg as long as that keeps the loss limit; else, and at
the latest when its time is up, at market where that costs least, which may be the way back.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Self

import msgspec

from argosy.execution.arbitrage.legs import PairLeg, leg_order, within
from argosy.execution.arbitrage.two_leg import common_lot
from argosy.execution.emulated.order import Emulated
from argosy.execution.emulated.prices import least_size
from argosy.execution.turn import FIRST_WAIT_NS, Turn
from argosy.execution.work import Change, Child, Input, Market, Markets, Outcome
from argosy.model import ClientOrderId, InstrumentId, Nanos, OrderStatus, Side
from argosy.model.money import ZERO, ceil_to, floor_to, plain
from argosy.model.time import SECOND

ROUNDS_MAX = 100  # rounds that one pair is opened in
REFUSED_MAX = 3  # refusals of one leg, after which it is not tried again
PATIENCE_NS = 5 * SECOND  # in which a venue is over with an immediate order
GIVE_UP_NS = 120 * SECOND  # without any way to make the legs even, after the time for it
BAND = Decimal("0.05")  # limits are kept this near to the market: venues refuse absurd ones
LEG = "leg"
RETRY = "retry"  # the missing leg again, within the loss limit
HEDGE = "hedge"  # at market, wherever it costs least


class Paired(Emulated, frozen=True, kw_only=True, omit_defaults=True, tag="paired"):
    """A pair of legs of one base currency, one bought and one sold.

    Opened in rounds of at most `max_unhedged`, so that no more than that is ever without its other
    half. `max_loss` is against what opening at the limits would have cost (or against nothing,
    where that pays); only the hedge of last resort may go beyond it. Stopping it places nothing
    more: what is open then is told. As an order it is its first leg.
    """

    legs: tuple[PairLeg, PairLeg]
    max_loss: Decimal  # in the common currency
    max_unhedged: Decimal | None = None  # in the common currency; None: all at once
    first: int | None = None  # the leg that goes first; None: both at once
    open_for_ns: int = 2 * SECOND  # after this no round begins
    hedge_for_ns: int = 3 * SECOND  # so long a better price than at market is hoped for
    patience_ns: int = PATIENCE_NS  # an immediate order that is not over by then is withdrawn
    begun_ns: Nanos = Nanos(0)
    rounds: int = 0
    before: Decimal = ZERO  # base units that stood even when the round began
    follows: bool = False  # the second leg has yet to follow the first
    sent_ns: Nanos = Nanos(0)  # when something was last sent
    uneven_ns: Nanos = Nanos(0)  # since when it is known that the legs are not even
    trouble: str = ""  # the latest refusal
    hedged: bool = False  # a hedge of last resort was sent: no more rounds

    # --- what it is, and how far ------------------------------------------------------------------

    @property
    def trades(self) -> tuple[InstrumentId, ...]:
        """The instruments of its legs."""
        return tuple(leg.instrument for leg in self.legs)

    @property
    def gap(self) -> Decimal:
        """Base units that are bought and not sold; below 0, sold and not bought."""
        return self.legs[0].net + self.legs[1].net

    @property
    def even(self) -> Decimal:
        """Base units that stand on both legs."""
        return min(abs(self.legs[0].net), abs(self.legs[1].net))

    @property
    def cash(self) -> Decimal:
        """Received less paid so far, in the common currency."""
        return self.legs[0].cash + self.legs[1].cash

    @property
    def is_even(self) -> bool:
        """Whether less than a lot is without its other half."""
        return abs(self.gap) < min(leg.lot / leg.kept for leg in self.legs)

    def allowed(self, size: Decimal) -> Decimal:
        """The least cash that having `size` base units on both legs may leave."""
        planned = ZERO
        for leg in self.legs:
            worth = leg.worth(leg.limit, leg.side) * size
            planned += -worth if leg.side is Side.BUY else worth
        return min(ZERO, planned) - self.max_loss

    def waits(self) -> bool:
        """For prices within its limits."""
        return not self.rounds

    def complete(self) -> bool:
        """It says itself when it ends."""
        return False

    def changed(self, _change: Change) -> Self:
        """Terms stay as they are."""
        raise ValueError("a pair takes no changes; stop it and take it anew")

    def farewell(self) -> str:
        """Why it ended, and what is open."""
        if self.is_even:
            return self.reason
        side = "bought and not sold" if self.gap > 0 else "sold and not bought"
        stands = ", ".join(f"{leg.instrument} {plain(leg.net)}" for leg in self.legs)
        told = f"OPEN: {plain(abs(self.gap))} {side} ({stands})"
        return f"{self.reason}; {told}" if self.reason else told

    def times(self) -> Iterator[Nanos]:
        """When it wants to be woken."""
        if self.live:
            yield Nanos(self.sent_ns + self.patience_ns)
        elif self.uneven_ns:
            yield Nanos(self.uneven_ns + self.hedge_for_ns)
            yield Nanos(self.uneven_ns + self.hedge_for_ns + GIVE_UP_NS)
        elif self.begun_ns:
            yield Nanos(self.begun_ns + self.open_for_ns)

    # --- answering --------------------------------------------------------------------------------

    def receive(self, event: Input, markets: Markets) -> Outcome:
        """See Work."""
        if self.done:
            return Outcome(self)
        if isinstance(event, Change):
            return Outcome(self.changed(event))
        turn = PairTurn(self, markets)
        turn.take(event)
        return turn.outcome()

    def see(self, turn: Turn[Self], _event: Input) -> None:
        """Its time begins with the first price."""
        if not self.begun_ns and turn.now_ns:
            turn.set(begun_ns=turn.now_ns)

    def heard(self, turn: Turn[Self], before: Child, after: Child) -> None:
        """Count what a child filled, or that it was refused."""
        k = self.trades.index(after.instrument)
        legs = list(self.legs)
        if after.filled > before.filled:
            filled, value = after.filled - before.filled, after.value - before.value
            legs[k] = legs[k].having(after.side, filled, value)
        if isinstance(turn, PairTurn) and after.status is OrderStatus.REJECTED:
            turn.refused_leg = k
        if legs[k] is not self.legs[k]:
            turn.set(legs=tuple(legs))

    def lost(self, turn: Turn[Self], child: Child, reason: str) -> None:
        """An immediate order found no more. Where it found nothing, the next one waits a little."""
        if child.role != LEG and not child.filled:
            turn.set(
                tries=self.tries + 1,
                again_ns=self.again_at(turn.now_ns),
                trouble=reason or self.trouble,
            )

    def again_at(self, now_ns: int) -> Nanos:
        """When to try again, later each time."""
        return Nanos(now_ns + (FIRST_WAIT_NS << min(self.tries, 6)))

    def plan(self, turn: Turn[Self]) -> None:
        """Open while that may be, and make even what is not; nothing while orders are out."""
        assert isinstance(turn, PairTurn), "made by receive"
        if self.live:
            overdue = turn.now_ns >= self.sent_ns + self.patience_ns
            late = [child for child in self.live if overdue and not child.withdrawing]
            turn.withdraw(*late) if late else None
            return
        if self.is_even:
            if self.uneven_ns:
                turn.set(uneven_ns=Nanos(0), follows=False)
            turn.work.open(turn)
        else:
            if not self.uneven_ns:
                turn.set(uneven_ns=turn.now_ns)
            turn.work.make_even(turn)

    # --- opening ----------------------------------------------------------------------------------

    def open(self, turn: "PairTurn") -> None:
        """The next round, or the end."""
        left = min((leg.size - leg.opened) * leg.multiplier for leg in self.legs)
        ended = self.rounds and self.even <= self.before
        over = turn.now_ns >= self.begun_ns + self.open_for_ns or self.rounds >= ROUNDS_MAX
        lot = common_lot(self.legs[0].lot, self.legs[1].lot)
        if self.hedged or ended or over or left < lot:
            self.finish(turn)
            return
        markets = [turn.usable(leg) for leg in self.legs]
        if not all(
            market is not None and within(leg, market)
            for leg, market in zip(self.legs, markets, strict=True)
        ):
            return  # until they are, or its time is up
        size = floor_to(min(left, self.round_size()), lot)
        for leg, market in zip(self.legs, markets, strict=True):
            assert market is not None
            if size < least_size(market.about, leg.limit) * leg.multiplier:
                what = "max_unhedged allows" if size < left else "is left"
                self.finish(turn, f"{plain(size)} is all that {what}: too little to trade")
                return
        turn.set(
            rounds=self.rounds + 1,
            before=self.even,
            sent_ns=turn.now_ns,
            follows=self.first is not None,
            tries=0,
            again_ns=Nanos(0),
        )
        for k in (0, 1) if self.first is None else (self.first,):
            leg = self.legs[k]
            turn.place(leg_order(self.id, leg, leg.side, size, leg.limit), LEG)

    def round_size(self) -> Decimal:
        """The most base units of a round."""
        if self.max_unhedged is None:
            return Decimal("Infinity")
        dearest = max(leg.limit * leg.rate for leg in self.legs)
        return self.max_unhedged / dearest

    def finish(self, turn: Turn[Self], reason: str = "") -> None:
        """End; how, is by what stands on both legs."""
        full = all(leg.opened + leg.increment > leg.size for leg in self.legs)
        if full and self.even and not self.hedged:
            turn.stop(OrderStatus.FILLED, reason)
            return
        reason = reason or self.trouble
        if self.hedged:
            reason = f"made even at market, with {plain(self.cash)}" + (reason and f"; {reason}")
        elif not self.rounds:
            reason = reason or "its prices did not come"
        turn.stop(
            OrderStatus.CANCELLED if self.rounds else OrderStatus.EXPIRED,
            reason or "no more was there at its limits",
        )

    # --- making even ------------------------------------------------------------------------------

    def make_even(self, turn: "PairTurn") -> None:
        """Trade what is uneven: on the missing leg if that keeps the loss limit, else anywhere."""
        side = Side.SELL if self.gap > 0 else Side.BUY
        missing = 0 if self.legs[0].side is side else 1
        leg = self.legs[missing]
        if self.follows:
            turn.set(follows=False)
            if turn.send(leg, side, leg.limit, LEG):
                return
        hopes = leg.refused < REFUSED_MAX and not turn.too_little(leg, side)
        late = turn.now_ns >= self.uneven_ns + self.hedge_for_ns or not hopes
        market = turn.usable(leg)
        if market is not None and not late:
            price = self.bound(leg, side, market)
            if price is not None and turn.send(leg, side, price, RETRY):
                return
        ways = turn.ways(side)
        if late or not self.bearable(turn, side, ways):
            for way in ways:
                if turn.send(way, side, None, HEDGE):
                    turn.set(hedged=True)
                    return
        if turn.now_ns >= self.uneven_ns + self.hedge_for_ns + GIVE_UP_NS or self.hopeless(
            turn, side
        ):
            self.finish(turn, self.trouble or "no leg can be traded now")

    def bound(self, leg: PairLeg, side: Side, market: Market) -> Decimal | None:
        """The worst price at which the missing leg keeps the loss limit; None: the market's is
        worse.
        """
        size = abs(self.gap)
        whole = max(abs(each.net) for each in self.legs)
        one = leg.worth(Decimal(1), side) * size
        tick = market.about.price_increment
        room = self.cash - self.allowed(whole)  # what buying may cost; below 0: what selling must
        if side is Side.BUY:
            top = market.ask
            if top is None or top * one > room:
                return None
            return floor_to(min(room / one, top * (1 + BAND)), tick)
        top = market.bid
        if top is None or top * one < -room:
            return None
        return max(tick, ceil_to(max(-room / one, top * (1 - BAND)), tick))

    def bearable(self, turn: "PairTurn", side: Side, ways: list[PairLeg]) -> bool:
        """Whether waiting is still within the loss limit, by the cheapest way out now."""
        if not ways:
            return False
        price = turn.top(ways[0], side)
        worth = ways[0].worth(price, side) * abs(self.gap)
        cash = self.cash - worth if side is Side.BUY else self.cash + worth
        back = ways[0].side is not side
        stands = self.even if back else max(abs(each.net) for each in self.legs)
        return cash >= self.allowed(stands)

    def hopeless(self, turn: "PairTurn", side: Side) -> bool:
        """Whether no leg takes orders any more, or what is uneven is too little for each."""
        return all(leg.refused >= REFUSED_MAX or turn.too_little(leg, side) for leg in self.legs)


class PairTurn(Turn[Paired]):
    """One input being answered by a pair; it sees both markets."""

    def __init__(self, work: Paired, markets: Markets) -> None:
        super().__init__(work, markets)
        self.refused_leg: int | None = None

    def refused(self, reason: str, *, again: bool = True) -> None:
        """A leg was refused: tried again a little later, or another way is taken."""
        k = self.refused_leg
        assert k is not None, "heard before"
        legs = list(self.work.legs)
        count = legs[k].refused + 1 if again else REFUSED_MAX
        legs[k] = msgspec.structs.replace(legs[k], refused=count)
        self.set(
            legs=tuple(legs),
            trouble=f"{legs[k].instrument}: {reason}",
            tries=self.work.tries + 1,
            again_ns=self.work.again_at(self.now_ns),
        )

    def usable(self, leg: PairLeg) -> Market | None:
        """The leg's market, where its prices may be used."""
        return self.look_fresh(leg.instrument)

    def top(self, leg: PairLeg, side: Side) -> Decimal:
        """The best price that an order of `side` meets there; it must be usable."""
        market = self.usable(leg)
        price = None if market is None else market.ask if side is Side.BUY else market.bid
        assert price is not None, "looked at before"
        return price

    def ways(self, side: Side) -> list[PairLeg]:
        """The legs on which what is uneven can be traded now, the cheapest first."""
        found = []
        for leg in self.work.legs:
            market = self.usable(leg)
            price = None if market is None else market.ask if side is Side.BUY else market.bid
            if price is None or leg.refused >= REFUSED_MAX:
                continue
            if not self.too_little(leg, side):
                worth = leg.worth(price, side)
                found.append((worth if side is Side.BUY else -worth, leg))
        return [leg for _, leg in sorted(found, key=lambda each: each[0])]

    def too_little(self, leg: PairLeg, side: Side) -> bool:
        """Whether what is uneven is less than the leg's least order."""
        size = leg.sized(abs(self.work.gap), side)
        market = self.look(leg.instrument)
        if market is None:
            return size <= 0
        return size < least_size(market.about, market.last or market.mid or leg.limit)

    def send(self, leg: PairLeg, side: Side, price: Decimal | None, role: str) -> bool:
        """Trade what is uneven on a leg; whether an order is on its way."""
        if self.too_little(leg, side):
            return False
        order = leg_order(self.work.id, leg, side, abs(self.work.gap), price)
        if not self.place(order, role):
            return False
        self.set(sent_ns=self.now_ns)
        return True


def pair_of(
    work: ClientOrderId,
    legs: tuple[PairLeg, PairLeg],
    *,
    max_loss: Decimal,
    max_unhedged: Decimal | None = None,
    first: int | None = None,
    open_for_ns: int = 2 * SECOND,
    hedge_for_ns: int = 3 * SECOND,
    patience_ns: int = PATIENCE_NS,
    now_ns: Nanos,
) -> Paired:
    """A pair that has done nothing yet. Money is in the legs' common currency.

    Raises:
        ValueError: a bound that makes no sense, named.
    """
    if max_loss < 0:
        raise ValueError(f"max_loss is {plain(max_loss)}; it must not be below 0")
    if max_unhedged is not None and max_unhedged <= 0:
        raise ValueError(f"max_unhedged is {plain(max_unhedged)}; it must be above 0")
    for name, value in (("open_for_ns", open_for_ns), ("hedge_for_ns", hedge_for_ns)):
        if not 0 < value <= 3_600 * SECOND:
            raise ValueError(f"{name} is {value}; above 0, and an hour at most")
    if legs[0].instrument == legs[1].instrument:
        raise ValueError(f"both legs are {legs[0].instrument}; a pair has two instruments")
    one = legs[0]
    return Paired(
        id=work,
        instrument=one.instrument,
        side=one.side,
        size=one.size,
        created_ns=now_ns,
        order=leg_order(work, one, one.side, one.size * one.multiplier, one.limit),
        legs=legs,
        max_loss=max_loss,
        max_unhedged=max_unhedged,
        first=first,
        open_for_ns=open_for_ns,
        hedge_for_ns=hedge_for_ns,
        patience_ns=patience_ns,
    )
