"""Clients that others wrote, in an environment of their own, against the simulated OKX."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from argosy.sandbox.server import Sandbox, SandboxSettings

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
HOME = ROOT / "build" / "thirdparty-okx"
LOCKED = ROOT / "requirements" / "thirdparty-okx.txt"
pytestmark = [pytest.mark.thirdparty, pytest.mark.slow, pytest.mark.timeout(300)]


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)


@pytest.fixture(scope="module")
def python():
    """The interpreter of an environment with the clients; skips where they cannot be had."""
    found = HOME / "bin" / "python"
    if not found.exists() or run(str(found), "-c", "import ccxt.pro, okx.Trade").returncode:
        made = run(sys.executable, "-m", "venv", "--clear", str(HOME))
        if made.returncode == 0:
            locked = ("-q", "--require-hashes", "-r", str(LOCKED))
            uv = shutil.which("uv")
            if uv:
                made = run(uv, "pip", "install", "-p", str(found), *locked)
            else:
                made = run(str(found), "-m", "pip", "install", *locked)
        if made.returncode:
            pytest.skip(f"ccxt and python-okx cannot be installed: {made.stderr[-300:]}")
    return str(found)


@pytest.mark.parametrize("script", ["okx_ccxt.py", "okx_sdk.py"])
async def test_a_client_works_unmodified(python, script, tmp_path):
    async with Sandbox(SandboxSettings(venues=("okx",), limits=False)) as sandbox:
        keys = {
            label: {
                "key": key.credentials.key,
                "secret": key.credentials.secret,
                "passphrase": key.credentials.passphrase,
            }
            for label, key in sandbox.venue("okx").keys.items()
        }
        setup = tmp_path / "setup.json"
        setup.write_text(
            json.dumps(
                {
                    "endpoints": sandbox.endpoints("okx"),
                    "tls": sandbox.endpoints("okx", tls=True),
                    "keys": keys,
                }
            )
        )
        process = await asyncio.create_subprocess_exec(
            python,
            str(HERE / script),
            str(setup),
            env=os.environ | {"SSL_CERT_FILE": str(sandbox.ca_file)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await asyncio.wait_for(process.communicate(), 240)
    assert process.returncode == 0, output.decode()[-3000:]
    assert json.loads(output.decode().strip().splitlines()[-1])["done"]
