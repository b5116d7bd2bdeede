"""Runs the API and the page inside the desk's own event loop. Loopback unless told otherwise."""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import AsyncIterator, Iterable, Iterator

import uvicorn

from argosy.desk.orders import OrderDesk
from argosy.desk.view import DeskView
from argosy.errors import ConfigError
from argosy.web.app import create_app
from argosy.web.guard import LOOPBACK_NAMES
from argosy.web.stream import PAGES_LIMIT

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8484
_SHUTDOWN_S = 2


class _Server(uvicorn.Server):
    """Uvicorn that leaves signals to the desk and says when it is ready."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@contextlib.asynccontextmanager
async def serve(
    view: DeskView,
    host: str = DEFAULT_HOST,
    port: int = DEFAULT_PORT,
    names: Iterable[str] = (),
    orders: OrderDesk | None = None,
    token: str = "",
) -> AsyncIterator[str]:
    """Serve `view` while the context is open; yields the address, like "http://127.0.0.1:8484".

    Port 0 takes a free one. There is no login, so a host beyond loopback is refused unless
    `names` says by which host names or addresses the desk may be reached there.

    Raises:
        ConfigError: the address cannot be used; the message says why and what to do.
    """
    allowed = LOOPBACK_NAMES | {name.lower() for name in names}
    app = create_app(view, allowed, orders, token)
    listening = _listen(host, port, exposed=allowed != LOOPBACK_NAMES)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="on",
        ws="websockets-sansio",
        ws_max_size=4096,  # pages say nothing
        ws_per_message_deflate=False,  # costs more than it saves on the same machine
        ws_ping_interval=20,
        ws_ping_timeout=20,
        h11_max_incomplete_event_size=16_384,
        limit_concurrency=4 * PAGES_LIMIT,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=_SHUTDOWN_S,
        proxy_headers=False,
        server_header=False,
    )
    server = _Server(config)
    failure: BaseException | None = None
    try:
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(server.serve(sockets=[listening]))
            ready = tasks.create_task(server.ready.wait())
            await asyncio.wait({serving, ready}, return_when=asyncio.FIRST_COMPLETED)
            ready.cancel()
            if server.started:
                try:
                    yield _address(listening)
                except (Exception, asyncio.CancelledError) as error:
                    # The caller's own: not to be wrapped in a group, and no reason to cut the
                    # server off before it has closed its pages.
                    failure = error
                finally:
                    server.should_exit = True
            else:
                failure = ConfigError(
                    f"The page could not be started on {host} port {port}; the log says why."
                )
    finally:
        listening.close()
    if failure is not None:
        raise failure


def _listen(host: str, port: int, *, exposed: bool) -> socket.socket:
    """Bind before uvicorn does: it would end the process where the port is taken."""
    if not (_loopback(host) or exposed):
        raise ConfigError(
            f"The page would be open to the network on {host!r}, and it has no login. Use "
            f"{DEFAULT_HOST}, or say by which host names it may be reached."
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(128)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        raise ConfigError(
            f"The page cannot be served on {host} port {port}: {error.strerror or error}. Choose "
            "another port (0 takes a free one), or stop what uses it."
        ) from error
    return listening


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
