"""What is measured: frames of one connection, and the book they must end in.

The reference here is the slowest and plainest reading of each format: it judges everybody.
"""

import json
from decimal import Decimal
from enum import StrEnum

import msgspec

Sides = tuple[list[tuple[Decimal, Decimal]], list[tuple[Decimal, Decimal]]]


class Wire(StrEnum):
    """A wire format."""

    OKX = "okx"
    OKX_2022 = "okx-2022"  # before seqId; checksums that can be verified
    KRAKEN_V1 = "kraken-v1"
    KRAKEN_V2 = "kraken-v2"
    BINANCE_SPOT = "binance-spot"
    BINANCE_USDM = "binance-usdm"

    @property
    def venue(self) -> str:
        return self.value.partition("-")[0]


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """An instrument as its venue names it, and the decimals its numbers are written with."""

    wire: str
    base: str
    quote: str
    price_decimals: int
    size_decimals: int

    @property
    def symbol(self) -> str:
        return f"{self.base}/{self.quote}"


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """Frames to measure with. `opening` are the snapshots that come before and are not timed.

    For Binance, the one opening is the reply to the depth request.
    """

    key: str
    title: str
    wire: Wire
    pairs: tuple[Pair, ...]
    opening: tuple[bytes, ...]
    frames: tuple[bytes, ...]
    depth: int = 0  # levels a side that the subscription asked for; 0: all
    note: str = ""

    @property
    def bytes_a_frame(self) -> float:
        return sum(map(len, self.frames)) / max(1, len(self.frames))

    @property
    def levels_a_frame(self) -> float:
        counted = sum(
            len(bids) + len(asks)
            for _, _, bids, asks in (read(self.wire, frame) for frame in self.frames)
        )
        return counted / max(1, len(self.frames))


Texts = list[tuple[str, str]]


def read(wire: Wire, data: bytes) -> tuple[str, bool, Texts, Texts]:
    """(symbol, is it a snapshot, bids, asks) of a frame; numbers as the text on the wire."""
    said = json.loads(data, parse_float=str)
    if wire in {Wire.OKX, Wire.OKX_2022}:
        body = said["data"][0]
        return (
            said["arg"]["instId"],
            said["action"] == "snapshot",
            [(level[0], level[1]) for level in body["bids"]],
            [(level[0], level[1]) for level in body["asks"]],
        )
    if wire is Wire.KRAKEN_V1:
        bids: Texts = []
        asks: Texts = []
        for part in said[1:-2]:
            bids += [(level[0], level[1]) for level in part.get("bs", part.get("b", []))]
            asks += [(level[0], level[1]) for level in part.get("as", part.get("a", []))]
        return said[-1], "as" in said[1] or "bs" in said[1], bids, asks
    if wire is Wire.KRAKEN_V2:
        body = said["data"][0]
        return (
            body["symbol"],
            said["type"] == "snapshot",
            [(str(level["price"]), str(level["qty"])) for level in body["bids"]],
            [(str(level["price"]), str(level["qty"])) for level in body["asks"]],
        )
    if "lastUpdateId" in said:
        return "", True, [tuple(x) for x in said["bids"]], [tuple(x) for x in said["asks"]]
    body = said["data"]
    return body["s"], False, [tuple(x) for x in body["b"]], [tuple(x) for x in body["a"]]


class PlainBook:
    """Two dicts of Decimal: the book nobody can get wrong."""

    def __init__(self, depth: int = 0) -> None:
        self.depth = depth
        self.bids: dict[Decimal, Decimal] = {}
        self.asks: dict[Decimal, Decimal] = {}

    def apply(self, snapshot: bool, bids: Texts, asks: Texts) -> None:
        for side, levels in ((self.bids, bids), (self.asks, asks)):
            if snapshot:
                side.clear()
            for price_text, size_text in levels:
                price, size = Decimal(price_text), Decimal(size_text)
                if size:
                    side[price] = size
                else:
                    side.pop(price, None)
        if self.depth and len(self.bids) > self.depth:
            self.bids = dict(sorted(self.bids.items(), reverse=True)[: self.depth])
        if self.depth and len(self.asks) > self.depth:
            self.asks = dict(sorted(self.asks.items())[: self.depth])

    def sides(self) -> Sides:
        return sorted(self.bids.items(), reverse=True), sorted(self.asks.items())


def final_books(stream: Stream) -> dict[str, Sides]:
    """The book each pair must end in, by wire name, best first."""
    truncated = stream.depth if stream.wire.venue == "kraken" else 0
    books = {pair.wire: PlainBook(truncated) for pair in stream.pairs}
    for frame in (*stream.opening, *stream.frames):
        symbol, snapshot, bids, asks = read(stream.wire, frame)
        books[symbol or stream.pairs[0].wire].apply(snapshot, bids, asks)
    return {wire: book.sides() for wire, book in books.items()}


def decimals_written(texts: list[str], padded: bool) -> int:
    """Most digits behind the point among numbers; padding zeros count where the format pads."""
    most = 0
    for text in texts:
        fraction = text.partition(".")[2]
        most = max(most, len(fraction if padded else fraction.rstrip("0")))
    return most


def pairs_of(
    wire: Wire, frames: list[bytes], names: dict[str, tuple[str, str]], only: str = ""
) -> tuple[Pair, ...]:
    """The instruments in frames, their decimals as those frames write them."""
    prices: dict[str, list[str]] = {}
    sizes: dict[str, list[str]] = {}
    for frame in frames:
        symbol, _, bids, asks = read(wire, frame)
        symbol = symbol or only
        prices.setdefault(symbol, []).extend(price for price, _ in (*bids, *asks))
        sizes.setdefault(symbol, []).extend(size for _, size in (*bids, *asks))
    padded = wire.venue == "kraken"
    return tuple(
        Pair(
            wire=symbol,
            base=names[symbol][0],
            quote=names[symbol][1],
            price_decimals=decimals_written(prices[symbol], padded),
            size_decimals=decimals_written(sizes[symbol], padded),
        )
        for symbol in sorted(prices)
    )
