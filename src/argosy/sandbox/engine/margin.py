"""Mark prices, funding and liquidation."""

from decimal import ROUND_DOWN, Decimal

from argosy.model import MarginMode, OrderType, PositionSide, Side
from argosy.sandbox.engine import funds, lifecycle, matching
from argosy.sandbox.engine.accounts import Account, EntryKind
from argosy.sandbox.engine.core import Core, Listing
from argosy.sandbox.engine.events import (
    FundingEvent,
    LiquidationEvent,
    OrderEvent,
    OrderKind,
    PositionEvent,
)
from argosy.sandbox.engine.orders import Order, OrderRequest, State
from argosy.sandbox.engine.positions import ZERO, Position
from argosy.sandbox.engine.refusals import Reason
from argosy.sandbox.engine.settlement import CENT


def equity(core: Core, account: Account, currency: str) -> Decimal:
    """Total of a currency with the profit of the positions counted in it."""
    _, profit = funds.margin_used(core, account, currency)
    return account.holding(currency).total + profit


def maintenance(core: Core, account: Account, currency: str) -> Decimal:
    """What equity in `currency` must not fall below."""
    total = ZERO
    for position in account.positions.values():
        if position.size and position.spec.money == currency:
            total += position.maintenance_margin(core.listings[position.spec.id].mark_price)
    return total


def liquidation_price(core: Core, account: Account, position: Position) -> Decimal | None:
    """Where the position would be closed by force, other positions staying as they are."""
    if not position.size:
        return None
    listing = core.listings[position.spec.id]
    mark = listing.mark_price
    if position.margin_mode is MarginMode.ISOLATED:
        entry = position.entry_price
        assert entry is not None, "it is open"
        return position.liquidation_price(position.initial_margin(entry))
    money = position.spec.money
    other = maintenance(core, account, money) - position.maintenance_margin(mark)
    spare = equity(core, account, money) - position.unrealised(mark) - other
    return position.liquidation_price(spare)


def check_liquidations(core: Core, listing: Listing) -> None:
    """Close by force what the listing's mark price no longer leaves enough margin for."""
    for account in tuple(core.accounts.values()):
        for position in tuple(account.positions.values()):
            if position.size and position.spec is listing.spec and _broken(core, account, position):
                _liquidate(core, account, position)


def _broken(core: Core, account: Account, position: Position) -> bool:
    mark = core.listings[position.spec.id].mark_price
    if position.margin_mode is MarginMode.ISOLATED:
        entry = position.entry_price
        assert entry is not None, "it is open"
        left = position.initial_margin(entry) + position.unrealised(mark)
        return left < position.maintenance_margin(mark)
    money = position.spec.money
    return equity(core, account, money) < maintenance(core, account, money)


def _liquidate(core: Core, account: Account, position: Position) -> None:
    spec = position.spec
    listing = core.listings[spec.id]
    for order in tuple(account.open.values()):
        if order.is_margin and order.spec.money == spec.money:
            lifecycle.finish(
                core, core.listings[order.spec.id], order, State.CANCELLED, Reason.LIQUIDATION
            )
    if not position.size:
        return
    order = closing_order(core, account, position)
    order.liquidation = True
    account.remember(order)
    core.emit(OrderEvent(OrderKind.ACCEPTED, order, core.now_ns()))
    core.emit(LiquidationEvent(account, order, core.now_ns()))
    matching.enter(core, listing, order)
    _insure(core, account, spec.money)


def closing_order(core: Core, account: Account, position: Position) -> Order:
    """A market order, not yet entered, that closes the position."""
    spec = position.spec
    number = core.next_number()
    side = Side.SELL if position.size > 0 else Side.BUY
    request = OrderRequest(
        instrument=spec.id,
        side=side,
        type=OrderType.MARKET,
        size=abs(position.size),
        reduce_only=True,
        margin_mode=position.margin_mode,
        position_side=position.side,
    )
    order = Order(
        account=account,
        spec=spec,
        number=number,
        order_id=core.rules.order_id(number),
        side=side,
        order_type=OrderType.MARKET,
        size=int(abs(position.size) / spec.size_unit),
        price=None,
        request=request,
        now_ns=core.now_ns(),
    )
    order.reduce_only = True
    order.margin_mode = position.margin_mode
    order.leverage = position.leverage
    return order


def _insure(core: Core, account: Account, currency: str) -> None:
    """Nobody owes the venue: the house makes good what a liquidation left below zero."""
    total = account.holding(currency).total
    exposed = any(p.size and p.spec.money == currency for p in account.positions.values())
    if total < 0 and not exposed:
        core.move(core.house, currency, total, kind=EntryKind.LIQUIDATION)
        core.move(account, currency, -total, kind=EntryKind.LIQUIDATION)


def pay_funding(core: Core, listing: Listing, rate: Decimal) -> None:
    """Longs pay `rate` of their notional at mark to shorts (below 0: the reverse)."""
    mark = listing.mark_price
    for account in (*core.accounts.values(), core.house):
        for side in PositionSide:
            position = account.positions.get((listing.spec.id, side))
            if position is None or not position.size:
                continue
            worth = position.notional(mark).copy_sign(position.size)
            paid = (worth * rate).quantize(CENT, rounding=ROUND_DOWN)
            position.funding -= paid
            core.move(
                account,
                listing.spec.money,
                -paid,
                kind=EntryKind.FUNDING,
                ref=str(position.number),
            )
            core.fees.holding(listing.spec.money).total += paid
            if not account.house:
                core.emit(PositionEvent(account, position, core.now_ns()))
    core.emit(FundingEvent(listing.spec.id, rate, core.now_ns()))
