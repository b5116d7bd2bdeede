"""The recorded day of 2021 through the real connector over a real socket, as a client of then."""

import asyncio
import contextlib
import random
from functools import partial

import pytest

from argosy.books import Shelf
from argosy.model import BookGap, Nanos, Trade
from argosy.net.clock import SystemClock
from argosy.net.feed import FeedRunner
from argosy.net.http import HttpClient
from argosy.net.limits import Limiter
from argosy.net.replay import ReplaySettings, serving
from argosy.ports import BookChanged, Channel, Event, Subscription
from argosy.venues.catalog import Endpoints, load
from net.sessions import until
from venues.kraken.samples import recording

RECORDED_NS = Nanos(1_618_678_132_000_000_000)
PAIRS = "KSM/BTC XMR/USD ETH/CHF OMG/USD GRT/ETH WAVES/EUR ADA/BTC BTC/CHF SC/EUR OCEAN/BTC"


@pytest.mark.recordings
@pytest.mark.parametrize("listen", [True, False])
async def test_every_checksum_is_right_over_a_socket(listen: bool) -> None:
    adapter = load("kraken")
    assert adapter.reference is not None
    assert adapter.feed is not None
    clock = SystemClock()
    events: list[Event] = []
    path = recording("feeds/KRAKEN.jsonl.zst")
    async with serving(path, clock, ReplaySettings(settle_s=0.2, listen_s=0.2)) as server:
        endpoints = Endpoints(
            roles={
                "rest": (server.local("https://api.kraken.com"),),
                "ws_public": (server.local("wss://ws.kraken.com"),),
            }
        )
        async with HttpClient(
            venue="kraken",
            endpoints=endpoints,
            limiter=Limiter(adapter.info.buckets, clock),
            clock=clock,
            rng=random.Random(1),
        ) as http:
            adapter.reference.learn(await http.call(adapter.reference.instruments()[0]))
        wanted = [
            Subscription(channel=channel, instrument=adapter_id, depth=depth)
            for channel, depth in (
                (Channel.TRADES, None),
                (Channel.TICKER, None),
                (Channel.BOOK, 1000),
            )
            for adapter_id in (f"kraken:{pair}" for pair in PAIRS.split())
        ]
        (plan,) = adapter.feed.plans(wanted)
        plan = type(plan)(
            url=plan.url,
            subscriptions=() if listen else plan.subscriptions,
            listen=listen,
            as_of_ns=RECORDED_NS,
        )
        runner = FeedRunner(
            venue="kraken",
            plan=plan,
            endpoints=endpoints,
            limits=adapter.info.feed,
            make_session=partial(adapter.feed.session, plan),
            make_shelf=Shelf,
            clock=clock,
            rng=random.Random(1),
            deliver=events.append,
        )
        task = asyncio.get_running_loop().create_task(runner.run())
        await until(lambda: sum(isinstance(event, BookChanged) for event in events) >= 4279, 30)
        assert not [event for event in events if isinstance(event, BookGap)]
        assert sum(isinstance(event, Trade) for event in events) == 10
        shelf = runner.shelf
        assert isinstance(shelf, Shelf)
        assert sum(book.checksums_right for book in shelf.books.values()) == 4269
        assert all(book.live for book in shelf.books.values())
        assert runner.ready
        assert not runner.quarantine
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
