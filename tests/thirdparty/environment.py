"""Environments of their own for clients that others wrote, made once from locked requirements."""

import functools
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*command, seconds=240):
    """A command's end, whatever it is."""
    return subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)


@functools.cache
def _made(name, imports):
    home = ROOT / "build" / f"thirdparty-{name}"
    locked = ROOT / "requirements" / f"thirdparty-{name}.txt"
    found = home / "bin" / "python"
    if found.exists() and run(str(found), "-c", f"import {imports}").returncode == 0:
        return str(found), ""
    made = run(sys.executable, "-m", "venv", "--clear", str(home))
    if made.returncode == 0:
        words = ("-q", "--require-hashes", "-r", str(locked))
        uv = shutil.which("uv")
        if uv:
            made = run(uv, "pip", "install", "-p", str(found), *words)
        else:
            made = run(str(found), "-m", "pip", "install", *words)
    return str(found), made.stderr[-300:] if made.returncode else ""


def python_with(name, imports):
    """The interpreter of an environment; skips where it cannot be had."""
    found, why = _made(name, imports)
    if why:
        pytest.skip(f"{imports} cannot be installed: {why}")
    return found
