"""What a route costs to plan: 2, 8 and 32 venues of 400 levels, without fixed costs and with.

Without: against merging the same books in Python, which then is optimal as well. With: against
HiGHS by way of scipy, solving the same mixed-integer program; its optimum is the witness of ours.
"""

import gc
import heapq
import random
import statistics
import time
from collections.abc import Callable
from decimal import Decimal
from importlib.metadata import version
from typing import Any

from argosy.books import UniversalBook, VenueBook
from argosy.execution.routing import BookSource, Split, Terms, plan_route, split
from argosy.model import Instrument, InstrumentId, InstrumentKind, Side, VenueId
from benchmarks.rows import Row, Target, compared, skipped

GROUP = "router"
LEVELS = 400
SEED = 20_261_126
WITHIN_MS = {2: 0.1, 8: 0.5, 32: 3.0}


def book_of(name: str, rng: random.Random) -> VenueBook:
    """A book of so many levels around one price, by seed."""
    book = VenueBook(
        Instrument(
            id=InstrumentId(f"{name}:BTC/USD"),
            venue=VenueId(name),
            venue_symbol="BTCUSD",
            kind=InstrumentKind.SPOT,
            base="BTC",
            quote="USD",
            price_increment=Decimal("0.01"),
            size_increment=Decimal("0.00000001"),
            min_size=Decimal("0.0001"),
        )
    )
    ask = 6_000_000 + rng.randint(1, 1_500)
    bid = 6_000_000 - rng.randint(1, 1_500)
    for _ in range(LEVELS):
        book.asks.set(ask, int(rng.expovariate(1e-8)) + 1)
        book.bids.set(bid, int(rng.expovariate(1e-8)) + 1)
        ask += rng.randint(1, 200)
        bid -= rng.randint(1, 200)
    book.state = 1
    book.received_ns = 1
    return book


class _Venues:
    """Books of as many venues, as sources with and without fixed costs, and one universal book."""

    def __init__(self, count: int) -> None:
        rng = random.Random(SEED + count)
        self.books = [book_of(f"venue{i}", rng) for i in range(count)]
        self.fees = [Decimal(rng.randint(5, 15)) / 10_000 for _ in range(count)]
        self.fixed = [Decimal(rng.randint(100, 20_000)) / 100 for _ in range(count)]
        self.plain = [self._source(i, Decimal(0)) for i in range(count)]
        self.costly = [self._source(i, self.fixed[i]) for i in range(count)]
        depth = sum(size for book in self.books for _, size in book.asks.levels())
        self.size = Decimal(depth // 10).scaleb(-8)  # a tenth of all there is
        self.small = Decimal(depth // 50).scaleb(-8)  # where fixed costs leave venues out
        self.universal = UniversalBook("BTC/USD")
        for book, fee in zip(self.books, self.fees, strict=True):
            self.universal.add(book, taker_fee=fee, heard_ns=lambda: 1)

    def _source(self, i: int, fixed: Decimal) -> BookSource:
        book = self.books[i]
        about = book.about
        return BookSource(
            about.id,
            Terms(
                lot=about.size_increment,
                taker_fee=self.fees[i],
                fixed_cost=fixed,
                min_size=about.min_size if fixed else Decimal(0),
            ),
            bids=book.bids,
            asks=book.asks,
            price_decimals=book.price_decimals,
            size_decimals=book.size_decimals,
        )

    def without(self) -> Split:
        return split(self.plain, Side.BUY, size=self.size)

    def with_fixed(self) -> Split:
        return split(self.costly, Side.BUY, size=self.small)

    def whole_plan(self) -> Any:
        return plan_route(self.universal, Side.BUY, self.size, now_ns=1)

    def naive(self) -> Decimal:
        """The cost as anyone would write it: net levels merged, taken until the size is there."""
        sides = [
            [(price * (1 + fee), size) for price, size in book.levels()[1]]
            for book, fee in zip(self.books, self.fees, strict=True)
        ]
        left, cost = self.size, Decimal(0)
        for price, size in heapq.merge(*sides):
            taken = min(left, size)
            cost += taken * price
            left -= taken
            if not left:
                break
        return cost

    def program(self) -> float:
        """The least cost with fixed costs and least sizes, by scipy's HiGHS."""
        import numpy as np
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import coo_array

        n = len(self.books)
        costs, sizes, owner = [], [], []
        for i, (book, fee) in enumerate(zip(self.books, self.fees, strict=True)):
            for price, size in book.asks.levels():
                costs.append(price / 100 * (1 + float(fee)))
                sizes.append(min(size / 1e8, float(self.small)))
                owner.append(i)
        m = len(costs)
        k = np.arange(m)
        # A level only where its venue is used; a used venue for its least size; the size in all.
        linked = coo_array(
            (
                np.concatenate([np.ones(m), -np.array(sizes)]),
                (np.concatenate([k, k]), np.concatenate([k, m + np.array(owner)])),
            ),
            shape=(m, m + n),
        )
        least = coo_array(
            (
                np.concatenate([np.ones(m), np.full(n, -0.0001)]),
                (np.concatenate([owner, np.arange(n)]), np.concatenate([k, m + np.arange(n)])),
            ),
            shape=(n, m + n),
        )
        whole = np.concatenate([np.ones(m), np.zeros(n)])[None, :]
        size = float(self.small)
        found = milp(
            np.concatenate([costs, [float(each) for each in self.fixed]]),
            constraints=[
                LinearConstraint(linked, -np.inf, 0.0),
                LinearConstraint(least, 0.0, np.inf),
                LinearConstraint(whole, size, size),
            ],
            integrality=np.concatenate([np.zeros(m), np.ones(n)]),
            bounds=Bounds(0, np.concatenate([sizes, np.ones(n)])),
            options={"mip_rel_gap": 1e-9},
        )
        return float(found.fun)


def timed(work: Callable[[], object], times: int) -> float:
    """Milliseconds of this thread for one call, over `times` of them."""
    gc.collect()
    gc.disable()
    try:
        began = time.thread_time_ns()
        for _ in range(times):
            work()
        return (time.thread_time_ns() - began) / 1e6 / times
    finally:
        gc.enable()


def measure(repeats: int) -> list[Row]:
    """Rows for 2, 8 and 32 venues."""
    return [row for count in (2, 8, 32) for row in _measure(count, repeats)]


def _measure(count: int, repeats: int) -> list[Row]:
    venues = _Venues(count)
    about = f"{count} venues of {LEVELS} levels"
    times = max(1, 64 // count)
    found: dict[str, list[float]] = {"plain": [], "fixed": [], "plan": [], "naive": []}
    for _ in range(repeats):
        found["plain"].append(timed(venues.without, times))
        found["fixed"].append(timed(venues.with_fixed, times))
        found["plan"].append(timed(venues.whole_plan, times))
        found["naive"].append(timed(venues.naive, 1))
    middle = {who: statistics.median(values) for who, values in found.items()}
    ours, theirs = venues.without(), venues.naive()
    if ours.net_value != theirs or not ours.proof.proven:
        return [skipped(GROUP, about, "", f"costs differ: {ours.net_value}, merged {theirs}")]
    limit = WITHIN_MS[count]
    target = Target(text=f"<= {limit:g} ms", most_ours=limit)
    return [
        compared(
            GROUP,
            f"route over {about}",
            "ms/route",
            middle["plain"],
            "plain merge",
            "Python",
            middle["naive"],
            target=target,
            note="a tenth of all there is; exact cost and each venue's own cost included",
        ),
        _against_highs(venues, about, middle["fixed"], target),
        compared(
            GROUP,
            f"route over {about}, with its record",
            "ms/plan",
            middle["plan"],
            note="plan_route from the universal book: legs, alternatives, tops, conversions, proof",
        ),
    ]


def _against_highs(venues: _Venues, about: str, ours_ms: float, target: Target) -> Row:
    name = f"route over {about}, with fixed costs"
    peer_ms: float | None = None
    peer = peer_version = ""
    ours = venues.with_fixed()
    note = f"a fiftieth of all there is; {ours.proof.nodes} nodes, {len(ours.parts)} venues used"
    try:
        best = [venues.program()]  # the first call pays for its imports
        peer_ms = timed(lambda: best.append(venues.program()), 1)
        peer, peer_version = "scipy HiGHS", version("scipy")
    except ImportError:
        note += "; scipy is not installed, so no witness"
    else:
        apart = abs(float(ours.judged_value) - best[0]) / best[0]
        if apart > 1e-7 or not ours.proof.proven:
            return skipped(GROUP, name, peer, f"optima differ by {apart:.2g}, relatively")
    return compared(
        GROUP, name, "ms/route", ours_ms, peer, peer_version, peer_ms, target=target, note=note
    )
