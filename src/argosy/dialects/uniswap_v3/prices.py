"""Amounts between two square-root prices, and the price that an amount leads to: exact integers.

Source: Uniswap v3 core white paper, 6.2.1 and 6.2.3. Every rounding favours the pool, as in the
contracts. Prices are Q64.96 roots of token 1 per token 0; amounts in smallest units.
"""

_UINT160_MAX = (1 << 160) - 1
_UINT256_MAX = (1 << 256) - 1


def ceil_div(a: int, b: int) -> int:
    """A / b, rounded up."""
    return -(-a // b)


def amount0_between(a: int, b: int, liquidity: int, *, up: bool) -> int:
    """Token 0 between two prices, in either order: L * (1 / lower - 1 / upper)."""
    if a > b:
        a, b = b, a
    shifted = (liquidity << 96) * (b - a)
    if up:
        return ceil_div(ceil_div(shifted, b), a)
    return shifted // b // a


def amount1_between(a: int, b: int, liquidity: int, *, up: bool) -> int:
    """Token 1 between two prices, in either order: L * (upper - lower)."""
    product = liquidity * abs(b - a)
    return -(-product >> 96) if up else product >> 96


def price_after_input(price: int, liquidity: int, amount: int, *, zero_for_one: bool) -> int:
    """Where `amount` of the token that comes in leads; rounded so that it never leads too far."""
    if zero_for_one:
        return _after_amount0(price, liquidity, amount)
    found = price + (amount << 96) // liquidity
    if found > _UINT160_MAX:
        raise ValueError(f"{amount} of token 1 leads beyond every price at liquidity {liquidity}")
    return found


def price_after_output(price: int, liquidity: int, amount: int, *, zero_for_one: bool) -> int:
    """Where taking `amount` out leads; rounded so that at least that much is between.

    Raises:
        ValueError: there is not as much between here and the end of prices.
    """
    if zero_for_one:  # token 1 goes out
        found = price - ceil_div(amount << 96, liquidity)
        if found <= 0:
            raise ValueError(f"{amount} of token 1 is more than liquidity {liquidity} has")
        return found
    scaled = liquidity << 96
    left = scaled - amount * price
    if left <= 0 or amount * price > _UINT256_MAX:
        raise ValueError(f"{amount} of token 0 is more than liquidity {liquidity} has")
    found = ceil_div(scaled * price, left)
    if found > _UINT160_MAX:
        raise ValueError(f"{amount} of token 0 leads beyond every price at liquidity {liquidity}")
    return found


def _after_amount0(price: int, liquidity: int, amount: int) -> int:
    """L * P / (L + amount * P), up. The contract leaves the exact form where it would overflow."""
    if amount == 0:
        return price
    scaled = liquidity << 96
    product = amount * price
    if product <= _UINT256_MAX and scaled + product <= _UINT256_MAX:
        return ceil_div(scaled * price, scaled + product)
    return ceil_div(scaled, scaled // price + amount)
