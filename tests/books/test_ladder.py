"""The ladder does what a sorted dictionary does, whatever the block size and the order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.books import Ladder

CHANGES = st.lists(st.tuples(st.integers(-40, 40), st.integers(0, 3)), max_size=300)


def expected(changes, *, descending):
    book = {}
    for price, size in changes:
        if size:
            book[price] = size
        else:
            book.pop(price, None)
    return sorted(book.items(), reverse=descending)


@given(CHANGES, st.booleans(), st.integers(4, 16))
def test_changes_in_any_order_leave_a_sorted_book(changes, descending, block):
    ladder = Ladder(descending, block)
    for price, size in changes:
        ladder.set(price, size)
    wanted = expected(changes, descending=descending)
    assert ladder.levels() == wanted
    assert len(ladder) == len(wanted)
    assert ladder.best() == (wanted[0] if wanted else None)
    assert all(0 < count <= block for count in ladder.shape())
    assert sum(ladder.shape()) == len(wanted)


@given(CHANGES, st.integers(0, 30), st.booleans())
def test_truncating_keeps_the_best(changes, limit, descending):
    ladder = Ladder(descending, 4)
    for price, size in changes:
        ladder.set(price, size)
    ladder.truncate(limit)
    assert ladder.levels() == expected(changes, descending=descending)[:limit]
    ladder.set(1000, 5)
    ladder.set(-1000, 5)
    assert ladder.get(1000) == 5
    assert ladder.get(-1000) == 5


@given(CHANGES)
def test_a_size_is_found_by_its_price(changes):
    ladder = Ladder(True, 8)
    for price, size in changes:
        ladder.set(price, size)
    held = dict(expected(changes, descending=True))
    for price in range(-41, 42):
        assert ladder.get(price) == held.get(price, 0)


def test_a_book_that_grows_in_order_fills_its_blocks():
    ladder = Ladder(False, 16)
    for price in range(1000):
        ladder.set(price, 1)
    assert ladder.shape() == [16] * 62 + [8]


def test_a_book_that_shrinks_merges_its_blocks():
    ladder = Ladder(False, 16)
    for price in range(1000):
        ladder.set(price, 1)
    for price in range(1000):
        if price % 10:
            ladder.set(price, 0)
    assert len(ladder) == 100
    assert len(ladder.shape()) < 30
    assert ladder.levels(3) == [(0, 1), (10, 1), (20, 1)]


def test_clearing_empties_and_the_ladder_can_be_used_again():
    ladder = Ladder(False)
    ladder.set(1, 1)
    ladder.clear()
    assert ladder.levels() == []
    assert ladder.best() is None
    ladder.set(2, 2)
    assert ladder.levels() == [(2, 2)]


def test_extreme_prices_keep_their_order():
    ladder = Ladder(True)
    top = 2**63 - 1
    for price in (top, -top, 0):
        ladder.set(price, top)
    assert ladder.levels() == [(top, top), (0, top), (-top, top)]


def test_a_block_too_small_to_split_is_refused():
    with pytest.raises(ValueError, match="block is 3"):
        Ladder(False, 3)
