"""`argosy transfer`: move funds between venues and accounts, and see what became of it."""

from typing import Annotated, Any

import typer

from argosy.cli.config import AsJson, ConfigFile
from argosy.cli.orders import ask_desk

app = typer.Typer(help="Funds between venues, through the desk that runs.", no_args_is_help=True)

Source = Annotated[str, typer.Argument(help="A venue, or an account of one: okx, okx:trading.")]
Target = Annotated[
    str, typer.Argument(help="Another venue, an account, or address:NAME of the settings.")
]
Currency = Annotated[str, typer.Argument(help="Like BTC or USDT.")]
Amount = Annotated[str, typer.Argument(help="What is to arrive; fees come on top.")]
ChainName = Annotated[str, typer.Option("--chain", help="bitcoin, tron, ...; else the cheapest.")]
_PATIENCE_S = 150.0  # a plan asks much, and a venue may allow a question only every third second

TransferId = Annotated[str, typer.Argument(help="Its id; `argosy transfer list` has them.")]


@app.command("plan")
def plan(
    source: Source,
    target: Target,
    currency: Currency,
    amount: Amount,
    chain: ChainName = "",
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Say what a transfer would cost and by which network; nothing is moved."""
    request = _asked(source, target, currency, amount, chain)
    planned = ask_desk("/api/transfers/plan", config, request, patience_s=_PATIENCE_S)
    _show_plan(planned, as_json=as_json)
    if planned.get("problem"):
        raise typer.Exit(1)


@app.command("start")
def start(
    source: Source,
    target: Target,
    currency: Currency,
    amount: Amount,
    chain: ChainName = "",
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Move funds, once, by the cheapest network that both ends have.

    It is written down before it is sent, and followed to its end, also after a restart. Needs
    transfers.enabled, and for withdrawals a key that the settings allow to withdraw.
    """
    request = _asked(source, target, currency, amount, chain)
    begun = ask_desk("/api/transfers", config, request, patience_s=_PATIENCE_S)
    _show([begun], as_json=as_json, single=True)


@app.command("list")
def list_transfers(
    everything: Annotated[bool, typer.Option("--all", help="Ended ones too.")] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """List the transfers that are under way."""
    path = "/api/transfers?everything=true" if everything else "/api/transfers"
    _show(ask_desk(path, config), as_json=as_json)


@app.command("show")
def show(transfer: TransferId, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Show one transfer as both of its ends tell it."""
    found = ask_desk(f"/api/transfers/show?transfer={transfer}", config)
    _show([found], as_json=as_json, single=True)


@app.command("cancel")
def cancel(transfer: TransferId, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Ask the venue to cancel a withdrawal that it has not sent yet."""
    found = ask_desk("/api/transfers/cancel", config, {"transfer": transfer})
    _show([found], as_json=as_json, single=True)


def _asked(source: str, target: str, currency: str, amount: str, chain: str) -> dict[str, str]:
    return {
        "source": source,
        "target": target,
        "currency": currency,
        "amount": amount,
        "chain": chain,
    }


def _show_plan(planned: Any, *, as_json: bool) -> None:
    from argosy.cli.output import number, print_json, table

    if as_json:
        print_json(planned)
        return
    what = f"{number(planned['amount'])} {planned['currency']}"
    typer.echo(f"{planned['kind']}: {what} from {planned['source']} to {planned['target']}")
    routes = [route for route in (planned.get("route"), *planned.get("others", ())) if route]
    if planned["kind"] != "internal":
        table(
            "",
            ("network", "fee", "confirmations", "about", "address, or why not"),
            [
                (
                    route["chain"] or route["network"],
                    number(route.get("fee")),
                    route.get("confirmations"),
                    _about(route.get("arrival_s")),
                    route.get("problem") or route.get("address", ""),
                )
                for route in routes
            ],
            right=("fee", "confirmations"),
        )
    if planned.get("problem"):
        typer.echo(f"cannot be started: {planned['problem']}")
    else:
        typer.echo(f"{number(planned['total'])} of {number(planned['free'])} free would leave")


def _about(seconds: float | None) -> str:
    if seconds is None:
        return "not known"
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


def _show(rows: list[Any], *, as_json: bool, single: bool = False) -> None:
    from argosy.cli.output import moment, number, print_json

    if as_json:
        print_json(rows[0] if single else rows)
        return
    if not rows:
        typer.echo("no transfers")
        return
    for row in rows:
        movement = row["movement"]
        request = movement["request"]
        internal = request["kind"] == "internal"
        source = request["venue"] + (f":{request['from_account']}" if internal else "")
        target = (
            f"{request['venue']}:{request['to_account']}"
            if internal
            else movement.get("to_venue") or movement.get("to_name", "")
        )
        network = f" by {request['network']}" if request.get("network") else ""
        typer.echo(
            f"{row['id']}  {number(request['amount'])} {request['currency']}"
            f" {source} → {target}{network}"
        )
        told = [
            movement["state"],
            movement.get("reason", ""),
            f"fee {number(request['fee'])}" if request.get("fee") else "",
            f"since {moment(movement['created_ns'])}",
            row.get("trouble", ""),
        ]
        typer.echo(f"  {'; '.join(part for part in told if part)}")
        if single:
            for end in ("source", "target"):
                _show_end(end, movement.get(end))


def _show_end(end: str, told: Any) -> None:
    if not told:
        typer.echo(f"  {end}: not known yet")
        return
    parts = [
        f"{told['venue']} {told['venue_id']}",
        told["state"] + (f" ({told['detail']})" if told.get("detail") else ""),
        f"transaction {told['tx_id']}" if told.get("tx_id") else "",
    ]
    typer.echo(f"  {end}: {'; '.join(part for part in parts if part)}")
