"""The simulated OKX: its v5 wire over the engine. Shares no code with argosy.venues."""
