"""A work that answers inputs by one machine, and the answer to one input in the making.

A work says what it sees in an input (`see`) and which children it wants now (`plan`); asked twice
it wants nothing more. Pausing, stopping, expiry, refusals and wake-ups are the same for all.
"""

from collections.abc import Iterator
from typing import Generic, Self, TypeVar

from argosy.execution.work import (
    Action,
    Began,
    Change,
    Child,
    ChildRefused,
    ChildReport,
    Continue,
    Due,
    Input,
    Launch,
    Launched,
    Market,
    Markets,
    Outcome,
    Pause,
    Phase,
    Resumed,
    Stop,
    Wake,
    Work,
    placed,
    reported,
    withdrawn,
)
from argosy.model import InstrumentId, Nanos, OrderStatus, PlaceOrder
from argosy.model.time import MILLISECOND

MAX_TRIES = 8  # refusals in a row, after which an order ends
FIRST_WAIT_NS = 250 * MILLISECOND  # before the second try; doubled each time


class Worked(Work, frozen=True, kw_only=True, omit_defaults=True):
    """A work by the machine of this module. What a type says is in its hooks."""

    paused: bool = False
    ending: OrderStatus | None = None  # what it is once its children are gone
    tries: int = 0  # refusals in a row
    again_ns: Nanos = Nanos(0)  # nothing is placed before
    wake_ns: Nanos = Nanos(0)  # asked for and not come yet

    # --- what a type says -------------------------------------------------------------------------

    def see(self, turn: "Turn[Self]", _event: Input) -> None:
        """Take in prices. Not called while paused or stopping."""

    def plan(self, turn: "Turn[Self]") -> None:
        """Place and withdraw what is wanted now. Not called while paused or stopping."""
        raise NotImplementedError

    def wind_up(self, turn: "Turn[Self]") -> None:
        """While stopping, once no child is left: what is still to be done before the end."""

    def lost(self, turn: "Turn[Self]", child: Child, reason: str) -> None:
        """A child ended that was neither filled nor withdrawn by us: the whole ends, as it did."""
        turn.stop(child.status, reason)

    def declined(self, turn: "Turn[Self]", _child: Child, reason: str, *, again: bool) -> None:
        """A child never stood: it is tried again, or with `again` False all ends."""
        turn.refused(reason, again=again)

    def heard(self, turn: "Turn[Self]", before: Child, after: Child) -> None:
        """A child changed; its fills are counted already."""

    def launched(self, turn: "Turn[Self]", event: Launched) -> None:
        """What became of something that it launched."""

    def resumed(self, turn: "Turn[Self]") -> None:
        """The process started again: what is to be asked for again."""

    def measure(self, turn: "Turn[Self]", event: Input) -> None:
        """Take note of what the market did; asked with each input, paused or stopping too."""

    def ended(self, turn: "Turn[Self]") -> None:
        """It is done: the last that it takes note of."""

    def fitted(self, _turn: "Turn[Self]", order: PlaceOrder) -> PlaceOrder | None:
        """A child as it may be placed; None, and the work stopped, where it may not."""
        return order

    def times(self) -> Iterator[Nanos]:
        """When it wants to be woken besides its end and new tries."""
        return iter(())

    def changed(self, _change: Change) -> Self:
        """With new terms; ValueError for one that it cannot take."""
        raise ValueError("it takes no changes")

    def waits(self) -> bool:
        """Whether it has yet to be set off."""
        return False

    def busy(self) -> bool:
        """Whether it may not end yet, though no child is left."""
        return False

    def farewell(self) -> str:
        """What is told at its end: why, and what is left undone."""
        return self.reason

    @property
    def ends_ns(self) -> Nanos | None:
        """When its time is over."""
        return None

    @property
    def touched(self) -> bool:
        """Whether anything was filled."""
        return False

    def completed(self) -> OrderStatus | None:
        """How it ended, once it has done all it was asked for."""
        return None

    # --- the same for all -------------------------------------------------------------------------

    def receive(self, event: Input, markets: Markets) -> Outcome:
        """The next self, and what follows. Raises nothing but ValueError for a Change."""
        if self.done:
            return Outcome(self)
        if isinstance(event, Change):
            return Outcome(self.changed(event))
        turn = Turn(self, markets)
        turn.take(event)
        return turn.outcome()


W = TypeVar("W", bound=Worked)


class Turn(Generic[W]):
    """One input being answered: `work` as it has become, and the actions so far."""

    def __init__(self, work: W, markets: Markets) -> None:
        self.work = work
        self.now_ns = markets.now_ns
        self.actions: list[Action] = []
        self._markets = markets
        self._looked: dict[InstrumentId, Market | None] = {}  # the same all through an input
        self._before = work
        self._hard = False

    def look(self, instrument: InstrumentId) -> Market | None:
        """An instrument's market; None where nothing is known of it."""
        if instrument not in self._looked:
            self._looked[instrument] = self._markets.get(instrument)
        return self._looked[instrument]

    def look_fresh(self, instrument: InstrumentId) -> Market | None:
        """An instrument's market, where its prices may be used."""
        market = self.look(instrument)
        return None if market is None or market.stale else market

    @property
    def market(self) -> Market | None:
        """The market of the first instrument that the work watches."""
        return self.look(self.work.watches[0])

    @property
    def fresh(self) -> Market | None:
        """The same, where its prices may be used."""
        return self.look_fresh(self.work.watches[0])

    # --- changing ---------------------------------------------------------------------------------

    def set(self, **changes: object) -> None:
        """Change the work; durable before anything is sent."""
        self.work = self.work.having(**changes)
        self._hard = True

    def learn(self, **changes: object) -> None:
        """Change what may be saved a moment later."""
        self.work = self.work.having(**changes)

    def place(self, order: PlaceOrder, role: str = "") -> bool:
        """Send a child; whether one is sent."""
        if self.now_ns < self.work.again_ns:
            return False
        fitted = self.work.fitted(self, order)
        if fitted is None:
            return False
        try:
            self.work, action = placed(self.work, fitted, role)
        except ValueError as e:
            self.stop(OrderStatus.CANCELLED, str(e))
            return False
        self.actions.append(action)
        self._hard = True
        return True

    def withdraw(self, *children: Child) -> None:
        """Cancel these, or all when none is named; those being withdrawn are left alone."""
        self.work, actions = withdrawn(self.work, *(child.client_id for child in children))
        if actions:
            self.actions += actions
            self._hard = True

    def stop(self, status: OrderStatus, reason: str) -> None:
        """Withdraw everything; once that is through, the work ends with this status."""
        if self.work.phase is Phase.STOPPING:
            return
        self.set(phase=Phase.STOPPING, ending=status, reason=reason, paused=False)
        self.withdraw()

    def launch(self, action: Launch) -> None:
        """Begin something else, once this is durable."""
        self.actions.append(action)
        self._hard = True

    # --- taking in --------------------------------------------------------------------------------

    def take(self, event: Input) -> None:
        """Everything that follows from an input."""
        if isinstance(event, Began):
            self.set(phase=Phase.WAITING, status=OrderStatus.ACCEPTED)
        elif isinstance(event, Due | Resumed):
            self.learn(wake_ns=Nanos(0))
            if isinstance(event, Resumed):
                self.work.resumed(self)
        elif isinstance(event, Launched):
            self.work.launched(self, event)
        elif isinstance(event, Stop):
            self.stop(OrderStatus.CANCELLED, event.reason)
        elif isinstance(event, ChildReport | ChildRefused):
            self._hear(event)
        elif isinstance(event, Pause) and not self._stopping and not self.work.paused:
            self.set(paused=True)
            self.withdraw()
        elif isinstance(event, Continue) and self.work.paused:
            self.set(paused=False)
        if self.work.phase is Phase.NEW:
            return
        self._expire()
        self.work.measure(self, event)
        if not self._stopping and not self.work.paused:
            self.work.see(self, event)
            self.work.plan(self)
        if self._stopping and not self.work.live:
            self.work.wind_up(self)
        if not self.work.live:
            self._end()

    @property
    def _stopping(self) -> bool:
        return self.work.phase is Phase.STOPPING

    def _expire(self) -> None:
        ends_ns = self.work.ends_ns
        if ends_ns is not None and self.now_ns >= ends_ns:
            self.stop(OrderStatus.EXPIRED, "its time came")

    def _hear(self, event: ChildReport | ChildRefused) -> None:
        client_id = event.client_id if isinstance(event, ChildRefused) else event.report.client_id
        before = None if client_id is None else self.work.child(client_id)
        work, after = reported(self.work, event)
        if before is None or after is None or work == self.work:
            return
        self.work = work
        self._hard = True
        self.work.heard(self, before, after)
        if after.filled > before.filled and self.work.tries:
            self.set(tries=0, again_ns=Nanos(0), reason="")
        if not after.status.final or after.status is OrderStatus.FILLED or self._stopping:
            return
        again = not after.withdrawing
        if isinstance(event, ChildRefused):
            again = again and not event.funds
            self.work.declined(self, after, event.reason, again=again)
        elif after.status is OrderStatus.REJECTED:
            self.work.declined(self, after, event.report.reason, again=again)
        elif not after.withdrawing:
            self.work.lost(self, after, event.report.reason)

    def refused(self, reason: str, *, again: bool = True) -> None:
        """A child never stood. It is tried again, waiting longer each time, or all ends."""
        work = self.work
        if not again or work.tries >= MAX_TRIES:
            status = OrderStatus.CANCELLED if work.touched else OrderStatus.REJECTED
            self.stop(status, reason)
            return
        wait_ns = FIRST_WAIT_NS << work.tries
        self.set(tries=work.tries + 1, again_ns=Nanos(self.now_ns + wait_ns), reason=reason)

    # --- answering --------------------------------------------------------------------------------

    def _end(self) -> None:
        work = self.work
        status = work.completed()
        if work.busy():
            return
        if status is None and not self._stopping:
            return
        status = status or work.ending or OrderStatus.CANCELLED
        self.set(phase=Phase.DONE, status=status, reason=work.farewell())
        self.work.ended(self)

    def outcome(self) -> Outcome:
        """The next self and what follows; the very same self where nothing changed."""
        work = self.work
        if not work.done:
            phase = work.phase
            if work.paused:
                phase = Phase.PAUSED
            elif phase not in {Phase.NEW, Phase.STOPPING}:
                phase = Phase.WAITING if work.waits() else Phase.WORKING
            status = work.status
            if work.touched and status is OrderStatus.ACCEPTED:
                status = OrderStatus.PARTIALLY_FILLED
            if (phase, status) != (work.phase, work.status):
                self.set(phase=phase, status=status)
            self._wake()
        if self.work == self._before and not self.actions:
            return Outcome(self._before)
        return Outcome(self.work, tuple(self.actions), soft=not self._hard)

    def _wake(self) -> None:
        work, now_ns = self.work, self.now_ns
        if not now_ns or work.phase is Phase.NEW:
            return
        wanted = [work.again_ns, *work.times()]
        if work.ends_ns is not None:
            wanted.append(work.ends_ns)
        ahead = [at_ns for at_ns in wanted if at_ns > now_ns]
        if not ahead or (now_ns < work.wake_ns <= min(ahead)):
            return
        self.set(wake_ns=min(ahead))
        self.actions.append(Wake(min(ahead)))
