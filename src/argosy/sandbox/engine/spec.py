"""What can be traded and under which rules. Prices and sizes inside the engine are ints: units of
the last decimal of the instrument's price and size increments.
"""

from collections.abc import Callable
from decimal import Decimal

import msgspec

from argosy.model import Instrument, InstrumentKind, Payoff, SelfTradePrevention, VenueId
from argosy.model.money import decimals_of
from argosy.sandbox.engine.refusals import Reason, Refused


def fixed(value: int, decimals: int) -> str:
    """Write a count of units of the last decimal place: 1250 with 2 decimals is '12.50'."""
    if decimals == 0:
        return str(value)
    text = str(abs(value)).rjust(decimals + 1, "0")
    return f"{'-' if value < 0 else ''}{text[:-decimals]}.{text[-decimals:]}"


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """How one venue does what venues do differently."""

    venue: VenueId
    order_id: Callable[[int], str]  # running number -> the venue's kind of id
    trade_id: Callable[[int], str]
    fee_in_received: bool = False  # spot buys pay in base; else every fee is in quote
    self_trade: SelfTradePrevention = SelfTradePrevention.CANCEL_TAKER
    hold_conditionals: bool = True  # whether funds are held before a trigger fires
    client_id_reusable: bool = True  # once the order that had it is final
    max_open_orders: int = 200  # per account and instrument
    default_leverage: Decimal = Decimal(1)


class Spec:
    """One instrument with its fees and margin rules, and exact conversions to the engine's ints."""

    __slots__ = (
        "contract_size",
        "funding_interval_ns",
        "id",
        "instrument",
        "inverse",
        "is_spot",
        "lot",
        "maintenance_rate",
        "maker_rate",
        "max_leverage",
        "max_size",
        "min_notional",
        "min_size",
        "money",
        "price_decimals",
        "price_unit",
        "size_decimals",
        "size_unit",
        "taker_rate",
        "tick",
    )

    def __init__(
        self,
        instrument: Instrument,
        *,
        maker_rate: Decimal,
        taker_rate: Decimal,
        maintenance_rate: Decimal = Decimal("0.005"),
        funding_interval_ns: int = 0,
        size_decimals: int | None = None,
    ) -> None:
        self.instrument = instrument
        self.id = instrument.id
        self.is_spot = instrument.payoff is None
        # an option is priced in what it settles in: its profit is linear in its own price
        self.inverse = (
            instrument.payoff is Payoff.INVERSE and instrument.kind is not InstrumentKind.OPTION
        )
        self.contract_size = instrument.contract_size
        self.money = instrument.settle or instrument.quote  # what profit and margin are counted in
        self.price_decimals = decimals_of(instrument.price_increment)
        self.size_decimals = (
            decimals_of(instrument.size_increment) if size_decimals is None else size_decimals
        )
        self.price_unit = Decimal(1).scaleb(-self.price_decimals)
        self.size_unit = Decimal(1).scaleb(-self.size_decimals)
        self.tick = int(instrument.price_increment / self.price_unit)
        self.lot = int(instrument.size_increment / self.size_unit)
        self.min_size = int((instrument.min_size or instrument.size_increment) / self.size_unit)
        self.max_size = None if instrument.max_size is None else self._units(instrument.max_size)
        self.min_notional = instrument.min_notional or Decimal(0)
        self.maker_rate = maker_rate
        self.taker_rate = taker_rate
        self.maintenance_rate = maintenance_rate
        self.funding_interval_ns = funding_interval_ns
        self.max_leverage = instrument.max_leverage or Decimal(1)

    def _units(self, size: Decimal) -> int:
        return int(size / self.size_unit)

    # --- exact conversions ---

    def price(self, units: int) -> Decimal:
        """Units to a price."""
        return units * self.price_unit

    def size(self, units: int) -> Decimal:
        """Units to a size (base units, or contracts)."""
        return units * self.size_unit

    def price_text(self, units: int) -> str:
        """A price with all its decimals."""
        return fixed(units, self.price_decimals)

    def size_text(self, units: int) -> str:
        """A size with all its decimals."""
        return fixed(units, self.size_decimals)

    def price_units(self, price: Decimal, name: str = "price") -> int:
        """A price on the tick grid, in units; raises Refused(TICK)."""
        units = price / self.price_unit
        if price <= 0 or units != int(units) or int(units) % self.tick:
            raise Refused(
                Reason.TICK,
                f"{self.id}: {name} {price} is not a multiple of "
                f"{self.instrument.price_increment} above 0",
            )
        return int(units)

    def size_units(self, size: Decimal, name: str = "size") -> int:
        """A size on the lot grid, in units; raises Refused(LOT)."""
        units = size / self.size_unit
        if size <= 0 or units != int(units) or int(units) % self.lot:
            raise Refused(
                Reason.LOT,
                f"{self.id}: {name} {size} is not a multiple of "
                f"{self.instrument.size_increment} above 0",
            )
        return int(units)

    def nearest_price(self, price: Decimal) -> int:
        """The tick nearest to `price`, in units, at least one tick."""
        ticks = int((price / self.price_unit / self.tick).to_integral_value())
        return max(1, ticks) * self.tick

    # --- worth ---

    def notional(self, price: Decimal, size: Decimal) -> Decimal:
        """Worth in the money that margin is counted in: settle currency, or quote for spot."""
        if self.inverse:
            return size * self.contract_size / price
        return price * size * self.contract_size

    def check_size(self, units: int, price: Decimal) -> None:
        """Raise Refused when the size or its worth at `price` is outside the limits."""
        if units < self.min_size:
            raise Refused(
                Reason.MIN_SIZE,
                f"{self.id}: size {self.size(units)} is below {self.size(self.min_size)}",
            )
        if self.max_size is not None and units > self.max_size:
            raise Refused(
                Reason.MAX_SIZE,
                f"{self.id}: size {self.size(units)} is above {self.size(self.max_size)}",
            )
        worth = self.instrument.notional(price, self.size(units))
        if worth < self.min_notional:
            raise Refused(
                Reason.MIN_NOTIONAL, f"{self.id}: {worth} is worth less than {self.min_notional}"
            )
