"""A ladder of limit orders between two prices: all rest at once, each for its part of the size."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal, Self

import msgspec

from argosy.execution.emulated.order import Emulated
from argosy.execution.emulated.prices import least_size, passive_tick
from argosy.execution.measured import Benchmarks, Planned
from argosy.execution.turn import Turn
from argosy.execution.work import MAX_LIVE, Child, Market
from argosy.model import Instrument, PlaceOrder, Side
from argosy.model.money import ZERO, ceil_to, floor_to, on_grid, plain


class Step(msgspec.Struct, frozen=True):
    """One order of a ladder."""

    price: Decimal
    size: Decimal
    filled: Decimal = ZERO

    @property
    def lacks(self) -> Decimal:
        """What it has yet to fill."""
        return self.size - self.filled


class Scale(Emulated, frozen=True, kw_only=True, omit_defaults=True, tag="scale"):
    """Every step rests for what it lacks. With post_only a step that would take waits until the
    market has left it.

    What is left of a step after a pause may be too little to be placed: another step that is to be
    placed takes it over.
    """

    steps: tuple[Step, ...]
    marks: Benchmarks | None = Benchmarks()

    def plan(self, turn: Turn[Self]) -> None:
        """Place what does not rest yet."""
        market = turn.market
        if market is None or any(child.withdrawing for child in self.live):
            return
        turn.work.gather(turn, market)
        if self.too_little(turn, least_size(market.about, turn.work.order.price)):
            return
        resting = {child.role for child in turn.work.live}
        for number, step in enumerate(turn.work.steps):
            if str(number) in resting or step.lacks < least_size(market.about, step.price):
                continue
            if self.order.post_only and self.would_take(step.price, market):
                continue
            if not turn.place(turn.work.order_of(step.lacks, step.price), str(number)):
                return

    def gather(self, turn: Turn[Self], market: Market) -> None:
        """Give what is too little for a step of its own to the nearest one that is to be placed."""
        resting = {child.role for child in self.live}
        steps = list(self.steps)
        free = [k for k, step in enumerate(steps) if step.lacks > 0 and str(k) not in resting]
        for number in free:
            little = steps[number].lacks
            if not 0 < little < least_size(market.about, steps[number].price):
                continue
            others = [other for other in free if other != number and steps[other].lacks > 0]
            if not others:
                continue
            other = min(others, key=lambda k: abs(k - number))
            steps[number] = msgspec.structs.replace(steps[number], size=steps[number].size - little)
            steps[other] = msgspec.structs.replace(steps[other], size=steps[other].size + little)
        if tuple(steps) != self.steps:
            turn.set(steps=tuple(steps))

    def would_take(self, price: Decimal, market: Market) -> bool:
        """Whether an order at this price would meet the other side now; not seen: it may rest."""
        other = market.ask if self.side is Side.BUY else market.bid
        if other is None:
            return False
        return price >= other if self.side is Side.BUY else price <= other

    def heard(self, turn: Turn[Self], before: Child, after: Child) -> None:
        """Count what a step filled."""
        filled = after.filled - before.filled
        if filled:
            number, steps = int(after.role), list(self.steps)
            steps[number] = msgspec.structs.replace(
                steps[number], filled=steps[number].filled + filled
            )
            turn.set(steps=tuple(steps))

    def lost(self, turn: Turn[Self], child: Child, reason: str) -> None:
        """A step that may not take and would have is tried again; else all ends, as it did."""
        self.left_the_book(turn, child, reason)

    def farewell(self) -> str:
        """Why it ended, and what is left."""
        return self.with_rest()

    def planned(self, _market: Market) -> tuple[Planned, ...]:
        """Every step."""
        return tuple(
            Planned(size=step.size, after_s=ZERO, price=step.price, note="rests")
            for step in self.steps
        )


def scale(
    order: PlaceOrder,
    about: Instrument,
    *,
    first: Decimal,
    last: Decimal,
    count: int,
    shape: Literal["linear", "geometric"] = "linear",
    factor: Decimal = Decimal(1),
) -> Scale:
    """A ladder of `count` orders, evenly from price `first` to `last`, as sizes `factor` wants: the
    last step is so many times the first, those between grow evenly or by even ratios.

    Prices are moved to the tick away from the market. Sizes are whole lots, sum exactly to the
    size, and are at least what the venue takes.

    Raises:
        ValueError: prices or sizes that make no ladder, saying what would.
    """
    if order.size is None:
        raise ValueError("a scale order needs a size, not a quote_size")
    if not 1 <= count <= MAX_LIVE:
        raise ValueError(f"{count} steps; 1 to {MAX_LIVE} make a ladder")
    if min(first, last) <= 0 or factor <= 0:
        raise ValueError(f"prices {first} and {last}, factor {factor}: all must be above 0")
    across = max(1, count - 1)
    prices = [
        passive_tick(first + (last - first) * k / across, order.side, about) for k in range(count)
    ]
    if len(set(prices)) < count:
        ticks = int(abs(last - first) / about.price_increment) + 1
        raise ValueError(f"{count} steps from {first} to {last}, where only {ticks} prices are")
    if shape == "linear":
        weights = [1 + (factor - 1) * k / across for k in range(count)]
    else:
        weights = [factor ** (Decimal(k) / across) for k in range(count)]
    leasts = [ceil_to(least_size(about, price), about.size_increment) for price in prices]
    sizes = _parted(order.size, weights, leasts, about.size_increment)
    return Scale(
        id=order.client_id,
        instrument=order.instrument,
        side=order.side,
        size=order.size,
        order=order,
        steps=tuple(Step(*step) for step in zip(prices, sizes, strict=True)),
    )


def _parted(
    size: Decimal, weights: Sequence[Decimal], leasts: Sequence[Decimal], lot: Decimal
) -> list[Decimal]:
    """`size` in whole lots by `weights`, each part at least its least; by largest remainder."""
    if not on_grid(size, lot):
        raise ValueError(f"size {plain(size)} is no multiple of {plain(lot)}")
    if sum(leasts, ZERO) > size:
        raise ValueError(
            f"{len(weights)} steps need a size of {plain(sum(leasts, ZERO))} at least,"
            f" not {plain(size)}: fewer steps, or more size"
        )
    raised: set[int] = set()  # those that would get less than their least, and get that instead
    while True:
        free = [k for k in range(len(weights)) if k not in raised]
        rest = size - sum((leasts[k] for k in raised), ZERO)
        whole = sum((weights[k] for k in free), ZERO)
        parts = [
            leasts[k] if k in raised else rest * weights[k] / whole for k in range(len(weights))
        ]
        below = {k for k in free if parts[k] < leasts[k]}
        if not below or len(below) == len(free):
            break
        raised |= below
    sizes = [max(leasts[k], floor_to(part, lot)) for k, part in enumerate(parts)]
    missing = int((size - sum(sizes, ZERO)) / lot)
    by_remainder = sorted(range(len(parts)), key=lambda k: sizes[k] - parts[k])
    for k in by_remainder[:missing]:
        sizes[k] += lot
    return sizes
