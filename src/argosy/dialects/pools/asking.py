"""Questions to contracts as requests to a node, and what the answers say. Sends nothing."""

from collections.abc import Sequence
from typing import Any, TypeVar

from argosy.dialects.evm.jsonrpc import Ask, body, quantity, read_answers
from argosy.errors import ArgosyError, Reverted, VenueError, VenueUnavailable, WireError
from argosy.model import ContractCall, Nanos
from argosy.ports import Call, HttpRequest, HttpResponse, Reading

T = TypeVar("T")

_JSON = (("Content-Type", "application/json"),)
ROLE = "rpc"  # the endpoint of a node


def request(asks: Sequence[Ask]) -> HttpRequest:
    """Several questions to a node at once. They change nothing."""
    return HttpRequest(
        method="POST",
        path="",
        host=ROLE,
        headers=_JSON,
        body=body(asks, batch=True),
        idempotent=True,
        cost={"calls": len(asks)},
    )


def eth_call(call: ContractCall, block: str) -> Ask:
    """A question to a contract as of a block ("0x1f", "latest")."""
    fields = {"to": call.to, "data": call.data}
    if call.sender:
        fields["from"] = call.sender
    return Ask("eth_call", (fields, block))


def answers(response: HttpResponse, asks: Sequence[Ask], venue: str) -> list[Any]:
    """What a node says, in order; a refused question is an exception in its place.

    Raises:
        VenueUnavailable: the node, or who stands before it, did not answer as a node does.
        WireError: this is no answer to these questions.
    """
    if response.status != 200:
        raise VenueUnavailable(f"status {response.status}", venue=venue)
    return read_answers(response.body, asks, venue)


def reading_call(reading: Reading[T], venue: str, block: str = "latest") -> Call[T]:
    """A reading as calls, each of which leads to the next."""
    asks = [eth_call(call, block) for call in reading.calls]

    def told(response: HttpResponse) -> T:
        found: list[str | ArgosyError] = []
        for each in answers(response, asks, venue):
            if isinstance(each, ArgosyError):
                if not (reading.partial and isinstance(each, Reverted)):
                    raise each
                found.append(each)
            elif isinstance(each, str):
                found.append(each)
            else:
                raise WireError(f"{venue}: eth_call was answered with {str(each)[:80]!r}")
        return reading.read(found)

    def following(response: HttpResponse) -> Call[T] | None:
        if reading.then is None:
            return None
        after = reading.then(told(response))
        return None if after is None else reading_call(after, venue, block)

    return Call(request(asks), told, following if reading.then is not None else None)


def chain_check(chain_id: int, venue: str) -> Call[Nanos]:
    """Whether a node is of the chain that is meant; its clock is nobody's, so ours is returned."""
    asks = [Ask("eth_chainId")]

    def read(response: HttpResponse) -> Nanos:
        (told,) = answers(response, asks, venue)
        if isinstance(told, ArgosyError):
            raise told
        if quantity(told) != chain_id:
            raise VenueError(
                f"this node is on chain {quantity(told)}, not on {chain_id}", venue=venue
            )
        return response.received_ns

    return Call(request(asks), read)
