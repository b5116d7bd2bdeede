"""JSON-RPC 2.0 as Ethereum nodes speak it: requests, answers, errors sorted by outcome. No I/O.

Nodes share codes but not words: what an error means is told by code first, then by the words of
geth, Erigon, Nethermind, Reth and anvil (their sources, read 2026-11), in `_WORDS`.
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from argosy.errors import (
    InsufficientFunds,
    NonceUsed,
    RateLimited,
    Reverted,
    TransactionRefused,
    Underpriced,
    Unsupported,
    VenueError,
    VenueUnavailable,
    WireError,
)
from argosy.model import Head, Log, Nanos, PendingTransaction

_HEX = re.compile(r"0x[0-9a-fA-F]{1,64}")
_HASH = re.compile(r"0x[0-9a-f]{64}")
_REVERTED = 3  # geth's code for a call that a contract refused; its data is the contract's
_CODES: dict[int, type[VenueError]] = {
    -32005: RateLimited,  # EIP-1474: limit exceeded
    429: RateLimited,
    -32002: VenueUnavailable,  # resource unavailable
    -32603: VenueUnavailable,  # internal error
}
_NO_METHOD = {-32601, -32004}
# The first that is found in the message says what it is; more particular ones first.
_WORDS: tuple[tuple[str, type[VenueError]], ...] = (
    ("execution reverted", Reverted),
    ("vm execution error", Reverted),
    ("nonce too low", NonceUsed),
    ("nonce is too low", NonceUsed),
    ("oldnonce", NonceUsed),
    ("underpriced", Underpriced),
    ("feetoolow", Underpriced),
    ("max fee per gas less than block base fee", Underpriced),
    ("max fee per gas is less than", Underpriced),
    ("insufficient funds", InsufficientFunds),
    ("insufficientfunds", InsufficientFunds),
    ("too many requests", RateLimited),
    ("rate limit", RateLimited),
    ("header not found", VenueUnavailable),  # a node that is behind, or has pruned
    ("unknown block", VenueUnavailable),
    ("missing trie node", VenueUnavailable),
    ("blockoutofrange", VenueUnavailable),
    ("txpool is full", VenueUnavailable),
    ("timeout", VenueUnavailable),
    ("intrinsic gas", TransactionRefused),
    ("exceeds block gas limit", TransactionRefused),
    ("invalid sender", TransactionRefused),
    ("invalid chain id", TransactionRefused),
    ("nonce too high", TransactionRefused),
    ("transaction type not supported", TransactionRefused),
)
_KNOWN = ("already known", "known transaction", "alreadyknown", "already imported")


class AlreadyKnown(VenueError):
    """The node has this very transaction already: as good as taken."""


class Ask(msgspec.Struct, frozen=True):
    """One question: a method and its parameters as JSON has them."""

    method: str
    params: tuple[Any, ...] = ()


class _Error(msgspec.Struct):
    code: int
    message: str = ""
    data: Any = None


class _Answer(msgspec.Struct):
    id: int | str | None = None
    result: Any = msgspec.UNSET
    error: _Error | None = None


_DECODER = msgspec.json.Decoder(_Answer | list[_Answer])


def body(asks: Sequence[Ask], *, batch: bool) -> bytes:
    """A request's bytes; questions are numbered from 1."""
    told = [
        {"jsonrpc": "2.0", "id": number, "method": ask.method, "params": ask.params}
        for number, ask in enumerate(asks, 1)
    ]
    return msgspec.json.encode(told if batch else told[0])


def read_answers(data: bytes, asks: Sequence[Ask], node: str) -> list[Any]:
    """Results in the order of the questions; an exception stands for each that was refused.

    Raises:
        WireError: this is no answer to these questions: not JSON, an id missing, doubled or new.
        VenueError: one error for all of them.
    """
    try:
        told = _DECODER.decode(data)
    except msgspec.MsgspecError as e:
        raise WireError(f"{node}: no JSON-RPC answer ({e})") from e
    answers = told if isinstance(told, list) else [told]
    if len(answers) == 1 and answers[0].error is not None and answers[0].id is None:
        raise sorted_error(answers[0].error, "+".join({ask.method for ask in asks}), node)
    by_number = {answer.id: answer for answer in answers}
    if len(answers) != len(asks) or set(by_number) != set(range(1, len(asks) + 1)):
        raise WireError(f"{node}: {len(answers)} answers to {len(asks)} questions, by other ids")
    return [_result(by_number[n], ask, node) for n, ask in enumerate(asks, 1)]


def _result(answer: _Answer, ask: Ask, node: str) -> Any:
    if answer.error is not None:
        return sorted_error(answer.error, ask.method, node)
    if answer.result is msgspec.UNSET:
        return WireError(f"{node}: {ask.method} was answered with neither result nor error")
    return answer.result


def sorted_error(error: _Error, method: str, node: str) -> Exception:
    """What an error means for who asked: never raised here."""
    words = error.message.lower()
    text, code = f"{method}: {error.message}"[:500], str(error.code)
    if error.code in _NO_METHOD or "method not found" in words:
        return Unsupported(f"{node} has no {method}")
    data = error.data if isinstance(error.data, str) else ""
    if error.code == _REVERTED:
        return Reverted(text, venue=node, code=code, data=data)
    if any(known in words for known in _KNOWN):
        return AlreadyKnown(text, venue=node, code=code)
    for part, kind in _WORDS:
        if part in words:
            if kind is Reverted:
                return Reverted(text, venue=node, code=code, data=data)
            return kind(text, venue=node, code=code)
    return _CODES.get(error.code, VenueError)(text, venue=node, code=code)


# --- values ---------------------------------------------------------------------------------------


def quantity(text: object) -> int:
    """An integer as JSON-RPC writes it ("0x1a"). Raises WireError for anything else."""
    if not isinstance(text, str) or not _HEX.fullmatch(text):
        raise WireError(f"{str(text)[:80]!r} is no quantity")
    return int(text, 16)


def hash_of(text: object) -> str:
    """A hash of 32 bytes, in lower case. Raises WireError for anything else."""
    if not isinstance(text, str) or not _HASH.fullmatch(text.lower()):
        raise WireError(f"{str(text)[:80]!r} is no hash")
    return text.lower()


def read_head(told: object, chain: str, received_ns: Nanos) -> Head:
    """A block, or its header from a stream. Raises WireError."""
    row = _row(told, "block")
    return Head(
        chain=chain,
        number=quantity(row.get("number")),
        hash=hash_of(row.get("hash")),
        parent=hash_of(row.get("parentHash")),
        timestamp_s=quantity(row.get("timestamp")),
        base_fee=quantity(row.get("baseFeePerGas") or "0x0"),
        gas_used=quantity(row.get("gasUsed")),
        gas_limit=quantity(row.get("gasLimit")),
        received_ns=received_ns,
    )


def read_log(told: object, chain: str, received_ns: Nanos) -> Log:
    """An event of a contract. Raises WireError."""
    row = _row(told, "log")
    topics = row.get("topics")
    if not isinstance(topics, list) or len(topics) > 4:
        raise WireError(f"{str(topics)[:80]!r} are no topics")
    return Log(
        chain=chain,
        address=_text(row, "address").lower(),
        topics=tuple(hash_of(topic) for topic in topics),
        data=_text(row, "data"),
        block_number=quantity(row.get("blockNumber")),
        block_hash=hash_of(row.get("blockHash")),
        transaction_hash=hash_of(row.get("transactionHash")),
        index=quantity(row.get("logIndex")),
        removed=bool(row.get("removed", False)),
        received_ns=received_ns,
    )


def read_pending(told: object, chain: str, received_ns: Nanos) -> PendingTransaction:
    """A waiting transaction: whole, or its hash alone. Raises WireError."""
    if isinstance(told, str):
        return PendingTransaction(chain=chain, hash=hash_of(told), received_ns=received_ns)
    row = _row(told, "transaction")
    price = row.get("gasPrice") or "0x0"
    return PendingTransaction(
        chain=chain,
        hash=hash_of(row.get("hash")),
        sender=_text(row, "from").lower(),
        to=str(row.get("to") or "").lower(),
        nonce=quantity(row.get("nonce")),
        value=quantity(row.get("value")),
        data=_text(row, "input"),
        gas=quantity(row.get("gas")),
        max_fee=quantity(row.get("maxFeePerGas") or price),
        priority_fee=quantity(row.get("maxPriorityFeePerGas") or price),
        received_ns=received_ns,
    )


def _row(told: object, what: str) -> dict[str, Any]:
    if not isinstance(told, dict):
        raise WireError(f"{str(told)[:80]!r} is no {what}")
    return told


def _text(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value.startswith("0x"):
        raise WireError(f"{name} is {str(value)[:80]!r}, no hex text")
    return value
