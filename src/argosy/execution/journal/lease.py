"""Who may write a journal: one process at a time, told by a number that only goes up.

Each transaction checks that the number is still its own, so a process that lost the lease (it was
stopped for minutes, or its clock stepped) fails to commit and therefore sends nothing more.
"""

import os
import platform
from pathlib import Path

from sqlalchemy import Connection, insert, select, update

from argosy.errors import ConfigError, NotSent
from argosy.execution.journal.tables import lease

NAME = "writer"
LASTS_S = 30.0  # a holder that writes nothing for this long may be followed by another


class LeaseLost(NotSent):
    """Another process writes this journal now: this one must stop. Nothing was sent."""


def holder() -> str:
    """This process, so that another on the same machine can see that it is gone."""
    return f"{_machine()}/{os.getpid()}/{_started(os.getpid())}"


def _machine() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        boot = "-"
    return f"{platform.node()}:{boot}"


def _started(pid: int) -> str:
    """When a process started, in ticks since boot; "-" where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return "-" if fields[0] == "Z" else fields[19]
    except (OSError, IndexError):
        return "-"


def _gone(who: str) -> bool:
    """Whether a holder is known to have ended: only for processes of this machine and this boot."""
    machine, _, rest = who.partition("/")
    pid, _, started = rest.partition("/")
    if machine != _machine() or not pid.isdecimal() or started in {"", "-"}:
        return False
    return _started(int(pid)) != started


def take(connection: Connection, me: str, now_ns: int) -> int:
    """Take the lease within a transaction; returns the number that goes with it.

    Raises:
        ConfigError: a process that lives, or that cannot be seen from here, holds it.
    """
    query = select(lease.c.fence, lease.c.holder, lease.c.until_ns).where(lease.c.name == NAME)
    row = connection.execute(query.with_for_update()).first()
    until_ns = now_ns + round(LASTS_S * 1e9)
    if row is None:
        connection.execute(insert(lease).values(name=NAME, fence=1, holder=me, until_ns=until_ns))
        return 1
    fence, other, theirs_ns = row
    if other and not _gone(other) and theirs_ns > now_ns:
        pid = other.partition("/")[2].partition("/")[0]
        raise ConfigError(
            f"another process ({pid} at {other.partition(':')[0]}) writes this journal; stop it,"
            f" or wait {(theirs_ns - now_ns) / 1e9:.0f} s if it is gone"
        )
    connection.execute(
        update(lease)
        .where(lease.c.name == NAME)
        .values(fence=fence + 1, holder=me, until_ns=until_ns)
    )
    return int(fence) + 1


def let_go(connection: Connection, fence: int) -> None:
    """Let the next process have it at once."""
    connection.execute(
        update(lease)
        .where(lease.c.name == NAME, lease.c.fence == fence)
        .values(holder="", until_ns=0)
    )
