"""Order entry: what was asked for goes to the venue, or is worked here; reports come back."""

import difflib
import random
from decimal import Decimal

import msgspec

from argosy.desk.asks import AmendAsk, CancelAsk, OrderAsk, check, command, new_client_id, number
from argosy.desk.desk import Desk
from argosy.desk.link import VenueLink
from argosy.desk.stories import Story, remembered, story
from argosy.desk.support import declared
from argosy.desk.swapper import SwapTrader
from argosy.desk.trader import Trader
from argosy.errors import (
    ConfigError,
    OrderRejected,
    OutcomeUnknown,
    Unsupported,
)
from argosy.execution.emulated import Choice, How, choose
from argosy.execution.work import Change, Stop, Work
from argosy.model import (
    AmendOrder,
    CancelOrder,
    ClientOrderId,
    Fill,
    InstrumentId,
    OrderReport,
    OrderStatus,
    OrderType,
    PlaceOrder,
    TimeInForce,
)
from argosy.model.time import SECOND
from argosy.ports import HttpRequest, target


class ListedOrder(
    OrderReport, frozen=True, kw_only=True, tag_field="event", tag="order", omit_defaults=True
):
    """An order as it is listed: a report, and whether it was placed from elsewhere."""

    foreign: bool = False


def _listed(report: OrderReport, *, foreign: bool = False) -> ListedOrder:
    parts = {name: getattr(report, name) for name in OrderReport.__struct_fields__}
    return ListedOrder(**parts, foreign=foreign)


def _begun_ns(report: OrderReport) -> int:
    return report.created_ns or report.venue_ns


def unlisted(wanted: str, link: VenueLink) -> str:
    if not link.instruments:
        return f"{link.id} is not connected yet ({link.detail}); try again shortly"
    near = difflib.get_close_matches(wanted, link.instruments, n=3, cutoff=0.5)
    return f"{link.id} lists no {wanted}" + (f"; did you mean {' or '.join(near)}?" if near else "")


class OrderPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What an order would be, before it is one. `average_price` is what the book would give now,
    where it takes at once; `notional` in quote units.
    """

    order: PlaceOrder
    how: How
    work: str  # what works it here; empty: the venue has it
    reason: str
    wire: str  # the REST request, not signed; over a stream the same goes as a frame
    average_price: Decimal | None
    notional: Decimal | None
    taker_fee: Decimal  # as a share of the notional


def _wire(request: HttpRequest) -> str:
    return f"{request.method} {target(request)} {request.body.decode()}".rstrip()


class OrderDesk:
    """Order entry for the API and the CLI."""

    def __init__(self, desk: Desk, rng: random.Random) -> None:
        self.desk = desk
        self.rng = rng

    async def story(self, order_id: str) -> Story:
        """All that the journal has of an order, a route or a work."""
        return await story(self.desk, order_id)

    async def place(self, ask: OrderAsk) -> OrderReport:
        """Place an order; see Trader.place for what it raises."""
        trader, order, chosen = self.chosen(ask)
        if chosen.work is None:
            return await trader.place(order)
        works = self.desk.running_works()
        if trader.ledger.find(order.client_id) is not None:
            raise ConfigError(f"client id {order.client_id!r} was used before; use an id once")
        return self._told(await works.start(chosen.work))

    def preview(self, ask: OrderAsk) -> OrderPreview:
        """What placing an order would send now; sends nothing. Raises as `place` does before it
        sends, so what it lets through may still be refused by the venue.
        """
        trader, order, chosen = self.chosen(ask)
        about = trader.link.instruments[order.instrument]
        wire = ""
        if chosen.work is None and trader.link.adapter.trading is not None:
            wire = _wire(trader.link.adapter.trading.place(order).request)
        elif chosen.work is None and isinstance(trader, SwapTrader):
            wire = trader.preview(order)
        takes = order.type is OrderType.MARKET or order.time_in_force is not TimeInForce.GTC
        average = None
        if order.size is not None and takes:
            average = self.desk.average_price(order.instrument, order.side, order.size)
        price = order.price or average
        return OrderPreview(
            order=order,
            how=chosen.how,
            work=chosen.work.type_tag() if chosen.work is not None else "",
            reason=chosen.reason,
            wire=wire,
            average_price=average,
            notional=about.notional(price, order.size) if price and order.size else None,
            taker_fee=trader.link.taker_fee(order.instrument),
        )

    def chosen(self, ask: OrderAsk) -> tuple[Trader, PlaceOrder, Choice]:
        """An ask as an order, who places it, and whether the venue has it or it is worked here."""
        order = command(ask, self.desk.now_ns(), new_client_id(self.rng))
        try:
            trader = self.desk.trader(order.instrument)
        except ValueError as e:
            raise ConfigError(str(e)) from None
        instrument = trader.link.instruments.get(order.instrument)
        if instrument is None:
            raise ConfigError(unlisted(order.instrument, trader.link))
        check(order, instrument)
        chosen = choose(
            order,
            declared(trader.link.adapter.info, instrument),
            now_ns=self.desk.now_ns(),
            seed=self.rng.getrandbits(32),
            fee_in_base=trader.link.fee_in_base(instrument),
        )
        if chosen.how is How.UNSUPPORTED:
            raise Unsupported(f"{order.instrument}: {chosen.reason}")
        return trader, order, chosen

    def _told(self, work: Work) -> OrderReport:
        """A work as an order."""
        report = work.report(self.desk.now_ns())
        if report is None:
            raise ConfigError(f"{work.id} is more than one order; it cannot be asked for that")
        return report

    async def amend(self, ask: AmendAsk) -> OrderReport:
        """Change an order that this desk knows."""
        work = self._worked(ask.order)
        if work is not None:
            change = Change(
                size=number(ask.size, "size"),
                price=number(ask.price, "price"),
                trigger_price=number(ask.trigger_price, "trigger_price"),
            )
            return self._told(await self.desk.running_works().ask(work.id, change))
        venue, report = self.known(ask.order)
        try:
            amend = AmendOrder(
                instrument=report.instrument,
                client_id=report.client_id or ClientOrderId(""),
                venue_id=report.venue_id or None,
                new_size=number(ask.size, "size"),
                new_price=number(ask.price, "price"),
                new_trigger_price=number(ask.trigger_price, "trigger_price"),
                type=report.type,
            )
        except ValueError as e:
            raise ConfigError(f"order: {e}") from None
        return await self.desk.traders[venue].amend(amend)

    async def cancel(self, ask: CancelAsk) -> list[str]:
        """Cancel one order or many; returns the ids of what is cancelled."""
        work = self._worked(ask.order) if ask.order else None
        if work is not None:
            return [await self._stopped(work.id)]
        if ask.order:
            venue, report = self.known(ask.order)
            ended = await self.desk.traders[venue].cancel(
                CancelOrder(
                    instrument=report.instrument,
                    client_id=report.client_id or ClientOrderId(""),
                    venue_id=report.venue_id or None,
                    type=report.type,
                )
            )
            if ended.status in {OrderStatus.FILLED, OrderStatus.REJECTED}:
                raise OrderRejected(f"{ask.order} cannot be cancelled: it is {ended.status}")
            return [ended.venue_id]
        instrument = InstrumentId(ask.instrument) if ask.instrument else None
        where = ask.venue or (ask.instrument or "")
        if not where:
            raise ConfigError("say which order, or give a venue or an instrument to cancel all of")
        trader = self.desk.trader(where)
        if instrument is not None and not instrument.startswith(f"{trader.link.id}:"):
            raise ConfigError(f"{instrument} is not an instrument of {trader.link.id}")
        stopped: list[ClientOrderId] = []
        if self.desk.works is not None:
            here = f"{trader.link.id}:"
            stopped = self.desk.works.stop_all(
                lambda work: any(
                    each.startswith(here) and instrument in {None, each} for each in work.trades
                )
            )
        return [*stopped, *await trader.cancel_all(instrument)]

    def _worked(self, order_id: str) -> Work | None:
        """The work of that id that runs."""
        work = self.desk.works.find(order_id) if self.desk.works is not None else None
        return work if work is not None and not work.done else None

    async def _stopped(self, work_id: ClientOrderId) -> str:
        """Stop a work and wait until its children are gone; raises when it filled meanwhile."""
        works = self.desk.running_works()
        await works.ask(work_id, Stop())
        until_ns = self.desk.clock.monotonic_ns() + 15 * SECOND
        while (work := works.find(work_id)) is not None and not work.done:
            if self.desk.clock.monotonic_ns() > until_ns:
                raise OutcomeUnknown(f"{work_id} is being withdrawn; `argosy order list` shows it")
            await self.desk.clock.sleep(0.02)
        if work is not None and work.status is OrderStatus.FILLED:
            raise OrderRejected(f"{work_id} cannot be cancelled: it is filled")
        return work_id

    def known(self, order_id: str) -> tuple[str, OrderReport]:
        """The venue and the latest report of an order."""
        for venue, trader in self.desk.traders.items():
            report = trader.ledger.find(order_id)
            if report is not None:
                return venue, report
        raise ConfigError(f"this desk knows no order {order_id!r}; `argosy order list --all`")

    def orders(self, *, everything: bool = False) -> list[ListedOrder]:
        """Open orders, or all that are remembered, oldest first; those worked here, then their
        children, as orders of their own.
        """
        found = [
            _listed(report, foreign=report.venue_id in trader.ledger.foreign)
            for trader in self.desk.traders.values()
            for report in (trader.ledger.everything() if everything else trader.ledger.open())
        ]
        works = self.desk.works
        if works is not None:
            now_ns = self.desk.now_ns()
            running = [*works.works(), *(works.finished if everything else ())]
            reports = (work.report(now_ns) for work in running)
            found += [_listed(report) for report in reports if report is not None]
        return sorted(found, key=_begun_ns)

    async def every_order(self) -> list[ListedOrder]:
        """All orders that are remembered, and the latest of those that only the journal has."""
        found = [_listed(report, foreign=other) for report, other in await remembered(self.desk)]
        known = self.orders(everything=True)
        return sorted([*found, *known], key=_begun_ns)

    def fills(self) -> list[Fill]:
        """Fills that are remembered, oldest first."""
        found = [
            fill for trader in self.desk.traders.values() for fill in trader.ledger.fills.values()
        ]
        return sorted(found, key=lambda fill: fill.venue_ns)
