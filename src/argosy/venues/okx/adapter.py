"""Puts OKX's capabilities together: they share one list of names and nothing else."""

from argosy.venues.catalog import Adapter, VenueInfo
from argosy.venues.okx.account import OkxAccount
from argosy.venues.okx.feed import OkxFeed
from argosy.venues.okx.names import Names
from argosy.venues.okx.private import OkxPrivateFeed
from argosy.venues.okx.reference import OkxReference
from argosy.venues.okx.sign import OkxSigner
from argosy.venues.okx.trading import OkxTrading


def build(info: VenueInfo) -> Adapter:
    """A fresh adapter; it knows no instrument until its reference learns them."""
    names = Names()
    return Adapter(
        info=info,
        reference=OkxReference(names),
        feed=OkxFeed(info, names),
        trading=OkxTrading(names),
        private=OkxPrivateFeed(info, names),
        account=OkxAccount(names),
        signer=OkxSigner(),
    )
