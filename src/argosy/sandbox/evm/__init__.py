"""A real EVM chain on this machine, with the real contracts on it: Uniswap and the rest, seeded
with liquidity. Nothing of it comes with Argosy: node and contracts are fetched by name and checked.
"""
