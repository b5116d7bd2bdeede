"""Streams of the node that runs without anvil: eth_subscribe to new heads and logs over WebSocket.
Looks for new blocks a few times a second; has no waiting transactions to tell of.
"""

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import msgspec
from aiohttp import WSMsgType, web

EVERY_S = 0.1
_KINDS = {"newHeads", "logs"}
_BAD_PARAMS = -32602

Answer = Callable[[Any], dict[str, Any]]


class Streams:
    """Every open connection's subscriptions."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._names = itertools.count(1)
        self._sockets: dict[web.WebSocketResponse, dict[str, tuple[str, dict[str, Any]]]] = {}
        self._told = self._height()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One connection, until it closes: questions are answered as over HTTP."""
        socket = web.WebSocketResponse(max_msg_size=4 * 1024 * 1024)
        await socket.prepare(request)
        self._sockets[socket] = {}
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._say(socket, self._reply(socket, message.data))
        finally:
            del self._sockets[socket]
        return socket

    def _reply(self, socket: web.WebSocketResponse, text: str) -> dict[str, Any]:
        try:
            told = msgspec.json.decode(text)
        except msgspec.DecodeError:
            return self._answer(None)
        if not isinstance(told, dict):
            return self._answer(None)
        head = {"jsonrpc": "2.0", "id": told.get("id")}
        params = told.get("params") or []
        if told.get("method") == "eth_unsubscribe":
            gone = self._sockets[socket].pop(str(params[0]) if params else "", None)
            return {**head, "result": gone is not None}
        if told.get("method") != "eth_subscribe":
            return self._answer(told)
        kind = params[0] if params else None
        wanted = params[1] if len(params) > 1 and isinstance(params[1], dict) else {}
        if kind not in _KINDS:
            words = f"{kind!r} cannot be subscribed to here; there are: {', '.join(sorted(_KINDS))}"
            return {**head, "error": {"code": _BAD_PARAMS, "message": words}}
        name = hex(next(self._names))
        self._sockets[socket][name] = (str(kind), wanted)
        return {**head, "result": name}

    async def run(self) -> None:
        """Tell of each new block, until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            newest = self._height()
            for number in range(self._told + 1, newest + 1):
                await self._tell(hex(number))
            self._told = newest  # it may be lower after a state was restored

    async def _tell(self, number: str) -> None:
        head = self._ask("eth_getBlockByNumber", number, False)
        if head is None:
            return
        for socket, names in tuple(self._sockets.items()):
            for name, (kind, wanted) in tuple(names.items()):
                found = [head] if kind == "newHeads" else self._logs(number, wanted)
                for each in found:
                    params = {"subscription": name, "result": each}
                    frame = {"jsonrpc": "2.0", "method": "eth_subscription", "params": params}
                    await self._say(socket, frame)

    def _logs(self, number: str, wanted: dict[str, Any]) -> list[Any]:
        filters = {key: wanted[key] for key in ("address", "topics") if key in wanted}
        return self._ask("eth_getLogs", {"fromBlock": number, "toBlock": number} | filters) or []

    def _height(self) -> int:
        return int(self._ask("eth_blockNumber"), 16)

    def _ask(self, method: str, *params: Any) -> Any:
        return self._answer({"id": 0, "method": method, "params": list(params)}).get("result")

    @staticmethod
    async def _say(socket: web.WebSocketResponse, told: dict[str, Any]) -> None:
        if not socket.closed:
            await socket.send_str(msgspec.json.encode(told).decode())
