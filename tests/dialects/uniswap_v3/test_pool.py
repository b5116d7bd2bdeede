"""Swaps through many ticks without any contract: what must hold, and a loop written plainly."""

import random

import pytest

from argosy.dialects.uniswap_v3.growth import WRAP, Tick, fees_owed
from argosy.dialects.uniswap_v3.pool import ConcentratedPool, Core
from argosy.dialects.uniswap_v3.steps import compute_step
from argosy.dialects.uniswap_v3.ticks import (
    MAX_SQRT_PRICE,
    MIN_SQRT_PRICE,
    Q96,
    sqrt_price_at,
    tick_at,
)
from dialects.seeded import concentrated


def plain_loop(pool, amount, zero_for_one, exact_in, limit):
    """The white paper's loop, tick by tick in a bitmap's words, and no table of sums."""
    price, tick, liquidity = pool.core.sqrt_price, pool.core.tick, pool.core.liquidity
    left, given, out = amount, 0, 0
    for _ in range(100_000):
        if left == 0 or price == limit:
            break
        place = tick // pool.spacing
        if zero_for_one:
            word = [at for at in pool.order if place // 256 * 256 <= at // pool.spacing <= place]
            following = max(word, default=place // 256 * 256 * pool.spacing)
            target = max(sqrt_price_at(max(following, -887_272)), limit)
        else:
            place += 1
            end = place // 256 * 256 + 255
            word = [at for at in pool.order if place <= at // pool.spacing <= end]
            following = min(word, default=end * pool.spacing)
            target = min(sqrt_price_at(min(following, 887_272)), limit)
        reached = sqrt_price_at(max(min(following, 887_272), -887_272))
        before = price
        step = compute_step(price, target, liquidity, left, pool.core.fee, exact_in=exact_in)
        price = step.price
        given += step.amount_in + step.fee
        out += step.amount_out
        left -= step.amount_in + step.fee if exact_in else step.amount_out
        if price == reached:
            if following in pool.ticks:
                net = pool.ticks[following].net
                liquidity += -net if zero_for_one else net
            tick = following - 1 if zero_for_one else following
        elif price != before:
            tick = tick_at(price)
    return given, out, price, tick, liquidity


@pytest.mark.parametrize("seed", range(25))
def test_quotes_are_what_the_plain_loop_comes_to(seed):
    rng = random.Random(seed)
    pool = concentrated(rng, rng.randint(-50_000, 50_000))
    for _ in range(20):
        zero, exact_in = rng.random() < 0.5, rng.random() < 0.5
        amount = int(10 ** rng.uniform(0, 22))
        away = rng.randint(1, 6_000) * (-1 if zero else 1)
        limit = sqrt_price_at(pool.core.tick + away)
        if (limit < pool.core.sqrt_price) != zero:
            continue
        quote = pool.quote(amount, zero_for_one=zero, exact_in=exact_in, limit=limit)
        found = (quote.amount_in, quote.amount_out, quote.sqrt_price, quote.tick, quote.liquidity)
        assert found == plain_loop(pool, amount, zero, exact_in, limit)
        used = quote.amount_in if exact_in else quote.amount_out
        assert quote.complete == (used == amount)


@pytest.mark.parametrize("seed", range(25))
def test_the_other_amount_alone_is_that_of_the_quote(seed):
    rng = random.Random(seed)
    pool = concentrated(rng, rng.randint(-50_000, 50_000))
    for _ in range(30):
        zero, exact_in = rng.random() < 0.5, rng.random() < 0.5
        amount = int(10 ** rng.uniform(-1, 30))
        quote = pool.quote(amount, zero_for_one=zero, exact_in=exact_in)
        wanted = quote.amount_out if exact_in else quote.amount_in
        found = pool.way(zero_for_one=zero).other(amount, exact_in)
        assert found == (wanted if quote.complete else None)


def test_the_other_amount_where_nothing_is_asked_or_all_is_fee():
    pool = concentrated(random.Random(1))
    way = pool.way(zero_for_one=True)
    assert way.other(0, True) == way.other(0, False) == 0
    with pytest.raises(ValueError, match="must not be below 0"):
        way.other(-1, True)
    way = pool.way(zero_for_one=True, fee=1_000_000)
    assert way.other(10**6, True) == 0
    with pytest.raises(ValueError, match="nothing can be asked out"):
        way.other(10**6, False)


@pytest.mark.parametrize("seed", range(20))
def test_more_in_gives_more_out_at_no_better_price(seed):
    rng = random.Random(seed)
    pool = concentrated(rng)
    for zero in (True, False):
        before = (0, 0)
        for exponent in range(1, 40):
            amount = 3**exponent
            quote = pool.quote(amount, zero_for_one=zero, exact_in=True)
            assert quote.amount_out >= before[1]
            if before[1]:  # out per in never rises, but for the units that rounding keeps
                assert quote.amount_out * before[0] <= (before[1] + 3) * quote.amount_in
            before = (quote.amount_in, quote.amount_out)


@pytest.mark.parametrize("seed", range(20))
def test_two_swaps_in_a_row_are_as_good_as_one_but_for_rounding(seed):
    rng = random.Random(seed)
    pool = concentrated(rng)
    zero = rng.random() < 0.5
    first, second = (int(10 ** rng.uniform(8, 18)) for _ in range(2))
    whole = pool.quote(first + second, zero_for_one=zero, exact_in=True)
    if not whole.complete:
        return
    one, undo = pool.swap(first, zero_for_one=zero, exact_in=True)
    two, _ = pool.swap(second, zero_for_one=zero, exact_in=True)
    got = one.amount_out + two.amount_out
    price = (pool.core.sqrt_price / Q96) ** 2
    unit = max(price, 1 / price)  # a unit of what comes in, in units of what goes out
    assert -(4 + 4 * unit) <= whole.amount_out - got <= 4 + 4 * unit
    assert undo.core.sqrt_price != pool.core.sqrt_price


@pytest.mark.parametrize("seed", range(20))
def test_what_is_asked_out_costs_what_then_brings_it(seed):
    rng = random.Random(seed)
    pool = concentrated(rng)
    zero = rng.random() < 0.5
    wanted = int(10 ** rng.uniform(3, 17))
    asked = pool.quote(wanted, zero_for_one=zero, exact_in=False)
    if not asked.complete:
        return
    assert asked.amount_out == wanted
    assert pool.quote(asked.amount_in, zero_for_one=zero, exact_in=True).amount_out >= wanted
    # There and back again loses, by the fee at the least.
    pool.swap(asked.amount_in, zero_for_one=zero, exact_in=True)
    back = pool.quote(wanted, zero_for_one=not zero, exact_in=True)
    assert back.amount_out < asked.amount_in


@pytest.mark.parametrize("seed", range(15))
def test_the_pool_never_owes_more_than_came_in(seed):
    """Balances less what all positions and the protocol may take: never below zero."""
    rng = random.Random(seed)
    pool = ConcentratedPool(fee=3_000, spacing=60)
    pool.initialise(sqrt_price_at(rng.randint(-30_000, 30_000)))
    pool.set_shares(4, 10)
    held = [0, 0]
    positions = []
    for _ in range(80):
        kind = rng.random()
        if not positions or kind < 0.3:
            middle = pool.core.tick // 60 + rng.randint(-20, 20)
            lower, upper = (middle - rng.randint(1, 40)) * 60, (middle + rng.randint(1, 40)) * 60
            liquidity = rng.randint(1, 10**20)
            amount0, amount1, _ = pool.modify(lower, upper, liquidity)
            positions.append((lower, upper, liquidity, pool.growth_inside(lower, upper)))
            held[0] += amount0
            held[1] += amount1
        elif kind < 0.4:
            lower, upper, liquidity, last = positions.pop(rng.randrange(len(positions)))
            owed = pool.owed(liquidity, lower, upper, last)
            amount0, amount1, _ = pool.modify(lower, upper, -liquidity)
            held[0] -= amount0 + owed[0]
            held[1] -= amount1 + owed[1]
        elif pool.core.liquidity:
            zero = rng.random() < 0.5
            limit = sqrt_price_at(pool.core.tick + (-1_500 if zero else 1_500))
            quote, _ = pool.swap(
                int(10 ** rng.uniform(0, 20)),
                zero_for_one=zero,
                exact_in=rng.random() < 0.5,
                limit=limit,
            )
            held[0] += quote.amount_in if zero else -quote.amount_out
            held[1] += -quote.amount_out if zero else quote.amount_in
        claims = [pool.core.owed0, pool.core.owed1]
        for lower, upper, liquidity, last in positions:
            amounts = pool.amounts(liquidity, lower, upper)
            owed = pool.owed(liquidity, lower, upper, last)
            claims[0] += amounts[0] + owed[0]
            claims[1] += amounts[1] + owed[1]
        assert held[0] >= claims[0]
        assert held[1] >= claims[1]
        # Nothing is left in the pool but the roundings: a unit or two a deed.
        assert held[0] - claims[0] < 2_000
        assert held[1] - claims[1] < 2_000
    assert pool.core.owed0 + pool.core.owed1 > 0


@pytest.mark.parametrize("seed", range(10))
def test_whatever_was_done_can_be_undone(seed):
    rng = random.Random(seed)
    pool = concentrated(rng)

    def state():
        return pool.core, dict(pool.ticks), dict(pool.nets), list(pool.order)

    states, undos = [], []
    for _ in range(30):
        states.append(state())
        kind = rng.random()
        if kind < 0.3:
            lower, upper = sorted(rng.sample(range(-40, 40), 2))
            spacing = pool.spacing
            undos.append(pool.modify(lower * spacing, upper * spacing, rng.randint(1, 10**20))[2])
        elif kind < 0.4:
            undos.append(pool.set_shares(rng.randint(4, 10), 0))
        elif kind < 0.5 and pool.core.liquidity:
            undos.append(pool.pay(rng.randint(0, 10**18), 5))
        else:
            zero = pool.core.tick > 0
            amount = int(10 ** rng.uniform(0, 20))
            undos.append(pool.swap(amount, zero_for_one=zero, exact_in=True)[1])
    for before, undo in zip(reversed(states), reversed(undos), strict=True):
        pool.restore(undo)
        assert state() == before


def test_positions_come_and_go_with_their_ticks():
    pool = ConcentratedPool(fee=500, spacing=10)
    pool.initialise(Q96)
    pool.modify(-10, 20, 100)
    pool.modify(-10, 10, 7)
    assert pool.order == [-10, 10, 20]
    assert pool.core.liquidity == 107
    pool.modify(-10, 20, -100)
    assert pool.order == [-10, 10]
    with pytest.raises(ValueError, match="liquidity at tick -10 would be -1"):
        pool.modify(-10, 10, -8)
    with pytest.raises(ValueError, match="range 10 to -10"):
        pool.modify(10, -10, 1)
    with pytest.raises(ValueError, match="range -5 to 10"):
        pool.modify(-5, 10, 1)


def test_a_new_tick_takes_growth_so_far_as_below_it_and_turns_it_when_passed():
    """The white paper's convention (6.3): the contracts keep these numbers, so do we."""
    pool = ConcentratedPool(fee=3_000, spacing=60)
    pool.initialise(Q96)
    pool.modify(-6_000, 6_000, 10**18)
    pool.pay(10**15, 10**14)
    growth = pool.core.growth0, pool.core.growth1
    assert growth == (10**15 * (1 << 128) // 10**18, 10**14 * (1 << 128) // 10**18)
    pool.modify(-60, 60, 10**18)
    assert pool.ticks[-60][2:] == growth
    assert pool.ticks[60][2:] == (0, 0)
    pool.swap(10**18, zero_for_one=False, exact_in=True, limit=sqrt_price_at(120))
    after = pool.core.growth1
    assert after > growth[1]
    passed = pool.ticks[60]
    assert passed.outside0 == growth[0]
    assert growth[1] < passed.outside1 < after
    assert Tick(1, 1, 5, 9).flipped(4, 10)[2:] == (WRAP - 1, 1)


def test_growth_wraps_around_as_the_contracts_does():
    """256 bits are all there is: differences are right across the edge."""
    assert fees_owed(1 << 128, 5, WRAP - 5) == 10
    pool = ConcentratedPool(
        fee=3_000,
        spacing=60,
        core=Core(sqrt_price=Q96, tick=0, liquidity=10**12, growth0=WRAP - 1, growth1=3),
        ticks={-60: Tick(10**12, 10**12, WRAP - 9, 1), 60: Tick(10**12, -(10**12), 0, 0)},
    )
    last = pool.growth_inside(-60, 60)
    pool.swap(10**9, zero_for_one=True, exact_in=True)
    assert pool.core.growth0 < WRAP - 1
    assert 0 < pool.owed(10**12, -60, 60, last)[0] <= 3 * 10**6


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"fee": 1_000_001}, "fee is 1000001"),
        ({"spacing": 0}, "tick spacing is 0"),
        ({"ticks": {7: Tick(1, 1)}}, "tick 7 is no multiple"),
        ({"ticks": {-887_280: Tick(1, 1)}}, "beyond"),
        ({"ticks": {-60: Tick(5, 5)}}, "add up to 5"),
    ],
)
def test_snapshots_that_do_not_fit_together_are_refused(changes, said):
    about = {"fee": 3_000, "spacing": 60, "core": Core(sqrt_price=Q96, liquidity=4), **changes}
    with pytest.raises(ValueError, match=said):
        ConcentratedPool(**about)


def test_what_cannot_be_swapped_is_refused():
    pool = ConcentratedPool(fee=3_000, spacing=60)
    with pytest.raises(ValueError, match="not initialised"):
        pool.quote(1, zero_for_one=True, exact_in=True)
    pool.initialise(Q96)
    with pytest.raises(ValueError, match="a price already"):
        pool.initialise(Q96)
    with pytest.raises(ValueError, match="must not be below 0"):
        pool.quote(-1, zero_for_one=True, exact_in=True)
    for zero, limit in ((True, Q96), (False, Q96), (True, MIN_SQRT_PRICE), (False, MAX_SQRT_PRICE)):
        with pytest.raises(ValueError, match="price limit"):
            pool.quote(1, zero_for_one=zero, exact_in=True, limit=limit)
    with pytest.raises(ValueError, match="no liquidity that could earn"):
        pool.pay(1, 1)
    with pytest.raises(ValueError, match="more than"):
        pool.collect_protocol(1, 0)
    empty = pool.quote(10, zero_for_one=True, exact_in=True)
    assert (empty.amount_in, empty.amount_out, empty.complete) == (0, 0, False)
    nothing = pool.quote(0, zero_for_one=True, exact_in=True)
    assert (nothing.amount_in, nothing.sqrt_price, nothing.complete) == (0, Q96, True)
