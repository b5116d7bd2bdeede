"""The portfolio: what is held over all venues and what it earned. Pure; no I/O."""

from argosy.portfolio.profit import CostBasis, Profit, ProfitBook, profit_of

__all__ = ["CostBasis", "Profit", "ProfitBook", "profit_of"]
