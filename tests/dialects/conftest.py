"""One node for all tests of a module that compare with deployed contracts."""

from collections.abc import Iterator

import pytest

from dialects.chain import Chain, running


@pytest.fixture(scope="module")
def chain() -> Iterator[Chain]:
    with running() as found:
        yield found
