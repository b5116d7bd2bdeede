"""Sends the legs of a route: orders that take, and orders that wait at the best price."""

import random
from decimal import Decimal

from argosy.desk.asks import check, new_client_id
from argosy.desk.desk import Desk
from argosy.desk.support import declared
from argosy.desk.trader import Trader
from argosy.errors import ArgosyError, NotSent, Unsupported
from argosy.execution.emulated import choose
from argosy.execution.routing import Leg, LegKind, RoutePlan
from argosy.model import (
    ClientOrderId,
    Instrument,
    InstrumentId,
    Nanos,
    OrderReport,
    OrderStatus,
    OrderType,
    Peg,
    PlaceOrder,
    Side,
    TimeInForce,
)
from argosy.model.money import ceil_to, floor_to
from argosy.model.time import SECOND

_FINAL_S = 20.0  # an order that is not over by then is not waited for any longer


def _limit(leg: Leg, plan: RoutePlan, about: Instrument) -> Decimal | None:
    """The plan's limit on net prices as one at the venue; None where there is none."""
    net = plan.constraints.limit_net_price
    if net is None:
        return None
    price = net * leg.value / leg.net_value  # what a unit costs there, for a net price of `net`
    grid = floor_to if leg.side is Side.BUY else ceil_to
    return grid(price, about.price_increment)


class Legs:
    """One leg at a time; what becomes of each is waited for."""

    def __init__(self, desk: Desk, rng: random.Random) -> None:
        self._desk = desk
        self._rng = rng

    async def send(
        self, route_id: str, leg: Leg, plan: RoutePlan, wait_s: float
    ) -> tuple[OrderReport | None, str]:
        """Send one leg; returns what is known of it in the end, and why it failed, if it did."""
        if leg.kind is LegKind.JOIN:
            return await self._join(leg, plan, wait_s)
        return await self._leg(route_id, leg)

    async def _join(
        self, leg: Leg, plan: RoutePlan, wait_s: float
    ) -> tuple[OrderReport | None, str]:
        """A post-only order that stays at the best price of its side for a time. It is a work of
        its own: were the process to end, it would be withdrawn on time all the same.
        """
        instrument = InstrumentId(leg.instrument)
        trader = self._desk.trader(instrument)
        about = trader.link.instruments[instrument]
        end_ns = Nanos(self._desk.now_ns() + round(wait_s * SECOND))
        order = PlaceOrder(
            instrument=instrument,
            client_id=new_client_id(self._rng),
            side=leg.side,
            type=OrderType.PEGGED,
            size=leg.order_size,
            price=_limit(leg, plan, about),
            post_only=True,
            peg=Peg(),
            time_in_force=TimeInForce.GTD,
            expire_ns=end_ns,
        )
        works = self._desk.running_works()
        try:
            check(order, about)
            chosen = choose(order, declared(trader.link.adapter.info, about), now_ns=plan.made_ns)
            if chosen.work is None:
                raise Unsupported(chosen.reason or "it has pegged orders of its own")
            work = await works.start(chosen.work)
        except ArgosyError as e:
            return None, f"{leg.instrument}: {e}"
        clock = self._desk.clock
        until_ns = clock.monotonic_ns() + round((wait_s + _FINAL_S) * SECOND)
        while not work.done and clock.monotonic_ns() < until_ns:
            await clock.sleep(0.05)
            work = works.find(work.id) or work
        report = work.report(self._desk.now_ns())
        failed = ""
        if report is not None and report.status is OrderStatus.REJECTED:
            failed = f"{leg.instrument}: {report.reason}"
        return report, failed

    async def _leg(self, route_id: str, leg: Leg) -> tuple[OrderReport | None, str]:
        """Send one leg; returns what is known of it in the end, and why it failed, if it did."""
        instrument = InstrumentId(leg.instrument)
        trader = self._desk.trader(instrument)
        order = PlaceOrder(
            instrument=instrument,
            client_id=new_client_id(self._rng),
            side=leg.side,
            type=OrderType.LIMIT,
            size=leg.order_size,
            price=leg.limit_price,
            time_in_force=TimeInForce.IOC,
        )
        try:
            check(order, trader.link.instruments[instrument])
            await trader.intend(order, ClientOrderId(route_id))
            await trader.send(order)
        except NotSent as e:
            return None, f"{leg.instrument}: {e}"
        except ArgosyError as e:
            return trader.ledger.find(order.client_id), f"{leg.instrument}: {e}"
        return await self._final(trader, order), ""

    async def _final(self, trader: Trader, order: PlaceOrder) -> OrderReport:
        """An immediate order as it ended; as last known where that takes too long."""
        clock = self._desk.clock
        until_ns = clock.monotonic_ns() + round(_FINAL_S * 1e9)
        asked_ns = clock.monotonic_ns() + 10**9
        while True:
            report = trader.ledger.find(order.client_id)
            assert report is not None
            if report.status.final or clock.monotonic_ns() > until_ns:
                return report
            if clock.monotonic_ns() > asked_ns and report.status is not OrderStatus.UNKNOWN:
                asked_ns += 2 * 10**9
                try:
                    await trader.refresh(order.instrument, order.client_id)
                except ArgosyError:
                    continue
            await clock.sleep(0.01)
