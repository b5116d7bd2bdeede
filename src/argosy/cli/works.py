"""What the commands of everything that the desk works have in common."""

from typing import Any

import typer

from argosy.cli.orders import ask_desk


def ask_work(work: str, what: str, *, as_json: bool, config: Any) -> None:
    """Pause, continue or stop a work, and say where it is then."""
    from argosy.cli.output import print_json

    found = ask_desk("/api/orders/works/ask", config, {"work": work, "what": what})
    if as_json:
        print_json(found)
    else:
        typer.echo(f"{found['id']}: {found['phase']}")
