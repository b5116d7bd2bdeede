"""Which algo order an ordinary order came from: remembers, as OKX's fills do not say it. No I/O."""

from collections import OrderedDict

import msgspec

from argosy.model import ClientOrderId, VenueOrderId
from argosy.venues.okx.wire_trade import AlgoRow, OrderRow

# https://www.okx.com/docs-v5/en/#order-book-trading-trade-get-order-details, source (read 2026-11):
# 13 is an order of an iceberg or TWAP, 34 one of a chase; 6, 7 and 25 are what a trigger, an exit
# or a trailing stop became.
_SLICES = {"13", "34"}
SLICED = frozenset({"iceberg", "twap", "smart_iceberg", "chase"})  # ordTypes that work by slices
_REMEMBERED = 20_000


class Parent(msgspec.Struct, frozen=True):
    """The algo order that an order came from."""

    algo_id: VenueOrderId
    client_id: ClientOrderId | None
    sliced: bool  # the order is one of many; False: the algo order goes on as this one


def is_slice(row: OrderRow) -> bool:
    """Whether an order is one of those that an iceberg, TWAP or chase puts on the market."""
    return row.source in _SLICES or row.category in SLICED


def made_by(row: AlgoRow) -> list[VenueOrderId]:
    """The orders that an algo order has put on the market, as far as it tells."""
    idents = dict.fromkeys((*(row.ord_id_list or ()), row.ord_id))
    return [VenueOrderId(ident) for ident in idents if ident]


class Lineage:
    """Parents by ordId, the newest 20,000. Shared by an adapter's REST calls and its streams."""

    def __init__(self) -> None:
        self._parents: OrderedDict[str, Parent] = OrderedDict()

    def parent(self, order_id: str) -> Parent | None:
        """The algo order that an order came from; None: it is one by itself, or nobody told."""
        return self._parents.get(order_id)

    def learn_order(self, row: OrderRow) -> None:
        """Take in what an order says of its parent."""
        if row.algo_id:
            client_id = ClientOrderId(row.algo_cl_ord_id) if row.algo_cl_ord_id else None
            self._keep(row.ord_id, VenueOrderId(row.algo_id), client_id, sliced=is_slice(row))

    def learn_algo(self, row: AlgoRow) -> None:
        """Take in what an algo order says of the orders it made."""
        client_id = ClientOrderId(row.algo_cl_ord_id) if row.algo_cl_ord_id else None
        for ident in made_by(row):
            sliced = row.ord_type in SLICED
            self._keep(ident, VenueOrderId(row.algo_id), client_id, sliced=sliced)

    def _keep(
        self, order_id: str, algo_id: VenueOrderId, client_id: ClientOrderId | None, *, sliced: bool
    ) -> None:
        before = self._parents.pop(order_id, None)
        if client_id is None and before is not None:
            client_id = before.client_id
        self._parents[order_id] = Parent(algo_id, client_id, sliced)
        if len(self._parents) > _REMEMBERED:
            self._parents.popitem(last=False)
