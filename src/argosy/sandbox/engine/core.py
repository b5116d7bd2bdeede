"""The engine's state and its plumbing: listings, accounts, timers, listeners. No trading rules."""

import heapq
from collections import deque
from collections.abc import Callable
from decimal import Decimal
from itertools import count
from typing import TypeVar

from argosy.model import InstrumentId, InstrumentStatus, TriggerSource
from argosy.sandbox.clock import SandboxClock
from argosy.sandbox.engine.accounts import Account, EntryKind, LedgerEntry
from argosy.sandbox.engine.book import OrderBook
from argosy.sandbox.engine.events import (
    BalanceEvent,
    BookChange,
    Event,
    LevelChange,
    RestingChange,
    RestingKind,
)
from argosy.sandbox.engine.orders import Order
from argosy.sandbox.engine.refusals import Reason, Refused
from argosy.sandbox.engine.spec import Rules, Spec
from argosy.sandbox.engine.tape import Tape

E = TypeVar("E")


class Listing:
    """One instrument at one venue: its book, prices, tape and waiting orders."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.book = OrderBook()
        self.tape = Tape()
        self.status: InstrumentStatus = spec.instrument.status
        self.last = 0  # 0 until something traded or the market gave a price
        self.mark = 0
        self.index = 0
        self.prints = 0
        self.conditionals: dict[int, Order] = {}
        self.chasers: dict[int, Order] = {}
        self.funding_rate = Decimal(0)
        self.next_funding_ns = 0
        self.open_interest = Decimal(0)

    def reference(self, source: TriggerSource) -> int:
        """The price that a trigger of that source watches."""
        if source is TriggerSource.MARK:
            return self.mark
        return self.index if source is TriggerSource.INDEX else self.last

    @property
    def mark_price(self) -> Decimal:
        """What positions are valued at."""
        return self.spec.price(self.mark or self.last)


class Core:
    """Everything that the engine's parts share."""

    def __init__(self, rules: Rules, clock: SandboxClock) -> None:
        self.rules = rules
        self.clock = clock
        self.listings: dict[InstrumentId, Listing] = {}
        self.accounts: dict[str, Account] = {}
        self.house = Account("house", house=True)  # the market's own makers and takers
        self.fees = Account("fees", house=True)  # where fees and rounding go
        self.touched: dict[InstrumentId, Listing] = {}
        self.ready: deque[Callable[[], None]] = deque()  # to run once the operation is through
        self.wants_resting = False
        self._listeners: dict[type, list[Callable[..., None]]] = {}
        self._timers: list[tuple[int, int, Callable[[], None]]] = []
        self._numbers = count(1)
        self._ledger_numbers = count(1)

    def now_ns(self) -> int:
        """The injected clock's time."""
        return self.clock.now_ns()

    def next_number(self) -> int:
        """A running number for orders, trades and positions."""
        return next(self._numbers)

    def listing(self, instrument: InstrumentId) -> Listing:
        """The listing, or Refused(UNKNOWN_INSTRUMENT)."""
        found = self.listings.get(instrument)
        if found is None:
            raise Refused(Reason.UNKNOWN_INSTRUMENT, f"{instrument!r} is not listed here")
        return found

    # --- listeners ---

    def on(self, kind: type[E], listener: Callable[[E], None]) -> Callable[[], None]:
        """Call `listener` for every event of that class; the answer takes it away again."""
        heard = self._listeners.setdefault(kind, [])
        heard.append(listener)
        self.wants_resting = bool(self._listeners.get(RestingChange))

        def off() -> None:
            if listener in heard:
                heard.remove(listener)
            self.wants_resting = bool(self._listeners.get(RestingChange))

        return off

    def emit(self, event: Event) -> None:
        """Tell the listeners of the event's class, in the order they came."""
        for listener in tuple(self._listeners.get(type(event), ())):
            listener(event)

    def resting(self, listing: Listing, kind: RestingKind, order: Order) -> None:
        """Tell level-3 listeners, if any, about one resting order."""
        if self.wants_resting and order.limit is not None:
            self.emit(
                RestingChange(listing.spec.id, kind, order, order.limit, order.shown, self.now_ns())
            )

    # --- timers ---

    def at(self, when_ns: int, call: Callable[[], None]) -> None:
        """Run `call` in the first `run_timers` at or after `when_ns`."""
        heapq.heappush(self._timers, (when_ns, self.next_number(), call))

    def run_timers(self, now_ns: int) -> None:
        """Run what is due, earliest first."""
        while self._timers and self._timers[0][0] <= now_ns:
            heapq.heappop(self._timers)[2]()

    # --- money ---

    def move(
        self,
        account: Account,
        currency: str,
        amount: Decimal,
        *,
        kind: EntryKind,
        ref: str = "",
        fee: Decimal = Decimal(0),
    ) -> None:
        """Change a total by amount - fee; the fee goes to the fee account."""
        holding = account.holding(currency)
        holding.total += amount - fee
        if fee:
            self.fees.holding(currency).total += fee
        if account.house:
            return
        now = self.now_ns()
        entry = LedgerEntry(
            next(self._ledger_numbers), now, kind, currency, amount, fee, holding.total, ref
        )
        account.ledger.append(entry)
        self.emit(BalanceEvent(account, currency, entry, now))

    # --- the end of an operation ---

    def drain(self) -> None:
        """Run what became ready, then tell what changed in the books."""
        for _ in range(10_000):
            if not self.ready:
                break
            self.ready.popleft()()
        touched, self.touched = self.touched, {}
        for listing in touched.values():
            self._flush(listing)

    def _flush(self, listing: Listing) -> None:
        book = listing.book
        if not book.dirty:
            return
        book.sequence += 1
        if self._listeners.get(BookChange):
            changes = []
            for side, price in book.dirty:
                level = book.side(side).levels.get(price)
                changes.append(
                    LevelChange(side, price, level.size, len(level.orders))
                    if level
                    else LevelChange(side, price, 0, 0)
                )
            changes.sort(key=lambda c: (c.side, -c.price if c.side == "buy" else c.price))
            self.emit(BookChange(listing.spec.id, book.sequence, self.now_ns(), tuple(changes)))
        book.dirty.clear()
