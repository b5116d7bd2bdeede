"""Profit from fills: hand-worked numbers, and the sums that must hold whatever the fills."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.model import Fill, Instrument, InstrumentKind, Liquidity, Payoff, Side
from argosy.portfolio import CostBasis, ProfitBook, profit_of

D = Decimal
SPOT = Instrument(
    id="v:BTC/USD", venue="v", venue_symbol="X", kind=InstrumentKind.SPOT, base="BTC", quote="USD",
    price_increment=D("0.1"), size_increment=D("0.1"),
)  # fmt: skip


def perpetual(payoff, settle, contract):
    return Instrument(
        id=f"v:BTC/USD:{settle}", venue="v", venue_symbol="P", kind=InstrumentKind.PERPETUAL,
        base="BTC", quote="USD", settle=settle, payoff=payoff, contract_size=D(contract),
        price_increment=D("0.1"), size_increment=D(1),
    )  # fmt: skip


def fill(about, number, side, size, price, fee="0", ns=0):
    return Fill(
        instrument=about.id, venue_order_id="o", venue_trade_id=str(number), side=side,
        price=D(price), size=D(size), fee=D(fee), fee_currency=about.settle or about.quote,
        liquidity=Liquidity.TAKER, venue_ns=ns, received_ns=ns,
    )  # fmt: skip


def three(about):
    return [
        fill(about, 1, Side.BUY, 1, 100, "0.1", 1),
        fill(about, 2, Side.BUY, 1, 120, "0.1", 2),
        fill(about, 3, Side.SELL, 1, 130, "0.1", 3),
    ]


def test_average_and_fifo_differ_in_what_is_realised_only():
    average = profit_of(SPOT, three(SPOT), mark=D(140))
    fifo = profit_of(SPOT, three(SPOT), mark=D(140), basis=CostBasis.FIFO)
    assert (average.realised, average.unrealised, average.entry_price) == (20, 30, 110)
    assert (fifo.realised, fifo.unrealised, fifo.entry_price) == (30, 20, 120)
    assert average.net == fifo.net == D("49.7")


def test_inverse_pays_in_the_base_currency():
    about = perpetual(Payoff.INVERSE, "BTC", 100)
    fills = [
        fill(about, 1, Side.BUY, 100, 10000, ns=1),
        fill(about, 2, Side.SELL, 100, 12500, ns=2),
    ]
    # 10,000 USD x (1/10,000 - 1/12,500) = 1 - 0.8
    assert profit_of(about, fills).realised == D("0.2")


def test_inverse_entry_is_the_harmonic_mean():
    about = perpetual(Payoff.INVERSE, "BTC", 1)
    fills = [fill(about, 1, Side.BUY, 100, 100), fill(about, 2, Side.BUY, 100, 400)]
    assert profit_of(about, fills).entry_price == 160  # 200 / (1 + 0.25)


def test_quanto_goes_through_its_rate():
    about = perpetual(Payoff.QUANTO, "XBT", 1)
    fills = [fill(about, 1, Side.SELL, 3, 200, ns=1), fill(about, 2, Side.BUY, 3, 150, ns=2)]
    profit = profit_of(about, fills, quanto_rate=D("0.000001"))
    assert (profit.realised, profit.currency) == (D("0.00015"), "XBT")


def test_flip_repeat_funding_and_no_mark():
    book = ProfitBook(SPOT)
    assert book.add(fill(SPOT, 1, Side.BUY, 1, 100))
    assert book.add(fill(SPOT, 2, Side.SELL, 3, 110))
    assert not book.add(fill(SPOT, 2, Side.SELL, 3, 110))
    book.add_funding(D(-1))
    assert book.report().net is None
    report = book.report(D(105))
    assert (report.size, report.realised, report.unrealised, report.net) == (-2, 10, 10, 19)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="does not belong"):
        ProfitBook(SPOT).add(fill(perpetual(Payoff.LINEAR, "USD", 1), 1, Side.BUY, 1, 1))
    with pytest.raises(ValueError, match="price is 0"):
        ProfitBook(SPOT).add(fill(SPOT, 1, Side.BUY, 1, 0))
    with pytest.raises(ValueError, match="quantos alone"):
        ProfitBook(perpetual(Payoff.QUANTO, "XBT", 1))


FILLS = st.lists(
    st.tuples(st.sampled_from(Side), st.integers(1, 50), st.integers(1, 500)),
    min_size=1,
    max_size=20,
)


@given(FILLS, st.integers(1, 500), st.sampled_from(CostBasis), st.booleans(), st.randoms())
def test_gross_is_the_cash_flow_and_order_does_not_matter(rows, mark, basis, inverse, random):
    about = perpetual(Payoff.INVERSE, "BTC", 10) if inverse else SPOT
    fills = [fill(about, number, *row) for number, row in enumerate(rows)]
    whole = D(0)
    for side, size, price in rows:
        signed = size if side is Side.BUY else -size
        part = D(1) / price - D(1) / mark if inverse else D(mark) - price
        whole += signed * part * about.contract_size
    book = ProfitBook(about, basis)
    random.shuffle(fills)
    for one in fills:
        book.add(one)
    assert abs(book.report(D(mark)).gross - whole) < D("1e-40")
