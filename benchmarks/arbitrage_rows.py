"""What a scan for arbitrage costs: 2, 8 and 32 venues of 400 levels, every ordered pair looked at.

Against the same as anyone would write it in Python: each pair's levels walked with Decimals. The
profits of both must be the same, else nothing is compared.
"""

import random
import statistics
from collections.abc import Callable
from decimal import Decimal

from argosy.execution.arbitrage import Assumptions, Offer, Opportunity, scan_pairs, sweep
from argosy.execution.routing import BookSource, Terms
from argosy.model import InstrumentKind
from benchmarks.route_rows import LEVELS, SEED, book_of, timed
from benchmarks.rows import Row, Target, compared, skipped

GROUP = "arbitrage"
WITHIN_MS = {2: 0.5, 8: 5.0, 32: 60.0}


class _Venues:
    """Books of as many venues, all around one price, so that many pairs cross by a little."""

    def __init__(self, count: int) -> None:
        rng = random.Random(SEED + count)
        self.books = [book_of(f"venue{i}", rng) for i in range(count)]
        self.fees = [Decimal(rng.randint(0, 20)) / 1_000_000 for _ in range(count)]
        for book in self.books:  # prices apart by up to a tenth of a percent
            shift = rng.randint(-6_000, 6_000)
            for side in (book.bids, book.asks):
                levels = side.levels()
                for price, _ in levels:
                    side.set(price, 0)
                for price, size in levels:
                    side.set(price + shift, size)
        self.offers = [
            Offer(
                source=BookSource(
                    book.instrument,
                    Terms(lot=book.about.size_increment, taker_fee=fee),
                    bids=book.bids,
                    asks=book.asks,
                    price_decimals=book.price_decimals,
                    size_decimals=book.size_decimals,
                ),
                venue=book.about.venue,
                base="BTC",
                quote="USD",
                kind=InstrumentKind.SPOT,
            )
            for book, fee in zip(self.books, self.fees, strict=True)
        ]

    def scan(self) -> list[Opportunity]:
        return scan_pairs(self.offers, Assumptions(), quote="USD", now_ns=1)

    def sweep(self) -> Opportunity | None:
        return sweep(self.offers, quote="USD", now_ns=1)

    def naive(self) -> Decimal:
        """The profit of every pair that pays, added up: levels walked while they cross."""
        sides = [
            (
                [(price * (1 - fee), size) for price, size in book.levels()[0]],
                [(price * (1 + fee), size) for price, size in book.levels()[1]],
            )
            for book, fee in zip(self.books, self.fees, strict=True)
        ]
        total = Decimal(0)
        for i, (_, asks) in enumerate(sides):
            for j, (bids, _) in enumerate(sides):
                if i != j:
                    total += _walked(asks, bids)
        return total


def _walked(asks: list[tuple[Decimal, Decimal]], bids: list[tuple[Decimal, Decimal]]) -> Decimal:
    total, a, b = Decimal(0), 0, 0
    asked, bid = asks[0][1], bids[0][1]
    while asks[a][0] < bids[b][0]:
        size = min(asked, bid)
        total += size * (bids[b][0] - asks[a][0])
        asked, bid = asked - size, bid - size
        if not asked:
            a += 1
            if a == len(asks):
                break
            asked = asks[a][1]
        if not bid:
            b += 1
            if b == len(bids):
                break
            bid = bids[b][1]
    return total


def measure(repeats: int) -> list[Row]:
    """Rows for 2, 8 and 32 venues."""
    return [row for count in (2, 8, 32) for row in _measure(count, repeats)]


def _measure(count: int, repeats: int) -> list[Row]:
    venues = _Venues(count)
    about = f"{count} venues of {LEVELS} levels"
    works: dict[str, tuple[Callable[[], object], int]] = {
        "scan": (venues.scan, max(1, 32 // count)),
        "sweep": (venues.sweep, max(1, 32 // count)),
        "naive": (venues.naive, 1),
    }
    found: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(repeats):
        for name, (work, times) in works.items():
            found[name].append(timed(work, times))
    middle = {name: statistics.median(values) for name, values in found.items()}
    paying = [each for each in venues.scan() if each.executable]
    ours, theirs = sum((each.net for each in paying), Decimal(0)), venues.naive()
    if abs(ours - theirs) > Decimal("1e-9"):
        return [skipped(GROUP, about, "", f"profits differ: {ours}, walked {theirs}")]
    limit = WITHIN_MS[count]
    return [
        compared(
            GROUP,
            f"scan of {about}",
            "ms/scan",
            middle["scan"],
            "plain walk",
            "Python",
            middle["naive"],
            target=Target(text=f"<= {limit:g} ms", most_ours=limit),
            note=f"{count * (count - 1)} ordered pairs, {len(paying)} of them pay; legs, limits and"
            " costs included, which the plain walk has not",
        ),
        compared(
            GROUP,
            f"sweep of {about}",
            "ms/scan",
            middle["sweep"],
            note="all venues at once: the size, then both sides split and proved by the router",
        ),
    ]
