"""What taking from one side of a book comes to, exactly: the integers of its levels, added up.

This file is compiled by Cython and also runs as it stands. Knows no fee, currency or unit.
"""

import cython

if cython.compiled:
    from cython.cimports.argosy.books.ladder import Ladder
    from cython.cimports.libc.math import floor
else:
    from math import floor

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


def affordable(side: Ladder, value: int, most: cython.longlong) -> int:
    """The most size steps, up to `most`, that cost no more than `value`, exactly.

    `value` is in scaled price times size steps.
    """
    steps: cython.longlong = _near(side, float(value), most)
    # Floats come within a step or so; integers say which.
    while steps < most and take(side, steps + 1)[0] > steps and take(side, steps + 1)[1] <= value:
        steps += 1
    while steps > 0 and take(side, steps)[1] > value:
        steps -= 1
    return steps


def enough(side: Ladder, value: int, most: cython.longlong) -> int:
    """The least size steps from which on an order is worth `value`; above `most` when none is.

    A buy is worth what its levels cost, a sell its size at the last level's price: the stricter
    reading of a venue's least notional in each case. Past the answer, every size up to `most` is
    worth it too. `value` is in scaled price times size steps.
    """
    if side.sign > 0:
        steps: cython.longlong = affordable(side, value - 1, most)
        return steps + 1
    need: cython.double = float(value) * (1.0 + 1e-12)
    before: cython.longlong = 0
    least: cython.longlong = 0
    price: cython.longlong
    b: cython.int
    i: cython.int
    for b in range(side.blocks):
        start: cython.int = side.order[b] * side.block
        for i in range(start, start + side.counts[side.order[b]]):
            if before >= most:
                return least
            price = side.keys[i] * side.sign
            if cython.cast(cython.double, price) * before <= need:
                if int(price) * (before + 1) >= value:
                    before += side.sizes[i]
                    continue
                at = -(-value // int(price))
                least = at if at <= before + side.sizes[i] else before + side.sizes[i] + 1
            before += side.sizes[i]
    return least


@cython.cfunc
@cython.exceptval(check=False)
def _near(side: Ladder, left: cython.double, most: cython.longlong) -> cython.longlong:
    """About the most size steps, up to `most`, that cost no more than `left`."""
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
