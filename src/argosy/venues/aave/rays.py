"""Aave's arithmetic, to the last unit: rays, percentages and interest. Ints only.

Sources: WadRayMath, PercentageMath and MathUtils of @aave/core-v3 1.19.3 (halves are rounded up).
"""

from argosy.model.lending import SECONDS_A_YEAR

RAY = 10**27
WAD = 10**18
WHOLE_BPS = 10_000
_HALF = RAY // 2


def ray_mul(a: int, b: int) -> int:
    """A x b, in rays."""
    return (a * b + _HALF) // RAY


def ray_div(a: int, b: int) -> int:
    """A / b, in rays."""
    return (a * RAY + b // 2) // b


def wad_div(a: int, b: int) -> int:
    """A / b, in wads."""
    return (a * WAD + b // 2) // b


def percent_mul(value: int, bps: int) -> int:
    """So many basis points of a value."""
    return (value * bps + WHOLE_BPS // 2) // WHOLE_BPS


def linear(rate: int, seconds: int) -> int:
    """What a supply index grows by, in rays: simple interest until the index is next written."""
    return RAY + rate * seconds // SECONDS_A_YEAR


def compounded(rate: int, seconds: int) -> int:
    """What a debt index grows by, in rays: the first three terms of compounding each second."""
    if seconds == 0:
        return RAY
    less_one = seconds - 1
    less_two = max(0, seconds - 2)
    square = ray_mul(rate, rate) // (SECONDS_A_YEAR * SECONDS_A_YEAR)
    cube = ray_mul(square, rate) // SECONDS_A_YEAR
    second = seconds * less_one * square // 2
    third = seconds * less_one * less_two * cube // 6
    return RAY + rate * seconds // SECONDS_A_YEAR + second + third
