"""Baskets as people ask for them: words in, a work out; what it would send, and how it is doing."""

import random
from decimal import Decimal

import msgspec

from argosy.desk.asks import check, new_client_id
from argosy.desk.desk import Desk
from argosy.errors import ConfigError
from argosy.execution.baskets import Basket, BasketLeg, OnFailure, Style
from argosy.model import (
    ClientOrderId,
    InstrumentId,
    MarginMode,
    PositionSide,
    Side,
)
from argosy.model.money import ZERO, parse_decimal
from argosy.model.orders import cost_bps, word
from argosy.model.time import SECOND

_LONGEST_S = 7 * 86_400
_BASIS_POINTS = 10_000


class LegAsk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One leg in words. Numbers are decimal strings."""

    instrument: str
    side: str
    size: str
    price: str = ""  # its limit; empty: by the basket's slippage from the best offer
    style: str = "take"  # or rest
    margin: str = "cash"
    leverage: str = ""
    position_side: str = "net"


class BasketAsk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Many instruments and venues as one instruction, in words."""

    legs: tuple[LegAsk, ...]
    name: str = ""
    max_ahead: str = "1"  # no leg's share leads the slowest one's by more; 1: all at once
    on_failure: str = "keep"  # keep, unwind (all or nothing) or complete
    slippage_bps: str = "50"  # of legs without a price
    within_s: float = 60.0
    client_id: str = ""
    dry_run: bool = False


class LegView(msgspec.Struct, frozen=True, kw_only=True):
    """A leg as it stands, or would be sent. Prices in its quote currency."""

    instrument: str
    side: Side
    size: Decimal
    style: Style
    limit: Decimal | None
    first: Decimal  # what the first order is for; once begun, what is open
    filled: Decimal = ZERO
    undone: Decimal = ZERO
    average_price: Decimal | None = None  # of a dry run: what the book would give now
    arrival_mid: Decimal | None = None
    cost_bps: Decimal | None = None  # against arrival, fees not included; above 0 is worse


class BasketView(msgspec.Struct, frozen=True, kw_only=True):
    """A basket as it stands, or would be."""

    id: str
    name: str
    phase: str
    status: str
    legs: tuple[LegView, ...]
    ahead: Decimal  # by how much the first leg's share leads the last one's
    max_ahead: Decimal
    on_failure: OnFailure
    dry_run: bool = False
    detail: str = ""


class BasketDesk:
    """Baskets, for the API and the CLI."""

    def __init__(self, desk: Desk, rng: random.Random) -> None:
        self._desk = desk
        self._rng = rng

    async def start(self, ask: BasketAsk) -> BasketView:
        """Begin a basket, or with `dry_run` say what it would send. ConfigError for what cannot be
        used; InvalidOrder for a leg that its venue would refuse.
        """
        basket = self.basket(ask)
        if ask.dry_run:
            return self._planned(basket)
        works = self._desk.running_works()
        begun = await works.start(basket)
        assert isinstance(begun, Basket)
        return self.view(begun)

    def basket(self, ask: BasketAsk) -> Basket:
        """The basket an ask describes, every leg checked against its instrument."""
        try:
            if not 0 < ask.within_s <= _LONGEST_S:
                raise ValueError(f"within_s is {ask.within_s}; it must be above 0, at most 7 days")
            return Basket(
                id=ClientOrderId(ask.client_id) or new_client_id(self._rng),
                created_ns=self._desk.now_ns(),
                name=ask.name,
                legs=tuple(self._leg(number, leg) for number, leg in enumerate(ask.legs, 1)),
                max_ahead=parse_decimal(ask.max_ahead, "max_ahead"),
                on_failure=word(OnFailure, ask.on_failure, "on_failure"),
                slippage=parse_decimal(ask.slippage_bps, "slippage_bps") / _BASIS_POINTS,
                within_ns=round(ask.within_s * SECOND),
            )
        except ValueError as e:
            raise ConfigError(f"basket: {e}") from None

    def _leg(self, number: int, ask: LegAsk) -> BasketLeg:
        instrument = InstrumentId(ask.instrument)
        try:
            link = self._desk.trader(instrument).link
            about = link.instruments.get(instrument)
            if about is None:
                raise ValueError(f"{link.id} lists no {instrument}")
            leg = BasketLeg(
                instrument=instrument,
                side=word(Side, ask.side, "side"),
                size=parse_decimal(ask.size, "size"),
                style=word(Style, ask.style, "style"),
                price=parse_decimal(ask.price, "price") if ask.price else None,
                margin_mode=word(MarginMode, ask.margin, "margin"),
                leverage=parse_decimal(ask.leverage, "leverage") if ask.leverage else None,
                position_side=word(PositionSide, ask.position_side, "position_side"),
                fee_in_base=link.fee_in_base(about),
            )
        except (ValueError, ConfigError) as e:
            raise ValueError(f"leg {number}: {e}") from None
        if leg.size > 0:
            check(leg.having(limit=leg.price).order(leg.size, ClientOrderId("dry")), about)
        return leg

    def baskets(self, *, everything: bool = False) -> list[BasketView]:
        """Baskets that run, or those that ended lately as well, oldest first."""
        works = self._desk.works
        if works is None:
            return []
        found = [*(works.finished if everything else ()), *works.works()]
        return [self.view(work) for work in found if isinstance(work, Basket)]

    def view(self, basket: Basket) -> BasketView:
        """A basket as it stands."""
        works = self._desk.running_works()
        detail = works.broken.get(basket.id) or works.held(basket.id) or basket.reason
        return self._view(
            basket,
            [
                self._leg_view(leg, basket.open_size(str(number)))
                for number, leg in enumerate(basket.legs)
            ],
            detail=detail,
        )

    def _planned(self, basket: Basket) -> BasketView:
        """What would be sent first, and what the books would give for the whole."""
        legs = []
        for leg in basket.legs:
            about = self._desk.links[leg.instrument.partition(":")[0]].instruments[leg.instrument]
            market = self._desk.market(leg.instrument)
            begun = leg.begun(market, basket.slippage)
            first = begun.next_size(about, ZERO, basket.max_ahead)
            view = self._leg_view(begun, first)
            average = self._desk.average_price(leg.instrument, leg.side, leg.size)
            legs.append(
                msgspec.structs.replace(
                    view,
                    average_price=average,
                    cost_bps=cost_bps(leg.side, average, begun.arrival_mid),
                )
            )
        return self._view(basket, legs, dry_run=True)

    @staticmethod
    def _view(
        basket: Basket, legs: list[LegView], *, detail: str = "", dry_run: bool = False
    ) -> BasketView:
        return BasketView(
            id=basket.id,
            name=basket.name,
            phase=basket.phase.value,
            status=basket.status.value,
            legs=tuple(legs),
            ahead=basket.ahead,
            max_ahead=basket.max_ahead,
            on_failure=basket.on_failure,
            dry_run=dry_run,
            detail=detail,
        )

    @staticmethod
    def _leg_view(leg: BasketLeg, first: Decimal) -> LegView:
        return LegView(
            instrument=leg.instrument,
            side=leg.side,
            size=leg.size,
            style=leg.style,
            limit=leg.limit if leg.limit is not None else leg.price,
            first=first,
            filled=leg.filled,
            undone=leg.undone,
            average_price=leg.average_price,
            arrival_mid=leg.arrival_mid,
            cost_bps=cost_bps(leg.side, leg.average_price, leg.arrival_mid),
        )
