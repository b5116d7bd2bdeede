"""Order entry over WebSocket: orders named by instIdCode, answered by id. Sends nothing itself."""

from argosy.sandbox.engine import Account
from argosy.sandbox.okx import queries, trading
from argosy.sandbox.okx.args import Args, Row
from argosy.sandbox.okx.codes import Fault
from argosy.sandbox.okx.exchange import Exchange
from argosy.sandbox.okx.trading import Operation

# op -> (what it does to each item, the name that limits count it by: shared with REST, most items)
OPERATIONS: dict[str, tuple[Operation, str, int]] = {
    "order": (trading.place, "order", 1),
    "batch-orders": (trading.place, "batch-orders", 20),
    "cancel-order": (trading.cancel, "cancel-order", 1),
    "batch-cancel-orders": (trading.cancel, "cancel-batch-orders", 20),
    "amend-order": (trading.amend, "amend-order", 1),
    "batch-amend-orders": (trading.amend, "amend-batch-orders", 20),
}
OTHERS = frozenset({"mass-cancel", "cancel-all-after"})
ALL = frozenset(OPERATIONS) | OTHERS


def run(
    exchange: Exchange, account: Account, op: str, items: list[Args], deadline_ms: str = ""
) -> tuple[str, str, list[Row]]:
    """Do what `op` says: (code, msg, rows); Fault when nothing could be tried."""
    if exchange.venue.status == "maintenance":
        raise Fault("50001")
    if op == "cancel-all-after":
        return "0", "", [queries.cancel_all_after(exchange, account, _only(items))]
    if op == "mass-cancel":
        return "0", "", [queries.mass_cancel(exchange, account, _only(items))]
    do, limit_name, most = OPERATIONS[op]
    if not items or len(items) > most:
        raise Fault("60013")
    try:
        resolved = [resolve(exchange, item) for item in items]
    except Fault as fault:
        return "1", "", [trading.refused_row(exchange, item, fault) for item in items]
    code, _, rows = trading.run(exchange, account, do, limit_name, resolved, deadline_ms)
    return code, "", rows


def _only(items: list[Args]) -> Args:
    if len(items) != 1:
        raise Fault("60013")
    return items[0]


def resolve(exchange: Exchange, args: Args) -> Args:
    """Put instId in for instIdCode; Fault 50014 without one (instId is ignored since 2026-03)."""
    if args.has("instIdCode"):
        listing = exchange.names.coded(args.text("instIdCode"))
        return Args(args.raw() | {"instId": listing.spec.instrument.venue_symbol})
    if exchange.options.strict_inst_id_code:
        raise Fault("50014", "instIdCode")
    return args
