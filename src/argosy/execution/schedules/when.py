"""When something is to begin: moments, intervals, calendars in a zone's own time, prices."""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from cronsim import CronSim, CronSimError

from argosy.execution.work import Input, Market, Traded
from argosy.model import InstrumentId, Nanos
from argosy.model.money import finite
from argosy.model.time import MINUTE, SECOND

SKIPPED_MAX = 10_000  # days of a calendar that may be left out in a row, before it counts as empty
_BASIS_POINTS = 10_000


class At(msgspec.Struct, frozen=True, kw_only=True, tag="at"):
    """Once, at a moment."""

    at_ns: Nanos


class Every(msgspec.Struct, frozen=True, kw_only=True, tag="every"):
    """Again and again, so many seconds apart, counted from a moment."""

    every_s: int
    from_ns: Nanos

    def __post_init__(self) -> None:
        if self.every_s < 1:
            raise ValueError(f"every is {self.every_s} s; it must be at least 1")


class Calendar(msgspec.Struct, frozen=True, kw_only=True, tag="calendar", omit_defaults=True):
    """By a cron expression in a zone's local time: "30 16 * * 1-5" is 16:30 on working days.

    Five fields (minute, hour, day, month, weekday) or six, with seconds first. When clocks go
    forward, what falls into the lost hour is due at the first moment after it; when they go back,
    what falls into the hour that comes twice is due once, the first time. Expressions with a star
    as minute or hour, and those with seconds, go by elapsed time instead. (Debian's cron(8).)
    """

    cron: str
    zone: str = "UTC"
    not_on: tuple[str, ...] = ()  # local dates that are left out, like "2026-12-25"

    def __post_init__(self) -> None:
        try:
            CronSim(self.cron, datetime(2026, 1, 1, tzinfo=UTC))
        except CronSimError as e:
            raise ValueError(
                f'cron is {self.cron!r} ({e}); five fields like "30 16 * * 1-5"'
            ) from None
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(
                f'zone is {self.zone!r}; it must be a name like "Europe/London" or "UTC"'
            ) from None
        for day in self.not_on:
            try:
                date.fromisoformat(day)
            except ValueError:
                raise ValueError(f'not_on has {day!r}; dates are like "2026-12-25"') from None


When = At | Every | Calendar


def following(when: When, after_ns: Nanos) -> Nanos | None:
    """The first time that is due after a moment; None when there is none."""
    if isinstance(when, At):
        return when.at_ns if when.at_ns > after_ns else None
    if isinstance(when, Every):
        step = when.every_s * SECOND
        passed = (after_ns - when.from_ns) // step + 1
        return Nanos(when.from_ns + max(0, passed) * step)
    zone = ZoneInfo(when.zone)
    # The iterator drops fractions and begins after the second it is given.
    begin = datetime.fromtimestamp(after_ns // SECOND, tz=UTC).astimezone(zone)
    found = CronSim(when.cron, begin)
    for _ in range(SKIPPED_MAX):
        try:
            moment = next(found)
        except StopIteration:
            return None
        if moment.astimezone(zone).date().isoformat() not in when.not_on:
            return Nanos(int(moment.timestamp()) * SECOND)
    return None


def newest(when: When, due_ns: Nanos, now_ns: Nanos) -> Nanos:
    """The last time that is due by now; `due_ns`, which is due, where none is after it."""
    if isinstance(when, At):
        return due_ns
    if isinstance(when, Every):
        step = when.every_s * SECOND
        return Nanos(max(due_ns, when.from_ns + (now_ns - when.from_ns) // step * step))
    back_ns, found = MINUTE, due_ns
    while now_ns - back_ns > due_ns:  # further back until there is one, not from far on
        first = following(when, Nanos(now_ns - back_ns))
        if first is not None and first <= now_ns:
            found = first
            break
        back_ns *= 2
    while (later := following(when, found)) is not None and later <= now_ns:
        found = later
    return found


class Watch(StrEnum):
    """What a condition looks at. Spread in basis points of the mid, all else in quote units."""

    LAST = "last"
    BID = "bid"
    ASK = "ask"
    MID = "mid"
    MARK = "mark"
    INDEX = "index"
    SPREAD_BPS = "spread_bps"


class Condition(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A price at or above, or at or below, a level, for a while. Prices that are stale tell
    nothing: the while begins anew.
    """

    instrument: InstrumentId
    watch: Watch = Watch.LAST
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    for_s: int = 0

    def __post_init__(self) -> None:
        if self.at_least is None and self.at_most is None:
            raise ValueError("a condition needs at_least or at_most")
        for name in ("at_least", "at_most"):
            value = getattr(self, name)
            if value is not None:
                finite(value, name)
        if self.for_s < 0:
            raise ValueError(f"for_s is {self.for_s}; it must be at least 0")

    def holds(self, market: Market, event: Input) -> bool:
        """Whether it holds in a fresh market, after this input."""
        value = self._value(market, event)
        if value is None:
            return False
        low, high = self.at_least, self.at_most
        return (low is None or value >= low) and (high is None or value <= high)

    def _value(self, market: Market, event: Input) -> Decimal | None:
        if self.watch is Watch.LAST:
            told = isinstance(event, Traded) and event.instrument == self.instrument
            return event.price if told and isinstance(event, Traded) else market.last
        if self.watch is Watch.SPREAD_BPS:
            mid = market.mid
            if not mid or market.ask is None or market.bid is None:
                return None
            return (market.ask - market.bid) / mid * _BASIS_POINTS
        value: Decimal | None = getattr(market, self.watch.value)
        return value
