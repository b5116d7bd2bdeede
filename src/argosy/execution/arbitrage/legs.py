"""The legs of a pair: their terms, what they have done, and the orders that open them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Self

import msgspec

from argosy.execution.arbitrage.values import OpportunityLeg
from argosy.execution.work import Market
from argosy.model import (
    ClientOrderId,
    Instrument,
    InstrumentId,
    MarginMode,
    OrderType,
    PlaceOrder,
    Side,
    TimeInForce,
)
from argosy.model.money import ZERO, floor_to, plain


class PairLeg(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One leg: its terms, and what it has done. Sizes as the venue counts them, unless said."""

    instrument: InstrumentId
    side: Side
    size: Decimal
    limit: Decimal  # the worst price it is opened at
    increment: Decimal  # of sizes
    multiplier: Decimal = Decimal(1)  # base units per unit of size
    rate: Decimal = Decimal(1)  # one unit of its quote currency, in the common one
    fee: Decimal = ZERO  # of a taker, a fraction
    kept: Decimal = Decimal(1)  # of what it buys, where a venue takes its fee out of that
    margin_mode: MarginMode = MarginMode.CASH
    opened: Decimal = ZERO  # filled on its own side
    net: Decimal = ZERO  # base units, short below 0
    cash: Decimal = ZERO  # received less paid, fees included, in the common currency
    refused: int = 0

    def sized(self, base: Decimal, side: Side) -> Decimal:
        """The order's size for so many base units, on its increments, never more than there is."""
        if side is Side.SELL and self.side is Side.BUY:
            base *= self.kept
        return floor_to(base / self.multiplier, self.increment)

    @property
    def lot(self) -> Decimal:
        """Base units of one size increment."""
        return self.increment * self.multiplier

    def worth(self, price: Decimal, side: Side) -> Decimal:
        """What a base unit at a price costs or brings, fee included, in the common currency."""
        return price * self.rate * (1 + self.fee if side is Side.BUY else 1 - self.fee)

    def having(self, side: Side, size: Decimal, value: Decimal) -> Self:
        """After one more fill; `value` is the sum of price times size.

        Sold again is what was kept of a purchase: with that, all of the purchase is undone.
        """
        if side is Side.SELL and self.side is Side.BUY:
            base, value = size * self.multiplier / self.kept, value / self.kept
        else:
            base = size * self.multiplier
        money = self.worth(value * self.multiplier, side)
        buys = side is Side.BUY
        return msgspec.structs.replace(
            self,
            opened=self.opened + (size if side is self.side else ZERO),
            net=self.net + (base if buys else -base),
            cash=self.cash - (money if buys else -money),
        )


def leg_order(
    work: ClientOrderId, leg: PairLeg, side: Side, base: Decimal, price: Decimal | None
) -> PlaceOrder:
    """An immediate order for so many base units; at market without a price."""
    return PlaceOrder(
        instrument=leg.instrument,
        client_id=work,
        side=side,
        type=OrderType.MARKET if price is None else OrderType.LIMIT,
        size=leg.sized(base, side),
        price=price,
        time_in_force=TimeInForce.GTC if price is None else TimeInForce.IOC,
        margin_mode=leg.margin_mode,
    )


def within(leg: PairLeg, market: Market) -> bool:
    """Whether the best price meets the leg's limit."""
    if leg.side is Side.BUY:
        return market.ask is not None and market.ask <= leg.limit
    return market.bid is not None and market.bid >= leg.limit


def legs_of(
    found: tuple[OpportunityLeg, ...], size: Decimal, about: Mapping[str, Instrument]
) -> tuple[PairLeg, PairLeg]:
    """The legs of an opportunity, for `size` base units of it.

    Raises:
        ValueError: it is no pair of a buy and a sale of one size, or larger than was found.
    """
    sides = [leg.side for leg in found]
    if len(found) != 2 or set(sides) != set(Side) or found[0].size != found[1].size:
        raise ValueError(
            f"{len(found)} legs ({', '.join(sides)}) are no pair; a pair buys a size and sells it"
        )
    if not 0 < size <= found[0].size:
        raise ValueError(f"size is {plain(size)}; above 0, and at most {plain(found[0].size)}")
    legs = []
    for leg in found:
        instrument = about[leg.instrument]
        sized = floor_to(size / leg.multiplier, instrument.size_increment)
        if sized * leg.multiplier != size:
            step = plain(instrument.size_increment * leg.multiplier)
            raise ValueError(f"size is {plain(size)}; {leg.instrument} counts in steps of {step}")
        legs.append(
            PairLeg(
                instrument=instrument.id,
                side=leg.side,
                size=sized,
                limit=leg.limit_price,
                increment=instrument.size_increment,
                multiplier=leg.multiplier,
                rate=leg.rate,
                fee=leg.fee_rate,
                kept=1 - leg.fee_rate if leg.fee_in_base and leg.side is Side.BUY else Decimal(1),
                margin_mode=MarginMode.CASH if instrument.payoff is None else MarginMode.CROSS,
            )
        )
    return legs[0], legs[1]
