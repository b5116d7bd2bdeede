"""Turns OKX's order parameters into the engine's requests. Places nothing."""

import re
from decimal import Decimal

from argosy.model import (
    MarginMode,
    OrderType,
    PositionSide,
    SelfTradePrevention,
    Side,
    TimeInForce,
    Trigger,
    TriggerSource,
)
from argosy.sandbox.engine import Account, ExitRequest, Listing, OrderRequest, Spec
from argosy.sandbox.okx import names
from argosy.sandbox.okx.args import Args
from argosy.sandbox.okx.codes import Fault
from argosy.sandbox.okx.exchange import Exchange, Wanted

CLIENT_ID = re.compile(r"[A-Za-z0-9]{1,32}")
SIDES = frozenset({"buy", "sell"})
MODES = frozenset({"cash", "cross", "isolated", "spot_isolated"})
MARKET = frozenset({"market"})
POST_ONLY = frozenset({"post_only", "mmp_and_post_only", "elp"})
ORDER_TYPES = MARKET | POST_ONLY | {"limit", "fok", "ioc", "mmp", "op_fok", "optimal_limit_ioc"}
_TIF = {
    "ioc": TimeInForce.IOC,
    "optimal_limit_ioc": TimeInForce.IOC,
    "fok": TimeInForce.FOK,
    "op_fok": TimeInForce.FOK,
}
AT_MARKET = Decimal(-1)


def checked_client_id(args: Args, name: str) -> str:
    """A client's id, '' when absent; Fault 51000 when it is not 1 to 32 letters and digits."""
    text = args.text(name)
    if text and not CLIENT_ID.fullmatch(text):
        raise Fault("51000", name)
    return text


def margin_mode(spec: Spec, args: Args) -> MarginMode:
    """The tdMode, checked against the instrument."""
    text = args.choice("tdMode", MODES)
    if text in {"cash", "spot_isolated"}:
        if not spec.is_spot:
            raise Fault("51000", "tdMode")
        return MarginMode.CASH
    return MarginMode(text)


def position_side(
    exchange: Exchange, account: Account, spec: Spec, args: Args, side: Side
) -> tuple[PositionSide, bool]:
    """(posSide, whether the order closes): long and short are kept apart for contracts only."""
    text = args.text("posSide")
    if spec.is_spot or not exchange.long_short(account):
        if text not in {"", "net"}:
            raise Fault("51000", "posSide")
        return PositionSide.NET, False
    if text not in {"long", "short"}:
        raise Fault("51000", "posSide")
    return PositionSide(text), (text == "long") != (side is Side.BUY)


def limit_price(exchange: Exchange, listing: Listing, args: Args) -> Decimal:
    """px, or for options pxUsd turned into coin on the tick grid; Fault 51204 without either."""
    spec = listing.spec
    usd = args.number("pxUsd")
    if usd is not None and names.type_of(spec) == "OPTION":
        return spec.price(spec.nearest_price(usd / exchange.names.index_price(listing)))
    price = args.number("px")
    if price is None:
        raise Fault("51000", "pxVol") if args.has("pxVol") else Fault("51204")
    return price


def within_band(
    exchange: Exchange, listing: Listing, side: Side, price: Decimal, args: Args
) -> Decimal:
    """The price; too far beyond the mark it is Fault 51006, 51137 or 51138, or with pxAmendType 1
    brought back to the limit.
    """
    if not exchange.options.price_band or not listing.mark:
        return price
    most, least = band(exchange, listing)
    if not (price > most if side is Side.BUY else price < least):
        return price
    if args.text("pxAmendType") == "1":
        return most if side is Side.BUY else least
    texts = (
        names.strip(int(most / listing.spec.price_unit), listing.spec.price_decimals),
        (names.strip(int(least / listing.spec.price_unit), listing.spec.price_decimals)),
    )
    if not listing.spec.is_spot:
        raise Fault("51006", *texts)
    raise Fault("51137", texts[0]) if side is Side.BUY else Fault("51138", texts[1])


def band(exchange: Exchange, listing: Listing) -> tuple[Decimal, Decimal]:
    """(highest buy, lowest sell) on the tick grid; options have a band twenty times as wide."""
    spec, mark = listing.spec, listing.mark_price
    width = exchange.options.price_band
    if names.type_of(spec) == "OPTION":
        return spec.price(spec.nearest_price(mark * (1 + 20 * width))), spec.price(spec.tick)
    return (
        spec.price(spec.nearest_price(mark * (1 + width))),
        spec.price(spec.nearest_price(mark * (1 - width))),
    )


def trigger_at(args: Args, prefix: str, price: Decimal) -> Trigger:
    """A trigger with its TriggerPxType ('last' by default)."""
    name = f"{prefix}riggerPxType" if prefix == "t" else f"{prefix}TriggerPxType"
    source = args.choice(name, frozenset({"last", "index", "mark"}), "last")
    return Trigger(price=price, source=TriggerSource(source))


def leg(args: Args, prefix: str) -> tuple[OrderType, Trigger, Decimal | None] | None:
    """(type, trigger, limit) of 'tp' or 'sl'; None when it is absent."""
    at = args.number(f"{prefix}TriggerPx")
    if at is None:
        return None
    limit = args.number(f"{prefix}OrdPx")
    if limit is None:
        raise Fault("50014", f"{prefix}OrdPx")
    plain = limit == AT_MARKET
    if prefix == "tp":
        kind = OrderType.TAKE_PROFIT if plain else OrderType.TAKE_PROFIT_LIMIT
    else:
        kind = OrderType.STOP if plain else OrderType.STOP_LIMIT
    return kind, trigger_at(args, prefix, at), None if plain else limit


def exits(args: Args) -> tuple[ExitRequest, ...]:
    """The take profit and stop loss attached to an order (the first of several)."""
    found = []
    for attached in args.rows("attachAlgoOrds")[:1]:
        client_id = checked_client_id(attached, "attachAlgoClOrdId")
        size = attached.number("sz")
        if attached.text("tpOrdKind") == "limit":
            price = attached.number("tpOrdPx")
            found.append(ExitRequest(type=OrderType.LIMIT, price=price, size=size))
        for prefix in ("tp", "sl"):
            wanted = leg(attached, prefix)
            if wanted is None or (prefix == "tp" and found):
                continue
            kind, trigger, limit = wanted
            name = f"algo:{client_id}" if client_id and not found else ""
            found.append(
                ExitRequest(type=kind, trigger=trigger, price=limit, size=size, client_id=name)
            )
    return tuple(found)


def order_request(
    exchange: Exchange, account: Account, listing: Listing, args: Args
) -> OrderRequest:
    """POST /trade/order."""
    spec = listing.spec
    mode = margin_mode(spec, args)
    side = Side(args.choice("side", SIDES))
    kind = args.choice("ordType", ORDER_TYPES)
    if kind in MARKET and names.type_of(spec) == "OPTION":
        raise Fault("51066")
    args.need("sz")
    size = args.number("sz")
    where, closes = position_side(exchange, account, spec, args, side)
    price = None
    if kind == "optimal_limit_ioc":
        if names.type_of(spec) not in {"SWAP", "FUTURES"}:
            raise Fault("51000", "ordType")
        most, least = band(exchange, listing)
        price = most if side is Side.BUY else least
    elif kind not in MARKET:
        price = limit_price(exchange, listing, args)
        price = within_band(exchange, listing, side, price, args)
    quote_size = None
    if kind == "market" and spec.is_spot:
        default = "quote_ccy" if side is Side.BUY else "base_ccy"
        target = args.choice("tgtCcy", frozenset({"base_ccy", "quote_ccy"}), default)
        if mode is not MarginMode.CASH:
            target = default
        if target == "quote_ccy":
            size, quote_size = None, size
    stp = args.text("stpMode")
    if stp not in {"", "cancel_maker", "cancel_taker", "cancel_both"}:
        raise Fault("51000", "stpMode")
    return OrderRequest(
        instrument=spec.id,
        side=side,
        type=OrderType.MARKET if kind in MARKET else OrderType.LIMIT,
        size=size,
        quote_size=quote_size,
        price=price,
        client_id=checked_client_id(args, "clOrdId"),
        time_in_force=_TIF.get(kind, TimeInForce.GTC),
        post_only=kind in POST_ONLY,
        reduce_only=closes or (args.flag("reduceOnly") and mode is not MarginMode.CASH),
        margin_mode=mode,
        position_side=where,
        self_trade=SelfTradePrevention(stp) if stp else None,
        exits=exits(args),
        extra=Wanted(args),
    )
