# cython: annotation_typing=False
"""A swap's way through a pool, from its price outwards: steps found once, quotes by bisection.

Whole steps are the same whatever amount takes them, so a pool's way in one direction is a table of
sums; a quote looks its amount up there and computes one step. What comes out is what the contract's
loop comes to, to the last unit, the ends of the bitmap's words (where it rounds) included. Compiled
by Cython; it also runs as it stands.
"""

from bisect import bisect_left
from collections.abc import Mapping
from typing import NamedTuple

import cython
import msgspec

if not cython.compiled:
    from argosy.dialects.evm.tuples import named
    from argosy.dialects.uniswap_v3.steps import step_of, whole_step
from argosy.dialects.uniswap_v3.steps import MILLION, V3, Rules, Step
from argosy.dialects.uniswap_v3.ticks import (
    MAX_SQRT_PRICE,
    MAX_TICK,
    MIN_SQRT_PRICE,
    MIN_TICK,
    sqrt_price_at,
    tick_at,
)

WORD = 256  # ticks (in spacings) of one word of the bitmap: a step of the loop ends there
_NEVER = 1 << 300
_LOWEST = MIN_SQRT_PRICE + 1
_HIGHEST = MAX_SQRT_PRICE - 1


class _Start(NamedTuple):
    price: int
    tick: int
    liquidity: int


class Edge(NamedTuple):
    """One step of the way, taken whole."""

    price: int  # where it starts
    tick: int  # the pool's tick there
    liquidity: int
    next_tick: int
    initialised: bool  # whether passing `next_tick` changes the liquidity
    step: Step
    before_in: int  # all that went in before it, fees included
    before_out: int
    crossed: int  # initialised ticks before it


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """What a swap would do. Amounts in smallest units, fee included in what goes in.

    `complete` says whether all of the amount was used; otherwise the pool or the limit ended it.
    """

    amount_in: int
    amount_out: int
    sqrt_price: int
    tick: int
    liquidity: int
    crossed: int  # initialised ticks
    complete: bool


class Taken(NamedTuple):
    """A quote with the steps that make it: whole ones before `last`, and the last as it was cut."""

    quote: Quote
    whole: int  # edges taken whole, from the first
    last: Step | None  # what was done of the edge after those
    through: bool  # whether the last reached the end of its edge


class Walk:
    """The way of swaps in one direction from one state; asked for quotes until the state changes.

    `ticks` are the initialised ticks, rising; `nets` their changes of liquidity on the way up.
    """

    def __init__(
        self,
        *,
        sqrt_price: int,
        tick: int,
        liquidity: int,
        ticks: list[int],
        nets: Mapping[int, int],
        spacing: int,
        fee: int,
        zero_for_one: bool,
        rules: Rules = V3,
    ) -> None:
        self.zero_for_one = zero_for_one
        self.edges: list[Edge] = []
        self.ins: list[int] = []  # sums after each edge, fees included
        self.outs: list[int] = []
        self.ended = False  # no liquidity is left on the way
        self._ticks = ticks
        self._nets = nets
        self._spacing = spacing
        self.fee = fee
        self._rules = rules
        self._price = sqrt_price  # where what was found so far ends
        self._start = _Start(sqrt_price, tick, liquidity)
        self._sum_in = 0
        self._sum_out = 0
        self._at = tick
        self._liquidity = liquidity
        self._crossed = 0
        # The next initialised tick: at or below the pool's tick going down, above it going up.
        self._index = bisect_left(ticks, tick + 1) - (1 if zero_for_one else 0)

    def quote(self, amount: int, *, exact_in: bool, limit: int | None = None) -> Quote:
        """What giving (`exact_in`) or taking out `amount` does; `limit` is the last price allowed.

        Raises:
            ValueError: a negative amount, or a limit that is not ahead of the price.
        """
        return self.take_of(amount, exact_in, limit).quote

    def take(self, amount: int, *, exact_in: bool, limit: int | None = None) -> Taken:
        """See `quote`; with the steps."""
        return self.take_of(amount, exact_in, limit)

    def take_of(self, amount: int, exact_in: bool, limit: int | None) -> Taken:
        """See `take`."""
        if amount < 0:
            raise ValueError(f"amount is {amount}; it must not be below 0")
        if self.fee >= MILLION and not exact_in:
            raise ValueError("the fee takes all that comes in: nothing can be asked out")
        bound = self._checked(limit)
        if amount == 0:
            start = self._start
            quote = Quote(
                amount_in=0,
                amount_out=0,
                sqrt_price=start.price,
                tick=start.tick,
                liquidity=start.liquidity,
                crossed=0,
                complete=True,
            )
            return Taken(quote, 0, None, False)
        at = self._reach(amount, self.ins if exact_in else self.outs, bound)
        if at == len(self.edges):
            return self._run_out(at, bound)
        edge = self.edges[at]
        price, tick, liquidity, _, initialised, whole, before_in, before_out, crossed = cython.cast(
            tuple, edge
        )
        step = self._cut(edge, amount, exact_in, bound)
        after, amount_in, amount_out, paid = cython.cast(tuple, step)
        through = after == whole.price
        came = amount_in + paid
        if through:
            liquidity, tick = self._beyond(edge)
            crossed += initialised
        elif after != price:
            tick = tick_at(after)
        quote = Quote(
            amount_in=before_in + came,
            amount_out=before_out + amount_out,
            sqrt_price=after,
            tick=tick,
            liquidity=liquidity,
            crossed=crossed,
            complete=amount == (before_in + came if exact_in else before_out + amount_out),
        )
        return named(Taken, (quote, at, step, through))

    def other(self, amount: int, exact_in: bool) -> int | None:
        """Only what comes out for an amount (`exact_in`), or what must go in for it; None where the
        pool has not as much. Raises ValueError as `quote` does.
        """
        if amount <= 0 or self.fee >= MILLION:
            quote = self.take_of(amount, exact_in, None).quote
            if not quote.complete:
                return None
            return quote.amount_out if exact_in else quote.amount_in
        bound = _LOWEST if self.zero_for_one else _HIGHEST
        at = self._reach(amount, self.ins if exact_in else self.outs, bound)
        if at == len(self.edges):
            return None
        edge = self.edges[at]
        _, amount_in, amount_out, paid = cython.cast(
            tuple, self._cut(edge, amount, exact_in, bound)
        )
        came, went = edge.before_in + amount_in + paid, edge.before_out + amount_out
        if exact_in:
            return went if came == amount else None
        return came if went == amount else None

    def extend(self) -> bool:
        """Find one more edge; False when there is nothing more on the way."""
        if self.ended:
            return False
        there = 0 <= self._index < len(self._ticks)
        if not self._liquidity and not there:
            self.ended = True
            return False
        next_tick, initialised = self._next_tick(there)
        target = sqrt_price_at(next_tick)
        if self._liquidity:
            step = whole_step(self._price, target, self._liquidity, self.fee)
        else:
            step = Step(target, 0, 0, 0)
        before_in, before_out = self._sum_in, self._sum_out
        edge: Edge = named(
            Edge,
            (
                self._price,
                self._at,
                self._liquidity,
                next_tick,
                initialised,
                step,
                before_in,
                before_out,
                self._crossed,
            ),
        )
        self.edges.append(edge)
        self._crossed += initialised
        whole = step.amount_in + step.fee
        if self.fee >= MILLION and step.amount_in:
            whole = _NEVER  # a fee of all that comes in leaves nothing to move the price with
        self._sum_in = before_in + whole
        self._sum_out = before_out + step.amount_out
        self.ins.append(self._sum_in)
        self.outs.append(self._sum_out)
        self._liquidity, self._at = self._beyond(edge)
        self._price = target
        if initialised:
            self._index += -1 if self.zero_for_one else 1
        if next_tick in {MIN_TICK, MAX_TICK}:
            self.ended = True
        return True

    # --- within -----------------------------------------------------------------------------------

    def _cut(self, edge: Edge, amount: int, exact_in: bool, bound: int) -> Step:
        """What is done of the edge that an amount, or the limit, ends in."""
        return step_of(
            edge.price,
            self._nearer(edge.step.price, bound),
            edge.liquidity,
            amount - (edge.before_in if exact_in else edge.before_out),
            self.fee,
            exact_in,
            self._rules,
        )

    def _checked(self, limit: int | None) -> int:
        if limit is None:
            return _LOWEST if self.zero_for_one else _HIGHEST
        price = self._start.price
        ahead = MIN_SQRT_PRICE < limit < price
        if not self.zero_for_one:
            ahead = price < limit < MAX_SQRT_PRICE
        if not ahead:
            way = "below" if self.zero_for_one else "above"
            raise ValueError(f"price limit is {limit}; it must be {way} the price {price}")
        return limit

    def _reach(self, amount: int, sums: list[int], limit: int) -> int:
        """The first edge that the amount, or the limit, ends in; their count when none does."""
        found = self._sum_in if sums is self.ins else self._sum_out
        while found < amount and not self._past(limit) and self.extend():
            found = self._sum_in if sums is self.ins else self._sum_out
        at = bisect_left(sums, amount)
        if self.edges and (at == len(sums) or self._is_past(self.edges[at].step.price, limit)):
            at = min(at, self._first_past(limit))
        return at

    def _past(self, limit: int) -> bool:
        return bool(self.edges) and self._is_past(self._price, limit)

    def _is_past(self, price: int, limit: int) -> bool:
        return price <= limit if self.zero_for_one else price >= limit

    def _first_past(self, limit: int) -> int:
        low, high = 0, len(self.edges)
        while low < high:
            middle = (low + high) // 2
            if self._is_past(self.edges[middle].step.price, limit):
                high = middle
            else:
                low = middle + 1
        return low

    def _nearer(self, target: int, limit: int) -> int:
        return limit if self._is_past(target, limit) else target

    def _next_tick(self, there: bool) -> tuple[int, bool]:
        """Where the next step ends: an initialised tick, or the end of the bitmap's word."""
        if there and not self._liquidity:
            return self._ticks[self._index], True  # empty steps round nothing
        place = self._at // self._spacing
        if self.zero_for_one:
            end = place // WORD * WORD * self._spacing
            if there and self._ticks[self._index] >= end:
                return self._ticks[self._index], True
            return max(end, MIN_TICK), False
        end = ((place + 1) // WORD * WORD + WORD - 1) * self._spacing
        if there and self._ticks[self._index] <= end:
            return self._ticks[self._index], True
        return min(end, MAX_TICK), False

    def _beyond(self, edge: Edge) -> tuple[int, int]:
        """Liquidity and tick on the other side of an edge's end."""
        net = self._nets[edge.next_tick] if edge.initialised else 0
        if self.zero_for_one:
            return edge.liquidity - net, edge.next_tick - 1
        return edge.liquidity + net, edge.next_tick

    def _run_out(self, at: int, limit: int) -> Taken:
        """No liquidity is left and the amount is not used up: the price runs to its limit."""
        quote = Quote(
            amount_in=self._sum_in,
            amount_out=self._sum_out,
            sqrt_price=limit,
            tick=tick_at(limit),
            liquidity=0,
            crossed=self._crossed,
            complete=False,
        )
        return Taken(quote, at, None, False)
