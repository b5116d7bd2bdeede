"""Files that only their owner may read: written whole or not at all, refused where others can read
them or change the folder they are in.
"""

import contextlib
import os
import secrets
import stat
from pathlib import Path

from argosy.errors import ConfigError

MOST_BYTES = 64 * 1024


def private_folder(folder: Path) -> None:
    """Make a folder for its owner alone.

    Raises:
        ConfigError: it cannot be made, or others may look into it.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.mkdir(exist_ok=True, mode=0o700)
    except OSError as e:
        raise ConfigError(f"folder {folder} cannot be made: {e.strerror}") from e
    check_folder(folder)


def check_folder(folder: Path) -> None:
    """Raises ConfigError where a folder is another's, or others may look into it."""
    try:
        told = folder.lstat()
    except OSError as e:
        raise ConfigError(f"folder {folder} cannot be read: {e.strerror}") from e
    if not stat.S_ISDIR(told.st_mode):
        raise ConfigError(f"{folder} is no folder")
    _check(told, f"folder {folder}", f"chmod 700 {folder}")


def _check(told: os.stat_result, what: str, remedy: str) -> None:
    if os.name != "posix":  # elsewhere these bits say nothing
        return
    if told.st_uid != os.geteuid():
        raise ConfigError(f"{what} belongs to another user; keys are read from your own alone")
    if told.st_mode & 0o077:
        mode = stat.S_IMODE(told.st_mode)
        raise ConfigError(f"{what} has mode {mode:04o}, so others may use it; run {remedy}")


def read_private(path: Path, *, folder: bool = True) -> bytes:
    """A file's bytes, where nobody else may read it, nor (with `folder`) its folder.

    Raises:
        FileNotFoundError: there is none.
        ConfigError: others may read it, it is no plain file, or it is far too long.
    """
    if folder and path.parent.exists():
        check_folder(path.parent)
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        raise
    except OSError as e:  # a symbolic link, too
        raise ConfigError(f"{path} cannot be read: {e.strerror}") from e
    with os.fdopen(descriptor, "rb") as file:
        told = os.fstat(file.fileno())  # of what is open: nobody can change it in between
        if not stat.S_ISREG(told.st_mode):
            raise ConfigError(f"{path} is no plain file")
        _check(told, str(path), f"chmod 600 {path}")
        found = file.read(MOST_BYTES + 1)
    if len(found) > MOST_BYTES:
        raise ConfigError(f"{path} has more than {MOST_BYTES} bytes; it is no file of ours")
    return found


def write_private(path: Path, content: bytes) -> None:
    """Write a new file, whole or not at all; one that is there stays as it is.

    Raises:
        ConfigError: there is one already, or it cannot be written.
    """
    private_folder(path.parent)
    fresh = path.parent / f".{path.name}.{secrets.token_hex(8)}"
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(fresh, path)  # unlike renaming, it never replaces
        _sync(path.parent)
    except FileExistsError:
        raise ConfigError(f"{path} is there already; it is never overwritten") from None
    except OSError as e:
        raise ConfigError(f"{path} cannot be written: {e.strerror}") from e
    finally:
        with contextlib.suppress(OSError):
            fresh.unlink()


def _sync(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
