"""Whether every change of a balance follows from fills and from transfers of ours; what does not is
told. Pure; no I/O.

What a fill does to a balance and what the venue lists arrive apart, in either order. So a change
is unexplained only once two looks at the balances agree on it, with nothing heard in between.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import chain, combinations, islice

import msgspec

from argosy.model import Balance, Fill, Instrument, InstrumentId, Position, Side
from argosy.model.money import ZERO
from argosy.model.time import SECOND

_TOLERANCE = Decimal("1e-6")  # of what was traded: venues round each fill and each fee
_LEAST = Decimal("1e-8")
_WAYS = 5_000  # sets of transfers, small ones first, that one look may show: all sets of 12
_LOOKS = 2  # after a transfer is over, in which its change may still come
_NEAR_NS = 5 * SECOND  # a fill this near to the first look may be in it already, or not


class Unexplained(msgspec.Struct, frozen=True, kw_only=True):
    """A balance changed by `amount`, and no fill says why: a deposit or withdrawal, interest, a
    conversion, or someone else with a key.
    """

    currency: str
    amount: Decimal
    total: Decimal  # what the balance is now


class _Expected:
    def __init__(self, total: Decimal, at_ns: int, *, doubtful: bool) -> None:
        self.total = total
        self.at_ns = at_ns
        self.traded = ZERO
        self.apart: Decimal | None = None  # what the last look was off by
        self.doubtful = doubtful  # the first look may have come in the middle of a fill


class _Transfer:
    """A change that may come with any look."""

    def __init__(self, currency: str, amount: Decimal) -> None:
        self.currency = currency
        self.amount = amount
        self.looks = -1  # left until it comes no more; below 0: as many as it takes


class Explained:
    """One account's balances in its trading account. Currencies that open positions settle in are
    left out: profit, funding and interest move them.
    """

    def __init__(self) -> None:
        self._expected: dict[str, _Expected] = {}
        self._transfers: dict[str, _Transfer] = {}
        self._filled_ns: dict[str, int] = {}  # the latest fill that changed a currency

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
            self.known(currency, amount, fill.venue_ns)

    def known(self, currency: str, amount: Decimal, venue_ns: int) -> None:
        """A change that has happened, exactly so: of a fill, or a fee that no fill has."""
        self._filled_ns[currency] = max(self._filled_ns.get(currency, 0), venue_ns)
        expected = self._expected.get(currency)
        if expected is None:
            return
        if abs(venue_ns - expected.at_ns) < _NEAR_NS:
            expected.doubtful = True
        expected.total += amount
        expected.traded += abs(amount)
        expected.apart = None

    def expect(self, key: str, currency: str, amount: Decimal) -> None:
        """A transfer of ours may change a balance, by less than 0 where it leaves. When it does is
        not known: before or after the venue says anything of it.
        """
        self._transfers[key] = _Transfer(currency, amount)

    def over(self, key: str) -> None:
        """A transfer's end is known: its change has come, comes soon, or never will."""
        found = self._transfers.get(key)
        if found is not None and found.looks < 0:
            found.looks = _LOOKS

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
                # A fill that was heard by now, but after the venue wrote this, is not in it.
                latest_ns = self._filled_ns.get(currency)
                near = latest_ns is not None and venue_now_ns - latest_ns < _NEAR_NS
                self._expected[currency] = _Expected(total, venue_now_ns, doubtful=near)
            else:
                apart = self._compare(currency, expected, total)
                if apart is not None:
                    found.append(Unexplained(currency=currency, amount=apart, total=total))
        for key, transfer in tuple(self._transfers.items()):
            transfer.looks -= transfer.looks > 0
            if not transfer.looks:
                del self._transfers[key]
        return sorted(found, key=lambda one: one.currency)

    def _compare(self, currency: str, expected: _Expected, total: Decimal) -> Decimal | None:
        """What is unexplained for the second time in a row, if anything."""
        apart = total - expected.total
        tolerance = max(_LEAST, expected.traded * _TOLERANCE)
        if abs(apart) <= tolerance or self._transferred(currency, apart, tolerance):
            expected.total, expected.traded, expected.apart = total, ZERO, None
            return None
        again = expected.apart is not None and abs(apart - expected.apart) <= tolerance
        if not again:
            expected.apart = apart
            return None
        expected.total, expected.traded, expected.apart = total, ZERO, None
        return apart

    def _transferred(self, currency: str, apart: Decimal, tolerance: Decimal) -> bool:
        """Whether transfers make up a change; each does so once."""
        waiting = [key for key, one in self._transfers.items() if one.currency == currency]
        counts = range(1, len(waiting) + 1)
        sets = chain.from_iterable(combinations(waiting, count) for count in counts)
        for keys in islice(sets, _WAYS):
            moved = sum((self._transfers[key].amount for key in keys), ZERO)
            if abs(apart - moved) <= tolerance:
                for key in keys:
                    del self._transfers[key]
                return True
        return False
