"""Execution algorithms as people ask for them: words in, a work out; and how it is doing."""

import random
from decimal import Decimal
from itertools import pairwise
from typing import Literal

import msgspec

from argosy.desk.desk import Desk
from argosy.desk.orders import new_client_id
from argosy.desk.works import WorkRunner
from argosy.errors import ConfigError
from argosy.execution.algorithms import Scheduled, scheduled, trajectory
from argosy.execution.emulated import Emulated
from argosy.execution.measured import Progress
from argosy.execution.work import Continue, Input, Pause, Stop, Work
from argosy.model import InstrumentId, OrderReport, OrderType, PlaceOrder, Side
from argosy.model.money import parse_decimal

_ASKS: dict[str, type[Pause] | type[Continue] | type[Stop]] = {
    "pause": Pause,
    "continue": Continue,
    "stop": Stop,
}


class AlgoAsk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A large order over time, in words. Numbers are decimal strings."""

    algorithm: Literal["twap", "vwap", "shortfall"]
    instrument: str
    side: str
    size: str
    parts: int = 10
    over_s: float = 600.0  # from the first part to the end of the last one's time
    price: str = ""  # no part pays more or gets less; empty: market orders
    curve: tuple[str, ...] = ()  # vwap: the volume of each part of the time, in any unit
    # shortfall (Almgren-Chriss): per the time that `volatility` is for, here a day
    risk_aversion: float = 1e-6
    volatility: float = 0.0  # quote units per base unit and square root of a day
    temporary: float = 0.0  # eta: quote units per base unit, at a rate of one base unit a day
    permanent: float = 0.0  # gamma: quote units per base unit squared
    client_id: str = ""


class WorkAsk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a running work is to do: pause, continue or stop."""

    work: str
    what: str


class WorkView(msgspec.Struct, frozen=True, kw_only=True):
    """A work as it stands."""

    id: str
    kind: str  # "twap", "bracket", ...
    phase: str
    report: OrderReport
    children: int
    progress: Progress | None = None  # of scheduled orders
    detail: str = ""  # why it is not going on, or how it ended


class AlgoDesk:
    """Algorithms and other works, for the API and the CLI."""

    def __init__(self, desk: Desk, rng: random.Random) -> None:
        self._desk = desk
        self._rng = rng

    async def start(self, ask: AlgoAsk) -> WorkView:
        """Begin an algorithm. ConfigError naming what cannot be used."""
        try:
            work = self._work(ask)
        except ValueError as e:
            raise ConfigError(f"algo: {e}") from None
        return self._view(await self._works().start(work))

    async def ask(self, ask: WorkAsk) -> WorkView:
        """Pause, continue or stop a work."""
        kind = _ASKS.get(ask.what)
        if kind is None:
            raise ConfigError(f"work: what is {ask.what!r}; it must be one of {', '.join(_ASKS)}")
        event: Input = kind()
        return self._view(await self._works().ask(ask.work, event))

    def works(self, *, everything: bool = False) -> list[WorkView]:
        """Works that run, or those that ended lately as well, oldest first."""
        works = self._desk.works
        if works is None:
            return []
        ended = list(works.finished) if everything else []
        return [self._view(work) for work in (*ended, *works.works())]

    def _works(self) -> WorkRunner:
        if self._desk.works is None:
            raise ConfigError("this desk works no orders: it keeps no journal without an API key")
        return self._desk.works

    def _work(self, ask: AlgoAsk) -> Scheduled:
        if ask.side.lower() not in {"buy", "sell"}:
            raise ValueError(f"side is {ask.side!r}; it must be buy or sell")
        if not 0 < ask.over_s <= 30 * 86_400:
            raise ValueError(f"over_s is {ask.over_s}; it must be above 0 and at most 30 days")
        price = parse_decimal(ask.price, "price") if ask.price else None
        order = PlaceOrder(
            instrument=InstrumentId(ask.instrument),
            client_id=new_client_id(self._rng) if not ask.client_id else ask.client_id,  # type: ignore[arg-type]
            side=Side(ask.side.lower()),
            type=OrderType.MARKET if price is None else OrderType.LIMIT,
            size=parse_decimal(ask.size, "size"),
            price=price,
        )
        shares = self._shares(ask)
        interval_s = Decimal(str(ask.over_s)) / len(shares)
        return scheduled(order, shares, interval_s, ask.algorithm)

    @staticmethod
    def _shares(ask: AlgoAsk) -> list[Decimal]:
        """How large each part is, against the others."""
        if ask.algorithm == "vwap":
            if not ask.curve:
                raise ValueError("vwap needs a curve: the volume of each part of the time")
            return [parse_decimal(volume, "curve") for volume in ask.curve]
        if not 1 <= ask.parts <= 5_000:
            raise ValueError(f"parts is {ask.parts}; 1 to 5000")
        if ask.algorithm == "twap":
            return [Decimal(1)] * ask.parts
        found = trajectory(
            size=float(parse_decimal(ask.size, "size")),
            periods=ask.parts,
            horizon=ask.over_s / 86_400,
            volatility=ask.volatility,
            risk_aversion=ask.risk_aversion,
            temporary=ask.temporary,
            permanent=ask.permanent,
        )
        done = [Decimal(0), *(Decimal(repr(round(share, 12))) for share in found.done)]
        return [max(Decimal(0), after - before) for before, after in pairwise(done)]

    def _view(self, work: Work) -> WorkView:
        now_ns = self._desk.now_ns()
        return WorkView(
            id=work.id,
            kind=work.kind,
            phase=work.phase.value,
            report=work.report(now_ns),
            children=work.children,
            progress=work.progress(now_ns) if isinstance(work, Emulated) else None,
            detail=self._detail(work),
        )

    def _detail(self, work: Work) -> str:
        works = self._works()
        return works.broken.get(work.id) or works.held(work.id) or work.reason
