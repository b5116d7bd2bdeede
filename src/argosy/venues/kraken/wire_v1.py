"""WebSocket v1 messages as Kraken documents them, one to one, for recordings. Decodes only.

https://docs.kraken.com/exchange/api-reference/spot-websocket-v1 (2026-11-22). Data are arrays
[channelID, payload, (payload,) channelName, pair]; everything else is an object with an `event`.
"""

from decimal import Decimal

import msgspec

from argosy.errors import WireError
from argosy.venues.kraken.wire import read


class Subscription(msgspec.Struct, frozen=True):
    """What a subscriptionStatus is about."""

    name: str
    depth: int | None = None
    interval: int | None = None
    maxratecount: int | None = None
    ratecounter: bool | None = None
    snapshot: bool | None = None


class Event(msgspec.Struct, frozen=True):
    """systemStatus, subscriptionStatus, heartbeat, pong, error."""

    event: str
    status: str = ""
    version: str = ""
    connectionID: int | str = 0  # noqa: N815  # as Kraken writes it; an unsigned 64-bit number
    channelID: int | None = None  # noqa: N815
    channelName: str = ""  # noqa: N815
    pair: str = ""
    reqid: int | None = None
    subscription: Subscription | None = None
    errorMessage: str = ""  # noqa: N815


class Trade(msgspec.Struct, frozen=True, array_like=True):
    """One trade: side is the taker's, b or s; order_type is l or m."""

    price: Decimal
    volume: Decimal
    time: str
    side: str
    order_type: str
    misc: str = ""


class Spread(msgspec.Struct, frozen=True, array_like=True):
    """Best prices."""

    bid: Decimal
    ask: Decimal
    timestamp: str
    bid_volume: Decimal
    ask_volume: Decimal


class Ohlc(msgspec.Struct, frozen=True, array_like=True):
    """The candle that is forming; etime is its end."""

    time: str
    etime: str
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    vwap: Decimal
    volume: Decimal
    count: int


class Ticker(msgspec.Struct, frozen=True):
    """Pairs of figures are (today, last 24 hours); a and b are (price, whole lots, lots)."""

    a: tuple[Decimal, int | str, Decimal]
    b: tuple[Decimal, int | str, Decimal]
    c: tuple[Decimal, Decimal]
    v: tuple[Decimal, Decimal]
    p: tuple[Decimal, Decimal]
    t: tuple[int, int]
    l: tuple[Decimal, Decimal]  # noqa: E741  # as Kraken writes it
    h: tuple[Decimal, Decimal]
    o: tuple[Decimal, Decimal]


class BookPart(msgspec.Struct, frozen=True):
    """A snapshot (as, bs) or an update (a, b, c). Levels are [price, volume, time, ("r")]: r says
    that the level is sent again because it came back into the depth.
    """

    as_: list[list[str]] | None = msgspec.field(default=None, name="as")
    bs: list[list[str]] | None = None
    a: list[list[str]] | None = None
    b: list[list[str]] | None = None
    c: str | None = None


event = msgspec.json.Decoder(Event)
array = msgspec.json.Decoder(list[msgspec.Raw])
text = msgspec.json.Decoder(str)
trades = msgspec.json.Decoder(list[Trade])
spread = msgspec.json.Decoder(Spread)
ohlc = msgspec.json.Decoder(Ohlc)
ticker = msgspec.json.Decoder(Ticker)
book = msgspec.json.Decoder(BookPart)


def split(frame: bytes) -> tuple[str, str, list[msgspec.Raw]]:
    """A data frame's channel name, pair and payloads. Raises WireError for any other form."""
    parts = read(array, frame, "v1 frame")
    if not 4 <= len(parts) <= 5:
        raise WireError(f"kraken v1 frame: {len(parts)} parts; 4 or 5 are documented")
    name = read(text, parts[-2], "v1 channel name")
    pair = read(text, parts[-1], "v1 pair")
    return name, pair, parts[1:-2]
