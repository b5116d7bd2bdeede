"""A pool's book: its ladders in a VenueBook, so that a universal book takes it as any other."""

from decimal import Decimal

from argosy.books.amm import PoolSide, Units, ladder
from argosy.books.book import VenueBook
from argosy.books.ladder import Ladder
from argosy.model import Instrument, Nanos, Side
from argosy.model.money import decimals_of


def units_of(about: Instrument, base_decimals: int, quote_decimals: int) -> Units:
    """The units of a pool's instrument whose tokens have these digits.

    Raises:
        ValueError: its increments are no powers of ten, or finer than the base token.
    """
    for name in ("price_increment", "size_increment"):
        increment = getattr(about, name)
        if increment != Decimal(1).scaleb(-decimals_of(increment)):
            raise ValueError(f"{about.id}: {name} is {increment}; a power of ten up to 1 is needed")
    return Units(
        base_decimals=base_decimals,
        quote_decimals=quote_decimals,
        price_decimals=decimals_of(about.price_increment),
        size_decimals=decimals_of(about.size_increment),
    )


def show_pool(
    book: VenueBook,
    buy: PoolSide,
    sell: PoolSide,
    units: Units,
    *,
    block_number: int,
    venue_ns: Nanos,
    received_ns: Nanos,
    tolerance: Decimal = Decimal("0.0001"),
    depth: Decimal = Decimal("0.05"),
) -> Decimal:
    """Fill a book with a pool's ladders as of a block; the pool's fee is in the prices.

    Returns the least size, in base units, for which both sides hold what `ladder` promises: at
    most the instrument's least size, or smaller trades look better than they are. A book whose
    sides are both empty is left out of use.
    """
    book.leave()
    least_buy, asks = ladder(buy, Side.BUY, units, tolerance=tolerance, depth=depth)
    least_sell, bids = ladder(sell, Side.SELL, units, tolerance=tolerance, depth=depth)
    sides: list[tuple[Ladder, tuple[tuple[int, int], ...]]] = [
        (book.asks, tuple((each.price, each.size) for each in asks)),
        (book.bids, tuple((each.price, each.size) for each in bids)),
    ]
    for side, levels in sides:
        for price, size in levels:
            side.set(price, side.get(price) + size)
    book.sequence = block_number
    book.venue_ns = venue_ns
    book.received_ns = received_ns
    book.snapshots += 1
    book.state = 1 if asks or bids else 0
    return Decimal(max(least_buy, least_sell)).scaleb(-units.size_decimals)
