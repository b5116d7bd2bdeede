"""Kraken order entry over WebSocket v2: requests, and whose answers are awaited. No I/O.

https://docs.kraken.com/exchange/api-reference/spot-websocket-v2/add_order and its neighbours
(2026-11-22)
"""

from collections import OrderedDict
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from argosy.errors import InvalidOrder, NotSent, OutcomeUnknown, Unsupported
from argosy.model import (
    AmendOrder,
    CancelOrder,
    CommandDone,
    Instrument,
    MarginMode,
    Nanos,
    OrderType,
    PlaceOrder,
    SelfTradePrevention,
    VenueId,
    VenueOrderId,
)
from argosy.model.time import SECOND, format_utc
from argosy.venues.kraken import orders as rules
from argosy.venues.kraken import wire
from argosy.venues.kraken.errors import translate
from argosy.venues.kraken.symbols import VENUE, Symbols
from argosy.venues.kraken.trading import amend_fields

ANSWER_WITHIN_NS = 15 * SECOND  # Kraken's own deadline is 5 s
_MOST_WAITING = 1_000
MOST_PLACED = 15


class Pending(msgspec.Struct):
    """A request that was given out to be sent: whose commands it carries, by the ids of orders."""

    method: str
    commands: list[tuple[str, str]]  # (command id, the order's client or venue id)
    at_ns: Nanos


class Commands:
    """Builds requests and matches answers to them."""

    def __init__(self, symbols: Symbols) -> None:
        self._symbols = symbols
        self._pending: OrderedDict[int, Pending] = OrderedDict()
        self._last_id = 1_000_000  # above those of subscriptions

    def place(self, order: PlaceOrder, token: str, command: tuple[str, Nanos]) -> str:
        """add_order. Raises Unsupported or InvalidOrder for what Kraken would not take."""
        instrument = self._symbols.need(order.instrument)
        params = {**order_params(order, instrument), "symbol": instrument.venue_symbol}
        return self._frame("add_order", params, token, [(command[0], order.client_id)], command[1])

    def place_many(
        self, orders: Sequence[PlaceOrder], command_ids: Sequence[str], token: str, now_ns: Nanos
    ) -> str:
        """batch_add: 2 to 15 orders of one pair; one that breaks the rules rejects them all."""
        if not 2 <= len(orders) <= MOST_PLACED:
            raise Unsupported(f"Kraken takes 2 to {MOST_PLACED} orders in a batch: {len(orders)}")
        if len({order.instrument for order in orders}) > 1:
            raise Unsupported("Kraken's batches are of one pair: split them by instrument")
        instrument = self._symbols.need(orders[0].instrument)
        params: dict[str, object] = {
            "symbol": instrument.venue_symbol,
            "orders": [order_params(order, instrument) for order in orders],
        }
        names = zip(command_ids, (order.client_id for order in orders), strict=True)
        return self._frame("batch_add", params, token, list(names), now_ns)

    def amend(self, order: AmendOrder, token: str, command: tuple[str, Nanos]) -> str:
        """amend_order, in place."""
        instrument = self._symbols.need(order.instrument)
        params: dict[str, object] = {
            name: msgspec.Raw(value.encode()) for name, value in amend_fields(order, instrument)
        }
        name, identity = identity_of(order.client_id, order.venue_id)
        params[name] = identity
        return self._frame("amend_order", params, token, [(command[0], identity)], command[1])

    def cancel(
        self, orders: Sequence[CancelOrder], command_ids: Sequence[str], token: str, now_ns: Nanos
    ) -> str:
        """cancel_order; Kraken answers once for each order. All by its ids, or all by ours."""
        found = [identity_of(order.client_id, order.venue_id) for order in orders]
        kinds = {name for name, _ in found}
        if len(kinds) != 1:
            raise Unsupported("Kraken cancels by its own ids or by ours, not by both in a request")
        params: dict[str, object] = {kinds.pop(): [identity for _, identity in found]}
        names = zip(command_ids, (identity for _, identity in found), strict=True)
        return self._frame("cancel_order", params, token, list(names), now_ns)

    def cancel_all(self, command_id: str, token: str, now_ns: Nanos) -> str:
        """cancel_all."""
        return self._frame("cancel_all", {}, token, [(command_id, "")], now_ns)

    def cancel_all_after(self, seconds: int, command_id: str, token: str, now_ns: Nanos) -> str:
        """cancel_all_orders_after; 0 disarms."""
        if not 0 <= seconds <= 86_400:
            raise InvalidOrder(f"a timeout of {seconds} s; 0 to 86400", venue=VENUE)
        params: dict[str, object] = {"timeout": seconds}
        return self._frame("cancel_all_orders_after", params, token, [(command_id, "")], now_ns)

    def answered(self, message: wire.Envelope, at: Nanos) -> list[CommandDone]:
        """The commands that an answer ends; none when it is not, or no more, awaited.

        Raises WireError for a result of another form; its commands then end by time-out.
        """
        request = message.req_id
        pending = None if request is None else self._pending.get(request)
        if request is None or pending is None or message.method != pending.method:
            return []
        if not message.success:
            error = translate(message.error or f"{pending.method} failed", entry=True)
            named = message.order_id or message.cl_ord_id
            one_of_many = pending.method == "cancel_order" and len(pending.commands) > 1
            ended = self._take(request, pending, named if one_of_many else None)
            return [_done(command, at, error=error) for command, _ in ended]
        if pending.method == "batch_add":
            return self._batch(request, pending, message, at)
        if pending.method in {"cancel_all", "cancel_all_orders_after"}:
            return [_done(command, at) for command, _ in self._take(request, pending, None)]
        result = wire.read(wire.order_result, message.result, pending.method)
        if pending.method == "cancel_order":
            names = {name for _, name in pending.commands}
            named = result.order_id if result.order_id in names else result.cl_ord_id
            ended = self._take(request, pending, named)
        else:
            ended = self._take(request, pending, None)
        return [_done(command, at, venue_id=result.order_id) for command, _ in ended]

    def overdue(self, now_ns: Nanos) -> list[CommandDone]:
        """The commands whose answer did not come in time: what became of them is unknown."""
        late = [
            request
            for request, pending in self._pending.items()
            if now_ns - pending.at_ns > ANSWER_WITHIN_NS
        ]
        return [done for request in late for done in self._unknown(request, "no answer", now_ns)]

    def lost(self, now_ns: Nanos) -> list[CommandDone]:
        """The connection is gone: what became of every awaited command is unknown."""
        ended = list(self._pending)
        return [done for r in ended for done in self._unknown(r, "connection lost", now_ns)]

    def _unknown(self, request: int, why: str, now_ns: Nanos) -> list[CommandDone]:
        pending = self._pending.pop(request)
        error = OutcomeUnknown(f"{VENUE} {pending.method}: {why}; look the order up")
        return [_done(command, now_ns, error=error) for command, _ in pending.commands]

    def _batch(
        self, request: int, pending: Pending, message: wire.Envelope, at: Nanos
    ) -> list[CommandDone]:
        result = wire.read(wire.batch_result, message.result, "batch_add")
        rows = result.orders if isinstance(result, wire.BatchResult) else result
        del self._pending[request]
        named = {row.cl_ord_id: row for row in rows if row.cl_ord_id}
        events = []
        for place, (command, name) in enumerate(pending.commands):
            row = named.get(name)
            if row is None and not named and place < len(rows):
                row = rows[place]
            if row is None:
                lost = OutcomeUnknown(f"{VENUE} batch_add: no result for {name}; look it up")
                events.append(_done(command, at, error=lost))
            elif row.error or not row.success:
                error = translate(row.error or "EOrder:No reason given", entry=True)
                events.append(_done(command, at, error=error))
            else:
                events.append(_done(command, at, venue_id=row.order_id))
        return events

    def _take(self, request: int, pending: Pending, named: str | None) -> list[tuple[str, str]]:
        """End all commands of a request, or only the one of the order that is named; where the name
        fits none, the first.
        """
        if named is None:
            del self._pending[request]
            return pending.commands
        found = next((one for one in pending.commands if one[1] == named), pending.commands[0])
        pending.commands.remove(found)
        if not pending.commands:
            del self._pending[request]
        return [found]

    def _frame(
        self,
        method: str,
        params: dict[str, object],
        token: str,
        commands: list[tuple[str, str]],
        now_ns: Nanos,
    ) -> str:
        if not token:
            raise NotSent("the Kraken session has no token yet: wait until it is ready")
        if len(self._pending) >= _MOST_WAITING:
            raise NotSent(f"{_MOST_WAITING} commands await Kraken's answers already")
        self._last_id += 1
        self._pending[self._last_id] = Pending(method, commands, now_ns)
        return wire.frame(method, {**params, "token": token}, self._last_id)


def order_params(order: PlaceOrder, instrument: Instrument) -> dict[str, object]:
    """The parameters of add_order but symbol and token. Raises Unsupported or InvalidOrder."""
    rules.check(order, instrument)
    if order.margin_mode is not MarginMode.CASH and order.leverage is not None:
        raise Unsupported("Kraken's stream takes no leverage, only margin: place it over REST")
    params: dict[str, object] = {
        "order_type": rules.TYPES[order.type],
        "side": order.side.value,
        "cl_ord_id": order.client_id,
        "time_in_force": order.time_in_force.value,
    }
    if order.size is not None:
        params["order_qty"] = wire.number(order.size)
    if order.quote_size is not None:
        params["cash_order_qty"] = wire.number(order.quote_size)
    if order.price is not None:
        params["limit_price"] = wire.number(order.price)
    if order.display_size is not None:
        params["display_qty"] = wire.number(order.display_size)
    if order.expire_ns is not None:
        params["expire_time"] = format_utc(order.expire_ns, 3)
    for name, flag in (
        ("post_only", order.post_only),
        ("reduce_only", order.reduce_only),
        ("margin", order.margin_mode is not MarginMode.CASH),
    ):
        if flag:
            params[name] = True
    if order.self_trade is not None:
        params["stp_type"] = _self_trade(order.self_trade)
    params.update(_trigger_params(order))
    if order.exit is not None:
        params["conditional"] = _conditional(order)
    return params


def _self_trade(kind: SelfTradePrevention) -> str:
    return rules.SELF_TRADE[kind].replace("-", "_")


def _trigger_params(order: PlaceOrder) -> dict[str, object]:
    if order.trigger is None:
        return {}
    reference = rules.TRIGGERS[order.trigger.source]
    if not rules.is_trailing(order.type):
        assert order.trigger.price is not None  # the model demands it
        price = wire.number(order.trigger.price)
        return {"triggers": {"reference": reference, "price": price, "price_type": "static"}}
    offset, percent = rules.offset_of(order)
    kind = "pct" if percent else "quote"
    params: dict[str, object] = {
        "triggers": {"reference": reference, "price": wire.number(offset), "price_type": kind}
    }
    if order.type is OrderType.TRAILING_STOP_LIMIT:
        params |= {"limit_price": wire.number(Decimal(0)), "limit_price_type": "quote"}
    return params


def _conditional(order: PlaceOrder) -> dict[str, object]:
    assert order.exit is not None  # the caller asked
    kind, trigger, limit = rules.exit_parts(order.exit)
    close: dict[str, object] = {"order_type": kind, "trigger_price": wire.number(trigger)}
    if limit is not None:
        close["limit_price"] = wire.number(limit)
    return close


def identity_of(client_id: str, venue_id: str | None) -> tuple[str, str]:
    """Kraken's id where it is known: a client id is unique among open orders only."""
    if venue_id is not None:
        return "order_id", venue_id
    return "cl_ord_id", rules.check_client_id(client_id)


def _done(
    command_id: str, at: Nanos, *, venue_id: str = "", error: Exception | None = None
) -> CommandDone:
    return CommandDone(
        venue=VenueId(VENUE),
        command_id=command_id,
        received_ns=at,
        venue_id=VenueOrderId(venue_id) if venue_id else None,
        error=error,
    )
