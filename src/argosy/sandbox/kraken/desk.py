"""What Kraken does with order operations, whichever door they came through: counts them, judges
deadlines, and turns the engine's refusals into Kraken's errors.
"""

from argosy.model.time import MILLISECOND, MINUTE, SECOND, parse_utc
from argosy.sandbox.engine import Account, Amendment, Order, Refused
from argosy.sandbox.ids import kraken_id
from argosy.sandbox.kraken import views
from argosy.sandbox.kraken.intake import Ticket, request_of
from argosy.sandbox.kraken.limits import Limits, surcharge
from argosy.sandbox.kraken.wire import INVALID, KrakenError, error_of
from argosy.sandbox.world import Venue


class Desk:
    """Order operations of every account."""

    def __init__(self, venue: Venue, limits: Limits) -> None:
        self.venue = venue
        self.limits = limits
        self._amends = 0

    def deadline(self, text: str) -> None:
        """Judge a deadline: 500 ms to 60 s ahead, RFC 3339; raises when it is out of that."""
        if not text:
            return
        try:
            left = parse_utc(text) - self.venue.now_ns()
        except ValueError:
            raise KrakenError(f"{INVALID}:deadline") from None
        if left > MINUTE:
            raise KrakenError(f"{INVALID}:deadline")
        if left < 0:
            raise KrakenError("EService:Deadline elapsed")
        if left < 500 * MILLISECOND:
            raise KrakenError(f"{INVALID}:deadline")

    def check_open(self) -> None:
        """Raise 'EService:Unavailable' in maintenance."""
        if self.venue.status == "maintenance":
            raise KrakenError("EService:Unavailable")

    def place(self, account: Account, ticket: Ticket, *, validate: bool = False) -> Order:
        """Place an order."""
        self.check_open()
        request = request_of(ticket)
        if not validate:
            self.limits.trade(account.name, ticket.listing.spec.id, 1)
        try:
            return self.venue.engine.place(account, request, validate=validate)
        except Refused as refused:
            margin = ticket.leverage is not None
            raise error_of(refused, margin=margin, status=self.venue.status) from refused

    def find(self, account: Account, *, txid: str = "", client_id: str = "") -> Order:
        """An open order; raises 'EOrder:Unknown order'."""
        try:
            order = self.venue.engine.find(account, order_id=txid, client_id=client_id)
        except Refused as refused:
            raise error_of(refused) from refused
        if order.state.final:
            raise KrakenError("EOrder:Unknown order")
        return order

    def by_userref(self, account: Account, userref: int) -> list[Order]:
        """Open orders with that reference."""
        found = []
        for order in account.open.values():
            ticket = views.ticket_of(order)
            if ticket is not None and ticket.userref == userref:
                found.append(order)
        return found

    def _age(self, order: Order) -> int:
        return self.venue.engine.now_ns() - order.created_ns

    def amend(self, order: Order, change: Amendment) -> str:
        """Amend in place; the amendment's id."""
        self.check_open()
        cost = 1 + surcharge("amend", self._age(order))
        self.limits.trade(order.account.name, order.spec.id, cost)
        try:
            self.venue.engine.amend(order, change)
        except Refused as refused:
            raise error_of(refused, status=self.venue.status) from refused
        self._amends += 1
        return kraken_id("T", 10**12 + self._amends)

    def edit(self, order: Order, ticket: Ticket) -> Order:
        """Cancel and place anew; the old order stays when the new one is refused."""
        cost = surcharge("edit", self._age(order))
        self.limits.trade(order.account.name, order.spec.id, cost)
        account, engine = order.account, self.venue.engine
        request = request_of(ticket)
        try:
            engine.cancel(order)
        except Refused as refused:
            raise error_of(refused) from refused
        try:
            return engine.place(account, request)
        except Refused as refused:
            old = order.request
            assert old is not None, "customers' orders come from requests"
            engine.place(account, old)  # nothing happened in between: it fits again
            raise error_of(refused, status=self.venue.status) from refused

    def cancel(self, order: Order) -> None:
        """Cancel one order."""
        self.check_open()
        cost = surcharge("cancel", self._age(order))
        account = order.account.name
        # A cancellation is counted but never refused: the counter only keeps new orders out.
        if self.limits.value(account, order.spec.id) + cost <= 180:
            self.limits.trade(account, order.spec.id, cost)
        try:
            self.venue.engine.cancel(order)
        except Refused as refused:
            raise error_of(refused) from refused

    def cancel_all(self, account: Account) -> int:
        """Cancel every open order; how many there were."""
        self.check_open()
        return len(self.venue.engine.cancel_all(account))

    def cancel_after(self, account: Account, timeout_s: int) -> tuple[int, int | None]:
        """The dead man's switch; (now, when it fires or None)."""
        if not 0 <= timeout_s <= 86_400:
            raise KrakenError(f"{INVALID}:timeout")
        due = self.venue.engine.dead_man(account, timeout_s * SECOND)
        return self.venue.now_ns(), due
