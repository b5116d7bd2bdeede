"""One account over all venues: what is held where, what it is worth, and what moves with what.

Pure. A price that is not known is None and said; it is never guessed.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

import msgspec

from argosy.model import (
    Balance,
    Instrument,
    InstrumentId,
    InstrumentKind,
    Payoff,
    Position,
    split_id,
)
from argosy.model.money import ZERO

PriceOf = Callable[[str], Decimal | None]  # of one unit of a currency, in the reporting currency


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """One currency in one account of a venue. `value` is of what is owned: total less owed."""

    venue: str
    account: str
    currency: str
    total: Decimal
    free: Decimal
    held: Decimal
    owed: Decimal
    value: Decimal | None


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """A part of an exposure: a currency at a venue, or a position."""

    where: str  # a venue, or an instrument
    size: Decimal  # base units, signed


class Exposure(msgspec.Struct, frozen=True, kw_only=True):
    """All that gains and loses with one asset, in its units; `value` of the net."""

    asset: str
    spot: Decimal
    derivatives: Decimal  # positions: derivatives, and spot on margin
    net: Decimal
    gross: Decimal
    value: Decimal | None
    parts: tuple[Holder, ...]


def holdings(balances: Iterable[Balance], price_of: PriceOf) -> list[Holding]:
    """Every balance that is not empty, the most valuable first, those without a price last."""
    found = []
    for balance in balances:
        owed = balance.borrowed + balance.interest
        if not balance.total and not owed:
            continue
        price = price_of(balance.currency)
        found.append(
            Holding(
                venue=balance.venue,
                account=balance.account,
                currency=balance.currency,
                total=balance.total,
                free=balance.free,
                held=balance.held,
                owed=owed,
                value=None if price is None else price * (balance.total - owed),
            )
        )
    return sorted(found, key=lambda one: (one.value is None, -(one.value or ZERO), one.currency))


def base_delta(position: Position, about: Instrument, price: Decimal | None) -> Decimal | None:
    """What a position gains and loses with, in base units, signed; None for an inverse one without
    a price, and for options, whose delta is not their size.
    """
    if about.kind is InstrumentKind.OPTION:
        return None
    mark = position.mark_price or price
    if about.payoff is Payoff.INVERSE and not mark:
        return None
    return about.base_size(position.size, mark or Decimal(1))


def exposures(
    balances: Iterable[Balance],
    positions: Iterable[Position],
    instruments: Mapping[InstrumentId, Instrument],
    price_of: PriceOf,
    alike: Mapping[str, str] | None = None,
) -> tuple[list[Exposure], list[str]]:
    """Exposure by asset, the largest value first; and what could not be counted, in words.

    `alike`: currencies that are redeemed one to one for another, as wrapped ether for ether, and
    are the same asset.
    """
    parts: dict[str, list[tuple[bool, Holder]]] = {}
    missing: list[str] = []
    for balance in balances:
        size = balance.total - balance.borrowed - balance.interest
        if size:
            holder = Holder(where=balance.venue, size=size)
            asset = (alike or {}).get(balance.currency, balance.currency)
            parts.setdefault(asset, []).append((False, holder))
    for position in positions:
        if not position.size:
            continue
        about = instruments.get(position.instrument)
        if about is None:
            missing.append(f"{position.instrument}: not listed, so its size is not known")
            continue
        size_or_none = base_delta(position, about, price_of(about.base))
        if size_or_none is None:
            why = "an option's delta is not counted"
            if about.kind is not InstrumentKind.OPTION:
                why = "no price to count it by"
            missing.append(f"{position.instrument}: {why}")
            continue
        holder = Holder(where=position.instrument, size=size_or_none)
        parts.setdefault(about.base, []).append((True, holder))
    found = [_exposure(asset, held, price_of(asset)) for asset, held in parts.items()]
    return sorted(found, key=lambda one: (-abs(one.value or ZERO), one.asset)), missing


def _exposure(asset: str, parts: list[tuple[bool, Holder]], price: Decimal | None) -> Exposure:
    spot = sum((part.size for derived, part in parts if not derived), ZERO)
    derivatives = sum((part.size for derived, part in parts if derived), ZERO)
    net = spot + derivatives
    return Exposure(
        asset=asset,
        spot=spot,
        derivatives=derivatives,
        net=net,
        gross=sum((abs(part.size) for _, part in parts), ZERO),
        value=None if price is None else price * net,
        parts=tuple(part for _, part in parts),
    )


class Offset(msgspec.Struct, frozen=True, kw_only=True):
    """A long and a short that cancel out: closing both changes no exposure and frees margin.

    Sizes are in each instrument's own units; `base` in base units of the asset. `margin_freed` is
    the share of their initial margins, in their own settlement currencies; None where a venue
    tells none.
    """

    asset: str
    long: InstrumentId
    long_size: Decimal
    short: InstrumentId
    short_size: Decimal
    base: Decimal
    margin_freed: tuple[tuple[str, Decimal | None], ...]


def offsets(
    positions: Iterable[Position],
    instruments: Mapping[InstrumentId, Instrument],
    price_of: PriceOf,
) -> list[Offset]:
    """Longs and shorts in the same asset, paired so that the most margin is freed first.

    Sizes are rounded down to what can be traded of both; spot holdings are no positions.
    """
    sides: dict[str, tuple[list[_Open], list[_Open]]] = {}
    for position in positions:
        about = instruments.get(position.instrument)
        if about is None or not position.size:
            continue
        base = base_delta(position, about, price_of(about.base))
        if not base:
            continue
        longs, shorts = sides.setdefault(about.base, ([], []))
        (longs if base > 0 else shorts).append(_Open(position, about, abs(base)))
    found: list[Offset] = []
    for asset, (longs, shorts) in sides.items():
        for one in longs, shorts:
            one.sort(key=lambda each: each.margin_per_base, reverse=True)
        for long in longs:
            for short in shorts:
                offset = _offset(asset, long, short)
                if offset is not None:
                    found.append(offset)
    return found


class _Open:
    """A position with what of it is not offset yet."""

    def __init__(self, position: Position, about: Instrument, base: Decimal) -> None:
        self.position = position
        self.about = about
        self.base = base
        self.left = base

    @property
    def margin_per_base(self) -> Decimal:
        return (self.position.initial_margin or ZERO) / self.base

    def size_of(self, base: Decimal) -> Decimal:
        """In the instrument's units, rounded down to its grid."""
        size = abs(self.position.size) * base / self.base
        step = self.about.size_increment
        return (size / step).to_integral_value(rounding="ROUND_DOWN") * step

    def freed(self, size: Decimal) -> tuple[str, Decimal | None]:
        margin = self.position.initial_margin
        currency = self.about.settle or self.about.quote
        return currency, None if margin is None else margin * size / abs(self.position.size)


def _offset(asset: str, long: _Open, short: _Open) -> Offset | None:
    base = min(long.left, short.left)
    long_size, short_size = long.size_of(base), short.size_of(base)
    if long_size <= 0 or short_size <= 0:
        return None
    long.left -= base
    short.left -= base
    return Offset(
        asset=asset,
        long=long.position.instrument,
        long_size=long_size,
        short=short.position.instrument,
        short_size=short_size,
        base=base,
        margin_freed=(long.freed(long_size), short.freed(short_size)),
    )


def venue_of(where: str) -> str:
    """The venue of a part of an exposure."""
    return split_id(InstrumentId(where))[0] if ":" in where else where
