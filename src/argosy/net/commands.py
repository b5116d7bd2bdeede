"""Orders that went over a stream and wait for their answer. What it loses sight of is unknown; it
is never assumed to have failed.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import cast

from argosy.errors import NotSent, OutcomeUnknown, RateLimited, Unsupported
from argosy.model import AmendOrder, CancelOrder, CommandDone, Nanos, PlaceOrder
from argosy.net.connection import Connection
from argosy.net.limits import Limiter
from argosy.ports import Clock, CommandSession

NO_COST: Mapping[str, float] = {}


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


class CommandCarrier:
    """The part of a feed that carries orders over whichever connection is the first just then."""

    venue: str
    last_error: str
    _clock: Clock
    _commands: Commands
    _limiter: Limiter | None
    _account: str
    _patience_s: float
    _primary: Connection | None

    async def place(
        self,
        order: PlaceOrder,
        command_id: str,
        *,
        cost: Mapping[str, float] = NO_COST,
        timeout_s: float | None = None,
    ) -> CommandDone:
        """Place an order over the stream. `cost` is that of the same request over REST.

        Raises:
            NotSent: no connection that is ready, or no room in the rate limits; nothing left.
            OutcomeUnknown: it left, and no answer came in time or the connection was lost.
            OrderRejected, or another VenueError: the venue refused.
            Unsupported: this stream does not carry it; use REST.
        """
        return await self._command(
            command_id, lambda session, now: session.place(order, command_id, now), cost, timeout_s
        )

    async def amend(
        self,
        order: AmendOrder,
        command_id: str,
        *,
        cost: Mapping[str, float] = NO_COST,
        timeout_s: float | None = None,
    ) -> CommandDone:
        """Amend an order over the stream; raises as `place` does."""
        return await self._command(
            command_id, lambda session, now: session.amend(order, command_id, now), cost, timeout_s
        )

    async def cancel(
        self,
        order: CancelOrder,
        command_id: str,
        *,
        cost: Mapping[str, float] = NO_COST,
        timeout_s: float | None = None,
    ) -> CommandDone:
        """Cancel an order over the stream, ahead of all that waits; raises as `place` does."""
        return await self._command(
            command_id,
            lambda session, now: session.cancel(order, command_id, now),
            cost,
            timeout_s,
            urgent=True,
        )

    async def _command(
        self,
        command_id: str,
        make: Callable[[CommandSession, Nanos], str],
        cost: Mapping[str, float],
        timeout_s: float | None,
        *,
        urgent: bool = False,
    ) -> CommandDone:
        patience_s = self._patience_s if timeout_s is None else timeout_s
        limiter = self._limiter if cost else None
        if limiter is None:
            return await self._send_command(command_id, make, patience_s)
        try:
            async with asyncio.timeout(patience_s):
                await limiter.acquire(cost, account=self._account, urgent=urgent)
        except TimeoutError:
            raise NotSent(
                f"command {command_id!r}: rate limits of {self.venue} had no room in {patience_s} s"
            ) from None
        try:
            return await self._send_command(command_id, make, patience_s)
        except RateLimited as e:
            if e.retry_at_ns is not None:
                limiter.close(cost, e.retry_at_ns, account=self._account)
            raise
        finally:
            limiter.answered(cost, {}, account=self._account)

    async def _send_command(
        self, command_id: str, make: Callable[[CommandSession, Nanos], str], patience_s: float
    ) -> CommandDone:
        connection = self._primary
        if connection is None or not connection.ready:
            why = self.last_error or "connecting"
            raise NotSent(f"the stream of {self.venue} is not ready: {why}")
        if not hasattr(connection.session, "place"):
            raise Unsupported(f"this stream of {self.venue} carries no orders")
        text = make(cast(CommandSession, connection.session), self._clock.now_ns())
        future = self._commands.expect(command_id, connection)
        try:
            if not connection.send_now(text):
                raise NotSent(f"the stream of {self.venue} just closed: {connection.lost}")
            async with asyncio.timeout(patience_s):
                done = await future
        except TimeoutError:
            raise OutcomeUnknown(
                f"command {command_id!r}: {self.venue} did not answer within {patience_s} s"
            ) from None
        finally:
            self._commands.forget(command_id)
        if done.error is not None:
            raise done.error
        return done
