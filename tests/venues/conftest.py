"""One chain for all tests of a module."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.evm.chains import chain_or_skip


@pytest.fixture(scope="module")
def evm() -> Iterator[Any]:
    with chain_or_skip() as chain:
        yield chain
