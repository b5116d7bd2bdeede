"""The plan of a route and the evidence for it: frozen values that go into the record as JSON."""

from decimal import Decimal
from enum import StrEnum

import msgspec

from argosy.books import Conversion
from argosy.execution.routing.split import NODES_MAX, Proof
from argosy.model import InstrumentId, Nanos, Side
from argosy.model.money import ZERO, finite


class Mode(StrEnum):
    """How a route trades."""

    SWEEP = "sweep"  # take what is there, at once
    PASSIVE = "passive"  # wait in queues with a part, take the rest


class LegKind(StrEnum):
    """What a leg's order is to do."""

    TAKE = "take"  # immediate or cancel at the limit price
    JOIN = "join"  # a post-only order at the best price of its own side, or pegged to it
    SWAP = "swap"  # a pool's swap, refused when it gives less than expected


class Allowance(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the desk knows of one instrument that its book does not say. Sizes in base units."""

    excluded: str = ""  # why it may not be used; empty: it may
    base_free: Decimal | None = None  # base units there are to sell; None: not limited
    quote_free: Decimal | None = None  # its quote units there are to spend, fees included
    max_size: Decimal | None = None
    penalty_bps: Decimal = ZERO  # for its health and distance; nobody pays it
    fixed_cost: Decimal = ZERO  # paid once when it is used, in the universal quote currency


class Queue(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What waiting at one instrument promises. Sizes in base units."""

    outflows: tuple[Decimal, ...]  # seen of what leaves the queue in the time there is
    maker_fee: Decimal = ZERO  # a fraction; below 0 is a rebate
    ahead: Decimal | None = None  # size before ours; None: all that stands at the best price


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """What a passive route weighs, in the universal quote currency per base unit."""

    queues: dict[InstrumentId, Queue]
    underfill: Decimal  # what a unit costs that is still missing at the end
    overfill: Decimal  # what a unit costs that was filled beyond the size
    impact: Decimal = ZERO  # what every unit that is sent costs
    may_overfill: bool = True  # whether queues may together be given more than is missing


class Constraints(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a route must keep to."""

    mode: Mode = Mode.SWEEP
    limit_net_price: Decimal | None = None  # nothing whose net price is worse
    allowances: dict[str, Allowance] = {}  # by instrument
    default: Allowance = Allowance()  # for instruments without one
    waiting: Waiting | None = None  # passive only
    nodes_max: int = NODES_MAX

    def __post_init__(self) -> None:
        if (self.mode is Mode.PASSIVE) != (self.waiting is not None):
            raise ValueError(f"mode is {self.mode}; a passive route, and no other, needs waiting")
        if self.limit_net_price is not None and finite(self.limit_net_price, "limit") <= 0:
            raise ValueError(f"limit_net_price is {self.limit_net_price}; it must be above 0")


class Leg(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One order of a route. Figures are what is expected if the book stands still.

    For JOIN, `net_value` is what it comes to when all of it fills, and no part of the plan's sums.
    """

    instrument: str  # or the name of a pool
    kind: LegKind
    side: Side
    size: Decimal  # base units
    order_size: Decimal  # as the venue counts it: base units, or contracts
    limit_price: Decimal  # as the venue shows it
    value: Decimal  # sum of price times size, in its own quote units
    net_value: Decimal  # in the universal quote: fee and conversion included, fixed cost not
    fixed_cost: Decimal = ZERO
    penalty: Decimal = ZERO
    levels: int = 0
    expected_fill: Decimal | None = None  # JOIN: its mean over the outflows seen


class Alternative(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one instrument would have done alone, or why it could not."""

    instrument: str
    filled: Decimal = ZERO
    net_value: Decimal | None = None  # fixed cost included
    average_net_price: Decimal | None = None
    reason: str = ""


class Top(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The best prices that were seen at one instrument, and how old they were."""

    instrument: InstrumentId
    age_ns: int  # since its connection was last heard of
    changed_ns: int  # since the book last changed
    taker_fee: Decimal
    bid: Decimal | None = None
    bid_size: Decimal | None = None
    ask: Decimal | None = None
    ask_size: Decimal | None = None


class RoutePlan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where to trade, and the record of why: what was seen, what else there was, what is proved.

    `net_value` is paid (buy) or received (sell) by the legs that take, fixed costs included, in
    the universal quote currency.
    """

    pair: str
    quote: str
    side: Side
    size: Decimal | None  # None: `spend` quote units were to be spent
    spend: Decimal | None
    constraints: Constraints
    made_ns: Nanos
    legs: tuple[Leg, ...]
    filled: Decimal  # base units that the legs that take are expected to fill
    waiting: Decimal  # base units that stand in queues
    missing: Decimal  # neither; quote units when spending
    net_value: Decimal
    average_net_price: Decimal | None
    best_alone: Alternative | None  # what fills most by itself, then at the best price
    saved: Decimal | None  # against that, where it fills as much
    alternatives: tuple[Alternative, ...]
    tops: tuple[Top, ...]
    conversions: tuple[Conversion, ...]
    proof: Proof
    attempt: int = 1  # 2 and above: made again for what was left


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one leg: base units filled, its own quote units traded, why it will not do."""

    filled: Decimal = ZERO
    value: Decimal = ZERO  # sum of price times size, fees and gas included when it was a buy
    failed: str = ""  # not to be tried again: refused, banned, down
