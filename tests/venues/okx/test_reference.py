"""Instruments, clock and candles."""

from decimal import Decimal
from pathlib import Path

import pytest

from argosy.errors import RateLimited, Unsupported, VenueError, WireError
from argosy.model import (
    Instrument,
    InstrumentId,
    InstrumentKind,
    InstrumentStatus,
    Nanos,
    OptionRight,
    Payoff,
)
from argosy.venues.catalog import Adapter, load
from argosy.venues.okx.names import Names, bucket_key, family, guess_id, index_of
from venues.okx.samples import LISTING, raw, reply, row

D = Decimal


def listed(*rows: dict[str, object]) -> list[Instrument]:
    return load("okx").reference.instruments()[0].read(reply(list(rows)))


def test_ids_and_contracts() -> None:
    found = {i.id: i for i in listed(*LISTING)}
    assert list(found) == [
        "okx:BTC/USDT", "okx:ETH/USDT", "okx:BTC/USDT:USDT", "okx:BTC/USD:BTC",
        "okx:BTC/USD:BTC-261225", "okx:BTC/USD:BTC-261225-100000-C", "okx:BTC/USDC:USDC",
        "okx:BTC/USD:USDC",
    ]  # fmt: skip
    spot = found[InstrumentId("okx:BTC/USDT")]
    assert (spot.kind, spot.margin, spot.max_leverage) == (InstrumentKind.SPOT, True, D(10))
    assert (spot.venue_symbol, spot.venue_code) == ("BTC-USDT", "10459")
    assert spot.max_market_size is None  # it is in USDT
    assert not found[InstrumentId("okx:ETH/USDT")].margin
    swap = found[InstrumentId("okx:BTC/USDT:USDT")]
    assert (swap.payoff, swap.contract_size, swap.settle) == (Payoff.LINEAR, D("0.01"), "USDT")
    assert swap.max_market_size == 12000
    inverse = found[InstrumentId("okx:BTC/USD:BTC")]
    assert (inverse.payoff, inverse.contract_size) == (Payoff.INVERSE, D(100))
    assert inverse.notional(D(50_000), D(3)) == 300
    future = found[InstrumentId("okx:BTC/USD:BTC-261225")]
    assert future.expiry_ns == 1798185600000 * 1_000_000
    option = found[InstrumentId("okx:BTC/USD:BTC-261225-100000-C")]
    assert (option.strike, option.right) == (D(100_000), OptionRight.CALL)
    assert option.contract_size == D("0.01")  # ctVal 1 of ctMult 0.01
    assert option.base_size(D(5), D("0.05")) == D("0.05")  # of the base, whatever the payoff
    assert option.notional(D("0.05"), D(5)) == D("0.0025")  # the premium, in BTC


def test_margin_listed_after_spot_is_the_same_instrument() -> None:
    names = Names()
    spot = row("SPOT", "X-Y", baseCcy="X", quoteCcy="Y", lever="")
    margin = row("MARGIN", "X-Y", baseCcy="X", quoteCcy="Y", lever="3")
    names.learn(listed(spot, margin))
    known = names.instrument(InstrumentId("okx:X/Y"))
    assert (known.margin, known.max_leverage) == (True, D(3))
    names.learn(listed(spot))  # a later spot listing does not take it away
    assert names.instrument(InstrumentId("okx:X/Y")).margin


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("live", InstrumentStatus.TRADING),
        ("suspend", InstrumentStatus.SUSPENDED),
        ("preopen", InstrumentStatus.PREOPEN),
        ("post_only", InstrumentStatus.POST_ONLY),
        ("a new word", InstrumentStatus.SUSPENDED),
    ],
)
def test_states(state: str, status: InstrumentStatus) -> None:
    (found,) = listed(row("SPOT", "X-Y", baseCcy="X", quoteCcy="Y", state=state))
    assert found.status is status


def test_what_is_not_modelled_is_left_out() -> None:
    assert listed(
        row("EVENTS", "BTC-UP-DOWN-1", seriesId="x"),
        row("SPOT", "T-T", baseCcy="T", quoteCcy="T", state="test"),
        row("SPOT", "NEW-USDT", baseCcy="NEW", quoteCcy="USDT", tickSz="", state="preopen"),
        row("SWAP", "NEW-USDT-SWAP", ctVal="", settleCcy=""),
    ) == []  # fmt: skip


def test_empty_and_null_texts_mean_nothing() -> None:
    blank = dict.fromkeys(("lever", "listTime", "minSz", "maxLmtSz", "maxMktSz", "stk"))
    (found,) = listed(row("SPOT", "X-Y", baseCcy="X", quoteCcy="Y") | blank)
    assert (found.min_size, found.max_size, found.listed_ns) == (None, None, None)


@pytest.mark.parametrize(
    "broken",
    [
        {"tickSz": "abc"},
        {"tickSz": "NaN"},
        {"tickSz": "0"},
        {"lotSz": "-1"},
        {"instId": 5},
        {"baseCcy": ""},
        {"listTime": "soon"},
    ],
)
def test_broken_rows_are_wire_errors(broken: dict[str, object]) -> None:
    with pytest.raises(WireError):
        listed(row("SPOT", "X-Y", baseCcy="X", quoteCcy="Y") | broken)


def test_calls(okx: Adapter) -> None:
    requests = [call.request for call in okx.reference.instruments()]
    assert {request.path for request in requests} == {"/api/v5/public/instruments"}
    assert [dict(request.query) for request in requests] == [
        {"instType": "SPOT"},
        {"instType": "MARGIN"},
        {"instType": "SWAP"},
        {"instType": "FUTURES"},
        {"instType": "OPTION", "instFamily": "BTC-USD"},
        {"instType": "OPTION", "instFamily": "ETH-USD"},
    ]
    for request in requests:
        assert all(bucket.partition("/")[0] in okx.info.buckets for bucket in request.cost)


def test_recognise(okx: Adapter) -> None:
    url = "https://www.okx.com/api/v5/public/instruments?instType=SPOT"
    assert len(okx.reference.recognise(url, reply(LISTING))) == len(LISTING)
    assert okx.reference.recognise("https://www.okx.com/api/v5/public/time", reply([])) == []
    assert okx.reference.recognise(url, reply([], code="50011", msg="slow")) == []


def test_recorded_listing(recordings: Path) -> None:
    body = (recordings / "captures/okx/http_get_instruments_futures.json").read_bytes()
    found = load("okx").reference.recognise(
        "/api/v5/public/instruments?instType=FUTURES", raw(body)
    )
    assert found[0].id == "okx:BTC/USD:BTC-241220"
    assert len(found) == 6


def test_server_time(okx: Adapter) -> None:
    call = okx.reference.server_time()
    assert call.request.path == "/api/v5/public/time"
    assert call.read(reply([{"ts": "1597026383085"}])) == 1597026383085 * 1_000_000
    with pytest.raises(WireError):
        call.read(reply([]))
    with pytest.raises(RateLimited):
        call.read(raw(b"<html>", status=429))
    with pytest.raises(VenueError):
        call.read(reply([], code="50001", msg="Service temporarily unavailable"))


CANDLES = [
    [
        "1747094040000",
        "102806.1",
        "102820.4",
        "102806.1",
        "102820.4",
        "1040.37",
        "10.4",
        "1069",
        "0",
    ],
    ["1747093980000", "102806", "102820.5", "102783.1", "102806.1", "7164.04", "71.6", "7364", "1"],
]


def test_newest_candles(okx: Adapter) -> None:
    call = okx.reference.candles(InstrumentId("okx:BTC/USDT:USDT"), 60, None, 1000)
    assert call.request.path == "/api/v5/market/candles"
    assert call.request.query == (("instId", "BTC-USDT-SWAP"), ("bar", "1m"), ("limit", "300"))
    assert call.then is None
    old, new = call.read(reply(CANDLES))
    assert old.open_ns < new.open_ns
    assert (old.closed, new.closed) == (True, False)
    assert (new.open, new.high, new.low, new.close) == (
        D("102806.1"), D("102820.4"), D("102806.1"), D("102820.4"),
    )  # fmt: skip
    assert (new.volume, new.quote_volume, new.interval_s) == (D("1040.37"), D(1069), 60)


def test_candles_since_fall_back_to_the_history(okx: Adapter) -> None:
    since = Nanos(1_699_913_600_000 * 1_000_000)
    call = okx.reference.candles(InstrumentId("okx:BTC/USDT"), 3600, since, 10)
    assert dict(call.request.query) == {
        "instId": "BTC-USDT",
        "bar": "1H",
        "limit": "10",
        "before": "1699913599999",
        "after": "1699949599999",
    }
    assert call.then(reply(CANDLES)) is None
    history = call.then(reply([]))
    assert history.request.path == "/api/v5/market/history-candles"
    assert history.request.query == call.request.query
    assert history.then is None


def test_days_open_at_midnight_utc(okx: Adapter) -> None:
    call = okx.reference.candles(InstrumentId("okx:BTC/USDT"), 86400, None, 1)
    assert dict(call.request.query)["bar"] == "1Dutc"
    with pytest.raises(Unsupported, match="7 s"):
        okx.reference.candles(InstrumentId("okx:BTC/USDT"), 7, None, 1)
    with pytest.raises(Unsupported, match="okx:NO/ONE"):
        okx.reference.candles(InstrumentId("okx:NO/ONE"), 60, None, 1)


@pytest.mark.parametrize(
    ("symbol", "instrument"),
    [
        ("BTC-USDT", "okx:BTC/USDT"),
        ("BTC-USDT-SWAP", "okx:BTC/USDT:USDT"),
        ("BTC-USD-SWAP", "okx:BTC/USD:BTC"),
        ("BTC-USD_UM-SWAP", "okx:BTC/USD:USDC"),
        ("ETH-USD-210430", "okx:ETH/USD:ETH-210430"),
        ("BTC-USD-250328-50000-C", "okx:BTC/USD:BTC-250328-50000-C"),
    ],
)
def test_ids_by_shape(symbol: str, instrument: str) -> None:
    assert guess_id(symbol) == instrument


@pytest.mark.parametrize("symbol", ["", "BTC", "BTC-USDT-", "BTC-USD-2503", "a b-c", "BTC-USD\n"])
def test_no_names(symbol: str) -> None:
    with pytest.raises(WireError):
        guess_id(symbol)


def test_families_and_indices() -> None:
    found = {i.venue_symbol: i for i in listed(*LISTING)}
    assert family(found["BTC-USD-261225-100000-C"]) == "BTC-USD"
    assert family(found["BTC-USD_UM-SWAP"]) == "BTC-USD_UM"
    assert bucket_key(found["BTC-USD-261225-100000-C"]) == "BTC-USD"
    assert bucket_key(found["BTC-USDT-SWAP"]) == "BTC-USDT-SWAP"
    assert index_of(found["BTC-USDC-SWAP"]) == "BTC-USD"
    assert index_of(found["BTC-USDT-SWAP"]) == "BTC-USDT"
