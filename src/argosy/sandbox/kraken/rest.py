"""Kraken's REST host: reads requests as they come, answers HTTP 200 with an error array.

https://docs.kraken.com/api/docs/guides/spot-rest-intro (read 2026-11-22)
"""

import json
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from argosy.sandbox.kraken.auth import Auth, require
from argosy.sandbox.kraken.desk import Desk
from argosy.sandbox.kraken.funding import Funding
from argosy.sandbox.kraken.limits import Limits
from argosy.sandbox.kraken.names import Names
from argosy.sandbox.kraken.private import Private
from argosy.sandbox.kraken.public import Parameters, Public
from argosy.sandbox.kraken.trading import Trading, flatten
from argosy.sandbox.kraken.wire import INVALID, KrakenError, encode
from argosy.sandbox.web import faulty
from argosy.sandbox.world import Venue


def answer(result: Any) -> web.Response:
    """{"error":[],"result":...}."""
    body = encode({"error": [], "result": result})
    return web.Response(text=body, content_type="application/json")


def refuse(error: str) -> web.Response:
    """{"error":["..."]}, with HTTP 200 as always."""
    return web.Response(text=encode({"error": [error]}), content_type="application/json")


class Rest:
    """The application behind api.kraken.com."""

    def __init__(
        self, venue: Venue, names: Names, auth: Auth, limits: Limits, *, desk: Desk
    ) -> None:
        self._venue = venue
        self._auth = auth
        self._limits = limits
        self.public = Public(venue, names)
        self.funding = Funding(venue)
        self._private = (
            Private(venue, names, auth).methods
            | Trading(desk, names).methods
            | self.funding.methods
        )
        limited = refuse("EAPI:Rate limit exceeded").text
        hook = faulty(
            venue,
            "rest",
            lambda _: web.Response(text=limited, content_type="application/json"),
        )
        self.app = web.Application(middlewares=[hook], client_max_size=1 << 20)
        self.app.router.add_route("*", "/0/public/{method}", self._handle_public)
        self.app.router.add_post("/0/private/{method}", self._handle_private)

    async def _handle_public(self, request: web.Request) -> web.StreamResponse:
        method = self.public.methods.get(request.match_info["method"])
        if method is None:
            return refuse("EGeneral:Unknown method")
        try:
            parameters = dict(request.query)
            if request.method == "POST":
                parameters |= parse_body(request, await request.read())
            return answer(method(parameters))
        except KrakenError as error:
            return refuse(str(error))

    async def _handle_private(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        name = request.match_info["method"]
        method = self._private.get(name)
        if method is None:
            return refuse("EGeneral:Unknown method")
        try:
            parameters = parse_body(request, body) | dict(request.query)
            key = self._auth.check(
                key=request.headers.get("API-Key", ""),
                sign=request.headers.get("API-Sign", ""),
                path=request.path,
                body=body,  # as it came: never written anew
                nonce=parameters.get("nonce", ""),
            )
            self._limits.call(key.credentials.key, method.cost)
            require(key, method.permission)
            if self._venue.status == "maintenance" and name != "GetWebSocketsToken":
                return refuse("EService:Unavailable")
            return answer(method.call(key, parameters))
        except KrakenError as error:
            return refuse(str(error))


def parse_body(request: web.Request, body: bytes) -> Parameters:
    """A form or a JSON object as flat parameters."""
    if not body:
        return {}
    if "json" in request.headers.get("Content-Type", ""):
        try:
            found = json.loads(body, parse_float=Decimal)
        except ValueError:
            raise KrakenError(INVALID) from None
        if not isinstance(found, dict):
            raise KrakenError(INVALID)
        return flatten(found)
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=400)
    except ValueError:
        raise KrakenError(INVALID) from None
    return dict(pairs)
