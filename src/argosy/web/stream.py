"""Pushes the newest view to every open page, at most ten times a second each.

Never queues: a page that reads slowly misses views in between and gets the newest one when it
can take it; one that takes nothing for long is closed.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import structlog
from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect

from argosy.books.universal import UniversalView
from argosy.desk.view import (
    VENUES_TOPIC,
    DeskView,
    VenueHealth,
    book_topic,
    trades_topic,
)
from argosy.model import Trade

PERIOD_S = 0.1  # between two frames to one page
BEAT_S = 1.0  # without changes, everything is sent again this often: silence means trouble
SEND_LIMIT_S = 10.0
PAGES_LIMIT = 32
DEPTH = 120  # levels a side of each venue
TRADES = 60

Socket = WebSocket[Any, Any, Any]

_log = structlog.get_logger(__name__)


class StreamFrame(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message of /api/stream. Parts that did not change since the last one are absent."""

    sequence: int  # 1, 2, 3 ... on this connection: what was skipped is not counted
    book: UniversalView | msgspec.Raw | None = None
    trades: list[Trade] | msgspec.Raw | None = None
    venues: list[VenueHealth] | msgspec.Raw | None = None


class Publisher:
    """Counts the desk's changes by topic and wakes the pages that wait for them.

    `run` must be running for pages to be served; when it ends, so do they: a page must never
    look alive because only its web server is.
    """

    def __init__(self, view: DeskView) -> None:
        self.view = view
        self.pages = 0
        self._versions: dict[str, int] = {}
        self._encoded: dict[str, tuple[int, bytes]] = {}
        self._changed = asyncio.Event()
        self._running = False
        self._encoder = msgspec.json.Encoder()

    @property
    def running(self) -> bool:
        """Whether the desk still tells us of changes."""
        return self._running

    async def run(self) -> None:
        """Follow the desk until it stops telling of changes, then let every page go."""
        self._running = True
        try:
            async for topics in self.view.changes():
                for topic in topics:
                    self._versions[topic] = self._versions.get(topic, 0) + 1
                self._wake()
        except Exception as error:
            _log.exception("the desk's changes ended with an error", error=repr(error))
        finally:
            self._running = False
            self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait(self, limit_s: float) -> None:
        """Until something changed, or `limit_s` is over."""
        changed = self._changed
        try:
            async with asyncio.timeout(limit_s):
                await changed.wait()
        except TimeoutError:
            pass

    def version(self, topic: str) -> int:
        """How often a topic changed."""
        return self._versions.get(topic, 0)

    def encoded(self, topic: str, read: Callable[[], object], *, fresh: bool) -> msgspec.Raw:
        """JSON of what `read` returns: encoded once per change for all pages, or anew."""
        version = self.version(topic)
        held = self._encoded.get(topic)
        if held is None or held[0] != version or fresh:
            held = (version, self._encoder.encode(read()))
            self._encoded[topic] = held
        return msgspec.Raw(held[1])


class Page:
    """One open connection, following one pair."""

    def __init__(self, publisher: Publisher, pair: str) -> None:
        self._publisher = publisher
        view = publisher.view
        self._parts: dict[str, tuple[str, Callable[[], object]]] = {
            "book": (book_topic(pair), lambda: view.universal(pair, DEPTH)),
            "trades": (trades_topic(pair), lambda: view.trades(pair, TRADES)),
            "venues": (VENUES_TOPIC, view.venues),
        }
        self._sent: dict[str, int] = {}
        self._sequence = 0
        self._beat_due_s = 0.0

    def next_frame(self, now_s: float) -> bytes | None:
        """What changed since the last frame, encoded; everything when a beat is due; else None."""
        beat = now_s >= self._beat_due_s
        parts: dict[str, msgspec.Raw] = {}
        for name, (topic, read) in self._parts.items():
            version = self._publisher.version(topic)
            if beat or self._sent.get(name) != version:
                parts[name] = self._publisher.encoded(topic, read, fresh=beat)
                self._sent[name] = version
        if not parts:
            return None
        if beat:
            self._beat_due_s = now_s + BEAT_S
        self._sequence += 1
        return msgspec.json.encode(StreamFrame(sequence=self._sequence, **parts))

    async def follow(self, socket: Socket) -> str:
        """Send frames until the desk stops or the page takes none for too long; says which."""
        loop = asyncio.get_running_loop()
        while self._publisher.running:
            now_s = loop.time()
            frame = self.next_frame(now_s)
            if frame is not None:
                try:
                    async with asyncio.timeout(SEND_LIMIT_S):
                        await socket.send_data(frame, mode="text", encoding="utf-8")
                except TimeoutError:
                    return "too slow"
                # From the moment it was taken: a slow page is not owed what it missed.
                await asyncio.sleep(PERIOD_S)
                continue
            await self._publisher.wait(max(0.01, self._beat_due_s - now_s))
        return "the desk stopped"


async def serve_page(publisher: Publisher, socket: Socket, pair: str) -> None:
    """Accept a connection and serve it until either end goes."""
    await socket.accept()
    if publisher.pages >= PAGES_LIMIT:
        await socket.close(code=1013, reason=f"{PAGES_LIMIT} pages are open already")
        return
    publisher.pages += 1
    why = ""
    try:
        async with asyncio.TaskGroup() as tasks:
            reader = tasks.create_task(_until_closed(socket))
            writer = tasks.create_task(Page(publisher, pair).follow(socket))
            await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_COMPLETED)
            if writer.done() and not writer.exception():
                why = writer.result()
            reader.cancel()
            writer.cancel()
    except* (WebSocketDisconnect, OSError):
        why = ""  # gone while we were writing
    finally:
        publisher.pages -= 1
    if why:
        await socket.close(code=1001, reason=why)


async def _until_closed(socket: Socket) -> None:
    while True:  # a page says nothing; what it says anyway is dropped
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
