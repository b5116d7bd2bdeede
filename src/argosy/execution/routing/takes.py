"""What taking from one side of a book comes to, exactly: the integers of its levels, added up.

This file is compiled by Cython and also runs as it stands. Knows no fee, currency or unit.
"""

import cython

if cython.compiled:
    from cython.cimports.argosy.books.ladder import Ladder
    from cython.cimports.libc.math import ceil, floor
else:
    from math import ceil, floor

    from argosy.books.ladder import Ladder

EXACT = cython.declare(cython.double, 4e18)  # products below this fit int64


def take(side: Ladder, steps: cython.longlong) -> tuple[int, int, int, int]:
    """Take up to `steps` size steps, best first: (taken, value, price of the last level, levels).

    The value is the sum of scaled price times size steps, exact at any size.
    """
    left: cython.longlong = steps
    part: cython.longlong
    price: cython.longlong
    worst: cython.longlong = 0
    small: cython.longlong = 0
    large = 0
    levels: cython.int = 0
    b: cython.int
    i: cython.int
    for b in range(side.blocks):
        start: cython.int = side.order[b] * side.block
        for i in range(start, start + side.counts[side.order[b]]):
            if left <= 0:
                break
            part = min(left, side.sizes[i])
            price = side.keys[i] * side.sign
            worst = price
            levels += 1
            left -= part
            if abs(cython.cast(cython.double, price)) * part + abs(small) < EXACT:
                small += price * part
            else:
                large += int(price) * int(part)
    return steps - left, large + small, worst, levels


def affordable(side: Ladder, value: cython.double, most: cython.longlong) -> int:
    """The most size steps, up to `most`, that cost no more than `value` (a hair less, never more).

    `value` is in scaled price times size steps.
    """
    left: cython.double = value * (1.0 - 1e-13)
    steps: cython.longlong = 0
    price: cython.double
    b: cython.int
    i: cython.int
    for b in range(side.blocks):
        start: cython.int = side.order[b] * side.block
        for i in range(start, start + side.counts[side.order[b]]):
            if steps >= most:
                return most
            price = side.keys[i] * side.sign
            if price > 0.0 and price * side.sizes[i] > left:
                return min(most, steps + cython.cast(cython.longlong, floor(left / price)))
            left -= price * side.sizes[i]
            steps += side.sizes[i]
    return min(most, steps)


def enough(side: Ladder, value: cython.double, most: cython.longlong) -> int:
    """The least size steps from which on an order is worth `value`; above `most` when none is.

    A buy is worth what its levels cost, a sell its size at the last level's price: the stricter
    reading of a venue's least notional in each case. Past the answer, every size up to `most` is
    worth it too. `value` is in scaled price times size steps.
    """
    need: cython.double = value * (1.0 + 1e-13)
    before: cython.longlong = 0
    gone: cython.double = 0.0
    least: cython.longlong = 0
    price: cython.double
    b: cython.int
    i: cython.int
    for b in range(side.blocks):
        start: cython.int = side.order[b] * side.block
        for i in range(start, start + side.counts[side.order[b]]):
            if before >= most:
                return least
            price = side.keys[i] * side.sign
            if side.sign > 0:
                if gone + price * side.sizes[i] >= need:
                    return before + cython.cast(cython.longlong, ceil((need - gone) / price))
                gone += price * side.sizes[i]
                least = before + side.sizes[i] + 1
            elif price * before < need:
                least = before + side.sizes[i] + 1
                if price * (before + side.sizes[i]) >= need:
                    least = cython.cast(cython.longlong, ceil(need / price))
            before += side.sizes[i]
    return least
