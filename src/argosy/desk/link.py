"""One venue, connected: adapter, REST client, feeds and health. Knows no other venue."""

import asyncio
import random
import ssl
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from pathlib import Path

import msgspec

from argosy.books import Shelf
from argosy.desk.chain import ChainAccount
from argosy.desk.view import Environment, VenueHealth, VenueState
from argosy.errors import ArgosyError, ConfigError, Unsupported
from argosy.model import Credentials, Instrument, InstrumentId, Nanos, Permission, VenueId
from argosy.model.time import SECOND
from argosy.net.audit import Tap
from argosy.net.feed import FeedRunner, FeedSettings, connect_gate
from argosy.net.http import HttpClient, HttpSettings
from argosy.net.limits import Limiter
from argosy.net.nonces import Nonces
from argosy.ports import (
    BookShelf,
    Channel,
    Clock,
    Event,
    FeedPlan,
    FeedSession,
    Subscription,
)
from argosy.venues.catalog import Adapter, Endpoints

_RETRY_S = 2.0
_RELEARN_S = 30.0  # between two looks at the list of instruments
EXTRA_MAX = 50  # instruments heard beyond those of the pairs, a connection each
_LATENCIES = 512  # samples kept for the percentiles


class LinkSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How a venue is reached."""

    environment: Environment
    endpoints: Endpoints
    credentials: Credentials | None = None
    allow_withdrawal_key: bool = False
    tls: ssl.SSLContext | None = None
    nonce_file: Path | None = None
    max_age_s: float = 10.0
    unlimited: bool = False  # rate limits are not kept: for campaigns on the sandbox
    feed: FeedSettings = FeedSettings()
    http: HttpSettings = HttpSettings()


class VenueLink:
    """A venue as the desk uses it. `run` keeps it connected until cancelled."""

    def __init__(
        self,
        adapter: Adapter,
        settings: LinkSettings,
        *,
        clock: Clock,
        rng: random.Random,
        tap: Tap | None,
        deliver: Callable[["VenueLink", Event], None],
        choose: Callable[["VenueLink", Sequence[Instrument]], Iterable[Subscription]],
    ) -> None:
        self.adapter = adapter
        self.id = VenueId(adapter.info.id)
        self.settings = settings
        self.instruments: dict[InstrumentId, Instrument] = {}
        self.feeds: list[FeedRunner] = []
        self.private: list[FeedRunner] = []
        self.extra: list[FeedRunner] = []  # what someone asked for later, a connection each
        self.detail = "starting"
        self.gaps = 0
        self.permissions: frozenset[Permission] = frozenset()  # of the key, once it was asked
        self.taker_fees: dict[InstrumentId, Decimal] = {}  # as the venue told us
        self.maker_fees: dict[InstrumentId, Decimal] = {}
        self.fixed_taker_fee: Decimal | None = None  # as the settings say
        self.account: ChainAccount | None = None  # who sends for a venue that is on a chain
        self.started = asyncio.Event()  # instruments are known and the feeds run
        self._clock = clock
        self._rng = rng
        self._tap = tap
        self._deliver = deliver
        self._choose = choose
        self.on_private: Callable[[str], None] = lambda _state: None
        self._frames = 0
        self._rate = 0.0
        self._measured_ns = clock.monotonic_ns()
        self._latencies: list[float] = []
        self._doubted = asyncio.Event()
        self._watchers: list[Callable[[Event], None]] = []
        self._group: asyncio.TaskGroup | None = None
        self._asked: list[Sequence[Subscription]] = []  # of `hear`; kept when the link begins anew
        buckets, limits = adapter.info.buckets, adapter.info.feed
        if settings.unlimited:
            buckets = {
                name: msgspec.structs.replace(bucket, max=1e12) for name, bucket in buckets.items()
            }
            limits = msgspec.structs.replace(limits, connects_per_window=10**9, messages_per_s=1e6)
        self._limits = limits
        self.limiter = Limiter(buckets, clock)
        self._gate = connect_gate(limits, clock)
        self.http = HttpClient(
            venue=self.id,
            endpoints=settings.endpoints,
            limiter=self.limiter,
            clock=clock,
            rng=rng,
            tap=tap,
            signer=adapter.signer,
            credentials=settings.credentials,
            nonces=Nonces(clock, settings.nonce_file),
            settings=settings.http,
            tls=settings.tls,
        )

    # --- health -----------------------------------------------------------------------------------

    @property
    def heard_ns(self) -> int:
        """When the venue last said anything over a public stream; the least of its streams."""
        return min((feed.heard_ns for feed in self.feeds), default=0)

    @property
    def state(self) -> VenueState:
        """Whether its numbers may be used."""
        if self.adapter.info.status == "closed":
            return VenueState.CLOSED
        if not self.feeds:
            return VenueState.CONNECTING
        if all(feed.ready for feed in self.feeds):
            age_ns = self._clock.now_ns() - self.heard_ns
            return (
                VenueState.STALE if age_ns > self.settings.max_age_s * SECOND else VenueState.LIVE
            )
        return VenueState.CONNECTING if not self.heard_ns else VenueState.DISCONNECTED

    def health(self) -> VenueHealth:
        """For people and for the API."""
        ordered = sorted(self._latencies)
        problem = next((feed.last_error for feed in self.feeds if not feed.ready), "")
        return VenueHealth(
            id=self.id,
            name=self.adapter.info.name,
            environment=self.settings.environment,
            state=self.state,
            latency_p50_ms=round(ordered[len(ordered) // 2], 3) if ordered else None,
            latency_p99_ms=round(ordered[len(ordered) * 99 // 100], 3) if ordered else None,
            frames_per_s=round(self._rate, 1) if self.heard_ns else None,
            gaps=self.gaps + sum(feed.stats.gaps for feed in self.feeds),
            reconnects=sum(max(0, feed.stats.connects - 1) for feed in self.feeds),
            last_received_ns=Nanos(self.heard_ns) if self.heard_ns else None,
            detail=problem or self.detail,
        )

    def measure(self) -> None:
        """Look at the counters; called about every second."""
        now_ns = self._clock.monotonic_ns()
        frames = sum(feed.stats.frames for feed in self.feeds)
        seconds = (now_ns - self._measured_ns) / SECOND
        if seconds > 0:
            self._rate = (frames - self._frames) / seconds
        self._frames = frames
        self._measured_ns = now_ns

    def taker_fee(self, instrument: InstrumentId) -> Decimal:
        """The fee of a taker here: set, else told by the venue, else of its public schedule."""
        if self.fixed_taker_fee is not None:
            return self.fixed_taker_fee
        return self.taker_fees.get(instrument, self.adapter.info.fees.taker)

    def maker_fee(self, instrument: InstrumentId) -> Decimal:
        """The fee of a maker here, below 0 where it is a rebate."""
        return self.maker_fees.get(instrument, self.adapter.info.fees.maker)

    def hears(self, instrument: InstrumentId, channel: Channel = Channel.BOOK) -> bool:
        """Whether a stream of an instrument is subscribed to."""
        return self._carrier(instrument, channel) is not None

    def heard_of_ns(self, instrument: InstrumentId) -> int:
        """When the connection that carries an instrument's book said anything last."""
        feed = self._carrier(instrument, Channel.BOOK)
        return 0 if feed is None else feed.heard_ns

    def _carrier(self, instrument: InstrumentId, channel: Channel) -> FeedRunner | None:
        for feed in (*self.feeds, *self.extra):
            for wanted in feed.plan.subscriptions:
                if wanted.instrument == instrument and wanted.channel is channel:
                    return feed
        return None

    def hear(
        self, instrument: InstrumentId, channels: Iterable[Channel], depth: int | None
    ) -> None:
        """Subscribe to what is not heard yet of an instrument, on a connection of its own, until
        the link ends. What the venue has no stream of is left out.

        Raises:
            ConfigError: the venue is not connected yet, lists no such instrument, or has been asked
                for too many already.
        """
        if self._group is None:
            raise ConfigError(f"{self.id} is not connected yet ({self.detail}); try again shortly")
        if instrument not in self.instruments:
            raise ConfigError(f"{self.id} lists no {instrument}")
        wanted = [
            Subscription(
                channel=channel,
                instrument=instrument,
                depth=depth if channel is Channel.BOOK else None,
            )
            for channel in channels
            if channel.value in self.adapter.info.channels and not self.hears(instrument, channel)
        ]
        if not wanted:
            return
        if len(self.extra) >= EXTRA_MAX:
            raise ConfigError(
                f"{self.id}: {EXTRA_MAX} instruments beyond desk.pairs are heard already; add the"
                f" pair of {instrument} to desk.pairs"
            )
        self._asked.append(wanted)
        self._hear_also(self._group, wanted)

    def _hear_also(self, group: asyncio.TaskGroup, wanted: Sequence[Subscription]) -> None:
        for plan in self._plans(wanted):
            runner = self._public(plan)
            self.extra.append(runner)
            group.create_task(runner.run())

    def fee_in_base(self, about: Instrument) -> Decimal:
        """The share of what is bought that the venue keeps as its fee; 0 where it takes quote."""
        if about.payoff is not None or not self.adapter.info.orders.fee_in_received:
            return Decimal(0)
        return self.taker_fee(about.id)

    def note_latency(self, venue_ns: int, received_ns: int) -> None:
        """One sample, venue's stamp to our reading, corrected by the measured skew of its clock."""
        if venue_ns <= 0:
            return
        clock = self.http.clock
        # A clock that is told in whole seconds is not known well enough to correct by.
        skew_ns = clock.skew_ns if abs(clock.skew_ns) > 2 * clock.error_ns else 0
        sample = (received_ns + skew_ns - venue_ns) / 1e6
        if len(self._latencies) >= _LATENCIES:
            self._latencies[self._rng.randrange(_LATENCIES)] = max(0.0, sample)
        else:
            self._latencies.append(max(0.0, sample))

    def watch(self, watcher: Callable[[Event], None]) -> None:
        """Let someone see every event, after the desk has."""
        self._watchers.append(watcher)

    def _pass_on(self, event: Event) -> None:
        self._deliver(self, event)
        for watcher in self._watchers:
            watcher(event)

    def doubt(self) -> None:
        """A book's numbers did not fit its instrument's increments: these may have changed."""
        self._doubted.set()

    # --- life -------------------------------------------------------------------------------------

    def reset(self) -> None:
        """Forget the streams of a `run` that has ended."""
        self.feeds.clear()
        self.private.clear()
        self.extra.clear()
        self._group = None
        self.started.clear()
        self._doubted.clear()
        self._frames = 0

    async def run(self) -> None:
        """Learn the instruments, then keep every stream alive. ConfigError is raised at once."""
        async with self.http:
            await self._learn()
            if self.settings.credentials is not None:
                await self._check_key()
            subscriptions = list(self._choose(self, list(self.instruments.values())))
            await self._ask_fees(subscriptions)
            async with asyncio.TaskGroup() as group:
                for plan in self._plans(subscriptions):
                    runner = self._public(plan)
                    self.feeds.append(runner)
                    group.create_task(runner.run())
                if self.settings.credentials is not None and self.adapter.private is not None:
                    for plan in self.adapter.private.private_plans():
                        runner = self._private(plan, self.settings.credentials)
                        self.private.append(runner)
                        group.create_task(runner.run())
                group.create_task(self._keep_learnt())
                self.detail = ""
                self._group = group
                for wanted in self._asked:
                    self._hear_also(group, wanted)
                self.started.set()
                while True:
                    await self._clock.sleep(1.0)
                    self.measure()

    async def _learn(self) -> None:
        reference = self.adapter.reference
        if reference is None:
            raise Unsupported(f"{self.id} has no list of instruments")
        while True:
            try:
                self.detail = "asking for the instruments"
                found = await self.http.collect(reference.instruments())
                await self.http.sync_clock(reference.server_time())
            except ConfigError:
                raise
            except ArgosyError as e:
                self.detail = str(e) or type(e).__name__
                await self._clock.sleep(_RETRY_S)
            else:
                reference.learn(found)
                self.instruments = {instrument.id: instrument for instrument in found}
                return

    async def _keep_learnt(self) -> None:
        """Ask for the instruments again where they are in doubt, and rebuild the books of those
        whose increments are others now.
        """
        reference = self.adapter.reference
        assert reference is not None  # _learn saw to that
        while True:
            await self._doubted.wait()
            self._doubted.clear()
            try:
                found = await self.http.collect(reference.instruments())
            except ArgosyError as e:
                self.detail = f"asking for the instruments again: {e}"
                self._doubted.set()
            else:
                if self.detail.startswith("asking for the instruments again: "):
                    self.detail = ""
                self._relearnt(found)
            await self._clock.sleep(_RELEARN_S)

    def _relearnt(self, found: Sequence[Instrument]) -> None:
        changed = {
            one.id
            for one in found
            if (known := self.instruments.get(one.id)) is not None
            and (known.price_increment, known.size_increment)
            != (one.price_increment, one.size_increment)
        }
        assert self.adapter.reference is not None
        self.adapter.reference.learn(found)
        self.instruments |= {one.id: one for one in found}
        for feed in (*self.feeds, *self.extra):
            if any(
                one.channel is Channel.BOOK and one.instrument in changed
                for one in feed.plan.subscriptions
            ):
                feed.rebuild(f"increments changed: {', '.join(sorted(changed))}")

    async def _check_key(self) -> None:
        """Refuse a key that can withdraw, unless the settings allow it."""
        account, credentials = self.adapter.account, self.settings.credentials
        assert credentials is not None
        if account is None:
            return
        while True:
            try:
                self.detail = "asking what the API key may do"
                info = await self.http.call(account.key_info(credentials))
            except ConfigError:
                raise
            except ArgosyError as e:
                self.detail = str(e) or type(e).__name__
                await self._clock.sleep(_RETRY_S)
            else:
                break
        self.permissions = info.permissions
        if Permission.WITHDRAW in info.permissions and not self.settings.allow_withdrawal_key:
            raise ConfigError(
                f"the API key for {self.id} can withdraw; make one that can only read and trade,"
                f" or set venues.{self.id}.allow_withdrawal_key = true"
            )

    async def _ask_fees(self, subscriptions: Iterable[Subscription]) -> None:
        """What we really pay, for the instruments we watch; a failure leaves the schedule's."""
        account = self.adapter.account
        if account is None or self.settings.credentials is None or self.fixed_taker_fee is not None:
            return
        for instrument in {found.instrument for found in subscriptions if found.instrument}:
            try:
                rates = await self.http.call(account.fees(instrument))
            except ArgosyError as e:
                self.detail = f"fees of {instrument}: {e}"
            else:
                self.taker_fees[instrument] = rates.taker
                self.maker_fees[instrument] = rates.maker

    def _plans(self, subscriptions: Sequence[Subscription]) -> list[FeedPlan]:
        feed = self.adapter.feed
        if feed is None:
            raise Unsupported(f"{self.id} has no public streams")
        return feed.plans(subscriptions)

    def _public(self, plan: FeedPlan) -> FeedRunner:
        feed = self.adapter.feed
        assert feed is not None
        return self._runner(plan, lambda shelf: feed.session(plan, shelf))

    def _private(self, plan: FeedPlan, credentials: Credentials) -> FeedRunner:
        feed = self.adapter.private
        assert feed is not None
        return self._runner(plan, lambda _shelf: feed.private_session(plan, credentials))

    def _runner(self, plan: FeedPlan, make: Callable[[BookShelf], FeedSession]) -> FeedRunner:
        return FeedRunner(
            venue=self.id,
            plan=plan,
            endpoints=self.settings.endpoints,
            limits=self._limits,
            make_session=make,
            make_shelf=Shelf,
            clock=self._clock,
            rng=self._rng,
            deliver=self._pass_on,
            gate=self._gate,
            exchange=self.http.exchange,
            tap=self._tap,
            settings=self.settings.feed,
            tls=self.settings.tls,
            on_state=lambda state, _why: self.on_private(state) if plan.private else None,
            limiter=self.limiter,
        )


def default_subscriptions(
    instruments: Iterable[Instrument], depth: int | None
) -> list[Subscription]:
    """Book and trades of each instrument."""
    return [
        subscription
        for instrument in instruments
        for subscription in (
            Subscription(channel=Channel.BOOK, instrument=instrument.id, depth=depth),
            Subscription(channel=Channel.TRADES, instrument=instrument.id),
        )
    ]
