"""Events of any contract by its JSON ABI. Static types are read as words by `logs.Layout`, as it is
quick; for the others by `abi_reader`. Only WireError comes out of reading.

An indexed argument of no fixed size is in a log as its hash alone, and is told as that. Bytes are
told as 0x hex.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from argosy.dialects.evm.abi_reader import Values, kind_of
from argosy.dialects.evm.keccak import keccak256
from argosy.dialects.evm.logs import Layout, Log
from argosy.errors import ConfigError, WireError

_MOST_EVENTS = 2_000
_WORD_TYPES = {"address", "bytes32"}


class Event(NamedTuple):
    """One event: its name, and its arguments by name (those without one: "0", "1", ...)."""

    name: str
    arguments: dict[str, Any]


class _Field(NamedTuple):
    name: str
    kind: str
    indexed: bool


class _Reader:
    """Reads one kind of event."""

    def __init__(self, name: str, fields: Sequence[_Field]) -> None:
        self.name = name
        self.fields = fields
        self.signature = f"{name}({','.join(field.kind for field in fields)})"
        self.indexed = [field for field in fields if field.indexed]
        self._rest = [field for field in fields if not field.indexed]
        self._values = Values(",".join(field.kind for field in self._rest))
        self._layout: Layout | None = None
        if all(_is_word(field.kind) for field in fields):
            self._layout = Layout(
                name, dict, [(each.name, each.kind, each.indexed) for each in fields]
            )

    def read(self, log: Log, topics: Sequence[str]) -> dict[str, Any]:
        """Its arguments; `topics` without the one that names the event. Raises WireError."""
        if self._layout is not None and len(topics) < len(log.topics):
            found: dict[str, Any] = self._layout.read(log)
            return found
        if len(topics) != len(self.indexed):
            raise WireError(f"{self.signature}: {len(topics)} topics")
        told = {
            field.name: _topic(field, text)
            for field, text in zip(self.indexed, topics, strict=True)
        }
        values = self._values.read(_bytes(log.data, self.signature))
        told |= {field.name: _plain(value) for field, value in zip(self._rest, values, strict=True)}
        return {field.name: told[field.name] for field in self.fields}


class ContractEvents:
    """The events of a contract: `ContractEvents(abi).read(log)`.

    `abi` is a list of entries, or their JSON; what is no event in it is passed over.

    Raises:
        ConfigError: it is no ABI.
    """

    def __init__(self, abi: str | bytes | Sequence[Mapping[str, Any]]) -> None:
        self._by_topic: dict[str, list[_Reader]] = {}
        self._anonymous: list[_Reader] = []
        for entry in _entries(abi):
            reader = _reader(entry)
            if entry.get("anonymous"):
                self._anonymous.append(reader)
            else:
                topic = "0x" + keccak256(reader.signature.encode()).hex()
                self._by_topic.setdefault(topic, []).append(reader)

    @property
    def topics(self) -> tuple[str, ...]:
        """The first topics of its events, to subscribe to; anonymous ones have none."""
        return tuple(self._by_topic)

    @property
    def signatures(self) -> tuple[str, ...]:
        """All events."""
        named = [each for readers in self._by_topic.values() for each in readers]
        return tuple(reader.signature for reader in (*named, *self._anonymous))

    def read(self, log: Log) -> Event | None:
        """The event of a log; None when it is none of these. Raises WireError.

        Where an ABI has an event twice, indexed otherwise (as of ERC-20 and ERC-721), the number of
        topics tells which. An anonymous event is told by the number of its topics, if one fits.
        """
        for reader in self._by_topic.get(log.topics[0], ()) if log.topics else ():
            if len(log.topics) == len(reader.indexed) + 1:
                return Event(reader.name, reader.read(log, log.topics[1:]))
        if log.topics and log.topics[0] in self._by_topic:
            raise WireError(f"{log.address}: {len(log.topics)} topics of no event of this ABI")
        fitting = [each for each in self._anonymous if len(each.indexed) == len(log.topics)]
        if len(fitting) != 1:
            return None
        return Event(fitting[0].name, fitting[0].read(log, log.topics))


def _entries(abi: str | bytes | Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    told: Any = abi
    if isinstance(abi, str | bytes):
        try:
            told = json.loads(abi)
        except (ValueError, RecursionError) as e:
            raise ConfigError(f"no ABI: {e}") from e
    if isinstance(told, Mapping):  # as compilers write it, among other things
        told = told.get("abi", ())
    if not isinstance(told, list | tuple) or not all(isinstance(each, Mapping) for each in told):
        raise ConfigError("no ABI: a list of entries is needed")
    found = [entry for entry in told if entry.get("type") == "event"]
    if len(found) > _MOST_EVENTS:
        raise ConfigError(f"an ABI of {len(found)} events; {_MOST_EVENTS} are the most")
    return found


def _reader(entry: Mapping[str, Any]) -> _Reader:
    fields = []
    try:
        for place, each in enumerate(entry["inputs"]):
            name = each.get("name") or str(place)
            fields.append(_Field(name, _kind(each), bool(each.get("indexed"))))
            kind_of(fields[-1].kind)
        if len({field.name for field in fields}) != len(fields):
            fields = [field._replace(name=str(place)) for place, field in enumerate(fields)]
        return _Reader(str(entry["name"]), fields)
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as e:
        raise ConfigError(f"an event of the ABI cannot be read: {str(entry)[:200]} ({e})") from e


def _kind(entry: Mapping[str, Any]) -> str:
    """A parameter's type with tuples spelt out: "(address,uint24)[]"."""
    kind = str(entry["type"])
    if not kind.startswith("tuple"):
        return {"uint": "uint256", "int": "int256"}.get(kind, kind)
    return f"({','.join(_kind(part) for part in entry['components'])}){kind[5:]}"


def _is_word(kind: str) -> bool:
    """Whether a Layout can read it."""
    return kind in _WORD_TYPES or (kind.strip("uint").isdigit() and not kind.endswith("]"))


def _topic(field: _Field, text: str) -> Any:
    raw = _bytes(text, field.name)
    if len(raw) != 32:
        raise WireError(f"topic {field.name} is {text[:80]!r}")
    kind = kind_of(field.kind)
    if kind.dynamic or kind.size != 32 or field.kind.endswith((")", "]")):
        return "0x" + raw.hex()  # a hash
    return _plain(kind.read(raw, 0, [1]))


def _plain(value: Any) -> Any:
    """Bytes as 0x hex, as addresses are; also within tuples."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return tuple([_plain(each) for each in value]) if isinstance(value, tuple) else value


def _bytes(text: str, what: str) -> bytes:
    try:
        raw = bytes.fromhex(text[2:])
    except ValueError:
        raw = b""
    if text[:2] != "0x" or 2 * len(raw) != len(text) - 2:
        raise WireError(f"{what}: {text[:80]!r} is not hexadecimal")
    return raw
