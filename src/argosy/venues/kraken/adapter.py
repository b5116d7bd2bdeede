"""Puts Kraken's parts together. Imports them all; does nothing else."""

from argosy.venues.catalog import Adapter, VenueInfo
from argosy.venues.kraken.account import KrakenAccount
from argosy.venues.kraken.market import KrakenFeed
from argosy.venues.kraken.private import KrakenPrivate
from argosy.venues.kraken.reference import KrakenReference
from argosy.venues.kraken.sign import KrakenSigner
from argosy.venues.kraken.symbols import Symbols
from argosy.venues.kraken.trading import KrakenTrading
from argosy.venues.kraken.transfers import KrakenTransfers


def build(info: VenueInfo) -> Adapter:
    """The adapter; its parts share what `reference.learn` was told."""
    symbols = Symbols()
    account = KrakenAccount(symbols)
    return Adapter(
        info=info,
        reference=KrakenReference(symbols),
        feed=KrakenFeed(info, symbols),
        trading=KrakenTrading(symbols),
        private=KrakenPrivate(symbols),
        account=account,
        transfers=KrakenTransfers(account),
        signer=KrakenSigner(),
    )
