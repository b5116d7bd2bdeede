"""What trading an order cost against the price it was decided at, part by part. Pure; no I/O.

Perold, "The Implementation Shortfall: Paper versus Reality" (1988). Written from the definition.
"""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from argosy.model import Side
from argosy.model.money import ZERO, finite


class Execution(msgspec.Struct, frozen=True, kw_only=True):
    """One fill in base units, the mid price just before it, and its fee in the quote currency."""

    price: Decimal
    size: Decimal
    mid: Decimal
    fee: Decimal = ZERO


class Shortfall(msgspec.Struct, frozen=True, kw_only=True):
    """Costs in the quote currency; above 0 is a loss against the decision price."""

    filled: Decimal
    unfilled: Decimal
    delay: Decimal  # decision to arrival, on what was filled
    spread: Decimal  # half the spread at arrival
    timing: Decimal  # the mid's move from arrival to each fill
    impact: Decimal  # paid beyond the mid at each fill, less the spread
    fees: Decimal
    opportunity: Decimal  # the move from decision to the end, on what was not filled

    @property
    def total(self) -> Decimal:
        """The sum of all parts."""
        executed = self.delay + self.spread + self.timing + self.impact
        return executed + self.fees + self.opportunity


def shortfall(
    side: Side,
    size: Decimal,
    executions: Sequence[Execution],
    *,
    decision: Decimal,
    arrival_bid: Decimal,
    arrival_ask: Decimal,
    end: Decimal,
) -> Shortfall:
    """The shortfall of an order for `size` base units; prices are mids but for the arrival's.

    Raises:
        ValueError: a price or size not above 0, a crossed arrival, or more filled than ordered.
    """
    given = {"size": size, "decision": decision, "arrival_bid": arrival_bid, "end": end}
    for one in executions:
        for name, value in (("price", one.price), ("size", one.size), ("mid", one.mid)):
            if finite(value, name) <= 0:
                raise ValueError(f"an execution's {name} is {value}; it must be above 0")
    for name, value in given.items():
        if finite(value, name) <= 0:
            raise ValueError(f"{name} is {value}; it must be above 0")
    if finite(arrival_ask, "arrival_ask") < arrival_bid:
        raise ValueError(f"arrival_ask {arrival_ask} is below arrival_bid {arrival_bid}")
    filled = sum((one.size for one in executions), ZERO)
    if filled > size:
        raise ValueError(f"{filled} was filled of an order for {size}; check the executions")
    sign = 1 if side is Side.BUY else -1
    arrival = (arrival_bid + arrival_ask) / 2
    spread = filled * (arrival_ask - arrival_bid) / 2
    beyond = sum((one.size * (one.price - one.mid) for one in executions), ZERO) * sign
    return Shortfall(
        filled=filled,
        unfilled=size - filled,
        delay=sign * filled * (arrival - decision),
        spread=spread,
        timing=sign * sum((one.size * (one.mid - arrival) for one in executions), ZERO),
        impact=beyond - spread,
        fees=sum((one.fee for one in executions), ZERO),
        opportunity=sign * (size - filled) * (end - decision),
    )
