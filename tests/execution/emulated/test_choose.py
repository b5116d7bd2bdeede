"""What goes to the venue, what is worked from here, what cannot be had, and that it says why."""

from decimal import Decimal

import msgspec
import pytest

from argosy.execution.emulated import (
    Bracket,
    Conditional,
    Declared,
    How,
    Iceberg,
    Oco,
    Oto,
    Pegged,
    Plain,
    choose,
    matrix,
)
from argosy.model import (
    AttachedExit,
    MarginMode,
    OffsetUnit,
    OrderType,
    Peg,
    Side,
    TimeInForce,
    Trigger,
    TriggerSource,
)
from execution.emulated.worlds import BARE, order

D = Decimal
ALL = Declared(
    types=tuple(OrderType),
    flags=("post_only", "reduce_only", "margin_mode", "leverage", "attached_exit", "quote_size"),
    time_in_force=tuple(TimeInForce),
    triggers=("last", "mark", "index"),
)
BOTH = AttachedExit(take_profit=D(110), stop_loss=D(90))
AT = Trigger(price=D(90))
TRAIL = Trigger(offset=D(5))
ORDERS = {
    "stop": ({"trigger": AT}, Conditional),
    "stop_limit": ({"trigger": AT, "price": D(90)}, Conditional),
    "take_profit": ({"trigger": AT}, Conditional),
    "take_profit_limit": ({"trigger": AT, "price": D(90)}, Conditional),
    "trailing_stop": ({"trigger": TRAIL}, Conditional),
    "trailing_stop_limit": ({"trigger": TRAIL}, Conditional),
    "market_if_touched": ({"trigger": AT}, Conditional),
    "limit_if_touched": ({"trigger": AT, "price": D(90)}, Conditional),
    "iceberg": ({"price": D(90), "display_size": D("0.1")}, Iceberg),
    "oco": ({"exit": BOTH}, Oco),
    "bracket": ({"exit": BOTH}, Bracket),
    "oto": ({"then": order("market")}, Oto),
    "pegged": ({"peg": Peg()}, Pegged),
    "chase": ({}, Pegged),
}


@pytest.mark.parametrize("kind", ORDERS)
def test_what_is_native_is_not_emulated_and_what_is_not_is(kind):
    parts, work = ORDERS[kind]
    asked = order(kind, **parts)
    assert choose(asked, ALL, now_ns=1).how is How.NATIVE
    chosen = choose(asked, BARE, now_ns=1)
    assert chosen.how is How.EMULATED
    assert isinstance(chosen.work, work)
    assert f"no {kind} orders: " in chosen.reason
    assert chosen.work.order == asked or kind == "chase"
    assert (chosen.work.id, chosen.work.size) == (asked.client_id, asked.size)
    assert matrix(BARE)[OrderType(kind)] == msgspec.structs.replace(chosen, work=None)
    nothing = Declared(types=())
    refused = choose(asked, nothing, now_ns=1)
    assert refused.how is How.UNSUPPORTED
    assert "which it takes" in refused.reason
    assert matrix(nothing)[OrderType(kind)].how is How.UNSUPPORTED


def test_the_matrix_says_all():
    table = matrix(BARE)
    assert set(table) == set(OrderType)
    assert table[OrderType.LIMIT].how is How.NATIVE
    assert table[OrderType.TWAP].how is How.UNSUPPORTED
    assert {kind.value for kind, choice in table.items() if choice.how is How.EMULATED} == set(
        ORDERS
    )


@pytest.mark.parametrize(
    ("asked", "declared", "said"),
    [
        (
            order("limit", price=D(1), time_in_force=TimeInForce.FOK),
            Declared(types=("limit",)),
            "cannot be emulated safely",
        ),
        (
            order("limit", price=D(1), post_only=True),
            Declared(types=("limit",)),
            "may cross by the time it is there",
        ),
        (
            order("limit", price=D(1), reduce_only=True),
            Declared(types=("limit",)),
            "does not know the position",
        ),
        (
            order("oco", exit=BOTH, reduce_only=True),
            Declared(types=("limit", "market"), positions=True),
            "cannot be cut to the position",
        ),
        (
            order("limit", price=D(1), margin_mode=MarginMode.CROSS),
            Declared(types=("limit",)),
            "for the venue to keep",
        ),
        (
            order("stop", trigger=Trigger(price=D(1), source=TriggerSource.MARK)),
            Declared(types=("limit", "market", "stop"), triggers=("last",)),
            "does not hear the mark price",
        ),
        (order("stop", trigger=Trigger(price=D(0))), BARE, "is never reached"),
        (order("oco", exit=AttachedExit(stop_loss=D(1))), BARE, "needs exit.take_profit"),
        (
            order("oco", exit=AttachedExit(take_profit=D(-1), stop_loss=D(1))),
            BARE,
            "exit.take_profit is -1",
        ),
        (
            order("stop", trigger=AT, exit=BOTH),
            BARE,
            "not for stop",
        ),
        (order("twap"), BARE, "an algorithm may"),
        (
            order("stop", trigger=AT, time_in_force=TimeInForce.IOC),
            Declared(types=("limit", "market")),
            "for limit orders only",
        ),
        (
            msgspec.structs.replace(order("market"), size=None, quote_size=D(1)),
            BARE,
            "needs a size",
        ),
        (
            order(
                "oto",
                then=msgspec.structs.replace(order("market"), size=None, quote_size=D(1)),
            ),
            BARE,
            "what follows needs a size",
        ),
    ],
)
def test_what_cannot_be_had_says_why(asked, declared, said):
    chosen = choose(asked, declared, now_ns=1)
    assert chosen.how is How.UNSUPPORTED
    assert said in chosen.reason
    assert chosen.work is None


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            order("trailing_stop", trigger=Trigger(offset=D(1), offset_unit=OffsetUnit.TICKS)),
            "tick",
        ),
        (
            order(
                "trailing_stop",
                trigger=Trigger(offset=D(1), activation_price=D(9), activation_against=True),
            ),
            "activation",
        ),
        (
            order("trailing_stop_limit", trigger=Trigger(offset=D(1), limit_offset=D(1))),
            "limit away",
        ),
        (
            order("iceberg", price=D(1), display_size=D("0.1"), display_variance=D("0.1")),
            "display_variance",
        ),
        (
            order("bracket", exit=AttachedExit(take_profit=D(9), trail=D(1))),
            "trailing exits",
        ),
        (
            order("stop", trigger=Trigger(price=D(9), source=TriggerSource.BOOK)),
            "trigger by book",
        ),
    ],
)
def test_terms_that_a_venue_is_not_sent_are_worked_from_here(asked, said):
    chosen = choose(asked, ALL, now_ns=1)
    assert chosen.how is How.EMULATED
    assert said in chosen.reason


def test_plain_orders_are_taken_back_where_the_venue_does_not():
    for more, said in (
        ({"time_in_force": TimeInForce.GTD, "expire_ns": 5}, "withdrawn at its time"),
        ({"time_in_force": TimeInForce.IOC}, "withdrawn as soon as"),
    ):
        chosen = choose(order("limit", price=D(1), **more), Declared(types=("limit",)), now_ns=1)
        assert isinstance(chosen.work, Plain)
        assert said in chosen.reason


def test_attached_exits_become_a_bracket():
    chosen = choose(order("limit", Side.BUY, price=D(1), exit=BOTH), BARE, now_ns=1)
    assert isinstance(chosen.work, Bracket)
    assert "no attached_exit" in chosen.reason
