"""What `argosy up` runs: the desk, the API and the terminal, until interrupted."""

import asyncio
import contextlib
import os
import random
import signal
from collections.abc import Callable

from argosy.desk import state
from argosy.desk.api import SETTLE_S
from argosy.desk.build import open_desk
from argosy.desk.desk import Desk
from argosy.desk.doctor import books_compiled
from argosy.desk.keeping import cause_of
from argosy.desk.orders import OrderDesk
from argosy.desk.settings import Settings
from argosy.errors import ConfigError
from argosy.web.pages import terminal_built
from argosy.web.server import serve


async def run(
    settings: Settings,
    say: Callable[[str], object],
    show: Callable[[str], object] | None = None,
) -> None:
    """Run until SIGINT or SIGTERM; says what is started, and the terminal's address last.

    `show` is called with that address: to open it in a browser.

    Raises:
        ConfigError: a setting that cannot be used, another desk that runs, a port that is taken.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for kind in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(kind, stop.set)
    where = state.folder(settings.desk.state_folder)
    with state.claimed(where):
        async with open_desk(settings, attach=True) as desk:
            try:
                await _serve(desk, settings, stop, say, show)
            except BaseExceptionGroup as group:
                cause = cause_of(group)
                if isinstance(cause, ConfigError):
                    raise cause from None
                raise


async def _serve(
    desk: Desk,
    settings: Settings,
    stop: asyncio.Event,
    say: Callable[[str], object],
    show: Callable[[str], object] | None,
) -> None:
    token = state.new_token()
    where = state.folder(settings.desk.state_folder)
    orders = OrderDesk(desk, random.SystemRandom())
    async with (
        asyncio.TaskGroup() as group,
        serve(desk, settings.web.host, settings.web.port, orders=orders, token=token) as url,
    ):
        say(_where_from(desk))
        if not books_compiled():
            say("books run interpreted, about a hundred times slower: `argosy doctor` says more")
        running = group.create_task(desk.run())
        announced = state.RunningDesk(
            address=url, token=token, pid=os.getpid(), environment=settings.desk.environment
        )
        state.announce(where, announced)
        try:
            await _report(desk, stop, say)
            if not stop.is_set():
                if not terminal_built():
                    say("the page was not built (make web builds it): the address has the API only")
                say(f"{settings.desk.environment} terminal: {url}")
                if show is not None and terminal_built():
                    await asyncio.to_thread(show, url)
            await stop.wait()
            say("stopping")
        finally:
            state.withdraw(where, os.getpid())
            running.cancel()


def _where_from(desk: Desk) -> str:
    """Sandbox or live, in words no one can misread."""
    if desk.sandbox is not None:
        return (
            "sandbox: simulated venues on this machine; nothing here is real money\n"
            + desk.sandbox.addresses()
        )
    trading = ", ".join(desk.traders)
    if trading:
        return f"live: real venues; orders at {trading} spend real money"
    return "live: real venues' public streams; no API key is set, so no orders"


async def _report(desk: Desk, stop: asyncio.Event, say: Callable[[str], object]) -> None:
    """Wait for the venues, then say how each is; a venue that is late is no reason to wait on."""
    settling = asyncio.ensure_future(desk.settled(SETTLE_S))  # noqa: TID251  # awaited below
    stopping = asyncio.ensure_future(stop.wait())  # noqa: TID251
    try:
        await asyncio.wait((settling, stopping), return_when=asyncio.FIRST_COMPLETED)
    finally:
        settling.cancel()
        stopping.cancel()
    if stop.is_set():
        return
    for health in desk.venues():
        say(f"{health.id}: {health.state.value}" + (f" ({health.detail})" if health.detail else ""))
