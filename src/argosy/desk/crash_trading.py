"""What the desk of a crash campaign trades until it dies: a little of everything that can trade."""

import contextlib
import random
import resource
import sqlite3
from asyncio import TaskGroup
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import msgspec

from argosy.desk.algo_words import AlgoAsk
from argosy.desk.algos import AlgoDesk
from argosy.desk.arbitrage import ArbitrageDesk, ScanAsk
from argosy.desk.asks import OrderAsk, new_client_id
from argosy.desk.baskets import BasketAsk, BasketDesk, LegAsk
from argosy.desk.crash_asked import Asked, Notebook
from argosy.desk.desk import Desk
from argosy.desk.launching import Launcher
from argosy.desk.orders import OrderDesk
from argosy.desk.routes import RouteAsk, RouteDesk
from argosy.desk.schedules import ScheduleAsk, ScheduleDesk
from argosy.desk.storms import INSTRUMENTS
from argosy.desk.trader import Trader
from argosy.desk.transfers import TransferAsk, TransferDesk
from argosy.errors import ArgosyError
from argosy.execution.arbitrage import legs_of, pair_of
from argosy.model import AmendOrder, CancelOrder, ClientOrderId, OrderType, PlaceOrder, Side
from argosy.model.money import floor_to
from argosy.model.time import SECOND

_STEPS_S = (3600, -7200, 0)  # of the wall clock
_MENU = (  # what is done, and how often against the others
    ("order", 24),
    ("manage", 26),
    ("worked", 9),
    ("conditional", 8),
    ("algo", 4),
    ("basket", 9),
    ("pair", 7),
    ("schedule", 9),
    ("route", 4),
    ("transfer", 4),
)
_WAYS = (("kraken", "okx"), ("okx", "kraken"), ("okx:funding", "okx:trading"))


class Steps(Protocol):
    """A clock whose wall time can be stepped."""

    off_ns: int


class Trading:
    """Random orders, works, baskets, pairs, routes and schedules, as a busy desk begins them."""

    def __init__(
        self, desk: Desk, *, seed: int, actions: int, trouble: str, folder: str, clock: Steps
    ) -> None:
        self.desk = desk
        self.actions = actions
        self.trouble = trouble
        self.folder = Path(folder)
        self.rng = random.Random(seed)
        self.clock = clock
        self.notebook = Notebook(folder)
        self.orders = OrderDesk(desk, self.rng)
        self.algos = AlgoDesk(desk, self.rng)
        self.baskets = BasketDesk(desk, self.rng)
        self.routes = RouteDesk(desk, self.rng)
        self.arbitrage = ArbitrageDesk(desk, self.rng)
        self.schedules = ScheduleDesk(desk, Launcher(desk, self.rng), self.rng)
        self.transfers = TransferDesk(desk, self.rng)

    async def play(self) -> None:
        """Do it all, a few things at a time."""
        kinds = [kind for kind, _ in _MENU]
        weights = [weight for _, weight in _MENU]
        async with TaskGroup() as group:
            for number in range(self.actions):
                if number == self.actions // 3:
                    group.create_task(self._trouble())
                kind = self.rng.choices(kinds, weights)[0]
                group.create_task(self._one_thing(kind))
                await self.desk.clock.sleep(self.rng.uniform(0.005, 0.04))

    async def _one_thing(self, kind: str) -> None:
        with contextlib.suppress(ArgosyError, TimeoutError):
            trader = self.rng.choice(tuple(self.desk.traders.values()))
            await getattr(self, f"_{kind}")(trader)

    def _asked(self, kind: str) -> ClientOrderId:
        """An id for something of a kind that is about to be begun."""
        client_id = new_client_id(self.rng)
        self.notebook.write(Asked(id=client_id, kind=kind))
        return client_id

    def _size(self, least: int = 1, most: int = 20) -> Decimal:
        """In base units."""
        return Decimal(self.rng.randrange(least, most)) / 1000

    # --- orders -----------------------------------------------------------------------------------

    async def _order(self, trader: Trader) -> None:
        instrument = INSTRUMENTS[trader.link.id]
        side = self.rng.choice((Side.BUY, Side.SELL))
        bid, ask = self.desk.top(instrument)
        market = self.rng.random() < 0.3
        away = Decimal(self.rng.randrange(-20, 400)) / 10
        order = PlaceOrder(
            instrument=instrument,
            client_id=self._asked("order"),
            side=side,
            type=OrderType.MARKET if market else OrderType.LIMIT,
            size=self._size(),
            price=None if market else (ask - away if side is Side.BUY else bid + away),
        )
        await trader.place(order)

    async def _manage(self, trader: Trader) -> None:
        """Cancel or amend something of ours that is open, else place something."""
        ours = [report for report in trader.ledger.open() if report.client_id]
        if not ours:
            await self._order(trader)
            return
        report = self.rng.choice(ours)
        assert report.client_id is not None
        if self.rng.random() < 0.6 or report.price is None:
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

    async def _worked(self, trader: Trader) -> None:
        """An order that the venue may lack, soon to trade or to be stopped."""
        kind = self.rng.choice(("pegged", "trailing_stop", "bracket", "market_if_touched"))
        _, ask = self.desk.top(INSTRUMENTS[trader.link.id])
        more: dict[str, str] = {
            "pegged": {"peg": "market", "peg_offset": f"{self.rng.randrange(-5, 50)} ticks"},
            "trailing_stop": {"trailing": f"{self.rng.randrange(1, 40)} ticks"},
            "bracket": {"take_profit": str(ask + 5), "exit_trailing": "30 ticks"},
            "market_if_touched": {"trigger_price": str(ask)},
        }[kind]
        side = "sell" if kind == "trailing_stop" else "buy"
        await self._ask("work", trader, type=kind, side=side, **more)

    async def _conditional(self, trader: Trader) -> None:
        """An order that waits for a price at the venue itself, some of them to be set off soon."""
        bid, ask = self.desk.top(INSTRUMENTS[trader.link.id])
        near = Decimal(self.rng.randrange(1, 60)) / 10
        kind = self.rng.choice(("stop", "stop_limit", "take_profit", "take_profit_limit"))
        buys = self.rng.random() < 0.5
        above = buys == kind.startswith("stop")
        trigger = ask + near if above else bid - near
        more = {"trigger_price": str(trigger)}
        if kind.endswith("_limit"):
            more["price"] = str(trigger + 2 if buys else trigger - 2)
        await self._ask("order", trader, type=kind, side="buy" if buys else "sell", **more)

    async def _ask(self, what: str, trader: Trader, **words: Any) -> None:
        instrument = INSTRUMENTS[trader.link.id]
        ask = OrderAsk(instrument=instrument, size=str(self._size()), **words)
        self.orders.chosen(ask)  # what cannot be had here is not written down
        client_id = self._asked(what)
        await self.orders.place(msgspec.structs.replace(ask, client_id=client_id))

    # --- more than one order ----------------------------------------------------------------------

    async def _algo(self, trader: Trader) -> None:
        await self.algos.start(AlgoAsk(**self._twap(trader), client_id=self._asked("work")))

    def _twap(self, trader: Trader) -> dict[str, Any]:
        """A small algorithm that lasts less than a second."""
        return {
            "algorithm": "twap",
            "instrument": INSTRUMENTS[trader.link.id],
            "side": self.rng.choice(("buy", "sell")),
            "size": str(self._size(4)),
            "parts": self.rng.randrange(2, 5),
            "over_s": round(self.rng.uniform(0.3, 0.9), 2),
        }

    async def _basket(self, _trader: Trader) -> None:
        ask = BasketAsk(**self._legs(), client_id=self._asked("basket"))
        await self.baskets.start(ask)

    def _legs(self) -> dict[str, Any]:
        """A leg on each venue; sometimes one that hardly fills, so that the rest is undone."""
        legs = []
        for instrument in INSTRUMENTS.values():
            side = self.rng.choice(("buy", "sell"))
            bid, ask = self.desk.top(instrument)
            hard = self.rng.random() < 0.3
            far = bid - 20 if side == "buy" else ask + 20
            legs.append(
                LegAsk(
                    instrument=instrument,
                    side=side,
                    size=str(self._size(2)),
                    style="rest" if hard and self.rng.random() < 0.5 else "take",
                    price=str(far) if hard else "",
                )
            )
        return {
            "legs": tuple(legs),
            "max_ahead": self.rng.choice(("1", "1", "0.5", "0.25")),
            "on_failure": self.rng.choice(("keep", "unwind", "unwind", "complete")),
            "within_s": round(self.rng.uniform(0.2, 2.0), 2),
        }

    async def _pair(self, _trader: Trader) -> None:
        """Both legs at what the books offer now; whether that pays is of no concern here."""
        size = self._size(2)
        scan = self.arbitrage.scan(ScanAsk(kinds=("cross",), min_bps="-1000", size=str(size)))
        both = set(INSTRUMENTS.values())
        found = [o for o in scan.opportunities if {leg.instrument for leg in o.legs} == both]
        if not found:
            return
        one = self.rng.choice(found)
        about = {i: self.desk.trader(i).link.instruments[i] for i in both}
        step = max(instrument.size_increment for instrument in about.values())
        bound = self.rng.choice((None, None, Decimal(300)))
        work = pair_of(
            self._asked("pair"),
            legs_of(one.legs, floor_to(min(size, one.size), step), about),  # type: ignore[arg-type]
            max_loss=Decimal(self.rng.choice((0, 1, 50))),
            max_unhedged=bound,
            first=self.rng.choice((None, None, 0, 1)),
            open_for_ns=SECOND,
            hedge_for_ns=SECOND // 2,
            now_ns=self.desk.now_ns(),
        )
        await self.desk.running_works().start(work)

    async def _route(self, _trader: Trader) -> None:
        await self.routes.route(RouteAsk(**self._routed(), client_id=self._asked("route")))

    def _routed(self) -> dict[str, Any]:
        return {
            "pair": "BTC/USD",
            "side": self.rng.choice(("buy", "sell")),
            "size": str(self._size(2)),
            "attempts": 1,
            "dry_run": False,
        }

    async def _schedule(self, trader: Trader) -> None:
        """Something of the above, soon and again each second."""
        instrument = INSTRUMENTS[trader.link.id]
        side = self.rng.choice(("buy", "sell"))
        mark = Decimal(self.rng.randrange(1, 1000)).scaleb(-8)  # tells its runs from other orders
        size = str(self._size(1, 8) + mark)
        what = self.rng.choice(("order", "order", "worked", "algo", "basket", "route"))
        terms: dict[str, Any] = {"instrument": instrument, "side": side, "size": size}
        if what == "order":
            terms["type"] = "market"
        elif what == "worked":
            terms |= {"type": "pegged", "peg": "market"}
        elif what == "algo":
            terms = self._twap(trader)
        elif what == "basket":
            terms = self._legs()
        else:
            terms = self._routed() | {"size": size}
        soon = {"in_s": round(self.rng.uniform(0.0, 0.4), 2)}
        ask = ScheduleAsk(
            what="order" if what == "worked" else what,
            ask=terms,
            client_id=self._asked("schedule"),
            late_s=self.rng.choice((1, 2, 300)),
            **self.rng.choice((soon, soon, {"every_s": 1})),
        )
        await self.schedules.start(ask)

    async def _transfer(self, _trader: Trader) -> None:
        """Funds from venue to venue or between accounts of one, by an amount of its own."""
        source, target = self.rng.choice(_WAYS)
        amount = 20 + Decimal(self.rng.randrange(1, 10**6)).scaleb(-6)
        self.notebook.write(Asked(id=f"{source}/{amount}", kind="transfer", amount=amount))
        ask = TransferAsk(source=source, target=target, currency="USDT", amount=str(amount))
        await self.transfers.start(ask)

    # --- what else goes wrong ---------------------------------------------------------------------

    async def _trouble(self) -> None:
        """What else goes wrong on a bad day, for a third of a second."""
        sleep = self.desk.clock.sleep
        if self.trouble == "clock stepped":
            for off_s in _STEPS_S:
                self.clock.off_ns = off_s * SECOND
                await sleep(0.12)
        elif self.trouble == "disk full":
            # No file of this process may grow beyond what the log has now: writes fail as they do
            # on a full disk.
            limits = resource.getrlimit(resource.RLIMIT_FSIZE)
            log = self.folder / "journal.db-wal"
            resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size, limits[1]))
            await sleep(0.3)
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        elif self.trouble == "database locked":
            path = self.folder / "journal.db"
            with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
                with contextlib.suppress(sqlite3.OperationalError):
                    other.execute("BEGIN IMMEDIATE")
                await sleep(0.4)
