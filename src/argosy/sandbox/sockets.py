"""WebSocket connections of simulated venues: ordered, bounded, and broken when a fault says so."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from aiohttp import WSCloseCode, WSMsgType, web

from argosy.sandbox.faults import FaultKind
from argosy.sandbox.world import Venue

QUEUE_FRAMES = 20_000  # what a reader may lag behind before it is cut off
MAX_IN_BYTES = 1 << 20
_OUT = frozenset(
    {
        FaultKind.DROP,
        FaultKind.DUPLICATE,
        FaultKind.LATE,
        FaultKind.CORRUPT,
        FaultKind.TRUNCATE,
        FaultKind.OVERSIZE,
        FaultKind.DISCONNECT,
    }
)
_IN = frozenset(
    {
        FaultKind.REQUEST_LOST,
        FaultKind.ANSWER_LOST,
        FaultKind.RATE_LIMITED,
        FaultKind.LATE,
    }
)


class Session(Protocol):
    """What a venue does with one connection. Called in the order things happen; never awaits."""

    def opened(self) -> None:
        """The connection stands."""
        ...

    def operation(self, text: str) -> str:
        """What a request is called in fault plans, without its 'in ': 'add_order', 'subscribe'."""
        ...

    def receive(self, text: str) -> None:
        """A text frame came."""
        ...

    def rate_limited(self, text: str) -> None:
        """Answer a request as if there had been too many."""
        ...

    def closed(self) -> None:
        """The connection is gone: stop listening."""
        ...


class Connection:
    """The sending half; sessions call `send` and never wait."""

    def __init__(self, venue: Venue, role: str, number: int) -> None:
        self.venue = venue
        self.role = role
        self.number = number
        self.frames: asyncio.Queue[tuple[str, float] | None] = asyncio.Queue(QUEUE_FRAMES)
        self.cut = False
        self.close_code: int | None = None
        self.close_reason = ""

    def send(self, text: str, operation: str) -> None:
        """Queue a frame; `operation` is what fault plans call it, without its 'out '."""
        if self.cut:
            return
        faults = self.venue.faults
        faults.operations[f"out {operation}"] += 1
        plan = faults.strike(self.venue.name, self.role, f"out {operation}", _OUT)
        delay_s = 0.0
        copies = 1
        if plan is not None:
            if plan.kind is FaultKind.DROP:
                return
            if plan.kind is FaultKind.DISCONNECT:
                self.abort()
                return
            copies = 2 if plan.kind is FaultKind.DUPLICATE else 1
            delay_s = plan.delay_ms / 1000 if plan.kind is FaultKind.LATE else 0.0
            text = faults.damage(plan, text)
        for _ in range(copies):
            if self.frames.full():
                self.abort()
                return
            self.frames.put_nowait((text, delay_s))

    def abort(self) -> None:
        """Cut the connection without a word."""
        self.cut = True
        self._wake()

    def close(self, code: int, reason: str = "") -> None:
        """Close in order, after what is queued."""
        self.close_code, self.close_reason = code, reason
        self._wake()

    def _wake(self) -> None:
        if self.cut:
            while not self.frames.empty():
                self.frames.get_nowait()
        if not self.frames.full():
            self.frames.put_nowait(None)


class SocketHost:
    """The WebSocket endpoint of one host of a venue."""

    def __init__(
        self, venue: Venue, role: str, session: Callable[[Connection, web.Request], Session]
    ) -> None:
        self.venue = venue
        self.role = role
        self._session = session
        self._number = 0
        self.connections: set[Connection] = set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The request handler: upgrades, then serves until either side closes."""
        faults = self.venue.faults
        plan = faults.strike(
            self.venue.name,
            self.role,
            "in connect",
            frozenset({FaultKind.REQUEST_LOST, FaultKind.HTTP_ERROR, FaultKind.RATE_LIMITED}),
        )
        if plan is not None:
            status = 429 if plan.kind is FaultKind.RATE_LIMITED else plan.status
            return web.Response(status=status, text="the connection was refused")
        socket = web.WebSocketResponse(compress=False, max_msg_size=MAX_IN_BYTES, timeout=2.0)
        await socket.prepare(request)
        self._number += 1
        connection = Connection(self.venue, self.role, self._number)
        session = self._session(connection, request)
        self.connections.add(connection)
        try:
            async with asyncio.TaskGroup() as group:
                writer = group.create_task(_write(socket, connection, request))
                session.opened()
                await self._read(socket, connection, session)
                writer.cancel()
        finally:
            self.connections.discard(connection)
            connection.cut = True
            session.closed()
        return socket

    async def _read(
        self, socket: web.WebSocketResponse, connection: Connection, session: Session
    ) -> None:
        async for message in socket:
            if connection.cut:
                return
            if message.type is not WSMsgType.TEXT:
                continue
            text: str = message.data
            operation = f"in {session.operation(text)}"
            faults = self.venue.faults
            faults.operations[operation] += 1
            plan = faults.strike(self.venue.name, self.role, operation, _IN)
            kind = None if plan is None else plan.kind
            if kind is FaultKind.REQUEST_LOST:
                connection.abort()
                return
            if kind is FaultKind.RATE_LIMITED:
                session.rate_limited(text)
                continue
            if plan is not None and kind is FaultKind.LATE:
                await asyncio.sleep(plan.delay_ms / 1000)
            if kind is FaultKind.ANSWER_LOST:
                connection.cut = True
            session.receive(text)
            if kind is FaultKind.ANSWER_LOST:
                connection.abort()
                return

    def abort_all(self) -> None:
        """Cut every connection of this host."""
        for connection in tuple(self.connections):
            connection.abort()


async def _write(
    socket: web.WebSocketResponse, connection: Connection, request: web.Request
) -> None:
    try:
        while True:
            item = await connection.frames.get()
            if connection.cut:
                break
            if item is None:
                if connection.close_code is not None:
                    await socket.close(
                        code=connection.close_code, message=connection.close_reason.encode()
                    )
                    return
                continue
            text, delay_s = item
            if delay_s:
                await asyncio.sleep(delay_s)
            await socket.send_str(text)
    except ConnectionError:
        return
    if request.transport is not None:
        request.transport.abort()


GOING_AWAY = int(WSCloseCode.GOING_AWAY)
