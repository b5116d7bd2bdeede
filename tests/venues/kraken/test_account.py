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
    first = call.read(answer(recorded_reply("fetchPositions")))[0]
    assert first.instrument == BTC
    assert first.size == Decimal("8.62212861")
    assert first.unrealised_pnl == Decimal("154186.9728")
    assert first.entry_price is not None
    assert round(first.entry_price, 2) == Decimal("11855.05")


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
