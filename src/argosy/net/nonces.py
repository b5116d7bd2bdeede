"""Numbers that only rise, also over restarts and steps of the clock: for signed requests."""

import asyncio
import os
from pathlib import Path

from argosy.errors import ConfigError
from argosy.model.time import SECOND
from argosy.ports import Clock

_AHEAD_NS = 60 * SECOND


class Nonces:
    """One key's nonces: the time in nanoseconds, or the last one plus one where that is higher.

    With a `path`, a mark above every nonce given out is on disk before the nonce is used: it is set
    a minute ahead, so that it is written once a minute at most. Whoever starts from it continues
    above it, whatever the clock says by then.
    """

    def __init__(self, clock: Clock, path: Path | None = None) -> None:
        self._clock = clock
        self._path = path
        self._last = 0
        self._mark = 0
        self._lock = asyncio.Lock()
        if path is not None and path.exists():
            text = path.read_text(encoding="ascii", errors="replace").strip()
            if not text.isdecimal():
                raise ConfigError(f"{path} holds {text[:40]!r}, not a nonce; restore or delete it")
            self._last = self._mark = int(text)

    async def next(self) -> int:
        """The next nonce, above all before it."""
        async with self._lock:
            nonce = max(self._last + 1, self._clock.now_ns())
            if self._path is not None and nonce >= self._mark:
                mark = nonce + _AHEAD_NS
                await asyncio.to_thread(self._save, self._path, mark)
                self._mark = mark
            self._last = nonce
            return nonce

    @staticmethod
    def _save(path: Path, mark: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(path.name + ".new")
        with fresh.open("w", encoding="ascii") as file:
            file.write(str(mark))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
