"""Clients that others wrote, in an environment of their own, against the simulated Kraken."""

import asyncio
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from argosy.sandbox.server import Sandbox, SandboxSettings

HERE = Path(__file__).parent
HOME = HERE.parents[1] / "build" / "thirdparty-kraken"
PACKAGES = ("ccxt", "krakenex", "python-kraken-sdk")
pytestmark = [pytest.mark.thirdparty, pytest.mark.slow, pytest.mark.timeout(300)]


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)


@pytest.fixture(scope="module")
def python():
    """The interpreter of an environment with the clients; skips where they cannot be had."""
    found = HOME / "bin" / "python"
    if not found.exists() or run(str(found), "-c", "import ccxt.pro, krakenex, kraken").returncode:
        made = run(sys.executable, "-m", "venv", "--clear", str(HOME))
        if made.returncode == 0:
            uv = shutil.which("uv")
            if uv:
                made = run(uv, "pip", "install", "-q", "-p", str(found), *PACKAGES)
            else:
                made = run(str(found), "-m", "pip", "install", "-q", *PACKAGES)
        if made.returncode:
            pytest.skip(f"{', '.join(PACKAGES)} cannot be installed: {made.stderr[-300:]}")
    return str(found)


@pytest.mark.parametrize("script", ["kraken_ccxt.py", "kraken_sdks.py"])
async def test_a_client_works_unmodified(python, script, tmp_path):
    settings = SandboxSettings(venues=("kraken",), limits=False)
    async with Sandbox(settings) as sandbox:
        keys = {
            label: {"key": key.credentials.key, "secret": key.credentials.secret}
            for label, key in sandbox.venue("kraken").keys.items()
        }
        setup = tmp_path / "setup.json"
        setup.write_text(json.dumps({"endpoints": sandbox.endpoints("kraken"), "keys": keys}))
        process = await asyncio.create_subprocess_exec(
            python,
            str(HERE / script),
            str(setup),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await asyncio.wait_for(process.communicate(), 200)
    assert process.returncode == 0, output.decode()[-3000:]
