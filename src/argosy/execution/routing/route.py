"""Plans a route over a universal book and pools, and plans again for what was left."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from argosy.books import UniversalBook
from argosy.books.universal import Member
from argosy.execution.routing.plan import (
    Allowance,
    Alternative,
    Constraints,
    Leg,
    LegKind,
    Mode,
    Outcome,
    RoutePlan,
    Top,
)
from argosy.execution.routing.pools import Pool
from argosy.execution.routing.queues import join_queues
from argosy.execution.routing.sources import BookSource, Source, Terms
from argosy.execution.routing.split import Alone, Part, Split, split
from argosy.model import InstrumentStatus, Nanos, Side
from argosy.model.money import ZERO

_DUST = Decimal("1e-6")
TAKES_ORDERS = {InstrumentStatus.TRADING, InstrumentStatus.LIMIT_ONLY}


def plan_route(
    book: UniversalBook,
    side: Side,
    size: Decimal | None = None,
    *,
    now_ns: int,
    spend: Decimal | None = None,
    constraints: Constraints | None = None,
    pools: Sequence[Pool] = (),
) -> RoutePlan:
    """Plan a trade of `size` base units, or a buy for `spend` of the universal quote currency.

    Reads the members that are live and fresh at `now_ns`, in place, and `pools` beside them. Sizes
    on every instrument's lots, at least cost: see `split`. A passive route waits with a part.

    Raises:
        ValueError: figures that make no sense, named.
    """
    kept = constraints or Constraints()
    book.refresh(now_ns)
    excluded: list[Alternative] = []
    sources: list[Source] = []
    members: dict[str, Member] = {}
    for member in book.members:
        instrument = member.book.instrument
        reason = _reason(member, kept)
        if reason:
            excluded.append(Alternative(instrument=instrument, reason=reason))
            continue
        members[instrument] = member
        sources.append(_source(member, kept.allowances.get(instrument, kept.default)))
    for pool in pools:
        reason = kept.allowances.get(pool.name, kept.default).excluded
        if reason:
            excluded.append(Alternative(instrument=pool.name, reason=reason))
        else:
            sources.append(pool)
    joins: tuple[Leg, ...] = ()
    taken = size
    if kept.mode is Mode.PASSIVE:
        if size is None:
            raise ValueError("a passive route is given by its size, not by an amount to spend")
        assert kept.waiting is not None
        joins, taken = join_queues(members, side, size, kept.waiting)
    if taken == 0:
        found = None
    else:
        found = split(
            sources,
            side,
            size=taken,
            spend=spend,
            limit_net_price=kept.limit_net_price,
            nodes_max=kept.nodes_max,
        )
    whole = found
    if found is None or taken != size:  # what the sources would do alone is about the whole size
        whole = split(sources, side, size=size, limit_net_price=kept.limit_net_price, nodes_max=1)
    assert whole is not None
    return _plan(book, side, size, spend, now_ns, kept, members, found, whole, joins, excluded)


def replan(
    plan: RoutePlan,
    book: UniversalBook,
    outcomes: Mapping[str, Outcome],
    *,
    now_ns: int,
    pools: Sequence[Pool] = (),
) -> RoutePlan | None:
    """Plan again for what a route left; None when nothing is left.

    `outcomes` says per instrument what filled since the plan. Instruments that failed are left out,
    balances count as spent. Orders that still stand must be counted as if filled, or be final.

    Raises:
        ValueError: an outcome of an instrument that has no leg, or that filled more than asked.
    """
    legs = {leg.instrument for leg in plan.legs}
    unknown = sorted(set(outcomes) - legs)
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: no leg of the plan; its legs: {sorted(legs)}")
    done = sum((outcome.filled for outcome in outcomes.values()), ZERO)
    rates = {each.source_currency: each.rate for each in plan.conversions}
    allowances = dict(plan.constraints.allowances)
    spent = ZERO
    for instrument, outcome in outcomes.items():
        before = allowances.get(instrument, plan.constraints.default)
        allowances[instrument] = msgspec.structs.replace(
            before,
            excluded=outcome.failed or before.excluded,
            base_free=_less(before.base_free, outcome.filled, plan.side is Side.SELL),
            quote_free=_less(before.quote_free, outcome.value, plan.side is Side.BUY),
            max_size=_less(before.max_size, outcome.filled, True),
        )
        member = book.numbers.get(instrument)
        quote = plan.quote if member is None else book.members[member].book.about.quote
        spent += outcome.value * rates.get(quote, Decimal(1))
    size = None if plan.size is None else plan.size - done
    if size is not None and plan.size is not None and -plan.size * _DUST <= size < 0:
        size = ZERO  # a pool that was asked for an exact size may give some dust more
    spend = None if plan.spend is None else plan.spend - spent
    if size is not None and size < 0:
        raise ValueError(f"filled is {done}, of a plan for {plan.size}; count each fill once")
    if size == 0 or (spend is not None and spend <= 0):
        return None
    again = plan_route(
        book,
        plan.side,
        size,
        now_ns=now_ns,
        spend=spend,
        constraints=msgspec.structs.replace(plan.constraints, allowances=allowances),
        pools=pools,
    )
    return msgspec.structs.replace(again, attempt=plan.attempt + 1)


def _less(had: Decimal | None, used: Decimal, counts: bool) -> Decimal | None:
    return had if had is None or not counts else max(ZERO, had - used)


def _reason(member: Member, constraints: Constraints) -> str:
    about = member.book.about
    allowance = constraints.allowances.get(about.id, constraints.default)
    if allowance.excluded:
        return allowance.excluded
    if member.state:
        return member.state
    if about.status not in TAKES_ORDERS:
        return f"takes no orders: {about.status}"
    return ""


def _source(member: Member, allowance: Allowance) -> BookSource:
    """A member as a source: its instrument's grid, its fee and rate of now, what is allowed."""
    book = member.book
    about = book.about
    assert member.applied is not None  # members that are in have a rate
    unit = member.multiplier
    caps = [about.max_size * unit] if about.max_size is not None else []
    if allowance.max_size is not None:
        caps.append(allowance.max_size)
    return BookSource(
        about.id,
        Terms(
            lot=about.size_increment * unit,
            taker_fee=member.taker_fee,
            rate=member.applied.rate,
            min_size=(about.min_size or ZERO) * unit,
            min_notional=about.min_notional or ZERO,
            max_size=min(caps) if caps else None,
            base_cap=allowance.base_free,
            quote_cap=allowance.quote_free,
            penalty_bps=allowance.penalty_bps,
            fixed_cost=allowance.fixed_cost,
        ),
        bids=book.bids,
        asks=book.asks,
        price_decimals=book.price_decimals,
        size_decimals=book.size_decimals,
        multiplier=unit,
    )


def _plan(
    book: UniversalBook,
    side: Side,
    size: Decimal | None,
    spend: Decimal | None,
    now_ns: int,
    constraints: Constraints,
    members: Mapping[str, Member],
    found: Split | None,
    whole: Split,
    joins: tuple[Leg, ...],
    excluded: Sequence[Alternative],
) -> RoutePlan:
    takes = tuple(_leg(part, side, members) for part in found.parts) if found else ()
    filled = found.filled if found else ZERO
    waiting = sum((leg.size for leg in joins), ZERO)
    net = found.net_value if found else ZERO
    missing = found.missing if found else ZERO
    best = None if whole.best_alone is None else _alternative(whole.best_alone)
    saved = None
    if best is not None and best.net_value is not None and not joins and best.filled == filled:
        saved = best.net_value - net if side is Side.BUY else net - best.net_value
    return RoutePlan(
        pair=book.pair,
        quote=book.quote,
        side=side,
        size=size,
        spend=spend,
        constraints=constraints,
        made_ns=Nanos(now_ns),
        legs=takes + joins,
        filled=filled,
        waiting=waiting,
        missing=missing,
        net_value=net,
        average_net_price=net / filled if filled else None,
        best_alone=best,
        saved=saved,
        alternatives=(*(_alternative(each) for each in whole.alone), *excluded),
        tops=tuple(_top(member, now_ns) for member in book.members),
        conversions=tuple(
            {
                member.applied.source_currency: member.applied
                for member in members.values()
                if member.applied and member.applied.source_currency != book.quote
            }.values()
        ),
        proof=(found or whole).proof,
    )


def _leg(part: Part, side: Side, members: Mapping[str, Member]) -> Leg:
    member = members.get(part.source)
    return Leg(
        instrument=part.source,
        kind=LegKind.SWAP if member is None else LegKind.TAKE,
        side=side,
        size=part.size,
        order_size=part.size if member is None else part.size / member.multiplier,
        limit_price=part.worst_price,
        value=part.value,
        net_value=part.net_value,
        fixed_cost=part.fixed_cost,
        penalty=part.penalty,
        levels=part.levels,
    )


def _alternative(alone: Alone) -> Alternative:
    return Alternative(
        instrument=alone.source,
        filled=alone.filled,
        net_value=alone.net_value,
        average_net_price=None if alone.net_value is None else alone.net_value / alone.filled,
        reason=alone.reason,
    )


def _top(member: Member, now_ns: int) -> Top:
    book = member.book
    bid, ask = book.best_bid(), book.best_ask()
    return Top(
        instrument=book.instrument,
        age_ns=now_ns - max(member.heard_ns(), book.received_ns),
        changed_ns=now_ns - book.received_ns,
        taker_fee=member.taker_fee,
        bid=bid[0] if bid else None,
        bid_size=bid[1] if bid else None,
        ask=ask[0] if ask else None,
        ask_size=ask[1] if ask else None,
    )
