"""Drives NautilusTrader's Python-side path: Binance decoder, its deltas, OrderBook.apply_deltas.

Its OKX adapter parses inside its own Rust socket client and cannot be given bytes, so OKX levels
reach it in Binance's wire form. Engine, cache and bus, which it runs in production, are left out.
"""

from decimal import Decimal
from importlib.metadata import version

import msgspec

from benchmarks.contenders import InProcess, NotMeasured
from benchmarks.streams import Sides, Stream, read


class Nautilus(InProcess):
    """nautilus_trader from bytes to an applied L2 book."""

    name = "nautilus_trader"

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        try:
            from nautilus_trader.adapters.binance.common.schemas.market import BinanceOrderBookMsg
            from nautilus_trader.model.book import OrderBook
            from nautilus_trader.model.enums import BookType
            from nautilus_trader.model.identifiers import InstrumentId
        except ImportError as e:
            raise NotMeasured(f"nautilus_trader is not installed ({e})") from None
        if stream.wire.venue == "kraken":
            raise NotMeasured("nautilus_trader's Kraken adapter parses inside its Rust client only")
        self.version = version("nautilus_trader")
        self.note = "Python side: decode, deltas, apply; engine and bus left out"
        self.frames = list(stream.frames)
        self.opening = [_binance(stream, frame, 1) for frame in stream.opening]
        if stream.wire.venue != "binance":
            self.note += "; the same levels in Binance's wire form (its OKX parser takes no bytes)"
            self.frames = [_binance(stream, f, i + 2) for i, f in enumerate(stream.frames)]
        self.decoder = msgspec.json.Decoder(BinanceOrderBookMsg)
        self.ids = {p.wire: InstrumentId.from_str(f"{p.wire}.BINANCE") for p in stream.pairs}
        self.new_book = lambda wire: OrderBook(self.ids[wire], BookType.L2_MBP)
        self.books = {wire: self.new_book(wire) for wire in self.ids}

    def open(self) -> None:
        self.books = {wire: self.new_book(wire) for wire in self.ids}
        for frame in self.opening:
            data = self.decoder.decode(frame).data
            deltas = data.parse_to_order_book_deltas(self.ids[data.s], 1, snapshot=True)
            self.books[data.s].apply_deltas(deltas)

    def run(self) -> None:
        decode = self.decoder.decode
        books = self.books
        ids = self.ids
        for frame in self.frames:
            data = decode(frame).data
            books[data.s].apply_deltas(data.parse_to_order_book_deltas(ids[data.s], 1))

    def book(self, wire: str) -> Sides:
        def side(levels: list[object]) -> list[tuple[Decimal, Decimal]]:
            return [(level.price.as_decimal(), Decimal(str(level.size()))) for level in levels]

        book = self.books[wire]
        return side(book.bids()), side(book.asks())


def _binance(stream: Stream, frame: bytes, sequence: int) -> bytes:
    """The levels of a frame in Binance's wire form."""
    symbol, _, bids, asks = read(stream.wire, frame)
    symbol = symbol or stream.pairs[0].wire

    def side(levels: list[tuple[str, str]]) -> str:
        return ",".join(f'["{price}","{size}"]' for price, size in levels)

    return (
        f'{{"stream":"{symbol.lower()}@depth@0ms","data":{{"e":"depthUpdate","E":1723161256299,'
        f'"T":1723161256298,"s":"{symbol}","U":{sequence},"u":{sequence},"pu":{sequence - 1},'
        f'"b":[{side(bids)}],"a":[{side(asks)}]}}}}'
    ).encode()
