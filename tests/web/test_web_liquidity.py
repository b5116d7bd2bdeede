"""Liquidity over HTTP: nothing without the token, a dry run unless it says otherwise."""

import random

import aiohttp

from argosy.desk.orders import OrderDesk
from argosy.web.server import serve
from desk.pooled import V3, desk_on, sandboxed

TOKEN = "sesame-open-sesame"


async def test_liquidity_over_http(tmp_path) -> None:
    async with (
        sandboxed("uniswap") as sandbox,
        desk_on(sandbox, tmp_path) as desk,
        serve(desk, port=0, orders=OrderDesk(desk, random.Random(4)), token=TOKEN) as url,
        aiohttp.ClientSession(url) as session,
    ):
        own = {"Authorization": f"Bearer {TOKEN}"}
        async with session.get("/api/liquidity") as answer:
            assert answer.status == 401
        async with session.get("/api/liquidity", headers=own) as answer:
            assert (answer.status, await answer.json()) == (200, [])
        body = {"instrument": V3, "base": "1"}
        async with session.post("/api/liquidity/open", json=body, headers=own) as answer:
            seen = await answer.json()
            assert (answer.status, seen["gas"], seen["transaction"]) == (200, None, "")
        assert not desk.links["uniswap"].account.sender.transactions
        for path, wrong, status, words in [
            ("open", {"instrument": V3, "bse": "1"}, 400, "bse"),
            ("open", {"instrument": V3, "base": "x"}, 409, "base"),
            ("add", {"position": f"{V3}#0", "base": "1"}, 409, "no position of ours"),
            ("take", {"position": f"{V3}#0", "percent": "101"}, 409, "no position of ours"),
            ("take", {"position": "uniswap:ETH/USDC@v2", "percent": "101"}, 409, "0 to 1"),
        ]:
            async with session.post(f"/api/liquidity/{path}", json=wrong, headers=own) as answer:
                told = await answer.json()
                assert (answer.status, words in told["detail"]) == (status, True), told
