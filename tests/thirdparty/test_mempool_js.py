"""mempool.js, in a folder of its own, against the simulated explorer."""

import asyncio
import functools
import json
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from argosy.sandbox.bitcoin.chain import ChainSettings
from argosy.sandbox.bitcoin.encoding import serialized
from argosy.sandbox.bitcoin.server import PASSWORD, USER
from net.bitcoin_worlds import simulated
from thirdparty.environment import ROOT, run

HERE = Path(__file__).parent / "mempool_js"
HOME = ROOT / "build" / "thirdparty-mempool"
NPM_WORDS = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent")
pytestmark = [pytest.mark.thirdparty, pytest.mark.slow, pytest.mark.timeout(300)]


@functools.cache
def missing():
    """Why there is no client; empty: it is there, installed on first use."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return "no Node on this machine: install Node 20 or newer"
    HOME.mkdir(parents=True, exist_ok=True)
    locked, kept = (HERE / "package-lock.json").read_bytes(), HOME / "installed"
    if kept.exists() and kept.read_bytes() == locked:
        return ""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, HOME)
    made = run(npm, *NPM_WORDS, "--prefix", str(HOME))
    if made.returncode:
        return f"mempool.js cannot be installed: {(made.stderr or made.stdout)[-300:]}"
    kept.write_bytes(locked)
    return ""


async def test_rest_and_stream_are_what_it_expects():
    if why := missing():
        pytest.skip(why)
    shutil.copy(HERE / "explorer.mjs", HOME)  # modules are looked for from where a script is
    async with simulated(chain=ChainSettings(blocks=150, block_vsize=8_000)) as world:
        crowd = world.sandbox.crowd
        for _ in range(40):
            crowd.step()
        while len(crowd.chain.pool) < 30:
            crowd._act()
        paid = world._tx(5_000_000)
        less = msgspec.structs.replace(paid.outputs[1], value=paid.outputs[1].value - 50_000)
        replacing = msgspec.structs.replace(paid, outputs=(paid.outputs[0], less))
        setup = {
            "hostname": world.sandbox.api.removeprefix("http://").removesuffix("/api"),
            "rpc": world.node.url,
            "user": USER,
            "password": PASSWORD,
            "raw": serialized(paid).hex(),
            "replacing": serialized(replacing).hex(),
            "address": crowd.address("miner"),
        }
        done = await asyncio.to_thread(
            subprocess.run,
            ("node", str(HOME / "explorer.mjs")),
            input=json.dumps(setup),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    assert len(json.loads(done.stdout.splitlines()[-1])["done"]) == 5
