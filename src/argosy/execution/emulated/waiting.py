"""A limit order at a venue where nothing can rest: it waits here until its limit is reached."""

from decimal import Decimal
from typing import ClassVar, Self

from argosy.execution.emulated.order import Emulated
from argosy.execution.emulated.prices import least_size, part_of
from argosy.execution.measured import Planned
from argosy.execution.turn import Turn
from argosy.execution.work import Change, Child, Market
from argosy.model import Nanos
from argosy.model.money import plain
from argosy.model.time import MILLISECOND

_PAUSE_NS = 250 * MILLISECOND  # after a shot: the book it left has to be heard of first
_MISSES_MAX = 6  # the pause doubles with each shot in a row that hit nothing, so often at most


class Waiting(Emulated, frozen=True, kw_only=True, omit_defaults=True, tag="waiting"):
    """Takes, immediate or cancel at its limit, what is within it once that is `min_size` or all it
    lacks; again and again until it is done or its time is over.

    What was shown and is gone by the time the order arrives is a miss: it fires less often then,
    so that a flickering offer cannot make it send orders without end.
    """

    watches_depth: ClassVar[bool] = True

    min_size: Decimal | None = None  # None: all that is left must be there
    misses: int = 0  # in a row

    def waits(self) -> bool:
        """Whenever no shot is out."""
        return not self.live

    def plan(self, turn: Turn[Self]) -> None:
        """Fire, if it is worth it."""
        work, market = turn.work, turn.fresh
        if market is None or work.live or turn.now_ns < work.again_ns:
            return
        if self.too_little(turn, least_size(market.about, work.order.price)):
            return
        size = work.worth_taking(market)
        if size is not None:
            turn.place(work.taking(size, work.order.price), "shot")

    def worth_taking(self, market: Market) -> Decimal | None:
        """What to take now; None while too little is there."""
        limit, left = self.order.price, self.left
        assert limit is not None, "whoever makes one demands it"
        found = market.within(self.side, limit, left)
        least = least_size(market.about, limit)
        needed = left if self.min_size is None else max(least, self.min_size)
        if found < min(left, needed):
            return None
        return part_of(found, left, least, market.about)

    def heard(self, turn: Turn[Self], before: Child, after: Child) -> None:
        """Once a shot is through: pause, the longer the more have missed."""
        del before
        if after.status.final:
            misses = 0 if after.filled else min(self.misses + 1, _MISSES_MAX)
            turn.set(misses=misses, again_ns=Nanos(turn.now_ns + (_PAUSE_NS << misses)))

    def lost(self, turn: Turn[Self], child: Child, reason: str) -> None:
        """What a shot missed is waited for again."""

    def changed(self, change: Change) -> Self:
        """A new limit; nothing else."""
        return self.repriced(change)

    def farewell(self) -> str:
        """Why it ended, and what is left."""
        return self.with_rest()

    def planned(self, _market: Market) -> tuple[Planned, ...]:
        """All of it, once that much is there."""
        needed = self.size if self.min_size is None else self.min_size
        note = f"once {plain(min(needed, self.size))} is offered at the limit or better"
        return (Planned(size=self.size, price=self.order.price, note=note),)
