"""Where a running desk leaves its address and its API token, for this user's own commands."""

import contextlib
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from argosy.desk.settings import Settings
from argosy.errors import ConfigError


class RunningDesk(msgspec.Struct, frozen=True, kw_only=True):
    """How to reach the desk that runs. The token allows orders: the file is the user's alone."""

    address: str
    token: str
    pid: int
    environment: str

    def __repr__(self) -> str:
        return f"RunningDesk({self.address!r}, pid={self.pid})"


def folder(setting: str = "", environment: Mapping[str, str] | None = None) -> Path:
    """Where state is kept: the setting, $XDG_STATE_HOME/argosy, or ~/.local/state/argosy."""
    if setting:
        return Path(setting).expanduser()
    variables = os.environ if environment is None else environment
    base = variables.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "argosy"


def journal_url(settings: Settings) -> str:
    """Where orders are journalled; empty: in a new place each time, as simulated venues do."""
    if settings.journal.url:
        return settings.journal.url
    if settings.desk.environment == "sandbox":
        return ""
    return f"sqlite:///{folder(settings.desk.state_folder) / 'journal.db'}"


@contextlib.contextmanager
def claimed(where: Path) -> Iterator[None]:
    """Hold the folder for one desk: two would share nonces and the file by which they are found.

    The operating system lets go of it however the process ends.

    Raises:
        ConfigError: another desk holds it, or it cannot be written.
    """
    try:
        where.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(where / "desk.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as e:
        raise ConfigError(
            f"the state folder {where} cannot be used ({e.strerror}); set desk.state_folder"
        ) from e
    try:
        if not _locked(descriptor):
            raise ConfigError(
                f"another desk runs already{_whose(where)}; stop it, or give this one a folder of"
                f" its own: ARGOSY_DESK__STATE_FOLDER=... (both would use {where})"
            )
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows: there the state file alone tells
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _whose(where: Path) -> str:
    with contextlib.suppress(ConfigError):
        running = find(where)
        if running is not None:
            return f" at {running.address} (process {running.pid})"
    return ""


def new_token() -> str:
    """A token for the API."""
    return secrets.token_urlsafe(32)


def announce(where: Path, desk: RunningDesk) -> Path:
    """Write the file, readable by its owner alone."""
    where.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = where / "desk.json"
    fresh = where / f"desk.json.{desk.pid}"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(desk))
    fresh.replace(path)
    return path


def withdraw(where: Path, pid: int) -> None:
    """Remove the file if it is that process's; one that cannot be read is left for people."""
    with contextlib.suppress(ConfigError, OSError):
        running = find(where)
        if running is not None and running.pid == pid:
            (where / "desk.json").unlink(missing_ok=True)


def find(where: Path) -> RunningDesk | None:
    """The desk that runs, or None; a file that a dead process left counts as none."""
    try:
        running = msgspec.json.decode((where / "desk.json").read_bytes(), type=RunningDesk)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as e:
        raise ConfigError(f"{where / 'desk.json'} cannot be read ({e}); delete it") from e
    if running.pid <= 0:  # would ask about a whole group of processes
        raise ConfigError(f"{where / 'desk.json'} names process {running.pid}; delete it")
    try:
        os.kill(running.pid, 0)
    except (ProcessLookupError, OverflowError):
        return None
    except PermissionError:
        return running
    return running
