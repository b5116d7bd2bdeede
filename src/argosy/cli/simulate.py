"""`argosy simulate`: campaigns that try to break things, on the sandbox."""

import asyncio
import logging
from typing import Annotated

import typer

from argosy.cli.config import AsJson

app = typer.Typer(help="Campaigns on the sandbox.", no_args_is_help=True)


@app.callback()
def campaigns() -> None:
    """Campaigns on the sandbox."""


@app.command("faults")
def faults(
    venue: Annotated[str, typer.Option("--venue", help="Which sandbox venue.")] = "kraken",
    runs: Annotated[int, typer.Option("--runs", min=1, help="How many.")] = 20,
    seed: Annotated[int, typer.Option("--seed", help="The first run's seed.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Trade while connections break, frames are dropped, corrupted and doubled, and answers lost.

    Compares every book with the sandbox's own, and every order with what the sandbox has. Exits
    with 1 when a book was wrong or an order lost or doubled.
    """
    from argosy.cli.output import note, print_json, progress, table
    from argosy.desk.campaign import run_faults

    with progress(f"{venue}: runs") as tell:
        result = asyncio.run(run_faults(venue, runs, seed, tell))
    if as_json:
        print_json(result)
    else:
        table(
            f"faults: {venue}",
            ("what", "count"),
            [
                (name.replace("_", " "), getattr(result, name))
                for name in result.__struct_fields__
                if name not in {"faults_by_kind", "failures"}
            ],
            right=("count",),
        )
        for failure in result.failures[:20]:
            note(failure)
    if result.failed:
        raise typer.Exit(1)


@app.command("crash")
def crash(
    runs: Annotated[int, typer.Option("--runs", min=1, help="How many.")] = 20,
    seed: Annotated[int, typer.Option("--seed", help="The first run's seed.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Kill a trading desk at every step of its journal and its wires in turn, and start it again.

    It trades on both simulated venues: orders, works, algorithms, routes, schedules, and baskets,
    pairs and transfers over both. With faults on the wire, and in half of the runs a full disk, a
    locked database or a stepping clock. Compares orders, fills, positions, transfers and runs of
    schedules with what the venues have. Exits with 1 when one was lost, doubled or still unknown,
    or something that is all or nothing left a part and does not say so.
    """
    from argosy.cli.output import note, print_json, progress, table
    from argosy.desk.crash import run_crashes

    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # requests of the dead
    with progress("crash: runs") as tell:
        result = asyncio.run(run_crashes(runs, seed, tell))
    if as_json:
        print_json(result)
    else:
        table(
            "crash",
            ("what", "count"),
            [
                (name.replace("_", " "), getattr(result, name))
                for name in result.__struct_fields__
                if name not in {"troubles", "kinds", "failures"}
            ],
            right=("count",),
        )
        for failure in result.failures[:20]:
            note(failure)
    if result.failed:
        raise typer.Exit(1)
