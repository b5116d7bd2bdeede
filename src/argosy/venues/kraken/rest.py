"""Builds Kraken REST requests and reads the envelope of their replies. Never sends, never signs.

https://docs.kraken.com/exchange/guides/rest/introduction (2026-11-22)
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import msgspec

from argosy.errors import WireError
from argosy.ports import HttpRequest, HttpResponse
from argosy.venues.kraken import wire, wire_rest
from argosy.venues.kraken.errors import UnreadableOutcome, raise_for, raise_for_status
from argosy.venues.kraken.sign import FORM, JSON, form

T = TypeVar("T")
V = TypeVar("V")

# Buckets of venue.toml.
PUBLIC = "public"
REST = "rest"
TRADING = "trading"


def public(method: str, query: Iterable[tuple[str, str]] = ()) -> HttpRequest:
    """A public GET."""
    return HttpRequest(
        method="GET", path=f"/0/public/{method}", query=tuple(query), cost={PUBLIC: 1}
    )


def private(
    method: str,
    fields: Iterable[tuple[str, str]] = (),
    *,
    cost: Mapping[str, float] | None = None,
    idempotent: bool = True,
    urgent: bool = False,
) -> HttpRequest:
    """A private POST with a form; the signer adds the nonce. One call of the REST counter, unless
    `cost` says otherwise.
    """
    return HttpRequest(
        method="POST",
        path=f"/0/private/{method}",
        headers=(("content-type", FORM),),
        body=form(fields),
        signed=True,
        cost={REST: 1} if cost is None else cost,
        idempotent=idempotent,
        urgent=urgent,
    )


def private_json(
    method: str,
    body: object,
    *,
    cost: Mapping[str, float],
    idempotent: bool = False,
    urgent: bool = False,
) -> HttpRequest:
    """A private POST with JSON, which the batch methods need for their lists."""
    return HttpRequest(
        method="POST",
        path=f"/0/private/{method}",
        headers=(("content-type", JSON),),
        body=msgspec.json.encode(body),
        signed=True,
        cost=cost,
        idempotent=idempotent,
        urgent=urgent,
    )


def reader(
    decoder: "msgspec.json.Decoder[T]",
    what: str,
    translate: Callable[[T, HttpResponse], V],
    *,
    entry: bool = False,
) -> Callable[[HttpResponse], V]:
    """How to read a reply: status, errors, result, and then `translate`.

    `entry` is true for what places, changes or cancels orders, and for what moves funds: an answer
    that cannot be read then is an UnreadableOutcome, both a WireError and an OutcomeUnknown.
    """

    def read(response: HttpResponse) -> V:
        try:
            return translate(unwrap(decoder, response, what, entry=entry), response)
        except WireError as e:
            if not entry or isinstance(e, UnreadableOutcome):
                raise
            raise UnreadableOutcome(f"{e}; look up what became of it") from e
        except (ValueError, ArithmeticError) as e:
            kind = UnreadableOutcome if entry else WireError
            raise kind(f"kraken {what}: {e}") from e

    return read


def unwrap(
    decoder: "msgspec.json.Decoder[T]", response: HttpResponse, what: str, *, entry: bool = False
) -> T:
    """The result of a reply. Raises as `reader` says."""
    if response.status != 200 and not response.body.lstrip().startswith(b'{"error"'):
        raise_for_status(response.status, response.body, entry=entry)
    reply = wire.read(wire_rest.reply, response.body, what)
    raise_for(reply.error, entry=entry)
    raise_for_status(response.status, response.body, entry=entry)
    if not reply.result:
        raise WireError(f"kraken {what}: neither error nor result")
    return wire.read(decoder, reply.result, what)
