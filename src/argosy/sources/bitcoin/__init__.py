"""Nodes that speak Bitcoin Core's JSON-RPC: questions, answers, errors. Never sends anything."""
