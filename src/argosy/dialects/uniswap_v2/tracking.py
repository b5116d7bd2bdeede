# cython: annotation_typing=False
"""A v2 pair kept in step with its logs: reserves from Sync, checked by what says why they changed.

Removed logs take back what they did. A swap or mint that does not explain the reserves means that
logs were lost: StreamGap. Compiled by Cython; it also runs as it stands.
"""

from typing import Any

import cython

if not cython.compiled:
    from argosy.dialects.evm.history import History
from argosy.dialects.evm.logs import Log
from argosy.dialects.uniswap_v2.amounts import UNISWAP_FEE, PairFee, amount_in, amount_out
from argosy.dialects.uniswap_v2.events import PAIR_EVENTS, Mint, Swap, Sync
from argosy.errors import StreamGap, WireError


class TrackedPair:
    """One pair's reserves and the history of its logs."""

    def __init__(
        self,
        address: str,
        *,
        fee: PairFee = UNISWAP_FEE,
        reserves: tuple[int, int] = (0, 0),
        block_number: int = -1,
    ) -> None:
        """`reserves` are those at the end of `block_number`; by default before its first log."""
        self.address = address.lower()
        self.fee = fee
        self.reserves = reserves
        self.before: tuple[int, int] | None = None  # the reserves before the last Sync
        self.history = History()  # what undoes a change is (reserves, before) as they were
        self.history.start(block_number)
        self._events = PAIR_EVENTS

    def quote(self, amount: int, *, zero_for_one: bool, exact_in: bool) -> int:
        """What comes out for `amount`, or with exact out what must go in for it.

        Raises:
            ValueError: the pair is empty, or has not as much.
        """
        entering, leaving = self.reserves if zero_for_one else self.reserves[::-1]
        price = amount_out if exact_in else amount_in
        return price(amount, entering, leaving, self.fee)

    def apply(self, log: Log) -> Any | None:
        """Take a log in; returns its event, or None when it is none of a pair's.

        Raises:
            WireError: it is malformed or another contract's; the state is untouched.
            StreamGap: it does not follow; the pair must be read anew.
        """
        address = log.address
        if address != self.address and address.lower() != self.address:
            raise WireError(f"a log of {address} for the pair {self.address}")
        event = self._events.read(log)
        if event is None:
            return None
        if log.removed:
            undos = self.history.revert(log)
            if undos:
                self.reserves, self.before = undos.pop()  # each undo is the whole state
            return event
        if not self.history.is_news(log):
            return event
        undo = (self.reserves, self.before)
        if type(event) is Sync:
            self.before = self.reserves
            self.reserves = (event.reserve0, event.reserve1)
        else:
            self._check(event)
            self.before = None
        self.history.record(log, undo)
        return event

    def _check(self, event: Any) -> int:
        """Whether the Sync just before is what this event did: how many reserves were compared.

        What was sent to a pair without a mint leaves with the next burn: that has no equation. A
        token whose balances shrink by themselves takes from a reserve that nothing came into.
        """
        kind = type(event)
        if kind is not Swap and kind is not Mint:
            return 0
        before = self.before
        if before is None:
            raise StreamGap(f"{self.address}: {event} came without its Sync; read the pair anew")
        now0, now1 = self.reserves
        was0, was1 = before
        if kind is Swap:
            self._compare(event, now0, was0, event.amount0_in, event.amount0_out)
            self._compare(event, now1, was1, event.amount1_in, event.amount1_out)
        else:
            self._compare(event, now0, was0, event.amount0, 0)
            self._compare(event, now1, was1, event.amount1, 0)
        return 2

    def _compare(self, event: Any, reserve: int, before: int, given: int, taken: int) -> int:
        expected = before + given - taken
        if reserve != expected and (given or reserve > expected):
            raise StreamGap(
                f"{self.address}: a reserve is {reserve}, but {event} leads to {expected}; read"
                " the pair anew"
            )
        return 0
