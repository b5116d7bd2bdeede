"""SushiSwap v2 and v3: pools of a chain as books, swaps as orders. All code is its dialects'."""
