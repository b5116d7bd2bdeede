"""Uniswap's capabilities: those of the dialects of pools, with its deployments."""

from argosy.dialects.pools.venue import PoolVenue
from argosy.venues.catalog import Adapter, VenueInfo


def build(info: VenueInfo) -> Adapter:
    """A fresh adapter; it knows no contract until `pools.use`, and no pool until it has asked."""
    pools = PoolVenue("uniswap")
    return Adapter(info=info, reference=pools.reference, feed=pools.feed, pools=pools)
