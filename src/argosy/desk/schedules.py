"""Schedules as people ask for them: when and what in words, a work out; and how it is doing."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from argosy.desk.asks import new_client_id, number
from argosy.desk.desk import Desk
from argosy.desk.launching import Launcher
from argosy.errors import ConfigError
from argosy.execution.schedules import (
    At,
    Calendar,
    Condition,
    Every,
    Ran,
    Schedule,
    Watch,
    When,
    following,
)
from argosy.model import ClientOrderId, InstrumentId, Nanos
from argosy.model.orders import word
from argosy.model.time import SECOND

_SHOWN = 5  # times ahead
_LONGEST_S = 10 * 365 * 86_400


class ScheduleAsk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When something is to begin, and what, in words. One of the times, a condition, or both."""

    what: str  # order, algo, route or basket
    ask: dict[str, Any]  # its terms, as its own command takes them
    name: str = ""
    at: str = ""  # a moment, like "2026-12-01T16:00:00+01:00"
    in_s: float | None = None
    every_s: int | None = None
    cron: str = ""  # five fields: minute, hour, day, month, weekday
    zone: str = "UTC"
    not_on: tuple[str, ...] = ()
    instrument: str = ""  # the condition's
    watch: str = "last"
    at_least: str = ""
    at_most: str = ""
    for_s: int = 0
    times: int | None = None
    until: str = ""
    late_s: int = 300
    window_s: int = 60
    client_id: str = ""
    dry_run: bool = False


class ScheduleView(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule as it stands, or would be."""

    id: str
    name: str
    what: str
    ask: dict[str, Any]
    phase: str
    status: str
    when: When | None
    condition: Condition | None
    upcoming: tuple[Nanos, ...]  # the next times, if none is skipped
    runs: tuple[Ran, ...]
    skipped: int
    dry_run: bool = False
    detail: str = ""


class ScheduleDesk:
    """Schedules, for the API and the CLI."""

    def __init__(self, desk: Desk, launcher: Launcher, rng: random.Random) -> None:
        self._desk = desk
        self._launcher = launcher
        self._rng = rng

    async def start(self, ask: ScheduleAsk) -> ScheduleView:
        """Begin a schedule, or with `dry_run` say when it would run. What it is to begin is checked
        now as well as it can be: instruments, words and sizes; funds and prices are of then.

        Raises:
            ConfigError: a time, a condition or terms that cannot be used.
        """
        schedule = self.schedule(ask)
        if ask.dry_run:
            return self.view(schedule, dry_run=True)
        begun = await self._desk.running_works().start(schedule)
        assert isinstance(begun, Schedule)
        return self.view(begun)

    def schedule(self, ask: ScheduleAsk) -> Schedule:
        """The schedule that an ask describes."""
        now_ns = self._desk.now_ns()
        terms = msgspec.json.encode(ask.ask).decode()
        self._launcher.check(ask.what, terms)
        try:
            when = self._when(ask, now_ns)
            once = isinstance(when, At) or when is None
            return Schedule(
                id=ClientOrderId(ask.client_id) or new_client_id(self._rng),
                created_ns=now_ns,
                name=ask.name,
                what=ask.what,
                ask=terms,
                when=when,
                condition=self._condition(ask),
                times_max=ask.times if ask.times is not None else 1 if once else None,
                until_ns=_moment(ask.until, "until") if ask.until else None,
                late_s=ask.late_s,
                window_s=ask.window_s,
            )
        except ValueError as e:
            raise ConfigError(f"schedule: {e}") from None

    @staticmethod
    def _when(ask: ScheduleAsk, now_ns: Nanos) -> When | None:
        times = {"at": ask.at, "in_s": ask.in_s, "every_s": ask.every_s, "cron": ask.cron}
        given = [name for name, value in times.items() if value not in {None, ""}]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} contradict; give one")
        if ask.at:
            return At(at_ns=_moment(ask.at, "at"))
        if ask.in_s is not None:
            if not 0 <= ask.in_s <= _LONGEST_S:
                raise ValueError(f"in_s is {ask.in_s}; it must be at least 0 and under ten years")
            return At(at_ns=Nanos(now_ns + round(ask.in_s * SECOND)))
        if ask.every_s is not None:
            return Every(every_s=ask.every_s, from_ns=now_ns)
        if ask.cron:
            return Calendar(cron=ask.cron, zone=ask.zone, not_on=ask.not_on)
        return None

    def _condition(self, ask: ScheduleAsk) -> Condition | None:
        if not ask.instrument:
            if ask.at_least or ask.at_most:
                raise ValueError("a condition needs an instrument")
            return None
        condition = Condition(
            instrument=InstrumentId(ask.instrument),
            watch=word(Watch, ask.watch, "watch"),
            at_least=number(ask.at_least, "at_least"),
            at_most=number(ask.at_most, "at_most"),
            for_s=ask.for_s,
        )
        self._desk.market(condition.instrument)  # says so where there are no prices to go by
        return condition

    def schedules(self, *, everything: bool = False) -> list[ScheduleView]:
        """Schedules that run, or those that ended lately as well, oldest first."""
        works = self._desk.works
        if works is None:
            return []
        found = [*(works.finished if everything else ()), *works.works()]
        return [self.view(work) for work in found if isinstance(work, Schedule)]

    def view(self, schedule: Schedule, *, dry_run: bool = False) -> ScheduleView:
        """A schedule as it stands."""
        works = self._desk.works
        detail = schedule.reason
        if works is not None:
            detail = works.broken.get(schedule.id) or works.held(schedule.id) or detail
        return ScheduleView(
            id=schedule.id,
            name=schedule.name,
            what=schedule.what,
            ask=msgspec.json.decode(schedule.ask),
            phase=schedule.phase.value,
            status=schedule.status.value,
            when=schedule.when,
            condition=schedule.condition,
            upcoming=() if schedule.done else tuple(self._upcoming(schedule)),
            runs=schedule.runs,
            skipped=schedule.skipped,
            dry_run=dry_run,
            detail=detail,
        )

    def _upcoming(self, schedule: Schedule) -> list[Nanos]:
        found: list[Nanos] = []
        if schedule.when is None:
            return found
        left = _SHOWN
        if schedule.times_max is not None:
            left = min(left, schedule.times_max - schedule.numbered)
        at_ns = schedule.due_ns or following(schedule.when, self._desk.now_ns())
        while at_ns is not None and len(found) < left:
            if schedule.until_ns is not None and at_ns >= schedule.until_ns:
                break
            found.append(at_ns)
            at_ns = following(schedule.when, at_ns)
        return found


def _moment(text: str, name: str) -> Nanos:
    """A moment with its zone, as nanoseconds."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f'{name} is {text!r}; it must be like "2026-12-01T16:00:00Z"') from None
    if moment.tzinfo is None:
        raise ValueError(f'{name} is {text!r}: say of which zone, like "{text}Z"')
    since = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return Nanos(since // timedelta(microseconds=1) * 1_000)
