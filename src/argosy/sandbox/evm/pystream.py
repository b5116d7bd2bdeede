"""Streams of the node that runs without anvil: eth_subscribe to new heads, logs and waiting
transactions over WebSocket. Looks for them a few times a second.
"""

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import msgspec
from aiohttp import WSMsgType, web

from argosy.sandbox.evm.pyrows import waiting_row

EVERY_S = 0.1
_KINDS = {"newHeads", "logs", "newPendingTransactions"}
_REMEMBERED = 256  # blocks that were told of
_BAD_PARAMS = -32602

Answer = Callable[[Any], dict[str, Any]]
Arrivals = Callable[[int], tuple[int, list[Any]]]  # since a number: the newest one's, and they


class Streams:
    """Every open connection's subscriptions."""

    def __init__(self, answer: Answer, arrivals: Arrivals) -> None:
        self._answer = answer
        self._arrivals = arrivals
        self._names = itertools.count(1)
        self._sockets: dict[web.WebSocketResponse, dict[str, tuple[str, Any]]] = {}
        self._arrived, _ = arrivals(0)
        self._told = {self._head("latest")["hash"]: None}  # in the order they were told

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One connection, until it closes: questions are answered as over HTTP."""
        socket = web.WebSocketResponse(max_msg_size=4 * 1024 * 1024)
        await socket.prepare(request)
        self._sockets[socket] = {}
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._look()  # what was before is no news to whoever subscribes now
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
        if kind not in _KINDS:
            words = f"{kind!r} cannot be subscribed to here; there are: {', '.join(sorted(_KINDS))}"
            return {**head, "error": {"code": _BAD_PARAMS, "message": words}}
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
        for head in self._new_heads():
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

    def _new_heads(self) -> list[Any]:
        """Blocks that are part of the chain and were not told of, the oldest first: those of
        another branch, too.
        """
        found: list[Any] = []
        head = self._head("latest")
        while head is not None and head["hash"] not in self._told and len(found) < _REMEMBERED:
            found.append(head)
            head = self._ask("eth_getBlockByHash", head["parentHash"], False)
        found.reverse()
        self._told |= dict.fromkeys(each["hash"] for each in found)
        while len(self._told) > _REMEMBERED:
            del self._told[next(iter(self._told))]
        return found

    def _head(self, at: str) -> Any:
        return self._ask("eth_getBlockByNumber", at, False)

    def _ask(self, method: str, *params: Any) -> Any:
        return self._answer({"id": 0, "method": method, "params": list(params)}).get("result")

    @staticmethod
    async def _say(socket: web.WebSocketResponse, told: dict[str, Any]) -> None:
        if not socket.closed:
            await socket.send_str(msgspec.json.encode(told).decode())
