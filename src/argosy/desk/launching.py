"""Begins what a schedule asks for, each run once in its life, whatever breaks in between."""

import random

import msgspec

from argosy.desk.algo_words import AlgoAsk
from argosy.desk.algos import AlgoDesk
from argosy.desk.asks import OrderAsk
from argosy.desk.baskets import BasketAsk, BasketDesk
from argosy.desk.desk import Desk
from argosy.desk.orders import OrderDesk
from argosy.desk.routes import RouteAsk, RouteDesk
from argosy.desk.view import VenueState
from argosy.errors import ConfigError, NotSent
from argosy.execution.work import Launch
from argosy.model import InstrumentId, split_id
from argosy.model.time import SECOND

_READY_S = 30  # a desk that starts is waited for no longer

Ask = OrderAsk | AlgoAsk | RouteAsk | BasketAsk
KINDS: dict[str, type[Ask]] = {
    "order": OrderAsk,
    "algo": AlgoAsk,
    "route": RouteAsk,
    "basket": BasketAsk,
}


def attach(desk: Desk, rng: random.Random) -> None:
    """Let a desk's schedules begin things."""
    if desk.works is not None:
        desk.works.launcher = Launcher(desk, rng).launch


class Launcher:
    """Begins orders, algorithms, routes and baskets under ids that are given."""

    def __init__(self, desk: Desk, rng: random.Random) -> None:
        self._desk = desk
        self.orders = OrderDesk(desk, rng)
        self.algos = AlgoDesk(desk, rng)
        self.routes = RouteDesk(desk, rng)
        self.baskets = BasketDesk(desk, rng)

    def check(self, what: str, terms: str) -> Ask:
        """Terms as what they ask for, checked as well as they can be before their time.

        Raises:
            ConfigError: a kind there is not, or terms that could never be begun.
        """
        kind = KINDS.get(what)
        if kind is None:
            raise ConfigError(f"what is {what!r}; it must be one of {', '.join(KINDS)}")
        try:
            ask = msgspec.json.decode(terms, type=kind)
        except msgspec.MsgspecError as e:
            raise ConfigError(f"{what}: {e}") from None
        if ask.client_id:
            raise ConfigError(f"{what}: leave client_id out; each run gets one of its own")
        if isinstance(ask, OrderAsk):
            self.orders.chosen(ask)
        elif isinstance(ask, AlgoAsk):
            self.algos.check(ask)
        elif isinstance(ask, RouteAsk):
            self.routes.check(ask)
        else:
            self.baskets.basket(ask)
        return ask

    async def launch(self, action: Launch) -> None:
        """Begin a run, unless it has begun already.

        Raises:
            NotSent: it is too late, or the desk is not ready in time: nothing was begun.
            ConfigError, VenueError and what else placing raises: it was refused.
        """
        if await self._begun(action.run):
            return
        kind = KINDS.get(action.what)
        if kind is None:
            raise ConfigError(f"this desk begins no {action.what!r} by itself")
        ask = msgspec.json.decode(action.ask, type=kind)
        await self._ready(action, ask)
        ask = msgspec.structs.replace(ask, client_id=action.run)
        if isinstance(ask, OrderAsk):
            await self.orders.place(ask)
        elif isinstance(ask, AlgoAsk):
            await self.algos.start(ask)
        elif isinstance(ask, RouteAsk):
            await self.routes.route(msgspec.structs.replace(ask, dry_run=False))
        elif isinstance(ask, BasketAsk):
            await self.baskets.start(ask)

    async def _begun(self, run: str) -> bool:
        """Whether the journal has anything of a run: it is written before a byte is sent."""
        journal = self._desk.journal
        if journal is None:
            return False
        return await journal.read(lambda store: store.used(run) or bool(store.history_of(run)))

    async def _ready(self, action: Launch, ask: Ask) -> None:
        """Wait until the venues that are needed are there, as long as it is not too late."""
        wanted = self._venues(ask)
        clock = self._desk.clock
        until_ns = clock.monotonic_ns() + _READY_S * SECOND
        while True:
            now_ns = self._desk.now_ns()
            if now_ns > action.not_after_ns:
                late_s = (now_ns - action.not_after_ns) // SECOND
                raise NotSent(f"too late by {late_s} s")
            missing = [
                f"{venue} is {self._desk.links[venue].state.value}"
                for venue in wanted
                if venue in self._desk.links
                and self._desk.links[venue].state is not VenueState.LIVE
            ]
            if not missing:
                return
            if clock.monotonic_ns() > until_ns:
                raise NotSent("; ".join(missing))
            await clock.sleep(0.1)

    def _venues(self, ask: Ask) -> set[str]:
        if isinstance(ask, RouteAsk):
            return set(ask.venues) or set(self._desk.links)
        if isinstance(ask, BasketAsk):
            return {split_id(InstrumentId(leg.instrument))[0] for leg in ask.legs}
        return {split_id(InstrumentId(ask.instrument))[0]}
