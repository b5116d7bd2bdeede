"""What `argosy sandbox` runs: the simulated venues alone, until interrupted."""

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import Any

import msgspec

from argosy.errors import ConfigError
from argosy.sandbox.server import Sandbox, SandboxSettings
from argosy.sandbox.told import announce, withdraw


async def run(settings: SandboxSettings, *, as_json: bool, where: Path) -> None:
    """Serve until SIGINT or SIGTERM, after printing addresses and keys. The keys are worthless.

    While it runs, a file in `where` tells this user's other programs of it.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for kind in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(kind, stop.set)
    try:
        async with Sandbox(settings) as sandbox:
            announce(where, sandbox.told())
            try:
                sys.stdout.write(_told(sandbox, as_json=as_json) + "\n")
                sys.stdout.flush()
                await stop.wait()
            finally:
                withdraw(where, os.getpid())
    except OSError as e:
        raise ConfigError(f"the sandbox cannot listen: {e}; choose other ports") from e


def _told(sandbox: Sandbox, *, as_json: bool) -> str:
    if not as_json:
        return sandbox.banner()
    told = sandbox.told()
    by_name: dict[str, Any] = dict(told.venues)
    for name in told.chain_venues:
        by_name[name] = {"endpoints": told.endpoints(name)}
    if told.chain is not None:
        by_name["chain"] = told.chain
    return msgspec.json.encode(by_name).decode()
