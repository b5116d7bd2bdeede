"""What goes wrong does so where and when the plan says, over real sockets."""

import json

import aiohttp
import pytest

from argosy.sandbox.faults import FaultKind, FaultPlan, Faults
from argosy.sandbox.server import Sandbox, SandboxSettings
from sandbox.kraken.raw import Client, read

LIMIT = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "price": "40000", "volume": "0.01"}
ADD = "POST /0/private/AddOrder"


@pytest.fixture
async def sandbox():
    settings = SandboxSettings(venues=("kraken",), market=None, tls=False, tick_s=0)
    async with Sandbox(settings) as running:
        yield running


@pytest.fixture
async def client(sandbox):
    async with aiohttp.ClientSession() as session:
        yield Client(sandbox, session)


@pytest.mark.parametrize(
    ("kind", "arrived"),
    [
        (FaultKind.REQUEST_LOST, False),
        (FaultKind.ANSWER_LOST, True),
        (FaultKind.HTTP_ERROR, False),
        (FaultKind.HTTP_ERROR_AFTER, True),
    ],
)
async def test_lost_requests_and_lost_answers(client, sandbox, kind, arrived):
    sandbox.faults.add(FaultPlan(kind=kind, operation=ADD, nth=2))
    await client.result("AddOrder", **LIMIT)
    with pytest.raises((aiohttp.ClientError, ConnectionError)):
        await client.result("AddOrder", **LIMIT)
    assert len(sandbox.orders("kraken")) == (2 if arrived else 1)
    assert sandbox.faults.counts == {kind: 1}
    await client.result("AddOrder", **LIMIT)


async def test_rate_errors_in_the_venues_own_words(client, sandbox):
    sandbox.faults.add(FaultPlan(kind=FaultKind.RATE_LIMITED, operation=ADD, nth=1))
    assert await client.error("AddOrder", **LIMIT) == "EAPI:Rate limit exceeded"
    assert not sandbox.orders("kraken")


async def test_spoiled_answers(client, sandbox):
    sandbox.faults.add(FaultPlan(kind=FaultKind.TRUNCATE, operation="GET *", nth=1))
    with pytest.raises(json.JSONDecodeError):
        await client.public("Time")
    assert (await client.public("Time"))["error"] == []


async def test_dropped_doubled_and_cut_frames(client, sandbox):
    add = sandbox.faults.add
    socket = await client.socket()
    add(FaultPlan(kind=FaultKind.DROP, operation="out pong", nth=1))
    add(FaultPlan(kind=FaultKind.DUPLICATE, operation="out pong", nth=2))
    for number in (1, 2, 3):
        await socket.send_json({"method": "ping", "req_id": number})
    assert [(await read(socket))["req_id"] for _ in range(3)] == [2, 2, 3]
    add(FaultPlan(kind=FaultKind.DISCONNECT, operation="out pong", nth=1))
    await socket.send_json({"method": "ping"})
    while (message := await socket.receive(timeout=5)).type is aiohttp.WSMsgType.TEXT:
        pass
    assert message.type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}
    assert sandbox.faults.counts[FaultKind.DISCONNECT] == 1


@pytest.mark.parametrize(
    ("kind", "arrived"), [(FaultKind.REQUEST_LOST, False), (FaultKind.ANSWER_LOST, True)]
)
async def test_orders_over_a_socket_that_breaks(client, sandbox, kind, arrived):
    socket, token = await client.socket("ws_private"), await client.token()
    sandbox.faults.add(FaultPlan(kind=kind, operation="in add_order", nth=1))
    params = {
        "order_type": "limit",
        "side": "buy",
        "symbol": "BTC/USD",
        "order_qty": 1,
        "limit_price": 40000,
        "token": token,
    }
    await socket.send_json({"method": "add_order", "params": params})
    message = await socket.receive(timeout=5)
    assert message.type is not aiohttp.WSMsgType.TEXT
    assert len(sandbox.orders("kraken")) == arrived


def test_the_same_seed_strikes_the_same_operations():
    found = []
    for _ in range(2):
        faults = Faults(5)
        faults.add(FaultPlan(kind=FaultKind.DROP, rate=0.2))
        kinds = frozenset({FaultKind.DROP})
        found.append([bool(faults.strike("v", "r", "o", kinds)) for _ in range(200)])
    assert found[0] == found[1]
    assert 15 < sum(found[0]) < 70


def test_corruption_changes_one_digit():
    faults = Faults(1)
    plan = FaultPlan(kind=FaultKind.CORRUPT)
    text = '{"price":91250.5}'
    spoiled = faults.damage(plan, text)
    assert len(spoiled) == len(text)
    assert sum(a != b for a, b in zip(spoiled, text, strict=True)) == 1


async def test_tls_with_the_authority_it_names():
    import ssl

    async with Sandbox(SandboxSettings(venues=("kraken",), market=None, tick_s=0)) as sandbox:
        context = ssl.create_default_context(cafile=str(sandbox.ca_file))
        url = sandbox.endpoints("kraken", tls=True)["rest"]
        assert url.startswith("https://127.0.0.1:")
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{url}/0/public/Time", ssl=context) as response,
        ):
            assert (await response.json())["error"] == []
        assert "key trade" in sandbox.banner()
