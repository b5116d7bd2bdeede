"""Works on a running desk: durable before they act, taken up where they stand, stopped for good."""

import contextlib
import sqlite3
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from argosy.desk.desk import Desk
from argosy.desk.settings import BookSettings, DeskSettings, JournalSettings, Settings
from argosy.errors import ConfigError
from argosy.execution import work as w
from argosy.execution import works
from argosy.execution.journal import JournalFailed, OrderKnown, Store, WorkSaved
from argosy.model import (
    ClientOrderId,
    InstrumentId,
    Nanos,
    OrderStatus,
    OrderType,
    PlaceOrder,
    Side,
)
from argosy.sandbox.faults import FaultKind, FaultPlan
from argosy.sandbox.server import Sandbox
from desk.running import INSTRUMENT, VENUES, desk_of, sandboxed, theirs, until

both = pytest.mark.parametrize("venue", VENUES)


class Steps(w.Work, frozen=True, kw_only=True, tag="test_steps"):
    """Buys in steps of a tenth, each a limit order at `price`, one after another, a while apart."""

    instrument: InstrumentId
    side: Side
    size: Decimal
    price: Decimal
    filled: Decimal = Decimal(0)
    resumes: int = 0
    lost: int = 0

    @property
    def trades(self) -> tuple[InstrumentId, ...]:
        return (self.instrument,)

    def counted(self, before: w.Child, after: w.Child) -> "Steps":
        return self.having(filled=self.filled + after.filled - before.filled)

    def receive(self, event: w.Input, markets: w.Markets) -> w.Outcome:
        work: w.Work = self
        if isinstance(event, w.Began | w.Due | w.Continue):
            if self.live or self.phase not in {w.Phase.NEW, w.Phase.WORKING, w.Phase.PAUSED}:
                return w.Outcome(self)
            order = PlaceOrder(
                instrument=self.instrument,
                client_id=ClientOrderId("-"),
                side=self.side,
                type=OrderType.LIMIT,
                size=self.size / 10,
                price=self.price,
            )
            work = self.having(phase=w.Phase.WORKING, status=OrderStatus.ACCEPTED)
            work, place = w.placed(work, order)
            return w.Outcome(work, (place,))
        if isinstance(event, w.ChildReport | w.ChildRefused):
            work, child = w.reported(self, event)
            if child is None:
                return w.Outcome(self)
            if self.phase is w.Phase.STOPPING and not work.live:
                ended = work.having(phase=w.Phase.DONE, status=OrderStatus.CANCELLED)
                return w.Outcome(ended)
            if work.filled >= self.size:
                return w.Outcome(work.having(phase=w.Phase.DONE, status=OrderStatus.FILLED))
            now_ns = markets.now_ns
            return w.Outcome(work, () if work.live else (w.Wake(Nanos(now_ns + 10**7)),))
        if isinstance(event, w.Stop | w.Pause):
            stopping = isinstance(event, w.Stop)
            phase = w.Phase.STOPPING if stopping else w.Phase.PAUSED
            if stopping and not self.live:
                done = self.having(phase=w.Phase.DONE, status=OrderStatus.CANCELLED)
                return w.Outcome(done)
            work, actions = w.withdrawn(self.having(phase=phase))
            return w.Outcome(work, actions)
        if isinstance(event, w.Change):
            if event.size is not None:
                raise ValueError("size: steps keep theirs")
            work, actions = self.having(price=event.price), ()
            if self.live:
                actions = (w.Reprice(client_id=self.live[0].client_id, price=event.price),)
            return w.Outcome(work, actions)
        if isinstance(event, w.Resumed):
            now_ns = markets.now_ns
            resumed = self.having(resumes=self.resumes + 1)
            return w.Outcome(resumed, () if self.live else (w.Wake(now_ns),))
        if isinstance(event, w.FeedLost):
            return w.Outcome(self.having(lost=self.lost + 1), soft=True)
        return w.Outcome(self)


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(works, "KINDS", (*works.KINDS, Steps))


def steps(sandbox: Sandbox, venue: str, *, away: str, name: str = "w1") -> Steps:
    ask = sandbox.book(venue, INSTRUMENT[venue], 1).asks[0].price
    return Steps(
        id=ClientOrderId(name),
        instrument=INSTRUMENT[venue],
        side=Side.BUY,
        size=Decimal("0.02"),
        price=(ask * Decimal(away)).quantize(Decimal("0.1")),
    )


@contextlib.asynccontextmanager
async def desk_on(sandbox: Sandbox, venue: str, folder: Path) -> AsyncIterator[Desk]:
    settings = Settings(
        desk=DeskSettings(venues=(venue,), pairs=("BTC/USD",)),
        books=BookSettings(conversions={"USDT": "1.0", "USDC": "1.0"}),
        journal=JournalSettings(url=f"sqlite:///{folder / 'journal.db'}"),
    )
    async with desk_of(sandbox, venue, settings=settings) as desk:
        yield desk


@both
async def test_a_work_runs_to_its_end(venue: str, tmp_path: Path) -> None:
    async with sandboxed(venue) as sandbox, desk_on(sandbox, venue, tmp_path) as desk:
        works_ = desk.works
        started = await works_.start(steps(sandbox, venue, away="1.01"))
        assert started.status is OrderStatus.ACCEPTED
        (saved,) = desk.journal.store.open_works()
        assert saved[:2] == ("w1", "test_steps")
        await until(lambda: not works_.works(), 20)
        ended = works_.find("w1")
        assert (ended.status, ended.filled) == (OrderStatus.FILLED, Decimal("0.02"))
        assert ended.children == 10
        await desk.journal.flushed()
        assert not desk.journal.store.open_works()
        children = desk.journal.store.children("w1")
        assert [found.key for found in children] == [
            w.child_id(ClientOrderId("w1"), number) for number in range(10)
        ]
        with pytest.raises(ConfigError, match="ended: filled"):
            await works_.ask("w1", w.Stop())
        with pytest.raises(ConfigError, match="used before"):
            await works_.start(steps(sandbox, venue, away="1.01"))


@both
async def test_pause_change_stop(venue: str, tmp_path: Path) -> None:
    async with sandboxed(venue) as sandbox, desk_on(sandbox, venue, tmp_path) as desk:
        works_, trader = desk.works, desk.traders[venue]
        resting = steps(sandbox, venue, away="0.9")
        await works_.start(resting)
        first = w.child_id(resting.id, 0)
        await until(lambda: trader.ledger.find(first).status is OrderStatus.ACCEPTED)
        await works_.ask("w1", w.Change(price=resting.price - 5))
        await until(lambda: works_.find("w1").live[0].price == resting.price - 5)
        with pytest.raises(ConfigError, match="size: steps keep theirs"):
            await works_.ask("w1", w.Change(size=Decimal(1)))
        await works_.ask("w1", w.Pause())
        await until(lambda: not works_.find("w1").live)
        await works_.ask("w1", w.Continue())
        await until(lambda: len(theirs(sandbox, venue, w.child_id(resting.id, 1))) == 1)
        await works_.ask("w1", w.Stop())
        await until(lambda: not works_.works())
        assert works_.find("w1").status is OrderStatus.CANCELLED
        assert not sandbox.orders(venue)


@both
async def test_a_work_is_taken_up_by_the_next_process(venue: str, tmp_path: Path) -> None:
    async with sandboxed(venue) as sandbox:
        resting = steps(sandbox, venue, away="0.9")
        child = w.child_id(resting.id, 0)
        async with desk_on(sandbox, venue, tmp_path) as desk:
            await desk.works.start(resting)
            await until(lambda: theirs(sandbox, venue, child))
        (order,) = theirs(sandbox, venue, child)
        assert not order.state.final  # it stands while nobody watches
        async with desk_on(sandbox, venue, tmp_path) as desk:
            works_ = desk.works
            await until(lambda: works_.find("w1").resumes == 1)
            assert works_.find("w1").live[0].status is OrderStatus.ACCEPTED
            assert works_.find("w1").children == 1  # nothing was placed again
            await works_.ask("w1", w.Stop())
            await until(lambda: not works_.works())
        assert len(theirs(sandbox, venue, child)) == 1
        assert order.state.final


@both
@pytest.mark.parametrize(
    "ending", [OrderStatus.FILLED, OrderStatus.CANCELLED, OrderStatus.REJECTED]
)
async def test_a_child_that_ended_before_its_work_was_told(
    venue: str, ending: OrderStatus, tmp_path: Path
) -> None:
    """The journal had the end of the order, and the process died before it had the work's."""
    async with sandboxed(venue) as sandbox:
        sandbox.world.still = True
        async with desk_on(sandbox, venue, tmp_path) as desk:
            begun = await desk.works.start(steps(sandbox, venue, away="0.9"))
            (child,) = begun.live
            trader = desk.traders[venue]
            await until(lambda: (found := trader.ledger.find(child.client_id)) and found.venue_id)
            work = desk.works.find("w1")
            placed = trader.ledger.find(child.client_id)
        (resting,) = sandbox.orders(venue)
        sandbox.venue(venue).engine.cancel(resting)
        filled = child.size if ending is OrderStatus.FILLED else Decimal(0)
        ended = msgspec.structs.replace(placed, status=ending, filled=filled)
        store = Store(f"sqlite:///{tmp_path}/journal.db", now_ns=desk.clock.now_ns)
        body = msgspec.json.encode(work)
        entries = (
            OrderKnown(venue=venue, report=ended, at_ns=2),
            WorkSaved(id=work.id, kind=work.type_tag(), done=False, body=body, at_ns=1),
        )
        assert store.write([entries]) == [None]
        store.close()
        async with desk_on(sandbox, venue, tmp_path) as desk:
            await until(lambda: desk.works.find("w1").children == 2)  # it goes on with the next
            assert desk.works.find("w1").filled == filled


@both
async def test_a_child_whose_answer_was_lost_is_found(venue: str, tmp_path: Path) -> None:
    async with sandboxed(venue) as sandbox, desk_on(sandbox, venue, tmp_path) as desk:
        for operation in ("in add_order", "in order", "POST *"):
            sandbox.faults.add(FaultPlan(kind=FaultKind.ANSWER_LOST, operation=operation, times=1))
        works_ = desk.works
        await works_.start(steps(sandbox, venue, away="1.01"))
        await until(lambda: not works_.works(), 30)
        assert works_.find("w1").filled == Decimal("0.02")
        assert sum(fill.order.spec.size(fill.size) for fill in sandbox.fills(venue)) == Decimal(
            "0.02"
        )


async def test_a_refused_child_is_told(tmp_path: Path) -> None:
    async with sandboxed("kraken") as sandbox, desk_on(sandbox, "kraken", tmp_path) as desk:
        greedy = msgspec.structs.replace(
            steps(sandbox, "kraken", away="0.9"), size=Decimal(1_000_000)
        )
        await desk.works.start(greedy)
        await until(lambda: desk.works.find("w1").children >= 2)  # refused, told, tried again
        assert desk.works.find("w1").filled == 0
        await desk.works.ask("w1", w.Stop())
        await until(lambda: not desk.works.works())
        assert not sandbox.orders("kraken")


async def test_what_cannot_be_read_is_kept_and_named(tmp_path: Path) -> None:
    async with sandboxed("kraken") as sandbox:
        async with desk_on(sandbox, "kraken", tmp_path) as desk:
            await desk.works.start(steps(sandbox, "kraken", away="0.9"))
        works.KINDS = works.KINDS[:-1]
        async with desk_on(sandbox, "kraken", tmp_path) as desk:
            assert "test_steps" in desk.works.broken["w1"]
            assert desk.works.works() == []
            assert desk.journal.store.open_works()


async def test_an_instrument_nobody_watches_is_refused(tmp_path: Path) -> None:
    async with sandboxed("kraken") as sandbox, desk_on(sandbox, "kraken", tmp_path) as desk:
        wrong = steps(sandbox, "kraken", away="0.9")
        for instrument, said in (("okx:BTC/USDT", "no venue"), ("kraken:NO/PE", "lists no")):
            with pytest.raises(ConfigError, match=said):
                await desk.works.start(msgspec.structs.replace(wrong, instrument=instrument))
        assert desk.works.works() == []


async def test_a_lost_feed_is_told(tmp_path: Path) -> None:
    async with sandboxed("kraken") as sandbox, desk_on(sandbox, "kraken", tmp_path) as desk:
        await desk.works.start(steps(sandbox, "kraken", away="0.9"))
        before = desk.works.find("w1").lost
        sandbox.faults.add(FaultPlan(kind=FaultKind.DISCONNECT, operation="out book", times=1))
        await until(lambda: desk.works.find("w1").lost > before)
        await until(lambda: not desk._markets[INSTRUMENT["kraken"]].stale)


async def test_an_id_is_used_once_even_over_restarts(tmp_path: Path) -> None:
    async with sandboxed("kraken") as sandbox:
        async with desk_on(sandbox, "kraken", tmp_path) as desk:
            await desk.works.start(steps(sandbox, "kraken", away="0.9"))
            await desk.works.ask("w1", w.Stop())
            await until(lambda: not desk.works.works())
            await desk.journal.flushed()
        async with desk_on(sandbox, "kraken", tmp_path) as desk:
            with pytest.raises(ConfigError, match="used before"):
                await desk.works.start(steps(sandbox, "kraken", away="0.9"))
        assert len(theirs(sandbox, "kraken", w.child_id(ClientOrderId("w1"), 0))) == 1


async def test_what_is_not_listed_is_not_worked(tmp_path: Path) -> None:
    async with sandboxed("kraken") as sandbox, desk_on(sandbox, "kraken", tmp_path) as desk:
        wrong = msgspec.structs.replace(
            steps(sandbox, "kraken", away="0.9"), instrument="kraken:NO/PE"
        )
        with pytest.raises(ConfigError, match="lists no kraken:NO/PE"):
            await desk.works.start(wrong)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Another process has the database to itself."""
    with contextlib.closing(sqlite3.connect(folder / "journal.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def test_a_work_that_is_not_durable_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("argosy.execution.journal.engine._BUSY_S", 0.05)
    async with sandboxed("kraken") as sandbox, desk_on(sandbox, "kraken", tmp_path) as desk:
        with locked(tmp_path), pytest.raises(JournalFailed, match="locked"):
            await desk.works.start(steps(sandbox, "kraken", away="0.9"))
        assert desk.works.works() == []
        await desk.journal.flushed()
        assert desk.journal.store.open_works() == []
        assert not sandbox.orders("kraken", final=True)
        await desk.works.start(steps(sandbox, "kraken", away="0.9"))  # its id is free


async def test_withdrawing_waits_for_no_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("argosy.execution.journal.engine._BUSY_S", 0.05)
    async with sandboxed("kraken") as sandbox, desk_on(sandbox, "kraken", tmp_path) as desk:
        await desk.works.start(steps(sandbox, "kraken", away="0.9"))
        await until(lambda: sandbox.orders("kraken"))
        with locked(tmp_path):
            assert desk.works.stop_all(lambda work: work.id == "w1") == ["w1"]
            await until(lambda: not sandbox.orders("kraken"))
        await until(lambda: not desk.works.works())
        await desk.journal.flushed()
        assert desk.journal.store.open_works() == []


async def test_a_defect_of_one_work_ends_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sandboxed("kraken") as sandbox, desk_on(sandbox, "kraken", tmp_path) as desk:
        await desk.works.start(steps(sandbox, "kraken", away="0.9"))
        monkeypatch.setattr(desk.works, "_saved", lambda _work: 1 / 0)
        desk.works.stop_all(lambda work: work.id == "w1")
        await until(lambda: "w1" in desk.works.broken)
        assert "ZeroDivisionError" in desk.works.broken["w1"]
        monkeypatch.undo()
        await desk.works.start(steps(sandbox, "kraken", away="0.9", name="w2"))
