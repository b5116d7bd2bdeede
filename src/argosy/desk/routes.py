"""Routes an order over the venues: plans by the router, sends the legs, plans anew for misses.

Every plan goes into the journal before its legs are sent: what was seen, what else there was.
"""

import asyncio
import random
from decimal import Decimal

import msgspec

from argosy.books import UniversalBook
from argosy.desk.desk import Desk
from argosy.desk.orders import check, new_client_id
from argosy.desk.trader import Trader
from argosy.desk.view import VenueState
from argosy.errors import ArgosyError, ConfigError, NotSent
from argosy.execution.journal import Noted
from argosy.execution.routing import (
    Allowance,
    Constraints,
    Leg,
    LegKind,
    Outcome,
    RoutePlan,
    plan_route,
    replan,
)
from argosy.model import (
    ClientOrderId,
    InstrumentId,
    OrderReport,
    OrderStatus,
    OrderType,
    PlaceOrder,
    Side,
    TimeInForce,
    split_id,
)
from argosy.model.money import ZERO, parse_decimal

ATTEMPTS_MAX = 10
_FINAL_S = 20.0  # an immediate order that is not over by then is not waited for any longer
_encode = msgspec.json.Encoder(decimal_format="string").encode


class RouteAsk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A marketable order over all venues, in words. Numbers are decimal strings."""

    pair: str
    side: str
    size: str = ""  # base units; or
    spend: str = ""  # quote units of the pair, buys only
    limit_price: str = ""  # net price: nothing worse is taken
    venues: tuple[str, ...] = ()  # empty: every venue of the desk
    attempts: int = 3  # plans at most: the first, and for what was missed
    dry_run: bool = True


class RouteDone(msgspec.Struct, frozen=True, kw_only=True):
    """What a route did. `plans` is the evidence; a dry run has one and no orders."""

    id: str
    plans: tuple[RoutePlan, ...]
    orders: tuple[OrderReport, ...] = ()
    filled: Decimal = ZERO  # base units
    missing: Decimal | None = None  # of the size asked for; None where an amount was to be spent
    unknown: bool = False  # an order's outcome is open: it is looked up, nothing was sent for it
    reason: str = ""  # why less than all was done


class RouteDesk:
    """Routes for the API and the CLI."""

    def __init__(self, desk: Desk, rng: random.Random) -> None:
        self._desk = desk
        self._rng = rng

    def plan(self, ask: RouteAsk) -> RoutePlan:
        """The plan that would be followed now; nothing is sent.

        Raises:
            ConfigError: a pair that has no book here, or numbers that cannot be used.
        """
        pair = ask.pair.upper()
        book = self._desk.books.get(pair)
        if book is None:
            raise ConfigError(
                f"there is no universal book of {ask.pair!r}; there are:"
                f" {', '.join(self._desk.books)} (desk.pairs)"
            )
        if ask.side.lower() not in {"buy", "sell"}:
            raise ConfigError(f"route: side is {ask.side!r}; it must be buy or sell")
        if not 1 <= ask.attempts <= ATTEMPTS_MAX:
            raise ConfigError(f"route: attempts is {ask.attempts}; 1 to {ATTEMPTS_MAX}")
        try:
            size = parse_decimal(ask.size, "size") if ask.size else None
            spend = parse_decimal(ask.spend, "spend") if ask.spend else None
            limit = parse_decimal(ask.limit_price, "limit_price") if ask.limit_price else None
            constraints = Constraints(limit_net_price=limit, allowances=self._allowances(book, ask))
            return plan_route(
                book,
                Side(ask.side.lower()),
                size,
                spend=spend,
                now_ns=self._desk.now_ns(),
                constraints=constraints,
            )
        except ValueError as e:
            raise ConfigError(f"route: {e}") from None

    async def route(self, ask: RouteAsk) -> RouteDone:
        """Plan and, unless it is a dry run, trade at once, then plan anew for what was missed."""
        plan: RoutePlan | None = self.plan(ask)
        route_id = new_client_id(self._rng)
        assert plan is not None
        if ask.dry_run:
            return RouteDone(id=route_id, plans=(plan,), missing=plan.missing)
        book = self._desk.books[plan.pair]
        plans: list[RoutePlan] = []
        orders: list[OrderReport] = []
        reason = ""
        unknown = False
        while plan is not None and len(plans) < ask.attempts and not unknown:
            plans.append(plan)
            await self._keep(route_id, plan)
            legs = [leg for leg in plan.legs if leg.kind is LegKind.TAKE]
            if not legs:
                break
            told = await asyncio.gather(*(self._leg(route_id, leg) for leg in legs))
            outcomes: dict[str, Outcome] = {}
            for leg, (report, failed) in zip(legs, told, strict=True):
                reason = failed or reason
                if report is not None:
                    orders.append(report)
                    unknown |= not report.status.final
                outcomes[leg.instrument] = self._outcome(leg, report, failed)
            plan = replan(plan, book, outcomes, now_ns=self._desk.now_ns())
        filled = sum((self._base(order) for order in orders), ZERO)
        asked = plans[0].size
        missing = None if asked is None else max(ZERO, asked - filled)
        if missing and not reason:
            reason = "the book had no more at this price" if not unknown else "an outcome is open"
        return RouteDone(
            id=route_id,
            plans=tuple(plans),
            orders=tuple(orders),
            filled=filled,
            missing=missing,
            unknown=unknown,
            reason=reason if missing or unknown else "",
        )

    # --- what may be used -------------------------------------------------------------------------

    def _allowances(self, book: UniversalBook, ask: RouteAsk) -> dict[str, Allowance]:
        """What each member may be used for: its venue live, wanted, and with our key; balances."""
        found: dict[str, Allowance] = {}
        unknown = set(ask.venues) - set(self._desk.links)
        if unknown:
            raise ConfigError(f"route: no venue {', '.join(sorted(unknown))} on this desk")
        for member in book.members:
            about = member.book.about
            link = self._desk.links[about.venue]
            trader = self._desk.traders.get(about.venue)
            excluded = ""
            if ask.venues and about.venue not in ask.venues:
                excluded = "not among the venues asked for"
            elif link.state is not VenueState.LIVE:
                excluded = f"{about.venue} is {link.state.value}"
            elif trader is None:
                excluded = f"no API key for {about.venue}"
            if excluded or trader is None or about.payoff is not None:
                found[about.id] = Allowance(excluded=excluded)
                continue
            found[about.id] = Allowance(
                base_free=free_balance(trader, about.base),
                quote_free=free_balance(trader, about.quote),
            )
        return found

    # --- sending ----------------------------------------------------------------------------------

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

    def _outcome(self, leg: Leg, report: OrderReport | None, failed: str) -> Outcome:
        if report is None or not report.filled:
            return Outcome(failed=failed)
        price = report.average_price or leg.limit_price
        fee = self._desk.links[split_id(report.instrument)[0]].taker_fee(report.instrument)
        return Outcome(
            filled=self._base(report),
            value=report.filled * price * (1 + fee if leg.side is Side.BUY else 1 - fee),
            failed=failed,
        )

    def _base(self, report: OrderReport) -> Decimal:
        """What filled, in base units."""
        about = self._desk.links[split_id(report.instrument)[0]].instruments[report.instrument]
        return report.filled * (about.contract_size if about.payoff is not None else 1)

    async def _keep(self, route_id: str, plan: RoutePlan) -> None:
        journal = self._desk.journal
        if journal is not None:
            await journal.commit(
                Noted(about=route_id, kind="plan", body=_encode(plan), at_ns=self._desk.now_ns())
            )


def free_balance(trader: Trader, currency: str) -> Decimal:
    """What is free of a currency at a venue, over its accounts that trade."""
    return sum(
        (
            balance.free
            for balance in trader.ledger.balances.values()
            if balance.currency == currency and balance.account == "trading"
        ),
        ZERO,
    )
