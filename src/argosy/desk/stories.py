"""What the journal knows of one order, route or work, from first to last, and of those that ended
before this process began. Reads only.
"""

import msgspec

from argosy.desk.desk import Desk
from argosy.errors import ConfigError
from argosy.execution.journal import HistoryRow, OpenedOrder, Store
from argosy.execution.work import Work
from argosy.execution.works import decode
from argosy.model import Fill, OrderReport, PlaceOrder

_REMEMBERED = 1_000  # orders, and works, that changed last


class OrderStory(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order: what was intended, what it is now, every fill, and all that was noted of it."""

    id: str
    report: OrderReport
    intent: PlaceOrder | None = None  # none: it was not placed from here
    work: str = ""  # the route or work that placed it
    fills: tuple[Fill, ...] = ()
    history: tuple[HistoryRow, ...] = ()


class WorkStory(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A work as it stands: an order type that the venue lacks, or an algorithm."""

    kind: str  # "conditional", "bracket", "twap", ...
    phase: str
    status: str
    children: int  # orders placed so far
    report: OrderReport | None = None  # none where it is more than one order
    detail: str = ""  # why it is not going on, or how it ended


class Story(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order, or a route or work with all orders that it placed."""

    id: str
    orders: tuple[OrderStory, ...]
    work: WorkStory | None = None
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

    running = desk.works.find(wanted) if desk.works is not None else None

    def look(store: Store) -> Story:
        found = store.find(wanted)
        if found is not None:
            return Story(id=wanted, orders=(_told(store, found),))
        work = running or _read(store.work(wanted))
        children = store.children(wanted)
        notes = store.history_of(wanted)
        if work is None and not children and not notes:
            raise ConfigError(f"the journal has no {wanted!r}; `argosy order list --all`")
        return Story(
            id=wanted,
            orders=tuple(_told(store, child) for child in children),
            work=None if work is None else _worked(desk, work),
            history=tuple(notes),
        )

    return await journal.read(look)


async def remembered(desk: Desk) -> list[tuple[OrderReport, bool]]:
    """Orders and works of the journal that changed last and that this process has not in memory;
    and whether each was placed from elsewhere.
    """
    journal = desk.journal
    if journal is None:
        return []
    orders, works = await journal.read(
        lambda store: (store.latest_orders(_REMEMBERED), store.latest_works(_REMEMBERED))
    )
    ledgers = {venue: trader.ledger for venue, trader in desk.traders.items()}
    found = [
        (order.report, order.intent is None)
        for order in orders
        if order.venue not in ledgers
        or not (ledgers[order.venue].find(order.key) or ledgers[order.venue].find(_name(order)))
    ]
    for row in works:
        if desk.works is not None and desk.works.find(row[0]) is not None:
            continue
        work = _read(row)
        report = work.report(desk.now_ns()) if work is not None else None
        if report is not None:
            found.append((report, False))
    return found


def _name(order: OpenedOrder) -> str:
    return order.report.venue_id or order.key


def _read(row: tuple[str, str, bytes] | None) -> Work | None:
    """A work of the journal; none where it is of a kind that nobody knows any more."""
    if row is None:
        return None
    try:
        return decode(row[1], row[2])
    except (msgspec.MsgspecError, ValueError):
        return None


def _worked(desk: Desk, work: Work) -> WorkStory:
    works = desk.works
    waits = "" if works is None else works.broken.get(work.id) or works.held(work.id)
    return WorkStory(
        kind=work.kind,
        phase=work.phase.value,
        status=work.status.value,
        children=work.children,
        report=work.report(desk.now_ns()),
        detail=waits or work.reason,
    )


def _told(store: Store, found: OpenedOrder) -> OrderStory:
    return OrderStory(
        id=found.key,
        report=found.report,
        intent=found.intent,
        work=found.work,
        fills=tuple(store.fills_of(found)),
        history=tuple(store.history_of(found.key)),
    )
