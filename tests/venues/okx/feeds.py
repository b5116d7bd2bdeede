"""Frames of public streams, and a session that hears them."""

import json
from decimal import Decimal
from typing import Any

from argosy.books import Shelf
from argosy.model import (
    InstrumentId,
    Nanos,
)
from argosy.model.time import SECOND
from argosy.ports import NOTHING, Channel, Subscription
from argosy.venues.catalog import Adapter
from argosy.venues.okx.market import MarketSession

D = Decimal
BTC = InstrumentId("okx:BTC/USDT")
SWAP = InstrumentId("okx:BTC/USDT:USDT")
OPTION = InstrumentId("okx:BTC/USD:BTC-261225-100000-C")
T0 = Nanos(1_700_000_000 * SECOND)


def at(seconds: float) -> Nanos:
    return Nanos(T0 + round(seconds * SECOND))


def sub(channel: Channel, instrument: InstrumentId | None = BTC, **more: Any) -> Subscription:
    return Subscription(channel=channel, instrument=instrument, **more)


def frame(channel: str, data: list[Any], **arg: str) -> bytes:
    return json.dumps(
        {"arg": {"channel": channel} | arg, "data": data}, separators=(",", ":")
    ).encode()


def book(
    action: str, seq: int, prev: int, *, bids: Any = (), asks: Any = (), symbol: str = "BTC-USDT",
    checksum: int = 0,
) -> bytes:  # fmt: skip
    row = {
        "asks": [[p, s, "0", "1"] for p, s in asks], "bids": [[p, s, "0", "1"] for p, s in bids],
        "ts": "1597026383085", "checksum": checksum, "prevSeqId": prev, "seqId": seq,
    }  # fmt: skip
    message = {"arg": {"channel": "books", "instId": symbol}, "action": action, "data": [row]}
    return json.dumps(message, separators=(",", ":")).encode()


SNAPSHOT = book("snapshot", 10, -1, bids=[("99.9", "1")], asks=[("100.1", "2")])


def ack(channel: str, **arg: str) -> bytes:
    message = {"id": "s1", "event": "subscribe", "arg": {"channel": channel} | arg, "connId": "a4"}
    return json.dumps(message).encode()


class Feed:
    """A session on books of BTC-USDT, opened and confirmed."""

    def __init__(self, okx: Adapter, *subscriptions: Subscription) -> None:
        self.shelf = Shelf()
        (plan,) = okx.feed.plans(subscriptions or [sub(Channel.BOOK)])
        self.session: MarketSession = okx.feed.session(plan, self.shelf)
        self.opened = self.session.open(T0)
        if not subscriptions:
            assert self.session.receive(ack("books", instId="BTC-USDT"), T0) == NOTHING

    @property
    def book(self) -> Any:
        return self.shelf.books[BTC]
