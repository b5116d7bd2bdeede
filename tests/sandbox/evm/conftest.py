"""One running chain for all tests of this folder; each begins at the same block."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.evm.chains import chain_or_skip


@pytest.fixture(scope="session")
def running() -> Iterator[Any]:
    with chain_or_skip() as chain:
        yield chain


@pytest.fixture
def chain(running: Any) -> Iterator[Any]:
    """The chain as it was built: what a test does is undone after it."""
    with running.undone():
        yield running
