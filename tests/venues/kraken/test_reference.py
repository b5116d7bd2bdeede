"""AssetPairs as instruments, names of assets and pairs, the clock, candles."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.errors import Unsupported, VenueError, WireError
from argosy.model import InstrumentId, InstrumentStatus
from argosy.venues.kraken.symbols import Symbols, asset, holding, instrument_of, v1_name
from venues.kraken.samples import answer, captured, instruments, kraken, lines, recorded, reply

BTC = InstrumentId("kraken:BTC/USD")


def test_pairs_become_instruments() -> None:
    found = {one.id: one for one in instruments(kraken())}
    btc = found[BTC]
    assert (btc.venue_symbol, btc.venue_code) == ("BTC/USD", "XXBTZUSD")
    assert (btc.price_increment, btc.size_increment) == (Decimal("0.1"), Decimal("0.00000001"))
    assert (btc.margin, btc.max_leverage) == (True, 5)
    assert (btc.min_size, btc.min_notional) == (Decimal("0.0001"), Decimal("0.5"))
    doge = found[InstrumentId("kraken:DOGE/USD")]
    assert doge.price_increment == Decimal("0.0000001")  # no tick_size: pair_decimals
    assert not doge.margin
    assert doge.status is InstrumentStatus.POST_ONLY


def test_the_calls_ask_for_pairs_and_for_tokens() -> None:
    reference = kraken().reference
    assert reference is not None
    first, second = (call.request for call in reference.instruments())
    assert (first.method, first.path, first.query) == ("GET", "/0/public/AssetPairs", ())
    assert second.query == (("aclass_base", "tokenized_asset"),)


def test_recorded_pairs_of_2021_and_tokens_are_read() -> None:
    reference = kraken().reference
    assert reference is not None
    line = next(line for line in lines("feeds/KRAKEN.jsonl.zst") if line["t"] == "http")
    found = reference.recognise(line["url"], answer(line["data"].encode()))
    assert len(found) == 293  # of 304; the dark-pool pairs had no stream name
    assert len({one.id for one in found}) == 293
    tokens = reference.recognise(line["url"], answer(captured("http_asset_pairs_tokenized.json")))
    assert [one.id for one in tokens] == ["kraken:AAPLx/USD"]
    assert reference.recognise("https://api.kraken.com/0/public/Time", reply({})) == []
    assert reference.recognise(line["url"], answer(b"<html>")) == []


def test_the_clock_and_candles() -> None:
    reference = kraken().reference
    assert reference is not None
    assert (
        reference.server_time().read(answer(captured("http_server_time.json")))
        == 1_762_820_224_000_000_000
    )
    call = reference.candles(BTC, 60, None, 720)
    assert call.request.query == (("pair", "XXBTZUSD"), ("interval", "1"))
    candles = call.read(answer(captured("http_ohlc.json")))
    assert len(candles) == 720
    assert candles[2].volume == Decimal("0.08317981")  # the oldest of 721 is left out
    assert [one.closed for one in candles[-2:]] == [True, False]
    assert len(reference.candles(BTC, 60, None, 5).read(answer(captured("http_ohlc.json")))) == 5
    with pytest.raises(Unsupported, match="no candles of 61 s"):
        reference.candles(BTC, 61, None, 1)


def test_ccxt_sees_the_same_markets() -> None:
    reference = kraken().reference
    assert reference is not None
    entry = recorded("ccxt/response/kraken.json")["methods"]["fetchMarkets"][0]
    ours = reference.instruments()[0].read(answer(json.dumps(entry["httpResponse"]).encode()))
    assert {one.symbol for one in ours} == {one["symbol"] for one in entry["parsedResponse"]}


@pytest.mark.parametrize(
    ("code", "name"),
    [("XXBT", "BTC"), ("XBT", "BTC"), ("ZUSD", "USD"), ("XXDG", "DOGE"), ("XTZ", "XTZ")],
)
def test_assets(code: str, name: str) -> None:
    assert asset(code) == name


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("XXBT", ("BTC", "trading")),
        ("XBT.F", ("BTC", "earn.f")),
        ("DOT28.S", ("DOT", "earn.s")),
        ("ETH2.S", ("ETH2", "earn.s")),
    ],
)
def test_holdings(code: str, found: tuple[str, str]) -> None:
    assert holding(code) == found


def test_names_of_streams() -> None:
    assert instrument_of("XBT/USD") == instrument_of("BTC/USD") == BTC
    assert v1_name("BTC/DOGE") == "XBT/XDG"


def test_pairs_are_known_by_every_name_and_else_told_apart() -> None:
    symbols = Symbols()
    symbols.learn(instruments(kraken()))
    for code in ("XXBTZUSD", "XBTUSD", "XBT/USD", "BTC/USD", "BTCUSD"):
        assert symbols.pair(code) == BTC
    assert Symbols().pair("XETHZEUR") == "kraken:ETH/EUR"
    assert Symbols().pair("SUIUSD") == "kraken:SUI/USD"
    with pytest.raises(WireError, match="WHATISTHIS"):
        symbols.pair("WHATISTHIS")


@given(st.binary() | st.text().map(str.encode))
def test_any_reply_is_read_or_refused(data: bytes) -> None:
    reference = kraken().reference
    assert reference is not None
    calls = [*reference.instruments(), reference.server_time()]
    for call in [*calls, reference.candles(BTC, 60, None, 1)]:
        try:
            found = call.read(answer(data))
        except (WireError, VenueError):
            continue
        assert b'"error"' in data, f"{data!r} was taken for {found}"


def test_a_reply_without_its_list_of_errors_is_no_answer() -> None:
    """Found by the test above, by chance: it was read as an empty list of instruments."""
    reference = kraken().reference
    assert reference is not None
    for call in (*reference.instruments(), reference.candles(BTC, 60, None, 1)):
        with pytest.raises(WireError, match="error"):
            call.read(answer(b'{"result":{}}'))
