"""Whether an order goes to the venue as it is, is worked from here, or cannot be had; and why."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

import msgspec

from argosy.execution.emulated.conditional import Conditional
from argosy.execution.emulated.exits import Bracket, Oco
from argosy.execution.emulated.iceberg import Iceberg
from argosy.execution.emulated.order import Emulated
from argosy.execution.emulated.oto import Oto
from argosy.execution.emulated.pegged import Pegged
from argosy.execution.emulated.plain import Plain
from argosy.execution.emulated.prices import sources_of, started
from argosy.execution.emulated.waiting import Waiting
from argosy.model import (
    AttachedExit,
    MarginMode,
    Nanos,
    OffsetUnit,
    OrderType,
    PlaceOrder,
    PositionSide,
    TimeInForce,
)
from argosy.model.money import ZERO


class How(StrEnum):
    """How an order can be had at a venue."""

    NATIVE = "native"
    EMULATED = "emulated"
    UNSUPPORTED = "unsupported"


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """What a venue has, in the words of the model, and what the desk knows beside it."""

    types: tuple[str, ...]
    flags: tuple[str, ...] = ()
    time_in_force: tuple[str, ...] = ("gtc",)
    triggers: tuple[str, ...] = ()
    prices: tuple[str, ...] = ("last", "book", "mid")  # what the desk can watch there
    positions: bool = False  # whether works are told the position (Market.position)
    amends: bool = False  # whether orders are amended in place


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """The answer. `work` stands only with emulated, `reason` with what is not native."""

    how: How
    reason: str = ""
    work: Emulated | None = None


_PARTS_MAX = 4  # in which a limit order is taken where none can rest


class _No(Exception):
    """It cannot be had, and why."""


_CONDITIONAL = frozenset(
    {
        OrderType.STOP,
        OrderType.STOP_LIMIT,
        OrderType.TAKE_PROFIT,
        OrderType.TAKE_PROFIT_LIMIT,
        OrderType.TRAILING_STOP,
        OrderType.TRAILING_STOP_LIMIT,
        OrderType.MARKET_IF_TOUCHED,
        OrderType.LIMIT_IF_TOUCHED,
    }
)
_PEGS = frozenset({OrderType.PEGGED, OrderType.CHASE})
_HOW: Mapping[OrderType, str] = {
    **dict.fromkeys(_CONDITIONAL, "the price is watched here"),
    OrderType.ICEBERG: "slices are placed from here",
    **dict.fromkeys(_PEGS, "its price follows from here"),
    OrderType.OCO: "both exits are watched here",
    OrderType.BRACKET: "the exits are placed from here",
    OrderType.OTO: "the second order is placed from here",
}
_AT_MARKET = frozenset(
    {
        OrderType.STOP,
        OrderType.TAKE_PROFIT,
        OrderType.TRAILING_STOP,
        OrderType.MARKET_IF_TOUCHED,
    }
)
_WITHOUT_BOOK = frozenset({OrderType.MARKET, OrderType.LIMIT, OrderType.OCO, *_AT_MARKET})
_NEEDS_BOOK = frozenset({OrderType.ICEBERG, OrderType.PEGGED, OrderType.CHASE})


def choose(
    order: PlaceOrder,
    declared: Declared,
    *,
    now_ns: Nanos,
    seed: int = 0,
    fee_in_base: Decimal = ZERO,
) -> Choice:
    """How `order` can be had. `seed` varies an iceberg's slices; `fee_in_base` is the share that
    the venue takes out of what is bought, where it does.

    Native is what the venue declares in every part. Declared parts may still not go together
    there: then its adapter refuses with Unsupported, before anything is sent.
    """
    lacks = _lacks(order, declared)
    if not lacks:
        return Choice(how=How.NATIVE)
    reason = "; ".join(lacks)
    try:
        how, work = _emulate(order, declared, now_ns, seed, fee_in_base)
    except _No as no:
        return Choice(how=How.UNSUPPORTED, reason=f"{reason}; {no}")
    return Choice(how=How.EMULATED, reason=f"{reason}: {how}", work=work)


def matrix(declared: Declared) -> dict[OrderType, Choice]:
    """How a plain order of each type can be had; flags and triggers may change it for one order."""
    return {kind: _of_type(kind, declared) for kind in OrderType}


def _of_type(kind: OrderType, declared: Declared) -> Choice:
    if kind.value in declared.types:
        return Choice(how=How.NATIVE)
    reason = f"the venue has no {kind} orders"
    if kind not in _HOW:
        return Choice(how=How.UNSUPPORTED, reason=reason)
    try:
        _need_types(kind, declared)
        if kind in _NEEDS_BOOK and not _rests(declared):
            raise _No("and nothing can rest there")
    except _No as no:
        return Choice(how=How.UNSUPPORTED, reason=f"{reason}; {no}")
    return Choice(how=How.EMULATED, reason=f"{reason}: {_HOW[kind]}")


# --- what the venue lacks -------------------------------------------------------------------------


def _lacks(order: PlaceOrder, declared: Declared) -> list[str]:
    lacks = []
    if order.type.value not in declared.types:
        lacks.append(f"the venue has no {order.type} orders")
        sources = []
    else:
        sources = sorted(sources_of(order))
    at_once = order.type is OrderType.MARKET and order.time_in_force is TimeInForce.GTC
    if not at_once and order.time_in_force.value not in declared.time_in_force:
        lacks.append(f"the venue has no time in force {order.time_in_force}")
    lacks += [f"the venue has no {flag}" for flag in _flags(order) if flag not in declared.flags]
    lacks += [
        f"the venue does not trigger by {source}"
        for source in sources
        if source.value not in declared.triggers
    ]
    return lacks + _lacks_terms(order)


def _lacks_terms(order: PlaceOrder) -> list[str]:
    """Terms that no venue's adapter sends so far, whatever it declares."""
    trigger, levels = order.trigger, order.exit
    terms = {
        "trailing distances in ticks": trigger and trigger.offset_unit is OffsetUnit.TICKS,
        "activation on the way to a loss": trigger and trigger.activation_against,
        "a limit away from its trailing trigger": trigger and trigger.limit_offset,
        "trailing exits": levels and levels.trail is not None,
        "resting exits": levels and levels.take_profit_rests,
        "display_variance": order.display_variance is not None,
    }
    return [f"{name} are not sent to venues" for name, given in terms.items() if given]


def _flags(order: PlaceOrder) -> list[str]:
    flags = {
        "post_only": order.post_only,
        "reduce_only": order.reduce_only,
        "margin_mode": order.margin_mode is not MarginMode.CASH,
        "leverage": order.leverage is not None,
        "position_side": order.position_side is not PositionSide.NET,
        "quote_size": order.quote_size is not None,
        "attached_exit": order.exit is not None
        and order.type not in {OrderType.OCO, OrderType.BRACKET},
    }
    return [flag for flag, given in flags.items() if given]


# --- what is worked from here ---------------------------------------------------------------------


def _need_types(kind: OrderType, declared: Declared) -> None:
    needed = {"limit"}
    if kind is OrderType.MARKET or kind in _AT_MARKET:
        needed = {"market"}
    elif kind in {OrderType.OCO, OrderType.BRACKET, OrderType.OTO}:
        needed = {"market", "limit"}
    for each in sorted(needed - set(declared.types)):
        raise _No(f"and no {each} orders, which it takes")


def _emulate(
    order: PlaceOrder, declared: Declared, now_ns: Nanos, seed: int, fee_in_base: Decimal
) -> tuple[str, Emulated]:
    kind = order.type
    if kind not in {OrderType.MARKET, OrderType.LIMIT} and kind not in _HOW:
        raise _No("it is no emulated type: an algorithm may do what it does")
    _need_types(kind, declared)
    _need_rest(order, declared)
    size = _size(order)
    _check_terms(order, declared)
    base = {
        "id": order.client_id,
        "instrument": order.instrument,
        "side": order.side,
        "size": size,
        "created_ns": now_ns,
        "order": order,
        "by_position": order.reduce_only and "reduce_only" not in declared.flags,
    }
    how = _HOW.get(kind, "")
    if order.exit is not None and kind in {OrderType.MARKET, OrderType.LIMIT, OrderType.BRACKET}:
        reduce = "reduce_only" in declared.flags and order.margin_mode is not MarginMode.CASH
        more = {"fee_in_base": fee_in_base, "exits_reduce": reduce}
        return _HOW[OrderType.BRACKET], Bracket(**base, **more)  # type: ignore[arg-type]
    if kind is OrderType.OCO:
        return how, Oco(**base)  # type: ignore[arg-type]
    if kind is OrderType.OTO:
        return how, Oto(**base, fee_in_base=fee_in_base)  # type: ignore[arg-type]
    if kind in _CONDITIONAL:
        assert order.trigger is not None, "the model demands one"
        return how, Conditional(**base, trail=started(order.trigger))  # type: ignore[arg-type]
    if kind is OrderType.ICEBERG:
        return how, Iceberg(**base, seed=seed)  # type: ignore[arg-type]
    if kind in _PEGS:
        if kind is OrderType.CHASE:
            base["order"] = msgspec.structs.replace(
                order, post_only=order.post_only or "post_only" in declared.flags
            )
        return how, Pegged(**base, amends=declared.amends)  # type: ignore[arg-type]
    if _must_wait(order, declared):
        least = size / _PARTS_MAX  # each part pays for a transaction, or whatever it is, of its own
        return "it waits here for its limit", Waiting(**base, min_size=least)  # type: ignore[arg-type]
    return _plain_how(order), Plain(**base)  # type: ignore[arg-type]


def _rests(declared: Declared) -> bool:
    """Whether orders can wait in the venue's book."""
    return bool({TimeInForce.GTC.value, TimeInForce.GTD.value} & set(declared.time_in_force))


def _need_rest(order: PlaceOrder, declared: Declared) -> None:
    """What leaves orders in a book needs one that takes them."""
    if _rests(declared) or order.type in _WITHOUT_BOOK:
        return
    if order.type in _NEEDS_BOOK or order.time_in_force not in {TimeInForce.IOC, TimeInForce.FOK}:
        raise _No("nothing can rest there; what takes at once (ioc) is possible")


def _must_wait(order: PlaceOrder, declared: Declared) -> bool:
    """Whether nothing can rest at the venue, and this is to."""
    waits = order.time_in_force in {TimeInForce.GTC, TimeInForce.GTD}
    return order.type is OrderType.LIMIT and waits and not _rests(declared)


def _size(order: PlaceOrder) -> Decimal:
    if order.size is None:
        raise _No("what is worked from here needs a size, not a quote_size")
    return order.size


def _plain_how(order: PlaceOrder) -> str:
    if order.time_in_force is TimeInForce.IOC:
        return "it is withdrawn as soon as it is sent"
    if order.time_in_force is TimeInForce.GTD:
        return "it is withdrawn at its time"
    return "its size is cut to the position when it is sent"


def _check_terms(order: PlaceOrder, declared: Declared) -> None:
    """What cannot be had from here either; raises _No."""
    tif = order.time_in_force
    if tif.value not in declared.time_in_force:
        if tif is TimeInForce.FOK:
            raise _No("all or nothing is for the venue to keep: it cannot be emulated safely")
        if tif is TimeInForce.IOC and order.type is not OrderType.LIMIT:
            raise _No("immediate-or-cancel is emulated for limit orders only")
    for flag in _flags(order):
        if flag in declared.flags or flag in {"attached_exit", "quote_size"}:
            continue
        if flag == "post_only":
            raise _No("a price checked here may cross by the time it is there")
        if flag != "reduce_only":
            raise _No("that is for the venue to keep")
        if not declared.positions:
            raise _No("the desk does not know the position there")
        if order.exit is not None:
            raise _No("an order with exits cannot be cut to the position")
    for source in sorted(sources_of(order)):
        if source.value not in declared.prices:
            raise _No(f"the desk does not hear the {source} price there")
    trigger = order.trigger
    if trigger is not None:
        for value in (trigger.price, trigger.offset, trigger.activation_price):
            if value is not None and value <= 0:
                raise _No(f"a trigger at {value} is never reached; it must be above 0")
    if order.exit is not None:
        _check_exit(order, order.exit)
    if order.then is not None:
        _check_then(order, order.then, declared)


def _check_exit(order: PlaceOrder, levels: AttachedExit) -> None:
    if order.type not in {
        OrderType.OCO,
        OrderType.BRACKET,
        OrderType.MARKET,
        OrderType.LIMIT,
    }:
        raise _No(f"exits are worked from here for market and limit orders, not for {order.type}")
    if order.type is OrderType.OCO and (
        levels.take_profit is None or (levels.stop_loss is None and levels.trail is None)
    ):
        raise _No("an oco order needs exit.take_profit, and exit.stop_loss or exit.trail")
    for name in ("take_profit", "take_profit_limit", "stop_loss", "stop_loss_limit", "trail"):
        value = getattr(levels, name)
        if value is not None and value <= 0:
            raise _No(f"exit.{name} is {value}; it must be above 0")


def _check_then(order: PlaceOrder, then: PlaceOrder, declared: Declared) -> None:
    if then.instrument != order.instrument:
        raise _No(f"what follows must be in {order.instrument}, not in {then.instrument}")
    if then.size is None:
        raise _No("what follows needs a size, not a quote_size")
    lacks = _lacks(then, declared)
    if lacks:
        raise _No(f"what follows is not native: {'; '.join(lacks)}")
