"""The fault campaign: a desk trades on a sandbox venue while everything breaks, and is then held
against what the venue really has. Runs on loopback only.
"""

import asyncio
import contextlib
import gc
import random
import resource
import sys
from collections import deque
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import msgspec

from argosy.books import VenueBook
from argosy.desk.asks import new_client_id
from argosy.desk.build import open_desk
from argosy.desk.desk import Desk
from argosy.desk.link import VenueLink
from argosy.desk.settings import BookSettings, DeskSettings, Settings
from argosy.desk.storms import FEED, HTTP, INSTRUMENTS, storm
from argosy.desk.trader import Patience, Trader
from argosy.errors import ArgosyError, ConfigError
from argosy.model import (
    AmendOrder,
    CancelOrder,
    ClientOrderId,
    InstrumentId,
    OrderStatus,
    OrderType,
    PlaceOrder,
    Side,
)
from argosy.ports import BookChanged, Event
from argosy.sandbox.engine import BookChange, Order
from argosy.sandbox.market import MarketSettings
from argosy.sandbox.server import Sandbox, SandboxSettings

LEVELS = (
    10  # compared a side: what Kraken's checksum covers; nothing detects a loss beyond it there
)
_TRADING_S = 2.0
_SETTLE_S = 25.0
_LOOKS = 2  # at everything: a change of a balance is unexplained once two of them agree
_AT_ONCE = 3  # worlds side by side
_PATIENCE = Patience(look_s=0.1, sure_s=2.0, reconcile_s=2.0)


class FaultCampaign(msgspec.Struct, kw_only=True):
    """What a campaign found. Wrong, lost, doubled and unresolved ones are defects."""

    venue: str
    seed: int
    runs: int = 0
    faults: int = 0
    faults_by_kind: dict[str, int] = msgspec.field(default_factory=dict)
    orders: int = 0
    unknown_outcomes: int = 0  # answers that were lost, and looked up
    books_compared: int = 0
    wrong_books: int = 0
    lost_orders: int = 0  # the venue has one that the desk does not, or has it otherwise
    doubled_orders: int = 0
    unresolved: int = 0  # still of unknown outcome at the end
    unexplained: int = 0  # changes of balances that no fill explains
    resynchronisations: int = 0
    levels_compared: int = LEVELS
    peak_rss_mb: float = 0.0
    rss_growth_mb: float = 0.0  # what is held at the end, less what was after a tenth of the runs
    failures: list[str] = msgspec.field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether a defect was found."""
        counts = (
            self.wrong_books,
            self.lost_orders,
            self.doubled_orders,
            self.unresolved,
            self.unexplained,
        )
        return any(counts) or bool(self.failures)


async def run_faults(
    venue: str, runs: int, seed: int, progress: Callable[[float, float | None], None]
) -> FaultCampaign:
    """Run `runs` seeded worlds, seeds `seed` upward, a few side by side.

    Raises:
        ConfigError: the sandbox has no such venue.
    """
    if venue not in INSTRUMENTS:
        raise ConfigError(f"no sandbox venue {venue!r}; there are: {', '.join(INSTRUMENTS)}")
    result = FaultCampaign(venue=venue, seed=seed)
    seeds = deque(range(seed, seed + runs))
    early_mb = 0.0

    async def work() -> None:
        nonlocal early_mb
        while seeds:
            await _run(venue, seeds.popleft(), result)
            result.runs += 1
            progress(result.runs, runs)
            gc.collect()  # worlds are full of cycles; what stays after this is a leak
            if result.runs == max(1, runs // 10):
                early_mb = _rss_now_mb()

    async with asyncio.TaskGroup() as group:
        for _ in range(min(_AT_ONCE, runs)):
            group.create_task(work())
    result.peak_rss_mb = round(_rss_mb(), 1)
    gc.collect()
    result.rss_growth_mb = round(_rss_now_mb() - early_mb, 1)
    return result


def _rss_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 if sys.platform != "darwin" else peak / 1024 / 1024


def _rss_now_mb() -> float:
    """What is held now; where the system does not tell (no /proc), the most there ever was."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return _rss_mb()
    return pages * resource.getpagesize() / 1024 / 1024


async def _run(venue: str, seed: int, result: FaultCampaign) -> None:
    market = MarketSettings(steps_per_second=30.0, levels=40)
    async with Sandbox(
        SandboxSettings(seed=seed, venues=(venue,), market=market, tls=False, tick_s=0.02)
    ) as sandbox:
        sandbox.venue(venue).limits = False  # rate limits are thrown as faults here
        pair = INSTRUMENTS[venue].partition(":")[2]
        settings = Settings(
            desk=DeskSettings(venues=(venue,), pairs=(pair,), quotes_alike=()),
            books=BookSettings(conversions={}),
        )
        async with open_desk(
            settings,
            rng=random.Random(seed),
            sandbox=sandbox,
            feed=FEED,
            http=HTTP,
            unlimited=True,
            patience=_PATIENCE,
        ) as desk:
            world = _World(desk, sandbox, venue, seed)
            async with asyncio.TaskGroup() as group:
                running = group.create_task(desk.run())
                try:
                    await world.play(result)
                except (ArgosyError, TimeoutError) as e:
                    result.failures.append(f"seed {seed}: {type(e).__name__}: {e}")
                finally:
                    running.cancel()
            for kind, count in sandbox.faults.counts.items():
                result.faults += count
                name = kind.value
                result.faults_by_kind[name] = result.faults_by_kind.get(name, 0) + count


class _World:
    """One run: a venue, a desk, and the eyes on both."""

    def __init__(self, desk: Desk, sandbox: Sandbox, venue: str, seed: int) -> None:
        self.desk = desk
        self.sandbox = sandbox
        self.venue = venue
        self.instrument = InstrumentId(INSTRUMENTS[venue])
        self.seed = seed
        self.rng = random.Random(seed)
        self.asked: dict[ClientOrderId, PlaceOrder] = {}
        self.unknown = 0
        self.true_books: deque[tuple[object, ...]] = deque(maxlen=5_000)
        self.true_set: set[tuple[object, ...]] = set()
        self.compared = 0
        self.wrong: list[str] = []
        self._inner = desk.deliver

    @property
    def trader(self) -> Trader:
        return self.desk.traders[self.venue]

    async def play(self, result: FaultCampaign) -> None:
        """Trade in the storm, let it pass, compare."""
        off = self.sandbox.venue(self.venue).engine.on(BookChange, self._remember)
        link = self.desk.links[self.venue]
        link.watch(self._look)
        try:
            self._remember_now()
            async with asyncio.timeout(20):
                await self.desk.settled(20)
                await link.started.wait()
            storm(self.sandbox.faults, (self.venue,))
            await self._trade()
            self.sandbox.faults.clear()
            await self._settle(link)
            self._compare(result)
        finally:
            off()
        result.orders += len(self.asked)
        result.unknown_outcomes += self.unknown
        result.books_compared += self.compared
        result.wrong_books += len(self.wrong)
        result.failures.extend(self.wrong[:3])
        result.resynchronisations += link.gaps

    # --- books ------------------------------------------------------------------------------------

    def _top(self) -> tuple[object, ...]:
        book = self.sandbox.book(self.venue, self.instrument, LEVELS)
        return (
            tuple((level.price, level.size) for level in book.bids),
            tuple((level.price, level.size) for level in book.asks),
        )

    def _remember(self, change: BookChange) -> None:
        if change.instrument == self.instrument:
            self._remember_now()

    def _remember_now(self) -> None:
        top = self._top()
        if len(self.true_books) == self.true_books.maxlen:
            self.true_set.discard(self.true_books[0])
        self.true_books.append(top)
        self.true_set.add(top)

    def _look(self, event: Event) -> None:
        """Each change the desk sees must leave a book that the venue had."""
        if not isinstance(event, BookChanged) or event.instrument != self.instrument:
            return
        assert isinstance(event.book, VenueBook)
        if not event.book.live:
            return
        bids, asks = event.book.levels(LEVELS)
        self.compared += 1
        if (tuple(bids), tuple(asks)) not in self.true_set:
            self.wrong.append(f"a book of {self.instrument} that the venue never had")

    # --- faults and trading -----------------------------------------------------------------------

    async def _trade(self) -> None:
        """Place, amend and cancel for a while, a few things at a time."""
        until = self.desk.clock.monotonic_ns() + round(_TRADING_S * 1e9)
        async with asyncio.TaskGroup() as group:
            while self.desk.clock.monotonic_ns() < until:
                group.create_task(self._one_thing())
                await self.desk.clock.sleep(self.rng.uniform(0.02, 0.12))

    async def _one_thing(self) -> None:
        with contextlib.suppress(ArgosyError):
            choice = self.rng.random()
            open_orders = [report for report in self.trader.ledger.open() if report.client_id]
            if choice < 0.65 or not open_orders:
                await self._place()
                return
            report = self.rng.choice(open_orders)
            assert report.client_id is not None
            if choice < 0.85:
                await self.trader.cancel(
                    CancelOrder(
                        instrument=report.instrument,
                        client_id=report.client_id,
                        venue_id=report.venue_id or None,
                        type=report.type,
                    )
                )
            elif report.price is not None:
                await self.trader.amend(
                    AmendOrder(
                        instrument=report.instrument,
                        client_id=report.client_id,
                        venue_id=report.venue_id or None,
                        new_price=report.price - 1,
                    )
                )

    async def _place(self) -> None:
        book = self.sandbox.book(self.venue, self.instrument, 1)
        side = self.rng.choice((Side.BUY, Side.SELL))
        best = book.asks[0].price if side is Side.BUY else book.bids[0].price
        market = self.rng.random() < 0.25
        away = Decimal(self.rng.randrange(-20, 400)) / 10
        order = PlaceOrder(
            instrument=self.instrument,
            client_id=new_client_id(self.rng),
            side=side,
            type=OrderType.MARKET if market else OrderType.LIMIT,
            size=Decimal(self.rng.randrange(1, 20)) / 1000,
            price=None if market else (best - away if side is Side.BUY else best + away),
        )
        self.asked[order.client_id] = order
        report = await self.trader.place(order)
        if report.status is OrderStatus.UNKNOWN:
            self.unknown += 1

    # --- afterwards -------------------------------------------------------------------------------

    async def _settle(self, link: VenueLink) -> None:
        """Let everything come to rest: streams, unknown outcomes, one whole reconciliation."""
        clock = self.desk.clock
        until = clock.monotonic_ns() + round(_SETTLE_S * 1e9)
        began = clock.now_ns()
        while clock.monotonic_ns() < until:
            await clock.sleep(0.05)
            calm = not self.trader.unresolved and await self.desk.settled(0.0)
            if calm and self.trader.last_reconciled_ns > began:
                break
        else:
            link.detail = "did not settle"
        # From here on nobody else trades: what fills between looking and comparing is no loss.
        self.sandbox.world.still = True
        for _ in range(_LOOKS):
            await self._reconciled()

    async def _reconciled(self) -> None:
        for _ in range(5):
            try:
                await self.trader.reconcile()
            except ArgosyError as e:
                why = str(e)
                await self.desk.clock.sleep(0.2)
            else:
                return
        raise ArgosyError(f"the last reconciliation failed: {why}")

    def _compare(self, result: FaultCampaign) -> None:
        """Every order that was asked for, at the venue and here."""
        has: dict[str, list[Order]] = {}
        for order in self.sandbox.orders(self.venue, final=True):
            client_id = order.client_id
            if client_id:
                has.setdefault(client_id, []).append(order)
        for client_id in self.asked:
            theirs = has.get(client_id, [])
            ours = self.trader.ledger.find(client_id)
            if len(theirs) > 1:
                result.doubled_orders += 1
            if ours is None or ours.status in {OrderStatus.UNKNOWN, OrderStatus.PENDING}:
                result.unresolved += 1
                said = "unknown"
            elif bool(theirs) == bool(ours.venue_id) and not (
                theirs and self._differs(theirs[0], ours.filled, open_=not ours.status.final)
            ):
                continue
            else:
                result.lost_orders += 1
                said = f"{ours.status} with {ours.filled} filled ({ours.reason})"
            there = (
                f"{theirs[0].state} with {theirs[0].spec.size(theirs[0].filled)} filled"
                if theirs
                else "nothing"
            )
            result.failures.append(f"seed {self.seed}: {client_id}: here {said}, there {there}")
        for change in self.trader.unexplained:
            result.unexplained += 1
            what = f"{change.amount} {change.currency} that no fill explains"
            result.failures.append(f"seed {self.seed}: {what}")
        for client_id in has.keys() - self.asked.keys():
            result.doubled_orders += 1
            result.failures.append(f"seed {self.seed}: {client_id}: an order no one asked for")

    @staticmethod
    def _differs(order: Order, filled: Decimal, *, open_: bool) -> bool:
        return order.spec.size(order.filled) != filled or order.state.final == open_
