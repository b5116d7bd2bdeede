"""Runs the blocks that documents mark with `<!-- run -->`: in one folder a page, in order."""

import contextlib
import functools
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from argosy.sandbox.evm.packages import cache_folder
from docs.pages import Snippet

# Python started by a block opens no socket beyond this machine.
_GUARD = """
import ipaddress, sys

def guard(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        host = str(arguments[1][0])
        if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
            raise RuntimeError(f"documents reach loopback only, not {host}")

sys.addaudithook(guard)
"""
_PATIENCE_S = 150  # for one block; others may be using the machine, too


class Page:
    """A folder, and the environment that a reader with nothing but Argosy has."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        guard = folder / ".guard"
        guard.mkdir()
        (guard / "sitecustomize.py").write_text(_GUARD)
        here = Path(sys.executable).parent
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("ARGOSY_") or name == "ARGOSY_INTERPRETED"
        } | {
            "PATH": f"{here}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(guard),
            "HOME": str(folder),
            "XDG_STATE_HOME": str(folder / ".state"),
            "COLUMNS": "100",
            "ARGOSY_CACHE": str(cache_folder().parent),  # a reader fetches node and contracts once
        }

    @functools.cached_property
    def lacks_chain(self) -> bool:
        """Whether the extra, the node or the contracts are not to be had here."""
        start = "from argosy.sandbox.evm.local import EvmChain; EvmChain().__enter__().close()"
        command = [sys.executable, "-c", start]
        done = subprocess.run(command, env=self.environment, capture_output=True, check=False)
        return done.returncode != 0

    def run(self, snippet: Snippet) -> None:
        """Run a block; an AssertionError says which one failed and what it said."""
        if snippet.kind == "python":
            command = [sys.executable, "-c", snippet.body]
        else:
            command = [shutil.which("bash") or "sh", "-e", "-c", snippet.body]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, f"{snippet}: {done.stdout[-1500:]}\n{done.stderr[-1500:]}"

    @contextlib.contextmanager
    def running(self, *arguments: str, until: str) -> Iterator[str]:
        """An argosy command in the background, from the line that has `until` on; yields that."""
        command = [sys.executable, "-m", "argosy.cli", *arguments]
        if importlib.util.find_spec("argosy.cli.__main__") is None:
            command = [str(Path(sys.executable).parent / "argosy"), *arguments]
        with (self.folder / ".running.log").open("w") as log:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        try:
            assert process.stdout is not None
            line = next((line for line in process.stdout if until in line), None)
            assert line is not None, (self.folder / ".running.log").read_text()
            yield line
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()

    @contextlib.contextmanager
    def given(self, marks: set[str], settings: str = "") -> Iterator[None]:
        """What the blocks of a page need: a desk, one with the page's `settings` ("own"), or a
        sandbox whose addresses are in a file.
        """
        with contextlib.ExitStack() as stack:
            if "own" in marks:
                assert settings, "a page with a desk of its own shows that desk's settings"
                (self.folder / "desk.toml").write_text(settings)
                own = ("up", "--port", "0", "--config", "desk.toml")
                stack.enter_context(self.running(*own, until="terminal:"))
            if "desk" in marks:
                stack.enter_context(self.running("up", "--port", "0", until="terminal:"))
            if "sandbox" in marks:
                told = stack.enter_context(self.running("sandbox", "--json", until="endpoints"))
                (self.folder / "sandbox.json").write_text(json.dumps(json.loads(told)))
            yield
