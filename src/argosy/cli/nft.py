"""`argosy nft`: orders for NFTs on Seaport, through OpenSea's book or files."""

from typing import Annotated, Any

import typer

from argosy.cli.config import AsJson
from argosy.cli.onchain import Contracts, DryRun, KeyEnv, Url, meant, on_chain, show_deed

app = typer.Typer(help="Trade NFTs on Seaport and OpenSea.", no_args_is_help=True)

MarketUrl = Annotated[
    str,
    typer.Option("--market", help="OpenSea's API; `argosy sandbox --chain` prints the sandbox's."),
]
ApiKeyEnv = Annotated[
    str, typer.Option("--api-key-env", help="Environment variable with OpenSea's API key.")
]
Slug = Annotated[str, typer.Option("--slug", help="The market's name of the collection.")]
Contract = Annotated[
    str, typer.Option("--contract", help="Address of the collection; else the sandbox's.")
]
Money = Annotated[str, typer.Option("--money", help="Address of the token to be paid in.")]
Days = Annotated[float, typer.Option("--days", help="How long the order is good for, to 365.")]
Kind = Annotated[str, typer.Option("--kind", help="erc721 or erc1155.")]
Price = Annotated[str, typer.Argument(help="In ether, or the token given by --money.")]
WhichOrder = Annotated[str, typer.Argument(help="Its hash, or a file that --json printed.")]


@app.command("collection")
def collection(
    slug: Annotated[str, typer.Argument(help="The market's name of it.")] = "",
    url: Url = "",
    market: MarketUrl = "",
    api_key_env: ApiKeyEnv = "",
    contracts: Contracts = "",
    as_json: AsJson = False,
) -> None:
    """Show a collection's floor, trading, fees, and the best of its book."""
    from argosy.cli.output import brief, print_json
    from argosy.desk.nft import Market
    from argosy.desk.nft import collection as ask

    where = meant(url=url, contracts=contracts)
    found = on_chain(ask(where, Market(url=market, key_env=api_key_env), slug))
    if as_json:
        print_json(found)
        return
    stats = found.stats
    floor = "none" if stats.floor is None else f"{brief(stats.floor)} {stats.floor_currency}"
    typer.echo(
        f"{found.collection.name}: floor {floor}, {stats.sales} sales of {brief(stats.volume)}"
    )
    for side, quotes in (("listing", found.listings), ("bid", found.offers)):
        for each in quotes:
            typer.echo(f"  {side} {each.identifier or 'any'}: {brief(each.price)} {each.currency}")
            typer.echo(f"    {each.hash}")


@app.command("list")
def list_(
    identifier: Annotated[int, typer.Argument(help="The token's number.")],
    price: Price,
    contract: Contract = "",
    money: Money = "",
    days: Days = 7.0,
    kind: Kind = "erc721",
    slug: Slug = "",
    url: Url = "",
    market: MarketUrl = "",
    api_key_env: ApiKeyEnv = "",
    key_env: KeyEnv = "",
    contracts: Contracts = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Offer an NFT at a fixed price: sign the order, and post it where there is a market."""
    from argosy.desk.nft import Market, Terms, offer

    terms = Terms(
        price=price,
        contract=contract,
        identifier=identifier,
        money=money,
        days=days,
        kind=kind,
        slug=slug,
    )
    where = meant(url=url, key_env=key_env, contracts=contracts)
    book = Market(url=market, key_env=api_key_env)
    _ordered(on_chain(offer(where, book, terms, selling=True, dry_run=dry_run)), as_json)


@app.command("bid")
def bid(
    price: Price,
    identifier: Annotated[
        int | None, typer.Option("--token", help="Its number; without it any of the collection.")
    ] = None,
    contract: Contract = "",
    money: Money = "",
    days: Days = 7.0,
    kind: Kind = "erc721",
    slug: Slug = "",
    url: Url = "",
    market: MarketUrl = "",
    api_key_env: ApiKeyEnv = "",
    key_env: KeyEnv = "",
    contracts: Contracts = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Bid a token (wrapped ether) for an NFT, or for any of a collection."""
    from argosy.desk.nft import Market, Terms, offer

    terms = Terms(
        price=price,
        contract=contract,
        identifier=identifier,
        money=money,
        days=days,
        kind=kind,
        slug=slug,
    )
    where = meant(url=url, key_env=key_env, contracts=contracts)
    book = Market(url=market, key_env=api_key_env)
    _ordered(on_chain(offer(where, book, terms, selling=False, dry_run=dry_run)), as_json)


@app.command("fulfil")
def fulfil(
    order: WhichOrder,
    identifier: Annotated[
        int | None, typer.Option("--token", help="Which to give to a bid for any.")
    ] = None,
    url: Url = "",
    market: MarketUrl = "",
    api_key_env: ApiKeyEnv = "",
    key_env: KeyEnv = "",
    contracts: Contracts = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take the other side of an order, after signature, time, balances and approvals are checked.

    With --dry-run, what speaks against it is listed.
    """
    from argosy.desk.nft import Market
    from argosy.desk.nft import fulfil as do

    where = meant(url=url, key_env=key_env, contracts=contracts)
    book = Market(url=market, key_env=api_key_env)
    _traded(on_chain(do(where, book, order, identifier, dry_run=dry_run)), as_json)


@app.command("cancel")
def cancel(
    order: Annotated[
        list[str] | None, typer.Argument(help="Hashes, or files; without any: every order.")
    ] = None,
    url: Url = "",
    market: MarketUrl = "",
    api_key_env: ApiKeyEnv = "",
    key_env: KeyEnv = "",
    contracts: Contracts = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Cancel orders on the chain."""
    from argosy.desk.nft import Market
    from argosy.desk.nft import cancel as do

    where = meant(url=url, key_env=key_env, contracts=contracts)
    book = Market(url=market, key_env=api_key_env)
    _traded(on_chain(do(where, book, order or [], dry_run=dry_run)), as_json)


def _ordered(done: Any, as_json: bool) -> None:
    from argosy.cli.output import print_json

    if as_json:
        print_json(done)
        return
    for each in done.approvals:
        show_deed(each)
    state = "would be signed" if done.dry_run else "posted" if done.posted else "signed"
    typer.echo(f"order {done.hash} {state}")
    if not done.posted and not done.dry_run:
        typer.echo("  no market has it: --json prints it, and `fulfil` takes that from a file")


def _traded(done: Any, as_json: bool) -> None:
    from argosy.cli.output import print_json

    if as_json:
        print_json(done)
        return
    for problem in done.problems:
        typer.echo(f"  against it: {problem}")
    show_deed(done.deed)
