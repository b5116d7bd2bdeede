"""Every ending of a request against real sockets, sorted by what is known of the outcome."""

import asyncio
import random
from email.utils import formatdate
from typing import Any

import msgspec
import pytest

from argosy.errors import (
    ConfigError,
    NotSent,
    OrderRejected,
    OutcomeUnknown,
    RateLimited,
    VenueUnavailable,
    WireError,
)
from argosy.model import Credentials, Nanos
from argosy.model.time import SECOND
from argosy.net.audit import Ring, Tap
from argosy.net.clock import SystemClock
from argosy.net.http import HttpClient, HttpSettings, retry_after_ns
from argosy.net.limits import Limiter
from argosy.net.tls import client_context
from argosy.ports import Call, HttpRequest, HttpResponse
from argosy.venues.catalog import Bucket, Endpoints
from net.servers import Cut, answer, closed_port, raw_server, tls_pair

GET = HttpRequest(method="GET", path="/time")
PLACE = HttpRequest(
    method="POST", path="/order", body=b"size=1", idempotent=False, cost={"orders": 1}
)
BUCKETS = {"orders": Bucket(kind="sliding", max=100, window_s=1)}
FAST = HttpSettings(backoff_s=0.001, timeout_s=2, rate_limit_pause_s=0.01)


def read(response: HttpResponse) -> Any:
    """What an adapter's decoder does: a value, a refusal, or WireError."""
    try:
        told = msgspec.json.decode(response.body)
    except msgspec.DecodeError as e:
        raise WireError(str(e)) from e
    if isinstance(told, dict) and "error" in told:
        raise OrderRejected(told["error"], venue="test")
    return told


def client(*urls: str, settings: HttpSettings = FAST, **more: Any) -> HttpClient:
    clock = SystemClock()
    return HttpClient(
        venue="test",
        endpoints=Endpoints(roles={"rest": urls}),
        limiter=Limiter(BUCKETS, clock),
        clock=clock,
        rng=random.Random(1),
        settings=settings,
        **more,
    )


async def test_an_answer_is_read_and_connections_are_kept():
    async with (
        raw_server(lambda *_: answer(b'{"a": 1}')) as server,
        client(server.url) as http,
    ):
        assert await http.call(Call(GET, read)) == {"a": 1}
        assert await http.call(Call(PLACE, read)) == {"a": 1}
        assert server.connections == 1
        assert server.requests[1].endswith(b"\r\n\r\nsize=1")
        assert b"content-type" not in server.requests[1].lower()


async def test_path_and_query_leave_exactly_as_signed():
    request = HttpRequest(
        method="GET", path="/a%2Fb", query=(("symbol", "BTC/USD"), ("x", "a b+c"))
    )
    async with raw_server(lambda *_: answer(b"1")) as server, client(server.url) as http:
        await http.call(Call(request, read))
    assert server.requests[0].startswith(b"GET /a%2Fb?symbol=BTC%2FUSD&x=a+b%2Bc HTTP/1.1\r\n")


class CountingSigner:
    def __init__(self) -> None:
        self.seen: list[tuple[int, int]] = []

    def sign(
        self, request: HttpRequest, credentials: Credentials, now_ns: Nanos, nonce: int
    ) -> HttpRequest:
        self.seen.append((now_ns, nonce))
        headers = (("API-Key", credentials.key), ("API-Sign", f"{credentials.secret}-{nonce}"))
        return msgspec.structs.replace(request, headers=headers)


async def test_each_attempt_is_signed_anew():
    signer = CountingSigner()

    def script(server: Any, _: bytes) -> bytes:
        return answer(b"no", 503) if len(server.requests) < 3 else answer(b"1")

    request = HttpRequest(method="GET", path="/balance", signed=True)
    secrets = Credentials(key="key-key-key", secret="secret-secret")
    async with (
        raw_server(script) as server,
        client(server.url, signer=signer, credentials=secrets) as http,
    ):
        assert await http.call(Call(request, read)) == 1
    nonces = [nonce for _, nonce in signer.seen]
    assert len(nonces) == 3
    assert nonces == sorted(set(nonces))
    assert len({line for r in server.requests for line in r.split(b"\r\n") if b"Sign" in line}) == 3


async def test_a_signed_request_needs_a_key():
    async with client("http://127.0.0.1:1") as http:
        with pytest.raises(ConfigError, match="needs an API key"):
            await http.call(Call(HttpRequest(method="GET", path="/x", signed=True), read))


async def test_signed_requests_carry_the_venues_time():
    signer = CountingSigner()
    ahead = 5 * SECOND

    async with (
        raw_server(lambda *_: answer(b"1")) as server,
        client(
            server.url, signer=signer, credentials=Credentials(key="k" * 8, secret="s" * 8)
        ) as http,
    ):
        await http.sync_clock(Call(GET, lambda r: Nanos(r.received_ns + ahead + 1)))
        await http.call(Call(HttpRequest(method="GET", path="/x", signed=True), read))
        assert abs(http.clock.skew_ns - ahead) < SECOND
        assert abs(signer.seen[0][0] - SystemClock.now_ns() - ahead) < SECOND


# --- no byte left --------------------------------------------------------------------------------


@pytest.mark.parametrize("request_", [GET, PLACE])
async def test_refused_and_unresolved_hosts_are_not_sent(request_: HttpRequest):
    for base in (f"http://127.0.0.1:{closed_port()}", "http://nowhere.invalid"):
        async with client(base) as http:
            with pytest.raises(NotSent):
                await http.call(Call(request_, read))


async def test_tls_that_cannot_be_trusted_is_not_sent(tmp_path):
    ca, tls = tls_pair()
    pem = tmp_path / "ca.pem"
    ca.cert_pem.write_to_path(str(pem))
    async with raw_server(lambda *_: answer(b"1"), tls) as server:
        async with client(server.url) as http:
            with pytest.raises(NotSent, match="Certificate"):
                await http.call(Call(PLACE, read))
        async with client(server.url, tls=client_context(pem)) as http:
            assert await http.call(Call(PLACE, read)) == 1
    assert len(server.requests) == 1


async def test_an_order_fails_over_when_no_byte_left():
    async with (
        raw_server(lambda *_: answer(b"1")) as server,
        client(f"http://127.0.0.1:{closed_port()}", server.url) as http,
    ):
        assert await http.call(Call(PLACE, read)) == 1
    assert len(server.requests) == 1


async def test_a_host_that_keeps_failing_is_left_alone():
    def script(*_: object) -> bytes:
        return answer(b"<html>", 502)

    async with (
        raw_server(script) as bad,
        raw_server(lambda *_: answer(b"1")) as good,
        client(bad.url, good.url) as http,
    ):
        for _ in range(10):
            assert await http.call(Call(GET, read)) == 1
        assert len(bad.requests) == 5  # then its breaker is open
        assert len(good.requests) == 10


async def test_when_every_host_fails_nothing_is_sent():
    async with client(f"http://127.0.0.1:{closed_port()}") as http:
        for _ in range(4):
            with pytest.raises(NotSent):
                await http.call(Call(GET, read))
        with pytest.raises(NotSent, match="every rest host"):
            await http.call(Call(GET, read))


# --- bytes left ----------------------------------------------------------------------------------

FULL = answer(b'{"done": true}')


@pytest.mark.parametrize("cut", [*range(0, len(FULL), 5), len(FULL) - 1])
async def test_an_answer_cut_anywhere_leaves_an_order_unknown_and_a_read_is_repeated(cut: int):
    def script(server: Any, _: bytes) -> bytes | Cut:
        return FULL if len(server.requests) in {3, 4} else Cut(FULL[:cut])

    async with raw_server(script) as server, client(server.url) as http:
        with pytest.raises(OutcomeUnknown):
            await http.call(Call(PLACE, read))
        assert len(server.requests) == 1
        assert await http.call(Call(GET, read)) == {"done": True}
        assert len(server.requests) == 3


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "GET"])
async def test_a_kept_connection_that_breaks_is_not_tried_again_behind_our_back(method: str):
    request = msgspec.structs.replace(PLACE, method=method)

    def script(server: Any, _: bytes) -> bytes | Cut:
        return answer(b"1") if len(server.requests) != 2 else Cut()

    async with raw_server(script) as server, client(server.url) as http:
        assert await http.call(Call(request, read)) == 1
        with pytest.raises(OutcomeUnknown):
            await http.call(Call(request, read))
        assert len(server.requests) == 2


async def test_silence_after_sending_is_unknown():
    async with raw_server(lambda *_: b"HTTP/1.1 200 OK\r\n") as server:
        quick = msgspec.structs.replace(FAST, timeout_s=0.2)
        async with client(server.url, settings=quick) as http:
            with pytest.raises(OutcomeUnknown, match="TimeoutError"):
                await http.call(Call(PLACE, read))


@pytest.mark.parametrize("status", [200, 400, 403, 500, 502])
async def test_an_unreadable_answer_to_an_order_is_unknown(status: int):
    async with raw_server(lambda *_: answer(b"<html>", status)) as server:
        async with client(server.url) as http:
            with pytest.raises(OutcomeUnknown, match=str(status)):
                await http.call(Call(PLACE, read))
        assert len(server.requests) == 1


@pytest.mark.parametrize("status", [200, 400, 500, 503])
async def test_a_refusal_is_known_whatever_the_status(status: int):
    async with (
        raw_server(lambda *_: answer(b'{"error": "funds"}', status)) as server,
        client(server.url) as http,
    ):
        with pytest.raises(OrderRejected, match="funds"):
            await http.call(Call(PLACE, read))
        assert len(server.requests) == 1


async def test_a_500_that_reads_like_success_is_not_believed():
    async with raw_server(lambda *_: answer(b"1", 500)) as server, client(server.url) as http:
        with pytest.raises(OutcomeUnknown):
            await http.call(Call(PLACE, read))
        with pytest.raises(VenueUnavailable):
            await http.call(Call(GET, read))
        assert len(server.requests) == 5


async def test_a_decoder_with_a_bug_does_not_decide_an_orders_outcome():
    def bug(_: HttpResponse) -> None:
        raise KeyError("secret-value")

    async with raw_server(lambda *_: answer(b"1")) as server, client(server.url) as http:
        with pytest.raises(OutcomeUnknown, match="KeyError") as caught:
            await http.call(Call(PLACE, bug))
        assert "secret-value" not in str(caught.value)
        with pytest.raises(WireError):
            await http.call(Call(GET, bug))


async def test_answers_are_bounded():
    small = msgspec.structs.replace(FAST, max_response_bytes=100, attempts=1)
    async with (
        raw_server(lambda *_: answer(b"1" * 101)) as server,
        client(server.url, settings=small) as http,
    ):
        with pytest.raises(OutcomeUnknown, match="ClientPayloadError"):
            await http.call(Call(GET, read))


async def test_redirects_are_not_followed():
    async with (
        raw_server(lambda *_: answer(b"moved", 302, "Location: /elsewhere\r\n")) as server,
        client(server.url) as http,
    ):
        with pytest.raises(WireError):
            await http.call(Call(GET, read))
        assert len(server.requests) == 1


# --- limits --------------------------------------------------------------------------------------


async def test_429_closes_the_bucket_until_it_may_be_asked_again():
    def script(server: Any, _: bytes) -> bytes:
        if len(server.requests) == 1:
            return answer(b"{}", 429, "Retry-After: 1\r\n")
        return answer(b"1")

    async with raw_server(script) as server, client(server.url) as http:
        before = SystemClock.monotonic_ns()
        with pytest.raises(RateLimited) as caught:
            await http.call(Call(PLACE, read))
        assert caught.value.retry_at_ns is not None
        assert await http.call(Call(PLACE, read)) == 1
        assert SystemClock.monotonic_ns() - before >= 0.95 * SECOND


async def test_a_read_waits_out_a_short_pause_but_not_a_long_one():
    def script(server: Any, _: bytes) -> bytes:
        if len(server.requests) == 1:
            return answer(b"{}", 429)
        return (
            answer(b"1") if len(server.requests) == 2 else answer(b"", 429, "Retry-After: 60\r\n")
        )

    async with raw_server(script) as server, client(server.url) as http:
        assert await http.call(Call(GET, read)) == 1
        with pytest.raises(RateLimited):
            await http.call(Call(GET, read))


def test_retry_after_reads_seconds_and_dates():
    now = Nanos(1_700_000_000 * SECOND)
    assert retry_after_ns("7", now) == 7 * SECOND
    assert retry_after_ns(formatdate(1_700_000_009, usegmt=True), now) == 9 * SECOND
    assert retry_after_ns(formatdate(1_600_000_000, usegmt=True), now) == 0
    for nonsense in ("", "soon", "-1", "99999999999"):
        assert retry_after_ns(nonsense, now) is None


async def test_signed_requests_go_one_by_one_when_nonces_are_strict():
    order: list[int] = []
    under_way = 0

    class Slow(CountingSigner):
        def sign(self, request: HttpRequest, credentials: Credentials, now_ns: Nanos, nonce: int):
            nonlocal under_way
            under_way += 1
            assert under_way == 1
            order.append(nonce)
            return request

    def script(*_: object) -> bytes:
        nonlocal under_way
        under_way -= 1
        return answer(b"1")

    strict = msgspec.structs.replace(FAST, signed_in_flight=1)
    request = HttpRequest(method="POST", path="/x", signed=True)
    key = Credentials(key="k" * 8, secret="s" * 8)
    async with (
        raw_server(script) as server,
        client(server.url, settings=strict, signer=Slow(), credentials=key) as http,
    ):
        await asyncio.gather(*(http.call(Call(request, read)) for _ in range(10)))
    assert order == sorted(set(order))


async def test_an_exchange_returns_the_answer_whatever_it_says():
    async with raw_server(lambda *_: answer(b"down", 503)) as server, client(server.url) as http:
        response = await http.exchange(GET)
        assert (response.status, response.body) == (503, b"down")


# --- the audit -----------------------------------------------------------------------------------


async def test_no_secret_reaches_the_audit_or_an_error():
    ring = Ring()
    clock = SystemClock()
    secrets = Credentials(key="the/api+key", secret="the-secret=", passphrase="the pass")

    class Leaky:
        def sign(self, request: HttpRequest, c: Credentials, now_ns: Nanos, nonce: int):
            return msgspec.structs.replace(
                request,
                query=(("apiKey", c.key), ("signature", "abcdef0123456789"), ("p", c.passphrase)),
                body=f"secret={c.secret}&size=1".encode(),
            )

    def script(server: Any, _: bytes) -> bytes:
        return answer(b'{"result":{"token":"sessiontoken-0123456789"},"echo":"the/api+key"}')

    request = HttpRequest(method="POST", path="/token", signed=True, idempotent=False)
    async with (
        raw_server(script) as server,
        client(server.url, tap=Tap(clock, [ring]), signer=Leaky(), credentials=secrets) as http,
    ):
        assert (await http.call(Call(request, read)))["result"]["token"]
        later = HttpRequest(method="GET", path="/x", query=(("q", "sessiontoken-0123456789"),))
        await http.call(Call(later, read))
        dead = client(
            f"http://127.0.0.1:{closed_port()}",
            tap=Tap(clock, [ring]),
            signer=Leaky(),
            credentials=secrets,
        )
        async with dead:
            with pytest.raises(NotSent) as caught:
                await dead.call(Call(request, read))
    text = repr(ring.entries) + repr(caught.value) + repr(caught.value.__cause__)
    assert len(ring.entries) >= 3
    for secret in (
        "the/api",
        "the%2Fapi",
        "the-secret",
        "the pass",
        "the+pass",
        "abcdef0123456789",
    ):
        assert secret not in text
    assert "sessiontoken-0123456789" not in text
    assert "size=1" in text
