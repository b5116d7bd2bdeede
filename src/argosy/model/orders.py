"""Orders: what we ask of a venue, and what it says happened. Values only."""

from decimal import Decimal
from enum import StrEnum
from typing import NewType, TypeVar

import msgspec

from argosy.model.instruments import InstrumentId, VenueId
from argosy.model.market import Side
from argosy.model.money import ZERO, finite
from argosy.model.time import Nanos

ClientOrderId = NewType("ClientOrderId", str)  # ours; unique; legal at the venue it goes to
VenueOrderId = NewType("VenueOrderId", str)


E = TypeVar("E", bound=StrEnum)


def word(kind: type[E], text: str, name: str) -> E:
    """A word as a member of its kind; ValueError naming those there are."""
    try:
        return kind(text.lower().replace("-", "_"))
    except ValueError:
        raise ValueError(
            f"{name} is {text!r}; it must be one of {', '.join(member.value for member in kind)}"
        ) from None


class OrderType(StrEnum):
    """What makes an order execute. Which of them a venue has natively is in its venue.toml."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"  # a market order once the trigger is reached
    STOP_LIMIT = "stop_limit"
    TAKE_PROFIT = "take_profit"
    TAKE_PROFIT_LIMIT = "take_profit_limit"
    TRAILING_STOP = "trailing_stop"
    TRAILING_STOP_LIMIT = "trailing_stop_limit"
    ICEBERG = "iceberg"
    TWAP = "twap"
    OCO = "oco"  # take profit and stop loss; the first to trigger cancels the other
    CHASE = "chase"  # a limit order that follows the best price
    MARKET_IF_TOUCHED = "market_if_touched"  # as take_profit, to enter: buys low, sells high
    LIMIT_IF_TOUCHED = "limit_if_touched"
    PEGGED = "pegged"  # a limit order at a distance from the best price or the mid
    OTO = "oto"  # one triggers the other: `then` is placed for what this one fills
    BRACKET = "bracket"  # an entry; take profit and stop loss for what it fills


class TimeInForce(StrEnum):
    """How long an order stays."""

    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"
    GTD = "gtd"  # until expire_ns


class TriggerSource(StrEnum):
    """Which price a trigger watches."""

    LAST = "last"
    MARK = "mark"
    INDEX = "index"
    BOOK = "book"  # the best bid for selling, the best offer for buying
    MID = "mid"  # halfway between them


class OffsetUnit(StrEnum):
    """The unit of a trailing distance."""

    PRICE = "price"  # quote units
    PERCENT = "percent"  # 1 = 1 %
    TICKS = "ticks"  # price increments


class PegTo(StrEnum):
    """What a pegged order keeps its distance from."""

    PRIMARY = "primary"  # the best price of its own side
    MARKET = "market"  # the best price of the other side
    MID = "mid"


class SelfTradePrevention(StrEnum):
    """Which of two orders of one owner is cancelled when they would meet."""

    CANCEL_TAKER = "cancel_taker"
    CANCEL_MAKER = "cancel_maker"
    CANCEL_BOTH = "cancel_both"


class MarginMode(StrEnum):
    """What backs an order: own funds, the whole account, or one position's own margin."""

    CASH = "cash"
    CROSS = "cross"
    ISOLATED = "isolated"


class PositionSide(StrEnum):
    """Which position an order changes, where an account keeps long and short apart."""

    NET = "net"
    LONG = "long"
    SHORT = "short"


class Trigger(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When a conditional order becomes a live one: at `price`, or `offset` behind the best seen.

    Trailing starts once the price has come to `activation_price`: to the order's gain (up for a
    sell), or with `activation_against` to its loss.
    """

    price: Decimal | None = None
    source: TriggerSource = TriggerSource.LAST
    offset: Decimal | None = None
    offset_unit: OffsetUnit = OffsetUnit.PRICE
    activation_price: Decimal | None = None
    activation_against: bool = False
    limit_offset: Decimal | None = None  # trailing_stop_limit: its limit, beyond the trigger

    def __post_init__(self) -> None:
        if (self.price is None) == (self.offset is None):
            raise ValueError("a trigger needs either a price or an offset")
        if self.activation_against and self.activation_price is None:
            raise ValueError("activation_against needs an activation_price")


class Peg(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a pegged order rests. `offset` above 0 is away from the market, below 0 towards it."""

    to: PegTo = PegTo.PRIMARY
    offset: Decimal = ZERO
    offset_unit: OffsetUnit = OffsetUnit.PRICE
    min_move_ticks: int = 1  # it stays while the wanted price is nearer than this
    min_interval_ms: int = 500  # between two changes of its price
    stale_s: int = 5  # it is withdrawn once prices are that long unusable

    def __post_init__(self) -> None:
        finite(self.offset, "peg offset")
        for name in ("min_move_ticks", "min_interval_ms", "stale_s"):
            if getattr(self, name) < (1 if name == "min_move_ticks" else 0):
                raise ValueError(f"peg {name} is {getattr(self, name)}; it is too small")


class AttachedExit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Take profit and stop loss for what an order fills; the stop may trail instead."""

    take_profit: Decimal | None = None
    take_profit_limit: Decimal | None = None  # None: at market
    take_profit_rests: bool = False  # a limit order at take_profit from the start
    stop_loss: Decimal | None = None
    stop_loss_limit: Decimal | None = None  # None: at market
    trail: Decimal | None = None  # the stop follows at this distance, from the entry on
    trail_unit: OffsetUnit = OffsetUnit.PRICE
    source: TriggerSource = TriggerSource.LAST

    def __post_init__(self) -> None:
        if self.take_profit is None and self.stop_loss is None and self.trail is None:
            raise ValueError("an attached exit needs a take_profit or a stop_loss price")
        if self.stop_loss is not None and self.trail is not None:
            raise ValueError("an attached exit takes a stop_loss price or a trail, not both")
        if self.take_profit_rests and (
            self.take_profit is None or self.take_profit_limit is not None
        ):
            raise ValueError("take_profit_rests needs a take_profit and no take_profit_limit")


class PlaceOrder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One order to place. `size` is in base units or contracts; `quote_size` in quote units.

    Raises ValueError when the parts do not fit together, naming the part.
    """

    instrument: InstrumentId
    client_id: ClientOrderId
    side: Side
    type: OrderType
    size: Decimal | None = None
    quote_size: Decimal | None = None  # market orders only
    price: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    expire_ns: Nanos | None = None
    post_only: bool = False
    reduce_only: bool = False
    trigger: Trigger | None = None
    display_size: Decimal | None = None  # iceberg: what the book shows
    display_variance: Decimal | None = None  # iceberg: slices differ by up to this share (0.2)
    peg: Peg | None = None  # pegged orders
    then: "PlaceOrder | None" = None  # OTO: what follows; its size is at most this one's fills
    margin_mode: MarginMode = MarginMode.CASH
    leverage: Decimal | None = None
    position_side: PositionSide = PositionSide.NET
    self_trade: SelfTradePrevention | None = None
    exit: AttachedExit | None = None
    slices: int | None = None  # TWAP
    interval_s: int | None = None  # TWAP

    def __post_init__(self) -> None:
        _check_sizes(self)
        _check_price_and_trigger(self)
        _check_parts(self)
        if (self.time_in_force is TimeInForce.GTD) != (self.expire_ns is not None):
            raise ValueError("expire_ns goes with time_in_force gtd, and only with it")
        if self.post_only and self.time_in_force in {TimeInForce.IOC, TimeInForce.FOK}:
            raise ValueError(f"post_only contradicts time_in_force {self.time_in_force}")
        if self.post_only and self.type in {OrderType.MARKET, OrderType.STOP}:
            raise ValueError(f"post_only contradicts order type {self.type}")


_PRICED = {
    OrderType.LIMIT,
    OrderType.STOP_LIMIT,
    OrderType.TAKE_PROFIT_LIMIT,
    OrderType.ICEBERG,
    OrderType.LIMIT_IF_TOUCHED,
}
_TRIGGERED = {
    OrderType.STOP,
    OrderType.STOP_LIMIT,
    OrderType.TAKE_PROFIT,
    OrderType.TAKE_PROFIT_LIMIT,
    OrderType.TRAILING_STOP,
    OrderType.TRAILING_STOP_LIMIT,
    OrderType.MARKET_IF_TOUCHED,
    OrderType.LIMIT_IF_TOUCHED,
}


def _check_parts(order: PlaceOrder) -> None:
    """Parts that go with one type of order, and only with it."""
    for kind, name, given in (
        (OrderType.PEGGED, "peg", order.peg),
        (OrderType.OTO, "then", order.then),
    ):
        if (order.type is kind) != (given is not None):
            raise ValueError(f"{name} goes with {kind} orders, and only with them")
    if order.type is OrderType.BRACKET:
        levels = order.exit
        if levels is None or levels.take_profit is None:
            raise ValueError("a bracket order needs exit.take_profit")
        if levels.stop_loss is None and levels.trail is None:
            raise ValueError("a bracket order needs exit.stop_loss or exit.trail")
    variance = order.display_variance
    if variance is not None:
        if order.type is not OrderType.ICEBERG:
            raise ValueError("display_variance goes with iceberg orders only")
        if not 0 < finite(variance, "display_variance") < 1:
            raise ValueError(f"display_variance is {variance}; it must be between 0 and 1")


def _check_sizes(order: PlaceOrder) -> None:
    if (order.size is None) == (order.quote_size is None):
        raise ValueError("an order needs either size or quote_size")
    for name in ("size", "quote_size", "price", "display_size", "leverage"):
        value = getattr(order, name)
        if value is not None and finite(value, name) <= 0:
            raise ValueError(f"{name} is {value}; it must be above 0")
    if order.quote_size is not None and order.type is not OrderType.MARKET:
        raise ValueError(f"quote_size goes with market orders only, not with {order.type}")
    if (order.type is OrderType.ICEBERG) != (order.display_size is not None):
        raise ValueError("display_size goes with iceberg orders, and only with them")


def _check_price_and_trigger(order: PlaceOrder) -> None:
    if order.type in _PRICED and order.price is None:
        raise ValueError(f"a {order.type} order needs a price")
    if order.type is OrderType.MARKET and order.price is not None:
        raise ValueError("a market order takes no price")
    if (order.type in _TRIGGERED) != (order.trigger is not None):
        need = "needs" if order.type in _TRIGGERED else "takes no"
        raise ValueError(f"a {order.type} order {need} trigger")
    if order.trigger is None:
        return
    trailing = order.type in {OrderType.TRAILING_STOP, OrderType.TRAILING_STOP_LIMIT}
    if trailing != (order.trigger.offset is not None):
        raise ValueError(
            f"a {order.type} order needs a trigger {'offset' if trailing else 'price'}"
        )


class AmendOrder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Change an order in place. `new_size` is the whole new size, fills so far included. `type`
    helps venues that keep books of their own for conditional orders.
    """

    instrument: InstrumentId
    client_id: ClientOrderId
    venue_id: VenueOrderId | None = None
    new_size: Decimal | None = None
    new_price: Decimal | None = None
    new_trigger_price: Decimal | None = None
    type: OrderType = OrderType.LIMIT

    def __post_init__(self) -> None:
        if self.new_size is None and self.new_price is None and self.new_trigger_price is None:
            raise ValueError("an amendment needs a new_size, a new_price or a new_trigger_price")


class CancelOrder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Cancel one order, by our id or the venue's. `type` helps venues that keep books of their own
    for conditional orders.
    """

    instrument: InstrumentId
    client_id: ClientOrderId
    venue_id: VenueOrderId | None = None
    type: OrderType = OrderType.LIMIT


class OrderStatus(StrEnum):
    """Where an order is in its life."""

    PENDING = "pending"  # durable here; the venue has not answered
    ACCEPTED = "accepted"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    UNKNOWN = "unknown"  # it may have happened: being reconciled

    @property
    def final(self) -> bool:
        """Whether nothing more can happen to the order."""
        return self in _FINAL


_FINAL = {OrderStatus.FILLED, OrderStatus.CANCELLED, OrderStatus.REJECTED, OrderStatus.EXPIRED}


class Liquidity(StrEnum):
    """Whether a fill gave or took liquidity."""

    MAKER = "maker"
    TAKER = "taker"


class OrderReport(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="order", omit_defaults=True
):
    """An order's state as the venue tells it. Sizes in base units or contracts."""

    instrument: InstrumentId
    venue_id: VenueOrderId
    status: OrderStatus
    side: Side
    type: OrderType
    filled: Decimal
    venue_ns: Nanos
    received_ns: Nanos
    client_id: ClientOrderId | None = None  # None: not placed by us
    former_id: VenueOrderId | None = None  # until it was triggered, where that gave it another id
    size: Decimal | None = None
    quote_size: Decimal | None = None
    price: Decimal | None = None
    average_price: Decimal | None = None
    trigger_price: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    reduce_only: bool = False
    reason: str = ""  # why it was cancelled, rejected or changed, in the venue's words
    created_ns: Nanos | None = None
    position_side: PositionSide = PositionSide.NET


class Fill(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="fill", omit_defaults=True
):
    """One execution of one of our orders. `fee` above 0 is paid, below 0 is a rebate."""

    instrument: InstrumentId
    venue_order_id: VenueOrderId
    venue_trade_id: str
    side: Side
    price: Decimal
    size: Decimal
    fee: Decimal
    fee_currency: str
    liquidity: Liquidity
    venue_ns: Nanos
    received_ns: Nanos
    client_id: ClientOrderId | None = None


class CommandDone(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="event",
    tag="command_done",
    omit_defaults=True,
):
    """The venue answered a command that went over a stream: `error` is None when it agreed."""

    venue: VenueId
    command_id: str
    received_ns: Nanos
    venue_id: VenueOrderId | None = None
    error: Exception | None = None


def cost_bps(side: Side, price: Decimal | None, benchmark: Decimal | None) -> Decimal | None:
    """What a price cost against a benchmark, in basis points; above 0 is worse for the side.

    None where either is not known.
    """
    if price is None or not benchmark:
        return None
    paid = price - benchmark if side is Side.BUY else benchmark - price
    return (paid / benchmark * 10_000).quantize(Decimal("0.01"))
