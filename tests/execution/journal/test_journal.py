"""The journal on real databases: SQLite always, PostgreSQL from its wheel."""

import asyncio
import contextlib
import sqlite3
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from argosy.errors import ConfigError
from argosy.execution.journal import (
    CancelIntended,
    DuplicateIntent,
    FillKnown,
    Intended,
    Journal,
    JournalFailed,
    LeaseLost,
    Marked,
    Noted,
    OrderKnown,
    Store,
    TransferIntended,
    TransferKnown,
    WorkSaved,
)
from argosy.execution.ledger import OrderLedger
from argosy.model import (
    ClientOrderId,
    Fill,
    InstrumentId,
    Liquidity,
    Nanos,
    OrderReport,
    OrderStatus,
    OrderType,
    PlaceOrder,
    Side,
    VenueId,
    VenueOrderId,
)

BTC = InstrumentId("kraken:BTC/USD")
KRAKEN = VenueId("kraken")
NOW = Nanos(1_795_000_000_000_000_000)


class Time:
    def __init__(self) -> None:
        self.ns = NOW

    def __call__(self) -> int:
        return self.ns


@pytest.fixture
def url(database: str) -> str:
    return database


def store(url: str, time: Time | None = None, **more: object) -> Store:
    return Store(url, now_ns=time or Time(), **more)


def order(client_id: str) -> PlaceOrder:
    return PlaceOrder(
        instrument=BTC,
        client_id=ClientOrderId(client_id),
        side=Side.BUY,
        type=OrderType.LIMIT,
        size=Decimal("0.10"),
        price=Decimal("50000.1"),
    )


def intended(client_id: str, work: str = "") -> Intended:
    placed = order(client_id)
    pending = OrderLedger().placing(placed, NOW)
    return Intended(venue=KRAKEN, order=placed, report=pending, at_ns=NOW, work=work)


def known(client_id: str | None, status: OrderStatus, venue_id: str = "V", **more) -> OrderKnown:
    report = OrderReport(
        **{
            "instrument": BTC,
            "venue_id": VenueOrderId(venue_id),
            "client_id": client_id,
            "status": status,
            "side": Side.BUY,
            "type": OrderType.LIMIT,
            "size": Decimal("0.10"),
            "filled": Decimal(0),
            "venue_ns": NOW,
            "received_ns": NOW,
            **more,
        }
    )
    return OrderKnown(venue=KRAKEN, report=report, at_ns=NOW)


def filled(trade: str, client_id: str = "a") -> FillKnown:
    fill = Fill(
        instrument=BTC,
        venue_order_id=VenueOrderId("V"),
        venue_trade_id=trade,
        side=Side.BUY,
        price=Decimal("50000.10"),
        size=Decimal("0.05"),
        fee=Decimal("1.3"),
        fee_currency="USD",
        liquidity=Liquidity.TAKER,
        venue_ns=NOW,
        received_ns=NOW,
        client_id=ClientOrderId(client_id),
    )
    return FillKnown(venue=KRAKEN, fill=fill, at_ns=NOW)


def test_an_order_s_life_is_read_back_as_it_was(url: str) -> None:
    with contextlib.closing(store(url)) as one:
        asked = CancelIntended(venue=KRAKEN, client_id=ClientOrderId("a"), what="cancel", at_ns=NOW)
        batches = [[intended("a", "w")], [known("a", OrderStatus.ACCEPTED)], [asked]]
        assert one.write(batches) == [None, None, None]
        (opened,) = one.open_orders("kraken")
        assert opened.intent == order("a")
        assert opened.report.status is OrderStatus.ACCEPTED
        assert (opened.work, opened.report.venue_id) == ("w", "V")
        assert one.find("V") == one.find("a") == opened
        assert one.children("w") == [opened]
        assert not list(one.open_orders("okx"))
        one.write([[known("a", OrderStatus.CANCELLED)]])
        assert not list(one.open_orders("kraken"))
        kinds = [row.kind for row in one.history_of("a")]
        assert kinds == ["intended", "accepted", "asked", "cancelled"]
        one.write([[known("a", OrderStatus.ACCEPTED)]])  # an old word, told again
        assert one.find("a").report.status is OrderStatus.CANCELLED


def test_an_id_is_used_once_even_by_another_process(url: str) -> None:
    with contextlib.closing(store(url)) as one:
        one.write([[intended("a")]])
    with contextlib.closing(store(url)) as two:
        problems = two.write([[intended("b")], [intended("a"), Marked(name="x", value="1")]])
        assert problems[0] is None  # what stands beside it is kept
        assert isinstance(problems[1], DuplicateIntent)
        assert two.find("b")
        assert two.mark("x") is None  # its batch fails whole


def test_a_fill_told_again_counts_once(url: str) -> None:
    with contextlib.closing(store(url)) as one:
        one.write([[filled("1")], [filled("1"), filled("2")]])
        one.write([[filled("1")]])
        found = one.fills_since("kraken", 0, 10)
        assert sorted(fill.venue_trade_id for fill in found) == ["1", "2"]
        one.write([[intended("a")], [known("a", OrderStatus.ACCEPTED, "V2")]])
        one.write([[filled("3", client_id=""), known("b", OrderStatus.ACCEPTED, "V")]])
        assert len(one.fills_of(one.find("a"))) == 2  # told with our id
        assert len(one.fills_of(one.find("b"))) == 3  # told with the venue's alone
        assert one.fills_since("kraken", NOW + 1, 10) == []


def test_what_is_not_ours_is_kept_under_the_venue_s_id(url: str) -> None:
    with contextlib.closing(store(url)) as one:
        one.write([[known(None, OrderStatus.ACCEPTED, "X9")]])
        (opened,) = one.open_orders("kraken")
        assert (opened.key, opened.intent) == ("kraken/X9", None)


def test_a_transfer_s_life(url: str) -> None:
    def told(state: str, body: bytes, at_ns: int) -> TransferKnown:
        done = state == "done"
        return TransferKnown(id="m1", state=state, done=done, body=body, at_ns=Nanos(at_ns))

    with contextlib.closing(store(url)) as journal:
        begun = TransferIntended(id="m1", body=b"1", at_ns=NOW)
        other = TransferIntended(id="m2", body=b"2", at_ns=Nanos(NOW + 1))
        assert journal.write([[begun], [other]]) == [None, None]
        (refused,) = journal.write([[begun]])
        assert isinstance(refused, DuplicateIntent)
        assert "m1" in str(refused)
        assert journal.open_transfers() == [b"1", b"2"]
        assert journal.write([[told("sent", b"3", NOW + 2)], [told("done", b"4", NOW + 3)]]) == [
            None,
            None,
        ]
        assert journal.write([[told("sent", b"5", NOW + 4)]]) == [None]  # what is done stays so
    with contextlib.closing(store(url)) as journal:
        assert journal.open_transfers() == [b"2"]
        assert journal.latest_transfers(5) == [b"4", b"2"]
        assert journal.transfer("m1") == b"4"
        assert journal.transfer("none") is None
        kinds = [row.kind for row in journal.history_of("m1")]
        assert kinds == ["intended", "sent", "done", "sent"]


def test_works_marks_and_notes(url: str) -> None:
    def saved(body: bytes, *, done: bool) -> WorkSaved:
        return WorkSaved(id="w", kind="twap", done=done, body=body, at_ns=NOW)

    with contextlib.closing(store(url)) as one:
        one.write([[saved(b"{}", done=False), Marked(name="m", value="1")]])
        one.write([[saved(b'{"n":1}', done=False), Marked(name="m", value="2")]])
        one.write([[Noted(about="w", kind="paused", body=b"{}", at_ns=NOW)]])
        assert one.open_works() == [("w", "twap", b'{"n":1}')]
        assert one.mark("m") == "2"
        one.write([[saved(b"{}", done=True)]])
        assert not one.open_works()
        assert one.latest_works(5) == [("w", "twap", b"{}")]
        assert [row.kind for row in one.history_of("w")] == ["paused"]


def test_one_process_writes_until_it_lets_go(url: str) -> None:
    time = Time()
    first = store(url, time)
    with pytest.raises(ConfigError, match="another process"):
        store(url, time)
    time.ns += 31 * 10**9
    second = store(url, time)  # the first was silent for long: it may be gone
    (problem,) = first.write([[intended("a")]])
    assert isinstance(problem, LeaseLost)
    assert second.find("a") is None
    assert second.write([[intended("a")]]) == [None]
    first.close()  # a lost lease is not the loser's to let go
    with pytest.raises(ConfigError, match="another process"):
        store(url, time)
    second.close()
    store(url, time).close()


def test_a_clock_that_steps_back_keeps_the_lease(url: str) -> None:
    time = Time()
    with contextlib.closing(store(url, time)) as one:
        time.ns -= 3600 * 10**9
        assert one.write([[intended("a")]]) == [None]


def test_a_holder_that_died_is_followed_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'journal.db'}"
    script = (
        "import os, signal, time\n"
        "from argosy.execution.journal import Store\n"
        f"store = Store({url!r}, now_ns=lambda: {NOW})\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], check=False, timeout=30)
    assert ended.returncode == -9
    store(url).close()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://localhost/x", "sqlite or postgresql"),
        ("nonsense", "no address"),
        ("sqlite:////proc/none/journal.db", "cannot be made"),
        ("postgresql://127.0.0.1:1/none", "journal postgresql"),
    ],
)
def test_a_journal_that_cannot_be_opened_says_why(url: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        store(url)


def test_a_password_is_never_shown() -> None:
    with pytest.raises(ConfigError) as failed:
        store("postgresql://desk:hunter22@127.0.0.1:1/none")
    assert "hunter22" not in str(failed.value)


def test_another_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    store(f"sqlite:///{path}").close()
    with contextlib.closing(sqlite3.connect(path)) as raw:
        raw.execute("UPDATE marks SET value = '99' WHERE name = 'schema'")
        raw.commit()
    with pytest.raises(ConfigError, match="schema 99"):
        store(f"sqlite:///{path}")


def test_the_file_is_the_user_s_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "journal.db"
    store(f"sqlite:///{path}").close()
    assert path.stat().st_mode & 0o077 == 0


# --- the writing thread ---------------------------------------------------------------------------


async def test_many_intents_become_few_commits(url: str) -> None:
    journal = Journal(store(url))
    await asyncio.gather(*(journal.commit(intended(str(number))) for number in range(500)))
    assert len(list(journal.store.open_orders("kraken"))) == 500
    assert journal.commits < 250
    assert journal.waiting == 0
    journal.close()
    with pytest.raises(JournalFailed):
        await journal.commit(intended("late"))


async def test_a_full_disk_refuses_intents_and_keeps_what_happened(tmp_path: Path) -> None:
    one = store(f"sqlite:///{tmp_path / 'journal.db'}")
    journal = Journal(one)
    await journal.commit(intended("first"))
    with one._engine.connect() as connection:  # the pool hands this one to the writer again
        size = connection.exec_driver_sql("PRAGMA page_count").scalar()
    one._drop()

    def limit(pages: int) -> None:
        assert one._connection is None
        one._connection = one._engine.connect()
        one._connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        one._connection.commit()

    limit(size)
    with pytest.raises(JournalFailed, match="full"):
        await asyncio.gather(*(journal.commit(intended(f"n{number}")) for number in range(200)))
    journal.tell(known("first", OrderStatus.FILLED, filled=Decimal("0.10")))
    await journal.flushed()  # the limit was of the connection that failed: there is room again
    assert journal.store.find("first").report.status is OrderStatus.FILLED
    journal.close()


async def test_a_locked_database_is_waited_for_then_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("argosy.execution.journal.engine._BUSY_S", 0.05)
    path = tmp_path / "journal.db"
    journal = Journal(store(f"sqlite:///{path}"))
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(JournalFailed, match="locked"):
            await journal.commit(intended("a"))
        journal.tell(known("a", OrderStatus.ACCEPTED))
        with pytest.raises(JournalFailed, match="locked"):
            await journal.commit(intended("b"))
        assert journal.problem
        other.execute("COMMIT")
    await journal.flushed()
    assert journal.problem == ""
    assert [found.key for found in journal.store.open_orders("kraken")] == ["a"]
    journal.close()


async def test_a_lost_lease_ends_all_writing(tmp_path: Path) -> None:
    time = Time()
    url = f"sqlite:///{tmp_path / 'journal.db'}"
    journal = Journal(store(url, time))
    time.ns += 31 * 10**9
    with contextlib.closing(store(url, time)):
        with pytest.raises(LeaseLost):
            await journal.commit(intended("a"))
        assert journal.lost
        with pytest.raises(LeaseLost):
            journal.tell(known("a", OrderStatus.ACCEPTED))
        journal.close()
