"""Kraken spot: REST, WebSocket v2, and WebSocket v1 for archives. Does no I/O."""
