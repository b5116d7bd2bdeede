"""An order done as a share of what the market trades: participation, or percentage of volume."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Self

from argosy.execution.algorithms.scheduled import PARTS_MAX
from argosy.execution.emulated.order import Emulated
from argosy.execution.emulated.prices import least_size, part_of
from argosy.execution.measured import Benchmarks, Planned
from argosy.execution.turn import Turn
from argosy.execution.work import Change, Child, Continue, FeedBack, Input, Market, Resumed, Traded
from argosy.model import Nanos, PlaceOrder, Side
from argosy.model.money import ZERO, plain
from argosy.model.time import SECOND

_SHARE = Decimal("0.1")  # of the whole: what a part is at most, where nothing else is said


class Participation(Emulated, frozen=True, kw_only=True, omit_defaults=True, tag="participation"):
    """Keeps what it filled at `rate` of all that is traded, its own fills being part of that.

    A part is taken at once, when what is owed makes one; so it is never ahead, except by a rest
    that could not be placed later. Volume beyond the limit does not count, nor does what is traded
    while paused, without prices or with the desk down. What was owed before such a gap is caught
    up with one part at most; the rest of that is forgiven.
    """

    rate: Decimal  # above 0, below 1
    max_part: Decimal
    interval_ns: int  # between two parts
    traded: Decimal = ZERO  # traded by all, within the limit
    forgiven: Decimal = ZERO
    next_ns: Nanos = Nanos(0)  # no part before
    marks: Benchmarks | None = Benchmarks()

    @property
    def kind(self) -> str:
        """As traders call it."""
        return "pov"

    @property
    def target(self) -> Decimal:
        """What should be filled: own / (own + others) = rate, less what was forgiven.

        A fill is told before or after its print. While an order is out nothing is sent, so a print
        that came first tempts nobody; one that comes late makes the market look small for a moment.
        """
        others = max(ZERO, self.traded - self.filled)
        return max(ZERO, others * self.rate / (1 - self.rate) - self.forgiven)

    def within(self, price: Decimal | None) -> bool:
        """Whether a price is no worse than the limit."""
        limit = self.order.price
        if price is None or limit is None:
            return price is not None
        return price <= limit if self.side is Side.BUY else price >= limit

    def see(self, turn: Turn[Self], event: Input) -> None:
        """Count what is traded; forgive what a gap left behind."""
        if isinstance(event, Continue | FeedBack | Resumed) and turn.market is not None:
            in_flight = sum((child.left for child in self.live), ZERO)
            behind = self.target - self.filled - in_flight
            most = self.most(turn.market)
            if behind > most:
                turn.set(forgiven=self.forgiven + behind - most)
        elif (
            isinstance(event, Traded)
            and event.instrument == self.instrument
            and turn.fresh is not None
            and self.within(event.price)
        ):
            turn.learn(traded=self.traded + event.size)

    def plan(self, turn: Turn[Self]) -> None:
        """Take what is owed, once that makes a part and the other side is within the limit."""
        work, market = turn.work, turn.fresh
        if market is None or work.live or turn.now_ns < work.next_ns:
            return
        if self.too_little(turn, work.least(market)):
            return
        if not work.within(market.ask if work.side is Side.BUY else market.bid):
            return
        size = work.part_size(market)
        if size > 0 and turn.place(work.taking(size, work.order.price), "part"):
            turn.set(next_ns=Nanos(turn.now_ns + work.interval_ns))

    def part_size(self, market: Market) -> Decimal:
        """What is owed now, as an order that can be placed; 0 where it is too little."""
        least = self.least(market)
        owed = self.target - self.filled
        if owed < least:
            return ZERO
        return part_of(min(owed, self.most(market)), self.left, least, market.about)

    def most(self, market: Market) -> Decimal:
        """What a part is at most: as much as can be placed, where more is not allowed."""
        return max(self.max_part, self.least(market))

    def least(self, market: Market) -> Decimal:
        """The smallest order that the venue takes."""
        return least_size(market.about, self.order.price or market.mid)

    def times(self) -> Iterator[Nanos]:
        """When the next part may be sent."""
        yield self.next_ns

    def lost(self, turn: Turn[Self], child: Child, reason: str) -> None:
        """A part found no more at the limit: it stays owed."""

    def changed(self, change: Change) -> Self:
        """A new limit; nothing else."""
        return self.repriced(change)

    def farewell(self) -> str:
        """Why it ended, and what is left."""
        return self.with_rest()

    def expected(self, _now_ns: Nanos) -> Decimal:
        """What its rate wants done by now."""
        return min(self.size, self.target)

    def planned(self, _market: Market) -> tuple[Planned, ...]:
        """Its largest part; when, the market decides."""
        percent = plain(self.rate * 100)
        note = f"at most so much at once, {plain(self.size)} in all: {percent} % of what is traded"
        size = min(self.size, self.max_part)
        return (Planned(size=size, price=self.order.price, note=note),)


def participation(
    order: PlaceOrder,
    rate: Decimal,
    *,
    begin_ns: Nanos,
    max_part: Decimal | None = None,
) -> Participation:
    """Follow `rate` of the volume until `order.expire_ns`; parts of `max_part` (a tenth) at most.

    Parts are at least a second apart, and so far that PARTS_MAX of them fill the time.

    Raises:
        ValueError: a rate not between 0 and 1, no end, no size, or a largest part that is none.
    """
    if order.size is None:
        raise ValueError("a participation needs a size, not a quote_size")
    if not 0 < rate < 1:
        raise ValueError(f"rate is {rate}; it must be above 0 and below 1: a share of the volume")
    if order.expire_ns is None or order.expire_ns <= begin_ns:
        raise ValueError("a participation needs an end that is yet to come")
    if max_part is not None and max_part <= 0:
        raise ValueError(f"max_part is {max_part}; it must be above 0")
    return Participation(
        id=order.client_id,
        instrument=order.instrument,
        side=order.side,
        size=order.size,
        created_ns=begin_ns,
        order=order,
        rate=rate,
        max_part=order.size * _SHARE if max_part is None else max_part,
        interval_ns=max(SECOND, (order.expire_ns - begin_ns) // PARTS_MAX),
    )
