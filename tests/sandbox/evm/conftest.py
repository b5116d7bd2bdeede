"""One running chain for all tests of this folder; each begins at the same block."""

from collections.abc import Iterator
from typing import Any

import pytest

from argosy.sandbox.evm import local
from sandbox.evm.chains import chain_or_skip, no_anvil


@pytest.fixture(scope="session")
def running() -> Iterator[Any]:
    with chain_or_skip() as chain:
        yield chain


@pytest.fixture
def chain(running: Any) -> Iterator[Any]:
    """The chain as it was built: what a test does is undone after it."""
    with running.undone():
        yield running


@pytest.fixture
def without_anvil(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has none."""
    pytest.importorskip("eth_tester", reason="an extra: pip install 'argosy[chain-slow]'")
    monkeypatch.setattr(local, "find_anvil", no_anvil)


@pytest.fixture(scope="session")
def slowly() -> Iterator[Any]:
    """The same chain on py-evm."""
    pytest.importorskip("eth_tester", reason="an extra: pip install 'argosy[chain-slow]'")
    started = chain_or_skip()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local, "find_anvil", no_anvil)
        started.start()
    with started.undone():
        yield started
    started.close()


@pytest.fixture
def slow(slowly: Any) -> Iterator[Any]:
    """The chain on py-evm as it was built."""
    with slowly.undone():
        yield slowly
