"""Volume curves against sums made the long way, second by second."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.execution.algorithms import Span, of_candles, of_trades, volume_curve
from argosy.model import Candle, Side, Trade
from argosy.model.time import SECOND
from execution.emulated.worlds import SPOT

D = Decimal


def candle(open_s, volume, interval_s=60, closed=True):
    return Candle(
        instrument=SPOT,
        venue_ns=open_s * SECOND,
        received_ns=open_s * SECOND,
        interval_s=interval_s,
        open_ns=open_s * SECOND,
        open=D(1),
        high=D(1),
        low=D(1),
        close=D(1),
        volume=D(volume),
        closed=closed,
    )


def trade(at_s, size):
    at_ns = int(at_s * SECOND)
    return Trade(
        instrument=SPOT, venue_ns=at_ns, received_ns=at_ns, price=D(1), size=D(size),
        taker_side=Side.BUY, venue_trade_id=str(at_ns),
    )  # fmt: skip


def test_the_same_minute_of_each_day_is_averaged():
    day = 86_400
    history = of_candles(
        [candle(600, 3), candle(660, 5), candle(day + 600, 5), candle(day + 660, 7)]
    )
    begin_ns = (9 * day + 600) * SECOND
    assert volume_curve(history, begin_ns=begin_ns, interval_ns=60 * SECOND, parts=2) == (4, 6)
    assert volume_curve(history, begin_ns=begin_ns, interval_ns=30 * SECOND, parts=4) == (
        2, 2, 3, 3,
    )  # fmt: skip
    # From half a minute later on: half a candle, then what nothing is known of.
    half_ns = begin_ns + 90 * SECOND
    assert volume_curve(history, begin_ns=half_ns, interval_ns=30 * SECOND, parts=3) == (3, 3, 3)


@given(
    spans=st.lists(
        st.tuples(st.integers(0, 80), st.integers(1, 12), st.integers(0, 50)),
        min_size=1,
        max_size=8,
    ),
    begin=st.integers(0, 200),
    interval=st.integers(1, 9),
    parts=st.integers(1, 9),
    period=st.integers(10, 40),
)
def test_as_second_by_second(spans, begin, interval, parts, period):
    history = [Span(start, start + length, D(volume)) for start, length, volume in spans]
    sums, known = [D(0)] * parts, [0] * parts
    for span in history:
        for second in range(span.start_ns, span.end_ns):
            for number in range(parts):
                for at in range(begin + number * interval, begin + (number + 1) * interval):
                    if (at - second) % period == 0:
                        sums[number] += span.volume / (span.end_ns - span.start_ns)
                        known[number] += 1
    asked = {"begin_ns": begin, "interval_ns": interval, "parts": parts, "period_ns": period}
    if not sum(sums):
        with pytest.raises(ValueError, match="no volume at these times"):
            volume_curve(history, **asked)
        return
    usual = sum(sums) / sum(known)
    wanted = [
        (one / seconds if seconds else usual) * interval
        for one, seconds in zip(sums, known, strict=True)
    ]
    found = volume_curve(history, **asked)
    assert all(abs(a - b) <= b * D("1e-11") for a, b in zip(found, wanted, strict=True))


def test_a_candle_that_goes_on_does_not_count():
    assert of_candles([candle(0, 9), candle(60, 1, closed=False)]) == [Span(0, 60 * SECOND, D(9))]


def test_trades_are_counted_in_stretches_with_the_quiet_ones():
    trades = [trade(D(at), size) for at, size in (("0.5", 1), ("0.9", 2), ("3.1", 4), ("4.2", 8))]
    spans = of_trades(trades, SECOND)
    assert [span.volume for span in spans] == [3, 0, 0, 4]  # the fifth second goes on
    assert of_trades([], SECOND) == []
    with pytest.raises(ValueError, match="step is 0"):
        of_trades(trades, 0)


@pytest.mark.parametrize("wrong", [{"parts": 0}, {"interval_ns": 0}, {"period_ns": 0}])
def test_what_is_no_time_says_so(wrong):
    asked = {"begin_ns": 0, "interval_ns": 1, "parts": 1, "period_ns": 1} | wrong
    with pytest.raises(ValueError, match="must be above 0"):
        volume_curve([Span(0, 1, D(1))], **asked)
