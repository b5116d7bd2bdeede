"""The universal book: every venue's book of one pair as one, net of taker fees, in one currency.

Reads books and clocks that are handed in; never fills a gap with an old price.
"""

from collections.abc import Callable
from decimal import Decimal

import msgspec

from argosy.books.book import VenueBook
from argosy.books.merge import Merger
from argosy.errors import ConfigError
from argosy.model import InstrumentId, Nanos, Payoff, Side, VenueId, split_id
from argosy.model.money import ZERO
from argosy.model.time import SECOND

MAX_AGE_NS = 10 * SECOND


class Conversion(msgspec.Struct, frozen=True, kw_only=True):
    """What one unit of a quote currency is worth in the universal book's, and who says so."""

    source_currency: str
    target_currency: str
    rate: Decimal
    origin: str  # "same currency", "kraken:USDT/USD mid", "setting books.usdt_usd"
    at_ns: Nanos


class UniversalLevel(msgspec.Struct, frozen=True, kw_only=True):
    """One venue's level. `net_price` is what a taker pays or gets, fee and conversion included."""

    venue: VenueId
    instrument: InstrumentId
    net_price: Decimal  # in the universal quote currency, per base unit
    price: Decimal  # as the venue shows it, in its own quote currency
    size: Decimal  # base units


class Excluded(msgspec.Struct, frozen=True, kw_only=True):
    """A member that is out of the book now, and why."""

    venue: VenueId
    instrument: InstrumentId
    reason: str


class Crossing(msgspec.Struct, frozen=True, kw_only=True):
    """Buying at `ask` and selling at `bid` elsewhere; `net` says whether it pays after fees."""

    bid: UniversalLevel
    ask: UniversalLevel
    net: bool


class UniversalView(msgspec.Struct, frozen=True, kw_only=True):
    """The book at one moment."""

    pair: str
    quote: str
    generated_ns: Nanos
    bids: tuple[UniversalLevel, ...]  # best (highest) net price first
    asks: tuple[UniversalLevel, ...]  # best (lowest) net price first
    crossings: tuple[Crossing, ...]
    excluded: tuple[Excluded, ...]
    conversions: tuple[Conversion, ...]
    taker_fees: dict[str, Decimal]  # by instrument, as a fraction
    # What using a pool costs once, by instrument, in quote units; net prices have it spread over a
    # trade worth `gas_over`.
    gas: dict[str, Decimal] = {}
    gas_over: Decimal = ZERO

    @property
    def crossed(self) -> bool:
        """Whether one venue bids above another's ask, before fees."""
        return bool(self.crossings)


class CostPart(msgspec.Struct, frozen=True, kw_only=True):
    """What one venue contributes to a trade."""

    venue: VenueId
    instrument: InstrumentId
    size: Decimal
    net_value: Decimal
    worst_price: Decimal  # the venue's own price of the last level taken


class CostQuote(msgspec.Struct, frozen=True, kw_only=True):
    """What it costs to take `size` from the book now. `missing` is what the book cannot fill."""

    pair: str
    side: Side
    size: Decimal
    filled: Decimal
    missing: Decimal
    net_value: Decimal  # paid (buy) or received (sell), in the universal quote currency
    average_net_price: Decimal | None
    worst_net_price: Decimal | None
    parts: tuple[CostPart, ...]


class Member(msgspec.Struct, kw_only=True):
    """One venue's part in a universal book."""

    book: VenueBook
    taker_fee: Decimal
    conversion: Callable[[], Conversion | None]
    heard_ns: Callable[[], int]  # when its connection was last heard of
    multiplier: Decimal = Decimal(1)  # base units per unit of the book's sizes
    gas: Callable[[], Decimal] | None = None  # what using it costs once, in universal quote units
    gas_fee: Decimal = ZERO  # the same as a fraction of a trade of `gas_over`
    state: str = "not asked yet"  # why it is out; empty: it takes part
    applied: Conversion | None = None
    # What its integers are worth while it takes part:
    venue: VenueId
    decimals: tuple[int, int] = (0, 0)
    price_unit: Decimal = ZERO
    size_unit: Decimal = ZERO
    bid_unit: Decimal = ZERO  # of its price, net of fee and conversion
    ask_unit: Decimal = ZERO

    @property
    def fee(self) -> Decimal:
        """What a taker pays beside the price, as a fraction: fee, and gas spread over a trade."""
        return self.taker_fee + self.gas_fee

    def apply(self, rate: Conversion) -> None:
        """Let it take part at this rate."""
        self.state = ""
        self.applied = rate
        self.decimals = (self.book.price_decimals, self.book.size_decimals)
        self.price_unit = Decimal(1).scaleb(-self.book.price_decimals)
        self.size_unit = Decimal(1).scaleb(-self.book.size_decimals) * self.multiplier
        self.bid_unit = self.price_unit * (1 - self.fee) * rate.rate
        self.ask_unit = self.price_unit * (1 + self.fee) * rate.rate

    def scale_changed(self) -> bool:
        """Whether a snapshot gave its book other decimals since."""
        return self.decimals != (self.book.price_decimals, self.book.size_decimals)


class UniversalBook:
    """All books of one pair. Members are checked for life and freshness at every read."""

    def __init__(
        self,
        pair: str,
        *,
        max_age_ns: int = MAX_AGE_NS,
        gas_over: Decimal = Decimal(10_000),
    ) -> None:
        """`gas_over`: what a trade is worth, in quote units, that gas is spread over."""
        base, slash, quote = pair.partition("/")
        if not base or not slash or not quote:
            raise ConfigError(f"{pair!r} is no pair like BTC/USD")
        self.pair = pair
        self.base = base
        self.quote = quote
        self.max_age_ns = max_age_ns
        self.gas_over = gas_over
        self.members: list[Member] = []
        self.numbers: dict[str, int] = {}
        self._bids = Merger(True)
        self._asks = Merger(False)

    def add(
        self,
        book: VenueBook,
        *,
        taker_fee: Decimal,
        heard_ns: Callable[[], int],
        conversion: Callable[[], Conversion | None] | None = None,
        gas: Callable[[], Decimal] | None = None,
    ) -> int:
        """Take in a venue's book; returns its number for `changed`.

        `gas` is what a trade there costs once, whatever its size, in this book's quote units: net
        prices have it spread over a trade worth `gas_over`, `cost` counts it once.

        `conversion` is asked at every read; None is needed only where the quote currencies are the
        same. Replaces the member of the same instrument.

        Raises:
            ConfigError: another base currency, an inverse contract, or a conversion is missing.
        """
        about = book.about
        if about.base != self.base:
            raise ConfigError(f"{about.id} is not of base currency {self.base}")
        if about.payoff not in {None, Payoff.LINEAR}:
            raise ConfigError(f"{about.id} is {about.payoff}: its sizes have no fixed base value")
        if conversion is None:
            if about.quote != self.quote:
                raise ConfigError(f"{about.id} needs a conversion {about.quote} to {self.quote}")
            same = Conversion(
                source_currency=self.quote,
                target_currency=self.quote,
                rate=Decimal(1),
                origin="same currency",
                at_ns=Nanos(0),
            )

            def conversion() -> Conversion:
                return same

        member = Member(
            book=book,
            taker_fee=taker_fee,
            conversion=conversion,
            heard_ns=heard_ns,
            venue=split_id(book.instrument)[0],
            multiplier=about.contract_size if about.payoff else Decimal(1),
            gas=gas,
        )
        number = self.numbers.get(about.id)
        if number is None:
            number = self._bids.add(book)
            self._asks.add(book)
            self.numbers[about.id] = number
            self.members.append(member)
        else:
            self.members[number] = member
            self._bids.books[number] = book
            self._asks.books[number] = book
            self._take_out(number, "not asked yet")
        return number

    def changed(self, number: int) -> bool:
        """A member's book changed. Returns whether a best net price or its owner did."""
        bid = self._bids.update(number)
        return bool(self._asks.update(number) or bid)

    def refresh(self, now_ns: int) -> None:
        """Let live, fresh members in with their rates of now, and all others out."""
        for number, member in enumerate(self.members):
            reason = self._reason(member, now_ns)
            rate = None if reason else member.conversion()
            if not reason and rate is None:
                reason = f"no rate {member.book.about.quote} to {self.quote}"
            gas_fee = member.gas() / self.gas_over if member.gas is not None else ZERO
            if reason or rate is None:
                self._take_out(number, reason)
            elif (
                member.state
                or member.applied != rate
                or member.gas_fee != gas_fee
                or member.scale_changed()
            ):
                member.gas_fee = gas_fee
                scale = 10.0**-member.book.price_decimals * float(rate.rate)
                fee = float(member.fee)
                self._bids.set(number, scale * (1 - fee))
                self._asks.set(number, scale * (1 + fee))
                member.apply(rate)
            else:
                self.changed(number)

    def best(self, now_ns: int) -> tuple[UniversalLevel | None, UniversalLevel | None]:
        """Best net bid and offer."""
        self.refresh(now_ns)
        bid = self._bids.best()
        ask = self._asks.best()
        return (
            None if bid is None else self._level(*bid, buy=False),
            None if ask is None else self._level(*ask, buy=True),
        )

    def view(self, now_ns: int, depth: int = 20, *, each: bool = False) -> UniversalView:
        """The book with `depth` levels a side, and all that is needed to judge it.

        With `each`, `depth` levels of every member, so that a cheap venue hides no other.
        """
        self.refresh(now_ns)
        bids = self._side(self._bids, depth, buy=False, each=each)
        asks = self._side(self._asks, depth, buy=True, each=each)
        return UniversalView(
            pair=self.pair,
            quote=self.quote,
            generated_ns=Nanos(now_ns),
            bids=bids,
            asks=asks,
            crossings=self._crossings(),
            excluded=tuple(
                Excluded(
                    venue=member.venue,
                    instrument=member.book.instrument,
                    reason=member.state,
                )
                for member in self.members
                if member.state
            ),
            conversions=tuple(
                {
                    member.applied.source_currency: member.applied
                    for member in self.members
                    if member.applied and member.applied.source_currency != self.quote
                }.values()
            ),
            taker_fees={member.book.instrument: member.taker_fee for member in self.members},
            gas={
                member.book.instrument: member.gas()
                for member in self.members
                if member.gas is not None
            },
            gas_over=self.gas_over,
        )

    def cost(self, now_ns: int, side: Side, size: Decimal) -> CostQuote:
        """What taking `size` base units costs, level by level at the best net price.

        Lot sizes and minimum sizes are the router's business; this is the book's price of it.
        """
        if size <= 0:
            raise ValueError(f"size is {size}; it must be above 0")
        self.refresh(now_ns)
        buy = side is Side.BUY
        merger = self._asks if buy else self._bids
        depth = 64
        while True:
            levels = self._side(merger, depth, buy=buy)
            if sum((level.size for level in levels), ZERO) >= size or len(levels) < depth:
                break
            depth *= 4
        return self._gas_once(_take(self.pair, side, size, levels), buy=buy)

    # --- within -----------------------------------------------------------------------------------

    def _reason(self, member: Member, now_ns: int) -> str:
        book = member.book
        if not book.live:
            return "crossed" if book.crossed else "not in sync"
        age = now_ns - max(member.heard_ns(), book.received_ns)
        if age > self.max_age_ns:
            return f"stale: not heard of for {age // SECOND} s"
        return ""

    def _take_out(self, number: int, reason: str) -> None:
        member = self.members[number]
        if not member.state or member.applied is not None:
            self._bids.set(number, 0.0)
            self._asks.set(number, 0.0)
        member.state = reason
        member.applied = None

    def _gas_once(self, quote: CostQuote, *, buy: bool) -> CostQuote:
        """Net prices have gas spread over a trade of some worth; here it is paid, once."""
        sign = 1 if buy else -1
        parts, off = [], ZERO
        for part in quote.parts:
            member = self.members[self.numbers[part.instrument]]
            if member.gas is not None:
                worth = part.net_value / (1 + sign * member.fee)
                value = worth * (1 + sign * member.taker_fee) + sign * member.gas()
                off += value - part.net_value
                part = msgspec.structs.replace(part, net_value=value)
            parts.append(part)
        if not off:
            return quote
        value = quote.net_value + off
        return msgspec.structs.replace(
            quote,
            parts=tuple(parts),
            net_value=value,
            average_net_price=value / quote.filled if quote.filled else None,
        )

    def _level(self, number: int, price: int, size: int, *, buy: bool) -> UniversalLevel:
        member = self.members[number]
        value = Decimal(price)
        return UniversalLevel(
            venue=member.venue,
            instrument=member.book.instrument,
            net_price=value * (member.ask_unit if buy else member.bid_unit),
            price=value * member.price_unit,
            size=size * member.size_unit,
        )

    def _side(
        self, merger: Merger, depth: int, *, buy: bool, each: bool = False
    ) -> tuple[UniversalLevel, ...]:
        levels = [self._level(*level, buy=buy) for level in merger.merge(depth, each)]
        # The merge orders by floating keys; exact prices settle what those cannot tell apart.
        levels.sort(key=lambda level: level.net_price, reverse=not buy)
        return tuple(levels)

    def _crossings(self) -> tuple[Crossing, ...]:
        # Before fees; few markets cross, so levels are made only of those that do.
        bids: list[tuple[Decimal, int]] = []
        asks: list[tuple[Decimal, int]] = []
        for number, member in enumerate(self.members):
            if member.state or member.applied is None:
                continue
            bid = member.book.bids.best()
            ask = member.book.asks.best()
            worth = member.price_unit * member.applied.rate
            if bid is not None:
                bids.append((bid[0] * worth, number))
            if ask is not None:
                asks.append((ask[0] * worth, number))
        if not bids or not asks or max(bids)[0] <= min(asks)[0]:
            return ()
        found = [
            self._crossing(buyer, seller)
            for bid_price, buyer in bids
            for ask_price, seller in asks
            if buyer != seller and bid_price > ask_price
        ]
        found.sort(key=lambda crossing: crossing.ask.net_price - crossing.bid.net_price)
        return tuple(found)

    def _crossing(self, buyer: int, seller: int) -> Crossing:
        """What the best bid of one member and the best ask of another make."""
        bid_top = self.members[buyer].book.bids.best()
        ask_top = self.members[seller].book.asks.best()
        assert bid_top is not None  # they were found to cross
        assert ask_top is not None
        bid = self._level(buyer, *bid_top, buy=False)
        ask = self._level(seller, *ask_top, buy=True)
        return Crossing(bid=bid, ask=ask, net=bid.net_price > ask.net_price)


def _take(pair: str, side: Side, size: Decimal, levels: tuple[UniversalLevel, ...]) -> CostQuote:
    left = size
    value = ZERO
    worst: Decimal | None = None
    parts: dict[str, CostPart] = {}
    for level in levels:
        if left == 0:
            break
        taken = min(left, level.size)
        left -= taken
        value += taken * level.net_price
        worst = level.net_price
        part = parts.get(level.instrument)
        parts[level.instrument] = CostPart(
            venue=level.venue,
            instrument=level.instrument,
            size=taken + (part.size if part else ZERO),
            net_value=taken * level.net_price + (part.net_value if part else ZERO),
            worst_price=level.price,
        )
    filled = size - left
    return CostQuote(
        pair=pair,
        side=side,
        size=size,
        filled=filled,
        missing=left,
        net_value=value,
        average_net_price=value / filled if filled else None,
        worst_net_price=worst,
        parts=tuple(parts.values()),
    )
