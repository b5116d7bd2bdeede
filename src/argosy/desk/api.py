"""A whole desk in your own program: all that can be asked of it, in one place. The HTTP API and
the commands go through the same objects.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from argosy.desk import state
from argosy.desk.arbitrage import ArbitrageDesk
from argosy.desk.build import open_desk
from argosy.desk.desk import Desk
from argosy.desk.keeping import cause_of
from argosy.desk.launching import Launcher
from argosy.desk.liquidity import LiquidityDesk
from argosy.desk.portfolio import PortfolioDesk
from argosy.desk.schedules import ScheduleDesk
from argosy.desk.settings import Settings
from argosy.desk.swaps import SwapDesk
from argosy.desk.tca import TcaDesk
from argosy.desk.transfers import TransferDesk

SETTLE_S = 20.0


class DeskApi:
    """What a desk can be asked for, by subject; `desk` has its books, trades and venues."""

    def __init__(self, desk: Desk, rng: random.Random) -> None:
        launcher = Launcher(desk, rng)
        self.desk = desk
        self.orders = launcher.orders
        self.routes = launcher.routes
        self.algos = launcher.algos
        self.baskets = launcher.baskets
        self.schedules = ScheduleDesk(desk, launcher, rng)
        self.arbitrage = ArbitrageDesk(desk, rng)
        self.portfolio = PortfolioDesk(desk)
        self.tca = TcaDesk(desk)
        self.transfers = TransferDesk(desk, rng)
        self.swaps = SwapDesk(desk, rng)
        self.liquidity = LiquidityDesk(desk, rng)


@asynccontextmanager
async def running_desk(
    settings: Settings, *, settle_s: float = SETTLE_S, rng: random.Random | None = None
) -> AsyncIterator[DeskApi]:
    """A desk that runs for as long as the block does, once its venues are live or `settle_s` have
    passed (`api.desk.venues()` says how each is). What it works stays in its journal, and goes on
    when the next desk is started with the same settings; a sandbox's ends with the sandbox.

    Raises:
        ConfigError: a setting that cannot be used, or another desk that holds the state folder.
        What the block raises, as it was raised.
    """
    with state.claimed(state.folder(settings.desk.state_folder)):
        async with open_desk(settings, rng=rng) as desk:
            try:
                async with asyncio.TaskGroup() as group:
                    running = group.create_task(desk.run())
                    try:
                        await desk.settled(settle_s)
                        yield DeskApi(desk, rng or random.SystemRandom())
                    finally:
                        running.cancel()
            except BaseExceptionGroup as failed:
                raise cause_of(failed) from None
