"""The API over real sockets: answers, refusals, headers, the stream and its slow readers."""

import asyncio
import socket
from decimal import Decimal

import aiohttp
import pytest

from argosy.desk.view import VenueState
from argosy.errors import ConfigError, NotSent
from argosy.web import pages, stream
from argosy.web.server import serve
from web.desks import SteppedDesk, run_market


@pytest.fixture
async def desk():
    desk = SteppedDesk()
    desk.step(40)
    return desk


@pytest.fixture
async def address(desk):
    async with serve(desk, port=0) as address:
        yield address


@pytest.fixture
async def http(address):
    async with aiohttp.ClientSession(address) as session:
        yield session


async def get(http, path, status=200, **options):
    async with http.get(path, **options) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


async def test_venues_say_how_they_are(http):
    kraken, okx = await get(http, "/api/venues")
    assert (kraken["id"], kraken["environment"], kraken["state"]) == ("kraken", "sandbox", "live")
    assert okx["latency_p50_ms"] > 0
    assert okx["gaps"] == 1


async def test_pairs(http):
    assert await get(http, "/api/pairs") == ["BTC/USD", "ETH/USD", "SOL/USD"]


async def test_book_keeps_decimals_exact_and_sorted_by_net_price(http, desk):
    book = await get(http, "/api/book/BTC/USD?depth=5")
    expected = desk.universal("BTC/USD", 5)
    assert [Decimal(level["net_price"]) for level in book["bids"]] == [
        level.net_price for level in expected.bids
    ]
    assert {level["venue"] for level in book["asks"]} == {"kraken", "okx"}
    assert len(book["bids"]) == 10  # five of each venue
    assert book["conversions"][0]["rate"] == "1.00002"
    assert book["taker_fees"] == {"kraken:BTC/USD": "0.0026", "okx:BTC/USDT": "0.001"}


@pytest.mark.parametrize("path", ["/api/book/btc/usd", "/api/book/BTC%2FUSD"])
async def test_pairs_are_found_however_they_are_written(http, path):
    assert (await get(http, path))["pair"] == "BTC/USD"


async def test_trades_come_newest_first(http, desk):
    trades = await get(http, "/api/trades/BTC/USD?limit=3")
    assert [trade["venue_trade_id"] for trade in trades] == [
        trade.venue_trade_id for trade in desk.trades("BTC/USD", 3)
    ]
    assert isinstance(trades[0]["price"], str)


async def test_cost_splits_over_venues(http):
    cost = await get(http, "/api/cost/BTC/USD?side=buy&size=400")
    assert Decimal(cost["size"]) == Decimal(cost["filled"]) + Decimal(cost["missing"])
    assert {share["venue"] for share in cost["parts"]} == {"kraken", "okx"}


async def test_health_follows_the_venues(http, desk):
    assert (await get(http, "/api/health"))["status"] == "ok"
    desk.states["okx"] = VenueState.STALE
    assert (await get(http, "/api/health"))["status"] == "degraded"
    desk.states["kraken"] = VenueState.DISCONNECTED
    assert (await get(http, "/api/health", status=503))["status"] == "down"


@pytest.mark.parametrize(
    ("path", "status", "error", "says"),
    [
        ("/api/book/DOGE/MOON", 404, "unknown_pair", "DOGE/MOON"),
        ("/api/book/BTC/USD?depth=0", 400, "bad_request", ""),
        ("/api/book/BTC/USD?depth=1e9", 400, "bad_request", ""),
        ("/api/cost/BTC/USD?side=buy&size=-1", 400, "bad_size", "-1"),
        ("/api/cost/BTC/USD?side=buy&size=NaN", 400, "bad_size", "NaN"),
        ("/api/cost/BTC/USD?side=buy&size=1e400", 400, "bad_size", "1e400"),
        ("/api/cost/BTC/USD?side=buy&size=" + "1" * 50, 400, "bad_size", "50 characters"),
        ("/api/cost/BTC/USD?side=hold&size=1", 400, "bad_request", ""),
        ("/api/cost/BTC/USD?side=buy", 400, "bad_request", ""),
        ("/api/nothing", 404, "not_found", ""),
    ],
)
async def test_refusals_say_what_to_do(http, path, status, error, says):
    body = await get(http, path, status=status)
    assert set(body) == {"error", "detail", "what_to_do"}
    assert body["error"] == error
    assert says in body["detail"]
    assert body["what_to_do"]


async def test_a_defect_is_answered_without_its_inside(http, desk, monkeypatch):
    def broken():
        raise RuntimeError("key=hunter2")

    monkeypatch.setattr(desk, "venues", broken)
    body = await get(http, "/api/venues", status=500)
    assert body["error"] == "internal"
    assert "hunter2" not in str(body)


async def test_an_error_of_the_desk_is_told(http, desk, monkeypatch):
    def broken():
        raise ConfigError("no venue is configured")

    monkeypatch.setattr(desk, "venues", broken)
    body = await get(http, "/api/venues", status=409)
    assert "no venue is configured" in body["detail"]


async def test_advice_follows_a_whole_sentence(http, desk, monkeypatch):
    def broken():
        raise NotSent("every host is failing; trying again shortly")

    monkeypatch.setattr(desk, "venues", broken)
    body = await get(http, "/api/venues", status=503)
    assert body["detail"].endswith("trying again shortly.")


async def test_only_get_is_taken(http):
    async with http.post("/api/pairs") as answer:
        assert answer.status == 405
        assert (await answer.json())["error"] == "method_not_allowed"


async def test_the_api_describes_itself(http):
    schema = await get(http, "/api/schema/openapi.json")
    assert "/api/cost/{pair}" in schema["paths"]
    async with http.get("/api/schema/swagger") as answer:  # pages that load scripts from a CDN
        assert answer.status == 404


# --- strangers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "", "[::1", "127.0.0.1.evil.example"]
)
async def test_a_rebound_name_is_refused(http, host):
    body = await get(http, "/api/venues", status=403, headers={"Host": host})
    assert body["error"] == "refused"


@pytest.mark.parametrize("host", ["localhost", "LocalHost:9", "[::1]:80", "127.0.0.1"])
async def test_loopback_names_are_taken(http, host):
    await get(http, "/api/venues", headers={"Host": host})


async def test_other_sites_cannot_open_the_stream(http):
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await http.ws_connect("/api/stream?pair=BTC/USD", origin="https://evil.example")
    assert refused.value.status == 403


async def test_every_answer_forbids_foreign_content(http):
    for path in ("/", "/api/venues", "/api/nothing"):
        async with http.get(path) as answer:
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "server" not in answer.headers
    async with http.get("/api/venues") as answer:
        assert answer.headers["cache-control"] == "no-store"


async def test_the_network_is_not_served_by_accident(desk):
    with pytest.raises(ConfigError, match="no login"):
        async with serve(desk, host="0.0.0.0", port=0):
            pass


async def test_names_open_it_to_the_network(desk):
    async with serve(desk, host="0.0.0.0", port=0, names=["desk.lan"]) as address:
        port = address.rpartition(":")[2]
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
            await get(http, "/api/pairs", headers={"Host": f"desk.lan:{port}"})
            await get(http, "/api/pairs", status=403, headers={"Host": "0.0.0.0"})


async def test_a_taken_port_is_told(desk, address):
    port = int(address.rpartition(":")[2])
    with pytest.raises(ConfigError, match="Choose another port"):
        async with serve(desk, port=port):
            pass


async def test_the_callers_error_comes_out_as_it_is(desk):
    with pytest.raises(ZeroDivisionError):
        async with serve(desk, port=0):
            raise ZeroDivisionError


# --- the stream -----------------------------------------------------------------------------------


async def receive(socket):
    return await socket.receive_json(timeout=5)


async def test_the_first_frame_has_everything(http):
    async with http.ws_connect("/api/stream?pair=BTC/USD") as socket:
        frame = await receive(socket)
    assert frame["sequence"] == 1
    assert frame["book"]["pair"] == "BTC/USD"
    assert len(frame["venues"]) == 2
    assert frame["trades"]


async def test_changes_are_conflated_and_the_newest_wins(http, desk):
    async with http.ws_connect("/api/stream?pair=BTC/USD") as socket:
        await receive(socket)
        desk.step(500)
        frame = await receive(socket)
        assert frame["sequence"] == 2
        assert frame["book"]["generated_ns"] == desk.now_ns


async def test_at_most_ten_frames_a_second(http, desk):
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as tasks:
        market = tasks.create_task(run_market(desk, 0.005))
        async with http.ws_connect("/api/stream?pair=BTC/USD") as socket:
            start = loop.time()
            for _ in range(6):
                await receive(socket)
            assert loop.time() - start >= 5 * stream.PERIOD_S * 0.9
        market.cancel()


async def test_silence_of_the_market_is_still_told(http, monkeypatch):
    monkeypatch.setattr(stream, "BEAT_S", 0.05)
    async with http.ws_connect("/api/stream?pair=BTC/USD") as socket:
        frames = [await receive(socket) for _ in range(3)]
    assert all({"book", "venues", "trades"} <= set(frame) for frame in frames)


async def test_pages_end_with_the_desk(http, desk):
    async with http.ws_connect("/api/stream?pair=BTC/USD") as socket:
        await receive(socket)
        desk.stop()
        while True:
            message = await socket.receive(timeout=5)
            if message.type is not aiohttp.WSMsgType.TEXT:
                break
        assert socket.close_code == 1001


async def test_an_unknown_pair_closes_the_stream(http):
    async with http.ws_connect("/api/stream?pair=DOGE/MOON") as socket:
        await socket.receive(timeout=5)
        assert socket.close_code == 4404


async def test_pages_are_limited(http, monkeypatch):
    monkeypatch.setattr(stream, "PAGES_LIMIT", 1)
    async with http.ws_connect("/api/stream?pair=BTC/USD") as first:
        await receive(first)
        async with http.ws_connect("/api/stream?pair=ETH/USD") as second:
            await second.receive(timeout=5)
            assert second.close_code == 1013
    async with http.ws_connect("/api/stream?pair=ETH/USD") as third:
        assert (await receive(third))["sequence"] == 1


async def test_a_page_that_reads_nothing_is_closed_and_queues_nothing(address, desk, monkeypatch):
    """Its socket fills, frames are skipped, and after the limit it is let go."""
    monkeypatch.setattr(stream, "SEND_LIMIT_S", 0.3)
    monkeypatch.setattr(stream, "PERIOD_S", 0.0)
    reads = 0
    universal = desk.universal

    def counted(pair, depth):
        nonlocal reads
        reads += 1
        return universal(pair, depth)

    monkeypatch.setattr(desk, "universal", counted)
    host, port = address.removeprefix("http://").split(":")
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.connect((host, int(port)))
        raw.sendall(
            f"GET /api/stream?pair=BTC/USD HTTP/1.1\r\nHost: {host}:{port}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        async with asyncio.TaskGroup() as tasks:
            market = tasks.create_task(run_market(desk, 0.002))
            last = -1
            while last != reads:  # until it is no longer served
                last = reads
                await asyncio.sleep(0.5)
            market.cancel()
    assert 0 < reads < 500


# --- the page -------------------------------------------------------------------------------------


async def test_without_a_built_terminal_the_page_says_so(desk, monkeypatch, tmp_path):
    monkeypatch.setattr("argosy.web.app.STATIC", tmp_path)
    async with serve(desk, port=0) as address, aiohttp.ClientSession(address) as http:
        async with http.get("/") as answer:
            text = await answer.text()
        assert "not built" in text
        assert "make web" in text
        assert "<script" not in text
        assert "style=" not in text
        async with http.get("/fallback.css") as answer:
            assert answer.content_type == "text/css"


async def test_a_built_terminal_is_served_with_its_assets(desk, monkeypatch, tmp_path):
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>built</title>")
    (tmp_path / "assets" / "index-abc.js").write_text("1")
    monkeypatch.setattr("argosy.web.app.STATIC", tmp_path)
    assert pages.terminal_built(tmp_path)
    async with serve(desk, port=0) as address, aiohttp.ClientSession(address) as http:
        async with http.get("/") as answer:
            assert "built" in await answer.text()
            assert answer.headers["cache-control"] == "no-cache"
        async with http.get("/assets/index-abc.js") as answer:
            assert "immutable" in answer.headers["cache-control"]
            assert "javascript" in answer.content_type
        async with http.get("/..%2f..%2fetc/passwd") as answer:
            assert answer.status == 404
        assert await get(http, "/api/pairs")
