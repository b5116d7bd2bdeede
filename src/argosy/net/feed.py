"""Keeps one planned stream alive: connects, reconnects, hands over to a second connection, carries
commands. Never lets a lost connection look like a quiet market.

A planned reconnect overlaps. The second session gets a shelf of its own, because two connections
must not write one book: their updates are not in step. Its events are held back until it is
ready; then books switch (consumers get a BookChanged with the new book for each), and what was held
is delivered, less what the first connection delivered already (by trade id). The first one goes on
for a moment for what only it still had. So over a hand-over nothing is lost, and a state (a ticker,
an order) may be told twice. An unplanned reconnect keeps the shelf: its books are out of use until
their new snapshots.
"""

import asyncio
import itertools
import logging
import random
import ssl
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from urllib.parse import urlsplit

import msgspec
from picows import WSError, ws_connect

from argosy.errors import ArgosyError, ConfigError
from argosy.model import CommandDone, Fill, Trade
from argosy.model.time import SECOND
from argosy.net.audit import Redactor, Tap
from argosy.net.commands import CommandCarrier, Commands
from argosy.net.connection import Connection, FeedStats, Quarantined
from argosy.net.limits import Limiter
from argosy.ports import (
    BookChanged,
    BookShelf,
    Clock,
    Event,
    FeedPlan,
    FeedSession,
    HttpRequest,
    HttpResponse,
    SessionCall,
    Step,
)
from argosy.venues.catalog import Bucket, Endpoints, FeedLimits

# What matters of it is in last_error.
logging.getLogger("picows.argosy").addHandler(logging.NullHandler())

_NUMBERS = itertools.count(1)  # of connections, for their names in the audit
_MAX_CALLS = 50  # REST calls of one feed under way for its sessions


class FeedSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How patient a feed is."""

    connect_timeout_s: float = 10
    ready_timeout_s: float = 60  # from connecting to every book's snapshot
    backoff_s: float = 0.5  # doubles per failure, fully jittered
    backoff_max_s: float = 30
    stable_s: float = 60  # a connection that was ready this long resets the back-off
    drain_s: float = 1  # how long the first connection goes on after a hand-over
    tick_s: float = 1
    command_timeout_s: float = 5
    max_held: int = 100_000  # events of a second connection before it is ready


def connect_gate(limits: FeedLimits, clock: Clock) -> Limiter:
    """The limit of connections to a venue: one object shared by all of its feeds."""
    window = Bucket(
        kind="sliding", max=limits.connects_per_window, window_s=limits.connect_window_s, scope="ip"
    )
    return Limiter({"connect": window}, clock)


def _key(event: Event) -> Hashable | None:
    """What tells an event from every other; None where the venue does not number them."""
    if isinstance(event, Trade | Fill) and not event.venue_trade_id:
        return None
    if isinstance(event, Trade):
        return (event.instrument, event.venue_trade_id)
    if isinstance(event, Fill):
        return ("fill", event.instrument, event.venue_trade_id)
    return None


class FeedRunner(CommandCarrier):
    """One FeedPlan, run until cancelled.

    `deliver` takes every event, on the hot path, in order; `EventQueue.put` is one. Where events
    can overflow, give `resync` to the queue. `exchange` makes REST calls for the session
    (HttpClient.exchange). `on_state` hears 'connecting', 'connected', 'ready' and 'lost', with why.
    `limiter` and `account` are those of the HttpClient: commands count in the same buckets.
    """

    def __init__(
        self,
        *,
        venue: str,
        plan: FeedPlan,
        endpoints: Endpoints,
        limits: FeedLimits,
        make_session: Callable[[BookShelf], FeedSession],
        make_shelf: Callable[[], BookShelf],
        clock: Clock,
        rng: random.Random,
        deliver: Callable[[Event], None],
        gate: Limiter | None = None,
        exchange: Callable[[HttpRequest], Awaitable[HttpResponse]] | None = None,
        tap: Tap | None = None,
        settings: FeedSettings | None = None,
        tls: ssl.SSLContext | None = None,
        on_state: Callable[[str, str], None] | None = None,
        limiter: Limiter | None = None,
        account: str = "",
    ) -> None:
        self.venue = venue
        self.plan = plan
        self.stats = FeedStats()
        self.quarantine: deque[Quarantined] = deque(maxlen=20)  # the last malformed frames
        self.shelf = make_shelf()  # where the books in use live; changes at a hand-over
        self.last_error = ""
        endpoints.first(plan.url)
        self._urls = endpoints.roles[plan.url]
        self._url_index = 0
        self._limits = limits
        self._make_session = make_session
        self._make_shelf = make_shelf
        self._clock = clock
        self._rng = rng
        self._deliver = self._deliver_private if plan.private else deliver
        self._consumer = deliver
        self._gate = gate or connect_gate(limits, clock)
        self._exchange = exchange
        self._tap = tap
        self._settings = settings or FeedSettings()
        self._tls = tls
        self._on_state = on_state
        self._redactor = tap.redactor if tap is not None else Redactor()
        self._limiter = limiter
        self._account = account
        self._patience_s = self._settings.command_timeout_s
        self._commands = Commands()
        self._news = asyncio.Event()
        self._was_ready = False  # the connection in use, since it stands
        self._failures = 0  # in a row, for the back-off
        self._calls = 0
        self._primary: Connection | None = None
        self._open: set[Connection] = set()
        self._group: asyncio.TaskGroup

    # --- for the owner ----------------------------------------------------------------------------

    @property
    def ready(self) -> bool:
        """Whether every subscription is confirmed and every book in use."""
        return self._primary is not None and self._primary.ready

    @property
    def heard_ns(self) -> int:
        """When the connection in use last brought a frame of any kind; 0: none stands."""
        return self._primary.last_ns if self._primary is not None else 0

    def resync(self, reason: str = "the consumer lost events") -> None:
        """Connect anew, so that everything starts from snapshots."""
        if self._primary is not None:
            self._primary.lose(reason)

    def renew(self) -> None:
        """Hand over to a new connection without a gap."""
        if self._primary is not None:
            self._primary.replace = True
            self._news.set()

    def rebuild(self, reason: str) -> None:
        """Begin every book anew, as what was learnt of instruments changed: by a hand-over, or at
        once where nothing is in use yet.
        """
        if self._was_ready:
            self.renew()
        else:
            self.resync(reason)

    async def run(self) -> None:
        """Keep the stream alive until cancelled. Trouble is retried; ConfigError is raised."""
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                try:
                    while True:
                        await self._serve(await self._connect_first())
                finally:
                    for connection in tuple(self._open):
                        self._retire(connection, "the feed was stopped")
                    self._primary = None
        except* ConfigError as errors:
            raise errors.exceptions[0] from None

    # --- connecting -------------------------------------------------------------------------------

    async def _connect_first(self) -> Connection:
        while True:
            if self._failures:
                await self._clock.sleep(self._pause_s())
            self._tell("connecting")
            connection = await self._connect(self.shelf, self._deliver)
            if connection is not None:
                self._primary = connection
                self._tell("connected")
                return connection
            self._failures += 1

    def _pause_s(self) -> float:
        doubled = self._settings.backoff_s * 2 ** min(self._failures - 1, 16)
        return self._rng.uniform(0, min(self._settings.backoff_max_s, doubled))

    async def _connect(
        self, shelf: BookShelf, deliver: Callable[[Event], None]
    ) -> Connection | None:
        """A new connection with a new session; None when that failed, saying why in last_error."""
        url = self._urls[self._url_index % len(self._urls)]
        connection = None
        try:
            session = self._make_session(shelf)
            first = await self._prepare(session)
            await self._gate.acquire({"connect": 1})
            connection = self._connection(url, session, deliver)
            async with asyncio.timeout(self._settings.connect_timeout_s):
                await self._dial(url, connection)
        except ConfigError:
            raise
        except (ArgosyError, OSError, WSError, TimeoutError, ssl.SSLError) as e:
            text = f"{type(e).__name__}: {e}" if str(e) else type(e).__name__
            self.last_error = self._redactor.clean_text(text)
        except Exception as e:  # an adapter's bug must not end the feed
            self.last_error = f"the adapter failed: {type(e).__name__}"
        else:
            self.stats.connects += 1
            self._open.add(connection)
            connection.start()
            for step in first:
                connection.apply(step)
            self._group.create_task(connection.pulse(self._settings.tick_s))
            return connection
        if connection is not None:
            connection.lose(self.last_error)
        self._url_index += 1
        self.stats.failures += 1
        self._tell("lost", self.last_error)
        return None

    async def _prepare(self, session: FeedSession) -> list[Step]:
        return [session.answer(call.tag, await self._fetch(call)) for call in session.prepare()]

    async def _fetch(self, call: SessionCall) -> HttpResponse:
        if self._exchange is None:
            raise ConfigError(f"the session of {self.venue} asks for {call.tag!r}; give `exchange`")
        return await self._exchange(call.request)

    def _connection(
        self, url: str, session: FeedSession, deliver: Callable[[Event], None]
    ) -> Connection:
        return Connection(
            name=f"{self.venue.upper()}.ws.{next(_NUMBERS)}",
            url=url,
            session=session,
            limits=self._limits,
            clock=self._clock,
            deliver=deliver,
            changed=self._news.set,
            fetch=self._start_call,
            stats=self.stats,
            quarantine=self.quarantine,
            tap=self._tap,
        )

    async def _dial(self, url: str, connection: Connection) -> None:
        if urlsplit(url).scheme not in {"ws", "wss"}:
            raise ConfigError(
                f"{url!r} is no WebSocket address; it must begin with ws:// or wss://"
            )
        await ws_connect(
            lambda: connection,
            url,
            ssl_context=self._tls,
            websocket_handshake_timeout=self._settings.connect_timeout_s,
            enable_auto_pong=False,  # we answer, and so see that the venue is alive
            max_frame_size=self._limits.max_frame_bytes,
            max_redirects=0,
            logger_name="argosy",
        )

    def _start_call(self, connection: Connection, call: SessionCall) -> None:
        if self._calls >= _MAX_CALLS:
            connection.lose(f"the session has {self._calls} REST calls under way")
            return
        self._calls += 1
        self._group.create_task(self._answer(connection, call))

    async def _answer(self, connection: Connection, call: SessionCall) -> None:
        try:
            response = await self._fetch(call)
        except ArgosyError as e:
            connection.lose(f"{call.tag}: {e}")
        else:
            connection.guarded(lambda: connection.session.answer(call.tag, response))
        finally:
            self._calls -= 1

    # --- a connection's life ----------------------------------------------------------------------

    async def _serve(self, primary: Connection) -> None:
        """Until the stream is lost: watch it, and hand over where that is asked for."""
        ready_ns = 0
        self._was_ready = False
        overlap_ns = 0  # when a hand-over may be tried (again)
        while True:
            await self._wait_for_news(1.0)
            now_ns = self._clock.monotonic_ns()
            if primary.lost:
                break
            if primary.ready and not ready_ns:
                ready_ns = now_ns
                self._was_ready = True
                self._tell("ready")
            if not primary.ready and not ready_ns and not self.plan.listen:
                if now_ns - primary.opened_ns > self._settings.ready_timeout_s * SECOND:
                    primary.lose(f"not ready after {self._settings.ready_timeout_s} s")
            elif primary.replace and now_ns >= overlap_ns:
                before = primary
                primary = self._primary = await self._hand_over(primary)
                overlap_ns = self._clock.monotonic_ns() + 5 * SECOND
                if primary is not before:
                    ready_ns = ready_ns or now_ns
            if ready_ns and now_ns - ready_ns > self._settings.stable_s * SECOND:
                self._failures = 0
        self._failures += 1
        self.last_error = primary.lost
        self._retire(primary, primary.lost)
        self._tell("lost", primary.lost)

    async def _wait_for_news(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return
        self._news.clear()

    def _retire(self, connection: Connection, reason: str, *, silent: bool = False) -> None:
        """A connection is of no use any more: its books, its commands, its socket."""
        connection.lose(reason)
        if connection not in self._open:
            return
        self._open.discard(connection)
        try:
            step = connection.session.close(self._clock.now_ns())
        except Exception as e:  # an adapter's bug must not end the feed
            self.last_error = f"the adapter failed: {type(e).__name__}"
        else:
            if not silent:
                for event in step.events:
                    connection.deliver(event)
        self._commands.lost(connection, reason)

    # --- hand-over --------------------------------------------------------------------------------

    async def _hand_over(self, old: Connection) -> Connection:
        """Bring up a second connection and make it the first; `old` when that did not work out."""
        held: list[Event] = []
        books: dict[int, BookChanged] = {}
        seen: set[Hashable] = set()
        standby: list[Connection] = []

        def hold(event: Event) -> None:
            if isinstance(event, BookChanged):
                books[id(event)] = event
            elif isinstance(event, CommandDone):
                self._deliver(event)
            elif len(held) < self._settings.max_held:
                held.append(event)
            elif standby:
                standby[0].lose(f"{len(held)} events before it was ready")

        def note(event: Event) -> None:
            seen.add(_key(event))
            self._deliver(event)

        shelf = self._make_shelf()
        old.deliver = note
        new = await self._connect(shelf, hold)
        if new is not None:
            standby.append(new)
            await self._settle(old, new)
        if new is None or new.lost or not (new.ready or old.lost):
            old.deliver = self._deliver
            if new is not None:
                self._retire(new, new.lost or "not ready in time", silent=True)
            return old
        if old.lost:  # it did not last until the new one was ready: its books are gone
            self._retire(old, old.lost)
        self.shelf = shelf
        self.stats.handovers += 1

        def once(event: Event) -> None:
            key = _key(event)
            if key is None or key not in seen:
                seen.add(key)
                self._deliver(event)

        def late(event: Event) -> None:
            if isinstance(event, CommandDone) or _key(event) is not None:
                once(event)

        old.deliver = late
        for event in (*books.values(), *held):
            once(event)
        new.deliver = once
        self._group.create_task(self._drain(old, new))
        return new

    async def _settle(self, old: Connection, new: Connection) -> None:
        deadline_ns = self._clock.monotonic_ns() + round(self._settings.ready_timeout_s * SECOND)
        while not (new.ready or new.lost or old.lost):
            left_s = (deadline_ns - self._clock.monotonic_ns()) / SECOND
            if left_s <= 0:
                return
            await self._wait_for_news(left_s)
        self._news.set()  # whoever waits next looks for itself

    async def _drain(self, old: Connection, new: Connection) -> None:
        """Let the old connection deliver what only it had, then close it."""
        settings = self._settings
        began_ns = self._clock.monotonic_ns()
        patience_s = settings.drain_s
        while not old.lost:
            age_s = (self._clock.monotonic_ns() - began_ns) / SECOND
            if self._commands.waiting_on(old):
                patience_s = max(settings.drain_s, settings.command_timeout_s)
            elif age_s >= settings.drain_s:
                patience_s = 0
            if age_s >= patience_s:
                break
            await self._clock.sleep(min(0.05, settings.drain_s))
        new.deliver = self._deliver
        self._retire(old, old.lost or "replaced", silent=True)

    # --- telling ----------------------------------------------------------------------------------

    def _deliver_private(self, event: Event) -> None:
        if isinstance(event, CommandDone):
            self._commands.done(event)
        self._consumer(event)

    def _tell(self, state: str, why: str = "") -> None:
        if self._on_state is not None:
            self._on_state(state, why)
