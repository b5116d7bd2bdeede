"""Runs works: brings them prices and reports, commits what they decide, then does it.

The next self of a work and the intents of its actions are one transaction, durable before anything
is sent. Knows no type of work.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterable

import msgspec
import structlog

from argosy.desk.children import Children
from argosy.desk.markets import MarketWatch
from argosy.errors import ArgosyError, ConfigError, OutcomeUnknown
from argosy.execution.journal import DuplicateIntent, Entry, Journal, JournalFailed, WorkSaved
from argosy.execution.work import (
    Action,
    Began,
    Child,
    ChildRefused,
    ChildReport,
    Due,
    Input,
    Launch,
    Launched,
    Outcome,
    Place,
    Reprice,
    Resumed,
    Stop,
    Wake,
    Withdraw,
    Work,
)
from argosy.model import ClientOrderId, InstrumentId, OrderReport, OrderStatus
from argosy.ports import Clock, Event

MAX_WORKS = 10_000
_SOFT_S = 0.5  # a change that need not be durable at once is saved within this
_TICK_S = 0.25
_DURABLE_S = 30.0
_log = structlog.get_logger(__name__)
_encode = msgspec.json.Encoder(decimal_format="string").encode


async def _cannot_launch(action: Launch) -> None:
    raise ConfigError(f"this desk begins no {action.what} by itself")


class _Running:
    """A work and what it has decided that is not durable yet."""

    def __init__(self, work: Work, *, resumed: bool) -> None:
        self.work = work
        self.due_ns = 0
        self.soft = False
        self.held = resumed  # until its children are known again
        self.decided: deque[Action] = deque()
        self.dirty = False
        self.wake = asyncio.Event()
        self.asked = 0  # changes asked for from outside
        self.kept = 0  # of those, what is durable
        self.durable = asyncio.Event()  # set at each commit


class WorkRunner:
    """Every work of a desk. `run` until cancelled; `start` and `ask` from outside."""

    def __init__(
        self,
        clock: Clock,
        journal: Journal,
        children: Children,
        markets: MarketWatch,
        decode: Callable[[str, bytes], Work],
    ) -> None:
        self._clock = clock
        self._journal = journal
        self._children = children
        self._markets = markets
        self._decode = decode
        self._running: dict[ClientOrderId, _Running] = {}
        self._owner: dict[ClientOrderId, _Running] = {}  # of each live child
        self._watching: dict[InstrumentId, list[_Running]] = {}
        self._group: asyncio.TaskGroup | None = None
        self.finished: deque[Work] = deque(maxlen=1_000)
        self.broken: dict[str, str] = {}  # works of the journal that cannot be read, and why
        self.launcher: Callable[[Launch], Coroutine[None, None, None]] = _cannot_launch
        children.heard = self._reported
        markets.tell = self._market_input

    # --- from outside -----------------------------------------------------------------------------

    def works(self) -> list[Work]:
        """Those that run, oldest first."""
        return [running.work for running in self._running.values()]

    def find(self, work_id: str) -> Work | None:
        """A work that runs or ended lately."""
        running = self._running.get(ClientOrderId(work_id))
        if running is not None:
            return running.work
        return next((work for work in self.finished if work.id == work_id), None)

    async def start(self, work: Work) -> Work:
        """Begin a work; returns it as it is once its first decisions are durable.

        Raises:
            ConfigError: its id was used before, an instrument is not watched, or the desk is not
                running.
            JournalFailed: it is not durable; there is no such work, and nothing was sent.
        """
        if self._group is None:
            raise ConfigError("the desk is not running yet; try again shortly")
        if self.find(work.id) is not None or await self._journal.read(
            lambda store: store.used(work.id)
        ):
            raise ConfigError(f"id {work.id!r} was used before; use an id once")
        if len(self._running) >= MAX_WORKS:
            raise ConfigError(f"{MAX_WORKS} works run already; stop some")
        self._markets.watch(work)
        # In a task of ours: whoever asked may go away in between, and the journal would keep a
        # work that nobody runs.
        beginning = self._group.create_task(self._begin(_Running(work, resumed=False)))
        problem = await asyncio.shield(beginning)
        if problem is not None:
            raise problem
        return self.find(work.id) or work

    async def _begin(self, running: _Running) -> ArgosyError | None:
        """Make a new work durable, then let it act; or why it could not be."""
        work = running.work
        self._running[work.id] = running
        self._give(running, Began())
        entries, sending = self._prepare(running)
        try:
            await self._journal.commit(*entries)
        except ArgosyError as e:
            self._running.pop(work.id, None)
            for action in sending:
                if isinstance(action, Place):
                    self._children.forget(action.order.client_id)
                    self._owner.pop(action.order.client_id, None)
            return e
        self._add(running)
        self._do(running, sending)
        running.wake.set()
        return None

    async def ask(self, work_id: str, event: Input) -> Work:
        """Pause, continue, stop or change a work; returns it once that is durable.

        Raises:
            ConfigError: no such work runs, or it cannot take that change.
            JournalFailed: it is done, but not durable within half a minute.
        """
        running = self._found(work_id)
        try:
            self._give(running, event, strict=True)
        except ValueError as e:
            raise ConfigError(f"{work_id}: {e}") from None
        running.asked += 1
        wanted = running.asked
        running.dirty = True
        running.wake.set()
        try:
            async with asyncio.timeout(_DURABLE_S):
                while running.kept < wanted and running.work.id in self._running:
                    running.durable.clear()
                    await running.durable.wait()
        except TimeoutError:
            raise JournalFailed(
                f"{work_id} is told, but that is not durable after {_DURABLE_S:.0f} s:"
                f" {self._journal.problem or 'the journal is busy'}"
            ) from None
        return running.work

    def stop_all(self, chosen: Callable[[Work], bool]) -> list[ClientOrderId]:
        """Tell works to stop, at once and waiting for nothing; returns their ids."""
        stopped = []
        for running in tuple(self._running.values()):
            if chosen(running.work):
                self._give(running, Stop())
                stopped.append(running.work.id)
        return stopped

    def held(self, work_id: str) -> str:
        """What a work of an earlier process still waits for; empty: it runs."""
        running = self._running.get(ClientOrderId(work_id))
        if running is None or not running.held:
            return ""
        if not self._children.known(running.work.live):
            return "what became of its orders is being looked up"
        return self._markets.lacking(running.work)

    def _found(self, work_id: str) -> _Running:
        running = self._running.get(ClientOrderId(work_id))
        if running is None:
            ended = self.find(work_id)
            state = f"it has ended: {ended.status}" if ended else "`argosy algo list` lists them"
            raise ConfigError(f"no work {work_id!r} runs; {state}")
        return running

    def restore(self) -> int:
        """Take up the works of the journal; they go on once their children are known."""
        for work_id, kind, body in self._journal.store.open_works():
            try:
                work = self._decode(kind, body)
            except (msgspec.MsgspecError, ValueError) as e:
                self.broken[work_id] = f"{kind}: {e}"
                _log.error("work cannot be read", work=work_id, kind=kind, error=str(e))
                continue
            self._add(_Running(work, resumed=True))
        return len(self._running)

    def event(self, event: Event) -> None:
        """Take in a market event of any venue."""
        self._markets.event(event)

    # --- running ----------------------------------------------------------------------------------

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            self._children.group = group
            try:
                for running in tuple(self._running.values()):
                    group.create_task(self._kept(running, self._work_on))
                    group.create_task(self._kept(running, self._resume))
                while True:
                    await self._clock.sleep(_TICK_S)
                    self._tick()
            finally:
                self._group = None
                self._children.group = None

    def _add(self, running: _Running) -> None:
        work = running.work
        self._running[work.id] = running
        for child in work.live:
            self._owner[child.client_id] = running
        for instrument in work.watches:
            self._watching.setdefault(instrument, []).append(running)
        if self._group is not None:
            self._group.create_task(self._kept(running, self._work_on))

    async def _kept(
        self, running: _Running, run: Callable[[_Running], Coroutine[None, None, None]]
    ) -> None:
        """A defect in one work is said, and ends neither the others nor the desk."""
        try:
            await run(running)
        except Exception as e:
            self.broken[running.work.id] = f"{type(e).__name__}: {e}"
            _log.error("work broken", work=running.work.id, exc_info=e)

    async def _resume(self, running: _Running) -> None:
        """Tell a work of an earlier process how its children are, then that time has passed."""
        if not running.held:
            return
        while not self._children.known(running.work.live) or not self._markets.watch_again(
            running.work
        ):
            await self._clock.sleep(_TICK_S / 5)
        ended = [await self._ended(child) for child in running.work.live]
        running.held = False
        for report in (*ended, *(self._children.report(child) for child in running.work.live)):
            if report is not None:
                self._reported(report)
        self._give(running, Resumed())
        for child in running.work.live:
            if child.withdrawing:  # asked for before, and perhaps never sent
                running.decided.append(Withdraw(child.client_id))
        running.dirty = True
        running.wake.set()

    async def _ended(self, child: Child) -> OrderReport | None:
        """How a child ended that the process before knew of and did not tell its work in time: only
        the journal has it, since only orders that were open are taken up.
        """
        while self._children.report(child) is None:
            try:
                found = await self._journal.read(lambda store: store.find(child.client_id))
            except ArgosyError as e:
                _log.error("journal not read", child=child.client_id, error=str(e))
                await self._clock.sleep(_TICK_S)
            else:
                return found.report if found is not None else None
        return None

    def _tick(self) -> None:
        now_ns = self._clock.now_ns()
        self._markets.tick(now_ns)
        for running in tuple(self._running.values()):
            if running.due_ns and now_ns >= running.due_ns and not running.held:
                running.due_ns = 0
                self._give(running, Due())
            if running.soft and not running.dirty:
                running.dirty = True
                running.wake.set()

    def _market_input(self, instrument: InstrumentId, event: Input) -> None:
        for running in tuple(self._watching.get(instrument, ())):
            if not running.held:
                self._give(running, event)

    def _reported(self, report: OrderReport) -> None:
        running = self._owner.get(report.client_id or ClientOrderId(""))
        if running is None or report.client_id is None:
            return
        if report.status is OrderStatus.REJECTED:
            refused = self._children.refusal(report)
            self._give(running, ChildRefused(report.client_id, report.reason, refused))
        elif report.status is not OrderStatus.UNKNOWN:
            self._give(running, ChildReport(report))

    def _give(self, running: _Running, event: Input, *, strict: bool = False) -> None:
        try:
            outcome = running.work.receive(event, self._markets)
        except Exception as e:
            if strict and isinstance(e, ValueError):
                raise
            _log.error("work failed", work=running.work.id, exc_info=e)
            return
        self._take(running, outcome)

    def _take(self, running: _Running, outcome: Outcome) -> None:
        changed = outcome.work is not running.work
        running.work = outcome.work
        hard = bool(outcome.actions) or (changed and not outcome.soft)
        for action in outcome.actions:
            if isinstance(action, Wake):
                running.due_ns = action.at_ns
                continue
            if isinstance(action, Place):
                self._owner[action.order.client_id] = running
            running.decided.append(action)
        running.soft |= changed and outcome.soft
        if hard:
            running.dirty = True
            running.wake.set()

    # --- deciding, then doing ---------------------------------------------------------------------

    async def _work_on(self, running: _Running) -> None:
        """Make each decision durable, then do it, until the work is done and nothing is left."""
        while True:
            await running.wake.wait()
            running.wake.clear()
            if running.dirty:
                await self._commit(running)
            if running.work.done and not running.decided and not running.dirty:
                self._end(running)
                return

    def _prepare(self, running: _Running) -> tuple[list[Entry], list[Action]]:
        """What is to be committed now, and done after."""
        decided = tuple(running.decided)
        running.decided.clear()
        running.dirty = running.soft = False
        entries: list[Entry] = [self._saved(running.work)]
        sending: list[Action] = []
        for action in decided:
            if isinstance(action, Place):
                try:
                    entries.append(self._children.intention(action.order, running.work.id))
                except ArgosyError as e:
                    self._give(running, ChildRefused(action.order.client_id, str(e)))
                    continue
            sending.append(action)
        return entries, sending

    async def _commit(self, running: _Running) -> None:
        asked = running.asked
        entries, sending = self._prepare(running)
        try:
            await self._journal.commit(*entries)
        except ArgosyError as e:
            await self._not_durable(running, sending, e)
            return
        self._do(running, sending)
        running.kept = asked
        running.durable.set()

    async def _not_durable(
        self, running: _Running, sending: list[Action], problem: ArgosyError
    ) -> None:
        """Nothing new is placed; what rests is withdrawn all the same. Then it is tried again."""
        _log.error("work not journalled", work=running.work.id, error=str(problem))
        if isinstance(problem, DuplicateIntent):  # its children exist: only a restart can tell
            self.broken[running.work.id] = str(problem)
            return
        for action in sending:
            if isinstance(action, Place):
                self._children.forget(action.order.client_id)
                self._give(running, ChildRefused(action.order.client_id, str(problem)))
            elif isinstance(action, Launch):
                running.decided.append(action)
        self._do(running, [each for each in sending if not isinstance(each, Place | Launch)])
        await self._clock.sleep(_TICK_S)
        running.dirty = True
        running.wake.set()

    def _do(self, running: _Running, actions: Iterable[Action]) -> None:
        for action in actions:
            if isinstance(action, Place | Withdraw | Reprice):
                self._children.do(action, running.work)
            elif isinstance(action, Launch):
                assert self._group is not None
                self._group.create_task(self._launch(running, action))

    async def _launch(self, running: _Running, action: Launch) -> None:
        """Begin something for a work, and tell it what became of that."""
        problem = ""
        try:
            await self.launcher(action)
        except OutcomeUnknown:
            pass  # it was sent: it is looked up like any other
        except ArgosyError as e:
            problem = str(e) or type(e).__name__
        except Exception as e:
            _log.error("launch failed", work=running.work.id, run=action.run, exc_info=e)
            problem = f"{type(e).__name__}: {e}"
        self._give(running, Launched(action.run, problem))

    def _saved(self, work: Work) -> WorkSaved:
        return WorkSaved(
            id=work.id,
            kind=work.type_tag(),
            done=work.done,
            body=_encode(work),
            at_ns=self._clock.now_ns(),
        )

    def _end(self, running: _Running) -> None:
        work = running.work
        self._running.pop(work.id, None)
        self.finished.append(work)
        for watching in self._watching.values():
            if running in watching:
                watching.remove(running)
        gone = [key for key, owner in self._owner.items() if owner is running]
        for client_id in gone:
            del self._owner[client_id]
