"""The `argosy` command. Each command parses, calls one function below it, prints, and exits.

Exit codes: 0 done, 1 it failed or found something wrong, 2 used wrongly, 130 interrupted.
"""

import os
import sys
from typing import Annotated, NoReturn

import typer

from argosy import __version__
from argosy.cli import (
    algos,
    arbitrage,
    baskets,
    bitcoin,
    chain,
    config,
    costs,
    keys,
    lend,
    liquidity,
    market,
    nft,
    orders,
    portfolio,
    recordings,
    routing,
    running,
    schedules,
    simulate,
    stake,
    swaps,
    transfers,
)
from argosy.errors import ArgosyError, ConfigError

app = typer.Typer(
    name="argosy",
    help="One model over every crypto venue: books, orders and data, live or in the sandbox.",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command("up")(running.up)
app.command("sandbox")(running.sandbox)
app.command("doctor")(running.doctor)
app.command("venues")(market.venues)
app.command("book")(market.book)
app.command("route")(routing.route)
app.command("positions")(portfolio.positions)
app.command("tca")(costs.tca)
app.command("margin")(portfolio.margin)
app.command("record")(recordings.record)
app.command("replay")(recordings.replay)
app.command("decode")(recordings.decode)
app.add_typer(orders.app, name="order")
app.add_typer(algos.app, name="algo")
app.add_typer(arbitrage.app, name="arbitrage")
app.add_typer(transfers.app, name="transfer")
app.command("swap")(swaps.swap)
app.add_typer(liquidity.app, name="pool")
app.add_typer(baskets.app, name="basket")
app.add_typer(schedules.app, name="schedule")
app.add_typer(bitcoin.app, name="bitcoin")
app.add_typer(chain.app, name="chain")
app.add_typer(keys.app, name="keys")
app.add_typer(config.app, name="config")
app.add_typer(simulate.app, name="simulate")
app.add_typer(lend.app, name="lend")
app.add_typer(stake.app, name="stake")
app.add_typer(nft.app, name="nft")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"argosy {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """One model over every crypto venue: books, orders and data, live or in the sandbox."""


def main() -> None:
    """Run a command; every failure we know is one line on standard error."""
    try:
        app()
    except ConfigError as e:
        fail(f"argosy: {e}", 2)
    except ArgosyError as e:
        fail(f"argosy: {e}" if str(e) else f"argosy: {type(e).__name__}", 1)
    except BaseExceptionGroup as group:
        known = _known(group)
        if isinstance(known, BrokenPipeError):
            _no_reader()
        if known is None:
            raise
        fail(f"argosy: {known}", 2 if isinstance(known, ConfigError) else 1)
    except KeyboardInterrupt:
        fail("", 130)
    except BrokenPipeError:
        _no_reader()


def _known(group: BaseExceptionGroup[BaseException]) -> ArgosyError | BrokenPipeError | None:
    for error in group.exceptions:
        found = _known(error) if isinstance(error, BaseExceptionGroup) else error
        if isinstance(found, ArgosyError | BrokenPipeError):
            return found
    return None


def _no_reader() -> NoReturn:
    """Whoever read our output has seen enough (`argosy decode ... | head`): that is no failure."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at exit
    raise SystemExit(0)


def fail(message: str, code: int) -> NoReturn:
    """Say why on standard error and exit."""
    if message:
        sys.stderr.write(message + "\n")
    raise SystemExit(code)
