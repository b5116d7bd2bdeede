# cython: annotation_typing=False
"""Amounts between two square-root prices, and the price that an amount leads to: exact integers.

Source: Uniswap v3 core white paper, 6.2.1 and 6.2.3. Every rounding favours the pool, as in the
contracts. Prices are Q64.96 roots of token 1 per token 0; amounts in smallest units. Compiled by
Cython, what the .pxd declares is called without Python's ways; it also runs as it stands.
"""

_UINT160_MAX = (1 << 160) - 1
_UINT256_MAX = (1 << 256) - 1
_BELOW_Q96 = (1 << 96) - 1


def ceil_div(a: int, b: int) -> int:
    """A / b, rounded up."""
    return -(-a // b)


def amount0_between(a: int, b: int, liquidity: int, *, up: bool) -> int:
    """Token 0 between two prices, in either order: L * (1 / lower - 1 / upper)."""
    if a > b:
        a, b = b, a
    return amount0_up(a, b, liquidity) if up else amount0_down(a, b, liquidity)


def amount1_between(a: int, b: int, liquidity: int, *, up: bool) -> int:
    """Token 1 between two prices, in either order: L * (upper - lower)."""
    if a > b:
        a, b = b, a
    return amount1_up(a, b, liquidity) if up else amount1_down(a, b, liquidity)


def amount0_up(low: int, high: int, liquidity: int) -> int:
    """See `amount0_between`."""
    # The contract divides twice, rounding up both times: that is dividing by the product.
    both = low * high
    return ((liquidity * (high - low) << 96) + (both - 1)) // both


def amount0_down(low: int, high: int, liquidity: int) -> int:
    """See `amount0_between`."""
    return (liquidity * (high - low) << 96) // (low * high)


def amount1_up(low: int, high: int, liquidity: int) -> int:
    """See `amount1_between`."""
    return (liquidity * (high - low) + _BELOW_Q96) >> 96


def amount1_down(low: int, high: int, liquidity: int) -> int:
    """See `amount1_between`."""
    return liquidity * (high - low) >> 96


def price_after_input(price: int, liquidity: int, amount: int, *, zero_for_one: bool) -> int:
    """Where `amount` of the token that comes in leads; rounded so that it never leads too far."""
    return after_input(price, liquidity, amount, zero_for_one)


def taken0(before: int, after: int, liquidity: int, amount: int, out: int) -> int:
    """What of token 0 a step took in, if `amount` of it leads from one price to just that other and
    brings `out` of token 1; -1 if it does not.

    That L * P / (L + amount * P), rounded up, is `after` means: amount * after * before is at least
    L * (before - after), and not by as much as the divisor more. So nothing need be divided.
    """
    moved = liquidity * (before - after)
    if moved >> 96 != out:
        return -1
    moved <<= 96
    both = before * after
    over = amount * both - moved
    divisor = (liquidity << 96) + amount * before
    if over < 0 or over >= divisor:
        return -1
    if divisor > _UINT256_MAX and _after_amount0(before, liquidity, amount) != after:
        return -1
    return amount if over < both else (moved + (both - 1)) // both


def taken1(before: int, after: int, liquidity: int, amount: int, out: int) -> int:
    """As `taken0`, of token 1, for `out` of token 0."""
    moved = liquidity * (after - before)
    over = (amount << 96) - moved
    if over < 0 or over >= liquidity or (moved << 96) // (before * after) != out:
        return -1
    return (moved + _BELOW_Q96) >> 96


def after_input(price: int, liquidity: int, amount: int, zero_for_one: bool) -> int:
    """See `price_after_input`."""
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
        whole = scaled + product
        return (scaled * price + (whole - 1)) // whole
    return ceil_div(scaled, scaled // price + amount)
