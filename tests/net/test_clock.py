"""The venue's clock as told from its answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.model import Nanos
from argosy.model.time import MILLISECOND, SECOND
from argosy.net.clock import SystemClock, VenueClock
from argosy.testing.clock import START_NS, SimulatedClock


def test_system_clock_reads_wall_and_monotonic_time():
    clock = SystemClock()
    assert clock.now_ns() > START_NS
    assert clock.monotonic_ns() <= clock.monotonic_ns()


def test_before_a_sample_it_is_our_own_time():
    clock = SimulatedClock()
    assert VenueClock(clock).now_ns() == clock.now_ns()
    assert VenueClock(clock).skew_ns == 0


@given(
    skew_ms=st.integers(-90_000, 90_000),
    trips=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 2000)), min_size=1, max_size=8),
)
def test_the_estimate_is_within_the_error_it_states(skew_ms: int, trips: list[tuple[int, int]]):
    clock = SimulatedClock(Nanos(START_NS + 123_456_789))
    venue = VenueClock(clock)
    at = 0
    for out_ms, back_ms in trips:
        sent = at
        venue_at = START_NS + 123_456_789 + sent + (out_ms + skew_ms) * MILLISECOND
        received = sent + (out_ms + back_ms) * MILLISECOND
        venue.observe(sent, received, Nanos(venue_at // MILLISECOND * MILLISECOND))
        at = received
    assert abs(venue.skew_ns - skew_ms * MILLISECOND) <= venue.error_ns + MILLISECOND


def test_the_shortest_round_trip_counts():
    venue = VenueClock(SimulatedClock())
    now = START_NS + 1
    venue.observe(0, 10 * MILLISECOND, Nanos(now + 5 * MILLISECOND + 2 * SECOND))
    venue.observe(0, 4 * SECOND, Nanos(now + 9 * SECOND))
    assert abs(venue.skew_ns - 2 * SECOND) < 6 * MILLISECOND


def test_a_venue_of_whole_seconds_is_half_a_second_on():
    clock = SimulatedClock()
    venue = VenueClock(clock)
    venue.observe(0, 0, START_NS)
    assert venue.skew_ns == SECOND // 2
    assert venue.error_ns == SECOND // 2


def test_a_step_of_the_wall_clock_does_not_move_venue_time():
    clock = SimulatedClock()
    venue = VenueClock(clock)
    venue.observe(0, 2, Nanos(START_NS + 1))
    clock.step_wall(-3600)
    assert abs(venue.now_ns() - START_NS) < 10


def test_an_answer_before_its_question_is_refused():
    with pytest.raises(ValueError, match="not in this order"):
        VenueClock(SimulatedClock()).observe(5, 4, START_NS)
