"""Execution algorithms: large orders worked over time. Values that `argosy.desk` runs; no I/O."""

from argosy.execution.algorithms.participation import Participation, participation
from argosy.execution.algorithms.scale import Scale, Step, scale
from argosy.execution.algorithms.scheduled import Scheduled, scheduled
from argosy.execution.algorithms.shortfall import Trajectory, trajectory
from argosy.execution.algorithms.sniper import Sniper, sniper

KINDS = (Participation, Scale, Scheduled, Sniper)

__all__ = [
    "KINDS",
    "Participation",
    "Scale",
    "Scheduled",
    "Sniper",
    "Step",
    "Trajectory",
    "participation",
    "scale",
    "scheduled",
    "sniper",
    "trajectory",
]
