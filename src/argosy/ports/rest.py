"""Time, and REST: a request as a value, and how to read its answer. Sends nothing."""

from collections.abc import Callable, Mapping
from typing import Generic, Protocol, TypeVar, runtime_checkable
from urllib.parse import urlencode

import msgspec

from argosy.model import (
    Credentials,
    Nanos,
)

T = TypeVar("T")


class Clock(Protocol):
    """Where time comes from: `argosy.net` has the real one, `argosy.testing` the simulated."""

    def now_ns(self) -> Nanos:
        """Wall clock, UTC, nanoseconds."""
        ...

    def monotonic_ns(self) -> int:
        """A clock that never steps, for durations."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` pass."""
        ...


class HttpRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request as the venue's documents write it, before the host is put before it.

    `query` is kept in order and is encoded by the adapter's own rules when it signs; `body` is the
    exact bytes. `cost` maps a rate-limit bucket of venue.toml to what this request takes of it; a
    bucket that is counted per something carries that after a slash ("orders/BTC-USDT").
    """

    method: str
    path: str
    host: str = "rest"  # a role named in venue.toml
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    signed: bool = False
    idempotent: bool = True  # safe to send again when the answer was lost
    urgent: bool = False  # cancels go before everything else that waits for a limit
    cost: Mapping[str, float] = msgspec.field(default_factory=dict)

    def __repr__(self) -> str:
        """What it is for, without what may hold a secret: query, headers and body."""
        return f"HttpRequest({self.method} {self.host} {self.path}, signed={self.signed})"

    __str__ = __repr__


def target(request: HttpRequest) -> str:
    """Path and query exactly as they are sent: what a signature over them must cover.

    The query is encoded as an HTML form is (space as "+"). A venue with other rules puts its query
    into `path` itself.
    """
    return f"{request.path}?{urlencode(request.query)}" if request.query else request.path


class HttpResponse(msgspec.Struct, frozen=True, kw_only=True):
    """What came back. Header names are lower case."""

    status: int
    body: bytes
    received_ns: Nanos
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)


class Call(msgspec.Struct, Generic[T], frozen=True):
    """A request and how to read its answer.

    `read` returns the value; or raises VenueError (the venue said no), WireError (it broke its
    format), RateLimited, VenueUnavailable, or OutcomeUnknown (the answer leaves open what
    happened). It never raises anything else, whatever the bytes.

    `otherwise` is to be made when `read` raised OutcomeUnknown: it asks elsewhere, and its answer
    counts. `then` is asked with the answer once `read` returned: the call that it leads to (the
    next page, the cancellation of what was listed, the order that a triggered one became), or None
    when that was the last; it raises what `read` raises. Whoever runs calls follows the chain: of
    lists he joins all, of other values the last counts.
    """

    request: HttpRequest
    read: Callable[[HttpResponse], T]
    then: "Callable[[HttpResponse], Call[T] | None] | None" = None
    otherwise: "Call[T] | None" = None


@runtime_checkable
class Signer(Protocol):
    """How a venue signs a request. Pure: time and nonce come in."""

    def sign(
        self, request: HttpRequest, credentials: Credentials, now_ns: Nanos, nonce: int
    ) -> HttpRequest:
        """The same request with what the venue wants for authentication.

        `nonce` is above every nonce used with this key before. Called anew for each attempt.
        """
        ...
