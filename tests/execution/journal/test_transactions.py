"""Transactions of addresses as rows of the journal, on SQLite and PostgreSQL."""

import contextlib
import threading

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.dialects import sqlite

from argosy.errors import ConfigError
from argosy.execution.journal import (
    DuplicateIntent,
    Journal,
    LeaseLost,
    Marked,
    Store,
    TransactionKnown,
)
from argosy.execution.journal.transactions import (
    ended_transactions,
    next_nonce,
    open_transactions,
    transaction,
)

NOW = 1_795_000_000_000_000_000
ME = "0xab"


def known(id_: str, nonce: int, state: str = "pending", chain: str = "1", **more):
    return TransactionKnown(
        chain=chain,
        address=ME,
        id=id_,
        nonce=nonce,
        state=state,
        final=state not in {"pending", "mined"},
        body=f"{id_} {nonce} {state}".encode(),
        at_ns=NOW,
        **more,
    )


@contextlib.contextmanager
def opened(url):
    with contextlib.closing(Store(url, now_ns=lambda: NOW)) as store:
        yield store


def names(rows):
    return [row.id for row in rows]


def test_what_is_open_and_the_newest_that_ended_are_read_back(database):
    with opened(database) as store:
        told = [known(f"done{n}", n, "done") for n in range(5)]
        told += [known("lost", 5, "replaced"), known("b", 7, "mined"), known("a", 6)]
        told += [known("elsewhere", 90, chain="2")]
        assert store.write([[each] for each in told]) == [None] * len(told)
    with opened(database) as store:
        assert names(open_transactions(store, "1", ME)) == ["a", "b"]
        assert names(ended_transactions(store, "1", ME, 3)) == ["done3", "done4", "lost"]
        assert next_nonce(store, "1", ME) == 8
        assert next_nonce(store, "1", "0xcd") == 0
        found = transaction(store, "1", ME, "done0")
        assert (found.nonce, found.state, found.body) == (0, "done", b"done0 0 done")
        assert transaction(store, "2", ME, "done0") is None
        store.write([[known("a", 6, "done")]])
        assert names(open_transactions(store, "1", ME)) == ["b"]


def test_an_id_and_a_nonce_are_used_once(database):
    with opened(database) as store:
        assert store.write([[known("a", 0)], [known("b", 1)]]) == [None, None]
        both = [
            [known("a", 2)],  # its id is in use
            [Marked(name="x", value="1"), known("c", 1)],  # its nonce is
            [known("d", 2)],
        ]
        problems = store.write(both)
        assert [type(each) for each in problems] == [DuplicateIntent, DuplicateIntent, type(None)]
        assert "a or its nonce 2" in str(problems[0])
        assert store.mark("x") is None  # a batch fails whole
        store.write([[known("a", 0, "done")]])
        (problem,) = store.write([[known("a", 3)]])  # ended, and used for ever
        assert isinstance(problem, DuplicateIntent)
        assert transaction(store, "1", ME, "a").state == "done"


def test_what_nobody_took_leaves_id_and_nonce_and_is_not_forgotten(database):
    with opened(database) as store:
        store.write([[known("a", 0)], [known("a", 0, "refused")]])
        assert transaction(store, "1", ME, "a") is None
        assert next_nonce(store, "1", ME) == 0
        assert ended_transactions(store, "1", ME, 9) == []
        assert store.write([[known("b", 0)], [known("a", 1)]]) == [None, None]
        notes = [(row.kind, bytes(row.body)) for row in store.history_of("a")]
        assert notes == [("transaction refused", b"a 0 refused")]
        store.write([[known("a", 1, "replaced")]])  # by somebody else's: used all the same
        assert next_nonce(store, "1", ME) == 2
        (problem,) = store.write([[known("a", 2)]])
        assert isinstance(problem, DuplicateIntent)


def test_a_start_reads_no_more_than_it_needs(tmp_path):
    """What is asked then goes by an index, not through all that ever was."""
    with opened(f"sqlite:///{tmp_path}/journal.db") as store:
        looked, read = [], store.rows

        def explain(query):
            words = str(
                query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
            )
            looked.append(" ".join(str(row) for row in read(text(f"EXPLAIN QUERY PLAN {words}"))))
            return read(query)

        store.rows = explain
        open_transactions(store, "1", ME)
        ended_transactions(store, "1", ME, 5)
        next_nonce(store, "1", ME)
        transaction(store, "1", ME, "a")
    for plan, index in zip(
        looked,
        ("transactions_open", "transactions_by_nonce", "transactions_by_nonce", "autoindex"),
        strict=True,
    ):
        assert index in plan, looked
        assert "SCAN" not in plan


def test_what_was_kept_elsewhere_changes_nothing_that_is_here(database):
    with opened(database) as store:
        store.write([[known("a", 0, "done")]])
        old = [known("a", 0, before=True), known("b", 1, "replaced", before=True)]
        for _ in range(2):
            assert store.write([old]) == [None]
        assert transaction(store, "1", ME, "a").state == "done"
        assert transaction(store, "1", ME, "b").state == "replaced"
        assert store.history_of("b") == []
        (problem,) = store.write([[known("x", 0, before=True), known("y", 3, before=True)]])
        assert isinstance(problem, DuplicateIntent)  # another has that nonce: people must look
        assert transaction(store, "1", ME, "y") is None


def test_a_commit_is_on_the_disk_also_where_a_server_is_told_to_hurry(database):
    if database.startswith("postgresql"):
        engine = create_engine(database.replace("postgresql:", "postgresql+psycopg:"))
        with engine.begin() as connection:
            connection.execute(text("ALTER ROLE CURRENT_USER SET synchronous_commit = off"))
    try:
        with opened(database) as store:
            asked = "PRAGMA synchronous" if store.where.startswith("sqlite") else None
            ((found,),) = store.rows(text(asked or "SHOW synchronous_commit"))
            assert found in {2, "on"}
    finally:
        if database.startswith("postgresql"):
            with engine.begin() as connection:
                connection.execute(text("ALTER ROLE CURRENT_USER RESET synchronous_commit"))
            engine.dispose()


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr("argosy.execution.journal.writer._RENEW_S", 0.01)


class Idle:
    """A clock, and a count of a writer's commits."""

    def __init__(self):
        self.now_ns = NOW
        self.renewed = threading.Event()

    def time(self):
        return self.now_ns

    def step(self, name):
        if name == "journal committed":
            self.renewed.set()

    def later(self, seconds):
        self.now_ns += seconds * 10**9
        self.renewed.clear()


def test_who_has_nothing_to_write_keeps_the_lease(database, quick):
    idle = Idle()
    store = Store(database, now_ns=idle.time, step=idle.step)
    with contextlib.closing(Journal(store)):
        for _ in range(3):
            idle.later(20)
            for _ in range(2):  # one may have begun before the clock moved
                assert idle.renewed.wait(10)
                idle.renewed.clear()
            with pytest.raises(ConfigError, match="another process"):
                Store(database, now_ns=idle.time)


def test_who_lost_the_lease_hears_of_it_without_writing(database, quick):
    idle = Idle()
    store = Store(database, now_ns=idle.time)
    idle.later(31)
    with contextlib.closing(Store(database, now_ns=idle.time)):
        journal = Journal(store)
        waiting = threading.Event()
        for _ in range(1_000):
            if journal.lost is not None:
                break
            waiting.wait(0.01)
        with pytest.raises(LeaseLost):
            journal.tell(Marked(name="x", value="1"))
        journal.close()
