"""Whatever the bytes: nothing but the errors that are promised comes out of any decoder."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from venues.okx.samples import CREDENTIALS, LISTING, NOW, raw, reply

from argosy.books import Shelf
from argosy.errors import OutcomeUnknown, StreamGap, VenueError, WireError
from argosy.model import (
    AmendOrder,
    CancelOrder,
    ClientOrderId,
    InstrumentId,
    OrderType,
    PlaceOrder,
    Side,
    Trigger,
)
from argosy.ports import Call, Channel, FeedPlan, HttpResponse, Subscription
from argosy.venues.catalog import Adapter, load

D = Decimal
SPOT = InstrumentId("okx:BTC/USDT")
QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def adapter() -> Adapter:
    found = load("okx")
    found.reference.learn(found.reference.instruments()[0].read(reply(LISTING)))
    return found


OKX = adapter()


def calls() -> list[Call[Any]]:
    order = PlaceOrder(
        instrument=SPOT, client_id=ClientOrderId("a"), side=Side.BUY, type=OrderType.LIMIT,
        size=D(1), price=D(1),
    )  # fmt: skip
    stop = PlaceOrder(
        instrument=SPOT, client_id=ClientOrderId("a"), side=Side.BUY, type=OrderType.STOP,
        size=D(1), trigger=Trigger(price=D(1)),
    )  # fmt: skip
    change = AmendOrder(instrument=SPOT, client_id=ClientOrderId("a"), new_size=D(1))
    cancel = CancelOrder(instrument=SPOT, client_id=ClientOrderId("a"))
    trading, account, reference = OKX.trading, OKX.account, OKX.reference
    return [
        *reference.instruments()[:1], reference.server_time(),
        reference.candles(SPOT, 60, 10**18, 5), trading.place(order), trading.place(stop),
        trading.place_many([order]), trading.amend(change), trading.cancel(cancel),
        trading.cancel_many([cancel]), *trading.cancel_all(None)[:2],
        trading.cancel_all_after(60), trading.order(SPOT, "a", None),
        trading.order(SPOT, "a", None, OrderType.STOP), *trading.open_orders()[:2],
        *trading.fills(None), *account.balances(), *account.funding_balances(),
        *account.positions(), account.fees(SPOT), account.key_info(CREDENTIALS),
        account.set_position_mode(long_short=True), account.max_size(SPOT),
    ]  # fmt: skip


CALLS = calls()
KEYS = [
    "instId", "instType", "ordId", "algoId", "state", "side", "ordType", "sz", "px", "ts", "fee",
    "fillSz", "fillPx", "tradeId", "accFillSz", "avgPx", "sCode", "sMsg", "details", "ccy", "pos",
    "posSide", "availBal", "frozenBal", "tickSz", "lotSz", "ctVal", "settleCcy", "baseCcy",
    "quoteCcy", "perm", "maker", "taker", "slTriggerPx", "uTime", "cTime", "posCcy", "liab",
    "fundingRate", "fundingTime", "delta", "gamma", "vega", "theta", "idxPx", "markPx", "oi",
    "bkPx", "bids", "asks", "seqId", "prevSeqId", "checksum", "optType", "stk", "expTime",
]  # fmt: skip
TEXTS = st.sampled_from(
    [
        "", "0", "-1", "1", "0.5", "1e5", "1e99", "NaN", "Infinity", "-0", "abc", " 1", "1_0", "٣",
        "BTC-USDT", "BTC-USDT-SWAP", "BTC-USD-261225-100000-C", "X-Y-Z", "live", "filled", "buy",
        "sell", "limit", "conditional", "twap", "SPOT", "SWAP", "OPTION", "MARGIN", "short", "C",
        "1597026383085", "9" * 60, "effective", "canceled",
    ]
)  # fmt: skip
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), TEXTS, st.text(max_size=5))
ROWS = st.dictionaries(
    st.sampled_from(KEYS),
    st.one_of(LEAVES, st.lists(st.one_of(LEAVES, st.lists(LEAVES, max_size=4)), max_size=3)),
    max_size=len(KEYS),
)
DATA = st.one_of(
    LEAVES, ROWS, st.lists(st.one_of(ROWS, LEAVES, st.lists(LEAVES, max_size=9)), max_size=3)
)
CHANNELS = [
    "books", "books5", "bbo-tbt", "trades", "trades-all", "tickers", "candle1m", "candle1D",
    "funding-rate", "mark-price", "index-tickers", "open-interest", "liquidation-orders",
    "opt-summary", "instruments", "price-limit", "orders", "orders-algo", "algo-advance",
    "account", "positions", "balance_and_position", "fills", "unheard-of",
]  # fmt: skip


def answered(response: HttpResponse) -> None:
    for call in CALLS:
        for read in (call.read, call.then):
            if read is None:
                continue
            try:
                read(response)
            except (VenueError, WireError):
                pass
            except OutcomeUnknown:
                assert call.request.method == "POST"


@QUICK
@given(st.binary(max_size=200), st.sampled_from([200, 400, 401, 429, 500, 502]))
def test_rest_bytes(body: bytes, status: int) -> None:
    answered(raw(body, status))


@QUICK
@given(DATA, st.sampled_from(["0", "1", "2", "50011", "51008", "50004", "", "x"]))
def test_rest_answers(data: Any, code: str) -> None:
    answered(reply(data, code=code))


def test_nesting_without_end() -> None:
    answered(raw(b"[" * 100_000))
    answered(raw(b'{"code":"0","data":' + b"[" * 100_000))
    with pytest.raises(WireError):
        private().receive(b'{"arg":' * 50_000, NOW)


def private() -> Any:
    return OKX.private.private_session(OKX.private.private_plans()[0], CREDENTIALS)


def sessions() -> list[Any]:
    book = [Subscription(channel=Channel.BOOK, instrument=SPOT)]
    (plan,) = OKX.feed.plans(book)
    return [
        OKX.feed.session(plan, Shelf()),
        OKX.feed.session(FeedPlan(url="ws_public", listen=True), Shelf()),
        private(),
    ]


def heard(frame: bytes) -> None:
    for session in sessions():
        session.open(NOW)
        try:
            session.receive(frame, NOW)
        except WireError:
            pass
        try:
            session.tick(NOW + 60 * 10**9)
        except StreamGap:
            pass
        session.close(NOW)


@QUICK
@given(st.binary(max_size=200))
def test_stream_bytes(frame: bytes) -> None:
    heard(frame)


@QUICK
@given(st.sampled_from(CHANNELS), DATA, st.sampled_from(["snapshot", "update", "", "x"]), TEXTS)
def test_stream_data(channel: str, data: Any, action: str, symbol: str) -> None:
    message = {"arg": {"channel": channel, "instId": symbol}, "action": action, "data": data}
    heard(json.dumps(message, separators=(",", ":")).encode())


@QUICK
@given(st.sampled_from(["login", "subscribe", "error", "notice", "x"]), LEAVES, LEAVES, LEAVES)
def test_stream_events(event: str, code: Any, msg: Any, arg: Any) -> None:
    heard(json.dumps({"event": event, "code": code, "msg": msg, "arg": arg, "id": code}).encode())


@QUICK
@given(DATA, st.sampled_from(["0", "1", "2", "50004", "60011", ""]))
def test_command_answers(data: Any, code: str) -> None:
    session = private()
    session.open(NOW)
    session.receive(b'{"event":"login","code":"0"}', NOW)
    order = PlaceOrder(
        instrument=SPOT, client_id=ClientOrderId("a"), side=Side.BUY, type=OrderType.LIMIT,
        size=D(1), price=D(1),
    )  # fmt: skip
    session.place(order, "c1", NOW)
    message = {"id": "c1", "op": "order", "code": code, "msg": "", "data": data}
    try:
        done = session.receive(json.dumps(message).encode(), NOW).events
    except WireError:
        done = session.close(NOW).events
    assert [event.command_id for event in done] == ["c1"]  # answered exactly once, come what may


@QUICK
@given(st.integers(0, 200), st.binary(max_size=4))
def test_books_with_damaged_bytes(position: int, junk: bytes) -> None:
    row = {
        "asks": [["100.1", "2", "0", "1"]], "bids": [["99.9", "1", "0", "1"]],
        "ts": "1597026383085", "checksum": 0, "prevSeqId": -1, "seqId": 10,
    }  # fmt: skip
    message = {"arg": {"channel": "books", "instId": "BTC-USDT"}, "action": "snapshot", "data": [row]}
    frame = json.dumps(message, separators=(",", ":")).encode()
    heard(frame[:position] + junk + frame[position + len(junk) :])
    heard(frame[:position])
