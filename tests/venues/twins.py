"""The sandbox as the contract suites' twin: its inside, in the model's words. Holds no test."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from decimal import Decimal

from argosy.model import (
    BookSnapshot,
    ClientOrderId,
    Credentials,
    Fill,
    Instrument,
    InstrumentId,
    InstrumentStatus,
    Liquidity,
    MarginMode,
    Nanos,
    OrderReport,
    OrderStatus,
    OrderType,
    PositionSide,
    Side,
    VenueOrderId,
)
from argosy.model.time import SECOND
from argosy.ports import Channel
from argosy.sandbox.engine import FillEvent, Order, OrderRequest, State
from argosy.sandbox.engine.book import OrderBook
from argosy.sandbox.faults import FaultKind, FaultPlan
from argosy.sandbox.kraken.server import Server as KrakenServer
from argosy.sandbox.market import MarketSettings
from argosy.sandbox.okx.server import Server as OkxServer
from argosy.sandbox.server import Sandbox, SandboxSettings
from argosy.testing.twin import Trouble

_STEP_NS = 200_000_000
_PLACING = {"kraken": ("POST /0/private/AddOrder", "*"), "okx": ("POST /api/v5/trade/order", "*")}
_WITHDRAWING = {"kraken": "POST /0/private/Withdraw", "okx": "POST /api/v5/asset/withdrawal"}
_STATUS = {
    State.FILLED: OrderStatus.FILLED,
    State.CANCELLED: OrderStatus.CANCELLED,
    State.EXPIRED: OrderStatus.EXPIRED,
}


def _client_id(order: Order) -> ClientOrderId:
    """The customer's id; the sandbox's OKX keeps those of algo orders apart by a prefix."""
    return ClientOrderId(order.client_id.removeprefix("algo:"))


class JumpingClock:
    """The machine's clock and what was jumped over."""

    def __init__(self) -> None:
        self.ahead_ns = 0

    def now_ns(self) -> int:
        return time.time_ns() + self.ahead_ns  # noqa: TID251


class SandboxTwin:
    """A Twin."""

    def __init__(self, name: str, sandbox: Sandbox, clock: JumpingClock) -> None:
        self.name = name
        self.sandbox = sandbox
        self.clock = clock
        self.venue = sandbox.venue(name)
        self.account = sandbox.account(name)

    def endpoints(self) -> Mapping[str, str]:
        return self.sandbox.endpoints(self.name)

    def credentials(self, label: str) -> Credentials:
        return self.venue.keys[label].credentials

    def now_ns(self) -> Nanos:
        return Nanos(self.venue.now_ns())

    def pass_time(self, seconds: float) -> None:
        self.clock.ahead_ns += round(seconds * SECOND)
        self.venue.engine.settle_down()
        self.venue.wallet.settle()

    def move(self) -> None:
        self.clock.ahead_ns += _STEP_NS
        self.sandbox.advance()

    def cause(self, channel: Channel) -> None:
        engine = self.venue.engine
        if channel is Channel.INSTRUMENTS:
            symbol = "BTC/USD" if self.name == "kraken" else "BTC/USDT"
            engine.set_status(self.venue.listing(symbol).spec.id, InstrumentStatus.POST_ONLY)
        elif channel is Channel.LIQUIDATIONS:
            listing = self.venue.listing("BTC/USDT:USDT")
            rival = self.sandbox.account(self.name, "rival")
            deep = OrderRequest(
                instrument=listing.spec.id,
                side=Side.BUY,
                type=OrderType.MARKET,
                size=Decimal(100),
                margin_mode=MarginMode.ISOLATED,
                leverage=Decimal(100),
            )
            engine.place(rival, deep)
            engine.set_reference(listing.spec.id, mark=listing.mark * 9 // 10, index=listing.index)
            engine.settle_down()

    def instruments(self) -> Sequence[Instrument]:
        return [spec.instrument for spec in self.venue.specs()]

    def book(self, instrument: InstrumentId) -> BookSnapshot:
        return self.sandbox.book(self.name, instrument)

    def orders(self) -> Sequence[OrderReport]:
        return [
            self._report(order)
            for order in self.account.orders.values()
            if order.client_id and order.parent is None
        ]

    @staticmethod
    def _report(order: Order) -> OrderReport:
        spec = order.spec
        partly = OrderStatus.PARTIALLY_FILLED if order.filled else OrderStatus.ACCEPTED
        return OrderReport(
            instrument=spec.id,
            venue_id=VenueOrderId(order.id),
            client_id=_client_id(order),
            status=_STATUS.get(order.state, partly),
            side=order.side,
            type=order.type,
            size=spec.size(order.size),
            filled=spec.size(order.filled),
            price=None if order.price is None else spec.price(order.price),
            trigger_price=None if order.trigger_price is None else spec.price(order.trigger_price),
            average_price=order.average_price,
            venue_ns=Nanos(order.updated_ns),
            received_ns=Nanos(order.updated_ns),
        )

    def fill(self, client_id: str) -> None:
        before = len(self.account.fills)
        order = next(one for one in self.account.orders.values() if _client_id(one) == client_id)
        waits = order.state is State.UNTRIGGERED
        # A stop waits on its own side of the market, everything else on the other.
        stop = waits and order.type in {OrderType.STOP, OrderType.STOP_LIMIT}
        side = order.side if stop else order.side.opposite
        engine = self.venue.engine
        for _ in range(200):
            if sum(event.size for event in list(self.account.fills)[before:]) >= order.size:
                return
            best = next(iter(getattr(self._book(order), "asks" if side is Side.BUY else "bids")))
            engine.take(order.spec.id, side, best.size)
            engine.settle_down()
        raise AssertionError(f"{client_id} was not filled: {order.state}")

    def _book(self, order: Order) -> OrderBook:
        return self.venue.listing(order.spec.id).book

    def fills(self) -> Sequence[Fill]:
        return [
            Fill(
                instrument=event.order.spec.id,
                venue_order_id=VenueOrderId(event.order.id),
                venue_trade_id=self._trade_id(event),
                side=event.order.side,
                price=event.order.spec.price(event.price),
                size=event.order.spec.size(event.size),
                fee=event.fee,
                fee_currency=event.fee_currency,
                liquidity=Liquidity.MAKER if event.maker else Liquidity.TAKER,
                venue_ns=Nanos(event.at_ns),
                received_ns=Nanos(event.at_ns),
                client_id=_client_id(event.order),
            )
            for event in self.account.fills
        ]

    def _trade_id(self, event: FillEvent) -> str:
        """OKX gives both sides the number that the public sees."""
        return str(event.print_id) if self.name == "okx" else event.trade_id

    def balances(self) -> Mapping[str, tuple[Decimal, Decimal]]:
        return {
            currency: (holding.total, holding.held)
            for currency, holding in self.account.holdings.items()
            if holding.total
        }

    def positions(self) -> Mapping[tuple[InstrumentId, PositionSide], Decimal]:
        return {
            key: position.size for key, position in self.account.positions.items() if position.size
        }

    def fees(self, instrument: InstrumentId) -> tuple[Decimal, Decimal]:
        spec = self.venue.listing(instrument).spec
        return spec.maker_rate, spec.taker_rate

    def purses(self) -> Mapping[tuple[str, str], Decimal]:
        trading = {
            ("trading", currency): holding.free
            for currency, holding in self.account.holdings.items()
        }
        server = self.sandbox.servers[self.name]
        if isinstance(server, KrakenServer):
            moved = server.funding.futures.items()
            return trading | {("futures", currency): amount for (_, currency), amount in moved}
        assert isinstance(server, OkxServer)
        funding = server.exchange.funding[self.account.name]
        return trading | {("funding", currency): amount for currency, amount in funding.items()}

    def approved_address(self, currency: str, chain: str) -> str:
        return next(
            one.address
            for one in self.venue.wallet.approved(self.account, currency)
            if one.chain == chain
        )

    def arrive(self, currency: str, chain: str, amount: Decimal) -> str:
        wallet = self.venue.wallet
        rule = wallet.network(currency, chain)
        assert rule is not None
        address = wallet.address(self.account, rule)
        now_ns = self.venue.engine.now_ns()
        return self.sandbox.world.chain.send(chain, currency, amount, address, now_ns).id

    def trouble(self, kind: Trouble) -> None:
        if kind is Trouble.HOLD_WITHDRAWALS:
            self.venue.wallet.held = True
            return
        if kind is Trouble.FAIL_WITHDRAWAL:
            self.venue.wallet.failing = True
            return
        plans = {
            Trouble.LOSE_BOOK_FRAME: FaultPlan(
                kind=FaultKind.DROP, operation="out book*", role="ws_public", nth=1
            ),
            Trouble.CUT_FRAME: FaultPlan(
                kind=FaultKind.TRUNCATE, operation="out book*", role="ws_public", nth=1
            ),
            Trouble.CUT_STREAMS: FaultPlan(kind=FaultKind.DISCONNECT, operation="out *", nth=1),
            Trouble.LOSE_PLACED_ANSWER: FaultPlan(
                kind=FaultKind.ANSWER_LOST, operation=_PLACING[self.name][0], nth=1
            ),
            Trouble.LOSE_WITHDRAWAL_ANSWER: FaultPlan(
                kind=FaultKind.ANSWER_LOST, operation=_WITHDRAWING[self.name], nth=1
            ),
            Trouble.RATE_LIMIT: FaultPlan(kind=FaultKind.RATE_LIMITED, nth=1),
            Trouble.FAIL: FaultPlan(kind=FaultKind.HTTP_ERROR, operation="POST *", nth=1),
        }
        self.sandbox.faults.add(plans[kind])


def twin_of(name: str) -> Callable[[], AbstractAsyncContextManager[SandboxTwin]]:
    """What opens a fresh sandbox with one venue, whose market stands still."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[SandboxTwin]:
        clock = JumpingClock()
        settings = SandboxSettings(
            venues=(name,),
            market=MarketSettings(levels=40, takers_per_step=0.5),
            tls=False,
            limits=False,
            tick_s=0,
        )
        async with Sandbox(settings, clock) as sandbox:
            yield SandboxTwin(name, sandbox, clock)
            await asyncio.sleep(0)

    return opened
