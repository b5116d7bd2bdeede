"""Universal Router calls that others' code wrote are read as what they were made from."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from argosy.dialects.evm.calldata import read_call

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
HOME = ROOT / "build" / "thirdparty-router"
LOCKED = ROOT / "requirements" / "thirdparty-router.txt"
ROUTER = "0x" + "12" * 20
pytestmark = [pytest.mark.thirdparty, pytest.mark.slow, pytest.mark.timeout(300)]


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)


@pytest.fixture(scope="module")
def python():
    """The interpreter of an environment with the codec; skips where it cannot be had."""
    found = HOME / "bin" / "python"
    if (
        not found.exists()
        or run(str(found), "-c", "import uniswap_universal_router_decoder").returncode
    ):
        made = run(sys.executable, "-m", "venv", "--clear", str(HOME))
        if made.returncode == 0:
            locked = ("-q", "--require-hashes", "-r", str(LOCKED))
            uv = shutil.which("uv")
            if uv:
                made = run(uv, "pip", "install", "-p", str(found), *locked)
            else:
                made = run(str(found), "-m", "pip", "install", *locked)
        if made.returncode:
            pytest.skip(f"the codec cannot be installed: {made.stderr[-300:]}")
    return str(found)


@pytest.mark.parametrize("seed", [1, 2])
def test_calls_are_read_as_what_they_were_made_from(python, seed):
    told = run(python, str(HERE / "router_calls.py"), ROUTER, str(seed), "150")
    assert told.returncode == 0, told.stderr[-2000:]
    rows = [json.loads(line) for line in told.stdout.splitlines()]
    assert len(rows) == 150
    for row in rows:
        call = read_call(ROUTER, row["data"])
        assert call.known
        assert len(call.actions) == len(row["actions"])
        for action, expected in zip(call.actions, row["actions"], strict=True):
            found = msgspec.json.decode(msgspec.json.encode(action))
            assert {name: found[name] for name in expected} == expected
