"""`argosy stake`: Lido's staking, wrapping and withdrawals, on a chain or the sandbox's."""

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

app = typer.Typer(help="Stake ether with Lido.", no_args_is_help=True)

Wrapped = Annotated[bool, typer.Option("--wrapped", help="The amount is of wstETH.")]


@app.command("pool")
def pool(
    blocks: Annotated[
        int, typer.Option(min=0, help="Also the rate a year since so many blocks ago.")
    ] = 0,
    url: Url = "",
    contracts: Contracts = "",
    as_json: AsJson = False,
) -> None:
    """Show what is staked in all, what a share is worth, and what waits to be withdrawn."""
    from argosy.cli.output import brief, print_json
    from argosy.desk.staking import pool as ask

    found = on_chain(ask(meant(url=url, contracts=contracts), blocks))
    if as_json:
        print_json(found)
        return
    typer.echo(f"{brief(found.pool.pooled)} ether staked; a share is worth {found.now.rate:.9f}")
    typer.echo(f"  {found.pool.waiting} withdrawals of {brief(found.pool.unfinalized)} ether wait")
    if found.apr is not None:
        typer.echo(f"  {percent(found.apr)} a year over the last {blocks} blocks")


@app.command("account")
def account(
    url: Url = "",
    owner: Owner = "",
    key_env: KeyEnv = "",
    contracts: Contracts = "",
    as_json: AsJson = False,
) -> None:
    """Show what is staked, wrapped, and asked back."""
    from argosy.cli.output import print_json
    from argosy.desk.staking import account as ask

    where = meant(url=url, owner=owner, key_env=key_env, contracts=contracts)
    found = on_chain(ask(where))
    if as_json:
        print_json(found)
    else:
        _show(found)


Ether = Annotated[str, typer.Argument(help="In ether.")]
Staked = Annotated[str, typer.Argument(help="Of stETH.")]
WrappedAmount = Annotated[str, typer.Argument(help="Of wstETH.")]


@app.command("submit")
def submit(
    amount: Ether,
    url: Url = "",
    key_env: KeyEnv = "",
    contracts: Contracts = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Stake ether; stETH comes for it, whose balance grows."""
    _act("stake", amount, (url, key_env, contracts), dry_run, as_json)


@app.command("wrap")
def wrap(
    amount: Staked,
    url: Url = "",
    key_env: KeyEnv = "",
    contracts: Contracts = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Turn stETH into wstETH, whose balance stays and whose worth grows."""
    _act("wrap", amount, (url, key_env, contracts), dry_run, as_json)


@app.command("unwrap")
def unwrap(
    amount: WrappedAmount,
    url: Url = "",
    key_env: KeyEnv = "",
    contracts: Contracts = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Turn wstETH back into stETH."""
    _act("unwrap", amount, (url, key_env, contracts), dry_run, as_json)


@app.command("withdraw")
def withdraw(
    amount: Annotated[str, typer.Argument(help="Of stETH; of wstETH with --wrapped.")],
    wrapped: Wrapped = False,
    url: Url = "",
    key_env: KeyEnv = "",
    contracts: Contracts = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Ask for the ether; the request waits in the queue until it is finalized."""
    verb = "withdraw_wrapped" if wrapped else "withdraw"
    _act(verb, amount, (url, key_env, contracts), dry_run, as_json)


@app.command("claim")
def claim(
    url: Url = "",
    key_env: KeyEnv = "",
    contracts: Contracts = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take the ether of every request that is finalized."""
    from argosy.desk.staking import claim as do

    where = meant(url=url, key_env=key_env, contracts=contracts)
    _told(on_chain(do(where, dry_run=dry_run)), as_json)


def _act(verb: str, amount: str, place: tuple[str, str, str], dry_run: bool, as_json: bool) -> None:
    from argosy.desk.staking import StakingVerb, act

    url, key_env, contracts = place
    where = meant(url=url, key_env=key_env, contracts=contracts)
    _told(on_chain(act(where, StakingVerb(verb), amount, dry_run=dry_run)), as_json)


def _told(done: Any, as_json: bool) -> None:
    from argosy.cli.output import print_json

    if as_json:
        print_json(done)
        return
    show_deed(done.deed)
    if done.staker is not None:
        _show(done.staker)


def _show(staker: Any) -> None:
    from argosy.cli.output import brief, table

    position = staker.position
    typer.echo(
        f"{position.owner}: {brief(position.staked)} stETH, {brief(position.wrapped)} wstETH"
        f" (worth {brief(position.wrapped_worth)} stETH)"
    )
    columns = ("request", "amount", "state", "ether to claim")
    rows = [
        (
            each.id,
            brief(each.amount),
            "claimed" if each.claimed else "ready" if each.finalized else "waits",
            brief(each.claimable),
        )
        for each in staker.requests
    ]
    if rows:
        table("", columns, rows, right=("request", "amount", "ether to claim"))
