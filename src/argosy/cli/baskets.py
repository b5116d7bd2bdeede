"""`argosy basket`: many instruments and venues as one instruction."""

from pathlib import Path
from typing import Annotated, Any

import typer

from argosy.cli.config import AsJson, ConfigFile
from argosy.cli.orders import ask_desk
from argosy.cli.works import ask_work

app = typer.Typer(help="Orders in many instruments as one instruction.", no_args_is_help=True)

BasketId = Annotated[str, typer.Argument(help="Its id; `argosy basket list` lists them.")]
_COLUMNS = ("instrument", "side", "size", "price", "style", "margin", "leverage", "position_side")


@app.command("start")
def start(
    legs: Annotated[
        list[str] | None,
        typer.Option(
            "--leg", help='"INSTRUMENT SIDE SIZE [PRICE] [rest]"; repeat it for each leg.'
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="CSV with a header, or JSON: the legs, or the whole basket."),
    ] = None,
    name: Annotated[str, typer.Option(help="For people.")] = "",
    max_ahead: Annotated[
        str, typer.Option(help="No leg's filled share leads the slowest one's by more.")
    ] = "1",
    on_failure: Annotated[
        str, typer.Option(help="keep, unwind (all or nothing) or complete (at market).")
    ] = "keep",
    slippage_bps: Annotated[
        str, typer.Option("--slippage-bps", help="Limit of legs without a price.")
    ] = "50",
    within_s: Annotated[float, typer.Option("--within", help="Seconds it may take.")] = 60.0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be sent; send nothing.")
    ] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Begin a basket: legs that go on side by side, none far ahead of the others.

    Where a leg cannot be done, what is filled is kept, taken back, or completed, as you say. It
    lives in the journal: after a restart of the desk it goes on.
    """
    request: dict[str, Any] = {
        "legs": [_leg(text) for text in legs or ()],
        "name": name,
        "max_ahead": max_ahead,
        "on_failure": on_failure,
        "slippage_bps": slippage_bps,
        "within_s": within_s,
    }
    if file is not None:
        found = read_legs(file)
        request = request | found if isinstance(found, dict) else request | {"legs": found}
    request["dry_run"] = dry_run
    show([ask_desk("/api/baskets", config, request)], as_json=as_json, single=True)


@app.command("list")
def list_baskets(
    everything: Annotated[bool, typer.Option("--all", help="Ended ones too.")] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """List baskets, each leg with what it filled and cost against arrival."""
    path = "/api/baskets?everything=true" if everything else "/api/baskets"
    show(ask_desk(path, config), as_json=as_json)


@app.command("stop")
def stop(basket: BasketId, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Withdraw everything; what is filled is kept, or with `unwind` taken back."""
    ask_work(basket, "stop", as_json=as_json, config=config)


def read_legs(file: Path) -> Any:
    """The legs in a file, or a whole basket. ConfigError naming the file and what is wrong."""
    import csv

    import msgspec

    from argosy.errors import ConfigError

    try:
        text = file.read_text()
    except (OSError, UnicodeDecodeError) as e:
        raise ConfigError(f"{file} cannot be read: {e}") from None
    if file.suffix.lower() != ".csv":
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError as e:
            raise ConfigError(f"{file} is not JSON: {e}") from None
    rows = csv.DictReader(text.splitlines())
    unknown = set(rows.fieldnames or ()) - set(_COLUMNS)
    if unknown:
        raise ConfigError(
            f"{file} has columns {', '.join(sorted(map(str, unknown)))};"
            f" there are: {', '.join(_COLUMNS)}"
        )
    return [{key: value.strip() for key, value in row.items() if value} for row in rows]


def _leg(text: str) -> dict[str, str]:
    from argosy.errors import ConfigError

    words = text.split()
    style = {"style": words.pop()} if words and words[-1] in {"rest", "take"} else {}
    if len(words) not in {3, 4}:
        raise ConfigError(f'--leg is {text!r}; it must be "INSTRUMENT SIDE SIZE [PRICE] [rest]"')
    return dict(zip(_COLUMNS, words, strict=False)) | style


def show(rows: list[Any], *, as_json: bool, single: bool = False) -> None:
    from argosy.cli.output import number, print_json, table

    if as_json:
        print_json(rows[0] if single else rows)
        return
    if not rows:
        typer.echo("no baskets")
    for row in rows:
        planned = row["dry_run"]
        state = row["status"] if row["phase"] == "done" else row["phase"]
        title = f"{row['id']}  {row['name']}".rstrip() + f"  {state}"
        table(
            "would be sent; nothing was" if planned else title,
            (
                "instrument",
                "side",
                "size",
                "limit",
                "first" if planned else "filled",
                "average",
                "bps",
            ),
            [
                (
                    leg["instrument"],
                    leg["side"],
                    number(leg["size"]),
                    number(leg.get("limit")),
                    number(leg["first"] if planned else leg["filled"]),
                    number(leg.get("average_price"))[:14],
                    number(leg.get("cost_bps")),
                )
                for leg in row["legs"]
            ],
            right=("size", "limit", "first", "filled", "average", "bps"),
        )
        if row.get("detail"):
            typer.echo(f"  {row['detail']}")
