"""Aave v3: lending on EVM chains."""
