"""What liquidity between two prices holds, and how much liquidity amounts make.

Source: Uniswap v3 core white paper, 6.2 and 6.3; roundings as the contracts': what is put in is
rounded up, what is taken out and what amounts make is rounded down. Smallest units throughout.
"""

from argosy.dialects.uniswap_v3.prices import amount0_between, amount1_between
from argosy.dialects.uniswap_v3.ticks import Q96, sqrt_price_at


def amounts_of(
    liquidity: int, lower: int, upper: int, sqrt_price: int, tick: int, *, up: bool
) -> tuple[int, int]:
    """Both tokens of a position between two ticks, where the pool stands at `sqrt_price`.

    `up` when it is being put in, not when it is taken out.
    """
    low, high = sqrt_price_at(lower), sqrt_price_at(upper)
    if tick < lower:
        return amount0_between(low, high, liquidity, up=up), 0
    if tick >= upper:
        return 0, amount1_between(low, high, liquidity, up=up)
    return (
        amount0_between(sqrt_price, high, liquidity, up=up),
        amount1_between(low, sqrt_price, liquidity, up=up),
    )


def liquidity_for(amount0: int, amount1: int, low: int, high: int, sqrt_price: int) -> int:
    """The most liquidity between two square-root prices that both amounts suffice for."""
    if low > high:
        low, high = high, low
    if sqrt_price <= low:
        return _for_amount0(amount0, low, high)
    if sqrt_price >= high:
        return _for_amount1(amount1, low, high)
    return min(_for_amount0(amount0, sqrt_price, high), _for_amount1(amount1, low, sqrt_price))


def _for_amount0(amount: int, low: int, high: int) -> int:
    return amount * (low * high // Q96) // (high - low)


def _for_amount1(amount: int, low: int, high: int) -> int:
    return amount * Q96 // (high - low)
