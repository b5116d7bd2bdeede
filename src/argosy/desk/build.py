"""Turns settings into a running desk: the only place that knows everything."""

import random
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from argosy.desk import state
from argosy.desk.desk import Desk
from argosy.desk.link import LinkSettings, VenueLink
from argosy.desk.pairs import Rates, universal_books
from argosy.desk.secrets import resolve
from argosy.desk.settings import Settings
from argosy.desk.view import Environment
from argosy.errors import ConfigError
from argosy.model import Credentials
from argosy.net.audit import Ring, Tap
from argosy.net.clock import SystemClock
from argosy.net.recording import RecordingFile
from argosy.net.tls import client_context
from argosy.ports import Clock
from argosy.sandbox.server import Sandbox, SandboxSettings
from argosy.venues import catalog
from argosy.venues.catalog import Endpoints


@asynccontextmanager
async def open_desk(
    settings: Settings,
    *,
    clock: Clock | None = None,
    rng: random.Random | None = None,
    sandbox: Sandbox | None = None,
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[Desk]:
    """A desk, with its sandbox where the settings say so; `Desk.run` is the caller's to await.

    Raises:
        ConfigError: a setting that cannot be used.
    """
    ticking: Clock = clock or SystemClock()
    chance: random.Random = rng or random.SystemRandom()
    async with AsyncExitStack() as stack:
        if settings.desk.environment == "sandbox" and sandbox is None:
            sandbox = await stack.enter_async_context(
                Sandbox(
                    SandboxSettings(
                        seed=settings.sandbox.seed,
                        venues=settings.desk.venues,
                        tls=settings.sandbox.tls,
                        ports=settings.sandbox.ports,
                    )
                )
            )
        tap = Tap(ticking, [Ring(max_entries=2_000)])
        if settings.audit.file:
            sink = RecordingFile(Path(settings.audit.file))
            tap.add(sink)
            stack.callback(sink.close)
        desk = Desk(
            clock=ticking,
            books=universal_books(settings.desk.pairs, settings.books.max_age_s),
            rates=Rates(settings.books.conversions, ticking.now_ns),
            quotes_alike=settings.desk.quotes_alike,
            depths=settings.books.depth,
            trades_kept=settings.desk.trades_kept,
        )
        for name in settings.desk.venues:
            desk.add(_link(name, settings, desk, ticking, chance, tap, sandbox, environment))
        yield desk


def _link(
    name: str,
    settings: Settings,
    desk: Desk,
    clock: Clock,
    rng: random.Random,
    tap: Tap,
    sandbox: Sandbox | None,
    environment: Mapping[str, str] | None,
) -> VenueLink:
    adapter = catalog.load(name)
    own = settings.venue(name)
    tls = None
    credentials: Credentials | None
    roles: dict[str, tuple[str, ...]]
    nonce_file = None
    if sandbox is not None:
        credentials = sandbox.venue(name).keys[settings.sandbox.key].credentials
        secure = settings.sandbox.tls and sandbox.ca_file is not None
        roles = {role: (url,) for role, url in sandbox.endpoints(name, tls=secure).items()}
        tls = client_context(sandbox.ca_file) if secure else None
    else:
        credentials = resolve(own.credentials, environment)
        if "live" not in adapter.info.endpoints:
            raise ConfigError(f"{name} has no live endpoints: it is {adapter.info.status}")
        roles = dict(adapter.info.endpoints["live"].roles)
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
    link = VenueLink(
        adapter,
        LinkSettings(
            environment=Environment.SANDBOX if sandbox is not None else Environment.LIVE,
            endpoints=Endpoints(roles=roles),
            credentials=credentials,
            allow_withdrawal_key=own.allow_withdrawal_key,
            tls=tls,
            nonce_file=nonce_file,
            max_age_s=settings.books.max_age_s,
        ),
        clock=clock,
        rng=rng,
        tap=tap,
        deliver=desk.deliver,
        choose=desk.choose,
    )
    if own.taker_fee is not None:
        link.fixed_taker_fee = own.taker_fee
    return link
