"""Margin over all venues: what positions need, what is free, how far liquidation is, and which
transfers would even it out. Pure; all values in one reporting currency.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_UP, Decimal

import msgspec

from argosy.model import Instrument, InstrumentId, MarginSummary, Position, Side
from argosy.model.money import ZERO
from argosy.portfolio.holdings import Holding, PriceOf

_CENT = Decimal("0.01")


class PositionRisk(msgspec.Struct, frozen=True, kw_only=True):
    """One position's way to liquidation, as its venue tells it."""

    instrument: InstrumentId
    size: Decimal
    side: Side
    notional: Decimal | None  # in the reporting currency
    mark_price: Decimal | None
    liquidation_price: Decimal | None
    distance: Decimal | None  # the share of the mark price that it may move against it
    unrealised_pnl: Decimal | None


class VenueMargin(msgspec.Struct, frozen=True, kw_only=True):
    """One venue's margin. `cushion`: the share that the prices of all its positions may move
    against them at once until equity is down to the maintenance margin; with spot collateral that
    falls too it is less.
    """

    venue: str
    equity: Decimal
    initial_margin: Decimal
    maintenance_margin: Decimal
    free: Decimal
    level: Decimal | None  # equity over maintenance margin: liquidated at 1; None: no position
    gross_notional: Decimal
    cushion: Decimal | None
    nearest: PositionRisk | None  # the position that is nearest to its liquidation price
    positions: tuple[PositionRisk, ...]


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer that would raise a venue's level. `value` in the reporting currency."""

    source: str
    target: str
    currency: str
    amount: Decimal
    value: Decimal


class MarginView(msgspec.Struct, frozen=True, kw_only=True):
    """All venues together, and what could be moved."""

    currency: str
    venues: tuple[VenueMargin, ...]
    equity: Decimal
    initial_margin: Decimal
    maintenance_margin: Decimal
    free: Decimal
    level: Decimal | None
    cushion: Decimal | None
    target_level: Decimal
    moves: tuple[Move, ...]
    lacking: Decimal  # what venues lack to the target beyond what the others can give
    missing: tuple[str, ...]  # what could not be counted, in words


def venue_margin(
    summary: MarginSummary,
    positions: Iterable[Position],
    instruments: Mapping[InstrumentId, Instrument],
    price_of: PriceOf,
) -> VenueMargin | None:
    """One venue in the reporting currency; None where its own currency has no price."""
    rate = price_of(summary.currency)
    if rate is None:
        return None
    risks = tuple(
        _risk(position, instruments.get(position.instrument), price_of)
        for position in positions
        if position.size
    )
    gross = sum((risk.notional or ZERO for risk in risks), ZERO)
    told = [risk for risk in risks if risk.distance is not None]
    return VenueMargin(
        venue=summary.venue,
        equity=summary.equity * rate,
        initial_margin=summary.initial_margin * rate,
        maintenance_margin=summary.maintenance_margin * rate,
        free=summary.free * rate,
        level=summary.level,
        gross_notional=gross,
        cushion=_cushion(summary.equity * rate, summary.maintenance_margin * rate, gross),
        nearest=min(told, key=lambda risk: risk.distance or ZERO, default=None),
        positions=risks,
    )


def _cushion(equity: Decimal, maintenance: Decimal, gross: Decimal) -> Decimal | None:
    return max(ZERO, equity - maintenance) / gross if gross > 0 else None


def _risk(position: Position, about: Instrument | None, price_of: PriceOf) -> PositionRisk:
    side = Side.BUY if position.size > 0 else Side.SELL
    mark, liquidation = position.mark_price, position.liquidation_price
    distance = notional = None
    if mark and liquidation is not None:
        room = mark - liquidation if side is Side.BUY else liquidation - mark
        distance = max(ZERO, room) / mark
    if about is not None and mark:
        rate = price_of(about.quote)
        if rate is not None:
            notional = abs(about.notional(mark, position.size)) * rate
    return PositionRisk(
        instrument=position.instrument,
        size=position.size,
        side=side,
        notional=notional,
        mark_price=mark,
        liquidation_price=liquidation,
        distance=distance,
        unrealised_pnl=position.unrealised_pnl,
    )


def overview(
    venues: Sequence[VenueMargin],
    holdings: Sequence[Holding],
    *,
    currency: str,
    target_level: Decimal,
    missing: Sequence[str] = (),
) -> MarginView:
    """All venues together, with the transfers that would bring each to `target_level`.

    Raises:
        ValueError: a target not above 1, at which venues liquidate.
    """
    if target_level <= 1:
        raise ValueError(f"target level is {target_level}; it must be above 1: 1 is liquidation")
    equity = sum((one.equity for one in venues), ZERO)
    maintenance = sum((one.maintenance_margin for one in venues), ZERO)
    gross = sum((one.gross_notional for one in venues), ZERO)
    moves, lacking = suggested(venues, holdings, target_level)
    return MarginView(
        currency=currency,
        venues=tuple(venues),
        equity=equity,
        initial_margin=sum((one.initial_margin for one in venues), ZERO),
        maintenance_margin=maintenance,
        free=sum((one.free for one in venues), ZERO),
        level=equity / maintenance if maintenance > 0 else None,
        cushion=_cushion(equity, maintenance, gross),
        target_level=target_level,
        moves=tuple(moves),
        lacking=lacking,
        missing=tuple(missing),
    )


def suggested(
    venues: Sequence[VenueMargin], holdings: Sequence[Holding], target_level: Decimal
) -> tuple[list[Move], Decimal]:
    """Transfers that lift venues below the target to it, and what no venue can give for that.

    The neediest venue is served first, by whoever can give most. A venue gives only what is free
    in a currency, and never so much that it falls below the target, or its positions' initial
    margin, itself. Amounts are rounded up to a cent's worth; fees and time are not counted.
    """
    excess = {
        one.venue: min(
            one.free, one.equity - max(target_level * one.maintenance_margin, one.initial_margin)
        )
        for one in venues
    }
    spare = [
        _Spare(one.venue, one.currency, one.free, one.value / (one.total - one.owed))
        for one in holdings
        if one.account == "trading" and one.value and one.total > one.owed and one.free > 0
    ]
    needs = sorted(
        ((target_level * one.maintenance_margin - one.equity, one.venue) for one in venues),
        reverse=True,
    )
    moves: list[Move] = []
    lacking = ZERO
    for need, target in needs:
        left = need.quantize(_CENT, rounding=ROUND_UP) if need > 0 else ZERO
        while left > 0:
            can = [
                (min(excess[one.venue], one.free * one.price), index)
                for index, one in enumerate(spare)
                if one.venue != target and one.venue in excess
            ]
            most, index = max(can, default=(ZERO, -1))
            if most < _CENT:
                break
            value, giver = min(left, most), spare[index]
            giver.free -= value / giver.price
            excess[giver.venue] -= value
            left -= value
            moves.append(
                Move(
                    source=giver.venue,
                    target=target,
                    currency=giver.currency,
                    amount=value / giver.price,
                    value=value,
                )
            )
        lacking += left
    return moves, lacking


class _Spare:
    """What a venue could give of one currency."""

    def __init__(self, venue: str, currency: str, free: Decimal, price: Decimal) -> None:
        self.venue = venue
        self.currency = currency
        self.free = free
        self.price = price
