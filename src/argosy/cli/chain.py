"""`argosy chain`: what waits, what blocks bring, what gas will cost."""

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from argosy.cli.config import AsJson

if TYPE_CHECKING:
    from argosy.desk.chain_look import Look
    from argosy.desk.chain_source import ChainSource

app = typer.Typer(
    help="An EVM chain, live: of a node, or a sandbox chain of its own.", no_args_is_help=True
)

Url = Annotated[
    str,
    typer.Option("--url", help="A node: http(s):// or ws(s)://; without: a sandbox chain."),
]
Streams = Annotated[
    str, typer.Option("--ws", help="Its streams, where --url is http; else it is asked.")
]
Seed = Annotated[int, typer.Option("--seed", help="Of the sandbox's actors.")]


@app.command("watch")
def watch(
    url: Url = "",
    ws: Streams = "",
    kinds: Annotated[
        str,
        typer.Option(
            "--kinds",
            help="Only these, with commas: pending, ended, block, ...; or pending swap, transfer,"
            " allowance, lending, nft_order, unknown, ...",
        ),
    ] = "",
    seconds: Annotated[float, typer.Option("--for", help="So many seconds; 0: for ever.")] = 0,
    count: Annotated[int, typer.Option("--count", help="So many events; 0: all.")] = 0,
    labels: Annotated[
        str, typer.Option("--labels", help="A TOML file of names: '0x...' = 'cold wallet'.")
    ] = "",
    prices: Annotated[
        list[str] | None,
        typer.Option("--price", help="USD of a token, for large transfers: WETH=3000. Repeatable."),
    ] = None,
    large_usd: Annotated[
        str, typer.Option("--large-usd", help="From which worth on transfers are told.")
    ] = "",
    events: Annotated[
        list[str] | None,
        typer.Option("--events", help="A contract's events: 0x...=abi.json. Repeatable."),
    ] = None,
    seed: Seed = 7,
    as_json: AsJson = False,
) -> None:
    """Tell what waits to get into blocks, decoded; what becomes of it; and what blocks bring.

    Sandwiches, front-runs, arbitrage and large transfers are told with each block. What was told of
    a block that is dropped is undone.
    """
    from argosy.cli.output import note, print_json
    from argosy.desk.chain_look import Look
    from argosy.desk.chain_source import open_chain
    from argosy.desk.chain_watching import check_kinds, watch_chain
    from argosy.desk.chain_words import event_lines

    chosen = check_kinds([each.strip() for each in kinds.split(",") if each.strip()])

    def tell(event: Any, tokens: Any) -> None:
        if as_json:
            print_json(event)
        else:
            for line in event_lines(event, tokens.names, tokens.pools):
                typer.echo(line)

    look = Look(
        labels=labels,
        prices=tuple(prices or ()),
        large_usd=large_usd,
        events=tuple(events or ()),
    )

    async def run() -> None:
        async with open_chain(_source(url, ws, seed, look)) as chain:
            note(f"watching {chain.about}")
            await watch_chain(chain, tell, kinds=chosen, seconds=seconds, count=count)

    asyncio.run(run())


@app.command("sandwiches")
def sandwiches(
    url: Url = "",
    ws: Streams = "",
    blocks: Annotated[int, typer.Option("--blocks", help="The newest ones.")] = 100,
    seed: Seed = 7,
    as_json: AsJson = False,
) -> None:
    """Find the sandwiches in the newest blocks, with what they took and from whom."""
    from argosy.cli.output import note, print_json, progress, table
    from argosy.desk.chain_source import open_chain
    from argosy.desk.chain_watching import look_back
    from argosy.desk.chain_words import mev_words

    async def run() -> Any:
        async with open_chain(_source(url, ws, seed), act=False) as chain:
            note(f"looking at {chain.about}")
            with progress("blocks") as tell:
                return await look_back(chain, blocks, tell)

    report, tokens = asyncio.run(run())
    if as_json:
        print_json(report)
        return
    every = (*report.sandwiches, *report.attempts)
    for found in sorted(every, key=lambda each: each.block):
        typer.echo(f"{found.block}  {mev_words(found, tokens.names, tokens.pools)}")
    typer.echo(
        f"{len(report.sandwiches)} sandwiches and {len(report.attempts)} attempts in"
        f" {report.blocks} blocks"
        f" ({report.first} to {report.last}), {report.trades} trades"
    )
    if report.attackers:
        table("", ("by", "sandwiches"), report.attackers.items(), right=("sandwiches",))


@app.command("gas")
def gas(
    url: Url = "",
    ws: Streams = "",
    seconds: Annotated[float, typer.Option("--for", help="First see for so long what waits.")] = 3,
    seed: Seed = 7,
    as_json: AsJson = False,
) -> None:
    """Forecast what gas will cost; only the next block's base fee is certain."""
    from argosy.cli.output import note, print_json, table
    from argosy.desk.chain_source import open_chain
    from argosy.desk.chain_watching import gas_outlook
    from argosy.desk.chain_words import gwei

    async def run() -> Any:
        async with open_chain(_source(url, ws, seed)) as chain:
            note(f"asking {chain.about}")
            return await gas_outlook(chain, seconds)

    told = asyncio.run(run())
    if as_json:
        print_json(told)
        return
    typer.echo(f"base fee of block {told.block + 1}: {gwei(told.base_fee)} gwei, for certain")
    table(
        "base fee ahead, gwei",
        ("blocks", "least", "as of late", "most"),
        [
            (each.blocks, gwei(each.least), gwei(each.usual), gwei(each.most))
            for each in told.ahead[1:]
        ],
        right=("blocks", "least", "as of late", "most"),
    )
    table(
        "offers, gwei (a guess of the wait, by what was seen waiting)",
        ("paid lately", "priority fee", "max fee", "blocks", "seconds"),
        [
            (
                f"{each.percentile:g} %",
                gwei(each.priority_fee),
                gwei(each.max_fee),
                each.blocks or "long",
                f"{each.seconds:.0f}" if each.blocks else "",
            )
            for each in told.offers
        ],
        right=("priority fee", "max fee", "blocks", "seconds"),
    )
    typer.echo(
        f"{told.waiting} seen waiting, {told.priced_out} of them below the base fee; blocks are"
        f" {told.fullness:.0%} full, {told.block_s:.3g} s apart"
    )


def _source(url: str, ws: str, seed: int, look: "Look | None" = None) -> "ChainSource":
    from argosy.desk.chain_look import Look
    from argosy.desk.chain_source import ChainSource

    return ChainSource(url=url, ws_url=ws, seed=seed, look=look or Look())
