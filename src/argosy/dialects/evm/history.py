# cython: annotation_typing=False
"""The order of a contract's logs, and what it takes to undo those of blocks that were dropped.

A log must follow those before it; a removed one takes back itself and all that came after it.
Compiled by Cython; it also runs as it stands.
"""

from collections import deque
from typing import Any

import cython

if cython.compiled:
    from cython.cimports.argosy.dialects.evm.layouts import ordinal
else:
    from argosy.dialects.evm.layouts import ordinal
from argosy.dialects.evm.logs import Log
from argosy.errors import StreamGap, WireError

KEPT = 4_096  # changes that can be taken back; a reorganisation is a few blocks deep


# A change: number and hash of its log's block, the log's index in it, and what undoes the change.
# A plain tuple, as there is one for every log.
_Entry = tuple[int, int, str | None, Any]


class History:
    """Changes that logs made, newest last; at most `kept` of them, older ones are final.

    What undoes a change is the caller's: it is given back as it came.
    """

    def __init__(self, kept: int = KEPT) -> None:
        if kept < 1:
            raise ValueError(f"kept is {kept}; at least one change is needed")
        self._entries: deque[_Entry] = deque(maxlen=kept)
        self._most = kept
        self._undone: set[tuple[int, int, str | None]] = set()
        self._number, self._index = -1, -1  # the place of the newest log that holds
        self._coming_number, self._coming_index = -1, -1
        self._forgotten = (-1, -1)  # the newest change that is no longer kept

    def start(self, block_number: int, log_index: int = 1 << 62) -> None:
        """Begin from a state as it was after this log (by default: at the end of this block)."""
        self._entries.clear()
        self._undone.clear()
        self._number, self._index = block_number, log_index
        self._forgotten = (block_number, log_index)

    @property
    def last(self) -> tuple[int, int]:
        """(block, index) of the newest log that holds."""
        return self._number, self._index

    def is_news(self, log: Log) -> bool:
        """Whether a log (not a removed one) is to be applied; False when it has been already. If it
        is, `record` is to be called with it next.

        Raises:
            StreamGap: it does not follow the last one, or replaces one that was never removed.
            WireError: it is in no block.
        """
        if self._look(log):
            return True
        number, index = self._coming_number, self._coming_index
        self._coming_number = -1
        for entry in reversed(self._entries):
            if entry[0] == number and entry[1] == index and entry[2] == log.block_hash:
                return False
            if (entry[0], entry[1]) < (number, index):
                break
        raise StreamGap(
            f"{log.address}: log {index} of block {number} came after log {self._index} of"
            f" block {self._number}; rebuild the pool from a snapshot"
        )

    def _look(self, log: Log) -> bool:
        """Note where a log is; whether that is beyond the newest one."""
        number = log.block_number
        index = log.log_index
        if number is None or index is None:
            raise WireError(f"a log of {log.address} is in no block yet")
        self._coming_number = ordinal(number)
        self._coming_index = ordinal(index)
        if self._coming_number != self._number:
            return self._coming_number > self._number
        return self._coming_index > self._index

    def record(self, log: Log, undo: Any) -> int:
        """A log has been applied; `undo` takes it back. Returns how many changes can be undone."""
        if self._coming_number < 0:
            self._look(log)
        entries = self._entries
        block = log.block_hash
        if len(entries) == self._most:
            oldest = entries[0]
            self._forgotten = (oldest[0], oldest[1])
        self._number, self._index = self._coming_number, self._coming_index
        self._coming_number = -1
        entries.append((self._number, self._index, block, undo))
        if self._undone:
            # The chain may have gone back to it.
            self._undone.discard((self._number, self._index, block))
        return len(entries)

    def revert(self, log: Log) -> list[Any]:
        """What to undo, newest first, for a removed log; nothing when it is undone already.

        Nodes report the logs of a dropped block in either order, so the first one reported takes
        back all that came after it.

        Raises:
            StreamGap: it is older than what is kept, or was never applied.
        """
        self._look(log)
        place = (self._coming_number, self._coming_index, log.block_hash)
        self._coming_number = -1
        if place in self._undone:
            self._undone.discard(place)
            return []
        at = next((i for i, entry in enumerate(self._entries) if entry[:3] == place), None)
        if at is None:
            raise StreamGap(
                f"{log.address}: log {place[1]} of block {place[0]} was removed, and is not among"
                f" the {len(self._entries)} changes kept; rebuild the pool from a snapshot"
            )
        if len(self._undone) > KEPT:  # of removals that no node ever told
            self._undone.clear()
        undos: list[Any] = []
        while len(self._entries) > at:
            number, index, block, undo = self._entries.pop()
            undos.append(undo)
            if (number, index) != place[:2]:
                self._undone.add((number, index, block))
        left = len(self._entries)
        self._number, self._index = self._entries[left - 1][:2] if left else self._forgotten
        return undos
