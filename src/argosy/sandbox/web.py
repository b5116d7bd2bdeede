"""HTTP of simulated venues: the hook that makes requests fail as fault plans say."""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware

from argosy.sandbox.faults import FaultKind
from argosy.sandbox.world import Venue

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_KINDS = frozenset(
    {
        FaultKind.REQUEST_LOST,
        FaultKind.ANSWER_LOST,
        FaultKind.HTTP_ERROR,
        FaultKind.HTTP_ERROR_AFTER,
        FaultKind.RATE_LIMITED,
        FaultKind.LATE,
        FaultKind.CORRUPT,
        FaultKind.TRUNCATE,
        FaultKind.OVERSIZE,
    }
)
_AFTER = frozenset({FaultKind.CORRUPT, FaultKind.TRUNCATE, FaultKind.OVERSIZE})


def faulty(
    venue: Venue, role: str, rate_limited: Callable[[web.Request], web.Response]
) -> Middleware:
    """A middleware for a venue's REST host; `rate_limited` answers in the venue's own way."""

    @web.middleware
    async def hook(request: web.Request, handler: Handler) -> web.StreamResponse:
        if "upgrade" in request.headers.get("connection", "").lower():
            return await handler(request)
        operation = f"{request.method} {request.path}"
        venue.faults.operations[operation] += 1
        plan = venue.faults.strike(venue.name, role, operation, _KINDS)
        if plan is None:
            return await handler(request)
        kind = plan.kind
        if kind is FaultKind.REQUEST_LOST:
            return _cut(request)
        if kind is FaultKind.HTTP_ERROR:
            return _error(plan.status)
        if kind is FaultKind.RATE_LIMITED:
            return rate_limited(request)
        if kind is FaultKind.LATE:
            await asyncio.sleep(plan.delay_ms / 1000)
        response = await handler(request)
        if kind is FaultKind.ANSWER_LOST:
            return _cut(request)
        if kind is FaultKind.HTTP_ERROR_AFTER:
            return _error(plan.status)
        if kind in _AFTER and isinstance(response, web.Response) and response.text is not None:
            text = venue.faults.damage(plan, response.text)
            return web.Response(text=text, content_type=response.content_type)
        return response

    return hook


def _error(status: int) -> web.Response:
    page = f"<html><head><title>{status}</title></head><body>cloudflare</body></html>"
    return web.Response(status=status, text=page, content_type="text/html")


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
