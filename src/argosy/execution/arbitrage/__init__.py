"""Arbitrage: what could be earned at once or by holding, and the paired orders that try to."""

from argosy.execution.arbitrage.legs import PairLeg, legs_of
from argosy.execution.arbitrage.paired import Paired, pair_of
from argosy.execution.arbitrage.pairs import Assumptions, scan_pairs
from argosy.execution.arbitrage.sweep import sweep
from argosy.execution.arbitrage.triangle import Step, judge_cycle, scan_triangles
from argosy.execution.arbitrage.two_leg import Charges, best_size, judge
from argosy.execution.arbitrage.values import (
    Funding,
    Kind,
    Offer,
    Opportunity,
    OpportunityLeg,
    identity,
)

__all__ = [
    "Assumptions",
    "Charges",
    "Funding",
    "Kind",
    "Offer",
    "Opportunity",
    "OpportunityLeg",
    "PairLeg",
    "Paired",
    "Step",
    "best_size",
    "identity",
    "judge",
    "judge_cycle",
    "legs_of",
    "pair_of",
    "scan_pairs",
    "scan_triangles",
    "sweep",
]
