"""Puts an exchange's capabilities together: they share one board of pools."""

from argosy.dialects.pools.board import Board
from argosy.dialects.pools.exchange import Exchange
from argosy.dialects.pools.feed import PoolFeed
from argosy.dialects.pools.reference import PoolReference
from argosy.dialects.pools.swaps import Swaps


class PoolVenue:
    """What a venue of pools has beside its streams. `use` says which contracts are meant."""

    def __init__(self, protocol: str) -> None:
        self.protocol = protocol  # as the dialects' data names it
        self.board = Board()
        self.reference = PoolReference(self.board)
        self.feed = PoolFeed(self.board)
        self.swaps = Swaps(self.board)

    def use(self, exchange: Exchange) -> None:
        """Say which contracts, on which chain; before the venue is connected."""
        self.board.use(exchange)
