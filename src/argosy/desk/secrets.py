"""Resolves references to credentials. Never keeps, prints or logs what it finds."""

import os
from collections.abc import Mapping

from argosy.errors import ConfigError
from argosy.model import Credentials


def resolve(reference: str, environment: Mapping[str, str] | None = None) -> Credentials | None:
    """The credentials a reference names; None for an empty one.

    "env:NAME" reads NAME_KEY, NAME_SECRET and, where set, NAME_PASSPHRASE.

    Raises:
        ConfigError: another kind of reference (a secret itself, say), or a variable is missing.
    """
    if not reference:
        return None
    kind, _, name = reference.partition(":")
    if kind != "env" or not name:
        raise ConfigError(
            "credentials must be a reference like env:KRAKEN (variables KRAKEN_KEY, KRAKEN_SECRET);"
            " never put a key itself into the settings"
        )
    variables = os.environ if environment is None else environment
    missing = [part for part in (f"{name}_KEY", f"{name}_SECRET") if not variables.get(part)]
    if missing:
        raise ConfigError(f"credentials {reference}: {' and '.join(missing)} not set")
    return Credentials(
        key=variables[f"{name}_KEY"],
        secret=variables[f"{name}_SECRET"],
        passphrase=variables.get(f"{name}_PASSPHRASE", ""),
    )


def resolve_key(reference: str, setting: str, environment: Mapping[str, str] | None = None) -> str:
    """The private key that "env:NAME" names: what the variable NAME_KEY holds.

    Raises:
        ConfigError: another kind of reference (a key itself, say), or the variable is missing.
    """
    kind, _, name = reference.partition(":")
    if kind != "env" or not name:
        raise ConfigError(
            f"setting {setting} must be a reference: vault:NAME (a key of `argosy keys`) or"
            " env:WALLET (variable WALLET_KEY); never put a key itself into the settings"
        )
    variables = os.environ if environment is None else environment
    found = variables.get(f"{name}_KEY", "")
    if not found:
        raise ConfigError(f"setting {setting} is {reference}, and {name}_KEY is not set")
    return found
