"""What `argosy sandbox` runs: the simulated venues alone, until interrupted."""

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Mapping

from argosy.errors import ConfigError
from argosy.sandbox.server import Sandbox, SandboxSettings


async def run(*, seed: int, tls: bool, ports: Mapping[str, int], as_json: bool) -> None:
    """Serve until SIGINT or SIGTERM, after printing addresses and keys. The keys are worthless."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for kind in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(kind, stop.set)
    settings = SandboxSettings(
        seed=seed, tls=tls, ports={f"{venue}.api": port for venue, port in ports.items() if port}
    )
    try:
        async with Sandbox(settings) as sandbox:
            sys.stdout.write(_told(sandbox, as_json=as_json) + "\n")
            sys.stdout.flush()
            await stop.wait()
    except OSError as e:
        raise ConfigError(f"the sandbox cannot listen: {e}; choose other ports") from e


def _told(sandbox: Sandbox, *, as_json: bool) -> str:
    if not as_json:
        return sandbox.banner()
    return json.dumps(
        {
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
