"""The contract of a MarketFeed: plans, frames of any kind, and live books that are never wrong."""

import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from argosy.books import Shelf
from argosy.errors import StreamGap, Unsupported, WireError
from argosy.model import (
    BookGap,
    Candle,
    FundingRate,
    GapReason,
    IndexPrice,
    InstrumentChanged,
    InstrumentId,
    Liquidation,
    MarkPrice,
    Nanos,
    OpenInterest,
    OptionGreeks,
    Ticker,
    Trade,
)
from argosy.net.feed import FeedRunner
from argosy.ports import BookChanged, Channel, FeedPlan, FeedSession, MarketFeed, Subscription
from argosy.testing.contract import Contract, Stream
from argosy.testing.damage import bad_bytes, damaged
from argosy.testing.rig import Rig, rig
from argosy.testing.twin import Trouble

AT = Nanos(1_700_000_000_000_000_000)
HOUR_NS = 3_600 * 10**9
PRIVATE = frozenset({Channel.ORDERS, Channel.FILLS, Channel.BALANCES, Channel.POSITIONS})
LEVELS = 10  # compared a side: what the shallowest books carry
DEFAULT_INTERVAL_S = 60
_DAMAGED = 400
_EVENTS: dict[Channel, type[Any]] = {
    Channel.BOOK: BookChanged,
    Channel.TRADES: Trade,
    Channel.TICKER: Ticker,
    Channel.CANDLES: Candle,
    Channel.FUNDING: FundingRate,
    Channel.MARK_PRICE: MarkPrice,
    Channel.INDEX_PRICE: IndexPrice,
    Channel.OPEN_INTEREST: OpenInterest,
    Channel.LIQUIDATIONS: Liquidation,
    Channel.GREEKS: OptionGreeks,
    Channel.INSTRUMENTS: InstrumentChanged,
}


class MarketFeedContract(Contract):
    """Subclass it with `facts`."""

    capability = "feed"

    def _feed(self) -> MarketFeed:
        feed = self.adapter.feed
        assert feed is not None
        return feed

    def channel_cases(self) -> Sequence[str]:
        """The public channels of venue.toml."""
        return [name for name in self.adapter.info.channels if name not in PRIVATE]

    def foreign_channel_cases(self) -> Sequence[str]:
        """Channels that the public streams have not."""
        return [
            name for name in Channel if name in PRIVATE or name not in self.adapter.info.channels
        ]

    def _subscription(self, channel: str, on: Rig | None = None) -> Subscription:
        kind = Channel(channel)
        place = self.facts.places.get(kind, self.facts.instrument)
        if on is not None and place not in on.instruments:  # dated contracts have other names there
            wanted = kind is Channel.GREEKS
            place = next(
                one.id for one in on.instruments.values() if (one.strike is not None) is wanted
            )
        return Subscription(
            channel=kind,
            instrument=place,
            interval_s=DEFAULT_INTERVAL_S if kind is Channel.CANDLES else None,
        )

    def _book(self) -> Subscription:
        return Subscription(channel=Channel.BOOK, instrument=self.facts.instrument)

    def _session(self, plan: FeedPlan) -> FeedSession:
        return self._feed().session(plan, Shelf())

    def test_declared(self) -> None:
        """MF-01 Declared in venue.toml, and whole; its channels are words of ours."""
        self.check_declared()
        assert set(self.adapter.info.channels) <= set(Channel)

    def test_declared_channels(self, channel: str) -> None:
        """MF-02 Every declared public channel gets a plan at a known address."""
        wanted = self._subscription(channel)
        plans = self._feed().plans([wanted])
        assert [one for plan in plans for one in plan.subscriptions] == [wanted]
        for plan in plans:
            assert not plan.private
            for environment, endpoints in self.adapter.info.endpoints.items():
                assert plan.url in endpoints.roles, f"{environment} has no {plan.url!r}"

    def test_foreign_channels(self, foreign_channel: str) -> None:
        """MF-03 Any other channel is Unsupported."""
        with pytest.raises(Unsupported):
            self._feed().plans([self._subscription(foreign_channel)])

    def test_plans_keep_the_limits(self) -> None:
        """MF-04 Each subscription is on one connection, asked for once, within the limits."""
        wanted = [self._subscription(name) for name in self.channel_cases()]
        plans = self._feed().plans([*wanted, *wanted])
        carried = [one for plan in plans for one in plan.subscriptions]
        assert sorted(map(repr, carried)) == sorted(map(repr, wanted))
        most = self.adapter.info.feed.subscriptions_per_connection
        assert all(len(plan.subscriptions) <= most for plan in plans)

    def test_opening(self) -> None:
        """MF-05 An opened session asks for its streams, and is not ready before answers come."""
        for plan in self._feed().plans([self._book()]):
            session = self._session(plan)
            assert not session.ready
            step = session.open(AT)
            assert step.send, "nothing is subscribed to"
            assert not step.events
            assert not session.ready

    def test_bad_bytes(self) -> None:
        """MF-06 Whatever the bytes, nothing comes out but WireError and StreamGap."""
        for plan in self._feed().plans([self._book()]):
            session = self._session(plan)
            session.open(AT)
            for data in bad_bytes([], 0):
                self._hear(session, data)
            assert not session.ready

    @staticmethod
    def _hear(session: FeedSession, data: bytes) -> None:
        try:
            session.receive(data, AT)
        except (WireError, StreamGap):
            return
        except Exception as e:
            raise AssertionError(f"{e!r} for {data[:300]!r}") from e

    def test_recorded_frames(self) -> None:
        """MF-07 Recorded frames read without error and give the events they hold."""
        self.needs(self.facts.streams, "no recorded frames")
        assert self.facts.streams is not None
        for stream in self.facts.streams():
            session = self._recorded(stream)
            seen: set[str] = set()
            for frame in stream.frames:
                seen |= {type(event).__name__ for event in session.receive(frame, AT).events}
            assert stream.events <= seen, f"there came {sorted(seen)}"

    def _recorded(self, stream: Stream) -> FeedSession:
        adapter = self.adapter
        assert adapter.feed is not None
        if adapter.reference is not None:
            for url, answer in stream.listing:
                adapter.reference.learn(adapter.reference.recognise(url, answer))
        session = adapter.feed.session(stream.plan, Shelf())
        session.open(AT)
        return session

    def test_damaged_frames(self) -> None:
        """MF-08 Recorded frames with damage: WireError and StreamGap, nothing else."""
        self.needs(self.facts.streams, "no recorded frames")
        assert self.facts.streams is not None
        for stream in self.facts.streams():
            session = self._recorded(stream)
            for data in bad_bytes(list(stream.frames), _DAMAGED):
                self._hear(session, data)

    def test_what_is_not_there(self) -> None:
        """MF-09 Unknown instruments and impossible depths are Unsupported."""
        there = InstrumentId(f"{self.facts.venue}:NOT/THERE")
        with pytest.raises(Unsupported):
            self._feed().plans([Subscription(channel=Channel.BOOK, instrument=there)])
        deep = Subscription(channel=Channel.BOOK, instrument=self.facts.instrument, depth=10**6)
        with pytest.raises(Unsupported):
            self._feed().plans([deep])

    def test_silence(self) -> None:
        """MF-10 A connection that says nothing never becomes ready, and is given up or asked."""
        for plan in self._feed().plans([self._book()]):
            session = self._session(plan)
            session.open(AT)
            try:
                step = session.tick(Nanos(AT + HOUR_NS))
            except StreamGap:
                continue
            assert step.send or step.calls or step.reconnect, "an hour of silence, and no doubt"
            assert not session.ready

    # --- over real sockets ------------------------------------------------------------------------

    def _same(self, on: Rig, runner: FeedRunner, instrument: InstrumentId) -> bool:
        """Whether a live book has the venue's own levels."""
        book = on.book(runner, instrument)
        if not book.live:
            return False
        true = on.twin.book(instrument)
        return book.levels(LEVELS) == (
            [(level.price, level.size) for level in true.bids[:LEVELS]],
            [(level.price, level.size) for level in true.asks[:LEVELS]],
        )

    async def _settled(self, on: Rig, runner: FeedRunner, *more: InstrumentId) -> None:
        for instrument in more or (self.facts.instrument,):
            await on.until(
                lambda wanted=instrument: self._same(on, runner, wanted),  # type: ignore[misc]
                f"the book of {instrument} is live and the venue's own",
            )

    @pytest.mark.asyncio
    async def test_books_are_the_venues(self) -> None:
        """MF-20 A book becomes live and, at rest, has the venue's own levels; so after changes."""
        async with rig(self.facts) as on, on.streams(self._book()) as (runner,):
            await self._settled(on, runner)
            for _ in range(20):
                for _ in range(5):
                    on.twin.move()
                await self._settled(on, runner)
            assert not on.seen(BookGap)
            assert on.seen(BookChanged)

    @pytest.mark.asyncio
    async def test_channels_bring_their_events(self, channel: str) -> None:
        """MF-21 Every declared public channel brings its events, of the right instrument."""
        async with rig(self.facts) as on:
            wanted = self._subscription(channel, on)
            async with on.streams(wanted):
                on.twin.cause(Channel(channel))
                event = await on.event(_EVENTS[Channel(channel)], move=True)
                if wanted.instrument is not None and channel != Channel.INSTRUMENTS:
                    assert event.instrument == wanted.instrument
                if not isinstance(event, BookChanged):
                    assert 0 <= event.venue_ns <= on.twin.now_ns() + HOUR_NS
                    assert event.received_ns > 0
                if isinstance(event, Candle):
                    assert event.interval_s == DEFAULT_INTERVAL_S
                if isinstance(event, Trade):
                    assert event.size > Decimal(0)

    @pytest.mark.asyncio
    async def test_a_lost_frame(self) -> None:
        """MF-22 A lost update: a BookGap, the book out of use, then live again and right."""
        async with rig(self.facts) as on, on.streams(self._book()) as (runner,):
            await self._settled(on, runner)
            on.twin.trouble(Trouble.LOSE_BOOK_FRAME)
            gap = await on.event(BookGap, move=True)
            assert gap.instrument == self.facts.instrument
            assert gap.reason in {GapReason.SEQUENCE, GapReason.CHECKSUM, GapReason.CROSSED}
            await self._settled(on, runner)

    @pytest.mark.asyncio
    async def test_half_a_frame(self) -> None:
        """MF-23 A frame cut in half costs the book its use, never its truth; it recovers."""
        async with rig(self.facts) as on, on.streams(self._book()) as (runner,):
            await self._settled(on, runner)
            on.twin.trouble(Trouble.CUT_FRAME)
            gap = await on.event(BookGap, move=True)
            assert gap.reason in {GapReason.MALFORMED, GapReason.SEQUENCE, GapReason.CHECKSUM}
            await self._settled(on, runner)

    @pytest.mark.asyncio
    async def test_a_lost_connection(self) -> None:
        """MF-24 A broken connection takes its books out of use at once, then they are back."""
        async with rig(self.facts) as on, on.streams(self._book()) as (runner,):
            await self._settled(on, runner)
            book = on.book(runner, self.facts.instrument)
            on.twin.trouble(Trouble.CUT_STREAMS)
            gap = await on.event(BookGap, move=True)
            assert gap.reason is GapReason.DISCONNECTED
            await on.until(lambda: book.live, "the book is live again")
            await self._settled(on, runner)
            assert runner.stats.connects == 2

    @pytest.mark.asyncio
    async def test_several_books_on_a_connection(self) -> None:
        """MF-25 Books of several instruments do not mix."""
        async with rig(self.facts) as on:
            kind = on.instruments[self.facts.instrument].kind
            several = [one.id for one in on.instruments.values() if one.kind is kind][:4]
            wanted = [Subscription(channel=Channel.BOOK, instrument=one) for one in several]
            async with on.streams(*wanted) as (runner,):
                for _ in range(10):
                    on.twin.move()
                await self._settled(on, runner, *several)
                assert not on.seen(BookGap)

    @pytest.mark.asyncio
    async def test_a_planned_reconnect(self) -> None:
        """MF-26 Handing over to a new connection: no gap, and the book stays right."""
        async with rig(self.facts) as on, on.streams(self._book()) as (runner,):
            await self._settled(on, runner)
            runner.renew()
            await on.until(lambda: runner.stats.connects == 2, "a second connection", move=True)
            await self._settled(on, runner)
            for _ in range(5):
                on.twin.move()
            await self._settled(on, runner)
            assert not on.seen(BookGap)

    @pytest.mark.asyncio
    async def test_damaged_live_frames(self) -> None:
        """MF-27 Frames as they came from the venue, damaged: WireError and StreamGap alone."""
        async with rig(self.facts) as on:
            names = [name for name in self.channel_cases() if name != Channel.LIQUIDATIONS]
            wanted = [self._subscription(name, on) for name in names]
            async with on.streams(*wanted):
                for _ in range(10):
                    on.twin.move()
                await on.event(Trade, move=True)
            rng = random.Random(7)
            sessions = {id(plan): on.feed.session(plan, Shelf()) for plan, _ in on.frames}
            for plan, _ in on.frames:
                sessions[id(plan)].open(AT)
            for _ in range(2_000):
                plan, frame = rng.choice(on.frames)
                self._hear(sessions[id(plan)], damaged(frame, rng))
