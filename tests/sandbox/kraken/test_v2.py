"""WebSocket v2 as Kraken documents it."""

import json
import zlib
from decimal import Decimal

from argosy.model import Instrument, InstrumentId, InstrumentKind, Side, VenueId
from argosy.sandbox.clock import ManualClock
from argosy.sandbox.engine import Engine, Rules, Spec
from argosy.sandbox.kraken.v2_books import checksum
from sandbox.kraken.raw import read

ASKS = """45285.2 0.00100000, 45286.4 1.54571953, 45286.6 1.54571109, 45289.6 1.54560911,
45290.2 0.15890660, 45291.8 1.54553491, 45294.7 0.04454749, 45296.1 0.35380000,
45297.5 0.09945542, 45299.5 0.18772827"""
BIDS = """45283.5 0.10000000, 45283.4 1.54582015, 45282.1 0.10000000, 45281.0 0.10000000,
45280.3 1.54592586, 45279.0 0.07990000, 45277.6 0.03310103, 45277.5 0.30000000,
45277.3 1.54602737, 45276.6 0.15445238"""


def test_the_published_checksum():
    """The example of docs.kraken.com/api/docs/guides/spot-ws-book-v2."""
    engine = Engine(Rules(venue=VenueId("kraken"), order_id=str, trade_id=str), ManualClock())
    instrument = Instrument(
        id=InstrumentId("kraken:BTC/USD"),
        venue=VenueId("kraken"),
        venue_symbol="BTC/USD",
        kind=InstrumentKind.SPOT,
        base="BTC",
        quote="USD",
        price_increment=Decimal("0.1"),
        size_increment=Decimal("0.00000001"),
    )
    rate = Decimal(0)
    listing = engine.list_instrument(Spec(instrument, maker_rate=rate, taker_rate=rate))
    for side, text in ((Side.SELL, ASKS), (Side.BUY, BIDS)):
        for row in text.replace("\n", " ").split(", "):
            price, size = (Decimal(part) for part in row.split())
            spec = listing.spec
            engine.quote(spec.id, side, spec.price_units(price), spec.size_units(size))
    assert checksum(listing) == 3310070434


class Book:
    """Follows the messages the way the documents tell clients to."""

    def __init__(self, depth):
        self.depth = depth
        self.sides = {"bids": {}, "asks": {}}

    def take(self, text):
        frame = json.loads(text, parse_float=str)
        for row in frame["data"]:
            for name, side in self.sides.items():
                for level in row[name]:
                    price, size = Decimal(level["price"]), level["qty"]
                    if Decimal(size) == 0:
                        side.pop(price, None)
                    else:
                        side[price] = (level["price"], size)
                keep = sorted(side, reverse=name == "bids")[: self.depth]
                self.sides[name] = {price: side[price] for price in keep}
            assert row["checksum"] == self.crc()

    def crc(self):
        digits = ""
        for name in ("asks", "bids"):
            for price in list(self.sides[name])[:10]:
                for text in self.sides[name][price]:
                    digits += text.replace(".", "").lstrip("0")
        return zlib.crc32(digits.encode())


async def test_books_keep_their_checksum_at_every_depth(client, sandbox, quote):
    for depth in (10, 25, 1000):
        socket = await client.socket()
        params = {"channel": "book", "symbol": ["BTC/USD"], "depth": depth}
        await socket.send_json({"method": "subscribe", "params": params, "req_id": 1})
        ack = await read(socket, method="subscribe")
        assert ack["result"] == {
            "channel": "book",
            "symbol": "BTC/USD",
            "depth": depth,
            "snapshot": True,
        }
        book = Book(depth)
        book.take((await socket.receive()).data)
        for number in range(12):  # from inside the depth, from outside, and back again
            quote(sandbox, "BTC/USD", "buy", 50_000 - number, "0")
            quote(sandbox, "BTC/USD", "sell", 50_001 + 2 * number, "0.5")
        for number in range(12):
            quote(sandbox, "BTC/USD", "buy", 50_000 - number, "1")
        truth = sandbox.book("kraken", "BTC/USD", depth)
        want = [level.price for level in truth.bids]
        while list(book.sides["bids"]) != want:
            book.take((await socket.receive(timeout=5)).data)
        await socket.close()


async def test_numbers_are_tokens_with_every_decimal(client):
    socket = await client.socket()
    params = {"channel": "book", "symbol": ["BTC/USD"]}
    await socket.send_json({"method": "subscribe", "params": params})
    await read(socket, method="subscribe")
    assert '{"price":50000.0,"qty":1.00000000}' in (await socket.receive()).data


async def test_subscription_errors(client):
    socket = await client.socket()
    for params, error in (
        ({"channel": "book", "symbol": ["NO/PE"]}, "Currency pair not supported NO/PE"),
        (
            {"channel": "book", "symbol": ["BTC/USD"], "depth": 7},
            "Subscription depth not supported",
        ),
        ({"channel": "nonsense", "symbol": ["BTC/USD"]}, "Channel Not Found"),
        ({"channel": "executions", "token": "no"}, "ESession:Invalid session"),
    ):
        await socket.send_json({"method": "subscribe", "params": params, "req_id": 9})
        answer = await read(socket, method="subscribe")
        assert (answer["success"], answer["error"], answer["req_id"]) == (False, error, 9)
    await socket.send_str("{")
    assert (await read(socket))["success"] is False
    await socket.send_json({"method": "ping", "req_id": 5})
    assert (await read(socket))["method"] == "pong"


async def test_an_order_life_on_executions(client, sandbox, quote):
    socket, token = await client.socket("ws_private"), await client.token()
    await socket.send_json(
        {"method": "subscribe", "params": {"channel": "executions", "token": token}}
    )
    assert (await read(socket, method="subscribe"))["result"]["maxratecount"] == 180
    assert (await read(socket))["data"] == []
    order = {
        "order_type": "limit",
        "side": "buy",
        "symbol": "BTC/USD",
        "order_qty": 1.5,
        "limit_price": 50001,
        "cl_ord_id": "abc",
        "token": token,
    }
    await socket.send_json({"method": "add_order", "params": order, "req_id": 3})
    frames = [await read(socket) for _ in range(4)]
    kinds = [f["data"][0]["exec_type"] for f in frames[:3]]
    assert kinds == ["pending_new", "new", "trade"]
    assert [f["sequence"] for f in frames[:3]] == [2, 3, 4]
    trade = frames[2]["data"][0]
    assert (trade["order_status"], trade["last_qty"]) == ("partially_filled", Decimal(1))
    assert trade["fees"] == [{"asset": "USD", "qty": Decimal("200.00400000")}]
    assert frames[3]["result"]["cl_ord_id"] == "abc"
    quote(sandbox, "BTC/USD", "sell", 50_001, "2")
    rest = [(await read(socket))["data"][0] for _ in range(2)]
    assert [(r["exec_type"], r["order_status"]) for r in rest] == [
        ("trade", "partially_filled"),
        ("filled", "filled"),
    ]
    assert rest[1]["cum_qty"] == Decimal("1.5")


async def test_one_answer_for_each_cancelled_order(client):
    socket, token = await client.socket("ws_private"), await client.token()
    order = {
        "order_type": "limit",
        "side": "buy",
        "symbol": "BTC/USD",
        "order_qty": 1,
        "limit_price": 40000,
        "token": token,
    }
    ids = []
    for _ in range(2):
        await socket.send_json({"method": "add_order", "params": order})
        ids.append((await read(socket))["result"]["order_id"])
    params = {"order_id": [*ids, "OAAAAA-BBBBB-CCCCCC"], "token": token}
    await socket.send_json({"method": "cancel_order", "params": params, "req_id": 4})
    answers = [await read(socket) for _ in range(3)]
    assert [a["success"] for a in answers] == [True, True, False]
    assert answers[2]["error"] == "EOrder:Unknown order"


async def test_status_changes_are_told(client, sandbox):
    socket = await client.socket()
    sandbox.venue("kraken").set_status("post_only")
    assert (await read(socket, channel="status"))["data"][0]["system"] == "post_only"
