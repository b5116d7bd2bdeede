"""Lido: liquid staking of ether."""
