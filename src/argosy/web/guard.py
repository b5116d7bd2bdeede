"""Keeps other people's web pages out: Host and Origin checks, and the headers of every answer.

It is no login: whoever can open a socket to the desk can read what the page shows.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from argosy.web.errors import ApiError

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})

# Everything comes from the desk itself: no inline script, no other host, no framing.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = [
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), usb=()"),
]


def host_name(authority: str) -> str:
    """The name in a Host header, '' if bad: 'LocalHost:80' -> 'localhost', '[::1]:80' -> '::1'."""
    try:
        return urlsplit(f"//{authority}").hostname or ""
    except ValueError:
        return ""


class Guard:
    """ASGI middleware in front of everything, WebSockets included.

    A page of another site can make a browser send requests here. Its own name that it rebinds to
    127.0.0.1 shows in Host; a WebSocket or a script of it shows in Origin. Both are refused.
    """

    def __init__(self, app: ASGIApp, names: Iterable[str] = LOOPBACK_NAMES) -> None:
        self._app = app
        self._names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        detail = self._objection(scope)
        if detail:
            await _refuse(scope, receive, send, detail)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_HEADERS]
            await send(message)

        await self._app(scope, receive, with_headers)

    def _objection(self, scope: Scope) -> str:
        headers = [(name.lower(), value.decode("latin-1")) for name, value in scope["headers"]]
        hosts = [value for name, value in headers if name == b"host"]
        if len(hosts) != 1 or host_name(hosts[0]) not in self._names:
            return f"Host {', '.join(hosts)[:100]!r} is not a name of this desk"
        for name, origin in headers:
            if name == b"origin" and urlsplit(origin).netloc.lower() != hosts[0].lower():
                return f"Origin {origin[:100]!r} is another site"
        return ""


async def _refuse(scope: Scope, receive: Receive, send: Send, detail: str) -> None:
    if scope["type"] == ScopeType.WEBSOCKET:
        await receive()  # the handshake; closing before accepting it answers 403
        await send({"type": "websocket.close", "code": 1008, "reason": "refused"})
        return
    body = msgspec.json.encode(
        ApiError(
            error="refused",
            detail=detail,
            what_to_do="Open the address that `argosy up` printed; names it may also be reached "
            "by are given in the desk's settings.",
        )
    )
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 403, "headers": [*headers, *_HEADERS]})
    await send({"type": "http.response.body", "body": body, "more_body": False})
