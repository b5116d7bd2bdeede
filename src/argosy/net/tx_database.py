"""Transactions of one address in the journal's database, beside the orders that they carry out: on
disk before they are sent, each id and each nonce once for ever. Talks to no node.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import structlog

from argosy.errors import ConfigError
from argosy.execution.journal import Journal, Store, TransactionKnown
from argosy.execution.journal.transactions import (
    TransactionRow,
    ended_transactions,
    next_nonce,
    open_transactions,
    transaction,
)
from argosy.net.tx_file import TxFile
from argosy.net.tx_journal import Known, Transaction
from argosy.ports import Clock

_log = structlog.get_logger(__name__)


class TxDatabase:
    """A TxStore. One process at a time writes a journal, and one sender in it has an address."""

    def __init__(
        self, journal: Journal, clock: Clock, *, world: str = "", file: Path | None = None
    ) -> None:
        """`world` tells chains of one number apart, as simulated ones are that begin anew. `file`
        is where the transactions were kept before: what it holds is taken over.
        """
        self._journal = journal
        self._clock = clock
        self._world = world
        self._file = file
        self._chain = ""
        self._address = ""
        self._claim = ""

    async def open(self, chain_id: int, address: str) -> None:
        """Have the address for oneself, and take over what its file of before holds.

        Raises:
            ConfigError: somebody sends from it already; the file is damaged, or another's.
            NotSent: the journal cannot be written.
        """
        self._chain = f"{chain_id} {self._world}".strip()
        self._address = address.lower()
        claim = f"transactions of {self._address} on {self._chain}"
        if claim in self._journal.claims:
            raise ConfigError(
                f"{self._address} on chain {self._chain} is in use: one sender at a time may have"
                " an address"
            )
        self._journal.claims.add(claim)
        self._claim = claim
        await self._journal.flushed()  # what an earlier sender told comes before what is read
        if self._file is not None and self._file.exists():
            await self._take_over(TxFile(self._file, chain_id, self._address))

    async def _take_over(self, file: TxFile) -> None:
        """All of it in one transaction, then the file is put away. Repeating it changes nothing:
        what the journal has already stands.
        """
        with file.read() as found:
            await self._journal.commit(*(self._entry(each, before=True) for each in found))
        path = file.put_away()
        _log.info("transactions are in the journal now", count=len(found), file=str(path))

    async def read(self, newest: int) -> Known:
        """See TxStore."""

        def look(store: Store) -> tuple[list[TransactionRow], int]:
            chain, address = self._chain, self._address
            ended = ended_transactions(store, chain, address, newest)
            rows = [*ended, *open_transactions(store, chain, address)]
            return rows, next_nonce(store, chain, address)

        rows, nonce = await self._journal.read(look)
        found = sorted(map(self._decoded, rows), key=lambda each: each.nonce)
        return Known(transactions=tuple(found), next_nonce=nonce)

    async def find(self, id_: str) -> Transaction | None:
        """See TxStore."""
        row = await self._journal.read(
            lambda store: transaction(store, self._chain, self._address, id_)
        )
        return None if row is None else self._decoded(row)

    async def write(self, transaction: Transaction) -> None:
        """See TxStore."""
        await self._journal.commit(self._entry(transaction))

    def tell(self, transaction: Transaction) -> None:
        """See TxStore."""
        self._journal.tell(self._entry(transaction))

    def close(self) -> None:
        """See TxStore."""
        self._journal.claims.discard(self._claim)
        self._claim = ""

    def _entry(self, transaction: Transaction, *, before: bool = False) -> TransactionKnown:
        return TransactionKnown(
            chain=self._chain,
            address=self._address,
            id=transaction.request.id,
            nonce=transaction.nonce,
            state=transaction.state.value,
            final=transaction.state.final,
            body=msgspec.json.encode(transaction),
            at_ns=self._clock.now_ns(),
            before=before,
        )

    def _decoded(self, row: TransactionRow) -> Transaction:
        try:
            found = msgspec.json.decode(row.body, type=Transaction)
        except msgspec.MsgspecError as e:
            raise self._damage(row, str(e)) from e
        said = (found.request.id, found.nonce, found.state.value)
        if said != (row.id, row.nonce, row.state):
            raise self._damage(row, f"it says {' '.join(map(str, said))}")
        return found

    def _damage(self, row: TransactionRow, why: str) -> ConfigError:
        return ConfigError(
            f"journal {self._journal.store.where}: transaction {row.id} of {self._address}, nonce"
            f" {row.nonce}, {row.state}, is damaged ({why}); restore it before sending"
        )


@contextlib.contextmanager
def kept_at(url: str, clock: Clock, file: Path | None = None) -> Iterator[TxDatabase]:
    """A journal for transactions alone, for who sends without a desk; `url` as in `journal.url`.

    Raises:
        ConfigError: no such database, or another process writes it.
    """
    journal = Journal(Store(url, now_ns=clock.now_ns))
    try:
        yield TxDatabase(journal, clock, file=file)
    finally:
        journal.close()
