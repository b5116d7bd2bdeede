"""What an account asks of the engine, and the order that lives there. Times in ns UTC."""

from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from argosy.model import (
    InstrumentId,
    MarginMode,
    OrderType,
    PositionSide,
    SelfTradePrevention,
    Side,
    TimeInForce,
    Trigger,
    TriggerSource,
)
from argosy.sandbox.engine.refusals import Reason
from argosy.sandbox.engine.spec import Spec

if TYPE_CHECKING:
    from argosy.sandbox.engine.accounts import Account


class ExitRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An order placed on the other side once its parent fills; two of them cancel one another."""

    type: OrderType
    trigger: Trigger | None = None  # None: a plain limit order at `price`
    price: Decimal | None = None
    size: Decimal | None = None  # None: what the parent filled
    client_id: str = ""


class OrderRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One order to place. Sizes in base units or contracts; `quote_size` in quote, market only.

    A type of ICEBERG or a `display_size` shows only that much. `limit_offset` puts the limit of a
    TRAILING_STOP_LIMIT that far from where it triggered. TWAP: `size` in `slices` every
    `interval_ns`, never worse than `price`. CHASE: a post-only order kept at the best price.
    """

    instrument: InstrumentId
    side: Side
    type: OrderType
    size: Decimal | None = None
    quote_size: Decimal | None = None
    price: Decimal | None = None
    client_id: str = ""
    time_in_force: TimeInForce = TimeInForce.GTC
    expire_ns: int | None = None
    start_ns: int | None = None  # not before
    post_only: bool = False
    reduce_only: bool = False
    trigger: Trigger | None = None
    limit_offset: Decimal | None = None
    display_size: Decimal | None = None
    margin_mode: MarginMode = MarginMode.CASH
    leverage: Decimal | None = None
    position_side: PositionSide = PositionSide.NET
    self_trade: SelfTradePrevention | None = None
    exits: tuple[ExitRequest, ...] = ()
    fee_in_base: bool | None = None  # None: as the venue does by default
    slices: int | None = None
    interval_ns: int | None = None
    extra: object = None  # the server's own; the engine only carries it


class State(StrEnum):
    """Where an order is in its life."""

    SCHEDULED = "scheduled"
    UNTRIGGERED = "untriggered"
    OPEN = "open"
    WORKING = "working"  # an algorithm with children of its own
    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def final(self) -> bool:
        """Whether nothing more can happen to the order."""
        return self in _FINAL


_FINAL = frozenset({State.FILLED, State.CANCELLED, State.EXPIRED})


class Order:
    """One order. `price`, `size`, `filled`, `shown`, `trigger_price` are the spec's int units."""

    __slots__ = (
        "account",
        "best_seen",
        "children",
        "cost",
        "created_ns",
        "display",
        "expire_ns",
        "fee",
        "fee_currency",
        "fill_count",
        "filled",
        "held",
        "held_currency",
        "id",
        "leverage",
        "limit",
        "linked",
        "liquidation",
        "margin_mode",
        "number",
        "parent",
        "post_only",
        "price",
        "quote_left",
        "reason",
        "reduce_only",
        "request",
        "shown",
        "side",
        "size",
        "spec",
        "state",
        "trailing_active",
        "trigger_price",
        "triggered",
        "type",
        "updated_ns",
    )

    def __init__(
        self,
        *,
        account: "Account",
        spec: Spec,
        number: int,
        order_id: str,
        side: Side,
        order_type: OrderType,
        size: int,
        price: int | None,
        request: OrderRequest | None,
        now_ns: int,
    ) -> None:
        self.account = account
        self.spec = spec
        self.number = number
        self.id = order_id
        self.side = side
        self.type = order_type
        self.size = size
        self.price = price  # as placed; None at market
        self.limit = price  # what it may trade at now (a trailing limit has it once triggered)
        self.request = request
        self.state = State.OPEN
        self.reason: Reason | None = None
        self.filled = 0
        self.shown = 0
        self.display: int | None = None
        self.cost = Decimal(0)  # sum of price * size of the fills, in price terms
        self.fee = Decimal(0)
        self.fee_currency = ""
        self.fill_count = 0
        self.quote_left: Decimal | None = None
        self.held = Decimal(0)
        self.held_currency = spec.money
        self.created_ns = now_ns
        self.updated_ns = now_ns
        self.expire_ns: int | None = None
        self.post_only = False
        self.reduce_only = False
        self.liquidation = False
        self.margin_mode = MarginMode.CASH
        self.leverage = Decimal(1)
        self.trigger_price: int | None = None
        self.best_seen: int | None = None
        self.trailing_active = False
        self.triggered = False
        self.linked: Order | None = None
        self.parent: Order | None = None
        self.children: list[Order] = []

    @property
    def client_id(self) -> str:
        """The account's own id, or ''."""
        return "" if self.request is None else self.request.client_id

    @property
    def remaining(self) -> int:
        """Units not yet filled."""
        return self.size - self.filled

    @property
    def is_margin(self) -> bool:
        """Whether it moves a position rather than balances."""
        return not self.spec.is_spot or self.margin_mode is not MarginMode.CASH

    @property
    def position_side(self) -> PositionSide:
        """Which of an account's positions it changes."""
        return PositionSide.NET if self.request is None else self.request.position_side

    @property
    def average_price(self) -> Decimal | None:
        """Mean price of its fills; None before the first."""
        return None if not self.filled else self.cost / self.spec.size(self.filled)

    @property
    def trigger(self) -> Trigger | None:
        """What sets it off, for conditional types."""
        return None if self.request is None else self.request.trigger

    @property
    def trigger_source(self) -> TriggerSource:
        """Which price its trigger watches."""
        return TriggerSource.LAST if self.trigger is None else self.trigger.source
