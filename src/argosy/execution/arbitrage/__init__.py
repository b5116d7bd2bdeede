"""Arbitrage: what could be earned at once or by holding, and the paired orders that try to."""
