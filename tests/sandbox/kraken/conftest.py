"""A running simulated Kraken that stands still."""

from decimal import Decimal

import aiohttp
import pytest

from argosy.model import Side
from argosy.sandbox.server import Sandbox, SandboxSettings
from sandbox.kraken.raw import Client


@pytest.fixture
def quote():
    """Puts the market's own size at a price."""

    def put(sandbox, symbol, side, price, size):
        venue = sandbox.venue("kraken")
        spec = venue.listing(symbol).spec
        units = spec.size_units(Decimal(size)) if Decimal(size) else 0
        venue.engine.quote(spec.id, Side(side), spec.price_units(Decimal(price)), units)
        venue.engine.settle_down()

    return put


@pytest.fixture
async def sandbox(quote):
    settings = SandboxSettings(venues=("kraken",), market=None, tls=False, tick_s=0)
    async with Sandbox(settings) as running:
        for number in range(30):
            quote(running, "BTC/USD", "buy", 50_000 - number, "1")
            quote(running, "BTC/USD", "sell", 50_001 + number, "1")
        yield running


@pytest.fixture
async def client(sandbox):
    async with aiohttp.ClientSession() as session:
        yield Client(sandbox, session)
