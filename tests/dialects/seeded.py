"""Makes pools by seed, as they are and as they hardly ever are."""

import random
from decimal import Decimal

from argosy.books.amm import Units
from argosy.dialects.uniswap_v2.amounts import PairFee
from argosy.dialects.uniswap_v2.side import PairSide
from argosy.dialects.uniswap_v3.pool import ConcentratedPool
from argosy.dialects.uniswap_v3.side import ConcentratedSide
from argosy.dialects.uniswap_v3.ticks import sqrt_price_at

FEES = {100: 1, 500: 10, 3_000: 60, 10_000: 200}


def concentrated(rng: random.Random, tick: int = 0, ranges: int = 12) -> ConcentratedPool:
    """A pool around `tick` with some ranges of liquidity, gaps among them."""
    fee, spacing = rng.choice(sorted(FEES.items()))
    pool = ConcentratedPool(fee=fee, spacing=spacing)
    pool.initialise(sqrt_price_at(tick) + rng.randint(0, 1 << 30))
    middle = tick // spacing
    wide = max(1, 4_000 // spacing)
    pool.modify((middle - wide) * spacing, (middle + wide) * spacing, 10 ** rng.randint(15, 20))
    for _ in range(ranges):
        lower = middle + rng.randint(-wide, wide)
        upper = lower + rng.randint(1, wide)
        pool.modify(lower * spacing, upper * spacing, 10 ** rng.randint(12, 21))
    return pool


def case(rng: random.Random, *, buy: bool) -> tuple[PairSide | ConcentratedSide, Units]:
    """A pool's side with units that suit it: like ETH in USDC, USDC in ETH, or two alike."""
    base, quote = rng.choice([(18, 6), (6, 18), (18, 18), (8, 6)])
    price = Decimal(10) ** rng.choice([-4, 0, 3])  # quote per base
    raw = price.scaleb(quote - base)
    if rng.random() < 0.4:
        base_reserve = int(Decimal(10) ** (base + rng.randint(2, 6)))
        side = PairSide(
            base_reserve,
            max(int(base_reserve * raw), 10**6),
            buy=buy,
            fee=rng.choice([PairFee(), PairFee(9_975, 10_000), PairFee(1, 1)]),
        )
    else:
        token = rng.choice([0, 1])
        tick = round((1 if token == 0 else -1) * float(raw.log10()) / 4.342727686e-5)
        side = ConcentratedSide(concentrated(rng, tick), base=token, buy=buy)
    return side, Units(
        base_decimals=base,
        quote_decimals=quote,
        price_decimals=6 - int(price.log10()),
        size_decimals=rng.choice([2, 4, 6]),
    )
