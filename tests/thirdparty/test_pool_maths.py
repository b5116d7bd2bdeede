"""What pools give, hold and are worth equals what Uniswap's own kits compute, to the unit."""

import functools
import json
import random
from decimal import Decimal

import pytest

from argosy.dialects.evm.chains import Token
from argosy.dialects.pools.exchange import Family, PoolSpec
from argosy.dialects.pools.liquidity import price_of
from argosy.dialects.uniswap_v2 import amounts as pair
from argosy.dialects.uniswap_v2.deployments import pair_address
from argosy.dialects.uniswap_v3.deployments import pool_address
from argosy.dialects.uniswap_v3.growth import fees_owed
from argosy.dialects.uniswap_v3.pool import ConcentratedPool
from argosy.dialects.uniswap_v3.positions import amounts_of, liquidity_for
from argosy.dialects.uniswap_v3.steps import compute_step
from argosy.dialects.uniswap_v3.ticks import (
    MAX_SQRT_PRICE,
    MAX_TICK,
    MIN_SQRT_PRICE,
    MIN_TICK,
    sqrt_price_at,
    tick_at,
)
from argosy.dialects.uniswap_v4.keys import PoolKey
from argosy.dialects.uniswap_v4.pool import ManagedPool
from argosy.model import VenueId
from argosy.model.calls import NATIVE
from dialects.seeded import FEES
from thirdparty.javascript import packages_or_skip, run

pytestmark = [pytest.mark.thirdparty, pytest.mark.slow, pytest.mark.timeout(300)]


def told(cases):
    packages_or_skip()
    found = json.loads(run("pool_maths.mjs", told=cases))
    assert len(found) == len(cases)
    return found


def two_tokens(rng):
    return sorted("0x" + rng.randbytes(20).hex() for _ in range(2))


def much(rng, least, most):
    """A number whose length, not whose value, is evenly spread."""
    return rng.getrandbits(rng.randint(least, most)) | 1


# --- v2 -------------------------------------------------------------------------------------------


def a_pair(rng):
    reserves = [much(rng, 20, 100) + 10_000 for _ in range(2)]
    supply = much(rng, 20, 100) + 10_000
    last = (reserves[0] - rng.randint(0, 9_000)) * (reserves[1] - rng.randint(0, 9_000))
    swaps = []
    for _ in range(6):
        zero, exact_in = rng.random() < 0.5, rng.random() < 0.5
        out = reserves[1 if zero else 0]
        amount = much(rng, 10, 100) if exact_in else rng.randint(1, out + out // 10)
        swaps.append({"amount": str(amount), "zero": zero, "exactIn": exact_in})
    return {
        "kind": "pair",
        "tokens": two_tokens(rng),
        "reserves": [str(each) for each in reserves],
        "swaps": swaps,
        "supply": str(supply),
        "put": [str(each * 3 // 7 + rng.randint(0, 99)) for each in reserves],
        "shares": str(rng.randint(supply // 5 + 1, supply)),
        "fees": rng.random() < 0.5,
        "last": str(last),
    }


def test_pairs():
    rng = random.Random(2)
    cases = [a_pair(rng) for _ in range(60)]
    refused = 0
    for case, found in zip(cases, told(cases), strict=True):
        reserves = tuple(int(each) for each in case["reserves"])
        assert found["address"] == pair_address("uniswap", 1, *case["tokens"])
        for swap, answer in zip(case["swaps"], found["swaps"], strict=True):
            ends = reserves if swap["zero"] else reserves[::-1]
            quote = pair.amount_out if swap["exactIn"] else pair.amount_in
            ours = functools.partial(quote, int(swap["amount"]), *ends, pair.UNISWAP_FEE)
            if "refused" not in answer:
                assert ours() == int(answer["other"])
            elif swap["exactIn"]:
                assert ours() == 0  # the kit refuses what comes to nothing
                refused += 1
            else:
                with pytest.raises(ValueError, match="amount out is"):
                    ours()
                refused += 1
        supply, shares = int(case["supply"]), int(case["shares"])
        put = tuple(int(each) for each in case["put"])
        assert pair.shares_minted(put, reserves, supply) == int(found["minted"])
        if case["fees"]:
            supply += pair.protocol_shares(reserves, int(case["last"]), supply)
        burnt = tuple(int(each) for each in found["burnt"])
        assert pair.amounts_burnt(shares, reserves, supply) == burnt
    assert refused > 5


# --- v3 and v4 ------------------------------------------------------------------------------------


def a_pool(rng, family):
    fee, spacing = rng.choice(sorted(FEES.items()))
    tick = rng.randint(-200_000, 200_000)
    pool = (ManagedPool if family == "v4" else ConcentratedPool)(fee=fee, spacing=spacing)
    low, high = sqrt_price_at(tick), sqrt_price_at(tick + 1)
    pool.initialise(rng.randrange(low, high))
    middle, wide = tick // spacing, max(2, 6_000 // spacing)
    for _ in range(10):
        lower = middle + rng.randint(-wide, wide)
        upper = lower + rng.randint(1, wide)
        pool.modify(lower * spacing, upper * spacing, much(rng, 40, 80))
    pool.modify((middle - wide) * spacing, (middle + wide) * spacing, much(rng, 50, 80))
    tokens = two_tokens(rng)
    if family == "v4" and rng.random() < 0.3:
        tokens[0] = NATIVE
    return pool, {
        "kind": "pool",
        "family": family,
        "tokens": tokens,
        "fee": fee,
        "spacing": spacing,
        "sqrtPrice": str(pool.core.sqrt_price),
        "liquidity": str(pool.core.liquidity),
        "tick": pool.core.tick,
        "ticks": [[at, str(each.net), str(each.gross)] for at, each in sorted(pool.ticks.items())],
        "swaps": [a_swap(rng, pool) for _ in range(8)],
        "positions": [
            [lower * spacing, upper * spacing, str(much(rng, 30, 100))]
            for lower, upper in (
                sorted(rng.sample(range(middle - wide, middle + wide), 2)) for _ in range(4)
            )
        ],
    }


def a_swap(rng, pool):
    zero, exact_in = rng.random() < 0.5, rng.random() < 0.7
    swap = {"amount": str(much(rng, 30, 110)), "zero": zero, "exactIn": exact_in}
    if rng.random() < 0.3:  # it may end at a price
        away = rng.randint(1, 2_000)
        swap["limit"] = str(sqrt_price_at(pool.core.tick + (-away if zero else away + 1)))
    return swap


@pytest.mark.parametrize("family", ["v3", "v4"])
def test_pools_of_ranges(family):
    rng = random.Random(34)
    made = [a_pool(rng, family) for _ in range(60)]
    crossed, ended = 0, 0
    for (pool, case), found in zip(made, told([each for _, each in made]), strict=True):
        tokens = case["tokens"]
        if family == "v4":
            key = PoolKey(
                currency0=tokens[0], currency1=tokens[1], fee=case["fee"], spacing=case["spacing"]
            )
            assert found["id"] == key.pool_id
        else:
            assert found["id"] == pool_address("uniswap", 1, *tokens, case["fee"])
        for swap, answer in zip(case["swaps"], found["swaps"], strict=True):
            limit = int(swap["limit"]) if "limit" in swap else None
            terms = {"zero_for_one": swap["zero"], "exact_in": swap["exactIn"], "limit": limit}
            ours = pool.quote(int(swap["amount"]), **terms)
            other = ours.amount_out if swap["exactIn"] else ours.amount_in
            assert (other, ours.sqrt_price) == (int(answer["other"]), int(answer["sqrtPrice"]))
            assert (ours.tick, ours.liquidity) == (answer["tick"], int(answer["liquidity"]))
            crossed += ours.crossed
            ended += not ours.complete  # by a price, or by the end of the pool's liquidity
        for (lower, upper, held), answer in zip(case["positions"], found["positions"], strict=True):
            held = int(held)
            assert pool.amounts(held, lower, upper) == tuple(map(int, answer["taken"]))
            put = amounts_of(held, lower, upper, pool.core.sqrt_price, pool.core.tick, up=True)
            assert put == tuple(map(int, answer["put"]))
    assert crossed > 300
    assert ended > 50


def test_prices_and_ticks():
    rng = random.Random(5)
    ticks = [MIN_TICK, MAX_TICK - 1, -1, 0, 1, *rng.sample(range(MIN_TICK, MAX_TICK), 300)]
    cases = [{"kind": "tick", "tick": each} for each in ticks]
    for tick, found in zip(ticks, told(cases), strict=True):
        assert sqrt_price_at(tick) == int(found["price"])
        assert tick_at(sqrt_price_at(tick)) == found["back"] == tick
    cases = []
    for _ in range(300):
        price = rng.randrange(
            sqrt_price_at(at := rng.randint(-300_000, 300_000)), sqrt_price_at(at + 1)
        )
        cases.append(
            {
                "kind": "price",
                "sqrtPrice": str(price),
                "fee": rng.choice(sorted(FEES)),
                "tokens": two_tokens(rng),
                "decimals": [rng.choice((6, 8, 18)) for _ in range(2)],
            }
        )
    for case, found in zip(cases, told(cases), strict=True):
        price, spacing = int(case["sqrtPrice"]), FEES[case["fee"]]
        assert tick_at(price) == found["tick"]
        one, other = (
            Token(symbol=name, currency=name, address=address, decimals=decimals)
            for name, address, decimals in zip("AB", case["tokens"], case["decimals"], strict=True)
        )
        for base, theirs in enumerate(found["prices"]):
            spec = PoolSpec(
                venue=VenueId("uniswap"),
                family=Family.V3,
                token0=one,
                token1=other,
                fee=case["fee"],
                spacing=spacing,
                address="0x" + "11" * 20,
                base=base,
            )
            assert abs(price_of(spec, price) / Decimal(theirs) - 1) < Decimal("1e-22")


def test_liquidity_steps_and_fees():
    rng = random.Random(6)
    cases = []
    for _ in range(200):
        at = rng.randint(-300_000, 300_000)
        price, low, high = (sqrt_price_at(at + rng.randint(-9_000, 9_000)) for _ in range(3))
        cases.append(
            {
                "kind": "liquidity",
                "sqrtPrice": str(price),
                "low": str(low),
                "high": str(high + (low == high)),
                "amounts": [str(much(rng, 20, 100)) for _ in range(2)],
            }
        )
        remaining = much(rng, 10, 100) * rng.choice((1, -1))  # below 0: so much is to come out
        cases.append(
            {
                "kind": "step",
                "sqrtPrice": str(price),
                "target": str(high),
                "liquidity": str(much(rng, 30, 100)),
                "remaining": str(remaining),
                "fee": rng.choice(sorted(FEES)),
            }
        )
        inside = [rng.getrandbits(256) for _ in range(2)]
        last = [(each - rng.getrandbits(128)) % (1 << 256) for each in inside]
        cases.append(
            {
                "kind": "owed",
                "liquidity": str(much(rng, 20, 100)),
                "inside": [str(each) for each in inside],
                "last": [str(each) for each in last],
            }
        )
    compared = 0
    for case, found in zip(cases, told(cases), strict=True):
        if case["kind"] == "liquidity":
            ends = [int(case[name]) for name in ("low", "high", "sqrtPrice")]
            ours = liquidity_for(*(int(each) for each in case["amounts"]), *ends)
            assert ours == int(found["liquidity"])
        elif case["kind"] == "step":
            remaining = int(case["remaining"])
            price, target, liquidity = (
                int(case[name]) for name in ("sqrtPrice", "target", "liquidity")
            )
            exact_in = remaining > 0
            try:
                step = compute_step(
                    price, target, liquidity, abs(remaining), case["fee"], exact_in=exact_in
                )
            except ValueError:  # the contract reverts, whatever the kit computes
                assert not exact_in
                continue
            compared += 1
            assert list(step) == [int(each) for each in found["step"]]
        else:
            pairs = zip(case["inside"], case["last"], strict=True)
            ours = [fees_owed(int(case["liquidity"]), int(now), int(was)) for now, was in pairs]
            assert ours == [int(each) for each in found["owed"]]
    assert compared > 150


def test_ends_of_prices_are_the_kits():
    assert (sqrt_price_at(MIN_TICK), sqrt_price_at(MAX_TICK)) == (MIN_SQRT_PRICE, MAX_SQRT_PRICE)
