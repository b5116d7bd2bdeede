"""Order entry over HTTP: only with the desk's token, and every refusal says what to do."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from argosy.desk.orders import OrderDesk
from argosy.web.server import serve
from desk.running import desk_of, sandboxed

TOKEN = "sesame-open-sesame"
ORDER = {"instrument": "kraken:BTC/USD", "side": "buy", "size": "0.01", "price": "20000"}


@asynccontextmanager
async def served(token: str = TOKEN) -> AsyncIterator[aiohttp.ClientSession]:
    async with sandboxed("kraken") as sandbox, desk_of(sandbox, "kraken") as desk:
        orders = OrderDesk(desk, random.Random(4))
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with (
            serve(desk, port=0, orders=orders, token=TOKEN) as url,
            aiohttp.ClientSession(url, headers=headers) as session,
        ):
            yield session
        assert all(TOKEN not in one.reason for one in orders.orders(everything=True))


@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], TOKEN + "x", "sésame"])
async def test_without_the_token_nothing_is_shown_or_done(token: str) -> None:
    async with served(token) as session:
        for method, path in (
            ("GET", "/api/orders"),
            ("GET", "/api/orders/fills"),
            ("POST", "/api/orders"),
            ("POST", "/api/orders/amend"),
            ("POST", "/api/orders/cancel"),
            ("GET", "/api/orders/story?order=x"),
            ("POST", "/api/orders/route"),
            ("GET", "/api/orders/works"),
            ("POST", "/api/orders/works"),
            ("POST", "/api/orders/works/ask"),
            ("POST", "/api/orders/preview"),
            ("GET", "/api/baskets"),
            ("POST", "/api/baskets"),
            ("GET", "/api/schedules"),
            ("POST", "/api/schedules"),
            ("GET", "/api/account"),
            ("GET", "/api/margin"),
            ("GET", "/api/tca"),
            ("GET", "/api/tca/order?order=x"),
            ("POST", "/api/arbitrage/scan"),
            ("POST", "/api/arbitrage/take"),
            ("GET", "/api/transfers"),
            ("GET", "/api/transfers/show?transfer=x"),
            ("POST", "/api/transfers"),
            ("POST", "/api/transfers/plan"),
            ("POST", "/api/transfers/cancel"),
        ):
            body = ORDER if method == "POST" else None
            async with session.request(method, path, json=body) as answer:
                assert answer.status == 401
                said = await answer.json()
                assert said["error"] == "no_token"
                assert TOKEN not in str(said)
        async with session.get("/api/pairs") as answer:  # reading the market needs none
            assert answer.status == 200


async def test_an_order_s_life_over_http() -> None:
    async with served() as session:

        async def send(path: str, body: object) -> tuple[int, object]:
            async with session.post(f"/api/orders{path}", json=body) as answer:
                return answer.status, await answer.json()

        async def listed(query: str = "") -> list[dict[str, str]]:
            async with session.get(f"/api/orders{query}") as answer:
                return await answer.json()

        status, placed = await send("", ORDER)
        assert (status, placed["status"]) == (200, "accepted")
        order = placed["venue_id"]
        status, amended = await send("/amend", {"order": order, "price": "21000"})
        assert (status, float(amended["price"])) == (200, 21000)
        assert [one["venue_id"] for one in await listed()] == [order]
        assert await send("/cancel", {"order": order}) == (200, [order])
        assert await listed() == []
        assert [one["status"] for one in await listed("?everything=true")] == ["cancelled"]
        status, taken = await send("", ORDER | {"type": "market", "price": ""})
        assert status == 200
        fills: list[object] = []
        while not fills:
            async with session.get("/api/orders/fills") as answer:
                fills = await answer.json()
        assert fills[0]["venue_order_id"] == taken["venue_id"]
        for path, body, code, words in (
            ("", ORDER | {"sise": "1"}, 400, "sise"),
            ("", [], 400, "Expected `object`"),
            ("", ORDER | {"size": 1}, 400, "Expected `str`"),
            ("", ORDER | {"side": "by"}, 409, "buy, sell"),
            ("", ORDER | {"size": "0.0000000001"}, 409, "no multiple"),
            ("/cancel", {"order": "none"}, 409, "knows no order"),
            ("/cancel", {"order": taken["venue_id"]}, 409, "it is filled"),
        ):
            status, said = await send(path, body)
            assert (status, words in said["detail"]) == (code, True), said
        async with session.post("/api/orders", data=b"{" * 9000) as answer:
            assert answer.status in {400, 413}


async def test_routes_works_and_stories_over_http() -> None:
    async with served() as session:

        async def send(path: str, body: object) -> tuple[int, object]:
            async with session.post(f"/api/orders{path}", json=body) as answer:
                return answer.status, await answer.json()

        status, done = await send("/route", {"pair": "BTC/USD", "side": "buy", "size": "0.01"})
        assert status == 200
        assert done["orders"] == []  # a dry run, unless told otherwise
        assert done["plans"][0]["proof"]["proven"]
        ask = {"algorithm": "twap", "instrument": "kraken:BTC/USD", "side": "buy", "size": "0.02"}
        status, work = await send("/works", ask | {"parts": 2, "over_s": 1000})
        assert (status, work["kind"], work["phase"]) == (200, "twap", "working")
        async with session.get("/api/orders/works") as answer:
            assert [row["id"] for row in await answer.json()] == [work["id"]]
        async with session.get(f"/api/orders/story?order={work['id']}") as answer:
            story = await answer.json()
        assert [one["work"] for one in story["orders"]] == [work["id"]]
        status, _ = await send("/works/ask", {"work": work["id"], "what": "stop"})
        assert status == 200
        for path, body, word in (
            ("/route", {"pair": "NO/PE", "side": "buy", "size": "1"}, "no universal book"),
            ("/works", ask | {"algorithm": "magic"}, "magic"),
            ("/works/ask", {"work": "none", "what": "stop"}, "no work"),
        ):
            status, said = await send(path, body)
            assert 400 <= status < 500, said
            assert word in said["detail"]
