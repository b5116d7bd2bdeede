"""Reads ABI-encoded values by their types, in plain Python and quickly: for calldata that comes by
the thousand. Bounded in size and work. Only WireError comes out, whatever the bytes.

Source: Solidity ABI specification. Stricter than a contract is with offsets (within the data), as
strict with words (an address has no more than 20 bytes), less with the padding of `bytes`.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from argosy.errors import WireError

MOST_BYTES = 1 << 20  # of data that is read at all
_INT = int.from_bytes
_NO_BYTES = bytes(12)
_ARRAY = re.compile(r"(.+)\[(\d*)\]")
_WORDS_SPARE = 64

# (data, where, what is left to spend): a value. What may be spent bounds the work on data whose
# offsets lead many times to the same place.
Read = Callable[[bytes, int, list[int]], Any]


class Kind(NamedTuple):
    """How a type lies in data: bytes in its head, whether the head is an offset, how it is read."""

    size: int
    dynamic: bool
    read: Read


def budget(data: bytes) -> list[int]:
    """What reading this data may cost: four times its words, and a little. Raises WireError."""
    if len(data) > MOST_BYTES:
        raise WireError(f"{len(data)} bytes; {MOST_BYTES} are the most that is read")
    return [len(data) // 8 + _WORDS_SPARE]


def _spend(left: list[int], words: int) -> None:
    left[0] -= words
    if left[0] < 0:
        raise WireError("its offsets lead to the same bytes again and again")


def _unsigned(bits: int) -> Read:
    def whole(data: bytes, at: int, left: list[int]) -> int:  # noqa: ARG001 - as all readers
        return _INT(data[at : at + 32], "big")

    def part(data: bytes, at: int, left: list[int]) -> int:  # noqa: ARG001
        value = _INT(data[at : at + 32], "big")
        if value >> bits:
            raise WireError(f"{value} is no uint{bits}")
        return value

    return whole if bits == 256 else part


def _signed(bits: int) -> Read:
    most = 1 << (bits - 1)

    def read(data: bytes, at: int, left: list[int]) -> int:  # noqa: ARG001
        value = _INT(data[at : at + 32], "big", signed=True)
        if not -most <= value < most:
            raise WireError(f"{value} is no int{bits}")
        return value

    return read


def _address(data: bytes, at: int, left: list[int]) -> str:  # noqa: ARG001
    if data[at : at + 12] != _NO_BYTES:
        raise WireError(f"0x{data[at : at + 32].hex()} is no address")
    return "0x" + data[at + 12 : at + 32].hex()


def _bool(data: bytes, at: int, left: list[int]) -> bool:  # noqa: ARG001
    value = _INT(data[at : at + 32], "big")
    if value > 1:
        raise WireError(f"{value} is no bool")
    return value == 1


def _fixed_bytes(count: int) -> Read:
    def read(data: bytes, at: int, left: list[int]) -> bytes:  # noqa: ARG001
        if any(data[at + count : at + 32]):
            raise WireError(f"0x{data[at : at + 32].hex()} is no bytes{count}")
        return data[at : at + count]

    return read


def _bytes(data: bytes, at: int, left: list[int]) -> bytes:
    start = at + 32
    if start > len(data):
        raise WireError(f"bytes begin at {at}, beyond the {len(data)} there are")
    size = _INT(data[at:start], "big")
    if size > len(data) - start:
        raise WireError(f"{size} bytes at {start}, of {len(data)}")
    _spend(left, size // 32 + 1)
    return data[start : start + size]


def _string(data: bytes, at: int, left: list[int]) -> str:
    try:
        return _bytes(data, at, left).decode()
    except UnicodeDecodeError:
        raise WireError(f"the text at {at} is no UTF-8") from None


def _array(item: Kind, count: int | None) -> Kind:
    size, dynamic, read_item = item

    def read(data: bytes, at: int, left: list[int]) -> tuple[Any, ...]:
        many = count
        if many is None:
            if at + 32 > len(data):
                raise WireError(f"an array begins at {at}, beyond the {len(data)} bytes there are")
            many = _INT(data[at : at + 32], "big")
            at += 32
        if many * size > len(data) - at:
            raise WireError(f"an array of {many} at {at}, of {len(data)} bytes")
        _spend(left, many + 1)
        if not dynamic:
            return tuple([read_item(data, at + size * each, left) for each in range(many)])
        found = []
        for each in range(many):
            place = at + 32 * each
            found.append(read_item(data, _place(data, place, at), left))
        return tuple(found)

    if count is None or dynamic:
        return Kind(32, True, read)
    return Kind(size * count, False, read)


def _place(data: bytes, at: int, base: int) -> int:
    """Where an offset leads, which is beyond no data."""
    place = base + _INT(data[at : at + 32], "big")
    if place > len(data):
        raise WireError(f"an offset leads to {place}, of {len(data)} bytes")
    return place


def _tuple(parts: Sequence[Kind]) -> Kind:
    fields = []
    size = 0
    for part in parts:
        fields.append((size, part.dynamic, part.read))
        size += part.size
    plan = tuple(fields)
    whole = size
    if not any(part.dynamic for part in parts):

        def read_static(data: bytes, at: int, left: list[int]) -> tuple[Any, ...]:
            if at + whole > len(data):
                raise WireError(f"{whole} bytes are needed at {at}, of {len(data)}")
            return tuple([read(data, at + offset, left) for offset, _, read in plan])

        return Kind(size, False, read_static)

    def read_dynamic(data: bytes, at: int, left: list[int]) -> tuple[Any, ...]:
        if at + whole > len(data):
            raise WireError(f"{whole} bytes are needed at {at}, of {len(data)}")
        found = []
        for offset, dynamic, read in plan:
            place = at + offset
            if dynamic:
                place = _place(data, place, at)
            found.append(read(data, place, left))
        return tuple(found)

    return Kind(32, True, read_dynamic)


@lru_cache(maxsize=2_048)
def kind_of(text: str) -> Kind:
    """The type that Solidity writes so; tuples as "(address,uint24)[]". Raises ValueError."""
    array = _ARRAY.fullmatch(text)
    if array is not None:
        return _array(kind_of(array[1]), int(array[2]) if array[2] else None)
    if text.startswith("(") and text.endswith(")"):
        return _tuple([kind_of(part) for part in split_types(text[1:-1])])
    if text == "address":
        return Kind(32, False, _address)
    if text == "bool":
        return Kind(32, False, _bool)
    if text == "bytes":
        return Kind(32, True, _bytes)
    if text == "string":
        return Kind(32, True, _string)
    number = re.fullmatch(r"(u?)int(\d*)", text)
    if number is not None and 8 <= int(number[2] or 256) <= 256 and not int(number[2] or 256) % 8:
        bits = int(number[2] or 256)
        return Kind(32, False, _unsigned(bits) if number[1] else _signed(bits))
    fixed = re.fullmatch(r"bytes(\d+)", text)
    if fixed is not None and 1 <= int(fixed[1]) <= 32:
        return Kind(32, False, _fixed_bytes(int(fixed[1])))
    if text == "function":
        return Kind(32, False, _fixed_bytes(24))
    raise ValueError(f"{text!r} is no type of the ABI")


def split_types(inside: str) -> tuple[str, ...]:
    """The types between a signature's parentheses: "uint256,(address,uint24)[]" is two."""
    found, depth, start = [], 0, 0
    for at, letter in enumerate(inside):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            found.append(inside[start:at])
            start = at + 1
    if inside:
        found.append(inside[start:])
    return tuple(found)


class Values:
    """Values one after the other, as arguments are: `Values("address,uint256").read(data)`."""

    def __init__(self, types: str) -> None:
        self.types = split_types(types)
        self._head = _tuple([kind_of(each) for each in self.types])

    def read(self, data: bytes, at: int = 0) -> tuple[Any, ...]:
        """What lies there: ints, addresses in lower case, bytes, tuples. Raises WireError."""
        found: tuple[Any, ...] = self._head.read(data, at, budget(data))
        return found
