"""Puts Lido's parts together. Imports them all; does nothing else."""

from argosy.venues.catalog import Adapter, VenueInfo
from argosy.venues.lido.staking import LidoStaking


def build(info: VenueInfo) -> Adapter:
    """The adapter for the first chain of `info.contracts`."""
    contracts = next(iter(info.contracts.values()))
    return Adapter(info=info, staking=LidoStaking(contracts))
