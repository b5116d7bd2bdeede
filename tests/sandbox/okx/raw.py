"""A client that speaks raw HTTP and WebSocket to the simulated OKX."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from urllib.parse import urlencode

import aiohttp

SPOT = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit"}
SWAP = {"instId": "BTC-USDT-SWAP", "tdMode": "cross", "side": "buy", "ordType": "limit"}


class Client:
    """Signs by itself, as the documents say."""

    def __init__(self, sandbox, session, label="trade"):
        self.sandbox = sandbox
        self.session = session
        self.urls = sandbox.endpoints("okx")
        self.key = sandbox.venue("okx").keys[label].credentials
        self.status = 0

    def sign(self, text):
        digest = hmac.new(self.key.secret.encode(), text.encode(), hashlib.sha256).digest()
        return base64.b64encode(digest).decode()

    def now_s(self):
        return self.sandbox.world.clock.now_ns() / 1e9

    def headers(self, method, path, body="", late_s=0.0):
        at = datetime.fromtimestamp(self.now_s() - late_s, UTC)
        stamp = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {
            "OK-ACCESS-KEY": self.key.key,
            "OK-ACCESS-SIGN": self.sign(stamp + method + path + body),
            "OK-ACCESS-TIMESTAMP": stamp,
            "OK-ACCESS-PASSPHRASE": self.key.passphrase,
        }

    async def call(self, method, path, body="", headers=None):
        path = f"/api/v5{path}"
        headers = self.headers(method, path, body) if headers is None else headers
        url = self.urls["rest"] + path
        async with self.session.request(method, url, data=body or None, headers=headers) as answer:
            self.status = answer.status
            return json.loads(await answer.text())

    async def get(self, path, **query):
        return await self.call("GET", path + (f"?{urlencode(query)}" if query else ""))

    async def post(self, path, body):
        return await self.call("POST", path, json.dumps(body))

    async def data(self, path, **query):
        answer = await self.get(path, **query)
        assert answer["code"] == "0", answer
        return answer["data"]

    async def order(self, **fields):
        """The row of an order placed with these fields over a plain limit."""
        base = SWAP if "SWAP" in fields.get("instId", "") else SPOT
        return (await self.post("/trade/order", base | fields))["data"][0]

    async def algo(self, **fields):
        base = {"instId": "BTC-USDT-SWAP", "tdMode": "cross", "side": "sell", "sz": "1"}
        return (await self.post("/trade/order-algo", base | fields))["data"][0]

    async def socket(self, place="public", *, login=False, **subscription):
        socket = await self.session.ws_connect(self.urls[f"ws_{place}"])
        if login:
            stamp = str(int(self.now_s()))
            argument = {
                "apiKey": self.key.key,
                "passphrase": self.key.passphrase,
                "timestamp": stamp,
                "sign": self.sign(f"{stamp}GET/users/self/verify"),
            }
            await socket.send_json({"op": "login", "args": [argument]})
            assert (await read(socket))["event"] == "login"
        if subscription:
            await socket.send_json({"op": "subscribe", "args": [subscription]})
            assert (await read(socket))["event"] == "subscribe"
        return socket


async def read(socket, channel=None, **wanted):
    """The next frame (of a channel) with these fields."""
    while True:
        message = await socket.receive(timeout=5)
        assert message.type is aiohttp.WSMsgType.TEXT, message
        frame = json.loads(message.data)
        fits = channel is None or (
            frame.get("arg", {}).get("channel") == channel and "data" in frame
        )
        if fits and all(frame.get(name) == value for name, value in wanted.items()):
            return frame
