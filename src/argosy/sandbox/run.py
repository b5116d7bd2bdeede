"""What `argosy sandbox` runs: the simulated venues alone, until interrupted."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from argosy.errors import ConfigError
from argosy.sandbox.server import Sandbox, SandboxSettings
from argosy.sandbox.told import announce, withdraw

if TYPE_CHECKING:
    from argosy.sandbox.bitcoin.server import BitcoinSandbox


async def run(
    settings: SandboxSettings,
    *,
    as_json: bool,
    where: Path,
    bitcoin: bool = False,
    bitcoin_port: int = 0,
) -> None:
    """Serve until SIGINT or SIGTERM, after printing addresses and keys. The keys are worthless.

    While it runs, a file in `where` tells this user's other programs of it. `bitcoin`: a Bitcoin
    chain beside it.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for kind in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(kind, stop.set)
    try:
        async with contextlib.AsyncExitStack() as stack:
            sandbox = await stack.enter_async_context(Sandbox(settings))
            beside: dict[str, BitcoinSandbox] = {}
            if bitcoin:
                simulated = _bitcoin(settings.seed, bitcoin_port)
                beside["bitcoin"] = await stack.enter_async_context(simulated)
            announce(where, sandbox.told())
            stack.callback(withdraw, where, os.getpid())
            sys.stdout.write(_told(sandbox, beside, as_json=as_json) + "\n")
            sys.stdout.flush()
            async with asyncio.TaskGroup() as group:
                running = [group.create_task(each.run()) for each in beside.values()]
                await stop.wait()
                for task in running:
                    task.cancel()
    except OSError as e:
        raise ConfigError(f"the sandbox cannot listen: {e}; choose other ports") from e


def _bitcoin(seed: int, port: int) -> "BitcoinSandbox":
    from argosy.sandbox.bitcoin.server import BitcoinSandbox, BitcoinSettings

    return BitcoinSandbox(BitcoinSettings(seed=seed, port=port))


def _told(sandbox: Sandbox, beside: "Mapping[str, BitcoinSandbox]", *, as_json: bool) -> str:
    if not as_json:
        return "\n".join([sandbox.banner(), *(each.banner() for each in beside.values())])
    told = sandbox.told()
    by_name: dict[str, Any] = dict(told.venues)
    for name in told.chain_venues:
        by_name[name] = {"endpoints": told.endpoints(name)}
    if told.chain is not None:
        by_name["chain"] = told.chain
    by_name |= {name: each.told() for name, each in beside.items()}
    return msgspec.json.encode(by_name).decode()
