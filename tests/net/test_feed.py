"""A feed against a real server that closes, stalls, lies and floods."""

import asyncio
import contextlib
from typing import Any

import pytest
from picows import WSMsgType

from argosy.errors import ConfigError, NotSent, OutcomeUnknown, StreamGap
from argosy.model import BookGap, Nanos, Trade
from argosy.net.audit import Ring, Tap
from argosy.net.clock import SystemClock
from argosy.net.events import EventQueue
from argosy.net.feed import FeedSettings, connect_gate
from argosy.net.tls import client_context
from argosy.ports import BookChanged, FeedPlan, HttpRequest, HttpResponse, SessionCall
from argosy.venues.catalog import FeedLimits
from net.running import FAST, PRIVATE, Running, running
from net.servers import closed_port, tls_pair
from net.sessions import Venue, until, venue


async def test_frames_become_events_and_are_counted():
    async with venue() as there, running(there.url) as it:
        for number in range(200):
            there.peers[0].say(f"trade {number}")
            there.peers[0].say(f"book {number}")
        await until(lambda: it.runner.stats.frames == 402)
        assert it.trades() == list(range(200))
        assert it.runner.shelf.only.last == 199
        assert 1 <= it.runner.stats.latency_max_ms < 1000
        assert it.states == ["connecting", "connected", "ready"]
        assert there.peers[0].received == ["subscribe"]


async def test_over_tls_with_an_authority_of_its_own(tmp_path):
    ca, tls = tls_pair()
    pem = tmp_path / "ca.pem"
    ca.cert_pem.write_to_path(str(pem))
    async with venue(tls) as there:
        async with running(there.url, tls=client_context(pem)) as it:
            assert it.runner.ready
        async with running(there.url, ready=False) as it:
            await until(lambda: it.runner.stats.failures > 2)
            assert "certificate" in it.runner.last_error.lower()
    with pytest.raises(ConfigError, match="ca_file"):
        client_context(tmp_path / "absent.pem")


async def test_a_malformed_frame_is_set_aside_and_the_stream_goes_on():
    async with venue() as there, running(there.url) as it:
        for number in range(50):
            there.peers[0].say(f"bad {number}")
        there.peers[0].say("trade 1")
        await until(it.trades)
        assert it.runner.stats.malformed == 50
        assert len(it.runner.quarantine) == 20
        assert it.runner.quarantine[-1].frame == b"bad 49"
        assert it.runner.stats.connects == 1


@pytest.mark.parametrize("word", ["gap", "bug x"])
async def test_a_gap_or_an_adapters_bug_starts_anew(word: str):
    async with venue() as there, running(there.url) as it:
        there.peers[0].say(word)
        await until(lambda: it.runner.stats.connects == 2 and it.runner.ready)
        assert len(it.gaps()) == 1
        there.peers[1].say("trade 1")
        await until(it.trades)
        assert it.runner.shelf.only.live


async def test_however_often_the_venue_drops_us_books_go_out_of_use_and_come_back():
    async with venue() as there, running(there.url) as it:
        for number in range(1, 8):
            there.peers[-1].say(f"trade {number}")
            await until(lambda number=number: it.trades()[-1:] == [number])
            there.peers[-1].drop() if number % 2 else there.peers[-1].transport.send_close()
            await until(lambda number=number: it.runner.stats.connects == number + 1)
            await until(lambda: it.runner.ready)
            assert len(it.gaps()) == number
        assert it.trades() == list(range(1, 8))
        assert it.states.count("lost") == 7


@pytest.mark.parametrize("at", ["connect", "subscribe", "snapshot"])
async def test_a_drop_at_any_step_of_starting_is_survived(at: str):
    drops = 3

    async with venue() as there:

        def on_connect(peer: Any) -> None:
            if at == "connect" and len(there.peers) <= drops:
                asyncio.get_running_loop().call_soon(peer.drop)

        def on_text(peer: Any, text: str) -> None:
            if len(there.peers) <= drops:
                if at == "snapshot":
                    peer.say("book 0")
                if at != "connect":
                    peer.drop()
                return
            peer.say("book 0")
            peer.say("ok")

        there.on_connect, there.on_text = on_connect, on_text
        async with running(there.url) as it:
            assert it.runner.stats.connects + it.runner.stats.failures >= drops + 1
            assert it.runner.shelf.only.live


async def test_other_hosts_are_tried():
    async with (
        venue() as there,
        running((f"ws://127.0.0.1:{closed_port()}/x", there.url)) as it,
    ):
        assert it.runner.stats.failures == 1


async def test_silence_is_taken_for_death():
    limits = FeedLimits(idle_close_s=0.2, connects_per_window=1000)
    async with venue() as there, running(there.url, limits=limits) as it:
        await until(lambda: it.runner.stats.connects == 2)
        assert "nothing came" in it.runner.last_error
        assert len(it.gaps()) == 1


async def test_pings_are_answered_and_count_as_life():
    """For longer than its silence may last, which is long enough for a busy machine to stall."""
    limits = FeedLimits(idle_close_s=1.0, connects_per_window=1000)
    async with venue() as there, running(there.url, limits=limits) as it:
        for _ in range(30):
            there.peers[0].transport.send_ping(b"are you there")
            await asyncio.sleep(0.04)
        await until(lambda: there.peers[0].pongs == 30)
        assert it.runner.stats.connects == 1


async def test_a_session_that_does_not_get_ready_is_given_up():
    quick = FeedSettings(**{**_fields(FAST), "ready_timeout_s": 0.1})
    async with venue() as there:
        there.on_text = None
        async with running(there.url, ready=False, settings=quick) as it:
            await until(lambda: it.runner.stats.connects >= 2, 8)
            assert "not ready" in it.runner.last_error


def _fields(settings: FeedSettings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in settings.__struct_fields__}


async def test_too_large_a_frame_ends_the_connection():
    limits = FeedLimits(max_frame_bytes=1000, connects_per_window=1000)
    async with venue() as there, running(there.url, limits=limits) as it:
        there.peers[0].say("x" * 2000)
        await until(lambda: it.runner.stats.connects == 2)
        await until(lambda: it.runner.ready)
        peer = there.peers[-1]
        peer.transport.send(WSMsgType.TEXT, b"x" * 900, fin=False)
        peer.transport.send(WSMsgType.CONTINUATION, b"x" * 900, fin=True)
        await until(lambda: it.runner.stats.connects == 3)
        assert "above 1000 bytes" in it.runner.last_error


async def test_fragments_are_one_message():
    async with venue() as there, running(there.url) as it:
        transport = there.peers[0].transport
        transport.send(WSMsgType.TEXT, b"tra", fin=False)
        transport.send(WSMsgType.CONTINUATION, b"de ", fin=False)
        transport.send(WSMsgType.CONTINUATION, b"7", fin=True)
        transport.send(WSMsgType.BINARY, b"trade 8")
        await until(lambda: it.trades() == [7, 8])


async def test_what_we_send_keeps_to_the_venues_rate():
    limits = FeedLimits(messages_per_s=5, connects_per_window=1000)
    async with venue() as there, running(there.url, limits=limits) as it:
        there.peers[0].say("say " + " ".join(f"f{i}" for i in range(8)))
        await until(lambda: len(there.peers[0].received) >= 5)
        await asyncio.sleep(0.1)
        assert len(there.peers[0].received) == 5
        await until(lambda: len(there.peers[0].received) == 9)
        assert there.peers[0].received[1:] == [f"f{i}" for i in range(8)]
        assert it.runner.stats.sent == 9


async def test_connections_keep_to_the_venues_rate():
    limits = FeedLimits(connects_per_window=2, connect_window_s=0.5)
    clock = SystemClock()
    async with venue() as there:
        there.on_connect = lambda peer: asyncio.get_running_loop().call_soon(peer.drop)
        gate = connect_gate(limits, clock)
        before = clock.monotonic_ns()
        async with running(there.url, ready=False, limits=limits, gate=gate):
            await until(lambda: len(there.peers) == 5)
        assert clock.monotonic_ns() - before > 0.9e9


# --- REST calls of a session ----------------------------------------------------------------------


async def test_calls_of_a_session_are_made_and_answered():
    async def exchange(request: HttpRequest) -> HttpResponse:
        if request == "fails":
            raise NotSent("no")
        return HttpResponse(status=200, body=b"token", received_ns=Nanos(1))

    ask = SessionCall(tag="token", request=HttpRequest(method="POST", path="/token"))
    async with venue() as there, running(there.url, exchange=exchange, prepare=(ask,)) as it:
        await until(lambda: "answered token" in there.peers[0].received)
        there.peers[0].say("call good")
        await until(lambda: "answered t" in there.peers[0].received)
        assert [tag for tag, _ in it.sessions[0].answers] == ["token", "t"]
        there.peers[0].say("call fails")
        await until(lambda: it.runner.stats.connects == 2)
        assert it.runner.last_error == "t: no"


async def test_a_setting_that_is_wrong_ends_the_feed_and_says_so():
    ask = SessionCall(tag="token", request=HttpRequest(method="POST", path="/token"))
    with pytest.raises(ConfigError, match="asks for 'token'"):
        await Running("ws://127.0.0.1:1/", prepare=(ask,)).runner.run()
    with pytest.raises(ConfigError, match="must begin with ws"):
        await Running("http://127.0.0.1:1/").runner.run()
    with pytest.raises(ConfigError, match="no endpoint for role 'elsewhere'"):
        Running("ws://127.0.0.1:1/", plan=FeedPlan(url="elsewhere"))


# --- hand-over ------------------------------------------------------------------------------------


class Stream:
    """Numbered trades sent to every connection that subscribed, as a venue does."""

    def __init__(self, there: Venue) -> None:
        self.number = 0
        self.subscribed: list[Any] = []
        self.delay = 0
        there.on_text = self.text

    def text(self, peer: Any, text: str) -> None:
        if text == "subscribe":
            self.subscribed.append(peer)
            peer.say("book 0")
            if len(self.subscribed) == 1:
                peer.say("ok")
            else:
                loop = asyncio.get_running_loop()
                loop.call_later(0.05, peer.say, "ok")

    async def flow(self, seconds: float) -> None:
        end = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end:
            for _ in range(5):
                self.number += 1
                for peer in self.subscribed:
                    peer.say(f"trade {self.number}")
                    peer.say(f"book {self.number}")
            await asyncio.sleep(0.002)


@pytest.mark.parametrize("how", ["venue", "owner", "lifetime"])
async def test_a_hand_over_loses_nothing_and_doubles_no_trade(how: str):
    lifetime = 0.2 if how == "lifetime" else 0
    limits = FeedLimits(
        connects_per_window=1000, lifetime_s=lifetime, messages_per_s=100, idle_close_s=30
    )
    async with venue() as there:
        stream = Stream(there)
        async with running(there.url, limits=limits) as it:
            first = it.runner.shelf.only
            if how == "venue":
                there.peers[0].say("renew")
            elif how == "owner":
                it.runner.renew()
            await stream.flow(0.5)
            await until(lambda: it.runner.stats.handovers == 1)
            await until(lambda: it.trades()[-1:] == [stream.number])
            assert sorted(it.trades()) == list(range(1, stream.number + 1))
            assert not it.gaps()
            assert not first.live
            assert it.runner.shelf.only is not first
            assert it.runner.shelf.only.live
            shown = [e.book for e in it.events if isinstance(e, BookChanged)]
            switch = shown.index(it.runner.shelf.only)
            assert all(book is first for book in shown[:switch])
            assert all(book is not first for book in shown[switch:])
            await until(lambda: not there.peers[0].open)


async def test_trades_without_numbers_are_not_taken_for_one_another():
    async with venue() as there, running(there.url) as it:

        def second(peer: Any, text: str) -> None:
            for frame in ("book 0", "unnumbered", "unnumbered", "ok", "unnumbered"):
                peer.say(frame)

        there.on_text = second
        it.runner.renew()
        await until(lambda: it.runner.stats.handovers == 1)
        await until(lambda: len([e for e in it.events if isinstance(e, Trade)]) == 3)


async def test_a_hand_over_that_fails_leaves_the_first_connection_in_use():
    async with venue() as there, running(there.url) as it:
        there.on_text = lambda peer, _: peer.drop()
        it.runner.renew()
        await until(lambda: len(there.peers) == 2 and not there.peers[1].open)
        await asyncio.sleep(0.05)
        there.peers[0].say("trade 1")
        await until(it.trades)
        assert it.runner.ready
        assert not it.gaps()


async def test_the_first_connection_may_die_while_the_second_starts():
    async with venue() as there, running(there.url) as it:

        def second(peer: Any, text: str) -> None:
            there.peers[0].drop()
            asyncio.get_running_loop().call_later(0.05, peer.say, "ok")

        there.on_text = second
        it.runner.renew()
        await until(lambda: it.runner.stats.handovers == 1)
        await until(lambda: it.runner.ready)
        assert len(it.gaps()) == 1
        assert it.runner.stats.connects == 2


# --- floods ---------------------------------------------------------------------------------------


async def test_a_flood_is_conflated_or_overflows_and_memory_stays_bounded():
    queue = EventQueue(size=100)
    async with venue() as there, running(there.url, deliver=queue.put) as it:
        queue.on_overflow = it.runner.resync
        for number in range(5_000):
            there.peers[0].say(f"book {number}")
        await until(lambda: it.runner.stats.frames >= 5_000)
        assert len(queue) == 1
        assert queue.conflated > 4_900
        for number in range(101):
            there.peers[0].say(f"trade {number}")
        await until(lambda: it.runner.stats.connects == 2)
        assert len(queue) <= 100
        with pytest.raises(StreamGap):
            await queue.get()
        events = [queue.get_nowait() for _ in range(len(queue))]
        assert any(isinstance(event, BookGap) for event in events)


# --- the audit ------------------------------------------------------------------------------------


async def test_every_frame_passes_the_tap_without_secrets():
    ring = Ring()
    tap = Tap(SystemClock(), [ring])
    tap.redactor.hide("very-secret-key")
    async with venue() as there:
        there.on_text = lambda peer, _: peer.say("ok very-secret-key")
        url = there.url + "?token=very-secret-key"
        async with running(url, tap=tap, plan=PRIVATE) as it:
            with contextlib.suppress(OutcomeUnknown):
                await it.runner.place(None, "very-secret-key", timeout_s=0.05)
    kinds = [entry.kind for entry in ring.entries]
    assert kinds == ["connect", "send", "recv", "send", "recv", "close"]
    assert "very-secret" not in repr(ring.entries)


async def test_a_lost_connection_is_not_ready_again_by_its_last_tick():
    async with venue() as there, running(there.url) as it:
        connection = it.runner._primary
        assert connection.ready
        connection.lose("for a test")
        connection._tick(SystemClock().monotonic_ns())
        assert not connection.ready
        await until(lambda: it.runner.stats.connects == 2)
