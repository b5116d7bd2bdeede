"""One venue's engine: the only door to its books and accounts. Deterministic for a given clock;
does no I/O. Every call either raises Refused with nothing done, or is done when it returns.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial
from typing import TypeVar

from argosy.model import InstrumentId, InstrumentStatus, OrderType, PositionSide, Side
from argosy.sandbox.clock import SandboxClock
from argosy.sandbox.engine import (
    algos,
    conditionals,
    funds,
    lifecycle,
    margin,
    matching,
    validation,
)
from argosy.sandbox.engine.accounts import Account, EntryKind
from argosy.sandbox.engine.amend import Amendment, amend, cancel
from argosy.sandbox.engine.core import Core, Listing
from argosy.sandbox.engine.events import (
    OrderEvent,
    OrderKind,
    ReferenceEvent,
    RestingKind,
    StatusEvent,
)
from argosy.sandbox.engine.orders import ExitRequest, Order, OrderRequest, State
from argosy.sandbox.engine.positions import Position
from argosy.sandbox.engine.refusals import Reason, Refused
from argosy.sandbox.engine.spec import Rules, Spec

E = TypeVar("E")


class Engine:
    """Books, accounts and orders of one venue."""

    def __init__(self, rules: Rules, clock: SandboxClock) -> None:
        self.rules = rules
        self.core = Core(rules, clock)
        self.core.on(OrderEvent, self._hear_order)

    # --- what stands here ---

    @property
    def listings(self) -> dict[InstrumentId, Listing]:
        """Every instrument by id."""
        return self.core.listings

    @property
    def accounts(self) -> dict[str, Account]:
        """Every customer's account by name."""
        return self.core.accounts

    def now_ns(self) -> int:
        """The injected clock's time."""
        return self.core.now_ns()

    def on(self, kind: type[E], listener: Callable[[E], None]) -> Callable[[], None]:
        """Hear every event of one class (see events.py); the answer stops it."""
        return self.core.on(kind, listener)

    def list_instrument(self, spec: Spec) -> Listing:
        """Open a book."""
        listing = self.core.listings[spec.id] = Listing(spec)
        if spec.funding_interval_ns:
            interval = spec.funding_interval_ns
            listing.next_funding_ns = (self.now_ns() // interval + 1) * interval
            self.core.at(listing.next_funding_ns, partial(self._fund, listing))
        if spec.instrument.expiry_ns is not None:
            self.core.at(spec.instrument.expiry_ns, partial(self._settle, listing))
        return listing

    def open_account(self, name: str) -> Account:
        """A new, empty account."""
        assert name not in self.core.accounts, f"there is an account {name} already"
        account = self.core.accounts[name] = Account(name)
        return account

    def deposit(
        self,
        account: Account,
        currency: str,
        amount: Decimal,
        kind: EntryKind = EntryKind.DEPOSIT,
        ref: str = "",
    ) -> None:
        """Add money from outside (below 0: take it out, refused beyond what is available)."""
        if amount < 0 and -amount > self.available(account, currency):
            raise Refused(Reason.INSUFFICIENT_FUNDS, f"{currency}: less than {-amount} is free")
        self.core.move(account, currency, amount, kind=kind, ref=ref)

    def available(self, account: Account, currency: str) -> Decimal:
        """What new orders may use."""
        return funds.available(self.core, account, currency)

    def equity(self, account: Account, currency: str) -> Decimal:
        """Total with unrealised profit."""
        return margin.equity(self.core, account, currency)

    def maintenance(self, account: Account, currency: str) -> Decimal:
        """What equity must not fall below."""
        return margin.maintenance(self.core, account, currency)

    def liquidation_price(self, account: Account, position: Position) -> Decimal | None:
        """Where the position would be closed by force."""
        return margin.liquidation_price(self.core, account, position)

    # --- customers ---

    def place(self, account: Account, request: OrderRequest, *, validate: bool = False) -> Order:
        """Place an order; it may be final on return (then `order.state`, `order.reason`).

        `validate` only checks: the order returned is then known to nobody.
        """
        listing = self.core.listing(request.instrument)
        order = validation.build(self.core, listing, account, request)
        if not validate:
            self._accept(listing, order)
            self._start(listing, order)
            self.core.drain()
        return order

    def place_pair(
        self, account: Account, first: OrderRequest, second: OrderRequest
    ) -> tuple[Order, Order]:
        """One cancels the other: whichever triggers or ends first."""
        listing = self.core.listing(first.instrument)
        orders = (
            validation.build(self.core, listing, account, first),
            validation.build(self.core, listing, account, second),
        )
        orders[0].linked, orders[1].linked = orders[1], orders[0]
        for order in orders:
            self._accept(listing, order)
        for order in orders:
            if not order.state.final:
                self._start(listing, order)
        self.core.drain()
        return orders

    def find(self, account: Account, *, order_id: str = "", client_id: str = "") -> Order:
        """An order of the account, final or not; Refused(UNKNOWN_ORDER) when there is none."""
        order = account.orders.get(order_id) if order_id else account.by_client_id.get(client_id)
        if order is None:
            raise Refused(Reason.UNKNOWN_ORDER, f"no order {order_id or client_id!r}")
        return order

    def amend(self, order: Order, change: Amendment) -> None:
        """Change an order in place."""
        amend(self.core, self.core.listings[order.spec.id], order, change)
        self.core.drain()

    def complete(self, order: Order) -> None:
        """End a partly filled order as filled: its size came down to what it has."""
        assert order.filled, "there is nothing to complete"
        order.size = order.filled
        lifecycle.finish(self.core, self.core.listings[order.spec.id], order, State.FILLED, None)
        self.core.drain()

    def cancel(self, order: Order, reason: Reason = Reason.USER) -> None:
        """Cancel an order; Refused(UNKNOWN_ORDER) when it is final already."""
        cancel(self.core, self.core.listings[order.spec.id], order, reason)
        self.core.drain()

    def cancel_all(
        self,
        account: Account,
        instruments: Iterable[InstrumentId] | None = None,
        reason: Reason = Reason.USER,
    ) -> list[Order]:
        """Cancel every open order of the account (in these instruments); which they were."""
        wanted = None if instruments is None else set(instruments)
        gone = [o for o in account.open.values() if wanted is None or o.spec.id in wanted]
        for order in gone:
            listing = self.core.listings[order.spec.id]
            lifecycle.finish(self.core, listing, order, State.CANCELLED, reason)
        self.core.drain()
        return gone

    def dead_man(self, account: Account, timeout_ns: int) -> int | None:
        """Cancel everything unless called again within `timeout_ns` (0: stop it); when it fires."""
        if not timeout_ns:
            account.dead_man_at_ns = None
            return None
        due = account.dead_man_at_ns = self.now_ns() + timeout_ns
        self.core.at(due, partial(self._dead, account, due))
        return due

    def close_position(
        self, account: Account, instrument: InstrumentId, side: PositionSide = PositionSide.NET
    ) -> Order:
        """Close a position at market."""
        listing = self.core.listing(instrument)
        position = account.position(listing.spec, side)
        if position is None or not position.size:
            raise Refused(Reason.REDUCE_ONLY, f"{instrument}: there is no position")
        order = margin.closing_order(self.core, account, position)
        self._accept(listing, order)
        matching.enter(self.core, listing, order)
        self.core.drain()
        return order

    # --- the market's own hand ---

    def quote(self, instrument: InstrumentId, side: Side, price: int, size: int) -> None:
        """Make the house show `size` units at `price` units (0: nothing), trading what it crosses.

        Call `settle_down` after a batch of these.
        """
        core, listing = self.core, self.core.listings[instrument]
        if listing.status is InstrumentStatus.EXPIRED:
            return
        book = listing.book
        level = book.side(side).levels.get(price)
        order = None if level is None else level.house
        core.touched[instrument] = listing
        if order is not None:
            if size and size <= order.shown:
                order.size = order.filled + size
                book.resize(order, size)
                core.resting(listing, RestingKind.MODIFY, order)
                return
            core.resting(listing, RestingKind.DELETE, order)
            book.remove(order)
            order.state = State.CANCELLED
        if not size:
            return
        order = self._house_order(listing, side, size, price)
        if book.crosses(side, price):
            matching.match(core, listing, order)
        if order.remaining:
            order.shown = order.remaining
            book.add(order)
            core.resting(listing, RestingKind.ADD, order)

    def take(self, instrument: InstrumentId, side: Side, size: int) -> int:
        """A market order of the house; units filled. Call `settle_down` after a batch."""
        listing = self.core.listings[instrument]
        order = self._house_order(listing, side, size, None)
        matching.match(self.core, listing, order)
        return order.filled

    def set_reference(self, instrument: InstrumentId, *, mark: int, index: int) -> None:
        """Move mark and index; triggers and liquidations follow in `settle_down`."""
        listing = self.core.listings[instrument]
        if not listing.last:
            listing.last = mark
        if (listing.mark, listing.index) == (mark, index):
            return
        listing.mark, listing.index = mark, index
        self.core.touched[instrument] = listing
        self.core.emit(ReferenceEvent(instrument, mark, index, self.now_ns()))
        margin.check_liquidations(self.core, listing)

    def settle_down(self) -> None:
        """Fire triggers, follow chases, run due timers, then tell what changed in the books."""
        self.core.run_timers(self.now_ns())
        self._watch()
        self.core.drain()

    def set_status(self, instrument: InstrumentId, status: InstrumentStatus) -> None:
        """Change which orders an instrument takes."""
        self.core.listing(instrument).status = status
        self.core.emit(StatusEvent(instrument, status, self.now_ns()))

    # --- within ---

    def _house_order(self, listing: Listing, side: Side, size: int, price: int | None) -> Order:
        number = self.core.next_number()
        return Order(
            account=self.core.house,
            spec=listing.spec,
            number=number,
            order_id="",
            side=side,
            order_type=OrderType.MARKET if price is None else OrderType.LIMIT,
            size=size,
            price=price,
            request=None,
            now_ns=self.core.now_ns(),
        )

    def _accept(self, listing: Listing, order: Order) -> None:
        order.account.remember(order)
        if order.request and (order.request.start_ns or 0) > self.now_ns():
            order.state = State.SCHEDULED
        elif order.type in conditionals.CONDITIONAL:
            order.state = State.UNTRIGGERED
        elif order.type in {OrderType.TWAP, OrderType.CHASE}:
            order.state = State.WORKING
        self.core.emit(OrderEvent(OrderKind.ACCEPTED, order, self.now_ns()))
        if order.expire_ns is not None:
            self.core.at(order.expire_ns, partial(self._expire, listing, order))

    def _start(self, listing: Listing, order: Order) -> None:
        request, core = order.request, self.core
        assert request is not None, "customers' orders come from requests"
        if order.state is State.SCHEDULED:
            assert request.start_ns is not None, "that is why it is scheduled"
            core.at(request.start_ns, partial(self._scheduled, listing, order))
        elif order.type in conditionals.CONDITIONAL:
            conditionals.arm(core, listing, order)
        elif order.type in {OrderType.TWAP, OrderType.CHASE}:
            algos.start(core, listing, order, self._place_child)
        else:
            matching.enter(core, listing, order)
        core.ready.append(self._watch_all(listing))

    def _scheduled(self, listing: Listing, order: Order) -> None:
        if order.state is State.SCHEDULED:
            order.state = State.OPEN
            if order.type in conditionals.CONDITIONAL:
                conditionals.arm(self.core, listing, order)
            else:
                matching.enter(self.core, listing, order)

    def _place_child(self, parent: Order, request: OrderRequest) -> Order:
        listing = self.core.listings[parent.spec.id]
        child = validation.build(self.core, listing, parent.account, request)
        child.parent = parent
        parent.children.append(child)
        self._accept(listing, child)
        matching.enter(self.core, listing, child)
        return child

    def _watch_all(self, listing: Listing) -> Callable[[], None]:
        return partial(self._watch_one, listing)

    def _watch_one(self, listing: Listing) -> None:
        if listing.conditionals:
            conditionals.watch(self.core, listing)
        for order in tuple(listing.chasers.values()):
            algos.chase(self.core, listing, order, self._place_child)

    def _watch(self) -> None:
        for listing in tuple(self.core.touched.values()):
            if listing.conditionals or listing.chasers:
                self._watch_one(listing)

    def _expire(self, listing: Listing, order: Order) -> None:
        lifecycle.finish(self.core, listing, order, State.EXPIRED, None)

    def _dead(self, account: Account, due_ns: int) -> None:
        if account.dead_man_at_ns == due_ns:
            account.dead_man_at_ns = None
            self.cancel_all(account, reason=Reason.DEAD_MAN)

    def _fund(self, listing: Listing) -> None:
        margin.pay_funding(self.core, listing, listing.funding_rate)
        listing.next_funding_ns += listing.spec.funding_interval_ns
        self.core.at(listing.next_funding_ns, partial(self._fund, listing))

    def _settle(self, listing: Listing) -> None:
        """A dated contract ends: nothing rests, nobody holds it, no order is taken."""
        for account in tuple(self.accounts.values()):
            self.cancel_all(account, (listing.spec.id,), Reason.DELISTED)
        for side in Side:
            for price in [level.price for level in listing.book.side(side)]:
                self.quote(listing.spec.id, side, price, 0)
        margin.settle_expiry(self.core, listing)
        self.set_status(listing.spec.id, InstrumentStatus.EXPIRED)

    def _hear_order(self, event: OrderEvent) -> None:
        order = event.order
        listing = self.core.listings[order.spec.id]
        if event.kind is OrderKind.FILL:
            algos.child_filled(self.core, listing, event)
            self.core.ready.append(self._watch_all(listing))
            if self.rules.exits_per_fill and event.fill is not None and _has_exits(order):
                size, fee = order.spec.size(event.fill.size), event.fill.fee
                self.core.ready.append(partial(self._place_exits, listing, order, size, fee))
        elif order.state.final and order.filled and self._exits_at_end(order):
            size = order.spec.size(order.filled)
            self.core.ready.append(partial(self._place_exits, listing, order, size, order.fee))

    def _exits_at_end(self, order: Order) -> bool:
        return not self.rules.exits_per_fill and _has_exits(order)

    def _place_exits(self, listing: Listing, parent: Order, size: Decimal, fee: Decimal) -> None:
        request = parent.request
        assert request is not None, "it has exits"
        if not parent.is_margin and parent.fee_currency == parent.spec.instrument.base:
            lot = parent.spec.instrument.size_increment
            size = (size - fee) // lot * lot  # the fee came out of what was bought
        placed: list[Order] = []
        for wanted in request.exits[:2]:
            try:
                order = validation.build(
                    self.core, listing, parent.account, _exit_request(parent, request, wanted, size)
                )
            except Refused:
                continue  # e.g. no funds: the venue places what it can
            order.parent = parent
            placed.append(order)
        if len(placed) == 2:
            placed[0].linked, placed[1].linked = placed[1], placed[0]
        for order in placed:
            parent.children.append(order)
            self._accept(listing, order)
            self._start(listing, order)


def _has_exits(order: Order) -> bool:
    return order.request is not None and bool(order.request.exits)


def _exit_request(
    parent: Order, request: OrderRequest, wanted: ExitRequest, size: Decimal
) -> OrderRequest:
    return OrderRequest(
        instrument=request.instrument,
        side=request.side.opposite,
        type=wanted.type,
        size=wanted.size or size,
        price=wanted.price,
        client_id=wanted.client_id,
        trigger=wanted.trigger,
        reduce_only=parent.is_margin,
        margin_mode=request.margin_mode,
        leverage=request.leverage,
        position_side=request.position_side,
        extra=request.extra,
    )
