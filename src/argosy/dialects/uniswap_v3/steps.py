"""One step of a swap: as far as an amount reaches, or a target price, at one liquidity.

Source: Uniswap v3 core white paper, 6.2.3, with the roundings of the deployed contracts; v4 rounds
the fee of a step that ends before its target one way more, see `Rules`. Exact integers.
"""

from typing import NamedTuple

from argosy.dialects.uniswap_v3.prices import (
    amount0_between,
    amount1_between,
    price_after_input,
    price_after_output,
)

MILLION = 1_000_000  # fees are counted in millionths of the input


class Rules(NamedTuple):
    """How the family's versions differ within a swap.

    `input_as_given`: in v4, what a last step takes in is the amount after its fee, to the last
    unit; in v3 it is what the price moved by needs, and the fee is what remains.
    """

    input_as_given: bool = False


V3 = Rules()
V4 = Rules(input_as_given=True)


class Step(NamedTuple):
    """What one step did. `amount_in` is without `fee`; all in smallest units."""

    price: int  # the square-root price after it
    amount_in: int
    amount_out: int
    fee: int


def whole_step(price: int, target: int, liquidity: int, fee: int) -> Step:
    """The step that reaches its target, which is the same whatever amount is behind it."""
    if target <= price:
        amount_in = amount0_between(target, price, liquidity, up=True)
        amount_out = amount1_between(target, price, liquidity, up=False)
    else:
        amount_in = amount1_between(price, target, liquidity, up=True)
        amount_out = amount0_between(price, target, liquidity, up=False)
    return Step(target, amount_in, amount_out, fee_on(amount_in, fee))


def fee_on(amount_in: int, fee: int) -> int:
    """The fee that comes on top of what went in, rounded up; all of it at a fee of the whole."""
    if fee >= MILLION:
        return amount_in
    return -(-amount_in * fee // (MILLION - fee))


def compute_step(
    price: int,
    target: int,
    liquidity: int,
    remaining: int,
    fee: int,
    *,
    exact_in: bool,
    rules: Rules = V3,
) -> Step:
    """Go from `price` towards `target` with `remaining` (above 0) to give, or to take out.

    `fee` in millionths. Raises ValueError where the contract reverts: see price_after_output.
    """
    whole = whole_step(price, target, liquidity, fee)
    down = target <= price
    if exact_in:
        given = remaining * (MILLION - fee) // MILLION
        if given >= whole.amount_in:
            return whole
        after = price_after_input(price, liquidity, given, zero_for_one=down)
        # Rounding may end exactly on the target although it was not reached: it counts as reached.
        if rules.input_as_given:
            return Step(after, given, _out(price, after, liquidity, down), remaining - given)
        if after == target:
            return whole
        taken = _in(price, after, liquidity, down)
        return Step(after, taken, _out(price, after, liquidity, down), remaining - taken)
    if remaining >= whole.amount_out:
        return whole
    after = price_after_output(price, liquidity, remaining, zero_for_one=down)
    taken = _in(price, after, liquidity, down)
    # More may be between the prices than was asked for: it stays in the pool.
    given_out = min(remaining, _out(price, after, liquidity, down))
    if rules.input_as_given:
        given_out = remaining
    return Step(after, taken, given_out, fee_on(taken, fee))


def _in(price: int, after: int, liquidity: int, down: bool) -> int:
    between = amount0_between if down else amount1_between
    return between(after, price, liquidity, up=True)


def _out(price: int, after: int, liquidity: int, down: bool) -> int:
    between = amount1_between if down else amount0_between
    return between(after, price, liquidity, up=False)
