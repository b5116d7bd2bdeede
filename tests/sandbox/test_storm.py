"""Everything goes wrong at random; the venue's own books and accounts stay in order."""

from collections import Counter
from random import Random

import aiohttp
import pytest

from argosy.sandbox.market import MarketSettings
from argosy.sandbox.server import Sandbox, SandboxSettings
from sandbox.kraken.raw import Client

KINDS = ("limit", "market", "stop-loss", "take-profit-limit", "iceberg", "trailing-stop")
READS = ("OpenOrders", "ClosedOrders", "TradesHistory", "Ledgers", "BalanceEx", "OpenPositions")


def order(random, bid):
    kind = random.choice(KINDS)
    size = random.uniform(0.001, 0.05)
    wanted = {
        "pair": "XBTUSD",
        "type": random.choice(["buy", "sell"]),
        "ordertype": kind,
        "volume": f"{size:.4f}",
        "price": f"{bid * random.uniform(0.999, 1.001):.1f}",
        "price2": f"{bid:.1f}",
    }
    if kind == "trailing-stop":
        wanted["price"] = "+0.1%"
    if kind == "iceberg":
        wanted["displayvol"] = f"{size / 3:.4f}"
    if random.random() < 0.3:
        wanted["leverage"] = "3"
    if random.random() < 0.2:
        wanted |= {"close[ordertype]": "limit", "close[price]": "#1%"}
    return wanted


async def one(client, random, bid):
    await client.private("AddOrder", **order(random, bid))
    if random.random() < 0.15:
        await client.private("CancelAll")
    if random.random() < 0.3:
        await client.private(random.choice(READS))


def check_account(account):
    held = dict.fromkeys(account.holdings, 0)
    for open_order in account.open.values():
        held[open_order.held_currency] += open_order.held
    assert {name: holding.held for name, holding in account.holdings.items()} == held


@pytest.mark.slow
async def test_a_storm_leaves_the_venue_in_order():
    market = MarketSettings(levels=40, steps_per_second=20, jumps_per_day=20_000)
    settings = SandboxSettings(venues=("kraken",), limits=False, tls=False, market=market)
    random, failures = Random(11), Counter()
    async with Sandbox(settings) as sandbox, aiohttp.ClientSession() as session:
        client = Client(sandbox, session)
        sandbox.faults.storm(0.02)
        for _ in range(250):
            bid = float(sandbox.book("kraken", "BTC/USD", 1).bids[0].price)
            try:
                await one(client, random, bid)
            except (aiohttp.ClientError, ConnectionError, ValueError) as failure:
                failures[type(failure).__name__] += 1
        assert failures
        assert sum(sandbox.faults.counts.values()) >= sum(failures.values())
        sandbox.faults.clear()
        assert len(sandbox.fills("kraken")) > 20
        check_account(sandbox.account("kraken"))
        book = sandbox.book("kraken", "BTC/USD")
        assert book.bids[0].price < book.asks[0].price
        await client.result("CancelAll")
        assert not sandbox.orders("kraken")
        assert all(not h.held for h in sandbox.account("kraken").holdings.values())
