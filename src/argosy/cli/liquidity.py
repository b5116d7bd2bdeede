"""`argosy pool`: liquidity for pools, through the desk that runs."""

from typing import Annotated, Any

import typer

from argosy.cli.config import AsJson, ConfigFile
from argosy.cli.orders import USED, ask_desk

app = typer.Typer(help="Liquidity for pools, through the desk that runs.", no_args_is_help=True)

_PATIENCE_S = 300.0  # blocks take their time
Position = Annotated[
    str, typer.Argument(help="As `argosy pool list` names it: uniswap:ETH/USDC@v3-500#17.")
]
Base = Annotated[str, typer.Option(help="How much of the base; else what the quote needs.")]
Quote = Annotated[str, typer.Option(help="How much of the quote; else what the base needs.")]
Slippage = Annotated[
    str, typer.Option("--slippage-bps", help="How far the price may move; else as the chain's.")
]
Id = Annotated[str, typer.Option("--id", help="Yours: used twice, it is done once.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen; send nothing.")]


@app.command("list")
def list_positions(
    venue: Annotated[str, typer.Option(help="Of one venue: uniswap, sushiswap.")] = "",
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """List positions and shares, their fees, and what they lost or won against holding."""
    from argosy.cli.output import print_json

    rows = ask_desk(f"/api/liquidity?venue={venue}", config)
    if as_json:
        print_json(rows)
        return
    if not rows:
        typer.echo("no liquidity in pools")
    for row in rows:
        _show_position(row)
    for words in ask_desk("/api/liquidity/missing", config):
        typer.echo(f"not looked at: {words}", err=True)


@app.command("open")
def open_position(
    instrument: Annotated[str, typer.Argument(help="A pool: uniswap:ETH/USDC@v3-500.")],
    base: Base = "",
    quote: Quote = "",
    lower: Annotated[str, typer.Option(help="Price where the range begins; else none.")] = "",
    upper: Annotated[str, typer.Option(help="Price where the range ends; else none.")] = "",
    slippage_bps: Slippage = "",
    id_: Id = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Put liquidity into a pool, of v3 between two prices.

    Prices are rounded to the nearest the pool has. Give one amount, or the most of both.
    """
    ask = {
        "instrument": instrument,
        "base": base,
        "quote": quote,
        "lower": lower,
        "upper": upper,
        "slippage_bps": slippage_bps,
        "id": id_,
        "dry_run": dry_run,
    }
    _show(ask_desk("/api/liquidity/open", config, ask, patience_s=_PATIENCE_S), as_json=as_json)


@app.command("add")
def add(
    position: Position,
    base: Base = "",
    quote: Quote = "",
    slippage_bps: Slippage = "",
    id_: Id = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Put more into a position."""
    ask = {
        "position": position,
        "base": base,
        "quote": quote,
        "slippage_bps": slippage_bps,
        "id": id_,
        "dry_run": dry_run,
    }
    _show(ask_desk("/api/liquidity/add", config, ask, patience_s=_PATIENCE_S), as_json=as_json)


@app.command("remove")
def remove(
    position: Position,
    percent: Annotated[str, typer.Argument(help="How much of it: above 0 to 100.")],
    slippage_bps: Slippage = "",
    id_: Id = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Take a part of a position out, with all its fees."""
    _take(position, percent, slippage_bps, id_, config, dry_run=dry_run, as_json=as_json)


@app.command("collect")
def collect(
    position: Position,
    id_: Id = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Collect a position's fees; its liquidity stays."""
    _take(position, "0", "", id_, config, dry_run=dry_run, as_json=as_json)


@app.command("close")
def close(
    position: Position,
    slippage_bps: Slippage = "",
    id_: Id = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Take all out, fees and all, and burn the position's token."""
    _take(position, "100", slippage_bps, id_, config, dry_run=dry_run, as_json=as_json)


def _take(
    position: str,
    percent: str,
    slippage_bps: str,
    id_: str,
    config: Any,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    ask = {
        "position": position,
        "percent": percent,
        "slippage_bps": slippage_bps,
        "id": id_,
        "dry_run": dry_run,
    }
    _show(ask_desk("/api/liquidity/take", config, ask, patience_s=_PATIENCE_S), as_json=as_json)


def _range(row: Any) -> str:
    from argosy.cli.output import brief

    lower, upper = row["lower"], row["upper"]
    if lower is None and upper is None:
        return "all prices"
    if upper is None:
        return f"{brief(lower)} and above"
    return f"up to {brief(upper)}" if lower is None else f"{brief(lower)} to {brief(upper)}"


def _show_position(row: Any) -> None:
    from argosy.cli.output import brief, money

    base, quote = _currencies(row["instrument"])
    out = "" if row["in_range"] else ", out of range"
    typer.echo(f"{row['position']}  {_range(row)}, price {brief(row['price'])}{out}")
    typer.echo(f"  holds {brief(row['base'])} {base} and {brief(row['quote'])} {quote}")
    fees = f"{brief(row['base_fees'])} {base} and {brief(row['quote_fees'])} {quote}"
    typer.echo(f"  fees due {fees}")
    against = ""
    if row["loss"] is not None:
        loss, net = money(row["loss"], 6), money(row["net"], 6)
        against = f"; against holding {loss}, with fees {net}"
    typer.echo(f"  worth {brief(row['value'])} {quote}{against}")


def _currencies(instrument: str) -> tuple[str, str]:
    """Base and quote of "uniswap:ETH/USDC@v3-500"."""
    base, _, quote = instrument.partition(":")[2].partition("@")[0].partition("/")
    return base, quote


def _show(done: Any, *, as_json: bool) -> None:
    from argosy.cli.output import number, print_json

    if as_json:
        print_json(done)
        return
    sent, repeated = done["gas"] is not None, done["repeated"]
    if repeated:
        typer.echo(USED)
        typer.echo(f"  position {done['position']}")
    else:
        typer.echo(f"{'done:' if sent else 'would'} {done['words']}")
        typer.echo(f"  position {done['position']}, range {_range(done)}")
    base, quote = _currencies(done["position"])
    for words, kind in (("amounts", ""), ("fees", "_fees")):
        of_base, of_quote = number(done[f"base{kind}"]), number(done[f"quote{kind}"])
        typer.echo(f"  {words} {of_base} {base} and {of_quote} {quote}")
    for bound in ("least", "most"):
        of_base, of_quote = done[f"{bound}_base"], done[f"{bound}_quote"]
        if of_base is not None and not repeated:
            amounts = f"{number(of_base)} {base} and {number(of_quote)} {quote}"
            typer.echo(f"  at {bound} {amounts} is accepted")
    if done["problem"]:
        typer.echo(f"  it would not go through: {done['problem']}")
    if sent:
        typer.echo(f"  gas {number(done['gas'])}, transaction {done['transaction']}")
