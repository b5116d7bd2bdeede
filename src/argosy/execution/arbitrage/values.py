"""What the scanners are given and what they find: frozen values; a found one goes into the record.

Money is in the scan's one quote currency unless a field says otherwise; sizes are in base units.
"""

import hashlib
from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum

import msgspec

from argosy.execution.routing.sources import Source, Taken
from argosy.model import InstrumentKind, Nanos, Side
from argosy.model.money import ZERO, plain

BPS = Decimal(10_000)
YEAR_NS = 365 * 86_400 * 10**9


class Kind(StrEnum):
    """What makes the profit."""

    CROSS = "cross"  # bought at one venue, sold at another
    POOL = "pool"  # the same with a pool on one side at least
    SWEEP = "sweep"  # bought at several, sold at several, all at once
    TRIANGLE = "triangle"  # round three currencies
    PERPETUAL = "perpetual"  # spot against a perpetual, for its funding
    DATED = "dated"  # spot against a future, until it expires
    FUNDING = "funding"  # two perpetuals, for the difference of their funding


class Funding(msgspec.Struct, frozen=True, kw_only=True):
    """What longs of a perpetual pay shorts. `rate` is expected at `at_ns`, `later` after that."""

    rate: Decimal
    at_ns: Nanos
    interval_ns: int
    later: Decimal
    seen_ns: Nanos

    def payments(self, now_ns: int, until_ns: int) -> int:
        """How many payments fall due in (now, until]."""
        first = self.at_ns
        if first <= now_ns:  # what was seen is paid: the next ones follow at the interval
            first = Nanos(first + ((now_ns - first) // self.interval_ns + 1) * self.interval_ns)
        return 0 if until_ns < first else (until_ns - first) // self.interval_ns + 1

    def expected(self, now_ns: int, until_ns: int) -> Decimal:
        """The sum of the rates that a long is expected to pay in (now, until]."""
        count = self.payments(now_ns, until_ns)
        if count and now_ns < self.at_ns:
            return self.rate + self.later * (count - 1)
        return self.later * count

    def per_year(self) -> Decimal:
        """The later rate, as a fraction a year."""
        return self.later * YEAR_NS / self.interval_ns


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """One instrument or pool as the scanners see it: where it can be traded, and the rest of it.

    `source.terms.rate` turns its quote into the scan's; its caps are the balances there are.
    """

    source: Source
    venue: str
    base: str
    quote: str
    kind: InstrumentKind = InstrumentKind.SPOT
    multiplier: Decimal = Decimal(1)  # base units per unit of an order's size
    converted: bool = False  # its quote is another currency than the scan's
    age_ns: int = 0  # since its venue was last heard of
    blocked: str = ""  # why no order can go there now; it is scanned all the same
    fee_in_base: bool = False  # a buyer's fee is taken out of what was bought
    expiry_ns: Nanos | None = None
    funding: Funding | None = None

    @property
    def name(self) -> str:
        """The instrument, or the pool's name."""
        return self.source.name


class OpportunityLeg(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One order: immediate or cancel at its limit, it takes this if the book stands still."""

    instrument: str
    side: Side
    size: Decimal
    order_size: Decimal  # as the venue counts it: base units, or contracts
    limit_price: Decimal  # of the last unit taken, in its own quote currency
    average_price: Decimal
    value: Decimal  # sum of price times size, in its own quote currency
    fee: Decimal  # in its own quote currency
    fee_rate: Decimal  # the same as a fraction of the value
    rate: Decimal  # one unit of its quote currency, in the scan's
    levels: int
    age_ns: int  # of its book
    base: str
    quote: str
    multiplier: Decimal = Decimal(1)
    fee_in_base: bool = False  # a buyer's fee is taken out of what was bought


class Opportunity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What trading these legs together would bring, if the books stand still.

    `net` is `gross` less every cost. Carry kinds hold their legs for `holding_ns`: their net counts
    what is expected until then, and the way out.
    """

    id: str  # of the legs' instruments and sides: the same at every scan
    kind: Kind
    legs: tuple[OpportunityLeg, ...]
    quote: str  # what money is in
    size: Decimal  # of the first leg
    gross: Decimal  # before costs: what is sold for, less what is bought for
    costs: dict[str, Decimal]  # by kind; below 0 is earned (funding)
    net: Decimal
    net_at_limits: Decimal  # if every leg fills at its limit price and no better
    capital: Decimal  # what is bought for: `bps` and `annualised` are shares of it
    bps: Decimal
    limited_by: str  # what keeps it from being larger
    seen_ns: Nanos
    why_not: str = ""  # why it cannot be executed; empty: it can
    holding_ns: int = 0
    annualised: Decimal | None = None  # net over the holding time, as a fraction a year
    break_even_ns: int | None = None  # until funding has paid for entry and exit; None: never
    gap: Decimal = ZERO  # how much better another size might be; 0: none is

    @property
    def executable(self) -> bool:
        """Whether its legs can be sent now, at a profit."""
        return not self.why_not

    @property
    def words(self) -> str:
        """For people: 'buy kraken:BTC/USD, sell okx:BTC/USDT'."""
        return ", ".join(f"{leg.side.value} {leg.instrument}" for leg in self.legs)


def identity(kind: Kind, legs: Iterable[tuple[Side, str]]) -> str:
    """Eight hexadecimal digits for a kind and its legs, whatever their order."""
    named = "|".join(sorted(f"{side.value} {name}" for side, name in legs))
    return hashlib.blake2b(f"{kind.value}|{named}".encode(), digest_size=4).hexdigest()


def leg_of(offer: Offer, side: Side, taken: Taken) -> OpportunityLeg:
    """A leg that takes this from an offer."""
    terms = offer.source.terms
    return OpportunityLeg(
        instrument=offer.name,
        side=side,
        size=taken.size,
        order_size=taken.size / offer.multiplier,
        limit_price=taken.worst_price,
        average_price=taken.value / taken.size,
        value=taken.value,
        fee=taken.value * terms.taker_fee,
        fee_rate=terms.taker_fee,
        rate=terms.rate,
        levels=taken.levels,
        age_ns=offer.age_ns,
        base=offer.base,
        quote=offer.quote,
        multiplier=offer.multiplier,
        fee_in_base=offer.fee_in_base,
    )


def in_bps(part: Decimal, whole: Decimal) -> Decimal:
    """A share in hundredths of a percent; 0 of nothing."""
    return part / whole * BPS if whole else ZERO


def shown(amount: Decimal, digits: int = 8) -> str:
    """An amount for a message, without padding zeros."""
    return plain(round(amount, digits))
