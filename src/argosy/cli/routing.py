"""`argosy route`: a size over all venues at the least cost, through the running desk."""

from typing import Annotated, Any

import typer

from argosy.cli.config import AsJson, ConfigFile
from argosy.cli.orders import ask_desk, what_of


def route(
    pair: Annotated[str, typer.Argument(help="Like BTC/USD: a pair of desk.pairs.")],
    side: Annotated[str, typer.Argument(help="buy or sell.")],
    size: Annotated[str, typer.Argument(help="In base units.")] = "",
    spend: Annotated[str, typer.Option(help="Instead of size: what a buy may cost.")] = "",
    limit_price: Annotated[
        str, typer.Option("--limit", help="Take nothing whose net price is worse.")
    ] = "",
    venue: Annotated[
        list[str] | None, typer.Option("--venue", help="Only these; may be repeated.")
    ] = None,
    attempts: Annotated[
        int, typer.Option(min=1, max=10, help="Plans at most: what was missed is planned anew.")
    ] = 3,
    passive: Annotated[
        bool, typer.Option("--passive", help="Wait at the best prices first, then take the rest.")
    ] = False,
    wait_s: Annotated[float, typer.Option("--wait", help="With --passive: seconds.")] = 30.0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be sent; send nothing.")
    ] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Buy or sell at the least total cost over every venue, fees and conversions included.

    Prints the legs, what the best single venue would have cost, and whether the split is proven to
    be the cheapest. The whole record of what was seen is kept: `argosy order show ID`.
    """
    from argosy.cli.output import print_json
    from argosy.desk.routes import RouteAsk

    request = RouteAsk(
        pair=pair,
        side=side,
        size=size,
        spend=spend,
        limit_price=limit_price,
        venues=tuple(venue or ()),
        attempts=attempts,
        passive=passive,
        wait_s=wait_s,
        dry_run=dry_run,
    )
    patience_s = wait_s if passive and not dry_run else 0.0
    done = ask_desk("/api/orders/route", config, request, patience_s=patience_s)
    if as_json:
        print_json(done)
    else:
        for plan in done["plans"]:
            _show_plan(plan)
        if not dry_run:
            _show_done(done)
    if not dry_run and (done.get("reason") or done.get("unknown")):
        raise typer.Exit(1)


def _show_plan(plan: Any) -> None:
    from argosy.cli.output import money, number, table

    table(
        f"{plan['side']} {number(plan.get('size')) or 'for ' + number(plan.get('spend'))}"
        f" {plan['pair']}, in {plan['quote']}, fees and conversions included",
        ("instrument", "size", "up to", "net value", "levels"),
        [
            (
                leg["instrument"],
                number(leg["order_size"]),
                ("waits at " if leg["kind"] == "join" else "") + number(leg["limit_price"]),
                money(leg["net_value"], 2),
                leg.get("levels", 0),
            )
            for leg in plan["legs"]
        ],
        right=("size", "up to", "net value", "levels"),
    )
    average = plan.get("average_net_price")
    if average:
        typer.echo(f"  all: {money(plan['net_value'], 2)}, {money(average, 4)} a unit")
    best = plan.get("best_alone")
    if best and plan.get("saved"):
        typer.echo(f"  saved against {best['instrument']} alone: {money(plan['saved'], 4)}")
    proof = plan["proof"]
    typer.echo(
        "  proven to be the cheapest"
        if proof["proven"]
        else f"  not proven; at most {money(proof['gap'], 6)} from the cheapest"
    )
    if number(plan["missing"]) != "0":
        typer.echo(f"  cannot be filled now: {number(plan['missing'])}")
    for each in plan["alternatives"]:
        if each.get("reason"):
            typer.echo(f"  left out: {each['instrument']}: {each['reason']}")


def _show_done(done: Any) -> None:
    from argosy.cli.output import number

    for order in done["orders"]:
        average = order.get("average_price")
        at = f" at {number(average)}" if average else ""
        filled = f"filled {number(order['filled'])}{at}"
        typer.echo(f"{order['status']}: {order['instrument']} {what_of(order)}; {filled}")
    typer.echo(f"route {done['id']}: {number(done['filled'])} filled")
    if done.get("reason"):
        typer.echo(f"  not all of it: {done['reason']}")
    if done.get("unknown"):
        typer.echo("  an order's outcome is open; it is looked up: `argosy order list`")
