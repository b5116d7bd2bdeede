"""One client of the flood in a fresh process: receives, applies, prints what that took as JSON.

`python -m benchmarks.socket_client WHO PORT FRAMES LAST_SEQUENCE`. CPU time is of the whole
process, all threads, from the first book to the last.
"""

import asyncio
import gc
import json
import sys
import time
from typing import Any

LIMIT_S = 60


class Meter:
    """Starts at the first frame, stops at the last."""

    def __init__(self) -> None:
        self.began_cpu = self.began_wall = 0
        self.cpu_ns = self.wall_ns = 0

    def start(self) -> None:
        gc.collect()
        gc.disable()
        self.began_cpu, self.began_wall = time.process_time_ns(), time.perf_counter_ns()

    def stop(self) -> None:
        self.cpu_ns = time.process_time_ns() - self.began_cpu
        self.wall_ns = time.perf_counter_ns() - self.began_wall


def _pair(size_decimals: int = 8) -> Any:
    from benchmarks.streams import Pair

    return Pair(
        wire="BTC-USDT", base="BTC", quote="USDT", price_decimals=1, size_decimals=size_decimals
    )


async def direct(port: int, frames: int, last: int) -> dict[str, Any]:
    """picows and a BookReader, with nothing between."""
    from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

    from argosy.books import BookReader, Shelf
    from benchmarks.ours import OKX, instrument

    reader = BookReader(OKX, Shelf())
    book = reader.attach("BTC-USDT", instrument("okx", _pair()), 0)
    done = asyncio.Event()
    meter = Meter()
    read = reader.read
    seen = 0

    class Listener(WSListener):
        def on_ws_connected(self, transport: WSTransport) -> None:
            transport.send(WSMsgType.TEXT, b"{}")

        def on_ws_frame(self, _transport: WSTransport, frame: WSFrame) -> None:
            nonlocal seen
            read(frame.get_payload_as_bytes(), 1)
            seen += 1
            if seen == 1:
                meter.start()
            elif book.sequence == last:
                meter.stop()
                done.set()

    transport, _ = await ws_connect(Listener, f"ws://127.0.0.1:{port}/")
    await asyncio.wait_for(done.wait(), LIMIT_S)
    transport.disconnect()
    return _said(meter, frames, seen, book.levels(), "picows and BookReader, no session")


async def argosy(port: int, frames: int, last: int) -> dict[str, Any]:
    """Ours as the desk runs it: FeedRunner, the OKX session, books and events."""
    import random

    from argosy.books import Shelf
    from argosy.model import InstrumentId
    from argosy.net.clock import SystemClock
    from argosy.net.feed import FeedRunner
    from argosy.ports import BookChanged, Channel, Event, Subscription
    from argosy.venues import catalog
    from benchmarks.ours import instrument

    adapter: Any = catalog.load("okx")
    about = instrument("okx", _pair())
    adapter.need("reference").learn([about])
    feed = adapter.need("feed")
    wanted = Subscription(channel=Channel.BOOK, instrument=InstrumentId(about.id))
    (plan,) = feed.plans([wanted])
    done = asyncio.Event()
    meter = Meter()
    seen = 0

    def deliver(event: Event) -> None:
        nonlocal seen
        if not isinstance(event, BookChanged):
            return
        seen += 1
        if seen == 1:
            meter.start()
        elif event.book.sequence == last:  # type: ignore[attr-defined]
            meter.stop()
            done.set()

    runner = FeedRunner(
        venue="okx",
        plan=plan,
        endpoints=catalog.Endpoints(roles={plan.url: (f"ws://127.0.0.1:{port}/ws/v5/public",)}),
        limits=adapter.info.feed,
        make_session=lambda shelf: feed.session(plan, shelf),
        make_shelf=Shelf,
        clock=SystemClock(),
        rng=random.Random(1),
        deliver=deliver,
    )
    running = asyncio.get_running_loop().create_task(runner.run())
    await asyncio.wait_for(done.wait(), LIMIT_S)
    sides = runner.shelf.book(about).levels()
    running.cancel()
    note = "FeedRunner, OKX session, an event a frame"
    return _said(meter, frames, seen, sides, note)


async def ccxt_pro(port: int, frames: int, last: int) -> dict[str, Any]:
    """ccxt.pro as its users run it: a loop that awaits watch_order_book."""
    import ccxt
    import ccxt.pro

    from benchmarks.peer_ccxt import market

    exchange = ccxt.pro.okx({"enableRateLimit": False})
    exchange.set_markets([market(_pair())])
    exchange.urls["api"]["ws"] = f"ws://127.0.0.1:{port}/ws/v5"
    meter = Meter()
    seen = 0

    async def consume() -> None:
        nonlocal seen
        while True:
            await exchange.watch_order_book("BTC/USDT")
            seen += 1
            if seen == 1:
                meter.start()

    # The last book may never reach the consumer, so the end is seen from outside.
    consumer = asyncio.get_running_loop().create_task(consume())
    try:
        async with asyncio.timeout(LIMIT_S):
            while exchange.orderbooks.get("BTC/USDT", {}).get("nonce") != last:  # noqa: ASYNC110
                await asyncio.sleep(0.002)
        meter.stop()
        book = exchange.orderbooks["BTC/USDT"]
        sides = [[(x[0], x[1]) for x in book[side]] for side in ("bids", "asks")]
        consumer.cancel()
    finally:
        await exchange.close()
    note = f"watch_order_book loop; {seen} of {frames} books reached the consumer"
    return _said(meter, frames, seen, (sides[0], sides[1]), note, ccxt.__version__)


async def nautilus(port: int, frames: int, last: int) -> dict[str, Any]:
    """nautilus_trader's Rust OKX client, its capsules turned into deltas and applied to a book."""
    from decimal import Decimal
    from importlib.metadata import version

    from nautilus_trader.core import nautilus_pyo3 as core
    from nautilus_trader.model.book import OrderBook
    from nautilus_trader.model.data import capsule_to_data
    from nautilus_trader.model.enums import BookType
    from nautilus_trader.model.identifiers import InstrumentId

    name = "BTC-USDT.OKX"
    pair = core.CurrencyPair(
        instrument_id=core.InstrumentId.from_str(name),
        raw_symbol=core.Symbol("BTC-USDT"),
        base_currency=core.Currency.from_str("BTC"),
        quote_currency=core.Currency.from_str("USDT"),
        price_precision=1,
        size_precision=8,
        price_increment=core.Price.from_str("0.1"),
        size_increment=core.Quantity.from_str("0.00000001"),
        ts_event=0,
        ts_init=0,
    )
    client = core.OKXWebSocketClient(url=f"ws://127.0.0.1:{port}/ws/v5/public")
    book = OrderBook(InstrumentId.from_str(name), BookType.L2_MBP)
    done = asyncio.Event()
    meter = Meter()
    seen = 0

    def handle(message: Any) -> None:
        nonlocal seen
        if not core.is_pycapsule(message):
            return
        deltas = capsule_to_data(message)
        book.apply(deltas)
        seen += 1
        if seen == 1:
            meter.start()
        if deltas.sequence == last or seen == frames + 1:
            meter.stop()
            done.set()

    await client.connect([pair], handle)
    await client.wait_until_active(timeout_secs=10.0)
    await client.subscribe_book(core.InstrumentId.from_str(name))
    await asyncio.wait_for(done.wait(), LIMIT_S)
    sides = [
        [(x.price.as_decimal(), Decimal(str(x.size()))) for x in side]
        for side in (book.bids(), book.asks())
    ]
    note = "Rust OKX client to OrderBook.apply; engine and bus left out; CPU of all its threads"
    said = _said(meter, frames, seen, (sides[0], sides[1]), note, version("nautilus_trader"))
    await client.close()
    return said


def _said(
    meter: Meter, frames: int, seen: int, sides: Any, note: str, version: str = ""
) -> dict[str, Any]:
    return {
        "cpu_us": meter.cpu_ns / 1000 / frames,
        "wall_us": meter.wall_ns / 1000 / frames,
        "seen": seen,
        "best": [[str(float(x)) for x in level] for side in sides for level in side[:5]],
        "version": version,
        "note": note,
    }


CLIENTS = {"argosy": argosy, "bare": direct, "ccxt.pro": ccxt_pro, "nautilus_trader": nautilus}


def main(arguments: list[str]) -> None:
    who, port, frames, last = arguments
    try:
        import uvloop

        run: Any = uvloop.run
    except ImportError:
        run = asyncio.run
    try:
        said = run(CLIENTS[who](int(port), int(frames), int(last)))
    except Exception as e:
        said = {"failed": f"{type(e).__name__}: {e}"}
    print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
