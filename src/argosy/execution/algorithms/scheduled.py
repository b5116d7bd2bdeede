"""An order done by a schedule: equal parts (TWAP), a volume curve (VWAP), Almgren-Chriss, others.

A part is taken at once, at the limit or better; or it is offered at the best price first, and what
is left of it is taken when its time is over. What a part misses is added to the next.
"""

import decimal
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Self

import msgspec

from argosy.execution.emulated.iceberg import share
from argosy.execution.emulated.order import Emulated
from argosy.execution.emulated.prices import least_size, passive_tick
from argosy.execution.measured import Benchmarks, Planned
from argosy.execution.turn import Turn
from argosy.execution.work import Change, Child, Input, Market
from argosy.model import Nanos, OrderStatus, PlaceOrder, Side
from argosy.model.money import ZERO, floor_to
from argosy.model.time import SECOND

PARTS_MAX = 5_000
_FINE = decimal.Context(prec=20, rounding=decimal.ROUND_CEILING)
BURST = 2  # a part is at most this many times the largest planned: nothing is caught up in one go


class Scheduled(Emulated, frozen=True, kw_only=True, omit_defaults=True, tag="scheduled"):
    """Parts by a schedule: `targets[k]` is the share to be done once part k was sent.

    A part is an immediate-or-cancel order at the limit, or a market order without one. While prices
    are stale nothing is sent. Paused time is not made up for: a part is at most BURST times the
    largest planned. What is not done one interval after the last part is given up.
    """

    algorithm: str = "twap"
    targets: tuple[Decimal, ...]
    interval_ns: int
    jitter: Decimal = ZERO  # parts begin late by up to this share of the interval
    seed: int = 0  # of the jitter
    passive: bool = False  # parts are offered first; what is left of them is taken at their end
    post_only: bool = False  # of what is offered
    begun_ns: Nanos = Nanos(0)
    part: int = 0  # parts begun
    taken: int = 0  # of those offered, whose rest was taken since
    marks: Benchmarks | None = Benchmarks()

    @property
    def kind(self) -> str:
        """The name of its schedule."""
        return self.algorithm

    # --- when -------------------------------------------------------------------------------------

    def begins_ns(self, number: int) -> Nanos:
        """When part `number` (from 0) begins: never early, and late by its jitter."""
        late = ZERO
        if self.jitter and number < len(self.targets):
            late = self.jitter * (share(self.seed, number) + 1) / 2 * self.interval_ns
        return Nanos(self.begun_ns + number * self.interval_ns + int(late))

    def begun_by(self, now_ns: Nanos) -> int:
        """How many parts have begun; one more than there are when the last one's time is over."""
        if not self.begun_ns:
            return 0
        number = max(0, now_ns - self.begun_ns) // self.interval_ns
        return number + 1 if now_ns >= self.begins_ns(number) else number

    def times(self) -> Iterator[Nanos]:
        """When the next part is due."""
        if self.begun_ns:
            yield self.begins_ns(self.part)
            yield Nanos(self.begun_ns + (len(self.targets) + 1) * self.interval_ns)

    # --- what -------------------------------------------------------------------------------------

    def see(self, turn: Turn[Self], _event: Input) -> None:
        """Remember when it began."""
        if not self.begun_ns and turn.now_ns:
            turn.set(begun_ns=turn.now_ns)

    def plan(self, turn: Turn[Self]) -> None:
        """Send the part that is due, once; end when the time is over."""
        work = turn.work
        if not work.begun_ns:
            return
        begun, parts = work.begun_by(turn.now_ns), len(work.targets)
        if begun > parts + 1:
            turn.stop(OrderStatus.EXPIRED, f"{work.algorithm}: its time is over")
            return
        market = turn.fresh
        if work.live:
            if work.passive and (market is None or work.part < begun):
                turn.withdraw()  # its time is over, or nobody sees what it stands in
            return
        if market is None or work.part >= begun:
            return
        if work.passive and work.taken < work.part:
            turn.set(taken=work.part)
            size = work.part_size(market, min(work.part, parts))
            if size > 0 and turn.place(work.taking(size, work.order.price), "rest"):
                return
        size = turn.work.part_size(market, min(begun, parts))
        turn.set(part=begun)
        if size > 0:
            offered = work.passive and begun <= parts
            order = work.offer(size, market) if offered else None
            turn.place(order or work.taking(size, work.order.price), "part")

    def target(self, number: int) -> Decimal:
        """The share to be done once that many parts were sent."""
        return self.targets[number - 1]

    def part_size(self, market: Market, due: int) -> Decimal:
        """What part `due` is to send, leaving no rest that could not be placed."""
        order, about = self.order, market.about
        least = least_size(about, order.price or market.mid)
        left = self.left
        wanted = self.target(due) * self.size - self.filled
        steps = zip((ZERO, *self.targets), self.targets, strict=False)
        most = max(least, BURST * max(after - before for before, after in steps) * self.size)
        size = floor_to(min(wanted, most), about.size_increment)
        if due == len(self.targets) and wanted <= most:
            size = left
        if size < least:
            return ZERO
        return left if ZERO < left - size < least else min(size, left)

    def offer(self, size: Decimal, market: Market) -> PlaceOrder | None:
        """A part at the best price of its own side, or its limit; None where that side is empty."""
        buying = self.side is Side.BUY
        price, limit = market.bid if buying else market.ask, self.order.price
        if price is None:
            return None
        if limit is not None:
            price = min(price, limit) if buying else max(price, limit)
        order = self.order_of(size, passive_tick(price, self.side, market.about))
        return msgspec.structs.replace(order, post_only=self.post_only)

    def lost(self, turn: Turn[Self], child: Child, reason: str) -> None:
        """A part found no more at the limit: the next one asks for it as well."""

    def changed(self, change: Change) -> Self:
        """A new limit; nothing else."""
        return self.repriced(change)

    # --- what is told -----------------------------------------------------------------------------

    def farewell(self) -> str:
        """Why it ended, and what is left."""
        return self.with_rest()

    def expected(self, now_ns: Nanos) -> Decimal:
        """What its schedule wants done by now."""
        begun, _ = self.parts_at(now_ns)
        return self.target(begun) * self.size if begun else ZERO

    def parts_at(self, now_ns: Nanos) -> tuple[int, int]:
        """How many parts have begun, and of how many."""
        return min(len(self.targets), self.begun_by(now_ns)), len(self.targets)

    def planned(self, market: Market) -> tuple[Planned, ...]:
        """Every part, if each is filled in its time."""
        work, found = self.having(begun_ns=market.now_ns), []
        for number in range(1, len(self.targets) + 1):
            size = work.part_size(market, number)
            if size <= 0:
                continue
            after_ns = work.begins_ns(number - 1) - work.begun_ns
            offered = work.offer(size, market) if work.passive else None
            found.append(
                Planned(
                    size=size,
                    after_s=Decimal(after_ns) / SECOND,
                    price=work.order.price if offered is None else offered.price,
                    note="offered; its rest is taken at its end" if offered is not None else "",
                )
            )
            work = work.having(filled=work.filled + size)
        return tuple(found)


def scheduled(
    order: PlaceOrder,
    shares: Sequence[Decimal],
    interval_s: Decimal,
    algorithm: str,
    *,
    jitter: Decimal = ZERO,
    seed: int = 0,
    passive: bool = False,
    post_only: bool = False,
) -> Scheduled:
    """A schedule of `shares` (relative sizes of the parts, each at least 0), `interval_s` apart.

    `jitter` (0 to 1) begins parts late by up to that share of the interval, by `seed`. `passive`
    offers parts at the best price before it takes, with `post_only` never taking in that.

    Raises:
        ValueError: no parts, too many, shares that make no schedule, a jitter outside its bounds,
            or an order without a size.
    """
    if order.size is None:
        raise ValueError("a scheduled order needs a size, not a quote_size")
    if interval_s <= 0:
        raise ValueError(f"interval is {interval_s} s; it must be above 0")
    if not 0 <= jitter <= 1:
        raise ValueError(f"jitter is {jitter}; it must be between 0 and 1, a share of the interval")
    return Scheduled(
        id=order.client_id,
        instrument=order.instrument,
        side=order.side,
        size=order.size,
        order=order,
        algorithm=algorithm,
        targets=_targets(shares),
        interval_ns=int(interval_s * SECOND),
        jitter=jitter,
        seed=seed,
        passive=passive,
        post_only=post_only,
    )


def _targets(shares: Sequence[Decimal]) -> tuple[Decimal, ...]:
    if not 1 <= len(shares) <= PARTS_MAX:
        raise ValueError(f"{len(shares)} parts; 1 to {PARTS_MAX} make a schedule")
    whole = sum(shares, ZERO)
    if min(shares) < 0 or whole <= 0:
        raise ValueError("shares of a schedule must be at least 0, and not all 0")
    targets, done = [], ZERO
    for one in shares:
        done += one
        # Rounded up, so that a third of 9 is no lot less than 3; and short, as it is saved often.
        targets.append(_FINE.divide(done, whole))
    return tuple(targets)
