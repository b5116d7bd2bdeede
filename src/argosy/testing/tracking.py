"""How far a work's average price ends up from the market's, over windows of recorded trades."""

from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec

from argosy.execution.algorithms import (
    Scheduled,
    Span,
    live_curve,
    participation,
    scheduled,
    volume_curve,
)
from argosy.execution.work import Work
from argosy.model import (
    ClientOrderId,
    Instrument,
    Nanos,
    OrderType,
    PlaceOrder,
    Side,
    TimeInForce,
)
from argosy.model.money import ZERO
from argosy.model.time import SECOND
from argosy.testing.replayed import Replayed, Tick

_BPS = 10_000


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of recorded ticks in which a work is done, and what was traded before it."""

    begin_ns: int
    until_ns: int
    ticks: tuple[Tick, ...]
    history: tuple[Span, ...]  # whole steps back from the beginning, newest last

    @property
    def vwap(self) -> Decimal:
        """The average price of its trades."""
        volume = sum((tick.size for tick in self.ticks if tick.price), ZERO)
        return sum((tick.size * tick.price for tick in self.ticks), ZERO) / volume

    @property
    def twap(self) -> Decimal:
        """The mid's average over time, from its first quote on."""
        quotes = [tick for tick in self.ticks if not tick.price]
        ends = [*(tick.at_ns for tick in quotes[1:]), self.until_ns]
        stood = [end - tick.at_ns for tick, end in zip(quotes, ends, strict=True)]
        mids = ((tick.bid + tick.ask) / 2 * ns for tick, ns in zip(quotes, stood, strict=True))
        return sum(mids, ZERO) / sum(stood)

    def volumes(self, parts: int) -> list[Decimal]:
        """What was traded in each of so many equal parts: what nobody knows beforehand."""
        length = self.until_ns - self.begin_ns
        found = [ZERO] * parts
        for tick in self.ticks:
            if tick.price:
                found[min(parts - 1, (tick.at_ns - self.begin_ns) * parts // length)] += tick.size
        return found


def windows(
    ticks: Sequence[Tick], *, length_s: int, every_s: int, after_s: int, step_s: int
) -> list[Window]:
    """Windows of `length_s` that begin every `every_s`, the first one `after_s` from the start; the
    history of each in stretches of `step_s`.
    """
    start_ns, end_ns = ticks[0].at_ns, ticks[-1].at_ns
    found = []
    for begin_ns in range(
        start_ns + after_s * SECOND, end_ns - length_s * SECOND, every_s * SECOND
    ):
        until_ns = begin_ns + length_s * SECOND
        found.append(
            Window(
                begin_ns=begin_ns,
                until_ns=until_ns,
                ticks=tuple(tick for tick in ticks if begin_ns <= tick.at_ns <= until_ns),
                history=_history(ticks, begin_ns, step_s * SECOND),
            )
        )
    return found


def _history(ticks: Sequence[Tick], begin_ns: int, step_ns: int) -> tuple[Span, ...]:
    steps = (begin_ns - ticks[0].at_ns) // step_ns
    volumes = [ZERO] * steps
    for tick in ticks:
        back = (begin_ns - tick.at_ns - 1) // step_ns
        if tick.price and 0 <= back < steps:
            volumes[back] += tick.size
    return tuple(
        Span(begin_ns - (back + 1) * step_ns, begin_ns - back * step_ns, volumes[back])
        for back in reversed(range(steps))
    )


class Contenders:
    """Works for the same order in a window: ours, and what one would do without them."""

    def __init__(self, about: Instrument, side: Side, size: Decimal, parts: int) -> None:
        self._about = about
        self._side = side
        self._size = size
        self._parts = parts

    def at_once(self, window: Window) -> Work:
        """All of it in the beginning."""
        return self._scheduled(window, (Decimal(1),))

    def equal(self, window: Window) -> Work:
        """Equal parts: TWAP."""
        return self._scheduled(window, (Decimal(1),) * self._parts)

    def by_curve(self, window: Window, *, live: bool = True) -> Work:
        """By what each part of the minute traded before; `live`: corrected as it goes on."""
        curve = volume_curve(
            window.history,
            begin_ns=window.begin_ns,
            interval_ns=(window.until_ns - window.begin_ns) // self._parts,
            parts=self._parts,
            period_ns=60 * SECOND,
        )
        plain = self._scheduled(window, curve)
        return live_curve(plain, curve) if live else plain

    def by_foresight(self, window: Window) -> Work:
        """By the volumes that nobody knows beforehand: the best that a curve could be."""
        return self._scheduled(window, window.volumes(self._parts))

    def participating(self, window: Window, rate: Decimal = Decimal("0.1")) -> Work:
        """A share of the volume to the end of the window, whatever that comes to."""
        order = self._order(window, size=self._size * 10**6, until=True)
        return participation(order, rate, begin_ns=Nanos(window.begin_ns), max_part=self._size)

    def _scheduled(self, window: Window, shares: Sequence[Decimal]) -> Scheduled:
        length_s = Decimal(window.until_ns - window.begin_ns) / SECOND
        return scheduled(self._order(window), shares, length_s / len(shares), "twap")

    def _order(
        self, window: Window, *, size: Decimal | None = None, until: bool = False
    ) -> PlaceOrder:
        return PlaceOrder(
            instrument=self._about.id,
            client_id=ClientOrderId("tracked"),
            side=self._side,
            type=OrderType.MARKET,
            size=self._size if size is None else size,
            time_in_force=TimeInForce.GTD if until else TimeInForce.GTC,
            expire_ns=Nanos(window.until_ns) if until else None,
        )


def error_bps(
    make: Callable[[Window], Work],
    over: Sequence[Window],
    about: Instrument,
    benchmark: Callable[[Window], Decimal],
) -> float:
    """The tracking error: the root mean square, over the windows, of how far the average price of
    a work is from the benchmark, in basis points of that.

    Raises:
        ValueError: no windows, or a work that filled nothing in one.
    """
    if not over:
        raise ValueError("no windows: the recording is shorter than one")
    squares = []
    for window in over:
        replayed = Replayed(about, make(window))
        replayed.run(window.ticks, window.until_ns)
        size = sum((fill.size for fill in replayed.fills), ZERO)
        if not size:
            raise ValueError(f"nothing was filled in the window from {window.begin_ns}")
        price = sum((fill.size * fill.price for fill in replayed.fills), ZERO) / size
        squares.append(float((price / benchmark(window) - 1) * _BPS) ** 2)
    return float((sum(squares) / len(squares)) ** 0.5)
