"""How the API says no: what is wrong, with which value, and what to do. Never a traceback."""

from typing import Any

import msgspec
import structlog
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException

from argosy.errors import (
    ArgosyError,
    Blocked,
    ConfigError,
    OrderRejected,
    OutcomeUnknown,
    TransferRejected,
    Unsupported,
)

_log = structlog.get_logger(__name__)


class ApiError(msgspec.Struct, frozen=True, kw_only=True):
    """The body of every answer that is not a success."""

    error: str  # for programs: stable, snake_case
    detail: str  # for people: what is wrong, with the value
    what_to_do: str


class Refused(Exception):
    """An answer other than success, raised by a handler."""

    def __init__(self, status: int, body: ApiError) -> None:
        super().__init__(body.detail)
        self.status = status
        self.body = body


_ADVICE = {
    404: ("not_found", "See /api/schema/openapi.json for the paths there are."),
    405: ("method_not_allowed", "Everything here is read with GET."),
}


def _answer(status: int, body: ApiError) -> Response[ApiError]:
    return Response(body, status_code=status, media_type=MediaType.JSON)


def on_refused(_: Request[Any, Any, Any], refused: Refused) -> Response[ApiError]:
    """Answer with what the handler said."""
    return _answer(refused.status, refused.body)


def on_http(_: Request[Any, Any, Any], error: HTTPException) -> Response[ApiError]:
    """Answer for what the framework refused: unknown paths, methods, malformed parameters."""
    if error.status_code >= 500:
        return on_any(_, error)
    name, advice = _ADVICE.get(
        error.status_code, ("bad_request", "See /api/schema/openapi.json for what it takes.")
    )
    return _answer(error.status_code, ApiError(error=name, detail=error.detail, what_to_do=advice))


def on_desk(_: Request[Any, Any, Any], error: ArgosyError) -> Response[ApiError]:
    """Answer for an error the desk raised on purpose: its message is written for people."""
    if isinstance(error, (ConfigError, OrderRejected, TransferRejected, Unsupported, Blocked)):
        return _answer(409, ApiError(error=_name(error), detail=str(error), what_to_do=""))
    if isinstance(error, OutcomeUnknown):
        advice = (
            "It may have been carried out: `argosy order list --all` and `argosy transfer list"
            " --all` say what is known."
        )
    else:
        advice = "The venue panel and `argosy doctor` say what the desk is doing."
    detail = str(error) or type(error).__name__
    detail += "" if detail[-1] in ".!?:" else "."  # the advice is a sentence that follows
    return _answer(503, ApiError(error=_name(error), detail=detail, what_to_do=advice))


def _name(error: ArgosyError) -> str:
    """InsufficientFunds -> insufficient_funds."""
    name = type(error).__name__
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)[1:]


def on_any(request: Request[Any, Any, Any], error: Exception) -> Response[ApiError]:
    """Answer for a defect of ours: the log has it, the client learns nothing of the inside."""
    _log.error("request failed", path=request.url.path, error=repr(error), exc_info=error)
    body = ApiError(
        error="internal",
        detail=f"The desk could not answer {request.url.path}.",
        what_to_do="The desk's log says why; please report it with that part of the log.",
    )
    return _answer(500, body)
