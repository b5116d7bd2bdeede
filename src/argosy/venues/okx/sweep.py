"""Cancels everything at OKX, which has no request for that: lists, cancels, lists again. No I/O.

Each sweep is a chain of calls by `then`; it ends when nothing is listed or nothing was cancelled.
"""

from collections.abc import Sequence
from functools import partial

from argosy.errors import ArgosyError, VenueError
from argosy.model import Instrument
from argosy.ports import Call, HttpResponse
from argosy.venues.okx.envelope import read_acks, read_rows
from argosy.venues.okx.names import Names, bucket_key
from argosy.venues.okx.requests import ALGO_BATCH, BATCH, add_cost, get, post
from argosy.venues.okx.wire_trade import Ack, AlgoCancellation, AlgoRow, Cancellation, OrderRow


def sweep_orders(names: Names, about: Instrument | None) -> Call[list[str]]:
    """List what is open, cancel it, and so on until nothing is listed."""
    query = [("instId", about.venue_symbol)] if about is not None else []
    query.append(("limit", str(BATCH)))
    request = get("orders-pending", query, "orders_pending", urgent=True)

    def then(response: HttpResponse) -> Call[list[str]] | None:
        rows = read_rows(response, OrderRow, "open orders")[:BATCH]
        if not rows:
            return None
        bodies = [Cancellation(inst_id=row.inst_id, ord_id=row.ord_id) for row in rows]
        cost: dict[str, float] = {}
        for row in rows:
            add_cost(cost, f"cancel_batch/{_key(names, row.inst_id)}")
        return Call(
            post("cancel-batch-orders", bodies, cost, idempotent=True),
            lambda r: _cancelled(read_acks(r, len(rows), "cancellations")),
            lambda r: sweep_orders(names, about) if _any_done(r, len(rows)) else None,
        )

    return Call(request, partial(_nothing_yet, OrderRow), then)


def sweep_algos(names: Names, about: Instrument | None, kind: str) -> Call[list[str]]:
    """List what is open, cancel it, and so on until nothing is listed."""
    query = [("instId", about.venue_symbol)] if about is not None else []
    query += [("ordType", kind), ("limit", str(ALGO_BATCH))]
    request = get("orders-algo-pending", query, "algo_pending", urgent=True)

    def then(response: HttpResponse) -> Call[list[str]] | None:
        rows = read_rows(response, AlgoRow, "open algo orders")[:ALGO_BATCH]
        if not rows:
            return None
        bodies = [AlgoCancellation(inst_id=row.inst_id, algo_id=row.algo_id) for row in rows]
        cost: dict[str, float] = {}
        for row in rows:
            add_cost(cost, f"algo_cancel/{_key(names, row.inst_id)}")
        return Call(
            post("cancel-algos", bodies, cost, idempotent=True),
            lambda r: _cancelled(read_acks(r, len(rows), "cancellations")),
            lambda r: sweep_algos(names, about, kind) if _any_done(r, len(rows)) else None,
        )

    return Call(request, partial(_nothing_yet, AlgoRow), then)


def _key(names: Names, symbol: str) -> str:
    known = names.find(symbol)
    return bucket_key(known) if known is not None else symbol


def _cancelled(acks: Sequence[Ack | ArgosyError]) -> list[str]:
    return [ack.ord_id or ack.algo_id or "" for ack in acks if isinstance(ack, Ack)]


def _nothing_yet(kind: type, response: HttpResponse) -> list[str]:
    """A listing that precedes a cancellation: refusals raise, nothing is cancelled yet."""
    read_rows(response, kind, "what is open")
    return []


def _any_done(response: HttpResponse, count: int) -> bool:
    """Whether a sweep got anywhere: if not, another would not either."""
    try:
        return bool(_cancelled(read_acks(response, count, "cancellations")))
    except VenueError:
        return False
