from hypothesis import given
from hypothesis import strategies as st

from argosy.books.ladder import Ladder
from argosy.execution.routing.takes import affordable, enough, take

HUGE = st.integers(1, 2**62)
LEVELS = st.dictionaries(st.one_of(st.integers(1, 50), HUGE), st.integers(1, 2**40), max_size=12)


def ladder(levels, descending):
    made = Ladder(descending)
    for price, size in levels.items():
        made.set(price, size)
    return made


def plain(levels, descending, steps):
    left, value, worst, count = steps, 0, 0, 0
    for price in sorted(levels, reverse=descending):
        part = min(left, levels[price])
        if part <= 0:
            break
        left -= part
        value += price * part
        worst = price
        count += 1
    return steps - left, value, worst, count


@given(LEVELS, st.booleans(), st.integers(0, 2**44))
def test_taking_is_exact_at_any_size(levels, descending, steps):
    assert take(ladder(levels, descending), steps) == plain(levels, descending, steps)


@given(LEVELS, st.integers(0, 2**100), st.integers(0, 2**44))
def test_no_step_more_is_affordable(levels, value, most):
    steps = affordable(ladder(levels, False), value, most)
    assert 0 <= steps <= most
    taken, paid, _, _ = plain(levels, False, steps)
    assert taken == steps
    assert paid <= value
    more, dearer, _, _ = plain(levels, False, steps + 1)
    assert steps in {most, more} or dearer > value


@given(
    st.dictionaries(st.integers(1, 50), st.integers(1, 9), max_size=6),
    st.booleans(),
    st.integers(1, 900),
    st.integers(0, 60),
)
def test_from_enough_on_every_size_is_worth_it(levels, descending, value, most):
    """A buy by what its levels cost, a sale by its size at its last level's price."""
    least = enough(ladder(levels, descending), value, most)
    depth = min(most, sum(levels.values()))

    def worth(steps):
        _, paid, worst, _ = plain(levels, descending, steps)
        return (worst * steps if descending else paid) >= value

    assert all(worth(steps) for steps in range(max(1, least), depth + 1))
    if 1 < least <= depth + 1:
        assert not worth(least - 1)
