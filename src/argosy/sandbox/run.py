"""What `argosy sandbox` runs: the simulated venues alone, until interrupted."""

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from argosy.errors import ConfigError
from argosy.sandbox.server import Sandbox, SandboxSettings

if TYPE_CHECKING:
    from argosy.sandbox.evm.live import LiveChain


async def run(
    *, seed: int, tls: bool, ports: Mapping[str, int], as_json: bool, chain: bool = False
) -> None:
    """Serve until SIGINT or SIGTERM, after printing addresses and keys. The keys are worthless.

    `chain`: an EVM chain beside the venues, at `ports["chain"]`.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for kind in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(kind, stop.set)
    settings = SandboxSettings(
        seed=seed, tls=tls, ports={f"{venue}.api": port for venue, port in ports.items() if port}
    )
    try:
        async with contextlib.AsyncExitStack() as stack:
            sandbox = await stack.enter_async_context(Sandbox(settings))
            live = None
            if chain:
                live = _live_chain(seed, ports.get("chain", 0))
                await stack.enter_async_context(live)
            sys.stdout.write(_told(sandbox, live, as_json=as_json) + "\n")
            sys.stdout.flush()
            async with asyncio.TaskGroup() as group:
                blocks = group.create_task(live.run()) if live is not None else None
                await stop.wait()
                if blocks is not None:
                    blocks.cancel()
    except OSError as e:
        raise ConfigError(f"the sandbox cannot listen: {e}; choose other ports") from e


def _live_chain(seed: int, port: int) -> "LiveChain":
    from argosy.sandbox.evm.live import LiveChain  # with an optional extra

    return LiveChain(seed=seed, port=port)


def _told(sandbox: Sandbox, live: "LiveChain | None", *, as_json: bool) -> str:
    if not as_json:
        return sandbox.banner() + (f"\n{live.banner()}" if live is not None else "")
    beside = {"chain": live.told()} if live is not None else {}
    return json.dumps(
        beside
        | {
            name: {
                "endpoints": sandbox.endpoints(name),
                "endpoints_tls": sandbox.endpoints(name, tls=True) if sandbox.ca_file else {},
                "ca_file": str(sandbox.ca_file or ""),
                "keys": {
                    label: {
                        "key": key.credentials.key,
                        "secret": key.credentials.secret,
                        "passphrase": key.credentials.passphrase,
                    }
                    for label, key in sandbox.venue(name).keys.items()
                },
            }
            for name in sandbox.servers
        }
    )
