"""Crash campaigns: a desk is killed at every step in turn, started again, and its journal compared
with what the simulated venues have.
"""

import asyncio
import multiprocessing
import random
import tempfile
from collections import defaultdict, deque
from collections.abc import Callable
from decimal import Decimal
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path

import msgspec

from argosy.desk import crash_desk
from argosy.desk.crash_desk import CrashSetup, Settled
from argosy.desk.storms import INSTRUMENTS, storm
from argosy.execution.journal import Store
from argosy.model import OrderStatus, Side
from argosy.model.money import ZERO
from argosy.net.clock import SystemClock
from argosy.sandbox.engine import Order
from argosy.sandbox.market import MarketSettings
from argosy.sandbox.server import Sandbox, SandboxSettings

_AT_ONCE = 3  # worlds side by side
_ACTIONS = 40
_STEPS = 400  # a run has about as many; a later step is never reached and counts as no kill
_TROUBLES = ("", "", "", "disk full", "database locked", "clock stepped")
_LIFE_S = 100.0  # of one process, at most
_PRELOAD = [
    "argosy.desk.crash_desk",
    "argosy.venues.kraken.adapter",
    "argosy.venues.okx.adapter",
]


class CrashCampaign(msgspec.Struct, kw_only=True):
    """What a campaign found. Lost, doubled, unresolved and mismatched ones are defects."""

    seed: int
    runs: int = 0
    kills: int = 0
    kills_in_recovery: int = 0  # of those, before or while the desk took up its orders
    faults: int = 0  # on the wire
    troubles: dict[str, int] = msgspec.field(default_factory=dict)
    orders: int = 0  # journalled
    works: int = 0  # journalled: orders worked here, with children among `orders`
    fills: int = 0
    never_sent: int = 0  # intents of a dead process that the venue never saw
    lost_orders: int = 0  # at the venue and not in the journal, or there otherwise
    doubled_orders: int = 0
    unresolved: int = 0  # still of unknown outcome at the end
    position_mismatches: int = 0  # the sum of journalled fills is not the venue's
    steps: int = 0  # most steps that a run counted
    failures: list[str] = msgspec.field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether a defect was found."""
        counts = (
            self.lost_orders,
            self.doubled_orders,
            self.unresolved,
            self.position_mismatches,
        )
        return any(counts) or bool(self.failures)


async def run_crashes(
    runs: int, seed: int, progress: Callable[[float, float | None], None]
) -> CrashCampaign:
    """Run `runs` seeded worlds, seeds `seed` upward; run n is killed at its n-th step."""
    result = CrashCampaign(seed=seed)
    numbers = deque(range(runs))
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOAD)

    async def work() -> None:
        while numbers:
            number = numbers.popleft()
            with tempfile.TemporaryDirectory(prefix="argosy-crash-") as folder:
                await _World(context, number, seed + number, Path(folder), result).play()
            result.runs += 1
            progress(result.runs, runs)

    async with asyncio.TaskGroup() as group:
        for _ in range(min(_AT_ONCE, runs)):
            group.create_task(work())
    return result


class _World:
    """One run: two venues, and a desk that dies."""

    def __init__(
        self,
        context: ForkServerContext,
        number: int,
        seed: int,
        folder: Path,
        result: CrashCampaign,
    ) -> None:
        self._context = context
        self._number = number
        self._seed = seed
        self._folder = folder
        self._result = result
        self._rng = random.Random(seed)

    async def play(self) -> None:
        """Let it die up to three times, let it settle, compare."""
        venues = tuple(INSTRUMENTS)
        market = MarketSettings(steps_per_second=20.0, levels=30)
        settings = SandboxSettings(
            seed=self._seed, venues=venues, market=market, tls=False, tick_s=0.02, limits=False
        )
        async with Sandbox(settings) as sandbox:
            storm(sandbox.faults, venues, 0.5)
            trouble = _TROUBLES[self._number % len(_TROUBLES)]
            died = await self._life(
                sandbox, kill_at=1 + self._number % _STEPS, actions=_ACTIONS, trouble=trouble
            )
            if trouble:
                troubles = self._result.troubles
                troubles[trouble] = troubles.get(trouble, 0) + 1
            if died and self._rng.random() < 0.5:  # once more, somewhere in the recovery
                again = await self._life(sandbox, kill_at=self._rng.randrange(1, 80), early=True)
                self._result.kills_in_recovery += again
            if died and self._rng.random() < 0.3:
                await self._life(
                    sandbox, kill_at=self._rng.randrange(1, _STEPS), actions=_ACTIONS // 2
                )
            sandbox.faults.clear()
            await self._life(sandbox, kill_at=0)
            self._result.faults += sum(sandbox.faults.counts.values())
            self._compare(sandbox)

    async def _life(
        self,
        sandbox: Sandbox,
        *,
        kill_at: int,
        actions: int = 0,
        early: bool = False,
        trouble: str = "",
    ) -> bool:
        """One process from its start to its end; returns whether it was killed."""
        keys = {}
        for venue in INSTRUMENTS:
            found = sandbox.venue(venue).keys["trade"].credentials
            keys[venue] = (found.key, found.secret, found.passphrase)
        setup = CrashSetup(
            seed=self._rng.getrandbits(32),
            endpoints={venue: dict(sandbox.endpoints(venue)) for venue in INSTRUMENTS},
            keys=keys,
            folder=str(self._folder),
            kill_at=kill_at,
            kill_early=early,
            actions=actions,
            trouble=trouble,
        )
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=crash_desk.main, args=(setup, theirs), daemon=True)
        process.start()
        theirs.close()
        try:
            said = None
            if await self._heard(ours) == b"settled":
                sandbox.world.still = not kill_at  # the last life: nothing moves until compared
                ours.send_bytes(b"look")
                heard = await self._heard(ours)
                said = msgspec.json.decode(heard, type=Settled) if heard else None
            await asyncio.to_thread(process.join, 10)
        finally:
            ours.close()
            if process.is_alive():
                process.kill()
                await asyncio.to_thread(process.join)
        if process.exitcode == -9 and kill_at:
            self._result.kills += 1
            return True
        where = f"seed {self._seed}: "
        if said is None:
            self._result.failures.append(f"{where}the desk ended with {process.exitcode}")
        elif not said.calm and not kill_at:
            self._result.failures.append(f"{where}did not settle: {said.why}")
        if said is not None:
            self._result.steps = max(self._result.steps, said.steps)
        return False

    @staticmethod
    async def _heard(pipe: Connection) -> bytes | None:
        """What the desk says next; None when it died before."""
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        loop.add_reader(pipe.fileno(), ready.set)
        try:
            async with asyncio.timeout(_LIFE_S):
                await ready.wait()
            return pipe.recv_bytes()
        except (EOFError, TimeoutError, OSError):
            return None
        finally:
            loop.remove_reader(pipe.fileno())

    # --- afterwards -------------------------------------------------------------------------------

    def _compare(self, sandbox: Sandbox) -> None:
        store = Store(f"sqlite:///{self._folder}/journal.db", now_ns=SystemClock().now_ns)
        try:
            self._compare_all(sandbox, store)
        finally:
            store.close()

    def _compare_all(self, sandbox: Sandbox, store: Store) -> None:
        result = self._result
        journalled = {
            found.report.client_id: found
            for found in store.latest_orders(1_000_000)
            if found.report.client_id is not None
        }
        result.works += len(store.latest_works(1_000_000))
        result.orders += len(journalled)
        seen: set[str] = set()
        for venue, instrument in INSTRUMENTS.items():
            theirs: dict[str, list[Order]] = defaultdict(list)
            for order in sandbox.orders(venue, final=True):
                theirs[order.client_id or f"none/{order.id}"].append(order)
            for client_id, orders in theirs.items():
                seen.add(client_id)
                if len(orders) > 1:
                    result.doubled_orders += 1
                    self._fail(f"{client_id}: {len(orders)} orders at {venue}")
                found = journalled.get(client_id)  # type: ignore[call-overload]
                order = orders[0]
                filled = order.spec.size(order.filled)
                there = f"{order.state} with {filled} filled"
                if found is None:
                    result.lost_orders += 1
                    self._fail(f"{client_id}: {there} at {venue}, not in the journal")
                    continue
                ours = found.report
                if ours.status in {OrderStatus.UNKNOWN, OrderStatus.PENDING}:
                    continue  # counted below
                if ours.filled != filled or ours.status.final != order.state.final:
                    result.lost_orders += 1
                    here = f"{ours.status} with {ours.filled} filled"
                    self._fail(f"{client_id}: here {here}, there {there}")
                told = sum((fill.size for fill in store.fills_of(found)), ZERO)
                if told != filled:
                    result.doubled_orders += told > filled
                    result.lost_orders += told < filled
                    self._fail(f"{client_id}: fills of {told} journalled, {filled} at {venue}")
            self._compare_position(sandbox, store, venue, instrument)
        for client_id, found in journalled.items():
            status = found.report.status
            if status in {OrderStatus.UNKNOWN, OrderStatus.PENDING}:
                result.unresolved += 1
                self._fail(f"{client_id}: {status} ({found.report.reason})")
            elif client_id not in seen:
                result.never_sent += 1
                if status is not OrderStatus.REJECTED:
                    result.lost_orders += 1
                    self._fail(f"{client_id}: here {status}, unknown to the venue")

    def _compare_position(
        self, sandbox: Sandbox, store: Store, venue: str, instrument: str
    ) -> None:
        ours: Decimal = ZERO
        for fill in store.fills_since(venue, 0, 1_000_000):
            self._result.fills += 1
            ours += fill.size if fill.side is Side.BUY else -fill.size
        theirs: Decimal = ZERO
        for event in sandbox.fills(venue):
            size = event.order.spec.size(event.size)
            theirs += size if event.order.side is Side.BUY else -size
        if ours != theirs:
            self._result.position_mismatches += 1
            self._fail(f"{instrument}: {ours} by the journal, {theirs} at the venue")

    def _fail(self, what: str) -> None:
        self._result.failures.append(f"seed {self._seed}: {what}")
