"""The parameters of one request, read as OKX does: text, numbers, booleans alike. No meaning."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from argosy.model.money import parse_decimal
from argosy.sandbox.okx.codes import Fault

Row = dict[str, object]
MAX_DIGITS = 30  # before or after the point
_JSON = msgspec.json.Decoder(float_hook=Decimal)


def ms(at_ns: int | None) -> str:
    """Nanoseconds as OKX writes times: milliseconds, '' for none."""
    return "" if at_ns is None else str(at_ns // 1_000_000)


class Args:
    """A query or a JSON object."""

    def __init__(self, raw: Mapping[str, object]) -> None:
        self._raw = raw

    def text(self, name: str, default: str = "") -> str:
        """The value as text; `default` when it is absent, null or empty."""
        value = self._raw.get(name)
        if value is None or value == "":
            return default
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value) if isinstance(value, (str, int, Decimal)) else default

    def need(self, name: str) -> str:
        """The value as text; Fault 50014 without it."""
        value = self.text(name)
        if not value:
            raise Fault("50014", name)
        return value

    def number(self, name: str) -> Decimal | None:
        """A decimal, None when absent; Fault 51000 when it is none."""
        text = self.text(name)
        if not text:
            return None
        try:
            value = parse_decimal(text, name)
        except ValueError:
            raise Fault("51000", name) from None
        if value and abs(value.adjusted()) > MAX_DIGITS:
            raise Fault("51000", name)
        return value

    def whole(self, name: str, default: int, most: int | None = None) -> int:
        """A whole number >= 0, capped at `most`."""
        text = self.text(name)
        if not text:
            return default
        if not text.isdecimal() or len(text) > 20:
            raise Fault("51000", name)
        return int(text) if most is None else min(int(text), most)

    def flag(self, name: str) -> bool:
        """Whether it is true."""
        return self.text(name).lower() == "true"

    def choice(self, name: str, allowed: frozenset[str], default: str = "") -> str:
        """One of `allowed`; Fault 51000 for anything else, 50014 when absent with no default."""
        value = self.text(name, default) if default else self.need(name)
        if value not in allowed:
            raise Fault("51000", name)
        return value

    def rows(self, name: str) -> list["Args"]:
        """A list of objects, [] when absent."""
        value = self._raw.get(name)
        if not isinstance(value, list):
            return []
        return [Args(item) for item in value if isinstance(item, dict)]

    def has(self, name: str) -> bool:
        """Whether there is a value."""
        return bool(self.text(name))

    def raw(self) -> Row:
        """What came, as it came."""
        return dict(self._raw)


def objects(body: str | bytes) -> list[Args]:
    """The objects of a JSON body, one or a list of them; Fault 50000 or 50002."""
    if not body:
        raise Fault("50000")
    try:
        value = _JSON.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Fault("50002") from None
    found = value if isinstance(value, list) else [value]
    if not all(isinstance(item, dict) for item in found):
        raise Fault("50002")
    return [Args(item) for item in found]
