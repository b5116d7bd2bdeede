"""Kraken orders over REST: requests out, reports in. Does no I/O.

https://docs.kraken.com/api-reference/trading and .../account-data (2026-11-22)
"""

from collections.abc import Sequence
from functools import partial

import msgspec

from argosy.errors import InvalidOrder, OrderNotFound, OutcomeUnknown, Unsupported, WireError
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
    TimeInForce,
    TriggerSource,
    VenueOrderId,
)
from argosy.model.money import on_grid, plain
from argosy.model.time import SECOND
from argosy.ports import Call, HttpResponse
from argosy.venues.kraken import orders as rules
from argosy.venues.kraken import reports, rest, wire_rest
from argosy.venues.kraken.ages import PLACE, OrderAges, batch_cost
from argosy.venues.kraken.errors import translate
from argosy.venues.kraken.symbols import VENUE, Symbols

MOST_PLACED = 15
MOST_CANCELLED = 50
_PAGE = 50  # rows of TradesHistory
_MOST_PAGES = 200


class KrakenTrading:
    """A Trading."""

    def __init__(self, symbols: Symbols) -> None:
        self._symbols = symbols
        self._ages = OrderAges()

    def place(self, order: PlaceOrder) -> Call[OrderReport]:
        """AddOrder. Raises Unsupported or InvalidOrder for what Kraken would not take."""
        instrument = self._symbols.need(order.instrument)
        fields = [("pair", instrument.venue_code or ""), *order_fields(order, instrument)]
        if rules.is_tokenized(instrument):
            fields.append(("asset_class", "tokenized_asset"))
        request = rest.private("AddOrder", fields, cost=_on(instrument, PLACE), idempotent=False)
        return Call(
            request,
            rest.reader(wire_rest.added, "AddOrder", partial(self._placed, order), entry=True),
        )

    def place_many(self, orders: Sequence[PlaceOrder]) -> Call[list[OrderReport | Exception]]:
        """AddOrderBatch: 2 to 15 orders of one pair; a single one goes as AddOrder."""
        if not orders:
            raise InvalidOrder("no orders to place", venue=VENUE)
        if len(orders) == 1:
            one = self.place(orders[0])
            return Call(one.request, lambda response: [one.read(response)])
        if len(orders) > MOST_PLACED:
            raise Unsupported(f"Kraken takes {MOST_PLACED} orders in a batch, not {len(orders)}")
        if len({order.instrument for order in orders}) > 1:
            raise Unsupported("Kraken's batches are of one pair: split them by instrument")
        instrument = self._symbols.need(orders[0].instrument)
        body = {
            "orders": [_json_fields(order_fields(order, instrument)) for order in orders],
            "pair": instrument.venue_code,
        }
        if rules.is_tokenized(instrument):
            body["asset_class"] = "tokenized_asset"
        request = rest.private_json(
            "AddOrderBatch", body, cost=_on(instrument, batch_cost(len(orders)))
        )
        read = rest.reader(
            wire_rest.added_batch, "AddOrderBatch", partial(self._placed_many, orders), entry=True
        )
        return Call(request, read)

    def amend(self, order: AmendOrder) -> Call[None]:
        """AmendOrder, in place: ids stay, and priority where it can."""
        instrument = self._symbols.need(order.instrument)
        cost = self._ages.amend_cost(order.venue_id, order.client_id)
        fields = [_identity(order.client_id, order.venue_id), *amend_fields(order, instrument)]
        request = rest.private("AmendOrder", fields, cost=_on(instrument, cost), idempotent=False)

        def done(_: wire_rest.Amended, response: HttpResponse) -> None:
            self._ages.touched(response.received_ns, order.venue_id, order.client_id)

        return Call(request, rest.reader(wire_rest.amended, "AmendOrder", done, entry=True))

    def cancel(self, order: CancelOrder) -> Call[None]:
        """CancelOrder, by Kraken's id where it is known."""
        instrument = self._symbols.need(order.instrument)
        cost = self._ages.cancel_cost(order.venue_id, order.client_id)
        request = rest.private(
            "CancelOrder",
            [_identity(order.client_id, order.venue_id)],
            cost=_on(instrument, cost),
            urgent=True,
        )

        def done(result: wire_rest.Cancelled, response: HttpResponse) -> None:
            self._ages.seen(response.received_ns)
            if result.count == 0 and not result.pending:
                raise OrderNotFound("nothing was cancelled", venue=VENUE, code=order.client_id)

        return Call(request, rest.reader(wire_rest.cancelled, "CancelOrder", done, entry=True))

    def cancel_many(self, orders: Sequence[CancelOrder]) -> Call[list[Exception | None]]:
        """CancelOrderBatch: up to 50. Kraken tells how many it cancelled, not which: when some are
        missing, every result is OutcomeUnknown.
        """
        if not 1 <= len(orders) <= MOST_CANCELLED:
            raise Unsupported(f"Kraken cancels 1 to {MOST_CANCELLED} orders at once: {len(orders)}")
        body: dict[str, list[str]] = {}
        cost: dict[str, float] = {}
        for order in orders:
            field, name = _identity(order.client_id, order.venue_id)
            body.setdefault("orders" if field == "txid" else "cl_ord_ids", []).append(name)
            bucket = f"{rest.TRADING}/{self._symbols.need(order.instrument).symbol}"
            spent = self._ages.cancel_cost(order.venue_id, order.client_id)
            cost[bucket] = cost.get(bucket, 0.0) + spent
        request = rest.private_json(
            "CancelOrderBatch", body, cost=cost, idempotent=True, urgent=True
        )

        def done(result: wire_rest.Cancelled, response: HttpResponse) -> list[Exception | None]:
            self._ages.seen(response.received_ns)
            if result.count == len(orders):
                return [None] * len(orders)
            text = f"{VENUE} cancelled {result.count} of {len(orders)} and does not say which"
            return [OutcomeUnknown(text) for _ in orders]

        return Call(request, rest.reader(wire_rest.cancelled, "CancelOrderBatch", done, entry=True))

    def cancel_all(self, instrument: InstrumentId | None) -> Sequence[Call[list[str]]]:
        """CancelAll, of every pair; Kraken tells only how many, so no ids come back.

        Raises Unsupported for one instrument: cancel its open orders by their ids.
        """
        if instrument is not None:
            raise Unsupported(
                f"Kraken cancels everything or single orders, not all of {instrument}: "
                "cancel its open orders with cancel_many"
            )
        request = rest.private("CancelAll", cost={}, urgent=True)
        read = rest.reader(wire_rest.cancelled, "CancelAll", lambda _, __: _no_ids(), entry=True)
        return [Call(request, read)]

    def cancel_all_after(self, seconds: int) -> Call[None]:
        """CancelAllOrdersAfter. Kraken advises a call every 15 to 30 s with a minute."""
        if not 0 <= seconds <= 86_400:
            raise InvalidOrder(f"a timeout of {seconds} s; 0 to 86400", venue=VENUE)
        request = rest.private(
            "CancelAllOrdersAfter", [("timeout", str(seconds))], cost={}, urgent=True
        )
        read = rest.reader(wire_rest.cancel_after, "CancelAllOrdersAfter", lambda _, __: None)
        return Call(request, read)

    def order(
        self, instrument: InstrumentId, client_id: str, venue_id: str | None
    ) -> Call[OrderReport]:
        """QueryOrders by Kraken's id. It does not know client ids, so without one the open orders
        are searched, and `otherwise` the closed ones: in that order, as orders only ever close.
        """
        self._symbols.need(instrument)
        if venue_id is not None:
            fields = [("txid", venue_id)]
            read = rest.reader(
                wire_rest.orders, "QueryOrders", partial(self._one, venue_id, client_id)
            )
            return Call(rest.private("QueryOrders", fields), read)
        fields = [("cl_ord_id", rules.check_client_id(client_id))]
        closed = Call(
            rest.private("ClosedOrders", fields),
            rest.reader(
                wire_rest.closed_orders,
                "ClosedOrders",
                lambda page, at: self._one(None, client_id, page.closed, at),
            ),
        )

        def among_open(page: wire_rest.OpenOrders, at: HttpResponse) -> OrderReport:
            try:
                return self._one(None, client_id, page.open, at)
            except OrderNotFound:
                raise OutcomeUnknown(
                    f"{VENUE}: {client_id} is not open; the closed orders have to be asked"
                ) from None

        return Call(
            rest.private("OpenOrders", fields),
            rest.reader(wire_rest.open_orders, "OpenOrders", among_open),
            otherwise=closed,
        )

    def open_orders(self) -> Sequence[Call[list[OrderReport]]]:
        """OpenOrders: all of them, in one reply."""

        def listed(page: wire_rest.OpenOrders, at: HttpResponse) -> list[OrderReport]:
            return [
                reports.of_order(self._symbols, txid, row, at.received_ns)
                for txid, row in page.open.items()
            ]

        return [
            Call(
                rest.private("OpenOrders"), rest.reader(wire_rest.open_orders, "OpenOrders", listed)
            )
        ]

    def fills(self, since_ns: Nanos | None) -> Sequence[Call[list[Fill]]]:
        """TradesHistory, newest first, fifty a page; `then` leads to the older ones."""
        return [self._fills_page(since_ns, 0)]

    def _fills_page(self, since_ns: Nanos | None, offset: int) -> Call[list[Fill]]:
        fields = [] if since_ns is None else [("start", str(since_ns // SECOND))]
        if offset:
            fields.append(("ofs", str(offset)))

        def listed(page: wire_rest.TradesHistory, at: HttpResponse) -> list[Fill]:
            return [
                reports.of_trade(self._symbols, txid, row, at.received_ns)
                for txid, row in page.trades.items()
            ]

        read = rest.reader(wire_rest.trades_history, "TradesHistory", listed)

        def older(response: HttpResponse) -> Call[list[Fill]] | None:
            last = offset // _PAGE + 1 >= _MOST_PAGES
            if last or len(read(response)) < _PAGE:
                return None
            return self._fills_page(since_ns, offset + _PAGE)

        return Call(rest.private("TradesHistory", fields, cost={rest.REST: 2}), read, older)

    def _one(
        self,
        venue_id: str | None,
        client_id: str,
        rows: dict[str, wire_rest.Order],
        at: HttpResponse,
    ) -> OrderReport:
        for txid, row in rows.items():
            if txid == venue_id or (venue_id is None and row.cl_ord_id == client_id):
                return reports.of_order(self._symbols, txid, row, at.received_ns)
        raise OrderNotFound("no such order", venue=VENUE, code=venue_id or client_id)

    def _placed(
        self, order: PlaceOrder, result: wire_rest.Added, response: HttpResponse
    ) -> OrderReport:
        if not result.txid:
            raise WireError("kraken AddOrder: no txid")
        self._ages.touched(response.received_ns, result.txid[0], order.client_id)
        return _accepted(order, result.txid[0], response.received_ns)

    def _placed_many(
        self, orders: Sequence[PlaceOrder], result: wire_rest.AddedBatch, response: HttpResponse
    ) -> list[OrderReport | Exception]:
        if len(result.orders) != len(orders):
            raise WireError(f"kraken AddOrderBatch: {len(result.orders)} of {len(orders)} results")
        answers: list[OrderReport | Exception] = []
        for order, row in zip(orders, result.orders, strict=True):
            if row.error or not row.txid:
                answers.append(translate(row.error or "EOrder:No txid", entry=True))
                continue
            self._ages.touched(response.received_ns, row.txid, order.client_id)
            answers.append(_accepted(order, row.txid, response.received_ns))
        return answers


def order_fields(order: PlaceOrder, instrument: Instrument) -> list[tuple[str, str]]:
    """The fields of AddOrder but the pair. Raises Unsupported or InvalidOrder."""
    rules.check(order, instrument)
    market_by_value = order.quote_size is not None
    volume = order.quote_size if order.size is None else order.size
    assert volume is not None  # the model demands one of them
    fields = [
        ("type", order.side.value),
        ("ordertype", rules.TYPES[order.type]),
        ("volume", plain(volume)),
        ("cl_ord_id", order.client_id),
        *_price_fields(order),
    ]
    if order.display_size is not None:
        fields.append(("displayvol", plain(order.display_size)))
    if order.trigger is not None and order.trigger.source is not TriggerSource.LAST:
        fields.append(("trigger", rules.TRIGGERS[order.trigger.source]))
    leverage = rules.leverage_of(order, instrument)
    if leverage is not None:
        fields.append(("leverage", plain(leverage)))
    if order.reduce_only:
        fields.append(("reduce_only", "true"))
    if order.self_trade is not None:
        fields.append(("stptype", rules.SELF_TRADE[order.self_trade]))
    if order.post_only:
        fields.append(("oflags", "post"))
    if market_by_value:
        fields.append(("oflags", "viqc"))
    if order.time_in_force is not TimeInForce.GTC:
        fields.append(("timeinforce", order.time_in_force.value.upper()))
    if order.expire_ns is not None:
        fields.append(("expiretm", str(order.expire_ns // SECOND)))  # whole seconds, not later
    if order.exit is not None:
        kind, trigger, limit = rules.exit_parts(order.exit)
        fields += [("close[ordertype]", kind), ("close[price]", plain(trigger))]
        if limit is not None:
            fields.append(("close[price2]", plain(limit)))
    return fields


def _price_fields(order: PlaceOrder) -> list[tuple[str, str]]:
    if rules.is_trailing(order.type):
        offset, percent = rules.offset_of(order)
        fields = [("price", f"+{plain(offset)}{'%' if percent else ''}")]
        if order.type is OrderType.TRAILING_STOP_LIMIT:
            fields.append(("price2", "+0"))  # at the trigger; the sign is demanded
        return fields
    if order.trigger is not None and order.trigger.price is not None:
        fields = [("price", plain(order.trigger.price))]
        if order.price is not None:
            fields.append(("price2", plain(order.price)))
        return fields
    return [] if order.price is None else [("price", plain(order.price))]


def amend_fields(order: AmendOrder, instrument: Instrument) -> list[tuple[str, str]]:
    """The new figures of an amendment. Raises InvalidOrder for those off the grid."""
    fields: list[tuple[str, str]] = []
    for name, value, step in (
        ("order_qty", order.new_size, instrument.size_increment),
        ("limit_price", order.new_price, instrument.price_increment),
        ("trigger_price", order.new_trigger_price, instrument.price_increment),
    ):
        if value is None:
            continue
        if value <= 0 or not on_grid(value, step):
            raise InvalidOrder(
                f"{name} {plain(value)} is no positive multiple of {plain(step)} ({instrument.id})",
                venue=VENUE,
            )
        fields.append((name, plain(value)))
    return fields


def _json_fields(fields: list[tuple[str, str]]) -> dict[str, object]:
    """Form fields as the batch's JSON writes them: `close` is an object, reduce_only a boolean."""
    body: dict[str, object] = {}
    close: dict[str, str] = {}
    for name, value in fields:
        if name.startswith("close["):
            close[name[6:-1]] = value
        elif name == "reduce_only":
            body[name] = True
        else:
            body[name] = value
    if close:
        body["close"] = close
    return body


def _identity(client_id: str, venue_id: str | None) -> tuple[str, str]:
    """Kraken's id where it is known: a client id is unique among open orders only."""
    if venue_id is not None:
        return "txid", venue_id
    return "cl_ord_id", rules.check_client_id(client_id)


def _on(instrument: Instrument, cost: float) -> dict[str, float]:
    return {f"{rest.TRADING}/{instrument.symbol}": cost}


def _accepted(order: PlaceOrder, txid: str, received_ns: Nanos) -> OrderReport:
    report = reports.of_intent(order)
    return msgspec.structs.replace(
        report,
        venue_id=VenueOrderId(txid),
        status=OrderStatus.ACCEPTED,
        received_ns=received_ns,
    )


def _no_ids() -> list[str]:
    return []
