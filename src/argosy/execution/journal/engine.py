"""The database under a journal, SQLite or PostgreSQL: a commit is on the disk when it returns."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from argosy.errors import ConfigError

_BUSY_S = 5.0  # how long a locked database is waited for


def engine_of(url: str) -> Engine:
    """An engine for "sqlite:///FILE" or "postgresql://...". ConfigError for anything else."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigError(
            f"journal {url.partition('@')[2] or url!r} is no address like sqlite:///FILE"
            " or postgresql://USER@HOST/NAME"
        ) from None
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed)
    if parsed.get_backend_name() != "postgresql":
        raise ConfigError(
            f"journal.url names {parsed.get_backend_name()}; journals are kept in sqlite or"
            " postgresql"
        )
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    try:
        engine = create_engine(parsed, pool_size=2, pool_pre_ping=True)
    except (NoSuchModuleError, ModuleNotFoundError) as e:
        raise ConfigError(
            f"journal.url names PostgreSQL, whose driver is not installed ({e}):"
            " pip install 'argosy[postgres]'"
        ) from None
    event.listen(engine, "connect", _durably)
    return engine


def _durably(connection: Any, _record: Any) -> None:
    """A commit is on the disk when it returns, also where a server is told to hurry."""
    connection.execute(
        "SELECT set_config('synchronous_commit', 'on', false)"
        " WHERE current_setting('synchronous_commit') = 'off'"
    )
    connection.commit()


def _sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        try:
            folder = Path(url.database).parent
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            Path(url.database).touch(mode=0o600)
        except OSError as e:
            raise ConfigError(f"journal {url.database} cannot be made: {e.strerror}") from e
    wait = {} if "timeout" in url.query else {"timeout": _BUSY_S}
    engine = create_engine(url, connect_args={"check_same_thread": False, **wait})

    @event.listens_for(engine, "connect")
    def settle(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we begin by ourselves, below
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")  # a commit is on the disk when it returns
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reads = connection.get_execution_options().get("argosy_reads")
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def said(error: Exception) -> str:
    """The database's own words, without the statement and its values."""
    original = getattr(error, "orig", None) or error
    return f"{type(original).__name__}: {str(original).splitlines()[0] if str(original) else ''}"
