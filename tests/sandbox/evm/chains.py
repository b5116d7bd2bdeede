"""What the tests of the chain share: skips that say why, and one saved chain for all of them."""

import functools
from pathlib import Path

import pytest

from argosy.errors import ConfigError


@functools.cache
def missing() -> str:
    """Why there is no chain here; empty: there is one. Fetches node and contracts on first use."""
    try:
        from argosy.sandbox.evm.local import EvmChain

        with EvmChain():
            return ""
    except ConfigError as e:
        return f"no chain on this machine: {e}"


def chain_or_skip(cache: Path | None = None):
    """An EvmChain that is not started yet, or a skip that says what is missing."""
    if why := missing():
        pytest.skip(why)
    from argosy.sandbox.evm.local import EvmChain

    return EvmChain(cache=cache)


def no_anvil() -> Path:
    """In place of `find_anvil`."""
    raise ConfigError("no anvil here")
