"""A small simulated Bitcoin chain, its nodes and an explorer. Shares no code with the sources."""
