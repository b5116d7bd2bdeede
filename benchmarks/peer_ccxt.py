"""Drives ccxt.pro's own handlers on its own client object, with no socket behind it.

Two readings: the handler alone on decoded messages, and text to resolved book as its socket loop
does it (orjson, then the handler). No future waits, which spares ccxt.pro that part.
"""

import asyncio
from typing import Any

from benchmarks.contenders import InProcess, NotMeasured
from benchmarks.streams import Pair, Sides, Stream, Wire

URLS = {
    Wire.OKX: "wss://ws.okx.com/ws/v5/public",
    Wire.OKX_2022: "wss://ws.okx.com/ws/v5/public",
    Wire.KRAKEN_V2: "wss://ws.kraken.com/v2",
    Wire.BINANCE_SPOT: "wss://stream.binance.com:9443/stream",
    Wire.BINANCE_USDM: "wss://fstream.binance.com/ws",
}


def market(pair: Pair, linear_swap: bool = False) -> dict[str, Any]:
    """A market as ccxt describes it, as far as books and orders need it."""
    symbol = f"{pair.symbol}:{pair.quote}" if linear_swap else pair.symbol
    return {
        "id": pair.wire,
        "lowercaseId": pair.wire.lower(),
        "symbol": symbol,
        "base": pair.base,
        "quote": pair.quote,
        "settle": pair.quote if linear_swap else None,
        "baseId": pair.base,
        "quoteId": pair.quote,
        "type": "swap" if linear_swap else "spot",
        "spot": not linear_swap,
        "margin": False,
        "swap": linear_swap,
        "future": False,
        "option": False,
        "contract": linear_swap,
        "linear": True if linear_swap else None,
        "inverse": False if linear_swap else None,
        "contractSize": 1 if linear_swap else None,
        "active": True,
        "precision": {
            "price": 10.0**-pair.price_decimals,
            "amount": 10.0**-pair.size_decimals,
        },
        "limits": {"amount": {}, "price": {}, "cost": {}, "leverage": {}},
        "info": {},
    }


class Ccxt(InProcess):
    """ccxt.pro from text to resolved book, as its receive loop does it."""

    name = "ccxt.pro"
    whole = False  # its handlers cut a book to its limit only when a consumer awaits it
    decode = True

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        try:
            import ccxt
            import ccxt.pro
            import orjson
        except ImportError as e:
            raise NotMeasured(f"ccxt is not installed ({e})") from None
        if stream.wire not in URLS:
            raise NotMeasured("ccxt.pro speaks Kraken v2 only")
        self.version = ccxt.__version__
        self.note = "JSON decode (orjson) and handler" if self.decode else "handler only, decoded"
        if stream.wire is Wire.KRAKEN_V2:
            self.note += "; its checksum is off by default and fails on every frame when on"
        asyncio.set_event_loop(_loop())
        swap = stream.wire is Wire.BINANCE_USDM
        self.exchange = getattr(ccxt.pro, stream.wire.venue)({"asyncio_loop": _loop()})
        self.exchange.set_markets([market(pair, swap) for pair in stream.pairs])
        self.symbols = {pair.wire: market(pair, swap)["symbol"] for pair in stream.pairs}
        self.client = _loop().run_until_complete(_client(self.exchange, URLS[stream.wire]))
        for pair in stream.pairs:
            name = self.symbols[pair.wire]
            self.client.subscriptions[f"books:{name}"] = True
            self.client.subscriptions[f"orderbook@{name}"] = {"limit": stream.depth}
        self.texts = [frame.decode() for frame in stream.frames]
        self.messages = [orjson.loads(frame) for frame in stream.frames]
        self.opening = [orjson.loads(frame) for frame in stream.opening]

    def open(self) -> None:
        self.exchange.orderbooks = self.exchange.create_safe_dictionary()
        if self.stream.wire.venue == "binance":
            symbol = self.symbols[self.stream.pairs[0].wire]
            reply = self.opening[0]
            snapshot = self.exchange.parse_order_book(reply, symbol)
            snapshot["nonce"] = reply["lastUpdateId"]
            self.exchange.orderbooks[symbol] = self.exchange.order_book(snapshot, 1000)
            return
        for message in self.opening:
            self.exchange.handle_message(self.client, message)

    def run(self) -> None:
        receive = self.client.handle_text_or_binary_message
        for text in self.texts:
            receive(text)

    def book(self, wire: str) -> Sides:
        book = self.exchange.orderbooks[self.symbols[wire]]
        return [tuple(x[:2]) for x in book["bids"]], [tuple(x[:2]) for x in book["asks"]]


class CcxtHandler(Ccxt):
    """ccxt.pro's handler alone: the frames are decoded beforehand."""

    name = "ccxt.pro handler"
    decode = False

    def run(self) -> None:
        handle = self.exchange.handle_message
        client = self.client
        for message in self.messages:
            handle(client, message)


_LOOPS: list[asyncio.AbstractEventLoop] = []


def _loop() -> asyncio.AbstractEventLoop:
    if not _LOOPS:
        _LOOPS.append(asyncio.new_event_loop())
    return _LOOPS[0]


async def _client(exchange: Any, url: str) -> Any:
    client = exchange.client(url)
    await exchange.close()  # its HTTP session; the client object stays as good as new
    return client
