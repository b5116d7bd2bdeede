"""Execution algorithms on a running desk: begun, asked, told to pause; and how they are doing."""

import random
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from argosy.desk.algo_words import AlgoAsk, Scene, check_words, interval_of, work_of
from argosy.desk.asks import new_client_id
from argosy.desk.desk import Desk
from argosy.desk.link import VenueLink
from argosy.desk.orders import unlisted
from argosy.desk.support import declared
from argosy.errors import ConfigError
from argosy.execution.algorithms import of_candles, volume_curve
from argosy.execution.emulated import Emulated
from argosy.execution.measured import Planned, Progress
from argosy.execution.work import Continue, Input, Market, Pause, Stop, Work
from argosy.model import InstrumentId, OrderReport, split_id
from argosy.model.time import SECOND

# Candles are asked for once, as many as the venue gives: a few days of quarters of an hour for what
# is over soon, two weeks and more of hours for what takes longer.
_FINE_S, _COARSE_S = 900, 3600
_FINE_UP_TO_NS = 6 * 3600 * SECOND
_CANDLES_MAX = 720

_ASKS: dict[str, type[Pause] | type[Continue] | type[Stop]] = {
    "pause": Pause,
    "continue": Continue,
    "stop": Stop,
}


class WorkAsk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a running work is to do: pause, continue or stop."""

    work: str
    what: str


class WorkView(msgspec.Struct, frozen=True, kw_only=True):
    """A work as it stands."""

    id: str
    kind: str  # "twap", "bracket", ...
    phase: str
    report: OrderReport | None  # none where it is more than one order
    children: int
    progress: Progress | None = None  # of algorithms
    detail: str = ""  # why it is not going on, or how it ended
    plan: tuple[Planned, ...] = ()  # of a dry run: what would be sent


class AlgoDesk:
    """Algorithms and other works, for the API and the CLI."""

    def __init__(self, desk: Desk, rng: random.Random) -> None:
        self._desk = desk
        self._rng = rng

    async def start(self, ask: AlgoAsk) -> WorkView:
        """Begin an algorithm, or with `dry_run` only tell what it would send.

        Raises:
            ConfigError: it cannot be used as asked, naming what is wrong.
            InvalidOrder: a price or size that the venue is known to refuse.
            VenueError: a vwap without a curve, and the venue tells no candles; or another failure
                of asking it, see HttpClient.call.
        """
        try:
            check_words(ask)
            link, market = self._where(ask.instrument)
            volumes = await self._volumes(ask, link, market)
            work = work_of(ask, self._scene(link, market, volumes))
        except ValueError as e:
            raise ConfigError(f"algo: {e}") from None
        if ask.dry_run:
            return msgspec.structs.replace(self.view(work), plan=work.planned(market))
        return self.view(await self._desk.running_works().start(work))

    def check(self, ask: AlgoAsk) -> None:
        """ConfigError, or InvalidOrder, for what could never be begun; asks no venue."""
        try:
            check_words(ask)
            link, market = self._where(ask.instrument)
            volumes = [Decimal(1)] * ask.parts  # which they will be, is for its time to tell
            work_of(ask, self._scene(link, market, volumes))
        except ValueError as e:
            raise ConfigError(f"algo: {e}") from None

    def _scene(self, link: VenueLink, market: Market, volumes: Sequence[Decimal]) -> Scene:
        return Scene(
            market=market,
            declared=declared(link.adapter.info, market.about),
            client_id=new_client_id(self._rng),
            seed=self._rng.getrandbits(32),
            volumes=volumes,
        )

    async def ask(self, ask: WorkAsk) -> WorkView:
        """Pause, continue or stop a work."""
        kind = _ASKS.get(ask.what)
        if kind is None:
            raise ConfigError(f"work: what is {ask.what!r}; it must be one of {', '.join(_ASKS)}")
        event: Input = kind()
        return self.view(await self._desk.running_works().ask(ask.work, event))

    def works(self, *, everything: bool = False) -> list[WorkView]:
        """Works that run, or those that ended lately as well, oldest first."""
        works = self._desk.works
        if works is None:
            return []
        ended = list(works.finished) if everything else []
        found = (*ended, *works.works())
        return [self.view(work) for work in found if isinstance(work, Emulated)]

    def _where(self, instrument: str) -> tuple[VenueLink, Market]:
        """The venue, and its market as it is; prices may be missing."""
        venue = split_id(InstrumentId(instrument))[0]
        link = self._desk.links.get(venue)
        if link is None:
            raise ValueError(
                f"no venue {venue!r} on this desk; there are: {', '.join(self._desk.links)}"
            )
        about = link.instruments.get(InstrumentId(instrument))
        if about is None:
            raise ValueError(unlisted(instrument, link))
        market = Market(about=about, now_ns=self._desk.now_ns())
        try:
            bid, ask = self._desk.top(about.id)
        except ConfigError:
            return link, market
        return link, msgspec.structs.replace(market, bid=bid, ask=ask)

    @staticmethod
    async def _volumes(ask: AlgoAsk, link: VenueLink, market: Market) -> Sequence[Decimal]:
        """What a vwap's parts usually trade, by the venue's candles; nothing for what has a curve
        or needs none.
        """
        if ask.algorithm != "vwap" or ask.curve:
            return ()
        reference = link.adapter.reference
        if reference is None:
            raise ValueError(f"{link.id} tells no candles; give vwap a curve")
        interval_ns = int(interval_of(ask) * SECOND)
        whole_ns = interval_ns * ask.parts
        step_s = _FINE_S if whole_ns <= _FINE_UP_TO_NS else _COARSE_S
        candles = await link.http.call(
            reference.candles(market.about.id, step_s, None, _CANDLES_MAX)
        )
        return volume_curve(
            of_candles(candles), begin_ns=market.now_ns, interval_ns=interval_ns, parts=ask.parts
        )

    def view(self, work: Work) -> WorkView:
        """A work as it stands."""
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
        works = self._desk.works
        if works is None:
            return work.reason
        return works.broken.get(work.id) or works.held(work.id) or work.reason
