"""Public streams: books that continue, other channels, acknowledgements and errors."""

import asyncio
import zlib

import aiohttp
import pytest

from argosy.model import InstrumentStatus
from sandbox.okx.raw import read

BOOKS = {"channel": "books", "instId": "BTC-USDT"}


class Replica:
    """A book kept by what the stream says."""

    def __init__(self):
        self.sides = {"bids": {}, "asks": {}}
        self.sequence = None

    def apply(self, frame):
        row = frame["data"][0]
        if frame["action"] == "snapshot":
            assert row["prevSeqId"] == -1
            self.sides = {"bids": {}, "asks": {}}
        else:
            assert row["prevSeqId"] == self.sequence
        self.sequence = row["seqId"]
        for name, side in self.sides.items():
            for price, size, zero, _ in row[name]:
                assert zero == "0"
                if size == "0":
                    del side[price]
                else:
                    side[price] = size
        return row

    def top(self, name, depth):
        return sorted(self.sides[name].items(), key=lambda x: float(x[0]), reverse=name == "bids")[
            :depth
        ]


@pytest.mark.parametrize("channel", ["books", "books50-l2-tbt", "books-l2-tbt"])
async def test_books_continue_and_agree(client, sandbox, quote, channel):
    socket = await client.socket("public", login=True, channel=channel, instId="BTC-USDT")
    replica = Replica()
    replica.apply(await read(socket, channel))
    for number in range(5):
        quote(sandbox, "BTC/USDT", "buy", 49_900 - number, "3")
        quote(sandbox, "BTC/USDT", "buy", 50_000 - number, 0)
        await client.order(px="50001", sz="0.1")
        row = replica.apply(await read(socket, channel))
        assert row["checksum"] == 0
    truth = (await client.data("/market/books", instId="BTC-USDT", sz="400"))[0]
    depth = 50 if "50" in channel else 400
    for name in ("bids", "asks"):
        assert replica.top(name, depth) == [(p, s) for p, s, _, _ in truth[name]][:depth]
    assert truth["seqId"] == replica.sequence


async def test_channels_that_exclude_one_another(client):
    socket = await client.socket(login=True, **BOOKS)
    await read(socket, "books")
    arg = {"channel": "books-l2-tbt", "instId": "BTC-USDT"}
    await socket.send_json({"op": "subscribe", "args": [arg]})
    assert (await read(socket, event="error"))["code"] == "64004"


async def test_every_subscriber_begins_where_the_stream_is(client, sandbox, quote):
    first = await client.socket(**BOOKS)
    await read(first, "books")
    quote(sandbox, "BTC/USDT", "buy", 49_500, "1")
    replica = Replica()
    second = await client.socket(**BOOKS)
    replica.apply(await read(second, "books"))
    quote(sandbox, "BTC/USDT", "buy", 49_501, "1")
    while ("49501", "1") not in replica.sides["bids"].items():
        replica.apply(await read(second, "books"))


async def test_books_without_a_snapshot_join_the_rest_book(client, sandbox, exchange, quote):
    exchange.options.initial_snapshot = False
    socket = await client.socket(**BOOKS)
    rest = (await client.data("/market/books", instId="BTC-USDT", sz="400"))[0]
    quote(sandbox, "BTC/USDT", "buy", 49_500, "1")
    row = (await read(socket, "books", action="update"))["data"][0]
    assert row["prevSeqId"] <= rest["seqId"] < row["seqId"]
    assert row["bids"] == [["49500", "1", "0", "1"]]


async def test_the_legacy_checksum(client, exchange):
    exchange.options.checksum = True
    socket = await client.socket(**BOOKS)
    row = (await read(socket, "books"))["data"][0]
    parts = []
    for bid, ask in zip(row["bids"][:25], row["asks"][:25], strict=True):
        parts += [bid[0], bid[1], ask[0], ask[1]]
    expected = zlib.crc32(":".join(parts).encode())
    assert row["checksum"] == expected - 2**32 * (expected >= 2**31)


async def test_a_quiet_book_says_that_it_lives(client, exchange):
    exchange.options.book_heartbeat_s = 0.05
    socket = await client.socket(**BOOKS)
    replica = Replica()
    replica.apply(await read(socket, "books"))
    row = replica.apply(await read(socket, "books"))
    assert (row["bids"], row["asks"], row["prevSeqId"]) == ([], [], row["seqId"])


async def test_a_sequence_begins_anew(client, sandbox, exchange, quote):
    socket = await client.socket(**BOOKS)
    before = (await read(socket, "books"))["data"][0]["seqId"]
    exchange.reset_sequence("BTC-USDT")
    quote(sandbox, "BTC/USDT", "buy", 49_500, "1")
    row = (await read(socket, "books"))["data"][0]
    assert row["prevSeqId"] == before > row["seqId"]
    quote(sandbox, "BTC/USDT", "buy", 49_501, "1")
    assert (await read(socket, "books"))["data"][0]["prevSeqId"] == row["seqId"]


async def test_tops_and_trades(client, sandbox, quote):
    five = await client.socket(channel="books5", instId="BTC-USDT")
    assert len((await read(five, "books5"))["data"][0]["bids"]) == 5
    best = await client.socket(channel="bbo-tbt", instId="BTC-USDT")
    await read(best, "bbo-tbt")
    quote(sandbox, "BTC/USDT", "buy", "50000.5", "1")
    while (row := (await read(best, "bbo-tbt"))["data"][0])["bids"][0][0] != "50000.5":
        pass
    assert len(row["bids"]) == 1
    joined = await client.socket(channel="trades", instId="BTC-USDT")
    every = await client.socket("business", channel="trades-all", instId="BTC-USDT")
    await client.order(px="50002", sz="3")
    first, second = (await read(joined, "trades"))["data"][0], (await read(joined))["data"][0]
    assert [(row["px"], row["sz"], row["count"]) for row in (first, second)] == [
        ("50001", "2", "1"),
        ("50002", "1", "1"),
    ]
    assert (await read(every, "trades-all"))["data"][0]["tradeId"] == first["tradeId"]


async def test_candles_and_instruments(client, sandbox):
    candles = await client.socket("business", channel="candle1m", instId="BTC-USDT")
    await client.order(px="50001", sz="1")
    row = (await read(candles, "candle1m"))["data"][0]
    assert row[1:] == ["50001", "50001", "50001", "50001", "1", "50001", "50001", "0"]
    listed = await client.socket(channel="instruments", instType="SWAP")
    assert len((await read(listed, "instruments"))["data"]) == 5
    sandbox.venue("okx").engine.set_status("okx:BTC/USDT:USDT", InstrumentStatus.SUSPENDED)
    row = (await read(listed, "instruments"))["data"][0]
    assert (row["instId"], row["state"]) == ("BTC-USDT-SWAP", "suspend")
    status = await client.socket(channel="status")
    sandbox.venue("okx").set_status("maintenance")
    assert (await read(status, "status"))["data"][0]["state"] == "ongoing"


async def test_liquidations(client, mark, sandbox):
    swap = {"instId": "BTC-USDT-SWAP", "ordType": "market"}
    body = {"instId": "BTC-USDT-SWAP", "mgnMode": "isolated", "lever": "50"}
    await client.post("/account/set-leverage", body)
    assert (await client.order(**swap, tdMode="isolated", sz="10"))["sCode"] == "0"
    public = await client.socket(channel="liquidation-orders", instType="SWAP")
    private = await client.socket("private", login=True, channel="orders", instType="SWAP")
    assert (await read(private))["event"] == "channel-conn-count"
    mark(sandbox, "BTC/USDT:USDT", 48_000)
    row = (await read(public, "liquidation-orders"))["data"][0]
    assert (row["instId"], row["details"][0]["side"]) == ("BTC-USDT-SWAP", "sell")
    assert row["details"][0]["bkPx"] == "48000"
    order = (await read(private, "orders"))["data"][0]
    assert order["category"] == "full_liquidation"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("{", "60012"),
        ("[]", "60012"),
        ('{"op":"dance","args":[]}', "60019"),
        ('{"op":"subscribe","args":[]}', "60013"),
        ('{"op":"subscribe","args":[{"channel":"books","instId":"NOPE"}]}', "60018"),
        ('{"op":"subscribe","args":[{"channel":"candle1m","instId":"BTC-USDT"}]}', "60018"),
        ('{"op":"subscribe","args":[{"channel":"orders","instType":"ANY"}]}', "60018"),
        ('{"op":"subscribe","args":[{"channel":"books50-l2-tbt","instId":"BTC-USDT"}]}', "60011"),
        ('{"op":"login","args":[{"apiKey":"x","timestamp":"1"}]}', "60005"),
        ('{"op":"login","args":[{"apiKey":"x","timestamp":"soon"}]}', "60004"),
        ("[" * 5_000, "60012"),
    ],
)
async def test_requests_that_make_no_sense(client, frame, code):
    socket = await client.socket()
    await socket.send_str(frame)
    answer = await read(socket)
    assert (answer["event"], answer["code"]) == ("error", code), answer
    assert len(answer["connId"]) == 8
    await socket.send_str("ping")
    assert (await socket.receive(timeout=5)).data == "pong"


async def test_acknowledgements_name_the_request(client):
    socket = await client.socket()
    arg = {"channel": "tickers", "instId": "BTC-USDT"}
    await socket.send_json({"id": "12", "op": "subscribe", "args": [arg]})
    first = await read(socket)
    assert (first["id"], first["event"], first["arg"]) == ("12", "subscribe", arg)
    await read(socket, "tickers")
    await socket.send_json({"id": "13", "op": "unsubscribe", "args": [arg]})
    assert (await read(socket, event="unsubscribe"))["id"] == "13"
    await client.order(px="50001", sz="1")
    with pytest.raises(TimeoutError):
        await socket.receive(timeout=0.4)


async def test_silent_connections_are_closed(client, exchange):
    exchange.options.idle_close_s = 0.1
    socket = await client.socket()
    message = await socket.receive(timeout=5)
    assert message.type is aiohttp.WSMsgType.CLOSE
    assert socket.close_code == 4004


async def test_upgrades_are_announced(client, sandbox):
    socket = await client.socket()
    await asyncio.sleep(0.05)
    sandbox.servers["okx"].announce_upgrade(0.05)
    assert (await read(socket, event="notice"))["code"] == "64008"
    assert (await socket.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSE


async def test_connections_and_subscriptions_are_limited(client, exchange, clock):
    exchange.options.connect_limit = 3
    for _ in range(3):
        await client.socket()
    with pytest.raises(aiohttp.WSServerHandshakeError, match="429"):
        await client.socket()
    clock.advance(10**9)
    socket = await client.socket()
    for _ in range(481):
        await socket.send_json({"op": "unsubscribe", "args": [BOOKS]})
    assert (await read(socket, event="error"))["code"] == "60014"
