"""What the journal knows of one order, route or work, from first to last. Reads only."""

import msgspec

from argosy.desk.desk import Desk
from argosy.errors import ConfigError
from argosy.execution.journal import HistoryRow, OpenedOrder, Store
from argosy.model import Fill, OrderReport, PlaceOrder


class OrderStory(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order: what was intended, what it is now, every fill, and all that was noted of it."""

    id: str
    report: OrderReport
    intent: PlaceOrder | None = None  # none: it was not placed from here
    work: str = ""  # the route or work that placed it
    fills: tuple[Fill, ...] = ()
    history: tuple[HistoryRow, ...] = ()


class Story(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order, or a route or work with all orders that it placed."""

    id: str
    orders: tuple[OrderStory, ...]
    history: tuple[HistoryRow, ...] = ()  # of the route or work itself: its plans, its evidence


async def story(desk: Desk, wanted: str) -> Story:
    """The story of an order (by our id or the venue's), a route or a work.

    Raises:
        ConfigError: this desk has no journal, or nothing of that id is in it.
    """
    journal = desk.journal
    if journal is None:
        raise ConfigError("this desk keeps no journal: it has no API keys")
    await journal.flushed()

    def look(store: Store) -> Story:
        found = store.find(wanted)
        if found is not None:
            return Story(id=wanted, orders=(_told(store, found),))
        children = store.children(wanted)
        notes = store.history_of(wanted)
        if not children and not notes:
            raise ConfigError(f"the journal has no {wanted!r}; `argosy order list --all`")
        return Story(
            id=wanted,
            orders=tuple(_told(store, child) for child in children),
            history=tuple(notes),
        )

    return await journal.read(look)


def _told(store: Store, found: OpenedOrder) -> OrderStory:
    return OrderStory(
        id=found.key,
        report=found.report,
        intent=found.intent,
        work=found.work,
        fills=tuple(store.fills_of(found)),
        history=tuple(store.history_of(found.key)),
    )
