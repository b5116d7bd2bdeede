"""OpenSea's answers: the value, or what an error's status and words mean.

Source: https://docs.opensea.io/reference/api-overview and .../api-keys (2026-11-27): errors are
{"errors": [...]}; 429 comes with Retry-After or X-RateLimit-Reset.
"""

from typing import TypeVar

import msgspec

from argosy.errors import (
    AuthFailed,
    InvalidOrder,
    OrderNotFound,
    OutcomeUnknown,
    RateLimited,
    VenueError,
    VenueUnavailable,
    WireError,
)
from argosy.model import Nanos
from argosy.ports import HttpResponse
from argosy.venues.opensea.rest_wire import Refused

W = TypeVar("W")
_VENUE = "opensea"
_TOO_MANY = {429, 599}  # the second is of its gateway
_MOST_WAIT_S = 86_400


def answer_of(response: HttpResponse, kind: type[W]) -> W:
    """The answer as a value. Raises what a Call's `read` may."""
    status = response.status
    if not 200 <= status < 300:
        raise _refused(response)
    try:
        return msgspec.json.decode(response.body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as e:
        raise WireError(f"{_VENUE} answered what is no {kind.__name__}: {e!s:.200}") from e


def _words(response: HttpResponse) -> str:
    try:
        told = msgspec.json.decode(response.body, type=Refused)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return f"HTTP {response.status}"
    return "; ".join(told.errors)[:300] or told.detail[:300] or f"HTTP {response.status}"


def _refused(response: HttpResponse) -> Exception:
    status, words = response.status, _words(response)
    code = str(status)
    if status in _TOO_MANY:
        return RateLimited(words, venue=_VENUE, code=code, retry_at_ns=_retry_at(response))
    if status in {401, 403}:
        return AuthFailed(words, venue=_VENUE, code=code)
    if status == 404:
        return OrderNotFound(words, venue=_VENUE, code=code)
    if status in {502, 504}:
        return OutcomeUnknown(f"{_VENUE} {code}: {words}")
    if status >= 500:
        return VenueUnavailable(words, venue=_VENUE, code=code)
    if status in {400, 409, 422}:
        return InvalidOrder(words, venue=_VENUE, code=code)
    return VenueError(words, venue=_VENUE, code=code)


def _retry_at(response: HttpResponse) -> Nanos | None:
    """When to try again, by either header; None where neither can be read."""
    now = response.received_ns
    wait, reset = (
        response.headers.get(name, "").strip() for name in ("retry-after", "x-ratelimit-reset")
    )
    if wait.isdecimal() and wait.isascii() and len(wait) < 10:
        return Nanos(now + min(int(wait), _MOST_WAIT_S) * 10**9)
    if reset.isdecimal() and reset.isascii() and len(reset) < 12:
        latest = now + _MOST_WAIT_S * 10**9
        return Nanos(min(max(int(reset) * 10**9, now), latest))
    return None
