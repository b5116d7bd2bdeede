"""Desk processes with a fault planted, for campaigns that have to notice it."""

from multiprocessing.connection import Connection

import msgspec

from argosy.desk import crash_desk, crash_trading
from argosy.desk.crash_desk import CrashSetup
from argosy.desk.launching import Launcher
from argosy.execution.work import Launch, child_id

_launch = Launcher.launch


async def _twice(self: Launcher, action: Launch) -> None:
    """A run, and the same again under an id that nobody knows."""
    await _launch(self, action)
    await _launch(self, msgspec.structs.replace(action, run=child_id(action.run, 999)))


def beginning_twice(setup: CrashSetup, tell: Connection) -> None:
    """As `crash_desk.main`, with schedules alone, and whatever they begin, it begins twice."""
    crash_trading._MENU = (("schedule", 1),)
    Launcher.launch = _twice  # type: ignore[method-assign]
    crash_desk.main(setup, tell)
