"""Routes an order over the venues: plans by the router, sends the legs, plans anew for misses.

Every plan goes into the journal before its legs are sent: what was seen, what else there was.
"""

import asyncio
import random
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from argosy.books import UniversalBook
from argosy.desk.asks import new_client_id, number
from argosy.desk.desk import Desk
from argosy.desk.legs import Legs
from argosy.desk.trader import Trader
from argosy.desk.view import VenueState
from argosy.errors import ConfigError
from argosy.execution.journal import Noted
from argosy.execution.routing import (
    Allowance,
    Constraints,
    Leg,
    LegKind,
    Mode,
    Outcome,
    Queue,
    RoutePlan,
    Waiting,
    plan_route,
    replan,
)
from argosy.model import (
    ClientOrderId,
    InstrumentId,
    OrderReport,
    Side,
    split_id,
)
from argosy.model.money import ZERO
from argosy.model.orders import word

ATTEMPTS_MAX = 10
WAIT_MAX_S = 3_600
_RENEWED_S = 0.5
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
    passive: bool = False  # wait with a part at the best prices first, and take what is left then
    wait_s: float = 30.0  # how long
    client_id: str = ""  # the route's id, by which the journal knows it; else one is made
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
        self._legs = Legs(desk, rng)

    def check(self, ask: RouteAsk) -> None:
        """ConfigError for what could never be routed; sends nothing."""
        self._terms(ask)

    def plan(self, ask: RouteAsk) -> RoutePlan:
        """The plan that would be followed now; nothing is sent.

        Raises:
            ConfigError: a pair that has no book here, or numbers that cannot be used.
        """
        book, side, size, spend, limit = self._terms(ask)
        waiting = self._waiting(book, side, ask) if ask.passive else None
        try:
            return plan_route(
                book,
                side,
                size,
                spend=spend,
                now_ns=self._desk.now_ns(),
                constraints=Constraints(
                    mode=Mode.SWEEP if waiting is None else Mode.PASSIVE,
                    limit_net_price=limit,
                    allowances=self._allowances(book, ask),
                    waiting=waiting,
                ),
            )
        except ValueError as e:
            raise ConfigError(f"route: {e}") from None

    def _terms(
        self, ask: RouteAsk
    ) -> tuple[UniversalBook, Side, Decimal | None, Decimal | None, Decimal | None]:
        """The book, side, size, what to spend, and the limit."""
        book = self._desk.books.get(ask.pair.upper())
        if book is None:
            raise ConfigError(
                f"there is no universal book of {ask.pair!r}; there are:"
                f" {', '.join(self._desk.books)} (desk.pairs)"
            )
        if not 1 <= ask.attempts <= ATTEMPTS_MAX:
            raise ConfigError(f"route: attempts is {ask.attempts}; 1 to {ATTEMPTS_MAX}")
        if not 1 <= ask.wait_s <= WAIT_MAX_S:
            raise ConfigError(f"route: wait_s is {ask.wait_s}; 1 to {WAIT_MAX_S}")
        unknown = set(ask.venues) - set(self._desk.links)
        if unknown:
            raise ConfigError(f"route: no venue {', '.join(sorted(unknown))} on this desk")
        try:
            size, spend = number(ask.size, "size"), number(ask.spend, "spend")
            if (size is None) == (spend is None):
                raise ValueError("give either a size or what to spend")
            return (
                book,
                word(Side, ask.side, "side"),
                size,
                spend,
                number(ask.limit_price, "limit_price"),
            )
        except ValueError as e:
            raise ConfigError(f"route: {e}") from None

    async def route(self, ask: RouteAsk) -> RouteDone:
        """Plan and, unless it is a dry run, trade at once, then plan anew for what was missed."""
        plan: RoutePlan | None = self.plan(ask)
        route_id = ClientOrderId(ask.client_id) or new_client_id(self._rng)
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
            legs = [leg for leg in plan.legs if leg.kind is not LegKind.SWAP]
            if not legs:
                break
            sending = (self._legs.send(route_id, leg, plan, ask.wait_s) for leg in legs)
            told = await asyncio.gather(*sending)
            outcomes: dict[str, Outcome] = {}
            missed = False
            for leg, (report, failed) in zip(legs, told, strict=True):
                reason = failed or reason
                if report is not None:
                    orders.append(report)
                    unknown |= not report.status.final
                outcome = self._outcome(leg, report, failed)
                missed |= not failed and outcome.filled < leg.size
                outcomes[leg.instrument] = _both(outcomes.get(leg.instrument), outcome)
            if missed:
                await self._renewed(legs)
            plan = replan(_sweeping(plan), book, outcomes, now_ns=self._desk.now_ns())
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
                fixed_cost=member.gas() if member.gas is not None else ZERO,
            )
        return found

    def _waiting(self, book: UniversalBook, side: Side, asked: RouteAsk) -> Waiting:
        """What queues promise, by what left them lately. What is still missing at the end costs the
        whole way from joining to taking: half of it to take, half because the market went away.
        """
        book.refresh(self._desk.now_ns())
        members = [  # nothing waits at a pool
            member for member in book.members if member.applied is not None and member.gas is None
        ]
        taker = Side.SELL if side is Side.BUY else Side.BUY
        flows = self._desk.flows.windows([m.book.about.id for m in members], taker, asked.wait_s)
        if not flows:
            raise ConfigError(
                f"route: too few trades were heard yet to judge a wait of {asked.wait_s:g} s;"
                " try again later, or wait for less"
            )
        queues: dict[InstrumentId, Queue] = {}
        sign = 1 if side is Side.BUY else -1
        taking, joining = [], []  # net prices of a unit, below 0 for what is received
        for member in members:
            about = member.book.about
            bid, ask = member.book.best_bid(), member.book.best_ask()
            if bid is None or ask is None or member.applied is None:
                continue
            own, far = (bid, ask) if side is Side.BUY else (ask, bid)
            fee = self._desk.links[about.venue].maker_fee(about.id)
            outflows = tuple(flow * member.multiplier for flow in flows[about.id])
            queues[about.id] = Queue(outflows=outflows, maker_fee=fee)
            rate = member.applied.rate * sign
            taking.append(far[0] * (1 + sign * member.taker_fee) * rate)
            joining.append(own[0] * (1 + sign * fee) * rate)
        if not queues:
            raise ConfigError(f"route: {asked.pair} has no prices now; `argosy venues` says why")
        apart = max(ZERO, min(taking) - min(joining))
        return Waiting(queues=queues, underfill=apart, overfill=apart, may_overfill=False)

    # --- what became of it ------------------------------------------------------------------------

    async def _renewed(self, legs: Sequence[Leg]) -> None:
        """Wait until the books that were traded with have changed since, or for a moment: a plan
        made sooner would count on what has just been taken.
        """
        clock, desk = self._desk.clock, self._desk
        at_ns = desk.now_ns()
        until_ns = clock.monotonic_ns() + round(_RENEWED_S * 1e9)
        while clock.monotonic_ns() < until_ns:
            if all(desk.changed_since(InstrumentId(leg.instrument), at_ns) for leg in legs):
                return
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


def _both(one: Outcome | None, other: Outcome) -> Outcome:
    """What became of two legs in one instrument."""
    if one is None:
        return other
    return Outcome(
        filled=one.filled + other.filled,
        value=one.value + other.value,
        failed=one.failed or other.failed,
    )


def _sweeping(plan: RoutePlan) -> RoutePlan:
    """The same plan, of which the rest is taken: one wait is enough."""
    constraints = msgspec.structs.replace(plan.constraints, mode=Mode.SWEEP, waiting=None)
    return msgspec.structs.replace(plan, constraints=constraints)


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
