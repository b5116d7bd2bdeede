"""Decentralised exchanges as venues: pools found, followed and traded, for all that have them."""
