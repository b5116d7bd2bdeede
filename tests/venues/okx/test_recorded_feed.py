"""The recorded public feed of 2022 and single captured frames, through the session that listens."""

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
import zstandard

from argosy.books import Shelf
from argosy.model import BookGap, Nanos
from argosy.model.time import parse_utc
from argosy.ports import FeedPlan, HttpResponse
from argosy.venues.catalog import load

pytestmark = pytest.mark.recordings


def lines(path: Path) -> list[dict[str, object]]:
    with path.open("rb") as file:
        text = zstandard.ZstdDecompressor().stream_reader(file).read().decode()
    return [json.loads(line) for line in text.splitlines()]


def peer_book(frames: list[str], symbol: str) -> tuple[dict[Decimal, Decimal], ...]:
    """The final book by the plainest means: two dictionaries."""
    bids: dict[Decimal, Decimal] = {}
    asks: dict[Decimal, Decimal] = {}
    for text in frames:
        frame = json.loads(text)
        arg = frame.get("arg", {})
        if "data" not in frame or (arg["channel"], arg["instId"]) != ("books", symbol):
            continue
        if frame["action"] == "snapshot":
            bids.clear()
            asks.clear()
        for side, levels in ((bids, frame["data"][0]["bids"]), (asks, frame["data"][0]["asks"])):
            for price, size, *_ in levels:
                if Decimal(size):
                    side[Decimal(price)] = Decimal(size)
                else:
                    side.pop(Decimal(price), None)
    return bids, asks


@pytest.mark.parametrize("as_of", [None, parse_utc("2022-05-13T16:00:00Z")])
def test_whole_feed_reads_without_error(recordings: Path, as_of: Nanos | None) -> None:
    adapter = load("okx")
    shelf = Shelf()
    session = adapter.feed.session(FeedPlan(url="ws_public", listen=True, as_of_ns=as_of), shelf)
    seen: Counter[str] = Counter()
    frames: list[str] = []
    for line in lines(recordings / "feeds/OKX.jsonl.zst"):
        now = Nanos(round(float(str(line.get("ts", 0))) * 1e9))
        if line["t"] == "http":
            response = HttpResponse(status=200, body=str(line["data"]).encode(), received_ns=now)
            found = adapter.reference.recognise(str(line["url"]), response)
            assert found, line["url"]
            adapter.reference.learn(found)
        elif line["t"] == "recv":
            frames.append(str(line["data"]))
            step = session.receive(str(line["data"]).encode(), now)
            assert not step.send
            assert not step.calls
            seen.update(type(event).__name__ for event in step.events)
    assert seen == {"BookChanged": 290, "Ticker": 28, "Trade": seen["Trade"]}
    assert seen["Trade"] >= 74
    books = {book.about.venue_symbol: book for book in shelf.books.values()}
    assert set(books) == {"BTC-USD-220527", "UNI-USD-SWAP", "BTC-USDT"}
    assert session.ready
    assert sum(book.checksums_right for book in books.values()) == 290
    for symbol, book in books.items():
        assert book.live
        assert book.checksums_wrong == book.gaps == 0
        bids, asks = book.levels()
        peer_bids, peer_asks = peer_book(frames, symbol)
        assert bids == sorted(peer_bids.items(), reverse=True)
        assert asks == sorted(peer_asks.items())


def test_connection_lost_takes_recorded_books_out_of_use(recordings: Path) -> None:
    adapter = load("okx")
    shelf = Shelf()
    session = adapter.feed.session(FeedPlan(url="ws_public", listen=True), shelf)
    for line in lines(recordings / "feeds/OKX.jsonl.zst"):
        if line["t"] == "http":
            body = str(line["data"]).encode()
            response = HttpResponse(status=200, body=body, received_ns=Nanos(1))
            adapter.reference.learn(adapter.reference.recognise(str(line["url"]), response))
        elif line["t"] == "recv":
            session.receive(str(line["data"]).encode(), Nanos(1))
    step = session.close(Nanos(2))
    assert [type(event) for event in step.events] == [BookGap] * 3
    assert not any(book.live for book in shelf.books.values())
