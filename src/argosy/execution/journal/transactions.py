"""Transactions of an address on a chain, as the journal's rows: what is read back. What they are,
`net.tx_journal` knows.
"""

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, false, func, select, true

from argosy.execution.journal.store import Store
from argosy.execution.journal.tables import STANDS, transactions


class TransactionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction as it was written last."""

    id: str
    nonce: int
    state: str
    body: bytes


_ROW = select(
    transactions.c.id, transactions.c.nonce, transactions.c.state, transactions.c.body
).where(STANDS)


def open_transactions(store: Store, chain: str, address: str) -> list[TransactionRow]:
    """Those that are not final, by nonce."""
    query = _ROW.where(_of(chain, address), transactions.c.final == false())
    return sorted(_read(store, query), key=lambda row: row.nonce)  # there are few


def ended_transactions(store: Store, chain: str, address: str, limit: int) -> list[TransactionRow]:
    """Final ones with the highest nonces, by nonce."""
    query = _ROW.where(_of(chain, address), transactions.c.final == true())
    return _read(store, query.order_by(transactions.c.nonce.desc()).limit(limit))[::-1]


def next_nonce(store: Store, chain: str, address: str) -> int:
    """The one after the highest that was used."""
    query = select(func.max(transactions.c.nonce)).where(_of(chain, address), STANDS)
    (row,) = store.rows(query)
    return 0 if row[0] is None else int(row[0]) + 1


def transaction(store: Store, chain: str, address: str, id_: str) -> TransactionRow | None:
    """One by its id, however long ago; None where it was never used, or nobody took it."""
    query = _ROW.where(_of(chain, address), transactions.c.id == id_)
    return next(iter(_read(store, query)), None)


def _of(chain: str, address: str) -> ColumnElement[bool]:
    return and_(transactions.c.chain == chain, transactions.c.address == address)


def _read(store: Store, query: Any) -> list[TransactionRow]:
    return [
        TransactionRow(id=row[0], nonce=row[1], state=row[2], body=bytes(row[3]))
        for row in store.rows(query)
    ]
