"""A client that speaks raw HTTP and WebSocket to the simulated Kraken."""

import base64
import hashlib
import hmac
import json
from decimal import Decimal
from itertools import count
from urllib.parse import urlencode

import aiohttp


class Client:
    """Signs by itself, as the documents say."""

    def __init__(self, sandbox, session, label="trade"):
        self.sandbox = sandbox
        self.session = session
        self.urls = sandbox.endpoints("kraken")
        self.key = sandbox.venue("kraken").keys[label].credentials
        self.nonces = count(1_000)

    def headers(self, path, body, nonce, secret=None):
        digest = hashlib.sha256(f"{nonce}{body}".encode()).digest()
        key = base64.b64decode(secret or self.key.secret)
        sign = base64.b64encode(hmac.new(key, path.encode() + digest, hashlib.sha512).digest())
        return {"API-Key": self.key.key, "API-Sign": sign.decode()}

    async def public(self, method, **parameters):
        url = f"{self.urls['rest']}/0/public/{method}"
        async with self.session.get(url, params=parameters) as response:
            assert response.status == 200
            return await response.json()

    async def private(self, method, /, *, as_json=False, nonce=None, **parameters):
        path = f"/0/private/{method}"
        parameters = {"nonce": str(nonce or next(self.nonces)), **parameters}
        body = json.dumps(parameters) if as_json else urlencode(parameters)
        headers = self.headers(path, body, parameters["nonce"])
        kind = "json" if as_json else "x-www-form-urlencoded"
        headers["Content-Type"] = f"application/{kind}"
        url = self.urls["rest"] + path
        async with self.session.post(url, data=body, headers=headers) as response:
            response.raise_for_status()
            return json.loads(await response.text(), parse_float=Decimal)

    async def result(self, method, /, **parameters):
        answer = await self.private(method, **parameters)
        assert answer["error"] == [], answer
        return answer["result"]

    async def error(self, method, /, **parameters):
        answer = await self.private(method, **parameters)
        assert "result" not in answer
        return answer["error"][0]

    async def socket(self, role="ws_public"):
        socket = await self.session.ws_connect(self.urls[role])
        hello = await read(socket)
        assert hello["channel"] == "status"
        return socket

    async def token(self):
        return (await self.result("GetWebSocketsToken"))["token"]


async def read(socket, **wanted):
    """The next frame with these fields; heartbeats are passed over."""
    while True:
        message = await socket.receive(timeout=5)
        assert message.type is aiohttp.WSMsgType.TEXT, message
        frame = json.loads(message.data, parse_float=Decimal)
        wanted_one = all(frame.get(k) == v for k, v in wanted.items())
        if wanted_one and frame.get("channel") != "heartbeat":
            return frame
