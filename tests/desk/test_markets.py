"""How much of a book a taker finds within a limit, against adding its levels up."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from argosy.books import VenueBook
from argosy.desk.markets import size_within
from argosy.model import Instrument, InstrumentId, InstrumentKind, Side, VenueId

D = Decimal
ABOUT = Instrument(
    id=InstrumentId("test:BTC/USD"),
    venue=VenueId("test"),
    venue_symbol="BTC/USD",
    kind=InstrumentKind.SPOT,
    base="BTC",
    quote="USD",
    price_increment=D("0.1"),
    size_increment=D("0.001"),
)


@given(
    levels=st.dictionaries(st.integers(1, 400), st.integers(1, 9000), max_size=120),
    limit=st.integers(1, 400),
    most=st.integers(1, 400_000),
    side=st.sampled_from(Side),
)
def test_as_the_sum_of_its_levels(levels, limit, most, side):
    book = VenueBook(ABOUT)
    ladder = book.asks if side is Side.BUY else book.bids
    for price, size in levels.items():
        ladder.set(price, size)
    inside = sum(
        size
        for price, size in levels.items()
        if (price <= limit if side is Side.BUY else price >= limit)
    )
    found = size_within(book, side, D(limit) / 10, D(most) / 1000)
    assert found == D(min(inside, most)) / 1000


def test_a_limit_between_two_ticks():
    book = VenueBook(ABOUT)
    book.asks.set(1000, 5)
    book.asks.set(1001, 7)
    assert size_within(book, Side.BUY, D("100.05"), D(1)) == D("0.005")
