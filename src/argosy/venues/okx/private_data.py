"""Reads the data of OKX's private channels into reports, fills, balances and positions.

Remembers the fees of open orders so far, to tell each fill's part where the venue writes
only their sum. https://www.okx.com/docs-v5/en/#order-book-trading-trade-ws-order-channel (2026-11)
"""

from collections.abc import Callable, Mapping
from decimal import Decimal

from argosy.model import ClientOrderId, Fill, Nanos
from argosy.ports import Event
from argosy.venues.okx.decode import side_of
from argosy.venues.okx.envelope import decode_rows
from argosy.venues.okx.holdings import balances, position
from argosy.venues.okx.lineage import Lineage, is_slice
from argosy.venues.okx.names import Names
from argosy.venues.okx.reports import algo_report, liquidity, order_report, owner
from argosy.venues.okx.values import decoding, number, number_or_zero, shown, stamp
from argosy.venues.okx.wire import Message
from argosy.venues.okx.wire_account import BalanceAndPositionRow, BalanceRow, PositionRow
from argosy.venues.okx.wire_trade import AlgoRow, OrderRow

_ORDERS_REMEMBERED = 5_000


class PrivateReader:
    """Private data frames of one connection."""

    def __init__(self, names: Names, lineage: Lineage) -> None:
        self._names = names
        self._lineage = lineage
        self._fees: dict[str, Decimal] = {}  # by order, oldest first
        self._readers: Mapping[str, Callable[[Message, Nanos], list[Event]]] = {
            "orders": self._orders,
            "orders-algo": self._algos,
            "algo-advance": self._algos,
            "account": self._account,
            "positions": self._positions,
            "balance_and_position": self._balance_and_position,
        }

    def read(self, message: Message, now_ns: Nanos) -> list[Event]:
        """The events of a data frame. Raises WireError.

        Channel `fills` brings none: it has no fees, and `orders` brings the same executions.
        """
        read = self._readers.get(message.arg.channel if message.arg is not None else "")
        return [] if read is None else read(message, now_ns)

    def _orders(self, message: Message, now_ns: Nanos) -> list[Event]:
        events: list[Event] = []
        for row in decode_rows(message.data, OrderRow, "orders"):
            self._lineage.learn_order(row)
            execution = self._fill(row, now_ns)
            if execution is not None:
                events.append(execution)
            report = order_report(row, self._names, now_ns)
            if not is_slice(row):  # a slice's algo order tells what it came to
                events.append(report)
            if report.status.final:
                self._fees.pop(row.ord_id, None)
        return events

    def _fill(self, row: OrderRow, now_ns: Nanos) -> Fill | None:
        """The newest execution of an order; None when the push is about something else."""
        with decoding(f"fill {shown(row.trade_id)}"):
            size = number_or_zero(row.fill_sz, "fillSz")
            if not row.trade_id or row.trade_id == "0" or not size:
                return None
            order_id, client_id = owner(row.ord_id, row.cl_ord_id, self._lineage)
            if client_id is None and row.algo_cl_ord_id:
                client_id = ClientOrderId(row.algo_cl_ord_id)
            return Fill(
                instrument=self._names.id_of(row.inst_id),
                venue_order_id=order_id,
                venue_trade_id=row.trade_id,
                client_id=client_id,
                side=side_of(row.side),
                price=number(row.fill_px, "fillPx"),
                size=size,
                fee=self._fee(row),
                fee_currency=row.fill_fee_ccy or row.fee_ccy or "",
                liquidity=liquidity(row.exec_type),
                venue_ns=stamp(row.fill_time, "fillTime") or stamp(row.u_time, "uTime"),
                received_ns=now_ns,
            )

    def _fee(self, row: OrderRow) -> Decimal:
        """What this fill cost: fillFee, or the order's fees less those seen before."""
        so_far = -number_or_zero(row.fee, "fee")
        before = self._fees.pop(row.ord_id, Decimal(0))
        self._fees[row.ord_id] = so_far
        if len(self._fees) > _ORDERS_REMEMBERED:
            del self._fees[next(iter(self._fees))]
        if row.fill_fee:
            return -number(row.fill_fee, "fillFee")
        return so_far - before

    def _algos(self, message: Message, now_ns: Nanos) -> list[Event]:
        rows = decode_rows(message.data, AlgoRow, "algo orders")
        for row in rows:
            self._lineage.learn_algo(row)
        return [algo_report(row, self._names, now_ns) for row in rows]

    def _account(self, message: Message, now_ns: Nanos) -> list[Event]:
        rows = decode_rows(message.data, BalanceRow, "account")
        return [balance for row in rows for balance in balances(row, now_ns)]

    def _positions(self, message: Message, now_ns: Nanos) -> list[Event]:
        rows = decode_rows(message.data, PositionRow, "positions")
        return [position(row, self._names, now_ns) for row in rows]

    def _balance_and_position(self, message: Message, now_ns: Nanos) -> list[Event]:
        """Positions only: it has cash balances, but not what of them is free."""
        rows = decode_rows(message.data, BalanceAndPositionRow, "balance_and_position")
        return [position(p, self._names, now_ns) for row in rows for p in row.pos_data]
