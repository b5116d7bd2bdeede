"""Replays recorded quotes and trades to a work, and fills its orders by them; opens no socket.

The model: what takes is filled at once at the best price shown, whatever its size; what rests, once
more was traded at its price than stood there before it, or as soon as a trade goes beyond. Nothing
that it does moves the market, and its fills are prints beside the recorded ones.
"""

import io
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import msgspec
import zstandard

from argosy.execution.work import (
    Began,
    ChildReport,
    Due,
    Input,
    Market,
    Moved,
    Place,
    Traded,
    Wake,
    Withdraw,
    Work,
)
from argosy.model import (
    ClientOrderId,
    Instrument,
    InstrumentId,
    Nanos,
    OrderReport,
    OrderStatus,
    PlaceOrder,
    Side,
    TimeInForce,
    VenueOrderId,
)
from argosy.model.money import ZERO


class Tick(msgspec.Struct, frozen=True):
    """The best prices as they became (sizes above 0), or one trade."""

    at_ns: int
    bid: Decimal = ZERO
    bid_size: Decimal = ZERO
    ask: Decimal = ZERO
    ask_size: Decimal = ZERO
    price: Decimal = ZERO  # of a trade; 0 for a quote
    size: Decimal = ZERO


class Execution(msgspec.Struct, frozen=True):
    """One execution of the work's orders."""

    at_ns: int
    price: Decimal
    size: Decimal
    maker: bool


class _Resting(msgspec.Struct):
    """An order in the book, and what stands before it."""

    order: PlaceOrder
    before: Decimal


class Replayed(Mapping[InstrumentId, Market]):
    """One work in a recorded market; also the market that it sees. `heard` is told each input with
    the work as it was and the market as it is.
    """

    def __init__(self, about: Instrument, work: Work) -> None:
        self.work = work
        self.fills: list[Execution] = []
        self.heard: Callable[[Work, Input, Market], None] = lambda _work, _input, _market: None
        self._about = about
        self._now_ns = 0
        self._quote = Tick(0)
        self._resting: dict[ClientOrderId, _Resting] = {}
        self._due_ns = 0

    def __getitem__(self, instrument: InstrumentId) -> Market:
        if instrument != self._about.id:
            raise KeyError(instrument)
        quote = self._quote
        return Market(
            about=self._about,
            now_ns=Nanos(self._now_ns),
            bid=quote.bid,
            bid_size=quote.bid_size,
            ask=quote.ask,
            ask_size=quote.ask_size,
        )

    @property
    def now_ns(self) -> Nanos:
        """The recording's clock."""
        return Nanos(self._now_ns)

    def __iter__(self) -> Iterator[InstrumentId]:
        return iter((self._about.id,))

    def __len__(self) -> int:
        return 1

    def run(self, ticks: Iterable[Tick], until_ns: int) -> None:
        """Begin the work at the first quote, then let the market pass up to `until_ns`."""
        begun = False
        for tick in ticks:
            if tick.at_ns > until_ns:
                break
            while begun and 0 < self._due_ns <= tick.at_ns:
                self._wake()
            self._now_ns = tick.at_ns
            if tick.price:
                self._trade(tick)
            else:
                moved = (tick.bid, tick.ask) != (self._quote.bid, self._quote.ask)
                self._quote = tick
                if not begun:
                    begun = True
                    self._give(Began())
                elif moved:
                    self._give(Moved(self._about.id))
        while begun and 0 < self._due_ns <= until_ns:
            self._wake()

    def _wake(self) -> None:
        self._now_ns, self._due_ns = max(self._now_ns, self._due_ns), 0
        self._give(Due())

    def _trade(self, tick: Tick) -> None:
        if not self._quote.bid:
            return
        self._give(Traded(self._about.id, tick.price, tick.size))
        for client_id, resting in tuple(self._resting.items()):
            price, buying = resting.order.price, resting.order.side is Side.BUY
            assert price is not None, "only limit orders rest"
            if tick.price == price:
                resting.before -= tick.size
            beyond = tick.price < price if buying else tick.price > price
            # Popping tells whether it still rests: what the one before it filled may withdraw it.
            if (beyond or resting.before < 0) and self._resting.pop(client_id, None) is not None:
                self._give(*self._filled(resting.order, price, maker=True))

    def _give(self, *events: Input) -> None:
        """Inputs, then what follows from them, until there is nothing more."""
        waiting = deque(events)
        while waiting and not self.work.done:
            event = waiting.popleft()
            self.heard(self.work, event, self[self._about.id])
            outcome = self.work.receive(event, self)
            self.work = outcome.work
            for action in outcome.actions:
                if isinstance(action, Wake):
                    self._due_ns = action.at_ns
                elif isinstance(action, Place):
                    waiting += self._placed(action.order)
                elif isinstance(action, Withdraw):
                    resting = self._resting.pop(action.client_id, None)
                    if resting is not None:
                        waiting.append(self._report(resting.order, OrderStatus.CANCELLED))

    def _placed(self, order: PlaceOrder) -> tuple[Input, ...]:
        quote, buying = self._quote, order.side is Side.BUY
        touch = quote.ask if buying else quote.bid
        price = order.price
        if price is None or (price >= touch if buying else price <= touch):
            return self._filled(order, touch)
        if order.time_in_force is TimeInForce.IOC:
            return (self._report(order, OrderStatus.CANCELLED),)
        own, before = (quote.bid, quote.bid_size) if buying else (quote.ask, quote.ask_size)
        assert order.client_id is not None
        self._resting[order.client_id] = _Resting(order, before if price == own else ZERO)
        return (self._report(order, OrderStatus.ACCEPTED),)

    def _filled(
        self, order: PlaceOrder, price: Decimal, *, maker: bool = False
    ) -> tuple[Input, ...]:
        assert order.size is not None
        self.fills.append(Execution(self._now_ns, price, order.size, maker))
        return (
            Traded(self._about.id, price, order.size),
            self._report(order, OrderStatus.FILLED, price),
        )

    def _report(
        self, order: PlaceOrder, status: OrderStatus, price: Decimal | None = None
    ) -> ChildReport:
        return ChildReport(
            OrderReport(
                instrument=order.instrument,
                venue_id=VenueOrderId(""),
                client_id=order.client_id,
                status=status,
                side=order.side,
                type=order.type,
                size=order.size,
                filled=ZERO if price is None else order.size or ZERO,
                average_price=price,
                venue_ns=Nanos(self._now_ns),
                received_ns=Nanos(self._now_ns),
            )
        )


def binance_spot(path: Path) -> Iterator[Tick]:
    """Quotes and trades of a capture of Binance's spot streams, one symbol, zstandard: lines of
    `local_ts_ns {"stream": ..., "data": {...}}`. Other frames are passed over.
    """
    read = msgspec.json.Decoder(_Line).decode
    with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as stream:
        for line in io.BufferedReader(stream):
            at, _, body = line.partition(b" ")
            if b"@bookTicker" not in body[:60] and b"@trade" not in body[:60]:
                continue
            said = read(body).data
            if said.p is not None and said.q is not None:
                yield Tick(int(at), price=said.p, size=said.q)
            elif said.b and said.B and said.a and said.A:
                yield Tick(int(at), said.b, said.B, said.a, said.A)


class _Data(msgspec.Struct):
    """What of bookTicker (b, B, a, A) and trade (p, q) frames is read.

    Source: github.com/binance/binance-spot-api-docs, web-socket-streams.md, read 2026-11-27.
    """

    b: Decimal | None = None
    B: Decimal | None = None
    a: Decimal | None = None
    A: Decimal | None = None
    p: Decimal | None = None
    q: Decimal | None = None


class _Line(msgspec.Struct):
    data: _Data
