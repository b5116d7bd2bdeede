"""Algo orders: take profit and stop loss, triggers, trailing stops, iceberg, TWAP, chase."""

from decimal import Decimal

from argosy.model import (
    MarginMode,
    OffsetUnit,
    OrderType,
    Side,
    Trigger,
)
from argosy.model.time import SECOND
from argosy.sandbox.engine import (
    Account,
    Amendment,
    Listing,
    Order,
    OrderRequest,
    Reason,
    Refused,
    State,
)
from argosy.sandbox.okx import names, requests
from argosy.sandbox.okx.args import Args, Row
from argosy.sandbox.okx.codes import Fault, of_refusal, wrong_side
from argosy.sandbox.okx.exchange import Algo, Exchange, Wanted
from argosy.sandbox.okx.requests import AT_MARKET
from argosy.sandbox.okx.trading import listing_of

KINDS = frozenset({"conditional", "oco", "trigger", "move_order_stop", "iceberg", "twap", "chase"})
MAX_SLICES = 1_000


class _Draft:
    """The parts that every kind of algo shares."""

    def __init__(self, exchange: Exchange, account: Account, listing: Listing, args: Args) -> None:
        self.exchange, self.account, self.listing, self.args = exchange, account, listing, args
        self.spec = listing.spec
        self.kind = args.choice("ordType", KINDS)
        if self.kind == "chase" and names.type_of(self.spec) not in {"SWAP", "FUTURES"}:
            raise Fault("51000", "ordType")
        self.side = Side(args.choice("side", requests.SIDES))
        self.mode = requests.margin_mode(self.spec, args)
        self.where, self.closes = requests.position_side(
            exchange, account, self.spec, args, self.side
        )
        self.client_id = requests.checked_client_id(args, "algoClOrdId")
        self.algo = Algo(self.kind, args, self.client_id, None)
        self.size = self._size()

    def _size(self) -> Decimal:
        size = self.args.number("sz")
        if size is not None:
            return size
        if self.args.text("closeFraction") != "1":
            raise Fault("50014", "sz")
        position = self.account.position(self.spec, self.where)
        if position is None or not position.size:
            raise Fault("51023")
        return abs(position.size)

    def request(
        self,
        kind: OrderType,
        *,
        price: Decimal | None = None,
        trigger: Trigger | None = None,
        display_size: Decimal | None = None,
        slices: int | None = None,
        interval_ns: int | None = None,
        second: bool = False,
    ) -> OrderRequest:
        reduces = self.args.flag("reduceOnly") or self.args.has("closeFraction")
        return OrderRequest(
            instrument=self.spec.id,
            side=self.side,
            type=kind,
            size=self.size,
            price=price,
            trigger=trigger,
            display_size=display_size,
            slices=slices,
            interval_ns=interval_ns,
            client_id=f"algo:{self.client_id}" if self.client_id and not second else "",
            reduce_only=self.closes or (reduces and self.mode is not MarginMode.CASH),
            margin_mode=self.mode,
            position_side=self.where,
            exits=requests.exits(self.args),
            extra=Wanted(self.args, self.algo),
        )


def place(exchange: Exchange, account: Account, args: Args) -> Row:
    """POST /trade/order-algo."""
    listing = listing_of(exchange, args)
    draft = _Draft(exchange, account, listing, args)
    wanted = _requests(draft)
    try:
        if len(wanted) == 2:
            exchange.engine.place_pair(account, wanted[0], wanted[1])
        else:
            exchange.engine.place(account, wanted[0])
    except Refused as refused:
        if refused.reason is Reason.DUPLICATE_CLIENT_ID:
            raise Fault("51065") from None
        raise of_refusal(refused, currency=listing.spec.money) from None
    return _answer(draft.algo.id, draft.client_id, args)


def _answer(algo_id: str, client_id: str, args: Args) -> Row:
    return {
        "algoId": algo_id,
        "algoClOrdId": client_id,
        "clOrdId": args.text("clOrdId"),
        "sCode": "0",
        "sMsg": "",
        "tag": args.text("tag"),
    }


def refused_row(args: Args, fault: Fault) -> Row:
    """The row of an algo operation that failed."""
    return _answer(args.text("algoId"), args.text("algoClOrdId"), args) | {
        "sCode": fault.code,
        "sMsg": fault.text,
    }


def _requests(draft: _Draft) -> list[OrderRequest]:
    if draft.kind in {"conditional", "oco"}:
        return _exits(draft)
    if draft.kind == "trigger":
        return [_trigger(draft)]
    if draft.kind == "move_order_stop":
        return [_trailing(draft)]
    if draft.kind == "chase":
        return [draft.request(OrderType.CHASE)]
    args = draft.args
    limit, share = args.number("pxLimit"), args.number("szLimit")
    if limit is None or share is None or share <= 0:
        raise Fault("50014", "pxLimit" if limit is None else "szLimit")
    if draft.kind == "iceberg":
        return [draft.request(OrderType.ICEBERG, price=limit, display_size=share)]
    slices = int(-(-draft.size // share))
    if not 0 < slices <= MAX_SLICES:
        raise Fault("51000", "szLimit")
    seconds = args.whole("timeInterval", 0)
    if not seconds:
        raise Fault("50014", "timeInterval")
    return [draft.request(OrderType.TWAP, price=limit, slices=slices, interval_ns=seconds * SECOND)]


def _exits(draft: _Draft) -> list[OrderRequest]:
    legs = [found for found in (requests.leg(draft.args, name) for name in ("tp", "sl")) if found]
    if not legs:
        raise Fault("50015", "tpTriggerPx", "slTriggerPx")
    if draft.kind == "oco" and len(legs) < 2:
        raise Fault("50015", "tpTriggerPx", "slTriggerPx")
    for kind, trigger, _ in legs:
        _check_side(draft, kind, trigger)
    return [
        draft.request(kind, trigger=trigger, price=limit, second=bool(number))
        for number, (kind, trigger, limit) in enumerate(legs)
    ]


def _check_side(draft: _Draft, kind: OrderType, trigger: Trigger) -> None:
    """Fault 51277 and the like for a leg that would trigger at once."""
    now = draft.spec.price(draft.listing.reference(trigger.source))
    profit = kind in {OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_LIMIT}
    buying = draft.side is Side.BUY
    assert trigger.price is not None, "legs trigger at a price"
    above = trigger.price > now
    if now and trigger.price != now and above != (buying != profit):
        raise wrong_side(trigger.source.value, profit=profit, buying=buying)


def _trigger(draft: _Draft) -> OrderRequest:
    """It fires when the price comes to the trigger, from whichever side it stands now."""
    args = draft.args
    at, limit = args.number("triggerPx"), args.number("orderPx") or args.number("ordPx")
    if at is None or limit is None:
        raise Fault("50014", "triggerPx" if at is None else "orderPx")
    trigger = requests.trigger_at(args, "t", at)
    now = draft.spec.price(draft.listing.reference(trigger.source))
    stop = (at >= now) == (draft.side is Side.BUY)
    if limit == AT_MARKET:
        return draft.request(OrderType.STOP if stop else OrderType.TAKE_PROFIT, trigger=trigger)
    kind = OrderType.STOP_LIMIT if stop else OrderType.TAKE_PROFIT_LIMIT
    return draft.request(kind, trigger=trigger, price=limit)


def _trailing(draft: _Draft) -> OrderRequest:
    args = draft.args
    ratio, spread = args.number("callbackRatio"), args.number("callbackSpread")
    if (ratio is None) == (spread is None):
        raise Fault("50015", "callbackRatio", "callbackSpread")
    if ratio is not None:
        if not 0 < ratio <= 1:
            raise Fault("51000", "callbackRatio")
        offset, unit = ratio * 100, OffsetUnit.PERCENT
    else:
        assert spread is not None, "one of the two is there"
        offset, unit = spread, OffsetUnit.PRICE
    trigger = Trigger(offset=offset, offset_unit=unit, activation_price=args.number("activePx"))
    return draft.request(OrderType.TRAILING_STOP, trigger=trigger)


def cancel(exchange: Exchange, account: Account, args: Args) -> Row:
    """POST /trade/cancel-algos, for one."""
    algo = named(exchange, account, args, "51400")
    if algo.state != "live":
        raise Fault("51400")
    for order in tuple(algo.orders):
        if not order.state.final:
            exchange.engine.cancel(order)
    return _answer(algo.id, algo.client_id, args)


def named(exchange: Exchange, account: Account, args: Args, missing: str) -> Algo:
    """The algo that algoId or algoClOrdId names; a Fault with code `missing`."""
    algo_id, own_id = args.text("algoId"), args.text("algoClOrdId")
    if not algo_id and not own_id:
        raise Fault("50015", "algoId", "algoClOrdId")
    algo = exchange.find_algo(account, algo_id, own_id)
    if algo is None:
        raise Fault(missing)
    return algo


def amend(exchange: Exchange, account: Account, args: Args) -> Row:
    """POST /trade/amend-algos."""
    algo = named(exchange, account, args, "51503")
    size = args.number("newSz")
    exchange.amending = (args.text("reqId"), "1")
    try:
        for order in algo.orders:
            if order.state is State.UNTRIGGERED:
                exchange.engine.amend(order, _change(algo, order, args, size))
    except Refused as refused:
        if args.flag("cxlOnFail"):
            exchange.amending = None
            cancel(exchange, account, args)
        raise of_refusal(refused, unknown="51503") from None
    finally:
        exchange.amending = None
    if algo.state != "live":
        raise Fault("51503")
    return _answer(algo.id, algo.client_id, args) | {"reqId": args.text("reqId")}


def _change(algo: Algo, order: Order, args: Args, size: Decimal | None) -> Amendment:
    if algo.kind == "trigger":
        trigger, limit = args.number("newTriggerPx"), args.number("newOrdPx")
    elif order.type in {OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_LIMIT}:
        trigger, limit = args.number("newTpTriggerPx"), args.number("newTpOrdPx")
    else:
        trigger, limit = args.number("newSlTriggerPx"), args.number("newSlOrdPx")
    price = None if limit in {None, AT_MARKET} else limit
    return Amendment(size=size, trigger_price=trigger, price=price)
