"""Kraken's `executions` and `balances` rows as orders, fills and balances of ours. No I/O.

https://docs.kraken.com/exchange/api-reference/spot-websocket-v2/executions (2026-11-22)
"""

from collections import OrderedDict
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from argosy.errors import WireError
from argosy.model import (
    Balance,
    ClientOrderId,
    Fill,
    Liquidity,
    Nanos,
    OrderReport,
    OrderStatus,
    OrderType,
    VenueId,
    VenueOrderId,
)
from argosy.model.money import ZERO
from argosy.model.time import parse_utc
from argosy.venues.kraken import wire
from argosy.venues.kraken.reports import order_type, side, time_in_force
from argosy.venues.kraken.symbols import VENUE, asset, instrument_of

_MOST_REMEMBERED = 20_000

_STATUS = {
    "pending_new": OrderStatus.ACCEPTED,
    "new": OrderStatus.ACCEPTED,
    "partially_filled": OrderStatus.PARTIALLY_FILLED,
    "filled": OrderStatus.FILLED,
    "canceled": OrderStatus.CANCELLED,
    "expired": OrderStatus.EXPIRED,
}
_LIQUIDITY = {"m": Liquidity.MAKER, "t": Liquidity.TAKER}


class OrderMemory:
    """What was said of each order, as updates repeat only what changed."""

    def __init__(self) -> None:
        self._orders: OrderedDict[str, wire.Execution] = OrderedDict()

    def events(
        self, rows: Iterable[wire.Execution], at: Nanos, *, snapshot: bool
    ) -> list[OrderReport | Fill]:
        """The events of a message. A snapshot's trades are fills that may be known already, and say
        nothing new of their orders.

        Raises WireError for a row that lacks what it must have.
        """
        events: list[OrderReport | Fill] = []
        for row in rows:
            if not row.order_id:
                continue  # a margin position, which the model takes from REST
            if row.exec_type == "trade" and snapshot:
                events.append(_fill(row, at))
                continue
            known = self._merge(row)
            if row.exec_type == "trade":
                events.append(_fill(_with_identity(row, known), at))
            events.append(_report(known, at))
        return events

    def _merge(self, row: wire.Execution) -> wire.Execution:
        old = self._orders.get(row.order_id)
        if old is not None:
            said = {
                name: value
                for name in row.__struct_fields__
                if (value := getattr(row, name)) is not None and value != ""
            }
            row = msgspec.structs.replace(old, **said)
        self._orders[row.order_id] = row
        self._orders.move_to_end(row.order_id)
        if len(self._orders) > _MOST_REMEMBERED:
            self._orders.popitem(last=False)
        return row


def _with_identity(row: wire.Execution, known: wire.Execution) -> wire.Execution:
    return msgspec.structs.replace(
        row,
        symbol=row.symbol or known.symbol,
        side=row.side or known.side,
        cl_ord_id=row.cl_ord_id or known.cl_ord_id,
    )


def _fill(row: wire.Execution, at: Nanos) -> Fill:
    if row.last_qty is None or row.last_price is None or not row.exec_id or not row.symbol:
        raise WireError(f"kraken executions: a trade of {row.order_id} lacks its figures")
    fees = [fee for fee in row.fees or () if fee.qty] or (row.fees or [])
    if len({fee.asset for fee in fees}) > 1:
        raise WireError(f"kraken executions: {row.exec_id} has fees in several currencies")
    instrument = instrument_of(row.symbol)
    return Fill(
        instrument=instrument,
        venue_order_id=VenueOrderId(row.order_id),
        venue_trade_id=row.exec_id,
        side=side(row.side),
        price=row.last_price,
        size=row.last_qty,
        fee=sum((fee.qty for fee in fees), ZERO),
        fee_currency=asset(fees[0].asset) if fees else instrument.rpartition("/")[2],
        liquidity=_LIQUIDITY.get(row.liquidity_ind, Liquidity.TAKER),
        venue_ns=parse_utc(row.timestamp),
        received_ns=at,
        client_id=_client_id(row),
    )


def _report(row: wire.Execution, at: Nanos) -> OrderReport:
    if not row.symbol or not row.side or not row.order_type:
        raise WireError(
            f"kraken executions: an update of {row.order_id}, of which nothing is known"
        )
    status = _STATUS.get(row.order_status or row.exec_type)
    if status is None:
        raise WireError(f"kraken executions: order status {row.order_status!r}")
    kind = order_type(row.order_type)
    filled = row.cum_qty or ZERO
    if status is OrderStatus.ACCEPTED and filled > 0:
        status = OrderStatus.PARTIALLY_FILLED
    return OrderReport(
        instrument=instrument_of(row.symbol),
        venue_id=VenueOrderId(row.order_id),
        status=status,
        side=side(row.side),
        type=kind,
        filled=filled,
        venue_ns=parse_utc(row.timestamp),
        received_ns=at,
        client_id=_client_id(row),
        size=row.order_qty,
        quote_size=row.cash_order_qty or None,
        price=_price(row, kind),
        average_price=row.avg_price or None,
        trigger_price=_trigger_price(row),
        time_in_force=time_in_force(row.time_in_force),
        post_only=bool(row.post_only),
        reduce_only=bool(row.reduce_only),
        reason=row.reason or row.cancel_reason,
    )


def _client_id(row: wire.Execution) -> ClientOrderId | None:
    return ClientOrderId(row.cl_ord_id) if row.cl_ord_id else None


def _price(row: wire.Execution, kind: OrderType) -> Decimal | None:
    if kind is OrderType.MARKET or row.limit_price_type not in {"", "static"}:
        return None
    return row.limit_price or None


def _trigger_price(row: wire.Execution) -> Decimal | None:
    """A fixed trigger price, or where a trailing one stands now."""
    if row.triggers is not None and row.triggers.price_type in {"", "static"}:
        return row.triggers.price or row.stop_price or None
    if row.triggers is not None and row.triggers.actual_price:
        return row.triggers.actual_price
    return row.stop_price or None


class Holds:
    """What open orders hold of each currency, as REST last said: the stream does not say it."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], Decimal] = {}

    def learn(self, balances: Iterable[Balance]) -> None:
        """Replace all that is known."""
        self._held = {(one.currency, one.account): one.held for one in balances}

    def balances(self, rows: Iterable[wire.BalanceRow], at: Nanos) -> list[Balance]:
        """The balances of a message, wallet by wallet."""
        return [
            self._one(
                row.asset, wallet, parse_utc(row.timestamp) if row.timestamp else Nanos(0), at
            )
            for row in rows
            for wallet in row.wallets or [wire.Wallet(row.wallet_type, row.balance, row.wallet_id)]
        ]

    def _one(self, code: str, wallet: wire.Wallet, when: Nanos, at: Nanos) -> Balance:
        currency = asset(code)
        trading = wallet.type in {"", "spot"}
        account = "trading" if trading else f"{wallet.type}.{wallet.id}".rstrip(".")
        held = min(self._held.get((currency, account), ZERO), max(wallet.balance, ZERO))
        return Balance(
            venue=VenueId(VENUE),
            currency=currency,
            total=wallet.balance,
            free=wallet.balance - held,
            held=held,
            venue_ns=when,
            received_ns=at,
            account=account,
        )
