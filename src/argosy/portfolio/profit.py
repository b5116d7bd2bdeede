"""Realised and unrealised profit of one instrument from its fills. Never guesses a price or a fee.

Linear: (exit - entry) x base units, in the quote currency. Inverse: quote units x
(1/entry - 1/exit), in the base currency. Quanto: as linear, times a fixed rate into the
settlement currency.
"""

from collections import deque
from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum

import msgspec

from argosy.model import Fill, Instrument, InstrumentKind, Payoff, Side
from argosy.model.money import ZERO, finite


class CostBasis(StrEnum):
    """Which part of a position a closing fill closes."""

    AVERAGE = "average"
    FIFO = "fifo"


class Profit(msgspec.Struct, frozen=True, kw_only=True):
    """Profit of one instrument in `currency`; `fees` are by the currency they were paid in.

    `unrealised` is None while a position is open and no mark was given. Fees above 0 were paid,
    funding above 0 was received. Neither is inside `realised`: see `net`.
    """

    instrument: str
    currency: str
    size: Decimal  # signed, in contracts or base units
    entry_price: Decimal | None  # None: flat
    realised: Decimal
    unrealised: Decimal | None
    funding: Decimal
    fees: dict[str, Decimal]

    @property
    def gross(self) -> Decimal | None:
        """Realised and unrealised, before fees and funding; None when no mark was given."""
        return None if self.unrealised is None else self.realised + self.unrealised

    @property
    def net(self) -> Decimal | None:
        """Gross less fees plus funding; None without a mark, or with fees in other currencies."""
        if self.gross is None or any(
            self.fees[name] for name in self.fees if name != self.currency
        ):
            return None
        return self.gross - self.fees.get(self.currency, ZERO) + self.funding


class ProfitBook:
    """Keeps the open lots of one instrument. Fills go in as they happened, each id once.

    `quanto_rate` is settlement units for one unit of quote profit; a quanto needs it.

    Raises:
        ValueError: an option (its premium is not a price of the base), or a quanto with no rate.
    """

    def __init__(
        self,
        about: Instrument,
        basis: CostBasis = CostBasis.AVERAGE,
        *,
        quanto_rate: Decimal | None = None,
    ) -> None:
        if about.kind is InstrumentKind.OPTION:
            raise ValueError(f"{about.id} is an option; only spot, perpetuals and futures are kept")
        if (about.payoff is Payoff.QUANTO) != (quanto_rate is not None):
            raise ValueError(f"{about.id}: quanto_rate is {quanto_rate}; quantos alone need one")
        self.about = about
        self.basis = basis
        self.inverse = about.payoff is Payoff.INVERSE
        self.rate = Decimal(1) if quanto_rate is None else finite(quanto_rate, "quanto_rate")
        self.currency = about.settle or about.quote
        self.realised = ZERO
        self.funding = ZERO
        self.fees: dict[str, Decimal] = {}
        # Signed size and its cost: a sum of size x price, or of size / price for inverses.
        self._lots: deque[tuple[Decimal, Decimal]] = deque()
        self._seen: set[str] = set()

    @property
    def size(self) -> Decimal:
        """The open position, signed."""
        return sum((size for size, _ in self._lots), ZERO)

    def add(self, fill: Fill) -> bool:
        """Take in a fill; False when its id is known already.

        Raises:
            ValueError: another instrument's fill, or a size or price not above 0.
        """
        if fill.instrument != self.about.id:
            raise ValueError(f"a fill of {fill.instrument} does not belong to {self.about.id}")
        for name, value in (("size", fill.size), ("price", fill.price)):
            if finite(value, name) <= 0:
                raise ValueError(
                    f"fill {fill.venue_trade_id}: {name} is {value}; it must be above 0"
                )
        if fill.venue_trade_id in self._seen:
            return False
        self._seen.add(fill.venue_trade_id)
        if fill.fee:
            self.fees[fill.fee_currency] = self.fees.get(fill.fee_currency, ZERO) + fill.fee
        size = fill.size if fill.side is Side.BUY else -fill.size
        while size and self._lots and (self._lots[0][0] > 0) != (size > 0):
            size = self._close(size, fill.price)
        if size:
            self._open(size, self._cost(size, fill.price))
        return True

    def add_funding(self, amount: Decimal) -> None:
        """Funding received (above 0) or paid (below 0), in the settlement currency."""
        self.funding += finite(amount, "funding")

    def report(self, mark: Decimal | None = None) -> Profit:
        """Profit as it stands, the open position valued at `mark` (> 0)."""
        if mark is not None and finite(mark, "mark") <= 0:
            raise ValueError(f"{self.about.id}: mark is {mark}; it must be above 0")
        size = self.size
        cost = sum((cost for _, cost in self._lots), ZERO)
        unrealised = None if size else ZERO
        if size and mark is not None:
            unrealised = self._gain(cost, self._cost(size, mark))
        entry = (size / cost if self.inverse else cost / size) if size else None
        return Profit(
            instrument=self.about.id,
            currency=self.currency,
            size=size,
            entry_price=entry,
            realised=self.realised,
            unrealised=unrealised,
            funding=self.funding,
            fees=dict(self.fees),
        )

    def _cost(self, size: Decimal, price: Decimal) -> Decimal:
        return size / price if self.inverse else size * price

    def _gain(self, entry_cost: Decimal, exit_cost: Decimal) -> Decimal:
        difference = entry_cost - exit_cost if self.inverse else exit_cost - entry_cost
        return difference * self.about.contract_size * self.rate

    def _open(self, size: Decimal, cost: Decimal) -> None:
        if self.basis is CostBasis.AVERAGE and self._lots:
            held, held_cost = self._lots.pop()
            size, cost = size + held, cost + held_cost
        self._lots.append((size, cost))

    def _close(self, size: Decimal, price: Decimal) -> Decimal:
        """Close what the first lot has; returns what is left of `size`."""
        held, cost = self._lots.popleft()
        closed = held if abs(held) <= abs(size) else -size
        part = cost if closed == held else cost * closed / held
        self.realised += self._gain(part, self._cost(closed, price))
        if closed != held:
            self._lots.appendleft((held - closed, cost - part))
        return size + closed


def profit_of(
    about: Instrument,
    fills: Iterable[Fill],
    *,
    mark: Decimal | None = None,
    basis: CostBasis = CostBasis.AVERAGE,
    quanto_rate: Decimal | None = None,
) -> Profit:
    """Profit of `about` from fills in any order; sorted by the venue's time, then by id."""
    book = ProfitBook(about, basis, quanto_rate=quanto_rate)
    for fill in sorted(fills, key=lambda fill: (fill.venue_ns, fill.venue_trade_id)):
        book.add(fill)
    return book.report(mark)
