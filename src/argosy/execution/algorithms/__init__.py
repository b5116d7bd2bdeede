"""Execution algorithms: large orders worked over time. Values that `argosy.desk` runs; no I/O."""

from argosy.execution.algorithms.live_curve import LiveCurve, live_curve
from argosy.execution.algorithms.participation import Participation, participation
from argosy.execution.algorithms.scale import Scale, Step, scale
from argosy.execution.algorithms.scheduled import Scheduled, scheduled
from argosy.execution.algorithms.shortfall import Trajectory, trajectory
from argosy.execution.algorithms.sniper import Sniper, sniper
from argosy.execution.algorithms.volume_curve import Span, of_candles, of_trades, volume_curve

KINDS = (LiveCurve, Participation, Scale, Scheduled, Sniper)

__all__ = [
    "KINDS",
    "LiveCurve",
    "Participation",
    "Scale",
    "Scheduled",
    "Sniper",
    "Span",
    "Step",
    "Trajectory",
    "live_curve",
    "of_candles",
    "of_trades",
    "participation",
    "scale",
    "scheduled",
    "sniper",
    "trajectory",
    "volume_curve",
]
