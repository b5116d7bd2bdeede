"""Order entry at one venue: the stream where it carries orders, REST otherwise.

An outcome that is not known is looked up by our client id until it is; nothing is sent again.
"""

import asyncio
from collections import deque
from collections.abc import Callable

import msgspec
import structlog

from argosy.desk.link import VenueLink
from argosy.errors import (
    ArgosyError,
    Blocked,
    ConfigError,
    NotSent,
    OrderNotFound,
    OutcomeUnknown,
    Unsupported,
    VenueError,
)
from argosy.execution.journal import Journal
from argosy.execution.record import OrderRecord
from argosy.model import (
    AmendOrder,
    Balance,
    CancelOrder,
    ClientOrderId,
    CommandDone,
    Fill,
    InstrumentId,
    MarginSummary,
    Nanos,
    OrderReport,
    OrderStatus,
    PlaceOrder,
    Position,
    VenueOrderId,
)
from argosy.net.feed import FeedRunner
from argosy.portfolio.explained import Explained, Unexplained
from argosy.ports import Clock, Event, Trading

_FILLED = OrderStatus.FILLED
_log = structlog.get_logger(__name__)
_OVERLAP_NS = 60 * 10**9  # fills of the last minute are asked for twice: venues list them late
_STREAM_S = 0.5  # a stream that has not told by then may not tell


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How often the venue is asked, and how long until its silence is an answer."""

    look_s: float = 0.5  # between two looks for an order of unknown outcome
    # Requests carry a deadline (Kraken 5 s, OKX 10 s) after which the venue drops them: an order
    # not found later than that never arrived.
    sure_s: float = 15.0
    reconcile_s: float = 30.0


class Trader:
    """Orders of the desk at one venue. `run` reconciles until cancelled."""

    def __init__(
        self,
        link: VenueLink,
        clock: Clock,
        patience: Patience | None = None,
        journal: Journal | None = None,
    ) -> None:
        self.link = link
        self.patience = patience or Patience()
        self.record = OrderRecord(link.id, clock.now_ns, journal)
        self.ledger = self.record.ledger
        self.unresolved = self.record.in_doubt
        self.margin: MarginSummary | None = None  # as it was when last reconciled
        self.unexplained: deque[Unexplained] = deque(maxlen=100)  # changes of balances, latest last
        self.explained = Explained()
        self.wallet = ""  # what several venues trade from, where they do; else each has its own
        self.record.on_fill.append(
            lambda fill: self.explained.fill(fill, link.instruments.get(fill.instrument))
        )
        self.last_reconciled_ns = 0  # venue's clock; when the last whole reconciliation began
        self._fills_from_ns = 0
        self._doubted_ns: dict[ClientOrderId, int] = {}  # since when, on the monotonic clock
        self._clock = clock
        self._wake = asyncio.Event()
        self._reconciling = asyncio.Lock()
        self._numbers = 0

    def restore(self) -> int:
        """Take up what an earlier process left in the journal; returns how many orders were open.

        What it may have sent is looked up, fills since it last reconciled are asked for.
        """
        count = self.record.restore()
        self._fills_from_ns = self.record.marked("reconciled_ns")
        if not self._fills_from_ns:  # whatever fills from here on is found, should this one end
            self._fills_from_ns = self._clock.now_ns()
            self.record.mark("reconciled_ns", self._fills_from_ns)
        return count

    # --- events -----------------------------------------------------------------------------------

    def event(self, event: Event) -> bool:
        """Take in a private event; returns whether it was one and said anything new."""
        if isinstance(event, OrderReport):
            return self.record.order(event)
        if isinstance(event, Fill):
            return self.record.fill(event)
        if isinstance(event, Balance):
            self.ledger.balance(event)
        elif isinstance(event, Position):
            self.ledger.position(event)
        else:
            return False
        return True

    def feed_state(self, state: str) -> None:
        """A private feed came up: what happened meanwhile is to be asked for."""
        if state == "ready":
            self._wake.set()

    # --- orders -----------------------------------------------------------------------------------

    async def place(self, order: PlaceOrder) -> OrderReport:
        """Place an order once.

        Returns what is known when the venue has answered. Where its answer was lost, the order is
        looked up; if that takes long, the report says `unknown` and the search goes on.

        Raises:
            OrderRejected, or another VenueError: the venue refused.
            NotSent: nothing left; safe to place again.
            Unsupported, ConfigError: not possible here.
        """
        await self.intend(order)
        return await self.send(order)

    async def intend(self, order: PlaceOrder, work: str = "") -> None:
        """Make an order durable, as about to be sent; nothing is sent yet."""
        self._can_trade()
        if order.instrument not in self.link.instruments:
            raise ConfigError(f"{self.link.id} lists no {order.instrument}")
        await self.record.intend(order, work)

    async def send(self, order: PlaceOrder) -> OrderReport:
        """Send an order that `intend` made durable, once in its life; raises as `place` does."""
        try:
            report = await self._place(order)
        except OutcomeUnknown as e:
            self._doubt(order, str(e))
            return await self._wait_resolved(order)
        except (VenueError, NotSent, Unsupported, ConfigError, Blocked) as e:
            self.record.settle(order.client_id, OrderStatus.REJECTED, str(e))
            raise
        except BaseException as e:
            self._doubt(order, type(e).__name__)
            raise
        self.record.order(report)
        return self.ledger.find(order.client_id) or report

    def _doubt(self, order: PlaceOrder, why: str) -> None:
        self.record.settle(order.client_id, OrderStatus.UNKNOWN, why)
        self._wake.set()

    async def _place(self, order: PlaceOrder) -> OrderReport:
        trading = self._trading()
        stream = self._stream()
        if stream is not None:
            try:
                done = await stream.place(
                    order, self._command_id(), cost=trading.place(order).request.cost
                )
            except (Unsupported, NotSent):
                pass  # nothing left over the stream: REST can carry it
            else:
                return self._accepted(order, done)
        return await self.link.http.call(trading.place(order))

    def _accepted(self, order: PlaceOrder, done: CommandDone) -> OrderReport:
        if done.venue_id is None:
            raise OutcomeUnknown(f"{self.link.id} took {order.client_id} and gave no order id")
        waiting = self.ledger.pending.get(order.client_id)
        if waiting is None:  # the order stream was faster
            known = self.ledger.find(order.client_id)
            assert known is not None
            return known
        parts = {name: getattr(waiting, name) for name in waiting.__struct_fields__}
        return OrderReport(
            **{
                **parts,
                "venue_id": done.venue_id,
                "status": OrderStatus.ACCEPTED,
                "received_ns": done.received_ns,
            }
        )

    async def amend(self, amend: AmendOrder) -> OrderReport:
        """Change an order; raises as `place` does, and OutcomeUnknown where that stays open."""
        trading = self._trading()
        stream = self._stream()
        self.record.asks(amend.client_id, f"amend {_words(amend)}")
        try:
            if stream is not None:
                try:
                    await stream.amend(
                        amend, self._command_id(), cost=trading.amend(amend).request.cost
                    )
                except (Unsupported, NotSent):
                    await self.link.http.call(trading.amend(amend))
            else:
                await self.link.http.call(trading.amend(amend))
        except OutcomeUnknown:
            self._wake.set()
            raise

        def told(report: OrderReport) -> bool:
            wanted = (
                (amend.new_size, report.size),
                (amend.new_price, report.price),
                (amend.new_trigger_price, report.trigger_price),
            )
            return report.status.final or all(new in {None, now} for new, now in wanted)

        return await self._afterwards(amend, told)

    async def cancel(self, cancel: CancelOrder) -> OrderReport:
        """Cancel an order and return what became of it; safe to repeat."""
        trading = self._trading()
        stream = self._stream()
        self.record.asks(cancel.client_id, "cancel")
        try:
            if stream is not None:
                try:
                    await stream.cancel(
                        cancel, self._command_id(), cost=trading.cancel(cancel).request.cost
                    )
                except (Unsupported, NotSent):
                    await self.link.http.call(trading.cancel(cancel))
            else:
                await self.link.http.call(trading.cancel(cancel))
        except (OutcomeUnknown, OrderNotFound):
            return await self.refresh(cancel.instrument, cancel.client_id, cancel.venue_id)
        return await self._afterwards(cancel, lambda report: report.status.final)

    async def _afterwards(
        self, command: AmendOrder | CancelOrder, told: Callable[[OrderReport], bool]
    ) -> OrderReport:
        """What an order is after a command that the venue took: as the order stream tells within a
        moment, else as the venue says when asked (which costs a request of its limits).
        """
        until_ns = self._clock.monotonic_ns() + round(_STREAM_S * 1e9)
        while self._stream() is not None and self._clock.monotonic_ns() < until_ns:
            report = self.ledger.find(command.venue_id or command.client_id)
            if report is not None and told(report):
                return report
            await self._clock.sleep(0.01)
        return await self.refresh(command.instrument, command.client_id, command.venue_id)

    async def cancel_all(self, instrument: InstrumentId | None = None) -> list[str]:
        """Cancel everything open, of one instrument or of all.

        Nothing is asked before it is sent, nor more than the open orders afterwards: whoever
        cancels all is in a hurry, and a whole reconciliation may wait for rate limits.

        Returns the venue's ids of the orders that are over by it.
        """
        trading, http = self._trading(), self.link.http
        before = [
            report.venue_id
            for report in self.ledger.open()
            if report.venue_id and instrument in {None, report.instrument}
        ]
        told = await http.collect(trading.cancel_all(instrument))
        still_open = {report.venue_id for report in await http.collect(trading.open_orders())}
        self._wake.set()  # fills and the rest in their own time
        known = self.ledger.orders
        return [
            order_id
            for order_id in dict.fromkeys([*before, *told])
            if order_id not in still_open
            and not (order_id in known and known[VenueOrderId(order_id)].status is _FILLED)
        ]

    async def refresh(
        self, instrument: InstrumentId, client_id: ClientOrderId, venue_id: str | None = None
    ) -> OrderReport:
        """Ask the venue what an order is now."""
        known = self.ledger.find(client_id)
        venue_id = venue_id or (known.venue_id if known is not None else None) or None
        call = self._trading().order(instrument, client_id, venue_id)
        report = await self.link.http.call(call)
        self.event(report)
        return self.ledger.find(client_id) or report

    # --- what became of it ------------------------------------------------------------------------

    async def run(self) -> None:
        """Resolve what is unknown and reconcile: when woken, and every half minute."""
        await self.link.started.wait()
        while True:
            self._still_ours()
            try:
                await self._resolve()
                await self.reconcile()
            except ArgosyError as e:
                self.link.detail = f"reconciling: {e}"
            else:
                if self.link.detail.startswith("reconciling: "):
                    self.link.detail = ""
            look_s, calm_s = self.patience.look_s, self.patience.reconcile_s
            pause_s = look_s if self.unresolved else calm_s
            waiting = asyncio.ensure_future(self._wake.wait())  # noqa: TID251  # awaited below
            sleeping = asyncio.ensure_future(self._clock.sleep(pause_s))  # noqa: TID251
            try:
                await asyncio.wait((waiting, sleeping), return_when=asyncio.FIRST_COMPLETED)
            finally:
                waiting.cancel()
                sleeping.cancel()
            self._wake.clear()

    async def _resolve(self) -> None:
        """Look up what is in doubt. That the venue does not know an order counts only once it
        cannot be on its way any more: told by the clock that never steps, from when the doubt
        began here, so also after a restart.
        """
        now_ns = self._clock.monotonic_ns()
        self._doubted_ns = {
            client_id: self._doubted_ns.get(client_id, now_ns) for client_id in self.unresolved
        }
        for client_id, order in tuple(self.unresolved.items()):
            try:
                await self.refresh(order.instrument, client_id)
            except OrderNotFound:
                since_ns = now_ns - self._doubted_ns[client_id]
                if since_ns > self.patience.sure_s * 1e9 and client_id in self.unresolved:
                    self.record.settle(
                        client_id, OrderStatus.REJECTED, "it never reached the venue"
                    )
            except ArgosyError:
                continue

    async def _wait_resolved(self, order: PlaceOrder) -> OrderReport:
        until_ns = self._clock.monotonic_ns() + round((self.patience.sure_s + 2) * 1e9)
        while order.client_id in self.unresolved and self._clock.monotonic_ns() < until_ns:
            await self._clock.sleep(self.patience.look_s / 2)
        report = self.ledger.find(order.client_id)
        assert report is not None
        return report

    async def reconcile(self) -> None:
        """Compare with the venue: orders it has open, those we thought open, fills, holdings.

        One after another: of two at once, each could see a fill in the balances that the other has
        not heard of either, and agree that nothing explains it.
        """
        async with self._reconciling:
            await self._reconcile()

    async def _reconcile(self) -> None:
        trading, http = self._trading(), self.link.http
        began_ns = self.link.http.clock.now_ns()
        before = [report.venue_id for report in self.ledger.open() if report.venue_id]
        listed = await http.collect(trading.open_orders())
        for report in listed:
            self.event(report)
        still_open = {report.venue_id for report in listed}
        for venue_id in before:
            now = self.ledger.find(venue_id)  # it may go on under another id by now
            if now is None or now.status.final or now.venue_id in still_open:
                continue
            try:
                client_id = now.client_id or ClientOrderId("")
                await self.refresh(now.instrument, client_id, now.venue_id)
            except OrderNotFound:
                if now.status is not OrderStatus.UNKNOWN:
                    self.record.replace(_vanished(now))
        since_ns = self._fills_from_ns or began_ns
        for fill in await http.collect(trading.fills(Nanos(max(0, since_ns - _OVERLAP_NS)))):
            self.event(fill)
        account = self.link.adapter.account
        if account is not None:
            asked_ns, venue_ns = self._clock.now_ns(), http.clock.now_ns()
            balances = await http.collect(account.balances())
            positions = await http.collect(account.positions())
            self.ledger.holds_only(balances, positions, asked_ns)
            self._explain(balances, positions, venue_ns)
            self.margin = await http.call(account.margin())
        self.last_reconciled_ns = began_ns
        self._fills_from_ns = began_ns
        self.record.mark("reconciled_ns", began_ns)

    def _explain(self, balances: list[Balance], positions: list[Position], venue_ns: int) -> None:
        """Flag what moved a balance and was no fill: in the journal, and for people."""
        listed = self.link.instruments
        for found in self.explained.look(balances, positions, listed, venue_ns):
            self.unexplained.append(found)
            self.record.note(self.link.id, "unexplained", found)
            _log.warning(
                "unexplained change of a balance",
                venue=self.link.id,
                currency=found.currency,
                amount=str(found.amount),
            )

    # --- within -----------------------------------------------------------------------------------

    def _still_ours(self) -> None:
        """ConfigError when another process has taken the journal over: this desk must end."""
        journal = self.record.journal
        if journal is not None and journal.lost is not None:
            raise ConfigError(f"{journal.lost}; this desk stops, nothing more is sent from it")

    def _can_trade(self) -> None:
        """Raises Unsupported or ConfigError where orders are not possible here at all."""
        self._trading()

    def _trading(self) -> Trading:
        if self.link.adapter.trading is None:
            raise Unsupported(f"{self.link.id} takes no orders")
        if self.link.settings.credentials is None:
            raise ConfigError(
                f"no API key for {self.link.id}: set venues.{self.link.id}.credentials"
            )
        return self.link.adapter.trading

    def _stream(self) -> FeedRunner | None:
        if not self.link.adapter.info.orders.over_stream:
            return None
        return next(
            (feed for feed in self.link.private if feed.plan.url == "ws_private" and feed.ready),
            None,
        )

    def _command_id(self) -> str:
        self._numbers += 1
        return str(self._numbers)


def _vanished(report: OrderReport) -> OrderReport:
    """An order that was open and that the venue no longer knows: no one can say how it ended."""
    parts = {name: getattr(report, name) for name in report.__struct_fields__}
    reason = "the venue no longer knows it"
    return OrderReport(**{**parts, "status": OrderStatus.UNKNOWN, "reason": reason})


def _words(amend: AmendOrder) -> str:
    parts = (("size", amend.new_size), ("price", amend.new_price))
    told = [f"{name} {value}" for name, value in (*parts, ("trigger", amend.new_trigger_price))]
    return " ".join(text for text in told if not text.endswith("None"))
