"""Transactions in the journal's database: found however old, one sender at a time, files of before
taken over.
"""

import contextlib
import fcntl

import pytest
from sqlalchemy import text

from argosy.errors import ConfigError, NotSent
from argosy.execution.journal import DuplicateIntent, Journal, JournalFailed, Store
from argosy.net.clock import SystemClock
from argosy.net.tx_database import TxDatabase, kept_at
from argosy.net.tx_journal import Known, TxState
from net.transactions import ME, line, made


@contextlib.contextmanager
def journal_at(url, **more):
    with contextlib.closing(Journal(Store(url, now_ns=SystemClock().now_ns, **more))) as journal:
        yield journal


@contextlib.asynccontextmanager
async def opened(journal, chain_id=1, address=ME, **more):
    store = TxDatabase(journal, SystemClock(), **more)
    await store.open(chain_id, address)
    try:
        yield store
    finally:
        store.close()


async def test_what_is_open_and_the_newest_are_read_and_the_others_found(database):
    with journal_at(database) as journal:
        async with opened(journal) as store:
            assert await store.read(3) == Known(transactions=(), next_nonce=0)
            for nonce in range(10):
                await store.write(made(nonce))
                if nonce != 2:
                    await store.write(made(nonce, TxState.DONE))
            await store.write(made(10))
            await store.write(made(10, TxState.REFUSED))
    with journal_at(database) as journal:
        async with opened(journal, address=ME.lower()) as store:
            known = await store.read(3)
            ended = [made(nonce, TxState.DONE) for nonce in (7, 8, 9)]
            assert known == Known(transactions=(made(2), *ended), next_nonce=10)
            assert await store.find("t0") == made(0, TxState.DONE)
            assert await store.find("t10") is None
            with pytest.raises(DuplicateIntent, match="t0 or its nonce 11"):
                await store.write(made(11, id_="t0"))
        async with opened(journal, chain_id=2) as store:
            assert await store.find("t0") is None
        async with opened(journal, world="sandbox-7-8545") as store:
            assert await store.find("t0") is None
            await store.write(made(0))


async def test_one_sender_at_a_time_has_an_address(database):
    with journal_at(database) as journal:
        async with opened(journal), opened(journal, chain_id=2):
            second = TxDatabase(journal, SystemClock())
            with pytest.raises(ConfigError, match="one sender at a time"):
                await second.open(1, ME.lower())
            second.close()  # takes nothing away from the first
            with pytest.raises(ConfigError, match="one sender at a time"):
                await second.open(1, ME)
            with pytest.raises(ConfigError, match="another process"), journal_at(database):
                pass
        await second.open(1, ME)
        second.close()


@pytest.mark.parametrize(
    ("column", "value", "why"),
    [
        ("body", b"{", "truncated"),
        ("nonce", 4, "it says t5 5 pending"),
        ("state", "mined", "it says t5 5 pending"),
    ],
)
async def test_a_damaged_row_is_named(database, column, value, why):
    with journal_at(database) as journal:
        async with opened(journal) as store:
            await store.write(made(5))
            with journal.store._engine.begin() as raw:
                raw.execute(text(f"UPDATE transactions SET {column} = :value"), {"value": value})
            for look in (lambda: store.read(9), lambda: store.find("t5")):
                with pytest.raises(ConfigError, match="transaction t5 of 0xabab") as failed:
                    await look()
                assert why in str(failed.value)


async def test_a_file_of_before_is_taken_over_once(database, tmp_path):
    path = tmp_path / "tx.jsonl"
    path.write_bytes(line(made(0, TxState.DONE)) + line(made(1)))
    with journal_at(database) as journal:
        async with opened(journal, file=path) as store:
            taken = Known(transactions=(made(0, TxState.DONE), made(1)), next_nonce=2)
            assert await store.read(9) == taken
            await store.write(made(1, TxState.MINED))
        assert not path.exists()
        assert (tmp_path / "tx.jsonl.taken").exists()
        async with opened(journal, file=path) as store:
            assert await store.find("t1") == made(1, TxState.MINED)


@pytest.mark.parametrize("step", ["journal written", "journal committed", "put away"])
async def test_a_take_over_that_breaks_off_is_repeated(database, tmp_path, monkeypatch, step):
    """At every step: nothing is there, or all of it, and the file until it is."""
    path = tmp_path / "tx.jsonl"
    content = line(made(0, TxState.DONE)) + line(made(1))
    path.write_bytes(content)
    armed = [False]

    def fail(name):
        if armed[0] and name == step:
            raise JournalFailed("the power is gone")

    with journal_at(database, step=fail) as journal, monkeypatch.context() as broken:
        if step == "put away":
            broken.setattr("argosy.net.tx_file.TxFile.put_away", lambda _: fail("put away"))
        store = TxDatabase(journal, SystemClock(), file=path)
        real = store._take_over

        async def taking(file):
            armed[0] = True
            await real(file)

        broken.setattr(store, "_take_over", taking)
        with pytest.raises(NotSent, match="power"):
            await store.open(1, ME)
        armed[0] = False
        found = (await store.read(9)).transactions
        assert found == (() if step == "journal written" else (made(0, TxState.DONE), made(1)))
        store.close()
    assert path.read_bytes() == content
    with journal_at(database) as journal:
        async with opened(journal, file=path) as store:
            assert (await store.read(9)).transactions == (made(0, TxState.DONE), made(1))
    assert not path.exists()


async def test_a_file_that_cannot_be_taken_over_stops_the_sender(tmp_path):
    path = tmp_path / "tx.jsonl"
    url = f"sqlite:///{tmp_path}/journal.db"
    with kept_at(url, SystemClock(), path) as store:
        path.write_bytes(line(made(0), address="0x" + "cd" * 20))
        with pytest.raises(ConfigError, match="give each its own file"):
            await store.open(1, ME)
        store.close()
        path.write_bytes(line(made(0)))
        with path.open("rb") as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            with pytest.raises(ConfigError, match="in use"):
                await store.open(1, ME)
        store.close()
        await store.open(1, ME)
        assert await store.find("t0") == made(0)
        path.write_bytes(line(made(0, id_="other")))  # of an older Argosy, used in between
        store.close()
        with pytest.raises(ConfigError, match="other or its nonce 0 was used before"):
            await store.open(1, ME)
        assert path.exists()
        store.close()
