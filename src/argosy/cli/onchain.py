"""Options that commands on a chain share, and how they show what was done."""

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from argosy.desk.place import Where

T = TypeVar("T")
Url = Annotated[
    str,
    typer.Option(
        "--url",
        help="JSON-RPC of a node; else the sandbox that runs, or one started for the command.",
    ),
]
KeyEnv = Annotated[
    str,
    typer.Option(
        "--key-env",
        help="Environment variable with the private key, or vault:NAME; on the sandbox `desk`'s.",
    ),
]
Owner = Annotated[str, typer.Option("--owner", help="Whose account to read; else the key's.")]
Contracts = Annotated[
    str,
    typer.Option("--contracts", help="File with what `argosy sandbox --chain --json` printed."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be sent; send nothing.")]


def meant(url: str, contracts: str, key_env: str = "", owner: str = "") -> "Where":
    """The chain and the key that options name; that a chain is started is told."""
    from argosy.cli.output import note
    from argosy.desk.place import Where

    return Where(url=url, contracts=contracts, key_env=key_env, owner=owner, note=note)


def on_chain(work: Coroutine[Any, Any, T]) -> T:
    """Do something on a chain; what is signed is told beside the output, not in it."""
    from argosy.cli.output import log_to_stderr

    log_to_stderr()
    return asyncio.run(work)


def show_deed(deed: Any) -> None:
    """A deed in words, its call, and what became of it."""
    if deed.dry_run:
        typer.echo(f"would {deed.words}")
        for each in deed.approvals:
            typer.echo(f"  first: {each.to} {each.data}")
        typer.echo(f"  call: {deed.call.to} {deed.call.data}")
        if deed.call.value:
            typer.echo(f"  with {deed.call.value} wei")
        if deed.gas:
            typer.echo(f"  gas: {deed.gas}")
        return
    typer.echo(f"done: {deed.words}")
    typer.echo(f"  {deed.transaction} in block {deed.block}, for {deed.gas_cost} wei of gas")


def percent(value: Any) -> str:
    """A fraction in percent."""
    from argosy.cli.output import money

    return "" if value is None else f"{money(value * 100, 2)} %"
