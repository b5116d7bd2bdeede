"""Why a contract refused: texts, panics and custom errors read from the data of a revert.

Source: Solidity documentation, "Error handling" (0.8.30). Nothing is raised, whatever the bytes.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from argosy.dialects.evm.functions import Function, decode, unhex
from argosy.errors import Reverted, WireError

_TEXT = Function("Error(string)")
_PANIC = Function("Panic(uint256)")
# Codes of the compiler's own checks.
_PANICS = {
    0x01: "an assertion failed",
    0x11: "an amount over- or underflows",
    0x12: "a division by zero",
    0x32: "an index beyond the end of a list",
}


class Refusal(NamedTuple):
    """`name` is the custom error's, "Error" for a text, "Panic" for a failed check."""

    name: str
    text: str
    values: tuple[object, ...] = ()


def read_refusal(data: str, errors: Sequence[Function] = ()) -> Refusal | None:
    """What the data says; None where it says nothing that we know."""
    try:
        raw = unhex(data)
        head, rest = raw[:4], raw[4:]
        if head == _TEXT.selector:
            return Refusal("Error", str(decode(("string",), rest)[0])[:500])
        if head == _PANIC.selector:
            code = decode(("uint256",), rest)[0]
            return Refusal("Panic", _PANICS.get(code, f"panic {code:#x}"))
        for error in errors:
            if head == error.selector:
                values = decode(error.types, rest)
                told = ", ".join(_shown(each) for each in values)
                return Refusal(error.name, f"{error.name}({told})"[:500], values)
    except WireError:
        return None
    return None


def explained(
    error: Reverted, venue: str, errors: Mapping[str, str], texts: Mapping[str, tuple[str, str]]
) -> Reverted:
    """A refusal with its code and words.

    `errors` are words by the signature of a custom error; `texts` are (code's name, words) by the
    text of an old-style one. What is in neither keeps its own text.
    """
    functions = {signature: Function(signature) for signature in errors}
    found = read_refusal(error.data, tuple(functions.values()))
    if found is None:
        return error
    words, code = found.text, ""
    if found.name == "Error":
        code, words = texts.get(found.text, ("", found.text))
        code = code or found.text
    elif found.name != "Panic":
        signature = next(each for each, known in functions.items() if known.name == found.name)
        code, words = found.name, errors[signature]
        if found.values:
            words += f" ({', '.join(_shown(each) for each in found.values)})"
    return Reverted(words, venue=venue, code=code, data=error.data)


def _shown(value: object) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)
