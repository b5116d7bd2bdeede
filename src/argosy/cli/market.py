"""`argosy venues` and `argosy book`: what there is, and what it costs now."""

import asyncio
from typing import Annotated, Any

import typer

from argosy.cli.config import AsJson, ConfigFile


def venues(
    name: Annotated[str, typer.Argument(help="One venue, in full.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the venues: what each can do, natively or worked by the desk, where, at which fees."""
    from argosy.cli.output import print_json, table
    from argosy.desk.support import matrix

    rows = matrix(name or None)
    if as_json:
        print_json(rows)
        return
    table(
        "",
        ("venue", "status", "instruments", "maker", "taker", "environments", "channels"),
        [
            (
                row.id,
                row.status,
                row.instrument_kinds,
                f"{row.maker_fee_bps} bps",
                f"{row.taker_fee_bps} bps",
                row.environments,
                row.channels,
            )
            for row in rows
        ],
        right=("maker", "taker"),
    )
    kinds = list(rows[0].order_types) if rows else []
    table(
        "Orders",
        ("order type", *(row.id for row in rows)),
        [(kind, *(row.order_types[kind] for row in rows)) for kind in kinds],
    )
    table(
        "",
        ("flags", *(row.id for row in rows)),
        [
            ("time in force", *(row.time_in_force for row in rows)),
            ("flags", *(row.flags for row in rows)),
            ("triggers", *(row.triggers for row in rows)),
            ("self-trade prevention", *(row.self_trade for row in rows)),
            ("orders a request", *(row.max_batch for row in rows)),
            ("orders over the stream", *(row.orders_over_stream for row in rows)),
            *([("rate limits", rows[0].limits), ("documents", rows[0].docs)] if name else []),
        ],
    )
    if not name:
        typer.echo("`argosy venues NAME` adds one venue's rate limits and documents.")
        typer.echo("Protocols on chains: `argosy lend`, `argosy stake` and `argosy nft`.")


def book(
    pair: Annotated[str, typer.Argument(help="A pair like BTC/USD.")],
    once: Annotated[bool, typer.Option("--once", help="Print it once and stop.")] = False,
    as_json: AsJson = False,
    depth: Annotated[int, typer.Option("--depth", min=1, max=200, help="Levels a side.")] = 10,
    live: Annotated[
        bool, typer.Option("--live", help="Connect to the venues' public streams; no key needed.")
    ] = False,
    config: ConfigFile = None,
) -> None:
    """Show the universal book of a pair: every venue's levels, net of fees, in one currency.

    Asks the running desk (argosy up). Where none runs, or with --live, connects by itself.
    """
    from argosy.cli.output import note
    from argosy.desk import state
    from argosy.desk.settings import load
    from argosy.sandbox.told import find

    pair = pair.upper()
    overrides: dict[str, Any] = {"desk.environment": "live" if live else None}
    settings = load(config, overrides=overrides).settings
    running = None if live else state.find(state.folder(settings.desk.state_folder))
    show = _Shown(as_json=as_json, depth=depth)
    if running is not None:
        _remote(running.address, pair, depth, once=once, show=show)
        return
    where = "the venues' public streams"
    if not live:
        beside = find(state.folder(settings.desk.state_folder))
        where = "a sandbox of its own: neither desk nor sandbox is running"
        if beside is not None:
            where = f"the sandbox that runs (process {beside.pid})"
    note(f"connecting to {where}")
    asyncio.run(_own(settings, pair, depth, once=once, show=show))


class _Shown:
    """Prints views, as lines of JSON or as a ladder."""

    def __init__(self, *, as_json: bool, depth: int) -> None:
        self.as_json = as_json
        self.depth = depth

    def __call__(self, view: Any) -> None:
        from argosy.cli.output import print_json

        if self.as_json:
            print_json(view)
        else:
            _ladder(view, self.depth)


def _remote(address: str, pair: str, depth: int, *, once: bool, show: _Shown) -> None:
    import time
    from urllib.parse import quote

    import msgspec

    from argosy.books import UniversalView
    from argosy.net.loopback import ask

    while True:
        data = ask(address, f"/api/book/{quote(pair)}?depth={depth}")
        show(msgspec.json.decode(data, type=UniversalView))
        if once:
            return
        time.sleep(0.5)


async def _own(settings: Any, pair: str, depth: int, *, once: bool, show: _Shown) -> None:
    import msgspec

    from argosy.cli.output import note
    from argosy.desk.build import open_desk
    from argosy.errors import ConfigError, VenueUnavailable

    desk_settings = msgspec.structs.replace(settings.desk, pairs=(pair,))
    own = msgspec.structs.replace(settings, desk=desk_settings)
    async with open_desk(own, keys=False, attach=True) as desk, asyncio.TaskGroup() as group:
        running = group.create_task(desk.run())
        await desk.settled(20.0)
        late = [health for health in desk.venues() if health.state.value != "live"]
        for health in late:
            note(f"{health.id} is {health.state.value}: {health.detail or 'no answer yet'}")
        if len(late) == len(desk.links):
            raise VenueUnavailable("no venue answered; `argosy doctor` checks this installation")
        if not late and not desk.books[pair].numbers:
            raise ConfigError(f"no venue here lists {pair}; `argosy venues` names the venues")
        while True:
            show(desk.universal(pair, depth))
            if once:
                break
            await asyncio.sleep(0.5)
        running.cancel()


def _ladder(view: Any, depth: int) -> None:
    from argosy.cli.output import table
    from argosy.model.money import plain

    def row(side: str, level: Any) -> tuple[Any, ...]:
        net = f"{level.net_price:.8f}".rstrip("0").rstrip(".")
        return (side, net, plain(level.price), plain(level.size), level.venue, level.instrument)

    rows = [row("ask", level) for level in reversed(view.asks[:depth])]
    rows += [("", "", "", "", "", "")]
    rows += [row("bid", level) for level in view.bids[:depth]]
    table(
        f"{view.pair}: net of taker fees, in {view.quote}",
        ("side", "net price", "price", "size", "venue", "instrument"),
        rows,
        right=("net price", "price", "size"),
    )
    for conversion in view.conversions:
        typer.echo(
            f"  1 {conversion.source_currency} = {conversion.rate:.6f} "
            f"{conversion.target_currency} ({conversion.origin})"
        )
    for crossing in view.crossings:
        typer.echo(
            f"  crossed {'net of' if crossing.net else 'before'} fees: {crossing.bid.instrument} "
            f"bids {plain(crossing.bid.price)}, {crossing.ask.instrument} asks "
            f"{plain(crossing.ask.price)}"
        )
    for entry in view.excluded:
        typer.echo(f"  left out: {entry.instrument} ({entry.reason})")
