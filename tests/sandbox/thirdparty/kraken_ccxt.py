"""ccxt and ccxt.pro, unmodified but for base URLs, against the simulated Kraken.

Runs in an environment of its own; argv[1] is a JSON file with endpoints and a key.
"""

import asyncio
import json
import sys
from pathlib import Path

import ccxt
import ccxt.pro

SETUP = json.loads(Path(sys.argv[1]).read_text())
URLS = SETUP["endpoints"]
PAIR = "BTC/USD"


def prepare(exchange):
    rest, public, private = URLS["rest"], URLS["ws_public"], URLS["ws_private"]
    exchange.urls["api"].update({"public": rest, "private": rest})
    exchange.urls["api"]["ws"] = {
        "public": public.removesuffix("/v2"),
        "private": private.removesuffix("/v2"),
        "publicV2": public,
        "privateV2": private,
    }
    exchange.enableRateLimit = False
    return exchange


def options(key):
    return {"apiKey": key["key"], "secret": key["secret"]}


def fails(kind, call, *args):
    try:
        call(*args)
    except kind:
        return
    raise AssertionError(f"{call.__name__}{args} did not raise {kind.__name__}")


def markets(k):
    found = k.load_markets()
    assert {"BTC/USD", "ETH/USD", "BTC/USDT", "ETH/BTC"} <= set(found), sorted(found)
    market = found[PAIR]
    assert market["precision"]["price"] == 0.1
    assert market["limits"]["amount"]["min"] == 0.00005
    assert market["taker"] == 0.004
    assert market["maker"] == 0.0025
    assert k.fetch_status()["status"] == "ok"
    assert abs(k.fetch_time() - k.milliseconds()) < 5000
    ticker = k.fetch_ticker(PAIR)
    assert ticker["bid"] < ticker["ask"]
    assert set(k.fetch_tickers(["BTC/USD", "ETH/USD"])) == {"BTC/USD", "ETH/USD"}
    book = k.fetch_order_book(PAIR, 50)
    assert len(book["bids"]) == 50
    assert book["bids"][0][0] < book["asks"][0][0]
    candles = k.fetch_ohlcv(PAIR, "1m", limit=100)
    assert candles[-1][0] > candles[0][0]
    assert k.fetch_trades(PAIR)
    assert "BTC" in k.fetch_currencies()
    return ticker


def orders(k, ticker):
    low, high = round(ticker["bid"] * 0.8, 1), round(ticker["ask"] * 1.2, 1)
    far = k.create_order(PAIR, "limit", "buy", 0.01, low, {"clientOrderId": "desk-1"})
    assert k.fetch_order(far["id"])["status"] == "open"
    assert k.fetch_order(far["id"])["price"] == low
    assert [o["id"] for o in k.fetch_open_orders(PAIR)] == [far["id"]]
    assert k.fetch_balance()["USD"]["used"] > 0.01 * low
    fails(
        ccxt.BaseError, k.create_order, PAIR, "limit", "buy", 0.01, low, {"clientOrderId": "desk-1"}
    )
    moved = k.edit_order(far["id"], PAIR, "limit", "buy", 0.02, low + 10)
    assert k.fetch_open_orders(PAIR)[0]["amount"] == 0.02, moved
    taken = k.create_order(PAIR, "market", "buy", 0.01)
    seen = k.fetch_order(taken["id"])
    assert seen["status"] == "closed"
    assert seen["filled"] == 0.01
    assert float(seen["fee"]["cost"]) > 0
    cost = k.create_market_buy_order_with_cost(PAIR, 500)
    assert 450 < k.fetch_order(cost["id"])["cost"] <= 500
    conditionals = [
        ("market", "sell", None, {"stopLossPrice": low}),
        ("limit", "sell", low - 5, {"stopLossPrice": low}),
        ("market", "sell", None, {"takeProfitPrice": high}),
        ("limit", "sell", high, {"takeProfitPrice": high}),
        ("market", "sell", None, {"trailingAmount": 500}),
        ("market", "sell", None, {"trailingPercent": 10}),
        ("limit", "sell", None, {"trailingAmount": 500, "trailingLimitAmount": 5}),
        ("limit", "buy", low, {"postOnly": True}),
        ("limit", "buy", low, {"timeInForce": "IOC"}),
        ("limit", "buy", low, {"leverage": 2}),
        ("limit", "buy", low, {"close": {"ordertype": "stop-loss", "price": low - 100}}),
    ]
    placed = {}
    for kind, side, price, params in conditionals:
        order = k.create_order(PAIR, kind, side, 0.01, price, params)
        placed[order["id"]] = params
    statuses = {key: k.fetch_order(key)["status"] for key in placed}
    waiting = [key for key, status in statuses.items() if status == "open"]
    assert len(waiting) == len(conditionals) - 1, [(placed[i], s) for i, s in statuses.items()]
    stop = next(i for i, p in placed.items() if p == {"stopLossPrice": low})
    assert k.fetch_order(stop)["stopPrice"] == low, k.fetch_order(stop)
    assert k.fetch_closed_orders(PAIR)
    k.cancel_order(waiting[0])
    k.cancel_orders(waiting[1:3])
    k.cancel_all_orders_after(60_000)
    k.cancel_all_orders_after(0)
    k.cancel_all_orders()
    assert not k.fetch_open_orders(PAIR)
    trades = k.fetch_my_trades(PAIR)
    assert {t["order"] for t in trades} >= {taken["id"], cost["id"]}
    assert trades[0]["fee"]["currency"] == "USD"
    assert k.fetch_order_trades(taken["id"])
    assert k.fetch_ledger("USD")
    assert k.fetch_trading_fee(PAIR)["taker"] == 0.004


def positions(k):
    k.create_order(PAIR, "market", "buy", 0.05, None, {"leverage": 3})
    held = k.fetch_positions()
    assert held, held
    assert held[0]["contracts"] == 0.05 or float(held[0]["info"]["vol"]) == 0.05, held
    k.create_order(PAIR, "market", "sell", 0.05, None, {"leverage": 3, "reduceOnly": True})
    assert not k.fetch_positions()


def errors(k):
    ticker = k.fetch_ticker(PAIR)
    low = round(ticker["bid"] * 0.9, 1)
    fails(ccxt.InsufficientFunds, k.create_order, PAIR, "limit", "buy", 500, low)
    fails(ccxt.InvalidOrder, k.create_order, PAIR, "limit", "buy", 0.00001, low)
    fails((ccxt.InvalidOrder, ccxt.OrderNotFound), k.cancel_order, "OAAAAA-BBBBB-CCCCCC")
    reader = prepare(ccxt.kraken(options(SETUP["keys"]["read"])))
    reader.load_markets()
    assert reader.fetch_balance()["total"]["BTC"] > 0
    fails(ccxt.PermissionDenied, reader.create_order, PAIR, "limit", "buy", 0.01, low)
    wrong = dict(options(SETUP["keys"]["trade"]), secret=SETUP["keys"]["read"]["secret"])
    fails(ccxt.AuthenticationError, prepare(ccxt.kraken(wrong)).fetch_balance)
    stale = prepare(ccxt.kraken(options(SETUP["keys"]["trade"])))
    stale.nonce = lambda: 5
    fails(ccxt.InvalidNonce, stale.fetch_balance)


async def streams():
    k = prepare(ccxt.pro.kraken(options(SETUP["keys"]["trade"])))
    try:
        await k.load_markets()
        for _ in range(30):  # ccxt.pro checks the CRC32 of every message by itself
            book = await k.watch_order_book(PAIR, 10)
        assert book["bids"][0][0] < book["asks"][0][0]
        deep = await k.watch_order_book("ETH/USD", 100)
        assert len(deep["bids"]) == 100
        assert (await k.watch_ticker(PAIR))["bid"] > 0
        assert await k.watch_trades(PAIR)
        assert await k.watch_ohlcv(PAIR, "1m")
        balance = await k.watch_balance()
        assert balance["BTC"]["total"] > 0, balance
        seen = asyncio.ensure_future(k.watch_orders(PAIR))
        await asyncio.sleep(0.3)
        low = round(book["bids"][0][0] * 0.8, 1)
        order = await k.create_order_ws(PAIR, "limit", "buy", 0.01, low)
        updates = await asyncio.wait_for(seen, 5)
        assert order["id"] in {o["id"] for o in updates}, (order, updates)
        edited = await k.edit_order_ws(order["id"], PAIR, "limit", "buy", 0.02, low + 5)
        assert edited["id"]
        await k.cancel_order_ws(edited["id"])
        mine = asyncio.ensure_future(k.watch_my_trades(PAIR))
        await asyncio.sleep(0.3)
        bought = await k.create_order_ws(PAIR, "market", "buy", 0.01)
        trades = await asyncio.wait_for(mine, 5)
        assert bought["id"] in {t["order"] for t in trades}, (bought, trades)
        await k.create_order_ws(PAIR, "limit", "buy", 0.01, low)
        await k.cancel_all_orders_ws()
        assert not await k.fetch_open_orders(PAIR)
    finally:
        await k.close()


def main():
    k = prepare(ccxt.kraken(options(SETUP["keys"]["trade"])))
    ticker = markets(k)
    orders(k, ticker)
    positions(k)
    errors(k)
    asyncio.run(streams())
    print("ccxt", ccxt.__version__, "ok")


main()
