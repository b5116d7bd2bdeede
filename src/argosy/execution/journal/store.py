"""The journal's database: one writer's transactions, and what is read back. Blocks; see `writer`.

SQLite (write-ahead log, synced at each commit) by default, PostgreSQL by URL; the same statements.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import SQLAlchemyError as DatabaseError

from argosy.errors import ConfigError, NotSent
from argosy.execution.journal import lease as leases
from argosy.execution.journal.engine import engine_of, said
from argosy.execution.journal.entries import (
    Entry,
    Intended,
    TransactionKnown,
    TransferIntended,
)
from argosy.execution.journal.rows import Rows
from argosy.execution.journal.tables import (
    REFUSED,
    SCHEMA,
    fills,
    history,
    lease,
    marks,
    metadata,
    orders,
    transactions,
    transfers,
    works,
)
from argosy.model import Fill, OrderReport, PlaceOrder

_READ = 1_000  # rows fetched at a time
_AT_ONCE = 500  # ids in one query

_report = msgspec.json.Decoder(OrderReport).decode
_order = msgspec.json.Decoder(PlaceOrder).decode
_fill = msgspec.json.Decoder(Fill).decode


class JournalFailed(NotSent):
    """The journal could not take an intent (disk full, locked, gone): so nothing was sent."""


class DuplicateIntent(ConfigError):
    """A client id that was used before, perhaps by an earlier process: an id is used once."""


class OpenedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order as the journal has it."""

    key: str
    venue: str
    report: OrderReport
    intent: PlaceOrder | None  # None: not placed by us
    work: str


class HistoryRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line of an order's or a work's history."""

    at_ns: int
    kind: str
    body: msgspec.Raw


class Store:
    """An open journal. Not for more than one thread at a time.

    `step` is told the name of each step of a transaction before and after it happens.
    """

    def __init__(
        self, url: str, *, now_ns: Callable[[], int], step: Callable[[str], None] | None = None
    ) -> None:
        """Open a journal, make its tables, take the lease.

        Raises:
            ConfigError: no such database, another schema, or another process writes it.
        """
        self._now_ns = now_ns
        self._step = step or (lambda _name: None)
        self._engine = engine_of(url)
        self._upserts = _Upserts(self._engine.dialect.name)
        self.fence = 0
        try:
            with self._engine.begin() as connection:
                metadata.create_all(connection)
                self._check_schema(connection)
                self.fence = leases.take(connection, leases.holder(), now_ns())
        except DBAPIError as e:
            self._engine.dispose()
            raise ConfigError(f"journal {self.where}: {said(e)}") from e
        except ConfigError:
            self._engine.dispose()
            raise
        self._connection: Connection | None = None

    @property
    def where(self) -> str:
        """The address, without its password."""
        return self._engine.url.render_as_string(hide_password=True)

    def close(self) -> None:
        """Let go of the lease and of the database."""
        try:
            with self._engine.begin() as connection:
                leases.let_go(connection, self.fence)
        except DatabaseError:
            pass  # it runs out by itself
        finally:
            self._drop()
            self._engine.dispose()

    # --- writing ----------------------------------------------------------------------------------

    def write(self, batches: Sequence[Sequence[Entry]]) -> list[Exception | None]:
        """Commit batches, in order, in one transaction; for each, None or why it failed.

        A batch that cannot be kept (a client id used before) fails alone, whole. When the
        database fails, all of them do.
        """
        try:
            self._transact([entry for batch in batches for entry in batch])
        except (IntegrityError, DuplicateIntent) as e:
            if len(batches) == 1:
                return [_duplicate(batches[0], e)]
            return [problem for batch in batches for problem in self.write([batch])]
        except (JournalFailed, leases.LeaseLost) as e:
            return [e] * len(batches)
        return [None] * len(batches)

    def _transact(self, entries: Iterable[Entry]) -> None:
        rows = Rows()
        for entry in entries:
            rows.add(entry)
        self._step("journal begins")
        try:
            connection = self._connected()
            with connection.begin():
                held = connection.execute(
                    _HOLD,
                    {
                        "fence_is": self.fence,
                        "until": self._now_ns() + round(leases.LASTS_S * 1e9),
                    },
                )
                if held.rowcount != 1:
                    raise leases.LeaseLost(f"another process writes {self.where} now")
                if rows.intents:
                    connection.execute(_INTENT, rows.intents)
                if rows.reports:
                    connection.execute(self._upserts.report, rows.reports)
                if rows.fills:
                    connection.execute(self._upserts.fill, rows.fills)
                if rows.works:
                    connection.execute(self._upserts.work, rows.works)
                if rows.moves:
                    connection.execute(_MOVE, rows.moves)
                if rows.transfers:
                    connection.execute(self._upserts.transfer, rows.transfers)
                if rows.taken:
                    connection.execute(self._upserts.taken, rows.taken)
                for row in rows.transactions:  # one by one: each must find its place
                    if connection.execute(self._upserts.transaction, row).rowcount != 1:
                        raise DuplicateIntent(row["id"])
                if rows.marks:
                    connection.execute(self._upserts.mark, rows.marks)
                if rows.history:
                    connection.execute(_HISTORY, rows.history)
                self._step("journal written")
            self._step("journal committed")
        except IntegrityError:
            raise
        except DatabaseError as e:
            self._drop()
            raise JournalFailed(f"journal {self.where}: {said(e)}; nothing was sent") from e

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except DatabaseError:
                connection.invalidate()

    # --- reading ----------------------------------------------------------------------------------

    def open_orders(self, venue: str) -> Iterator[OpenedOrder]:
        """Every order of a venue that was not final when last heard of, oldest first."""
        query = (
            select(orders)
            .where(orders.c.venue == venue, orders.c.final.is_(False))
            .order_by(orders.c.created_ns)
        )
        try:
            with self._engine.connect() as connection:
                reading = connection.execution_options(yield_per=_READ, argosy_reads=True)
                with reading.execute(query) as rows:
                    yield from (self._opened(row) for row in rows)
        except DBAPIError as e:
            raise JournalFailed(f"journal {self.where}: {said(e)}") from e

    def find(self, order_id: str) -> OpenedOrder | None:
        """An order by our id or the venue's, however long ago."""
        query = select(orders).where((orders.c.key == order_id) | (orders.c.venue_id == order_id))
        return next(map(self._opened, self.rows(query)), None)

    def used(self, client_id: str) -> bool:
        """Whether an order or a work ever had this id."""
        of_order = select(orders.c.key).where(orders.c.key == client_id)
        of_work = select(works.c.id).where(works.c.id == client_id)
        return bool(self.rows(of_order) or self.rows(of_work))

    def latest_orders(self, limit: int) -> list[OpenedOrder]:
        """The orders that changed last, newest first."""
        query = select(orders).order_by(orders.c.changed_ns.desc()).limit(limit)
        return [self._opened(row) for row in self.rows(query)]

    def children(self, work: str) -> list[OpenedOrder]:
        """Every order that a work placed, oldest first."""
        query = select(orders).where(orders.c.work == work).order_by(orders.c.created_ns)
        return [self._opened(row) for row in self.rows(query)]

    def fills_of(self, order: OpenedOrder) -> list[Fill]:
        """An order's fills, under whichever venue ids it went, oldest first."""
        by_id = (fills.c.venue == order.venue) & (fills.c.venue_order_id == order.report.venue_id)
        by_client = fills.c.client_id == order.key
        query = select(fills.c.body).where(by_id | by_client)
        return [_fill(row[0]) for row in self.rows(query.order_by(fills.c.venue_ns))]

    def fills_since(self, venue: str, since_ns: int, limit: int) -> list[Fill]:
        """The newest fills of a venue, oldest first."""
        query = (
            select(fills.c.body)
            .where(fills.c.venue == venue, fills.c.venue_ns >= since_ns)
            .order_by(fills.c.venue_ns.desc())
            .limit(limit)
        )
        return [_fill(row[0]) for row in self.rows(query)][::-1]

    def orders_since(self, since_ns: int, limit: int) -> list[OpenedOrder]:
        """The newest of our own orders from a moment on, oldest first."""
        query = (
            select(orders)
            .where(orders.c.created_ns >= since_ns, orders.c.intent.is_not(None))
            .order_by(orders.c.created_ns.desc())
            .limit(limit)
        )
        return [self._opened(row) for row in self.rows(query)][::-1]

    def open_works(self) -> list[tuple[str, str, bytes]]:
        """(id, kind, body) of every work that is not done, oldest first."""
        query = (
            select(works.c.id, works.c.kind, works.c.body)
            .where(works.c.done.is_(False))
            .order_by(works.c.created_ns)
        )
        return [(row[0], row[1], bytes(row[2])) for row in self.rows(query)]

    def work(self, work_id: str) -> tuple[str, str, bytes] | None:
        """(id, kind, body) of one work."""
        query = select(works.c.id, works.c.kind, works.c.body).where(works.c.id == work_id)
        return next(((row[0], row[1], bytes(row[2])) for row in self.rows(query)), None)

    def latest_works(self, limit: int) -> list[tuple[str, str, bytes]]:
        """(id, kind, body) of the works that changed last, newest first."""
        query = select(works.c.id, works.c.kind, works.c.body)
        query = query.order_by(works.c.changed_ns.desc()).limit(limit)
        return [(row[0], row[1], bytes(row[2])) for row in self.rows(query)]

    def open_transfers(self) -> list[bytes]:
        """The body of every transfer that is not done, oldest first."""
        query = select(transfers.c.body).where(transfers.c.done.is_(False))
        return [bytes(row[0]) for row in self.rows(query.order_by(transfers.c.created_ns))]

    def latest_transfers(self, limit: int) -> list[bytes]:
        """The bodies of the transfers that changed last, newest first."""
        query = select(transfers.c.body).order_by(transfers.c.changed_ns.desc()).limit(limit)
        return [bytes(row[0]) for row in self.rows(query)]

    def transfer(self, transfer_id: str) -> bytes | None:
        """The body of one transfer."""
        query = select(transfers.c.body).where(transfers.c.id == transfer_id)
        return next((bytes(row[0]) for row in self.rows(query)), None)

    def history_of(self, about: str) -> list[HistoryRow]:
        """Everything noted of an order or a work, oldest first."""
        query = select(history.c.at_ns, history.c.kind, history.c.body)
        query = query.where(history.c.about == about).order_by(history.c.seq)
        return [
            HistoryRow(at_ns=row[0], kind=row[1], body=msgspec.Raw(bytes(row[2])))
            for row in self.rows(query)
        ]

    def notes_of(self, about: Sequence[str], kinds: Sequence[str]) -> dict[str, list[HistoryRow]]:
        """Notes of some kinds for many orders or works, oldest first."""
        found: dict[str, list[HistoryRow]] = {}
        for first in range(0, len(about), _AT_ONCE):
            query = select(history.c.about, history.c.at_ns, history.c.kind, history.c.body)
            query = query.where(
                history.c.about.in_(about[first : first + _AT_ONCE]), history.c.kind.in_(kinds)
            )
            for row in self.rows(query.order_by(history.c.seq)):
                note = HistoryRow(at_ns=row[1], kind=row[2], body=msgspec.Raw(bytes(row[3])))
                found.setdefault(row[0], []).append(note)
        return found

    def fills_of_many(self, keys: Sequence[str]) -> dict[str, list[Fill]]:
        """Fills by our client ids, oldest first."""
        found: dict[str, list[Fill]] = {}
        for first in range(0, len(keys), _AT_ONCE):
            query = select(fills.c.client_id, fills.c.body)
            query = query.where(fills.c.client_id.in_(keys[first : first + _AT_ONCE]))
            for row in self.rows(query.order_by(fills.c.venue_ns)):
                found.setdefault(row[0], []).append(_fill(row[1]))
        return found

    def mark(self, name: str) -> str | None:
        """A remembered value."""
        query = select(marks.c.value).where(marks.c.name == name)
        return next((str(row[0]) for row in self.rows(query)), None)

    def rows(self, query: Any) -> Sequence[Any]:
        """Rows over a connection of their own: reading waits for no writer."""
        try:
            with self._engine.connect() as connection:
                return connection.execution_options(argosy_reads=True).execute(query).fetchall()
        except DBAPIError as e:
            raise JournalFailed(f"journal {self.where}: {said(e)}") from e

    @staticmethod
    def _opened(row: Any) -> OpenedOrder:
        return OpenedOrder(
            key=row.key,
            venue=row.venue,
            report=_report(row.report),
            intent=None if row.intent is None else _order(row.intent),
            work=row.work,
        )

    def _check_schema(self, connection: Connection) -> None:
        found = connection.execute(select(marks.c.value).where(marks.c.name == "schema")).scalar()
        if found is None:
            connection.execute(insert(marks).values(name="schema", value=SCHEMA))
        elif found != SCHEMA:
            raise ConfigError(
                f"journal {self.where} has schema {found}, this Argosy writes {SCHEMA};"
                " name another journal, or use the Argosy that wrote it"
            )


# --- statements -----------------------------------------------------------------------------------

_HOLD = (
    update(lease)
    .where(lease.c.name == leases.NAME, lease.c.fence == bindparam("fence_is"))
    .values(until_ns=bindparam("until"))
)
_INTENT = insert(orders)
_MOVE = insert(transfers)
_HISTORY = insert(history)


class _Upserts:
    """Statements that insert or, where the row is there, change it."""

    def __init__(self, dialect: str) -> None:
        make = postgresql.insert if dialect == "postgresql" else sqlite.insert

        def upsert(table: Table, *keys: str, keep: tuple[str, ...] = (), where: Any = None) -> Any:
            statement = make(table)
            changed = {
                column.name: statement.excluded[column.name]
                for column in table.columns
                if column.name not in {*keys, *keep}
            }
            return statement.on_conflict_do_update(
                index_elements=list(keys), set_=changed, where=where
            )

        report = make(orders)
        told = ("instrument", "venue_id", "status", "final", "changed_ns", "report")
        # What is final stays so, whatever an old report says.
        self.report = report.on_conflict_do_update(
            index_elements=["key"],
            set_={name: report.excluded[name] for name in told},
            where=orders.c.final.is_(False)
            | report.excluded.final.is_(True)
            | (orders.c.venue_id != report.excluded.venue_id),  # it triggered, and goes on
        )
        self.fill = make(fills).on_conflict_do_nothing()
        self.work = upsert(works, "id", keep=("created_ns", "kind"))
        # What is done stays so.
        self.transfer = upsert(
            transfers, "id", keep=("created_ns",), where=transfers.c.done.is_(False)
        )
        self.mark = upsert(marks, "name")
        keys = ("chain", "address", "id")
        again = make(transactions)
        # An id is another one's unless the nonce is the same, or nobody took what had it.
        self.transaction = upsert(
            transactions,
            *keys,
            keep=("created_ns",),
            where=(transactions.c.state == REFUSED)
            | (transactions.c.nonce == again.excluded.nonce),
        ).execution_options(preserve_rowcount=True)
        self.taken = again.on_conflict_do_nothing(index_elements=keys)


def _duplicate(batch: Sequence[Entry], error: Exception) -> Exception:
    ids = [str(entry.order.client_id) for entry in batch if isinstance(entry, Intended)]
    ids += [entry.id for entry in batch if isinstance(entry, TransferIntended)]
    ids += [
        f"{entry.id} or its nonce {entry.nonce}"
        for entry in batch
        if isinstance(entry, TransactionKnown)
    ]
    if not ids:
        return JournalFailed(f"the journal refused an entry: {said(error)}")
    return DuplicateIntent(f"client id {', '.join(ids)} was used before; use an id once")
