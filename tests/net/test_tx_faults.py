"""Senders whose disk or database fails: what cannot be written is not sent, nor sent later, and an
id is carried out once for ever.
"""

import asyncio
import contextlib
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from argosy.errors import ConfigError, InsufficientFunds, NotSent
from argosy.execution.journal import DuplicateIntent, Journal, LeaseLost, Store
from argosy.net.clock import SystemClock
from argosy.net.tx import TxSender, TxSettings
from argosy.net.tx_database import TxDatabase
from argosy.net.tx_journal import TxState
from argosy.net.tx_signing import KeySigner
from net.nodes import ask, client, node
from net.test_tx import FEES, TO, TWO, balance, request
from net.test_tx_signing import KEY
from net.transactions import made

ME = KeySigner(KEY).address
STEPS_MAX = 60


class Steps:
    """Fails the database at one step: as it writes, or after it did, when nobody hears of it."""

    def __init__(self):
        self.left = 0
        self.reached = threading.Event()
        self.go_on = threading.Event()
        self.hold = False

    def __call__(self, name):
        if self.hold and name == "journal begins":
            self.reached.set()
            self.go_on.wait(20)
        if self.left and name != "journal begins":
            self.left -= 1
            if not self.left:
                raise OperationalError("COMMIT", {}, Exception("the disk is gone"))


@contextlib.asynccontextmanager
async def sender(url, database, steps=None, settings=TWO, **more):
    clock = SystemClock()
    journal = Journal(Store(database, now_ns=clock.now_ns, step=steps))
    with contextlib.closing(journal):
        async with client(url) as rpc:
            it = TxSender(rpc, KeySigner(KEY), TxDatabase(journal, clock), settings, **more)
            await it.open()
            try:
                yield it
            finally:
                it.close()


def sqlite(folder):
    return f"sqlite:///{folder}/journal.db"


async def waiting(url) -> int:
    """How many of ours the node has."""
    return int(await ask(url, "eth_getTransactionCount", ME, "pending"), 16)


async def test_what_was_forgotten_is_still_sent_once(database):
    with node(mine=False) as one:
        settings = TxSettings(confirmations=1, kept=1)
        async with sender(one.url, database, settings=settings) as tx:
            for id_ in "abc":
                await tx.send(request(id_))
                await ask(one.url, "evm_mine")
                await tx.settle()
            assert list(tx.transactions) == ["c"]
            for id_ in "abc":
                assert (await tx.find(id_)).state is TxState.DONE
                assert (await tx.send(request(id_))).state is TxState.DONE
            with pytest.raises(KeyError):
                await tx.cancel("nope")
            assert await waiting(one.url) == 3
        async with sender(one.url, database, settings=TxSettings(kept=0)) as tx:
            assert tx.transactions == {}
            assert (await tx.send(request("a"))).nonce == 0
            assert (await tx.send(request("d"))).nonce == 3
            await ask(one.url, "anvil_mine", "0x3")
            await tx.settle()
            assert tx.transactions == {}
            assert (await tx.find("d")).state is TxState.DONE
        assert await balance(one.url) == 28


async def test_a_write_that_fails_at_any_step_neither_doubles_nor_loses(tmp_path):
    """Told that nothing was sent, one asks again: each is carried out once, in this process and
    after it.
    """
    for step in range(1, STEPS_MAX):
        database, steps = sqlite(tmp_path / str(step)), Steps()
        with node(mine=False) as one:
            async with sender(one.url, database, steps) as tx:
                steps.left = step
                for id_ in "ab":
                    before = await waiting(one.url)
                    try:
                        await tx.send(request(id_), FEES)
                    except NotSent:
                        assert await waiting(one.url) == before
                        assert await tx.find(id_) is None
                        await tx.send(request(id_), FEES)
                    with contextlib.suppress(NotSent):
                        await tx.speed_up(id_, FEES)
                await ask(one.url, "anvil_mine", "0x2")
                with contextlib.suppress(NotSent):
                    await tx.settle()
            async with sender(one.url, database) as tx:
                for id_ in "ab":
                    await tx.send(request(id_), FEES)
                await tx.settle()
                states = {id_: each.state for id_, each in tx.transactions.items()}
                assert states == {"a": TxState.DONE, "b": TxState.DONE}, step
                assert await waiting(one.url) == 2
            assert await balance(one.url) == 14, step
        if steps.left:  # there are no more steps
            break
    assert step > 12


@pytest.mark.parametrize("moment", [1, 2])
async def test_what_was_said_not_to_be_sent_is_not_sent_by_the_next_process(tmp_path, moment):
    steps = Steps()
    with node(mine=False) as one:
        async with sender(one.url, sqlite(tmp_path), steps) as tx:
            steps.left = moment  # 2: it is on the disk, and the answer was lost
            with pytest.raises(NotSent, match="disk is gone"):
                await tx.send(request("a"), FEES)
            assert await tx.find("a") is None
        async with sender(one.url, sqlite(tmp_path)) as tx:
            assert tx.open_transactions == []
            assert (await tx.send(request("b"), FEES)).nonce == 0
            await tx.settle()
            assert await waiting(one.url) == 1


async def test_who_stops_waiting_while_it_is_written_has_nothing_sent(tmp_path):
    steps = Steps()
    with node(mine=False) as one:
        async with sender(one.url, sqlite(tmp_path), steps) as tx:
            steps.hold = True
            async with asyncio.TaskGroup() as group:
                task = group.create_task(tx.send(request("a"), FEES))
                await asyncio.to_thread(steps.reached.wait, 20)
                task.cancel()
            steps.hold = False
            steps.go_on.set()  # only now it gets to the disk
            assert (await tx.send(request("b"), FEES)).nonce == 0
            assert await tx.find("a") is None
            await tx.settle()
            assert await waiting(one.url) == 1
            assert (await tx.send(request("a"), FEES)).nonce == 1


async def test_while_the_database_is_locked_nothing_is_sent(tmp_path, monkeypatch):
    monkeypatch.setattr("argosy.execution.journal.engine._BUSY_S", 0.05)
    with node(mine=False) as one:
        async with sender(one.url, sqlite(tmp_path)) as tx:
            other = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
            with contextlib.closing(other):
                other.execute("BEGIN EXCLUSIVE")
                for id_ in "ab":
                    with pytest.raises(NotSent, match="locked"):
                        await tx.send(request(id_), FEES)
                assert await waiting(one.url) == 0
                other.execute("COMMIT")
            assert (await tx.send(request("b"), FEES)).nonce == 0
            assert (await tx.send(request("a"), FEES)).nonce == 1


async def test_while_the_disk_is_full_nothing_is_sent(tmp_path):
    with node(mine=False) as one:
        async with sender(one.url, sqlite(tmp_path)) as tx:
            await tx.send(request("first"), FEES)
            store = tx._store._journal.store
            with store._engine.connect() as connection:
                size = connection.exec_driver_sql("PRAGMA page_count").scalar()
            store._drop()
            store._connection = store._engine.connect()
            store._connection.exec_driver_sql(f"PRAGMA max_page_count = {size}")
            store._connection.commit()
            large = [
                request(f"n{number}", data="0x" + "00" * 5_000, gas=300_000) for number in range(50)
            ]
            with pytest.raises(NotSent, match="full"):
                [await tx.send(each, FEES) for each in large]
            sent = list(tx.transactions.values())
            assert await waiting(one.url) == len(sent)
            again = await tx.send(request("later"), FEES)  # there is room again
            assert again.nonce == len(sent)


async def test_a_sender_that_lost_its_journal_sends_nothing(tmp_path):
    told = []
    with node(mine=False) as one:
        async with sender(one.url, sqlite(tmp_path), on_change=told.append) as tx:
            tx._store._journal.close()
            with pytest.raises(NotSent, match="closed"):
                await tx.send(request("a"), FEES)
            assert await waiting(one.url) == 0
            assert told == []


async def test_what_is_refused_is_told_and_leaves_no_trace_in_nonces(tmp_path):
    told = []
    with node(mine=False) as one:
        async with sender(one.url, sqlite(tmp_path), on_change=told.append) as tx:
            with pytest.raises(InsufficientFunds):
                await tx.send(request("a", value=10**30), FEES)
            assert [each.state for each in told] == ["pending", "refused"]
            assert await tx.find("a") is None
        async with sender(one.url, sqlite(tmp_path)) as tx:
            assert (await tx.send(request("a"), FEES)).nonce == 0


async def test_an_id_or_nonce_that_is_another_s_is_never_taken(tmp_path):
    with node(mine=False) as one:
        async with sender(one.url, sqlite(tmp_path)) as tx:
            await tx._store.write(made(0, id_="other"))  # past the sender
            with pytest.raises(DuplicateIntent, match="its nonce 0 was used before"):
                await tx.send(request("a"), FEES)
            assert await tx.find("a") is None
            assert (await tx.find("other")).state is TxState.PENDING
            assert await waiting(one.url) == 0


async def test_two_senders_of_an_address_are_refused(tmp_path):
    with node(mine=False) as one:
        async with sender(one.url, sqlite(tmp_path)) as tx, client(one.url) as rpc:
            journal = tx._store._journal
            second = TxSender(rpc, KeySigner(KEY), TxDatabase(journal, SystemClock()), TWO)
            with pytest.raises(ConfigError, match="one sender at a time"):
                await second.open()
            with pytest.raises(NotSent, match="not open"):
                await second.send(request("a"), FEES)
            with pytest.raises(ConfigError, match="another process"):
                async with sender(one.url, sqlite(tmp_path)):
                    pass
            assert (await tx.send(request("a"), FEES)).nonce == 0
            tx.close()
            with pytest.raises(NotSent, match="not open"):
                await tx.speed_up("a", FEES)


async def test_who_was_followed_by_another_process_sends_nothing(database):
    with node(mine=False) as one:
        async with sender(one.url, database) as tx:
            await tx.send(request("a"), FEES)

            def later() -> int:
                return SystemClock().now_ns() + 31 * 10**9  # the first was stopped for so long

            with contextlib.closing(Store(database, now_ns=later)):
                for id_ in "bb":
                    with pytest.raises(LeaseLost):
                        await tx.send(request(id_), FEES)
                with pytest.raises(LeaseLost):
                    await tx.cancel("a", FEES)
            assert await waiting(one.url) == 1
        async with sender(one.url, database) as tx:
            assert [each.request.id for each in tx.open_transactions] == ["a"]
            assert (await tx.send(request("b"), FEES)).nonce == 1


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_process_that_is_killed_at_any_step_neither_doubles_nor_loses(tmp_path):
    for step in range(1, STEPS_MAX):
        database = sqlite(tmp_path / str(step))
        with node(mine=False) as one:
            script = Path(__file__).with_name("tx_killed.py")
            command = [sys.executable, str(script), one.url, database, TO, KEY, str(step)]
            ended = await asyncio.to_thread(subprocess.run, command, check=False, timeout=60)
            assert ended.returncode in {0, -9}
            async with sender(one.url, database) as tx:
                for id_ in "ab":
                    await tx.send(request(id_), FEES)
                await tx.settle()
                await ask(one.url, "anvil_mine", "0x2")
                await tx.settle()
                states = {id_: each.state for id_, each in tx.transactions.items()}
                assert states == {"a": TxState.DONE, "b": TxState.DONE}, step
            assert await balance(one.url) == 14, step
        if ended.returncode == 0:
            break
    assert step == 16  # three writes of three steps, and six around what was handed out
