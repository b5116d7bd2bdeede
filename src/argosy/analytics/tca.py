"""Transaction cost analysis: what orders cost against the market they found. Pure; no I/O.

Costs are in basis points of the filled size at the arrival mid, above 0 is worse; parts as in
`argosy.analytics.costs` (Perold 1988). An order for which no book was seen has no costs, and says.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from argosy.analytics.costs import Execution, shortfall
from argosy.model import (
    Fill,
    Instrument,
    Liquidity,
    OrderReport,
    Side,
    TopOfBook,
)
from argosy.model.money import ZERO

_BPS = 10_000
_PLACES = Decimal("0.01")
FeeInQuote = Callable[[Fill], Decimal | None]


class OrderCost(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one order cost. Sizes in base units, money in the instrument's quote currency."""

    id: str
    instrument: str
    side: Side
    type: str
    status: str
    created_ns: int
    took_ms: Decimal  # from its creation to its last fill; 0 without one
    size: Decimal | None
    filled: Decimal
    notional: Decimal  # of what was filled, as it was filled
    maker: Decimal  # the share of the filled size that gave liquidity
    work: str = ""  # the route or work that placed it
    average_price: Decimal | None = None
    arrival_mid: Decimal | None = None
    cost_bps: Decimal | None = None  # of the price alone: spread, timing and impact
    spread_bps: Decimal | None = None  # half the spread at arrival
    timing_bps: Decimal | None = None  # the mid's move from arrival to each fill
    impact_bps: Decimal | None = None  # paid beyond the mid at each fill, less the spread
    fee_bps: Decimal | None = None
    total_bps: Decimal | None = None  # price and fees
    opportunity: Decimal | None = None  # the move on what was not filled, in quote units
    unpriced: str = ""  # why figures are missing


class CostGroup(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Orders together; averages are weighted by what each filled, at its arrival mid."""

    name: str
    orders: int
    filled_orders: int
    priced: int  # orders that the averages are of
    notional: Decimal  # in quote units, whichever they are: compare within a quote currency
    maker: Decimal | None = None
    cost_bps: Decimal | None = None
    spread_bps: Decimal | None = None
    timing_bps: Decimal | None = None
    impact_bps: Decimal | None = None
    fee_bps: Decimal | None = None
    total_bps: Decimal | None = None


_PARTS = ("cost_bps", "spread_bps", "timing_bps", "impact_bps", "fee_bps", "total_bps")


def order_cost(
    key: str,
    report: OrderReport,
    fills: Sequence[Fill],
    about: Instrument | None,
    *,
    arrival: TopOfBook | None,
    seen: Mapping[str, TopOfBook],
    end: TopOfBook | None,
    fee_in_quote: FeeInQuote,
    work: str = "",
) -> OrderCost:
    """One order's costs, from its fills and the books that were seen.

    `seen` is the book at each fill, by the trade's id: where one was not seen, the arrival's stands
    in, so that its timing counts as impact. `end`: the book once the order was done.
    """
    cost = _unpriced(key, report, fills, about, work)
    if about is None:
        return msgspec.structs.replace(cost, unpriced="the instrument is not listed now")
    if arrival is None:
        return msgspec.structs.replace(cost, unpriced="no book was seen when it was placed")
    cost = msgspec.structs.replace(cost, arrival_mid=arrival.mid)
    if not cost.filled:
        return cost
    fees = [fee_in_quote(fill) for fill in fills]
    executions = [
        Execution(
            price=fill.price,
            size=about.base_size(fill.size, fill.price),
            mid=seen.get(fill.venue_trade_id, arrival).mid,
            fee=fee or ZERO,
        )
        for fill, fee in zip(fills, fees, strict=True)
    ]
    parts = shortfall(
        report.side,
        max(cost.filled, cost.size or ZERO),
        executions,
        decision=arrival.mid,
        arrival_bid=arrival.bid,
        arrival_ask=arrival.ask,
        end=(end or arrival).mid,
    )

    def bps(amount: Decimal) -> Decimal:
        return (amount / (cost.filled * arrival.mid) * _BPS).quantize(_PLACES)

    price = parts.spread + parts.timing + parts.impact
    known = all(fee is not None for fee in fees)
    return msgspec.structs.replace(
        cost,
        cost_bps=bps(price),
        spread_bps=bps(parts.spread),
        timing_bps=bps(parts.timing),
        impact_bps=bps(parts.impact),
        fee_bps=bps(parts.fees) if known else None,
        total_bps=bps(price + parts.fees) if known else None,
        opportunity=parts.opportunity,
        unpriced="" if known else "a fee was taken in a currency without a price",
    )


def _unpriced(
    key: str, report: OrderReport, fills: Sequence[Fill], about: Instrument | None, work: str
) -> OrderCost:
    """What an order did, before it is compared with anything."""

    def base(size: Decimal, price: Decimal | None) -> Decimal:
        return size if about is None or not price else about.base_size(size, price)

    executed = sum((base(fill.size, fill.price) for fill in fills), ZERO)
    value = sum((base(fill.size, fill.price) * fill.price for fill in fills), ZERO)
    given = [fill for fill in fills if fill.liquidity is Liquidity.MAKER]
    maker = sum((base(fill.size, fill.price) for fill in given), ZERO)
    created = report.created_ns or report.venue_ns
    last = max((fill.venue_ns for fill in fills), default=created)
    average = value / executed if executed else None
    return OrderCost(
        id=key,
        instrument=report.instrument,
        side=report.side,
        type=report.type.value,
        status=report.status.value,
        created_ns=created,
        took_ms=(Decimal(max(0, last - created)) / 1_000_000).quantize(_PLACES),
        size=None if report.size is None else base(report.size, average or report.price),
        filled=executed,
        notional=value,
        maker=(maker / executed).quantize(Decimal("0.0001")) if executed else ZERO,
        work=work,
        average_price=average,
    )


def grouped(costs: Iterable[OrderCost], name_of: Callable[[OrderCost], str]) -> list[CostGroup]:
    """Orders together by a name, the largest notional first."""
    groups: dict[str, list[OrderCost]] = {}
    for cost in costs:
        groups.setdefault(name_of(cost), []).append(cost)
    found = [_group(name, members) for name, members in groups.items()]
    return sorted(found, key=lambda group: (-group.notional, group.name))


def _group(name: str, costs: list[OrderCost]) -> CostGroup:
    filled = [cost for cost in costs if cost.filled]
    priced = [cost for cost in filled if cost.cost_bps is not None]
    executed = sum((cost.filled * (cost.average_price or ZERO) for cost in filled), ZERO)
    maker = sum((cost.maker * cost.filled * (cost.average_price or ZERO) for cost in filled), ZERO)
    averages = {part: _average(priced, part) for part in _PARTS}
    return CostGroup(
        name=name,
        orders=len(costs),
        filled_orders=len(filled),
        priced=len(priced),
        notional=executed,
        maker=(maker / executed).quantize(Decimal("0.0001")) if executed else None,
        **averages,
    )


def _average(costs: Iterable[OrderCost], part: str) -> Decimal | None:
    weight = total = ZERO
    for cost in costs:
        value = getattr(cost, part)
        if value is not None and cost.arrival_mid is not None:
            weight += cost.filled * cost.arrival_mid
            total += value * cost.filled * cost.arrival_mid
    return (total / weight).quantize(_PLACES) if weight else None
