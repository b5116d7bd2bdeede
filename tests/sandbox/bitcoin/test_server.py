"""The simulation as others see it: over HTTP and WebSocket, with a client that is not ours."""

import asyncio
import base64
import json

import aiohttp
import pytest

from argosy.sandbox.bitcoin.server import PASSWORD, USER, BitcoinSandbox, BitcoinSettings
from net.sessions import until


def login(user=USER, password=PASSWORD):
    token = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {token}"}


async def post(session, url, body, headers=None):
    async with session.post(url, data=body, headers=headers or login()) as answer:
        return answer.status, await answer.read()


def asked(method, *params, **more):
    return json.dumps({"id": 7, "method": method, "params": params, **more})


async def test_statuses_are_those_of_old_nodes_unless_asked_in_the_new_way():
    async with BitcoinSandbox() as sandbox, aiohttp.ClientSession() as session:
        url = sandbox.nodes[0].url
        assert await post(session, url, "{}", {"X": "y"}) == (401, b"")
        assert await post(session, url, "{}", login(USER, "x")) == (401, b"")
        status, body = await post(session, url, asked("getblockcount"))
        assert (status, json.loads(body)) == (200, {"result": 111, "error": None, "id": 7})
        for body, status, code in (
            (asked("nosuch"), 404, -32601),
            ("{}", 400, -32600),
            ("{", 500, -32700),
            (asked("getblockhash", 10**9), 500, -8),
            (asked("getblockhash", "x"), 500, -8),
            (asked("getblockhash"), 500, -1),
            (asked("getblock", "00"), 500, -8),
            (asked("getmempoolentry", "00" * 32), 500, -5),
            (asked("sendrawtransaction", "zz"), 500, -22),
            (asked("estimatesmartfee", 0), 500, -8),
        ):
            got, told = await post(session, url, body)
            assert (got, json.loads(told)["error"]["code"]) == (status, code)
            assert json.loads(told)["result"] is None
        status, body = await post(session, url, asked("nosuch", jsonrpc="2.0"))
        assert status == 200
        assert set(json.loads(body)) == {"jsonrpc", "error", "id"}
        status, body = await post(session, url, asked("generate", 2, jsonrpc="2.0"))
        assert set(json.loads(body)) == {"jsonrpc", "result", "id"}
        both = f"[{asked('getblockcount')},{asked('nosuch')},5]"
        told = json.loads((await post(session, url, both))[1])
        assert told[0]["result"] == 113
        assert [each["error"]["code"] for each in told[1:]] == [-32601, -32600]


async def test_a_lagging_node_knows_less():
    async with BitcoinSandbox(BitcoinSettings(nodes=2)) as sandbox:
        behind = sandbox.nodes[1].node
        behind.lag = 3
        tip = sandbox.chain.tip
        assert behind.height == tip.height - 3
        told = json.loads(behind.answer(asked("getblockheader", tip.hash).encode())[1])
        assert told["error"]["code"] == -5
        assert json.loads(behind.answer(asked("getblockcount").encode())[1])["result"] == 108


async def test_the_stream_answers_and_ends_on_nonsense():
    async with BitcoinSandbox() as sandbox, aiohttp.ClientSession() as session:
        async with session.ws_connect(sandbox.ws) as socket:
            await socket.send_str('{"action":"ping"}')
            assert json.loads((await socket.receive()).data) == {"pong": True}
            await socket.send_str('{"action":"want","data":["blocks","nonsense"]}')
            assert list(json.loads((await socket.receive()).data)) == ["blocks"]
            await socket.send_str('{"action":"want","data":["blocks"]}')  # nothing new to tell
            await socket.send_str('{"action":"init"}')
            assert "fees" in json.loads((await socket.receive()).data)
            sandbox.chain.mine()
            assert list(json.loads((await socket.receive()).data)) == ["block"]
            await socket.send_str("nonsense")
            assert (await socket.receive()).type in {
                aiohttp.WSMsgType.CLOSE,
                aiohttp.WSMsgType.CLOSED,
            }
        assert not sandbox.stream.readers


async def test_a_reader_that_is_too_slow_is_cut_off():
    async with BitcoinSandbox() as sandbox, aiohttp.ClientSession() as session:
        socket = await session.ws_connect(sandbox.ws)
        await socket.send_str('{"action":"want","data":["blocks"]}')
        await socket.receive()
        for _ in range(1_001):  # at once: the loop has no turn to write them
            sandbox.stream._reorganised()
        async with asyncio.timeout(5):
            while (await socket.receive()).type is aiohttp.WSMsgType.TEXT:
                pass
        await socket.close()


async def test_it_acts_by_itself_and_says_where_it_is():
    async with BitcoinSandbox(BitcoinSettings(every_s=0.001)) as sandbox:
        task = asyncio.get_running_loop().create_task(sandbox.run())
        await until(lambda: sandbox.chain.tip.height >= 113)
        task.cancel()
        told = sandbox.told()
        assert told["rpc"][0].startswith("http://127.0.0.1:")
        assert sandbox.api in sandbox.banner()
        with pytest.raises(asyncio.CancelledError):
            await task
