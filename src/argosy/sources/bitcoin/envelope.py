"""JSON-RPC as Bitcoin Core speaks it: the bytes of requests, and results out of answers. No I/O.

Nodes before 28.0 answer errors with HTTP 404 or 500, later ones with 200 where they are asked with
"jsonrpc": "2.0"; the body says all, so that the status counts only where there is none.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from argosy.errors import ArgosyError, WireError
from argosy.ports import HttpResponse
from argosy.sources.bitcoin.errors import sorted_error, sorted_status

T = TypeVar("T")
# What decoding may come to, whatever the bytes: nesting without end, exponents beyond Decimal's.
UNREADABLE = (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError)


class Ask(msgspec.Struct, frozen=True):
    """One question: a method and its parameters, in order."""

    method: str
    params: tuple[Any, ...] = ()


class _Error(msgspec.Struct):
    code: int
    message: str = ""


class _Answer(msgspec.Struct):
    id: int | str | None = None
    result: msgspec.Raw = msgspec.Raw(b"")
    error: _Error | None = None


_ONE = msgspec.json.Decoder(_Answer)
_MANY = msgspec.json.Decoder(list[_Answer] | _Answer)


def body(asks: Sequence[Ask], *, batch: bool) -> bytes:
    """A request's bytes; questions are numbered from 1."""
    told = [
        {"jsonrpc": "2.0", "id": number, "method": ask.method, "params": ask.params}
        for number, ask in enumerate(asks, 1)
    ]
    return msgspec.json.encode(told if batch else told[0])


def result_of(response: HttpResponse, ask: Ask, node: str) -> bytes:
    """The result's bytes. Raises WireError, and what the answer's error means."""
    if (problem := sorted_status(response.status, response.body, node)) is not None:
        raise problem
    try:
        answer = _ONE.decode(response.body)
    except UNREADABLE as e:
        raise WireError(f"{node}: no JSON-RPC answer to {ask.method} ({_why(e)})") from e
    found = _result(answer, ask, node)
    if isinstance(found, ArgosyError):
        raise found
    if answer.id not in {1, None}:
        raise WireError(f"{node}: {ask.method} was answered under another id")
    return found


def results_of(response: HttpResponse, asks: Sequence[Ask], node: str) -> list[bytes | ArgosyError]:
    """In the order of the questions: the result's bytes, or what the error means. Raises as
    `result_of` does where one error, or none that can be read, answers them all.
    """
    if (problem := sorted_status(response.status, response.body, node)) is not None:
        raise problem
    try:
        told = _MANY.decode(response.body)
    except UNREADABLE as e:
        raise WireError(f"{node}: no JSON-RPC answer ({_why(e)})") from e
    if not isinstance(told, list):
        if told.error is not None:
            names = "+".join(sorted({ask.method for ask in asks}))
            raise sorted_error(told.error.code, told.error.message, names, node)
        raise WireError(f"{node}: one answer to {len(asks)} questions")
    by_number = {answer.id: answer for answer in told}
    if len(told) != len(asks) or set(by_number) != set(range(1, len(asks) + 1)):
        raise WireError(f"{node}: {len(told)} answers to {len(asks)} questions, by other ids")
    return [_result(by_number[n], ask, node) for n, ask in enumerate(asks, 1)]


def _result(answer: _Answer, ask: Ask, node: str) -> bytes | ArgosyError:
    if answer.error is not None:
        return sorted_error(answer.error.code, answer.error.message, ask.method, node)
    data = bytes(answer.result)
    if not data:
        return WireError(f"{node}: {ask.method} was answered with neither result nor error")
    return data


def decoded(decoder: "msgspec.json.Decoder[T]", data: bytes, what: str) -> T:
    """A result as its type. Raises WireError."""
    try:
        return decoder.decode(data)
    except UNREADABLE as e:
        raise WireError(f"{what} cannot be read ({_why(e)})") from e


def _why(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:200]
