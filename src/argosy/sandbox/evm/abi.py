"""Words of the EVM: selectors, calls and answers encoded as contracts take them. Addresses are hex
text in lower case, amounts ints in a token's smallest unit.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from eth_abi import decode as _decode
from eth_abi import encode as _encode
from eth_abi.exceptions import DecodingError, EncodingError
from eth_hash.auto import keccak as _keccak

Entry = Mapping[str, Any]  # one entry of a JSON ABI
ERRORS = (DecodingError, EncodingError)


def keccak(data: bytes) -> bytes:
    """Keccak-256, the hash of the EVM (not SHA3-256)."""
    return bytes(_keccak(data))


@cache
def selector(signature: str) -> bytes:
    """The first 4 bytes of a function's hash: "transfer(address,uint256)"."""
    return keccak(signature.encode())[:4]


@cache
def topic(signature: str) -> str:
    """An event's first topic, as 0x hex."""
    return "0x" + keccak(signature.encode()).hex()


def type_of(entry: Entry) -> str:
    """A parameter's canonical type; tuples spelt out: "(address,uint24)[]"."""
    kind: str = entry["type"]
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(type_of(part) for part in entry['components'])}){kind[5:]}"


def signature_of(entry: Entry) -> str:
    """A function's, event's or error's signature."""
    return f"{entry['name']}({','.join(type_of(part) for part in entry['inputs'])})"


def find(abi: Sequence[Entry], kind: str, name: str) -> Entry:
    """The entry of this name, or of this whole signature where a name is overloaded.

    Raises:
        KeyError: there is none, or more than one.
    """
    found = [
        entry
        for entry in abi
        if entry["type"] == kind and name in {entry["name"], signature_of(entry)}
    ]
    if len(found) != 1:
        raise KeyError(f"{len(found)} of {kind} {name!r}; give the whole signature")
    return found[0]


def encode(types: Sequence[str], values: Sequence[object]) -> bytes:
    """ABI-encode values."""
    return bytes(_encode(types, values))


def decode(types: Sequence[str], data: bytes) -> tuple[Any, ...]:
    """Read ABI-encoded values back; raises eth_abi's DecodingError."""
    return tuple(_decode(types, data))


def call_data(entry: Entry, arguments: Sequence[object]) -> str:
    """A call of a function, as 0x hex."""
    types = [type_of(part) for part in entry["inputs"]]
    return "0x" + (selector(signature_of(entry)) + encode(types, arguments)).hex()


def answer(entry: Entry, data: str) -> Any:
    """What a function returned: one value, or a tuple of them."""
    values = decode([type_of(part) for part in entry["outputs"]], bytes.fromhex(data[2:]))
    return values[0] if len(values) == 1 else values


def revert_reason(data: str, abi: Sequence[Entry] = ()) -> str:
    """Why a call was reverted: a text, a panic's number, or a custom error of this ABI."""
    raw = bytes.fromhex(data.removeprefix("0x")) if data else b""
    head, rest = raw[:4], raw[4:]
    try:
        if head == selector("Error(string)"):
            return str(decode(["string"], rest)[0])
        if head == selector("Panic(uint256)"):
            return f"panic 0x{decode(['uint256'], rest)[0]:02x}"
        for entry in abi:
            if entry["type"] == "error" and selector(signature_of(entry)) == head:
                values = decode([type_of(part) for part in entry["inputs"]], rest)
                return f"{entry['name']}({', '.join(map(str, values))})"
    except ERRORS:
        pass
    return data
