"""Where a trade can be made: books and pools, each with its terms, as the router reads them.

Figures are exact Decimals; a source turns itself into a curve of floats for the search, and prices
what was chosen exactly afterwards. Nothing here knows a venue or a clock.
"""

import math
from decimal import Decimal
from typing import Protocol

import msgspec

from argosy.books.ladder import Ladder
from argosy.execution.routing.curves import Curves
from argosy.execution.routing.takes import affordable, enough, take
from argosy.model import Level, Side
from argosy.model.money import ZERO, ceil_to, decimals_of, finite, floor_to

ONE = Decimal(1)
BPS = Decimal(10_000)
INT64_MAX = 2**63 - 1


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a source takes, and what it may be used for. Sizes are in base units.

    Raises ValueError naming the figure that makes no sense.
    """

    lot: Decimal  # sizes are whole multiples of this
    taker_fee: Decimal = ZERO  # a fraction of the value, paid in the quote currency
    rate: Decimal = ONE  # what one of its quote units is worth in the route's
    min_size: Decimal = ZERO
    min_notional: Decimal = ZERO  # in its own quote units
    max_size: Decimal | None = None
    base_cap: Decimal | None = None  # base units there are to sell
    quote_cap: Decimal | None = None  # its own quote units there are to spend, fees included
    penalty_bps: Decimal = ZERO  # how much worse it must be thought than its prices say
    fixed_cost: Decimal = ZERO  # paid once when it is used at all, in the route's quote: gas

    def __post_init__(self) -> None:
        for name in ("lot", "rate"):
            if finite(getattr(self, name), name) <= 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be above 0")
        for name in ("min_size", "min_notional", "penalty_bps", "fixed_cost"):
            if finite(getattr(self, name), name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must not be below 0")
        for name in ("max_size", "base_cap", "quote_cap"):
            cap = getattr(self, name)
            if cap is not None and finite(cap, name) < 0:
                raise ValueError(f"{name} is {cap}; it must not be below 0")
        if not -1 < finite(self.taker_fee, "taker_fee") < 1:
            raise ValueError(f"taker_fee is {self.taker_fee}; give a fraction, 0.001 for 0.1 %")
        if self.penalty_bps >= BPS:
            raise ValueError(f"penalty_bps is {self.penalty_bps}; it must be below 10000")

    def net(self, buy: bool) -> Decimal:
        """What turns a value in its quote units into the route's, fee included."""
        return self.rate * (1 + self.taker_fee if buy else 1 - self.taker_fee)

    def judged(self, buy: bool) -> Decimal:
        """The factor by which its net price is judged, for its penalty."""
        return 1 + self.penalty_bps / BPS if buy else 1 - self.penalty_bps / BPS

    def size_cap(self, buy: bool, wanted: Decimal) -> Decimal:
        """The most it may be used for, of `wanted`, on its lots."""
        caps = [wanted]
        if self.max_size is not None:
            caps.append(self.max_size)
        if self.base_cap is not None and not buy:
            caps.append(self.base_cap)
        return floor_to(min(caps), self.lot)


class Taken(msgspec.Struct, frozen=True):
    """What a size comes to at a source, in its own quote units, before any taker fee."""

    size: Decimal
    value: Decimal
    worst_price: Decimal  # the price of the last unit
    levels: int


class Source(Protocol):
    """What the router asks of a book or a pool."""

    @property
    def name(self) -> str:
        """What it is called in the plan; one source of a route has it."""
        ...

    @property
    def terms(self) -> Terms:
        """What it takes and may be used for."""
        ...

    def load(
        self,
        curves: Curves,
        side: Side,
        unit: Decimal,
        wanted: Decimal,
        *,
        judge: bool,
        limit: float,
    ) -> str:
        """Become the next curve, on a grid of `unit` base units, for at most `wanted` of them.

        Leaves out what has a key above `limit`; `judge` applies the penalty. Returns why the
        source cannot be used, or nothing; what it returns a reason for has an empty curve.
        """
        ...

    def take(self, side: Side, size: Decimal) -> Taken:
        """What taking a size comes to, exactly; less than `size` when there is no more."""
        ...


class BookSource:
    """One side of a book of scaled integers, as `argosy.books` keeps them; it is read in place.

    `multiplier` is base units per unit of the book's sizes. Prices are per base unit.
    """

    __slots__ = (
        "asks",
        "bids",
        "multiplier",
        "name",
        "price_decimals",
        "size_decimals",
        "step",
        "terms",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        terms: Terms,
        *,
        bids: Ladder,
        asks: Ladder,
        price_decimals: int,
        size_decimals: int,
        multiplier: Decimal = ONE,
    ) -> None:
        self.name = name
        self.terms = terms
        self.bids = bids
        self.asks = asks
        self.price_decimals = price_decimals
        self.size_decimals = size_decimals
        self.multiplier = multiplier
        self.step = multiplier.scaleb(-size_decimals)  # base units of one size step
        if terms.lot % self.step:
            raise ValueError(
                f"{name}: lot is {terms.lot}; its book counts in steps of {self.step}, so the lot"
                " must be a whole number of those"
            )

    def load(
        self,
        curves: Curves,
        side: Side,
        unit: Decimal,
        wanted: Decimal,
        *,
        judge: bool,
        limit: float,
    ) -> str:
        """See Source."""
        terms = self.terms
        buy = side is Side.BUY
        ladder = self.asks if buy else self.bids
        factor = 10.0**-self.price_decimals * float(unit) * float(terms.net(buy))
        if judge:
            factor *= float(terms.judged(buy))
        step = self.step
        lot = int(terms.lot / step)
        most = min(int(terms.size_cap(buy, wanted) / step), INT64_MAX)
        if buy and terms.quote_cap is not None:
            most = affordable(ladder, self._scaled(terms.quote_cap / (1 + terms.taker_fee)), most)
        least = int(ceil_to(terms.min_size, terms.lot) / step)
        if terms.min_notional:
            need = enough(ladder, -self._scaled(-terms.min_notional), most)
            least = max(least, -(-need // lot) * lot)
        most = most // lot * lot
        per_lot = float(terms.lot / unit)
        curves.open(float(terms.fixed_cost), least // lot * per_lot, most // lot * per_lot, per_lot)
        reason = self._unfit(ladder, least, most, terms.size_cap(buy, wanted))
        if not reason:
            # Nobody is paid to take: levels at or below no price at all are left out.
            curves.ladder(ladder, factor, per_lot, lot, most, limit if buy else min(limit, 0.0))
        there = curves.close()
        if not reason and there <= 0:
            reason = "nothing within the limit price" if limit < float("inf") else "too thin"
        if not reason and there < least // lot * per_lot:
            reason = f"has less than its least size {plain_size(least * step)}"
        return reason

    def _scaled(self, value: Decimal) -> int:
        """A value in quote units as the book counts it, rounded down."""
        return math.floor(value.scaleb(self.price_decimals) / self.step)

    def _unfit(self, ladder: Ladder, least: int, most: int, cap: Decimal) -> str:
        if not len(ladder):
            return "nothing on this side"
        best = ladder.best()
        if best is None or best[0] <= 0:
            return "its best price is not above 0"
        if cap <= 0:
            return "size, balance or limit is below its lot"
        if most <= 0:
            return "balance does not pay for a lot"
        if least > most >= ceil_to(self.terms.min_size, self.step):
            return f"not worth its least value {self.terms.min_notional}"
        if least > most:
            return f"its least size is {plain_size(least * self.step)}"
        return ""

    def take(self, side: Side, size: Decimal) -> Taken:
        """See Source."""
        ladder = self.asks if side is Side.BUY else self.bids
        steps, value, worst, levels = take(ladder, min(int(size / self.step), INT64_MAX))
        return Taken(
            steps * self.step,
            Decimal(value).scaleb(-self.price_decimals) * self.step,
            Decimal(worst).scaleb(-self.price_decimals),
            levels,
        )


def plain_size(size: Decimal) -> str:
    """A size without padding zeros."""
    return format(size.normalize(), "f")


def book_source(
    name: str,
    terms: Terms,
    *,
    bids: tuple[Level, ...] = (),
    asks: tuple[Level, ...] = (),
) -> BookSource:
    """A book from values: levels in base units, in any order.

    Raises:
        ValueError: a price or size that is not above 0, or that is too long for 64 bits.
    """
    levels = (*bids, *asks)
    for level in levels:
        if finite(level.price, "price") <= 0 or finite(level.size, "size") <= 0:
            raise ValueError(f"{name}: level {level.price} x {level.size} must be above 0")
    price_decimals = max((decimals_of(level.price) for level in levels), default=0)
    size_decimals = max([decimals_of(terms.lot), *(decimals_of(level.size) for level in levels)])
    sides = []
    for descending, side in ((True, bids), (False, asks)):
        ladder = Ladder(descending)
        for level in side:
            price = int(level.price.scaleb(price_decimals))
            size = int(level.size.scaleb(size_decimals))
            if max(price, size) > INT64_MAX:
                raise ValueError(f"{name}: level {level.price} x {level.size} has too many digits")
            ladder.set(price, ladder.get(price) + size)
        sides.append(ladder)
    return BookSource(
        name,
        terms,
        bids=sides[0],
        asks=sides[1],
        price_decimals=price_decimals,
        size_decimals=size_decimals,
    )
