"""Streams of the node that runs without anvil: eth_subscribe to new heads, logs and waiting
transactions over WebSocket. Looks for them a few times a second.
"""

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import msgspec
from aiohttp import WSMsgType, web

from argosy.sandbox.evm.pycalls import BAD_PARAMS, unreadable
from argosy.sandbox.evm.pyfilters import Heads
from argosy.sandbox.evm.pyrows import waiting_row

EVERY_S = 0.1
_KINDS = {"newHeads", "logs", "newPendingTransactions"}

Answer = Callable[[Any], dict[str, Any]]
Arrivals = Callable[[int], tuple[int, list[Any]]]  # since a number: the newest one's, and they


class Streams:
    """Every open connection's subscriptions."""

    def __init__(self, answer: Answer, arrivals: Arrivals, heads: Heads) -> None:
        self._answer = answer
        self._arrivals = arrivals
        self._names = itertools.count(1)
        self._sockets: dict[web.WebSocketResponse, dict[str, tuple[str, Any]]] = {}
        self._arrived, _ = arrivals(0)
        self._heads = heads

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One connection, until it closes: questions are answered as over HTTP."""
        socket = web.WebSocketResponse(max_msg_size=4 * 1024 * 1024)
        await socket.prepare(request)
        self._sockets[socket] = {}
        try:
            async for message in socket:
                if message.type in {WSMsgType.TEXT, WSMsgType.BINARY}:  # web3.py sends bytes
                    await self._look()  # what was before is no news to whoever subscribes now
                    await self._say(socket, self._reply(socket, message.data))
        finally:
            del self._sockets[socket]
        return socket

    def _reply(self, socket: web.WebSocketResponse, text: str | bytes) -> Any:
        try:
            told = msgspec.json.decode(text)
        except msgspec.DecodeError:
            return unreadable()
        if isinstance(told, list) and told:
            return [self._replied(socket, each) for each in told]
        return self._replied(socket, told)

    def _replied(self, socket: web.WebSocketResponse, told: Any) -> dict[str, Any]:
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
        if kind not in _KINDS:
            words = f"{kind!r} cannot be subscribed to here; there are: {', '.join(sorted(_KINDS))}"
            return {**head, "error": {"code": BAD_PARAMS, "message": words}}
        name = hex(next(self._names))
        self._sockets[socket][name] = (str(kind), params[1] if len(params) > 1 else None)
        return {**head, "result": name}

    async def run(self) -> None:
        """Tell of what is new, until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            await self._look()

    async def _look(self) -> None:
        self._arrived, came = self._arrivals(self._arrived)
        for transaction in came:
            await self._tell("newPendingTransactions", transaction)
        for number in self._heads.news():
            head = self._ask("eth_getBlockByNumber", hex(number), False)
            await self._tell("newHeads", head)
            await self._tell("logs", head)

    async def _tell(self, which: str, what: Any) -> None:
        for socket, names in tuple(self._sockets.items()):
            for name, (kind, wanted) in tuple(names.items()):
                if kind == which:
                    for each in self._found(kind, what, wanted):
                        params = {"subscription": name, "result": each}
                        frame = {"jsonrpc": "2.0", "method": "eth_subscription", "params": params}
                        await self._say(socket, frame)

    def _found(self, kind: str, what: Any, wanted: Any) -> list[Any]:
        if kind == "newHeads":
            return [what]
        if kind == "logs":
            filters = wanted if isinstance(wanted, dict) else {}
            filters = {key: filters[key] for key in ("address", "topics") if key in filters}
            return self._ask("eth_getLogs", {"blockHash": what["hash"]} | filters) or []
        return [waiting_row(what) if wanted else "0x" + what.hash.hex()]

    def _ask(self, method: str, *params: Any) -> Any:
        return self._answer({"id": 0, "method": method, "params": list(params)}).get("result")

    @staticmethod
    async def _say(socket: web.WebSocketResponse, told: Any) -> None:
        if not socket.closed:
            await socket.send_str(msgspec.json.encode(told).decode())
