"""The simulated OKX as two hosts, REST and WebSocket, and the task that moves its streams."""

import asyncio

from aiohttp import web

from argosy.sandbox.okx import rest
from argosy.sandbox.okx.codes import Fault
from argosy.sandbox.okx.exchange import Exchange
from argosy.sandbox.okx.hub import Hub
from argosy.sandbox.okx.private import PrivateStreams
from argosy.sandbox.okx.session import Session
from argosy.sandbox.server import Host
from argosy.sandbox.sockets import GOING_AWAY, Connection, SocketHost
from argosy.sandbox.web import faulty
from argosy.sandbox.world import Venue

TICK_S = 0.01
PLACES = ("public", "private", "business")
UPGRADE_NOTICE_S = 60.0


class Server:
    """What `Sandbox` starts for the venue 'okx'."""

    def __init__(self, venue: Venue) -> None:
        self.exchange = Exchange(venue)
        self.hub = Hub(self.exchange)
        self.streams = PrivateStreams(self.exchange)
        self._status = venue.status
        self._closing: dict[Session, float] = {}
        api = web.Application(middlewares=[faulty(venue, "rest", _rate_limited)])
        api.add_routes(rest.routes(self.exchange))
        api.router.add_route("*", "/{path:.*}", rest.not_found)
        sockets = web.Application()
        self.sockets = {place: SocketHost(venue, f"ws_{place}", self._open) for place in PLACES}
        for place in PLACES:
            sockets.router.add_get(f"/ws/v5/{place}", self._connect)
        self.hosts: tuple[Host, ...] = (
            Host(name="api", app=api, roles={"rest": ""}),
            Host(
                name="ws", app=sockets, roles={f"ws_{place}": f"/ws/v5/{place}" for place in PLACES}
            ),
        )

    async def run(self) -> None:
        """Streams, idle connections and announced upgrades, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            now_s = loop.time()
            self.hub.tick(now_s)
            self.streams.tick(now_s)
            self._look_after(now_s)
            await asyncio.sleep(TICK_S)

    def announce_upgrade(self, after_s: float = UPGRADE_NOTICE_S) -> None:
        """Send notice 64008 on every connection and close them `after_s` later."""
        due = asyncio.get_running_loop().time() + after_s
        for session in self._sessions():
            session.notice()
            self._closing[session] = due

    def _sessions(self) -> list[Session]:
        return [each for each in self.streams.sessions if isinstance(each, Session)]

    def _look_after(self, now_s: float) -> None:
        for session in self._sessions():
            session.idle(now_s)
        for session, due in tuple(self._closing.items()):
            if now_s >= due:
                del self._closing[session]
                session.connection.close(GOING_AWAY, "service upgrade")
        if self.exchange.venue.status != self._status:
            self._status = self.exchange.venue.status
            self.hub.status_changed()

    def _open(self, connection: Connection, request: web.Request) -> Session:
        del request
        return Session(connection, self.exchange, self.hub, self.streams)

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        """Three connections a second and address; more are turned away with 429."""
        most, limiter = self.exchange.options.connect_limit, self.exchange.limiter
        if most and self.exchange.options.rate_limits:
            scope = ("connect", request.remote or "")
            if not limiter.allow(scope, most, 1, self.exchange.now_ns()):
                return web.Response(status=429, text="too many connections")
        return await self.sockets[request.path.rsplit("/", 1)[1]].handle(request)


def _rate_limited(request: web.Request) -> web.Response:
    del request
    return rest.refuse(Fault("50011"))
