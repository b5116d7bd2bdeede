"""Reads the texts that OKX writes numbers and times in. Nothing but WireError comes out of them.

OKX writes "" (and here and there null) for what does not apply: that is None here, never 0.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import msgspec

from argosy.errors import WireError
from argosy.model import Nanos
from argosy.model.time import from_ms

_NUMBER = re.compile(r"[+-]?\d{1,40}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,2})?", re.ASCII)
_MILLISECONDS = re.compile(r"\d{1,16}", re.ASCII)
_SHOWN = 80  # of a text in an error


def number(text: str | None, name: str) -> Decimal:
    """A number that must be there."""
    if text is None or _NUMBER.fullmatch(text) is None:
        raise WireError(f"okx: {name} is {shown(text)}; a number is expected")
    return Decimal(text)


def number_or_none(text: str | None, name: str) -> Decimal | None:
    """A number, or None for "" and null."""
    return number(text, name) if text else None


def number_or_zero(text: str | None, name: str) -> Decimal:
    """A number where nothing means none of it: filled sizes, fees."""
    return number(text, name) if text else Decimal(0)


def positive_or_none(text: str | None, name: str) -> Decimal | None:
    """A price or size, or None for "", null and 0, which OKX writes where there is none."""
    value = number_or_none(text, name)
    return value or None


def stamp(text: str | None, name: str) -> Nanos:
    """Unix milliseconds written in decimal; 0 where there are none."""
    if not text:
        return Nanos(0)
    if _MILLISECONDS.fullmatch(text) is None:
        raise WireError(f"okx: {name} is {shown(text)}; milliseconds are expected")
    return from_ms(int(text))


def stamp_or_none(text: str | None, name: str) -> Nanos | None:
    """Unix milliseconds, or None for "", null and 0."""
    return stamp(text, name) or None


def truth(value: str | bool | None) -> bool:
    """OKX writes booleans as JSON booleans in some answers and as texts in others."""
    return value is True or value == "true"


def shown(value: object) -> str:
    """A value for an error text, cut to a readable length."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


@contextmanager
def decoding(what: str) -> Iterator[None]:
    """Turn whatever goes wrong while reading bytes into a WireError that says what was read."""
    try:
        yield
    except WireError:
        raise
    except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError) as e:
        raise WireError(f"okx: {what}: {shown(str(e))}") from e
