"""Drives cryptofeed's own message handlers: its JSON decoder, its books, a callback that idles.

Handlers are coroutines; none of them waits on these paths, so no event loop is charged to them.
"""

import logging
from importlib.metadata import version
from typing import Any

from benchmarks.contenders import InProcess, NotMeasured
from benchmarks.streams import Sides, Stream, Wire


async def _idle(_book: object, _receipt: float) -> None:
    return


class _Replies:
    """Stands where cryptofeed's HTTP connection stands: answers every request with one text."""

    def __init__(self, text: str) -> None:
        self.text = text

    async def read(self, *_arguments: object, **_options: object) -> str:
        return self.text


class Cryptofeed(InProcess):
    """cryptofeed's Feed.message_handler over the frames as text."""

    name = "cryptofeed"

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        try:
            from cryptofeed import exchanges
            from cryptofeed.defines import L2_BOOK
            from cryptofeed.symbols import Symbols
        except ImportError as e:
            raise NotMeasured(f"cryptofeed is not installed ({e})") from None
        logging.getLogger("feedhandler").setLevel(logging.ERROR)
        self.version = version("cryptofeed")
        options: dict[str, Any] = {}
        kind = {
            Wire.OKX: exchanges.OKX,
            Wire.OKX_2022: exchanges.OKX,
            Wire.KRAKEN_V1: exchanges.Kraken,
            Wire.BINANCE_SPOT: exchanges.Binance,
            Wire.BINANCE_USDM: exchanges.BinanceFutures,
        }.get(stream.wire)
        if kind is None:
            raise NotMeasured("cryptofeed speaks Kraken v1 only")
        if stream.wire is Wire.KRAKEN_V1:
            options = {"max_depth": stream.depth, "checksum_validation": True}
            self.note = "checksum validation on"
        elif stream.wire is Wire.OKX_2022:
            options = {"checksum_validation": True}
            self.note = "checksum validation on"
        # Its names: BASE-QUOTE. A quote such as USDSWAP keeps derivatives apart; nothing reads it.
        self.names = {pair.wire: f"{pair.base}-{pair.quote}" for pair in stream.pairs}
        normal = {name: wire for wire, name in self.names.items()}
        Symbols.set(kind.id, normal, {"tick_size": {}, "instrument_type": {}})
        self.feed = kind(
            symbols=list(self.names.values()),
            channels=[L2_BOOK],
            callbacks={L2_BOOK: _idle},
            **options,
        )
        self.opening = [frame.decode() for frame in stream.opening]
        self.texts = [frame.decode() for frame in stream.frames]

    def open(self) -> None:
        self.feed._l2_book = {}
        if self.stream.wire.venue == "binance":
            self.feed.http_conn = _Replies(self.opening[0])
            _finish(self.feed._snapshot(self.stream.pairs[0].wire))
            return
        _finish(self._handle(self.opening))

    def run(self) -> None:
        _finish(self._handle(self.texts))

    async def _handle(self, texts: list[str]) -> None:
        handler = self.feed.message_handler
        for text in texts:
            await handler(text, None, 0.0)

    def book(self, wire: str) -> Sides:
        book = self.feed._l2_book[self.names[wire]].book
        bids = [book.bids.index(i) for i in range(len(book.bids))]
        asks = [book.asks.index(i) for i in range(len(book.asks))]
        return bids, asks


def _finish(coroutine: Any) -> None:
    try:
        coroutine.send(None)
    except StopIteration:
        return
    raise NotMeasured("cryptofeed's handler waits for something here")
