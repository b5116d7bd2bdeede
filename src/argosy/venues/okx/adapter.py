"""Puts OKX's capabilities together: they share names, and which orders
came from which algo order.
"""

from argosy.venues.catalog import Adapter, VenueInfo
from argosy.venues.okx.account import OkxAccount
from argosy.venues.okx.feed import OkxFeed
from argosy.venues.okx.lineage import Lineage
from argosy.venues.okx.names import Names
from argosy.venues.okx.private import OkxPrivateFeed
from argosy.venues.okx.reference import OkxReference
from argosy.venues.okx.sign import OkxSigner
from argosy.venues.okx.trading import OkxTrading
from argosy.venues.okx.transfers import OkxTransfers


def build(info: VenueInfo) -> Adapter:
    """A fresh adapter; it knows no instrument until its reference learns them."""
    names, lineage = Names(), Lineage()
    account = OkxAccount(names)
    return Adapter(
        info=info,
        reference=OkxReference(names),
        feed=OkxFeed(info, names),
        trading=OkxTrading(names, lineage),
        private=OkxPrivateFeed(info, names, lineage),
        account=account,
        transfers=OkxTransfers(account),
        signer=OkxSigner(),
    )
