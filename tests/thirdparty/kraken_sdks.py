"""krakenex and python-kraken-sdk, unmodified but for base URLs, against the simulated Kraken.

Runs in an environment of its own; argv[1] is a JSON file with endpoints and a key.
"""

import asyncio
import json
import sys
from pathlib import Path

import krakenex
from kraken.exceptions import KrakenInsufficientFundsError, KrakenPermissionDeniedError
from kraken.spot import Market, SpotOrderBookClient, SpotWSClient, Trade, User

SETUP = json.loads(Path(sys.argv[1]).read_text())
URLS = SETUP["endpoints"]
REST = URLS["rest"]
KEY = SETUP["keys"]["trade"]


def with_krakenex():
    api = krakenex.API(key=KEY["key"], secret=KEY["secret"])
    api.uri = REST
    ask_once = api.query_private

    def ask(method, data=None):
        """Its nonces are milliseconds: two calls within one are refused, here as at the venue."""
        answer = ask_once(method, data)
        while answer["error"] == ["EAPI:Invalid nonce"]:
            answer = ask_once(method, data)
        return answer

    api.query_private = ask
    book = api.query_public("Depth", {"pair": "XXBTZUSD", "count": 5})["result"]["XXBTZUSD"]
    assert len(book["asks"]) == 5
    low = f"{float(book['bids'][0][0]) * 0.9:.1f}"
    order = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "price": low, "volume": "0.01"}
    placed = api.query_private("AddOrder", order | {"userref": "77"})
    assert not placed["error"], placed
    assert placed["result"]["descr"]["order"] == f"buy 0.01000000 XBTUSD @ limit {low}"
    assert (
        list(api.query_private("OpenOrders", {"userref": 77})["result"]["open"])
        == (placed["result"]["txid"])
    )
    assert api.query_private("CancelOrder", {"txid": 77})["result"]["count"] == 1
    assert api.query_private("AddOrder", order | {"validate": "true"})["result"].keys() == {"descr"}
    refused = api.query_private("AddOrder", order | {"price": "91000.123"})["error"][0]
    assert refused.startswith("EOrder:Invalid price:XBTUSD"), refused
    assert api.query_private("AddOrder", order | {"pair": "NOPE"})["error"] == [
        "EQuery:Unknown asset pair"
    ]
    assert api.query_private("Balance")["result"]["XXBT"].startswith("1")
    closed = api.query_private(
        "AddOrder", order | {"close[ordertype]": "limit", "close[price]": "#5%"}
    )
    assert not closed["error"], closed
    assert "close position @ limit" in closed["result"]["descr"]["close"]
    api.query_private("CancelAll")


def with_sdk():
    market, auth = Market(url=REST), {"key": KEY["key"], "secret": KEY["secret"], "url": REST}
    assert market.get_ohlc(pair="XBTUSD")["XXBTZUSD"]
    assert market.get_asset_pairs(pair=["XBTUSD"])
    assert market.get_recent_trades(pair="XBTUSD")
    price = float(market.get_ticker(pair="XBTUSD")["XXBTZUSD"]["b"][0])
    low = f"{price * 0.9:.1f}"
    trade, user = Trade(**auth), User(**auth)
    placed = trade.create_order("limit", "buy", "XBTUSD", "0.01", price=low, oflags=["post"])
    txid = placed["txid"][0]
    amended = trade.amend_order(txid=txid, order_qty="0.02", limit_price=low)
    assert amended["amend_id"]
    assert user.get_orders_info(txid)[txid]["vol"] == "0.02000000"
    edited = trade.edit_order(txid=txid, pair="XBTUSD", volume="0.03", price=low)
    assert trade.cancel_order(edited["txid"])["count"] == 1
    iceberg = trade.create_order("iceberg", "buy", "XBTUSD", "1", price=low, displayvol="0.1")
    stop = trade.create_order("stop-loss", "sell", "XBTUSD", "0.01", price=low)
    late = trade.create_order(
        "limit", "buy", "XBTUSD", "0.01", price=low, expiretm="+60", timeinforce="GTD"
    )
    waiting = user.get_open_orders()["open"]
    assert {iceberg["txid"][0], stop["txid"][0], late["txid"][0]} <= set(waiting)
    batch = trade.create_order_batch(
        orders=[
            {"ordertype": "limit", "type": "buy", "price": low, "volume": "0.01"},
            {"ordertype": "limit", "type": "buy", "price": low, "volume": "900"},
        ],
        pair="XBTUSD",
    )["orders"]
    assert batch[1] == {"error": "EOrder:Insufficient funds"}
    assert trade.cancel_order_batch([batch[0]["txid"], stop["txid"][0]])["count"] == 2
    assert trade.cancel_all_orders_after_x(timeout=60)["triggerTime"]
    trade.cancel_all_orders_after_x(timeout=0)
    assert trade.cancel_all_orders()["count"] == 2
    trade.create_order("market", "buy", "XBTUSD", "0.01")
    history = user.get_trades_history()
    assert history["count"] >= 1
    assert user.get_trades_info(next(iter(history["trades"])))
    for call in (
        user.get_account_balance,
        user.get_balances,
        user.get_trade_balance,
        user.get_closed_orders,
        user.get_open_positions,
        user.get_ledgers_info,
        user.get_trade_volume,
    ):
        call()
    try:
        trade.create_order("limit", "buy", "XBTUSD", "900", price=low)
    except KrakenInsufficientFundsError:
        pass
    else:
        raise AssertionError("it has no money for 900 BTC")
    reader = SETUP["keys"]["read"]
    try:
        Trade(key=reader["key"], secret=reader["secret"], url=REST).cancel_all_orders()
    except KrakenPermissionDeniedError:
        pass
    else:
        raise AssertionError("a read-only key must not cancel")
    return low


class Client(SpotWSClient):
    def __init__(self, **settings):
        super().__init__(
            rest_url=REST,
            ws_url=URLS["ws_public"].removesuffix("/v2"),
            auth_ws_url=URLS["ws_private"].removesuffix("/v2"),
            **settings,
        )
        self.heard = []

    async def on_message(self, message):
        self.heard.append(message)

    def find(self, **wanted):
        return [m for m in self.heard if all(m.get(k) == v for k, v in wanted.items())]

    async def until(self, **wanted):
        async with asyncio.timeout(10):
            while not self.find(**wanted):
                await asyncio.sleep(0.05)
        return self.find(**wanted)


async def with_streams(low):
    client = Client(key=KEY["key"], secret=KEY["secret"])
    await client.start()
    await client.subscribe({"channel": "executions", "snap_orders": True})
    await client.subscribe({"channel": "balances"})
    await client.until(channel="executions", type="snapshot")
    await client.until(channel="balances", type="snapshot")
    order = {"order_type": "limit", "side": "buy", "order_qty": 0.01, "symbol": "BTC/USD"}
    await client.send_message(
        {"method": "add_order", "params": order | {"limit_price": float(low), "cl_ord_id": "ws-1"}}
    )
    placed = (await client.until(method="add_order"))[0]
    assert placed["success"], placed
    assert placed["result"]["cl_ord_id"] == "ws-1"
    await client.send_message(
        {"method": "amend_order", "params": {"cl_ord_id": "ws-1", "order_qty": 0.02}}
    )
    assert (await client.until(method="amend_order"))[0]["success"]
    await client.send_message(
        {
            "method": "batch_add",
            "params": {
                "symbol": "BTC/USD",
                "orders": [
                    {k: v for k, v in order.items() if k != "symbol"} | {"limit_price": float(low)}
                ]
                * 2,
            },
        }
    )
    batch = (await client.until(method="batch_add"))[0]
    ids = [row["order_id"] for row in batch["result"]]
    await client.send_message(
        {"method": "cancel_order", "params": {"order_id": [ids[0], placed["result"]["order_id"]]}}
    )
    async with asyncio.timeout(10):
        while len(client.find(method="cancel_order")) < 2:  # one response per order
            await asyncio.sleep(0.05)
    await client.send_message({"method": "cancel_all_orders_after", "params": {"timeout": 60}})
    await client.until(method="cancel_all_orders_after")
    await client.send_message({"method": "cancel_all"})
    assert (await client.until(method="cancel_all"))[0]["result"]["count"] == 1
    market = {k: v for k, v in order.items() if k != "order_type"} | {"order_type": "market"}
    client.heard.clear()
    await client.send_message({"method": "add_order", "params": market})
    await client.until(method="add_order")
    async with asyncio.timeout(10):
        while "filled" not in (kinds := executions(client)):
            await asyncio.sleep(0.05)
    assert kinds[:2] == ["pending_new", "new"], kinds
    assert set(kinds[2:-1]) == {"trade"}, kinds
    numbers = [m["sequence"] for m in client.find(channel="executions")]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    await client.until(channel="balances", type="update")
    await client.close()


def executions(client):
    return [m["data"][0]["exec_type"] for m in client.find(channel="executions", type="update")]


async def with_books():
    """Its book client checks the CRC32 itself."""
    SpotWSClient.WS_URL = URLS["ws_public"].removesuffix("/v2")
    Market.URL = REST
    book = SpotOrderBookClient(depth=25, callback=lambda pair, message: None)
    await book.start()
    await book.add_book(pairs=["BTC/USD"])
    async with asyncio.timeout(20):
        while not (state := book.get("BTC/USD")) or len(state["bid"]) != 25:
            await asyncio.sleep(0.05)
    assert state["valid"], "the checksum does not match"
    await book.close()


def main():
    with_krakenex()
    low = with_sdk()
    asyncio.run(with_streams(low))
    asyncio.run(with_books())
    print("krakenex and python-kraken-sdk ok")


main()
