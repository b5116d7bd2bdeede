"""A feed running against the tiny venue, and what it delivered."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from typing import Any

from argosy.model import BookGap, Trade
from argosy.net.clock import SystemClock
from argosy.net.feed import FeedRunner, FeedSettings
from argosy.ports import FeedPlan
from argosy.venues.catalog import Endpoints, FeedLimits
from net.sessions import PLAN, Session, Shelf, until

PRIVATE = FeedPlan(url="ws", private=True)
FAST = FeedSettings(
    backoff_s=0.005, backoff_max_s=0.02, tick_s=0.02, drain_s=0.05, connect_timeout_s=2
)
LIMITS = FeedLimits(connects_per_window=1000, messages_per_s=1000)


class Running:
    """A runner, what it delivered, and the sessions it made."""

    def __init__(self, url: str, **more: Any) -> None:
        self.events: list[Any] = []
        self.sessions: list[Session] = []
        self.states: list[str] = []
        self.plan = more.pop("plan", PLAN)
        prepare = more.pop("prepare", ())

        def make(shelf: Any) -> Session:
            self.sessions.append(Session(shelf, self.plan, prepare))
            return self.sessions[-1]

        settings = {
            "venue": "test",
            "plan": self.plan,
            "endpoints": Endpoints(roles={"ws": (url,) if isinstance(url, str) else url}),
            "limits": LIMITS,
            "make_session": make,
            "make_shelf": Shelf,
            "clock": SystemClock(),
            "rng": random.Random(1),
            "deliver": self.events.append,
            "settings": FAST,
            "on_state": lambda state, _: self.states.append(state),
        }
        self.runner = FeedRunner(**{**settings, **more})

    def trades(self) -> list[int]:
        return [int(e.venue_trade_id) for e in self.events if isinstance(e, Trade)]

    def gaps(self) -> list[BookGap]:
        return [e for e in self.events if isinstance(e, BookGap)]


@contextlib.asynccontextmanager
async def running(url: Any, *, ready: bool = True, **more: Any) -> AsyncIterator[Running]:
    it = Running(url, **more)
    task = asyncio.get_running_loop().create_task(it.runner.run())
    try:
        if ready:
            await until(lambda: it.runner.ready)
        yield it
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await asyncio.sleep(0.005)  # sockets that were closed get their last callbacks
