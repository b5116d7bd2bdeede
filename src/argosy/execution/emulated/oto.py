"""One triggers the other: a second order for what the first one fills."""

from decimal import Decimal
from typing import Self

import msgspec

from argosy.execution.emulated.exits import ENTRY, MAX_RESTING
from argosy.execution.emulated.order import Emulated
from argosy.execution.emulated.prices import least_size
from argosy.execution.turn import Turn
from argosy.execution.work import Child
from argosy.model.money import ZERO, floor_to

THEN = "then"


class Oto(Emulated, frozen=True, kw_only=True, omit_defaults=True, tag="oto"):
    """`order` first; `order.then` for each part that it fills, up to its own size.

    Parts too small to be placed wait for more; what is left too small at the end is told. Stopping
    it withdraws both.
    """

    fee_in_base: Decimal = ZERO  # the share of the first order that its fee takes out of it
    entered: bool = False
    followed: Decimal = ZERO  # filled by what followed
    through: bool = False

    def complete(self) -> bool:
        """Both are over."""
        return self.through

    def plan(self, turn: Turn[Self]) -> None:
        """The first order once; then the second, part by part."""
        work, market = self, turn.market
        if market is None:
            return
        first = next((child for child in work.live if child.role == ENTRY), None)
        if first is None and not work.entered:
            if work.filled >= work.size:
                turn.set(entered=True)
            else:
                turn.place(work.order_of(work.size - work.filled, work.order.price), ENTRY)
        work = turn.work
        need = work.need(market.about.size_increment)
        enough = need >= least_size(market.about, market.last or market.mid)
        out = [child for child in work.live if child.role == THEN]
        if enough and len(out) < MAX_RESTING:
            assert work.order.then is not None, "the model demands it"
            turn.place(msgspec.structs.replace(work.order.then, size=need), THEN)
        elif need > 0 and out and (enough or work.entered):
            turn.withdraw(*out)
        elif work.entered and not work.live:
            reason = f"{need} is too little to follow with" if need > 0 else work.reason
            turn.set(through=True, reason=reason)

    def need(self, step: Decimal) -> Decimal:
        """What the second order has yet to be placed for."""
        assert self.order.then is not None, "the model demands it"
        most = self.order.then.size or ZERO
        covered = sum((child.left for child in self.live if child.role == THEN), ZERO)
        got = min(most, self.first_filled() * (1 - self.fee_in_base))
        return floor_to(got - self.followed - covered, step)

    def first_filled(self) -> Decimal:
        """What the first order filled (the second may be of the same side)."""
        then = self.order.then
        same = then is not None and then.side is self.side
        return self.filled - self.followed if same else self.filled

    def heard(self, turn: Turn[Self], before: Child, after: Child) -> None:
        """Count what followed."""
        if after.role == THEN and after.filled != before.filled:
            turn.set(followed=self.followed + after.filled - before.filled)

    def lost(self, turn: Turn[Self], child: Child, reason: str) -> None:
        """A first order that ended with something filled leaves the second; else all ends."""
        if child.role == ENTRY and child.filled:
            turn.set(entered=True, reason=reason)
        else:
            turn.stop(child.status, reason)
