"""Examines an installation: what is there, what is not, and what is lost without it."""

import contextlib
import importlib.metadata
import importlib.util
import platform
import shutil
import socket
from pathlib import Path
from typing import Literal

import msgspec

from argosy import __version__
from argosy.books import frames
from argosy.desk import state
from argosy.desk.settings import Settings
from argosy.errors import ArgosyError
from argosy.venues import catalog

_JOURNAL_ROOM = 512 * 2**20  # bytes


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at."""

    what: str
    state: Literal["ok", "missing", "wrong"]
    found: str
    lost: str = ""  # what does not work, or works less well, without it


def examine(settings: Settings) -> list[Finding]:
    """Everything that can be checked without touching a network beyond this machine."""
    return [
        _ok("argosy", __version__),
        _python(),
        _compiled(),
        _module("uvloop", "the event loop is asyncio's own: feeds cost more CPU"),
        _module("picows", "no streams", needed=True),
        _module("aiohttp", "no REST, no sandbox", needed=True),
        _terminal(),
        _program("npm", "the terminal cannot be rebuilt, nor the sandbox's chain be fetched"),
        _module("coincurve", "transactions are signed four times slower"),
        _program("cc", "the hot modules cannot be compiled"),
        _venues(),
        _port(settings),
        _state(settings),
        _journal(settings),
    ]


def _ok(what: str, found: str) -> Finding:
    return Finding(what=what, state="ok", found=found)


def _python() -> Finding:
    return _ok("python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")


def books_compiled() -> bool:
    """Whether the hot modules run compiled; else the same code runs as Python."""
    return str(frames.__file__).endswith((".so", ".pyd"))


def _compiled() -> Finding:
    if books_compiled():
        return _ok("compiled books", "yes")
    return Finding(
        what="compiled books",
        state="missing",
        found="interpreted: the same code as Python",
        lost="books cost about a hundred times more CPU; install a C compiler and install again",
    )


def _module(name: str, lost: str, *, needed: bool = False) -> Finding:
    if importlib.util.find_spec(name) is None:
        return Finding(
            what=name, state="wrong" if needed else "missing", found="not installed", lost=lost
        )
    return _ok(name, importlib.metadata.version(name))


def _program(name: str, lost: str) -> Finding:
    path = shutil.which(name)
    if path is None:
        return Finding(what=name, state="missing", found="not found", lost=lost)
    return _ok(name, path)


def _terminal() -> Finding:
    page = Path(__file__).parent.parent / "web" / "static" / "index.html"
    if page.is_file():
        return _ok("terminal", "built")
    return Finding(
        what="terminal",
        state="missing",
        found="not built",
        lost="the page; the API and the CLI work. Install npm and run make web",
    )


def _venues() -> Finding:
    try:
        return _ok("venues", ", ".join(catalog.venues()))
    except ArgosyError as e:
        return Finding(what="venues", state="wrong", found=str(e), lost="every venue")


def _port(settings: Settings) -> Finding:
    where = f"{settings.web.host}:{settings.web.port}"
    if not settings.web.port:
        return _ok("terminal's port", "any free one")
    try:
        socket.create_connection((settings.web.host, settings.web.port), timeout=0.5).close()
    except OSError:
        return _ok("terminal's port", f"{where} is free")
    running = None
    with contextlib.suppress(ArgosyError):  # the state folder is looked at next
        running = state.find(state.folder(settings.desk.state_folder))
    if running is not None and running.address.endswith(f":{settings.web.port}"):
        return _ok("terminal's port", f"{where}: the running desk")
    return Finding(
        what="terminal's port",
        state="missing",
        found=f"{where} is taken by another program",
        lost="argosy up needs --port or web.port",
    )


def _journal(settings: Settings) -> Finding:
    url = state.journal_url(settings)
    if not url:
        return _ok("journal", "a new one each time: simulated venues begin anew")
    if not url.startswith("sqlite:///"):
        if importlib.util.find_spec("psycopg") is None:
            return Finding(
                what="journal",
                state="wrong",
                found=f"{url}: psycopg is not installed",
                lost="orders: install argosy[postgres]",
            )
        return _ok("journal", url)
    folder = Path(url.removeprefix("sqlite:///")).parent
    try:
        free = shutil.disk_usage(folder).free
    except OSError as e:
        return Finding(
            what="journal", state="wrong", found=f"{folder}: {e.strerror}", lost="orders"
        )
    if free < _JOURNAL_ROOM:
        return Finding(
            what="journal",
            state="missing",
            found=f"{folder}: {free // 2**20} MiB free",
            lost="orders are refused once the disk is full; make room, or set journal.url",
        )
    return _ok("journal", f"{url}, {free // 2**30} GiB free")


def _state(settings: Settings) -> Finding:
    where = state.folder(settings.desk.state_folder)
    try:
        running = state.find(where)
        where.mkdir(parents=True, exist_ok=True, mode=0o700)
    except (OSError, ArgosyError) as e:
        return Finding(what="state folder", state="wrong", found=str(e), lost="argosy up")
    told = f"{where}: desk at {running.address}" if running else f"{where}: no desk runs"
    return _ok("state folder", told)
