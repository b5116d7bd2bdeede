"""ccxt and ccxt.pro, unmodified but for base URLs, against the simulated OKX.

Runs in an environment of its own; argv[1] is a JSON file with endpoints and keys.
"""

import asyncio
import json
import sys
from pathlib import Path

import ccxt
import ccxt.pro

SETUP = json.loads(Path(sys.argv[1]).read_text())
URLS = SETUP["endpoints"]
SPOT, SWAP, INVERSE = "BTC/USDT", "BTC/USDT:USDT", "BTC/USD:BTC"
DONE = []


def prepare(exchange):
    exchange.urls["api"]["rest"] = URLS["rest"]
    exchange.urls["api"]["ws"] = URLS["ws_public"].removesuffix("/public")
    exchange.enableRateLimit = False
    return exchange


def options(key):
    return {"apiKey": key["key"], "secret": key["secret"], "password": key["passphrase"]}


def fails(kind, call, *args):
    try:
        call(*args)
    except kind:
        return
    raise AssertionError(f"{call.__name__}{args} did not raise {kind}")


def markets(x):
    found = x.load_markets()
    assert {SPOT, SWAP, INVERSE} <= set(found), sorted(found)
    assert any(m["option"] for m in found.values())
    assert any(m["future"] for m in found.values())
    assert found[SPOT]["precision"]["price"] == 0.1
    assert found[SWAP]["contractSize"] == 0.01
    assert found[SWAP]["linear"]
    assert found[INVERSE]["inverse"]
    assert abs(x.fetch_time() - x.milliseconds()) < 5000
    assert x.fetch_status()["status"] == "ok"
    assert x.fetch_ticker(SPOT)["bid"] < x.fetch_ticker(SPOT)["ask"]
    assert SPOT in x.fetch_tickers([SPOT, "ETH/USDT"])
    assert SWAP in x.fetch_tickers(None, {"instType": "SWAP"})
    book = x.fetch_order_book(SWAP, 50)
    assert len(book["bids"]) == 50
    assert book["bids"][0][0] < book["asks"][0][0]
    assert len(x.fetch_ohlcv(SPOT, "1m", limit=100)) == 100
    assert x.fetch_ohlcv(SPOT, "1h", limit=5)
    x.fetch_trades(SPOT)
    assert x.fetch_funding_rate(SWAP)["fundingRate"] is not None
    x.fetch_funding_rate_history(SWAP)
    assert x.fetch_open_interest(SWAP)["openInterestAmount"] > 0
    assert x.fetch_mark_price(SWAP)["markPrice"] > 0
    assert x.fetch_market_leverage_tiers(SWAP)
    option = next(m for m in found.values() if m["option"])
    assert x.fetch_greeks(option["symbol"])["delta"] != 0
    assert "BTC" in x.fetch_currencies()
    DONE.append("markets and market data")


def spot_orders(x):
    ticker = x.fetch_ticker(SPOT)
    low, high = round(ticker["bid"] * 0.95, 1), round(ticker["ask"] * 1.05, 1)
    far = x.create_order(SPOT, "limit", "buy", 0.01, low, {"clOrdId": "desk1"})
    seen = x.fetch_order(far["id"], SPOT)
    assert (seen["status"], seen["price"], seen["clientOrderId"]) == ("open", low, "desk1")
    assert x.fetch_order(None, SPOT, {"clOrdId": "desk1"})["id"] == far["id"]
    assert [o["id"] for o in x.fetch_open_orders(SPOT)] == [far["id"]]
    used = x.fetch_balance()["USDT"]["used"]
    assert abs(used - 0.01 * low) < 0.02 * low, used
    fails(ccxt.InvalidOrder, x.create_order, SPOT, "limit", "buy", 0.01, low, {"clOrdId": "desk1"})
    x.edit_order(far["id"], SPOT, "limit", "buy", 0.02, low + 1)
    assert x.fetch_order(far["id"], SPOT)["amount"] == 0.02
    x.cancel_order(far["id"], SPOT)
    assert x.fetch_order(far["id"], SPOT)["status"] == "canceled"
    fails(ccxt.ExchangeError, x.cancel_order, far["id"], SPOT)
    taken = x.create_order(SPOT, "market", "sell", 0.01)
    seen = x.fetch_order(taken["id"], SPOT)
    assert (seen["status"], seen["filled"], seen["fee"]["currency"]) == ("closed", 0.01, "USDT")
    cost = x.create_market_buy_order_with_cost(SPOT, 500)
    assert 450 < x.fetch_order(cost["id"], SPOT)["cost"] <= 500
    kinds = [
        ({"postOnly": True}, low, "open"),
        ({"postOnly": True}, high, "canceled"),
        ({"timeInForce": "IOC"}, low, "canceled"),
        ({"timeInForce": "FOK"}, low, "canceled"),
        ({"timeInForce": "IOC"}, high, "closed"),
    ]
    for params, price, status in kinds:
        order = x.create_order(SPOT, "limit", "buy", 0.001, price, params)
        found = x.fetch_order(order["id"], SPOT)
        assert found["status"] == status, (params, price, found)
    many = x.create_orders(
        [
            {"symbol": SPOT, "type": "limit", "side": "buy", "amount": 0.001, "price": low - n}
            for n in range(3)
        ]
    )
    assert len(many) == 3
    x.cancel_orders([o["id"] for o in many], SPOT)
    assert len(x.fetch_open_orders(SPOT)) == 1
    x.cancel_order(x.fetch_open_orders(SPOT)[0]["id"], SPOT)
    trades = x.fetch_my_trades(SPOT)
    assert {t["order"] for t in trades} >= {taken["id"], cost["id"]}
    assert x.fetch_order_trades(taken["id"], SPOT)
    assert x.fetch_closed_orders(SPOT)
    assert x.fetch_canceled_orders(SPOT)
    assert x.fetch_ledger("USDT")
    assert x.fetch_trading_fee(SPOT)["taker"] == 0.001
    DONE.append("spot orders, fills, bills")


def algos(x):
    ticker = x.fetch_ticker(SWAP)
    low, high = round(ticker["bid"] * 0.95, 1), round(ticker["ask"] * 1.05, 1)
    wanted = [
        ("conditional", "market", {"stopLossPrice": low}),
        ("conditional", "market", {"takeProfitPrice": high}),
        ("oco", "oco", {"stopLossPrice": low, "takeProfitPrice": high}),
        ("trigger", "market", {"triggerPrice": low}),
        ("move_order_stop", "market", {"trailingPercent": 2}),
    ]
    for kind, order_type, params in wanted:
        order = x.create_order(SWAP, order_type, "sell", 1, None, params)
        waiting = x.fetch_open_orders(SWAP, None, None, {"ordType": kind, "trigger": True})
        assert [o["id"] for o in waiting] == [order["id"]], (kind, waiting)
        x.cancel_order(order["id"], SWAP, {"trigger": True, "trailing": kind == "move_order_stop"})
        assert not x.fetch_open_orders(SWAP, None, None, {"ordType": kind, "trigger": True})
    raw = [
        {"ordType": "iceberg", "sz": "10", "szLimit": "1", "pxLimit": str(low), "pxVar": "0.01"},
        {"ordType": "twap", "sz": "10", "szLimit": "1", "pxLimit": str(low), "pxVar": "0.01"}
        | {"timeInterval": "10"},
        {"ordType": "chase", "sz": "1"},
    ]
    for args in raw:
        body = {"instId": "BTC-USDT-SWAP", "tdMode": "cross", "side": "buy"} | args
        placed = x.private_post_trade_order_algo(body)["data"][0]
        assert placed["sCode"] == "0", placed
        pending = x.private_get_trade_orders_algo_pending({"ordType": args["ordType"]})["data"]
        if not pending and args["ordType"] == "chase":
            continue  # the market was quicker: it is filled
        assert pending[0]["algoId"] == placed["algoId"], pending
        x.private_post_trade_cancel_algos([{"instId": "BTC-USDT-SWAP", "algoId": placed["algoId"]}])
    attached = x.create_order(
        SWAP,
        "limit",
        "buy",
        1,
        low,
        {"stopLoss": {"triggerPrice": low - 100}, "takeProfit": {"triggerPrice": high}},
    )
    assert x.fetch_order(attached["id"], SWAP)["status"] == "open"
    x.cancel_order(attached["id"], SWAP)
    DONE.append("algo orders of every kind")


def positions(x):
    x.set_leverage(5, SWAP, {"marginMode": "cross"})
    assert x.fetch_leverage(SWAP, {"marginMode": "cross"})["longLeverage"] == 5
    x.create_order(SWAP, "market", "buy", 3)
    held = x.fetch_positions([SWAP])
    assert (held[0]["contracts"], held[0]["side"], held[0]["leverage"]) == (3, "long", 5), held
    assert x.fetch_position(SWAP)["entryPrice"] > 0
    x.create_order(SWAP, "market", "sell", 1, None, {"reduceOnly": True})
    x.close_position(SWAP, None, {"marginMode": "cross"})
    assert not x.fetch_positions([SWAP])
    assert x.fetch_position_history(SWAP)
    x.create_order(INVERSE, "market", "sell", 5, None, {"tdMode": "isolated"})
    held = x.fetch_positions([INVERSE])
    assert (held[0]["side"], held[0]["marginMode"]) == ("short", "isolated"), held
    x.create_order(INVERSE, "market", "buy", 5, None, {"tdMode": "isolated", "reduceOnly": True})
    x.set_position_mode(True)
    x.create_order(SWAP, "market", "buy", 2, None, {"positionSide": "long"})
    x.create_order(SWAP, "market", "sell", 1, None, {"positionSide": "short"})
    assert {p["side"]: p["contracts"] for p in x.fetch_positions([SWAP])} == {"long": 2, "short": 1}
    x.create_order(SWAP, "market", "sell", 2, None, {"positionSide": "long", "reduceOnly": True})
    x.create_order(SWAP, "market", "buy", 1, None, {"positionSide": "short", "reduceOnly": True})
    x.set_position_mode(False)
    x.create_order(SPOT, "market", "buy", 200, None, {"tdMode": "cross", "tgtCcy": "quote_ccy"})
    assert x.fetch_positions([SPOT])[0]["contracts"] is not None
    x.private_post_trade_close_position({"instId": "BTC-USDT", "mgnMode": "cross"})
    assert float(x.fetch_balance()["total"]["BTC"]) > 0
    assert x.fetch_accounts()
    moved = x.transfer("USDT", 100, "funding", "spot")
    assert moved["amount"] == 100
    x.cancel_all_orders_after(60_000)
    x.cancel_all_orders_after(0)
    DONE.append("positions, leverage, modes, margin, transfers")


def errors(x):
    low = round(x.fetch_ticker(SPOT)["bid"] * 0.95, 1)
    fails(ccxt.InsufficientFunds, x.create_order, SPOT, "limit", "buy", 500, low)
    raw = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit"}
    for kind, wrong in (
        (ccxt.InvalidOrder, {"sz": "0.000001", "px": str(low)}),
        (ccxt.InvalidOrder, {"sz": "0.0100000001", "px": str(low)}),
        (ccxt.InvalidOrder, {"sz": "0.01", "px": str(round(low * 2, 1))}),
        (ccxt.BadRequest, {"sz": "0.01", "px": f"{low}7"}),
        (ccxt.BadSymbol, {"sz": "0.01", "px": str(low), "instId": "NO-SUCH"}),
        (ccxt.BadRequest, {"sz": "0.01", "px": str(low), "clOrdId": "not-allowed"}),
    ):
        fails(kind, x.private_post_trade_order, raw | wrong)
    fails(ccxt.OrderNotFound, x.fetch_order, "1", SPOT)
    fails(ccxt.OrderNotFound, x.cancel_order, "1", SPOT)
    raw = x.private_get_account_config()["data"][0]
    assert raw["perm"] == "read_only,trade", raw["perm"]
    reader = prepare(ccxt.okx(options(SETUP["keys"]["read"])))
    assert reader.fetch_balance()["total"]["BTC"] > 0
    fails(ccxt.ExchangeError, reader.create_order, SPOT, "limit", "buy", 0.01, low)
    wrong = dict(options(SETUP["keys"]["trade"]), secret=SETUP["keys"]["read"]["secret"])
    fails(ccxt.AuthenticationError, prepare(ccxt.okx(wrong)).fetch_balance)
    phrase = dict(options(SETUP["keys"]["trade"]), password="nonsense")
    fails(ccxt.AuthenticationError, prepare(ccxt.okx(phrase)).fetch_balance)
    stale = prepare(ccxt.okx(options(SETUP["keys"]["trade"])))
    stale.nonce = lambda: stale.milliseconds() - 60_000
    fails(ccxt.InvalidNonce, stale.fetch_balance)
    DONE.append("documented errors")


async def not_empty(watch, *args):
    """The first push may be a snapshot of nothing."""
    while not (found := await watch(*args)):
        pass
    return found


async def later(call):
    await asyncio.sleep(0.5)  # the other side must have subscribed
    return await call


async def streams():
    x = prepare(ccxt.pro.okx(options(SETUP["keys"]["trade"])))
    try:
        await x.load_markets()
        for channel in ("books", "books5", "bbo-tbt", "books50-l2-tbt", "books-l2-tbt"):
            for _ in range(5):
                book = await x.watch_order_book(SPOT, None, {"channel": channel})
                assert book["bids"][0][0] < book["asks"][0][0], channel
            await x.un_watch_order_book(SPOT, {"channel": channel})
        assert (await x.watch_ticker(SPOT))["last"]
        assert await x.watch_trades(SWAP)
        assert await x.watch_trades(SPOT, None, None, {"channel": "trades-all"})
        assert await x.watch_ohlcv(SPOT, "1m")
        assert (await x.watch_mark_price(SWAP))["markPrice"]
        assert (await x.watch_funding_rate(SWAP))["fundingRate"] is not None
        assert await x.watch_bids_asks([SPOT])
        DONE.append("public streams")
        await private_streams(x)
    finally:
        await x.close()


async def private_streams(x):
    price = (await x.fetch_ticker(SPOT))["bid"]
    low = round(price * 0.95, 1)
    assert (await x.watch_balance())["BTC"]["total"] > 0
    orders, order = await asyncio.gather(
        asyncio.wait_for(x.watch_orders(SPOT), 15),
        later(x.create_order_ws(SPOT, "limit", "buy", 0.01, low)),
    )
    assert orders[0]["id"] == order["id"]
    await x.edit_order_ws(order["id"], SPOT, "limit", "buy", 0.02, low)
    await x.cancel_order_ws(order["id"], SPOT)
    assert (await x.fetch_order(order["id"], SPOT))["status"] == "canceled"
    more = [await x.create_order_ws(SPOT, "limit", "buy", 0.01, low - n) for n in range(2)]
    await x.cancel_orders_ws([o["id"] for o in more], SPOT)
    fills, _ = await asyncio.gather(
        asyncio.wait_for(x.watch_my_trades(SPOT), 15),
        later(x.create_order(SPOT, "market", "buy", 100, None, {"tgtCcy": "quote_ccy"})),
    )
    assert fills[0]["cost"] > 0
    held, _ = await asyncio.gather(
        asyncio.wait_for(not_empty(x.watch_positions, [SWAP]), 15),
        later(x.create_order(SWAP, "market", "buy", 1)),
    )
    assert held[0]["contracts"] == 1
    await x.create_order(SWAP, "market", "sell", 1, None, {"reduceOnly": True})
    DONE.append("private streams and orders over them")


def main():
    x = prepare(ccxt.okx(options(SETUP["keys"]["trade"])))
    steps = [markets, spot_orders, algos, positions, errors]
    for step in steps:
        step(x)
    asyncio.run(streams())
    print(json.dumps({"ccxt": ccxt.__version__, "done": DONE}))


main()
