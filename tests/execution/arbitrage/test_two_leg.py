"""The best size of a pair: against every size there is, executed, and against closed forms."""

import random
from decimal import Decimal

import msgspec
import pytest

from argosy.execution.arbitrage.two_leg import FREE, Charges, best_size, common_lot, judge
from argosy.execution.arbitrage.values import Kind, Opportunity
from argosy.execution.routing.pools import WeightedPool
from argosy.execution.routing.sources import Terms
from argosy.model import Side
from execution.arbitrage.offers import NOW, D, brute_pair, executed, of, offer, random_pair


def judged(buy, sell, charges=FREE, kind=Kind.CROSS, **more) -> Opportunity | None:
    return judge(kind, buy, sell, charges, quote="USD", now_ns=NOW, **more)


@pytest.mark.parametrize("start", range(0, 4000, 1000))
def test_every_size_of_random_books_and_none_is_better(start):
    paying = 0
    for seed in range(start, start + 1000):
        rng = random.Random(seed)
        buy, sell = random_pair(rng)
        found = judged(buy, sell)
        best = brute_pair(buy, sell)
        if found is None:
            assert best is None or best[1] <= 0, seed
            continue
        if best is None or best[1] <= 0:
            assert not found.executable, seed
            continue
        paying += 1
        assert found.executable, (seed, found.why_not, best)
        assert abs(found.net - best[1]) <= D("1e-9"), seed
        assert found.net == found.gross - sum(found.costs.values())
    assert paying > 150


def test_executing_at_its_own_limits_gives_what_it_says():
    """Immediate orders of its sizes at its limits, against the same books: the very same money."""
    for seed in range(1500):
        buy, sell = random_pair(random.Random(seed))
        found = judged(buy, sell)
        if found is None or not found.executable:
            continue
        spent, got = found.legs
        bought, paid = executed(spent, buy.source)
        sold, received = executed(got, sell.source)
        assert (bought, sold) == (found.size, found.size), seed
        net = received * sell.source.terms.net(False) - paid * buy.source.terms.net(True)
        assert net == found.net, seed
        assert found.net_at_limits <= found.net


def test_charges_move_the_size_and_are_told_by_kind():
    buy = offer(asks=((100, 5), (104, 5)), terms={"taker_fee": "0.001"})
    sell = offer("b:BTC/USDT", bids=((106, 8),), terms={"taker_fee": "0.002", "rate": "0.999"})
    free = judged(buy, sell)
    assert (free.size, free.limited_by) == (D(8), "b:BTC/USDT: no more is there")
    charged = judged(buy, sell, Charges(sell={"conversion": D("0.02")}, once={"withdrawal": D(3)}))
    assert (charged.size, charged.limited_by) == (D(5), "prices")
    assert charged.gross == 5 * (D("0.999") * 106 - 100)
    assert charged.costs == {
        "fees": 5 * (D("0.1") + D("0.999") * 106 * D("0.002")),
        "conversion": 5 * D("0.999") * 106 * D("0.02"),
        "withdrawal": 3,
    }
    assert charged.bps == charged.net / 500 * 10_000
    dear = judged(buy, sell, Charges(once={"gas": D(1000)}))
    assert not dear.executable
    assert dear.why_not.startswith("costs are ")


@pytest.mark.parametrize(
    ("terms", "other", "limited"),
    [
        ({"quote_cap": 250}, {}, "a:BTC/USD: balance of USD"),
        ({"max_size": 3}, {}, "a:BTC/USD: its most size"),
        ({}, {"base_cap": 2}, "b:BTC/USD: balance of BTC"),
        ({}, {}, "a:BTC/USD: no more is there"),
    ],
)
def test_what_limits_it(terms, other, limited):
    buy = offer(asks=((100, 5),), terms=terms)
    sell = offer("b:BTC/USD", bids=((110, 8),), terms=other)
    assert judged(buy, sell).limited_by == limited
    assert judged(buy, sell, most=D(1)).limited_by == "the size asked for"


def test_a_balance_pays_for_all_of_it_at_the_limit():
    """A venue holds size times limit: 2 at 100 and 1 at 110 take 330, not 310."""
    asks, sell = ((100, 2), (110, 9)), offer("b:BTC/USD", bids=((120, 8),))
    assert judged(offer(asks=asks, terms={"quote_cap": 329}), sell).size == 2
    assert judged(offer(asks=asks, terms={"quote_cap": 330}), sell).size == 3


def test_without_balances_it_is_sized_all_the_same_and_says_why_not():
    buy = offer(asks=((100, 5),), terms={"quote_cap": 0})
    found = judged(buy, offer("b:BTC/USD", bids=((110, 8),)))
    assert not found.executable
    assert found.why_not == "a:BTC/USD: balance does not pay for a lot"
    assert found.net == 50
    blocked = offer(asks=((100, 5),), blocked="no API key for a")
    assert judged(blocked, offer("b:BTC/USD", bids=((110, 8),))).why_not == "no API key for a"


def test_books_that_do_not_cross_are_no_profit():
    found = judged(offer(asks=((100, 5),)), offer("b:BTC/USD", bids=((99, 8),)))
    assert found.why_not == "costs are 0 bps, the prices are -100 bps apart"
    assert found.net == -1
    assert judged(offer(), offer("b:BTC/USD", bids=((99, 8),))) is None


def test_lots_that_differ_meet_in_both():
    assert common_lot(D("0.3"), D("0.2")) == D("0.6")
    assert common_lot(D("0.00000001"), D("0.001")) == D("0.001")
    buy = offer(asks=((100, 7),), terms={"lot": 2})
    sell = offer("b:BTC/USD", bids=((110, 8),), terms={"lot": 3})
    assert judged(buy, sell).size == 6


def pool(name, base, quote, fee="0", **more):
    terms = Terms(lot=D("1e-8"), fixed_cost=D(more.pop("gas", 0)))
    return of(
        WeightedPool(
            name=name, terms=terms, fee=D(fee), base_reserve=D(base), quote_reserve=D(quote), **more
        )
    )


@pytest.mark.parametrize("fee", ["0", "0.003", "0.01"])
def test_a_book_and_a_pool_meet_where_their_prices_do(fee):
    """Closed form: a product pool is sold to until kept * y * x / (x + kept d)^2 is the ask."""
    x, y, ask = D(1000), D(60_000_000), D(59_000)
    kept = 1 - D(fee)
    wanted = ((kept * x * y / ask).sqrt() - x) / kept
    found = judged(
        offer("kraken:BTC/USD", asks=((ask, 1000),), terms={"lot": "1e-8"}),
        pool("uniswap", x, y, fee),
        Charges(once={"gas": D(7)}),
        kind=Kind.POOL,
    )
    assert abs(found.size - wanted) <= D("2e-8")
    profit = kept * wanted * y / (x + kept * wanted) - wanted * ask - 7
    assert abs(found.net - profit) <= D("1e-9")
    assert found.costs["gas"] == 7


def test_two_pools_meet_where_their_prices_do():
    """Closed form of two product pools without fees: both end at one price."""
    a, b = (D(1000), D(50_000)), (D(500), D(30_000))
    found = judged(pool("a", *a), pool("b", *b), kind=Kind.POOL)
    roots = ((a[0] * a[1]).sqrt(), (b[0] * b[1]).sqrt())
    price = ((roots[0] + roots[1]) / (a[0] + b[0])) ** 2
    size = a[0] - roots[0] / price.sqrt()
    assert abs(found.size - size) <= D("2e-8")


def test_sizes_are_the_best_for_pools_with_coarse_lots():
    """Exactly: no size beside it, lot by lot, brings more."""
    for seed in range(200):
        rng = random.Random(seed)
        lot = D(rng.choice(["0.01", "0.5", "3"]))
        first, second = (
            WeightedPool(
                name=name,
                terms=Terms(lot=lot),
                fee=D(rng.choice([0, 5, 30])) / 10_000,
                base_reserve=D(rng.randint(50, 500)),
                quote_reserve=D(rng.randint(5_000, 9_000)),
            )
            for name in "ab"
        )
        sized = best_size(of(first), of(second))
        if sized.reason:
            continue

        def profit(size, first=first, second=second):
            return second.take(Side.SELL, size).value - first.take(Side.BUY, size).value

        size = sized.bought.size
        best = profit(size)
        assert size == lot or profit(size - lot) <= best, seed
        assert profit(size + lot) <= best, seed


def test_it_goes_into_the_record_and_comes_back():
    found = judged(offer(asks=((100, 5),)), offer("b:BTC/USD", bids=((110, 8),)))
    text = msgspec.json.encode(found)
    assert msgspec.json.decode(text, type=Opportunity) == found
    assert found.words == "buy a:BTC/USD, sell b:BTC/USD"
    again = judged(offer(asks=((90, 1),)), offer("b:BTC/USD", bids=((95, 1),)))
    assert again.id == found.id
    assert isinstance(found.net, Decimal)
