"""`argosy algo`: large orders over time, and every order that the desk works itself."""

from typing import Annotated, Any

import typer

from argosy.cli.config import AsJson, ConfigFile
from argosy.cli.orders import ask_desk, what_of

app = typer.Typer(help="Orders that the running desk works over time.", no_args_is_help=True)

WorkId = Annotated[str, typer.Argument(help="Its id; `argosy algo list` lists them.")]


@app.command("start")
def start(
    algorithm: Annotated[str, typer.Argument(help="twap, vwap or shortfall (Almgren-Chriss).")],
    instrument: Annotated[str, typer.Argument(help="Like kraken:BTC/USD.")],
    side: Annotated[str, typer.Argument(help="buy or sell.")],
    size: Annotated[str, typer.Argument(help="In base units, or contracts.")],
    over_s: Annotated[float, typer.Option("--over", help="Seconds it may take.")] = 600.0,
    parts: Annotated[int, typer.Option(min=1, help="Into how many orders.")] = 10,
    price: Annotated[str, typer.Option(help="No part is worse; else at market.")] = "",
    curve: Annotated[
        str, typer.Option(help='Of vwap: volume of each part, like "4,2,1,1,3".')
    ] = "",
    risk_aversion: Annotated[float, typer.Option(help="Of shortfall: lambda.")] = 1e-6,
    volatility: Annotated[float, typer.Option(help="Of shortfall: per unit and root day.")] = 0.0,
    temporary: Annotated[float, typer.Option(help="Of shortfall: eta, per day.")] = 0.0,
    permanent: Annotated[float, typer.Option(help="Of shortfall: gamma.")] = 0.0,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Begin a schedule: equal parts, by a volume curve, or at the least cost for its risk.

    It lives in the journal: after a restart of the desk it goes on, without a burst.
    """
    request = {
        "algorithm": algorithm,
        "instrument": instrument,
        "side": side,
        "size": size,
        "over_s": over_s,
        "parts": parts,
        "price": price,
        "curve": [part.strip() for part in curve.split(",") if part.strip()],
        "risk_aversion": risk_aversion,
        "volatility": volatility,
        "temporary": temporary,
        "permanent": permanent,
    }
    _show([ask_desk("/api/orders/works", config, request)], as_json=as_json, single=True)


@app.command("list")
def list_works(
    everything: Annotated[bool, typer.Option("--all", help="Ended ones too.")] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """List the orders that the desk works: how far they are, and against their benchmarks."""
    path = "/api/orders/works?everything=true" if everything else "/api/orders/works"
    _show(ask_desk(path, config), as_json=as_json)


@app.command("pause")
def pause(work: WorkId, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Withdraw what rests and place nothing until told to continue."""
    _ask(work, "pause", as_json=as_json, config=config)


@app.command("continue")
def go_on(work: WorkId, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Go on after a pause."""
    _ask(work, "continue", as_json=as_json, config=config)


@app.command("stop")
def stop(work: WorkId, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Withdraw everything and end."""
    _ask(work, "stop", as_json=as_json, config=config)


def _ask(work: str, what: str, *, as_json: bool, config: Any) -> None:
    request = {"work": work, "what": what}
    _show([ask_desk("/api/orders/works/ask", config, request)], as_json=as_json, single=True)


def _show(rows: list[Any], *, as_json: bool, single: bool = False) -> None:
    from argosy.cli.output import number, print_json

    if as_json:
        print_json(rows[0] if single else rows)
        return
    if not rows:
        typer.echo("the desk works no orders")
        return
    for row in rows:
        report, progress = row["report"], row.get("progress") or {}
        state = report["status"] if row["phase"] == "done" else row["phase"]
        told = [
            f"{state}, {number(report['filled'])} filled",
            f"{number(progress['expected'])} by now" if progress else "",
            f"{number(progress['cost_bps'])} bps against arrival" if "cost_bps" in progress else "",
            row.get("detail", ""),
        ]
        what = what_of(report)
        kind = row["kind"].replace("_", " ")
        typer.echo(
            f"{row['id']}  {report['instrument']} {what}" + ("" if kind in what else f", {kind}")
        )
        typer.echo(f"  {'; '.join(part for part in told if part)}")
