"""Who takes what from whom within a block: sandwiches, front-runs, arbitrage. Pure; no I/O."""

from argosy.analytics.mev.arbitrage import Arbitrage, find_arbitrage
from argosy.analytics.mev.attempts import find_attempts
from argosy.analytics.mev.found import (
    BackRun,
    FrontRun,
    JustInTime,
    Mev,
    Part,
    Sandwich,
    SandwichAttempt,
    Victim,
)
from argosy.analytics.mev.liquidity import find_just_in_time
from argosy.analytics.mev.ordering import find_back_runs, find_front_runs
from argosy.analytics.mev.risk import SandwichRisk, sandwich_risk
from argosy.analytics.mev.sandwiches import find_sandwiches

__all__ = [
    "Arbitrage",
    "BackRun",
    "FrontRun",
    "JustInTime",
    "Mev",
    "Part",
    "Sandwich",
    "SandwichAttempt",
    "SandwichRisk",
    "Victim",
    "find_arbitrage",
    "find_attempts",
    "find_back_runs",
    "find_front_runs",
    "find_just_in_time",
    "find_sandwiches",
    "sandwich_risk",
]
