"""Costs of orders: numbers worked by hand, and averages weighted by what was filled."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from argosy.analytics.tca import grouped, order_cost
from argosy.model import (
    Fill,
    InstrumentId,
    Liquidity,
    Nanos,
    OrderReport,
    OrderStatus,
    OrderType,
    Side,
    TopOfBook,
    VenueOrderId,
)
from execution.emulated.worlds import ABOUT, SPOT, SWAP_ABOUT

D = Decimal
ARRIVAL = TopOfBook(bid=D(99), ask=D(101))


def report(side=Side.BUY, size="2", filled="2", instrument=SPOT):
    return OrderReport(
        instrument=InstrumentId(instrument),
        venue_id=VenueOrderId("V1"),
        status=OrderStatus.FILLED,
        side=side,
        type=OrderType.LIMIT,
        size=D(size),
        filled=D(filled),
        venue_ns=Nanos(5),
        received_ns=Nanos(5),
        created_ns=Nanos(1_000_000),
    )


def fill(number, price, size="1", *, fee="0.1", currency="USD", maker=False, side=Side.BUY):
    return Fill(
        instrument=SPOT,
        venue_order_id=VenueOrderId("V1"),
        venue_trade_id=f"T{number}",
        side=side,
        price=D(price),
        size=D(size),
        fee=D(fee),
        fee_currency=currency,
        liquidity=Liquidity.MAKER if maker else Liquidity.TAKER,
        venue_ns=Nanos(3_500_000),
        received_ns=Nanos(3_500_000),
    )


def cost(fills, *, about=ABOUT, arrival=ARRIVAL, seen=None, end=None, **told):
    return order_cost(
        "mine",
        report(**told),
        fills,
        about,
        arrival=arrival,
        seen=seen or {},
        end=end,
        fee_in_quote=lambda one: one.fee if one.fee_currency == "USD" else None,
    )


def test_by_hand():
    seen = {"T2": TopOfBook(bid=D(100), ask=D(102))}
    found = cost([fill(1, 101), fill(2, 103, maker=True)], seen=seen)
    assert (found.average_price, found.arrival_mid) == (D(102), D(100))
    assert found.notional == D(204)
    assert found.took_ms == D("2.5")
    assert found.maker == D("0.5")
    assert found.cost_bps == D(200)  # 102 against 100
    assert found.spread_bps == D(100)  # half of 2 on 100
    assert found.timing_bps == D(50)  # the second was filled at a mid of 101
    assert found.impact_bps == D(50)
    assert found.fee_bps == D(10)
    assert found.total_bps == D(210)


def test_selling_lower_is_worse_and_what_was_not_filled_counts_apart():
    end = TopOfBook(bid=D(89), ask=D(91))
    found = cost([fill(1, 99, side=Side.SELL)], side=Side.SELL, size="3", filled="1", end=end)
    assert found.cost_bps == D(100)
    assert found.opportunity == D(20)  # two not sold, ten lower at the end


def test_contracts_count_in_base_units():
    found = cost([fill(1, 101, "50")], about=SWAP_ABOUT, size="50", filled="50", instrument="x:y/z")
    assert (found.filled, found.notional) == (D("0.5"), D("50.5"))
    assert found.cost_bps == D(100)


def test_what_is_not_known_is_said():
    assert "no book" in cost([fill(1, 101)], arrival=None).unpriced
    assert "not listed" in cost([fill(1, 101)], about=None).unpriced
    odd = cost([fill(1, 101, currency="KFEE")])
    assert (odd.cost_bps, odd.fee_bps, odd.total_bps) == (D(100), None, None)
    assert "currency without a price" in odd.unpriced
    nothing = cost([], filled="0")
    assert nothing.cost_bps is None
    assert nothing.unpriced == ""


@given(
    st.lists(st.tuples(st.integers(90, 110), st.integers(1, 9), st.booleans()), min_size=1),
)
def test_the_whole_is_the_average_of_its_parts(rows):
    costs = [cost([fill(n, p, str(s), maker=m)]) for n, (p, s, m) in enumerate(rows)]
    (whole,) = grouped(costs, lambda _one: "all")
    size = sum(s for _, s, _ in rows)
    paid = sum(D(p * s) for p, s, _ in rows) / size
    assert abs(whole.cost_bps - (paid - 100) * 100) <= D("0.02")
    assert whole.notional == sum(p * s for p, s, _ in rows)
    assert whole.orders == whole.priced == len(rows)
    each = grouped(costs, lambda one: str(one.average_price))
    assert sum(group.orders for group in each) == len(rows)
    assert [group.notional for group in each] == sorted(
        (group.notional for group in each), reverse=True
    )
