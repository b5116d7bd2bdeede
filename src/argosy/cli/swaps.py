"""`argosy swap`: one token for another over the pools of a venue, through the desk that runs."""

from typing import Annotated, Any

import typer

from argosy.cli.config import AsJson, ConfigFile
from argosy.cli.orders import USED, ask_desk

_PATIENCE_S = 300.0  # blocks take their time


def swap(
    give: Annotated[str, typer.Argument(help="What is given, like WBTC.")],
    get: Annotated[str, typer.Argument(help="What is wanted for it, like DAI.")],
    amount: Annotated[str, typer.Argument(help="How much is given, exactly.")],
    venue: Annotated[str, typer.Option(help="Whose pools: uniswap.")] = "uniswap",
    hops: Annotated[int, typer.Option(min=1, max=3, help="Pools in a row, at most.")] = 3,
    slippage_bps: Annotated[
        str, typer.Option("--slippage-bps", help="What less is accepted; else as the chain's.")
    ] = "",
    id_: Annotated[str, typer.Option("--id", help="Yours: used twice, it is done once.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would bring; nothing is sent.")
    ] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Swap one token for another by the way that gives most, over up to three pools at once.

    All of it happens in one transaction, or nothing does. ETH for WETH wraps, WETH for ETH unwraps.
    For orders in an instrument, its book and several venues use `argosy order` and `argosy route`.
    """
    ask = {
        "give": give,
        "get": get,
        "amount": amount,
        "venue": venue,
        "hops": hops,
        "slippage_bps": slippage_bps,
        "id": id_,
        "dry_run": dry_run,
    }
    _show(ask_desk("/api/swaps", config, ask, patience_s=_PATIENCE_S), as_json=as_json)


def _show(done: Any, *, as_json: bool) -> None:
    from argosy.cli.output import number, print_json, table

    if as_json:
        print_json(done)
        return
    if done["repeated"]:
        typer.echo(USED)
        _show_outcome(done)
        return
    what = f"{number(done['amount'])} {done['give']}"
    table(
        f"{what} for {done['get']}, at block {done['block']}",
        (done["get"], "gas", "over"),
        [
            (number(path["gets"]), number(path["gas"] or "?"), path["pools"])
            for path in done["paths"]
        ],
        right=(done["get"], "gas"),
    )
    typer.echo(f"  at least {number(done['least'])} {done['get']} is accepted")
    if done["trial"]:
        typer.echo(f"  tokens: {done['trial']}")
    if done["problem"]:
        typer.echo(f"  it would not go through: {done['problem']}")
    if done["got"] is not None:
        _show_outcome(done)


def _show_outcome(done: Any) -> None:
    from argosy.cli.output import number

    typer.echo(f"  got {number(done['got'])} {done['get']} for gas of {number(done['gas'])}")
    typer.echo(f"  transaction {done['transaction']}")
