"""A tiny venue: a WebSocket server on loopback, and the session that understands it."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_create_server

from argosy.errors import InvalidOrder, StreamGap, Unsupported, WireError
from argosy.model import BookGap, CommandDone, GapReason, InstrumentId, Side, Trade, VenueId
from argosy.ports import (
    NOTHING,
    BookChanged,
    FeedPlan,
    HttpResponse,
    SessionCall,
    Step,
)

BTC = InstrumentId("test:BTC/USD")
PLAN = FeedPlan(url="ws")


class Book:
    """As much of a book as a runner may look at."""

    def __init__(self) -> None:
        self.instrument = BTC
        self.live = False
        self.last = 0
        self.venue_ns = 0
        self.received_ns = 0


class Shelf:
    def __init__(self) -> None:
        self.only = Book()

    def book(self, _instrument: object) -> Any:
        return self.only


def trade(number: int, at_ns: int) -> Trade:
    return Trade(
        instrument=BTC,
        venue_ns=at_ns,
        received_ns=at_ns,
        venue_trade_id=str(number),
        taker_side=Side.BUY,
        price=Decimal(1),
        size=Decimal(1),
    )


class Session:
    """Frames: ok | book N | trade N | bad | bug | gap | renew | done ID | refuse ID | call."""

    def __init__(self, shelf: Any, plan: FeedPlan = PLAN, prepare: tuple = ()) -> None:
        self.plan = plan
        self.book = shelf.book(None)
        self.changed = BookChanged(BTC, self.book)
        self.ready = False
        self.ticks = 0
        self.answers: list[tuple[str, HttpResponse]] = []
        self._prepare = prepare

    def prepare(self) -> tuple:
        return self._prepare

    def answer(self, tag: str, response: HttpResponse) -> Step:
        self.answers.append((tag, response))
        return Step(send=(f"answered {tag}",))

    def open(self, now_ns: int) -> Step:
        return Step(send=("subscribe",))

    def receive(self, frame: bytes, received_ns: int) -> Step:
        word, _, rest = frame.decode().partition(" ")
        match word:
            case "book":
                self.book.live = True
                self.book.last = int(rest.split()[0])
                self.book.venue_ns = received_ns - 2_000_000
                self.book.received_ns = received_ns
                return Step(events=(self.changed,))
            case "trade":
                return Step(events=(trade(int(rest), received_ns),))
            case "ok":
                self.ready = True
            case "bad":
                raise WireError("not what the documents say")
            case "bug":
                raise KeyError(rest)
            case "gap":
                raise StreamGap("lost some", reason=GapReason.SEQUENCE)
            case "renew":
                return Step(reconnect=True)
            case "call":
                return Step(calls=(SessionCall(tag="t", request=rest),))
            case "say":
                return Step(send=tuple(rest.split()))
            case "done" | "refuse":
                error = InvalidOrder("no", venue="test") if word == "refuse" else None
                done = CommandDone(
                    venue=VenueId("test"), command_id=rest, received_ns=received_ns, error=error
                )
                return Step(events=(done,))
        return NOTHING

    def tick(self, now_ns: int) -> Step:
        self.ticks += 1
        return NOTHING

    def close(self, now_ns: int) -> Step:
        self.book.live = False
        gap = BookGap(instrument=BTC, venue_ns=0, received_ns=now_ns, reason=GapReason.DISCONNECTED)
        return Step(events=(gap,))

    def place(self, order: object, command_id: str, now_ns: int) -> str:
        if order == "odd":
            raise Unsupported("not over this stream")
        return f"place {command_id}"

    amend = cancel = place


class Peer(WSListener):
    """One connection as the venue sees it."""

    def __init__(self, venue: "Venue", request: Any) -> None:
        self.venue = venue
        self.path = request.path.decode()
        self.received: list[str] = []
        self.pongs = 0
        self.transport: WSTransport
        self.open = False

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        self.open = True
        self.venue.peers.append(self)
        if self.venue.on_connect:
            self.venue.on_connect(self)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.PONG:
            self.pongs += 1
        elif frame.msg_type is WSMsgType.CLOSE:
            transport.disconnect()
        elif frame.msg_type is WSMsgType.TEXT:
            text = frame.get_payload_as_utf8_text()
            self.received.append(text)
            if self.venue.on_text:
                self.venue.on_text(self, text)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.open = False

    def say(self, text: str) -> None:
        if self.open:
            self.transport.send(WSMsgType.TEXT, text.encode())

    def drop(self) -> None:
        self.transport.disconnect(graceful=False)


def ok(peer: Peer, text: str) -> None:
    """The usual venue: confirms a subscription and sends a snapshot."""
    if text == "subscribe":
        peer.say("book 0")
        peer.say("ok")


class Venue:
    def __init__(self) -> None:
        self.peers: list[Peer] = []
        self.on_connect: Callable[[Peer], None] | None = None
        self.on_text: Callable[[Peer, str], None] | None = ok
        self.url = ""


@contextlib.asynccontextmanager
async def venue(tls: ssl.SSLContext | None = None) -> AsyncIterator[Venue]:
    made = Venue()
    server = await ws_create_server(
        lambda request: Peer(made, request), "127.0.0.1", 0, ssl=tls, enable_auto_pong=True
    )
    port = server.sockets[0].getsockname()[1]
    made.url = f"{'wss' if tls else 'ws'}://localhost:{port}/stream"
    try:
        yield made
    finally:
        server.close()
        for peer in made.peers:
            if peer.open:
                peer.drop()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(1):
                        await peer.transport.wait_disconnected()


async def until(condition: Callable[[], object], seconds: float = 5) -> None:
    """Wait until something is so, in real time: sockets need some."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


def request(path: str) -> Any:
    return SimpleNamespace(path=path)
