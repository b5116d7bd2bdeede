"""The sandbox as a running thing: a world with listeners on loopback, plain and TLS."""

import asyncio
import importlib
import importlib.util
import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

import msgspec
from aiohttp import web, web_app

from argosy.model import BookSnapshot
from argosy.sandbox.clock import SandboxClock
from argosy.sandbox.engine import Account, FillEvent, Order
from argosy.sandbox.faults import Faults
from argosy.sandbox.market import MarketSettings
from argosy.sandbox.tls import make_certificates
from argosy.sandbox.told import ToldKey, ToldSandbox, ToldVenue
from argosy.sandbox.world import RULES, Venue, World, WorldSettings

if TYPE_CHECKING:
    from argosy.sandbox.evm.live import LiveChain

LOOPBACK = "127.0.0.1"
# Those whose contracts are on the sandbox's EVM chain: what one of them is asked, its node answers.
CHAIN_VENUES = ("uniswap", "sushiswap")
VENUES = (*RULES, *CHAIN_VENUES)


class Host(msgspec.Struct, frozen=True, kw_only=True):
    """One host name of a venue: its application and the path of each role that lives there."""

    name: str  # "api", "ws", ...
    app: web.Application
    roles: dict[str, str]  # "ws_public": "/v2"


class VenueServer(Protocol):
    """What `argosy.sandbox.<venue>.server.Server` is; made with the venue alone."""

    hosts: tuple[Host, ...]

    async def run(self) -> None:
        """Heartbeats and timers, until cancelled."""
        ...


class SandboxSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What to start. `ports` gives "kraken.api" or "kraken.api.tls" a fixed port; 0: a free one.
    A venue of CHAIN_VENUES among `venues`, or `chain`, brings the EVM chain (port "chain").
    """

    seed: int = 7
    venues: tuple[str, ...] = ("kraken", "okx")
    market: MarketSettings | None = MarketSettings()
    ports: dict[str, int] = {}
    tls: bool = True
    limits: bool = True  # whether venues enforce their rate limits
    tick_s: float = 0.05  # how often the market moves; 0: only by Sandbox.advance
    chain: bool = False
    block_s: float = 2.0  # between blocks of the chain
    folder: str | None = None  # where ca.pem goes; None: a temporary one


class Sandbox:
    """`async with Sandbox(SandboxSettings()) as sandbox:` — the world, served."""

    def __init__(
        self, settings: SandboxSettings | None = None, clock: SandboxClock | None = None
    ) -> None:
        self.settings = settings or SandboxSettings()
        self.world = World(
            WorldSettings(
                seed=self.settings.seed,
                venues=tuple(v for v in self.settings.venues if v not in CHAIN_VENUES),
                market=self.settings.market,
                limits=self.settings.limits,
            ),
            clock,
        )
        self.servers: dict[str, VenueServer] = {}
        self.chain_venues = tuple(v for v in self.settings.venues if v in CHAIN_VENUES)
        self.live: LiveChain | None = None
        self.ca_file: Path | None = None
        self._ports: dict[str, int] = {}
        self._runners: list[web.AppRunner] = []
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._task: asyncio.Task[None] | None = None
        self._stop = asyncio.Event()

    # --- what tests and campaigns ask ---

    @property
    def faults(self) -> Faults:
        """Plans of what goes wrong, and counts of what did."""
        return self.world.faults

    def venue(self, name: str) -> Venue:
        """A venue: engine, keys, status."""
        return self.world.venues[name]

    def book(self, venue: str, instrument: str, depth: int | None = None) -> BookSnapshot:
        """The true book now."""
        return self.world.book(venue, instrument, depth)

    def account(self, venue: str, name: str = "desk") -> Account:
        """A customer's account."""
        return self.world.venues[venue].account(name)

    def orders(self, venue: str, account: str = "desk", *, final: bool = False) -> list[Order]:
        """The open orders of an account, or with `final` every one it remembers."""
        owner = self.account(venue, account)
        return list((owner.orders if final else owner.open).values())

    def fills(self, venue: str, account: str = "desk") -> list[FillEvent]:
        """An account's executions, oldest first."""
        return list(self.account(venue, account).fills)

    def advance(self) -> None:
        """Bring the world up to its clock now."""
        self.world.advance()

    def endpoints(self, venue: str, *, tls: bool = False) -> dict[str, str]:
        """URL by role, in the form that venue.toml has them. Those of the chain have no TLS."""
        if venue in self.chain_venues:
            assert self.live is not None, "it is open"
            node = self.live.chain.node
            return {"rpc": node.url, "ws_public": node.ws_url}
        found = {}
        for host in self.servers[venue].hosts:
            port = self._ports[f"{venue}.{host.name}" + (".tls" if tls else "")]
            for role, path in host.roles.items():
                scheme = "ws" if role.startswith("ws") else "http"
                found[role] = f"{scheme}{'s' if tls else ''}://{LOOPBACK}:{port}{path}"
        return found

    def told(self) -> ToldSandbox:
        """All that others need to use it."""
        return ToldSandbox(
            pid=os.getpid(),
            venues={name: self._told(name) for name in self.servers},
            chain=None if self.live is None else self.live.told(),
            chain_venues=self.chain_venues,
        )

    def _told(self, name: str) -> ToldVenue:
        keys = {
            label: ToldKey(
                key=key.credentials.key,
                secret=key.credentials.secret,
                passphrase=key.credentials.passphrase,
            )
            for label, key in self.venue(name).keys.items()
        }
        return ToldVenue(
            endpoints=self.endpoints(name),
            endpoints_tls=self.endpoints(name, tls=True) if self.ca_file else {},
            ca_file=str(self.ca_file or ""),
            keys=keys,
        )

    def banner(self) -> str:
        """What to print at start: endpoints, keys, the CA file."""
        lines = []
        for name in self.servers:
            lines.append(name)
            lines += [f"  {role:12} {url}" for role, url in self.endpoints(name).items()]
            for key in self.world.venues[name].keys.values():
                parts = key.credentials
                phrase = f" passphrase {parts.passphrase}" if parts.passphrase else ""
                lines.append(
                    f"  key {key.label:8} {parts.key}\n      secret   {parts.secret}{phrase}"
                )
        if self.live is not None:
            lines.append(self.live.banner())
        if self.ca_file is not None:
            lines.append(f"TLS authority: {self.ca_file}")
        return "\n".join(lines)

    # --- its life ---

    async def __aenter__(self) -> "Sandbox":
        try:
            await self._open()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def _open(self) -> None:
        context = None
        if self.settings.tls:
            if self.settings.folder is None:
                self._temporary = tempfile.TemporaryDirectory(prefix="argosy-sandbox-")
            folder = Path(self.settings.folder or self._temporary.name)  # type: ignore[union-attr]
            self.ca_file, context = make_certificates(folder, self.world.clock.now_ns())
        if self.settings.chain or self.chain_venues:
            await self._open_chain()
        for name, venue in self.world.venues.items():
            module = f"argosy.sandbox.{name}.server"
            if _missing(module):
                continue
            server: VenueServer = importlib.import_module(module).Server(venue)
            self.servers[name] = server
            for host in server.hosts:
                runner = web.AppRunner(host.app, access_log=None, shutdown_timeout=0.5)
                await runner.setup()
                self._runners.append(runner)
                for tail, ssl_context in (("", None), (".tls", context)):
                    if tail and ssl_context is None:
                        continue
                    label = f"{name}.{host.name}{tail}"
                    port = self.settings.ports.get(label, 0)
                    site = web.TCPSite(runner, LOOPBACK, port, ssl_context=ssl_context)
                    await site.start()
                    self._ports[label] = int(site.name.rsplit(":", 1)[1]) or _bound(runner)
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def _open_chain(self) -> None:
        from argosy.sandbox.evm.live import LiveChain  # half a second that only chains should take

        market = self.world.market
        live = LiveChain(
            seed=self.settings.seed,
            port=self.settings.ports.get("chain", 0),
            every_s=self.settings.block_s,
            prices=None if market is None else market.prices,
        )
        self.live = await live.__aenter__()

    async def _run(self) -> None:
        """Owns every background task; a fresh task, since a context may close from another one."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(server.run()) for server in self.servers.values()]
            if self.live is not None:
                tasks.append(group.create_task(self.live.run()))
            if self.settings.tick_s:
                tasks.append(group.create_task(self._tick()))
            await self._stop.wait()
            for task in tasks:
                task.cancel()

    async def _tick(self) -> None:
        while True:
            self.world.advance()
            await asyncio.sleep(self.settings.tick_s)

    async def close(self) -> None:
        """Close every listener and stop; a failure of a background task comes out here."""
        self._stop.set()
        for runner in self._runners:
            await runner.cleanup()
        # aiohttp (3.14, 2026-11) keeps the last 1,024 handlers of any application in a cache of its
        # module, and each keeps its whole world alive: a campaign of many worlds would grow.
        cache = getattr(web_app, "_cached_build_middleware", None)
        if cache is not None:
            cache.cache_clear()
        self._runners.clear()
        try:
            if self._task is not None:
                await self._task
        finally:
            self._task = None
            if self.live is not None:
                live, self.live = self.live, None
                await live.__aexit__(None, None, None)
            if self._temporary is not None:
                self._temporary.cleanup()
                self._temporary = None


def _missing(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is None
    except ModuleNotFoundError:
        return True


def _bound(runner: web.AppRunner) -> int:
    return int(runner.addresses[-1][1])
