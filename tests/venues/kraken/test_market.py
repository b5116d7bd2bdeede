import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.books import Shelf
from argosy.errors import StreamGap, Unsupported, WireError
from argosy.model import (
    BookGap,
    Candle,
    GapReason,
    InstrumentChanged,
    InstrumentId,
    InstrumentStatus,
    Nanos,
    Side,
    Ticker,
    Trade,
    VenueStatus,
)
from argosy.model.time import SECOND, parse_utc
from argosy.ports import BookChanged, Channel, FeedPlan, FeedSession, Step, Subscription
from argosy.venues.kraken.market import V2Session
from argosy.venues.kraken.replay import ReplaySession
from venues.kraken.samples import NOW, captured, kraken, recorded, recording

BTC = InstrumentId("kraken:BTC/USD")
DOGE = InstrumentId("kraken:DOGE/USD")
BOOK = Subscription(channel=Channel.BOOK, instrument=BTC)
TRADES = Subscription(channel=Channel.TRADES, instrument=BTC)

# https://docs.kraken.com/exchange/guides/websockets/book-v2 (2026-11-22): a book and its CRC-32.
ASKS = """45285.2 0.00100000, 45286.4 1.54571953, 45286.6 1.54571109, 45289.6 1.54560911,
45290.2 0.15890660, 45291.8 1.54553491, 45294.7 0.04454749, 45296.1 0.35380000,
45297.5 0.09945542, 45299.5 0.18772827"""
BIDS = """45283.5 0.10000000, 45283.4 1.54582015, 45282.1 0.10000000, 45281.0 0.10000000,
45280.3 1.54592586, 45279.0 0.07990000, 45277.6 0.03310103, 45277.5 0.30000000,
45277.3 1.54602737, 45276.6 0.15445238"""


def levels(text: str) -> str:
    pairs = [level.split() for level in text.split(",")]
    return ",".join(f'{{"price":{price},"qty":{qty}}}' for price, qty in pairs)


def book_frame(asks: str, bids: str, checksum: int, kind: str = "snapshot") -> bytes:
    data = f'{{"symbol":"BTC/USD","bids":[{bids}],"asks":[{asks}],"checksum":{checksum},'
    data += '"timestamp":"2023-10-06T17:35:55.440295Z"}'
    return f'{{"channel":"book","type":"{kind}","data":[{data}]}}'.encode()


SNAPSHOT = book_frame(levels(ASKS), levels(BIDS), 3310070434)


def session(
    *subscriptions: Subscription, listen: bool = False, as_of: int | None = None
) -> tuple[FeedSession, Shelf]:
    feed = kraken().feed
    assert feed is not None
    shelf = Shelf()
    as_of_ns = None if as_of is None else Nanos(as_of)
    plan = FeedPlan(url="ws_public", subscriptions=subscriptions, listen=listen, as_of_ns=as_of_ns)
    return feed.session(plan, shelf), shelf


def hear(frame: bytes) -> Step:
    return session(listen=True)[0].receive(frame, NOW)


def ack(request: int, **result: object) -> bytes:
    return json.dumps(
        {"method": "subscribe", "req_id": request, "result": result, "success": True}
    ).encode()


V1_STATUS = b'{"connectionID":1,"event":"systemStatus","status":"online","version":"1.9.2"}'
V2_STATUS = b'{"channel":"status","type":"update","data":[{"system":"online"}]}'


def test_the_plans_day_chooses_the_format_and_the_first_frame_may_overrule_it() -> None:
    assert isinstance(session(TRADES)[0], V2Session)
    for day, word in (("2021-04-17T00:00:00Z", "event"), ("2026-04-17T00:00:00Z", "method")):
        made, _ = session(TRADES, as_of=parse_utc(day))
        assert isinstance(made, ReplaySession)
        (frame,) = made.open(NOW).send
        assert word in json.loads(frame)
        other, status = ("method", V2_STATUS) if word == "event" else ("event", V1_STATUS)
        step = made.receive(status, NOW)
        (frame,) = step.send
        assert other in json.loads(frame)
        assert isinstance(step.events[0], VenueStatus)
        assert made.receive(status, NOW).send == ()


def test_v1_had_no_instrument_channel() -> None:
    instruments = Subscription(channel=Channel.INSTRUMENTS)
    made, _ = session(instruments, as_of=parse_utc("2021-04-17T00:00:00Z"))
    assert made.open(NOW).send == ()
    assert made.prepare() == ()
    assert made.ready
    assert made.tick(NOW).events == ()


def test_plans_spread_subscriptions_and_refuse_what_kraken_has_not() -> None:
    feed = kraken().feed
    assert feed is not None
    assert feed.plans([]) == []
    assert feed.plans([BOOK, BOOK, TRADES]) == [
        FeedPlan(url="ws_public", subscriptions=(BOOK, TRADES))
    ]
    many = [
        Subscription(channel=Channel.CANDLES, instrument=BTC, interval_s=60, depth=depth)
        for depth in range(1, 251)
    ]
    assert [len(plan.subscriptions) for plan in feed.plans(many)] == [200, 50]
    for wrong in (
        Subscription(channel=Channel.FUNDING, instrument=BTC),
        Subscription(channel=Channel.BOOK, instrument=BTC, depth=1001),
        Subscription(channel=Channel.CANDLES, instrument=BTC, interval_s=61),
        Subscription(channel=Channel.BOOK, instrument=InstrumentId("kraken:NOT/KNOWN")),
        Subscription(channel=Channel.TRADES),
    ):
        with pytest.raises(Unsupported):
            feed.plans([wrong])
    with pytest.raises(Unsupported, match="different depth"):
        feed.plans([BOOK, Subscription(channel=Channel.BOOK, instrument=BTC, depth=100)])


def test_subscribing_says_what_ccxt_says() -> None:
    """With defaults spelled out, and best prices for tickers: ccxt's watchBidsAsks."""
    theirs = recorded("ccxt/ws/kraken_subscribe.json")["methods"]
    wanted = {
        "watchTrades": (TRADES, {"snapshot": False}),
        "watchBidsAsks": (Subscription(channel=Channel.TICKER, instrument=BTC), {"snapshot": True}),
        "watchOHLCV": (
            Subscription(channel=Channel.CANDLES, instrument=BTC, interval_s=60),
            {"snapshot": True},
        ),
    }
    for method, (subscription, extra) in wanted.items():
        (frame,) = session(subscription)[0].open(NOW).send
        message = theirs[method][0]["message"]
        assert json.loads(frame) == {**message, "params": {**message["params"], **extra}}
    (frame,) = (
        session(Subscription(channel=Channel.BOOK, instrument=BTC, depth=7))[0].open(NOW).send
    )
    message = theirs["watchOrderBook"][1]["message"]
    assert json.loads(frame) == {**message, "params": {**message["params"], "snapshot": True}}
    (frame,) = session(Subscription(channel=Channel.INSTRUMENTS))[0].open(NOW).send
    assert json.loads(frame)["params"] == {"channel": "instrument", "snapshot": True}


def test_one_frame_for_a_channel_and_one_answer_for_each_pair() -> None:
    made, _ = session(TRADES, Subscription(channel=Channel.TRADES, instrument=DOGE))
    (frame,) = made.open(NOW).send
    assert json.loads(frame)["params"]["symbol"] == ["BTC/USD", "DOGE/USD"]
    made.receive(ack(1, channel="trade", symbol="BTC/USD", snapshot=False), NOW)
    assert not made.ready
    made.receive(ack(1, channel="trade", symbol="DOGE/USD", snapshot=False), NOW)
    assert made.ready


def test_the_published_checksum() -> None:
    made, shelf = session(BOOK)
    made.open(NOW)
    made.receive(ack(1, channel="book", symbol="BTC/USD", depth=10, snapshot=True), NOW)
    assert not made.ready
    (changed,) = made.receive(SNAPSHOT, NOW).events
    assert isinstance(changed, BookChanged)
    assert made.ready
    book = shelf.books[BTC]
    assert (book.checksums_right, book.checksums_wrong) == (1, 0)
    assert book.venue_ns == parse_utc("2023-10-06T17:35:55.440295Z")
    bids, asks = book.levels(1)
    assert bids == [(Decimal("45283.5"), Decimal("0.1"))]
    assert asks == [(Decimal("45285.2"), Decimal("0.001"))]


@pytest.mark.parametrize("listen", [True, False])
def test_recorded_frames_whose_numbers_lost_their_zeros(listen: bool) -> None:
    """JavaScript wrote 63298 and 5.1e-05: the instrument's decimals bring the checksum back."""
    made, shelf = session(*(() if listen else (BOOK,)), listen=listen)
    for message in recorded("ccxt/ws/kraken_book_checksum.json")["messages"]:
        for form in ((",", ":"), (", ", ": ")):  # the second is not the order-and-blanks we expect
            made.receive(json.dumps(message, separators=form).encode(), NOW)
    book = shelf.books[BTC]
    assert (book.checksums_right, book.checksums_wrong) == (4, 0)
    assert book.live


def test_a_book_update_that_was_captured_is_decoded() -> None:
    made, shelf = session(listen=True)
    made.receive(SNAPSHOT, NOW)
    (gap,) = made.receive(captured("ws_book_update.json"), NOW).events
    assert isinstance(gap, BookGap)  # of another book: its checksum cannot fit
    assert gap.reason is GapReason.CHECKSUM
    assert not shelf.books[BTC].live


def update(checksum: int = 1) -> bytes:
    return book_frame('{"price":45285.2,"qty":0.00000000}', "", checksum, "update")


def test_a_wrong_checksum_resyncs_one_book_and_slows_down_when_it_repeats() -> None:
    made, shelf = session(BOOK, TRADES)
    made.open(NOW)
    made.receive(ack(1, channel="book", symbol="BTC/USD", depth=10, snapshot=True), NOW)
    made.receive(ack(2, channel="trade", symbol="BTC/USD", snapshot=False), NOW)
    made.receive(SNAPSHOT, NOW)
    step = made.receive(update(), NOW)
    (gap,) = step.events
    assert isinstance(gap, BookGap)
    stop, again = (json.loads(frame) for frame in step.send)
    assert stop["method"] == "unsubscribe"
    assert stop["params"] == {"channel": "book", "symbol": ["BTC/USD"], "depth": 10}
    assert again["method"] == "subscribe"
    assert again["params"]["symbol"] == ["BTC/USD"]
    assert not made.ready
    assert made.receive(update(), NOW).events == ()  # until the snapshot
    made.receive(ack(4, channel="book", symbol="BTC/USD", depth=10, snapshot=True), NOW)
    made.receive(SNAPSHOT, NOW)
    assert made.ready
    step = made.receive(update(), Nanos(NOW + SECOND))
    assert step.send == ()
    assert made.tick(Nanos(NOW + SECOND)).send == ()
    stop, again = (json.loads(frame) for frame in made.tick(Nanos(NOW + 2 * SECOND)).send)
    assert (stop["method"], again["method"]) == ("unsubscribe", "subscribe")
    assert not shelf.books[BTC].live


def test_pings_are_sent_and_must_be_answered() -> None:
    made, _ = session()
    made.open(NOW)
    assert made.tick(Nanos(NOW + 19 * SECOND)).send == ()
    (ping,) = made.tick(Nanos(NOW + 20 * SECOND)).send
    assert json.loads(ping) == {"method": "ping", "req_id": 1}
    made.receive(b'{"method":"pong","req_id":1,"time_in":"x","time_out":"y"}', NOW)
    made.tick(Nanos(NOW + 40 * SECOND))
    with pytest.raises(StreamGap, match="no ping"):
        made.tick(Nanos(NOW + 51 * SECOND))


def test_what_is_not_confirmed_is_asked_for_again_and_then_given_up() -> None:
    made, _ = session(TRADES)
    made.open(NOW)
    at = NOW
    for _ in range(2):
        at = Nanos(at + 11 * SECOND)
        made.receive(b'{"method":"pong","req_id":1}', at)
        frames = [json.loads(frame)["method"] for frame in made.tick(at).send]
        assert "subscribe" in frames
    made.receive(b'{"method":"pong","req_id":1}', at)
    with pytest.raises(StreamGap, match="confirmed no subscription to trade BTC/USD"):
        made.tick(Nanos(at + 11 * SECOND))


def test_a_refusal_is_told_and_leaves_the_session_unready() -> None:
    made, _ = session(TRADES)
    made.open(NOW)
    frame = {
        "error": "Currency pair not supported BTC/USD",
        "method": "subscribe",
        "req_id": 1,
        "success": False,
        "symbol": "BTC/USD",
    }
    (status,) = made.receive(json.dumps(frame).encode(), NOW).events
    assert isinstance(status, VenueStatus)
    assert status.detail == "trade BTC/USD: Currency pair not supported BTC/USD"
    assert not made.ready
    made.receive(json.dumps({**frame, "error": "Already subscribed"}).encode(), NOW)
    assert made.ready


def test_status_heartbeat_and_instruments() -> None:
    (status,) = hear(
        b'{"channel":"status","type":"update","data":[{"api_version":"v2","connection_id":123,'
        b'"system":"cancel_only","version":"2.0.0"}]}'
    ).events
    assert isinstance(status, VenueStatus)
    assert status.status == "cancel_only"
    assert hear(b'{"channel":"heartbeat"}').events == ()
    frame = {
        "channel": "instrument",
        "type": "snapshot",
        "data": {
            "assets": [],
            "pairs": [
                {"symbol": "BTC/USD", "base": "BTC", "quote": "USD", "status": "online"},
                {"symbol": "DOGE/USD", "base": "DOGE", "quote": "USD", "status": "online"},
            ],
        },
    }
    made, _ = session(listen=True)
    (changed,) = made.receive(json.dumps(frame).encode(), NOW).events
    assert isinstance(changed, InstrumentChanged)
    assert (changed.instrument, changed.status) == (DOGE, InstrumentStatus.TRADING)
    assert made.receive(json.dumps(frame).encode(), NOW).events == ()


TRADE = b"""{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"sell",
"price":64000.10,"qty":0.00000100,"ord_type":"market","trade_id":4665906,
"timestamp":"2023-09-25T07:49:37.708706Z"}]}"""


def test_trades() -> None:
    (trade,) = hear(TRADE).events
    assert isinstance(trade, Trade)
    assert (trade.taker_side, trade.venue_trade_id) == (Side.SELL, "4665906")
    assert str(trade.price) == "64000.10"
    assert trade.venue_ns == parse_utc("2023-09-25T07:49:37.708706Z")
    assert hear(TRADE.replace(b"update", b"snapshot")).events == ()


def test_candles_captured_and_of_a_snapshot() -> None:
    (candle,) = hear(captured("ws_ohlc_update.json")).events
    assert isinstance(candle, Candle)
    assert (candle.interval_s, candle.closed) == (60, False)
    assert candle.volume == Decimal("30927.68066226")
    frame = json.loads(captured("ws_ohlc_update.json"))
    later = {**frame["data"][0], "interval_begin": "2023-10-04T16:26:00.000000000Z"}
    snapshot = {**frame, "type": "snapshot", "data": [frame["data"][0], later]}
    found = hear(json.dumps(snapshot).encode()).events
    assert [one.closed for one in found if isinstance(one, Candle)] == [True, False]


def test_what_tardis_makes_of_the_same_frames() -> None:
    rows = recording("tardis/mappers_golden.jsonl").read_text(encoding="utf-8").splitlines()
    golden = [one for one in map(json.loads, rows) if one["exchange"] == "kraken"]
    new = [one for one in golden if isinstance(one["raw"], dict)]
    assert len(new) == 3
    made, shelf = session(listen=True)
    made.receive(SNAPSHOT, NOW)
    for row in new:
        events = made.receive(json.dumps(row["raw"]).encode(), NOW).events
        assert len(events) == len(row["normalized"])
        for event, theirs in zip(events, row["normalized"], strict=True):
            if isinstance(event, Trade):
                assert (event.venue_trade_id, event.taker_side) == (theirs["id"], theirs["side"])
                assert float(event.price) == theirs["price"]
                assert event.venue_ns == parse_utc(theirs["timestamp"])
            else:
                assert isinstance(event, BookChanged)
                change = shelf.books[BTC].last_change()
                (level,) = theirs["bids"]
                assert [(float(x.price), float(x.size)) for x in change.bids] == [
                    (level["price"], level["amount"])
                ]
                assert change.venue_ns == parse_utc(theirs["timestamp"])


@pytest.mark.parametrize(
    "name", ["snapshot", "update_add", "update_modify_price", "update_modify_qty"]
)
def test_single_orders_are_decoded_and_make_no_event(name: str) -> None:
    assert hear(captured(f"ws_l3_{name}.json")).events == ()


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"channel":"surprise"}',
        b'{"method":"surprise"}',
        b'{"channel":"trade","data":{}}',
        TRADE.replace(b"64000.10", b"1e999999999"),
        TRADE.replace(b"64000.10", b'"NaN"'),
        TRADE.replace(b"sell", b"cell"),
        TRADE.replace(b"07:49", b"27:49"),
        TRADE.replace(b"0.00000100", b"0"),
        TRADE.replace(b"BTC/USD", b"BTCUSD"),
        b'{"channel":"book","type":"snapshot","data":[{"symbol":"X/Y","bids":[],"asks":[]}]}',
    ],
)
def test_nonsense_is_a_wire_error(frame: bytes) -> None:
    with pytest.raises(WireError):
        session(BOOK)[0].receive(frame, NOW)


PIECES = [SNAPSHOT, update(), TRADE, ack(1, channel="book", symbol="BTC/USD", depth=10)]


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


def test_listening_sends_nothing_whatever_happens() -> None:
    made, _ = session(listen=True)
    assert made.open(NOW).send == ()
    made.receive(SNAPSHOT, NOW)
    assert made.receive(update(), NOW).send == ()
    assert made.tick(Nanos(NOW + 100 * SECOND)).send == ()
    assert isinstance(hear(TRADE).events[0], Trade)
    assert isinstance(
        hear(
            b'{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":1.5,'
            b'"bid_qty":2,"ask":0,"ask_qty":0,"last":1.4,"volume":3,"vwap":1.45,"low":1,'
            b'"high":2,"change":-0.1,"change_pct":-6.7}]}'
        ).events[0],
        Ticker,
    )
