# cython: annotation_typing=False
"""Ticks and square-root prices: exact to the last bit of Uniswap v3's Q64.96 numbers.

Source: Uniswap v3 core white paper, 6.1 (price = 1.0001 ** tick); the factors' precision and the
rounding are those of the deployed contracts, which the tests run beside this. Compiled by Cython;
it also runs as it stands.
"""

from decimal import Context, Decimal
from functools import lru_cache
from math import log

Q96 = 1 << 96
Q128 = 1 << 128
MIN_TICK = -887_272
MAX_TICK = 887_272
MIN_SQRT_PRICE = 4_295_128_739  # at MIN_TICK
MAX_SQRT_PRICE = 1_461_446_703_485_210_103_287_273_052_203_988_822_378_723_970_342  # at MAX_TICK
MIN_SPACING = 1
MAX_SPACING = 32_767

_UINT256_MAX = (1 << 256) - 1
_LOG_STEP = log(1.0001) / 2  # of the square root, for one tick


def _factors() -> tuple[int, ...]:
    """1.0001 ** -(2 ** i / 2) as Q128.128, to the nearest: what bit i of a tick multiplies by."""
    exact = Context(prec=140)
    root = exact.divide(Decimal(1), exact.sqrt(Decimal("1.0001")))
    found = []
    for _ in range(20):
        found.append(int(exact.multiply(root, Decimal(Q128)).to_integral_value()))
        root = exact.multiply(root, root)
    return tuple(found)


_FACTORS = _factors()


@lru_cache(maxsize=65_536)
def sqrt_price_at(tick: int) -> int:
    """The square root of 1.0001 ** tick as Q64.96, rounded up.

    Raises:
        ValueError: the tick is beyond what the contracts allow.
    """
    size = abs(tick)
    if size > MAX_TICK:
        raise ValueError(f"tick is {tick}; it must be within {MIN_TICK} to {MAX_TICK}")
    ratio = Q128
    for factor in _FACTORS:
        if size & 1:
            ratio = ratio * factor >> 128
        size >>= 1
        if not size:
            break
    if tick > 0:
        ratio = _UINT256_MAX // ratio
    return (ratio >> 32) + (ratio & 0xFFFF_FFFF != 0)


def tick_at(sqrt_price: int) -> int:
    """The greatest tick whose square-root price is not above `sqrt_price` (Q64.96).

    Raises:
        ValueError: the price is outside [MIN_SQRT_PRICE, MAX_SQRT_PRICE).
    """
    if not MIN_SQRT_PRICE <= sqrt_price < MAX_SQRT_PRICE:
        raise ValueError(
            f"sqrt_price is {sqrt_price}; it must be at least {MIN_SQRT_PRICE} and below"
            f" {MAX_SQRT_PRICE}"
        )
    # The logarithm is right to a ten-thousandth of a tick; integers settle what is on the edge.
    tick = min(int((log(sqrt_price) - log(Q96)) // _LOG_STEP), MAX_TICK - 1)
    tick = max(tick, MIN_TICK)
    while sqrt_price_at(tick) > sqrt_price:
        tick -= 1
    while sqrt_price_at(tick + 1) <= sqrt_price:
        tick += 1
    return tick


def usable_ticks(spacing: int) -> tuple[int, int]:
    """The least and greatest tick that a position may end at.

    Raises:
        ValueError: the spacing is not one of v4's, which include v3's.
    """
    if not MIN_SPACING <= spacing <= MAX_SPACING:
        raise ValueError(f"tick spacing is {spacing}; it is {MIN_SPACING} to {MAX_SPACING}")
    most = MAX_TICK // spacing * spacing
    return -most, most


def liquidity_per_tick_max(spacing: int) -> int:
    """The most liquidity that positions may put on one tick: all ticks together fit 128 bits."""
    low, high = usable_ticks(spacing)
    return ((1 << 128) - 1) // ((high - low) // spacing + 1)
