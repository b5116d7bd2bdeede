"""`argosy config`: what the settings are, and where each comes from."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Look at the settings.", no_args_is_help=True)

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", help="A settings file (TOML).", envvar="ARGOSY_CONFIG", show_envvar=True
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("show")
def show(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Every setting, its value, and where that came from."""
    from argosy.cli.output import print_json, table
    from argosy.desk.settings import flatten, load

    loaded = load(config)
    rows = [
        (name, value, loaded.origins.get(name, "default"))
        for name, value in flatten(loaded.settings).items()
    ]
    if as_json:
        print_json({name: {"value": value, "origin": origin} for name, value, origin in rows})
    else:
        table("", ("setting", "value", "from"), rows)
