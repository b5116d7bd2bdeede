# cython: annotation_typing=False
"""One step of a swap: as far as an amount reaches, or a target price, at one liquidity.

Source: Uniswap v3 core white paper, 6.2.3, with the roundings of the deployed contracts; v4 rounds
the fee of a step that ends before its target one way more, see `Rules`. Exact integers.
"""

from typing import NamedTuple

import cython

if not cython.compiled:
    from argosy.dialects.evm.tuples import named
    from argosy.dialects.uniswap_v3.prices import (
        after_input,
        amount0_down,
        amount0_up,
        amount1_down,
        amount1_up,
    )
from argosy.dialects.uniswap_v3.prices import price_after_output

MILLION = 1_000_000  # fees are counted in millionths of the input


class Rules(NamedTuple):
    """How the family's versions differ within a swap.

    `input_as_given`: in v4, what a last step takes in is the amount after its fee, to the last
    unit; in v3 it is what the price moved by needs, and the fee is what remains.
    `share_of_input`: in v4 the protocol's part is millionths of what comes in; in v3 one in so many
    of the fee.
    """

    input_as_given: bool = False
    share_of_input: bool = False


V3 = Rules()
V4 = Rules(input_as_given=True, share_of_input=True)


class Step(NamedTuple):
    """What one step did. `amount_in` is without `fee`; all in smallest units."""

    price: int  # the square-root price after it
    amount_in: int
    amount_out: int
    fee: int


def whole_step(price: int, target: int, liquidity: int, fee: int) -> Step:
    """The step that reaches its target, which is the same whatever amount is behind it."""
    both = price * target
    if target <= price:  # what amount0_up, amount1_down and so on come to, in one go
        moved = liquidity * (price - target)
        amount_in = ((moved << 96) + (both - 1)) // both
        amount_out = moved >> 96
    else:
        moved = liquidity * (target - price)
        amount_in = -(-moved >> 96)
        amount_out = (moved << 96) // both
    return named(Step, (target, amount_in, amount_out, fee_on(amount_in, fee)))


def fee_on(amount_in: int, fee: int) -> int:
    """The fee that comes on top of what went in, rounded up; all of it at a fee of the whole."""
    if fee >= MILLION:
        return amount_in
    rest = MILLION - fee
    return (amount_in * fee + (rest - 1)) // rest


def protocol_share(amount_in: int, paid: int, share: int, fee: int, rules: Rules) -> int:
    """What of a step's fee is the protocol's, whose share of it, or of what came in, is `share`."""
    if not share:
        return 0
    if not rules.share_of_input:
        return paid // share
    return paid if share == fee else (amount_in + paid) * share // MILLION


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
    return step_of(price, target, liquidity, remaining, fee, exact_in, rules)


def step_of(
    price: int,
    target: int,
    liquidity: int,
    remaining: int,
    fee: int,
    exact_in: bool,
    rules: Rules,
) -> Step:
    """See `compute_step`."""
    whole = whole_step(price, target, liquidity, fee)
    down = target <= price
    if exact_in:
        given = remaining * (MILLION - fee) // MILLION
        if given >= whole.amount_in:
            return whole
        after = after_input(price, liquidity, given, down)
        # Rounding may end exactly on the target although it was not reached: it counts as reached.
        if rules.input_as_given:
            out = _out(price, after, liquidity, down)
            return named(Step, (after, given, out, remaining - given))
        if after == target:
            return whole
        taken = _in(price, after, liquidity, down)
        out = _out(price, after, liquidity, down)
        return named(Step, (after, taken, out, remaining - taken))
    if remaining >= whole.amount_out:
        return whole
    after = price_after_output(price, liquidity, remaining, zero_for_one=down)
    taken = _in(price, after, liquidity, down)
    # More may be between the prices than was asked for: it stays in the pool.
    given_out = min(remaining, _out(price, after, liquidity, down))
    if rules.input_as_given:
        given_out = remaining
    return named(Step, (after, taken, given_out, fee_on(taken, fee)))


def _in(price: int, after: int, liquidity: int, down: bool) -> int:
    if down:
        return amount0_up(after, price, liquidity)
    return amount1_up(price, after, liquidity)


def _out(price: int, after: int, liquidity: int, down: bool) -> int:
    if down:
        return amount1_down(after, price, liquidity)
    return amount0_down(price, after, liquidity)
