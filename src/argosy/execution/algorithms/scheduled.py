"""An order done by a schedule: equal parts (TWAP), a volume curve (VWAP), Almgren-Chriss, others.

Each part is taken at once, at the limit or better; what a part misses is added to the next.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Self

import msgspec

from argosy.execution.emulated.order import Emulated
from argosy.execution.emulated.prices import least_size
from argosy.execution.turn import Turn
from argosy.execution.work import Change, Child, Input, Market, Traded
from argosy.model import Nanos, OrderStatus, OrderType, PlaceOrder, TimeInForce
from argosy.model.money import ZERO, floor_to
from argosy.model.orders import cost_bps
from argosy.model.time import SECOND

PARTS_MAX = 5_000
BURST = 2  # a part is at most this many times the largest planned: nothing is caught up in one go


class Progress(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far a scheduled order is, and what it cost so far. Prices in quote units."""

    filled: Decimal
    expected: Decimal  # by the schedule, now
    parts_begun: int
    parts: int
    average_price: Decimal | None = None
    arrival_mid: Decimal | None = None
    market_vwap: Decimal | None = None  # of all trades seen since it began
    cost_bps: Decimal | None = None  # against arrival; above 0 is worse
    against_vwap_bps: Decimal | None = None

    @property
    def ahead(self) -> Decimal:
        """What is filled beyond the schedule; below 0 it is behind."""
        return self.filled - self.expected


class Scheduled(Emulated, frozen=True, kw_only=True, omit_defaults=True, tag="scheduled"):
    """Parts by a schedule: `targets[k]` is the share to be done once part k was sent.

    A part is an immediate-or-cancel order at the limit, or a market order without one. While prices
    are stale nothing is sent. Paused time is not made up for: a part is at most BURST times the
    largest planned. What is not done one interval after the last part is given up.
    """

    algorithm: str = "twap"
    targets: tuple[Decimal, ...]
    interval_ns: int
    begun_ns: Nanos = Nanos(0)
    part: int = 0  # parts begun
    arrival_mid: Decimal | None = None
    seen: Decimal = ZERO  # traded by all since the beginning
    seen_value: Decimal = ZERO

    def see(self, turn: Turn[Self], event: Input) -> None:
        """Remember where the market was at the beginning, and what it traded since."""
        if isinstance(event, Traded) and event.instrument == self.instrument:
            turn.learn(
                seen=self.seen + event.size, seen_value=self.seen_value + event.size * event.price
            )
        if not self.begun_ns and turn.now_ns:
            mid = turn.fresh.mid if turn.fresh is not None else None
            turn.set(begun_ns=turn.now_ns, arrival_mid=mid)

    def plan(self, turn: Turn[Self]) -> None:
        """Send the part that is due, once; end when the time is over."""
        work = turn.work
        if not work.begun_ns:
            return
        begun = (turn.now_ns - work.begun_ns) // work.interval_ns + 1
        if begun > len(work.targets) + 1:
            turn.stop(OrderStatus.EXPIRED, f"{work.algorithm}: its time is over")
            return
        market = turn.fresh
        due = min(begun, len(work.targets))
        if market is None or work.live or work.part >= begun:
            return
        size = work.part_size(market, due)
        turn.set(part=begun)
        if size > 0:
            turn.place(work.part_order(size), "part")

    def part_size(self, market: Market, due: int) -> Decimal:
        """What part `due` is to send, leaving no rest that could not be placed."""
        order, about = self.order, market.about
        least = least_size(about, order.price or market.mid)
        left = self.left
        wanted = self.targets[due - 1] * self.size - self.filled
        steps = zip((ZERO, *self.targets), self.targets, strict=False)
        most = BURST * max(after - before for before, after in steps) * self.size
        size = floor_to(min(wanted, max(most, least)), about.size_increment)
        if due == len(self.targets) and wanted <= max(most, least):
            size = left
        if size < least:
            return ZERO
        return left if ZERO < left - size < least else min(size, left)

    def part_order(self, size: Decimal) -> PlaceOrder:
        """A part as it is sent."""
        sent = self.order_of(size, self.order.price)
        if sent.type is OrderType.LIMIT:
            sent = msgspec.structs.replace(sent, time_in_force=TimeInForce.IOC)
        return sent

    def times(self) -> Iterator[Nanos]:
        """When the next part is due."""
        if self.begun_ns:
            yield Nanos(self.begun_ns + max(1, self.part) * self.interval_ns)

    def lost(self, turn: Turn[Self], child: Child, reason: str) -> None:
        """A part found no more at the limit: the next one asks for it as well."""

    def changed(self, change: Change) -> Self:
        """A new limit; ValueError for what a schedule cannot take."""
        if change.size is not None or change.trigger_price is not None:
            raise ValueError("a scheduled order takes a new price only")
        return self.having(order=msgspec.structs.replace(self.order, price=change.price))

    def farewell(self) -> str:
        """Why it ended, and what is left."""
        left = self.size - self.filled
        return f"{self.reason}; {left} was not done" if left > 0 and self.reason else self.reason

    def progress(self, now_ns: Nanos) -> Progress:
        """How far it is, and what it cost."""
        begun = 0
        if self.begun_ns:
            begun = min(len(self.targets), (now_ns - self.begun_ns) // self.interval_ns + 1)
        average = self.value / self.filled if self.filled else None
        vwap = self.seen_value / self.seen if self.seen else None
        return Progress(
            filled=self.filled,
            expected=self.targets[begun - 1] * self.size if begun else ZERO,
            parts_begun=begun,
            parts=len(self.targets),
            average_price=average,
            arrival_mid=self.arrival_mid,
            market_vwap=vwap,
            cost_bps=cost_bps(self.side, average, self.arrival_mid),
            against_vwap_bps=cost_bps(self.side, average, vwap),
        )


def scheduled(
    order: PlaceOrder, shares: Sequence[Decimal], interval_s: Decimal, algorithm: str
) -> Scheduled:
    """A schedule of `shares` (relative sizes of the parts, each at least 0), `interval_s` apart.

    Raises:
        ValueError: no parts, too many, shares that make no schedule, or an order without a size.
    """
    if order.size is None:
        raise ValueError("a scheduled order needs a size, not a quote_size")
    if not 1 <= len(shares) <= PARTS_MAX:
        raise ValueError(f"{len(shares)} parts; 1 to {PARTS_MAX} make a schedule")
    whole = sum(shares, ZERO)
    if min(shares) < 0 or whole <= 0:
        raise ValueError("shares of a schedule must be at least 0, and not all 0")
    if interval_s <= 0:
        raise ValueError(f"interval is {interval_s} s; it must be above 0")
    targets, done = [], ZERO
    for share in shares:
        done += share
        targets.append(done / whole)
    return Scheduled(
        id=order.client_id,
        instrument=order.instrument,
        side=order.side,
        size=order.size,
        order=order,
        algorithm=algorithm,
        targets=tuple(targets),
        interval_ns=int(interval_s * SECOND),
    )
