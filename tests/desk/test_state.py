"""The file by which a desk is found, and the lock that keeps it the only one."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from argosy.desk import state
from argosy.desk.state import RunningDesk
from argosy.errors import ConfigError


def running(pid: int | None = None) -> RunningDesk:
    return RunningDesk(
        address="http://127.0.0.1:1", token="sesame", pid=pid or os.getpid(), environment="sandbox"
    )


def dead_pid() -> int:
    code = "import os; print(os.getpid())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    return int(done.stdout)


def test_what_is_announced_is_found_until_withdrawn(tmp_path: Path) -> None:
    where = tmp_path / "state" / "argosy"
    assert state.find(where) is None
    path = state.announce(where, running())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(where.stat().st_mode) == 0o700
    assert state.find(where) == running()
    assert "sesame" not in repr(running())
    state.withdraw(where, os.getpid() + 1)  # another's
    assert path.exists()
    state.withdraw(where, os.getpid())
    assert not path.exists()
    state.withdraw(where, os.getpid())
    assert not list(where.iterdir())


def test_the_file_is_private_even_where_another_stood_open(tmp_path: Path) -> None:
    (tmp_path / "desk.json").write_text("{}")
    (tmp_path / "desk.json").chmod(0o644)
    path = state.announce(tmp_path, running())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_dead_process_counts_as_none(tmp_path: Path) -> None:
    state.announce(tmp_path, running(dead_pid()))
    assert state.find(tmp_path) is None
    state.announce(tmp_path, running(2**62))
    assert state.find(tmp_path) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"address":1}',
        b"\xff",
        b'{"address":"","token":"","pid":-1,"environment":""}',
    ],
)
def test_foreign_content_is_named_and_never_fatal_at_the_end(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "desk.json").write_bytes(content)
    with pytest.raises(ConfigError, match=r"desk\.json.*delete it"):
        state.find(tmp_path)
    state.withdraw(tmp_path, os.getpid())
    assert (tmp_path / "desk.json").exists()


def test_one_desk_a_folder(tmp_path: Path) -> None:
    with state.claimed(tmp_path):
        state.announce(tmp_path, running())
        with (
            pytest.raises(ConfigError, match=r"runs already at http://127.0.0.1:1 \(process"),
            state.claimed(tmp_path),
        ):
            pass
        with state.claimed(tmp_path / "other"):
            pass
    with state.claimed(tmp_path):  # free again
        pass


def test_a_desk_that_was_killed_leaves_the_folder_free(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from argosy.desk import state\n"
        "with state.claimed(Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert done.returncode == -9
    with state.claimed(tmp_path):
        pass


def test_a_folder_that_cannot_be_is_refused_clearly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"desk\.state_folder"), state.claimed(tmp_path / "file"):
        pass


def test_where_state_is_kept(tmp_path: Path) -> None:
    assert state.folder(str(tmp_path)) == tmp_path
    assert state.folder("", {"XDG_STATE_HOME": str(tmp_path)}) == tmp_path / "argosy"
    assert state.folder("", {}) == Path.home() / ".local" / "state" / "argosy"
    assert state.folder("~/x") == Path.home() / "x"


def test_tokens_differ() -> None:
    assert len({state.new_token() for _ in range(50)}) == 50
    assert len(state.new_token()) >= 40
