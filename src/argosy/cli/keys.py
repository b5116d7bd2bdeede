"""`argosy keys`: keys that sign on chains, kept encrypted, and what they may sign. A passphrase or
a key is typed unseen, or comes from a variable or a pipe; never from an argument, and never shown.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from argosy.cli.config import AsJson, ConfigFile
from argosy.errors import ConfigError

if TYPE_CHECKING:
    from argosy.vault.secret import Secret

app = typer.Typer(help="Keys that sign on chains, and what they may sign.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The key's name: letters, digits, - and _.")]


@app.command("create")
def create(name: Name, config: ConfigFile = None) -> None:
    """Make a new random key, encrypt it with a passphrase, and print its address.

    The passphrase is asked for twice, or comes from ARGOSY_PASSPHRASE_FILE (a file that only you
    can read), ARGOSY_PASSPHRASE_FD or ARGOSY_PASSPHRASE. Nothing can open the key without it.
    """
    from argosy.desk import keys
    from argosy.desk.settings import load

    settings = load(config).settings
    _say(keys.create(settings, name, _new_passphrase(name)).address)


@app.command("import")
def import_key(
    name: Name,
    keystore: Annotated[
        Path | None,
        typer.Option("--keystore", help="Another wallet's keystore file (version 3)."),
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Keep a key that was made elsewhere: 64 hex digits that are asked for, or a keystore file.

    What is asked for (the digits, or the keystore's own passphrase) is read from standard input
    where that is no terminal. The new passphrase comes as in `argosy keys create`.
    """
    from argosy.desk import keys
    from argosy.desk.settings import load
    from argosy.vault.keyfile import passphrase_bytes

    settings = load(config).settings
    if keystore is not None:
        unlocks = passphrase_bytes(_asked(f"Passphrase of {keystore.name}: "))
        found = keys.import_keystore(settings, name, keystore, unlocks, _new_passphrase(name))
    else:
        digits = _asked("Private key (64 hex digits): ")
        found = keys.import_hex(settings, name, digits, _new_passphrase(name))
    _say(found.address)


@app.command("list")
def list_keys(as_json: AsJson = False, config: ConfigFile = None) -> None:
    """List names and addresses. Needs no passphrase."""
    from argosy.cli.output import print_json, table
    from argosy.desk import keys
    from argosy.desk.settings import load

    found = keys.stored(load(config).settings)
    if as_json:
        print_json(found)
    elif not found:
        typer.echo("no keys; `argosy keys create NAME` makes one")
    else:
        table("", ("key", "address"), [(each.name, each.address) for each in found])


@app.command("export-address")
def export_address(name: Name, config: ConfigFile = None) -> None:
    """Print a key's address and nothing else. Needs no passphrase."""
    from argosy.desk import keys
    from argosy.desk.settings import load

    typer.echo(keys.address(load(config).settings, name))


@app.command("limits")
def limits(
    chain: Annotated[str, typer.Argument(help="ethereum, base, ... or sandbox.")] = "ethereum",
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Show what is signed on a chain, the caps, and what was spent in the last 24 hours."""
    from argosy.cli.output import print_json, table
    from argosy.desk import keys
    from argosy.desk.settings import load

    told = keys.policy(load(config).settings, chain)
    if as_json:
        print_json(told)
        return
    typer.echo(f"{chain} (chain {told.chain_id}), key {told.key or 'none'} {told.address}".rstrip())
    table("", ("may be called", "as"), told.calls)
    for title, addresses in (
        ("may be sent funds", told.recipients),
        ("typed data signed unread", told.typed_data),
    ):
        typer.echo(f"{title}: {', '.join(addresses) or 'nobody'}")
    table(
        "",
        ("leaves", "per transaction", "per day", "last 24 hours"),
        [
            (
                cap.token,
                cap.per_transaction or "",
                cap.per_day or "",
                cap.spent,
            )
            for cap in told.caps
        ],
    )
    free = "may be spent freely" if told.uncapped else "may not be spent at all (gas apart)"
    typer.echo(f"what has no cap {free}; change it under [chains.{chain}.limits]")


def _say(address: str) -> None:
    from argosy.dialects.evm.addresses import checksummed

    typer.echo(checksummed(address))


def _asked(words: str) -> str:
    """Something secret, typed unseen, or a line of standard input."""
    from argosy.desk.signing import prompt

    ask = prompt()
    if ask is not None:
        return ask(words)
    return sys.stdin.readline().rstrip("\r\n") if sys.stdin is not None else ""


def _new_passphrase(name: str) -> "Secret":
    """From a variable, else typed twice. Raises ConfigError."""
    from argosy.desk.signing import prompt
    from argosy.vault.keyfile import passphrase_bytes
    from argosy.vault.passphrase import Passphrases

    ask = prompt()
    told = Passphrases().told()
    if told is not None:
        return told
    if ask is None:
        return Passphrases().of(name)  # says what to set
    first = passphrase_bytes(ask(f"New passphrase for the key {name}: "))
    if first.reveal() != passphrase_bytes(ask("The same again: ")).reveal():
        raise ConfigError("the passphrases differ; nothing was written")
    return first
