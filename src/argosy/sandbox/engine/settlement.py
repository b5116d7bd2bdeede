"""What an execution does to the two accounts. Every unit that leaves one account reaches another,
or the fee account.
"""

from decimal import ROUND_DOWN, Decimal

from argosy.model import Side
from argosy.sandbox.engine import funds
from argosy.sandbox.engine.accounts import EntryKind
from argosy.sandbox.engine.core import Core, Listing
from argosy.sandbox.engine.events import FillEvent, OrderEvent, OrderKind, PositionEvent
from argosy.sandbox.engine.orders import Order
from argosy.sandbox.engine.positions import ZERO, Position

CENT = Decimal("1e-10")  # the finest unit that balances are kept in


def settle(
    core: Core, listing: Listing, order: Order, price: int, size: int, *, maker: bool, print_id: int
) -> None:
    """Count one execution into the order and its account, and tell of it."""
    spec = listing.spec
    amount, at_price = spec.size(size), spec.price(price)
    order.filled += size
    order.cost += at_price * amount
    order.fill_count += 1
    now = order.updated_ns = core.now_ns()
    if order.account.house:
        _settle_house(core, listing, order, amount, at_price)
        return
    rate = (funds.maker_rate if maker else funds.taker_rate)(order.account, listing)
    if order.liquidation:
        rate = spec.taker_rate
    trade_id = core.rules.trade_id(core.next_number())
    realised = ZERO
    if order.is_margin:
        currency = spec.money
        fee = _round(spec.notional(at_price, amount) * rate)
        realised = _settle_position(
            core, listing, order, amount=amount, price=at_price, fee=fee, ref=trade_id
        )
    else:
        currency, fee = _settle_spot(
            core, listing, order, amount=amount, price=at_price, rate=rate, ref=trade_id
        )
    order.fee += fee
    order.fee_currency = currency
    fill = FillEvent(order, trade_id, print_id, price, size, fee, currency, maker, realised, now)
    order.account.fills.append(fill)
    core.emit(fill)
    core.emit(OrderEvent(OrderKind.FILL, order, now, fill))


def _round(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_DOWN)


def _settle_house(
    core: Core, listing: Listing, order: Order, amount: Decimal, price: Decimal
) -> None:
    """The market's side of a trade with a customer; see matching.execute for its own trades."""
    spec = listing.spec
    signed = amount if order.side is Side.BUY else -amount
    if order.is_margin:
        position = _position(core, order)
        core.move(core.house, spec.money, position.apply(signed, price), kind=EntryKind.MARGIN)
        return
    core.move(core.house, spec.instrument.base, signed, kind=EntryKind.TRADE)
    core.move(core.house, spec.instrument.quote, -signed * price, kind=EntryKind.TRADE)


def _settle_spot(
    core: Core,
    listing: Listing,
    order: Order,
    *,
    amount: Decimal,
    price: Decimal,
    rate: Decimal,
    ref: str,
) -> tuple[str, Decimal]:
    instrument = listing.spec.instrument
    in_base = funds.fee_in_base(core, order)
    fee = _round((amount if in_base else amount * price) * rate)
    signed = amount if order.side is Side.BUY else -amount
    base_fee, quote_fee = (fee, ZERO) if in_base else (ZERO, fee)
    account, kind = order.account, EntryKind.TRADE
    core.move(account, instrument.base, signed, kind=kind, ref=ref, fee=base_fee)
    core.move(account, instrument.quote, -signed * price, kind=kind, ref=ref, fee=quote_fee)
    return (instrument.base if in_base else instrument.quote), fee


def _position(core: Core, order: Order) -> Position:
    side = order.position_side
    position = order.account.positions.get((order.spec.id, side))
    if position is None:
        position = Position(order.spec, side, core.next_number())
        order.account.positions[order.spec.id, side] = position
    if not position.size:
        position.number = core.next_number()
        position.opened_ns = core.now_ns()
        position.realised = position.funding = ZERO
        position.leverage = order.leverage
        position.margin_mode = order.margin_mode
    return position


def _settle_position(
    core: Core,
    listing: Listing,
    order: Order,
    *,
    amount: Decimal,
    price: Decimal,
    fee: Decimal,
    ref: str,
) -> Decimal:
    position = _position(core, order)
    position.leverage = order.leverage
    exact = position.apply(amount if order.side is Side.BUY else -amount, price)
    realised = exact.quantize(CENT, rounding=ROUND_DOWN)
    money = listing.spec.money
    core.fees.holding(money).total += exact - realised
    core.move(order.account, money, realised, kind=EntryKind.MARGIN, ref=ref, fee=fee)
    if listing.spec.is_spot:
        _lend(core, listing, order, amount, price)
    core.emit(PositionEvent(order.account, position, core.now_ns()))
    return realised


def _lend(core: Core, listing: Listing, order: Order, amount: Decimal, price: Decimal) -> None:
    """Spot on margin: the house trades the real assets and stands against the position."""
    signed = amount if order.side is Side.BUY else -amount
    instrument = listing.spec.instrument
    core.move(core.house, instrument.base, signed, kind=EntryKind.MARGIN)
    core.move(core.house, instrument.quote, -signed * price, kind=EntryKind.MARGIN)
    key = (listing.spec.id, order.position_side)
    against = core.house.positions.get(key)
    if against is None:
        against = core.house.positions[key] = Position(listing.spec, key[1], core.next_number())
    core.move(core.house, listing.spec.money, against.apply(-signed, price), kind=EntryKind.MARGIN)
