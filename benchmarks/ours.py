"""Drives our own hot path: one BookReader over the raw frames, as a connection would."""

from decimal import Decimal
from importlib.metadata import PackageNotFoundError, version

import argosy.books.frames
from argosy.books import BookFormat, BookReader, Checksum, Continuity, Role, Shelf
from argosy.model import Instrument, InstrumentId, InstrumentKind, VenueId
from benchmarks.contenders import InProcess
from benchmarks.streams import Pair, Sides, Stream, Wire

COMPILED = not argosy.books.frames.__file__.endswith(".py")

OKX = BookFormat(
    roles={
        "instId": Role.SYMBOL,
        "action": Role.KIND,
        "asks": Role.ASKS,
        "bids": Role.BIDS,
        "ts": Role.TIME_MS,
        "checksum": Role.CHECKSUM,
        "prevSeqId": Role.PREVIOUS,
        "seqId": Role.SEQUENCE,
    },
    continuity=Continuity.PREVIOUS,
    checksum=Checksum.OKX,
)
KRAKEN_V1 = BookFormat(
    roles={
        "as": Role.SNAPSHOT_ASKS,
        "bs": Role.SNAPSHOT_BIDS,
        "a": Role.ASKS,
        "b": Role.BIDS,
        "c": Role.CHECKSUM,
    },
    continuity=Continuity.NONE,
    checksum=Checksum.KRAKEN,
    time_index=2,
    symbol_last=True,
    scale_from_snapshot=True,
    truncate=True,
)
KRAKEN_V2 = BookFormat(
    roles={
        "symbol": Role.SYMBOL,
        "type": Role.KIND,
        "bids": Role.BIDS,
        "asks": Role.ASKS,
        "checksum": Role.CHECKSUM,
        "timestamp": Role.TIME_ISO,
    },
    continuity=Continuity.NONE,
    checksum=Checksum.KRAKEN,
    price_key="price",
    size_key="qty",
    truncate=True,
)
BINANCE_ROLES = {
    "s": Role.SYMBOL,
    "U": Role.FIRST,
    "u": Role.SEQUENCE,
    "pu": Role.PREVIOUS,
    "b": Role.BIDS,
    "a": Role.ASKS,
    "bids": Role.BIDS,
    "asks": Role.ASKS,
    "lastUpdateId": Role.SEQUENCE,
    "E": Role.TIME_MS,
}
FORMATS = {
    Wire.OKX: OKX,
    Wire.OKX_2022: OKX,
    Wire.KRAKEN_V1: KRAKEN_V1,
    Wire.KRAKEN_V2: KRAKEN_V2,
    Wire.BINANCE_SPOT: BookFormat(roles=BINANCE_ROLES, continuity=Continuity.RANGE),
    Wire.BINANCE_USDM: BookFormat(roles=BINANCE_ROLES, continuity=Continuity.RANGE_PREVIOUS),
}


def our_version() -> str:
    try:
        found = version("argosy")
    except PackageNotFoundError:
        found = "working tree"
    return f"{found} {'compiled' if COMPILED else 'interpreted'}"


def instrument(venue: str, pair: Pair) -> Instrument:
    return Instrument(
        id=InstrumentId(f"{venue}:{pair.symbol}"),
        venue=VenueId(venue),
        venue_symbol=pair.wire,
        kind=InstrumentKind.SPOT,
        base=pair.base,
        quote=pair.quote,
        price_increment=Decimal(1).scaleb(-pair.price_decimals),
        size_increment=Decimal(1).scaleb(-pair.size_decimals),
    )


class Ours(InProcess):
    """BookReader.read(frame): frame in, book updated and verified, a Step out."""

    name = "argosy"
    version = our_version()

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self.shelf = Shelf()
        self.reader = BookReader(FORMATS[stream.wire], self.shelf)
        self.books = {
            pair.wire: self.reader.attach(
                pair.wire,
                instrument(stream.wire.venue, pair),
                stream.depth if stream.wire.venue == "kraken" else 0,
            )
            for pair in stream.pairs
        }

    def open(self) -> None:
        for book in self.books.values():
            book.leave()
        if self.stream.wire.venue == "binance":
            self.reader.read_reply(self.stream.pairs[0].wire, self.stream.opening[0], 1)
            return
        for frame in self.stream.opening:
            self.reader.read(frame, 1)

    def run(self) -> None:
        read = self.reader.read
        for frame in self.stream.frames:
            read(frame, 1)

    def book(self, wire: str) -> Sides:
        return self.books[wire].levels()

    def checks(self) -> str:
        """What went wrong on the way, for a row must not be reported then."""
        for wire, book in self.books.items():
            if book.gaps or book.checksums_wrong:
                return f"{wire}: {book.gaps} gaps, {book.checksums_wrong} checksums wrong"
        return ""
