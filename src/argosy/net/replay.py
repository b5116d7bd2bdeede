"""Serves a recording over real HTTP and WebSocket on loopback, so that the real connector can be
pointed at it. Knows no venue: it goes by addresses and by the words in what clients send.
"""

import asyncio
import contextlib
import heapq
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import msgspec
from aiohttp import WSMsgType, web

from argosy.errors import ConfigError
from argosy.model import Nanos
from argosy.model.time import SECOND
from argosy.net.recording import Broken, Entry, read
from argosy.ports import Clock

_MAX_PAUSE_S = 5.0  # a recording's own silences are not sat out longer than this


class ReplaySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a recording is played."""

    speed: float = 0  # 1: as it was recorded; 0: as fast as the client takes it
    settle_s: float = 0.1  # quiet after a client's last frame that ends its subscribing
    listen_s: float = 1.0  # a client silent for so long only listens: it gets everything
    close_at_end: bool = False  # close after the last frame, or idle


class ReplayStats(msgspec.Struct):
    """What was served; read it whenever."""

    http: int = 0
    not_found: int = 0
    connections: int = 0
    frames: int = 0
    finished: int = 0  # connections that got their last frame


class _Recorded:
    """One recorded connection, by its lines' offsets in memory: frames stay as they were read."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.path = "/"
        self.query: frozenset[tuple[str, str]] = frozenset()
        self.sent: list[bytes] = []
        self.frames: list[Entry] = []
        self.words: frozenset[str] = frozenset()  # in what its client sent, and in no sibling's

    def address(self, url: str) -> None:
        parts = urlsplit(url)
        self.path = parts.path or "/"
        self.query = frozenset(parse_qsl(parts.query, keep_blank_values=True))


def _words(data: bytes) -> frozenset[str]:
    """Every string value in a JSON text, however deep; the words of a text that is no JSON."""
    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeError):
        return frozenset(data.decode("utf-8", "replace").split())
    found: set[str] = set()
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            found.add(item)
        elif isinstance(item, dict):
            todo.extend(item.values())
        elif isinstance(item, list):
            todo.extend(item)
    return frozenset(found)


def _tell_apart(group: list[_Recorded]) -> None:
    """Among connections of one address, the words that only one client used name its channels."""
    words = [frozenset().union(*(_words(text) for text in each.sent)) for each in group]
    for index, each in enumerate(group):
        others = frozenset().union(*(w for i, w in enumerate(words) if i != index))
        each.words = words[index] - others


class Recording:
    """A recording in memory, ready to be served.

    Raises ConfigError when the file cannot be read or is above `max_bytes` of data.
    """

    def __init__(self, path: Path, max_bytes: int = 1 << 30) -> None:
        self.broken: list[Broken] = []  # lines that are no entries, the first hundred
        self.http: dict[str, list[Entry]] = {}  # by path
        self.connections: dict[str, list[_Recorded]] = {}  # by path
        self.header = b""
        self.urls: list[str] = []  # of the recorded connections, each once, in order
        self.began_ns = Nanos(0)  # when its first line was recorded: which wire format it speaks
        named: dict[str, _Recorded] = {}
        size = 0
        for entry in read(path, self._report):
            size += len(entry.data)
            if size > max_bytes:
                raise ConfigError(f"{path} holds more than {max_bytes} bytes; replay a part of it")
            if entry.kind == "header":
                self.header = entry.data
                continue
            self.began_ns = self.began_ns or entry.at_ns
            if entry.kind == "connect" and entry.url not in self.urls:
                self.urls.append(entry.url)
            if entry.kind == "http":
                self.http.setdefault(urlsplit(entry.url).path or "/", []).append(entry)
            else:
                self._frame(named.setdefault(entry.conn, _Recorded(entry.conn)), entry)
        for each in named.values():
            self.connections.setdefault(each.path, []).append(each)
        for group in self.connections.values():
            _tell_apart(group)

    def _report(self, broken: Broken) -> None:
        if len(self.broken) < 100:
            self.broken.append(broken)

    @staticmethod
    def _frame(recorded: _Recorded, entry: Entry) -> None:
        if entry.kind == "connect" or (entry.url and not recorded.sent):
            recorded.address(entry.url)
        if entry.kind == "send":
            recorded.sent.append(entry.data)
        elif entry.kind == "recv":
            recorded.frames.append(entry)

    def candidates(self, path: str, query: frozenset[tuple[str, str]]) -> list[_Recorded]:
        """The recorded connections to an address; those of just this query where there are any."""
        group = self.connections.get(path) or self.connections.get(path.rstrip("/") or "/") or []
        group = group or self.connections.get(path.rstrip("/") + "/", [])
        return [each for each in group if each.query == query] or group


class ReplayServer:
    """Plays one recording to whoever connects. Use `serving`.

    HTTP: the reply recorded for the same path and query, in order where it was asked several times;
    for a path asked but once, whatever the query. A WebSocket client gets the frames of the
    recorded connections to that path whose channels it asks for, merged in time order: all of
    them when it asks for everything, or for nothing (it listens).
    """

    def __init__(self, recording: Recording, clock: Clock, settings: ReplaySettings) -> None:
        self.recording = recording
        self.stats = ReplayStats()
        self.url = ""  # http://127.0.0.1:port
        self.ws_url = ""
        self._clock = clock
        self._settings = settings
        self._asked: dict[tuple[str, frozenset[tuple[str, str]]], int] = {}

    def local(self, url: str) -> str:
        """A venue's address as this server has it: the same path and query on loopback."""
        parts = urlsplit(url)
        base = self.ws_url if parts.scheme in {"ws", "wss"} else self.url
        return base + parts.path + (f"?{parts.query}" if parts.query else "")

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer any request."""
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._websocket(request)
        found = self._reply(request.path, frozenset(parse_qsl(request.query_string, True)))
        if found is None:
            self.stats.not_found += 1
            return web.Response(status=404, text=f"the recording has no reply to {request.path}\n")
        self.stats.http += 1
        return web.Response(
            body=found.data, status=found.status or 503, content_type="application/json"
        )

    def _reply(self, path: str, query: frozenset[tuple[str, str]]) -> Entry | None:
        entries = self.recording.http.get(path, [])
        same = [e for e in entries if frozenset(parse_qsl(urlsplit(e.url).query, True)) == query]
        if not same:
            if len({e.url for e in entries}) != 1:
                return None
            same = entries
        index = self._asked.get((path, query), 0)
        self._asked[path, query] = index + 1
        return same[min(index, len(same) - 1)]

    # --- WebSocket --------------------------------------------------------------------------------

    async def _websocket(self, request: web.Request) -> web.StreamResponse:
        query = frozenset(parse_qsl(request.query_string, True))
        left = self.recording.candidates(request.path, query)
        if not left:
            self.stats.not_found += 1
            return web.Response(status=404, text=f"no recorded connection to {request.path}\n")
        socket = web.WebSocketResponse(max_msg_size=16 * 1024 * 1024, compress=False)
        await socket.prepare(request)
        self.stats.connections += 1
        asked: asyncio.Queue[bytes | None] = asyncio.Queue(maxsize=10_000)
        with contextlib.suppress(ConnectionError):
            async with asyncio.TaskGroup() as group:
                listening = group.create_task(self._listen(socket, asked))
                await self._play(socket, asked, list(left))
                listening.cancel()
        return socket

    @staticmethod
    async def _listen(socket: web.WebSocketResponse, asked: asyncio.Queue[bytes | None]) -> None:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await asked.put(message.data.encode())
            elif message.type is WSMsgType.BINARY:
                await asked.put(message.data)
        await asked.put(None)

    async def _play(
        self,
        socket: web.WebSocketResponse,
        asked: asyncio.Queue[bytes | None],
        left: list[_Recorded],
    ) -> None:
        """Send what the client asks for, until it goes; what it asks for later is added then."""
        patience_s: float | None = self._settings.listen_s
        while left:
            words = await self._subscribed(asked, patience_s)
            if words is None:
                return
            chosen = [each for each in left if each.words & words]
            if not chosen and patience_s is not None:
                # It asked for nothing, or in words that tell nothing: it gets everything.
                chosen = left
            patience_s = None  # from here on nothing is sent that was not asked for
            left = [each for each in left if each not in chosen]
            if chosen and not await self._send_all(socket, asked, chosen):
                return
            self.stats.finished += len(chosen)
        if self._settings.close_at_end:
            await socket.close()
            return
        while await asked.get() is not None:
            pass

    async def _subscribed(
        self, asked: asyncio.Queue[bytes | None], patience_s: float | None
    ) -> frozenset[str] | None:
        """The words of a client's frames until it pauses; empty when it sends none; None: gone."""
        words: set[str] = set()
        while True:
            try:
                async with asyncio.timeout(patience_s):
                    text = await asked.get()
            except TimeoutError:
                return frozenset(words)
            if text is None:
                return None
            words |= _words(text)
            patience_s = self._settings.settle_s

    async def _send_all(
        self,
        socket: web.WebSocketResponse,
        asked: asyncio.Queue[bytes | None],
        chosen: list[_Recorded],
    ) -> bool:
        """Frames of the chosen connections in time order; False when the client went."""
        speed = self._settings.speed
        before_ns = 0
        for entry in merged(chosen):
            if speed and before_ns:
                pause_s = (entry.at_ns - before_ns) / SECOND / speed
                await self._clock.sleep(min(max(pause_s, 0), _MAX_PAUSE_S))
            before_ns = entry.at_ns
            if socket.closed:
                return False
            if entry.binary:
                await socket.send_bytes(entry.data)
            else:
                await socket.send_str(entry.data.decode())
            self.stats.frames += 1
            if not self.stats.frames & 63:
                await asyncio.sleep(0)  # let the client's own frames be read
        return not socket.closed or not asked.empty()


def merged(chosen: list[_Recorded]) -> Iterator[Entry]:
    """The received frames of several connections by time; within one, as recorded."""
    return heapq.merge(*(each.frames for each in chosen), key=lambda entry: entry.at_ns)


@contextlib.asynccontextmanager
async def serving(
    path: Path,
    clock: Clock,
    settings: ReplaySettings | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
    on_start: Callable[[str], None] | None = None,
) -> AsyncIterator[ReplayServer]:
    """Serve a recording while the block runs. `port` 0 takes a free one.

    Raises:
        ConfigError: the recording cannot be read, or the port is taken.
    """
    server = ReplayServer(Recording(path), clock, settings or ReplaySettings())
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port, ssl_context=tls)
        try:
            await site.start()
        except OSError as e:
            raise ConfigError(f"cannot serve on {host}:{port}: {e.strerror}") from e
        actual = runner.addresses[0][1]
        secure = "s" if tls is not None else ""
        server.url, server.ws_url = (
            f"http{secure}://{host}:{actual}",
            f"ws{secure}://{host}:{actual}",
        )
        if on_start is not None:
            on_start(server.url)
        yield server
    finally:
        await runner.cleanup()
