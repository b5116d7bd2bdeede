"""What OKX was recorded to send, key by key: the simulated one sends all of it."""

import json

import pytest

from sandbox.okx.raw import read

pytestmark = pytest.mark.recordings
LAPSED = {"bal", "frozenBal", "availBal", "ccy"}  # of another endpoint in the same samples


def rows(value):
    if isinstance(value, dict) and isinstance(value.get("data"), list):
        return [row for row in value["data"] if isinstance(row, dict)]
    return [value] if isinstance(value, dict) else []


@pytest.fixture
def captured(recordings):
    def keys(*files):
        folder = recordings / "captures" / "okx"
        return {
            key
            for name in files
            for row in rows(json.loads((folder / name).read_text()))
            for key in row
        }

    return keys


@pytest.fixture
def answered(recordings):
    def keys(*methods):
        samples = json.loads((recordings / "ccxt" / "response" / "okx.json").read_text())
        samples = samples.get("methods", samples)
        return {
            key
            for method in methods
            for case in samples[method]
            for row in rows(case.get("httpResponse"))
            for key in row
        }

    return keys


async def sent(client, path, **query):
    found = await client.data(path, **query)
    assert found, path
    return {key for row in found for key in row}


async def test_market_data(client, captured, answered):
    await client.order(px="50001", sz="0.01")
    swap = {"instType": "SWAP"}
    seen = answered("fetchMarkets") | captured(
        "http_get_instruments_futures.json", "ws_instruments.json"
    )
    assert seen <= await sent(client, "/public/instruments", **swap)
    seen = answered("fetchTicker") | captured("ws_tickers.json")
    assert seen <= await sent(client, "/market/ticker", instId="BTC-USDT")
    assert answered("fetchTrades") <= await sent(client, "/market/trades", instId="BTC-USDT")
    seen = answered("fetchFundingRate") | captured("ws_funding_rate.json")
    assert seen <= await sent(client, "/public/funding-rate", instId="BTC-USDT-SWAP")
    assert answered("fetchOpenInterest") <= await sent(client, "/public/open-interest", **swap)
    assert captured("http_get_mark_price.json") <= await sent(client, "/public/mark-price", **swap)
    tiers = await sent(client, "/public/position-tiers", instType="MARGIN", tdMode="cross")
    assert captured("http_get_position_tiers.json") <= tiers


async def test_accounts_and_orders(client, captured, answered):
    await client.order(instId="BTC-USDT-SWAP", ordType="market", sz="2")
    await client.order(px="49000", sz="0.01")
    await client.algo(ordType="trigger", triggerPx="49000", orderPx="-1")
    assert answered("fetchBalance") - LAPSED <= await sent(client, "/account/balance")
    assert answered("fetchPositions") <= await sent(client, "/account/positions")
    assert captured("http_get_orders_history.json") <= await sent(client, "/trade/orders-pending")
    seen = answered("fetchMyTrades") | captured("http_transaction_detail.json")
    assert seen <= await sent(client, "/trade/fills")
    assert answered("fetchLedger") <= await sent(client, "/account/bills")
    assert answered("fetchTradingFee") <= await sent(client, "/account/trade-fee", instType="SPOT")
    assert answered("fetchAccounts") <= await sent(client, "/account/config")
    assert answered("fetchCurrencies") <= await sent(client, "/asset/currencies")
    algos = await sent(client, "/trade/orders-algo-pending", ordType="trigger")
    assert captured("http_get_orders_algo_pending.json") <= algos
    await client.post("/trade/close-position", {"instId": "BTC-USDT-SWAP", "mgnMode": "cross"})
    history = await sent(client, "/account/positions-history")
    assert captured("http_get_account_positions-history.json") <= history


async def test_the_order_stream(client, captured):
    socket = await client.socket("private", login=True, channel="orders", instType="ANY")
    await read(socket)
    await client.order(px="49000", sz="0.01")
    row = (await read(socket, "orders"))["data"][0]
    files = ("ws_orders.json", "ws_orders_ioc.json", "ws_orders_option.json")
    assert captured(*files) <= set(row)
