"""What a crash campaign compares: a clean record passes, and each way of spoiling it is noticed."""

import random
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from argosy.desk.baskets import BasketAsk, BasketDesk, LegAsk
from argosy.desk.crash_asked import Asked, Notebook, read
from argosy.desk.crash_check import DEFECTS, Findings, check
from argosy.desk.desk import Desk
from argosy.desk.launching import Launcher
from argosy.desk.schedules import ScheduleAsk, ScheduleDesk
from argosy.desk.settings import (
    BookSettings,
    DeskSettings,
    JournalSettings,
    SandboxConfig,
    Settings,
    TransferSettings,
    VenueSettings,
)
from argosy.desk.transfers import TransferAsk, TransferDesk
from argosy.execution.arbitrage import Paired, pair_of
from argosy.execution.arbitrage.legs import PairLeg
from argosy.execution.baskets import Basket, OnFailure
from argosy.execution.journal import Store, WorkSaved
from argosy.execution.schedules import Schedule
from argosy.execution.work import Work, child_id
from argosy.execution.works import decode
from argosy.model import ClientOrderId, OrderType, PlaceOrder, Side
from argosy.net.clock import SystemClock
from argosy.sandbox.engine import EntryKind
from argosy.sandbox.server import Sandbox
from desk.running import INSTRUMENT, VENUES, desk_of, sandboxed, until

D = Decimal
BASKET, PAIR, SCHEDULE, ORDER = (ClientOrderId(digit * 32) for digit in "abcd")
MOVED = D("20.000123")
_encode = msgspec.json.Encoder(decimal_format="string").encode


def market(venue: str, client_id: ClientOrderId) -> PlaceOrder:
    return PlaceOrder(
        instrument=INSTRUMENT[venue],
        client_id=client_id,
        side=Side.BUY,
        type=OrderType.MARKET,
        size=D("0.0123"),
    )


def pair(desk: Desk) -> Paired:
    """Bought at one venue and sold at the other, at any price."""
    legs = tuple(
        PairLeg(
            instrument=INSTRUMENT[venue],
            side=side,
            size=D("0.02"),
            limit=limit,
            increment=D("0.00000001"),
        )
        for venue, side, limit in (
            ("kraken", Side.BUY, D(desk.top(INSTRUMENT["kraken"])[1] + 50)),
            ("okx", Side.SELL, D(desk.top(INSTRUMENT["okx"])[0] - 50)),
        )
    )
    return pair_of(PAIR, (legs[0], legs[1]), max_loss=D(500), now_ns=desk.now_ns())


async def trade(desk: Desk, folder: Path) -> None:
    """An order, a basket, a pair and a schedule of one run."""
    notebook = Notebook(str(folder))
    kinds = ((BASKET, "basket"), (PAIR, "pair"), (SCHEDULE, "schedule"), (ORDER, "order"))
    for client_id, kind in kinds:
        notebook.write(Asked(id=client_id, kind=kind))
    notebook.write(Asked(id="funding", kind="transfer", amount=MOVED))
    notebook.close()
    rng = random.Random(1)
    await desk.traders["okx"].place(market("okx", ORDER))
    legs = tuple(LegAsk(instrument=INSTRUMENT[v], side="buy", size="0.05") for v in VENUES)
    await BasketDesk(desk, rng).start(BasketAsk(legs=legs, client_id=BASKET))
    works = desk.running_works()
    await works.start(pair(desk))
    terms = {
        "instrument": INSTRUMENT["kraken"],
        "side": "sell",
        "type": "market",
        "size": "0.00300077",
    }
    ask = ScheduleAsk(what="order", ask=terms, in_s=0, client_id=SCHEDULE)
    await ScheduleDesk(desk, Launcher(desk, rng), rng).start(ask)
    words = {"source": "okx:funding", "target": "okx:trading", "currency": "USDT"}
    await TransferDesk(desk, rng).start(TransferAsk(amount=str(MOVED), **words))
    assert desk.mover is not None
    await until(lambda: not works.works() and not desk.mover.open)
    for trader in desk.traders.values():
        await until(lambda trader=trader: not trader.ledger.pending)
        await trader.reconcile()
    assert desk.journal is not None
    await desk.journal.flushed()


class Record:
    """A journal that can be spoilt, beside the venues that it is held against."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self.folder = folder
        self.store = Store(f"sqlite:///{folder}/journal.db", now_ns=SystemClock().now_ns)

    def check(self) -> Findings:
        return check(self.sandbox, self.store, self.folder)

    def work(self, work_id: str) -> Work:
        return next(decode(k, b) for i, k, b in self.store.latest_works(100) if i == work_id)

    def save(self, work: Work) -> None:
        saved = WorkSaved(
            id=work.id, kind=work.type_tag(), done=work.done, body=_encode(work), at_ns=1
        )
        assert self.store.write([[saved]]) == [None]


@pytest.fixture
async def record(tmp_path: Path) -> AsyncIterator[Record]:
    """Everything traded, the desk gone; a sandbox in which nobody else trades."""
    settings = Settings(
        desk=DeskSettings(venues=VENUES, pairs=("BTC/USD",)),
        books=BookSettings(conversions={"USDT": "1.0", "USDC": "1.0"}),
        venues={name: VenueSettings(allow_withdrawal_key=True) for name in VENUES},
        sandbox=SandboxConfig(key="withdraw"),
        transfers=TransferSettings(enabled=True),
        journal=JournalSettings(url=f"sqlite:///{tmp_path}/journal.db"),
    )
    async with sandboxed() as sandbox:
        sandbox.world.still = True
        async with desk_of(sandbox, settings=settings) as desk:
            await trade(desk, tmp_path)
        kept = Record(sandbox, tmp_path)
        yield kept
        kept.store.close()


async def test_a_clean_record_has_no_defect(record: Record) -> None:
    found = record.check()
    assert not found.failed, found
    assert found.kinds == {
        "basket": 1,
        "pair": 1,
        "schedule": 1,
        "order": 1,
        "scheduled order": 1,
        "transfer": 1,
    }
    assert (found.schedule_runs, found.late_runs, found.works) == (1, 0, 3)


def unasked(record: Record) -> None:
    """The schedule was never asked for: its run and itself are too many."""
    path = record.folder / "asked.jsonl"
    left = [line for line in path.read_text().splitlines() if SCHEDULE not in line]
    path.write_text("\n".join(left))


def unasked_order(record: Record) -> None:
    path = record.folder / "asked.jsonl"
    left = [line for line in path.read_text().splitlines() if ORDER not in line]
    path.write_text("\n".join(left))


def never_begun(record: Record) -> None:
    """A run that the schedule says has begun and of which there is nothing."""
    schedule = record.work(SCHEDULE)
    assert isinstance(schedule, Schedule)
    ghost = msgspec.structs.replace(schedule.runs[0], run=child_id(SCHEDULE, 1))
    record.save(schedule.having(numbered=2, runs=(*schedule.runs, ghost)))


def begun_all_the_same(record: Record) -> None:
    schedule = record.work(SCHEDULE)
    assert isinstance(schedule, Schedule)
    failed = msgspec.structs.replace(schedule.runs[0], begun=False, problem="too late by 3 s")
    record.save(schedule.having(runs=(failed,)))


def run_open(record: Record) -> None:
    schedule = record.work(SCHEDULE)
    assert isinstance(schedule, Schedule)
    record.save(schedule.having(runs=(msgspec.structs.replace(schedule.runs[0], begun=False),)))


def larger_than_asked(record: Record) -> None:
    """The run traded more than its terms: as if it had been begun again."""
    schedule = record.work(SCHEDULE)
    assert isinstance(schedule, Schedule)
    record.save(schedule.having(ask=schedule.ask.replace("0.00300077", "0.00200077")))


def says_nothing(record: Record) -> None:
    """All or nothing, but a leg stayed and the basket does not tell."""
    basket = record.work(BASKET)
    assert isinstance(basket, Basket)
    more = basket.with_leg(0, size=D(1))
    record.save(more.having(on_failure=OnFailure.UNWIND, reason="its time is over"))


def counts_wrong(record: Record) -> None:
    basket = record.work(BASKET)
    assert isinstance(basket, Basket)
    record.save(basket.with_leg(1, filled=D("0.06"), size=D("0.06")))


def one_leg_only(record: Record) -> None:
    """A pair one leg of which is at the venue only by its own word."""
    told = record.work(PAIR)
    assert isinstance(told, Paired)
    other = msgspec.structs.replace(told.legs[1], instrument=INSTRUMENT["kraken"])
    record.save(told.having(legs=(told.legs[0], other)))


def not_ended(record: Record) -> None:
    basket = record.work(BASKET)
    record.save(msgspec.structs.replace(basket, phase="working"))


def moved_twice(record: Record) -> None:
    ledger = record.sandbox.account("okx").ledger
    ledger.extend([entry for entry in ledger if entry.kind is EntryKind.TRANSFER])


def never_moved(record: Record) -> None:
    ledger = record.sandbox.account("okx").ledger
    ledger.remove(next(entry for entry in ledger if entry.kind is EntryKind.TRANSFER))


def withdrawn_by_nobody(record: Record) -> None:
    venue = record.sandbox.venue("kraken")
    rule = venue.wallet.network("SOL", "solana")
    assert rule is not None
    venue.wallet.withdraw(venue.account(), rule, D("1.5"), "anywhere")


SPOILT: dict[Callable[[Record], None], set[str]] = {
    unasked: {"doubled_runs"},
    unasked_order: {"doubled_orders"},
    never_begun: {"lost_runs"},
    begun_all_the_same: {"lost_runs"},
    run_open: {"unresolved"},
    larger_than_asked: {"doubled_runs"},
    says_nothing: {"uneven"},
    counts_wrong: {"miscounted"},
    one_leg_only: {"uneven", "miscounted"},
    not_ended: {"unresolved"},
    moved_twice: {"doubled_transfers"},
    never_moved: {"lost_transfers"},
    withdrawn_by_nobody: {"doubled_transfers", "lost_transfers"},
}


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda spoil: spoil.__name__)
async def test_what_is_wrong_is_noticed(record: Record, spoil: Callable[[Record], None]) -> None:
    spoil(record)
    found = record.check()
    assert {name for name in DEFECTS if getattr(found, name)} == SPOILT[spoil], found
    assert found.failed


async def test_what_was_asked_for_is_read_back_in_order(tmp_path: Path) -> None:
    assert read(tmp_path) == []
    both = [Asked(id="1", kind="order"), Asked(id="2", kind="transfer", amount=D("0.5"))]
    for one in both:  # by processes one after the other
        notebook = Notebook(str(tmp_path))
        notebook.write(one)
        notebook.close()
    assert read(tmp_path) == both
