"""Ticks, prices, steps and positions against published vectors, and what must always hold."""

import math
import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.dialects.uniswap_v3.positions import amounts_of, liquidity_for
from argosy.dialects.uniswap_v3.prices import (
    amount0_between,
    amount1_between,
    price_after_input,
    price_after_output,
    taken0,
    taken1,
)
from argosy.dialects.uniswap_v3.steps import V3, V4, Step, compute_step, protocol_share
from argosy.dialects.uniswap_v3.ticks import (
    MAX_SQRT_PRICE,
    MAX_TICK,
    MIN_SQRT_PRICE,
    MIN_TICK,
    Q96,
    liquidity_per_tick_max,
    sqrt_price_at,
    tick_at,
    usable_ticks,
)

E18 = 10**18


def encoded(one: int, zero: int) -> int:
    """The square-root price of reserves, as the published tests write it."""
    return math.isqrt((one << 192) // zero)


@pytest.mark.parametrize(
    ("tick", "price"),
    [  # v3-core's TickMath snapshots
        (MIN_TICK, MIN_SQRT_PRICE),
        (MIN_TICK + 1, 4295343490),
        (MAX_TICK - 1, 1461373636630004318706518188784493106690254656249),
        (MAX_TICK, MAX_SQRT_PRICE),
        (0, Q96),
        (50, 79426470787362580746886972461),
        (100, 79625275426524748796330556128),
        (250, 80224679980005306637834519095),
        (500, 81233731461783161732293370115),
        (1000, 83290069058676223003182343270),
        (2500, 89776708723587163891445672585),
        (3000, 92049301871182272007977902845),
        (4000, 96768528593268422080558758223),
        (5000, 101729702841318637793976746270),
        (50000, 965075977353221155028623082916),
        (150000, 143194173941309278083010301478497),
        (250000, 21246587762933397357449903968194344),
        (500000, 5697689776495288729098254600827762987878),
        (738203, 847134979253254120489401328389043031315994541),
    ],
)
def test_published_ticks(tick, price):
    assert sqrt_price_at(tick) == price


@given(st.integers(MIN_TICK, MAX_TICK - 1))
def test_a_tick_is_the_one_of_its_own_price_and_of_all_up_to_the_next(tick):
    price, after = sqrt_price_at(tick), sqrt_price_at(tick + 1)
    assert price < after
    assert tick_at(price) == tick
    assert tick_at(after - 1) == tick


@given(st.integers(MIN_TICK, MAX_TICK))
def test_prices_are_the_power_they_stand_for(tick):
    exact = Decimal("1.0001") ** tick
    found = (Decimal(sqrt_price_at(tick)) / Q96) ** 2
    assert abs(found / exact - 1) < Decimal("1e-9")


@pytest.mark.parametrize("tick", [MIN_TICK - 1, MAX_TICK + 1])
def test_ticks_beyond_the_end_are_refused(tick):
    with pytest.raises(ValueError, match=f"tick is {tick}"):
        sqrt_price_at(tick)


@pytest.mark.parametrize("price", [0, MIN_SQRT_PRICE - 1, MAX_SQRT_PRICE])
def test_prices_beyond_the_end_are_refused(price):
    with pytest.raises(ValueError, match=f"sqrt_price is {price}"):
        tick_at(price)


def test_spacings():
    # v3-core's Tick tests
    assert liquidity_per_tick_max(10) == 1917569901783203986719870431555990
    assert liquidity_per_tick_max(60) == 11505743598341114571880798222544994
    assert liquidity_per_tick_max(200) == 38350317471085141830651933667504588
    assert usable_ticks(60) == (-887220, 887220)
    for spacing in (0, 32_768):
        with pytest.raises(ValueError, match="tick spacing"):
            usable_ticks(spacing)


def test_published_amounts_between_prices():
    one, other = Q96, encoded(121, 100)
    assert amount0_between(one, other, E18, up=True) == 90909090909090910
    assert amount0_between(other, one, E18, up=False) == 90909090909090909
    assert amount1_between(one, other, E18, up=True) == 100000000000000000
    assert amount1_between(other, one, E18, up=False) == 99999999999999999


def test_published_prices_after_amounts():
    tenth = E18 // 10
    into, out = price_after_input, price_after_output
    assert into(Q96, E18, tenth, zero_for_one=False) == 87150978765690771352898345369
    assert into(Q96, E18, tenth, zero_for_one=True) == 72025602285694852357767227579
    assert into(Q96, E18 * 10, 1 << 100, zero_for_one=True) == 624999999995069620
    assert into(Q96, 1, (1 << 256) // 2, zero_for_one=True) == 1
    assert out(Q96, E18, tenth, zero_for_one=False) == 88031291682515930659493278152
    assert out(Q96, E18, tenth, zero_for_one=True) == 71305346262837903834189555302


@pytest.mark.parametrize("zero_for_one", [True, False])
def test_more_than_there_is_is_refused(zero_for_one):
    # v3-core: the virtual reserves here are 4 of token 0 and 262144 of token 1
    price = 20282409603651670423947251286016
    with pytest.raises(ValueError, match="more than liquidity"):
        price_after_output(price, 1024, 262144 if zero_for_one else 4, zero_for_one=zero_for_one)


@pytest.mark.parametrize(
    ("target", "amount", "exact_in", "found"),
    [  # v3-core's SwapMath tests: price 1, liquidity 2e18, fee 0.06 %
        (encoded(101, 100), E18, True, (9975124224178055, 9925619580021728, 5988667735148)),
        (encoded(101, 100), E18, False, (9975124224178055, 9925619580021728, 5988667735148)),
        (encoded(1000, 100), E18, True, (999400000000000000, 666399946655997866, 600000000000000)),
        (encoded(10000, 100), E18, False, (2000000000000000000, E18, 1200720432259356)),
    ],
)
def test_published_steps(target, amount, exact_in, found):
    step = compute_step(Q96, target, 2 * E18, amount, 600, exact_in=exact_in)
    assert (step.amount_in, step.amount_out, step.fee) == found
    capped = found[1] < 10**16
    assert (step.price == target) == capped


def test_a_published_step_that_rounds_its_output_down_to_what_was_asked():
    step = compute_step(
        417332158212080721273783715441582,
        1452870262520218020823638996,
        159344665391607089467575320103,
        1,
        1,
        exact_in=False,
    )
    assert step == Step(417332158212080721273783715441581, 1, 1, 1)


@given(
    st.integers(MIN_SQRT_PRICE, MAX_SQRT_PRICE - 1),
    st.integers(MIN_SQRT_PRICE, MAX_SQRT_PRICE - 1),
    st.integers(1, (1 << 128) - 1),
    st.integers(1, 1 << 250),
    st.integers(0, 999_999),
    st.booleans(),
    st.sampled_from([V3, V4]),
)
def test_steps_keep_to_their_amount_and_their_target(
    price, target, liquidity, amount, fee, exact_in, rules
):
    """What v3-core's own fuzzing asserts of a step."""
    try:
        step = compute_step(price, target, liquidity, amount, fee, exact_in=exact_in, rules=rules)
    except ValueError:
        return  # beyond all prices: the contract reverts
    if exact_in:
        assert step.amount_in + step.fee <= amount
    else:
        assert step.amount_out <= amount
    if price == target:
        assert (step.amount_in, step.amount_out, step.fee) == (0, 0, 0)
    if step.price != target:
        used = step.amount_in + step.fee if exact_in else step.amount_out
        assert used == amount
    assert min(price, target) <= step.price <= max(price, target)


def test_published_liquidity_for_amounts():
    # v3-periphery's LiquidityAmounts tests
    low, high = encoded(100, 110), encoded(110, 100)
    assert liquidity_for(100, 200, low, high, Q96) == 2148
    assert liquidity_for(100, 200, high, low, encoded(99, 110)) == 1048
    assert liquidity_for(100, 200, low, high, encoded(111, 100)) == 2097


@given(
    st.integers(-80_000, 80_000),
    st.integers(1, 50_000),
    st.integers(-100_000, 100_000),
    st.integers(1, 10**30),
    st.integers(1, 10**30),
)
def test_liquidity_of_amounts_never_asks_for_more_than_them(lower, width, tick, amount0, amount1):
    upper = lower + width
    price = sqrt_price_at(tick)
    liquidity = liquidity_for(amount0, amount1, sqrt_price_at(lower), sqrt_price_at(upper), price)
    used = amounts_of(liquidity, lower, upper, price, tick, up=False)
    assert used[0] <= amount0
    assert used[1] <= amount1
    due = amounts_of(liquidity, lower, upper, price, tick, up=True)
    assert all(0 <= paid - got <= 2 for paid, got in zip(due, used, strict=True))


@pytest.mark.parametrize("seed", range(8))
def test_what_a_log_says_of_a_step_is_what_computing_it_comes_to(seed):
    """`taken0` and `taken1` divide nothing; the prices' own functions do."""
    rng = random.Random(seed)
    for _ in range(2_000):
        price = rng.randint(MIN_SQRT_PRICE, MAX_SQRT_PRICE) >> rng.randint(0, 120)
        price = max(price, MIN_SQRT_PRICE + 1)
        liquidity = rng.randint(1, 1 << rng.randint(1, 128))
        amount = rng.randint(0, 1 << rng.randint(1, 127))
        down = rng.random() < 0.5
        try:
            after = price_after_input(price, liquidity, amount, zero_for_one=down)
        except ValueError:
            continue
        if not MIN_SQRT_PRICE < after < MAX_SQRT_PRICE:
            continue
        inside, outside = (
            (amount0_between, amount1_between)
            if down
            else (
                amount1_between,
                amount0_between,
            )
        )
        taken = inside(after, price, liquidity, up=True)
        out = outside(after, price, liquidity, up=False)
        told = taken0 if down else taken1
        if (liquidity << 96) + amount * price < 1 << 256 or not down:
            assert told(price, after, liquidity, amount, out) == taken
        else:  # the contract rounds otherwise there: it may be told to walk, never a wrong figure
            assert told(price, after, liquidity, amount, out) in {taken, -1}
        for wrong in (after - 1, after + 1):
            brought = outside(wrong, price, liquidity, up=False)
            assert told(price, wrong, liquidity, amount, brought) == -1
        assert told(price, after, liquidity, amount, out + 1) == -1
        assert told(price, after, liquidity, amount, out - 1) == -1


@pytest.mark.parametrize("seed", range(4))
def test_dividing_once_is_dividing_twice(seed):
    """The contracts divide by one price, then by the other, rounding each time."""
    rng = random.Random(seed)
    for _ in range(2_000):
        low, high = sorted(rng.randint(1, 1 << rng.randint(1, 160)) for _ in range(2))
        liquidity = rng.randint(0, 1 << rng.randint(1, 128))
        shifted = (liquidity << 96) * (high - low)
        assert amount0_between(low, high, liquidity, up=False) == shifted // high // low
        once = -(-shifted // high)
        assert amount0_between(low, high, liquidity, up=True) == -(-once // low)


@pytest.mark.parametrize(
    ("rules", "share", "fee", "part"),
    [(V3, 0, 500, 0), (V3, 4, 500, 25), (V4, 0, 500, 0), (V4, 500, 500, 100), (V4, 100, 500, 20)],
)
def test_the_protocol_s_part_is_as_the_version_has_it(rules, share, fee, part):
    assert protocol_share(200_000 - 100, 100, share, fee, rules) == part
