"""Price-time matching: who trades with whom, and what becomes of what is left."""

from decimal import Decimal

from argosy.model import OrderType, SelfTradePrevention, Side, TimeInForce
from argosy.sandbox.engine import funds, lifecycle
from argosy.sandbox.engine.accounts import Account
from argosy.sandbox.engine.core import Core, Listing
from argosy.sandbox.engine.events import OrderEvent, OrderKind, RestingKind, TradePrint
from argosy.sandbox.engine.orders import Order, State
from argosy.sandbox.engine.refusals import Reason
from argosy.sandbox.engine.settlement import settle

_IMMEDIATE = frozenset({TimeInForce.IOC, TimeInForce.FOK})


def estimate(
    listing: Listing,
    account: Account,
    side: Side,
    *,
    size: int | None = None,
    quote: Decimal | None = None,
    limit: int | None = None,
) -> tuple[int, Decimal]:
    """(units, cost) that a taker would get now for `size` units or at most `quote` money."""
    spec = listing.spec
    got, cost = 0, Decimal(0)
    for level in listing.book.side(side.opposite):
        if limit is not None and (level.price > limit if side is Side.BUY else level.price < limit):
            break
        price = spec.price(level.price)
        for order in level.orders.values():
            if order.account is account and not account.house:
                continue
            take = order.remaining
            if size is not None:
                take = min(take, size - got)
            if quote is not None:
                afford = int((quote - cost) / (price * spec.size_unit)) // spec.lot * spec.lot
                take = min(take, afford)
            got += take
            cost += price * spec.size(take)
            if take < order.remaining:
                return got, cost
    return got, cost


def match(core: Core, listing: Listing, taker: Order) -> None:
    """Trade `taker` (in no book yet) as far as its limit allows; it may end up final."""
    book = listing.book
    opposite = book.side(taker.side.opposite)
    while taker.remaining and book.crosses(taker.side, taker.limit):
        level = opposite.best()
        assert level is not None, "it crosses something"
        maker = level.first()
        if maker.account is taker.account and not taker.account.house:
            if _self_trade(core, listing, taker, maker):
                return
            continue
        if maker.reduce_only and not reducible(maker):
            lifecycle.finish(core, listing, maker, State.CANCELLED, Reason.REDUCE_ONLY)
            continue
        size = min(taker.remaining, maker.shown)
        for order in (taker, maker):
            if order.reduce_only:
                size = min(size, reducible(order))
        if not size:
            lifecycle.finish(core, listing, taker, State.CANCELLED, Reason.REDUCE_ONLY)
            return
        execute(core, listing, taker, maker, price=level.price, size=size)


def reducible(order: Order) -> int:
    """Units by which the order could reduce its position now."""
    position = order.account.position(order.spec, order.position_side)
    if position is None or not position.size or (position.size > 0) == (order.side is Side.BUY):
        return 0
    return int(abs(position.size) / order.spec.size_unit)


def _self_trade(core: Core, listing: Listing, taker: Order, maker: Order) -> bool:
    """Keep two orders of one account apart; whether the taker is final now."""
    asked = None if taker.request is None else taker.request.self_trade
    policy = asked or core.rules.self_trade
    if policy is not SelfTradePrevention.CANCEL_TAKER:
        lifecycle.finish(core, listing, maker, State.CANCELLED, Reason.SELF_TRADE)
    if policy is not SelfTradePrevention.CANCEL_MAKER:
        lifecycle.finish(core, listing, taker, State.CANCELLED, Reason.SELF_TRADE)
        return True
    return False


def execute(
    core: Core, listing: Listing, taker: Order, maker: Order, *, price: int, size: int
) -> None:
    """One execution of `size` units at the maker's price."""
    listing.prints += 1
    listing.last = price
    core.touched[listing.spec.id] = listing
    market = taker.limit is None
    print_ = TradePrint(
        listing.spec.id, listing.prints, price, size, taker.side, market, core.now_ns()
    )
    listing.tape.add(print_)
    listing.book.resize(maker, maker.shown - size)
    if maker.account.house and taker.account.house:
        maker.filled += size
        taker.filled += size
    else:
        settle(core, listing, maker, price, size, maker=True, print_id=print_.trade_id)
        settle(core, listing, taker, price, size, maker=False, print_id=print_.trade_id)
    _after_maker(core, listing, maker)
    funds.hold(core, listing, taker)
    core.emit(print_)  # once the book no longer shows what traded
    if not taker.remaining:
        lifecycle.finish(core, listing, taker, State.FILLED, None)


def _after_maker(core: Core, listing: Listing, maker: Order) -> None:
    if not maker.remaining:
        lifecycle.finish(core, listing, maker, State.FILLED, None)
        return
    if maker.shown:
        core.resting(listing, RestingKind.MODIFY, maker)
    else:
        assert maker.display is not None, "only icebergs hide a part"
        core.resting(listing, RestingKind.DELETE, maker)
        listing.book.resize(maker, min(maker.display, maker.remaining), to_back=True)
        core.resting(listing, RestingKind.ADD, maker)
        core.emit(OrderEvent(OrderKind.REFILLED, maker, core.now_ns()))
    funds.hold(core, listing, maker)


def enter(core: Core, listing: Listing, order: Order) -> None:
    """Match an accepted, live order, then rest it or end it."""
    tif = TimeInForce.GTC if order.request is None else order.request.time_in_force
    core.touched[listing.spec.id] = listing
    book = listing.book
    if order.post_only and book.crosses(order.side, order.limit):
        lifecycle.finish(core, listing, order, State.CANCELLED, Reason.POST_ONLY)
        return
    if tif is TimeInForce.FOK and not book.fillable(order.side, order.limit, order.remaining):
        lifecycle.finish(core, listing, order, State.CANCELLED, Reason.FILL_OR_KILL)
        return
    match(core, listing, order)
    if order.state.final:
        return
    if order.limit is None or tif in _IMMEDIATE:
        reason = Reason.NO_LIQUIDITY if order.limit is None else Reason.UNFILLED
        lifecycle.finish(core, listing, order, State.CANCELLED, reason)
        return
    rest(core, listing, order)


def rest(core: Core, listing: Listing, order: Order) -> None:
    """Put what is left into the book, last in its queue."""
    order.state = State.OPEN
    order.shown = order.remaining if order.display is None else min(order.display, order.remaining)
    listing.book.add(order)
    core.touched[listing.spec.id] = listing
    funds.hold(core, listing, order)
    core.resting(listing, RestingKind.ADD, order)


def is_priced(order_type: OrderType) -> bool:
    """Whether the type carries a limit price of its own from the start."""
    return order_type in {
        OrderType.LIMIT,
        OrderType.STOP_LIMIT,
        OrderType.TAKE_PROFIT_LIMIT,
        OrderType.ICEBERG,
    }
