"""`argosy bitcoin`: how a chain's nodes are, what fees it asks, and transfers as they happen."""

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from argosy.cli.config import AsJson
from argosy.errors import ConfigError

if TYPE_CHECKING:
    from argosy.net.bitcoin_node import BitcoinNode

app = typer.Typer(help="A Bitcoin chain, from nodes that speak its RPC.", no_args_is_help=True)

Urls = Annotated[
    list[str],
    typer.Option("--url", help="A node, like http://127.0.0.1:8332. Several: fail-over, in order."),
]
User = Annotated[
    str, typer.Option("--user", help="The password is read from ARGOSY_BITCOIN_PASSWORD.")
]
Password = Annotated[
    str, typer.Option(envvar="ARGOSY_BITCOIN_PASSWORD", show_envvar=True, hidden=True)
]
Cookie = Annotated[
    Path | None, typer.Option("--cookie", help="The node's cookie file, instead of a password.")
]
Network = Annotated[
    str, typer.Option("--network", help="main, test, signet or regtest: refuse nodes of others.")
]
_COIN = 100_000_000
_SHOWN = 100  # characters of a text in an error


@app.command("status")
def status(
    url: Urls,
    user: User = "",
    password: Password = "",
    cookie: Cookie = None,
    network: Network = "",
    as_json: AsJson = False,
) -> None:
    """Say how far each node is, how much waits, and what it costs to be mined soon."""
    from argosy.cli.output import brief, print_json, table
    from argosy.desk.bitcoin import status as asked

    found = asyncio.run(asked(_nodes(url, user, password, cookie), network))
    if as_json:
        print_json(found)
        return
    table(
        "",
        ("node", "block", "trouble"),
        [(node.name, node.height or "", node.problem) for node in found.nodes],
        right=("block",),
    )
    pool, fees = found.mempool, found.fees
    typer.echo(f"block {found.tip.number} {found.tip.hash}")
    typer.echo(
        f"{pool.count} transactions wait, {pool.vsize:,} vB, from {brief(pool.floor)} sat/vB"
    )
    rates = ", ".join(f"{blocks}: {brief(rate)}" for blocks, rate in fees.rates)
    typer.echo(f"sat/vB by blocks to wait (by the {fees.source}): {rates or 'no forecast'}")


@app.command("watch")
def watch(
    url: Urls,
    address: Annotated[
        list[str] | None, typer.Option("--address", help="ADDRESS or ADDRESS=LABEL; repeat it.")
    ] = None,
    label: Annotated[
        list[str] | None, typer.Option("--label", help="ADDRESS=LABEL to show, not to watch.")
    ] = None,
    threshold: Annotated[
        str, typer.Option("--threshold", help="Also tell transfers of so many coins or more.")
    ] = "",
    every: Annotated[float, typer.Option("--every", min=0.1, help="Seconds between looks.")] = 5.0,
    user: User = "",
    password: Password = "",
    cookie: Cookie = None,
    network: Network = "",
    as_json: AsJson = False,
) -> None:
    """Tell blocks and transfers as they come, and when they are undone, until Ctrl-C.

    Old nodes do not tell whose coins a block spends; what waits is looked up.
    """
    from argosy.cli.output import note, print_json
    from argosy.desk.bitcoin import watch as watched
    from argosy.sources.bitcoin.watch import WatchSettings

    watched_ones = _labelled(address or [], "--address", network)
    labels = _labelled(label or [], "--label", network)
    settings = WatchSettings(
        addresses=frozenset(watched_ones),
        labels={name: text for name, text in (labels | watched_ones).items() if text},
        threshold=_satoshi(threshold),
    )

    def tell(event: Any) -> None:
        if as_json:
            print_json({"event": type(event).__name__, "value": event})
        elif line := _line(event):
            typer.echo(line)

    asyncio.run(
        watched(
            _nodes(url, user, password, cookie),
            settings,
            tell=tell,
            trouble=note,
            network=network,
            every_s=every,
        )
    )


def _nodes(urls: list[str], user: str, password: str, cookie: Path | None) -> "list[BitcoinNode]":
    from argosy.model import Credentials
    from argosy.net.bitcoin_node import BitcoinNode

    if user and not password:
        raise ConfigError("--user needs the password in ARGOSY_BITCOIN_PASSWORD")
    if not all(url.startswith(("http://", "https://")) for url in urls):
        raise ConfigError(  # without the address: it may hold a password
            "--url needs http:// or https:// before the node, like http://127.0.0.1:8332"
        )
    login = Credentials(key=user, secret=password) if user else None
    return [
        BitcoinNode(
            name=f"node{place}" if len(urls) > 1 else "node",
            url=url,
            login=login,
            cookie_file="" if cookie is None else str(cookie),
        )
        for place, url in enumerate(urls, 1)
    ]


def _labelled(texts: list[str], option: str, network: str) -> dict[str, str]:
    from argosy.sources.bitcoin.addresses import address_of

    found = {}
    for text in texts:
        address, _, label = text.partition("=")
        try:
            found[address_of(address.strip(), network)] = label.strip()
        except ValueError as e:
            told = address.strip()[:_SHOWN]
            raise ConfigError(f"{option} is {told!r}, no address of the chain: {e}") from None
    return found


def _satoshi(text: str) -> int | None:
    if not text:
        return None
    from argosy.model.money import parse_decimal

    try:
        whole = parse_decimal(text) * _COIN
    except ValueError:
        whole = Decimal(-1)
    if not 0 < whole < 10**17 or whole != int(whole):
        raise ConfigError(f"--threshold is {text!r}; a number of coins, like 100 or 0.5, is needed")
    return int(whole)


def _line(event: Any) -> str:
    """An event for people; empty for what is only of use to programs."""
    from argosy.model import HeadChanged
    from argosy.model.bitcoin import CoinTransfer

    if isinstance(event, HeadChanged):
        undone = f", {len(event.dropped)} undone" if event.dropped else ""
        return f"block {event.tip.number} {event.tip.hash}{undone}"
    if not isinstance(event, CoinTransfer):
        return ""
    sides = " → ".join(
        ", ".join(party.label or party.address or "a script" for party in side) or "unknown"
        for side in (event.senders, event.recipients)
    )
    return f"{event.state:9}  {Decimal(event.value) / _COIN:.8f}  {sides}  {event.txid}"
