"""Transfers over HTTP: planned, started and shown; refusals say what to do."""

import random
from typing import Any

import aiohttp
import msgspec

from argosy.desk.mover import Pace
from argosy.desk.orders import OrderDesk
from argosy.desk.settings import (
    BookSettings,
    DeskSettings,
    SandboxConfig,
    Settings,
    TransferSettings,
    VenueSettings,
)
from argosy.web.server import serve
from desk.running import VENUES, desk_of, sandboxed

TOKEN = "sesame-open-sesame"
OWN = Settings(
    desk=DeskSettings(pairs=("BTC/USD",)),
    books=BookSettings(conversions={"USDT": "1.0", "USDC": "1.0"}),
    venues={name: VenueSettings(allow_withdrawal_key=True) for name in VENUES},
    sandbox=SandboxConfig(key="withdraw"),
    transfers=TransferSettings(enabled=True),
)
ASK = {"source": "okx", "target": "kraken", "currency": "USDT", "amount": "100"}


async def test_a_transfer_over_http() -> None:
    async with (
        sandboxed() as sandbox,
        desk_of(sandbox, settings=OWN, pace=Pace(poll_s=0.05)) as desk,
        serve(desk, port=0, orders=OrderDesk(desk, random.Random(4)), token=TOKEN) as url,
        aiohttp.ClientSession(url, headers={"Authorization": f"Bearer {TOKEN}"}) as session,
    ):

        async def send(path: str, body: object) -> tuple[int, Any]:
            async with session.post(f"/api/transfers{path}", json=body) as answer:
                return answer.status, await answer.json()

        async def read(path: str = "") -> Any:
            async with session.get(f"/api/transfers{path}") as answer:
                return await answer.json()

        status, planned = await send("/plan", ASK)
        assert (status, planned["route"]["chain"], planned["total"]) == (200, "tron", "101.5")
        assert await read() == []
        sandbox.venue("okx").wallet.held = True
        status, begun = await send("", ASK)
        assert (status, begun["movement"]["to_venue"]) == (200, "kraken")
        assert [row["id"] for row in await read()] == [begun["id"]]
        assert (await read(f"/show?transfer={begun['id']}"))["id"] == begun["id"]
        status, gone = await send("/cancel", {"transfer": begun["id"]})
        assert (status, gone["movement"]["state"]) == (200, "cancelled")
        assert await read() == []
        assert [row["id"] for row in await read("?everything=true")] == [begun["id"]]
        for path, body, code, error, words in (
            ("/plan", {**ASK, "amount": 1}, 400, "bad_order", "Expected `str`"),
            ("", {**ASK, "address": "bc1q"}, 400, "bad_order", "address"),
            ("", {**ASK, "target": "bc1q"}, 409, "config_error", "no venue"),
            ("", {**ASK, "amount": "1"}, 409, "transfer_rejected", "at least"),
            ("/cancel", {"transfer": "none"}, 409, "config_error", "no transfer"),
        ):
            status, said = await send(path, body)
            assert (status, said["error"], words in said["detail"]) == (code, error, True), said
        assert len(sandbox.venue("okx").wallet.withdrawals) == 1


async def test_a_desk_that_is_not_allowed_to_says_what_to_set() -> None:
    own = msgspec.structs.replace(OWN, transfers=TransferSettings())
    async with (
        sandboxed() as sandbox,
        desk_of(sandbox, settings=own) as desk,
        serve(desk, port=0, orders=OrderDesk(desk, random.Random(4)), token=TOKEN) as url,
        aiohttp.ClientSession(url, headers={"Authorization": f"Bearer {TOKEN}"}) as session,
    ):
        async with session.post("/api/transfers", json=ASK) as answer:
            assert answer.status == 409
            assert "transfers.enabled" in (await answer.json())["detail"]
        assert not sandbox.venue("okx").wallet.withdrawals
