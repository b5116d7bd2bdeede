"""Kraken spot, simulated: REST, WebSocket v2 and v1. Written from Kraken's documents only."""
