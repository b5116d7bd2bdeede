"""Reads the envelope of REST answers: rows of a type, or the error they are. Sends nothing."""

from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import Any, TypeVar, cast

import msgspec

from argosy.errors import ArgosyError, OutcomeUnknown, RateLimited, VenueUnavailable, WireError
from argosy.ports import HttpResponse
from argosy.venues.okx.errors import VENUE, Doing, error_for
from argosy.venues.okx.values import decoding, shown
from argosy.venues.okx.wire import Reply
from argosy.venues.okx.wire_trade import Ack

Row = TypeVar("Row")

_reply = msgspec.json.Decoder(Reply)
_PARTLY = {"1", "2"}  # the items say which of them failed


@lru_cache(maxsize=64)
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(list[kind])


def decode_rows(data: msgspec.Raw | bytes, kind: type[Row], what: str) -> list[Row]:
    """The elements of a `data` array; null counts as empty. Raises WireError."""
    with decoding(what):
        if bytes(data) == b"null":
            return []
        found: list[Row] = _decoder(cast("Hashable", kind)).decode(data)
        return found


def _open(response: HttpResponse, doing: Doing) -> Reply:
    """The envelope, whatever its code; raises for answers that are none."""
    try:
        with decoding("a REST answer"):
            return _reply.decode(response.body)
    except WireError as e:
        text = shown(response.body[:200].decode("utf-8", "replace"))
        if response.status == 429:
            raise RateLimited(text, venue=VENUE, code="429") from e
        if response.status >= 500:
            if doing is not Doing.READING:
                raise OutcomeUnknown(f"{VENUE}: HTTP {response.status}: {text}") from e
            raise VenueUnavailable(text, venue=VENUE, code=str(response.status)) from e
        raise


def _failure(reply: Reply, response: HttpResponse, doing: Doing) -> ArgosyError:
    code = str(reply.code)
    if response.status == 429:
        return RateLimited(reply.msg or "too many requests", venue=VENUE, code=code)
    return error_for(code, reply.msg or "", doing)


def read_rows(response: HttpResponse, kind: type[Row], what: str) -> list[Row]:
    """The rows of an answer to a request that reads. Raises VenueError or WireError."""
    reply = _open(response, Doing.READING)
    if str(reply.code) != "0":
        raise _failure(reply, response, Doing.READING)
    return decode_rows(reply.data, kind, what)


def read_one(response: HttpResponse, kind: type[Row], what: str) -> Row:
    """The one row of an answer. Raises VenueError or WireError."""
    rows = read_rows(response, kind, what)
    if not rows:
        raise WireError(f"okx: {what}: the answer is empty")
    return rows[0]


def read_changed(response: HttpResponse, kind: type[Row], what: str) -> Row:
    """The one row of an answer to a request that moves funds.

    Raises what it was refused for, OutcomeUnknown or WireError.
    """
    reply = _open(response, Doing.TRANSFERRING)
    if str(reply.code) != "0":
        raise _failure(reply, response, Doing.TRANSFERRING)
    rows = decode_rows(reply.data, kind, what)
    if len(rows) != 1:
        raise WireError(f"okx: {what}: {len(rows)} answers to one request")
    return rows[0]


def read_acks(response: HttpResponse, count: int, what: str) -> list[Ack | ArgosyError]:
    """What became of each of `count` orders, in order. Raises when the whole request failed."""
    reply = _open(response, Doing.TRADING)
    if str(reply.code) not in {"0", *_PARTLY}:
        raise _failure(reply, response, Doing.TRADING)
    acks = decode_rows(reply.data, Ack, what)
    if not acks and str(reply.code) != "0":
        raise _failure(reply, response, Doing.TRADING)
    if len(acks) != count:
        raise WireError(f"okx: {what}: {len(acks)} answers to {count} orders")
    return [judge(ack) for ack in acks]


def read_ack(response: HttpResponse, what: str) -> Ack:
    """What became of one order. Raises what it was refused for."""
    (ack,) = read_acks(response, 1, what)
    if isinstance(ack, ArgosyError):
        raise ack
    return ack


def judge(ack: Ack) -> Ack | ArgosyError:
    """An acknowledgement, or the error that its sCode means."""
    if ack.s_code in {"0", "", None}:
        return ack
    return error_for(ack.s_code or "", ack.s_msg or "", Doing.TRADING)


def listing(kind: type[Row], what: str) -> Callable[[HttpResponse], list[Row]]:
    """A reader of all rows of a type."""
    return lambda response: read_rows(response, kind, what)
