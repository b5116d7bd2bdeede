"""WebSocket v1, and the order-by-order channel of v2."""

import json
import zlib
from decimal import Decimal

from argosy.model import Side
from sandbox.kraken.raw import read


async def hear(socket):
    """The next frame that is no heartbeat."""
    while True:
        frame = json.loads((await socket.receive(timeout=5)).data, parse_float=str)
        if not (isinstance(frame, dict) and frame.get("event") == "heartbeat"):
            return frame


def crc_v1(asks, bids):
    digits = ""
    for side in (sorted(asks)[:10], sorted(bids, reverse=True)[:10]):
        book = asks if side and side[0] in asks else bids
        for price in side:
            for text in book[price][:2]:
                digits += text.replace(".", "").lstrip("0")
    return str(zlib.crc32(digits.encode()))


async def test_v1_book_keeps_its_checksum(client, sandbox, quote):
    socket = await client.session.ws_connect(client.urls["ws_v1"])
    assert (await hear(socket))["event"] == "systemStatus"
    subscription = {"name": "book", "depth": 10}
    await socket.send_json(
        {"event": "subscribe", "pair": ["XBT/USD"], "subscription": subscription, "reqid": 4}
    )
    ack = await hear(socket)
    assert (ack["status"], ack["channelName"], ack["reqid"]) == ("subscribed", "book-10", 4)
    number, book, name, pair = await hear(socket)
    assert (number, name, pair) == (ack["channelID"], "book-10", "XBT/USD")
    assert book["as"][0][:2] == ["50001.00000", "1.00000000"]
    asks = {Decimal(row[0]): row for row in book["as"]}
    bids = {Decimal(row[0]): row for row in book["bs"]}
    quote(sandbox, "BTC/USD", "sell", "50001", "0")
    quote(sandbox, "BTC/USD", "buy", "50000.5", "0.25")
    for _ in range(2):
        _, change, *_ = await hear(socket)
        for side, key in ((asks, "a"), (bids, "b")):
            for row in change.get(key, []):
                if Decimal(row[1]) == 0:
                    side.pop(Decimal(row[0]))
                else:
                    side[Decimal(row[0])] = row
        assert change["c"] == crc_v1(asks, bids)


async def test_v1_trades_and_errors(client, sandbox):
    socket = await client.session.ws_connect(client.urls["ws_v1"])
    await hear(socket)
    for pair, name in (("NO/PE", "trade"), ("XBT/USD", "nonsense")):
        request = {"event": "subscribe", "pair": [pair], "subscription": {"name": name}}
        await socket.send_json(request)
        assert (await hear(socket))["status"] == "error"
    request = {"event": "subscribe", "pair": ["BTC/USD"], "subscription": {"name": "trade"}}
    await socket.send_json(request)
    assert (await hear(socket))["pair"] == "XBT/USD"
    order = {"pair": "XBTUSD", "type": "buy", "ordertype": "market", "volume": "0.5"}
    await client.result("AddOrder", **order)
    _, rows, name, _ = await hear(socket)
    assert rows[0][:2] == ["50001.00000", "0.50000000"]
    assert rows[0][3:] == ["b", "m", ""]
    assert name == "trade"
    await socket.send_json({"event": "ping", "reqid": 42})
    assert await hear(socket) == {"event": "pong", "reqid": 42}


class Queue:
    """Follows level3 the way the documents tell clients to."""

    def __init__(self):
        self.sides = {"bids": {}, "asks": {}}

    def take(self, data):
        for name, side in self.sides.items():
            for row in data[name]:
                price = Decimal(row["limit_price"])
                queue = side.setdefault(price, {})
                event = row.get("event", "add")
                if event == "delete":
                    del queue[row["order_id"]]
                    if not queue:
                        del side[price]
                else:
                    if event == "modify":
                        assert row["order_id"] in queue
                    queue[row["order_id"]] = (row["limit_price"], row["order_qty"])
            kept = sorted(side, reverse=name == "bids")[:10]
            self.sides[name] = {price: side[price] for price in kept}
        assert data["checksum"] == self.crc()

    def crc(self):
        digits = "".join(
            text.replace(".", "").lstrip("0")
            for name in ("asks", "bids")
            for queue in self.sides[name].values()
            for row in queue.values()
            for text in row
        )
        return zlib.crc32(digits.encode())


async def test_level3_shows_queues(client, sandbox, quote):
    socket, token = await client.socket("ws_l3"), await client.token()
    params = {"channel": "level3", "symbol": ["BTC/USD"], "depth": 10}
    await socket.send_json({"method": "subscribe", "params": params})
    assert (await read(socket))["error"] == "ESession:Invalid session"
    await socket.send_json({"method": "subscribe", "params": params | {"token": token}})
    assert (await read(socket))["success"]
    queue = Queue()

    async def follow():
        queue.take((await hear(socket))["data"][0])

    await follow()
    order = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "price": "50000"}
    first = (await client.result("AddOrder", **order, volume="0.5"))["txid"][0]
    await follow()
    iceberg = order | {"ordertype": "iceberg", "displayvol": "0.2"}
    hidden = (await client.result("AddOrder", **iceberg, volume="1"))["txid"][0]
    await follow()
    assert list(queue.sides["bids"][Decimal(50000)])[1:] == [first, hidden]
    assert queue.sides["bids"][Decimal(50000)][hidden] == ("50000.0", "0.20000000")
    await client.result("AmendOrder", txid=first, order_qty="0.4")  # keeps its place
    await follow()
    await client.result("AmendOrder", txid=first, order_qty="0.6")  # goes behind
    await follow()
    assert list(queue.sides["bids"][Decimal(50000)])[1:] == [hidden, first]
    venue = sandbox.venue("kraken")
    venue.engine.take(venue.listing("BTC/USD").spec.id, Side.SELL, 110_000_000)
    venue.engine.settle_down()
    await follow()
    for number in range(8):
        quote(sandbox, "BTC/USD", "sell", 50_001 + number, "0")
        await follow()
