"""What a feed adds to a frame over picows itself, on loopback: ns of CPU a frame."""

import asyncio
import sys
import time
from collections import deque
from typing import Any

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect, ws_create_server

from argosy.model import InstrumentId
from argosy.net.clock import SystemClock
from argosy.net.connection import Connection, FeedStats
from argosy.net.events import EventQueue
from argosy.ports import NOTHING, BookChanged, FeedPlan, Step
from argosy.venues.catalog import FeedLimits

FRAME = b'{"arg":{"channel":"books","instId":"BTC-USDT"},"data":[' + b"1" * 270 + b"]}"
BATCH = 64
ROUNDS = 4_000


class Server(WSListener):
    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        for _ in range(BATCH):
            transport.send(WSMsgType.TEXT, FRAME)


class Bare(WSListener):
    """picows alone: takes the bytes, nothing else."""

    frames = 0

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        frame.get_payload_as_bytes()
        self.frames += 1


class Session:
    plan = FeedPlan(url="ws")
    ready = True

    def __init__(self, step: Step) -> None:
        self.step = step

    def receive(self, frame: bytes, received_ns: int) -> Step:
        return self.step


class View:
    venue_ns = 1


async def measure(listener: Any, count: Any) -> float:
    server = await ws_create_server(lambda _: Server(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    transport, _ = await ws_connect(lambda: listener, f"ws://127.0.0.1:{port}/")
    used = time.process_time()
    for number in range(1, ROUNDS + 1):
        transport.send(WSMsgType.TEXT, b"more")
        while count() < number * BATCH:  # noqa: ASYNC110
            await asyncio.sleep(0)
    used = time.process_time() - used
    transport.disconnect()
    await transport.wait_disconnected()
    server.close()
    return used / (ROUNDS * BATCH) * 1e9


def connection(step: Step) -> tuple[Connection, FeedStats]:
    queue = EventQueue()
    stats = FeedStats()

    def deliver(event: Any) -> None:
        queue.put(event)
        queue.get_nowait()

    made = Connection(
        name="b",
        url="ws://x",
        session=Session(step),
        limits=FeedLimits(),
        clock=SystemClock(),
        deliver=deliver,
        changed=lambda: None,
        fetch=lambda *_: None,
        stats=stats,
        quarantine=deque(maxlen=1),
        tap=None,
    )
    return made, stats


async def main() -> None:
    bare = Bare()
    alone = min([await measure(bare, lambda: bare.frames)])
    for name, step in (
        ("nothing", NOTHING),
        ("a book, queued and taken", Step(events=(BookChanged(InstrumentId("x:A/B"), View()),))),
    ):
        listener, stats = connection(step)
        ours = await measure(listener, lambda stats=stats: stats.frames)
        sys.stdout.write(f"{name}: {ours - alone:.0f} ns a frame over picows' {alone:.0f}\n")


if __name__ == "__main__":
    asyncio.run(main())
