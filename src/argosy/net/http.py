"""Makes an adapter's calls over HTTP and sorts every ending by what is then known of the outcome.
Never sends again what may have been carried out.
"""

import asyncio
import random
import ssl
from collections.abc import Iterable
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from typing import TypeVar

import aiohttp
import msgspec
from yarl import URL

from argosy.errors import (
    ConfigError,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    VenueError,
    VenueUnavailable,
    WireError,
)
from argosy.model import Credentials, Nanos
from argosy.model.time import SECOND
from argosy.net.audit import Redactor, Tap
from argosy.net.breaker import Breaker, RetryBudget
from argosy.net.clock import VenueClock
from argosy.net.limits import Limiter
from argosy.net.nonces import Nonces
from argosy.ports import Call, Clock, HttpRequest, HttpResponse, Signer, target
from argosy.venues.catalog import Endpoints

T = TypeVar("T")


class HttpSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How patient a client is."""

    connect_timeout_s: float = 5
    timeout_s: float = 15  # one attempt, connecting included
    limit_wait_s: float = 30  # waiting for rate limits
    attempts: int = 4
    backoff_s: float = 0.25  # doubles per attempt, fully jittered
    backoff_max_s: float = 5
    retry_after_max_s: float = 10  # a longer pause than this is the caller's to wait for
    rate_limit_pause_s: float = 1  # where the venue does not say how long
    max_response_bytes: int = 64 * 1024 * 1024
    connections: int = 32
    signed_in_flight: int = 0  # 1: signed requests one by one, for strict nonces; 0: no limit
    user_agent: str = "argosy"


class HttpStats(msgspec.Struct):
    """Counters; read them whenever."""

    requests: int = 0
    retries: int = 0
    not_sent: int = 0
    unknown: int = 0
    refused: int = 0  # the venue answered with an error
    malformed: int = 0
    last_ms: float = 0.0  # of the last answered attempt


class _LeftOpen(OutcomeUnknown):
    """The venue answered, and the adapter says that its answer leaves open what happened."""


class _NoConnection(NotSent):
    """No byte left because there was no connection: the one NotSent worth another try."""


class _Attempt(msgspec.Struct):
    """What one attempt has come to; aiohttp's trace signals fill it in."""

    connected: bool = False
    sent_ns: int = 0  # monotonic
    received_ns: int = 0


class HttpClient:
    """One venue's REST, with one key at most. Use as an async context manager.

    `limiter` is shared by all clients of a venue; `account` tells keys apart in it.
    """

    def __init__(
        self,
        *,
        venue: str,
        endpoints: Endpoints,
        limiter: Limiter,
        clock: Clock,
        rng: random.Random,
        tap: Tap | None = None,
        signer: Signer | None = None,
        credentials: Credentials | None = None,
        nonces: Nonces | None = None,
        account: str = "",
        settings: HttpSettings | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.venue = venue
        self.stats = HttpStats()
        self.clock = VenueClock(clock)  # the venue's time, once `sync_clock` was called
        self._local = clock
        self._endpoints = endpoints
        self._limiter = limiter
        self._rng = rng
        self._tap = tap
        self._signer = signer
        self._credentials = credentials
        self._nonces = nonces or Nonces(clock)
        self._account = account
        self._settings = settings or HttpSettings()
        self._tls = tls
        self._breakers: dict[str, Breaker] = {}
        self._budget = RetryBudget()
        self._one_by_one = (
            asyncio.Semaphore(self._settings.signed_in_flight)
            if self._settings.signed_in_flight
            else None
        )
        self._session: aiohttp.ClientSession | None = None
        self._last = _Attempt()
        self._redactor = tap.redactor if tap is not None else Redactor()
        if credentials is not None:
            for value in (credentials.key, credentials.secret, credentials.passphrase):
                self._redactor.hide(value)

    async def __aenter__(self) -> "HttpClient":
        settings = self._settings
        trace = aiohttp.TraceConfig()
        trace.on_connection_create_end.append(_mark_connected)
        trace.on_connection_reuseconn.append(_mark_connected)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=settings.connections, ssl=self._tls if self._tls is not None else True
            ),
            timeout=aiohttp.ClientTimeout(
                total=settings.timeout_s, sock_connect=settings.connect_timeout_s
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": settings.user_agent},
            skip_auto_headers={"Content-Type"},
            trace_configs=[trace],
        )
        # aiohttp would send PUT, DELETE and GET again by itself when a kept connection breaks;
        # what may be sent again is for us to say. It has no public switch (3.14, 2026-11-22).
        assert hasattr(self._session, "_retry_connection")
        self._session._retry_connection = False  # noqa: SLF001
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def hide(self, secret: str) -> None:
        """Keep one more secret out of messages and the audit: a key that is part of the URL."""
        self._redactor.hide(secret)

    async def call(self, call: Call[T], steps: int = 20) -> T:
        """Make a call and return what its answer means; `otherwise` is asked where that is open,
        and the last answer of what follows by `then` counts.

        Raises as `call_once` does; OutcomeUnknown also where a chain is longer than `steps`.
        """
        following: Call[T] | None = call
        for _ in range(steps):
            assert following is not None
            try:
                value, response = await self.call_once(following)
            except _LeftOpen:
                if following.otherwise is None:
                    raise
                following = following.otherwise
            else:
                following = following.then(response) if following.then is not None else None
            if following is None:
                return value
        raise OutcomeUnknown(f"{call.request.path} goes on after {steps} calls")

    async def collect(self, calls: Iterable[Call[list[T]]], pages: int = 200) -> list[T]:
        """Make calls one after another, follow each one's `then`, and join the lists.

        Raises:
            OutcomeUnknown: there are more than `pages` pages; what came so far is not returned,
                for half a list must not pass for a whole one.
            And whatever `call_once` raises.
        """
        found: list[T] = []
        for first in calls:
            call: Call[list[T]] | None = first
            made = 0
            while call is not None:
                if made == pages:
                    raise OutcomeUnknown(f"{first.request.path} goes on after {pages} pages")
                made += 1
                values, response = await self.call_once(call)
                found.extend(values)
                call = call.then(response) if call.then is not None else None
        return found

    async def call_once(self, call: Call[T]) -> tuple[T, HttpResponse]:
        """Make a call and return what its answer means, and the answer.

        Raises:
            VenueError: the venue refused; it is known not to have acted.
            NotSent: nothing left this machine.
            OutcomeUnknown: it may have been carried out. For a request that is idempotent this
                comes only after every attempt was lost.
            WireError: an answer to an idempotent request that cannot be read.
            ConfigError: no such endpoint, bucket or signer.
        """
        request = call.request
        self.stats.requests += 1
        self._budget.request()
        tried: set[str] = set()
        for attempt in range(1, self._settings.attempts + 1):
            last = attempt == self._settings.attempts
            try:
                return await self._attempt(call, self._pick(request.host, tried))
            except NotSent as e:
                self.stats.not_sent += 1
                if last or not isinstance(e, _NoConnection) or not self._budget.retry():
                    raise
                pause_s = 0.0 if self._fresh(request.host, tried) else self._pause_s(attempt)
            except (OutcomeUnknown, VenueUnavailable) as e:
                self._count(e)
                if isinstance(e, _LeftOpen) and call.otherwise is not None:
                    raise
                if last or not request.idempotent or not self._budget.retry():
                    raise
                pause_s = self._pause_s(attempt)
            except RateLimited as e:
                self._count(e)
                pause_s = self._wait_s(e)
                too_long = pause_s > self._settings.retry_after_max_s
                if last or too_long or not request.idempotent or not self._budget.retry():
                    raise
            except (VenueError, WireError) as e:
                self._count(e)
                raise
            self.stats.retries += 1
            await self._local.sleep(pause_s)
        raise AssertionError("attempts is at least 1")

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        """Send a request and return its answer whatever its status: for a session to read.

        Raises as `call` does, except for what the answer says.
        """
        answers: list[HttpResponse] = []

        def keep(response: HttpResponse) -> HttpResponse:
            answers.append(response)
            return response

        try:
            return await self.call(Call(request, keep))
        except (VenueError, OutcomeUnknown):
            if answers:
                return answers[-1]
            raise

    async def sync_clock(self, call: Call[Nanos], samples: int = 3) -> None:
        """Measure the venue's clock by its server time; signed requests carry it from then on."""

        def timed(response: HttpResponse) -> tuple[Nanos, _Attempt]:
            return call.read(response), self._last  # read at once: no other answer came between

        for _ in range(samples):
            venue_ns, attempt = await self.call(Call(call.request, timed))
            self.clock.observe(attempt.sent_ns, attempt.received_ns, venue_ns)

    # --- one attempt ------------------------------------------------------------------------------

    async def _attempt(self, call: Call[T], base: str) -> tuple[T, HttpResponse]:
        response = await self._limited(call.request, base)
        return self._read(call, response), response

    async def _limited(self, request: HttpRequest, base: str) -> HttpResponse:
        cost = request.cost
        try:
            if not self._limiter.try_acquire(cost, account=self._account):
                async with asyncio.timeout(self._settings.limit_wait_s):
                    await self._limiter.acquire(cost, account=self._account, urgent=request.urgent)
        except TimeoutError:
            raise NotSent(
                f"{request.method} {request.path}: rate limits of {self.venue} left no room"
                f" for {self._settings.limit_wait_s} s"
            ) from None
        headers: dict[str, str] = {}
        try:
            response = await self._signed_and_sent(request, base)
            headers = dict(response.headers)
            return response
        finally:
            self._limiter.answered(cost, headers, account=self._account)

    async def _signed_and_sent(self, request: HttpRequest, base: str) -> HttpResponse:
        if not request.signed:
            return await self._send(request, base)
        if self._one_by_one is None:
            return await self._send(await self._signed(request), base)
        async with self._one_by_one:  # taken after the rate limit: waiting for that holds up nobody
            return await self._send(await self._signed(request), base)

    async def _signed(self, request: HttpRequest) -> HttpRequest:
        if self._signer is None or self._credentials is None:
            raise ConfigError(
                f"{request.path} of {self.venue} needs an API key; none is configured"
            )
        nonce = await self._nonces.next()
        return self._signer.sign(request, self._credentials, self.clock.now_ns(), nonce)

    async def _send(self, request: HttpRequest, base: str) -> HttpResponse:
        if self._session is None:
            raise NotSent("this client is closed")
        url = base.rstrip("/") + target(request)
        what = f"{request.method} {request.path} at {self.venue}"  # no query: it may hold a secret
        breaker = self._breakers[base]
        attempt = _Attempt(sent_ns=self._local.monotonic_ns())
        try:
            response = await self._exchange(self._session, request, url, attempt)
        except (aiohttp.ClientError, TimeoutError, OSError) as e:
            reason = type(e).__name__ + ("" if isinstance(e, TimeoutError) else f": {e}")
            self._record(request, url, detail=reason)
            if isinstance(e, aiohttp.InvalidURL):
                raise ConfigError(f"{what}: {base!r} is no usable endpoint") from None
            breaker.failed(self._local.monotonic_ns())
            reason = self._redactor.clean_text(reason)
            if attempt.connected:
                raise OutcomeUnknown(f"{what}: no answer ({reason})") from None
            raise _NoConnection(f"{what}: no connection ({reason})") from None
        except BaseException as e:
            self._record(request, url, detail=type(e).__name__)
            raise
        attempt.received_ns = self._local.monotonic_ns()
        self._last = attempt
        self.stats.last_ms = (attempt.received_ns - attempt.sent_ns) / 1e6
        self._record(request, url, status=response.status, data=response.body)
        if response.status >= 500:
            breaker.failed(attempt.received_ns)
        else:
            breaker.succeeded()
        return response

    async def _exchange(
        self, session: aiohttp.ClientSession, request: HttpRequest, url: str, attempt: _Attempt
    ) -> HttpResponse:
        async with session.request(
            request.method,
            URL(url, encoded=True),  # the signature covers these very bytes
            headers=list(request.headers),
            data=request.body or None,
            allow_redirects=False,
            trace_request_ctx=attempt,
        ) as answer:
            body = bytearray()
            async for chunk in answer.content.iter_any():
                body += chunk
                if len(body) > self._settings.max_response_bytes:
                    raise aiohttp.ClientPayloadError(
                        f"the answer is above {self._settings.max_response_bytes} bytes"
                    )
            return HttpResponse(
                status=answer.status,
                body=bytes(body),
                received_ns=self._local.now_ns(),
                headers={name.lower(): value for name, value in answer.headers.items()},
            )

    def _record(
        self,
        request: HttpRequest,
        url: str,
        *,
        status: int = 0,
        data: bytes = b"",
        detail: str = "",
    ) -> None:
        if self._tap is not None:
            self._tap.http(
                f"{self.venue.upper()}.http.{self._account or 0}",
                url,
                method=request.method,
                body=request.body,
                status=status,
                data=data,
                detail=detail,
            )

    # --- what an answer means ---------------------------------------------------------------------

    def _read(self, call: Call[T], response: HttpResponse) -> T:
        request, status = call.request, response.status
        what = f"{request.method} {request.path} at {self.venue}"
        problem: Exception
        try:
            value = call.read(response)
        except VenueError as e:
            if isinstance(e, RateLimited) or status in {418, 429}:
                self._close(request, response, e)
            raise
        except OutcomeUnknown as e:
            raise _LeftOpen(str(e)) from e
        except WireError as e:
            problem = e
        except Exception as e:  # a decoder's bug must not look like an order's outcome
            problem = WireError(f"{what}: the answer cannot be read ({type(e).__name__})")
        else:
            if status < 500 and status not in {418, 429}:
                return value
            problem = WireError(f"{what}: HTTP {status} without an error in it")
        if status in {418, 429}:
            limited = RateLimited(f"HTTP {status}", venue=self.venue, code=str(status))
            self._close(request, response, limited)
            raise limited from problem
        if not request.idempotent:
            raise OutcomeUnknown(f"{what}: HTTP {status}; {problem}") from problem
        if status >= 500:
            raise VenueUnavailable(
                f"HTTP {status}", venue=self.venue, code=str(status)
            ) from problem
        raise problem

    def _close(self, request: HttpRequest, response: HttpResponse, error: VenueError) -> None:
        """Let nothing through to the buckets of `request` before the venue takes it again."""
        now_ns = self._local.now_ns()
        until_ns = error.retry_at_ns if isinstance(error, RateLimited) else None
        if until_ns is None:
            after_ns = retry_after_ns(response.headers.get("retry-after", ""), now_ns)
            pause_ns = round(self._settings.rate_limit_pause_s * SECOND)
            until_ns = Nanos(now_ns + (after_ns if after_ns is not None else pause_ns))
            if isinstance(error, RateLimited):
                error.retry_at_ns = until_ns
        self._limiter.close(
            request.cost, until_ns, account=self._account, all_=response.status == 418
        )

    def _count(self, error: Exception) -> None:
        if isinstance(error, OutcomeUnknown):
            self.stats.unknown += 1
        elif isinstance(error, WireError):
            self.stats.malformed += 1
        else:
            self.stats.refused += 1

    # --- where next, and when ---------------------------------------------------------------------

    def _pick(self, role: str, tried: set[str]) -> str:
        """The most preferred host that is not failing, one not tried yet first."""
        self._endpoints.first(role)
        bases = self._endpoints.roles[role]
        now_ns = self._local.monotonic_ns()
        for base in sorted(bases, key=lambda base: base in tried):  # stable: keeps the preference
            if self._breakers.setdefault(base, Breaker()).allows(now_ns):
                tried.add(base)
                return base
        raise NotSent(f"every {role} host of {self.venue} is failing; trying again shortly")

    def _fresh(self, role: str, tried: set[str]) -> bool:
        return any(base not in tried for base in self._endpoints.roles[role])

    def _pause_s(self, attempt: int) -> float:
        ceiling = min(self._settings.backoff_max_s, self._settings.backoff_s * 2 ** (attempt - 1))
        return self._rng.uniform(0, ceiling)

    def _wait_s(self, error: RateLimited) -> float:
        if error.retry_at_ns is None:
            return self._settings.rate_limit_pause_s
        return max(0.0, (error.retry_at_ns - self._local.now_ns()) / SECOND)


async def _mark_connected(
    _session: aiohttp.ClientSession, context: SimpleNamespace, _parameters: object
) -> None:
    attempt = context.trace_request_ctx
    if isinstance(attempt, _Attempt):
        attempt.connected = True


def retry_after_ns(text: str, now_ns: Nanos) -> int | None:
    """A Retry-After header (seconds or a date, RFC 9110) in nanoseconds from now, or None."""
    if text.isascii() and text.isdecimal() and len(text) < 7:
        return int(text) * SECOND
    try:
        at_ns = round(parsedate_to_datetime(text).timestamp()) * SECOND
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0, at_ns - now_ns)
