"""One leg of a basket: what it is to do, what it did, and its next order."""

from decimal import Decimal
from enum import StrEnum
from typing import Self

import msgspec

from argosy.execution.emulated.prices import least_size, passive_tick
from argosy.execution.work import Market
from argosy.model import (
    ClientOrderId,
    Instrument,
    InstrumentId,
    MarginMode,
    Nanos,
    OrderType,
    PlaceOrder,
    PositionSide,
    Side,
    TimeInForce,
)
from argosy.model.money import ZERO, ceil_to, floor_to


class Style(StrEnum):
    """How a leg is worked."""

    TAKE = "take"  # immediate-or-cancel orders up to its limit
    REST = "rest"  # limit orders that wait at its price


class BasketLeg(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A leg's terms and progress. `limit` is set when the basket begins; sizes as the instrument's.

    `undone` is what was taken back of `filled`. `fee_in_base`: the share of a buy that the venue
    keeps as its fee, so that less than was filled can be sold again.
    """

    instrument: InstrumentId
    side: Side
    size: Decimal
    style: Style = Style.TAKE
    price: Decimal | None = None  # its limit; None: by the basket's slippage from the best offer
    margin_mode: MarginMode = MarginMode.CASH
    leverage: Decimal | None = None
    position_side: PositionSide = PositionSide.NET
    fee_in_base: Decimal = ZERO
    limit: Decimal | None = None
    arrival_mid: Decimal | None = None
    filled: Decimal = ZERO
    value: Decimal = ZERO  # sum of price times size
    dust: Decimal = ZERO  # what is left and is less than the venue takes
    undone: Decimal = ZERO
    undone_value: Decimal = ZERO
    tries: int = 0  # refusals, or orders that took back nothing, in a row
    again_ns: Nanos = Nanos(0)
    stuck: str = ""  # why nothing more is tried

    def having(self, **changes: object) -> Self:
        """The same with other values."""
        return msgspec.structs.replace(self, **changes)

    @property
    def share(self) -> Decimal:
        """The share of its size that is filled."""
        return self.filled / self.size

    @property
    def done(self) -> bool:
        """Whether all of it is filled that can be."""
        return self.filled + self.dust >= self.size

    @property
    def average_price(self) -> Decimal | None:
        """Of what was filled, in quote units."""
        return self.value / self.filled if self.filled else None

    def begun(self, market: Market, slippage: Decimal) -> Self:
        """With its limit and where the market was; `slippage` is a share of the price."""
        best = market.ask if self.side is Side.BUY else market.bid
        limit = self.price
        if limit is None and best is not None:
            sign = 1 if self.side is Side.BUY else -1
            limit = passive_tick(best * (1 + sign * slippage), self.side, market.about)
        return self.having(limit=limit, arrival_mid=market.mid)

    def next_size(self, about: Instrument, open_size: Decimal, share: Decimal) -> Decimal:
        """What to send now, so that with what is open no more than `share` of the size is done.

        A leg that is not ahead may always send the least the venue takes, though that exceeds the
        share; no rest is left that could not be placed.
        """
        least = least_size(about, self.limit)
        left = self.size - self.filled - open_size
        allowed = floor_to(self.size * min(Decimal(1), share), about.size_increment)
        size = min(left, allowed - self.filled - open_size)
        if size < least:
            return ZERO
        return left if ZERO < left - size < least else size

    def order(self, size: Decimal, work: ClientOrderId) -> PlaceOrder:
        """An order towards its size."""
        take = self.style is Style.TAKE
        return self._order(
            work, self.side, size, self.limit, TimeInForce.IOC if take else TimeInForce.GTC
        )

    def market_order(self, size: Decimal, work: ClientOrderId) -> PlaceOrder:
        """The same at any price."""
        return self._order(work, self.side, size, None, TimeInForce.GTC)

    def to_undo(self, about: Instrument) -> Decimal:
        """What can still be taken back; 0 where that is less than the venue takes."""
        had = self.filled * (1 - self.fee_in_base) if self.side is Side.BUY else self.filled
        size = floor_to(had - self.undone, about.size_increment)
        return size if size >= least_size(about, self.average_price) else ZERO

    def undo_order(self, size: Decimal, work: ClientOrderId) -> PlaceOrder:
        """A market order that takes back."""
        other = Side.SELL if self.side is Side.BUY else Side.BUY
        return self._order(work, other, size, None, TimeInForce.GTC)

    def _order(
        self,
        work: ClientOrderId,
        side: Side,
        size: Decimal,
        price: Decimal | None,
        tif: TimeInForce,
    ) -> PlaceOrder:
        return PlaceOrder(
            instrument=self.instrument,
            client_id=work,
            side=side,
            type=OrderType.MARKET if price is None else OrderType.LIMIT,
            size=size,
            price=price,
            time_in_force=tif,
            margin_mode=self.margin_mode,
            leverage=self.leverage,
            position_side=self.position_side,
        )


def least_step(about: Instrument, leg: BasketLeg) -> Decimal:
    """The least share of a leg's size by which it can go on."""
    least = ceil_to(least_size(about, leg.limit), about.size_increment)
    return least / leg.size
