"""JavaScript that others wrote, in a folder of its own, and the scripts that drive it."""

import fcntl
import functools
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

SCRIPTS = Path(__file__).parent / "js"
HOME = Path(__file__).parents[2] / "build" / "thirdparty-js"
LOCK = "package-lock.json"
# Peers are left out: one of a peer's own would bring a compiler and a chain of 200 MB.
INSTALL = ("ci", "--legacy-peer-deps", "--ignore-scripts", "--no-audit", "--no-fund", "--silent")


@functools.cache
def _missing() -> str:
    """Why there are no packages; empty: they are there. Installs them on first use."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return "no Node on this machine: install Node 20 or newer"
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / "installing").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # tests of two files may run at once
        locked, kept = (SCRIPTS / LOCK).read_bytes(), HOME / "installed"
        if kept.exists() and kept.read_bytes() == locked:
            return ""
        for name in ("package.json", LOCK):
            shutil.copy(SCRIPTS / name, HOME)
        done = subprocess.run(
            (npm, *INSTALL), cwd=HOME, capture_output=True, text=True, timeout=240, check=False
        )
        if done.returncode:
            return f"the packages cannot be installed: {(done.stderr or done.stdout)[-300:]}"
        kept.write_bytes(locked)
    return ""


def packages_or_skip() -> None:
    """Installed packages, or a skip that says why there are none."""
    if why := _missing():
        pytest.skip(why)


def run(script: str, *arguments: str, told: object = None) -> str:
    """What a script prints; `told` is its standard input, as JSON. It must end well."""
    # Modules are looked up from where a script is, so it has to be beside the packages.
    for each in SCRIPTS.glob("*.mjs"):
        fresh = HOME / f"{each.name}.{id(told)}"
        shutil.copy(each, fresh)
        fresh.replace(HOME / each.name)
    done = subprocess.run(
        ("node", HOME / script, *arguments),
        input=json.dumps(told),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    return done.stdout


def checked(script: str, setup: object) -> dict[str, Any]:
    """What a script says at its end: how many `checks` it made, all of which held, and more."""
    ended: dict[str, Any] = json.loads(run(script, told=setup).strip().splitlines()[-1])
    assert ended["failed"] == 0
    return ended
