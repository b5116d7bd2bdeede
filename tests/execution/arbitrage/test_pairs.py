"""Which pairs are looked at, what carry is expected of them, and when funding has paid for them."""

from decimal import Decimal

import pytest

from argosy.execution.arbitrage.pairs import USUAL, Assumptions, scan_pairs
from argosy.execution.arbitrage.values import YEAR_NS, Funding, Kind
from argosy.model import InstrumentKind, Nanos
from argosy.model.time import DAY, HOUR
from execution.arbitrage.offers import NOW, D, offer

EXACT = Assumptions(floor_bps=D(-100_000))


def scan(*offers, assume=USUAL, **more):
    return scan_pairs(offers, assume, quote="USD", now_ns=NOW, **more)


def funding(rate, *, later=None, in_h=1, every_h=8):
    return Funding(
        rate=D(rate),
        at_ns=Nanos(NOW + in_h * HOUR),
        interval_ns=every_h * HOUR,
        later=D(rate if later is None else later),
        seen_ns=Nanos(NOW),
    )


def perpetual(name="okx:BTC/USD:USD", *, bids=(), asks=(), rate="0.0001", terms=None, **more):
    return offer(
        name,
        bids=bids,
        asks=asks,
        terms=terms,
        kind=InstrumentKind.PERPETUAL,
        multiplier=D("0.01"),
        funding=funding(rate, **more),
    )


def test_all_ordered_pairs_of_one_base_and_no_other():
    books = [
        offer(f"{v}:BTC/USD", asks=((101 + i, 1),), bids=((100 + i, 1),))
        for i, v in enumerate("abc")
    ]
    other = offer("d:ETH/USD", asks=((1, 1),), bids=((1, 1),), base="ETH")
    found = scan(*books, other, assume=EXACT)
    assert len({each.words for each in found}) == 6
    paying = scan(*books, other)
    assert [each.words for each in paying if each.executable] == ["buy a:BTC/USD, sell c:BTC/USD"]


def test_where_nothing_pays_the_nearest_is_told():
    books = [
        offer(f"{v}:BTC/USD", asks=((101, 1),), bids=((bid, 1),))
        for v, bid in zip("abc", (90, 98, 97), strict=True)
    ]
    (nearest,) = scan(*books)
    assert nearest.legs[1].instrument == "b:BTC/USD"
    assert not nearest.executable


def test_conversions_are_charged_where_there_are_any():
    plain = offer("a:BTC/USD", asks=((100, 1),))
    tether = offer("b:BTC/USDT", bids=((110, 1),), converted=True, quote="USDT")
    (found,) = scan(plain, tether, assume=Assumptions(conversion_bps=D(10)))
    assert found.costs["conversion"] == D("0.11")


def test_a_dated_future_locks_in_its_basis():
    spot = offer("a:BTC/USD", asks=((100, 5),), bids=((99, 5),), terms={"taker_fee": "0.001"})
    future = offer(
        "okx:BTC/USD:USD-261225",
        bids=((103, 3),),
        kind=InstrumentKind.FUTURE,
        expiry_ns=Nanos(NOW + 73 * DAY),
        terms={"taker_fee": "0.0005"},
    )
    assume = Assumptions(delivery_bps=D(1), financing=D("0.05"))
    (found,) = [each for each in scan(spot, future, assume=assume) if each.kind is Kind.DATED]
    assert found.executable
    assert found.size == 3
    assert found.gross == 9
    assert found.costs == {
        "fees": D("0.3") + D("0.1545"),
        "exit": D("0.3"),  # the spot is sold at the end
        "delivery": D("0.0309"),
        "financing": 300 * D("0.05") / 5,
    }
    assert found.annualised == found.net / 300 * 5  # 73 days are a fifth of a year
    assert found.break_even_ns is None
    assert found.holding_ns == 73 * DAY


def test_backwardation_is_the_other_way_round():
    spot = offer("a:BTC/USD", bids=((100, 5),), asks=((101, 5),), terms={"base_cap": 2})
    future = offer(
        "okx:BTC/USD:USD-261225",
        asks=((97, 3),),
        kind=InstrumentKind.FUTURE,
        expiry_ns=Nanos(NOW + 30 * DAY),
    )
    (found,) = [each for each in scan(spot, future) if each.executable]
    assert found.words == "buy okx:BTC/USD:USD-261225, sell a:BTC/USD"
    assert (found.size, found.limited_by) == (2, "a:BTC/USD: balance of BTC")


def test_a_perpetual_earns_its_funding_and_breaks_even():
    spot = offer("a:BTC/USD", asks=((100, 5),), terms={"taker_fee": "0.001"})
    swap = perpetual(bids=((100, 4),), rate="0.0004", terms={"taker_fee": "0.0005"})
    assume = Assumptions(holding_ns=10 * DAY)
    (found,) = [each for each in scan(spot, swap, assume=assume) if each.kind is Kind.PERPETUAL]
    # First in one hour, then every eight: 30 in ten days.
    assert found.costs["funding"] == -400 * 30 * D("0.0004")
    assert found.costs["exit"] == found.costs["fees"] == 400 * D("0.0015")
    assert found.net == 400 * (30 * D("0.0004") - D("0.003"))
    # 0.003 to be earned at 0.0004 each eight hours: seven and a half periods.
    assert found.break_even_ns == 60 * HOUR
    assert found.annualised == found.net / 400 * Decimal(YEAR_NS) / (10 * DAY)


def test_funding_that_is_paid_never_breaks_even():
    spot = offer("a:BTC/USD", asks=((100, 5),))
    swap = perpetual(bids=((100, 4),), rate="-0.0004", terms={"taker_fee": "0.0005"})
    (found,) = scan(spot, swap, assume=EXACT)
    assert not found.executable
    assert found.break_even_ns is None


def test_expected_funding_counts_each_payment_once():
    seen = funding("0.01", later="0.002")
    assert seen.expected(NOW, NOW + HOUR - 1) == 0
    assert seen.expected(NOW, NOW + HOUR) == D("0.01")
    assert seen.expected(NOW, NOW + 17 * HOUR) == D("0.014")
    assert seen.expected(NOW + HOUR, NOW + 9 * HOUR) == D("0.002")  # the first one is over
    assert seen.expected(NOW + 40 * HOUR, NOW + 41 * HOUR) == D("0.002")
    split = [seen.expected(NOW + h * HOUR, NOW + (h + 1) * HOUR) for h in range(100)]
    assert sum(split) == seen.expected(NOW, NOW + 100 * HOUR)


def test_two_perpetuals_for_the_difference_of_their_funding():
    cheap = perpetual("a:BTC/USD:USD", asks=((100, 5),), bids=((99, 5),), rate="-0.0001")
    dear = perpetual("b:BTC/USD:USD", asks=((101, 5),), bids=((100, 5),), rate="0.0003", every_h=4)
    found = {each.words: each for each in scan(cheap, dear, assume=EXACT)}
    best = found["buy a:BTC/USD:USD, sell b:BTC/USD:USD"]
    assert best.kind is Kind.FUNDING
    assert best.costs["funding"] == -500 * (21 * D("0.0001") + 42 * D("0.0003"))
    assert best.legs[0].order_size == 500
    assert best.break_even_ns == 0
    assert not found["buy b:BTC/USD:USD, sell a:BTC/USD:USD"].executable


def test_only_the_kinds_asked_for():
    spot = offer("a:BTC/USD", asks=((100, 5),), bids=((99, 5),))
    swap = perpetual(bids=((103, 4),), asks=((104, 4),))
    assert scan(spot, swap)
    assert not scan(spot, swap, kinds=frozenset({Kind.CROSS, Kind.DATED}))


@pytest.mark.parametrize(
    ("figure", "value"),
    [("conversion_bps", -1), ("withdrawal", -1), ("holding_ns", 0), ("most", 0), ("financing", -1)],
)
def test_assumptions_that_make_no_sense(figure, value):
    with pytest.raises(ValueError, match=figure):
        Assumptions(**{figure: value if figure == "holding_ns" else D(value)})
