"""Analytics: what trading cost. Pure; no I/O."""

from argosy.analytics.costs import Execution, Shortfall, shortfall

__all__ = ["Execution", "Shortfall", "shortfall"]
