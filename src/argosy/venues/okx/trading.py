"""Orders over OKX's REST API: builds the calls and reads their answers. Sends nothing.

https://www.okx.com/docs-v5/en/#order-book-trading-trade (read 2026-11).
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

import msgspec

from argosy.errors import ArgosyError, OrderNotFound, OutcomeUnknown, Unsupported, WireError
from argosy.model import (
    AmendOrder,
    CancelOrder,
    Fill,
    Instrument,
    InstrumentId,
    Nanos,
    OrderReport,
    OrderStatus,
    OrderType,
    PlaceOrder,
    VenueOrderId,
)
from argosy.model.time import to_ms
from argosy.ports import Call, HttpResponse
from argosy.venues.okx.algo import algo_amendment, algo_cancellation, new_algo
from argosy.venues.okx.envelope import read_ack, read_acks, read_one, read_rows
from argosy.venues.okx.lineage import Lineage, is_slice
from argosy.venues.okx.names import VENUE, Names, bucket_key
from argosy.venues.okx.orders import ALGO_TYPES, amendment, cancellation, checked_id, new_order
from argosy.venues.okx.reports import algo_report, fill, goes_on_as, order_report
from argosy.venues.okx.requests import ALGO_BATCH, ALGO_LISTS, BATCH, add_cost, get, post
from argosy.venues.okx.sweep import sweep_algos, sweep_orders
from argosy.venues.okx.values import stamp
from argosy.venues.okx.wire_account import CancelAfter
from argosy.venues.okx.wire_trade import (
    Ack,
    AlgoRow,
    CancelAfterRow,
    FillRow,
    OrderRow,
)

PAGE = 100


def _placed(order: PlaceOrder, ack: Ack, response: HttpResponse) -> OrderReport:
    """What an accepted order looks like before the venue tells more."""
    return OrderReport(
        instrument=order.instrument,
        venue_id=VenueOrderId(ack.ord_id or ack.algo_id or ""),
        client_id=order.client_id,
        status=OrderStatus.ACCEPTED,
        side=order.side,
        type=order.type,
        filled=Decimal(0),
        venue_ns=stamp(ack.ts, "ts"),
        received_ns=response.received_ns,
        size=order.size,
        quote_size=order.quote_size,
        price=order.price,
        trigger_price=None if order.trigger is None else order.trigger.price,
        time_in_force=order.time_in_force,
        post_only=order.post_only,
        reduce_only=order.reduce_only,
        position_side=order.position_side,
    )


class OkxTrading:
    """Orders over REST."""

    def __init__(self, names: Names, lineage: Lineage) -> None:
        self._names = names
        self._lineage = lineage

    # --- placing ------------------------------------------------------------------------------

    def place(self, order: PlaceOrder) -> Call[OrderReport]:
        """One order; an algo order goes to an endpoint of its own."""
        instrument = self._names.instrument(order.instrument)
        key = bucket_key(instrument)
        if order.type in ALGO_TYPES:
            body: object = new_algo(order, instrument)
            request = post("order-algo", body, {f"algo_place/{key}": 1})
        else:
            body = new_order(order, instrument)
            request = post("order", body, {f"place/{key}": 1, "account_orders": 1})
        return Call(request, lambda r: _placed(order, read_ack(r, "an order"), r))

    def place_many(self, orders: Sequence[PlaceOrder]) -> Call[list[OrderReport | Exception]]:
        """Up to 20 market and limit orders in one request."""
        _check_batch(len(orders))
        bodies, cost = [], dict[str, float]()
        for order in orders:
            if order.type in ALGO_TYPES:
                raise Unsupported(f"OKX takes no {order.type} orders in a batch: place it alone")
            instrument = self._names.instrument(order.instrument)
            bodies.append(new_order(order, instrument))
            add_cost(cost, f"place_batch/{bucket_key(instrument)}")
        cost["account_orders"] = len(orders)

        def read(response: HttpResponse) -> list[OrderReport | Exception]:
            acks = read_acks(response, len(orders), "a batch of orders")
            return [
                ack if isinstance(ack, ArgosyError) else _placed(order, ack, response)
                for order, ack in zip(orders, acks, strict=True)
            ]

        return Call(post("batch-orders", bodies, cost), read)

    # --- changing -----------------------------------------------------------------------------

    def amend(self, order: AmendOrder) -> Call[None]:
        """Change an order in place; `type` tells a stop or take profit from the others."""
        instrument = self._names.instrument(order.instrument)
        key = bucket_key(instrument)
        if order.type in ALGO_TYPES:
            body: object = algo_amendment(order, instrument)
            request = post("amend-algos", body, {f"algo_amend/{key}": 1})
        else:
            body = amendment(order, instrument)
            request = post("amend-order", body, {f"amend/{key}": 1, "account_orders": 1})
        return Call(request, lambda r: _done(read_ack(r, "an amendment")))

    def amend_many(self, orders: Sequence[AmendOrder]) -> Call[list[Exception | None]]:
        """Change up to 20 market and limit orders in one request."""
        _check_batch(len(orders))
        bodies, cost = [], dict[str, float]()
        for order in orders:
            if order.type in ALGO_TYPES:
                raise Unsupported(f"OKX amends no {order.type} orders in a batch: amend it alone")
            instrument = self._names.instrument(order.instrument)
            bodies.append(amendment(order, instrument))
            add_cost(cost, f"amend_batch/{bucket_key(instrument)}")
        cost["account_orders"] = len(orders)
        return Call(
            post("amend-batch-orders", bodies, cost),
            lambda r: _refusals(read_acks(r, len(orders), "a batch of amendments")),
        )

    # --- cancelling ---------------------------------------------------------------------------

    def cancel(self, order: CancelOrder) -> Call[None]:
        """Cancel one order, ordinary or algo by its `type`."""
        instrument = self._names.instrument(order.instrument)
        key = bucket_key(instrument)
        if order.type in ALGO_TYPES:
            algos = [algo_cancellation(order, instrument)]
            request = post("cancel-algos", algos, {f"algo_cancel/{key}": 1}, idempotent=True)
        else:
            body = cancellation(order, instrument)
            request = post("cancel-order", body, {f"cancel/{key}": 1}, idempotent=True)
        return Call(request, lambda r: _done(read_ack(r, "a cancellation")))

    def cancel_many(self, orders: Sequence[CancelOrder]) -> Call[list[Exception | None]]:
        """Up to 20 ordinary orders, or up to 10 algo orders; not both in one request."""
        algo = {order.type in ALGO_TYPES for order in orders}
        if len(algo) > 1:
            raise Unsupported("OKX cancels algo orders and others by separate requests")
        limit = ALGO_BATCH if algo == {True} else BATCH
        _check_batch(len(orders), limit)
        bodies: list[object] = []
        cost: dict[str, float] = {}
        for order in orders:
            instrument = self._names.instrument(order.instrument)
            build: Callable[[CancelOrder, Instrument], object] = (
                algo_cancellation if algo == {True} else cancellation
            )
            bodies.append(build(order, instrument))
            bucket = "algo_cancel" if algo == {True} else "cancel_batch"
            add_cost(cost, f"{bucket}/{bucket_key(instrument)}")
        what = "cancel-algos" if algo == {True} else "cancel-batch-orders"
        return Call(
            post(what, bodies, cost, idempotent=True),
            lambda r: _refusals(read_acks(r, len(orders), "a batch of cancellations")),
        )

    def cancel_all(self, instrument: InstrumentId | None) -> Sequence[Call[list[str]]]:
        """OKX has no such request: each call lists what is open, `then` cancels it, and so on until
        nothing is listed. Ordinary orders first, then each kind of algo order.
        """
        about = None if instrument is None else self._names.instrument(instrument)
        sweeps = (sweep_algos(self._names, about, kind) for kind in ALGO_LISTS)
        return [sweep_orders(self._names, about), *sweeps]

    def cancel_all_after(self, seconds: int) -> Call[None]:
        """Dead-man switch: 10 to 120 seconds, or 0 to disarm. Algo orders are not covered."""
        if seconds != 0 and not 10 <= seconds <= 120:
            raise Unsupported(
                f"OKX takes 0 or 10 to 120 seconds for cancel-all-after, not {seconds}"
            )
        body = CancelAfter(time_out=str(seconds))
        request = post("cancel-all-after", body, {"cancel_all_after": 1}, idempotent=True)
        return Call(request, lambda r: _done(read_one(r, CancelAfterRow, "the dead-man switch")))

    # --- asking -------------------------------------------------------------------------------

    def order(
        self,
        instrument: InstrumentId,
        client_id: str,
        venue_id: str | None,
        type: OrderType | None = None,  # noqa: A002
    ) -> Call[OrderReport]:
        """One order, open or done; OKX forgets cancelled orders without fills after two hours.

        Without its `type`, one that is not among the ordinary orders is looked for among the algo
        orders by the call in `otherwise`. Of an algo order that was triggered, `then` asks for the
        order it goes on as: its report is the algo order's, with the fills.
        """
        about = self._names.instrument(instrument)
        ident = ("algoId", venue_id) if venue_id else ("algoClOrdId", checked_id(client_id))
        algo = Call(
            get("order-algo", [ident], "algo_order"),
            self._read_algo,
            partial(self._goes_on, about),
        )
        if type in ALGO_TYPES:
            return algo
        ident = ("ordId", venue_id) if venue_id else ("clOrdId", checked_id(client_id))
        query = [("instId", about.venue_symbol), ident]
        request = get("order", query, f"order/{bucket_key(about)}")
        if type is not None:
            return Call(request, self._read_order)
        return Call(request, self._read_some_order, None, algo)

    def _read_order(self, response: HttpResponse) -> OrderReport:
        row: OrderRow = _known(read_rows(response, OrderRow, "an order"))[0]
        self._lineage.learn_order(row)
        return order_report(row, self._names, response.received_ns)

    def _read_some_order(self, response: HttpResponse) -> OrderReport:
        try:
            return self._read_order(response)
        except OrderNotFound as e:
            raise OutcomeUnknown(f"okx: {e}; it may be an algo order") from e

    def _read_algo(self, response: HttpResponse) -> OrderReport:
        return algo_report(self._algo_row(response), self._names, response.received_ns)

    def _algo_row(self, response: HttpResponse) -> AlgoRow:
        row: AlgoRow = _known(read_rows(response, AlgoRow, "an algo order"))[0]
        self._lineage.learn_algo(row)
        return row

    def _goes_on(self, about: Instrument, response: HttpResponse) -> Call[OrderReport] | None:
        """The call for what a triggered algo order became. Where OKX does not know that order, not
        yet or no longer, what the algo order says stands.
        """
        row = self._algo_row(response)
        order_id = goes_on_as(row)
        if order_id is None:
            return None
        triggered = algo_report(row, self._names, response.received_ns)

        def read(answer: HttpResponse) -> OrderReport:
            try:
                report = self._read_order(answer)
            except OrderNotFound:
                return triggered
            if report.venue_id != order_id:
                raise WireError(f"okx: asked for order {order_id}, told of {report.venue_id}")
            client_id = report.client_id or triggered.client_id
            return msgspec.structs.replace(
                report, former_id=triggered.former_id, client_id=client_id
            )

        query = [("instId", about.venue_symbol), ("ordId", order_id)]
        return Call(get("order", query, f"order/{bucket_key(about)}"), read)

    def open_orders(self) -> Sequence[Call[list[OrderReport]]]:
        """Every open order of ours; pages of 100 follow one another by `then`.

        What an iceberg, TWAP or chase has on the market is part of it, not an order beside it.
        """
        return [self._open_page(""), *(self._algo_page(kind, "") for kind in ALGO_LISTS)]

    def _open_page(self, after: str) -> Call[list[OrderReport]]:
        return self._page("orders-pending", [], "orders_pending", after)

    def orders_history(
        self, inst_type: str, since_ns: Nanos | None = None
    ) -> Sequence[Call[list[OrderReport]]]:
        """Finished orders of the last seven days, by OKX's instType."""
        query = [("instType", inst_type)]
        if since_ns is not None:
            query.append(("begin", str(to_ms(since_ns))))
        return [self._page("orders-history", query, "orders_history", "")]

    def _page(
        self, what: str, query: list[tuple[str, str]], cost: str, after: str
    ) -> Call[list[OrderReport]]:
        full = [*query, ("limit", str(PAGE)), *([("after", after)] if after else [])]

        def read(response: HttpResponse) -> list[OrderReport]:
            rows = read_rows(response, OrderRow, "a list of orders")
            for row in rows:
                self._lineage.learn_order(row)
            return [
                order_report(row, self._names, response.received_ns)
                for row in rows
                if not is_slice(row)
            ]

        def then(response: HttpResponse) -> Call[list[OrderReport]] | None:
            rows = read_rows(response, OrderRow, "a list of orders")
            last = rows[-1].ord_id if len(rows) >= PAGE else ""
            return self._page(what, query, cost, last) if last and last != after else None

        return Call(get(what, full, cost), read, then)

    def _algo_page(self, kind: str, after: str) -> Call[list[OrderReport]]:
        query = [("ordType", kind), ("limit", str(PAGE)), *([("after", after)] if after else [])]

        def read(response: HttpResponse) -> list[OrderReport]:
            rows = read_rows(response, AlgoRow, "open algo orders")
            for row in rows:
                self._lineage.learn_algo(row)
            return [algo_report(row, self._names, response.received_ns) for row in rows]

        def then(response: HttpResponse) -> Call[list[OrderReport]] | None:
            rows = read_rows(response, AlgoRow, "open algo orders")
            last = rows[-1].algo_id if len(rows) >= PAGE else ""
            return self._algo_page(kind, last) if last and last != after else None

        return Call(get("orders-algo-pending", query, "algo_pending"), read, then)

    def fills(self, since_ns: Nanos | None) -> Sequence[Call[list[Fill]]]:
        """Our executions of the last three days, newest first; pages follow by `then`."""
        return [self._fills_page("fills", [], "fills", since_ns, "")]

    def fills_history(self, inst_type: str, since_ns: Nanos | None) -> Sequence[Call[list[Fill]]]:
        """Our executions of the last three months, by OKX's instType."""
        query = [("instType", inst_type)]
        return [self._fills_page("fills-history", query, "fills_history", since_ns, "")]

    def _fills_page(
        self,
        what: str,
        query: list[tuple[str, str]],
        cost: str,
        since_ns: Nanos | None,
        after: str,
    ) -> Call[list[Fill]]:
        full = [*query, ("limit", str(PAGE))]
        full += [("begin", str(to_ms(since_ns)))] if since_ns is not None else []
        full += [("after", after)] if after else []

        def read(response: HttpResponse) -> list[Fill]:
            rows = read_rows(response, FillRow, "fills")
            return [fill(row, self._names, response.received_ns, self._lineage) for row in rows]

        def then(response: HttpResponse) -> Call[list[Fill]] | None:
            rows = read_rows(response, FillRow, "fills")
            last = (rows[-1].bill_id or "") if len(rows) >= PAGE else ""
            if not last or last == after:
                return None
            return self._fills_page(what, query, cost, since_ns, last)

        return Call(get(what, full, cost), read, then)


def _known(rows: list[Any]) -> list[Any]:
    if not rows:
        raise OrderNotFound("the answer lists no order", venue=VENUE)
    return rows


def _done(_: object) -> None:
    return None


def _check_batch(count: int, limit: int = BATCH) -> None:
    if not 1 <= count <= limit:
        raise Unsupported(f"OKX takes 1 to {limit} orders in one request, not {count}")


def _refusals(acks: Sequence[Ack | ArgosyError]) -> list[Exception | None]:
    return [ack if isinstance(ack, ArgosyError) else None for ack in acks]
