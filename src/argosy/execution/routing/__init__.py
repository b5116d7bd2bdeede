"""Smart order routing: where to trade a size at the least total cost, and the proof of it."""
