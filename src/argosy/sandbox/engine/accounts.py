"""Accounts: balances, holds, positions, history. The engine alone changes them."""

from collections import deque
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from argosy.model import InstrumentId, MarginMode, PositionSide
from argosy.sandbox.engine.positions import ZERO, Position
from argosy.sandbox.engine.spec import Spec

if TYPE_CHECKING:
    from argosy.sandbox.engine.events import FillEvent
    from argosy.sandbox.engine.orders import Order

HISTORY = 20_000  # closed orders, fills and ledger entries kept per account


class EntryKind(StrEnum):
    """Why money moved."""

    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    TRADE = "trade"
    MARGIN = "margin"  # profit taken on a position
    FUNDING = "funding"
    LIQUIDATION = "liquidation"  # what the insurance fund made good
    TRANSFER = "transfer"


class LedgerEntry(NamedTuple):
    """One movement: the total changed by amount - fee to `balance`."""

    number: int
    at_ns: int
    kind: EntryKind
    currency: str
    amount: Decimal
    fee: Decimal
    balance: Decimal
    ref: str


class Holding:
    """One currency of one account."""

    __slots__ = ("held", "total")

    def __init__(self) -> None:
        self.total = ZERO
        self.held = ZERO

    @property
    def free(self) -> Decimal:
        """What is not held by orders; margin in use is counted by Engine.available."""
        return self.total - self.held


class Account:
    """What one customer has at one venue."""

    def __init__(self, name: str, *, house: bool = False) -> None:
        self.name = name
        self.house = house  # the market's own: unlimited, unchecked
        self.holdings: dict[str, Holding] = {}
        self.positions: dict[tuple[InstrumentId, PositionSide], Position] = {}
        self.leverage: dict[InstrumentId, Decimal] = {}
        self.maker_rate: Decimal | None = None  # a fee tier of its own
        self.taker_rate: Decimal | None = None
        self.open: dict[str, Order] = {}  # every order that is not final, by id, oldest first
        self.orders: dict[str, Order] = {}  # those and the newest final ones
        self.by_client_id: dict[str, Order] = {}  # the newest order under each
        self.fills: deque[FillEvent] = deque(maxlen=HISTORY)
        self.ledger: deque[LedgerEntry] = deque(maxlen=HISTORY)
        self.dead_man_at_ns: int | None = None

    def __repr__(self) -> str:
        return f"Account({self.name})"

    def holding(self, currency: str) -> Holding:
        """The currency's holding, made when first asked for."""
        held = self.holdings.get(currency)
        if held is None:
            held = self.holdings[currency] = Holding()
        return held

    def position(self, spec: Spec, side: PositionSide = PositionSide.NET) -> Position | None:
        """The position, None when there never was one."""
        return self.positions.get((spec.id, side))

    def leverage_of(self, spec: Spec, default: Decimal) -> Decimal:
        """What was set for the instrument, else the venue's default within its limit."""
        return self.leverage.get(spec.id, min(default, spec.max_leverage))

    def isolated(self, spec: Spec) -> bool:
        """Whether any position in the instrument is isolated."""
        return any(
            p.margin_mode is MarginMode.ISOLATED
            for (i, _), p in self.positions.items()
            if i == spec.id
        )

    def remember(self, order: "Order") -> None:
        """Index a new order; the oldest final ones go when there are too many."""
        self.orders[order.id] = order
        self.open[order.id] = order
        if order.client_id:
            self.by_client_id[order.client_id] = order
        if len(self.orders) > HISTORY:
            self._forget()

    def _forget(self) -> None:
        for order_id in [i for i, o in self.orders.items() if o.state.final][: HISTORY // 4]:
            gone = self.orders.pop(order_id)
            if self.by_client_id.get(gone.client_id) is gone:
                del self.by_client_id[gone.client_id]
