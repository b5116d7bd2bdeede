"""One account's orders in memory and in the journal, kept the same. Does no I/O but the journal's.

The ledger answers at once; the journal makes intents durable before they are sent, and what
happened soon after it did.
"""

from collections.abc import Callable

import msgspec
import structlog

from argosy.errors import ConfigError, NotSent
from argosy.execution.journal import (
    CancelIntended,
    DuplicateIntent,
    Entry,
    FillKnown,
    Intended,
    Journal,
    Marked,
    Noted,
    OrderKnown,
)
from argosy.execution.ledger import OrderLedger
from argosy.model import (
    ClientOrderId,
    Fill,
    InstrumentId,
    Nanos,
    OrderReport,
    OrderStatus,
    PlaceOrder,
    TopOfBook,
    VenueId,
)

_encode = msgspec.json.Encoder(decimal_format="string").encode
_log = structlog.get_logger(__name__)
FILLS_READ = 20_000  # of the newest fills, read back on start; older ones the journal still knows


class OrderRecord:
    """Orders of ours at one venue. `on_order` is told each report that said anything new."""

    def __init__(
        self, venue: VenueId, now_ns: Callable[[], Nanos], journal: Journal | None = None
    ) -> None:
        self.venue = venue
        self.ledger = OrderLedger()
        self.journal = journal
        self.intents: dict[ClientOrderId, PlaceOrder] = {}  # of orders that are not final
        self.in_doubt: dict[ClientOrderId, PlaceOrder] = {}  # sent, perhaps; being looked up
        self.on_order: list[Callable[[OrderReport], None]] = []
        self.on_fill: list[Callable[[Fill], None]] = []
        self.quote: Callable[[InstrumentId], TopOfBook | None] = lambda _instrument: None
        self._now_ns = now_ns

    # --- recovery ---------------------------------------------------------------------------------

    def restore(self) -> int:
        """Read back what an earlier process left: returns how many orders were open.

        Those that were sent, perhaps, and never heard of again are in doubt: to be looked up.
        """
        if self.journal is None:
            return 0
        store = self.journal.store
        count = 0
        for found in store.open_orders(self.venue):
            count += 1
            self.ledger.restore(found.report, ours=found.intent is not None)
            client_id = found.report.client_id
            if found.intent is None or client_id is None:
                continue
            self.intents[client_id] = found.intent
            if not found.report.venue_id:
                self.ledger.settle(
                    client_id, OrderStatus.UNKNOWN, "the process ended before it was known"
                )
                self.in_doubt[client_id] = found.intent
        for fill in store.fills_since(self.venue, 0, FILLS_READ):
            self.ledger.fill(fill)
        return count

    # --- before anything is sent ------------------------------------------------------------------

    def check_new(self, order: PlaceOrder) -> None:
        """ConfigError when the client id was used before, as far as memory goes."""
        if self.ledger.find(order.client_id) is not None:
            raise ConfigError(f"client id {order.client_id!r} was used before; use an id once")

    def intention(self, order: PlaceOrder, work: str = "") -> Intended:
        """An order as pending in the ledger, and the entry that makes it durable."""
        now_ns = self._now_ns()
        self.intents[order.client_id] = order
        report = self.ledger.placing(order, now_ns)
        return Intended(
            venue=self.venue,
            order=order,
            report=report,
            at_ns=now_ns,
            work=work,
            quote=self.quote(order.instrument),
        )

    async def intend(self, order: PlaceOrder, work: str = "") -> None:
        """Return once an order is durable and may be sent.

        Raises:
            ConfigError: the client id was used before, by whichever process.
            JournalFailed, LeaseLost: it is not durable; nothing may be sent.
        """
        self.check_new(order)
        entry = self.intention(order, work)
        if self.journal is None:
            return
        try:
            await self.journal.commit(entry)
        except DuplicateIntent:
            self.forget(order.client_id)
            raise
        except NotSent as e:
            self.intents.pop(order.client_id, None)
            self.ledger.settle(order.client_id, OrderStatus.REJECTED, str(e))
            raise
        except BaseException:  # whoever asked went away: it may be durable, and was not sent
            self.settle(order.client_id, OrderStatus.REJECTED, "given up before it was sent")
            raise

    def forget(self, client_id: ClientOrderId) -> None:
        """An intention that never became durable: it was never one."""
        self.intents.pop(client_id, None)
        self.ledger.pending.pop(client_id, None)

    def asks(self, client_id: ClientOrderId, what: str) -> None:
        """A cancellation or amendment is on its way: for the history."""
        self._write(
            CancelIntended(venue=self.venue, client_id=client_id, what=what, at_ns=self._now_ns())
        )

    # --- what happened ----------------------------------------------------------------------------

    def order(self, report: OrderReport) -> bool:
        """Take in a report; returns whether it said anything new."""
        if report.client_id is not None:
            self.in_doubt.pop(report.client_id, None)
        if not self.ledger.order(report):
            return False
        self._told(self.ledger.orders[report.venue_id])
        return True

    def fill(self, fill: Fill) -> bool:
        """Take in a fill; one told before counts once."""
        if fill.client_id is None:  # not every venue tells it with a fill
            order = self.ledger.orders.get(fill.venue_order_id)
            if order is not None and order.client_id is not None:
                fill = msgspec.structs.replace(fill, client_id=order.client_id)
        if not self.ledger.fill(fill):
            return False
        quote = self.quote(fill.instrument)
        self._write(FillKnown(venue=self.venue, fill=fill, at_ns=self._now_ns(), quote=quote))
        for hear in self.on_fill:
            hear(fill)
        return True

    def settle(self, client_id: ClientOrderId, status: OrderStatus, reason: str) -> OrderReport:
        """An order that has no venue id: refused, never sent, or of unknown outcome."""
        report = self.ledger.settle(client_id, status, reason)
        if status is OrderStatus.UNKNOWN and not report.venue_id and client_id in self.intents:
            self.in_doubt[client_id] = self.intents[client_id]
        elif status is not OrderStatus.UNKNOWN:
            self.in_doubt.pop(client_id, None)
        self._told(report)
        return report

    def replace(self, report: OrderReport) -> None:
        """An order is now known to be so, whatever was said before."""
        self.ledger.orders[report.venue_id] = report
        self._told(report)

    def mark(self, name: str, value: int) -> None:
        """Remember a number under a name of this venue."""
        self._write(Marked(name=f"{self.venue}/{name}", value=str(value)))

    def marked(self, name: str) -> int:
        """A number remembered by this or an earlier process; 0 when none was."""
        if self.journal is None:
            return 0
        return int(self.journal.store.mark(f"{self.venue}/{name}") or 0)

    def note(self, about: str, kind: str, what: msgspec.Struct) -> None:
        """A line for the journal's history."""
        self._write(Noted(about=about, kind=kind, body=_encode(what), at_ns=self._now_ns()))

    # --- within -----------------------------------------------------------------------------------

    def _told(self, report: OrderReport) -> None:
        quote = self.quote(report.instrument) if report.status.final else None
        self._write(OrderKnown(venue=self.venue, report=report, at_ns=self._now_ns(), quote=quote))
        if report.status.final and report.client_id is not None:
            self.intents.pop(report.client_id, None)
        for hear in self.on_order:
            hear(report)

    def _write(self, *entries: Entry) -> None:
        if self.journal is None:
            return
        try:
            self.journal.tell(*entries)
        except NotSent as e:  # closed, taken over, or failing for long: `Trader.run` ends the desk
            _log.error("not journalled", venue=self.venue, error=str(e))
