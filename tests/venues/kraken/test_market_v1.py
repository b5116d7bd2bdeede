import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.books import Shelf
from argosy.errors import WireError
from argosy.model import (
    BookGap,
    Candle,
    GapReason,
    Instrument,
    InstrumentId,
    Nanos,
    Side,
    Ticker,
    Trade,
    VenueStatus,
)
from argosy.model.time import parse_utc
from argosy.ports import BookChanged, Channel, FeedPlan, FeedSession, Step, Subscription
from argosy.venues.catalog import load
from venues.kraken.samples import NOW, answer, kraken, lines, recording

IN_2021 = parse_utc("2021-04-17T00:00:00Z")
BTC = InstrumentId("kraken:BTC/USD")
BOOK = Subscription(channel=Channel.BOOK, instrument=BTC, depth=10)
STATUS = (
    b'{"channelID":1,"channelName":"book-10","event":"subscriptionStatus","pair":"XBT/USD",'
    b'"reqid":1,"status":"subscribed","subscription":{"depth":10,"name":"book"}}'
)
SNAPSHOT = (
    b'[1,{"as":[["5541.30000","2.50700000","1534614248.123678"],["5541.80000","0.33000000",'
    b'"1534614098.345543"]],"bs":[["5541.20000","1.52900000","1534614248.765567"]]},"book-10","XBT/USD"]'
)


def session(*subscriptions: Subscription, listen: bool = False) -> tuple[FeedSession, Shelf]:
    feed = kraken().feed
    assert feed is not None
    shelf = Shelf()
    plan = FeedPlan(
        url="ws_public", subscriptions=subscriptions, listen=listen, as_of_ns=Nanos(IN_2021)
    )
    return feed.session(plan, shelf), shelf


def hear(frame: bytes) -> Step:
    return session(listen=True)[0].receive(frame, NOW)


@pytest.mark.parametrize("listen", [True, False])
def test_a_recorded_day_of_2021_is_read_whole_with_every_checksum_right(listen: bool) -> None:
    adapter = load("kraken")
    assert adapter.reference is not None
    assert adapter.feed is not None
    sessions: dict[str, FeedSession] = {}
    shelves: dict[str, Shelf] = {}
    seen: dict[str, int] = {}
    gaps: list[BookGap] = []
    for line in lines("feeds/KRAKEN.jsonl.zst"):
        at = Nanos(int(Decimal(str(line.get("ts", 0))) * 1_000_000_000))
        match line["t"]:
            case "http":
                found = adapter.reference.recognise(line["url"], answer(line["data"].encode()))
                adapter.reference.learn(found)
            case "connect":
                subscriptions = () if listen else asked_for(line["conn"], found)
                plan = FeedPlan(
                    url="ws_public", subscriptions=subscriptions, listen=listen, as_of_ns=at
                )
                shelf = shelves[line["conn"]] = Shelf()
                made = sessions[line["conn"]] = adapter.feed.session(plan, shelf)
                assert bool(made.open(at).send) is not listen
            case "recv":
                step = sessions[line["conn"]].receive(line["data"].encode(), at)
                for event in step.events:
                    seen[type(event).__name__] = seen.get(type(event).__name__, 0) + 1
                    gaps += [event] if isinstance(event, BookGap) else []
    assert gaps == []
    assert seen == {"VenueStatus": 3, "Trade": 10, "Ticker": 18, "BookChanged": 4279}
    books = [book for shelf in shelves.values() for book in shelf.books.values()]
    assert len(books) == 10
    assert sum(book.checksums_right for book in books) == 4269
    assert sum(book.checksums_wrong for book in books) == 0
    assert all(book.live and book.depth == 1000 for book in books)
    assert all(one.ready for one in sessions.values())


def asked_for(connection: str, found: list[Instrument]) -> tuple[Subscription, ...]:
    """What the recorded client subscribed to on a connection."""
    channels = {"trade": Channel.TRADES, "ticker": Channel.TICKER, "book": Channel.BOOK}
    ids = {one.venue_symbol: one.id for one in found}
    for line in lines("feeds/KRAKEN.jsonl.zst"):
        if line["t"] == "send" and line["conn"] == connection:
            sent = json.loads(line["data"])
            return tuple(
                Subscription(
                    channel=channels[sent["subscription"]["name"]],
                    instrument=ids[pair.replace("XBT", "BTC")],
                    depth=sent["subscription"].get("depth"),
                )
                for pair in sent["pair"]
            )
    raise AssertionError(f"{connection} sent nothing")


def test_it_subscribes_and_is_ready_once_confirmed_and_fed() -> None:
    candles = Subscription(channel=Channel.CANDLES, instrument=BTC, interval_s=300)
    made, shelf = session(BOOK, candles)
    book, ohlc = (json.loads(frame) for frame in made.open(NOW).send)
    assert book == {
        "event": "subscribe",
        "reqid": 1,
        "pair": ["XBT/USD"],
        "subscription": {"name": "book", "depth": 10},
    }
    assert ohlc["subscription"] == {"name": "ohlc", "interval": 5}
    made.receive(STATUS, NOW)
    assert not made.ready
    (changed,) = made.receive(SNAPSHOT, NOW).events
    assert isinstance(changed, BookChanged)
    assert not made.ready
    made.receive(
        b'{"channelID":2,"channelName":"ohlc-5","event":"subscriptionStatus","pair":"XBT/USD",'
        b'"reqid":2,"status":"subscribed","subscription":{"interval":5,"name":"ohlc"}}',
        NOW,
    )
    assert made.ready
    assert shelf.books[BTC].venue_ns == 1_534_614_248_765_567_000
    (gap,) = made.close(NOW).events
    assert isinstance(gap, BookGap)
    assert gap.reason is GapReason.DISCONNECTED


def test_a_wrong_checksum_resyncs_that_book_alone() -> None:
    made, shelf = session(BOOK)
    made.open(NOW)
    made.receive(STATUS, NOW)
    made.receive(SNAPSHOT, NOW)
    wrong = b'[1,{"b":[["5541.10000","1.00000000","1534614249.0"]],"c":"1"},"book-10","XBT/USD"]'
    step = made.receive(wrong, NOW)
    (gap,) = step.events
    assert isinstance(gap, BookGap)
    assert gap.reason is GapReason.CHECKSUM
    stop, again = (json.loads(frame) for frame in step.send)
    assert (stop["event"], stop["pair"]) == ("unsubscribe", ["XBT/USD"])
    assert (again["event"], again["subscription"]) == ("subscribe", {"name": "book", "depth": 10})
    assert not made.ready
    made.receive(SNAPSHOT, NOW)
    assert shelf.books[BTC].live


def test_republished_levels_and_updates_in_two_parts() -> None:
    made, shelf = session(listen=True)
    made.receive(SNAPSHOT, NOW)
    made.receive(
        b'[1,{"a":[["5541.30000","0.00000000","1534614335.1"],["5542.50000","0.40100000",'
        b'"1534614335.2","r"]]},{"b":[["5541.20000","0.50000000","1534614335.3"]]},'
        b'"book-10","XBT/USD"]',
        NOW,
    )
    bids, asks = shelf.books[BTC].levels(10)
    assert bids == [(Decimal("5541.20000"), Decimal("0.50000000"))]
    assert [price for price, _ in asks] == [Decimal("5541.8"), Decimal("5542.5")]


def test_trades_tickers_spreads_and_candles() -> None:
    (trade,) = hear(
        b'[0,[["5541.20000","0.15850568","1534614057.321597","s","l",""]],"trade","XBT/USD"]'
    ).events
    assert isinstance(trade, Trade)
    assert (trade.taker_side, trade.size) == (Side.SELL, Decimal("0.15850568"))
    assert trade.venue_ns == 1_534_614_057_321_597_000
    (spread,) = hear(
        b'[0,["5698.40000","5700.00000","1542057299.545897","1.01234567","0.98765432"],'
        b'"spread","XBT/USD"]'
    ).events
    assert isinstance(spread, Ticker)
    assert (spread.bid, spread.ask_size) == (Decimal("5698.40000"), Decimal("0.98765432"))
    (candle,) = hear(
        b'[42,["1542057314.748456","1542057360.435743","3586.70000","3586.70000","3586.60000",'
        b'"3586.60000","3586.68894","0.03373000",2],"ohlc-5","XBT/USD"]'
    ).events
    assert isinstance(candle, Candle)
    assert candle.open_ns == 1_542_057_060_435_743_000
    assert (candle.interval_s, candle.volume, candle.trades) == (300, Decimal("0.03373000"), 2)


def test_events_of_the_connection() -> None:
    (status,) = hear(
        b'{"connectionID":8628615390848610000,"event":"systemStatus","status":"online",'
        b'"version":"1.0.0"}'
    ).events
    assert isinstance(status, VenueStatus)
    assert status.status == "online"
    (refusal,) = hear(
        b'{"errorMessage":"Subscription depth not supported","event":"subscriptionStatus",'
        b'"pair":"XBT/USD","status":"error","subscription":{"depth":42,"name":"book"}}'
    ).events
    assert isinstance(refusal, VenueStatus)
    assert "depth not supported" in refusal.detail
    assert hear(b'{"event":"heartbeat"}').events == ()
    assert hear(b'{"event":"pong","reqid":42}').events == ()


def test_what_tardis_makes_of_the_same_frames() -> None:
    rows = recording("tardis/mappers_golden.jsonl").read_text(encoding="utf-8").splitlines()
    golden = [one for one in map(json.loads, rows) if one["exchange"] == "kraken"]
    old = [one for one in golden if isinstance(one["raw"], list)]
    assert len(old) == 3
    for row in old:
        events = hear(json.dumps(row["raw"]).encode()).events
        assert len(events) == len(row["normalized"])
        for event, theirs in zip(events, row["normalized"], strict=True):
            assert isinstance(event, Trade | Ticker)
            assert event.venue_ns == parse_utc(theirs["timestamp"])
            if isinstance(event, Trade):
                assert float(event.price) == theirs["price"]
                assert float(event.size) == theirs["amount"]
                assert event.taker_side == theirs["side"]
            else:
                assert float(event.bid or 0) == theirs["bidPrice"]
                assert float(event.ask_size or 0) == theirs["askAmount"]


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"{",
        b"[]",
        b"[1,2,3]",
        b'{"event":"surprise"}',
        b'[1,{},"surprise","XBT/USD"]',
        b'[1,[["1","2","x","b","l",""]],"trade","XBT/USD"]',
        b'[1,[["1","NaN","1.0","b","l",""]],"trade","XBT/USD"]',
        b'[1,[["1","1","1.0","q","l",""]],"trade","XBT/USD"]',
        b'[1,{"a":[]},"book-ten","ETH/USD"]',
        b'[1,{"a":[]},"book-10","ETH\xff/USD"]',
    ],
)
def test_nonsense_is_a_wire_error(frame: bytes) -> None:
    with pytest.raises(WireError):
        hear(frame)


PIECES = [SNAPSHOT, STATUS, b'[1,[["1","2","3.0","b","l",""]],"trade","XBT/USD"]']


@settings(max_examples=300)
@given(st.sampled_from(PIECES), st.data())
def test_broken_frames_give_wire_errors_or_events(piece: bytes, data: st.DataObject) -> None:
    frame = bytearray(piece)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(frame) - 1))
        frame[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    made, _ = session(BOOK, listen=data.draw(st.booleans()))
    try:
        made.receive(bytes(frame), NOW)
    except WireError:
        pass


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_give_wire_errors_or_events(frame: bytes) -> None:
    made, _ = session(listen=True)
    try:
        made.receive(frame, NOW)
    except WireError:
        pass
