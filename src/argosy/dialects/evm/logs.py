"""Logs as a node sends them, and events read from them by their layout: words, no ABI library.

Only WireError comes out of reading, whatever the bytes. Source: Ethereum JSON-RPC (eth_getLogs,
eth_subscribe "logs"), Solidity ABI specification (static types, one word each).
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import msgspec

from argosy.dialects.evm.keccak import keccak256
from argosy.errors import WireError
from argosy.model import Log as ChainLog

WORD_BYTES = 32
_SIGN = 1 << 255
_WRAP = 1 << 256
_INT = int.from_bytes
_ADDRESS_PAD = "0x" + "0" * 24


class Told(Protocol):
    """What a layout needs of a log: that of `argosy.model` has it as well."""

    @property
    def topics(self) -> tuple[str, ...]: ...

    @property
    def data(self) -> str: ...


class Log(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One log, as JSON-RPC writes it. A pending one has neither block nor index."""

    address: str
    topics: tuple[str, ...]
    data: str
    block_number: str | None = None
    block_hash: str | None = None
    transaction_hash: str | None = None
    log_index: str | None = None
    removed: bool = False  # its block is no longer part of the chain

    def place(self) -> tuple[int, int]:
        """(block number, index in the block). Raises WireError when it is in no block."""
        if self.block_number is None or self.log_index is None:
            raise WireError(f"a log of {self.address} is in no block yet")
        return quantity(self.block_number), quantity(self.log_index)


def log_of(told: ChainLog) -> Log:
    """A log of the model as JSON-RPC writes it."""
    return Log(
        address=told.address,
        topics=told.topics,
        data=told.data,
        block_number=hex(told.block_number),
        block_hash=told.block_hash,
        transaction_hash=told.transaction_hash,
        log_index=hex(told.index),
        removed=told.removed,
    )


_DECODER = msgspec.json.Decoder(Log)
_LIST_DECODER = msgspec.json.Decoder(tuple[Log, ...])


def read_log(frame: bytes | str) -> Log:
    """A log from its JSON. Raises WireError."""
    try:
        return _DECODER.decode(frame)
    except (msgspec.DecodeError, UnicodeDecodeError) as e:
        raise WireError(f"no log: {e}") from e


def read_logs(frame: bytes | str) -> tuple[Log, ...]:
    """Logs from their JSON list, as eth_getLogs answers. Raises WireError."""
    try:
        return _LIST_DECODER.decode(frame)
    except (msgspec.DecodeError, UnicodeDecodeError) as e:
        raise WireError(f"no list of logs: {e}") from e


def quantity(text: str) -> int:
    """A JSON-RPC quantity, "0x1f". Raises WireError."""
    digits = text[2:]
    if text[:2] != "0x" or not digits.isalnum() or not digits.isascii():
        raise WireError(f"{text[:80]!r} is no quantity; 0x and hexadecimal digits are needed")
    try:
        return int(digits, 16)
    except ValueError:
        raise WireError(f"{text[:80]!r} is no quantity; its digits are not hexadecimal") from None


class _Field(NamedTuple):
    name: str
    kind: str  # as Solidity writes it
    low: int  # least and greatest value of an integer
    high: int


def _field(name: str, kind: str) -> _Field:
    if kind in {"address", "bytes32"}:
        return _Field(name, kind, 0, 0)
    if kind == "bool":
        return _Field(name, kind, 0, 1)
    signed = kind.startswith("int")
    bits = int(kind.removeprefix("u").removeprefix("int"))
    if signed:
        return _Field(name, kind, -(1 << (bits - 1)), (1 << (bits - 1)) - 1)
    return _Field(name, kind, 0, (1 << bits) - 1)


class Layout:
    """How one event lies in topics and data, and the value it becomes.

    `fields` are (name, Solidity type, indexed) in the order of the declaration.
    """

    def __init__(
        self, event: str, make: Callable[..., Any], fields: Sequence[tuple[str, str, bool]]
    ) -> None:
        self.signature = f"{event}({','.join(kind for _, kind, _ in fields)})"
        self._make = make
        self._indexed = tuple(_field(name, kind) for name, kind, indexed in fields if indexed)
        self._data = tuple(_field(name, kind) for name, kind, indexed in fields if not indexed)
        self._size = 2 + 2 * WORD_BYTES * len(self._data)

    @cached_property
    def topic(self) -> str:
        """The first topic of such a log: the hash of the signature."""
        return "0x" + keccak256(self.signature.encode()).hex()

    def read(self, log: Told) -> Any:
        """The event of a log with this topic. Raises WireError naming event, field and value."""
        topics = log.topics
        if len(topics) != len(self._indexed) + 1:
            raise WireError(f"{self.signature}: {len(topics)} topics")
        if len(log.data) != self._size or log.data[:2] != "0x":
            raise WireError(
                f"{self.signature}: data of {len(log.data)} characters; {self._size} are needed"
            )
        values: dict[str, Any] = {}
        for i, field in enumerate(self._indexed, 1):
            text = topics[i]
            if len(text) != 66:
                raise WireError(f"{self.signature}: topic {i} is {text[:80]!r}")
            if field.kind == "address" and text[:26] == _ADDRESS_PAD and _is_hex(text[26:]):
                values[field.name] = "0x" + text[26:].lower()
            else:
                values[field.name] = self._topic(field, text)
        try:
            data = bytes.fromhex(log.data[2:])
        except ValueError:
            raise WireError(f"{self.signature}: data is not hexadecimal") from None
        if 2 + 2 * len(data) != self._size:  # blanks between bytes are skipped by fromhex
            raise WireError(f"{self.signature}: data is not hexadecimal")
        at = 0
        for name, kind, low, high in self._data:
            word = data[at : at + 32]
            at += 32
            if high:
                value = _INT(word, "big", signed=low < 0)
                if not low <= value <= high:
                    raise WireError(f"{self.signature}: {name} is {value}, which is no {kind}")
                values[name] = value
            else:
                values[name] = self._other(name, kind, word)
        return self._make(**values)

    def _topic(self, field: _Field, text: str) -> Any:
        if field.kind == "address":
            raise WireError(f"{self.signature}: {field.name} is {text!r}, which is no address")
        value = quantity(text)
        if field.kind == "bytes32":
            return text.lower()
        if field.low < 0 and value >= _SIGN:
            value -= _WRAP
        if not field.low <= value <= field.high:
            raise WireError(f"{self.signature}: {field.name} is {value}, which is no {field.kind}")
        return value

    def _other(self, name: str, kind: str, word: bytes) -> str:
        if kind == "bytes32":
            return "0x" + word.hex()
        if any(word[:12]):
            raise WireError(f"{self.signature}: {name} is 0x{word.hex()}, which is no address")
        return "0x" + word[12:].hex()


def _is_hex(digits: str) -> bool:
    try:
        return len(bytes.fromhex(digits)) * 2 == len(digits)  # it skips blanks
    except ValueError:
        return False


class Events:
    """The events of a contract, by topic."""

    def __init__(self, *layouts: Layout) -> None:
        self._layouts = layouts

    @cached_property  # hashing the signatures takes a moment, which importing should not
    def by_topic(self) -> Mapping[str, Layout]:
        """The layouts by their first topic."""
        return {layout.topic: layout for layout in self._layouts}

    def read(self, log: Told) -> Any | None:
        """The event of a log; None when it is none of these. Raises WireError."""
        layout = self.by_topic.get(log.topics[0]) if log.topics else None
        return None if layout is None else layout.read(log)
