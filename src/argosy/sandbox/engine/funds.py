"""What orders tie up and whether an account can afford them. Changes holds only."""

from decimal import Decimal

from argosy.model import Side
from argosy.sandbox.engine.accounts import Account
from argosy.sandbox.engine.core import Core, Listing
from argosy.sandbox.engine.events import BalanceEvent
from argosy.sandbox.engine.orders import Order, State
from argosy.sandbox.engine.positions import ZERO
from argosy.sandbox.engine.refusals import Reason, Refused


def margin_used(core: Core, account: Account, currency: str) -> tuple[Decimal, Decimal]:
    """(initial margin, unrealised profit) of the positions counted in `currency`."""
    margin = profit = ZERO
    for position in account.positions.values():
        if position.size and position.spec.money == currency:
            mark = core.listings[position.spec.id].mark_price
            margin += position.initial_margin(mark)
            profit += position.unrealised(mark)
    return margin, profit


def available(core: Core, account: Account, currency: str) -> Decimal:
    """What new orders may use: total - held, and where positions stand, + profit - margin."""
    holding = account.holdings.get(currency)
    free = ZERO if holding is None else holding.free
    if account.positions:
        margin, profit = margin_used(core, account, currency)
        free += profit - margin
    return free


def taker_rate(account: Account, listing: Listing) -> Decimal:
    """The account's taker fee."""
    return listing.spec.taker_rate if account.taker_rate is None else account.taker_rate


def maker_rate(account: Account, listing: Listing) -> Decimal:
    """The account's maker fee."""
    return listing.spec.maker_rate if account.maker_rate is None else account.maker_rate


def fee_in_base(core: Core, order: Order) -> bool:
    """Whether a spot order pays its fee in base."""
    if order.is_margin:
        return False
    asked = None if order.request is None else order.request.fee_in_base
    if asked is not None:
        return asked
    return core.rules.fee_in_received and order.side is Side.BUY


def opening_size(order: Order) -> int:
    """Units of the order's remainder that would add to a position rather than close one."""
    if order.reduce_only:
        return 0
    position = order.account.position(order.spec, order.position_side)
    if position is None or (position.size > 0) == (order.side is Side.BUY):
        return order.remaining
    return max(0, order.remaining - int(abs(position.size) / order.spec.size_unit))


def required(core: Core, listing: Listing, order: Order) -> tuple[str, Decimal]:
    """(currency, amount) that the order ties up now."""
    spec = order.spec
    spends_base = not order.is_margin and order.side is Side.SELL
    currency = spec.instrument.base if spends_base else spec.money
    waiting = order.state is State.UNTRIGGERED and not core.rules.hold_conditionals
    second = order.linked is not None and order.linked.number < order.number
    idle = order.state.final or order.state in {State.WORKING, State.SCHEDULED}
    price_units = order.limit or order.trigger_price
    if idle or waiting or second or order.account.house or (not price_units and not spends_base):
        return currency, ZERO
    if spends_base:
        extra = taker_rate(order.account, listing) if fee_in_base(core, order) else ZERO
        return currency, spec.size(order.remaining) * (1 + extra)
    assert price_units, "checked above"
    return currency, _worth(core, listing, order, spec.price(price_units))


def _worth(core: Core, listing: Listing, order: Order, price: Decimal) -> Decimal:
    rate = taker_rate(order.account, listing)
    if order.is_margin:
        worth = order.spec.notional(price, order.spec.size(opening_size(order)))
        return worth / order.leverage + worth * rate
    worth = price * order.spec.size(order.remaining)
    return worth if fee_in_base(core, order) else worth * (1 + rate)


def hold(core: Core, listing: Listing, order: Order) -> None:
    """Bring the order's hold to what it requires now."""
    if order.account.house:
        return
    currency, amount = required(core, listing, order)
    if amount == order.held:
        return
    order.account.holding(currency).held += amount - order.held
    order.held = amount
    order.held_currency = currency
    core.emit(BalanceEvent(order.account, currency, None, core.now_ns()))


def check(core: Core, listing: Listing, order: Order, cost: Decimal | None) -> None:
    """Raise Refused(INSUFFICIENT_FUNDS) when the account cannot afford the order.

    `cost` is what it would pay at once for all of its size (price * size); None for orders that
    rest or wait, which must afford their own limit.
    """
    if order.account.house:
        return
    currency, need = required(core, listing, order)
    if cost is not None and currency == order.spec.money and order.size and order.limit is None:
        price = cost / order.spec.size(order.size)
        need = _worth(core, listing, order, price) if price else ZERO
    free = available(core, order.account, currency) + order.held
    if need > free:
        raise Refused(
            Reason.INSUFFICIENT_FUNDS,
            f"{order.account.name} has {free} {currency} available and needs {need}",
        )
