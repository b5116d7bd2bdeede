"""The simulated chain as a running thing: nodes and an explorer on loopback, each on a port of its
own, which fail on request.
"""

import asyncio
import base64
import hmac
from types import TracebackType
from typing import Any

import msgspec
from aiohttp import web

from argosy.sandbox.bitcoin.chain import Chain, ChainSettings
from argosy.sandbox.bitcoin.crowd import Crowd, CrowdSettings
from argosy.sandbox.bitcoin.explorer import Explorer
from argosy.sandbox.bitcoin.node import Node
from argosy.sandbox.bitcoin.parts import Malformed, NotThere
from argosy.sandbox.bitcoin.stream import Stream

LOOPBACK = "127.0.0.1"
USER, PASSWORD = "sandbox", "not-a-secret"


class BitcoinSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What to start. Ports: 0 is any free one."""

    seed: int = 7
    nodes: int = 1
    old: bool = False  # nodes answer as Bitcoin Core 0.21 did
    chain: ChainSettings = ChainSettings(block_vsize=4_000)
    port: int = 0  # of the first node
    explorer_port: int = 0
    every_s: float = 2.0  # a step of the crowd, where `run` is used


class NodeServer:
    """A node on its port. Set `lag`, `down`, `status` or `garbage` to make it fail."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.url = ""
        self.user, self.password = USER, PASSWORD
        self.down = False  # cuts each connection without a word
        self.status = 0  # answers with this HTTP status alone
        self.garbage: bytes | None = None  # answers with these bytes
        self.asked = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The request handler."""
        self.asked += 1
        if self.down:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        if not self._knows(request.headers.get("Authorization", "")):
            return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="jsonrpc"'})
        if self.status:
            return web.Response(status=self.status)
        body = await request.read()
        if self.garbage is not None:
            return web.Response(body=self.garbage, content_type="application/json")
        status, answer = self.node.answer(body)
        return web.Response(status=status, body=answer, content_type="application/json")

    def _knows(self, header: str) -> bool:
        token = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return hmac.compare_digest(header.encode(), f"Basic {token}".encode())


class BitcoinSandbox:
    """`async with BitcoinSandbox() as sandbox: sandbox.nodes[0].url, sandbox.api, sandbox.ws`."""

    def __init__(self, settings: BitcoinSettings | None = None) -> None:
        self.settings = settings or BitcoinSettings()
        self.chain = Chain(self.settings.chain)
        self.crowd = Crowd(self.chain, CrowdSettings(seed=self.settings.seed))
        self.explorer = Explorer(self.chain)
        self.stream = Stream(self.explorer)
        self.nodes = [
            NodeServer(Node(self.chain, old=self.settings.old)) for _ in range(self.settings.nodes)
        ]
        self.api = ""
        self.ws = ""
        self.too_many = False  # the explorer answers 429
        self._runners: list[web.AppRunner] = []

    async def __aenter__(self) -> "BitcoinSandbox":
        self.crowd.open()
        try:
            for place, node in enumerate(self.nodes):
                app = web.Application(client_max_size=8 << 20)
                app.router.add_post("/", node.handle)
                port = self.settings.port if place == 0 else 0
                node.url = f"http://{LOOPBACK}:{await self._serve(app, port)}"
            app = web.Application()
            app.router.add_get("/api/v1/ws", self.stream.handle)
            app.router.add_get("/api/{path:.*}", self._explore)
            app.router.add_post("/api/tx", self._take)
            port = await self._serve(app, self.settings.explorer_port)
            self.api = f"http://{LOOPBACK}:{port}/api"
            self.ws = f"ws://{LOOPBACK}:{port}/api/v1/ws"
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._close()

    async def _serve(self, app: web.Application, port: int) -> int:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        self._runners.append(runner)
        await web.TCPSite(runner, LOOPBACK, port).start()
        return int(runner.addresses[0][1])

    async def _close(self) -> None:
        self.stream.cut()
        for runner in self._runners:
            await runner.cleanup()
        self._runners.clear()

    async def _explore(self, request: web.Request) -> web.StreamResponse:
        if self.too_many:
            return web.Response(status=429, text="<html>429 Too Many Requests</html>")
        try:
            found = self.explorer.get(
                request.match_info["path"], request.query.get("after_txid", "")
            )
        except NotThere as e:
            return web.Response(status=404, text=str(e))
        except Malformed as e:
            return web.Response(status=400, text=str(e))
        if isinstance(found, str):
            return web.Response(text=found)
        if isinstance(found, bytes):
            return web.Response(body=found, content_type="application/octet-stream")
        return web.Response(body=msgspec.json.encode(found), content_type="application/json")

    async def _take(self, request: web.Request) -> web.StreamResponse:
        """A transaction for the explorer's node."""
        if self.too_many:
            return web.Response(status=429, text="<html>429 Too Many Requests</html>")
        try:
            return web.Response(text=self.explorer.parts.send(await request.text()))
        except Malformed as e:
            return web.Response(status=400, text=str(e))

    async def run(self) -> None:
        """Let the crowd act until cancelled."""
        while True:
            await asyncio.sleep(self.settings.every_s)
            self.crowd.step()

    def told(self) -> dict[str, Any]:
        """Addresses and logins, for programs. The password is worth nothing."""
        return {
            "rpc": [node.url for node in self.nodes],
            "user": USER,
            "password": PASSWORD,
            "api": self.api,
            "ws": self.ws,
            "addresses": {name: self.crowd.address(name) for name in self.crowd.names},
        }

    def banner(self) -> str:
        """The same for people."""
        lines = ["bitcoin (regtest, simulated)"]
        lines += [f"  rpc          {node.url} as {USER}:{PASSWORD}" for node in self.nodes]
        lines += [f"  explorer     {self.api}", f"  stream       {self.ws}"]
        return "\n".join([*lines, f"  exchange     {self.crowd.address('exchange')}"])
