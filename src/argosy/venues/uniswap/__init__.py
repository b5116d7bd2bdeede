"""Uniswap v2, v3 and v4: pools of a chain as books, swaps as orders. All code is its dialects'."""
