"""The bench that the engine's tests share."""

import pytest

from sandbox.engine.bench import Bench


@pytest.fixture
def bench():
    return Bench()
