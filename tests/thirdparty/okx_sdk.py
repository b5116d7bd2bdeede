"""python-okx, OKX's own client, unmodified but for base URLs, against the simulated OKX.

Runs in an environment of its own; argv[1] is a JSON file with endpoints and keys. Its WebSocket
client speaks TLS only: SSL_CERT_FILE names the sandbox's authority.
"""

import asyncio
import importlib.metadata
import json
import sys
from pathlib import Path

from okx import Account, Funding, MarketData, PublicData, Status, Trade
from okx.websocket.WsPrivateAsync import WsPrivateAsync
from okx.websocket.WsPublicAsync import WsPublicAsync

SETUP = json.loads(Path(sys.argv[1]).read_text())
REST, STREAMS = SETUP["endpoints"]["rest"], SETUP["tls"]
KEY = SETUP["keys"]["trade"]
DONE = []


def client(kind, key=KEY):
    return kind(key["key"], key["secret"], key["passphrase"], flag="1", domain=REST)


def good(answer):
    assert answer["code"] == "0", answer
    return answer["data"]


def market_data():
    public = PublicData.PublicAPI(flag="1", domain=REST)
    market = MarketData.MarketAPI(flag="1", domain=REST)
    for kind in ("SPOT", "MARGIN", "SWAP", "FUTURES"):
        assert good(public.get_instruments(kind)), kind
    assert good(public.get_instruments("OPTION", instFamily="BTC-USD"))
    row = good(public.get_instruments("SWAP", instId="BTC-USDT-SWAP"))[0]
    assert (row["ctVal"], row["settleCcy"], row["ctType"]) == ("0.01", "USDT", "linear")
    assert isinstance(row["instIdCode"], int)
    assert good(public.get_system_time())
    assert good(public.get_open_interest("SWAP"))
    assert good(public.get_funding_rate("BTC-USDT-SWAP"))[0]["nextFundingTime"]
    good(public.funding_rate_history("BTC-USDT-SWAP"))
    assert good(public.get_price_limit("BTC-USDT-SWAP"))[0]["enabled"] is True
    assert len(good(public.get_opt_summary(instFamily="BTC-USD"))) == 6
    assert good(public.get_mark_price("SWAP"))
    assert good(public.get_position_tiers("SWAP", "cross", instFamily="BTC-USDT"))
    assert good(public.get_underlying("SWAP"))
    assert good(public.get_option_tickBands("OPTION", "BTC-USD"))
    assert public.get_instruments("WRONG")["code"] == "51000"
    assert good(market.get_tickers("SPOT"))
    assert good(market.get_index_tickers(instId="BTC-USDT"))
    book = good(market.get_orderbook("BTC-USDT", "400"))[0]
    assert len(book["bids"]) > 100
    assert book["seqId"] > 0
    assert len(good(market.get_candlesticks("BTC-USDT", limit="50"))) == 50
    newest = good(market.get_history_candlesticks("BTC-USDT", bar="5m", limit="3"))
    older = good(market.get_history_candlesticks("BTC-USDT", newest[-1][0], bar="5m", limit="3"))
    assert int(older[0][0]) == int(newest[-1][0]) - 300_000
    assert good(market.get_index_candlesticks("BTC-USDT"))
    assert good(market.get_mark_price_candlesticks("BTC-USDT-SWAP"))
    good(market.get_trades("BTC-USDT"))
    good(market.get_history_trades("BTC-USDT"))
    assert market.get_ticker("NOPE")["code"] == "51001"
    good(Status.StatusAPI(flag="1", domain=REST).status())
    DONE.append("public data and market data")
    return float(book["bids"][0][0])


def account():
    api = client(Account.AccountAPI)
    assert good(api.get_account_config())[0]["perm"] == "read_only,trade"
    details = good(api.get_account_balance("BTC,USDT"))[0]["details"]
    assert {row["ccy"] for row in details} == {"BTC", "USDT"}
    assert good(api.set_leverage("7", "cross", "BTC-USDT-SWAP"))[0]["lever"] == "7"
    assert good(api.get_leverage("cross", instId="BTC-USDT-SWAP"))[0]["lever"] == "7"
    assert api.set_leverage("1000", "cross", "BTC-USDT-SWAP")["code"] == "59102"
    assert float(good(api.get_max_order_size("BTC-USDT", "cash"))[0]["maxBuy"]) > 1
    assert good(api.get_max_avail_size("BTC-USDT-SWAP", "cross"))
    assert good(api.get_fee_rates("SPOT", "BTC-USDT"))[0]["maker"] == "-0.0008"
    assert good(api.get_instruments("SPOT"))
    good(api.get_account_bills())
    good(api.get_position_risk())
    funding = client(Funding.FundingAPI)
    assert good(funding.get_balances("USDT"))[0]["bal"] == "10000"
    assert good(funding.funds_transfer("USDT", "250.5", "6", "18"))[0]["transId"]
    assert good(funding.get_balances("USDT"))[0]["bal"] == "9749.5"
    assert funding.funds_transfer("USDT", "999999", "6", "18")["code"] == "58350"
    assert good(funding.get_currencies("BTC"))[0]["ccy"] == "BTC"
    DONE.append("account and funding")


def trading(price):
    api, low = client(Trade.TradeAPI), f"{price * 0.95:.1f}"
    order = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit"}
    placed = good(api.place_order(**order, sz="0.01", px=low, clOrdId="sdk1", tag="t1"))[0]
    row = good(api.get_order("BTC-USDT", clOrdId="sdk1"))[0]
    assert (row["ordId"], row["state"], row["tag"]) == (placed["ordId"], "live", "t1")
    again = api.place_order(**order, sz="0.01", px=low, clOrdId="sdk1")
    assert (again["code"], again["data"][0]["sCode"]) == ("1", "51016"), again
    good(api.amend_order("BTC-USDT", ordId=placed["ordId"], newSz="0.02", reqId="r1"))
    assert good(api.get_order_list("SPOT"))[0]["sz"] == "0.02"
    good(api.cancel_order("BTC-USDT", placed["ordId"]))
    gone = api.cancel_order("BTC-USDT", placed["ordId"])
    assert gone["data"][0]["sCode"] == "51400", gone
    batch = api.place_multiple_orders(
        [order | {"sz": "0.01", "px": low}, order | {"sz": "9999", "px": low}]
    )
    assert (batch["code"], [r["sCode"] for r in batch["data"]]) == ("2", ["0", "51008"]), batch
    good(api.amend_multiple_orders([{"instId": "BTC-USDT", "newSz": "0.03"} | only(batch)]))
    good(api.cancel_multiple_orders([{"instId": "BTC-USDT"} | only(batch)]))
    good(api.place_order("BTC-USDT-SWAP", "cross", "buy", "market", "2"))
    held = good(client(Account.AccountAPI).get_positions(instId="BTC-USDT-SWAP"))[0]
    assert (held["pos"], held["mgnMode"], held["lever"]) == ("2", "cross", "7"), held
    stop = good(
        api.place_algo_order(
            "BTC-USDT-SWAP", "cross", "sell", "conditional", "2", slTriggerPx=low, slOrdPx="-1"
        )
    )[0]
    listed = good(api.order_algos_list("conditional"))
    assert [row["algoId"] for row in listed] == [stop["algoId"]]
    good(
        api.amend_algo_order("BTC-USDT-SWAP", stop["algoId"], newSlTriggerPx=f"{price * 0.94:.1f}")
    )
    assert good(api.get_algo_order_details(stop["algoId"]))[0]["slTriggerPx"] != low
    good(api.cancel_algo_order([{"instId": "BTC-USDT-SWAP", "algoId": stop["algoId"]}]))
    assert good(api.order_algos_history("conditional", state="canceled"))
    good(api.close_positions("BTC-USDT-SWAP", "cross"))
    assert good(api.get_fills("SWAP"))[0]["execType"] == "T"
    assert good(api.get_fills_history("SWAP"))
    assert good(api.get_orders_history("SWAP"))[0]["state"] == "filled"
    assert good(api.get_orders_history_archive("SWAP"))
    assert good(client(Account.AccountAPI).get_positions_history("SWAP"))
    reader = client(Trade.TradeAPI, SETUP["keys"]["read"])
    assert reader.place_order(**order, sz="0.01", px=low)["code"] == "50120"
    DONE.append("orders, algos, positions, fills")
    return low


def only(batch):
    return {"ordId": batch["data"][0]["ordId"]}


class Heard:
    def __init__(self):
        self.frames = []

    def __call__(self, text):
        self.frames.append(json.loads(text) if text != "pong" else {"event": "pong"})

    async def until(self, right):
        async with asyncio.timeout(15):
            while True:
                for frame in self.frames:
                    if right(frame):
                        return frame
                await asyncio.sleep(0.02)


def on(channel):
    return lambda frame: frame.get("arg", {}).get("channel") == channel and "data" in frame


async def streams(low):
    heard, public = Heard(), WsPublicAsync(STREAMS["ws_public"])
    await public.start()
    names = ("books", "books5", "bbo-tbt", "tickers", "mark-price", "open-interest", "price-limit")
    wanted = [{"channel": name, "instId": "BTC-USDT-SWAP"} for name in (*names, "funding-rate")]
    await public.subscribe(
        [
            *wanted,
            {"channel": "opt-summary", "instFamily": "BTC-USD"},
            {"channel": "instruments", "instType": "SPOT"},
        ],
        heard,
        id="7",
    )
    for name in (*names, "funding-rate", "opt-summary", "instruments"):
        await heard.until(on(name))
    first = await heard.until(lambda f: on("books")(f) and f["action"] == "snapshot")
    second = await heard.until(lambda f: on("books")(f) and f["action"] == "update")
    assert second["data"][0]["prevSeqId"] >= first["data"][0]["seqId"]
    assert second["data"][0]["checksum"] == 0
    await public.subscribe([{"channel": "candle1m", "instId": "BTC-USDT"}], heard)
    await heard.until(lambda f: f.get("code") == "60018")
    DONE.append("public streams over TLS")

    told = Heard()
    private = WsPrivateAsync(KEY["key"], KEY["passphrase"], KEY["secret"], STREAMS["ws_private"])
    await private.start()
    channels = [{"channel": name, "instType": "ANY"} for name in ("orders", "positions")]
    channels += [{"channel": "account"}, {"channel": "balance_and_position"}]
    await private.subscribe([*channels, {"channel": "fills"}], told)
    await told.until(lambda f: f.get("event") == "channel-conn-count")
    await told.until(on("account"))
    codes = {
        row["instId"]: row["instIdCode"]
        for row in good(PublicData.PublicAPI(flag="1", domain=REST).get_instruments("SPOT"))
    }
    order = {"tdMode": "cash", "side": "buy", "ordType": "limit", "sz": "0.01", "px": low}
    await private.place_order([order | {"instId": "BTC-USDT"}], id="a1")
    refused = await told.until(lambda f: f.get("id") == "a1")
    assert refused["data"][0]["sCode"] == "50014", refused
    code = {"instIdCode": codes["BTC-USDT"]}
    await private.place_order([order | code], id="a2")
    placed = await told.until(lambda f: f.get("id") == "a2")
    assert placed["code"] == "0", placed
    mine = code | {"ordId": placed["data"][0]["ordId"]}
    await told.until(lambda f: on("orders")(f) and f["data"][0]["ordId"] == mine["ordId"])
    await private.amend_order([mine | {"newSz": "0.02"}], id="a3")
    assert (await told.until(lambda f: f.get("id") == "a3"))["code"] == "0"
    await private.cancel_order([mine], id="a4")
    assert (await told.until(lambda f: f.get("id") == "a4"))["code"] == "0"
    await private.batch_orders([order | code, order | code], id="a5")
    both = await told.until(lambda f: f.get("id") == "a5")
    left = [code | {"ordId": row["ordId"]} for row in both["data"]]
    await private.batch_amend_orders([row | {"newSz": "0.03"} for row in left], id="a6")
    assert (await told.until(lambda f: f.get("id") == "a6"))["code"] == "0"
    await private.batch_cancel_orders(left, id="a7")
    assert (await told.until(lambda f: f.get("id") == "a7"))["code"] == "0"
    await private.mass_cancel([{"instType": "OPTION", "instFamily": "BTC-USD"}], id="a8")
    assert (await told.until(lambda f: f.get("id") == "a8"))["data"] == [{"result": True}]
    market = code | {"tdMode": "cash", "side": "buy", "ordType": "market", "sz": "100"}
    await private.place_order([market], id="a9")
    await told.until(on("fills"))
    await told.until(lambda f: on("orders")(f) and f["data"][0]["state"] == "filled")
    await told.until(on("balance_and_position"))
    DONE.append("private streams and orders over TLS")


PRICE = market_data()
account()
LOW = trading(PRICE)
asyncio.run(streams(LOW))
print(json.dumps({"python-okx": importlib.metadata.version("python-okx"), "done": DONE}))
