"""`argosy up`, `sandbox` and `doctor`: things that run, and whether they can."""

import asyncio
import os
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from argosy.cli.config import AsJson, ConfigFile


def up(
    live: Annotated[
        bool, typer.Option("--live", help="The venues' public endpoints; no key needed.")
    ] = False,
    port: Annotated[
        int | None, typer.Option("--port", min=0, help="Of the terminal; 0: any free one.")
    ] = None,
    browser: Annotated[
        bool | None,
        typer.Option(
            "--open/--no-open", help="Open the terminal in a browser; else where a person sits."
        ),
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Start the desk and its terminal, on sandbox venues unless told otherwise."""
    from argosy.cli.output import log_to_stderr
    from argosy.desk.settings import load
    from argosy.web.up import run

    loaded = load(
        config,
        overrides={"desk.environment": "live" if live else None, "web.port": port},
    )
    log_to_stderr()
    show = _browser() if browser or (browser is None and _someone_watches()) else None
    _run(run(loaded.settings, typer.echo, show))


def _someone_watches() -> bool:
    """Whether a person sits at this terminal with a screen beside it."""
    screen = sys.platform in {"darwin", "win32"} or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    return screen and sys.stdout.isatty()


def _browser() -> Callable[[str], object]:
    import webbrowser

    return webbrowser.open


def sandbox(
    seed: Annotated[int, typer.Option(help="Of the simulated market.")] = 7,
    tls: Annotated[bool, typer.Option("--tls/--no-tls", help="Also listen with TLS.")] = True,
    kraken_port: Annotated[int, typer.Option(min=0, help="Fixed port; 0: any.")] = 0,
    okx_port: Annotated[int, typer.Option(min=0, help="Fixed port; 0: any.")] = 0,
    chain: Annotated[
        bool,
        typer.Option("--chain", help="Also an EVM chain, with Uniswap, Aave and others on it."),
    ] = False,
    chain_port: Annotated[int, typer.Option(min=0, help="Fixed port; 0: any.")] = 0,
    venues: Annotated[
        str, typer.Option(help="Which, by commas; uniswap and sushiswap are on the chain.")
    ] = "kraken,okx",
    block_s: Annotated[
        float, typer.Option("--block-seconds", min=0.1, help="Between blocks of the chain.")
    ] = 2.0,
    bitcoin: Annotated[
        bool,
        typer.Option("--bitcoin", help="Also a Bitcoin chain: a node and an explorer, simulated."),
    ] = False,
    bitcoin_port: Annotated[int, typer.Option(min=0, help="Fixed port; 0: any.")] = 0,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Start the simulated venues alone, for other programs to trade on; prints their addresses.

    While it runs, `argosy up`, `book` and `record` use it in place of one of their own.
    """
    from argosy.desk import state
    from argosy.desk.settings import load
    from argosy.sandbox.run import run
    from argosy.sandbox.server import SandboxSettings

    ports = {"kraken.api": kraken_port, "okx.api": okx_port, "chain": chain_port}
    settings = SandboxSettings(
        seed=seed,
        venues=_names(venues),
        tls=tls,
        ports={name: port for name, port in ports.items() if port},
        chain=chain,
        block_s=block_s,
    )
    where = state.folder(load(config).settings.desk.state_folder)
    _run(run(settings, as_json=as_json, where=where, bitcoin=bitcoin, bitcoin_port=bitcoin_port))


def _names(text: str) -> tuple[str, ...]:
    from argosy.errors import ConfigError
    from argosy.sandbox.server import VENUES

    names = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    unknown = [name for name in names if name not in VENUES]
    if unknown or not names:
        raise ConfigError(
            f"--venues is {text!r}; the sandbox has {', '.join(VENUES)}, to be named by commas"
        )
    return names


def doctor(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Check what this installation has, and what is lost without what it has not."""
    from argosy.cli.output import print_json, table
    from argosy.desk.doctor import examine
    from argosy.desk.settings import load

    findings = examine(load(config).settings)
    if as_json:
        print_json(findings)
    else:
        marks = {"ok": "ok", "missing": "—", "wrong": "WRONG"}
        table(
            "",
            ("", "what", "found", "without it"),
            [(marks[found.state], found.what, found.found, found.lost) for found in findings],
        )
    if any(found.state == "wrong" for found in findings):
        raise typer.Exit(1)


def _run(main: "Coroutine[None, None, None]") -> None:  # type: ignore[name-defined]  # noqa: F821
    """Run until done or interrupted, on uvloop where there is one."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(main)
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(main)
