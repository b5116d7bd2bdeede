"""Position arithmetic: entry, profit, margin, liquidation price. Pure; Decimal throughout."""

from decimal import Decimal

from argosy.model import MarginMode, PositionSide
from argosy.sandbox.engine.spec import Spec

ZERO = Decimal(0)


class Position:
    """One position. `size` is signed (contracts or base); `basis` is the sum of size * price, or
    of size / price for inverse contracts, with the sign of the size.
    """

    __slots__ = (
        "basis",
        "funding",
        "leverage",
        "margin_mode",
        "number",
        "opened_ns",
        "realised",
        "side",
        "size",
        "spec",
    )

    def __init__(self, spec: Spec, side: PositionSide, number: int) -> None:
        self.spec = spec
        self.side = side
        self.number = number
        self.size = ZERO
        self.basis = ZERO
        self.realised = ZERO
        self.funding = ZERO
        self.leverage = Decimal(1)
        self.margin_mode = MarginMode.CROSS
        self.opened_ns = 0

    @property
    def entry_price(self) -> Decimal | None:
        """Average entry; None when flat."""
        if not self.size:
            return None
        return self.size / self.basis if self.spec.inverse else self.basis / self.size

    def _value(self, size: Decimal, price: Decimal) -> Decimal:
        return size / price if self.spec.inverse else size * price

    def _profit(self, exit_value: Decimal, basis: Decimal) -> Decimal:
        gain = basis - exit_value if self.spec.inverse else exit_value - basis
        return gain * self.spec.contract_size

    def apply(self, change: Decimal, price: Decimal) -> Decimal:
        """Add a signed `change` at `price`; returns the profit realised, in settle currency."""
        realised = ZERO
        if self.size and (self.size > 0) != (change > 0):
            closing = -change if abs(change) <= abs(self.size) else self.size
            share = self.basis * closing / self.size
            if closing == self.size:
                share = self.basis
            realised = self._profit(self._value(closing, price), share)
            self.size -= closing
            self.basis -= share
            change += closing
        if change:
            self.size += change
            self.basis += self._value(change, price)
        self.realised += realised
        return realised

    def unrealised(self, mark: Decimal) -> Decimal:
        """Profit if closed at `mark`."""
        return self._profit(self._value(self.size, mark), self.basis) if self.size else ZERO

    def notional(self, mark: Decimal) -> Decimal:
        """Worth at `mark` (>= 0), in settle currency."""
        return self.spec.notional(mark, abs(self.size))

    def initial_margin(self, mark: Decimal) -> Decimal:
        """What holding it ties up."""
        return self.notional(mark) / self.leverage

    def maintenance_margin(self, mark: Decimal) -> Decimal:
        """What equity must not fall below."""
        return self.notional(mark) * self.spec.maintenance_rate

    def liquidation_price(self, collateral: Decimal) -> Decimal | None:
        """Where `collateral` + profit = maintenance margin; None when there is no such price."""
        if not self.size:
            return None
        rate = self.spec.maintenance_rate
        unit = self.spec.contract_size
        size = abs(self.size)
        if self.spec.inverse:  # collateral + (basis - size/p)*unit = rate*|size|*unit/p
            top = self.size * unit + rate * size * unit
            bottom = collateral + self.basis * unit
        else:  # collateral + (size*p - basis)*unit = rate*|size|*unit*p
            top = self.basis * unit - collateral
            bottom = self.size * unit - rate * size * unit
        if not bottom:
            return None
        price = top / bottom
        return price if price > 0 else None
