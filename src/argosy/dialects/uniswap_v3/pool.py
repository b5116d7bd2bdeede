# cython: annotation_typing=False
"""A pool of concentrated liquidity: its whole state, and all that changes it, as the contract does.

Exact integers in smallest units; prices are Q64.96 roots of token 1 per token 0. Source: Uniswap v3
core white paper, 6. Knows no token, no log and no time: the oracle's observations are left out.
Compiled by Cython; it also runs as it stands.
"""

from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import cython

if not cython.compiled:
    from argosy.dialects.evm.tuples import named
    from argosy.dialects.uniswap_v3.growth import grown
    from argosy.dialects.uniswap_v3.prices import taken0, taken1
    from argosy.dialects.uniswap_v3.steps import protocol_share
    from argosy.dialects.uniswap_v3.walk import Walk
from argosy.dialects.uniswap_v3.growth import NO_TICK, Tick, fees_owed, growth_inside
from argosy.dialects.uniswap_v3.positions import amounts_of
from argosy.dialects.uniswap_v3.steps import MILLION, V3, Step
from argosy.dialects.uniswap_v3.ticks import (
    MAX_TICK,
    MIN_TICK,
    liquidity_per_tick_max,
    sqrt_price_at,
    tick_at,
    usable_ticks,
)
from argosy.dialects.uniswap_v3.walk import WORD, Edge, Quote, Taken


class Core(NamedTuple):
    """What a pool keeps beside its ticks."""

    sqrt_price: int = 0  # 0: not initialised yet
    tick: int = 0
    liquidity: int = 0
    growth0: int = 0
    growth1: int = 0
    owed0: int = 0  # to the protocol, not collected yet
    owed1: int = 0
    share0: int = 0  # the protocol's: in v3 one part in so many of the fees, 0 for none
    share1: int = 0
    fee: int = 0  # millionths of what comes in, as the liquidity providers earn it


class Undo(NamedTuple):
    """What takes a change back."""

    core: Core
    ticks: dict[int, Tick | None]  # as they were; None: not initialised


class ConcentratedPool:
    """The state of one pool. Values that are asked for are right until it next changes."""

    rules = V3

    def __init__(
        self,
        *,
        fee: int,
        spacing: int,
        core: Core | None = None,
        ticks: Mapping[int, Tick] | None = None,
    ) -> None:
        """Empty, or from a snapshot: `core`, and every tick that is initialised.

        Raises:
            ValueError: the snapshot does not fit together; what is wrong is named.
        """
        low, high = usable_ticks(spacing)
        if not 0 <= fee <= MILLION:
            raise ValueError(f"fee is {fee}; it is in millionths, 3000 for 0.3 %")
        self.spacing = spacing
        self.core = (core or Core())._replace(fee=fee)
        self.ticks: dict[int, Tick] = dict(sorted((ticks or {}).items()))
        self.nets: dict[int, int] = {at: tick.net for at, tick in self.ticks.items()}
        self.order: list[int] = list(self.ticks)
        self._rules = self.rules
        self._as_given = self.rules.input_as_given
        self._most = self.most_per_tick()
        self._ways: dict[bool, Walk] = {}
        self._nothing: dict[
            int, Tick | None
        ] = {}  # the ticks that a change within a stretch undoes
        # The stretch of ticks around the price, once it was looked for, and the prices at its ends;
        # and what a swap pays there, by the token that comes in.
        self._near = False
        self._low = self._high = self._low_price = self._high_price = 0
        self._fee0 = self._fee1 = 0
        if self.order and (self.order[0] < low or self.order[len(self.order) - 1] > high):
            first, last = self.order[0], self.order[len(self.order) - 1]
            raise ValueError(f"ticks {first} to {last} are beyond {low}, {high}")
        wrong = [at for at in self.order if at % spacing]
        if wrong:
            raise ValueError(f"tick {wrong[0]} is no multiple of the spacing {spacing}")
        active = sum(net for at, net in self.nets.items() if at <= self.core.tick)
        if active != self.core.liquidity:
            raise ValueError(
                f"liquidity is {self.core.liquidity}, but the ticks up to {self.core.tick} add up"
                f" to {active}; read all of one block"
            )

    # --- reading ----------------------------------------------------------------------------------

    def way(self, *, zero_for_one: bool, fee: int | None = None) -> Walk:
        """The way of swaps in one direction; valid until the pool changes.

        `fee` (millionths) instead of what a swap pays now.

        Raises:
            ValueError: it has no price yet.
        """
        found = self._ways.get(zero_for_one)
        if found is not None and (fee is None or fee == found.fee):
            return found
        core = self.core
        if not core.sqrt_price:
            raise ValueError("the pool is not initialised: it has no price")
        usual = self.swap_fee(zero_for_one=zero_for_one)
        made = Walk(
            sqrt_price=core.sqrt_price,
            tick=core.tick,
            liquidity=core.liquidity,
            ticks=self.order,
            nets=self.nets,
            spacing=self.spacing,
            fee=usual if fee is None else fee,
            zero_for_one=zero_for_one,
            rules=self.rules,
        )
        if made.fee == usual:
            self._ways[zero_for_one] = made
        return made

    def swap_fee(self, *, zero_for_one: bool) -> int:  # noqa: ARG002  # v4's depends on it
        """Millionths of the input that a swap pays in all."""
        return self.core.fee

    def quote(
        self, amount: int, *, zero_for_one: bool, exact_in: bool, limit: int | None = None
    ) -> Quote:
        """What a swap would do, without doing it. See Walk.quote."""
        return self.way(zero_for_one=zero_for_one).quote(amount, exact_in=exact_in, limit=limit)

    def most_per_tick(self) -> int:
        """The most liquidity that positions may put on one tick."""
        return liquidity_per_tick_max(self.spacing)

    def growth_inside(self, lower: int, upper: int) -> tuple[int, int]:
        """Fees per liquidity between two ticks, Q128.128, of both tokens."""
        core = self.core
        low, high = self.ticks.get(lower, NO_TICK), self.ticks.get(upper, NO_TICK)
        return growth_inside(low, high, lower, upper, core.tick, core.growth0, core.growth1)

    def owed(
        self, liquidity: int, lower: int, upper: int, inside_last: tuple[int, int]
    ) -> tuple[int, int]:
        """What a position earned since growth inside it was `inside_last`."""
        inside = self.growth_inside(lower, upper)
        return (
            fees_owed(liquidity, inside[0], inside_last[0]),
            fees_owed(liquidity, inside[1], inside_last[1]),
        )

    def amounts(self, liquidity: int, lower: int, upper: int) -> tuple[int, int]:
        """What taking this liquidity out would bring, fees apart."""
        core = self.core
        return amounts_of(liquidity, lower, upper, core.sqrt_price, core.tick, up=False)

    # --- changing ---------------------------------------------------------------------------------

    def initialise(self, sqrt_price: int) -> Undo:
        """Give it its first price. Raises ValueError when it has one, or for an impossible one."""
        if self.core.sqrt_price:
            raise ValueError("the pool has a price already")
        return self._become(self.core._replace(sqrt_price=sqrt_price, tick=tick_at(sqrt_price)))

    def modify(self, lower: int, upper: int, delta: int) -> tuple[int, int, Undo]:
        """Add liquidity between two ticks, or take it (below 0): (amount 0, amount 1, undo).

        Amounts are what is paid in, rounded up, or what becomes due, rounded down. Fees apart.

        Raises:
            ValueError: ticks or liquidity that the contract refuses.
        """
        self._check_range(lower, upper)
        core = self.core
        changed = {}
        for at, net in ((lower, delta), (upper, -delta)):
            changed[at] = self._tick_after(at, delta, net)
        amounts = amounts_of(abs(delta), lower, upper, core.sqrt_price, core.tick, up=delta > 0)
        if lower <= core.tick < upper:
            core = core._replace(liquidity=core.liquidity + delta)
        return (*amounts, self._become(core, changed))

    def swap(
        self, amount: int, *, zero_for_one: bool, exact_in: bool, limit: int | None = None
    ) -> tuple[Quote, Undo]:
        """Do a swap. Raises ValueError where the contract reverts; see Walk.quote."""
        way = self.way(zero_for_one=zero_for_one)
        return self.settle(way, way.take(amount, exact_in=exact_in, limit=limit))

    def settle(self, way: Walk, taken: Taken) -> tuple[Quote, Undo]:
        """Become what a swap that was priced on `way` leads to: fees, ticks, price."""
        core = self.core
        zero = way.zero_for_one
        growth = core.growth0 if zero else core.growth1
        owed = core.owed0 if zero else core.owed1
        part = core.share0 if zero else core.share1
        changed: dict[int, Tick | None] = {}
        for edge, step, through in _steps(way, taken):
            share = protocol_share(step.amount_in, step.fee, part, way.fee, self._rules)
            owed += share
            if edge.liquidity:
                growth = grown(growth, step.fee - share, edge.liquidity)
            if through and edge.initialised:
                growths = (growth, core.growth1) if zero else (core.growth0, growth)
                changed[edge.next_tick] = self.ticks[edge.next_tick].flipped(*growths)
        quote = taken.quote
        after = core._replace(
            sqrt_price=quote.sqrt_price, tick=quote.tick, liquidity=quote.liquidity
        )
        if zero:
            after = after._replace(growth0=growth, owed0=owed)
        else:
            after = after._replace(growth1=growth, owed1=owed)
        return quote, self._become(after, changed)

    def glide(
        self,
        came0: int,
        came1: int,
        sqrt_price: int,
        liquidity: int,
        tick: int,
        paying: int | None = None,
    ) -> Undo | None:
        """Take in a swap that a log tells of, if it gave an exact amount and ended before the next
        tick or end of a word: one step, which is nearly all of them. Else None, nothing changed,
        and the whole way has to be walked.

        `came0` and `came1` are what came into the pool, below 0 what went out; the rest is as it
        was afterwards. Amounts and price are held against what the state predicts, and what was
        paid in all (`paying`, millionths), where it is told.
        """
        core = self.core
        before, _, active, growth0, growth1, owed0, owed1, share0, share1, provided = cython.cast(
            tuple, core
        )
        zero = came0 > 0
        given, out = (came0, -came1) if zero else (came1, -came0)
        if liquidity != active or not liquidity or given <= 0 or out < 0:
            return None
        if not self._near:
            self._look_around()
        if not (self._low_price < sqrt_price < self._high_price and self._low <= tick < self._high):
            return None
        fee = self._fee0 if zero else self._fee1
        if paying is not None and paying != fee:
            return None
        used = given * (MILLION - fee) // MILLION
        if zero:
            taken = taken0(before, sqrt_price, liquidity, used, out)
        else:
            taken = taken1(before, sqrt_price, liquidity, used, out)
        if taken < 0:
            return None
        if self._as_given:
            taken = used
        paid = given - taken
        if zero:
            if share0:
                share = protocol_share(taken, paid, share0, fee, self._rules)
                paid, owed0 = paid - share, owed0 + share
            growth0 = grown(growth0, paid, liquidity)
        else:
            if share1:
                share = protocol_share(taken, paid, share1, fee, self._rules)
                paid, owed1 = paid - share, owed1 + share
            growth1 = grown(growth1, paid, liquidity)
        self.core = named(
            Core,
            (
                sqrt_price,
                tick,
                liquidity,
                growth0,
                growth1,
                owed0,
                owed1,
                share0,
                share1,
                provided,
            ),
        )
        if self._ways:
            self._ways.clear()
        return named(Undo, (core, self._nothing))

    def _look_around(self) -> None:
        """Find the ticks around the price within which every swap is one step, whichever way it
        goes, and what a swap pays.
        """
        tick, spacing = self.core.tick, self.spacing
        at = bisect_right(self.order, tick)
        word = tick // spacing // WORD * WORD
        ends = [word * spacing, (word + WORD - 1) * spacing, (word + WORD) * spacing]
        low = max([each for each in ends if each <= tick] + self.order[max(at - 1, 0) : at])
        high = min([each for each in ends if each > tick] + self.order[at : at + 1])
        self._low, self._high = max(low, MIN_TICK), min(high, MAX_TICK)
        self._low_price, self._high_price = sqrt_price_at(self._low), sqrt_price_at(self._high)
        self._fee0 = self.swap_fee(zero_for_one=True)
        self._fee1 = self.swap_fee(zero_for_one=False)
        self._near = True

    def pay(self, paid0: int, paid1: int) -> Undo:
        """Fees of a flash loan, for the liquidity of now. Raises ValueError when there is none."""
        core = self.core
        part0 = paid0 // core.share0 if core.share0 else 0
        part1 = paid1 // core.share1 if core.share1 else 0
        return self._earn(paid0 - part0, paid1 - part1, part0, part1)

    def set_shares(self, share0: int, share1: int) -> Undo:
        """Set the protocol's part of the fees of either token."""
        return self._become(self.core._replace(share0=share0, share1=share1))

    def set_fee(self, fee: int) -> Undo:
        """Set what the liquidity providers earn, in millionths of the input."""
        return self._become(self.core._replace(fee=fee))

    def collect_protocol(self, amount0: int, amount1: int) -> Undo:
        """The protocol took what it was owed. Raises ValueError for more than that."""
        core = self.core
        if amount0 > core.owed0 or amount1 > core.owed1:
            raise ValueError(f"{amount0}, {amount1} is more than {core.owed0}, {core.owed1} owed")
        return self._become(core._replace(owed0=core.owed0 - amount0, owed1=core.owed1 - amount1))

    def restore(self, undo: Undo) -> None:
        """Take the latest change back."""
        self._become(undo.core, undo.ticks)

    # --- within -----------------------------------------------------------------------------------

    def _earn(self, earned0: int, earned1: int, part0: int = 0, part1: int = 0) -> Undo:
        core = self.core
        if not core.liquidity:
            raise ValueError("the pool has no liquidity that could earn")
        return self._become(
            core._replace(
                growth0=grown(core.growth0, earned0, core.liquidity),
                growth1=grown(core.growth1, earned1, core.liquidity),
                owed0=core.owed0 + part0,
                owed1=core.owed1 + part1,
            )
        )

    def _check_range(self, lower: int, upper: int) -> None:
        low, high = usable_ticks(self.spacing)
        if not low <= lower < upper <= high or lower % self.spacing or upper % self.spacing:
            raise ValueError(
                f"range {lower} to {upper} must rise within {low} to {high}, by {self.spacing}"
            )
        if not self.core.sqrt_price:
            raise ValueError("the pool is not initialised: it has no price")

    def _tick_after(self, at: int, delta: int, net: int) -> Tick | None:
        before = self.ticks.get(at)
        if before is None:
            core = self.core
            # By convention all growth so far happened below a new tick.
            outside = (core.growth0, core.growth1) if at <= core.tick else (0, 0)
            before = Tick(0, 0, *outside)
        gross = before.gross + delta
        if not 0 <= gross <= self._most:
            raise ValueError(f"liquidity at tick {at} would be {gross}; it is 0 to {self._most}")
        return before._replace(gross=gross, net=before.net + net) if gross else None

    def _become(self, core: Core, changed: dict[int, Tick | None] | None = None) -> Undo:
        before: dict[int, Tick | None] = {}
        for at, tick in (changed or {}).items():
            old = self.ticks.get(at)
            before[at] = old
            if tick is None:
                if old is not None:
                    del self.ticks[at], self.nets[at]
                    self.order.remove(at)
                continue
            if old is None:
                insort(self.order, at)
            self.ticks[at] = tick
            self.nets[at] = tick.net
        undo = Undo(self.core, before)
        self.core = core
        self._ways.clear()
        self._near = False
        return undo


def _steps(way: Walk, taken: Taken) -> Iterable[tuple[Edge, Step, bool]]:
    """Edges of a swap with what was done of each, and whether its end was passed."""
    for edge in way.edges[: taken.whole]:
        yield edge, edge.step, True
    if taken.last is not None:
        yield way.edges[taken.whole], taken.last, taken.through
