"""The increments of a book that nobody described are those it is written with."""

from decimal import Decimal

import pytest

from argosy.books.provisional import increment_of


@pytest.mark.parametrize(
    ("values", "spare", "increment"),
    [
        (["30238.8", "30249.5"], 0, "0.1"),
        (["354.11000000"], 0, "1e-8"),
        (["30238.8", "2"], 3, "0.0001"),
        (["12", "415"], 0, "1"),
        (["123456789012345.5"], 8, "0.01"),
        (["1234567890123456789.5"], 8, "0.1"),
        ([], 3, "1e-8"),
    ],
)
def test_increments(values, spare, increment):
    assert increment_of((Decimal(value) for value in values), spare) == Decimal(increment)
