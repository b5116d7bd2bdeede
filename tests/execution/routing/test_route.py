from decimal import Decimal

import msgspec
import pytest

from argosy.books import Conversion, UniversalBook
from argosy.execution.routing import (
    Allowance,
    Constraints,
    LegKind,
    Mode,
    Outcome,
    Queue,
    RoutePlan,
    Waiting,
    plan_route,
    replan,
)
from argosy.execution.routing.pools import WeightedPool
from argosy.model import InstrumentStatus, Nanos, Side
from argosy.model.time import SECOND
from books.making import OKX_FORM, okx_frame, reader, spot
from execution.routing.making import dec, terms

NOW = Nanos(1_000 * SECOND)
USDT = Conversion(
    source_currency="USDT",
    target_currency="USD",
    rate=Decimal("1.001"),
    origin="kraken:USDT/USD mid",
    at_ns=NOW,
)


def book_of(venue, symbol, bids, asks, **about):
    read, book = reader(OKX_FORM, spot(venue, symbol, price="0.01", **about), "X")
    read.read(okx_frame("snapshot", bids, asks, symbol="X"), NOW)
    return book


@pytest.fixture
def universal():
    made = UniversalBook("BTC/USD")
    made.add(
        book_of("kraken", "BTC/USD", [("99", "1"), ("98", "5")], [("101", "1"), ("102", "5")]),
        taker_fee=dec("0.004"),
        heard_ns=lambda: NOW - SECOND,
    )
    made.add(
        book_of("okx", "BTC/USDT", [("99.5", "2"), ("97", "9")], [("100.5", "2"), ("103", "9")]),
        taker_fee=dec("0.001"),
        heard_ns=lambda: NOW,
        conversion=lambda: USDT,
    )
    return made


def test_a_sweep_agrees_with_the_cost_of_the_universal_book(universal):
    for side in Side:
        for size in ("0.5", "2.5", "7"):
            plan = plan_route(universal, side, dec(size), now_ns=NOW)
            quote = universal.cost(NOW, side, dec(size))
            assert plan.net_value == quote.net_value
            assert plan.average_net_price == quote.average_net_price
            assert {(leg.instrument, leg.size, leg.limit_price) for leg in plan.legs} == {
                (part.instrument, part.size, part.worst_price) for part in quote.parts
            }
            assert {leg.kind for leg in plan.legs} == {LegKind.TAKE}


def test_the_plan_says_what_was_seen_and_what_else_there_was(universal):
    plan = plan_route(universal, Side.BUY, dec("2.5"), now_ns=NOW)
    assert plan.conversions == (USDT,)
    assert [(top.instrument, top.age_ns, top.ask) for top in plan.tops] == [
        ("kraken:BTC/USD", 0, 101),
        ("okx:BTC/USDT", 0, dec("100.5")),
    ]
    assert plan.best_alone.instrument == "okx:BTC/USDT"
    assert plan.best_alone.net_value == (201 + dec("51.5")) * dec("1.001") * dec("1.001")
    assert plan.saved == plan.best_alone.net_value - plan.net_value > 0
    assert [each.filled for each in plan.alternatives] == [dec("2.5"), dec("2.5")]
    assert plan.proof.proven
    again = msgspec.json.decode(msgspec.json.encode(plan), type=RoutePlan)
    assert again == plan


def test_what_may_not_be_used_is_listed_with_its_reason(universal):
    halted = book_of("binance", "BTC/USD", [], [("1", "5")], status=InstrumentStatus.CANCEL_ONLY)
    universal.add(halted, taker_fee=dec(0), heard_ns=lambda: NOW)
    stale = book_of("bitget", "BTC/USD", [], [("1", "5")])
    stale.lose()
    universal.add(stale, taker_fee=dec(0), heard_ns=lambda: NOW)
    plan = plan_route(
        universal,
        Side.BUY,
        dec("1"),
        now_ns=NOW,
        constraints=Constraints(
            allowances={"okx:BTC/USDT": Allowance(excluded="key may not trade")}
        ),
    )
    assert {each.instrument: each.reason for each in plan.alternatives} == {
        "kraken:BTC/USD": "",
        "okx:BTC/USDT": "key may not trade",
        "binance:BTC/USD": "takes no orders: cancel_only",
        "bitget:BTC/USD": "not in sync",
    }
    assert [leg.instrument for leg in plan.legs] == ["kraken:BTC/USD"]


def test_balances_and_limits_are_kept(universal):
    kept = Constraints(
        allowances={"okx:BTC/USDT": Allowance(quote_free=dec("100.6005"))},
        limit_net_price=dec("102.5"),
    )
    plan = plan_route(universal, Side.BUY, dec(9), now_ns=NOW, constraints=kept)
    sizes = {leg.instrument: leg.size for leg in plan.legs}
    assert sizes == {"okx:BTC/USDT": 1, "kraken:BTC/USD": 6}
    assert plan.missing == 9 - plan.filled


def test_a_pool_is_a_leg_like_any_other(universal):
    pool = WeightedPool(
        name="uniswap:BTC/USD",
        terms=terms(lot="1e-8", fixed_cost=1),
        fee=dec("0.003"),
        base_reserve=dec(1000),
        quote_reserve=dec(100_000),
    )
    plan = plan_route(universal, Side.BUY, dec(8), now_ns=NOW, pools=[pool])
    kinds = {leg.instrument: leg.kind for leg in plan.legs}
    assert kinds["uniswap:BTC/USD"] is LegKind.SWAP
    assert plan.filled == 8
    assert plan.net_value < universal.cost(NOW, Side.BUY, dec(8)).net_value


def test_what_is_left_is_planned_again_without_what_failed(universal):
    plan = plan_route(universal, Side.BUY, dec(3), now_ns=NOW)
    assert {leg.instrument: leg.size for leg in plan.legs} == {
        "okx:BTC/USDT": 2,
        "kraken:BTC/USD": 1,
    }
    outcomes = {
        "okx:BTC/USDT": Outcome(filled=dec("0.5"), value=dec("50.3"), failed="refused: banned"),
        "kraken:BTC/USD": Outcome(filled=dec(1), value=dec("101.4")),
    }
    again = replan(plan, universal, outcomes, now_ns=NOW)
    assert again.size == dec("1.5")
    assert again.attempt == 2
    assert [(leg.instrument, leg.size) for leg in again.legs] == [("kraken:BTC/USD", dec("1.5"))]
    done = {"kraken:BTC/USD": Outcome(filled=dec("1.5"), value=dec("153"))}
    assert replan(again, universal, done, now_ns=NOW) is None
    with pytest.raises(ValueError, match="no leg of the plan"):
        replan(plan, universal, {"x:BTC/USD": Outcome()}, now_ns=NOW)
    with pytest.raises(ValueError, match="count each fill once"):
        replan(plan, universal, {"kraken:BTC/USD": Outcome(filled=dec(9))}, now_ns=NOW)


def test_what_is_left_of_the_money_is_spent(universal):
    plan = plan_route(universal, Side.BUY, now_ns=NOW, spend=dec(300))
    assert plan.net_value <= 300
    first = plan.legs[0]
    outcomes = {first.instrument: Outcome(filled=first.size / 2, value=first.value / 2)}
    again = replan(plan, universal, outcomes, now_ns=NOW)
    rate = USDT.rate if first.instrument.startswith("okx") else 1
    assert again.spend == 300 - first.value / 2 * rate


def test_a_passive_route_waits_with_a_part_and_takes_the_rest(universal):
    waiting = Waiting(
        queues={
            "okx:BTC/USDT": Queue(outflows=tuple(dec(k) for k in range(1, 12))),
            "kraken:BTC/USD": Queue(outflows=tuple(dec(12 - k) / 4 for k in range(1, 12))),
        },
        underfill=dec(3),
        overfill=dec(3),
    )
    kept = Constraints(mode=Mode.PASSIVE, waiting=waiting)
    plan = plan_route(universal, Side.BUY, dec(4), now_ns=NOW, constraints=kept)
    joins = [leg for leg in plan.legs if leg.kind is LegKind.JOIN]
    assert joins
    assert all(leg.limit_price in {dec(99), dec("99.5")} for leg in joins)
    assert all(0 < leg.expected_fill <= leg.size for leg in joins)
    assert plan.waiting == sum(leg.size for leg in joins)
    assert plan.waiting + plan.filled >= 4
    assert plan.filled <= 4
    for size in ("0.3", "1", "4", "9"):
        careful = Constraints(
            mode=Mode.PASSIVE, waiting=msgspec.structs.replace(waiting, may_overfill=False)
        )
        kept_to = plan_route(universal, Side.BUY, dec(size), now_ns=NOW, constraints=careful)
        assert kept_to.waiting + kept_to.filled + kept_to.missing == dec(size)
    dear = msgspec.structs.replace(waiting, underfill=dec(1000))
    hurried = plan_route(
        universal, Side.BUY, dec(4), now_ns=NOW,
        constraints=Constraints(mode=Mode.PASSIVE, waiting=dear),
    )  # fmt: skip
    assert hurried.filled > plan.filled
    with pytest.raises(ValueError, match="and no other, needs waiting"):
        Constraints(mode=Mode.PASSIVE)
    with pytest.raises(ValueError, match="not by an amount"):
        plan_route(universal, Side.BUY, now_ns=NOW, spend=dec(4), constraints=kept)
