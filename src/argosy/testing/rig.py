"""Connects an adapter to a twin through the real network code, for contract suites. Keeps no rate
limits: what they cost is checked without a socket.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any, TypeVar, cast

import msgspec

from argosy.books import Shelf
from argosy.model import (
    Credentials,
    Instrument,
    InstrumentId,
    Nanos,
    OrderReport,
)
from argosy.net.clock import SystemClock
from argosy.net.feed import FeedRunner, FeedSettings
from argosy.net.http import HttpClient, HttpSettings
from argosy.net.limits import Limiter
from argosy.ports import (
    Account,
    BookView,
    Call,
    Clock,
    Event,
    FeedPlan,
    HttpResponse,
    MarketFeed,
    MarketReference,
    PrivateFeed,
    Step,
    Subscription,
    Trading,
    Transfers,
)
from argosy.testing.contract import Facts
from argosy.testing.twin import Twin
from argosy.venues.catalog import Adapter, Endpoints

T = TypeVar("T")

PATIENCE_S = 10.0
_LOOK_S = 0.01
_FRAMES = 20_000  # kept
_SAMPLES = 8  # of the venue's clock: as many as are remembered, so that old ones are forgotten
_FEED = FeedSettings(backoff_s=0.02, backoff_max_s=0.1, tick_s=0.1, command_timeout_s=3)
_HTTP = HttpSettings(timeout_s=5, backoff_s=0.01, backoff_max_s=0.05, attempts=1)


class Rig:
    """One adapter, connected. Made by `rig`."""

    def __init__(self, facts: Facts, twin: Twin) -> None:
        self.facts = facts
        self.twin = twin
        self.adapter: Adapter = facts.adapter()
        self.events: list[Event] = []
        self.states: list[str] = []  # of the feeds, as they changed
        self.instruments: dict[InstrumentId, Instrument] = {}
        self.answers: list[tuple[Call[Any], HttpResponse]] = []  # every REST answer
        self.frames: list[tuple[FeedPlan, bytes]] = []  # as they came, over every stream
        self._clock = cast(Clock, SystemClock())
        self._rng = random.Random(7)
        self._endpoints = Endpoints(roles={role: (url,) for role, url in twin.endpoints().items()})
        self._limits = msgspec.structs.replace(
            self.adapter.info.feed, connects_per_window=10**6, messages_per_s=1e6
        )
        self._buckets = {
            name: msgspec.structs.replace(bucket, max=1e12)
            for name, bucket in self.adapter.info.buckets.items()
        }
        self.http = self.client(twin.credentials("trade"))

    def client(self, credentials: Credentials) -> HttpClient:
        """A REST client with a key of its own; to be opened by `async with`."""
        return HttpClient(
            venue=self.facts.venue,
            endpoints=self._endpoints,
            limiter=Limiter(self._buckets, self._clock),
            clock=self._clock,
            rng=self._rng,
            signer=self.adapter.signer,
            credentials=credentials,
            settings=_HTTP,
        )

    # --- the adapter's parts, which are there ---

    @property
    def reference(self) -> MarketReference:
        """The adapter's instruments."""
        assert self.adapter.reference is not None
        return self.adapter.reference

    @property
    def feed(self) -> MarketFeed:
        """The adapter's public streams."""
        assert self.adapter.feed is not None
        return self.adapter.feed

    @property
    def trading(self) -> Trading:
        """The adapter's orders."""
        assert self.adapter.trading is not None
        return self.adapter.trading

    @property
    def private(self) -> PrivateFeed:
        """The adapter's private streams."""
        assert self.adapter.private is not None
        return self.adapter.private

    @property
    def account(self) -> Account:
        """The adapter's account."""
        assert self.adapter.account is not None
        return self.adapter.account

    @property
    def transfers(self) -> Transfers:
        """The adapter's ways in and out."""
        assert self.adapter.transfers is not None
        return self.adapter.transfers

    # --- REST ---

    async def learn(self) -> None:
        """Ask for the instruments and the clock, as everyone does first."""
        found = await self.http.collect(self.reference.instruments())
        self.reference.learn(found)
        self.instruments = {one.id: one for one in found}
        await self.sync()

    async def sync(self) -> None:
        """Measure the venue's clock anew: after the twin's time jumped."""
        await self.http.sync_clock(self.reference.server_time(), _SAMPLES)

    async def call(self, call: Call[T]) -> T:
        """Make a call, keeping its answer."""
        return await self.http.call(self._kept(call))

    async def collect(self, calls: Iterable[Call[list[T]]]) -> list[T]:
        """Make calls and join their lists, keeping the answers."""
        return await self.http.collect(self._kept(call) for call in calls)

    def _kept(self, call: Call[T]) -> Call[T]:
        def read(response: HttpResponse) -> T:
            self.answers.append((call, response))
            return call.read(response)

        then, otherwise = call.then, call.otherwise

        def after(response: HttpResponse) -> Call[T] | None:
            found = then(response) if then is not None else None
            return self._kept(found) if found is not None else None

        return Call(
            call.request,
            read,
            after if then is not None else None,
            self._kept(otherwise) if otherwise is not None else None,
        )

    # --- streams ---

    def runner(self, plan: FeedPlan, credentials: Credentials | None = None) -> FeedRunner:
        """A stream; private ones log in with the trading key, or the one given."""
        own = credentials or self.twin.credentials("trade")

        def make(shelf: Any) -> Any:
            if plan.private:
                session: Any = self.private.private_session(plan, own)
            else:
                session = self.feed.session(plan, shelf)
            heard = session.receive

            def receive(frame: bytes, received_ns: Nanos) -> Step:
                if len(self.frames) < _FRAMES:
                    self.frames.append((plan, frame))
                step: Step = heard(frame, received_ns)
                return step

            session.receive = receive
            return session

        return FeedRunner(
            venue=self.facts.venue,
            plan=plan,
            endpoints=self._endpoints,
            limits=self._limits,
            make_session=make,
            make_shelf=Shelf,
            clock=self._clock,
            rng=self._rng,
            deliver=self.events.append,
            exchange=self.http.exchange,
            settings=_FEED,
            on_state=lambda state, _why: self.states.append(state),
        )

    @asynccontextmanager
    async def streams(self, *subscriptions: Subscription) -> AsyncIterator[list[FeedRunner]]:
        """Public streams, ready."""
        runners = [self.runner(plan) for plan in self.feed.plans(subscriptions)]
        async with self.running(runners):
            yield runners

    @asynccontextmanager
    async def private_streams(self) -> AsyncIterator[list[FeedRunner]]:
        """The private streams, ready."""
        runners = [self.runner(plan) for plan in self.private.private_plans()]
        async with self.running(runners):
            yield runners

    @asynccontextmanager
    async def running(
        self, runners: list[FeedRunner], *, ready: bool = True
    ) -> AsyncIterator[None]:
        """Runs streams for as long as the context lasts; waits until they are `ready` first."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(runner.run()) for runner in runners]
            try:
                await self.until(
                    lambda: not ready or all(runner.ready for runner in runners),
                    lambda: f"streams are ready: {[runner.last_error for runner in runners]}",
                )
                yield
            finally:
                for task in tasks:
                    task.cancel()

    # --- waiting ---

    async def until(
        self, true: Callable[[], Any], what: str | Callable[[], str], *, move: bool = False
    ) -> None:
        """Wait until something is so, and fail naming it where it does not come to be.

        `move` lets the twin's market go on meanwhile.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                while not true():
                    if move:
                        self.twin.move()
                    await asyncio.sleep(_LOOK_S)
                return
        told = what if isinstance(what, str) else what()
        raise AssertionError(f"not within {PATIENCE_S:g} s: {told}")

    async def event(self, kind: type[T], *, move: bool = False, **fields: Any) -> T:
        """The first event of a kind whose fields have these values, waiting for it."""
        found: list[T] = []

        def look() -> bool:
            found.extend(self.seen(kind, **fields))
            return bool(found)

        await self.until(
            look, lambda: f"{kind.__name__} {fields}; there came {self._kinds()}", move=move
        )
        return found[0]

    def seen(self, kind: type[T], **fields: Any) -> list[T]:
        """Events of a kind that came, with these values."""
        return [
            event
            for event in self.events
            if isinstance(event, kind)
            and all(getattr(event, name) == value for name, value in fields.items())
        ]

    def _kinds(self) -> list[str]:
        return sorted({type(event).__name__ for event in self.events})

    def book(self, runner: FeedRunner, instrument: InstrumentId) -> BookView:
        """The book that a stream keeps."""
        return runner.shelf.book(self.instruments[instrument])

    def at_venue(self, client_id: str) -> list[OrderReport]:
        """What the twin has under a client id."""
        return [report for report in self.twin.orders() if report.client_id == client_id]


@asynccontextmanager
async def rig(facts: Facts) -> AsyncIterator[Rig]:
    """An adapter connected to a fresh twin, with its instruments learnt.

    Skips, saying so, where the venue has no twin.
    """
    import pytest

    if facts.twin is None:
        pytest.skip(f"{facts.venue} has no twin to run against")
    async with facts.twin() as twin:
        connected = Rig(facts, twin)
        async with connected.http:
            await connected.learn()
            yield connected
