"""Nodes that speak the JSON-RPC of Bitcoin Core: questions, answers, errors. Never sends anything."""
