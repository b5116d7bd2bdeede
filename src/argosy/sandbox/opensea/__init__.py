"""OpenSea, simulated: its REST API v2 for signed orders. Written from its documents only."""
