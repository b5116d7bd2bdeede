"""Events read from logs by their layout, word by word, without an ABI library.

This file is compiled by Cython and also runs as it stands: compiled, a log that is as it should be
is read straight from its digits; any other is read as Python reads it, which says what is wrong.
Only WireError comes out of reading, whatever the bytes. Source: Solidity ABI specification (static
types, one word each).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import cython

if cython.compiled:
    from cython.cimports.cpython.unicode import (
        PyUnicode_1BYTE_DATA,
        PyUnicode_1BYTE_KIND,
        PyUnicode_DecodeASCII,
        PyUnicode_KIND,
    )
from argosy.dialects.evm.keccak import keccak256
from argosy.errors import WireError

WORD_BYTES = 32
_SIGN = 1 << 255
_WRAP = 1 << 256
_INT = int.from_bytes
_ADDRESS_PAD = "0x" + "0" * 24

# What a word is read as. Of each field the plan says that, the bytes before its value, and which
# bits of the first byte of its value must be as those bytes are.
NUMBER = cython.declare(cython.int, 0)
SIGNED = cython.declare(cython.int, 1)
ADDRESS = cython.declare(cython.int, 2)
BYTES32 = cython.declare(cython.int, 3)

NIBBLES = bytes(
    int(chr(each), 16)
    if each < 128 and chr(each).isalnum() and chr(each) in "0123456789abcdefABCDEF"
    else 255
    for each in range(256)
)
HEX = b"0123456789abcdef"


class Told(Protocol):
    """What a layout needs of a log: that of `argosy.model` has it as well."""

    @property
    def topics(self) -> tuple[str, ...]: ...

    @property
    def data(self) -> str: ...


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


def _planned(field: _Field) -> bytes:
    """See NUMBER."""
    if field.kind == "address":
        return bytes((2, 12, 0, 0))
    if field.kind == "bytes32":
        return bytes((3, 0, 0, 0))
    bits = field.high.bit_length()  # the sign apart
    before = (256 - bits) // 8
    inside = 256 - 8 * before - bits  # of the next byte's bits
    if field.low < 0 and not inside and before:  # where the value begins its sign is to be seen
        before, inside = before - 1, 8
    mask = 0xFF & ~(0xFF >> inside)
    return bytes((1 if field.low < 0 else 0, before, mask, 0))


# --- digits ---------------------------------------------------------------------------------------


@cython.cfunc
@cython.exceptval(check=False)
def characters(text: object, length: cython.Py_ssize_t) -> cython.p_const_uchar:
    """The characters of a text of this length, none of which is beyond a byte; or nothing."""
    if cython.compiled:
        if (
            not isinstance(text, str)
            or len(cython.cast(str, text)) != length
            or PyUnicode_KIND(text) != PyUnicode_1BYTE_KIND
        ):
            return cython.NULL
        return cython.cast(cython.p_const_uchar, PyUnicode_1BYTE_DATA(text))
    return None


@cython.cfunc
@cython.exceptval(check=False)
def small(text: object) -> cython.longlong:
    """A quantity of up to 15 digits; -1 for any other text."""
    if cython.compiled:
        if not isinstance(text, str) or PyUnicode_KIND(text) != PyUnicode_1BYTE_KIND:
            return -1
        length: cython.Py_ssize_t = len(cython.cast(str, text))
        if length < 3 or length > 17:
            return -1
        p: cython.p_const_uchar = cython.cast(cython.p_const_uchar, PyUnicode_1BYTE_DATA(text))
        if p[0] != 48 or p[1] != 120:
            return -1
        table: cython.p_const_uchar = NIBBLES
        value: cython.longlong = 0
        digit: cython.int
        i: cython.Py_ssize_t
        for i in range(2, length):
            digit = table[p[i]]
            if digit > 15:
                return -1
            value = value << 4 | digit
        return value
    return -1


def quantity(text: str) -> int:
    """A JSON-RPC quantity, "0x1f". Raises WireError."""
    return number_of(text)


@cython.cfunc
def number_of(text: object) -> object:
    """See `quantity`."""
    if cython.compiled:
        found: cython.longlong = small(text)
        if found >= 0:
            return found
    digits = text[2:]
    if text[:2] != "0x" or not digits.isalnum() or not digits.isascii():
        raise WireError(f"{text[:80]!r} is no quantity; 0x and hexadecimal digits are needed")
    try:
        return int(digits, 16)
    except ValueError:
        raise WireError(f"{text[:80]!r} is no quantity; its digits are not hexadecimal") from None


def place_of(log: Any) -> tuple[int, int]:
    """(block number, index in the block). Raises WireError when it is in no block."""
    return placed(log)


@cython.cfunc
def placed(log: object) -> Any:
    """See `place_of`."""
    number = log.block_number
    index = log.log_index
    if number is None or index is None:
        raise WireError(f"a log of {log.address} is in no block yet")
    return ordinal(number), ordinal(index)


@cython.cfunc
@cython.exceptval(-1, check=False)
def ordinal(text: object) -> cython.longlong:
    """A quantity that counts blocks or logs: it fits 62 bits. Raises WireError."""
    if cython.compiled:
        quick: cython.longlong = small(text)
        if quick >= 0:
            return quick
    found = number_of(text)
    if found >> 62:
        raise WireError(f"{text[:80]!r} is no number of a block or log; it is beyond 62 bits")
    return found


# --- layouts --------------------------------------------------------------------------------------


@cython.final
@cython.cclass
class Layout:
    """How one event lies in topics and data, and the value it becomes.

    `fields` are (name, Solidity type, indexed) in the order of the declaration.
    """

    def __init__(
        self, event: str, make: Callable[..., Any], fields: Sequence[tuple[str, str, bool]]
    ) -> None:
        self.signature = f"{event}({','.join([kind for _, kind, _ in fields])})"
        self.declared = tuple(fields)
        self._make = make
        self._known_topic = ""
        self._indexed = tuple([_field(name, kind) for name, kind, indexed in fields if indexed])
        self._data = tuple([_field(name, kind) for name, kind, indexed in fields if not indexed])
        self._size = 2 + 2 * WORD_BYTES * len(self._data)
        self._topics = len(self._indexed)
        self._words = len(self._data)
        both: list[Any] = [*self._indexed, *self._data]
        self._names = tuple([field.name for field in both])
        self._plan = b"".join([_planned(field) for field in both])

    @property
    def topic(self) -> str:
        """The first topic of such a log: the hash of the signature."""
        if not self._known_topic:  # hashing takes a moment, which importing should not
            self._known_topic = "0x" + keccak256(self.signature.encode()).hex()
        return self._known_topic

    @cython.ccall
    def read(self, log: Any) -> Any:
        """The event of a log with this topic. Raises WireError naming event, field and value."""
        if cython.compiled:
            found = self._quick(log)
            if found is not None:
                return found
        return self.plain(log)

    @cython.cfunc
    def _quick(self, log: object) -> object:
        """The event, or None when something about the log is not as it should be."""
        if cython.compiled:
            topics: object = log.topics
            data: object = log.data
            if not isinstance(topics, tuple):
                return None
            told: tuple = cython.cast(tuple, topics)
            if len(told) != self._topics + 1:
                return None
            p: cython.p_const_uchar = characters(data, self._size)
            if p == cython.NULL or p[0] != 48 or p[1] != 120:
                return None
            word: cython.uchar[32]
            plan: cython.p_const_uchar = self._plan
            values: list = []
            text: object
            i: cython.Py_ssize_t
            q: cython.p_const_uchar
            for i in range(self._topics):
                text = told[i + 1]
                q = characters(text, 66)
                if q == cython.NULL or q[0] != 48 or q[1] != 120 or not unhex(q + 2, word):
                    return None
                if plan[0] == BYTES32 and _is_lower(q):
                    value = text  # as it is, without another text of the same
                else:
                    value = _value(word, plan)
                if value is None:
                    return None
                values.append(value)
                plan += 4
            p += 2
            for i in range(self._words):
                if not unhex(p, word):
                    return None
                value = _value(word, plan)
                if value is None:
                    return None
                values.append(value)
                plan += 4
                p += 64
            return PyObject_Vectorcall(self._make, PySequence_Fast_ITEMS(values), 0, self._names)
        return None

    def plain(self, log: Told) -> Any:
        """As `read`, slower: the one that says what is wrong."""
        topics = log.topics
        if len(topics) != len(self._indexed) + 1:
            raise WireError(f"{self.signature}: {len(topics)} topics")
        if len(log.data) != self._size or log.data[:2] != "0x":
            raise WireError(
                f"{self.signature}: data of {len(log.data)} characters; {self._size} are needed"
            )
        values = [self._topic(field, i, topics[i]) for i, field in enumerate(self._indexed, 1)]
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
                values.append(value)
            else:
                values.append(self._other(name, kind, word))
        return self._make(**dict(zip(self._names, values, strict=True)))

    def _topic(self, field: _Field, place: int, text: str) -> Any:
        if len(text) != 66:
            raise WireError(f"{self.signature}: topic {place} is {text[:80]!r}")
        if field.kind == "address":
            if text[:26] == _ADDRESS_PAD and _is_hex(text[26:]):
                return "0x" + text[26:].lower()
            raise WireError(f"{self.signature}: {field.name} is {text!r}, which is no address")
        value = number_of(text)
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


@cython.cfunc
def _value(word: cython.p_const_uchar, plan: cython.p_const_uchar) -> object:
    """What a word is by its field's plan; None when it is no such value."""
    if cython.compiled:
        form: cython.int = plan[0]
        before: cython.int = plan[1]
        if form >= ADDRESS:
            return _named(word, before)
        fill: cython.uchar = 255 if form == SIGNED and word[0] & 128 else 0
        i: cython.int
        off: cython.uint = 0
        for i in range(before):
            off |= word[i] ^ fill
        if before < 32:
            off |= (word[before] ^ fill) & plan[2]
        if off:
            return None
        start: cython.int = min(before, 24)
        for i in range(start, 24):
            off |= word[i] ^ fill
        if off or (word[24] ^ fill) & 128:
            return _PyLong_FromByteArray(word + start, 32 - start, 0, fill != 0)
        bits: cython.ulonglong = 0
        for i in range(24, 32):
            bits = bits << 8 | word[i]
        return cython.cast(cython.longlong, bits)
    return None


@cython.cfunc
def _named(word: cython.p_const_uchar, before: cython.int) -> object:
    """An address or 32 bytes as 0x hex; None when what is before an address is not empty."""
    if cython.compiled:
        text: cython.char[66]
        digits: cython.p_const_uchar = HEX
        i: cython.int
        for i in range(before):
            if word[i]:
                return None
        text[0] = 48
        text[1] = 120
        at: cython.int = 2
        for i in range(before, 32):
            text[at] = digits[word[i] >> 4]
            text[at + 1] = digits[word[i] & 15]
            at += 2
        return PyUnicode_DecodeASCII(text, at, cython.NULL)
    return None


@cython.cfunc
@cython.exceptval(check=False)
def _is_lower(text: cython.p_const_uchar) -> cython.bint:
    """Whether no digit of a topic is a capital: those alone lack that bit."""
    if cython.compiled:
        every: cython.uchar = 32
        i: cython.int
        for i in range(66):
            every &= text[i]
        return every != 0
    return False


def _is_hex(digits: str) -> bool:
    try:
        return len(bytes.fromhex(digits)) * 2 == len(digits)  # it skips blanks
    except ValueError:
        return False


@cython.final
@cython.cclass
class Events:
    """The events of a contract, by topic."""

    def __init__(self, *layouts: Layout) -> None:
        self._layouts = layouts
        self._by_topic = {}

    @property
    def by_topic(self) -> Mapping[str, Layout]:
        """The layouts by their first topic."""
        if not self._by_topic:  # hashing the signatures takes a moment, which importing should not
            self._by_topic = {layout.topic: layout for layout in self._layouts}
        return self._by_topic

    @cython.ccall
    def read(self, log: Any) -> Any:
        """The event of a log; None when it is none of these. Raises WireError."""
        topics = log.topics
        if not topics:
            return None
        known = self._by_topic or self.by_topic
        layout = known.get(topics[0])
        if layout is None:
            return None
        return cython.cast(Layout, layout).read(log)
