"""Balances, positions, fees and what a key may do, from recorded and made replies."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.errors import VenueError, WireError
from argosy.model import Credentials, FeeRates, InstrumentId, Permission
from argosy.ports import Account
from venues.kraken.samples import answer, kraken, recorded, reply

BTC = InstrumentId("kraken:BTC/USD")
KEY = Credentials(key="key", secret="c2VjcmV0")


def account() -> Account:
    made = kraken().account
    assert made is not None
    return made


def recorded_reply(method: str) -> bytes:
    entry = recorded("ccxt/response/kraken.json")["methods"][method][0]
    return json.dumps(entry["httpResponse"]).encode()


def test_balances_tell_what_is_held() -> None:
    (call,) = account().balances()
    assert call.request.path == "/0/private/BalanceEx"
    usd, btc = call.read(answer(recorded_reply("fetchBalance")))
    assert (usd.currency, usd.total, usd.held) == ("USD", Decimal("25435.21"), Decimal("8249.76"))
    assert usd.free == Decimal("17185.45")
    assert btc.currency == "BTC"
    (earning,) = call.read(reply({"XBT.F": {"balance": "1.5", "hold_trade": "0"}}))
    assert (earning.currency, earning.account) == ("BTC", "earn.f")


def test_positions() -> None:
    (call,) = account().positions()
    assert call.request.body == b"docalcs=true"
    answered = recorded_reply("fetchPositions")
    rows = [row for row in json.loads(answered)["result"].values() if row["pair"] == "XXBTZUSD"]
    assert len(rows) > 1
    first = call.read(answer(answered))[0]
    assert first.instrument == BTC
    left = [Decimal(row["vol"]) - Decimal(row["vol_closed"]) for row in rows]
    assert first.size == sum(left)
    assert first.unrealised_pnl == sum(Decimal(row["net"]) for row in rows)
    prices = [Decimal(row["cost"]) / Decimal(row["vol"]) for row in rows]
    assert first.entry_price is not None
    assert min(prices) <= first.entry_price <= max(prices)


def test_positions_of_a_pair_are_one() -> None:
    (call,) = account().positions()
    row = {"ordertxid": "O", "pair": "XXBTZUSD", "type": "sell", "time": 5.0}
    first = {**row, "cost": "100", "vol": "2", "vol_closed": "1", "margin": "20", "net": "1"}
    second = {**row, "cost": "60", "vol": "1", "vol_closed": "0", "margin": "12", "net": "-3"}
    other = {**first, "pair": "XETHZUSD", "type": "buy"}
    btc, eth = call.read(reply({"T1": first, "T2": second, "T3": other}))
    assert (btc.instrument, btc.size, btc.venue_id) == (BTC, Decimal(-2), "")
    assert btc.entry_price == Decimal(55)  # 50 for what is left of the first, 60
    assert btc.initial_margin == Decimal(22)
    assert btc.leverage == Decimal(5)
    assert btc.unrealised_pnl == Decimal(-2)
    assert (eth.size, eth.venue_id) == (Decimal(1), "T3")


def test_margin() -> None:
    call = account().margin()
    assert call.request.body == b"asset=ZUSD"
    told = call.read(reply({"eb": "90", "tb": "80", "m": "20", "n": "5", "e": "85", "mf": "65"}))
    assert (told.equity, told.initial_margin, told.free) == (85, 20, 65)
    assert told.maintenance_margin == 8
    assert told.level == Decimal("10.625")
    idle = call.read(reply({"eb": "90", "tb": "80", "e": "80", "mf": "80"}))
    assert idle.level is None


def test_fees_are_fractions() -> None:
    call = account().fees(BTC)
    assert call.request.body == b"pair=XXBTZUSD"
    rates = call.read(answer(recorded_reply("fetchTradingFee")))
    assert rates == FeeRates(maker=Decimal(0), taker=Decimal("0.001"))
    with pytest.raises(WireError, match="no fees"):
        call.read(reply({"currency": "ZUSD", "volume": "0"}))


@pytest.mark.parametrize(
    "info",
    [
        {
            "api_key_name": "desk",
            "permissions": ["query-funds", "withdraw-funds", "modify-trades", "sing-songs"],
            "valid_until": "1804163060",
            "ip_allowlist": ["203.0.113.0/24"],
        },
        {
            "apiKeyName": "desk",
            "permissions": ["query-funds", "withdraw-funds", "modify-trades", "sing-songs"],
            "validUntil": "1804163060",
            "ipAllowlist": ["203.0.113.0/24"],
        },
    ],
)
def test_a_key_that_can_withdraw_is_recognised(info: dict[str, object]) -> None:
    call = account().key_info(KEY)
    assert call.request.path == "/0/private/GetApiKeyInfo"
    found = call.read(reply(info))
    assert found.permissions == {Permission.READ, Permission.TRADE, Permission.WITHDRAW}
    assert "sing-songs" in found.raw_permissions
    assert found.ip_allowlist == ("203.0.113.0/24",)
    assert found.expires_ns == 1_804_163_060_000_000_000
    assert found.label == "desk"


def test_an_unknown_word_of_withdrawing_counts() -> None:
    found = account().key_info(KEY).read(reply({"permissions": ["Withdraw-anything"]}))
    assert Permission.WITHDRAW in found.permissions


@given(st.binary() | st.text().map(str.encode))
def test_any_answer_is_read_or_refused(data: bytes) -> None:
    made = account()
    calls = [*made.balances(), *made.positions(), made.fees(BTC), made.key_info(KEY)]
    for call in calls:
        with pytest.raises((WireError, VenueError)):
            call.read(answer(data))
