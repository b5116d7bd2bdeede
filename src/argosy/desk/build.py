"""Turns settings into a running desk: the only place that knows everything."""

import contextlib
import random
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path
from typing import cast

import msgspec

from argosy.desk import state
from argosy.desk.chain import ChainAccount
from argosy.desk.desk import Desk
from argosy.desk.launching import attach as attach_works
from argosy.desk.link import LinkSettings, VenueLink
from argosy.desk.mover import Pace
from argosy.desk.onchain import account_of, exchange_of
from argosy.desk.pairs import Rates, universal_books
from argosy.desk.secrets import resolve
from argosy.desk.settings import DeskSettings, Settings
from argosy.desk.signing import vault_of
from argosy.desk.trader import Patience
from argosy.desk.view import Environment
from argosy.dialects.pools.samples import swap_samples
from argosy.errors import ConfigError
from argosy.execution.journal import Journal, Store
from argosy.model import Credentials, Instrument
from argosy.net.audit import Ring, Tap
from argosy.net.clock import SystemClock
from argosy.net.feed import FeedSettings
from argosy.net.http import HttpSettings
from argosy.net.recording import Kind, RecordingFile
from argosy.net.tls import client_context
from argosy.ports import Clock, Subscription
from argosy.sandbox.server import Sandbox, SandboxSettings
from argosy.sandbox.told import ToldSandbox, find
from argosy.venues import catalog
from argosy.venues.catalog import Adapter, Endpoints

_AUDITED: frozenset[Kind] = frozenset({"header", "http", "connect", "close", "send"})
_FRAMES: frozenset[Kind] = frozenset({"recv"})

Chooser = Callable[[VenueLink, Sequence[Instrument]], Iterable[Subscription]]


@asynccontextmanager
async def open_desk(
    settings: Settings,
    *,
    clock: Clock | None = None,
    rng: random.Random | None = None,
    sandbox: Sandbox | None = None,
    attach: bool = False,
    environment: Mapping[str, str] | None = None,
    choose: Chooser | None = None,
    keys: bool = True,
    feed: FeedSettings | None = None,
    http: HttpSettings | None = None,
    unlimited: bool = False,
    patience: Patience | None = None,
    pace: Pace | None = None,
    step: Callable[[str], None] | None = None,
) -> AsyncIterator[Desk]:
    """A desk, with its sandbox where the settings say so; `Desk.run` is the caller's to await.

    `attach`: use the sandbox that this user runs beside (`argosy sandbox`), where there is one.
    `choose` says what to subscribe to, else the members of the pairs; without `keys` no credentials
    are used. The last six are for campaigns: how patient streams, requests, orders and transfers
    are, whether the venue's rate limits are kept, and who is told each step of the journal.

    Raises:
        ConfigError: a setting that cannot be used.
    """
    ticking = clock or cast(Clock, SystemClock())
    chance: random.Random = rng or random.SystemRandom()
    async with AsyncExitStack() as stack:
        told = None
        if settings.desk.environment == "sandbox":
            settings, told = await _simulated(settings, sandbox, stack, attach=attach)
        tap = Tap(ticking, [Ring(max_entries=2_000)])
        if settings.audit.file:
            tap.add(stack.enter_context(contextlib.closing(_audit_file(settings))))
        journal = None
        if keys:
            journal = stack.enter_context(_journal(settings, ticking, step))
        desk = _desk(settings, ticking, tap, journal, told, patience, pace)
        accounts = _Accounts(settings, told, stack, journal, clock=ticking, rng=chance, tap=tap)
        for name in settings.desk.venues:
            adapter = catalog.load(name)
            account = accounts.take(name, adapter)
            reach = msgspec.structs.replace(
                _reach(name, settings, told, environment, adapter, keys=keys),
                feed=feed or FeedSettings(),
                http=_http(name, http),
                unlimited=unlimited,
            )
            link = VenueLink(
                adapter,
                reach,
                clock=ticking,
                rng=chance,
                tap=tap,
                deliver=desk.deliver,
                choose=choose or desk.choose,
            )
            link.fixed_taker_fee = settings.venue(name).taker_fee
            link.account = account
            if account is not None and account.info.data_fee and adapter.pools is not None:
                account.samples.update(swap_samples(adapter.pools.board.exchange))
            desk.add(link)
        accounts.forget()
        attach_works(desk, chance)
        yield desk


def _desk(
    settings: Settings,
    clock: Clock,
    tap: Tap,
    journal: Journal | None,
    sandbox: ToldSandbox | None,
    patience: Patience | None,
    pace: Pace | None,
) -> Desk:
    return Desk(
        journal=journal,
        clock=clock,
        books=universal_books(settings.desk.pairs, settings.books.max_age_s),
        rates=Rates(settings.books.conversions, clock.now_ns),
        quotes_alike=settings.desk.quotes_alike,
        depths=settings.books.depth,
        trades_kept=settings.desk.trades_kept,
        tap=tap,
        sandbox=sandbox,
        patience=patience,
        derivatives=settings.desk.derivatives,
        transfers=settings.transfers,
        pace=pace,
    )


def _http(name: str, http: HttpSettings | None) -> HttpSettings:
    """Requests with a key one after another where a venue takes its nonces in order."""
    in_order = 1 if catalog.venue(name).ordered_nonces else 0
    return msgspec.structs.replace(http or HttpSettings(), signed_in_flight=in_order)


@contextlib.contextmanager
def _journal(
    settings: Settings, clock: Clock, step: Callable[[str], None] | None
) -> Iterator[Journal]:
    """The journal of the settings. Simulated venues begin anew each time: so does theirs."""
    with ExitStack() as stack:
        url = state.journal_url(settings)
        if not url:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="argosy-journal-"))
            url = f"sqlite:///{folder}/journal.db"
        journal = Journal(Store(url, now_ns=clock.now_ns, step=step))
        stack.callback(journal.close)
        yield journal


class _Accounts:
    """The addresses that send on chains: one for each chain, whatever the venues on it."""

    def __init__(
        self,
        settings: Settings,
        told: ToldSandbox | None,
        stack: AsyncExitStack,
        journal: Journal | None,
        *,
        clock: Clock,
        rng: random.Random,
        tap: Tap,
    ) -> None:
        """Without a journal no keys are used."""
        self._settings, self._told, self._stack = settings, told, stack
        self._journal = journal
        self._clock, self._rng, self._tap = clock, rng, tap
        self._vault = vault_of(settings) if journal is not None else None
        self._found: dict[str, ChainAccount] = {}

    def take(self, venue: str, adapter: Adapter) -> ChainAccount | None:
        """The one of a venue's chain; None for a venue that is on none."""
        if adapter.pools is None:
            return None
        chain = self._told.chain if self._told is not None else None
        name = "sandbox" if chain is not None else self._settings.venue(venue).chain
        if name not in self._found:
            self._found[name] = account_of(
                self._settings,
                venue,
                chain,
                self._folder(),
                self._journal,
                clock=self._clock,
                rng=self._rng,
                tap=self._tap,
                vault=self._vault,
            )
            self._stack.callback(self._found[name].forget_key)
        return self._found[name]

    def forget(self) -> None:
        """The passphrase is needed no more: every key is open."""
        if self._vault is not None:
            self._vault.forget()

    def _folder(self) -> Path:
        """Where what was let go today is kept. A sandbox's chain begins anew each time, so each
        has its own.
        """
        where = state.folder(self._settings.desk.state_folder)
        if self._told is None or self._told.chain is None:
            return where
        if self._settings.journal.url:
            port = self._told.chain.rpc.rpartition(":")[2].strip("/")
            return where / f"sandbox-{self._told.pid}-{port}"
        made = tempfile.TemporaryDirectory(prefix="argosy-chain-")
        return Path(self._stack.enter_context(made))


async def _simulated(
    settings: Settings, sandbox: Sandbox | None, stack: AsyncExitStack, *, attach: bool
) -> tuple[Settings, ToldSandbox]:
    """The sandbox: the one given, the one that runs beside, or one of the desk's own."""
    if sandbox is None and attach:
        told = find(state.folder(settings.desk.state_folder))
        if told is not None:
            if settings.desk.venues == DeskSettings().venues:  # nobody said which
                own = msgspec.structs.replace(settings.desk, venues=told.names)
                settings = msgspec.structs.replace(settings, desk=own)
            return settings, told
    if sandbox is None:
        sandbox = await stack.enter_async_context(_sandbox(settings))
    return settings, sandbox.told()


def _sandbox(settings: Settings) -> Sandbox:
    missing = set(settings.desk.venues) - set(catalog.exchanges())
    if missing:
        raise ConfigError(
            f"desk.venues names {', '.join(sorted(missing))};"
            f" there are: {', '.join(catalog.exchanges())}"
        )
    return Sandbox(
        SandboxSettings(
            seed=settings.sandbox.seed,
            venues=settings.desk.venues,
            tls=settings.sandbox.tls,
            ports=settings.sandbox.ports,
        )
    )


def _audit_file(settings: Settings) -> RecordingFile:
    kinds = _AUDITED | _FRAMES if settings.audit.frames else _AUDITED
    return RecordingFile(Path(settings.audit.file), kinds=kinds)


def _reach(
    name: str,
    settings: Settings,
    sandbox: ToldSandbox | None,
    environment: Mapping[str, str] | None,
    adapter: Adapter,
    *,
    keys: bool,
) -> LinkSettings:
    """How a venue is reached: addresses, key, trust."""
    info = catalog.venue(name)
    own = settings.venue(name)
    tls = None
    credentials: Credentials | None
    roles: dict[str, tuple[str, ...]]
    nonce_file = None
    if adapter.pools is not None:
        told = None if sandbox is None else sandbox.chain
        protocol = adapter.pools.protocol
        exchange, reached = exchange_of(settings, name, protocol, told)
        adapter.pools.use(exchange)
        credentials, roles = None, dict(reached.roles)
    elif sandbox is not None:
        credentials = sandbox.credentials(name, settings.sandbox.key)
        secure = settings.sandbox.tls and sandbox.ca_file is not None
        roles = {role: (url,) for role, url in sandbox.endpoints(name, tls=secure).items()}
        tls = client_context(sandbox.ca_file) if secure else None
    else:
        credentials = resolve(own.credentials, environment) if keys else None
        if "live" not in info.endpoints:
            raise ConfigError(f"{name} has no live endpoints: it is {info.status}")
        roles = dict(info.endpoints["live"].roles)
        if credentials is not None:
            nonce_file = state.folder(settings.desk.state_folder) / f"nonce-{name}"
    if own.ca_file:
        tls = client_context(Path(own.ca_file))
    unknown = set(own.endpoints) - set(roles)
    if unknown:
        raise ConfigError(
            f"venues.{name}.endpoints names {', '.join(sorted(unknown))};"
            f" {name} has {', '.join(sorted(roles))}"
        )
    roles.update({role: (url,) for role, url in own.endpoints.items()})
    return LinkSettings(
        environment=Environment.SANDBOX if sandbox is not None else Environment.LIVE,
        endpoints=Endpoints(roles=roles),
        credentials=credentials if keys else None,
        allow_withdrawal_key=own.allow_withdrawal_key,
        tls=tls,
        nonce_file=nonce_file,
        max_age_s=settings.books.max_age_s,
    )
