"""A schedule: begins an order, an algorithm, a route or a basket when its time has come.

Each run has an id that follows from the schedule's and a number, so a run that was begun before a
crash is found again and begun no second time. What is due is an absolute time kept in the journal:
a clock that steps back repeats nothing, one that steps forward skips what is too late.
"""

from collections.abc import Iterator
from typing import Self

import msgspec

from argosy.execution.schedules.when import Condition, When, following, newest
from argosy.execution.turn import Turn, Worked
from argosy.execution.work import Input, Launch, Launched, child_id
from argosy.model import ClientOrderId, InstrumentId, Nanos, OrderStatus, TriggerSource
from argosy.model.time import SECOND

KEPT = 50  # of the latest runs
LATE_S = 300


class Ran(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One run, or with a problem why there was none."""

    run: ClientOrderId
    due_ns: Nanos
    at_ns: Nanos
    begun: bool = False  # known to have begun
    problem: str = ""

    @property
    def open(self) -> bool:
        """Whether it is not known yet if it has begun."""
        return not self.begun and not self.problem


class Schedule(Worked, frozen=True, kw_only=True, omit_defaults=True, tag="schedule"):
    """Begins `ask` of kind `what` whenever it is due, `times` at most.

    With `when` alone at each of its times; with a condition alone each time it comes to hold,
    having not held before; with both at the times at which it holds, or comes to hold within
    `window_s`. A time that is more than `late_s` ago when it is noticed (the desk was not running,
    or paused, or its clock stepped) is skipped, never caught up; of several that have come by then,
    all but the last are.
    """

    name: str
    what: str
    ask: str  # JSON
    when: When | None = None
    condition: Condition | None = None
    times_max: int | None = None
    until_ns: Nanos | None = None
    late_s: int = LATE_S
    window_s: int = 60
    due_ns: Nanos = Nanos(0)  # the next time by `when`; 0: none is known yet
    over: bool = False  # `when` has no further time
    numbered: int = 0  # runs decided so far
    skipped: int = 0
    armed: bool = True  # the condition did not hold since it last began a run
    held_ns: Nanos = Nanos(0)  # since when it holds; 0: it does not
    runs: tuple[Ran, ...] = ()  # the latest, oldest first

    def __post_init__(self) -> None:
        if self.when is None and self.condition is None:
            raise ValueError("a schedule needs a time or a condition")
        if self.times_max is not None and self.times_max < 1:
            raise ValueError(f"times is {self.times_max}; it must be at least 1")
        for name in ("late_s", "window_s"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 0")

    @property
    def watches(self) -> tuple[InstrumentId, ...]:
        """The condition's instrument."""
        return () if self.condition is None else (self.condition.instrument,)

    @property
    def sources(self) -> frozenset[TriggerSource]:
        """The condition's price, where that is the mark or the index."""
        watch = None if self.condition is None else self.condition.watch.value
        return frozenset(source for source in TriggerSource if source.value == watch)

    @property
    def ends_ns(self) -> Nanos | None:
        """When it runs no more."""
        return self.until_ns

    @property
    def touched(self) -> bool:
        """Never: what it began has fills of its own."""
        return False

    def waits(self) -> bool:
        """Always: it only ever waits."""
        return True

    def busy(self) -> bool:
        """While it is open whether a run has begun."""
        return any(run.open for run in self.runs)

    def times(self) -> Iterator[Nanos]:
        """When the next run is due, when a condition has held, when a window closes."""
        if self.due_ns:
            yield self.due_ns
            if self.condition is not None:
                yield Nanos(self.due_ns + self.window_s * SECOND + 1)
        if self.held_ns and self.condition is not None:
            yield Nanos(self.held_ns + self.condition.for_s * SECOND)

    def completed(self) -> OrderStatus | None:
        """Done once nothing more is to come."""
        spent = self.times_max is not None and self.numbered >= self.times_max
        return OrderStatus.FILLED if spent or self.over else None

    def farewell(self) -> str:
        """How often it ran, and why it ended where that was not of itself."""
        begun = self.numbered - sum(1 for run in self.runs if run.problem)
        told = f"{begun} begun" + (f", {self.skipped} skipped" if self.skipped else "")
        return f"{self.reason}; {told}" if self.reason else told

    # --- inputs -----------------------------------------------------------------------------------

    def launched(self, turn: Turn[Self], event: Launched) -> None:
        """What became of a run."""
        told = tuple(
            msgspec.structs.replace(run, begun=not event.problem, problem=event.problem)
            if run.run == event.run and run.open
            else run
            for run in self.runs
        )
        if told != self.runs:
            turn.set(runs=told)

    def resumed(self, turn: Turn[Self]) -> None:
        """Ask again for runs of which an earlier process did not learn whether they began."""
        for run in self.runs:
            if run.open:
                turn.launch(self.launch(run))

    def see(self, turn: Turn[Self], event: Input) -> None:
        """Whether and since when the condition holds."""
        condition = self.condition
        if condition is None:
            return
        market = turn.look_fresh(condition.instrument)
        holds = market is not None and condition.holds(market, event)
        if holds and not self.held_ns:
            turn.set(held_ns=turn.now_ns)
        elif not holds and (self.held_ns or not self.armed):
            # A feed that is lost says nothing: only a price that was seen arms it again.
            turn.set(held_ns=Nanos(0), armed=self.armed or market is not None)

    def plan(self, turn: Turn[Self]) -> None:
        """Begin what is due; skip what is too late."""
        if turn.work.completed() is not None:
            return
        if self.when is None:
            if turn.work.armed and turn.work.satisfied(turn.now_ns):
                turn.work.begin(turn, turn.now_ns)
            return
        turn.work.next_due(turn)
        work = turn.work
        if work.over or turn.now_ns < work.due_ns:
            return
        if work.condition is None or work.satisfied(turn.now_ns):
            work.begin(turn, work.due_ns)
        elif turn.now_ns > work.due_ns + work.window_s * SECOND:
            turn.set(skipped=work.skipped + 1)
        else:
            return
        turn.work.advance(turn, work.due_ns)

    def next_due(self, turn: Turn[Self]) -> None:
        """Find the first time; pass over those that are too late, and all but the last of several
        that have come meanwhile: they are not begun in a burst.
        """
        late_ns = self.late_s * SECOND
        if not self.due_ns and not self.over:
            self.advance(turn, Nanos(turn.now_ns - late_ns - 1 if self.once else turn.now_ns))
        if self.when is not None and 0 < turn.work.due_ns <= turn.now_ns:
            last_ns = newest(self.when, turn.work.due_ns, turn.now_ns)
            if last_ns > turn.work.due_ns:
                turn.set(skipped=turn.work.skipped + 1, due_ns=last_ns)
        while (work := turn.work).due_ns and turn.now_ns - work.due_ns > late_ns:
            turn.set(skipped=work.skipped + 1)
            work.advance(turn, Nanos(max(work.due_ns, turn.now_ns - late_ns - 1)))

    @property
    def once(self) -> bool:
        """Whether its time is one moment, which may just have passed when it is begun."""
        return self.when is not None and self.when.__struct_config__.tag == "at"

    def advance(self, turn: Turn[Self], after_ns: Nanos) -> None:
        """The next time after one."""
        assert self.when is not None, "only schedules by time advance"
        due_ns = following(self.when, after_ns)
        turn.set(due_ns=due_ns or Nanos(0), over=due_ns is None)

    def satisfied(self, now_ns: Nanos) -> bool:
        """Whether the condition has held for as long as it should."""
        assert self.condition is not None, "asked only where there is one"
        return bool(self.held_ns) and now_ns >= self.held_ns + self.condition.for_s * SECOND

    def begin(self, turn: Turn[Self], due_ns: Nanos) -> None:
        """One run."""
        run = child_id(self.id, self.numbered)
        ran = Ran(run=run, due_ns=due_ns, at_ns=turn.now_ns)
        kept = [*turn.work.runs, ran]
        while len(kept) > KEPT and not kept[0].open:
            del kept[0]
        turn.set(numbered=self.numbered + 1, armed=False, runs=tuple(kept))
        turn.launch(self.launch(ran))

    def launch(self, ran: Ran) -> Launch:
        """The action that begins a run."""
        limit_ns = Nanos(max(ran.due_ns, ran.at_ns) + self.late_s * SECOND)
        return Launch(run=ran.run, what=self.what, ask=self.ask, not_after_ns=limit_ns)
