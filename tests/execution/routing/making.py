"""Makes sources for the tests of routing, and solves small trades the slow and certain way."""

import itertools
import random
from decimal import Decimal

from argosy.execution.routing.pools import Range, RangedPool, WeightedPool
from argosy.execution.routing.sources import BookSource, Terms, book_source
from argosy.model import Level, Side


def dec(value: object) -> Decimal:
    return Decimal(str(value))


def terms(**more: object) -> Terms:
    return Terms(**{"lot": Decimal(1), **{name: dec(value) for name, value in more.items()}})


def book(name="a", *, asks=(), bids=(), **more) -> BookSource:
    return book_source(
        name,
        terms(**more),
        asks=tuple(Level(dec(p), dec(s)) for p, s in asks),
        bids=tuple(Level(dec(p), dec(s)) for p, s in bids),
    )


def random_books(rng: random.Random, side: Side, count: int) -> list[BookSource]:
    """Small books of whole sizes with every kind of term; brute force can solve them."""
    found = []
    for i in range(count):
        price = rng.randint(80, 120)
        levels = []
        for _ in range(rng.randint(0, 6)):
            levels.append((price, rng.randint(1, 9)))
            price += rng.randint(1, 8) * (1 if side is Side.BUY else -1)
        extra = {"lot": rng.choice([1, 1, 1, 2, 3, 5])}
        if rng.random() < 0.5:
            extra["fixed_cost"] = rng.randint(1, 200)
        if rng.random() < 0.4:
            extra["min_size"] = rng.randint(1, 8)
        if rng.random() < 0.3:
            extra["min_notional"] = rng.randint(1, 900)
        if rng.random() < 0.3:
            extra["max_size"] = rng.randint(0, 20)
        if rng.random() < 0.2:
            extra["base_cap" if side is Side.SELL else "quote_cap"] = rng.randint(
                0, 20 if side is Side.SELL else 2000
            )
        if rng.random() < 0.5:
            extra["taker_fee"] = Decimal(rng.randint(-5, 60)) / 10_000
        if rng.random() < 0.3:
            extra["penalty_bps"] = rng.randint(1, 100)
        if rng.random() < 0.3:
            extra["rate"] = Decimal(rng.randint(980, 1020)) / 1000
        key = "asks" if side is Side.BUY else "bids"
        found.append(book(f"v{i}", **{key: levels}, **extra))
    return found


def values_of(source: BookSource, side: Side, most: int) -> list[tuple[Decimal, Decimal]]:
    """(value, worst price) of taking 0, 1, 2, ... whole units from a book, a unit at a time."""
    ladder = source.asks if side is Side.BUY else source.bids
    found = [(Decimal(0), Decimal(0))]
    scale = Decimal(1).scaleb(-source.price_decimals)
    for price, size in ladder.levels():
        for _ in range(size // 10**source.size_decimals):
            if len(found) > most:
                return found
            found.append((found[-1][0] + price * scale, price * scale))
    return found


def options(source: BookSource, side: Side, most: int) -> dict[int, Decimal]:
    """What each allowed size costs when judged: below 0 is received."""
    about = source.terms
    buy = side is Side.BUY
    allowed = {}
    values = values_of(source, side, most)
    # For sells a size must be worth the least notional, and every larger one as well.
    worth = [size * worst if not buy else value for size, (value, worst) in enumerate(values)]
    good = [all(each >= about.min_notional for each in worth[size:]) for size in range(len(worth))]
    for size, (value, _) in enumerate(values):
        net = value * about.net(buy) * about.judged(buy)
        paid = value * (1 + about.taker_fee)
        if (
            size == 0
            or size % about.lot
            or size < about.min_size
            or not good[size]
            or (about.max_size is not None and size > about.max_size)
            or (about.base_cap is not None and not buy and size > about.base_cap)
            or (about.quote_cap is not None and buy and paid > about.quote_cap)
        ):
            continue
        allowed[size] = (net if buy else -net) + about.fixed_cost
    return allowed


def brute(sources: list[BookSource], side: Side, size: int) -> tuple[int, Decimal]:
    """The most that can be filled and the least that costs, over every allocation there is."""
    best: dict[int, Decimal] = {0: Decimal(0)}
    for source in sources:
        found = dict(best)
        for taken, cost in options(source, side, size).items():
            for before, spent in best.items():
                total = before + taken
                if total <= size and (total not in found or spent + cost < found[total]):
                    found[total] = spent + cost
        best = found
    filled = max(best)
    return filled, best[filled]


def random_pool(rng: random.Random, name: str, **more) -> WeightedPool | RangedPool:
    fee = Decimal(rng.choice([0, 5, 30, 100])) / 10_000
    about = terms(lot="1e-12", **more)
    price = Decimal(rng.randint(80, 120))
    if rng.random() < 0.5:
        base = Decimal(rng.randint(5, 400))
        weight = dec(rng.choice(["0.5", "0.5", "0.2", "0.8"]))
        return WeightedPool(
            name=name,
            terms=about,
            fee=fee,
            base_reserve=base,
            quote_reserve=base * price * (1 - weight) / weight,
            base_weight=weight,
            quote_weight=1 - weight,
        )
    edges = sorted(rng.sample(range(60, 160), 5))
    return RangedPool(
        name=name,
        terms=about,
        fee=fee,
        price=price,
        ranges=tuple(
            Range(Decimal(low), Decimal(high), Decimal(rng.randint(0, 3000)))
            for low, high in itertools.pairwise(edges)
        ),
    )
