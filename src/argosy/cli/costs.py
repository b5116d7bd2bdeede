"""`argosy tca`: what trading cost against the market it found."""

from typing import Annotated, Any

import typer

from argosy.cli.config import AsJson, ConfigFile
from argosy.cli.orders import ask_desk

_PARTS = ("cost_bps", "spread_bps", "timing_bps", "impact_bps", "fee_bps", "total_bps")
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def tca(
    order: Annotated[
        str, typer.Argument(help="An order, a route or a work; else all of a time.")
    ] = "",
    by: Annotated[
        str, typer.Option(help="venue, instrument, type, side, work, order or all.")
    ] = "venue",
    since: Annotated[str, typer.Option(help='How far back: "90m", "24h", "7d".')] = "24h",
    instrument: Annotated[str, typer.Option(help="Only of this instrument.")] = "",
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Show costs in basis points against the middle of the book as each order was placed.

    Cost is the price alone: half the spread, the market's move until each fill, and what was paid
    beyond; fees come on top. Above 0 is worse. Averages are weighted by what was filled.
    """
    from urllib.parse import quote

    from argosy.cli.output import print_json

    if order:
        rows = ask_desk(f"/api/tca/order?order={quote(order, safe='')}", config)
        if as_json:
            print_json(rows)
        else:
            _show(rows, "order")
        return
    query = f"by={quote(by)}&since_s={_seconds(since)}&instrument={quote(instrument, safe='')}"
    found = ask_desk(f"/api/tca?{query}", config)
    if as_json:
        print_json(found)
        return
    rows = found["groups"]
    if len(rows) > 1:
        rows = [*rows, found["all"]]
    _show(rows, by)
    if found["unpriced"]:
        typer.echo(f"  {found['unpriced']} orders have no costs: no book was seen for them")
    if found.get("cut"):
        typer.echo("  there are more orders than are looked at; the newest count")


def _show(rows: list[Any], by: str) -> None:
    from argosy.cli.output import brief, number, table

    if not rows:
        typer.echo("no orders in that time")
        return
    numbers = ("orders", "notional", "cost", "spread", "timing", "impact", "fees", "total", "maker")
    table(
        "costs in basis points against arrival",
        (by, *numbers),
        [
            (
                row.get("name") or row["id"],
                row.get("orders", 1),
                brief(row["notional"]),
                *(number(row.get(part)) for part in _PARTS),
                f"{float(row['maker']):.0%}" if row.get("maker") is not None else "",
            )
            for row in rows
        ],
        right=(
            "orders",
            "notional",
            "cost",
            "spread",
            "timing",
            "impact",
            "fees",
            "total",
            "maker",
        ),
    )


def told(row: Any) -> str:
    """One order's costs in a line."""
    from argosy.cli.output import brief, number

    if row.get("cost_bps") is None:
        return f"costs are not known: {row['unpriced']}"
    parts = ", ".join(
        f"{part.removesuffix('_bps')} {number(row[part])}" for part in _PARTS[1:4] if part in row
    )
    fees = number(row["fee_bps"]) if row.get("fee_bps") is not None else "not known"
    return (
        f"cost {number(row['cost_bps'])} bps against {brief(row['arrival_mid'])} on arrival"
        f" ({parts}); fees {fees}"
    )


def _seconds(text: str) -> float:
    from argosy.errors import ConfigError

    unit = _UNITS.get(text[-1:])
    try:
        return float(text[:-1] if unit else text) * (unit or 1)
    except ValueError:
        raise ConfigError(f'since is {text!r}; it must be like "90m", "24h" or "7d"') from None
