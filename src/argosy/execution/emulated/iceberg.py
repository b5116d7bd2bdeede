"""A limit order of which the book shows one part at a time."""

import hashlib
from decimal import Decimal
from typing import Self

from argosy.execution.emulated.order import Emulated
from argosy.execution.emulated.prices import least_size, part_of
from argosy.execution.turn import Turn
from argosy.execution.work import Child
from argosy.model import Instrument

_STEPS = 1 << 32


def share(seed: int, number: int) -> Decimal:
    """A number in [-1, 1) for a slice: the same whenever it is asked for."""
    digest = hashlib.blake2b(f"{seed}/{number}".encode(), digest_size=4).digest()
    return Decimal(2 * int.from_bytes(digest) - _STEPS) / _STEPS


class Iceberg(Emulated, frozen=True, kw_only=True, omit_defaults=True, tag="iceberg"):
    """Slices at one limit, each placed when the one before is done. `seed` varies their sizes.

    A slice never shows more than it may and never leaves a rest too small to be placed. A taker
    larger than a slice gets that slice only: the next one comes a round trip later, at the back of
    the queue.
    """

    seed: int = 0

    def plan(self, turn: Turn[Self]) -> None:
        """The next slice, once nothing is out."""
        work = turn.work
        if not work.live and work.left > 0 and turn.market is not None:
            size = work.slice_size(turn.market.about)
            turn.place(work.order_of(size, work.order.price), "slice")

    def slice_size(self, about: Instrument) -> Decimal:
        """What the next slice shows."""
        order, left = self.order, self.left
        assert order.display_size is not None, "the model demands it"
        least = least_size(about, order.price)
        shown = order.display_size
        if order.display_variance is not None:
            shown += shown * order.display_variance * share(self.seed, self.children)
        return part_of(shown, left, least, about)

    def lost(self, turn: Turn[Self], child: Child, reason: str) -> None:
        """A slice that may not take and would have is tried again; else all ends, as it did."""
        self.left_the_book(turn, child, reason)
