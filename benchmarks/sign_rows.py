"""From an order to a signed request: ours against ccxt's createOrder up to its fetch.

Both build a limit order over REST. Nothing is sent; keys are made up.
"""

import asyncio
import base64
import gc
import statistics
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from argosy.model import ClientOrderId, Credentials, Nanos, OrderType, PlaceOrder, Side
from argosy.venues import catalog
from benchmarks.ours import instrument
from benchmarks.peer_ccxt import _loop, market
from benchmarks.rows import Row, compared, skipped
from benchmarks.streams import Pair

GROUP = "orders"
SECRET = base64.b64encode(bytes(range(64))).decode()
PAIRS = {
    "kraken": Pair(wire="BTC/USD", base="BTC", quote="USD", price_decimals=1, size_decimals=8),
    "okx": Pair(wire="BTC-USDT", base="BTC", quote="USDT", price_decimals=1, size_decimals=8),
}
NOW = Nanos(1_700_000_000_000_000_000)
ORDERS = 500
PRICE, SIZE = "61800.1", "0.0125"


class _Captured(Exception):
    """Where ccxt would send."""


def _ours(venue: str) -> Callable[[], Any]:
    adapter = catalog.load(venue)
    about = msgspec.structs.replace(
        instrument(venue, PAIRS[venue]), venue_code="XBTUSD" if venue == "kraken" else None
    )
    adapter.need("reference").learn([about])  # type: ignore[attr-defined]
    trading: Any = adapter.need("trading")
    signer: Any = adapter.need("signer")
    credentials = Credentials(key="key", secret=SECRET, passphrase="")
    if venue == "okx":
        credentials = Credentials(key="key", secret=SECRET, passphrase="password")
    price, size = Decimal(PRICE), Decimal(SIZE)
    nonce = 1_700_000_000_000

    def make() -> Any:
        nonlocal nonce
        nonce += 1
        order = PlaceOrder(
            instrument=about.id,
            client_id=ClientOrderId("a1b2c3d4e5f6"),
            side=Side.BUY,
            type=OrderType.LIMIT,
            size=size,
            price=price,
        )
        return signer.sign(trading.place(order).request, credentials, NOW, nonce)

    return make


def _ccxt(venue: str) -> tuple[Callable[[], Any], str]:
    import ccxt
    import ccxt.async_support

    asyncio.set_event_loop(_loop())
    exchange = getattr(ccxt.async_support, venue)(
        {
            "apiKey": "key",
            "secret": SECRET,
            "password": "password",
            "enableRateLimit": False,
            "asyncio_loop": _loop(),
        }
    )
    pair = PAIRS[venue]
    exchange.set_markets([market(pair)])
    captured: list[Any] = []

    async def fetch(url: str, method: str, headers: Any, body: Any) -> Any:
        captured[:] = [(url, method, headers, body)]
        raise _Captured

    exchange.fetch = fetch

    def make() -> Any:
        order = exchange.create_order(
            pair.symbol,
            "limit",
            "buy",
            float(SIZE),
            float(PRICE),
            {"clientOrderId": "a1b2c3d4e5f6"},
        )
        try:
            order.send(None)
        except _Captured:
            return captured[0]
        raise RuntimeError("createOrder did not reach its fetch")

    return make, ccxt.__version__


def _timed(make: Callable[[], Any]) -> float:
    gc.collect()
    gc.disable()
    try:
        began = time.thread_time_ns()
        for _ in range(ORDERS):
            make()
        return (time.thread_time_ns() - began) / 1000 / ORDERS
    finally:
        gc.enable()


def measure(repeats: int) -> list[Row]:
    """One row per venue."""
    return [row for venue in PAIRS for row in _measure(venue, repeats)]


def _measure(venue: str, repeats: int) -> list[Row]:
    name = f"build and sign a limit order, {venue}"
    try:
        ours = _ours(venue)
        said = ours()
    except Exception as e:
        return [skipped(GROUP, name, "ccxt", f"ours failed: {type(e).__name__}: {e}")]
    if PRICE.encode() not in said.body or SIZE.encode() not in said.body:
        return [skipped(GROUP, name, "ccxt", f"ours built {said.body!r}")]
    try:
        theirs, version = _ccxt(venue)
        body = theirs()[3]
    except Exception as e:
        own = statistics.median(_timed(ours) for _ in range(repeats))
        return [
            compared(GROUP, name, "us/order", own),
            skipped(GROUP, name, "ccxt", f"{type(e).__name__}: {e}"),
        ]
    if PRICE not in body or SIZE not in body:
        return [skipped(GROUP, name, "ccxt", "it built another order")]
    figures = [(_timed(ours), _timed(theirs)) for _ in range(repeats)]
    return [
        compared(
            GROUP,
            name,
            "us/order",
            statistics.median(x for x, _ in figures),
            "ccxt",
            version,
            statistics.median(x for _, x in figures),
            note="REST, client id included; ccxt up to its fetch, rate limiter off",
        )
    ]
