"""A running simulated OKX that stands still."""

from decimal import Decimal

import aiohttp
import pytest

from argosy.model import Side
from argosy.sandbox.clock import ManualClock
from argosy.sandbox.server import Sandbox, SandboxSettings
from sandbox.okx.raw import Client


@pytest.fixture
def quote():
    """Puts the market's own size at a price."""

    def put(sandbox, symbol, side, price, size):
        venue = sandbox.venue("okx")
        spec = venue.listing(symbol).spec
        units = spec.size_units(Decimal(size)) if Decimal(size) else 0
        venue.engine.quote(spec.id, Side(side), spec.price_units(Decimal(price)), units)
        venue.engine.settle_down()

    return put


@pytest.fixture
def mark():
    """Moves mark and index."""

    def move(sandbox, symbol, price):
        venue = sandbox.venue("okx")
        spec = venue.listing(symbol).spec
        units = spec.price_units(Decimal(price))
        venue.engine.set_reference(spec.id, mark=units, index=units)
        venue.engine.settle_down()

    return move


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
async def sandbox(quote, mark, clock):
    settings = SandboxSettings(venues=("okx",), market=None, tls=False, tick_s=0)
    async with Sandbox(settings, clock) as running:
        for symbol in ("BTC/USDT", "BTC/USDT:USDT"):
            for number in range(30):
                quote(running, symbol, "buy", 50_000 - number, "2")
                quote(running, symbol, "sell", 50_001 + number, "2")
            mark(running, symbol, 50_000)
        running.servers["okx"].exchange.options.connect_limit = 0  # one address has every test
        yield running


@pytest.fixture
def exchange(sandbox):
    return sandbox.servers["okx"].exchange


@pytest.fixture
async def client(sandbox):
    async with aiohttp.ClientSession() as session:
        yield Client(sandbox, session)
