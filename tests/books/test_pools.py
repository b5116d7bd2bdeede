"""A pool as a venue's book: in a universal book, beside others."""

from decimal import Decimal

import pytest

from argosy.books import UniversalBook
from argosy.books.book import VenueBook
from argosy.books.pools import show_pool, units_of
from argosy.dialects.uniswap_v2.side import PairSide
from argosy.model import Instrument, InstrumentId, InstrumentKind, Nanos, Side, VenueId
from argosy.model.time import SECOND

D = Decimal


def about(**more):
    return Instrument(
        **{
            "id": InstrumentId("uniswap:ETH/USDC"),
            "venue": VenueId("uniswap"),
            "venue_symbol": "0xB4e16d0168e52d35CaCD2c6185b44281Ec28C9Dc",
            "kind": InstrumentKind.POOL,
            "base": "ETH",
            "quote": "USDC",
            "price_increment": D("0.0001"),
            "size_increment": D("0.000001"),
            **more,
        }
    )


def shown(book, base=100, quote=300_000):
    reserves = (base * 10**18, quote * 10**6)
    return show_pool(
        book,
        PairSide(*reserves, buy=True),
        PairSide(*reserves, buy=False),
        units_of(book.about, 18, 6),
        block_number=77,
        venue_ns=Nanos(5 * SECOND),
        received_ns=Nanos(6 * SECOND),
    )


def test_a_universal_book_takes_a_pool_as_any_other():
    book = VenueBook(about())
    least = shown(book)
    assert D("0.00001") < least < D("0.0001")
    assert book.live
    assert (book.sequence, book.venue_ns, book.received_ns) == (77, 5 * SECOND, 6 * SECOND)
    universal = UniversalBook("ETH/USDC")
    universal.add(book, taker_fee=D(0), heard_ns=lambda: 6 * SECOND)
    for side, exact in (
        (Side.BUY, D(300_000 * 10**6 * 1000 // (99 * 997) + 1).scaleb(-6)),
        (Side.SELL, D(997 * 300_000 * 10**6 // (100 * 1000 + 997)).scaleb(-6)),
    ):
        quote = universal.cost(6 * SECOND, side, D(1))
        assert quote.missing == 0
        sign = 1 if side is Side.BUY else -1
        assert 0 <= sign * (quote.net_value - exact) <= exact / 10_000


def test_a_new_block_replaces_all_of_the_old():
    book = VenueBook(about())
    shown(book)
    before = book.best_ask()[0]
    shown(book, quote=330_000)
    assert book.best_ask()[0] > before * D("1.09")
    assert book.live
    assert book.snapshots == 2


def test_an_empty_pool_is_out_of_use():
    book = VenueBook(about())
    shown(book)
    shown(book, base=0, quote=0)
    assert not book.live
    assert len(book.asks) == len(book.bids) == 0


@pytest.mark.parametrize("increment", ["price_increment", "size_increment"])
def test_increments_are_powers_of_ten(increment):
    with pytest.raises(ValueError, match="power of ten"):
        units_of(about(**{increment: D("0.5")}), 18, 6)
    with pytest.raises(ValueError, match="power of ten"):
        units_of(about(**{increment: D(10)}), 18, 6)
