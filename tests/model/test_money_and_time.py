"""Decimals and nanoseconds are read and written exactly, and nothing else is let in."""

import decimal
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.model import money, time

NUMBERS = st.decimals(
    allow_nan=False, allow_infinity=False, places=18, min_value=-(10**30), max_value=10**30
)


@given(NUMBERS)
def test_a_number_survives_being_written_and_read(value):
    text = money.plain(value)
    assert money.parse_decimal(text) == value
    assert "E" not in text
    assert text == "0" or "." not in text or not text.endswith("0")


@pytest.mark.parametrize(
    "text", ["", " 1", "1 ", "1_000", "NaN", "-Infinity", "1,5", "one", "\uff11"]
)
def test_what_is_no_plain_number_is_refused(text):
    with pytest.raises(ValueError, match="price is"):
        money.parse_decimal(text, "price")


@pytest.mark.parametrize(
    "text",
    ["1e100000", "-1e60", "1e-61", "0e100000", "9" * 61, "0." + "9" * 61, "1e99999999999999999999"],
)
def test_what_no_sum_of_money_needs_is_refused_in_short(text):
    with pytest.raises(ValueError, match=r"size is '.*needed") as refused:
        money.parse_decimal(text, "size")
    assert len(str(refused.value)) < 120


@pytest.mark.parametrize("text", ["1e59", "9" * 60, "1e-60", "0." + "9" * 60])
def test_what_is_read_can_be_laid_on_any_grid(text):
    value = money.parse_decimal(text)
    for step in ("1e-60", "0.01", "7"):
        fits = (Fraction(value) / Fraction(Decimal(step))).denominator == 1
        assert money.on_grid(value, Decimal(step)) == fits


def test_floats_cannot_mix_with_money():
    with pytest.raises(decimal.FloatOperation):
        Decimal(1 / 10)
    with pytest.raises(decimal.FloatOperation):
        _ = Decimal(1) < 0.5


def test_wei_sized_products_are_exact():
    assert Decimal(10**30 + 1) * Decimal(10**20 + 1) == Decimal((10**30 + 1) * (10**20 + 1))


@pytest.mark.parametrize(
    ("increment", "digits"), [("0.05", 2), ("10", 0), ("0.10", 1), ("1", 0), ("1E-8", 8)]
)
def test_decimals_of_an_increment(increment, digits):
    assert money.decimals_of(Decimal(increment)) == digits


@given(NUMBERS, st.sampled_from(["0.01", "0.25", "5", "1E-8"]))
def test_rounding_to_a_grid(value, step):
    increment = Decimal(step)
    low, high = money.floor_to(value, increment), money.ceil_to(value, increment)
    assert low <= value <= high
    assert high - low in {0, increment}
    assert money.on_grid(low, increment)
    assert money.on_grid(value, increment) == (low == high)


@pytest.mark.parametrize("text", ["-0", "0.000", "0"])
def test_zero_is_written_as_zero(text):
    assert money.plain(Decimal(text)) == "0"


@given(st.integers(0, 4_000_000_000 * time.SECOND))
def test_a_time_survives_being_written_and_read(at):
    assert time.parse_utc(time.format_utc(at)) == at
    assert time.parse_utc(time.format_utc(at, 0)) == at // time.SECOND * time.SECOND


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2200, 1, 1)))  # noqa: DTZ001
def test_times_agree_with_the_standard_library(moment):
    expected = round(moment.replace(tzinfo=UTC, microsecond=0).timestamp()) * time.SECOND
    assert time.parse_utc(moment.isoformat()) == expected + moment.microsecond * time.MICROSECOND


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1970-01-01T00:00:01.5Z", 1_500_000_000),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1969-12-31T23:00:00-0100", 0),
        ("2016-12-31T23:59:60Z", 1_483_228_800 * time.SECOND),
        ("2023-10-06 17:35:55.1234567899Z", 1_696_613_755_123_456_789),
    ],
)
def test_stamps_that_venues_write(text, at):
    assert time.parse_utc(text) == at


@pytest.mark.parametrize(
    "text", ["", "now", "2023-10-06", "2023-13-06T00:00:00Z", "2023-1-1T0:0:0Z"]
)
def test_what_is_no_stamp_is_refused(text):
    with pytest.raises(ValueError, match=r"time|month"):
        time.parse_utc(text)


def test_unix_seconds_are_read_without_floats():
    assert time.parse_seconds("1618678142.557535") == 1_618_678_142_557_535_000
    assert time.parse_seconds("7") == 7 * time.SECOND
    with pytest.raises(ValueError, match="unix seconds"):
        time.parse_seconds("1.6e9")


def test_milliseconds():
    assert time.from_ms(5) == 5_000_000
    assert time.to_ms(time.Nanos(5_999_999)) == 5
