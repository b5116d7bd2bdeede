"""Runs works against the sandbox's matching engine in virtual time, with late and doubled reports.

By seed: the same one gives the same run. Never waits for real and opens no socket.
"""

import heapq
import random
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import partial
from itertools import count

import msgspec

from argosy.execution import works as registry
from argosy.execution.work import (
    Began,
    ChildRefused,
    ChildReport,
    Due,
    FeedBack,
    FeedLost,
    Input,
    Launch,
    Market,
    Moved,
    Place,
    Reprice,
    Resumed,
    Traded,
    Wake,
    Withdraw,
    Work,
)
from argosy.model import (
    ClientOrderId,
    InstrumentId,
    Nanos,
    OrderReport,
    OrderStatus,
    PlaceOrder,
    PositionSide,
    Side,
    VenueOrderId,
)
from argosy.model.money import ZERO
from argosy.sandbox.clock import ManualClock
from argosy.sandbox.engine import (
    Account,
    Amendment,
    BookChange,
    Engine,
    FillEvent,
    Order,
    OrderEvent,
    OrderRequest,
    Reason,
    ReferenceEvent,
    Refused,
    State,
    TradePrint,
)

_FINAL = {
    State.FILLED: OrderStatus.FILLED,
    State.CANCELLED: OrderStatus.CANCELLED,
    State.EXPIRED: OrderStatus.EXPIRED,
}
_SILENT = 0.1  # the share of orders of which nothing is heard for a time
_encode = msgspec.json.Encoder(decimal_format="string").encode


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """What goes wrong between a work and its venue. Times in ns."""

    reach_ns: int = 0  # until an action is at the venue
    late_ns: int = 0  # a report comes up to this late, so that later ones overtake it
    twice: float = 0.0  # the share of reports that come a second time
    restarts: float = 0.0  # the share of inputs before which the process starts anew
    refuses: float = 0.0  # the share of orders that the venue refuses
    silent_ns: int = 0  # the outcome of a tenth of all orders is not known for this long


class Filled(msgspec.Struct, frozen=True):
    """One execution of the account's orders."""

    client_id: str
    side: Side
    price: Decimal
    size: Decimal
    maker: bool


class WorkDriver(Mapping[InstrumentId, Market]):
    """Works of one account at one engine. It is also the markets that they see.

    After each input a work is written as the journal writes it and read back. Prices are told at
    once and in order; reports as merged so far, like the desk's.
    """

    def __init__(
        self,
        engine: Engine,
        account: Account,
        clock: ManualClock,
        rng: random.Random,
        trouble: Trouble | None = None,
    ) -> None:
        self.engine = engine
        self.account = account
        self.clock = clock
        self.works: dict[ClientOrderId, Work] = {}
        self.fills: list[Filled] = []
        self.placed: list[PlaceOrder] = []
        self.launches: list[Launch] = []  # whoever tests tells what became of them
        self.inputs = 0
        self._rng = rng
        self._trouble = trouble or Trouble()
        self._numbers = count()
        self._queue: list[tuple[int, int, Callable[[], None]]] = []
        self._owner: dict[ClientOrderId, ClientOrderId] = {}
        self._merged: dict[ClientOrderId, OrderReport] = {}
        self._last: dict[InstrumentId, Decimal] = {}
        self._volume: dict[InstrumentId, Decimal] = {}
        self._stale: dict[InstrumentId, str] = {}
        self._wake: dict[ClientOrderId, int] = {}
        self._silent: dict[ClientOrderId, int] = {}  # until when nothing is heard of an order
        engine.on(TradePrint, self._print)
        engine.on(BookChange, lambda event: self._soon(Moved(event.instrument)))
        engine.on(ReferenceEvent, lambda event: self._soon(Moved(event.instrument)))
        engine.on(OrderEvent, self._order)

    # --- the markets that works see ---------------------------------------------------------------

    def __getitem__(self, instrument: InstrumentId) -> Market:
        listing = self.engine.listings[instrument]
        spec, book = listing.spec, listing.book
        stale = self._stale.get(instrument, "")
        bid, ask = (None, None) if stale else (book.bids.best(), book.asks.best())
        position = self.account.position(spec, PositionSide.NET)
        return Market(
            about=spec.instrument,
            now_ns=Nanos(self.clock.now_ns()),
            bid=None if bid is None else spec.price(bid.price),
            bid_size=None if bid is None else spec.size(bid.size),
            ask=None if ask is None else spec.price(ask.price),
            ask_size=None if ask is None else spec.size(ask.size),
            last=self._last.get(instrument),
            mark=spec.price(listing.mark) if listing.mark else None,
            index=spec.price(listing.index) if listing.index else None,
            volume=self._volume.get(instrument, ZERO),
            position=ZERO if position is None else position.size,
            stale=stale,
            depth=partial(self._depth, instrument),
        )

    @property
    def now_ns(self) -> Nanos:
        """The engine's clock."""
        return Nanos(self.clock.now_ns())

    def _depth(
        self, instrument: InstrumentId, side: Side, limit: Decimal, most: Decimal
    ) -> Decimal:
        listing = self.engine.listings[instrument]
        spec, book = listing.spec, listing.book
        buying = side is Side.BUY
        inside = (
            spec.size(level.size)
            for level in (book.asks if buying else book.bids)
            if (spec.price(level.price) <= limit if buying else spec.price(level.price) >= limit)
        )
        return min(most, sum(inside, ZERO))

    def __iter__(self) -> Iterator[InstrumentId]:
        return iter(self.engine.listings)

    def __len__(self) -> int:
        return len(self.engine.listings)

    def lose(self, instrument: InstrumentId) -> None:
        """Prices may not be used from here on."""
        self._stale[instrument] = "lost on request"
        self._soon(FeedLost(instrument))
        self.run()

    def restore(self, instrument: InstrumentId) -> None:
        """Prices may be used again."""
        self._stale.pop(instrument, None)
        self._soon(FeedBack(instrument))
        self.run()

    # --- running ----------------------------------------------------------------------------------

    def start(self, work: Work) -> None:
        """Begin a work."""
        self.works[work.id] = work
        self._give(work.id, Began())
        self.run()

    def tell(self, work_id: ClientOrderId, event: Input) -> None:
        """Pause, continue, stop or change a work."""
        self._give(work_id, event)
        self.run()

    def run(self) -> None:
        """Whatever is due now."""
        for _ in range(100_000):
            if not self._queue or self._queue[0][0] > self.clock.now_ns():
                return
            heapq.heappop(self._queue)[2]()
        raise AssertionError("works and venue never come to rest: a loop")

    def advance(self, nanos: int) -> None:
        """Let time pass, doing what falls due in its order."""
        until = self.clock.now_ns() + nanos
        self.run()
        while self._queue and self._queue[0][0] <= until:
            self.clock.advance(self._queue[0][0] - self.clock.now_ns())
            self.engine.settle_down()
            self.run()
        self.clock.advance(until - self.clock.now_ns())
        self.engine.settle_down()
        self.run()

    def _at(self, delay_ns: int, call: Callable[[], None]) -> None:
        when = self.clock.now_ns() + delay_ns
        heapq.heappush(self._queue, (when, next(self._numbers), call))

    def _soon(self, event: Moved | Traded | FeedLost | FeedBack) -> None:
        self._at(0, partial(self._market, event))

    def _market(self, event: Moved | Traded | FeedLost | FeedBack) -> None:
        if isinstance(event, Traded):
            instrument = event.instrument
            self._last[instrument] = event.price
            self._volume[instrument] = self._volume.get(instrument, ZERO) + event.size
        for work in tuple(self.works.values()):
            if not work.done:
                self._give(work.id, event)

    def _give(self, work_id: ClientOrderId, event: Input) -> None:
        work = self.works[work_id]
        if self._trouble.restarts and self._rng.random() < self._trouble.restarts:
            self._wake.pop(work_id, None)  # the dead process took it along
            work = self._receive(work, Resumed())
        self._receive(work, event)

    def _receive(self, work: Work, event: Input) -> Work:
        self.inputs += 1
        outcome = work.receive(event, self)
        after = registry.decode(work.type_tag(), _encode(outcome.work))
        assert after == outcome.work, f"{work.type_tag()} is not what was written"
        self.works[work.id] = after
        for action in outcome.actions:
            if isinstance(action, Wake):
                self._wake[work.id] = action.at_ns
                self._at(
                    max(0, action.at_ns - self.clock.now_ns()),
                    partial(self._due, work.id, action.at_ns),
                )
                continue
            if isinstance(action, Launch):
                self.launches.append(action)
                continue
            if isinstance(action, Place):
                client_id = action.order.client_id
                assert client_id not in self._owner, f"{client_id} was placed twice"
                self._owner[client_id] = work.id
                self.placed.append(action.order)
            self._at(self._trouble.reach_ns, partial(self._act, action))
        return after

    def _due(self, work_id: ClientOrderId, at_ns: int) -> None:
        if self._wake.get(work_id) == at_ns and not self.works[work_id].done:
            del self._wake[work_id]
            self._give(work_id, Due())

    # --- at the venue -----------------------------------------------------------------------------

    def _act(self, action: Place | Withdraw | Reprice) -> None:
        if isinstance(action, Place):
            client_id = action.order.client_id
            if self._trouble.refuses and self._rng.random() < self._trouble.refuses:
                self._late(partial(self._child, client_id, ChildRefused(client_id, "busy")))
                return
            if self._trouble.silent_ns and self._rng.random() < _SILENT:
                self._silent[client_id] = self.clock.now_ns() + self._trouble.silent_ns
            try:
                self.engine.place(self.account, request_of(action.order))
            except Refused as refused:
                self._refused(action.order.client_id, refused)
            return
        try:
            order = self.engine.find(self.account, client_id=action.client_id)
            if isinstance(action, Withdraw):
                self.engine.cancel(order)
            else:
                self.engine.amend(order, Amendment(price=action.price, size=action.size))
        except Refused:
            known = self.account.by_client_id.get(action.client_id)
            if known is not None:
                self._report(known)

    def _refused(self, client_id: ClientOrderId, refused: Refused) -> None:
        funds = refused.reason is Reason.INSUFFICIENT_FUNDS
        event = ChildRefused(client_id, str(refused), funds)
        self._late(partial(self._child, client_id, event))

    def _late(self, call: Callable[[], None]) -> None:
        self._at(self._rng.randint(0, self._trouble.late_ns), call)

    def _print(self, event: TradePrint) -> None:
        spec = self.engine.listings[event.instrument].spec
        self._soon(Traded(event.instrument, spec.price(event.price), spec.size(event.size)))

    def _order(self, event: OrderEvent) -> None:
        if event.order.account is not self.account:
            return
        if event.fill is not None:
            self._filled(event.fill)
        self._report(event.order)

    def _filled(self, fill: FillEvent) -> None:
        spec = fill.order.spec
        self.fills.append(
            Filled(
                fill.order.client_id,
                fill.order.side,
                spec.price(fill.price),
                spec.size(fill.size),
                fill.maker,
            )
        )

    def _report(self, order: Order) -> None:
        client_id = ClientOrderId(order.client_id)
        if client_id not in self._owner:
            return
        report = report_of(order, Nanos(self.clock.now_ns()))
        known_ns = self._silent.get(client_id, 0)
        if known_ns > self.clock.now_ns():
            self._at(known_ns - self.clock.now_ns(), partial(self._merge, client_id, report))
            return
        for _ in range(2 if self._rng.random() < self._trouble.twice else 1):
            self._late(partial(self._merge, client_id, report))

    def _merge(self, client_id: ClientOrderId, report: OrderReport) -> None:
        known = self._merged.get(client_id)
        if known is not None:
            if known.status.final and not report.status.final:
                report = known
            elif report.filled < known.filled:
                report = msgspec.structs.replace(
                    report, filled=known.filled, average_price=known.average_price
                )
        self._merged[client_id] = report
        self._child(client_id, ChildReport(report))

    def _child(self, client_id: ClientOrderId, event: Input) -> None:
        self._give(self._owner[client_id], event)


def request_of(order: PlaceOrder) -> OrderRequest:
    """An order as the engine takes it; types it has not are the caller's to map."""
    return OrderRequest(
        instrument=order.instrument,
        side=order.side,
        type=order.type,
        size=order.size,
        quote_size=order.quote_size,
        price=order.price,
        client_id=order.client_id,
        time_in_force=order.time_in_force,
        expire_ns=order.expire_ns,
        post_only=order.post_only,
        reduce_only=order.reduce_only,
        trigger=order.trigger,
        limit_offset=None if order.trigger is None else order.trigger.limit_offset,
        display_size=order.display_size,
        margin_mode=order.margin_mode,
        leverage=order.leverage,
        position_side=order.position_side,
        self_trade=order.self_trade,
    )


def report_of(order: Order, now_ns: Nanos) -> OrderReport:
    """An engine's order as a venue would tell it."""
    spec = order.spec
    live = OrderStatus.PARTIALLY_FILLED if order.filled else OrderStatus.ACCEPTED
    return OrderReport(
        instrument=spec.id,
        venue_id=VenueOrderId(order.id),
        client_id=ClientOrderId(order.client_id),
        status=_FINAL.get(order.state, live),
        side=order.side,
        type=order.type,
        size=spec.size(order.size),
        filled=spec.size(order.filled),
        price=None if order.limit is None else spec.price(order.limit),
        average_price=order.average_price,
        venue_ns=now_ns,
        received_ns=now_ns,
        reason="" if order.reason is None else str(order.reason.value),
    )
