"""Recordings played to real clients: the same bytes, the right connections, in order."""

import asyncio
import contextlib
import random
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from argosy.errors import ConfigError
from argosy.model import Nanos
from argosy.model.time import SECOND
from argosy.net.clock import SystemClock
from argosy.net.feed import FeedRunner
from argosy.net.http import HttpClient
from argosy.net.limits import Limiter
from argosy.net.recording import Entry, RecordingFile, read
from argosy.net.replay import Recording, ReplaySettings, serving
from argosy.ports import NOTHING, Call, FeedPlan, HttpRequest, Step
from argosy.venues.catalog import Endpoints, FeedLimits
from net.sessions import Session, Shelf, until

FAST = ReplaySettings(settle_s=0.05, listen_s=0.1)
CLOCK = SystemClock()
WS = "wss://ws.kraken.com"
START = 1_618_678_132 * SECOND


def _at(tenths: int) -> Nanos:
    return Nanos(START + tenths * SECOND // 10)


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """Three connections of one address, as a client of one channel each makes them."""
    path = tmp_path / "sample.jsonl.zst"
    file = RecordingFile(path)
    for data in (b"one", b"two"):
        file.write(Entry(kind="http", at_ns=_at(0), url="https://x.com/a?s=1&t=2", data=data))
    file.write(Entry(kind="http", at_ns=_at(0), url="https://x.com/a?s=2", data=b"three"))
    file.write(Entry(kind="http", at_ns=_at(0), url="https://x.com/only?z=1", data=b"four"))
    for conn, channel in (("c1", "trade"), ("c2", "ticker"), ("c3", "book")):
        file.write(Entry(kind="connect", conn=conn, at_ns=_at(0), url=WS))
        text = b'{"event":"subscribe","pair":["XBT/USD"],"subscription":{"name":"%s"}}'
        file.write(
            Entry(kind="send", conn=conn, at_ns=_at(1), url=WS, data=text % channel.encode())
        )
    for number in range(30):
        conn = f"c{number % 3 + 1}"
        file.write(Entry(kind="recv", conn=conn, at_ns=_at(number), data=b"f%d" % number))
    file.write(Entry(kind="connect", conn="b", at_ns=_at(40), url="wss://x.com/zip?token=OLD"))
    file.write(Entry(kind="recv", conn="b", at_ns=_at(41), data=b"\x1f\x8b", binary=True))
    file.close()
    return path


async def _frames(url: str, sends: list[str], want: int) -> list[Any]:
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        for text in sends:
            await socket.send_str(text)
        got: list[Any] = []
        with contextlib.suppress(TimeoutError):
            while len(got) < want:
                got.append((await socket.receive(timeout=2)).data)
        with contextlib.suppress(TimeoutError):
            extra = await socket.receive(timeout=0.3)
            assert extra.type is aiohttp.WSMsgType.CLOSE, extra
        return got


def _ask(*channels: str) -> list[str]:
    return [f'{{"event":"subscribe","subscription":{{"name":"{name}"}}}}' for name in channels]


async def test_replies_by_path_and_query(sample: Path):
    async with serving(sample, CLOCK, FAST) as server, aiohttp.ClientSession() as session:

        async def get(path: str) -> tuple[int, bytes]:
            async with session.get(server.local("https://x.com" + path)) as response:
                return response.status, await response.read()

        assert await get("/a?t=2&s=1") == (200, b"one")
        assert await get("/a?s=1&t=2") == (200, b"two")
        assert await get("/a?s=1&t=2") == (200, b"two")
        assert await get("/a?s=2") == (200, b"three")
        assert (await get("/a?s=3"))[0] == 404
        assert await get("/only") == (200, b"four")
        assert (await get("/none"))[0] == 404


@pytest.mark.parametrize(
    ("channels", "rests"),
    [(["trade"], {0}), (["book"], {2}), (["ticker", "trade"], {0, 1})],
)
async def test_a_client_gets_the_channels_it_asks_for(sample: Path, channels: list, rests: set):
    expected = [f"f{n}" for n in range(30) if n % 3 in rests]
    async with serving(sample, CLOCK, FAST) as server:
        assert await _frames(server.local(WS), _ask(*channels), len(expected)) == expected


async def test_a_client_of_everything_gets_all_merged_in_time_order(sample: Path):
    everything = [f"f{n}" for n in range(30)]
    async with serving(sample, CLOCK, FAST) as server:
        assert await _frames(server.local(WS), _ask("trade", "ticker", "book"), 30) == everything
        assert await _frames(server.local(WS), [], 30) == everything  # it only listens
        one = '{"method":"subscribe","params":["trade","book","ticker"]}'
        assert await _frames(server.local(WS), [one], 30) == everything
        assert server.stats.connections == 3


async def test_more_can_be_asked_for_later_and_pings_ask_for_nothing(sample: Path):
    async with (
        serving(sample, CLOCK, FAST) as server,
        aiohttp.ClientSession() as session,
        session.ws_connect(server.local(WS)) as socket,
    ):
        for sends in (_ask("trade"), ["ping", *_ask("book")]):
            for text in sends:
                await socket.send_str(text)
            for _ in range(10):
                assert (await socket.receive(timeout=2)).data.startswith("f")
            await socket.send_str('{"op":"ping"}')
            with pytest.raises(TimeoutError):
                await socket.receive(timeout=0.2)


async def test_three_clients_at_once_as_recorded(sample: Path):
    async with serving(sample, CLOCK, FAST) as server:
        got = await asyncio.gather(
            *(_frames(server.local(WS), _ask(name), 10) for name in ("trade", "ticker", "book"))
        )
    assert got == [[f"f{n}" for n in range(30) if n % 3 == rest] for rest in range(3)]


async def test_binary_frames_stay_binary_and_tokens_do_not_matter(sample: Path):
    async with serving(sample, CLOCK, FAST) as server:
        assert await _frames(server.ws_url + "/zip?token=NEW", [], 1) == [b"\x1f\x8b"]


async def test_it_keeps_the_recorded_pace_when_told_and_closes_at_the_end(sample: Path):
    settings = ReplaySettings(settle_s=0.02, speed=10, close_at_end=True)
    async with serving(sample, CLOCK, settings) as server:
        before = CLOCK.monotonic_ns()
        assert len(await _frames(server.local(WS), _ask("trade", "book", "ticker"), 30)) == 30
        assert CLOCK.monotonic_ns() - before > 0.25 * SECOND


async def test_an_unknown_address_is_refused(sample: Path):
    async with serving(sample, CLOCK, FAST) as server, aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(server.ws_url + "/elsewhere")
        assert server.stats.not_found == 1


async def test_a_taken_port_is_told(sample: Path):
    async with serving(sample, CLOCK, FAST) as server:
        with pytest.raises(ConfigError, match="cannot serve"):
            async with serving(sample, CLOCK, FAST, port=int(server.url.rpartition(":")[2])):
                pass


class Counting(Session):
    """Takes whatever comes."""

    seen: list[bytes]

    def open(self, now_ns: int) -> Step:
        self.ready = True
        self.seen = []
        return NOTHING

    def receive(self, frame: bytes, received_ns: int) -> Step:
        self.seen.append(frame)
        return NOTHING


@pytest.mark.recordings
@pytest.mark.parametrize("name", ["OKX", "KRAKEN", "HUOBI", "BYBIT", "KUCOIN"])
async def test_our_own_connector_reads_every_byte_of_a_real_recording(recordings: Path, name: str):
    path = recordings / "feeds" / f"{name}.jsonl.zst"
    entries = list(read(path))
    url = next(entry.url for entry in entries if entry.kind == "connect")
    conns = {e.conn for e in entries if e.kind == "connect" and e.url == url}
    frames = [e for e in entries if e.kind == "recv" and e.conn in conns]
    sessions: list[Counting] = []

    def make(shelf: Any) -> Counting:
        sessions.append(Counting(shelf, FeedPlan(url="ws", listen=True)))
        return sessions[-1]

    async with serving(path, CLOCK, FAST) as server:
        runner = FeedRunner(
            venue=name.lower(),
            plan=FeedPlan(url="ws", listen=True),
            endpoints=Endpoints(roles={"ws": (server.local(url),)}),
            limits=FeedLimits(),
            make_session=make,
            make_shelf=Shelf,
            clock=CLOCK,
            rng=random.Random(1),
            deliver=lambda _: None,
        )
        task = asyncio.get_running_loop().create_task(runner.run())
        await until(lambda: sessions and len(getattr(sessions[0], "seen", ())) == len(frames), 20)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert sessions[0].seen == [e.data for e in sorted(frames, key=lambda e: e.at_ns)]
        first = next(entry for entry in entries if entry.kind == "http")
        async with HttpClient(
            venue=name.lower(),
            endpoints=Endpoints(roles={"rest": (server.local(first.url),)}),
            limiter=Limiter({}, CLOCK),
            clock=CLOCK,
            rng=random.Random(1),
        ) as http:
            body = await http.call(
                Call(HttpRequest(method="GET", path=""), lambda response: response.body)
            )
        assert body == first.data


@pytest.mark.recordings
def test_every_real_recording_can_be_served(recordings: Path):
    for path in sorted((recordings / "feeds").glob("*.zst")):
        recording = Recording(path)
        assert recording.connections
        assert recording.urls
        assert recording.began_ns > 1_600_000_000 * SECOND
        assert not recording.broken
