"""Crash campaigns: a desk is killed at every step in turn, started again, and its journal compared
with what the simulated venues have.
"""

import asyncio
import multiprocessing
import random
import tempfile
from collections import Counter, deque
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path

import msgspec

from argosy.desk import crash_desk
from argosy.desk.crash_check import Findings, check
from argosy.desk.crash_desk import CrashSetup, Settled
from argosy.desk.storms import INSTRUMENTS, storm
from argosy.execution.journal import Store
from argosy.net.clock import SystemClock
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


class CrashCampaign(Findings, kw_only=True):
    """What a campaign found, over all its runs."""

    seed: int
    runs: int = 0
    kills: int = 0
    kills_in_recovery: int = 0  # of those, before or while the desk took up its orders
    faults: int = 0  # on the wire
    troubles: Counter[str] = msgspec.field(default_factory=Counter)
    steps: int = 0  # most steps that a run counted

    def add(self, found: Findings, seed: int) -> None:
        """Take in what one run found."""
        for name in Findings.__struct_fields__:
            if name != "failures":
                setattr(self, name, getattr(self, name) + getattr(found, name))
        self.failures += [f"seed {seed}: {failure}" for failure in found.failures]


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
                self._result.troubles[trouble] += 1
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
            found = sandbox.venue(venue).keys["withdraw"].credentials
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
            found = check(sandbox, store, self._folder)
        finally:
            store.close()
        self._result.add(found, self._seed)
