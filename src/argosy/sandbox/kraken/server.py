"""Kraken's hosts put together."""

import asyncio

from aiohttp import web

from argosy.sandbox.kraken.auth import Auth
from argosy.sandbox.kraken.desk import Desk
from argosy.sandbox.kraken.limits import Limits
from argosy.sandbox.kraken.names import Names
from argosy.sandbox.kraken.rest import Rest
from argosy.sandbox.kraken.v1 import HubV1, V1Session
from argosy.sandbox.kraken.v2 import Hub
from argosy.sandbox.kraken.v2_session import V2Session
from argosy.sandbox.server import Host
from argosy.sandbox.sockets import SocketHost
from argosy.sandbox.world import Venue

HEARTBEAT_S = 1.0


class Server:
    """api, ws, ws-auth and ws-l3."""

    def __init__(self, venue: Venue) -> None:
        names, auth, limits = Names(venue), Auth(venue), Limits(venue)
        self.limits = limits
        desk = Desk(venue, limits)
        rest = Rest(venue, names, auth, limits, desk=desk)
        self.funding = rest.funding
        self.hub = Hub(venue, names)
        self.hub_v1 = HubV1(venue)
        self.sockets: dict[str, SocketHost] = {}
        apps = {}
        for role in ("ws_public", "ws_private", "ws_l3"):
            host = SocketHost(
                venue,
                role,
                lambda connection, _: V2Session(connection, self.hub, names, auth, desk),
            )
            self.sockets[role] = host
            apps[role] = web.Application()
            apps[role].router.add_get("/v2", host.handle)
        v1 = SocketHost(
            venue, "ws_v1", lambda connection, _: V1Session(connection, self.hub_v1, names)
        )
        self.sockets["ws_v1"] = v1
        apps["ws_public"].router.add_get("/", v1.handle)
        self.hosts = (
            Host(name="api", app=rest.app, roles={"rest": ""}),
            Host(name="ws", app=apps["ws_public"], roles={"ws_public": "/v2", "ws_v1": ""}),
            Host(name="ws-auth", app=apps["ws_private"], roles={"ws_private": "/v2"}),
            Host(name="ws-l3", app=apps["ws_l3"], roles={"ws_l3": "/v2"}),
        )

    async def run(self) -> None:
        """A heartbeat a second on every subscribed connection."""
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            self.hub.heartbeat()
            self.hub_v1.heartbeat()
