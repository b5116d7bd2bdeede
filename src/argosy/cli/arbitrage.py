"""`argosy arbitrage`: what could be earned between the venues now, and pairs that try to."""

from decimal import Decimal
from typing import Annotated, Any

import typer

from argosy.cli.config import AsJson, ConfigFile
from argosy.cli.orders import ask_desk

app = typer.Typer(help="Arbitrage, through the desk that runs.", no_args_is_help=True)

_KINDS = "cross, pool, sweep, triangle, perpetual, dated or funding; may be repeated."
Kinds = Annotated[list[str] | None, typer.Option("--kind", help=_KINDS)]
MinBps = Annotated[
    str, typer.Option(help="Least net at the best prices; the nearest is shown all the same.")
]
Conversion = Annotated[
    str, typer.Option("--conversion-bps", help="Of turning one quote currency into another.")
]
Withdrawal = Annotated[str, typer.Option(help="Charged once, to bring back what it moved.")]
Holding = Annotated[float, typer.Option("--holding", help="Hours that perpetuals are held.")]
Financing = Annotated[str, typer.Option(help="What the capital costs, as a fraction a year.")]
Size = Annotated[str, typer.Option(help="Base units at most.")]


@app.command("scan")
def scan(
    kind: Kinds = None,
    min_bps: MinBps = "0",
    conversion_bps: Conversion = "0",
    withdrawal: Withdrawal = "0",
    holding_h: Holding = 168.0,
    financing: Financing = "0",
    size: Size = "",
    across: Annotated[
        bool, typer.Option("--across", help="Triangles over several venues as well.")
    ] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """List what could be earned now, after every cost, at the size that pays most.

    What does not pay, or cannot be traded, is listed with why: the nearest of each kind. Contracts
    are heard where the setting desk.derivatives names them.
    """
    from argosy.cli.output import print_json

    request = {
        "kinds": kind or [],
        "min_bps": min_bps,
        "conversion_bps": conversion_bps,
        "withdrawal": withdrawal,
        "holding_h": holding_h,
        "financing": financing,
        "size": size,
        "across": across,
    }
    found = ask_desk("/api/arbitrage/scan", config, request)
    if as_json:
        print_json(found)
        return
    for each in found["opportunities"]:
        _show(each)
    if not found["opportunities"]:
        typer.echo("no two books of one currency to compare")
    for instrument, reason in found["left_out"].items():
        typer.echo(f"left out: {instrument}: {reason}")


@app.command("take")
def take(
    which: Annotated[list[str], typer.Argument(help="Its id, or words that only it has.")],
    size: Size = "",
    max_loss: Annotated[
        str, typer.Option(help="Against the plan; else what it was to bring.")
    ] = "",
    max_unhedged: Annotated[
        str, typer.Option(help="More is never open without its other half.")
    ] = "",
    first: Annotated[str, typer.Option(help="buy or sell: the leg that goes first.")] = "",
    open_s: Annotated[float, typer.Option(help="Seconds after which no more is opened.")] = 2.0,
    hedge_s: Annotated[
        float, typer.Option(help="Seconds to hope for a better price than at market.")
    ] = 3.0,
    min_bps: MinBps = "0",
    conversion_bps: Conversion = "0",
    withdrawal: Withdrawal = "0",
    holding_h: Holding = 168.0,
    financing: Financing = "0",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be sent; send nothing.")
    ] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Trade an opportunity of two legs: looked for anew, opened at its limits, made even.

    Both legs go at once, as immediate-or-cancel orders. What one has more than the other is made up
    for within the loss limit, else undone. It lives in the journal; `argosy algo list` shows it.
    """
    from argosy.cli.output import money, number, print_json

    request = {
        "which": " ".join(which),
        "scan": {
            "min_bps": min_bps,
            "conversion_bps": conversion_bps,
            "withdrawal": withdrawal,
            "holding_h": holding_h,
            "financing": financing,
        },
        "size": size,
        "max_loss": max_loss,
        "max_unhedged": max_unhedged,
        "first": first,
        "open_s": open_s,
        "hedge_s": hedge_s,
        "dry_run": dry_run,
    }
    done = ask_desk("/api/arbitrage/take", config, request)
    if as_json:
        print_json(done)
        return
    _show(done["opportunity"])
    for order in done["orders"]:
        typer.echo(
            f"  {'would send' if dry_run else 'sends'}: {order['instrument']} {order['side']}"
            f" {number(order['size'])} at {number(order['price'])}, immediate or cancel"
        )
    typer.echo(f"  loss limit: {money(done['max_loss'], 2)} {done['opportunity']['quote']}")
    if not dry_run:
        typer.echo(
            f"pair {done['work']['id']} {done['work']['phase']}; `argosy algo list` shows it"
        )


def _show(each: Any) -> None:
    from argosy.cli.output import money, number

    legs = ", ".join(
        f"{leg['side']} {number(leg['order_size'])} {leg['instrument']} to"
        f" {number(leg['limit_price'])}"
        for leg in each["legs"]
    )
    typer.echo(
        f"{each['id']}  {each['kind']}: {money(each['net'], 2)} {each['quote']} net"
        f" ({money(each['bps'], 2)} bps)"
    )
    typer.echo(f"  {legs}")
    costs = ", ".join(f"{name} {money(cost, 2)}" for name, cost in each["costs"].items())
    typer.echo(f"  {money(each['gross'], 2)} gross; {costs}; limited by {each['limited_by']}")
    if each.get("annualised") is not None:
        days = each["holding_ns"] / 86_400e9
        told = f"  held {days:.1f} days: {money(Decimal(each['annualised']) * 100, 2)} % a year"
        even = each.get("break_even_ns")
        if each["kind"] != "dated":
            told += ", never pays" if even is None else f", pays after {even / 3_600e9:.1f} h"
        typer.echo(told)
    if each.get("why_not"):
        typer.echo(f"  not now: {each['why_not']}")
