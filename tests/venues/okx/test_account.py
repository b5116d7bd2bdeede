"""Balances, positions, fees, permissions, leverage over REST."""

from decimal import Decimal
from typing import Any

import pytest

from argosy.errors import AuthFailed, Unsupported, WireError
from argosy.model import InstrumentId, MarginMode, Permission
from argosy.venues.catalog import Adapter
from venues.okx.samples import CREDENTIALS, reply

D = Decimal
SPOT = InstrumentId("okx:BTC/USDT")
SWAP = InstrumentId("okx:BTC/USDT:USDT")
GROUPS = [{"groupId": "1", "maker": "-0.0002", "taker": "-0.0003"}]
OPTION = InstrumentId("okx:BTC/USD:BTC-261225-100000-C")


def test_key_that_may_withdraw(okx: Adapter) -> None:
    call = okx.account.key_info(CREDENTIALS)
    assert (call.request.method, call.request.path) == ("GET", "/api/v5/account/config")
    row = {"perm": "read_only,withdraw,trade", "ip": "1.2.3.4,5.6.7.8", "label": "desk", "uid": "1"}
    info = call.read(reply([row]))
    assert info.permissions == {Permission.READ, Permission.TRADE, Permission.WITHDRAW}
    assert info.raw_permissions == ("read_only", "withdraw", "trade")
    assert info.ip_allowlist == ("1.2.3.4", "5.6.7.8")
    assert info.label == "desk"
    assert call.read(reply([row | {"perm": "read_only", "ip": ""}])).permissions == {
        Permission.READ
    }
    with pytest.raises(WireError, match="perm"):  # never guess that it may do little
        call.read(reply([row | {"perm": ""}]))
    with pytest.raises(AuthFailed):
        call.read(reply([], code="50111", msg="Invalid OK-ACCESS-KEY"))


@pytest.mark.parametrize(
    ("instrument", "query", "row", "rates"),
    [
        (SPOT, {"instType": "SPOT", "instId": "BTC-USDT"},
         {"maker": "-0.0008", "taker": "-0.001", "makerU": "", "takerU": ""}, ("0.0008", "0.001")),
        (SWAP, {"instType": "SWAP", "instFamily": "BTC-USDT"},
         {"maker": "-0.1", "taker": "-0.1", "makerU": "0.0001", "takerU": "-0.0005"},
         ("-0.0001", "0.0005")),
        (InstrumentId("okx:BTC/USDC:USDC"), {"instType": "SWAP", "instFamily": "BTC-USDC"},
         {"maker": "-0.1", "taker": "-0.1", "makerUSDC": "-0.0002", "takerUSDC": "-0.0005"},
         ("0.0002", "0.0005")),
        (OPTION, {"instType": "OPTION", "instFamily": "BTC-USD"},
         {"maker": "", "taker": "", "feeGroup": GROUPS},
         ("0.0002", "0.0003")),
    ],
)  # fmt: skip
def test_fees(
    okx: Adapter,
    instrument: InstrumentId,
    query: dict[str, str],
    row: dict[str, Any],
    rates: tuple[str, str],
) -> None:
    call = okx.account.fees(instrument)
    assert (call.request.path, dict(call.request.query)) == ("/api/v5/account/trade-fee", query)
    found = call.read(reply([row]))
    assert (found.maker, found.taker) == (D(rates[0]), D(rates[1]))


def test_balances_and_positions(okx: Adapter) -> None:
    (call,) = okx.account.balances()
    details = [{"ccy": "BTC", "availBal": "1", "frozenBal": "0.5"}, {"ccy": "ETH", "cashBal": "2"}]
    btc, eth = call.read(reply([{"uTime": "1", "details": details}]))
    assert (btc.total, btc.free, btc.held) == (D("1.5"), D(1), D("0.5"))
    assert (eth.total, eth.account) == (D(2), "trading")
    (call,) = okx.account.funding_balances()
    row = {"ccy": "ETH", "bal": "3", "availBal": "2", "frozenBal": "1"}
    (funding,) = call.read(reply([row]))
    assert (funding.total, funding.account) == (D(3), "funding")
    (call,) = okx.account.positions()
    assert call.request.path == "/api/v5/account/positions"
    assert call.read(reply([])) == []


def test_settings(okx: Adapter) -> None:
    call = okx.account.set_leverage(SWAP, D("7.50"), MarginMode.ISOLATED)
    assert call.request.body == b'{"instId":"BTC-USDT-SWAP","lever":"7.5","mgnMode":"isolated"}'
    assert call.read(reply([{"lever": "7.5", "mgnMode": "isolated", "instId": "x"}])) == D("7.5")
    with pytest.raises(Unsupported):
        okx.account.set_leverage(SPOT, D(2), MarginMode.CASH)
    call = okx.account.set_position_mode(long_short=False)
    assert call.request.body == b'{"posMode":"net_mode"}'
    assert call.read(reply([{"posMode": "net_mode"}])) == "net_mode"
    assert (
        okx.account.position_mode().read(reply([{"posMode": "long_short_mode"}]))
        == "long_short_mode"
    )
    call = okx.account.max_size(SWAP)
    assert dict(call.request.query) == {"instId": "BTC-USDT-SWAP", "tdMode": "cross"}
    assert call.read(reply([{"instId": "x", "maxBuy": "3", "maxSell": "2.5"}])) == (D(3), D("2.5"))


@pytest.mark.parametrize(
    ("row", "needs"),
    [
        (  # multi-currency and portfolio margin: sums in USD
            {"adjEq": "900", "totalEq": "1000", "imr": "100", "mmr": "40", "details": []},
            (900, 100, 40),
        ),
        (  # futures mode: by currency
            {
                "adjEq": "",
                "totalEq": "3000",
                "imr": "",
                "mmr": "",
                "details": [
                    {"ccy": "BTC", "eq": "0.02", "eqUsd": "2000", "imr": "0.001", "mmr": "0.0004"},
                    {"ccy": "USDT", "eq": "1000", "eqUsd": "1000", "imr": "50", "mmr": "20"},
                    {"ccy": "ETH", "eq": "0", "eqUsd": "0", "imr": "", "mmr": ""},
                ],
            },
            (3000, 150, 60),
        ),
        ({"adjEq": "", "totalEq": "10", "imr": "", "mmr": "", "details": []}, (10, 0, 0)),
    ],
)
def test_margin_in_every_mode(okx: Adapter, row: dict[str, Any], needs: tuple[int, ...]) -> None:
    call = okx.account.margin()
    assert (call.request.method, call.request.path) == ("GET", "/api/v5/account/balance")
    told = call.read(reply([row | {"uTime": "1700000000000"}]))
    assert (told.equity, told.initial_margin, told.maintenance_margin) == needs
    assert told.free == needs[0] - needs[1]
    assert told.currency == "USD"
    with pytest.raises(WireError, match="totalEq"):
        call.read(reply([row | {"totalEq": "much", "adjEq": ""}]))
