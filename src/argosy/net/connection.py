"""One WebSocket connection driving one session: the hot path of every feed. Opens no second one."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable

import msgspec
from picows import WSCloseCode, WSError, WSFrame, WSListener, WSMsgType, WSTransport

from argosy.errors import ArgosyError, StreamGap, WireError
from argosy.model import Nanos
from argosy.model.time import SECOND
from argosy.net.audit import Tap
from argosy.net.limits import Limiter
from argosy.ports import (
    NOTHING,
    BookChanged,
    Clock,
    Event,
    FeedSession,
    SessionCall,
    Step,
)
from argosy.venues.catalog import Bucket, FeedLimits

_TEXT = WSMsgType.TEXT
_SAMPLE = 63  # latency is measured on every 64th frame
_MAX_WAITING_FRAMES = 1_000  # of ours, waiting for the send rate
_QUARANTINE = 20


class FeedStats(msgspec.Struct):
    """Counters of a feed over all its connections; read them whenever."""

    connects: int = 0
    failures: int = 0  # attempts to connect that failed
    frames: int = 0
    bytes: int = 0
    sent: int = 0
    malformed: int = 0
    gaps: int = 0
    handovers: int = 0  # planned reconnects that overlapped
    latency_ms: float = 0.0  # venue to us, moving average of samples; needs a synchronised clock
    latency_max_ms: float = 0.0


class Quarantined(msgspec.Struct, frozen=True, kw_only=True):
    """A frame that broke the venue's format, for a person to look at."""

    at_ns: Nanos
    reason: str
    frame: bytes  # its first 4 KiB


class Connection(WSListener):
    """What a frame causes is done before the call returns: no task switch, no queue in between.

    `deliver` takes events, `changed` is called when `ready` or `lost` or `replace` changes, `fetch`
    makes the REST calls that a session asks for.
    """

    def __init__(
        self,
        *,
        name: str,
        url: str,
        session: FeedSession,
        limits: FeedLimits,
        clock: Clock,
        deliver: Callable[[Event], None],
        changed: Callable[[], None],
        fetch: Callable[["Connection", SessionCall], None],
        stats: FeedStats,
        quarantine: deque[Quarantined],
        tap: Tap | None,
    ) -> None:
        self.name = name
        self.url = url
        self.session = session
        self.deliver = deliver
        self.opened_ns = 0  # monotonic
        self.last_ns = 0  # wall clock of the last frame of any kind
        self._seen_ns = 0
        self._active_ns = 0  # monotonic, of the last tick that saw a new frame
        self.ready = False
        self.replace = False  # the venue, or its lifetime, wants a new connection in its place
        self.lost = ""  # why it is of no use any more
        self._changed = changed
        self._fetch = fetch
        self._limits = limits
        self._clock = clock
        self._now_ns = clock.now_ns
        self._receive = session.receive
        self._stats = stats
        self._quarantine = quarantine
        self._tap = tap
        self._private = session.plan.private
        self._transport: WSTransport | None = None
        self._parts: bytearray | None = None  # of a fragmented message
        self._parts_binary = False
        self._waiting: deque[str] = deque()
        rate = limits.messages_per_s
        self._pace = Limiter(
            {
                "send": Bucket(
                    kind="sliding", max=max(1, int(rate)), window_s=1 if rate >= 1 else 1 / rate
                )
            },
            clock,
        )

    # --- what picows calls ------------------------------------------------------------------------

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self.opened_ns = self._active_ns = self._clock.monotonic_ns()
        self.last_ns = self._now_ns()
        if self._tap is not None:
            self._tap.connected(self.name, self.url)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if kind is _TEXT and frame.fin and self._parts is None:
            self._message(frame.get_payload_as_bytes(), binary=False)
        else:
            self._other(transport, frame, kind)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if not self.lost:
            shake = transport.close_handshake
            told = shake.recv if shake is not None else None
            self.lose(
                f"closed by the venue ({told.code}: {told.reason})" if told else "disconnected"
            )
        if self._tap is not None:
            self._tap.closed(self.name, self.lost)
        self._changed()

    # --- frames -----------------------------------------------------------------------------------

    def _message(self, data: bytes, *, binary: bool) -> None:
        now_ns = self._now_ns()
        self.last_ns = now_ns
        stats = self._stats
        stats.frames += 1
        stats.bytes += len(data)
        if self._tap is not None:
            self._tap.received(self.name, data, now_ns, binary=binary, private=self._private)
        if self.lost:
            return
        try:
            step = self._receive(data, now_ns)
        except WireError as e:
            self._set_aside(data, now_ns, str(e))
            return
        except StreamGap as e:
            stats.gaps += 1
            self.lose(f"gap: {e}")
            return
        except Exception as e:  # an adapter's bug: its state cannot be trusted any more
            self._set_aside(data, now_ns, f"{type(e).__name__} in the adapter")
            self.lose(f"the adapter failed on a frame: {type(e).__name__}")
            return
        if step is not NOTHING:
            self.apply(step)
        if not self.ready and self.session.ready:
            self.ready = True
            self._changed()
        if not stats.frames & _SAMPLE:
            self._measure(step)

    def _other(self, transport: WSTransport, frame: WSFrame, kind: WSMsgType) -> None:
        if kind is WSMsgType.PING:
            self.last_ns = self._now_ns()
            transport.send_pong(frame.get_payload_as_bytes())
        elif kind is WSMsgType.PONG:
            self.last_ns = self._now_ns()
        elif kind is WSMsgType.CLOSE:
            self.lose(f"closed by the venue ({frame.get_close_code()}: {frame.get_close_reason()})")
        else:
            self._fragment(frame, kind)

    def _fragment(self, frame: WSFrame, kind: WSMsgType) -> None:
        if kind is not WSMsgType.CONTINUATION:
            self._parts, self._parts_binary = bytearray(), kind is WSMsgType.BINARY
        if self._parts is None:
            return
        self._parts += frame.get_payload_as_bytes()
        if len(self._parts) > self._limits.max_frame_bytes:
            self.lose(f"a message above {self._limits.max_frame_bytes} bytes")
        elif frame.fin:
            data, self._parts = bytes(self._parts), None
            self._message(data, binary=self._parts_binary)

    def apply(self, step: Step) -> None:
        """Do what a session's step asks for."""
        for event in step.events:
            self.deliver(event)
        for text in step.send:
            self._queue(text)
        for call in step.calls:
            self._fetch(self, call)
        if step.reconnect and not self.replace:
            self.replace = True
            self._changed()

    def _set_aside(self, data: bytes, now_ns: Nanos, reason: str) -> None:
        self._stats.malformed += 1
        self._quarantine.append(Quarantined(at_ns=now_ns, reason=reason, frame=data[:4096]))

    def _measure(self, step: Step) -> None:
        for event in step.events:
            source = event.book if isinstance(event, BookChanged) else event
            venue_ns = getattr(source, "venue_ns", 0)
            if venue_ns:
                late_ms = (self.last_ns - venue_ns) / 1e6
                self._stats.latency_ms += (late_ms - self._stats.latency_ms) / 16
                self._stats.latency_max_ms = max(self._stats.latency_max_ms, late_ms)
                return

    # --- sending ----------------------------------------------------------------------------------

    def _queue(self, text: str) -> None:
        if not self._waiting and self._pace.try_acquire({"send": 1}):
            self.send_now(text)
        elif len(self._waiting) >= _MAX_WAITING_FRAMES:
            self.lose(f"{_MAX_WAITING_FRAMES} frames of ours wait for the send rate")
        else:
            self._waiting.append(text)

    def send_now(self, text: str) -> bool:
        """Send past the send rate; False when no byte left."""
        transport = self._transport
        if transport is None or self.lost or transport.is_disconnected:
            return False
        transport.send(_TEXT, text.encode())
        self._stats.sent += 1
        if self._tap is not None:
            self._tap.sent(self.name, self.url, text)
        return True

    # --- life -------------------------------------------------------------------------------------

    def start(self) -> None:
        """The connection stands: let the session say its first words."""
        self.guarded(lambda: self.session.open(self._now_ns()))

    def guarded(self, make: Callable[[], Step]) -> None:
        """Apply a step that is not of a frame; what goes wrong in it ends the connection."""
        if self.lost:
            return
        try:
            self.apply(make())
            if not self.ready and self.session.ready:
                self.ready = True
                self._changed()
        except ArgosyError as e:
            self.lose(str(e))
        except Exception as e:  # an adapter's bug must not end the feed
            self.lose(f"the adapter failed: {type(e).__name__}")

    async def pulse(self, tick_s: float) -> None:
        """Until the connection is lost: let time pass for the session, send what waits, watch."""
        step_s = min(tick_s, 0.2)
        next_tick_ns = self._clock.monotonic_ns() + round(tick_s * SECOND)
        while not self.lost:
            await self._clock.sleep(step_s)
            while self._waiting and self._pace.try_acquire({"send": 1}):
                self.send_now(self._waiting.popleft())
            now_ns = self._clock.monotonic_ns()
            if now_ns >= next_tick_ns:
                next_tick_ns = now_ns + round(tick_s * SECOND)
                self._tick(now_ns)
        with contextlib.suppress(WSError):  # what broke it is in `lost` already
            await self.gone()

    def _tick(self, now_ns: int) -> None:
        limits = self._limits
        self.guarded(lambda: self.session.tick(self._now_ns()))
        ready = self.session.ready and not self.lost  # it may be since the pulse began to wait
        if ready != self.ready:
            self.ready = ready
            self._changed()
        if self.last_ns != self._seen_ns:
            self._seen_ns, self._active_ns = self.last_ns, now_ns
        silent_s = (now_ns - self._active_ns) / SECOND  # monotonic: a set clock is no silence
        if limits.idle_close_s and silent_s > limits.idle_close_s:
            self.lose(f"nothing came for {limits.idle_close_s} s")
        age_s = (now_ns - self.opened_ns) / SECOND
        if limits.lifetime_s and age_s > 0.9 * limits.lifetime_s and not self.replace:
            self.replace = True  # the venue would close it soon
            self._changed()

    def lose(self, reason: str) -> None:
        """Give the connection up, saying why; the first reason counts."""
        if self.lost:
            return
        self.lost = reason
        self.ready = False
        transport = self._transport
        if transport is not None and not transport.is_disconnected:
            transport.send_close(WSCloseCode.GOING_AWAY)
            transport.disconnect()
        self._changed()

    async def gone(self) -> None:
        """Wait until the socket is closed."""
        if self._transport is not None:
            try:
                async with asyncio.timeout(5):
                    await self._transport.wait_disconnected()
            except TimeoutError:
                self._transport.disconnect(graceful=False)
