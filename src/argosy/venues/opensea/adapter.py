"""Puts OpenSea's parts together. Imports them all; does nothing else."""

from argosy.venues.catalog import Adapter, VenueInfo
from argosy.venues.opensea.market import SeaportMarket
from argosy.venues.opensea.rest import OpenSeaListings
from argosy.venues.opensea.sign import OpenSeaSigner


def build(info: VenueInfo) -> Adapter:
    """The adapter for the first chain of `info.contracts`."""
    chain, contracts = next(iter(info.contracts.items()))
    return Adapter(
        info=info,
        nft=SeaportMarket(contracts, chain),
        nft_listings=OpenSeaListings(chain, contracts["seaport"]),
        signer=OpenSeaSigner(),
    )
