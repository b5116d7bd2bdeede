"""Holds a crash campaign's journal against what the simulated venues have, and both against what
was asked for. Reads; changes nothing.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import msgspec

from argosy.desk import crash_asked
from argosy.desk.crash_venues import Traded, client_id_of, moved
from argosy.desk.storms import INSTRUMENTS
from argosy.execution.arbitrage import Paired
from argosy.execution.baskets import Basket, OnFailure
from argosy.execution.emulated import Emulated
from argosy.execution.journal import Store
from argosy.execution.journal.store import OpenedOrder
from argosy.execution.schedules import Ran, Schedule
from argosy.execution.transfers import decode as decode_movement
from argosy.execution.work import Work, child_id
from argosy.execution.works import decode
from argosy.model import OrderStatus, Side, TransferState
from argosy.model.money import ZERO
from argosy.portfolio.explained import Unexplained
from argosy.sandbox.engine import Order
from argosy.sandbox.server import Sandbox

_ALL = 1_000_000
_NEAR = Decimal("1e-12")  # of a base unit: a share of a fee is a quotient
_OPEN = frozenset({OrderStatus.UNKNOWN, OrderStatus.PENDING})


DEFECTS = (
    "lost_orders",
    "doubled_orders",
    "unresolved",
    "position_mismatches",
    "lost_runs",
    "doubled_runs",
    "uneven",
    "miscounted",
    "unexplained",
    "lost_transfers",
    "doubled_transfers",
)


class Findings(msgspec.Struct, kw_only=True):
    """What one run's comparison found: counts of what there was, then of defects."""

    orders: int = 0  # journalled
    works: int = 0  # journalled: orders worked here, with children among `orders`
    kinds: Counter[str] = msgspec.field(default_factory=Counter)  # of what was asked for
    fills: int = 0
    schedule_runs: int = 0  # decided by schedules
    late_runs: int = 0  # of those, not begun, with a problem on record
    never_sent: int = 0  # intents of a dead process that the venue never saw
    lost_orders: int = 0  # at the venue and not in the journal, or there otherwise
    doubled_orders: int = 0
    unresolved: int = 0  # still of unknown outcome, or not ended, at the end
    position_mismatches: int = 0  # the sum of journalled fills is not the venue's
    lost_runs: int = 0  # a schedule says one began, or never did, and that is not so
    doubled_runs: int = 0  # begun twice, under one id or another
    uneven: int = 0  # all-or-nothing baskets and pairs that left something and do not say so
    unexplained: int = 0  # changes of balances that neither fills nor transfers explain
    transfers: int = 0  # journalled
    lost_transfers: int = 0  # the venue made one, or did not, and the journal says otherwise
    doubled_transfers: int = 0
    miscounted: int = 0  # works whose own count of their fills is not the venue's
    failures: list[str] = msgspec.field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether a defect was found."""
        return bool(self.failures) or any(getattr(self, name) for name in DEFECTS)


def check(sandbox: Sandbox, store: Store, folder: Path) -> Findings:
    """Compare everything; nothing may trade meanwhile."""
    comparison = _Comparison(sandbox, store, folder)
    comparison.compare()
    return comparison.found


class _Comparison:
    """One run's venues and journal, side by side."""

    def __init__(self, sandbox: Sandbox, store: Store, folder: Path) -> None:
        self.found = Findings()
        self._sandbox = sandbox
        self._store = store
        self._asked = crash_asked.read(folder)
        self._journalled: dict[str, OpenedOrder] = {
            one.report.client_id: one
            for one in store.latest_orders(_ALL)
            if one.report.client_id is not None
        }
        self._works = {
            work_id: decode(kind, body) for work_id, kind, body in store.latest_works(_ALL)
        }
        self._schedules = [one for one in self._works.values() if isinstance(one, Schedule)]
        self._traded = Traded(sandbox, self._journalled)

    def compare(self) -> None:
        """Everything."""
        found = self.found
        found.kinds.update(one.kind for one in self._asked)
        found.orders, found.works = len(self._journalled), len(self._works)
        seen: set[str] = set()
        for venue in INSTRUMENTS:
            seen |= self._compare_orders(venue)
            self._compare_positions(venue)
            self._compare_balances(venue)
        self._compare_unseen(seen)
        for schedule in self._schedules:
            for number in range(schedule.numbered):
                self._compare_run(schedule, child_id(schedule.id, number))
        self._compare_asked(seen)
        for work in self._works.values():
            self._compare_work(work)
        self._compare_transfers()

    def _fail(self, what: str) -> None:
        self.found.failures.append(what)

    # --- orders and fills -------------------------------------------------------------------------

    def _compare_orders(self, venue: str) -> set[str]:
        """Every order that a venue has; returns their client ids."""
        theirs: dict[str, list[Order]] = defaultdict(list)
        for order in self._sandbox.orders(venue, final=True):
            theirs[client_id_of(order) or f"none/{order.id}"].append(order)
        for client_id, orders in theirs.items():
            if len(orders) > 1:
                self.found.doubled_orders += 1
                self._fail(f"{client_id}: {len(orders)} orders at {venue}")
            self._compare_order(venue, client_id, orders[0])
        return set(theirs)

    def _compare_order(self, venue: str, client_id: str, order: Order) -> None:
        found, journalled = self.found, self._journalled.get(client_id)
        filled = order.spec.size(order.filled)
        there = f"{order.state} with {filled} filled"
        if journalled is None:
            found.lost_orders += 1
            self._fail(f"{client_id}: {there} at {venue}, not in the journal")
            return
        ours = journalled.report
        if ours.status in _OPEN:
            return  # counted with the unseen
        if ours.filled != filled or ours.status.final != order.state.final:
            found.lost_orders += 1
            here = f"{ours.status} with {ours.filled} filled"
            self._fail(f"{client_id}: here {here}, there {there}")
        told = sum((fill.size for fill in self._store.fills_of(journalled)), ZERO)
        if told != filled:
            found.doubled_orders += told > filled
            found.lost_orders += told < filled
            self._fail(f"{client_id}: fills of {told} journalled, {filled} at {venue}")

    def _compare_positions(self, venue: str) -> None:
        ours: dict[str, Decimal] = defaultdict(Decimal)
        for fill in self._store.fills_since(venue, 0, _ALL):
            self.found.fills += 1
            ours[fill.instrument] += fill.size if fill.side is Side.BUY else -fill.size
        theirs: dict[str, Decimal] = defaultdict(Decimal)
        for event in self._sandbox.fills(venue):
            size = event.order.spec.size(event.size)
            theirs[event.order.spec.id] += size if event.order.side is Side.BUY else -size
        for instrument in sorted({*ours, *theirs}):
            mine, actual = ours[instrument], theirs[instrument]
            if mine != actual:
                self.found.position_mismatches += 1
                self._fail(f"{instrument}: {mine} by the journal, {actual} at the venue")

    def _compare_balances(self, venue: str) -> None:
        """No desk saw a change of a balance that neither a fill nor a transfer of ours explains."""
        for row in self._store.history_of(venue):
            if row.kind == "unexplained":
                change = msgspec.json.decode(row.body, type=Unexplained)
                self.found.unexplained += 1
                self._fail(f"{venue}: {change.amount} {change.currency} that nothing explains")

    def _compare_unseen(self, seen: set[str]) -> None:
        """Orders of the journal that are open for it, or that no venue has."""
        for client_id, journalled in self._journalled.items():
            report = journalled.report
            if report.status in _OPEN:
                self.found.unresolved += 1
                self._fail(f"{client_id}: {report.status} ({report.reason})")
            elif client_id not in seen:
                self.found.never_sent += 1
                if report.status is not OrderStatus.REJECTED:
                    self.found.lost_orders += 1
                    self._fail(f"{client_id}: here {report.status}, unknown to the venue")

    # --- what was asked for -----------------------------------------------------------------------

    def _compare_run(self, schedule: Schedule, run: str) -> None:
        """A run has begun once, as the schedule says, or never, and the schedule says why."""
        found = self.found
        found.schedule_runs += 1
        found.kinds[f"scheduled {schedule.what}"] += 1
        kept = next((one for one in schedule.runs if one.run == run), None)
        begun = self._store.used(run) or bool(self._store.history_of(run))
        there = f"run {run} of {schedule.what} schedule {schedule.id}"
        if kept is not None:
            found.late_runs += bool(kept.problem)
            self._compare_told(kept, there, begun=begun)
        if schedule.what == "route":
            plans = [row for row in self._store.history_of(run) if row.kind == "plan"]
            if len(plans) > msgspec.json.decode(schedule.ask)["attempts"]:
                found.doubled_runs += 1
                self._fail(f"{there}: planned {len(plans)} times")
        asked, done = sum(_sizes(schedule), ZERO), self._traded.left(run)
        if done > asked or self._traded.orders[run] > 1:
            found.doubled_runs += 1
            orders = self._traded.orders[run]
            self._fail(f"{there}: {done} of {asked} traded, {orders} orders of its id")

    def _compare_told(self, kept: Ran, there: str, *, begun: bool) -> None:
        """What the schedule says of a run, against whether the journal has anything of it."""
        traded = self._traded.left(kept.run)
        if kept.open:
            self.found.unresolved += 1
            self._fail(f"{there}: open whether it has begun")
        elif kept.begun and not begun:
            self.found.lost_runs += 1
            self._fail(f"{there}: said to have begun, and nothing of it in the journal")
        elif kept.problem and traded:
            self.found.lost_runs += 1
            self._fail(f"{there}: not begun ({kept.problem}), yet {traded} traded")

    def _compare_asked(self, seen: set[str]) -> None:
        """Nothing exists that nobody asked for: it would be something begun a second time."""
        known = {one.id for one in self._asked}
        runs = {child_id(one.id, n) for one in self._schedules for n in range(one.numbered)}
        sizes = {size for one in self._schedules for size in _sizes(one)}
        for work_id in self._works.keys() - known - runs:
            self.found.doubled_runs += 1
            self._fail(f"{work_id}: a work that no one asked for")
        for client_id in seen | self._journalled.keys():
            journalled = self._journalled.get(client_id)
            if journalled is None or {client_id, journalled.work} & (known | runs):
                continue
            of_run = journalled.report.size in sizes
            self.found.doubled_runs += of_run
            self.found.doubled_orders += not of_run
            what = "like a schedule's run, " if of_run else ""
            self._fail(f"{client_id}: {what}an order that no one asked for")

    # --- works ------------------------------------------------------------------------------------

    def _compare_work(self, work: Work) -> None:
        """A work's own account of its fills is the venue's, and what it leaves behind is told."""
        for instrument, ours, theirs in self._accounts(work):
            if abs(ours - theirs) > _NEAR:
                self.found.miscounted += 1
                told = f"{ours} by itself, {theirs} at the venue"
                self._fail(f"{work.type_tag()} {work.id}: {instrument} {told}")
        if not work.done:
            self.found.unresolved += 1
            self._fail(f"{work.type_tag()} {work.id}: {work.phase} at the end")
        elif isinstance(work, Basket):
            self._compare_basket(work)
        elif isinstance(work, Paired):
            gap = sum((theirs for _, _, theirs in self._accounts(work)), ZERO)
            lot = min(leg.lot / leg.kept for leg in work.legs)
            if abs(gap) >= lot and "OPEN: " not in work.reason:
                self.found.uneven += 1
                self._fail(f"pair {work.id}: {gap} open, and it says {work.reason!r}")

    def _compare_basket(self, basket: Basket) -> None:
        """Where it is all or nothing: all of it stands or none, or what could not be taken back is
        told.
        """
        if basket.on_failure is not OnFailure.UNWIND or basket.completed() is not None:
            return
        for leg in basket.legs:
            left = abs(self._traded.net(basket.id, leg.instrument))
            if leg.side is Side.BUY:
                left -= leg.filled * leg.fee_in_base
            told = f"{re.escape(leg.instrument)}: \\S+ not taken back"
            if left > _NEAR and not re.search(told, basket.reason):
                self.found.uneven += 1
                self._fail(f"basket {basket.id}: {left} of {leg.instrument}, {basket.reason!r}")

    def _accounts(self, work: Work) -> Iterator[tuple[str, Decimal, Decimal]]:
        """(instrument, what the work says it traded, what its orders did at the venue), signed."""
        traded = self._traded
        if isinstance(work, Basket):
            for instrument in work.trades:
                legs = [leg for leg in work.legs if leg.instrument == instrument]
                ours = sum((_signed(leg.side, leg.filled - leg.undone) for leg in legs), ZERO)
                yield instrument, ours, traded.net(work.id, instrument)
        elif isinstance(work, Paired):
            for leg in work.legs:
                kept = leg.kept if leg.side is Side.BUY else Decimal(1)
                theirs = traded.net(work.id, leg.instrument, kept) * leg.multiplier
                yield leg.instrument, leg.net, theirs
        elif isinstance(work, Emulated):
            theirs = traded.of(work.id, work.instrument, work.side)
            yield work.instrument, work.filled, theirs

    # --- transfers --------------------------------------------------------------------------------

    def _compare_transfers(self) -> None:
        """The venues moved each amount once, or never, as the journal says; and no other."""
        found = self.found
        made = moved(self._sandbox)
        ours = [decode_movement(body) for body in self._store.latest_transfers(_ALL)]
        found.transfers = len(ours)
        asked = {one.amount for one in self._asked if one.kind == "transfer"}
        for amount, times in made.items():
            if times > 1 or amount not in asked:
                found.doubled_transfers += 1
                self._fail(
                    f"transfer of {amount}: moved {times} times, asked for {amount in asked}"
                )
            if all(movement.request.amount != amount for movement in ours):
                found.lost_transfers += 1
                self._fail(f"transfer of {amount}: moved, not in the journal")
        for movement in ours:
            there = f"transfer {movement.id} of {movement.request.amount}"
            if not movement.state.final:
                found.unresolved += 1
                self._fail(f"{there}: {movement.state} ({movement.reason})")
            elif bool(made[movement.request.amount]) != (movement.state is TransferState.DONE):
                found.lost_transfers += 1
                here = f"{movement.state} ({movement.reason})"
                self._fail(f"{there}: here {here}, {made[movement.request.amount]} at the venue")


def _signed(side: Side, size: Decimal) -> Decimal:
    return size if side is Side.BUY else -size


def _sizes(schedule: Schedule) -> list[Decimal]:
    """The sizes in the terms of what a schedule begins: one, or one a leg."""
    terms = msgspec.json.decode(schedule.ask)
    return [Decimal(leg["size"]) for leg in terms.get("legs", (terms,))]
