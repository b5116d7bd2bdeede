"""What the desk knows of its orders at one venue: reports in any order, fills once. No I/O."""

from collections import OrderedDict
from collections.abc import Iterable
from decimal import Decimal

from argosy.model import (
    Balance,
    ClientOrderId,
    Fill,
    InstrumentId,
    Nanos,
    OrderReport,
    OrderStatus,
    PlaceOrder,
    Position,
    PositionSide,
    VenueOrderId,
)
from argosy.model.money import ZERO

_RANK = {
    OrderStatus.PENDING: 0,
    OrderStatus.UNKNOWN: 0,
    OrderStatus.ACCEPTED: 1,
    OrderStatus.PARTIALLY_FILLED: 2,
    OrderStatus.REJECTED: 3,
    OrderStatus.EXPIRED: 4,
    OrderStatus.CANCELLED: 5,
    OrderStatus.FILLED: 6,
}


def merged(one: OrderReport, other: OrderReport) -> OrderReport:
    """What two reports of one order say together, whichever came first.

    Reports come late, twice and in any order: so what is final stays final, fills are never taken
    back, terms (price, size) are those of the later report by the venue's clock, and what one
    leaves out the other tells.
    """
    late, early = (one, other) if _age(one) >= _age(other) else (other, one)
    ahead = one if _progress(one) >= _progress(other) else other
    most, least = (one, other) if one.filled >= other.filled else (other, one)
    status = ahead.status
    if status is OrderStatus.ACCEPTED and most.filled > 0:
        status = OrderStatus.PARTIALLY_FILLED
    created = [report.created_ns for report in (one, other) if report.created_ns is not None]
    told = {
        name: getattr(late, name) if getattr(late, name) is not None else getattr(early, name)
        for name in ("client_id", "former_id", "size", "quote_size", "price", "trigger_price")
    }
    return _with(
        late,
        **told,
        status=status,
        filled=most.filled,
        average_price=most.average_price or least.average_price,
        reason=ahead.reason or late.reason,
        created_ns=min(created, default=None),
    )


def _age(report: OrderReport) -> tuple[int, int, Decimal, int]:
    """Venues that stamp whole milliseconds place and amend within one: then what was read later
    is the later word.
    """
    return (report.venue_ns, _RANK[report.status], report.filled, report.received_ns)


def _progress(report: OrderReport) -> tuple[int, Decimal, int]:
    return (_RANK[report.status], report.filled, report.venue_ns)


class OrderLedger:
    """Orders, fills, balances and positions of one account. Final orders are kept to a number."""

    def __init__(self, max_final: int = 5_000, max_fills: int = 20_000) -> None:
        self.orders: dict[VenueOrderId, OrderReport] = {}
        self.pending: dict[ClientOrderId, OrderReport] = {}  # no venue id known yet
        self.by_client: dict[ClientOrderId, VenueOrderId] = {}
        self.fills: OrderedDict[tuple[InstrumentId, str], Fill] = OrderedDict()
        self.balances: dict[tuple[str, str], Balance] = {}
        self.positions: dict[tuple[InstrumentId, PositionSide], Position] = {}
        self.foreign: set[VenueOrderId] = set()  # open orders that were not placed from here
        self.repeated_fills = 0
        self._final: OrderedDict[VenueOrderId, None] = OrderedDict()
        self._became: OrderedDict[VenueOrderId, VenueOrderId] = OrderedDict()
        self._max_final = max_final
        self._max_fills = max_fills

    def placing(self, order: PlaceOrder, now_ns: Nanos) -> OrderReport:
        """An order is about to be sent."""
        report = OrderReport(
            instrument=order.instrument,
            venue_id=VenueOrderId(""),
            client_id=order.client_id,
            status=OrderStatus.PENDING,
            side=order.side,
            type=order.type,
            size=order.size,
            quote_size=order.quote_size,
            price=order.price,
            time_in_force=order.time_in_force,
            post_only=order.post_only,
            reduce_only=order.reduce_only,
            filled=ZERO,
            venue_ns=Nanos(0),
            received_ns=now_ns,
            created_ns=now_ns,
        )
        self.pending[order.client_id] = report
        return report

    def restore(self, report: OrderReport, *, ours: bool) -> None:
        """An order as it was when an earlier process last wrote it."""
        if report.venue_id:
            self.orders[report.venue_id] = report
            if report.former_id is not None:
                self._became[report.former_id] = report.venue_id
            if report.client_id is not None:
                self.by_client[report.client_id] = report.venue_id
            if not ours:
                self.foreign.add(report.venue_id)
        elif report.client_id is not None:
            self.pending[report.client_id] = report

    def settle(self, client_id: ClientOrderId, status: OrderStatus, reason: str) -> OrderReport:
        """An order that never got a venue id: refused, not sent, or of unknown outcome."""
        report = self.pending.get(client_id)
        if report is None:
            return self.orders[self.by_client[client_id]]
        settled = _with(report, status=status, reason=reason)
        self.pending[client_id] = settled
        while len(self.pending) > self._max_final:
            oldest = next((key for key, kept in self.pending.items() if kept.status.final), None)
            if oldest is None:
                break
            del self.pending[oldest]
        return settled

    def order(self, report: OrderReport) -> bool:
        """Take in a report; returns whether it said anything new.

        An order that goes on under another venue id stays one order: the report that says so takes
        the former's place, and whatever still comes about the former is late.
        """
        if report.venue_id in self._became:
            return False
        if report.former_id is not None:
            report = self._goes_on(report, report.former_id)
        known = self.orders.get(report.venue_id)
        ours = report.client_id is not None and (
            report.client_id in self.pending or report.client_id in self.by_client
        )
        if known is None and not ours:
            self.foreign.add(report.venue_id)
        if report.client_id is not None:
            waiting = self.pending.pop(report.client_id, None)
            self.by_client[report.client_id] = report.venue_id
            if known is None and waiting is not None:
                report = _with(report, created_ns=report.created_ns or waiting.created_ns)
        if known is not None:
            report = merged(known, report)
            if _with(report, received_ns=known.received_ns) == known:
                return False
        self.orders[report.venue_id] = report
        if report.status.final:
            self._final[report.venue_id] = None
            while len(self._final) > self._max_final:
                gone, _ = self._final.popitem(last=False)
                dropped = self.orders.pop(gone, None)
                self.foreign.discard(gone)
                if dropped is not None and dropped.client_id is not None:
                    self.by_client.pop(dropped.client_id, None)
        return True

    def _goes_on(self, report: OrderReport, former_id: VenueOrderId) -> OrderReport:
        self._became[former_id] = report.venue_id
        while len(self._became) > self._max_final:
            self._became.popitem(last=False)
        before = self.orders.pop(former_id, None)
        self._final.pop(former_id, None)
        if before is None:
            return report
        created = [one.created_ns for one in (before, report) if one.created_ns is not None]
        return _with(
            report,
            client_id=report.client_id or before.client_id,
            trigger_price=report.trigger_price or before.trigger_price,
            created_ns=min(created, default=None),
        )

    def fill(self, fill: Fill) -> bool:
        """Take in a fill; one told before counts once."""
        key = (fill.instrument, fill.venue_trade_id)
        if key in self.fills:
            self.repeated_fills += 1
            return False
        self.fills[key] = fill
        while len(self.fills) > self._max_fills:
            self.fills.popitem(last=False)
        return True

    def balance(self, balance: Balance) -> None:
        """Take in a balance."""
        self.balances[balance.account, balance.currency] = balance

    def position(self, position: Position) -> None:
        """Take in a position; one of size 0 is closed and forgotten."""
        key = (position.instrument, position.side)
        if position.size == 0:
            self.positions.pop(key, None)
        else:
            self.positions[key] = position

    def holds_only(
        self, balances: Iterable[Balance], positions: Iterable[Position], asked_ns: int
    ) -> None:
        """Take in everything that the venue lists as held. What it lists no more is gone, but for
        what was heard of since it was asked, at `asked_ns`.
        """
        balances, positions = tuple(balances), tuple(positions)
        for balance in balances:
            self.balance(balance)
        for position in positions:
            self.position(position)
        held = {(one.account, one.currency) for one in balances}
        open_ = {(one.instrument, one.side) for one in positions}
        for account in [key for key in self.balances if key not in held]:
            if self.balances[account].received_ns < asked_ns:
                del self.balances[account]
        for key in [key for key in self.positions if key not in open_]:
            if self.positions[key].received_ns < asked_ns:
                del self.positions[key]

    def find(self, order_id: str) -> OrderReport | None:
        """An order by our id or the venue's, a former one as well."""
        waiting = self.pending.get(ClientOrderId(order_id))
        if waiting is not None:
            return waiting
        venue_id = self.by_client.get(ClientOrderId(order_id), VenueOrderId(order_id))
        return self.orders.get(self._became.get(venue_id, venue_id))

    def open(self) -> list[OrderReport]:
        """Orders that are not final, unknown ones included."""
        return [
            report
            for report in (*self.pending.values(), *self.orders.values())
            if not report.status.final
        ]

    def everything(self) -> list[OrderReport]:
        """Every order that is remembered."""
        return [*self.pending.values(), *self.orders.values()]


def _with(report: OrderReport, **changes: object) -> OrderReport:
    parts = {name: getattr(report, name) for name in report.__struct_fields__}
    return OrderReport(**{**parts, **changes})
