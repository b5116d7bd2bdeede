"""Keeps the tasks of a desk alive: a defect at one venue is logged and retried, and never ends the
desk or passes unseen.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

from argosy.errors import ConfigError, Unsupported
from argosy.model import VenueId
from argosy.ports import Clock

_AGAIN_S = 5.0
_log = structlog.get_logger(__name__)


class Kept(Protocol):
    """The venue a task works for."""

    id: VenueId
    detail: str


async def kept(
    venue: Kept,
    run: Callable[[], Awaitable[None]],
    clock: Clock,
    reset: Callable[[], None] = lambda: None,
) -> None:
    """Run until cancelled or done; after a failure, say so, `reset`, and run again in seconds.

    Raises:
        ConfigError: only the operator can mend that.
    """
    while True:
        try:
            await run()
        except Exception as e:
            cause = cause_of(e)
            if isinstance(cause, ConfigError):
                raise cause from None
            reset()
            venue.detail = f"{type(cause).__name__}: {cause}"
            if isinstance(cause, Unsupported):
                _log.error("venue left out", venue=venue.id, error=str(cause))
                return
            _log.error("venue failed", venue=venue.id, again_in_s=_AGAIN_S, exc_info=cause)
            await clock.sleep(_AGAIN_S)
        else:
            return


def cause_of(error: BaseException) -> BaseException:
    """The error at the bottom of nested groups: one the operator can mend before any other."""
    if not isinstance(error, BaseExceptionGroup):
        return error
    causes = [cause_of(inner) for inner in error.exceptions]
    return next((cause for cause in causes if isinstance(cause, ConfigError)), causes[0])
