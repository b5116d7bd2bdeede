"""Things that begin by themselves: at a time, by a calendar, on a condition. Does no I/O."""

from argosy.execution.schedules.schedule import Ran, Schedule
from argosy.execution.schedules.when import At, Calendar, Condition, Every, Watch, When, following

KINDS = (Schedule,)

__all__ = [
    "KINDS",
    "At",
    "Calendar",
    "Condition",
    "Every",
    "Ran",
    "Schedule",
    "Watch",
    "When",
    "following",
]
