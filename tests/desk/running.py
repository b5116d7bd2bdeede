"""A desk on a sandbox of its own, over real sockets, impatient enough for tests."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable
from decimal import Decimal

from argosy.desk.asks import new_client_id
from argosy.desk.build import open_desk
from argosy.desk.desk import Desk
from argosy.desk.mover import Pace
from argosy.desk.settings import BookSettings, DeskSettings, Settings
from argosy.desk.trader import Patience
from argosy.model import InstrumentId, OrderType, PlaceOrder, Side
from argosy.net.feed import FeedSettings
from argosy.net.http import HttpSettings
from argosy.sandbox.market import MarketSettings
from argosy.sandbox.server import Sandbox, SandboxSettings

VENUES = ("kraken", "okx")
INSTRUMENT = {"kraken": InstrumentId("kraken:BTC/USD"), "okx": InstrumentId("okx:BTC/USDT")}
PLACING = {  # how the sandbox calls it: over the stream, over REST
    "kraken": ("in add_order", "POST /0/private/AddOrder"),
    "okx": ("in order", "POST /api/v5/trade/order"),
}
PATIENCE = Patience(look_s=0.05, sure_s=1.0, reconcile_s=60.0)
FEED = FeedSettings(
    backoff_s=0.02, backoff_max_s=0.1, connect_timeout_s=2, command_timeout_s=0.5, tick_s=0.2
)
HTTP = HttpSettings(timeout_s=1, connect_timeout_s=1, backoff_s=0.02, backoff_max_s=0.1)
_IDS = random.Random(5)


@contextlib.asynccontextmanager
async def sandboxed(*venues: str, seed: int = 3) -> AsyncIterator[Sandbox]:
    settings = SandboxSettings(
        seed=seed,
        venues=venues or VENUES,
        market=MarketSettings(steps_per_second=20, levels=30),
        tls=False,
        limits=False,
        tick_s=0.02,
    )
    async with Sandbox(settings) as sandbox:
        yield sandbox


@contextlib.asynccontextmanager
async def desk_of(
    sandbox: Sandbox,
    *venues: str,
    patience: Patience = PATIENCE,
    pairs: tuple[str, ...] = ("BTC/USD",),
    settings: Settings | None = None,
    pace: Pace | None = None,
    start: bool = True,
) -> AsyncIterator[Desk]:
    """A running desk, every venue live, every private stream ready and reconciled once."""
    own = settings or Settings(
        desk=DeskSettings(venues=venues or VENUES, pairs=pairs),
        books=BookSettings(conversions={"USDT": "1.0", "USDC": "1.0"}),
    )
    async with open_desk(
        own,
        rng=random.Random(1),
        sandbox=sandbox,
        feed=FEED,
        http=HTTP,
        unlimited=True,
        patience=patience,
        pace=pace,
    ) as desk:
        if not start:
            yield desk
            return
        async with asyncio.TaskGroup() as group:
            running = group.create_task(desk.run())
            try:
                assert await desk.settled(20), desk.venues()
                await until(lambda: all(t.last_reconciled_ns for t in desk.traders.values()))
                links = desk.links.values()
                await until(lambda: all(feed.ready for link in links for feed in link.private))
                yield desk
            finally:
                running.cancel()


async def until(condition: Callable[[], object], seconds: float = 10) -> None:
    """Let the sockets work until something holds."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  # conditions of sockets have no event
            await asyncio.sleep(0.01)


def order(sandbox: Sandbox, venue: str, *, away: str = "0.9", size: str = "0.01") -> PlaceOrder:
    """A buy order at `away` times the best ask: 0.9 rests, 1.01 takes."""
    ask = sandbox.book(venue, INSTRUMENT[venue], 1).asks[0].price
    return PlaceOrder(
        instrument=INSTRUMENT[venue],
        client_id=new_client_id(_IDS),
        side=Side.BUY,
        type=OrderType.LIMIT,
        size=Decimal(size),
        price=(ask * Decimal(away)).quantize(Decimal("0.1")),
    )


def theirs(sandbox: Sandbox, venue: str, client_id: str) -> list[object]:
    """Every order the venue has under our id."""
    return [one for one in sandbox.orders(venue, final=True) if one.client_id == client_id]
