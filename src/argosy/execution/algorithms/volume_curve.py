"""How much a market usually trades in each part of a time, learnt from candles or trades."""

import decimal
from collections.abc import Iterable, Iterator
from decimal import Decimal

import msgspec

from argosy.model import Candle, Trade
from argosy.model.money import ZERO
from argosy.model.time import SECOND

DAY_NS = 86_400 * SECOND
_ROUNDED = decimal.Context(prec=12)  # of a forecast; works carry their curve in each save


class Span(msgspec.Struct, frozen=True):
    """What was traded in a stretch of time: base units or contracts."""

    start_ns: int
    end_ns: int
    volume: Decimal


def of_candles(candles: Iterable[Candle]) -> list[Span]:
    """Candles whose time is over."""
    return [
        Span(one.open_ns, one.open_ns + one.interval_s * SECOND, one.volume)
        for one in candles
        if one.closed
    ]


def of_trades(trades: Iterable[Trade], step_ns: int) -> list[Span]:
    """Trades, oldest first, in stretches of `step_ns` by the venue's clock; the last, which may go
    on, is left out.

    Raises:
        ValueError: a step that is none.
    """
    if step_ns <= 0:
        raise ValueError(f"step is {step_ns} ns; it must be above 0")
    volumes: dict[int, Decimal] = {}
    for one in trades:
        number = one.venue_ns // step_ns
        volumes[number] = volumes.get(number, ZERO) + one.size
    if not volumes:
        return []
    return [
        Span(number * step_ns, (number + 1) * step_ns, volumes.get(number, ZERO))
        for number in range(min(volumes), max(volumes))
    ]


def volume_curve(
    history: Iterable[Span],
    *,
    begin_ns: int,
    interval_ns: int,
    parts: int,
    period_ns: int = DAY_NS,
) -> tuple[Decimal, ...]:
    """The volume to be expected in each of `parts` intervals from `begin_ns` on.

    It is the average of what the history has of the same time of each period (the day); a stretch
    counts evenly over its time. Parts that the history says nothing of get the others' average.

    Raises:
        ValueError: no parts, or a history of nothing that was traded at these times.
    """
    if parts < 1 or interval_ns <= 0 or period_ns <= 0:
        raise ValueError(
            f"{parts} parts of {interval_ns} ns in {period_ns} ns; all must be above 0"
        )
    volumes, known_ns = [ZERO] * parts, [0] * parts
    for span in history:
        for number, overlap_ns in _overlaps(span, begin_ns, interval_ns, parts, period_ns):
            volumes[number] += span.volume * overlap_ns / (span.end_ns - span.start_ns)
            known_ns[number] += overlap_ns
    if sum(volumes, ZERO) <= 0:
        raise ValueError("the history has no volume at these times; give a curve")
    usual = sum(volumes, ZERO) / sum(known_ns)
    return tuple(
        _ROUNDED.plus((volume / known if known else usual) * interval_ns)
        for volume, known in zip(volumes, known_ns, strict=True)
    )


def _overlaps(
    span: Span, begin_ns: int, interval_ns: int, parts: int, period_ns: int
) -> Iterator[tuple[int, int]]:
    """The parts that a stretch falls into when moved by whole periods, and for how long."""
    end_ns = begin_ns + parts * interval_ns
    first = (begin_ns - span.end_ns) // period_ns + 1
    last = -((span.start_ns - end_ns) // period_ns) - 1
    for moved in range(first, last + 1):
        start = max(begin_ns, span.start_ns + moved * period_ns)
        stop = min(end_ns, span.end_ns + moved * period_ns)
        for number in range((start - begin_ns) // interval_ns, parts):
            opens = begin_ns + number * interval_ns
            overlap_ns = min(stop, opens + interval_ns) - max(start, opens)
            if overlap_ns <= 0:
                break
            yield number, overlap_ns
