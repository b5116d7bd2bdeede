"""What durability costs: orders journalled a second, decision to first byte, recovery.

On the disk that the temporary folder is on: figures of a commit are mostly figures of its sync.
"""

import asyncio
import random
import sqlite3
import statistics
import time
from decimal import Decimal
from pathlib import Path

from argosy.desk.asks import new_client_id
from argosy.desk.build import open_desk
from argosy.desk.settings import BookSettings, DeskSettings, Settings
from argosy.execution.journal import Intended, Journal, OrderKnown, Store
from argosy.execution.ledger import OrderLedger
from argosy.execution.record import OrderRecord
from argosy.model import (
    ClientOrderId,
    InstrumentId,
    Nanos,
    OrderStatus,
    OrderType,
    PlaceOrder,
    Side,
    VenueId,
    VenueOrderId,
)
from argosy.net.clock import SystemClock
from argosy.net.recording import Entry
from argosy.sandbox.market import MarketSettings
from argosy.sandbox.server import Sandbox, SandboxSettings
from benchmarks.rows import Row, compared

GROUP = "journal"
BTC = InstrumentId("okx:BTC/USDT")
_RNG = random.Random(20_261_126)


def _order(price: Decimal = Decimal(10_000)) -> PlaceOrder:
    return PlaceOrder(
        instrument=BTC,
        client_id=new_client_id(_RNG),
        side=Side.BUY,
        type=OrderType.LIMIT,
        size=Decimal("0.001"),
        price=price,
    )


def _intended() -> Intended:
    order = _order()
    report = OrderLedger().placing(order, Nanos(time.time_ns()))
    return Intended(venue=VenueId("okx"), order=order, report=report, at_ns=report.received_ns)


def _open(folder: Path, name: str) -> Journal:
    return Journal(Store(f"sqlite:///{folder / name}", now_ns=time.time_ns))


def measure(repeats: int, folder: Path) -> list[Row]:
    """Every row of the group."""
    rows = asyncio.run(_commits(repeats, folder))
    rows += asyncio.run(_first_byte())
    for count in (1, 1_000, 100_000):
        rows.append(_recovery(count, folder))
    return rows


async def _commits(repeats: int, folder: Path) -> list[Row]:
    journal = _open(folder, "commits.db")
    alone: list[float] = []
    together: list[float] = []
    plain: list[float] = []
    for repeat in range(repeats):
        entries = [_intended() for _ in range(100)]
        began = time.perf_counter()
        for entry in entries:
            await journal.commit(entry)
        alone.append(100 / (time.perf_counter() - began))
        entries = [_intended() for _ in range(2_000)]
        began = time.perf_counter()
        await asyncio.gather(*(journal.commit(entry) for entry in entries))
        together.append(2_000 / (time.perf_counter() - began))
        plain.append(_plain_sqlite(folder / f"plain{repeat}.db"))
    journal.close()
    peer = ("sqlite3 alone, a row and a commit", sqlite3.sqlite_version)
    return [
        compared(
            GROUP,
            "orders journalled, one after another",
            "ms/order",
            1_000 / statistics.median(alone),
            *peer,
            1_000 / statistics.median(plain),
            note=f"{statistics.median(alone):.0f} orders/s",
        ),
        compared(
            GROUP,
            "orders journalled, 2,000 at once",
            "ms/order",
            1_000 / statistics.median(together),
            *peer,
            1_000 / statistics.median(plain),
            note=f"{statistics.median(together):.0f} orders/s",
        ),
    ]


def _plain_sqlite(path: Path) -> float:
    """Commits a second of the least that could be done: one row, synced as ours is."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE orders (key TEXT PRIMARY KEY, body BLOB)")
    body = bytes(400)
    began = time.perf_counter()
    for number in range(100):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO orders VALUES (?, ?)", (str(number), body))
        connection.execute("COMMIT")
    spent = time.perf_counter() - began
    connection.close()
    return 100 / spent


class _FirstByte:
    """A sink of the tap: when the frame of an order left."""

    def __init__(self) -> None:
        self.at = 0

    def write(self, entry: Entry) -> None:
        if entry.kind == "send" and b'"order"' in entry.data:
            self.at = time.perf_counter_ns()


async def _first_byte() -> list[Row]:
    settings = Settings(
        desk=DeskSettings(venues=("okx",), pairs=("BTC/USDT",), quotes_alike=()),
        books=BookSettings(conversions={}),
    )
    market = MarketSettings(steps_per_second=1.0, levels=20)
    sandbox = Sandbox(SandboxSettings(venues=("okx",), market=market, tls=False, limits=False))
    async with sandbox, open_desk(settings, sandbox=sandbox, unlimited=True) as desk:
        sink = _FirstByte()
        desk.tap.add(sink)
        async with asyncio.TaskGroup() as group:
            running = group.create_task(desk.run())
            await desk.settled(30)
            trader = desk.traders["okx"]
            private = trader.link.private
            while not private or not all(feed.ready for feed in private):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            figures: dict[bool, list[int]] = {True: [], False: []}
            journal = trader.record.journal
            for number in range(200):
                durable = number % 2 == 0
                trader.record.journal = journal if durable else None
                began = time.perf_counter_ns()
                await trader.place(_order())
                figures[durable].append(sink.at - began)
            trader.record.journal = journal
            running.cancel()
    ours = statistics.median(figures[True]) / 1_000
    without = statistics.median(figures[False]) / 1_000
    return [
        compared(
            GROUP,
            "decision to first byte, OKX over its stream",
            "us wall",
            ours,
            "the same without a journal",
            "",
            without,
        )
    ]


def _recovery(count: int, folder: Path) -> Row:
    journal = _open(folder, f"recovery{count}.db")
    entries = [_intended() for _ in range(count)]
    for at in range(0, count, 5_000):
        batch = entries[at : at + 5_000]
        assert journal.store.write([batch, [_known(entry) for entry in batch]]) == [None, None]
    record = OrderRecord(VenueId("okx"), SystemClock().now_ns, journal)
    began = time.perf_counter()
    restored = record.restore()
    spent = time.perf_counter() - began
    assert restored == count == len(record.ledger.open())
    journal.close()
    return compared(
        GROUP,
        f"recovery of {count:,} open orders",
        "ms",
        spent * 1_000,
        note="journal to ledger; asking the venue is not in it",
    )


def _known(entry: Intended) -> OrderKnown:
    parts = {name: getattr(entry.report, name) for name in entry.report.__struct_fields__}
    venue_id = VenueOrderId(ClientOrderId(entry.order.client_id)[:16])
    report = type(entry.report)(**{**parts, "venue_id": venue_id, "status": OrderStatus.ACCEPTED})
    return OrderKnown(venue=entry.venue, report=report, at_ns=entry.at_ns)
