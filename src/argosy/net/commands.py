"""Orders that went over a stream and wait for their answer. What it loses sight of is unknown; it
is never assumed to have failed.
"""

import asyncio

from argosy.errors import NotSent, OutcomeUnknown
from argosy.model import CommandDone


class Commands:
    """Futures by command id, each with the connection it went over."""

    def __init__(self, max_pending: int = 1_000) -> None:
        self._pending: dict[str, tuple[object, asyncio.Future[CommandDone]]] = {}
        self._max_pending = max_pending

    def __len__(self) -> int:
        return len(self._pending)

    def expect(self, command_id: str, connection: object) -> asyncio.Future[CommandDone]:
        """Before sending: the answer to come. Raises NotSent when too many are out already."""
        if command_id in self._pending:
            raise NotSent(f"command {command_id!r} is under way already; use an id once")
        if len(self._pending) >= self._max_pending:
            raise NotSent(f"{len(self._pending)} commands wait for an answer already")
        future: asyncio.Future[CommandDone] = asyncio.get_running_loop().create_future()
        self._pending[command_id] = (connection, future)
        return future

    def forget(self, command_id: str) -> None:
        """Nobody waits for it any more."""
        self._pending.pop(command_id, None)

    def done(self, event: CommandDone) -> None:
        """The venue answered."""
        connection, future = self._pending.get(event.command_id, (None, None))
        if connection is not None and future is not None and not future.done():
            future.set_result(event)

    def lost(self, connection: object, reason: str) -> None:
        """A connection is gone: whatever went over it unanswered may have been carried out."""
        for command_id, (over, future) in tuple(self._pending.items()):
            if over is connection and not future.done():
                future.set_exception(
                    OutcomeUnknown(f"command {command_id!r}: connection lost ({reason})")
                )

    def waiting_on(self, connection: object) -> int:
        """How many answers are to come over a connection."""
        return sum(
            over is connection and not future.done() for over, future in self._pending.values()
        )
