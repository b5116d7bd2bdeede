"""One public connection: subscriptions, books in and out of sync, pings, notices."""

import json
from decimal import Decimal
from typing import Any

import pytest
from venues.okx.samples import raw, reply

from argosy.books import Shelf
from argosy.errors import StreamGap, Unsupported, WireError
from argosy.model import (
    BookGap,
    Candle,
    FundingRate,
    GapReason,
    IndexPrice,
    InstrumentChanged,
    InstrumentId,
    InstrumentStatus,
    Liquidation,
    MarkPrice,
    Nanos,
    OpenInterest,
    OptionGreeks,
    Side,
    Ticker,
    Trade,
    VenueStatus,
)
from argosy.model.time import SECOND
from argosy.ports import NOTHING, BookChanged, Channel, FeedPlan, Subscription
from argosy.venues.catalog import Adapter
from argosy.venues.okx.market import MarketSession
from argosy.venues.okx.streams import MAX_ARGS_BYTES, StreamArg, operations

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


@pytest.fixture
def feed(okx: Adapter) -> Feed:
    return Feed(okx)


# --- subscriptions --------------------------------------------------------------------------------


def test_subscribes_on_open(feed: Feed) -> None:
    assert feed.opened.send == (
        '{"id":"s1","op":"subscribe","args":[{"channel":"books","instId":"BTC-USDT"}]}',
    )
    assert not feed.session.ready
    feed.session.receive(SNAPSHOT, at(1))
    assert feed.session.ready


def test_candles_ride_on_the_business_url(okx: Adapter) -> None:
    plans = okx.feed.plans(
        [sub(Channel.BOOK), sub(Channel.CANDLES, interval_s=60), sub(Channel.TRADES, SWAP)]
    )
    assert [(p.url, len(p.subscriptions)) for p in plans] == [("ws_public", 2), ("ws_business", 1)]


def test_streams_that_are_shared_are_asked_for_once(okx: Adapter) -> None:
    inverse = InstrumentId("okx:BTC/USD:BTC")
    feed = Feed(okx, sub(Channel.LIQUIDATIONS, SWAP), sub(Channel.LIQUIDATIONS, inverse))
    assert json.loads(feed.opened.send[0])["args"] == [
        {"channel": "liquidation-orders", "instType": "SWAP"}
    ]


@pytest.mark.parametrize(
    ("subscription", "arg"),
    [
        (sub(Channel.BOOK, depth=1), {"channel": "bbo-tbt", "instId": "BTC-USDT"}),
        (sub(Channel.BOOK, depth=5), {"channel": "books5", "instId": "BTC-USDT"}),
        (sub(Channel.BOOK, depth=400), {"channel": "books", "instId": "BTC-USDT"}),
        (sub(Channel.TICKER), {"channel": "tickers", "instId": "BTC-USDT"}),
        (sub(Channel.CANDLES, interval_s=86400), {"channel": "candle1Dutc", "instId": "BTC-USDT"}),
        (sub(Channel.FUNDING, SWAP), {"channel": "funding-rate", "instId": "BTC-USDT-SWAP"}),
        (sub(Channel.MARK_PRICE, SWAP), {"channel": "mark-price", "instId": "BTC-USDT-SWAP"}),
        (sub(Channel.INDEX_PRICE, SWAP), {"channel": "index-tickers", "instId": "BTC-USDT"}),
        (sub(Channel.OPEN_INTEREST, SWAP), {"channel": "open-interest", "instId": "BTC-USDT-SWAP"}),
        (sub(Channel.GREEKS, OPTION), {"channel": "opt-summary", "instFamily": "BTC-USD"}),
        (sub(Channel.INSTRUMENTS, SWAP), {"channel": "instruments", "instType": "SWAP"}),
    ],
)
def test_arguments(okx: Adapter, subscription: Subscription, arg: dict[str, str]) -> None:
    assert json.loads(Feed(okx, subscription).opened.send[0])["args"] == [arg]


@pytest.mark.parametrize(
    "subscription",
    [
        sub(Channel.BOOK, depth=401),
        sub(Channel.FUNDING),
        sub(Channel.GREEKS),
        sub(Channel.LIQUIDATIONS),
        sub(Channel.OPEN_INTEREST),
        sub(Channel.CANDLES, interval_s=7),
        sub(Channel.ORDERS),
        sub(Channel.TRADES, None),
        sub(Channel.TRADES, InstrumentId("okx:NO/ONE")),
    ],
)
def test_what_is_not_streamed(okx: Adapter, subscription: Subscription) -> None:
    with pytest.raises(Unsupported):
        okx.feed.plans([subscription])


def test_one_book_per_instrument_the_deepest(okx: Adapter) -> None:
    (plan,) = okx.feed.plans([sub(Channel.BOOK, depth=5), sub(Channel.BOOK), sub(Channel.BOOK, depth=1)])
    assert plan.subscriptions == (sub(Channel.BOOK),)


def test_frames_stay_under_the_venues_limits() -> None:
    args = [StreamArg(channel="books", inst_id=f"{'X' * 900}{i}") for i in range(250)]
    frames = operations("subscribe", args, 100, 1)
    assert [arg for _, _, chunk in frames for arg in chunk] == args
    assert max(len(text) for _, text, _ in frames) < MAX_ARGS_BYTES + 200
    assert len({ident for ident, _, _ in frames}) == len(frames)
    assert [len(chunk) for _, _, chunk in operations("subscribe", args[:3], 2, 1)] == [2, 1]


def test_shards_by_connection(okx: Adapter) -> None:
    wanted = [sub(Channel.TRADES), sub(Channel.TICKER), sub(Channel.TRADES, SWAP)]
    few = okx.feed
    few._info = type("Few", (), {"feed": type("F", (), {"subscriptions_per_connection": 2})})()
    assert [len(plan.subscriptions) for plan in few.plans(wanted)] == [2, 1]


def test_a_subscription_refused_is_told_and_never_ready(feed: Feed, okx: Adapter) -> None:
    feed = Feed(okx, sub(Channel.TRADES), sub(Channel.TICKER))
    feed.session.receive(ack("tickers", instId="BTC-USDT"), T0)
    text = "Wrong URL or channel:trades,instId:BTC-USDT doesn't exist. Please use the correct URL"
    error = {"event": "error", "code": "60018", "msg": text, "connId": "a4"}
    step = feed.session.receive(json.dumps(error).encode(), at(1))
    (event,) = step.events
    assert isinstance(event, VenueStatus)
    assert (event.status, event.detail) == ("error", f"60018: {text}")
    assert not feed.session.ready
    assert feed.session.tick(at(16)).send == ()  # and not asked for again


def test_a_subscription_not_confirmed_is_asked_for_again(okx: Adapter) -> None:
    feed = Feed(okx, sub(Channel.TRADES))
    for tries, seconds in enumerate((16, 32), start=2):
        feed.session.receive(b"pong", at(seconds))
        (text,) = feed.session.tick(at(seconds)).send
        assert json.loads(text)["op"] == "subscribe"
        assert json.loads(text)["id"] == f"s{tries}"
    with pytest.raises(StreamGap):
        feed.session.tick(at(48))


def test_pings_into_silence(feed: Feed) -> None:
    assert feed.session.tick(at(19)).send == ()
    assert feed.session.tick(at(20)).send == ("ping",)
    assert feed.session.tick(at(21)).send == ()
    assert feed.session.receive(b"pong", at(22)) == NOTHING
    assert feed.session.tick(at(41)).send == ()
    assert feed.session.tick(at(42)).send == ("ping",)


def test_notice_of_an_upgrade(feed: Feed) -> None:
    notice = {
        "event": "notice",
        "code": "64008",
        "msg": "The connection will soon be closed for a service upgrade. Please reconnect.",
        "connId": "a4",
    }
    step = feed.session.receive(json.dumps(notice).encode(), at(1))
    assert step.reconnect
    (event,) = step.events
    assert isinstance(event, VenueStatus)
    assert event.reconnect
    other = feed.session.receive(json.dumps(notice | {"code": "64000"}).encode(), at(1))
    assert not other.reconnect


# --- books ----------------------------------------------------------------------------------------


def test_updates_follow_on_the_snapshot(feed: Feed) -> None:
    step = feed.session.receive(SNAPSHOT, at(1))
    (event,) = step.events
    assert isinstance(event, BookChanged)
    feed.session.receive(book("update", 12, 10, bids=[("99.9", "0"), ("99.8", "3")]), at(2))
    assert feed.book.levels(5) == ([(D("99.8"), D(3))], [(D("100.1"), D(2))])
    assert feed.book.venue_ns == 1597026383085 * 1_000_000


def test_heartbeats_and_resets_keep_the_book(feed: Feed) -> None:
    feed.session.receive(SNAPSHOT, at(1))
    for update in (
        book("update", 10, 10),  # nothing changed for a minute
        book("update", 3, 10, bids=[("99", "1")]),  # maintenance: ids start over
        book("update", 5, 3, bids=[("98", "1")]),
    ):
        assert not feed.session.receive(update, at(2)).send
    assert feed.book.live
    assert len(feed.book.levels(9)[0]) == 3


def test_a_lost_update_empties_the_book_and_subscribes_anew(feed: Feed) -> None:
    feed.session.receive(SNAPSHOT, at(1))
    step = feed.session.receive(book("update", 14, 12, bids=[("99.8", "3")]), at(2))
    (event,) = step.events
    assert isinstance(event, BookGap)
    assert event.reason is GapReason.SEQUENCE
    assert [json.loads(text)["op"] for text in step.send] == ["unsubscribe", "subscribe"]
    assert not feed.book.live
    assert not feed.session.ready
    # What was under way before the confirmation is of the old subscription.
    assert feed.session.receive(book("update", 15, 14), at(2)) == NOTHING
    feed.session.receive(ack("books", instId="BTC-USDT"), at(3))
    feed.session.receive(book("snapshot", 20, -1, bids=[("99", "1")]), at(3))
    assert feed.session.ready
    assert feed.book.levels(5) == ([(D(99), D(1))], [])


def test_repeated_gaps_back_off(feed: Feed) -> None:
    sent = 0
    for _ in range(4):
        feed.session.receive(ack("books", instId="BTC-USDT"), at(1))
        feed.session.receive(SNAPSHOT, at(1))
        sent += len(feed.session.receive(book("update", 99, 98), at(1)).send)
    assert sent == 2  # at once the first time, then it waits
    assert feed.session.tick(at(1.5)).send == ()
    assert len(feed.session.tick(at(9)).send) == 2


def test_checksums_that_are_not_zero_are_verified(feed: Feed) -> None:
    wrong = book("snapshot", 10, -1, bids=[("99.9", "1")], asks=[("100.1", "2")], checksum=5)
    (event,) = feed.session.receive(wrong, at(1)).events
    assert isinstance(event, BookGap)
    assert event.reason is GapReason.CHECKSUM


def test_malformed_books_are_gaps_of_that_book(feed: Feed) -> None:
    feed.session.receive(SNAPSHOT, at(1))
    step = feed.session.receive(book("update", 11, 10, bids=[("abc", "1")]), at(2))
    assert isinstance(step.events[0], BookGap)
    assert step.send


def test_books_of_other_instruments_are_wire_errors(feed: Feed) -> None:
    with pytest.raises(WireError):
        feed.session.receive(book("update", 11, 10, symbol="ETH-USDT"), at(2))


def rest_book(seq: int | None, bids: Any) -> list[dict[str, Any]]:
    row = {"asks": [["100.1", "2", "0", "1"]], "bids": bids, "ts": "1597026383085"}
    return [row if seq is None else row | {"seqId": seq}]


def test_books_without_a_snapshot_are_fetched(feed: Feed) -> None:
    """As announced for August 2026: the stream starts with updates."""
    step = feed.session.receive(book("update", 11, 10, bids=[("99", "1")]), at(1))
    (call,) = step.calls
    assert (call.request.method, call.request.path) == ("GET", "/api/v5/market/books")
    assert call.request.query == (("instId", "BTC-USDT"), ("sz", "400"))
    assert not call.request.signed
    feed.session.receive(book("update", 13, 11, bids=[("98", "1")]), at(1))
    assert feed.session.receive(book("update", 15, 13, bids=[("99", "0")]), at(1)) == NOTHING
    step = feed.session.answer(call.tag, reply(rest_book(12, [["97", "1", "0", "1"]])))
    assert isinstance(step.events[0], BookChanged)
    assert feed.session.ready
    assert feed.book.levels(9)[0] == [(D(98), D(1)), (D(97), D(1))]
    feed.session.receive(book("update", 16, 15, bids=[("96", "1")]), at(2))
    assert feed.book.live


def test_a_snapshot_older_than_the_stream_is_fetched_again(feed: Feed) -> None:
    (call,) = feed.session.receive(book("update", 11, 10), at(1)).calls
    step = feed.session.answer(call.tag, reply(rest_book(5, [])))
    (again,) = step.calls
    assert again.request == call.request
    feed.session.receive(book("update", 13, 11), at(1))
    feed.session.answer(again.tag, reply(rest_book(13, [["97", "1", "0", "1"]])))
    assert feed.session.ready


@pytest.mark.parametrize(
    "answer",
    [reply(rest_book(None, [])), reply([], code="50011", msg="slow"), raw(b"<html>", 502), raw(b"{")],
)
def test_snapshots_that_do_not_come_end_in_a_new_subscription(feed: Feed, answer: Any) -> None:
    (call,) = feed.session.receive(book("update", 11, 10), at(1)).calls
    for _ in range(3):
        (call,) = feed.session.answer(call.tag, answer).calls
    step = feed.session.answer(call.tag, answer)
    assert step.calls == ()
    assert [json.loads(text)["op"] for text in step.send] == ["unsubscribe", "subscribe"]
    assert feed.session.answer(call.tag, answer) == NOTHING  # nobody waits for it any more


def test_a_silent_book_is_subscribed_anew(feed: Feed) -> None:
    feed.session.receive(SNAPSHOT, at(1))
    feed.session.receive(b"pong", at(80))
    assert feed.session.tick(at(80)).send == ()
    feed.session.receive(b"pong", at(92))
    assert len(feed.session.tick(at(92)).send) == 2


def test_small_books_are_whole_in_every_frame(okx: Adapter) -> None:
    for depth, channel in ((1, "bbo-tbt"), (5, "books5")):
        feed = Feed(okx, sub(Channel.BOOK, depth=depth))
        feed.session.receive(ack(channel, instId="BTC-USDT"), T0)
        for price in ("99.9", "99.8"):
            row = {
                "asks": [["100.1", "2", "0", "1"]], "bids": [[price, "1", "0", "1"]],
                "ts": "1597026383085", "seqId": 7, "instId": "BTC-USDT",
            }  # fmt: skip
            feed.session.receive(frame(channel, [row], instId="BTC-USDT"), at(1))
        assert feed.book.levels(9) == ([(D("99.8"), D(1))], [(D("100.1"), D(2))])
        assert feed.session.ready


def test_another_order_of_keys_reads_the_same(feed: Feed) -> None:
    message = json.loads(SNAPSHOT)
    turned = json.dumps({"data": message["data"], "action": "snapshot", "arg": message["arg"]})
    assert isinstance(feed.session.receive(turned.encode(), at(1)).events[0], BookChanged)


def test_the_end_of_the_connection(feed: Feed) -> None:
    feed.session.receive(SNAPSHOT, at(1))
    (event,) = feed.session.close(at(2)).events
    assert isinstance(event, BookGap)
    assert event.reason is GapReason.DISCONNECTED
    assert not feed.book.live


# --- events ---------------------------------------------------------------------------------------


def heard(okx: Adapter, channel: str, data: list[Any], **arg: str) -> list[Any]:
    session = okx.feed.session(FeedPlan(url="ws_public", listen=True), Shelf())
    return list(session.receive(frame(channel, data, **arg), T0).events)


def test_trades(okx: Adapter) -> None:
    row = {
        "instId": "BTC-USDT", "tradeId": "130639474", "px": "42219.9", "sz": "0.12060306",
        "side": "buy", "ts": "1630048897897", "count": "3", "source": "0", "seqId": 1,
    }  # fmt: skip
    (trade,) = heard(okx, "trades", [row], instId="BTC-USDT")
    assert isinstance(trade, Trade)
    assert (trade.taker_side, trade.price, trade.size) == (Side.BUY, D("42219.9"), D("0.12060306"))
    assert (trade.trades, trade.venue_trade_id) == (3, "130639474")
    assert len(heard(okx, "trades-all", [row, row], instId="BTC-USDT")) == 2
    for broken in ({"side": "up"}, {"px": ""}, {"sz": "0"}, {"ts": "x"}, {"instId": "?"}):
        with pytest.raises(WireError):
            heard(okx, "trades", [row | broken])


def test_tickers(okx: Adapter) -> None:
    row = {
        "instType": "SPOT", "instId": "BTC-USDT", "last": "9999.99", "lastSz": "0.1",
        "askPx": "", "askSz": "0", "bidPx": "8888.88", "bidSz": "5", "vol24h": "2", "ts": "1",
        "volCcy24h": "20000", "open24h": "9000", "high24h": "10000", "low24h": "8888.88",
    }  # fmt: skip
    (spot,) = heard(okx, "tickers", [row])
    assert isinstance(spot, Ticker)
    assert (spot.bid, spot.ask, spot.ask_size) == (D("8888.88"), None, None)
    assert (spot.volume_24h, spot.quote_volume_24h) == (D(2), D(20000))
    (swap,) = heard(okx, "tickers", [row | {"instId": "BTC-USDT-SWAP"}])
    assert swap.quote_volume_24h is None  # volCcy24h of a contract is in base coins


def test_prices_and_rates(okx: Adapter) -> None:
    swap = {"instId": "BTC-USDT-SWAP", "instType": "SWAP", "ts": "1597026383085"}
    (rate,) = heard(okx, "funding-rate", [swap | {
        "fundingRate": "0.0001", "fundingTime": "1703088000000", "nextFundingRate": "",
        "nextFundingTime": "1703116800000", "method": "current_period", "settState": "settled",
    }])  # fmt: skip
    assert isinstance(rate, FundingRate)
    assert (rate.rate, rate.next_rate) == (D("0.0001"), None)
    assert rate.funding_ns == 1703088000000 * 1_000_000
    (mark,) = heard(okx, "mark-price", [swap | {"markPx": "42310.6"}])
    assert isinstance(mark, MarkPrice)
    (interest,) = heard(okx, "open-interest", [swap | {"oi": "5000", "oiCcy": "555.55"}])
    assert isinstance(interest, OpenInterest)
    assert (interest.size, interest.base_size) == (D(5000), D("555.55"))
    limits = {"buyLmt": "300", "sellLmt": "200", "enabled": True}
    assert heard(okx, "price-limit", [swap | limits]) == []


def test_an_index_prices_every_instrument_on_it(okx: Adapter) -> None:
    row = {"instId": "BTC-USDT", "idxPx": "4400", "ts": "1597026383085"}
    found = heard(okx, "index-tickers", [row])
    assert {type(event) for event in found} == {IndexPrice}
    assert {event.instrument for event in found} == {BTC, SWAP}
    feed = Feed(okx, sub(Channel.INDEX_PRICE, SWAP))
    (only,) = feed.session.receive(frame("index-tickers", [row], instId="BTC-USDT"), T0).events
    assert only.instrument == SWAP


def test_liquidations_of_what_was_asked_for(okx: Adapter) -> None:
    details = [{"side": "sell", "posSide": "long", "bkPx": "30", "sz": "7", "ts": "1", "ccy": ""}]
    rows = [{"instId": i, "instType": "SWAP", "details": details} for i in
            ("BTC-USDT-SWAP", "XRP-USDT-SWAP")]  # fmt: skip
    assert len(heard(okx, "liquidation-orders", rows, instType="SWAP")) == 2
    feed = Feed(okx, sub(Channel.LIQUIDATIONS, SWAP))
    message = frame("liquidation-orders", rows, instType="SWAP")
    (event,) = feed.session.receive(message, T0).events
    assert isinstance(event, Liquidation)
    assert (event.instrument, event.side, event.price, event.size) == (SWAP, Side.SELL, D(30), D(7))


def test_greeks(okx: Adapter) -> None:
    row = {
        "instId": "BTC-USD-261225-100000-C", "ts": "1597026383085", "delta": "0.5", "gamma": "0.1",
        "theta": "-0.001", "vega": "0.003", "markVol": "0.53", "bidVol": "", "askVol": "0.55",
        "fwdPx": "92150.50", "deltaBS": "0.4", "volLv": "0",
    }  # fmt: skip
    (event,) = heard(okx, "opt-summary", [row], instFamily="BTC-USD")
    assert isinstance(event, OptionGreeks)
    assert (event.delta, event.theta, event.mark_iv) == (D("0.5"), D("-0.001"), D("0.53"))
    assert (event.bid_iv, event.underlying_price) == (None, D("92150.50"))
    assert heard(okx, "opt-summary", [row | {"delta": ""}]) == []


def test_instruments_that_change(okx: Adapter) -> None:
    row = {
        "instType": "SWAP", "instId": "BTC-USDT-SWAP", "settleCcy": "USDT", "ctVal": "0.01",
        "ctMult": "1", "tickSz": "0.01", "lotSz": "1", "state": "suspend",
    }  # fmt: skip
    (event,) = heard(okx, "instruments", [row], instType="SWAP")
    assert isinstance(event, InstrumentChanged)
    assert event.status is InstrumentStatus.SUSPENDED
    assert heard(okx, "instruments", [row | {"instType": "EVENTS", "instId": "a b"}]) == []


def test_candles(okx: Adapter) -> None:
    row = ["1597026360000", "8533.02", "8553.74", "8527.17", "8548.26", "45247", "529", "5529", "0"]
    for name in ("candle1m", "candle1D", "candle1Dutc"):
        (event,) = heard(okx, name, [row], instId="BTC-USDT")
        assert isinstance(event, Candle)
        assert event.interval_s == (60 if name == "candle1m" else 86400)
        assert not event.closed
    with pytest.raises(WireError, match="interval"):
        heard(okx, "candle1M", [row], instId="BTC-USDT")
    with pytest.raises(WireError, match="parts"):
        heard(okx, "candle1m", [row[:4]], instId="BTC-USDT")


def test_channels_nobody_modelled_are_left_alone(okx: Adapter) -> None:
    assert heard(okx, "adl-warning", [{"anything": 1}]) == []
    with pytest.raises(WireError, match="arg"):
        okx.feed.session(FeedPlan(url="ws_public", listen=True), Shelf()).receive(b"{}", T0)
