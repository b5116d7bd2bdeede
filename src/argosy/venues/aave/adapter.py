"""Puts Aave's parts together. Imports them all; does nothing else."""

from argosy.venues.aave.market import AaveLending
from argosy.venues.catalog import Adapter, VenueInfo


def build(info: VenueInfo) -> Adapter:
    """The adapter for the first chain of `info.contracts`."""
    contracts = next(iter(info.contracts.values()))
    return Adapter(info=info, lending=AaveLending(contracts))
