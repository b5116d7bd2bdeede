"""The desk that a crash campaign kills: trades at random until it dies, or settles and tells.

Runs in a process of its own, over the venues' real sockets, with a journal on disk.
"""

import asyncio
import contextlib
import logging
import os
import random
import resource
import signal
import sqlite3
from collections.abc import Callable
from decimal import Decimal
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec
import structlog

from argosy.desk.asks import OrderAsk, new_client_id
from argosy.desk.build import open_desk
from argosy.desk.desk import Desk
from argosy.desk.orders import OrderDesk
from argosy.desk.settings import (
    BookSettings,
    DeskSettings,
    JournalSettings,
    Settings,
    VenueSettings,
)
from argosy.desk.storms import FEED, HTTP, INSTRUMENTS
from argosy.desk.trader import Patience, Trader
from argosy.errors import ArgosyError
from argosy.execution.work import Stop
from argosy.model import AmendOrder, CancelOrder, Nanos, OrderType, PlaceOrder, Side
from argosy.net.clock import SystemClock
from argosy.net.recording import Entry
from argosy.ports import Clock

PATIENCE = Patience(look_s=0.05, sure_s=1.5, reconcile_s=2.0)
_CONNECT_S = 30.0
_SETTLE_S = 40.0


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
            venue: VenueSettings(credentials=f"env:{venue.upper()}", endpoints=roles)
            for venue, roles in setup.endpoints.items()
        },
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
        step=killer.step,
    ) as desk:
        desk.tap.add(killer)
        async with asyncio.TaskGroup() as group:
            running = group.create_task(desk.run())
            try:
                await _until(desk.clock, lambda: _ready(desk), _CONNECT_S)
                killer.counting = True
                if setup.actions:
                    await _Trading(desk, setup, clock).play()
                settled = await _settle(desk)
                await _when_still(tell, desk)
            finally:
                running.cancel()
    tell.send_bytes(msgspec.json.encode(msgspec.structs.replace(settled, steps=killer.steps)))


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
    await _reconciled(desk)


async def _settle(desk: Desk) -> Settled:
    """Stop all works, let every doubt be resolved, reconcile whole, and say whether it is calm."""
    works = desk.works
    assert works is not None

    def calm() -> bool:
        return not works.works() and not any(t.unresolved for t in desk.traders.values())

    for work in works.works():
        with contextlib.suppress(ArgosyError, TimeoutError):
            await works.ask(work.id, Stop())
    still = await _until(desk.clock, calm, _SETTLE_S)
    why = "" if still else f"{works.works()} {[t.unresolved for t in desk.traders.values()]}"
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


class _Trading:
    """Random orders and works, the way a busy desk places them."""

    def __init__(self, desk: Desk, setup: CrashSetup, clock: _SteppingClock) -> None:
        self.desk = desk
        self.setup = setup
        self.rng = random.Random(setup.seed)
        self.clock = clock
        self.orders = OrderDesk(desk, self.rng)

    async def play(self) -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(self.setup.actions):
                if number == self.setup.actions // 3:
                    group.create_task(self._trouble())
                group.create_task(self._one_thing())
                await self.desk.clock.sleep(self.rng.uniform(0.005, 0.04))

    async def _trouble(self) -> None:
        """What else goes wrong on a bad day, for a third of a second."""
        if self.setup.trouble == "clock stepped":
            for off_s in (3600, -7200, 0):
                self.clock.off_ns = off_s * 10**9
                await self.desk.clock.sleep(0.12)
        elif self.setup.trouble == "disk full":
            # No file of this process may grow beyond what the log has now: writes fail as they do
            # on a full disk.
            limits = resource.getrlimit(resource.RLIMIT_FSIZE)
            log = Path(self.setup.folder) / "journal.db-wal"
            resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size, limits[1]))
            await self.desk.clock.sleep(0.3)
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        elif self.setup.trouble == "database locked":
            path = Path(self.setup.folder) / "journal.db"
            with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
                with contextlib.suppress(sqlite3.OperationalError):
                    other.execute("BEGIN IMMEDIATE")
                await self.desk.clock.sleep(0.4)

    async def _one_thing(self) -> None:
        with contextlib.suppress(ArgosyError, TimeoutError):
            trader = self.rng.choice(tuple(self.desk.traders.values()))
            chance = self.rng.random()
            ours = [report for report in trader.ledger.open() if report.client_id]
            if chance < 0.12:
                await self.orders.place(self._worked(trader))
                return
            if chance < 0.6 or not ours:
                await trader.place(self._order(trader))
                return
            report = self.rng.choice(ours)
            assert report.client_id is not None
            if chance < 0.85 or report.price is None:
                await trader.cancel(
                    CancelOrder(
                        instrument=report.instrument,
                        client_id=report.client_id,
                        venue_id=report.venue_id or None,
                        type=report.type,
                    )
                )
            else:
                await trader.amend(
                    AmendOrder(
                        instrument=report.instrument,
                        client_id=report.client_id,
                        venue_id=report.venue_id or None,
                        new_price=report.price - 1,
                    )
                )

    def _worked(self, trader: Trader) -> OrderAsk:
        """An order that the venue lacks, worked by the desk, soon to trade or to be stopped."""
        instrument = INSTRUMENTS[trader.link.id]
        _, ask = self.desk.top(instrument)
        kind = self.rng.choice(("pegged", "trailing_stop", "bracket", "market_if_touched"))
        more: dict[str, str] = {
            "pegged": {"peg": "market", "peg_offset": f"{self.rng.randrange(-5, 50)} ticks"},
            "trailing_stop": {"trailing": f"{self.rng.randrange(1, 40)} ticks"},
            "bracket": {"take_profit": str(ask + 5), "exit_trailing": "30 ticks"},
            "market_if_touched": {"trigger_price": str(ask)},
        }[kind]
        side = "sell" if kind == "trailing_stop" else "buy"
        size = str(Decimal(self.rng.randrange(1, 20)) / 1000)
        return OrderAsk(instrument=instrument, side=side, size=size, type=kind, **more)  # type: ignore[arg-type]

    def _order(self, trader: Trader) -> PlaceOrder:
        instrument = INSTRUMENTS[trader.link.id]
        side = self.rng.choice((Side.BUY, Side.SELL))
        bid, ask = self.desk.top(instrument)
        market = self.rng.random() < 0.3
        away = Decimal(self.rng.randrange(-20, 400)) / 10
        return PlaceOrder(
            instrument=instrument,
            client_id=new_client_id(self.rng),
            side=side,
            type=OrderType.MARKET if market else OrderType.LIMIT,
            size=Decimal(self.rng.randrange(1, 20)) / 1000,
            price=None if market else (ask - away if side is Side.BUY else bid + away),
        )
