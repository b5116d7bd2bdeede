"""One node of a Bitcoin chain: where it is, how it knows us, and what is known of its health. User,
password and cookie are in no message, log or repr.
"""

import base64
import random
import ssl
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from argosy.errors import (
    ArgosyError,
    AuthFailed,
    ConfigError,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Unsupported,
    VenueUnavailable,
    WireError,
)
from argosy.model import Credentials
from argosy.model.time import SECOND
from argosy.net.audit import Tap
from argosy.net.http import HttpClient, HttpSettings
from argosy.net.limits import Limiter
from argosy.ports import Call, Clock
from argosy.sources.bitcoin.errors import NoMethod
from argosy.sources.bitcoin.rpc import Rpc
from argosy.sources.bitcoin.wire import ChainInfo
from argosy.venues.catalog import Bucket, Endpoints

T = TypeVar("T")

# After these another node may know better.
TRY_NEXT = (
    NotSent, OutcomeUnknown, VenueUnavailable, RateLimited, WireError, Unsupported, AuthFailed,
)  # fmt: skip
_BUCKET = "calls"
_REST_S, _REST_MAX_S = 1.0, 60.0  # a node that failed is asked last for so long; doubles


class BitcoinNode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A node: whose it is, where, how we log in, how many calls a second it takes (0: no limit).

    `login` has the user as key and the password as secret; or `cookie_file` names the file that
    Bitcoin Core writes at each start (.cookie in its folder). A provider may want neither.
    """

    name: str
    url: str
    login: Credentials | None = None
    cookie_file: str = ""
    calls_per_s: float = 0
    secrets: tuple[str, ...] = ()  # parts of the URL that no log may show: a provider's key


class Node:
    """A node, its HTTP client, and what is known of it."""

    def __init__(
        self,
        config: BitcoinNode,
        *,
        chain: str,
        network: str,
        place: int,
        clock: Clock,
        rng: random.Random,
        tap: Tap | None,
        settings: HttpSettings,
        tls: ssl.SSLContext | None,
    ) -> None:
        if "@" in urlsplit(config.url).netloc:
            raise ConfigError(
                f"the URL of {config.name} holds a user or password; give them as login"
            )
        if config.login is not None and config.cookie_file:
            raise ConfigError(f"{config.name} has both a login and a cookie file; choose one")
        self.name = config.name
        self.rpc = Rpc(chain, config.name)
        self.place = place  # in the owner's order of preference
        self.height = 0
        self.work = 0
        self.problem = ""  # what it failed with last; empty: it answered
        self.rested_ns = 0  # monotonic: until then it is asked last, as it failed
        self._failures = 0  # in a row
        self._config = config
        self._network = network
        self._network_known = not network
        self._clock = clock
        self._authorization = ""
        buckets = {}
        if config.calls_per_s:
            most = max(1.0, config.calls_per_s)
            buckets[_BUCKET] = Bucket(kind="sliding", scope="ip", max=most, window_s=1)
        self._limited = bool(buckets)
        self.http = HttpClient(
            venue=config.name,
            endpoints=Endpoints(roles={"rpc": (config.url,)}),
            limiter=Limiter(buckets, clock),
            clock=clock,
            rng=rng,
            tap=tap,
            settings=settings,
            tls=tls,
        )
        for secret in config.secrets:
            self.http.hide(secret)
        if config.login is not None:
            self._log_in(f"{config.login.key}:{config.login.secret}")

    async def ask(self, call: Call[T], asks: int = 1) -> T:
        """Make a call; what it failed with is remembered.

        Raises as HttpClient.call does, AuthFailed where the node lets us in by neither, and
        ConfigError where it is a node of another network.
        """
        try:
            if not self._network_known:
                self.take(await self._logged_in(self.rpc.chain_info(), 1))
            result = await self._logged_in(call, asks)
        except NoMethod as e:
            self._answered()
            raise Unsupported(str(e)) from e
        except TRY_NEXT as e:
            self.problem = str(e)
            self._failures += 1
            rest_s = min(_REST_S * 2 ** (self._failures - 1), _REST_MAX_S)
            self.rested_ns = self._clock.monotonic_ns() + round(rest_s * SECOND)
            raise
        except ArgosyError:
            self._answered()
            raise
        self._answered()
        return result

    def _answered(self) -> None:
        self._failures = self.rested_ns = 0
        self.problem = ""

    def take(self, info: ChainInfo) -> None:
        """How far the node says it is. Raises ConfigError for one of another network."""
        if self._network and info.chain != self._network:
            raise ConfigError(
                f"{self.name} is a node of {info.chain!r}, and not of {self._network!r};"
                " leave it out, or give it the right port"
            )
        self._network_known = True
        self.height = info.blocks
        self.work = int(info.chainwork, 16)

    # --- logging in -------------------------------------------------------------------------------

    async def _logged_in(self, call: Call[T], asks: int) -> T:
        fresh = False
        if self._config.cookie_file and not self._authorization:
            self._read_cookie()
            fresh = True
        try:
            return await self.http.call(self._with_login(call, asks))
        except AuthFailed:
            if not self._config.cookie_file or fresh:
                raise
        self._read_cookie()  # the node has started anew since, and written another one
        return await self.http.call(self._with_login(call, asks))

    def _with_login(self, call: Call[T], asks: int) -> Call[T]:
        headers = call.request.headers
        if self._authorization:
            headers = (*headers, ("Authorization", self._authorization))
        cost = {_BUCKET: float(asks)} if self._limited else {}
        request = msgspec.structs.replace(call.request, headers=headers, cost=cost)
        return Call(request, call.read)

    def _read_cookie(self) -> None:
        try:
            text = Path(self._config.cookie_file).expanduser().read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as e:
            raise NotSent(
                f"{self.name}: no cookie at {self._config.cookie_file!r} ({type(e).__name__}); is"
                " the node running, and may this user read the file?"
            ) from None
        self._log_in(text)

    def _log_in(self, text: str) -> None:
        token = base64.b64encode(text.encode()).decode()
        for secret in (token, text.partition(":")[2]):
            self.http.hide(secret)
        self._authorization = f"Basic {token}"
