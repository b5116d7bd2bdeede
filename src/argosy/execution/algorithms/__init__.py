"""Execution algorithms: large orders worked over time. Values that `argosy.desk` runs; no I/O."""

from argosy.execution.algorithms.scheduled import Progress, Scheduled, scheduled
from argosy.execution.algorithms.shortfall import Trajectory, trajectory

KINDS = (Scheduled,)

__all__ = ["KINDS", "Progress", "Scheduled", "Trajectory", "scheduled", "trajectory"]
