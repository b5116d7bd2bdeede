"""Cost analysis of what this desk traded, from its journal."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeVar

import msgspec

from argosy.analytics.tca import CostGroup, OrderCost, grouped, order_cost
from argosy.desk.desk import Desk
from argosy.errors import ConfigError
from argosy.execution.journal import ARRIVAL, END, FILL, HistoryRow, OpenedOrder, Store
from argosy.model import Fill, Instrument, InstrumentId, TopOfBook, split_id
from argosy.model.time import SECOND

ORDERS_MAX = 20_000
_GROUPS: dict[str, Callable[[OrderCost], str]] = {
    "venue": lambda cost: split_id(InstrumentId(cost.instrument))[0],
    "instrument": lambda cost: cost.instrument,
    "type": lambda cost: cost.type,
    "side": lambda cost: cost.side.value,
    "work": lambda cost: cost.work or "(orders of their own)",
    "order": lambda cost: cost.id,
    "all": lambda _cost: "all",
}


T = TypeVar("T")


class _SeenAt(msgspec.Struct):
    trade: str
    bid: Decimal
    ask: Decimal


class CostReport(msgspec.Struct, frozen=True, kw_only=True):
    """Costs of many orders. `cut`: there were more orders than are looked at; the newest count."""

    by: str
    since_ns: int
    groups: tuple[CostGroup, ...]
    all: CostGroup | None
    unpriced: int  # orders that filled and have no costs: no book was seen when they were placed
    cut: bool = False


class TcaDesk:
    """Costs against arrival, for the API and the CLI."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def order(self, wanted: str) -> list[OrderCost]:
        """Costs of an order (by our id or the venue's), or of all that a route or work placed.

        Raises:
            ConfigError: no journal, or nothing of that id in it.
        """

        def look(store: Store) -> list[OrderCost]:
            found = store.find(wanted)
            orders = [found] if found is not None else store.children(wanted)
            return self._costs(store, orders)

        costs = await self._read(look)
        if not costs:
            raise ConfigError(f"the journal has no order of {wanted!r}; `argosy order list --all`")
        return costs

    async def report(
        self, *, by: str = "venue", since_s: float = 86_400.0, instrument: str = ""
    ) -> CostReport:
        """Costs of the orders of the last `since_s` seconds, together by one of the groups.

        Raises:
            ConfigError: no journal, or a group there is not.
        """
        name_of = _GROUPS.get(by)
        if name_of is None:
            raise ConfigError(f"tca: by is {by!r}; it must be one of {', '.join(_GROUPS)}")
        if since_s <= 0:
            raise ConfigError(f"tca: since is {since_s} s; it must be above 0")
        since_ns = max(0, self._desk.now_ns() - round(since_s * SECOND))

        def look(store: Store) -> tuple[list[OrderCost], bool]:
            orders = store.orders_since(since_ns, ORDERS_MAX + 1)
            cut = len(orders) > ORDERS_MAX
            chosen = [
                order
                for order in orders[-ORDERS_MAX:]
                if not instrument or order.report.instrument == instrument
            ]
            return self._costs(store, chosen), cut

        costs, cut = await self._read(look)
        return CostReport(
            by=by,
            since_ns=since_ns,
            groups=tuple(grouped(costs, name_of)),
            all=next(iter(grouped(costs, _GROUPS["all"])), None),
            unpriced=sum(1 for cost in costs if cost.filled and cost.cost_bps is None),
            cut=cut,
        )

    async def _read(self, look: Callable[[Store], T]) -> T:
        journal = self._desk.journal
        if journal is None:
            raise ConfigError("this desk keeps no journal: it has no API keys")
        await journal.flushed()
        return await journal.read(look)

    def _costs(self, store: Store, orders: Sequence[OpenedOrder]) -> list[OrderCost]:
        keys = [order.key for order in orders]
        notes = store.notes_of(keys, (ARRIVAL, FILL, END))
        fills = store.fills_of_many(keys)
        return [
            self._cost(order, fills.get(order.key, []), notes.get(order.key, []))
            for order in orders
        ]

    def _cost(
        self, order: OpenedOrder, fills: Sequence[Fill], notes: Sequence[HistoryRow]
    ) -> OrderCost:
        about = self._about(order.report.instrument)
        at_fills = [
            msgspec.json.decode(note.body, type=_SeenAt) for note in notes if note.kind == FILL
        ]
        return order_cost(
            order.key,
            order.report,
            fills,
            about,
            arrival=_quote(notes, ARRIVAL),
            seen={one.trade: TopOfBook(bid=one.bid, ask=one.ask) for one in at_fills},
            end=_quote(notes, END),
            fee_in_quote=lambda fill: self._fee(fill, about),
            work=order.work,
        )

    def _about(self, instrument: InstrumentId) -> Instrument | None:
        link = self._desk.links.get(split_id(instrument)[0])
        return None if link is None else link.instruments.get(instrument)

    def _fee(self, fill: Fill, about: Instrument | None) -> Decimal | None:
        """A fee in the quote currency: taken in it or in the base, else by the desk's rates."""
        if about is None:
            return None
        if fill.fee_currency == about.quote or not fill.fee:
            return fill.fee
        if fill.fee_currency == about.base:
            return fill.fee * fill.price
        rate = self._desk.rates.find(fill.fee_currency, about.quote)
        return None if rate is None else fill.fee * rate.rate


def _quote(notes: Sequence[HistoryRow], kind: str) -> TopOfBook | None:
    found = [note for note in notes if note.kind == kind]
    return msgspec.json.decode(found[0].body, type=TopOfBook) if found else None
