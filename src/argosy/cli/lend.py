"""`argosy lend`: Aave v3's markets and accounts, on a chain or the sandbox's."""

from typing import Annotated, Any

import typer

from argosy.cli.config import AsJson
from argosy.cli.onchain import (
    Contracts,
    DryRun,
    KeyEnv,
    Owner,
    Url,
    meant,
    on_chain,
    percent,
    show_deed,
)

app = typer.Typer(help="Lend and borrow on Aave v3.", no_args_is_help=True)

Token = Annotated[str, typer.Argument(help="Symbol or address.")]
Amount = Annotated[str, typer.Argument(help="Of the token.")]
AmountOrAll = Annotated[str, typer.Argument(help="Of the token, or `all`.")]


@app.command("markets")
def markets(url: Url = "", contracts: Contracts = "", as_json: AsJson = False) -> None:
    """List what can be supplied and borrowed, at which rates and limits."""
    from argosy.cli.output import brief, print_json, table
    from argosy.desk.lending import markets as ask

    found = on_chain(ask(meant(url=url, contracts=contracts)))
    if as_json:
        print_json(found)
        return
    columns = ("token", "price", "supply", "borrow", "used", "liquidity", "LTV", "liquidation")
    table(
        "",
        columns,
        (
            (
                each.symbol,
                brief(each.price),
                percent(each.supply_apy),
                percent(each.borrow_apy),
                percent(each.utilisation),
                brief(each.liquidity),
                percent(each.ltv),
                percent(each.threshold),
            )
            for each in found
        ),
        right=columns[1:],
    )


@app.command("account")
def account(
    url: Url = "",
    owner: Owner = "",
    key_env: KeyEnv = "",
    contracts: Contracts = "",
    as_json: AsJson = False,
) -> None:
    """Show collateral, debt, health factor, positions and where liquidation would be."""
    from argosy.cli.output import print_json
    from argosy.desk.lending import account as ask

    where = meant(url=url, owner=owner, key_env=key_env, contracts=contracts)
    found = on_chain(ask(where))
    if as_json:
        print_json(found)
    else:
        _show_account(found)


@app.command("supply")
def supply(
    token: Token,
    amount: Amount,
    url: Url = "",
    key_env: KeyEnv = "",
    contracts: Contracts = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Supply a token; it earns interest, and secures loans where the market lets it."""
    _act("supply", token, amount, (url, key_env, contracts), dry_run, as_json)


@app.command("withdraw")
def withdraw(
    token: Token,
    amount: AmountOrAll,
    url: Url = "",
    key_env: KeyEnv = "",
    contracts: Contracts = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take back what was supplied."""
    _act("withdraw", token, amount, (url, key_env, contracts), dry_run, as_json)


@app.command("borrow")
def borrow(
    token: Token,
    amount: Amount,
    url: Url = "",
    key_env: KeyEnv = "",
    contracts: Contracts = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Borrow against what is supplied, at the variable rate."""
    _act("borrow", token, amount, (url, key_env, contracts), dry_run, as_json)


@app.command("repay")
def repay(
    token: Token,
    amount: AmountOrAll,
    url: Url = "",
    key_env: KeyEnv = "",
    contracts: Contracts = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Repay a loan; `all` takes the interest until then as well."""
    _act("repay", token, amount, (url, key_env, contracts), dry_run, as_json)


@app.command("collateral")
def collateral(
    token: Token,
    on: Annotated[bool, typer.Option("--on/--off", help="Whether it secures loans.")] = True,
    url: Url = "",
    key_env: KeyEnv = "",
    contracts: Contracts = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Let what is supplied of a token secure loans, or no longer."""
    kind = "collateral_on" if on else "collateral_off"
    _act(kind, token, "", (url, key_env, contracts), dry_run, as_json)


def _act(
    kind: str,
    token: str,
    amount: str,
    place: tuple[str, str, str],
    dry_run: bool,
    as_json: bool,
) -> None:
    from argosy.cli.output import brief, print_json
    from argosy.desk.lending import act
    from argosy.model import LendingKind

    url, key_env, contracts = place
    where = meant(url=url, key_env=key_env, contracts=contracts)
    done = on_chain(act(where, LendingKind(kind), token, amount, dry_run=dry_run))
    if as_json:
        print_json(done)
        return
    show_deed(done.deed)
    typer.echo(
        f"  health factor: {brief(done.health_before) or 'no debt'} before,"
        f" {done.note or brief(done.health_expected) or 'no debt'} expected"
    )
    if done.account is not None:
        _show_account(done.account)


def _show_account(account: Any) -> None:
    from argosy.cli.output import brief, money, table

    health = "no debt" if account.health is None else money(account.health, 4)
    typer.echo(f"{account.owner}: health factor {health}")
    typer.echo(
        f"  collateral {money(account.collateral, 2)}, debt {money(account.debt, 2)}, can borrow"
        f" {money(account.available, 2)} more (USD); loan to value {percent(account.loan_to_value)}"
        f" of {percent(account.threshold)}"
    )
    columns = ("token", "supplied", "earned", "borrowed", "owed for it", "secures", "liquidated at")
    rows = [
        (
            each.symbol,
            brief(each.supplied),
            brief(each.supply_interest),
            brief(each.borrowed),
            brief(each.borrow_interest),
            each.collateral,
            brief(account.liquidation_price(each.asset)),
        )
        for each in account.positions
    ]
    if rows:
        table("", columns, rows, right=(*columns[1:5], columns[6]))
