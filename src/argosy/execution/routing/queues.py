"""The waiting part of a passive route: which queues to join, and with how much."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from argosy.books.universal import Member
from argosy.execution.routing.placing import Placement
from argosy.execution.routing.plan import Leg, LegKind, Queue, Waiting
from argosy.model import InstrumentId, Side
from argosy.model.money import ZERO, floor_to


def join_queues(
    members: Mapping[str, Member], side: Side, size: Decimal, waiting: Waiting
) -> tuple[tuple[Leg, ...], Decimal]:
    """Legs that join queues, and what is to be taken at once, of `size` base units.

    The half spread and the taker's fee are those of the venue where taking is cheapest net; a
    queue's rebate is what joining it saves against the middle there, fee included. Waits only at
    members that are in and have outflows.

    Raises:
        ValueError: outflows that are not of the same moments.
    """
    buy = side is Side.BUY
    places: list[tuple[Member, Queue, Decimal, Decimal]] = []  # own best price and its size
    nets: list[tuple[Decimal, Decimal]] = []  # (net price of taking, of joining) for each place
    for instrument, queue in waiting.queues.items():
        member = members.get(instrument)
        if member is None or member.applied is None:
            continue
        own = member.book.best_bid() if buy else member.book.best_ask()
        far = member.book.best_ask() if buy else member.book.best_bid()
        if own is None or far is None:
            continue
        sign = 1 if buy else -1
        rate = member.applied.rate
        places.append((member, queue, own[0], own[1] * member.multiplier))
        nets.append(
            (
                far[0] * (1 + sign * member.taker_fee) * rate * sign,
                own[0] * (1 + sign * queue.maker_fee) * rate * sign,
            )
        )
    if not places:
        return (), size
    taking = min(net for net, _ in nets)
    joining = min(net for _, net in nets)
    # Costs are counted from a middle between the best of both: only differences decide.
    half = (taking - joining) / 2
    placement = Placement(
        float(size),
        [float(q.ahead if q.ahead is not None else ahead) for _, q, _, ahead in places],
        [[float(flow) for flow in queue.outflows] for _, queue, _, _ in places],
        half_spread=float(half),
        fee=0.0,
        rebates=[float(joining - net) for _, net in nets],
        impact=float(waiting.impact),
        underfill=float(waiting.underfill),
        overfill=float(waiting.overfill),
    )
    finest = max(float(m.book.about.size_increment * m.multiplier) for m, _, _, _ in places)
    market, limits = placement.place(max(finest, float(size) * 1e-4))
    legs = []
    for k, (member, queue, price, _) in enumerate(places):
        leg = _leg(member, queue, side, price, limits[k])
        if leg is not None:
            expected = placement.expected(k, float(leg.size))
            lot = member.book.about.size_increment * member.multiplier
            fill = floor_to(Decimal(repr(expected)), lot)
            legs.append(msgspec.structs.replace(leg, expected_fill=fill))
    taken = floor_to(Decimal(repr(market)), lot_of(places))
    if not waiting.may_overfill:
        legs = _within(legs, size - taken, members)
    # Else the queues may together be given more than the size: not all will fill.
    left = size - sum((leg.size for leg in legs), ZERO)
    return tuple(legs), min(size, max(ZERO, left, taken))


def _within(legs: list[Leg], most: Decimal, members: Mapping[str, Member]) -> list[Leg]:
    """Legs that together are no more than `most`: the surest to fill keep their size."""
    kept: list[Leg] = []
    for leg in sorted(legs, key=lambda leg: (leg.expected_fill or ZERO) / leg.size, reverse=True):
        member = members[leg.instrument]
        about, unit = member.book.about, member.multiplier
        size = min(leg.size, floor_to(most, about.size_increment * unit))
        least = max((about.min_size or ZERO) * unit, about.size_increment * unit)
        if size < least or size * leg.limit_price < (about.min_notional or ZERO):
            continue
        share = size / leg.size
        kept.append(
            msgspec.structs.replace(
                leg,
                size=size,
                order_size=size / unit,
                value=leg.value * share,
                net_value=leg.net_value * share,
                expected_fill=min(size, leg.expected_fill or ZERO),
            )
        )
        most -= size
    return kept


def lot_of(places: list[tuple[Member, Queue, Decimal, Decimal]]) -> Decimal:
    """The finest lot among members, in base units."""
    return min(member.book.about.size_increment * member.multiplier for member, *_ in places)


def _leg(member: Member, queue: Queue, side: Side, price: Decimal, limit: float) -> Leg | None:
    about = member.book.about
    unit = member.multiplier
    lot = about.size_increment * unit
    lots = Decimal(repr(limit)) / lot
    wanted = lots.to_integral_value() * lot
    if wanted <= 0 or wanted < (about.min_size or ZERO) * unit:
        return None
    if wanted * price < (about.min_notional or ZERO):
        return None
    assert member.applied is not None
    value = wanted * price
    fee = 1 + queue.maker_fee if side is Side.BUY else 1 - queue.maker_fee
    return Leg(
        instrument=InstrumentId(about.id),
        kind=LegKind.JOIN,
        side=side,
        size=wanted,
        order_size=wanted / unit,
        limit_price=price,
        value=value,
        net_value=value * fee * member.applied.rate,
    )
