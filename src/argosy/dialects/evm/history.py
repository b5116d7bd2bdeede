"""The order of a contract's logs, and what it takes to undo those of blocks that were dropped.

A log must follow those before it; a removed one takes back itself and all that came after it.
"""

from collections import deque
from typing import Generic, NamedTuple, TypeVar

from argosy.dialects.evm.logs import Log
from argosy.errors import StreamGap

KEPT = 4_096  # changes that can be taken back; a reorganisation is a few blocks deep

Undo = TypeVar("Undo")


class _Entry(NamedTuple):
    place: tuple[int, int]
    block: str | None
    undo: object


class History(Generic[Undo]):
    """Changes that logs made, newest last; at most `kept` of them, older ones are final."""

    def __init__(self, kept: int = KEPT) -> None:
        if kept < 1:
            raise ValueError(f"kept is {kept}; at least one change is needed")
        self._entries: deque[_Entry] = deque(maxlen=kept)
        self._undone: set[tuple[int, int, str | None]] = set()
        self._last: tuple[int, int] = (-1, -1)
        self._coming: tuple[int, int] = (-1, -1)
        self._forgotten: tuple[int, int] = (-1, -1)  # the newest change that is no longer kept

    def start(self, block_number: int, log_index: int = 1 << 62) -> None:
        """Begin from a state as it was after this log (by default: at the end of this block)."""
        self._entries.clear()
        self._undone.clear()
        self._last = self._forgotten = (block_number, log_index)

    @property
    def last(self) -> tuple[int, int]:
        """(block, index) of the newest log that holds."""
        return self._last

    def is_news(self, log: Log) -> bool:
        """Whether a log (not a removed one) is to be applied; False when it has been already. If it
        is, `record` is to be called with it next.

        Raises:
            StreamGap: it does not follow the last one, or replaces one that was never removed.
            WireError: it is in no block.
        """
        place = log.place()
        if place > self._last:
            self._coming = place
            return True
        for entry in reversed(self._entries):
            if entry.place == place and entry.block == log.block_hash:
                return False
            if entry.place < place:
                break
        raise StreamGap(
            f"{log.address}: log {place[1]} of block {place[0]} came after log {self._last[1]} of"
            f" block {self._last[0]}; rebuild the pool from a snapshot"
        )

    def record(self, log: Log, undo: Undo) -> None:
        """A log has been applied; `undo` takes it back."""
        if len(self._entries) == self._entries.maxlen:
            self._forgotten = self._entries[0].place
        self._last = self._coming if self._coming > self._last else log.place()
        self._coming = (-1, -1)
        self._entries.append(_Entry(self._last, log.block_hash, undo))
        if self._undone:
            self._undone.discard((*self._last, log.block_hash))  # the chain has gone back to it

    def revert(self, log: Log) -> list[Undo]:
        """What to undo, newest first, for a removed log; nothing when it is undone already.

        Nodes report the logs of a dropped block in either order, so the first one reported takes
        back all that came after it.

        Raises:
            StreamGap: it is older than what is kept, or was never applied.
        """
        place = log.place()
        if (*place, log.block_hash) in self._undone:
            self._undone.discard((*place, log.block_hash))
            return []
        at = next(
            (
                i
                for i, entry in enumerate(self._entries)
                if entry.place == place and entry.block == log.block_hash
            ),
            None,
        )
        if at is None:
            raise StreamGap(
                f"{log.address}: log {place[1]} of block {place[0]} was removed, and is not among"
                f" the {len(self._entries)} changes kept; rebuild the pool from a snapshot"
            )
        if len(self._undone) > KEPT:  # of removals that no node ever told
            self._undone.clear()
        undos: list[Undo] = []
        while len(self._entries) > at:
            entry = self._entries.pop()
            undos.append(entry.undo)  # type: ignore[arg-type]
            if entry.place != place:
                self._undone.add((*entry.place, entry.block))
        self._last = self._entries[-1].place if self._entries else self._forgotten
        return undos
