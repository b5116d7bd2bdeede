"""Private streams and order entry over WebSocket; faults in both."""

import asyncio

import aiohttp
import pytest

from argosy.sandbox.faults import FaultKind, FaultPlan
from sandbox.okx.raw import read

PLACE = {"tdMode": "cash", "side": "buy", "ordType": "limit", "px": "49000", "sz": "0.01"}


@pytest.fixture
def code(exchange):
    return {"instIdCode": exchange.names.codes["BTC-USDT"]}


async def ask(socket, number, op, *args):
    await socket.send_json({"id": number, "op": op, "args": list(args)})
    return await read(socket, id=number)


async def test_login_is_checked(client, sandbox):
    socket = await client.socket("private")
    subscribe = {"op": "subscribe", "args": [{"channel": "account"}]}
    await socket.send_json(subscribe)
    assert (await read(socket))["code"] == "60011"
    stamp = str(int(client.now_s()))
    good = {
        "apiKey": client.key.key,
        "passphrase": client.key.passphrase,
        "timestamp": stamp,
        "sign": client.sign(f"{stamp}GET/users/self/verify"),
    }
    for change, error in (
        ({"sign": "AAAA"}, "60007"),
        ({"passphrase": "other"}, "60024"),
        ({"apiKey": "nobody"}, "60005"),
        ({"timestamp": str(int(stamp) - 31)}, "60006"),
        ({"timestamp": "soon"}, "60004"),
    ):
        await socket.send_json({"op": "login", "args": [good | change]})
        assert (await read(socket))["code"] == error
    await socket.send_json({"op": "login", "args": [good]})
    answer = await read(socket)
    assert (answer["event"], answer["code"]) == ("login", "0")
    await socket.send_json({"op": "login", "args": [good]})
    assert (await read(socket))["code"] == "60031"
    await socket.send_json(subscribe)
    assert (await read(socket))["event"] == "subscribe"


async def test_orders_are_named_by_code(client, code, exchange):
    socket = await client.socket("private", login=True)
    answer = await ask(socket, "1", "order", PLACE | {"instId": "BTC-USDT"})
    assert (answer["code"], answer["data"][0]["sCode"]) == ("1", "50014")
    assert answer["data"][0]["sMsg"] == "Parameter instIdCode can not be empty."
    assert (await ask(socket, "2", "order", PLACE | {"instIdCode": 1}))["data"][0][
        "sCode"
    ] == "51001"
    placed = await ask(socket, "3", "order", PLACE | code)
    assert (placed["code"], placed["op"]) == ("0", "order")
    assert int(placed["outTime"]) > 10**15
    mine = code | {"ordId": placed["data"][0]["ordId"]}
    assert (await ask(socket, "4", "amend-order", mine | {"newSz": "0.02"}))["code"] == "0"
    assert (await ask(socket, "5", "cancel-order", mine))["code"] == "0"
    assert (await ask(socket, "6", "cancel-order", mine))["data"][0]["sCode"] == "51400"
    exchange.options.strict_inst_id_code = False
    assert (await ask(socket, "7", "order", PLACE | {"instId": "BTC-USDT"}))["code"] == "0"
    late = {"id": "9", "op": "order", "args": [PLACE | code], "expTime": "1"}
    await socket.send_json(late)
    assert (await read(socket, id="9"))["code"] == "50036"
    armed = await ask(socket, "8", "cancel-all-after", {"timeOut": "60"})
    assert int(armed["data"][0]["triggerTime"]) > 0


async def test_batches_over_the_stream(client, code):
    socket = await client.socket("private", login=True)
    items = [PLACE | code, PLACE | code | {"sz": "0"}]
    mixed = await ask(socket, "1", "batch-orders", *items)
    assert (mixed["code"], [row["sCode"] for row in mixed["data"]]) == ("2", ["0", "51121"])
    mine = code | {"ordId": mixed["data"][0]["ordId"]}
    assert (await ask(socket, "2", "batch-amend-orders", mine | {"newPx": "48000"}))["code"] == "0"
    assert (await ask(socket, "3", "batch-cancel-orders", mine))["code"] == "0"
    swept = await ask(socket, "4", "mass-cancel", {"instType": "OPTION", "instFamily": "BTC-USD"})
    assert swept["data"] == [{"result": True}]
    assert (await ask(socket, "5", "order", PLACE | code, PLACE | code))["code"] == "60013"


async def test_who_may_trade_where(client, code, sandbox):
    public = await client.socket("public")
    assert (await ask(public, "1", "order", PLACE | code))["code"] == "60028"
    private = await client.socket("private")
    assert (await ask(private, "2", "order", PLACE | code))["code"] == "60011"
    client.key = sandbox.venue("okx").keys["read"].credentials
    reader = await client.socket("private", login=True)
    assert (await ask(reader, "3", "order", PLACE | code))["code"] == "50120"


async def test_limits_are_shared_with_rest(client, code):
    for _ in range(60):
        await client.order(px="49000", sz="0.01")
    socket = await client.socket("private", login=True)
    answer = await ask(socket, "1", "order", PLACE | code)
    assert (answer["code"], answer["data"]) == ("50011", [])


async def test_the_life_of_an_order_is_told_once_each(client):
    socket = await client.socket("private", login=True, channel="orders", instType="ANY")
    told = await read(socket)
    assert (told["event"], told["connCount"]) == ("channel-conn-count", "1")
    placed = await client.order(px="50002", sz="5", clOrdId="x1")
    rows = [(await read(socket, "orders"))["data"][0] for _ in range(3)]
    seen = [(row["state"], row["fillSz"], row["accFillSz"]) for row in rows]
    assert seen == [
        ("live", "0", "0"),
        ("partially_filled", "2", "2"),
        ("partially_filled", "2", "4"),
    ]
    assert {row["ordId"] for row in rows} == {placed["ordId"]}
    assert (rows[1]["execType"], rows[1]["fillFee"], rows[1]["fillPx"]) == ("T", "-0.002", "50001")
    body = {"instId": "BTC-USDT", "clOrdId": "x1", "newPx": "50003", "reqId": "q9"}
    await client.post("/trade/amend-order", body)
    changed, filled = [(await read(socket, "orders"))["data"][0] for _ in range(2)]
    assert (changed["reqId"], changed["amendResult"], changed["px"]) == ("q9", "0", "50003")
    assert (filled["state"], filled["fillSz"], filled["fillPx"]) == ("filled", "1", "50003")
    part = await client.order(px="50004", sz="5", clOrdId="x3")
    while (row := (await read(socket, "orders"))["data"][0])["accFillSz"] != "3":
        assert row["ordId"] == part["ordId"]
    body = {"instId": "BTC-USDT", "clOrdId": "x3", "newSz": "2"}
    assert (await client.post("/trade/amend-order", body))["code"] == "0"
    row = (await read(socket, "orders"))["data"][0]
    assert (row["state"], row["accFillSz"], row["fillSz"]) == ("filled", "3", "0")
    again = await client.order(px="49000", sz="1", clOrdId="x2")
    assert (await read(socket, "orders"))["data"][0]["ordId"] == again["ordId"]
    await client.post("/trade/cancel-order", {"instId": "BTC-USDT", "clOrdId": "x2"})
    gone = (await read(socket, "orders"))["data"][0]
    assert (gone["state"], gone["cancelSource"]) == ("canceled", "1")


async def test_algos_are_told_on_the_business_stream(client):
    socket = await client.socket("business", login=True, channel="orders-algo", instType="SWAP")
    algo = await client.algo(ordType="oco", slTriggerPx="49000", slOrdPx="-1") | {}
    assert algo["sCode"] == "50015"
    algo = await client.algo(ordType="conditional", slTriggerPx="49000", slOrdPx="-1")
    row = (await read(socket, "orders-algo"))["data"][0]
    assert (row["algoId"], row["state"]) == (algo["algoId"], "live")
    await client.post(
        "/trade/cancel-algos", [{"instId": "BTC-USDT-SWAP", "algoId": algo["algoId"]}]
    )
    assert (await read(socket, "orders-algo"))["data"][0]["state"] == "canceled"


async def test_money_and_positions_follow(client):
    account = await client.socket("private", login=True, channel="account")
    first = await read(account, "account")
    assert (first["eventType"], first["arg"]["uid"]) == ("snapshot", "614488474791936")
    assert {row["ccy"] for row in first["data"][0]["details"]} >= {"BTC", "USDT"}
    held = await client.socket("private", login=True, channel="positions", instType="ANY")
    assert (await read(held, "positions"))["data"] == []
    both = await client.socket("private", login=True, channel="balance_and_position")
    assert (await read(both, "balance_and_position"))["data"][0]["eventType"] == "snapshot"
    fills = await client.socket("private", login=True, channel="fills")
    await client.order(instId="BTC-USDT-SWAP", ordType="market", sz="2")
    row = (await read(held, "positions"))["data"][0]
    assert (row["pos"], row["avgPx"]) == ("2", "50001")
    row = (await read(both, "balance_and_position"))["data"][0]
    assert (row["eventType"], row["posData"][0]["pos"]) == ("filled", "2")
    fill = (await read(fills, "fills"))["data"][0]
    assert row["trades"] == [{"instId": "BTC-USDT-SWAP", "tradeId": fill["tradeId"]}]
    update = await read(account, "account")
    assert [row["ccy"] for row in update["data"][0]["details"]] == ["USDT"]
    await client.post("/trade/close-position", {"instId": "BTC-USDT-SWAP", "mgnMode": "cross"})
    while (await read(held, "positions"))["data"][0]["pos"] != "0":
        pass


async def test_thin_margins_are_warned_of(client, mark, sandbox):
    body = {"instId": "BTC-USDT-SWAP", "mgnMode": "isolated", "lever": "50"}
    await client.post("/account/set-leverage", body)
    place = {"instId": "BTC-USDT-SWAP", "tdMode": "isolated", "ordType": "market"}
    await client.order(**place, sz="10")
    socket = await client.socket(
        "private", login=True, channel="liquidation-warning", instType="ANY"
    )
    mark(sandbox, "BTC/USDT:USDT", 49_500)
    row = (await read(socket, "liquidation-warning"))["data"][0]
    assert row["instId"] == "BTC-USDT-SWAP"
    assert 1 < float(row["mgnRatio"]) < 3


async def test_others_hear_nothing(client, sandbox):
    client.key = sandbox.venue("okx").keys["rival"].credentials
    rival = await client.socket("private", login=True, channel="orders", instType="ANY")
    await read(rival)
    client.key = sandbox.venue("okx").keys["trade"].credentials
    await client.order(px="49000", sz="0.01")
    with pytest.raises(TimeoutError):
        await rival.receive(timeout=0.2)


@pytest.mark.parametrize(("kind", "there"), [("request_lost", 0), ("answer_lost", 1)])
async def test_orders_lost_on_the_stream(client, sandbox, code, kind, there):
    socket = await client.socket("private", login=True)
    sandbox.faults.add(
        FaultPlan(kind=FaultKind(kind), venue="okx", role="ws_private", operation="in order", nth=1)
    )
    await socket.send_json({"id": "1", "op": "order", "args": [PLACE | code]})
    closed = {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR, aiohttp.WSMsgType.CLOSE}
    assert (await socket.receive(timeout=5)).type in closed
    assert len(sandbox.orders("okx")) == there


async def test_faults_in_the_venues_own_words(client, sandbox, code):
    for operation in ("POST /api/v5/trade/order", "in order"):
        sandbox.faults.add(FaultPlan(kind=FaultKind.RATE_LIMITED, operation=operation, nth=1))
    answer = await client.post("/trade/order", PLACE | {"instId": "BTC-USDT"})
    assert (client.status, answer["code"]) == (429, "50011")
    socket = await client.socket("private", login=True)
    assert (await ask(socket, "1", "order", PLACE | code))["code"] == "50011"
    assert not sandbox.orders("okx")


async def test_a_dropped_update_breaks_the_sequence(client, sandbox, quote):
    socket = await client.socket(channel="books", instId="BTC-USDT")
    last = (await read(socket, "books"))["data"][0]["seqId"]
    sandbox.faults.add(FaultPlan(kind=FaultKind.DROP, operation="out books", nth=1))
    quote(sandbox, "BTC/USDT", "buy", 49_500, "1")
    await asyncio.sleep(0.25)  # books are pushed every 100 ms
    assert sandbox.faults.counts
    quote(sandbox, "BTC/USDT", "buy", 49_501, "1")
    assert (await read(socket, "books"))["data"][0]["prevSeqId"] > last
