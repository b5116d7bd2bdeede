"""The arithmetic of limits against models that count everything from the beginning."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.errors import ConfigError
from argosy.model.time import MILLISECOND, SECOND
from argosy.net.buckets import start_count
from argosy.venues.catalog import Bucket

STEPS = st.lists(
    st.tuples(st.integers(0, 3_000), st.sampled_from([0.1, 0.5, 1, 2, 5])), max_size=60
)


def _play(bucket: Bucket, steps: list[tuple[int, float]]) -> list[tuple[int, Fraction]]:
    """Send each as soon as the count lets it, after a pause; return what was sent when."""
    count = start_count(bucket)
    now_ns = 0
    sent = []
    for pause_ms, cost in steps:
        now_ns += pause_ms * MILLISECOND
        free_ns = count.free_at_ns(cost, now_ns)
        if free_ns > now_ns:
            # Not a nanosecond sooner, and then at once.
            assert count.free_at_ns(cost, free_ns - 1) == free_ns
        now_ns = free_ns
        assert count.free_at_ns(cost, now_ns) == now_ns
        count.take(cost, now_ns)
        sent.append((now_ns, Fraction(str(cost))))
    return sent


@given(STEPS)
def test_sliding_never_has_more_than_max_in_any_window(steps: list[tuple[int, float]]):
    sent = _play(Bucket(kind="sliding", max=5, window_s=2), steps)
    for at, _ in sent:
        assert sum(cost for when, cost in sent if at - 2 * SECOND < when <= at) <= 5


@given(STEPS)
def test_window_never_has_more_than_max_in_a_window_from_its_first(steps: list[tuple[int, float]]):
    sent = _play(Bucket(kind="window", max=5, window_s=2), steps)
    opened, used = None, Fraction(0)
    for at, cost in sent:
        if opened is None or at >= opened + 2 * SECOND:
            opened, used = at, Fraction(0)
        used += cost
        assert used <= 5


@given(STEPS)
def test_decay_never_rises_above_max(steps: list[tuple[int, float]]):
    sent = _play(Bucket(kind="decay", max=5, decay_per_s=2.34), steps)
    level, last = Fraction(0), 0
    for at, cost in sent:
        level = max(Fraction(0), level - Fraction("2.34") * Fraction(at - last, SECOND)) + cost
        last = at
        assert level <= 5


@pytest.mark.parametrize("kind", ["window", "sliding", "decay"])
def test_the_venues_own_figure_counts(kind: str):
    count = start_count(Bucket(kind=kind, max=10, window_s=10, decay_per_s=1))
    count.take(4, 0)
    count.correct(10, 0)
    assert count.free_at_ns(1, 0) > 0
    count.correct(2, 0)
    assert count.free_at_ns(8, 0) == 0
    assert count.free_at_ns(9, 0) > 0
    count.correct(0, 0)
    assert count.empty(0)


@pytest.mark.parametrize(
    "bucket",
    [
        Bucket(kind="window", max=1),
        Bucket(kind="sliding", max=0, window_s=1),
        Bucket(kind="decay", max=1),
    ],
)
def test_figures_that_make_no_limit_are_refused(bucket: Bucket):
    with pytest.raises(ConfigError):
        start_count(bucket)
