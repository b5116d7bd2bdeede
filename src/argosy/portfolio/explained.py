"""Whether every change of a balance follows from fills; what does not is told. Pure; no I/O.

What a fill does to a balance and what the venue lists arrive apart, in either order. So a change
is unexplained only once two looks at the balances agree on it, with nothing heard in between.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec

from argosy.model import Balance, Fill, Instrument, InstrumentId, Position, Side
from argosy.model.money import ZERO
from argosy.model.time import SECOND

_TOLERANCE = Decimal("1e-6")  # of what was traded: venues round each fill and each fee
_LEAST = Decimal("1e-8")
_NEAR_NS = 5 * SECOND  # a fill this near to the first look may be in it already, or not


class Unexplained(msgspec.Struct, frozen=True, kw_only=True):
    """A balance changed by `amount`, and no fill says why: a deposit or withdrawal, interest, a
    conversion, or someone else with a key.
    """

    currency: str
    amount: Decimal
    total: Decimal  # what the balance is now


class _Expected:
    def __init__(self, total: Decimal, at_ns: int) -> None:
        self.total = total
        self.at_ns = at_ns
        self.traded = ZERO
        self.apart: Decimal | None = None  # what the last look was off by
        self.doubtful = False  # the first look may have come in the middle of a fill


class Explained:
    """One account's balances in its trading account. Currencies that open positions settle in are
    left out: profit, funding and interest move them.
    """

    def __init__(self) -> None:
        self._expected: dict[str, _Expected] = {}

    def fill(self, fill: Fill, about: Instrument | None) -> None:
        """A fill that was not told before."""
        effects: dict[str, Decimal] = {}
        if about is None:
            self._expected.clear()  # what it moved is not known
            return
        sign = 1 if fill.side is Side.BUY else -1
        if about.payoff is None:
            effects[about.base] = sign * fill.size
            effects[about.quote] = -sign * fill.size * fill.price
        else:
            self._expected.pop(about.settle or about.quote, None)
        effects[fill.fee_currency] = effects.get(fill.fee_currency, ZERO) - fill.fee
        for currency, amount in effects.items():
            expected = self._expected.get(currency)
            if expected is None:
                continue
            if abs(fill.venue_ns - expected.at_ns) < _NEAR_NS:
                expected.doubtful = True
            expected.total += amount
            expected.traded += abs(amount)
            expected.apart = None

    def moved(self, currency: str, amount: Decimal) -> None:
        """A transfer that is known: what came in is above 0."""
        expected = self._expected.get(currency)
        if expected is not None:
            expected.total += amount

    def look(
        self,
        balances: Iterable[Balance],
        positions: Iterable[Position],
        instruments: Mapping[InstrumentId, Instrument],
        venue_now_ns: int,
    ) -> list[Unexplained]:
        """Compare with what the venue lists; returns what nothing explains, each once."""
        moving = set()
        for position in positions:
            about = instruments.get(position.instrument)
            if about is None:
                self._expected.clear()
                return []
            moving |= {about.settle or about.quote, about.base if about.payoff is None else ""}
        totals = {one.currency: one.total for one in balances if one.account == "trading"}
        found = []
        for currency in {*totals, *self._expected}:
            total = totals.get(currency, ZERO)
            expected = self._expected.get(currency)
            if currency in moving:
                self._expected.pop(currency, None)
            elif expected is None or expected.doubtful:
                self._expected[currency] = _Expected(total, venue_now_ns)
            else:
                apart = self._compare(expected, total)
                if apart is not None:
                    found.append(Unexplained(currency=currency, amount=apart, total=total))
        return sorted(found, key=lambda one: one.currency)

    @staticmethod
    def _compare(expected: _Expected, total: Decimal) -> Decimal | None:
        """What is unexplained for the second time in a row, if anything."""
        apart = total - expected.total
        tolerance = max(_LEAST, expected.traded * _TOLERANCE)
        if abs(apart) <= tolerance:
            expected.total, expected.traded, expected.apart = total, ZERO, None
            return None
        again = expected.apart is not None and abs(apart - expected.apart) <= tolerance
        if not again:
            expected.apart = apart
            return None
        expected.total, expected.traded, expected.apart = total, ZERO, None
        return apart
