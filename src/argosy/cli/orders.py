"""`argosy order`: place, change, cancel and list orders through the running desk."""

from decimal import Decimal
from typing import Annotated, Any

import typer

from argosy.cli.config import AsJson, ConfigFile

USED = "this id was used before: nothing was sent; what became of it:"

app = typer.Typer(help="Orders, through the desk that runs.", no_args_is_help=True)

Kind = Annotated[str, typer.Option("--type", help="market, limit, stop, stop_limit, iceberg, ...")]
ExpireIn = Annotated[float | None, typer.Option("--expire-in", help="Seconds, with --tif gtd.")]
SelfTrade = Annotated[str, typer.Option(help="cancel_taker, cancel_maker or cancel_both.")]
Activation = Annotated[str, typer.Option("--activation", help="Where trailing starts.")]
ExitPrice = Annotated[str, typer.Option(help="Attached exit.")]
ExitLimit = Annotated[str, typer.Option(help="Its limit; else it is at market.")]
ExitTrailing = Annotated[
    str, typer.Option(help="Instead of --stop-loss: its distance, like --trailing.")
]
PegTo = Annotated[str, typer.Option(help="Of --type pegged: primary, market or mid.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be sent; send nothing.")]
PegOffset = Annotated[
    str, typer.Option(help='"0.5" or "2 ticks"; above 0 is away from the market.')
]


@app.command("place")
def place(
    instrument: Annotated[str, typer.Argument(help="Like kraken:BTC/USD or okx:BTC/USDT:USDT.")],
    side: Annotated[str, typer.Argument(help="buy or sell.")],
    size: Annotated[str, typer.Argument(help="In base units, or contracts.")] = "",
    kind: Kind = "limit",
    price: Annotated[str, typer.Option(help="Limit price.")] = "",
    quote_size: Annotated[str, typer.Option(help="Instead of size: what to spend.")] = "",
    time_in_force: Annotated[str, typer.Option("--tif", help="gtc, ioc, fok or gtd.")] = "gtc",
    expire_in_s: ExpireIn = None,
    post_only: Annotated[bool, typer.Option("--post-only", help="Never take.")] = False,
    reduce_only: Annotated[bool, typer.Option("--reduce-only", help="Only close.")] = False,
    trigger_price: Annotated[str, typer.Option("--trigger", help="Of stops.")] = "",
    trigger_by: Annotated[str, typer.Option(help="last, mark, index, book or mid.")] = "last",
    trailing: Annotated[str, typer.Option(help='Distance: "50", "1.5%" or "20 ticks".')] = "",
    activation_price: Activation = "",
    display_size: Annotated[str, typer.Option("--display", help="Of an iceberg.")] = "",
    margin: Annotated[str, typer.Option(help="cash, cross or isolated.")] = "cash",
    leverage: Annotated[str, typer.Option(help="Of a margin order.")] = "",
    self_trade: SelfTrade = "",
    take_profit: ExitPrice = "",
    take_profit_limit: ExitLimit = "",
    stop_loss: ExitPrice = "",
    stop_loss_limit: ExitLimit = "",
    exit_trailing: ExitTrailing = "",
    peg: PegTo = "",
    peg_offset: PegOffset = "",
    client_id: Annotated[str, typer.Option(help="Yours; else one is made.")] = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Place an order and say what the venue answered.

    What the venue lacks is worked by the desk (`argosy venues NAME`), and survives its restart.
    Exits with 1 when it was refused, and says `unknown` where no one can say yet.
    """
    from argosy.desk.asks import OrderAsk

    request = OrderAsk(
        instrument=instrument,
        side=side,
        size=size,
        quote_size=quote_size,
        type=kind,
        price=price,
        time_in_force=time_in_force,
        expire_in_s=expire_in_s,
        post_only=post_only,
        reduce_only=reduce_only,
        trigger_price=trigger_price,
        trigger_by=trigger_by,
        trailing=trailing,
        display_size=display_size,
        margin=margin,
        leverage=leverage,
        self_trade=self_trade,
        activation_price=activation_price,
        take_profit=take_profit,
        take_profit_limit=take_profit_limit,
        stop_loss=stop_loss,
        stop_loss_limit=stop_loss_limit,
        exit_trailing=exit_trailing,
        peg=peg,
        peg_offset=peg_offset,
        client_id=client_id,
    )
    if dry_run:
        _show_preview(ask_desk("/api/orders/preview", config, request), as_json=as_json)
        return
    _show_orders([ask_desk("/api/orders", config, request)], as_json=as_json, single=True)


def _show_preview(found: Any, *, as_json: bool) -> None:
    from argosy.cli.output import number, print_json

    if as_json:
        print_json(found)
        return
    order = found["order"]
    typer.echo(f"would place {order['instrument']} {what_of(order)}; nothing was sent")
    if found["how"] == "native":
        typer.echo(f"  request   {found['wire']}")
    else:
        typer.echo(f"  worked by the desk ({found['work']}): {found['reason']}")
    if found.get("average_price"):
        typer.echo(f"  the book would give {number(found['average_price'])} a unit now")
    if found.get("notional"):
        fee = Decimal(found["notional"]) * Decimal(found["taker_fee"])
        typer.echo(f"  notional  {number(found['notional'])}, fee at most {number(fee)} as taker")


@app.command("amend")
def amend(
    order: Annotated[str, typer.Argument(help="Its id, ours or the venue's.")],
    size: Annotated[str, typer.Option(help="The whole new size, fills included.")] = "",
    price: Annotated[str, typer.Option(help="The new price.")] = "",
    trigger_price: Annotated[str, typer.Option("--trigger", help="The new trigger price.")] = "",
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Change an open order in place."""
    from argosy.desk.asks import AmendAsk

    request = AmendAsk(order=order, size=size, price=price, trigger_price=trigger_price)
    _show_orders([ask_desk("/api/orders/amend", config, request)], as_json=as_json, single=True)


@app.command("cancel")
def cancel(
    order: Annotated[str, typer.Argument(help="Its id, ours or the venue's.")] = "",
    venue: Annotated[str, typer.Option(help="Cancel everything at a venue.")] = "",
    instrument: Annotated[str, typer.Option(help="Cancel everything of an instrument.")] = "",
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Cancel an order, or all orders at a venue or of an instrument."""
    from argosy.cli.output import print_json
    from argosy.desk.asks import CancelAsk

    request = CancelAsk(order=order, venue=venue, instrument=instrument)
    gone = ask_desk("/api/orders/cancel", config, request)
    if as_json:
        print_json({"cancelled": gone})
    else:
        typer.echo(f"cancelled: {', '.join(gone) or 'nothing was open'}")


@app.command("list")
def list_orders(
    everything: Annotated[bool, typer.Option("--all", help="Finished ones too.")] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """List open orders, or the latest of all that the desk and its journal remember."""
    path = "/api/orders?everything=true" if everything else "/api/orders"
    _show_orders(ask_desk(path, config), as_json=as_json)


@app.command("show")
def show(
    order: Annotated[str, typer.Argument(help="An order (our id or the venue's), route or work.")],
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Everything the journal has of an order, or of a route, an algorithm or an order that the desk
    works, and all that it sent.
    """
    from urllib.parse import quote

    from argosy.cli.output import moment, number, print_json

    found = ask_desk(f"/api/orders/story?order={quote(order, safe='')}", config)
    if as_json:
        print_json(found)
        return
    if "work" in found:
        _show_work(order, found["work"])
    for row in found.get("history", ()):
        typer.echo(f"{moment(row['at_ns'])}  {row['kind']}")
    for each in found["orders"]:
        _show_order(each["report"])
        for row in each.get("history", ()):
            body = row["body"]
            told = (
                (body.get("what") or number(body.get("filled"))) if isinstance(body, dict) else ""
            )
            typer.echo(f"  {moment(row['at_ns'])}  {row['kind']} {told}".rstrip())
        for fill in each.get("fills", ()):
            fee = f"fee {number(fill['fee'])} {fill['fee_currency']}, {fill['liquidity']}"
            typer.echo(
                f"  {moment(fill['venue_ns'])}  fill {number(fill['size'])} at"
                f" {number(fill['price'])}, {fee}"
            )
    if found["orders"]:
        _show_costs(order, config)


def _show_work(order: str, work: Any) -> None:
    if "report" in work:
        _show_order(work["report"] | {"reason": ""})
    else:
        typer.echo(f"{work['status']}: {work['kind']} {order}")
    sent = work["children"]
    what = "no order" if not sent else f"{sent} order{'s' if sent > 1 else ''}"
    typer.echo(f"  worked by the desk ({work['kind']}, {work['phase']}): it sent {what}")
    if "detail" in work:
        typer.echo(f"  {work['detail']}")


def _show_costs(order: str, config: Any) -> None:
    """What it cost, where anything was filled."""
    from urllib.parse import quote

    from argosy.cli.costs import told

    for row in ask_desk(f"/api/tca/order?order={quote(order, safe='')}", config):
        if Decimal(row["filled"]):
            typer.echo(f"  {told(row)}")


def ask_desk(path: str, config: Any, request: Any = None, *, patience_s: float = 0) -> Any:
    import msgspec

    from argosy.desk import state
    from argosy.desk.settings import load
    from argosy.errors import ConfigError
    from argosy.net.loopback import ask

    settings = load(config).settings
    running = state.find(state.folder(settings.desk.state_folder))
    if running is None:
        raise ConfigError("no desk is running; start one in another terminal: argosy up")
    body = None if request is None else msgspec.json.encode(request)
    answer = ask(running.address, path, token=running.token, body=body, patience_s=patience_s)
    return msgspec.json.decode(answer)


def _show_orders(rows: list[Any], *, as_json: bool, single: bool = False) -> None:
    from argosy.cli.output import is_wide, number, print_json, table

    if as_json:
        print_json(rows[0] if single else rows)
        return
    if single:
        _show_order(rows[0])
        return
    if not rows:
        typer.echo("no orders")
        return
    wide = is_wide(150)
    table(
        "",
        (
            "order",
            "instrument",
            "what",
            "filled",
            "status",
            *(("average", "client id", "reason") if wide else ()),
        ),
        [
            (
                row.get("venue_id") or row.get("client_id"),
                row["instrument"],
                what_of(row),
                number(row.get("filled")),
                row["status"] + (", not ours" if row.get("foreign") else ""),
                *(
                    (number(row.get("average_price")), row.get("client_id"), row.get("reason"))
                    if wide
                    else ()
                ),
            )
            for row in rows
        ],
        right=("filled", "average"),
    )


def what_of(row: Any) -> str:
    """An order in words: "buy 0.01 limit 20000"."""
    from argosy.cli.output import number

    quote = row.get("quote_size")
    size = number(row.get("size")) or (f"for {number(quote)}" if quote else "")
    trigger = row.get("trigger_price")
    parts = (
        row["side"],
        size,
        row["type"].replace("_", " "),
        number(row.get("price")),
        f"at {number(trigger)}" if trigger else "",
    )
    return " ".join(part for part in parts if part)


def _show_order(row: Any) -> None:
    from argosy.cli.output import number

    average = row.get("average_price")
    filled = number(row.get("filled")) + (f" at {number(average)}" if average else "")
    typer.echo(f"{row['status']}: {row['instrument']} {what_of(row)}; filled {filled}")
    if row.get("reason"):
        typer.echo(f"  reason    {row['reason']}")
    if row.get("venue_id"):
        typer.echo(f"  order     {row['venue_id']}")
    if row.get("client_id"):
        typer.echo(f"  client id {row['client_id']}")
    if row["status"] == "unknown":
        typer.echo("  The venue's answer was lost; `argosy order list` says when it is found out.")
