"""Times that are due: moments, intervals, calendars through changes of the clocks; conditions."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.execution.schedules import At, Calendar, Condition, Every, Watch, following
from argosy.execution.schedules.when import newest
from argosy.execution.work import Market, Moved, Traded
from argosy.model import InstrumentId
from argosy.model.time import SECOND
from execution.emulated.worlds import ABOUT, SPOT

D = Decimal


def ns(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


NOON = ns("2026-10-20T12:00")


def due(cron, zone, after, count, **more):
    """So many times by a calendar, as UTC."""
    when, at, found = Calendar(cron=cron, zone=zone, **more), ns(after), []
    for _ in range(count):
        at = following(when, at)
        found.append(datetime.fromtimestamp(at / SECOND, tz=UTC).strftime("%m-%d %H:%M"))
    return found


def test_working_days_in_new_york_through_both_changes():
    assert due("30 16 * * 1-5", "America/New_York", "2026-03-05T00:00", 4) == [
        "03-05 21:30",
        "03-06 21:30",
        "03-09 20:30",  # clocks went forward on the 8th
        "03-10 20:30",
    ]
    assert due("30 16 * * 1-5", "America/New_York", "2026-10-30T00:00", 2) == [
        "10-30 20:30",
        "11-02 21:30",
    ]


def test_the_hour_that_is_lost_and_the_one_that_comes_twice():
    assert due("30 1 * * *", "Europe/London", "2026-03-28T12:00", 2) == [
        "03-29 01:00",  # 01:30 did not exist: the first moment after the gap, 02:00 there
        "03-30 00:30",
    ]
    assert due("30 1 * * *", "Europe/London", "2026-10-24T12:00", 2) == [
        "10-25 00:30",  # once, the first time
        "10-26 01:30",
    ]
    assert due("*/30 * * * *", "Europe/London", "2026-10-25T00:15", 4) == [
        "10-25 00:30",
        "10-25 01:00",
        "10-25 01:30",
        "10-25 02:00",
    ]


def test_days_that_are_left_out_are_local():
    assert due(
        "0 9 * * *", "Asia/Tokyo", "2026-12-23T12:00", 3, not_on=("2026-12-25", "2026-12-26")
    ) == ["12-24 00:00", "12-27 00:00", "12-28 00:00"]


@given(st.integers(0, 10**12), st.integers(1, 10**6), st.integers(0, 10**12))
def test_intervals(begin, every, after):
    when = Every(every_s=every, from_ns=begin * SECOND)
    found = following(when, after * SECOND)
    assert found > after * SECOND
    assert (found - when.from_ns) % (every * SECOND) == 0
    assert found >= when.from_ns
    assert found - every * SECOND <= max(after * SECOND, when.from_ns - every * SECOND)


def test_a_moment_is_due_once():
    assert following(At(at_ns=5), 4) == 5
    assert following(At(at_ns=5), 5) is None


def test_a_calendar_that_never_comes():
    with pytest.raises(ValueError, match="five fields"):
        Calendar(cron="0 0 31 2 *")
    whole = tuple(f"2028-02-{day}" for day in (29,))
    assert due("0 0 29 2 *", "UTC", "2026-01-01T00:00", 1, not_on=whole) == ["02-29 00:00"]


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"cron": "0 9 * *"}, "five fields"),
        ({"cron": "61 9 * * *"}, "Bad minute"),
        ({"cron": "0 9 * * *", "zone": "Mars/Olympus"}, "zone is 'Mars/Olympus'"),
        ({"cron": "0 9 * * *", "zone": "../etc"}, "zone is"),
        ({"cron": "0 9 * * *", "not_on": ("25.12.2026",)}, "dates are like"),
    ],
)
def test_what_makes_no_calendar(terms, said):
    with pytest.raises(ValueError, match=said):
        Calendar(**terms)
    with pytest.raises(ValueError, match="at least 1"):
        Every(every_s=0, from_ns=0)


def market(**prices):
    return Market(about=ABOUT, now_ns=1, **{name: D(value) for name, value in prices.items()})


@pytest.mark.parametrize(
    ("watch", "level", "prices", "holds"),
    [
        (Watch.LAST, "100", {"last": "100"}, True),
        (Watch.LAST, "100", {"last": "99.5"}, False),
        (Watch.LAST, "100", {}, False),
        (Watch.BID, "100", {"bid": "101", "ask": "102"}, True),
        (Watch.ASK, "103", {"bid": "101", "ask": "102"}, False),
        (Watch.MID, "101.5", {"bid": "101", "ask": "102"}, True),
        (Watch.MARK, "100", {"mark": "100"}, True),
        (Watch.INDEX, "100", {"mark": "100"}, False),
        (Watch.SPREAD_BPS, "100", {"bid": "99.5", "ask": "100.5"}, True),
        (Watch.SPREAD_BPS, "100", {"ask": "100.5"}, False),
    ],
)
def test_conditions(watch, level, prices, holds):
    condition = Condition(instrument=SPOT, watch=watch, at_least=D(level))
    assert condition.holds(market(**prices), Moved(SPOT)) is holds
    between = Condition(instrument=SPOT, watch=watch, at_least=D(0), at_most=D(level) - 1)
    assert not between.holds(market(**prices), Moved(SPOT)) or not holds


def test_each_trade_counts_not_only_the_latest():
    condition = Condition(instrument=SPOT, at_most=D(90))
    assert condition.holds(market(last="95"), Traded(SPOT, D(90), D(1)))
    other = InstrumentId("test:ETH/USD")
    assert not condition.holds(market(last="95"), Traded(other, D(90), D(1)))


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({}, "at_least or at_most"),
        ({"at_least": D("NaN")}, "at_least"),
        ({"at_least": D(1), "for_s": -1}, "for_s"),
    ],
)
def test_what_makes_no_condition(terms, said):
    with pytest.raises(ValueError, match=said):
        Condition(instrument=SPOT, **terms)


@given(
    when=st.sampled_from(
        [
            Every(every_s=7, from_ns=NOON),
            Every(every_s=3600, from_ns=NOON),
            Calendar(cron="*/5 * * * *"),
            Calendar(cron="0 9 * * 1-5", zone="Europe/London"),
            Calendar(cron="30 1 * * 0", zone="Europe/London", not_on=("2026-10-25",)),
        ]
    ),
    passed_s=st.one_of(st.integers(0, 600), st.integers(0, 15 * 86_400)),
)
@settings(max_examples=60, deadline=None)
def test_the_newest_is_the_last_of_all_that_follow(when, passed_s):
    due = following(when, NOON)
    now = due + passed_s * SECOND
    last, after = due, following(when, due)
    while after <= now:
        last, after = after, following(when, after)
    assert newest(when, due, now) == last


def test_of_one_moment_the_newest_is_itself():
    assert newest(At(at_ns=5), 5, 900) == 5
