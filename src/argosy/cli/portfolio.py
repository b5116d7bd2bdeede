"""`argosy positions` and `argosy margin`: the account over all venues, through the running desk."""

from decimal import Decimal
from typing import Annotated, Any

import typer

from argosy.cli.config import AsJson, ConfigFile
from argosy.cli.orders import ask_desk

Currency = Annotated[str, typer.Option("--in", help="The currency of all values.")]


def positions(
    currency: Currency = "USD", as_json: AsJson = False, config: ConfigFile = None
) -> None:
    """Show what is held at all venues together: balances, positions, net exposure by asset.

    Longs and shorts of the same asset that cancel out are listed: closing both frees margin and
    changes no exposure. What has no price is not in the sums, and is said.
    """
    from argosy.cli.output import brief, moment, number, print_json

    found = ask_desk(f"/api/account?currency={currency}", config)
    if as_json:
        print_json(found)
        return
    _holdings(found)
    _positions(found["positions"])
    _exposures(found["exposures"])
    for row in found["offsets"]:
        freed = " and ".join(
            f"{brief(amount)} {unit}" for unit, amount in row["margin_freed"] if amount
        )
        typer.echo(
            f"  could be closed against each other: {number(row['long_size'])} {row['long']} and"
            f" {number(row['short_size'])} {row['short']}" + (f", freeing {freed}" if freed else "")
        )
    for row in found["venues"]:
        when = moment(row["as_of_ns"]) if row["as_of_ns"] else "never"
        typer.echo(
            f"  {row['venue']}: as of {when}" + (f"; {row['detail']}" if row["detail"] else "")
        )
        for change in row["unexplained"]:
            typer.echo(
                f"  {row['venue']}: {change['currency']} changed by {number(change['amount'])},"
                " and no fill says why"
            )
    for text in found["missing"]:
        typer.echo(f"  not counted: {text}")


def _holdings(found: Any) -> None:
    from argosy.cli.output import brief, money, table

    unit = found["currency"]
    table(
        f"holdings, {money(found['value'], 2)} {unit} in all, unrealised profit included",
        ("currency", "venue", "account", "total", "free", "owed", "value"),
        [
            (
                row["currency"],
                row["venue"],
                row["account"],
                brief(row["total"]),
                brief(row["free"]),
                brief(row["owed"]) if Decimal(row["owed"]) else "",
                money(row["value"], 2) if row.get("value") is not None else "",
            )
            for row in found["holdings"]
        ],
        right=("total", "free", "owed", "value"),
    )


def _positions(rows: Any) -> None:
    from argosy.cli.output import brief, number, table

    if not rows:
        return
    told = ("entry_price", "mark_price", "unrealised_pnl", "liquidation_price")
    table(
        "positions",
        ("instrument", "size", "entry", "mark", "unrealised", "liquidated at"),
        [
            (row["instrument"], number(row["size"]), *(brief(row.get(name)) for name in told))
            for row in rows
        ],
        right=("size", "entry", "mark", "unrealised", "liquidated at"),
    )


def _exposures(rows: Any) -> None:
    from argosy.cli.output import brief, money, table

    table(
        "exposure",
        ("asset", "spot", "positions", "net", "gross", "value"),
        [
            (
                row["asset"],
                *(brief(row[name]) for name in ("spot", "derivatives", "net", "gross")),
                money(row["value"], 2) if row.get("value") is not None else "",
            )
            for row in rows
        ],
        right=("spot", "positions", "net", "gross", "value"),
    )


def margin(
    currency: Currency = "USD",
    target: Annotated[
        str, typer.Option(help="Equity over maintenance margin that transfers aim at.")
    ] = "3",
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Show what positions need at each venue, what is free, and how far liquidation is.

    A level is equity over maintenance margin: a venue liquidates at 1. The cushion is how far all
    prices may move against the positions at once. Transfers that would lift venues to the target
    are suggested, not made.
    """
    from argosy.cli.output import brief, money, number, print_json, table

    found = ask_desk(f"/api/margin?currency={currency}&target={target}", config)
    if as_json:
        print_json(found)
        return

    def share(value: Any) -> str:
        return "" if value is None else f"{money(Decimal(value) * 100, 1)} %"

    def level(value: Any) -> str:
        return "" if value is None else money(value, 2)

    rows = [(row["venue"], row) for row in found["venues"]]
    table(
        f"margin, in {currency}",
        ("venue", "equity", "initial", "maint.", "free", "level", "cushion", "nearest"),
        [
            (
                name,
                *(
                    brief(row[key])
                    for key in ("equity", "initial_margin", "maintenance_margin", "free")
                ),
                level(row.get("level")),
                share(row.get("cushion")),
                _nearest(row.get("nearest"), share),
            )
            for name, row in [*rows, ("all", found)]
        ],
        right=("equity", "initial", "maint.", "free", "level", "cushion"),
    )
    for row in found["moves"]:
        typer.echo(
            f"  to reach a level of {number(found['target_level'])}: move"
            f" {brief(row['amount'])} {row['currency']} (worth {money(row['value'], 2)}) from"
            f" {row['source']} to {row['target']}"
        )
    if Decimal(found["lacking"]):
        typer.echo(f"  beyond what the venues can give each other: {money(found['lacking'], 2)}")
    for text in found["missing"]:
        typer.echo(f"  not counted: {text}")


def _nearest(risk: Any, share: Any) -> str:
    if not risk:
        return ""
    return f"{risk['instrument']} in {share(risk['distance'])}"
