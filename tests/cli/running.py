"""The `argosy` command as people start it: a process of its own, in a home of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from argosy.sandbox.evm.packages import cache_folder

COMMAND = Path(sys.executable).with_name("argosy")


class Home:
    """A fresh home folder to run commands in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "state" / "argosy" / "desk.json"
        names = ("PATH", "LANG", "ANVIL_BIN")
        kept = {name: os.environ[name] for name in names if name in os.environ}
        self.environment = {
            **kept,
            "HOME": str(folder),
            "XDG_STATE_HOME": str(folder / "state"),
            "ARGOSY_CACHE": str(cache_folder().parent),  # nothing is fetched and built anew
            "COLUMNS": "80",
            "PYTHONWARNINGS": "error::ResourceWarning",
        }

    def run(
        self, *arguments: object, seconds: float = 40, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [COMMAND, *map(str, arguments)],
            cwd=self.folder,
            env=self.environment | variables,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def ask(self, *arguments: object) -> Any:
        """The JSON a command prints."""
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def start(self, *arguments: object, **variables: str) -> "Started":
        return Started(self, [str(argument) for argument in arguments], variables)


class Started:
    """A command that runs until it is interrupted."""

    def __init__(self, home: Home, arguments: list[str], variables: dict[str, str]) -> None:
        self.out, self.err = home.folder / "out.txt", home.folder / "err.txt"
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(
                [COMMAND, *arguments],
                cwd=home.folder,
                env=home.environment | variables,
                stdout=out,
                stderr=err,
            )

    def until(self, words: str, seconds: float = 40) -> str:
        """What it has printed, once `words` are among it."""
        end = time.monotonic() + seconds
        while words not in (said := self.out.read_text()):
            assert self.process.poll() is None, self.err.read_text()
            assert time.monotonic() < end, (said, self.err.read_text())
            time.sleep(0.05)
        return said

    def interrupt(self, how: signal.Signals = signal.SIGINT) -> int:
        """Ctrl-C, and the exit code that follows."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(20)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
