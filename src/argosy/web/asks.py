"""What every request that acts has in common: the desk's token, and a body of a known kind."""

import secrets
from typing import Any, TypeVar

import msgspec
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from argosy.web.errors import ApiError, Refused

T = TypeVar("T", bound=msgspec.Struct)


def guarded(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Let through who has the token; comparing takes the same time whatever was sent."""
    sent = connection.headers.get("authorization", "")
    token: str = connection.app.state["token"]
    if not secrets.compare_digest(sent.encode(), f"Bearer {token}".encode()):
        raise Refused(
            401,
            ApiError(
                error="no_token",
                detail="Orders need the desk's token.",
                what_to_do="Use `argosy order`, or the token in desk.json of the state folder.",
            ),
        )


def read(kind: type[T], body: bytes) -> T:
    """A body as what it must be; Refused, naming what is wrong with it."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as e:
        raise Refused(
            400,
            ApiError(
                error="bad_order",
                detail=str(e),
                what_to_do=f"Send a JSON object of {', '.join(kind.__struct_fields__)}.",
            ),
        ) from None
