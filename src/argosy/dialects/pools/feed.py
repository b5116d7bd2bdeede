"""The public stream of an exchange: its pools' books and trades, over one connection to a node."""

from collections.abc import Iterable

from argosy.dialects.pools.board import Board
from argosy.dialects.pools.session import PoolSession
from argosy.errors import Unsupported
from argosy.ports import BookShelf, Channel, FeedPlan, FeedSession, Subscription

POOLS_MAX = 100  # a connection: as many addresses as nodes take in one filter


class PoolFeed:
    """Satisfies ports.MarketFeed."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def plans(self, subscriptions: Iterable[Subscription]) -> list[FeedPlan]:
        """See MarketFeed."""
        wanted = list(subscriptions)
        for each in wanted:
            if each.channel not in {Channel.BOOK, Channel.TRADES}:
                raise Unsupported(f"pools have books and trades, no {each.channel.value}")
        named = list(dict.fromkeys(each.instrument for each in wanted))
        return [
            FeedPlan(
                url="ws_public",
                subscriptions=tuple(each for each in wanted if each.instrument in set(part)),
            )
            for at in range(0, len(named), POOLS_MAX)
            for part in (named[at : at + POOLS_MAX],)
        ]

    def session(self, plan: FeedPlan, books: BookShelf) -> FeedSession:
        """See MarketFeed."""
        return PoolSession(plan, self._board, books)
