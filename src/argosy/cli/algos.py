"""`argosy algo`: large orders over time, and every order that the desk works itself."""

from typing import Annotated, Any

import typer

from argosy.cli.config import AsJson, ConfigFile
from argosy.cli.orders import ask_desk, what_of

app = typer.Typer(help="Orders that the running desk works over time.", no_args_is_help=True)

WorkId = Annotated[str, typer.Argument(help="Its id; `argosy algo list` lists them.")]
Algorithm = Annotated[
    str, typer.Argument(help="twap, vwap, shortfall, pov, sniper, scale or chase.")
]
Over = Annotated[
    float | None,
    typer.Option("--over", help="Seconds it may take. twap, vwap, shortfall, pov: 600; else all."),
]
Parts = Annotated[int, typer.Option(min=1, help="Into how many orders; scale: steps.")]
Jitter = Annotated[str, typer.Option(help='Begin parts late, by up to "30%" of their time.')]
Passive = Annotated[
    bool, typer.Option("--passive", help="Offer a part first; take its rest at its end.")
]
PostOnly = Annotated[
    bool, typer.Option("--post-only", help="What rests never takes: --passive, scale.")
]
Curve = Annotated[
    str,
    typer.Option(help='Of vwap: volume of each part, like "4,2,1,1,3"; else from candles.'),
]
Persistence = Annotated[
    str, typer.Option(help="Of vwap: of a part's news, what the next has; 0 keeps to the curve.")
]
MaxPart = Annotated[str, typer.Option(help="Of pov: the largest order; else a tenth.")]
MinSize = Annotated[str, typer.Option(help="Of sniper: how much must be there; else all.")]
First = Annotated[str, typer.Option("--from", help="Of scale: the first step's price.")]
Last = Annotated[str, typer.Option("--to", help="Of scale: the last step's price.")]
Shape = Annotated[str, typer.Option(help="Of scale: sizes grow linear or geometric.")]
Factor = Annotated[str, typer.Option(help="Of scale: the last step is so many times the first.")]
MaxChase = Annotated[
    str, typer.Option(help='Of chase: how far it follows: "50", "1%" or "20 ticks".')
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print its orders; send nothing.")]


@app.command("start")
def start(
    algorithm: Algorithm,
    instrument: Annotated[str, typer.Argument(help="Like kraken:BTC/USD.")],
    side: Annotated[str, typer.Argument(help="buy or sell.")],
    size: Annotated[str, typer.Argument(help="In base units, or contracts.")],
    over_s: Over = None,
    parts: Parts = 10,
    price: Annotated[str, typer.Option(help="No part is worse; else at market.")] = "",
    jitter: Jitter = "",
    passive: Passive = False,
    post_only: PostOnly = False,
    curve: Curve = "",
    persistence: Persistence = "0.7",
    risk_aversion: Annotated[float, typer.Option(help="Of shortfall: lambda.")] = 1e-6,
    volatility: Annotated[float, typer.Option(help="Of shortfall: per unit and root day.")] = 0.0,
    temporary: Annotated[float, typer.Option(help="Of shortfall: eta, per day.")] = 0.0,
    permanent: Annotated[float, typer.Option(help="Of shortfall: gamma.")] = 0.0,
    rate: Annotated[str, typer.Option(help='Of pov: share of all volume, like "10%".')] = "",
    max_part: MaxPart = "",
    min_size: MinSize = "",
    first_price: First = "",
    last_price: Last = "",
    shape: Shape = "linear",
    factor: Factor = "1",
    max_chase: MaxChase = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Begin a large order: by a schedule, by the volume, by what is offered, or as a ladder.

    twap: equal parts. vwap: by a volume curve. shortfall: Almgren and Chriss's, least cost for its
    risk. pov: a share of all that is traded. sniper: hidden until enough is offered. scale: a
    ladder of limit orders. chase: follows the best price. Iceberg and pegged orders are order
    types: argosy order place --type iceberg.

    It lives in the journal: after a restart of the desk it goes on, without a burst.
    """
    words = dict(locals())  # each option under the name that AlgoAsk has for it
    words["curve"] = [part.strip() for part in curve.split(",") if part.strip()]
    request = {name: said for name, said in words.items() if name not in {"as_json", "config"}}
    (view,) = rows = [ask_desk("/api/orders/works", config, request)]
    if dry_run and not as_json:
        _show_plan(view)
    else:
        _show(rows, as_json=as_json, single=True)


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


def _show_plan(view: Any) -> None:
    from argosy.cli.output import money, number, table

    table(
        "",
        ("after", "size", "limit", "note"),
        [
            (
                f"{number(money(part['after_s'], 3))} s" if "after_s" in part else "",
                number(part["size"]),
                number(part.get("price")) or "market",
                part.get("note", ""),
            )
            for part in view["plan"]
        ],
        right=("after", "size", "limit"),
    )
    typer.echo("nothing was sent")


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
            f"{number(progress['expected'])} by now" if "expected" in progress else "",
            _costs(progress),
            row.get("detail", ""),
        ]
        what = what_of(report)
        kind = row["kind"].replace("_", " ")
        typer.echo(
            f"{row['id']}  {report['instrument']} {what}" + ("" if kind in what else f", {kind}")
        )
        typer.echo(f"  {'; '.join(part for part in told if part)}")


def _costs(progress: Any) -> str:
    """What it cost against each benchmark that is known, in basis points."""
    from argosy.cli.output import number

    known = {"cost_bps": "arrival", "against_vwap_bps": "VWAP", "against_twap_bps": "TWAP"}
    told = [f"{number(progress[key])} to {name}" for key, name in known.items() if key in progress]
    return f"bps: {', '.join(told)}" if told else ""
