"""What the simulated venues of a crash campaign did, for comparing it with the journal."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from decimal import Decimal

from argosy.desk.storms import INSTRUMENTS
from argosy.execution.journal.store import OpenedOrder
from argosy.model import Side
from argosy.model.money import ZERO
from argosy.sandbox.engine import EntryKind, Order
from argosy.sandbox.server import Sandbox


def moved(sandbox: Sandbox) -> Counter[Decimal]:
    """How often each amount left a venue or one of its accounts; each has an amount of its own."""
    made = [one.amount for venue in INSTRUMENTS for one in sandbox.venue(venue).wallet.withdrawals]
    for venue in INSTRUMENTS:
        ledger = sandbox.account(venue).ledger
        made += [entry.amount for entry in ledger if entry.kind is EntryKind.TRANSFER]
    return Counter(made)


class Traded:
    """What the venues executed, by the order or the work that it was for."""

    def __init__(self, sandbox: Sandbox, journalled: Mapping[str, OpenedOrder]) -> None:
        self._done: dict[tuple[str, str, Side], Decimal] = defaultdict(Decimal)
        self.orders: Counter[str] = Counter()  # by client id
        for venue in INSTRUMENTS:
            self.orders.update(client_id_of(one) for one in sandbox.orders(venue, final=True))
            for event in sandbox.fills(venue):
                order, client_id = event.order, client_id_of(event.order)
                known = journalled.get(client_id)
                size = order.spec.size(event.size)
                for name in {client_id, known.work if known is not None else ""} - {""}:
                    self._done[name, order.spec.id, order.side] += size

    def of(self, name: str, instrument: str, side: Side) -> Decimal:
        """What an order or a work traded on one side, in units of size."""
        return self._done.get((name, instrument, side), ZERO)

    def net(self, name: str, instrument: str, kept: Decimal = Decimal(1)) -> Decimal:
        """What it bought less what it sold; of a purchase only `kept` can be sold again."""
        sold = self.of(name, instrument, Side.SELL) / kept
        return self.of(name, instrument, Side.BUY) - sold

    def left(self, name: str) -> Decimal:
        """What it bought or sold and has not taken back, over all instruments."""
        instruments = {instrument for known, instrument, _ in self._done if known == name}
        return sum((abs(self.net(name, instrument)) for instrument in instruments), ZERO)


def client_id_of(order: Order) -> str:
    """Ours, or ''. The simulated OKX keeps those of algo orders apart by a prefix."""
    return order.client_id.removeprefix("algo:")
