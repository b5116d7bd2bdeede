"""A desk on the sandbox's chain, impatient enough for tests."""

import asyncio
import contextlib
import random
from decimal import Decimal

from argosy.desk.build import open_desk
from argosy.desk.orders import OrderDesk
from argosy.desk.settings import ChainSettings, DeskSettings, JournalSettings, Settings
from argosy.desk.trader import Patience
from argosy.dialects.evm.functions import Function
from argosy.sandbox.market import MarketSettings
from argosy.sandbox.server import Sandbox, SandboxSettings

V3 = "uniswap:ETH/USDC@v3-500"
PATIENCE = Patience(look_s=0.05, sure_s=1.0, reconcile_s=60.0)
BALANCE = Function("balanceOf(address)", "uint256")


@contextlib.asynccontextmanager
async def sandboxed(*venues: str, block_s: float = 0.3):
    settings = SandboxSettings(
        seed=3,
        venues=venues or ("uniswap", "sushiswap"),
        market=MarketSettings(steps_per_second=20, levels=30),
        tls=False,
        limits=False,
        tick_s=0.02,
        block_s=block_s,
    )
    async with Sandbox(settings) as sandbox:
        yield sandbox


@contextlib.asynccontextmanager
async def desk_on(
    sandbox, folder, *, venues=(), pairs=("ETH/USD",), journal="", known=True, **chain
):
    """`chain`: its settings. Others trade all the time, and much: unless a test says so, no swap is
    refused because a pool moved by a few percent.
    """
    chain.setdefault("slippage_bps", Decimal(500))
    settings = Settings(
        desk=DeskSettings(
            venues=venues or sandbox.settings.venues, pairs=pairs, state_folder=str(folder)
        ),
        chains={"sandbox": ChainSettings(**chain)},
        journal=JournalSettings(url=journal),
    )
    async with (
        open_desk(settings, sandbox=sandbox, patience=PATIENCE) as desk,
        asyncio.TaskGroup() as group,
    ):
        running = group.create_task(desk.run())
        try:
            assert await desk.settled(20), [link.detail for link in desk.links.values()]
            for trader in desk.traders.values() if known else ():
                await trader.reconcile()
            yield desk
        finally:
            running.cancel()


def orders_of(desk):
    return OrderDesk(desk, random.Random(4))


async def final(desk, report, patience_s=20.0):
    """What becomes of an order."""
    trader = desk.traders[report.instrument.partition(":")[0]]
    for _ in range(round(patience_s / 0.05)):
        known = trader.ledger.find(report.client_id)
        if known is not None and known.status.final:
            return known
        await asyncio.sleep(0.05)
    raise AssertionError(f"still {known}")


def held(sandbox, symbol):
    """What the chain says that the desk's address has, in smallest units."""
    chain = sandbox.live.chain
    address = chain.layout.accounts["desk"]
    if symbol == "ETH":
        return int(chain.link.call("eth_getBalance", address, "latest"), 16)
    token = chain.layout.tokens[symbol].address
    asked = {"to": token, "data": BALANCE.data(address)}
    return BALANCE.one(chain.link.call("eth_call", asked, "latest"))
