"""Pools' curves at one moment, as far as swap logs alone tell them. Satisfy model.trades.Curve."""

import msgspec

from argosy.dialects.uniswap_v2.amounts import UNISWAP_FEE, PairFee, amount_out
from argosy.dialects.uniswap_v3.steps import MILLION, compute_step, whole_step
from argosy.dialects.uniswap_v3.ticks import MAX_SQRT_PRICE, MIN_SQRT_PRICE
from argosy.model.trades import Curve, PoolTrade

_TIERS = (100, 500, 2_500, 3_000, 10_000)  # fees that pools of v3 usually have, in millionths


class PairCurve(msgspec.Struct, frozen=True):
    """A v2 pair's reserves at one moment. Satisfies model.trades.Curve."""

    reserve0: int
    reserve1: int
    fee: PairFee = UNISWAP_FEE

    def swap(self, amount_in: int, *, forward: bool) -> tuple[int, Curve]:
        """See Curve; exact."""
        if forward:
            out = amount_out(amount_in, self.reserve0, self.reserve1, self.fee)
            return out, PairCurve(self.reserve0 + amount_in, self.reserve1 - out, self.fee)
        out = amount_out(amount_in, self.reserve1, self.reserve0, self.fee)
        return out, PairCurve(self.reserve0 - out, self.reserve1 + amount_in, self.fee)


class RangeCurve(msgspec.Struct, frozen=True):
    """A concentrated pool at one moment, as if its liquidity were the same everywhere: right within
    `lower` and `upper`, and ValueError beyond them, as nothing is known of the ticks there.
    """

    sqrt_price: int
    liquidity: int
    fee: int  # millionths
    lower: int  # square root prices between which the liquidity is known
    upper: int

    def swap(self, amount_in: int, *, forward: bool) -> tuple[int, Curve]:
        """See Curve."""
        if amount_in <= 0 or self.liquidity <= 0:
            raise ValueError(f"{amount_in} in, liquidity {self.liquidity}")
        target = MIN_SQRT_PRICE if forward else MAX_SQRT_PRICE
        step = compute_step(
            self.sqrt_price, target, self.liquidity, amount_in, self.fee, exact_in=True
        )
        if not self.lower <= step.price <= self.upper:
            raise ValueError(f"{amount_in} leads beyond the prices whose liquidity is known")
        after = RangeCurve(step.price, self.liquidity, self.fee, self.lower, self.upper)
        return step.amount_out, after


class Range:
    """A stretch of prices of a concentrated pool in which several swaps met the same liquidity."""

    def __init__(self, liquidity: int, price: int) -> None:
        self.liquidity = liquidity
        self.lower = self.upper = price

    def reach(self, price: int) -> None:
        """A swap went as far as this."""
        self.lower, self.upper = min(self.lower, price), max(self.upper, price)

    def curve(self, price: int, fee: int) -> RangeCurve:
        """The pool at a price within."""
        return RangeCurve(price, self.liquidity, fee, self.lower, self.upper)


def fee_paid(trade: PoolTrade, before: int, after: int, liquidity: int) -> int | None:
    """The fee of a trade that moved a pool's price so, in millionths; None where it met other
    liquidity on its way: then prices do not explain the amounts.

    Within one stretch the prices say what went in without the fee, so that it need not be told.
    """
    if not liquidity or (after > before) == trade.forward:
        return None
    step = whole_step(before, after, liquidity, 0)
    if step.amount_out - trade.amount_out not in {0, 1}:
        return None
    fee = (trade.amount_in - step.amount_in) * MILLION // trade.amount_in
    if not 0 <= fee < MILLION:
        return None
    near = min(_TIERS, key=lambda each: abs(each - fee))
    return near if abs(near - fee) * 50 <= near else fee
