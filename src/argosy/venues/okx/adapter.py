"""Puts OKX's capabilities together: they share one list of names and nothing else."""

from argosy.venues.catalog import Adapter, VenueInfo
from argosy.venues.okx.feed import OkxFeed
from argosy.venues.okx.names import Names
from argosy.venues.okx.reference import OkxReference
from argosy.venues.okx.sign import OkxSigner


def build(info: VenueInfo) -> Adapter:
    """A fresh adapter; it knows no instrument until its reference learns them."""
    names = Names()
    return Adapter(
        info=info,
        reference=OkxReference(names),
        feed=OkxFeed(info, names),
        signer=OkxSigner(),
    )
