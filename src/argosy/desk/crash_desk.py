"""The desk that a crash campaign kills: trades at random until it dies, or settles and tells.

Runs in a process of its own, over the venues' real sockets, with a journal on disk.
"""

import asyncio
import contextlib
import logging
import os
import random
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection

import msgspec
import structlog

from argosy.desk.build import open_desk
from argosy.desk.crash_trading import Trading
from argosy.desk.desk import Desk
from argosy.desk.mover import Pace
from argosy.desk.settings import (
    BookSettings,
    DeskSettings,
    JournalSettings,
    Settings,
    TransferSettings,
    VenueSettings,
)
from argosy.desk.storms import FEED, HTTP
from argosy.desk.trader import Patience
from argosy.errors import ArgosyError
from argosy.execution.work import Phase
from argosy.model import Nanos
from argosy.net.clock import SystemClock
from argosy.net.recording import Entry
from argosy.ports import Clock

PATIENCE = Patience(look_s=0.05, sure_s=1.5, reconcile_s=2.0)
PACE = Pace(poll_s=0.2, sure_s=1.5)
_CONNECT_S = 30.0
_SETTLE_S = 40.0
_GOING_ON_S = 0.6
_LOOKS = 2  # at everything: what no fill explains is told once two of them agree


class CrashSetup(msgspec.Struct, frozen=True, kw_only=True):
    """What a desk process is told."""

    seed: int
    endpoints: dict[str, dict[str, str]]  # by venue, by role
    keys: dict[str, tuple[str, str, str]]  # by venue: key, secret, passphrase
    folder: str
    kill_at: int  # dies at this step; 0: never
    kill_early: bool  # steps count from the start of the process, not from the first order
    actions: int  # what it tries to do; 0: settle
    trouble: str = ""  # "disk full", "database locked", "clock stepped"


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What a desk that settled says."""

    calm: bool
    steps: int
    why: str = ""


def main(setup: CrashSetup, tell: Connection) -> None:
    """The process."""
    quiet = structlog.make_filtering_bound_logger(logging.CRITICAL)  # what breaks is on purpose
    structlog.configure(wrapper_class=quiet)
    asyncio.run(_main(setup, tell))


class _Killer:
    """Counts steps; at one of them the process is gone, as if the power had failed."""

    def __init__(self, at: int, *, counting: bool) -> None:
        self.at = at
        self.steps = 0
        self.counting = counting

    def step(self, _name: str) -> None:
        if not self.counting:
            return
        self.steps += 1
        if self.steps == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def write(self, entry: Entry) -> None:
        """As a sink of the tap: bytes have just left, or an answer is about to be read."""
        self.step(entry.kind)


class _SteppingClock(SystemClock):
    """A clock whose wall time steps, forth and back, while the monotonic one goes on."""

    def __init__(self) -> None:
        self.off_ns = 0
        self._true = SystemClock()
        self.now_ns: Callable[[], Nanos] = self._now_ns

    def _now_ns(self) -> Nanos:
        return Nanos(self._true.now_ns() + self.off_ns)


async def _main(setup: CrashSetup, tell: Connection) -> None:
    killer = _Killer(setup.kill_at, counting=setup.kill_early)
    clock = _SteppingClock()
    environment: dict[str, str] = {}
    for venue, (key, secret, passphrase) in setup.keys.items():
        name = venue.upper()
        environment |= {f"{name}_KEY": key, f"{name}_SECRET": secret}
        environment |= {f"{name}_PASSPHRASE": passphrase} if passphrase else {}
    settings = Settings(
        desk=DeskSettings(
            environment="live",
            venues=tuple(setup.endpoints),
            pairs=("BTC/USD",),
            state_folder=setup.folder,
        ),
        books=BookSettings(conversions={"USDT": "1.0", "USDC": "1.0"}, depth={"kraken": 25}),
        venues={
            venue: VenueSettings(
                credentials=f"env:{venue.upper()}", endpoints=roles, allow_withdrawal_key=True
            )
            for venue, roles in setup.endpoints.items()
        },
        transfers=TransferSettings(enabled=True),
        journal=JournalSettings(url=f"sqlite:///{setup.folder}/journal.db?timeout=0.1"),
    )
    async with open_desk(
        settings,
        clock=clock,
        rng=random.Random(setup.seed),
        environment=environment,
        feed=FEED,
        http=HTTP,
        unlimited=True,
        patience=PATIENCE,
        pace=PACE,
        step=killer.step,
    ) as desk:
        desk.tap.add(killer)
        async with asyncio.TaskGroup() as group:
            running = group.create_task(desk.run())
            try:
                await _until(desk.clock, lambda: _ready(desk), _CONNECT_S)
                killer.counting = True
                if setup.actions:
                    await _trade(desk, setup, clock)
                # What was begun, here or by an earlier process, goes on for a moment.
                await desk.clock.sleep(random.Random(setup.seed).uniform(0.0, _GOING_ON_S))
                settled = await _settle(desk)
                await _when_still(tell, desk)
            finally:
                running.cancel()
    tell.send_bytes(msgspec.json.encode(msgspec.structs.replace(settled, steps=killer.steps)))


async def _trade(desk: Desk, setup: CrashSetup, clock: _SteppingClock) -> None:
    trading = Trading(
        desk,
        seed=setup.seed,
        actions=setup.actions,
        trouble=setup.trouble,
        folder=setup.folder,
        clock=clock,
    )
    with contextlib.closing(trading.notebook):
        await trading.play()


def _ready(desk: Desk) -> bool:
    return all(
        trader.last_reconciled_ns and all(feed.ready for feed in trader.link.private)
        for trader in desk.traders.values()
    ) and all(desk.links[venue].feeds for venue in desk.links)


async def _until(clock: Clock, condition: Callable[[], bool], seconds: float) -> bool:
    until_ns = clock.monotonic_ns() + round(seconds * 1e9)
    while not condition():
        if clock.monotonic_ns() > until_ns:
            return False
        await clock.sleep(0.02)
    return True


async def _when_still(tell: Connection, desk: Desk) -> None:
    """Say that all is settled; once nobody trades any more, look at everything a last time."""
    tell.send_bytes(b"settled")
    await _until(desk.clock, tell.poll, _SETTLE_S)
    tell.recv_bytes()
    for _ in range(_LOOKS):
        await _reconciled(desk)


async def _settle(desk: Desk) -> Settled:
    """Stop all works, let every doubt be resolved and every transfer arrive, reconcile whole, and
    say whether it is calm.
    """
    works, mover = desk.works, desk.mover
    assert works is not None
    assert mover is not None

    def restless() -> list[object]:
        works.stop_all(lambda work: work.phase is not Phase.STOPPING)  # and what those still begin
        doubted = [trader.unresolved for trader in desk.traders.values() if trader.unresolved]
        return [*works.works(), *doubted, *mover.open.values()]

    still = await _until(desk.clock, lambda: not restless(), _SETTLE_S)
    why = "" if still else str(restless())
    still &= await _reconciled(desk)
    return Settled(calm=still, steps=0, why=why)


async def _reconciled(desk: Desk) -> bool:
    """Every venue compared whole, and all of it durable."""
    well = True
    for trader in desk.traders.values():
        for _ in range(20):
            try:
                await trader.reconcile()
            except ArgosyError:
                await desk.clock.sleep(0.2)
            else:
                break
        else:
            well = False
    if desk.journal is not None:
        await desk.journal.flushed()
    return well
