"""Time is an int of nanoseconds since 1970, UTC. Nothing here reads a clock."""

import re
from datetime import UTC, datetime, timedelta
from typing import NewType

Nanos = NewType("Nanos", int)

MICROSECOND = 1_000
MILLISECOND = 1_000_000
SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:?\d\d)?$",
    re.ASCII,
)
_SECONDS = re.compile(r"(\d{1,12})(?:\.(\d{1,9})\d*)?$", re.ASCII)


def from_ms(milliseconds: int) -> Nanos:
    """Venue milliseconds to nanoseconds."""
    return Nanos(milliseconds * MILLISECOND)


def to_ms(at: Nanos) -> int:
    """Nanoseconds to whole milliseconds, rounded down."""
    return at // MILLISECOND


def parse_seconds(text: str) -> Nanos:
    """Read unix seconds written in decimal ('1618678142.557535') without going through a float.

    Raises:
        ValueError: when the text is not such a number.
    """
    found = _SECONDS.match(text)
    if found is None:
        raise ValueError(f"{text!r} is not a time in unix seconds")
    whole, fraction = found.groups()
    return Nanos(int(whole) * SECOND + int((fraction or "").ljust(9, "0")))


def parse_utc(text: str) -> Nanos:
    """Read an RFC 3339 stamp to the nanosecond; no zone means UTC; digits past nine are cut.

    Raises:
        ValueError: when the text is not such a stamp or names no real date.
    """
    found = _ISO.match(text)
    if found is None:
        raise ValueError(f"{text!r} is not an RFC 3339 time")
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    leap = second == "60"  # a leap second counts as the first of the next minute
    moment = datetime(
        int(year),
        int(month),
        int(day),
        int(hour),
        int(minute),
        59 if leap else int(second),
        tzinfo=UTC,
    )
    if leap:
        moment += timedelta(seconds=1)
    if zone and zone != "Z":
        digits = zone[1:].replace(":", "")
        offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        moment -= offset if zone[0] == "+" else -offset
    whole = moment - _EPOCH
    nanos = (whole.days * 86_400 + whole.seconds) * SECOND
    return Nanos(nanos + int((fraction or "").ljust(9, "0")))


def format_utc(at: Nanos, digits: int = 9) -> str:
    """Write an RFC 3339 stamp in UTC with `digits` (0 to 9) places of a second, cut not rounded."""
    seconds, nanos = divmod(at, SECOND)
    text = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{nanos:09d}"[: 20 + digits] + "Z" if digits else f"{text}Z"
