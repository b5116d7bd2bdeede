"""Curves in floats, and how far their chords go: against plain sums and a slow search."""

import math
import random

import pytest

from argosy.books.chords import STEPS_MAX, Chords


def stretches(rng, count, *, buy):
    """Stretches that go on where the one before ended, at prices that get worse."""
    found, price = [], 1.0
    for _ in range(count):
        size, reach = rng.uniform(1e3, 1e6), rng.uniform(1e7, 1e9)
        found.append((price, size, reach))
        left = 1.0 - size / reach if buy else 1.0 + size / reach
        price = price / left**2 * (1.001 if buy else 0.999)
    return found


def value(parts, x, sign):
    total = 0.0
    for price, size, reach in parts:
        inside = min(x, size)
        total += price * inside / (1.0 - sign * inside / reach)
        x -= inside
    return total


@pytest.mark.parametrize("buy", [True, False])
def test_the_curve_is_the_sum_of_its_stretches(buy):
    rng = random.Random(1)
    parts = stretches(rng, 9, buy=buy)
    curve = Chords([*parts, (9.0, 0.0, 1.0)], buy, 1.0, 1e-4)
    assert curve.count == 9  # what has no size is left out
    whole = sum(size for _, size, _ in parts)
    for _ in range(200):
        x = rng.uniform(0, whole)
        found, last, used = curve.at(x)
        assert math.isclose(found, value(parts, x, 1.0 if buy else -1.0), rel_tol=1e-12)
        assert used == sum(1 for i in range(9) if sum(size for _, size, _ in parts[:i]) < x)
        assert math.isclose(curve.until(last), x, rel_tol=1e-6)
    assert curve.at(0.0) == (0.0, 1.0, 1)
    assert curve.at(2 * whole) == pytest.approx(curve.at(whole), rel=1e-12)
    assert curve.until(0.5 if buy else 2.0) == 0.0
    assert math.isclose(curve.until(1e9 if buy else 1e-9), whole)


def fits(curve, done, upto, chord):
    (before, first, _), (after, last, _) = curve.at(float(done)), curve.at(float(upto))
    width = upto - done
    slope = (after - before) / width
    if done == 0:
        return abs(slope - first) <= chord * first
    off = abs((last - slope) * (slope - first)) * width
    return off <= chord * before * (abs(last - first) + 1e-12 * first)


@pytest.mark.parametrize("buy", [True, False])
def test_chords_go_as_far_as_they_may(buy):
    parts = stretches(random.Random(2), 9, buy=buy)
    end = int(sum(size for _, size, _ in parts))
    chord = 4.5e-5
    curve = Chords(parts, buy, 1.0, chord)
    done = 0
    while done < end:
        upto = curve.next_end(done, 10, end)
        assert done < upto <= end
        assert upto >= 10
        width = upto - done
        if upto < end and upto > 10:
            assert fits(curve, done, upto, chord)
            assert not fits(curve, done, done + width + width // 64 * 2 + 2, chord)
        done = upto


def test_sizes_near_the_most_are_no_trouble():
    curve = Chords([(1.0, 1e20, 1e30)], True, 1.0, 1e-4)
    assert curve.next_end(0, 1, STEPS_MAX) == STEPS_MAX
    curve = Chords([(1.0, 1e20, 1e19)], True, 1.0, 1e-4)
    done = 0
    for _ in range(40):
        done, before = curve.next_end(done, 1, STEPS_MAX), done
        assert before < done <= STEPS_MAX
        if done == STEPS_MAX:
            break
